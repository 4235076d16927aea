//! Settling: whether a file that has come into the folder is whole.
//!
//! A file that is copied in slowly would be read in part, and then again. So it is left for later while
//! something writes to it, as far as the system tells; for a moment after its last change; and for longer
//! where its end is missing and nobody has told that its writer is done.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::index::sync::FolderFile;

/// A file is not looked at for so long after its last change.
const MOMENT: Duration = Duration::from_secs(2);
/// What is written to, or has no end, is looked at all the same when it has not changed for so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes at the end of a file among which its mark is.
const TAIL: u64 = 2048;
const END: &[u8] = b"%%EOF";

#[derive(Debug, Clone, Copy)]
enum Told {
    Written(Instant),
    /// By who wrote to it.
    Closed(SystemTime),
}

/// What is known of files that are on their way.
#[derive(Debug, Default)]
pub struct Settling {
    /// What the system has told of files last.
    told: Mutex<HashMap<PathBuf, Told>>,
    /// Some file was left for later.
    is_due: AtomicBool,
}

impl Settling {
    /// Notes that something writes to a file.
    pub fn written(&self, path: &Path) {
        self.with_told(|told| told.insert(path.to_owned(), Told::Written(Instant::now())));
    }

    /// Notes that a file was closed by who wrote to it.
    pub fn closed(&self, path: &Path) {
        self.with_told(|told| told.insert(path.to_owned(), Told::Closed(SystemTime::now())));
    }

    /// Notes that a file is gone.
    pub fn gone(&self, path: &Path) {
        self.with_told(|told| told.remove(path));
    }

    /// True once after files were left for later.
    pub fn take_due(&self) -> bool {
        self.is_due.swap(false, Ordering::Relaxed)
    }

    /// Whether a file may not be whole yet; it is then due to be looked at again.
    pub fn is_unsettled(&self, file: &FolderFile) -> bool {
        let changed = Duration::from_nanos(u64::try_from(file.written_ns).unwrap_or(0));
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        // A time to come is no time of a change.
        let age = now.ok().and_then(|now| now.checked_sub(changed));
        let age = age.unwrap_or(PATIENCE);
        let (is_open, is_done) = match self.with_told(|told| told.get(&file.path).copied()) {
            Some(Told::Written(at)) => (at.elapsed() < PATIENCE, false),
            // What changed since then, somebody else has changed.
            Some(Told::Closed(at)) => {
                let at = at.duration_since(UNIX_EPOCH).unwrap_or_default();
                (false, changed <= at + MOMENT)
            }
            None => (false, false),
        };
        let lacks_end = || !is_done && age < PATIENCE && !has_end(&file.path);
        let is_unsettled = is_open || age < MOMENT || lacks_end();
        if is_unsettled {
            self.is_due.store(true, Ordering::Relaxed);
        }
        is_unsettled
    }

    fn with_told<T>(&self, work: impl FnOnce(&mut HashMap<PathBuf, Told>) -> T) -> T {
        work(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a file closes as a PDF does; one that cannot be read is somebody else's to report.
fn has_end(path: &Path) -> bool {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        Ok(tail)
    };
    read().map_or(true, |tail| tail.windows(END.len()).any(|w| w == END))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path, age: Duration) -> FolderFile {
        let at = SystemTime::now() - age;
        let since = at.duration_since(UNIX_EPOCH).unwrap();
        FolderFile {
            key: "a.pdf".into(),
            path: path.to_owned(),
            size: 0,
            mtime_ns: 0,
            written_ns: since.as_nanos() as i64,
        }
    }

    #[test]
    fn a_file_settles_when_it_is_whole_and_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        let settling = Settling::default();
        let seconds = |age| settling.is_unsettled(&file(&path, Duration::from_secs(age)));
        std::fs::write(&path, "%PDF-1.7 half of").unwrap();
        assert_eq!([1, 30, 90].map(seconds), [true, true, false]);
        std::fs::write(&path, "%PDF-1.7 all of it %%EOF\n").unwrap();
        assert_eq!([1, 30, 90].map(seconds), [true, false, false]);
        settling.written(&path);
        assert!(seconds(30) && settling.take_due() && !settling.take_due());
        settling.closed(&path);
        assert!(!seconds(30) && !settling.take_due());
        // One that lacks its end is broken, if its writer is done with it.
        std::fs::write(&path, "%PDF-1.7 half of").unwrap();
        assert!(!seconds(30) && seconds(1));
        settling.gone(&path);
        assert!(seconds(30));
        std::fs::remove_file(&path).unwrap();
        assert!(!seconds(30));
    }
}
