//! The indexing job: folder → pages → chunks → BM25 → embeddings → HNSW.
//!
//! A document is searchable by its words as soon as it is read; embedding follows in batches, each
//! committed, so that a killed process loses a batch at most and the next run goes on there.

mod ahead;
mod embedding;
mod error;
mod reading;
mod summary;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

pub use error::IndexingError;
pub use summary::{FailedDocument, Summary};

use ahead::EmbeddingAhead;
use reading::Reading;

use crate::chunk::{self, CHUNKER_VERSION, passage};
use crate::config::{ExtractConfig, Library};
use crate::encoder::Encoder;
use crate::fact;
use crate::folders::Folders;
use crate::home::Home;
use crate::index::dense::DenseIndex;
use crate::index::lexical::LexicalWriter;
use crate::index::sync::{self, Changes, Listing, ToExtract};
use crate::index::watch::Settling;
use crate::job::context::JobContext;
use crate::job::models::Embedder;
use crate::metadata::{self, METADATA_VERSION, Metadata};
use crate::model::{Model, serving};
use crate::ocr::{self, Ocr};
use crate::pdf::reader::EngineChoice;
use crate::pdf::sandbox::{self, Sandbox};
use crate::pdf::{Document, EXTRACTOR_VERSION, Failure, PageState, Reason};
use crate::progress::{CancelToken, Cancelled, Progress};
use crate::store::{
    self, DocumentRow, DocumentState, ModelId, NewDocument, Seen, Store, StoreError, WriterLock,
    composed,
};

type Result<T, E = IndexingError> = std::result::Result<T, E>;

/// Between two looks at whether another process is done.
const BUSY: Duration = Duration::from_millis(500);
/// BM25 commits are this far apart while documents stream in.
const COMMIT_EVERY: Duration = Duration::from_secs(2);

/// A library to be brought up to its folder.
pub struct Indexing<'a> {
    context: &'a JobContext,
    models: &'a [Embedder],
    may_empty: bool,
    settling: Option<&'a Settling>,
    was_there: bool,
    is_checking: bool,
}

/// What `index --dry-run` prints: the changes a run would make.
pub fn plan(
    library: &Library,
    extract: &ExtractConfig,
    has_ocr: bool,
    may_empty: bool,
) -> Result<Changes> {
    let listing = sync::list_all(&Folders::of(library)?).up_to(extract.largest());
    match Store::open(&library.folder, &library.home) {
        Ok(store) => compare(listing, &store, has_ocr, may_empty),
        Err(StoreError::Missing { .. }) => Ok(sync::compare(listing, &[], &[])),
        Err(e) => Err(e.into()),
    }
}

/// What differs between a folder and a store. With OCR, documents are read again that it was not tried on.
fn compare(mut listing: Listing, store: &Store, has_ocr: bool, may_empty: bool) -> Result<Changes> {
    let (mut documents, others) =
        store.snapshot(|s| Ok::<_, StoreError>((s.documents()?, s.other_paths()?)))?;
    if has_ocr {
        documents.iter_mut().for_each(read_again_by_ocr);
    }
    if !may_empty {
        listing.keep_emptied(&documents);
    }
    Ok(sync::compare(listing, &documents, &others))
}

/// Makes a document that has pages for OCR one that is to be read again.
fn read_again_by_ocr(row: &mut DocumentRow) {
    match row.state {
        DocumentState::Indexed if row.unread > 0 => row.chunker = String::new(),
        DocumentState::Failed if row.reason.as_deref() == Some(Reason::Scanned.as_str()) => {
            (row.seen.file_hash, row.seen.seen_ns) = ([0; 32], 0);
        }
        _ => {}
    }
}

/// Brings the indexes of a library up to its store. Hold the `WriterLock`.
pub fn publish(library: &Library, store: &Store) -> Result<()> {
    LexicalWriter::open(&library.home.lexical_cache()).update(store)?;
    for model in store.models()? {
        let folder = library.home.dense_cache(&model.fingerprint);
        DenseIndex::update(&folder, store, model.id, model.dim)?;
    }
    Ok(())
}

/// Puts the metadata of a library's documents right in the light of each other. Hold the `WriterLock`.
pub fn settle(store: &mut Store) -> Result<()> {
    let rows = store.documents()?;
    let known: Vec<(&str, &Metadata)> = rows
        .iter()
        .map(|r| (r.path.as_str(), &r.metadata))
        .collect();
    let settled = metadata::settle(&known);
    for (row, mut settled) in rows.iter().zip(settled) {
        if row.metadata == settled {
            continue;
        }
        // What a user has set stays as it is, and is no change to be made in each run.
        for field in store.corrected(&row.path)? {
            field.copy(&row.metadata, &mut settled);
        }
        if row.metadata != settled {
            store.correct(row, &[], &settled)?;
        }
    }
    Ok(())
}

