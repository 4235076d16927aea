//! Watch: wakes when something in the folder changed.
//!
//! Local folders are watched by the system's own notices. Where those do not arrive (a network file system)
//! or cannot be had (the system's limit is reached), the folder is listed every few seconds. Notices may be
//! lost, so it is looked at now and then all the same.

mod settling;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::sync::{self, Listing};
use crate::config::{Library, STATE};
use crate::folders::Folders;
use crate::fsio::{self, FileSystem};
use crate::progress::CancelToken;

pub use settling::Settling;

/// A burst of notices is over when none came for this long.
const QUIET: Duration = Duration::from_millis(700);
/// Longer than this no burst is waited for: what is still written to is left for later by itself.
const BURST: Duration = Duration::from_secs(5);
/// Between two looks at whether anything is to be done.
const STEP: Duration = Duration::from_millis(100);
/// Between two lists where notices cannot be had, and two looks at files that were left for later.
const POLL: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(1);
/// Between two lists where notices come: those of a disk that was taken away and put back do no more.
const DOUBT: Duration = Duration::from_secs(30);
/// Between two looks even where nothing seems to change.
const SAFETY: Duration = Duration::from_secs(300);

/// How a folder is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The system says what changes.
    Notices,
    /// The folder is listed every few seconds, because of this.
    Looks(String),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notices => f.write_str("by the system's notices"),
            Self::Looks(why) => write!(f, "by a look every {} s: {why}", POLL.as_secs()),
        }
    }
}

/// Why a wait is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Woken {
    /// The folder may have changed.
    Changed,
    /// It is watched in another way from now on, and may have changed.
    Otherwise(How),
    Cancelled,
}

/// What the system's notices come to.
enum Notice {
    Changed,
    /// No more of them can be had.
    Lost(String),
}

/// Waits for changes below a library's folders.
pub struct FolderWatch {
    library: Library,
    how: How,
    settling: Arc<Settling>,
    /// Kept alive: dropping it ends the notices.
    watcher: Option<RecommendedWatcher>,
    notices: Receiver<Notice>,
    /// The folder that is watched, whatever its name leads to later.
    identity: Option<fsio::FileId>,
    /// What the folder held when it was last listed.
    seen: u64,
}

impl FolderWatch {
    /// Begins to watch; what is on its way into the folder is told to `settling`.
    pub fn new(library: &Library, settling: Arc<Settling>) -> Self {
        let mut watch = Self {
            library: library.clone(),
            how: How::Notices,
            settling,
            watcher: None,
            notices: channel().1,
            identity: None,
            seen: 0,
        };
        watch.arm();
        watch
    }

    pub fn how(&self) -> &How {
        &self.how
    }

    /// What the library's folders hold.
    fn listing(&self) -> Listing {
        sync::list_all(&Folders::known(&self.library))
    }

    /// Asks for notices of the folder, as it is now.
    fn arm(&mut self) {
        let (sender, notices) = channel();
        self.notices = notices;
        self.identity = fsio::file_id(&self.library.folder);
        // Before the first notice can come: what changes behind it is in one or the other.
        let listing = self.listing();
        self.seen = fingerprint(&listing);
        let watcher = match fsio::file_system(&self.library.folder) {
            FileSystem::Network(name) => Err(format!("the folder is on {name}")),
            FileSystem::Local => watcher(
                &self.library.folder,
                &listing.linked,
                sender,
                self.settling.clone(),
            ),
        };
        (self.watcher, self.how) = match watcher {
            Ok(watcher) => (Some(watcher), How::Notices),
            Err(why) => (None, How::Looks(why)),
        };
    }

