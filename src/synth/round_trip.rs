//! The round trip: each question is put to the library, which must find the passage that it was
//! written from; what comes before it are candidates for negatives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::source::Corpus;
use super::{Draft, Result};
use crate::encoder::Embedding;
use crate::progress::{CancelToken, Progress, ProgressSink};
use crate::retrieve::{Aids, Arm, Query, Retriever, Trace};

/// Chunks that each arm is asked for.
pub const DEPTH: usize = 60;
/// Questions between two reports.
const STEP: usize = 100;

/// Asks all of `drafts`; `open` gives each thread a retriever of its own.
pub fn traces(
    drafts: &[Draft],
    embeddings: &[Embedding],
    corpus: &Corpus,
    threads: usize,
    open: &(dyn Fn() -> Result<Retriever> + Sync),
    cancel: &CancelToken,
    progress: &dyn ProgressSink,
) -> Result<Vec<Trace>> {
    let done = AtomicUsize::new(0);
    let began = Instant::now();
    let all = drafts.len();
    let share = all.div_ceil(threads.max(1)).max(1);
    let ask = |drafts: &[Draft], embeddings: &[Embedding]| -> Result<Vec<Trace>> {
        let retriever = open()?;
        let mut out = Vec::with_capacity(drafts.len());
        for (draft, embedding) in drafts.iter().zip(embeddings) {
            cancel.check()?;
            let query = Query {
                text: draft.question.clone(),
                arm: Arm::Hybrid,
                top_k: DEPTH,
                aids: Aids {
                    parts: false,
                    ..Aids::ALL
                },
                ..Query::default()
            };
            let key = corpus.sources[draft.source].key();
            out.push(retriever.trace(&query, embedding, key, DEPTH)?);
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(STEP) || count == all {
                progress.report(Progress::Worked {
                    what: "questions put to the library",
                    done: count,
                    of: all,
                    seconds: began.elapsed().as_secs_f64(),
                });
            }
        }
        Ok(out)
    };
    let parts: Vec<Result<Vec<Trace>>> = std::thread::scope(|scope| {
        let parts = drafts.chunks(share).zip(embeddings.chunks(share));
        let parts: Vec<_> = parts.map(|(d, e)| scope.spawn(|| ask(d, e))).collect();
        let join = |p: std::thread::ScopedJoinHandle<'_, _>| p.join().expect("no search panics");
        parts.into_iter().map(join).collect()
    });
    let mut out = Vec::with_capacity(drafts.len());
    for part in parts {
        out.extend(part?);
    }
    cancel.check()?;
    Ok(out)
}
