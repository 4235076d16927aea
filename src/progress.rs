//! How long work reports and how it is stopped: events into a sink, and a token to cancel by.
//!
//! Both are passed in. The command line and the TUI are two sinks of the same events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::remedy::{Remedied, Remedy};

/// Between two looks whether paused work is to go on.
const PAUSE: Duration = Duration::from_millis(50);

/// Asked between units of work; cheap to clone and to ask.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    flag: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    /// What it is a part of: cancelled with it.
    whole: Option<Arc<CancelToken>>,
}

impl CancelToken {
    pub fn new() -> Self {
        Self::default()
    }

    /// A token over a flag that somebody else (a signal handler) sets.
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self {
            flag,
            ..Self::default()
        }
    }

    /// A token for a part of the work: cancelled by itself, or with the whole.
    pub fn part(&self) -> Self {
        Self {
            whole: Some(Arc::new(self.clone())),
            ..Self::default()
        }
    }

    pub fn cancel(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Has whoever asks next wait until the work is to go on, or is cancelled.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::SeqCst);
    }

    pub fn go_on(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// Whether to leave; waits while the work is paused.
    pub fn is_cancelled(&self) -> bool {
        loop {
            let whole = self.whole.as_ref();
            if self.flag.load(Ordering::SeqCst) || whole.is_some_and(|whole| whole.is_cancelled()) {
                return true;
            }
            if !self.paused.load(Ordering::SeqCst) {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// An error once it is cancelled, to leave work by `?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Work was cancelled before it was done: the error of whoever left it unfinished.
///
/// An error type that may hold it has a variant `#[error("{0}")] Cancelled(#[from] Cancelled)`. The
/// variant must not be `transparent`, which would hide it from `is_cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;

impl Remedied for Cancelled {
    /// It was meant.
    fn remedy(&self) -> Option<Remedy> {
        None
    }
}

/// True where `error`, or what caused it, is that the work was cancelled.
pub fn is_cancelled(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<Cancelled>())
}

/// What happened in a running sync. Counts are totals so far, so a lost event costs nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The folder was compared with the store.
    Planned {
        /// Documents that will be read.
        to_extract: Vec<String>,
        unchanged: usize,
        removed: usize,
        renamed: usize,
    },
    /// A document's text is in the store and BM25 finds it.
    Extracted {
        document: String,
        pages: usize,
        chunks: usize,
        done: usize,
        of: usize,
    },
    /// Pages of a document that OCR has read so far in this run, of those that have no text.
    Recognised {
        document: String,
        done: usize,
        of: usize,
        seconds: f64,
    },
    /// A document could not be read.
    Failed {
        document: String,
        reason: String,
        detail: String,
    },
    /// Chunks embedded so far in this run, of those that lacked an embedding when it began.
    Encoded {
        chunks: usize,
        of: usize,
        tokens: u64,
        seconds: f64,
    },
    /// Of the chunks that the latest question waits for, which are embedded before the rest, so many are.
    Ahead { done: usize, of: usize },
    /// Of some work that is no sync's, so much is done.
    Worked {
        what: &'static str,
        done: usize,
        of: usize,
        seconds: f64,
    },
    /// The caches are being brought up to the store.
    Indexing { what: &'static str },
    /// Another process changes the library: it is waited for.
    Busy { process: Option<u32> },
    /// Readers may reload: the store's generation moved.
    Visible { generation: i64 },
}

/// Where progress goes. Called from worker threads.
pub trait ProgressSink: Send + Sync {
    fn report(&self, progress: Progress);
}

/// A sink that hears nothing.
pub struct Silent;

impl ProgressSink for Silent {
    fn report(&self, _: Progress) {}
}

impl<F: Fn(Progress) + Send + Sync> ProgressSink for F {
    fn report(&self, progress: Progress) {
        self(progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Inner {
        #[error("{0}")]
        Cancelled(#[from] Cancelled),
        #[error("no room")]
        NoRoom,
    }

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error(transparent)]
        Inner(#[from] Inner),
    }

    #[test]
    fn paused_work_waits_until_it_goes_on_or_is_cancelled() {
        let whole = CancelToken::new();
        let asked = |token: &CancelToken| {
            let (part, (done, answer)) = (token.part(), std::sync::mpsc::channel());
            std::thread::spawn(move || done.send(part.is_cancelled()));
            answer
        };
        whole.pause();
        let answer = asked(&whole);
        let early = answer.recv_timeout(Duration::from_millis(120));
        assert!(early.is_err(), "it waits");
        whole.go_on();
        assert_eq!(answer.recv_timeout(Duration::from_secs(300)), Ok(false));
        whole.pause();
        let answer = asked(&whole);
        whole.cancel();
        assert_eq!(answer.recv_timeout(Duration::from_secs(300)), Ok(true));
    }

    #[test]
    fn a_cancelled_part_is_seen_in_the_error_of_the_whole() {
        let part = CancelToken::new().part();
        assert!(part.check().is_ok());
        part.cancel();
        let left = || -> Result<(), Outer> {
            part.check().map_err(Inner::from)?;
            Ok(())
        };
        assert!(is_cancelled(&left().unwrap_err()));
        assert!(is_cancelled(&Cancelled));
        assert!(!is_cancelled(&Outer::from(Inner::NoRoom)));
    }
}