    /// Blocks until the folder may have changed and a burst of changes is over.
    pub fn wait(&mut self, cancel: &CancelToken) -> Woken {
        let began = Instant::now();
        let (mut looked, mut listed) = (began, began);
        while began.elapsed() < SAFETY {
            if cancel.is_cancelled() {
                return Woken::Cancelled;
            }
            match self.notices.recv_timeout(STEP) {
                Ok(Notice::Changed) => return self.quiet(cancel),
                Ok(Notice::Lost(why)) => {
                    self.watcher = None;
                    self.how = How::Looks(why);
                    return Woken::Otherwise(self.how.clone());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(STEP),
            }
            if began.elapsed() > AGAIN && self.settling.take_due() {
                return Woken::Changed;
            }
            if looked.elapsed() > POLL {
                looked = Instant::now();
                let is_due = self.watcher.is_none() || listed.elapsed() > DOUBT;
                if is_due {
                    listed = Instant::now();
                }
                if let Some(woken) = self.look(is_due) {
                    return woken;
                }
            }
        }
        Woken::Changed
    }

    /// Waits for the end of a burst, but not for ever.
    fn quiet(&mut self, cancel: &CancelToken) -> Woken {
        let began = Instant::now();
        while began.elapsed() < BURST && self.notices.recv_timeout(QUIET).is_ok() {
            if cancel.is_cancelled() {
                return Woken::Cancelled;
            }
        }
        self.seen = fingerprint(&self.listing());
        Woken::Changed
    }

    /// Looks whether the folder is still the one that is watched, and if `lists`, what it holds.
    fn look(&mut self, lists: bool) -> Option<Woken> {
        if fsio::file_id(&self.library.folder) != self.identity {
            // A disk was mounted or taken away.
            self.arm();
            return Some(Woken::Otherwise(self.how.clone()));
        }
        let seen = lists.then(|| fingerprint(&self.listing()))?;
        if std::mem::replace(&mut self.seen, seen) == seen {
            return None;
        }
        if self.watcher.is_some() {
            // Of which no notice came.
            self.arm();
        }
        Some(Woken::Changed)
    }
}

/// Has the system send notices of `folder`, and of the folders that links in it lead to.
fn watcher(
    folder: &Path,
    linked: &[PathBuf],
    sender: Sender<Notice>,
    settling: Arc<Settling>,
) -> Result<RecommendedWatcher, String> {
    let on_event = move |event: notify::Result<Event>| {
        let notice = match event {
            Ok(event) => is_change(&event, &settling).then_some(Notice::Changed),
            Err(error) => lost(&error).map(Notice::Lost),
        };
        if let Some(notice) = notice {
            // The receiver is gone only when the watch is.
            let _ = sender.send(notice);
        }
    };
    let why = |error: notify::Error| lost(&error).unwrap_or(error.to_string());
    let mut watcher = notify::recommended_watcher(on_event).map_err(why)?;
    let mut add = |path: &Path| watcher.watch(path, RecursiveMode::Recursive);
    add(folder).map_err(why)?;
    for folder in linked {
        add(folder).map_err(why)?;
    }
    Ok(watcher)
}

/// Whether a notice is of a change that an index may show, once `settling` has it.
fn is_change(event: &Event, settling: &Settling) -> bool {
    let is_own = |path: &PathBuf| path.components().any(|c| c.as_os_str() == STATE);
    // What is written into other files is nothing to an index; what is made, moved or removed may be a folder.
    let is_written = matches!(
        event.kind,
        EventKind::Modify(ModifyKind::Data(_)) | EventKind::Access(_)
    );
    let counts = |path: &PathBuf| !is_own(path) && (!is_written || sync::is_listed(path));
    let paths = || event.paths.iter().filter(|path| counts(path));
    // Only where the system says when a file is closed is it worth to know that it is open.
    let tells_closing = cfg!(target_os = "linux");
    match event.kind {
        EventKind::Modify(ModifyKind::Data(_)) if tells_closing => {
            paths().for_each(|path| settling.written(path));
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
            paths().for_each(|path| settling.closed(path));
        }
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            paths().for_each(|path| settling.gone(path));
        }
        EventKind::Access(_) => return false,
        _ => {}
    }
    paths().next().is_some()
}

/// Why no more notices can be had, where an error says so.
fn lost(error: &notify::Error) -> Option<String> {
    const LIMIT: &str = "the system's limit of watched folders is reached";
    const HINT: &str = if cfg!(target_os = "linux") {
        " (sysctl fs.inotify.max_user_watches)"
    } else {
        ""
    };
    let is_limit = match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // Linux: no more instances, or no more watches.
        ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(24 | 28)),
        _ => false,
    };
    is_limit.then(|| format!("{LIMIT}{HINT}"))
}

/// What a folder holds, as far as names, sizes and times say.
fn fingerprint(listing: &Listing) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in &listing.files {
        (&file.key, file.size, file.mtime_ns).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(folder: &Path) -> Library {
        Library::at(folder, None).unwrap()
    }

    fn soon(watch: &mut FolderWatch) -> Woken {
        let cancel = CancelToken::new();
        watch.wait(&cancel)
    }

    #[test]
    fn the_systems_limit_is_told_apart_from_other_errors() {
        let limit = notify::Error::new(ErrorKind::MaxFilesWatch);
        assert!(lost(&limit).unwrap().contains("limit"));
        let full = notify::Error::io(std::io::Error::from_raw_os_error(28));
        assert!(lost(&full).is_some());
        let gone = notify::Error::new(ErrorKind::PathNotFound);
        assert_eq!(lost(&gone), None);
        let how = How::Looks("the folder is on NFS".into());
        assert_eq!(how.to_string(), "by a look every 5 s: the folder is on NFS");
    }

    #[test]
    fn a_change_wakes_with_notices_and_without() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = FolderWatch::new(&library(folder.path()), Arc::default());
        std::fs::write(folder.path().join("a.pdf"), "one").unwrap();
        assert_eq!(soon(&mut watch), Woken::Changed);
        watch.watcher = None;
        watch.notices = channel().1;
        watch.seen = fingerprint(&watch.listing());
        std::fs::write(folder.path().join("b.pdf"), "two").unwrap();
        assert_eq!(soon(&mut watch), Woken::Changed);
    }

    #[test]
    fn another_folder_under_the_same_name_is_watched_anew() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("filings");
        std::fs::create_dir(&folder).unwrap();
        let mut watch = FolderWatch::new(&library(&folder), Arc::default());
        std::fs::rename(&folder, place.path().join("away")).unwrap();
        std::fs::create_dir(&folder).unwrap();
        while !matches!(soon(&mut watch), Woken::Otherwise(_)) {}
        std::fs::write(folder.join("a.pdf"), "one").unwrap();
        assert_eq!(soon(&mut watch), Woken::Changed);
    }

    #[test]
    fn a_file_is_open_from_its_first_write_to_its_close() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        let settling = Settling::default();
        let event = |kind| Event::new(kind).add_path(path.clone());
        let written = event(EventKind::Modify(ModifyKind::Data(
            notify::event::DataChange::Any,
        )));
        let closed = event(EventKind::Access(AccessKind::Close(AccessMode::Write)));
        let read = event(EventKind::Access(AccessKind::Close(AccessMode::Read)));
        assert!(is_change(&written, &settling));
        assert!(!is_change(&read, &settling));
        assert!(is_change(&closed, &settling));
        let own = Event::new(EventKind::Any).add_path(folder.path().join(".tenk/tenk.db"));
        assert!(!is_change(&own, &settling));
    }
}
