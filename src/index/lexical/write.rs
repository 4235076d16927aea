//! The writer's side of the lexical index: brings the cache up to the store, and makes it again
//! where it is damaged, another database's, or cannot be written on.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tantivy::merge_policy::LogMergePolicy;
use tantivy::tokenizer::PreTokenizedString;
use tantivy::{Index, TantivyDocument, TantivyError, Term};

use super::{FORMAT, Fields, analyzer, schema, searcher, token_list};
use crate::index::cache::{Cache, Check, Stamp};
use crate::index::{IndexError, Result};
use crate::store::{ChunkKey, DocumentRow, Revision, Store, StoredChunk, composed};

/// Memory of tantivy's writer.
const WRITER_BYTES: usize = 50 << 20;
/// Share of removed chunks beyond which a segment is written anew. They cost room and time alone:
/// scores do not count them.
const MAX_REMOVED: f32 = 0.2;

/// The cache in the hands of the one process that writes. Hold the `WriterLock`.
pub struct LexicalWriter {
    cache: Cache,
    /// The state that is there and whole.
    current: Option<Stamp<()>>,
    /// Whether every byte of it was looked at, or is of our own writing.
    is_proven: bool,
}

impl LexicalWriter {
    /// Opens the cache in `folder` and looks at it; a damaged one counts as none.
    pub fn open(folder: &Path) -> Self {
        let cache = Cache::new(folder, FORMAT);
        let mut current = cache.stamp();
        if let Some(stamp) = &current
            && let Err(error) = cache.look(stamp)
        {
            tracing::warn!(
                "word index in {}: {error}, it is made again",
                folder.display()
            );
            current = None;
        }
        Self {
            cache,
            current,
            is_proven: false,
        }
    }

    /// Whether the cache reflects the store as it is.
    pub fn is_current(&self, store: &Store) -> Result<bool> {
        let revision = store.revision()?;
        let reflects = self.current.as_ref().map(|stamp| &stamp.reflects);
        Ok(reflects == Some(&revision))
    }

    /// Brings the cache up to the store: adds chunks that it lacks, removes those that the store
    /// lacks. Where that fails, the cache is made anew beside the earlier state, which stays when that
    /// fails as well.
    pub fn update(&mut self, store: &Store) -> Result<()> {
        let revision = store.revision()?;
        if let Some(stamp) = &self.current {
            if stamp.reflects == revision {
                return Ok(());
            }
            if store.has_been_at(&stamp.reflects)? {
                // A segment that reads wrong may panic.
                let work = AssertUnwindSafe(|| {
                    if !self.is_proven {
                        let checked = self.cache.check(stamp, Check::Bytes);
                        checked.map_err(|source| IndexError::io(self.cache.folder(), source))?;
                    }
                    self.make(store, Some(stamp), &revision)
                });
                match catch_unwind(work) {
                    Ok(Ok(stamp)) => {
                        self.made(stamp);
                        return Ok(());
                    }
                    Ok(Err(IndexError::Store(error))) => return Err(error.into()),
                    Ok(Err(error)) => tracing::warn!("{error}"),
                    Err(_) => tracing::warn!("the word index panicked"),
                }
            }
            tracing::warn!(
                "word index in {} is made again",
                self.cache.folder().display()
            );
        }
        match self.make(store, None, &revision) {
            Ok(stamp) => {
                self.made(stamp);
                Ok(())
            }
            Err(IndexError::Store(error)) => Err(error.into()),
            Err(error) => Err(IndexError::unmade(
                "word index",
                self.cache.folder(),
                &error,
            )),
        }
    }

    /// Goes on from a state of our own writing.
    fn made(&mut self, stamp: Stamp<()>) {
        self.current = Some(stamp);
        self.is_proven = true;
    }

    /// Writes a state that reflects the store, from the state `before` or from nothing.
    fn make(
        &self,
        store: &Store,
        before: Option<&Stamp<()>>,
        revision: &Revision,
    ) -> Result<Stamp<()>> {
        let path = self.cache.folder();
        let io = |source| IndexError::io(path, source);
        let failed = |source| IndexError::lexical(path, source);
        let draft = match before {
            Some(stamp) => self.cache.begin_from(stamp),
            None => self.cache.begin(),
        };
        let draft = draft.map_err(io)?;
        let index = match before {
            Some(_) => Index::open_in_dir(draft.path()),
            None => Index::create_in_dir(draft.path(), schema().0),
        };
        let index = index.map_err(failed)?;
        write(&index, store, path)?;
        let used = index.load_metas().map_err(failed)?;
        drop(index);
        let used: Vec<String> = used.segments.iter().map(|s| s.id().uuid_string()).collect();
        remove_unused(draft.path(), &used).map_err(io)?;
        let published = self.cache.publish(draft, before, revision.clone(), ());
        published.map_err(io)
    }
}

