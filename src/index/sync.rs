//! Sync: what differs between the folder and the store.
//!
//! Size and time stamp decide whether a file may have changed, its hash whether it has. A file
//! whose time stamp is not older than the moment it was looked at is hashed again, because a
//! change within the same instant would leave no trace. What follows for the documents is told in
//! `comparison`.

mod comparison;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ignore::WalkBuilder;

use crate::config::STATE;
use crate::pdf::{Failure, Reason};
use crate::store::{Placement, Seen, to_key};

pub use comparison::compare;

/// File systems stamp times no finer than this.
const COARSE_NS: i64 = 2_000_000_000;

/// A PDF in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderFile {
    /// Path relative to the library, with `/`: the document's name.
    pub key: String,
    pub path: PathBuf,
    pub size: u64,
    pub mtime_ns: i64,
}

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
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.extract.is_empty()
            && self.unreadable.is_empty()
            && self.placed.is_empty()
            && self.removed.is_empty()
    }
}

/// What a walk over the folder found.
#[derive(Debug, Default)]
pub struct Listing {
    pub files: Vec<FolderFile>,
    /// Folders that could not be read, as prefixes of names, with the reason.
    pub unlisted: Vec<(String, String)>,
}

/// Lists the PDFs below `folder`, `.tenkignore` honoured, hidden files and the state left out.
pub fn list(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .add_custom_ignore_filename(".tenkignore")
        .filter_entry(|entry| entry.file_name() != STATE)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listing
                    .unlisted
                    .push((prefix_of(&error, folder), error.to_string()));
                continue;
            }
        };
        let path = entry.path();
        let is_pdf = path
            .extension()
            .is_some_and(|x| x.eq_ignore_ascii_case("pdf"));
        if !is_pdf || entry.file_type().is_none_or(|t| t.is_dir()) {
            continue;
        }
        let Ok(meta) = path.metadata() else { continue };
        if !meta.is_file() {
            continue;
        }
        let relative = path.strip_prefix(folder).unwrap_or(path);
        listing.files.push(FolderFile {
            key: to_key(relative),
            path: path.to_owned(),
            size: meta.len(),
            mtime_ns: meta.modified().map_or(0, nanoseconds),
        });
    }
    listing.files.sort_by(|a, b| a.key.cmp(&b.key));
    listing
}

/// The document names that an unreadable part of the folder would have.
fn prefix_of(error: &ignore::Error, folder: &Path) -> String {
    match error {
        ignore::Error::WithPath { path, .. } => {
            path.strip_prefix(folder).map(to_key).unwrap_or_default()
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            prefix_of(err, folder)
        }
        _ => String::new(),
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
        let mut reader = File::open(&file.path)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(*hasher.finalize().as_bytes()),
                n => hasher.update(&buffer[..n]),
            };
        }
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

#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;
