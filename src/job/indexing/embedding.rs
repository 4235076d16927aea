//! Embedding: what has no embedding yet, batch by batch, each committed.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::{Result, Run};
use crate::encoder::{Encoder, Tokenized};
use crate::job::context::JobContext;
use crate::progress::Progress;
use crate::store::{ChunkKey, ModelId, Pending, Store, StoreError};

/// Passages embedded between two commits.
const BATCH: usize = 256;
/// The dense index follows the embeddings this far apart.
const PUBLISH_EVERY: Duration = Duration::from_secs(60);

impl Run<'_> {
    /// Embeds what has no embedding yet, model by model.
    pub fn encode_all(&mut self, store: &mut Store, models: &[ModelId]) -> Result<()> {
        let pending = models.iter().map(|model| store.pending(*model));
        let pending = pending.collect::<Result<Vec<_>, _>>()?;
        let of = pending.iter().map(Vec::len).sum();
        let (job, began) = (self.job, Instant::now());
        for ((embedder, model), pending) in job.models.iter().zip(models).zip(&pending) {
            self.encode(store, (&embedder.encoder, *model), pending, |run| {
                run.report(Progress::Encoded {
                    chunks: run.summary.encoded,
                    of,
                    tokens: run.summary.tokens,
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
        encoded_some: impl Fn(&Self),
    ) -> Result<()> {
        let JobContext {
            library, cancel, ..
        } = self.job.context;
        let mut published = Instant::now();
        std::thread::scope(|scope| {
            let batches = {
                let (sender, batches) = sync_channel(1);
                scope.spawn(move || {
                    let read = Store::open(&library.folder, &library.home);
                    prepare(read, pending, encoder, |batch| sender.send(batch).is_ok());
                });
                batches
            };
            for batch in batches {
                let (passages, tokenized) = batch?;
                let Some(encoded) = encoder.encode_tokenized(&tokenized, cancel) else {
                    break;
                };
                let rows = passages.iter().zip(&encoded.embeddings);
                store.put_embeddings(model, rows.map(|(p, e)| (&p.content_hash, e.as_slice())))?;
                self.summary.encoded += passages.len();
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
    encoder: &Encoder,
    send: impl Fn(Result<Batch>) -> bool,
) {
    let batch = |store: &Store, keys: &[ChunkKey]| -> Result<Batch> {
        let passages = store.passages(keys)?;
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
