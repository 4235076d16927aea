//! The index of a shared library, behind the door that the local caches are behind as well: the engine finds, and what
//! it finds is scored as it is there.
//!
//! Dense search is the engine's own. Of words it proposes chunks by its BM25, over what this program has cut and stemmed;
//! these are scored again by the same code as everywhere, with the counts of the whole library.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::counts::OfLibrary;
use super::documents::Documents;
use super::engine::{Entity, Wanted, What};
use super::tables::{self, WORDS, has, number, text, vectors_table};
use super::{Result, ShareError, Shared, following, words};
use crate::home::Home;
use crate::index::dense::Exact;
use crate::index::door::{Index, Nearest};
use crate::index::lexical::{Candidate, Counts, LexicalIndex, LexicalQuery, Only, terms, tokens};
use crate::index::{Found, IndexError};
use crate::statement::Statement;
use crate::store::mirror::{key, parts_of};
use crate::store::{ChunkKey, ChunkPlace, ModelId, Store};

/// Chunks that the engine proposes for a question's words, at least.
const PROPOSED: usize = 400;
/// Documents of which a statement is looked for at most: nobody asks for one of more companies.
const MOST_STATED: usize = 200;
/// Between two looks whether the library has changed.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Fields of a chunk's place.
const PLACE: [&str; 4] = ["content", "ordinal", "page", "statement"];

/// The index of a shared library.
pub struct SharedIndex {
    engine: Shared,
    folder: PathBuf,
    home: Home,
    /// Of the mirror, for places of chunks that it has taken in.
    store: Option<Store>,
    documents: Documents,
    counts: Option<Arc<OfLibrary>>,
    vectors: Option<Vectors>,
    /// Of chunks that were found.
    places: Mutex<HashMap<ChunkKey, ChunkPlace>>,
    looked: Option<Instant>,
}

struct Vectors {
    fingerprint: String,
    /// None where nothing is embedded with the model.
    collection: Option<(String, usize)>,
}

impl SharedIndex {
    /// Of the library whose mirror lies at `folder`.
    pub fn new(engine: Shared, folder: PathBuf, home: Home) -> Self {
        Self {
            engine,
            folder,
            home,
            store: None,
            documents: Documents::default(),
            counts: None,
            vectors: None,
            places: Mutex::default(),
            looked: None,
        }
    }

    /// The key of a row of the engine; none where nobody here has its content.
    fn noted(&self, row: &Entity, among: Option<&HashMap<&str, i64>>) -> Option<ChunkKey> {
        let content = text(row, "content");
        let document = match among {
            Some(among) => *among.get(content)?,
            None => self.documents.by_content.get(content)?.0,
        };
        let place = ChunkPlace {
            key: key(document, number(row, "ordinal")),
            document,
            page: number(row, "page").try_into().ok()?,
            statement: Statement::from_name(text(row, "statement")),
        };
        if let Ok(mut places) = self.places.lock() {
            places.insert(place.key, place);
        }
        Some(place.key)
    }

    /// What the engine proposes for a search by words.
    fn proposed(
        &self,
        wanted: &LexicalQuery,
        top_k: usize,
        only: Only<'_>,
    ) -> Result<Vec<Candidate>> {
        let (mut filters, among) = self.documents.filters(only);
        let mut stems: BTreeSet<String> = terms(&wanted.text).into_iter().collect();
        stems.extend(wanted.names.iter().flatten().flat_map(|name| tokens(name)));
        if matches!(only, Only::All) {
            filters.extend(self.documents.filter_of_named(&stems));
        }
        let query = words::wanted(stems.iter());
        let fields = [&PLACE[..], &["section", "body"]].concat();
        let mut candidates: HashMap<ChunkKey, Candidate> = HashMap::new();
        let engine = self.engine.lock();
        for filter in &filters {
            let rows = match only {
                // They are few: all of them are scored.
                Only::Chunks(_) => engine.rows(WORDS.name, filter, "content", &fields)?,
                _ => {
                    let wanted = Wanted {
                        what: What::Words(&query),
                        filter,
                        fields: &fields,
                        most: PROPOSED.max(top_k * 2),
                    };
                    let found = engine.search(&WORDS, &wanted)?;
                    found.into_iter().map(|(row, _)| row).collect()
                }
            };
            for row in rows {
                let Some(key) = self.noted(&row, among.as_ref()) else {
                    continue;
                };
                let document = self.documents.all.get(&parts_of(key).0);
                candidates.insert(
                    key,
                    Candidate {
                        key,
                        text: text(&row, "body").to_owned(),
                        section: text(&row, "section").to_owned(),
                        name: document.map_or(String::new(), |own| own.name.clone()),
                    },
                );
            }
        }
        let mut candidates: Vec<Candidate> = candidates.into_values().collect();
        candidates.sort_by_key(|candidate| candidate.key);
        Ok(candidates)
    }
}