/// Reads the facts of documents that have none, or that were read by other rules or other metadata. Hold the
/// `WriterLock`.
pub fn read_facts(store: &mut Store, cancel: &CancelToken) -> Result<()> {
    let key = |row: &DocumentRow| match row.state {
        DocumentState::Indexed => fact::key(&row.metadata),
        DocumentState::Failed => String::new(),
    };
    for row in store.without_facts(key)? {
        if cancel.is_cancelled() {
            break;
        }
        let facts = fact::read(&store.pages(row.id)?, &row.metadata);
        store.put_facts(row.id, &key(&row), &facts)?;
    }
    Ok(())
}

/// Looks at all that a store has and drops the documents of which something was altered, so that they are read from their
/// files again; what the user has said of them stays. Their paths. Hold the `WriterLock`.
fn forget_altered(store: &mut Store) -> Result<Vec<String>, StoreError> {
    store.check_whole().or_else(|_| store.reindex())?;
    store.remove_orphans()?;
    let (ids, paths): (Vec<i64>, Vec<String>) = store.altered()?.into_iter().unzip();
    if !ids.is_empty() {
        store.remove_documents(&ids)?;
    }
    Ok(paths)
}

/// A home's store, of which nothing is altered, and the documents that are to be read again. A damaged one is begun anew
/// with what the user has said. Hold the `WriterLock`.
fn checked(home: &Home) -> Result<(Store, Vec<String>)> {
    let look = || {
        let mut store = Store::create(home)?;
        store.revision()?;
        let altered = forget_altered(&mut store)?;
        Ok::<_, StoreError>((store, altered))
    };
    let error = match look() {
        Err(error @ (StoreError::Damaged { .. } | StoreError::Altered { .. })) => error,
        other => return Ok(other?),
    };
    // What was wrong first says more than why it cannot be mended.
    let aside = store::rescue(home).map_err(|_| error)?;
    Ok((Store::create(home)?, vec![aside.display().to_string()]))
}

impl<'a> Indexing<'a> {
    /// Of the library of `context`; the passages are embedded with `models`, the first of which cuts the
    /// chunks.
    pub fn new(context: &'a JobContext, models: &'a [Embedder]) -> Self {
        Self {
            context,
            models,
            may_empty: false,
            settling: None,
            was_there: false,
            is_checking: false,
        }
    }

    /// Whether a folder that has lost all of its documents empties the library.
    pub fn may_empty(self, may_empty: bool) -> Self {
        Self { may_empty, ..self }
    }

    /// Whether this process has indexed the library before: one that is gone meanwhile is not begun anew.
    pub fn was_there(self, was_there: bool) -> Self {
        Self { was_there, ..self }
    }

    /// Whether all that the store has is looked at first, and documents are read again of which something was altered.
    pub fn checking(self, is_checking: bool) -> Self {
        Self {
            is_checking,
            ..self
        }
    }

    /// Leaves for later what may not be whole yet.
    pub fn settling(self, settling: &'a Settling) -> Self {
        let settling = Some(settling);
        Self { settling, ..self }
    }

    /// As `run`; another process that changes the library is waited for.
    pub fn run_when_free(&self) -> Result<Summary> {
        let context = self.context;
        let mut is_told = false;
        loop {
            let busy = match self.run() {
                Err(IndexingError::Store(StoreError::Locked { pid })) => pid,
                other => return other,
            };
            if !std::mem::replace(&mut is_told, true) {
                context.progress.report(Progress::Busy { process: busy });
            }
            while WriterLock::is_held(&context.library.home) {
                if context.cancel.is_cancelled() {
                    return Err(Cancelled.into());
                }
                std::thread::sleep(BUSY);
            }
        }
    }

    /// What reads pictures, by the settings.
    fn recogniser(&self) -> Result<Option<Ocr>> {
        let home = &self.context.library.home;
        let (config, threads) = (&self.context.config.ocr, self.first().threads());
        Ok(Ocr::open(config, threads, Some(home.recognised()))?)
    }

    /// The model that cuts the chunks.
    fn first(&self) -> &Encoder {
        &self.models.first().expect("a library has a model").encoder
    }

    /// What the passages of a document are encoded with, by the settings.
    fn passage_context(&self, path: &str, metadata: &Metadata) -> String {
        if self.context.config.index.context {
            passage::context(&composed(path), metadata)
        } else {
            String::new()
        }
    }

