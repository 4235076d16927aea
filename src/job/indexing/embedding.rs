//! Embedding: what has no embedding yet, batch by batch, each committed.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::ahead::EmbeddingAhead;
use super::{Result, Run};
use crate::encoder::{Encoder, Tokenized};
use crate::job::models::Embedder;
use crate::progress::{CancelToken, Progress};
use crate::store::{ChunkKey, ModelId, Pending, Store, StoreError};

/// Passages embedded between two commits.
const BATCH: usize = 256;
/// The dense index follows the embeddings this far apart.
const PUBLISH_EVERY: Duration = Duration::from_secs(60);

impl Run<'_> {
    /// Embeds what has no embedding yet, model by model.
    pub fn encode_all(
        &mut self,
        store: &mut Store,
        models: &[(&Embedder, ModelId)],
        ahead: &EmbeddingAhead<'_>,
    ) -> Result<()> {
        let before = ahead.so_far();
        let pending = models.iter().map(|(_, model)| store.pending(*model));
        let pending = pending.collect::<Result<Vec<_>, _>>()?;
        let of = before.0 + pending.iter().map(Vec::len).sum::<usize>();
        let began = Instant::now();
        for ((embedder, model), pending) in models.iter().zip(&pending) {
            let by = (embedder.encoder.as_ref(), *model);
            self.encode(store, by, pending, &ahead.own, |run| {
                let (chunks, tokens) = ahead.so_far();
                run.report(Progress::Encoded {
                    chunks: run.summary.encoded + chunks,
                    of,
                    tokens: run.summary.tokens + tokens - before.1,
                    seconds: began.elapsed().as_secs_f64(),
                });
            })?;
        }
        Ok(())
    }

    /// The next batch is read and tokenised while one is encoded.
    fn encode(
        &mut self,
        store: &mut Store,
        (encoder, model): (&Encoder, ModelId),
        pending: &[ChunkKey],
        cancel: &CancelToken,
        encoded_some: impl Fn(&Self),
    ) -> Result<()> {
        let library = &self.job.context.library;
        let mut published = Instant::now();
        std::thread::scope(|scope| {
            let batches = {
                let (sender, batches) = sync_channel(1);
                scope.spawn(move || {
                    let read = Store::open(&library.folder, &library.home);
                    let send = |batch| sender.send(batch).is_ok();
                    prepare(read, pending, (encoder, model), send);
                });
                batches
            };
            for batch in batches {
                let (passages, tokenized) = batch?;
                let Some(encoded) = encoder.encode_tokenized(&tokenized, cancel) else {
                    break;
                };
                let rows = passages.iter().zip(&encoded.embeddings);
                self.summary.encoded += store
                    .put_embeddings(model, rows.map(|(p, e)| (&p.content_hash, e.as_slice())))?;
                self.summary.tokens += encoded.tokens;
                encoded_some(self);
                if published.elapsed() > PUBLISH_EVERY {
                    self.publish_vectors(store, encoder, model)?;
                    published = Instant::now();
                }
            }
            Ok(())
        })
    }
}

type Batch = (Vec<Pending>, Tokenized);

/// Reads and tokenises the passages of `pending` batch by batch, for as long as `send` takes them.
fn prepare(
    read: Result<Store, StoreError>,
    pending: &[ChunkKey],
    (encoder, model): (&Encoder, ModelId),
    send: impl Fn(Result<Batch>) -> bool,
) {
    let batch = |store: &Store, keys: &[ChunkKey]| -> Result<Batch> {
        // Some may have been embedded ahead.
        let passages = store.passages(&store.unembedded(model, keys)?)?;
        let texts: Vec<&str> = passages.iter().map(|p| p.passage.as_str()).collect();
        let tokenized = encoder.tokenize_passages(&texts)?;
        Ok((passages, tokenized))
    };
    match read {
        Ok(store) => {
            let mut batches = pending.chunks(BATCH);
            while batches.next().is_some_and(|keys| send(batch(&store, keys))) {}
        }
        Err(error) => {
            send(Err(error.into()));
        }
    }
}
