//! Steering: what is wanted of a run while it goes, from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::progress::CancelToken;

const GO: u8 = 0;
const PAUSE: u8 = 1;
const FINISH: u8 = 2;

/// A handle to a run; cheap to clone, and all clones steer the same one.
#[derive(Debug, Clone, Default)]
pub struct Steer {
    /// Stops at once; the run can go on later.
    pub cancel: CancelToken,
    wanted: Arc<AtomicU8>,
    /// When the run is to finish with what it has by then.
    deadline: Option<Instant>,
}

impl From<&CancelToken> for Steer {
    fn from(cancel: &CancelToken) -> Self {
        Self {
            cancel: cancel.clone(),
            ..Self::default()
        }
    }
}

impl Steer {
    /// The same steering, which also has the run finish at `deadline`.
    pub fn until(&self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// Waits before the next step until `resume`.
    pub fn pause(&self) {
        let _ = self
            .wanted
            .compare_exchange(GO, PAUSE, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn resume(&self) {
        let _ = self
            .wanted
            .compare_exchange(PAUSE, GO, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn is_paused(&self) -> bool {
        self.wanted.load(Ordering::SeqCst) == PAUSE
    }

    /// Ends the run after the step it takes, with the model that it has made so far.
    pub fn finish(&self) {
        self.wanted.store(FINISH, Ordering::SeqCst);
    }

    /// Waits while the run is paused; true where it is to finish.
    pub(super) fn should_finish(&self) -> bool {
        while self.is_paused() && !self.cancel.is_cancelled() {
            std::thread::sleep(Duration::from_millis(30));
        }
        let is_late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        is_late || self.wanted.load(Ordering::SeqCst) == FINISH
    }
}
