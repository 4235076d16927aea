//! The sieve: what keeps the drafts that are worth learning from, in as many rounds as a writer
//! needs. Each round's drafts are checked one by one, compared with those before them, and put to
//! the library.

use std::time::Instant;

use super::duplicate::Questions;
use super::filter::{Filter, Limits, Reason};
use super::round_trip::{Asked, RoundTrip};
use super::source::Corpus;
use super::{Draft, Result};
use crate::encoder::{Embedding, Encoder};
use crate::progress::{CancelToken, Progress, ProgressSink};
use crate::retrieve::Retriever;

/// Questions embedded between two looks at the token.
const BATCH: usize = 2048;

/// What drafts are held against.
pub struct Sieve<'a> {
    pub corpus: &'a Corpus,
    pub filter: &'a Filter<'a>,
    pub limits: &'a Limits,
    /// Whether drafts are put to the library as people's questions are.
    pub as_served: bool,
    /// The model that the library is searched with.
    pub encoder: &'a Encoder,
    /// Opens a search of the library for one thread.
    pub open: &'a (dyn Fn() -> Result<Retriever> + Sync),
    pub threads: usize,
    pub cancel: &'a CancelToken,
    pub progress: &'a dyn ProgressSink,
}

/// What came through so far, and what did not.
#[derive(Default)]
pub struct Sifted {
    pub kept: Vec<(Draft, Asked)>,
    pub dropped: Vec<(Draft, Reason)>,
    questions: Questions,
}

impl Sieve<'_> {
    /// Puts a round of drafts through.
    ///
    /// # Errors
    ///
    /// Where a search fails, or it is cancelled: `to` may then lack some.
    pub fn put(&self, drafts: Vec<Draft>, to: &mut Sifted) -> Result<()> {
        let mut good = Vec::with_capacity(drafts.len());
        for draft in drafts {
            match self.filter.check(&draft) {
                Some(reason) => to.dropped.push((draft, reason)),
                None => good.push(draft),
            }
        }
        let embeddings = self.embed(&good)?;
        let limit = self.encoder.calibration();
        let limit = limit.equivalent(self.limits.duplicate);
        let (mut drafts, mut own) = (Vec::new(), Vec::new());
        for (draft, embedding) in good.into_iter().zip(embeddings) {
            let source = &self.corpus.sources[draft.source];
            let page = (source.document, source.chunk.page);
            if to
                .questions
                .repeats(&draft.question, &embedding, page, limit)
            {
                to.dropped.push((draft, Reason::Duplicate));
            } else {
                drafts.push(draft);
                own.push(embedding);
            }
        }
        let round_trip = RoundTrip {
            served: self.as_served.then_some(self.encoder),
            corpus: self.corpus,
            threads: self.threads,
            open: self.open,
            cancel: self.cancel,
            progress: self.progress,
        };
        let traces = round_trip.traces(&drafts, &own)?;
        for (draft, asked) in drafts.into_iter().zip(traces) {
            if asked.0.rank.is_some_and(|rank| rank <= self.limits.top_k) {
                to.kept.push((draft, asked));
            } else {
                to.dropped.push((draft, Reason::RoundTrip));
            }
        }
        Ok(())
    }

    fn embed(&self, drafts: &[Draft]) -> Result<Vec<Embedding>> {
        let began = Instant::now();
        let mut out = Vec::with_capacity(drafts.len());
        for batch in drafts.chunks(BATCH) {
            self.cancel.check()?;
            let texts: Vec<&str> = batch.iter().map(|d| d.question.as_str()).collect();
            out.extend(self.encoder.encode_queries(&texts)?);
            self.progress.report(Progress::Worked {
                what: "questions embedded",
                done: out.len(),
                of: drafts.len(),
                seconds: began.elapsed().as_secs_f64(),
            });
        }
        Ok(out)
    }
}