/// An error of the engine as one of the index.
fn failed(error: ShareError) -> IndexError {
    match error {
        ShareError::Store(error) => error.into(),
        error => IndexError::Elsewhere {
            detail: error.to_string(),
        },
    }
}

impl Index for SharedIndex {
    fn ask_once(&mut self) {}

    fn clear(&mut self) {
        (self.counts, self.vectors) = (None, None);
    }

    fn load_places(&mut self, store: &Store) -> Result<(), IndexError> {
        self.documents = Documents::of(store)?;
        self.store = Some(Store::open(&self.folder, &self.home)?);
        // Its words are others now.
        self.counts = None;
        Ok(())
    }

    fn load_words(&mut self, _: &Store) -> Result<(), IndexError> {
        if self.looked.is_some_and(|at| at.elapsed() >= LOOK_EVERY) {
            following::bring_up(&self.engine.lock(), &self.home).map_err(failed)?;
            self.looked = Some(Instant::now());
        }
        self.looked.get_or_insert_with(Instant::now);
        if self.counts.is_some() {
            return Ok(());
        }
        let folder = self.home.join("counts");
        let counts = OfLibrary::read(&self.engine, &folder, &self.documents).map_err(failed)?;
        self.counts = Some(Arc::new(counts));
        Ok(())
    }

    fn load_vectors(&mut self, _: &Store, fingerprint: &str, dim: usize) -> Result<(), IndexError> {
        let is_open = |vectors: &Vectors| vectors.fingerprint == fingerprint;
        if self.vectors.as_ref().is_some_and(is_open) {
            return Ok(());
        }
        let collection = tables::vectors(fingerprint);
        let engine = self.engine.lock();
        let is_there = engine.has(&collection).map_err(failed)?;
        if is_there {
            // Who may only read may not do this: what is not ready then says so itself.
            let _ = engine.load(&collection);
        }
        drop(engine);
        self.vectors = Some(Vectors {
            fingerprint: fingerprint.to_owned(),
            collection: is_there.then_some((collection, dim)),
        });
        Ok(())
    }

    fn follow(&mut self, _: &Store, _: ModelId) -> Result<(), IndexError> {
        Ok(())
    }

    fn has_words(&self) -> bool {
        self.counts.is_some()
    }

    fn has_vectors(&self) -> bool {
        let vectors = self.vectors.as_ref();
        vectors.is_some_and(|vectors| vectors.collection.is_some())
    }

    fn place(&self, key: ChunkKey) -> Option<ChunkPlace> {
        let known = self.places.lock().ok()?.get(&key).copied();
        known.or_else(|| self.store.as_ref()?.chunk_place(key).ok()?)
    }

    fn places(&self) -> &[ChunkPlace] {
        &[]
    }

