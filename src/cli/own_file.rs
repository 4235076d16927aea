//! The file of a document, as it is now: what is found was read from it when the library was indexed last.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use crate::folders::{Added, Folders};
use crate::fsio;
use crate::store::Store;

/// Whether a document's file is still what it was read from, as far as is seen without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnFile {
    There,
    Gone,
    /// It is there, and this user may not read it.
    Closed,
    /// It is its publisher's.
    Published,
}

impl OwnFile {
    /// Of the document at a path of the library.
    pub fn of(folders: &Folders, document: &str) -> Self {
        let path = folders.path_of(document);
        match fsio::check_readable(&path) {
            Ok(()) if path.is_file() => OwnFile::There,
            Ok(()) => OwnFile::Gone,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // A folder that is away keeps its documents.
                let is_away = |added: &Added| !added.path.is_dir();
                match folders.holding(document).is_some_and(is_away) {
                    true => OwnFile::Closed,
                    false => OwnFile::Gone,
                }
            }
            Err(_) => OwnFile::Closed,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            OwnFile::There => "there",
            OwnFile::Gone => "gone",
            OwnFile::Closed => "closed",
            OwnFile::Published => "published",
        }
    }

    pub fn note(self) -> &'static str {
        match self {
            OwnFile::There | OwnFile::Published => "",
            OwnFile::Gone => "  (the file is gone; it is found until an index takes it out)",
            OwnFile::Closed => "  (the file may not be read now; it is found as it was)",
        }
    }
}

/// Says of which documents that are shown the files are gone. Those of a library that is another's are not looked for.
pub fn note_gone<'a>(store: &Store, folders: &Folders, documents: impl Iterator<Item = &'a str>) {
    if store.is_mirror() {
        return;
    }
    // A file of questions would say it with each.
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    for document in documents {
        if OwnFile::of(folders, document) == OwnFile::Gone && told.insert(document.to_owned()) {
            note!("note: the file {document} is gone (it is found until an index takes it out)");
        }
    }
}
