//! Embedding ahead: while a run reads and embeds a library, a thread of its own embeds the chunks that a question
//! waits for, and holds the run's own embedding meanwhile.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Result;
use crate::job::ahead::Slice;
use crate::job::context::JobContext;
use crate::job::models::Embedder;
use crate::progress::{CancelToken, Progress};
use crate::store::{ModelId, Store};

/// Chunks embedded at a time: about half a second's work of two cores.
const SLICE: usize = 16;

/// Holds work until it is dropped, also where what it is held for panics.
struct Held<'a>(&'a CancelToken);

impl<'a> Held<'a> {
    fn new(work: &'a CancelToken) -> Self {
        work.pause();
        Self(work)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.go_on();
    }
}

/// What embeds ahead of a run.
pub struct EmbeddingAhead<'a> {
    context: &'a JobContext,
    /// The models that the library is embedded with.
    models: &'a [(&'a Embedder, ModelId)],
    /// Asked by the run's own embedding, which waits while it is paused.
    pub own: CancelToken,
    /// Chunks and tokens so far.
    chunks: AtomicUsize,
    tokens: AtomicU64,
}

impl<'a> EmbeddingAhead<'a> {
    pub fn new(context: &'a JobContext, models: &'a [(&'a Embedder, ModelId)]) -> Self {
        Self {
            context,
            models,
            own: context.cancel.part(),
            chunks: AtomicUsize::new(0),
            tokens: AtomicU64::new(0),
        }
    }

    /// Chunks and tokens embedded so far.
    pub fn so_far(&self) -> (usize, u64) {
        let chunks = self.chunks.load(Ordering::Relaxed);
        (chunks, self.tokens.load(Ordering::Relaxed))
    }

    /// Embeds what is wanted until the list is served no more.
    pub fn run(&self) {
        while let Some(slice) = self.context.ahead.next(SLICE) {
            match self.embed(&slice) {
                Ok(()) => self.context.progress.report(Progress::Ahead {
                    done: slice.done,
                    of: slice.of,
                }),
                // The run itself meets what is wrong, and says so.
                Err(error) => tracing::warn!("embedding ahead: {error}"),
            }
        }
    }

    fn embed(&self, slice: &Slice) -> Result<()> {
        let _held = Held::new(&self.own);
        let by = |embedder: &Embedder| embedder.encoder.fingerprint().as_str() == slice.model;
        let Some((embedder, model)) = self.models.iter().find(|(e, _)| by(e)) else {
            return Ok(());
        };
        let library = &self.context.library;
        let mut store = Store::create(&library.home)?;
        let keys = store.unembedded(*model, &slice.keys)?;
        let passages = store.passages(&keys)?;
        let texts: Vec<&str> = passages.iter().map(|p| p.passage.as_str()).collect();
        let cancel = &self.context.cancel;
        let Some(encoded) = embedder.encoder.encode_passages(&texts, cancel)? else {
            return Ok(());
        };
        let rows = passages.iter().zip(&encoded.embeddings);
        let stored =
            store.put_embeddings(*model, rows.map(|(p, e)| (&p.content_hash, e.as_slice())))?;
        self.chunks.fetch_add(stored, Ordering::Relaxed);
        self.tokens.fetch_add(encoded.tokens, Ordering::Relaxed);
        Ok(())
    }
}
