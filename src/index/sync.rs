//! Sync: what differs between the folder and the store.
//!
//! Size and time stamp decide whether a file may have changed, its hash whether it has. A file
//! whose time stamp is not older than the moment it was looked at is hashed again, because a
//! change within the same instant would leave no trace. What follows for the documents is told in
//! `comparison`.

mod comparison;
mod listing;

use std::fs::File;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::pdf::{Failure, Reason};
use crate::store::{Placement, Seen};

pub use comparison::compare;
pub use listing::{FolderFile, Listing, is_listed, list, list_all};

/// File systems stamp times no finer than this.
const COARSE_NS: i64 = 2_000_000_000;

/// A file to read, and what it was seen as.
#[derive(Debug, Clone, PartialEq)]
pub struct ToExtract {
    pub file: FolderFile,
    pub seen: Seen,
    /// Other files that hold the same.
    pub copies: Vec<(String, Seen)>,
}

/// What must happen for the store to reflect the folder.
#[derive(Debug, Default)]
pub struct Changes {
    /// New and changed files, smallest first so that something is searchable soon.
    pub extract: Vec<ToExtract>,
    /// Files that cannot even be opened.
    pub unreadable: Vec<(FolderFile, Failure)>,
    /// Documents whose paths are others than they were.
    pub placed: Vec<Placement>,
    /// Of these, the documents that go by another name: the former and the new one.
    pub renamed: Vec<(String, String)>,
    /// Files that are found to be copies, and what the document goes by that each is a path of now.
    pub copied: Vec<(String, String)>,
    /// Files that were looked at again and hold the same.
    pub touched: Vec<(String, Seen)>,
    /// Documents whose files are gone.
    pub removed: Vec<i64>,
    /// Documents that stay as they are.
    pub unchanged: usize,
    /// Parts of the folder that could not be listed; nothing under them is removed.
    pub unlisted: Vec<String>,
    /// Files that are left for later: they may not be whole yet.
    pub waiting: Vec<String>,
    /// A folder of the library that has no PDF where it had documents, and how many: it may not be what it was.
    pub emptied: Option<(PathBuf, usize)>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.extract.is_empty()
            && self.unreadable.is_empty()
            && self.placed.is_empty()
            && self.removed.is_empty()
    }
}

fn is_as_seen(file: &FolderFile, seen: &Seen) -> bool {
    file.size == seen.size
        && file.mtime_ns == seen.mtime_ns
        && seen.mtime_ns.saturating_add(COARSE_NS) < seen.seen_ns
}

/// Hashes a file's content.
fn look(file: &FolderFile) -> Result<Seen, Failure> {
    let seen_ns = nanoseconds(SystemTime::now());
    let hash = || -> std::io::Result<[u8; 32]> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&file.path)?)?;
        Ok(*hasher.finalize().as_bytes())
    };
    let file_hash = hash().map_err(|e| Failure::new(Reason::Unreadable, e.to_string()))?;
    Ok(Seen {
        size: file.size,
        mtime_ns: file.mtime_ns,
        file_hash,
        seen_ns,
    })
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos() as i64)
}

impl FolderFile {
    /// What is stored for a file that could not be opened.
    pub fn unseen(&self) -> Seen {
        Seen {
            size: self.size,
            mtime_ns: self.mtime_ns,
            file_hash: [0; 32],
            seen_ns: 0,
        }
    }
}