/// Removes what tantivy left behind in `folder`, the files of a failed merge for example.
fn remove_unused(folder: &Path, segments: &[String]) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_used = name == "meta.json"
            || name.starts_with('.')
            || segments.iter().any(|id| name.starts_with(id));
        if !is_used {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Brings a tantivy index up to the store, in one commit. The store must not change meanwhile.
pub(super) fn write(index: &Index, store: &Store, path: &Path) -> Result<()> {
    let failed = |source| IndexError::lexical(path, source);
    let (_, fields) = schema();
    index.tokenizers().register(super::ANALYZER, analyzer());
    let documents = store.documents()?;
    let labels: HashMap<i64, u64> = documents
        .iter()
        .map(|d| (d.id, label(&document_name(d))))
        .collect();
    let mut wanted: Vec<(ChunkKey, u64)> = Vec::new();
    for place in store.chunk_places()? {
        let label = labels.get(&place.document);
        wanted.push((
            place.key,
            *label.expect("a chunk's document is in the store"),
        ));
    }
    let had = entries(index).map_err(failed)?;
    let mut writer = index
        .writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)
        .map_err(failed)?;
    let mut merging = LogMergePolicy::default();
    merging.set_del_docs_ratio_before_merge(MAX_REMOVED);
    writer.set_merge_policy(Box::new(merging));
    for (key, _) in lacking(&had, &wanted) {
        writer.delete_term(Term::from_field_u64(fields.key, key as u64));
    }
    for (key, label) in lacking(&wanted, &had) {
        let chunk = store.chunk(key)?.expect("the store stays as it is");
        let document = document(&fields, &chunk, label);
        writer.add_document(document).map_err(failed)?;
    }
    writer.commit().map_err(failed)?;
    writer.wait_merging_threads().map_err(failed)?;
    let found = entries(index).map_err(failed)?;
    if found != wanted {
        let text = format!("{} chunks came out of {}", found.len(), wanted.len());
        return Err(failed(TantivyError::InternalError(text)));
    }
    Ok(())
}

/// What is in `these` and not in `those`; both ascending.
fn lacking(these: &[(ChunkKey, u64)], those: &[(ChunkKey, u64)]) -> Vec<(ChunkKey, u64)> {
    let mut out = these.to_vec();
    out.retain(|entry| those.binary_search(entry).is_err());
    out
}

/// Keys and labels of all chunks in the index, ascending.
fn entries(index: &Index) -> tantivy::Result<Vec<(ChunkKey, u64)>> {
    let mut out = Vec::new();
    for segment in searcher(index)?.segment_readers() {
        let columns = segment.fast_fields();
        let (keys, labels) = (columns.u64("key")?, columns.u64("label")?);
        let entry = |doc| Some((keys.first(doc)? as ChunkKey, labels.first(doc)?));
        out.extend(segment.doc_ids_alive().filter_map(entry));
    }
    out.sort_unstable();
    Ok(out)
}

/// By what a document is called: its path, company, form and year.
fn name(path: &str, company: &str, form: &str, year: Option<i32>) -> String {
    let year = year.map(|y| y.to_string()).unwrap_or_default();
    [&composed(path), company, form, &year]
        .map(|s| s.replace(['_', '/'], " "))
        .join(" ")
}

/// By what a document is called where its chunks are looked for.
pub fn document_name(document: &DocumentRow) -> String {
    let metadata = &document.metadata;
    name(
        &document.path,
        &metadata.company,
        &metadata.form,
        metadata.year,
    )
}

/// Tells names apart, so that the chunks of a renamed document are written again.
fn label(name: &str) -> u64 {
    let hash = blake3::hash(name.as_bytes());
    let (first, _) = hash.as_bytes().split_at(8);
    u64::from_le_bytes(first.try_into().expect("it has eight bytes"))
}

fn document(fields: &Fields, chunk: &StoredChunk, label: u64) -> TantivyDocument {
    let name = name(&chunk.document, &chunk.company, &chunk.form, chunk.year);
    let texts = [chunk.text.as_str(), &chunk.section, &name];
    let mut document = document_of(fields, chunk.key, texts);
    document.add_u64(fields.document, chunk.document_id as u64);
    document.add_u64(fields.label, label);
    document
}

/// A chunk by its key and its texts: body, section and name.
pub(super) fn document_of(fields: &Fields, key: ChunkKey, texts: [&str; 3]) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.key, key as u64);
    for (field, text) in fields.texts.iter().zip(texts) {
        let tokens = token_list(text);
        document.add_u64(field.length, tokens.len() as u64);
        let text = String::new();
        document.add_pre_tokenized_text(field.text, PreTokenizedString { text, tokens });
    }
    document
}