    fn of_statement(
        &self,
        statement: Statement,
        only: Only<'_>,
    ) -> Result<Vec<ChunkPlace>, IndexError> {
        let (filters, among) = self.documents.filters(only);
        let documents = among
            .as_ref()
            .map_or(self.documents.all.len(), HashMap::len);
        if documents > MOST_STATED {
            return Ok(Vec::new());
        }
        let mut places = Vec::new();
        let engine = self.engine.lock();
        for filter in filters {
            let and = if filter.is_empty() { "" } else { " and " };
            let filter = format!("statement == \"{}\"{and}{filter}", statement.as_str());
            let rows = engine.rows(WORDS.name, &filter, "content", &PLACE);
            let rows = rows.map_err(failed)?;
            let keys = rows
                .iter()
                .filter_map(|row| self.noted(row, among.as_ref()));
            places.extend(keys.filter_map(|key| self.place(key)));
        }
        places.sort_by_key(|place| place.key);
        Ok(places)
    }

    fn in_section(
        &self,
        _: &Store,
        documents: &[i64],
        section: &str,
    ) -> Result<Vec<ChunkKey>, IndexError> {
        let wanted = section.to_lowercase();
        let is_plain = wanted.chars().all(|c| c.is_alphanumeric() || c == ' ');
        let (filters, among) = self.documents.filters(Only::Documents(documents));
        let fields = [&PLACE[..], &["section"]].concat();
        let mut keys = Vec::new();
        let engine = self.engine.lock();
        for filter in filters {
            let filter = match is_plain {
                true => format!("section like \"%{wanted}%\" and {filter}"),
                false => filter,
            };
            let rows = engine.rows(WORDS.name, &filter, "content", &fields);
            for row in rows.map_err(failed)? {
                if text(&row, "section").contains(&wanted) {
                    keys.extend(self.noted(&row, among.as_ref()));
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn by_words(
        &self,
        wanted: &LexicalQuery,
        top_k: usize,
        only: Only<'_>,
    ) -> Result<Vec<Found>, IndexError> {
        let Some(counts) = &self.counts else {
            return Ok(Vec::new());
        };
        let candidates = self.proposed(wanted, top_k, only).map_err(failed)?;
        LexicalIndex::among(&candidates, counts.clone())?.search(wanted, top_k, Only::All)
    }

    fn by_vector(
        &self,
        wanted: Nearest<'_>,
        only: Only<'_>,
        _: Exact<'_>,
    ) -> Result<Vec<Found>, IndexError> {
        let vectors = self.vectors.as_ref().and_then(|v| v.collection.as_ref());
        let Some((collection, dim)) = vectors.filter(|_| wanted.top_k > 0) else {
            return Ok(Vec::new());
        };
        if wanted.is_cut {
            return Err(IndexError::Elsewhere {
                detail: "embeddings are not cut there".to_owned(),
            });
        }
        let (filters, among) = self.documents.filters(only);
        let table = vectors_table(collection, *dim);
        let engine = self.engine.lock();
        let mut found = Vec::new();
        for filter in &filters {
            let wanted = Wanted {
                what: What::Near(wanted.embedding),
                filter,
                fields: &PLACE,
                most: wanted.top_k,
            };
            for (row, score) in engine.search(&table, &wanted).map_err(failed)? {
                let key = self.noted(&row, among.as_ref());
                found.extend(key.map(|key| Found { key, score }));
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
        found.truncate(wanted.top_k);
        Ok(found)
    }

    fn rarity(&self, stems: &[String]) -> Result<f32, IndexError> {
        let Some(counts) = &self.counts else {
            return Ok(0.0);
        };
        let counts: Arc<dyn Counts> = counts.clone();
        Ok(LexicalIndex::among(&[], counts)?.idf(stems))
    }

    fn together(&self, stems: &[String]) -> Result<HashMap<i64, usize>, IndexError> {
        if stems.is_empty() {
            return Ok(HashMap::new());
        }
        let all = stems.iter().map(|stem| has(&words::plain(stem)));
        let filter = all.collect::<Vec<_>>().join(" and ");
        let rows = self
            .engine
            .lock()
            .rows(WORDS.name, &filter, "content", &["content"]);
        let mut documents = HashMap::new();
        for row in rows.map_err(failed)? {
            if let Some((document, _)) = self.documents.by_content.get(text(&row, "content")) {
                *documents.entry(*document).or_default() += 1;
            }
        }
        Ok(documents)
    }
}
