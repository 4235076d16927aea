//! The round trip: each question is put to the library, which must find the passage that it was
//! written from; what comes before it are candidates for negatives.
//!
//! It may be put as `retrieve` puts people's: with what dense search is asked in place of the question.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::source::Corpus;
use super::{Draft, Result};
use crate::encoder::{Embedding, Encoder};
use crate::progress::{CancelToken, Progress, ProgressSink};
use crate::retrieve::{Aids, Arm, Query, Retriever, Trace};

/// Chunks that each arm is asked for.
pub const DEPTH: usize = 60;
/// Questions between two reports, and embedded at a time.
const STEP: usize = 100;

/// A question's trace, and what dense search was asked where that is not the question itself.
pub type Asked = (Trace, Option<String>);

fn query(draft: &Draft) -> Query {
    Query {
        text: draft.question.clone(),
        arm: Arm::Hybrid,
        top_k: DEPTH,
        aids: Aids {
            parts: false,
            ..Aids::ALL
        },
        ..Query::default()
    }
}

/// What dense search is asked for each of `drafts`, and its embeddings.
fn as_served(
    retriever: &Retriever,
    encoder: &Encoder,
    drafts: &[Draft],
) -> Result<Vec<(Embedding, Option<String>)>> {
    let texts = drafts
        .iter()
        .map(|draft| Ok(retriever.dense_text(&query(draft))?));
    let texts: Vec<String> = texts.collect::<Result<_>>()?;
    let own: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embeddings = encoder.encode_queries(&own)?;
    Ok(embeddings
        .into_iter()
        .zip(texts.into_iter().map(Some))
        .collect())
}

/// How questions are put to the library.
pub struct RoundTrip<'a> {
    /// The model that is searched with, where they are asked as people's questions are.
    pub served: Option<&'a Encoder>,
    pub corpus: &'a Corpus,
    pub threads: usize,
    /// Gives each thread a retriever of its own.
    pub open: &'a (dyn Fn() -> Result<Retriever> + Sync),
    pub cancel: &'a CancelToken,
    pub progress: &'a dyn ProgressSink,
}

impl RoundTrip<'_> {
    /// Asks all of `drafts`, by `embeddings`, their own, unless they are asked as people's are.
    pub fn traces(&self, drafts: &[Draft], embeddings: &[Embedding]) -> Result<Vec<Asked>> {
        let all = drafts.len();
        let (done, began) = (AtomicUsize::new(0), Instant::now());
        let report = || {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(STEP) || done == all {
                self.progress.report(Progress::Worked {
                    what: "questions put to the library",
                    done,
                    of: all,
                    seconds: began.elapsed().as_secs_f64(),
                });
            }
        };
        let share = all.div_ceil(self.threads.max(1)).max(1);
        let parts: Vec<Result<Vec<Asked>>> = std::thread::scope(|scope| {
            let parts = drafts.chunks(share).zip(embeddings.chunks(share));
            let ask = |(drafts, embeddings)| {
                let report = &report;
                scope.spawn(move || self.ask(drafts, embeddings, report))
            };
            let parts: Vec<_> = parts.map(ask).collect();
            let join =
                |p: std::thread::ScopedJoinHandle<'_, _>| p.join().expect("no search panics");
            parts.into_iter().map(join).collect()
        });
        let mut out = Vec::with_capacity(all);
        for part in parts {
            out.extend(part?);
        }
        self.cancel.check()?;
        Ok(out)
    }

    /// One thread's share.
    fn ask(
        &self,
        drafts: &[Draft],
        embeddings: &[Embedding],
        report: &(dyn Fn() + Sync),
    ) -> Result<Vec<Asked>> {
        let retriever = (self.open)()?;
        let mut out = Vec::with_capacity(drafts.len());
        for (drafts, embeddings) in drafts.chunks(STEP).zip(embeddings.chunks(STEP)) {
            self.cancel.check()?;
            let own: Vec<(Embedding, Option<String>)> = match self.served {
                Some(encoder) => as_served(&retriever, encoder, drafts)?,
                None => embeddings.iter().map(|e| (e.clone(), None)).collect(),
            };
            for (draft, (embedding, text)) in drafts.iter().zip(own) {
                self.cancel.check()?;
                let key = self.corpus.sources[draft.source].key();
                let trace = retriever.trace(&query(draft), &embedding, key, DEPTH)?;
                out.push((trace, text));
                report();
            }
        }
        Ok(out)
    }
}