    /// Brings the library up to its folder. Takes the writer's lock for as long as it runs. A run
    /// that was cancelled has a summary too, of what it did until then.
    pub fn run(&self) -> Result<Summary> {
        let folder = &self.context.library.folder;
        match self.bring_up_to_folder() {
            // Whatever failed first, that is why.
            Err(_) if !folder.is_dir() => Err(IndexingError::Gone {
                folder: folder.clone(),
            }),
            other => other,
        }
    }

    fn bring_up_to_folder(&self) -> Result<Summary> {
        let began = Instant::now();
        let library = &self.context.library;
        // A disk that was taken away is no library: nothing is made in its place.
        let listing = sync::list_all(&Folders::of(library)?);
        let is_gone = !library.folder.is_dir()
            || self.was_there && listing.files.is_empty() && !library.home.store().is_file();
        if is_gone {
            let folder = library.folder.clone();
            return Err(IndexingError::Gone { folder });
        }
        // A folder that has nothing to index is left as it is.
        if listing.files.is_empty()
            && listing.unlisted.is_empty()
            && !library.home.store().is_file()
        {
            return Ok(Summary::default());
        }
        let recogniser = self.recogniser()?;
        // Extraction is done by child processes of this program.
        let program = sandbox::own_program().map_err(IndexingError::Program)?;
        library.create_home()?;
        let _lock = WriterLock::acquire(&library.home)?;
        let (mut store, altered) = match self.is_checking {
            true => checked(&library.home)?,
            false => (Store::create(&library.home)?, Vec::new()),
        };
        let begins = Model::filings().stored_name(self.context.config.index.precision);
        if self.models[0].name == begins && store.models()?.is_empty() {
            serving::begin(&library.home)?;
        }
        let mut run = Run {
            job: self,
            program,
            recogniser,
            lexical: LexicalWriter::open(&library.home.lexical_cache()),
            chunker: format!(
                "{EXTRACTOR_VERSION}.{CHUNKER_VERSION}.{METADATA_VERSION}/{}",
                self.context.config.index.chunk_tokens
            ),
            summary: Summary {
                altered,
                ..Summary::default()
            },
            committed: Instant::now(),
        };
        // Another process may have added or removed a folder before the lock was taken.
        let folders = Folders::of(library)?;
        let listing = match folders == listing.folders {
            true => listing,
            false => sync::list_all(&folders),
        };
        let listing = match self.settling {
            Some(settling) => listing.hold_back(|file| settling.is_unsettled(file)),
            None => listing,
        };
        let listing = listing.up_to(self.context.config.extract.largest());
        let has_ocr = run.recogniser.is_some();
        let changes = compare(listing, &store, has_ocr, self.may_empty)?;
        if let Some((folder, documents)) = changes.emptied.clone().filter(|_| !self.may_empty) {
            return Err(IndexingError::Emptied { folder, documents });
        }
        let mut models = Vec::new();
        for embedder in self.models {
            let Embedder { name, encoder } = embedder;
            let fingerprint = encoder.fingerprint().as_str();
            let model = store.register_model(fingerprint, name, encoder.dim())?;
            models.push((embedder, model));
        }
        let ahead = EmbeddingAhead::new(self.context, &models);
        std::thread::scope(|scope| {
            let served = self.context.ahead.serve();
            scope.spawn(|| ahead.run());
            let done = run.bring_up(&mut store, changes, &models, &ahead);
            drop(served);
            done
        })?;
        let (chunks, tokens) = ahead.so_far();
        run.summary.encoded += chunks;
        run.summary.tokens += tokens;
        let models: Vec<ModelId> = models.iter().map(|(_, model)| *model).collect();
        run.finish(&store, &models, began)
    }
}

struct Run<'a> {
    job: &'a Indexing<'a>,
    program: PathBuf,
    recogniser: Option<Ocr>,
    lexical: LexicalWriter,
    chunker: String,
    summary: Summary,
    committed: Instant,
}

