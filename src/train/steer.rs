//! Steering: what is wanted of a run while it goes. The process that has the run can stop it or set
//! it a time; any other says what it wants in a file of the run's folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::progress::CancelToken;

/// What a run obeys.
#[derive(Debug, Clone, Default)]
pub struct Steer {
    /// Stops at once; the run can go on later.
    pub cancel: CancelToken,
    /// When the run is to finish with what it has by then.
    deadline: Option<Instant>,
    /// Where other processes say what they want.
    folder: Option<PathBuf>,
}

/// The file's name in a run's folder.
const FILE: &str = "steer";

/// What may be wanted of a run that another process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Go,
    Pause,
    /// End after this step, with the model that it has made so far.
    Finish,
    /// Stop now; it can go on later.
    Stop,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Wanted::Go => "go",
            Wanted::Pause => "pause",
            Wanted::Finish => "finish",
            Wanted::Stop => "stop",
        }
    }
}

/// Tells the run in `folder`, whichever process has it, what is wanted; it looks before each step.
pub fn tell(folder: &Path, wanted: Wanted) -> std::io::Result<()> {
    crate::fsio::write_atomic(&folder.join(FILE), wanted.as_str().as_bytes())
}

/// What was last wanted of the run in `folder`.
pub fn wanted(folder: &Path) -> Wanted {
    let text = crate::fsio::read_small_text(folder.join(FILE)).unwrap_or_default();
    let all = [Wanted::Pause, Wanted::Finish, Wanted::Stop];
    let named = all
        .into_iter()
        .find(|wanted| wanted.as_str() == text.trim());
    named.unwrap_or(Wanted::Go)
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

    /// The same steering, which also listens to what other processes want of the run in `folder`;
    /// what they wanted of an earlier one is forgotten.
    pub fn listening(&self, folder: &Path) -> Self {
        // Where there is none there is nothing to forget.
        let _ = std::fs::remove_file(folder.join(FILE));
        Self {
            folder: Some(folder.to_owned()),
            ..self.clone()
        }
    }

    /// Waits while the run is paused; true where it is to finish.
    pub(super) fn should_finish(&self) -> bool {
        loop {
            let wanted = self.folder.as_deref().map_or(Wanted::Go, wanted);
            if wanted == Wanted::Stop {
                self.cancel.cancel();
            }
            if wanted != Wanted::Pause || self.cancel.is_cancelled() {
                let is_late = self
                    .deadline
                    .is_some_and(|deadline| Instant::now() >= deadline);
                return is_late || wanted == Wanted::Finish;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_wants_is_done_until_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        tell(folder.path(), Wanted::Finish).unwrap();
        let steer = Steer::default().listening(folder.path());
        assert!(!steer.should_finish(), "an earlier wish is forgotten");
        tell(folder.path(), Wanted::Pause).unwrap();
        let other = steer.clone();
        let (send, finished) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(other.should_finish()));
        let early = finished.recv_timeout(Duration::from_millis(120));
        assert!(early.is_err(), "it waits");
        tell(folder.path(), Wanted::Finish).unwrap();
        assert_eq!(finished.recv_timeout(Duration::from_secs(300)), Ok(true));
        tell(folder.path(), Wanted::Stop).unwrap();
        steer.should_finish();
        assert!(steer.cancel.is_cancelled());
        assert!(Steer::default().until(Instant::now()).should_finish());
    }
}
