//! Watch: wakes when something in the folder changed.
//!
//! Local folders are watched by the system's own notices; on a network file system, where those
//! do not arrive, the wake-up comes by the clock and the sync itself finds what changed.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::config::STATE;
use crate::fsio::{self, FileSystem};
use crate::progress::CancelToken;

/// A burst of notices is over when none came for this long.
const QUIET: Duration = Duration::from_millis(700);
/// Between two looks where notices cannot be had.
const POLL: Duration = Duration::from_secs(5);
/// Between two looks even where they can: notices may be lost.
const SAFETY: Duration = Duration::from_secs(300);

/// Waits for changes below a folder.
pub struct FolderWatch {
    /// Kept alive: dropping it ends the notices.
    _watcher: Option<RecommendedWatcher>,
    notices: Receiver<()>,
    interval: Duration,
}

impl FolderWatch {
    pub fn new(folder: &Path) -> Self {
        let (sender, notices) = channel();
        let on_event = move |event: notify::Result<notify::Event>| {
            let own = |p: &std::path::PathBuf| p.components().any(|c| c.as_os_str() == STATE);
            if event.is_ok_and(|e| !e.kind.is_access() && !e.paths.iter().all(own)) {
                // The receiver is gone only when the watch is.
                let _ = sender.send(());
            }
        };
        let local = fsio::file_system(folder) == FileSystem::Local;
        let watcher = local
            .then(|| notify::recommended_watcher(on_event))
            .and_then(|made| {
                let mut watcher = made.ok()?;
                watcher.watch(folder, RecursiveMode::Recursive).ok()?;
                Some(watcher)
            });
        let interval = if watcher.is_some() { SAFETY } else { POLL };
        Self {
            _watcher: watcher,
            notices,
            interval,
        }
    }

    /// Blocks until the folder may have changed and a burst of changes is over; false when
    /// cancelled.
    pub fn wait(&self, cancel: &CancelToken) -> bool {
        let began = std::time::Instant::now();
        let step = Duration::from_millis(100);
        while began.elapsed() < self.interval {
            if cancel.is_cancelled() {
                return false;
            }
            match self.notices.recv_timeout(step) {
                Ok(()) => {
                    while self.notices.recv_timeout(QUIET).is_ok() {
                        if cancel.is_cancelled() {
                            return false;
                        }
                    }
                    return true;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(step),
            }
        }
        true
    }
}