impl Run<'_> {
    /// The changes, then what follows of them, up to the indexes.
    fn bring_up(
        &mut self,
        store: &mut Store,
        changes: Changes,
        models: &[(&Embedder, ModelId)],
        ahead: &EmbeddingAhead<'_>,
    ) -> Result<()> {
        let job = self.job;
        self.apply(store, changes)?;
        self.chunk_again(store)?;
        read_facts(store, &job.context.cancel)?;
        store.put_contexts(|row| job.passage_context(&row.path, &row.metadata))?;
        self.sweep_recognised(store)?;
        self.publish_words(store)?;
        if !job.context.cancel.is_cancelled() {
            self.encode_all(store, models, ahead)?;
            store.prune_embeddings()?;
        }
        for (embedder, model) in models {
            self.publish_vectors(store, &embedder.encoder, *model)?;
        }
        self.publish_words(store)
    }

    fn report(&self, progress: Progress) {
        self.job.context.progress.report(progress);
    }

    /// What changes without reading a file, then extraction.
    fn apply(&mut self, store: &mut Store, changes: Changes) -> Result<()> {
        self.summary.unchanged = changes.unchanged;
        self.summary.removed = changes.removed.len();
        self.summary.renamed = changes.renamed.len();
        self.summary.unlisted = changes.unlisted;
        self.summary.waiting = changes.waiting;
        self.report(Progress::Planned {
            to_extract: changes.extract.iter().map(|e| e.file.key.clone()).collect(),
            unchanged: changes.unchanged,
            removed: changes.removed.len(),
            renamed: changes.renamed.len(),
        });
        for (path, seen) in &changes.touched {
            store.touch(path, seen)?;
        }
        if !changes.removed.is_empty() {
            store.remove_documents(&changes.removed)?;
        }
        if !changes.placed.is_empty() {
            store.place_documents(&changes.placed)?;
        }
        for (file, failure) in &changes.unreadable {
            self.fail(store, &file.key, &file.unseen(), failure)?;
        }
        self.extract(store, changes.extract)
    }

    /// Notes that a file gave no text. What was read of it before stays where the file is there and only
    /// cannot be read now: it is tried again in the next run.
    fn fail(
        &mut self,
        store: &mut Store,
        path: &str,
        seen: &Seen,
        failure: &Failure,
    ) -> Result<()> {
        self.report(Progress::Failed {
            document: path.to_owned(),
            reason: failure.reason.to_string(),
            detail: failure.detail.clone(),
        });
        let is_passing = failure.reason == Reason::Unreadable;
        if is_passing && store.is_indexed_at(path)? {
            self.summary.failed.push(FailedDocument {
                document: path.to_owned(),
                reason: failure.reason.as_str().to_owned(),
                detail: format!("{}, it is kept as it was", failure.detail),
                remedy: failure
                    .reason
                    .remedy_by(self.job.context.config.ocr.mode)
                    .to_string(),
            });
            return Ok(());
        }
        let unseen = Seen {
            file_hash: [0; 32],
            seen_ns: 0,
            ..seen.clone()
        };
        let seen = if is_passing { &unseen } else { seen };
        Ok(store.put_failure(path, seen, failure)?)
    }

    /// Reads files in child processes, as many at a time as there are threads, and stores each as
    /// it arrives.
    fn extract(&mut self, store: &mut Store, files: Vec<ToExtract>) -> Result<()> {
        let of = files.len();
        let threads = self.job.first().threads();
        let sandbox = Sandbox {
            program: self.program.clone(),
            limits: (&self.job.context.config.extract).into(),
            engine: EngineChoice::Both,
            // Few files leave threads for the pages of each.
            threads: (threads / of.max(1)).max(1),
        };
        let recogniser = self.recogniser.clone();
        let reading = Reading {
            sandbox: &sandbox,
            recogniser: recogniser.as_ref(),
            files: Mutex::new(files.into_iter()),
            pictures: Mutex::new(VecDeque::new()),
            turn: Mutex::new(()),
            context: self.job.context,
            began: Instant::now(),
        };
        let (sender, receiver) = sync_channel(2);
        // Stops the workers when storing fails.
        let stop = CancelToken::new();
        std::thread::scope(|scope| {
            for _ in 0..threads.min(of.max(1)) {
                let (sender, reading, stop) = (sender.clone(), &reading, &stop);
                scope.spawn(move || {
                    let send = |read| !stop.is_cancelled() && sender.send(read).is_ok();
                    reading.run(&send);
                });
            }
            drop(sender);
            let stored = self.store_all(store, receiver, of);
            if stored.is_err() {
                stop.cancel();
            }
            stored
        })
    }

    fn store_all(
        &mut self,
        store: &mut Store,
        read: Receiver<(ToExtract, Result<Document, Failure>)>,
        of: usize,
    ) -> Result<()> {
        for (done, (file, result)) in read.into_iter().enumerate() {
            match result {
                Ok(document) => self.store_document(store, &file, document, done + 1, of)?,
                Err(failure) => {
                    let own = (file.file.key, file.seen);
                    for (path, seen) in std::iter::once(&own).chain(&file.copies) {
                        self.fail(store, path, seen, &failure)?;
                    }
                }
            }
            self.summary.extracted += 1;
            if self.committed.elapsed() > COMMIT_EVERY {
                self.publish_words(store)?;
            }
        }
        Ok(())
    }

    fn store_document(
        &mut self,
        store: &mut Store,
        file: &ToExtract,
        document: Document,
        done: usize,
        of: usize,
    ) -> Result<()> {
        let Document {
            title,
            pages,
            hidden,
        } = &document;
        let budget = self.job.context.config.index.chunk_tokens;
        let chunks = chunk::chunk(pages, self.job.first().tokenizer(), budget);
        let metadata = metadata::read(&composed(&file.file.key), title, pages).metadata;
        store.put_document(&NewDocument {
            path: &file.file.key,
            seen: &file.seen,
            copies: &file.copies,
            chunker: &self.chunker,
            context: &self.job.passage_context(&file.file.key, &metadata),
            metadata: &metadata,
            pages,
            text_hash: chunk::text_hash(pages),
            chunks: &chunks,
            hidden: *hidden,
        })?;
        let failed = pages
            .iter()
            .filter(|p| p.state == PageState::Failed)
            .count();
        self.summary.failed_pages += failed as u64;
        self.report(Progress::Extracted {
            document: file.file.key.clone(),
            pages: pages.len(),
            chunks: chunks.len(),
            done,
            of,
        });
        Ok(())
    }

    /// Reads documents again, from their stored pages, that were cut or whose origin was read by other rules.
    fn chunk_again(&mut self, store: &mut Store) -> Result<()> {
        for row in store.documents()? {
            if row.state == DocumentState::Indexed && row.chunker != self.chunker {
                let pages = store.pages(row.id)?;
                let budget = self.job.context.config.index.chunk_tokens;
                let chunks = chunk::chunk(&pages, self.job.first().tokenizer(), budget);
                let read = metadata::read(&composed(&row.path), &row.metadata.title, &pages);
                store.correct(&row, &[], &read.metadata)?;
                // Last: with it the document counts as read by the rules of now.
                store.put_chunks(row.id, &self.chunker, &chunks)?;
            }
        }
        settle(store)
    }

    /// Forgets what OCR has read of files that are gone.
    fn sweep_recognised(&self, store: &Store) -> Result<()> {
        let folder = self.job.context.library.home.recognised();
        // Of one that was interrupted documents may still be on their way.
        if folder.is_dir() && !self.job.context.cancel.is_cancelled() {
            let rows = store.documents()?;
            ocr::sweep(&folder, rows.iter().map(|row| &row.seen.file_hash));
        }
        Ok(())
    }

    fn publish_words(&mut self, store: &Store) -> Result<()> {
        if !self.lexical.is_current(store)? {
            self.report(Progress::Indexing { what: "words" });
            self.lexical.update(store)?;
            self.report(Progress::Visible {
                generation: store.generation()?,
            });
        }
        self.committed = Instant::now();
        Ok(())
    }

    fn publish_vectors(&mut self, store: &Store, encoder: &Encoder, model: ModelId) -> Result<()> {
        let home = &self.job.context.library.home;
        let folder = home.dense_cache(encoder.fingerprint().as_str());
        self.report(Progress::Indexing { what: "vectors" });
        DenseIndex::update(&folder, store, model, encoder.dim())?;
        self.report(Progress::Visible {
            generation: store.generation()?,
        });
        Ok(())
    }

    fn finish(mut self, store: &Store, models: &[ModelId], began: Instant) -> Result<Summary> {
        for row in store.documents()? {
            match row.state {
                DocumentState::Indexed => {
                    self.summary.documents += 1;
                    self.summary.copies += row.paths.len() - 1;
                    self.summary.pages += u64::from(row.pages);
                    self.summary.recognised += u64::from(row.recognised);
                }
                DocumentState::Failed => self.summary.failed.push(FailedDocument::from_row(
                    row,
                    self.job.context.config.ocr.mode,
                )),
            }
        }
        self.summary.chunks = store.chunk_count()?;
        self.summary.covered = self.summary.chunks;
        for model in models {
            let coverage = store.coverage(*model)?;
            self.summary.covered = self.summary.covered.min(coverage.encoded);
        }
        self.summary.cancelled = self.job.context.cancel.is_cancelled();
        if self.summary.covered < self.summary.chunks && !self.summary.cancelled {
            // What was just embedded is not found: no further run would mend that.
            store.check_whole()?;
        }
        self.summary.seconds = began.elapsed().as_secs_f64();
        Ok(self.summary)
    }
}
