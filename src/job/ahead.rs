//! Ahead: the chunks that the latest question waits for. Whoever asks names them, and the indexing run that embeds
//! the library embeds these before the rest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::retrieve::{Query, RetrieveError, Retriever};
use crate::store::ChunkKey;

/// The list, shared by those who ask and the run that embeds.
#[derive(Default)]
pub struct Ahead {
    list: Mutex<List>,
    /// Something is wanted, or the run ends.
    changed: Condvar,
}

#[derive(Default)]
struct List {
    /// An indexing run is there to embed what is wanted.
    is_served: bool,
    /// The fingerprint of the model that is to embed it.
    model: String,
    waiting: VecDeque<ChunkKey>,
    /// How many were wanted.
    of: usize,
}

/// Chunks to be embedded next.
#[derive(Debug, PartialEq)]
pub struct Slice {
    pub model: String,
    pub keys: Vec<ChunkKey>,
    /// Once these are embedded, so many are, of so many that the question waits for.
    pub done: usize,
    pub of: usize,
}

impl Ahead {
    fn lock(&self) -> MutexGuard<'_, List> {
        // No step leaves the list half changed.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a run is there to embed what is wanted.
    pub fn is_served(&self) -> bool {
        self.lock().is_served
    }

    /// Wants `keys` embedded by the model of this fingerprint, the first ones first, in place of what was wanted before.
    pub fn want(&self, model: &str, keys: Vec<ChunkKey>) {
        let mut list = self.lock();
        if list.is_served {
            model.clone_into(&mut list.model);
            (list.of, list.waiting) = (keys.len(), keys.into());
            self.changed.notify_all();
        }
    }

    /// Serves the list until what is returned is dropped.
    pub fn serve(&self) -> Served<'_> {
        self.lock().is_served = true;
        Served(self)
    }

    /// The next `most` of what is wanted, which is waited for; none once it is served no more.
    pub fn next(&self, most: usize) -> Option<Slice> {
        let mut list = self.lock();
        while list.is_served && list.waiting.is_empty() {
            let woken = self.changed.wait(list);
            list = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if !list.is_served {
            return None;
        }
        let count = list.waiting.len().min(most);
        Some(Slice {
            keys: list.waiting.drain(..count).collect(),
            model: list.model.clone(),
            done: list.of - list.waiting.len(),
            of: list.of,
        })
    }
}

/// Has what `query` points to embedded before the rest, where a run is there to do so: the number of chunks.
///
/// # Errors
///
/// Where the library cannot be read.
pub fn want(ahead: &Ahead, retriever: &Retriever, query: &Query) -> Result<usize, RetrieveError> {
    let (Some(encoder), true) = (retriever.encoder(), ahead.is_served()) else {
        return Ok(0);
    };
    let keys = retriever.wanted(query)?;
    let count = keys.len();
    ahead.want(encoder.fingerprint().as_str(), keys);
    Ok(count)
}

/// Held by the run that embeds what is wanted.
pub struct Served<'a>(&'a Ahead);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let mut list = self.0.lock();
        list.is_served = false;
        list.waiting.clear();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_question_is_served_slice_by_slice_and_nobody_waits_for_a_run_that_ended() {
        let ahead = Ahead::default();
        ahead.want("bge", vec![1, 2]);
        assert!(
            ahead.lock().waiting.is_empty(),
            "nobody is there to embed it"
        );
        let served = ahead.serve();
        ahead.want("bge", vec![1, 2]);
        ahead.want("bge", vec![5, 3, 4]);
        let slice = |keys: &[ChunkKey], done| Slice {
            model: "bge".into(),
            keys: keys.into(),
            done,
            of: 3,
        };
        assert_eq!(ahead.next(2), Some(slice(&[5, 3], 2)));
        assert_eq!(ahead.next(2), Some(slice(&[4], 3)));
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| ahead.next(2));
            drop(served);
            assert_eq!(waits.join().unwrap(), None);
        });
        assert!(!ahead.is_served());
    }
}
