//! The folders of a library: its own, in which its state lies, and others that were added to it.
//!
//! A document's name is its path below the library's own folder. One that lies below an added folder has that
//! folder's name before it: `contracts/ACME_2023.pdf` of a folder that was added as `contracts`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::Library;
use crate::fsio::{self, Lock, LockError};
use crate::home::Home;
use crate::printable::is_active;
use crate::remedy::{self, Remedied, Remedy};
use crate::store::{from_key, to_key};

/// How long a change of the folders waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum FoldersError {
    /// To take it for empty would take the documents of all added folders out of the library.
    #[error("{path}, which names the library's other folders, cannot be read ({detail})")]
    Damaged { path: PathBuf, detail: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("another tenk{} is changing this library", remedy::process(*.0))]
    Locked(Option<u32>),
    #[error("{0} is no folder")]
    NoFolder(PathBuf),
    #[error("{0} is in the library already")]
    Known(PathBuf),
    #[error("{path} overlaps {of}, a folder of the library")]
    Overlaps { path: PathBuf, of: PathBuf },
    #[error("the library has something of the name {0:?} already")]
    Taken(String),
    #[error("{0:?} is no name for a folder")]
    Name(String),
    #[error("the library has no other folder {0:?}")]
    Unknown(String, Vec<String>),
}

impl Remedied for FoldersError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Damaged { .. } => Remedy::advice(
                "put it right before anything is indexed: without it the documents of those folders are taken out",
            ),
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::Locked(process) => Some(Remedy::Wait(*process)),
            Self::Known(_) => Remedy::advice("its documents come with the next index"),
            Self::NoFolder(_) => Remedy::advice("name a folder of PDFs that is there"),
            Self::Overlaps { .. } => {
                Remedy::advice("add folders that lie apart: what is below one is in the library")
            }
            Self::Taken(_) | Self::Name(_) => {
                Remedy::advice("give it another name, without / \\ : @ and quotes")
            }
            Self::Unknown(_, known) if known.is_empty() => {
                Remedy::advice("it has its own folder alone")
            }
            Self::Unknown(_, known) => {
                Remedy::advice(format!("name one of them: {}", known.join(", ")))
            }
        }
    }
}

type Result<T, E = FoldersError> = std::result::Result<T, E>;

/// A folder that was added to a library, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub name: String,
    pub path: PathBuf,
}

/// As it is written down; a path has its bytes, as the names of documents do.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    path: String,
}

/// The folders of a library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    own: PathBuf,
    added: Vec<Added>,
}

impl Folders {
    /// The folders of `library` as they are now.
    ///
    /// # Errors
    ///
    /// Where the file that names those that were added is there and cannot be read.
    pub fn of(library: &Library) -> Result<Self> {
        let path = library.home.folders();
        let damaged = |detail: String| FoldersError::Damaged {
            path: path.clone(),
            detail,
        };
        let written: Vec<Written> = match fsio::read_small(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(damaged(error.to_string())),
        };
        let own = library.folder.clone();
        let mut added: Vec<Added> = Vec::with_capacity(written.len());
        for Written { name, path } in written {
            if !is_name(&name) {
                return Err(damaged(format!("{name:?} is no name")));
            }
            let path = from_key(&path);
            // By hand: documents would be of two names, or of whichever folder the program is run in.
            if added
                .iter()
                .any(|other: &Added| is_same(&other.name, &name))
            {
                return Err(damaged(format!("{name:?} is there twice")));
            }
            let mut others = added.iter().map(|other| other.path.as_path());
            let overlaps = |other: &Path| overlap(&path, other);
            if !path.is_absolute() || overlaps(&own) || others.any(overlaps) {
                let shown = path.display();
                return Err(damaged(format!(
                    "{shown} is no folder that lies apart from the others, written from the root on"
                )));
            }
            added.push(Added { name, path });
        }
        Ok(Self { own, added })
    }

    /// The same, for who only shows or watches them: the library's own alone where the others cannot be known, which an
    /// indexing run says.
    pub fn known(library: &Library) -> Self {
        Self::of(library).unwrap_or_else(|_| Self {
            own: library.folder.clone(),
            added: Vec::new(),
        })
    }

    pub fn own(&self) -> &Path {
        &self.own
    }

    pub fn added(&self) -> &[Added] {
        &self.added
    }

    /// The added folder that a document of this name lies in; none for the library's own.
    pub fn holding(&self, document: &str) -> Option<&Added> {
        let is_below = |added: &&Added| rest(document, &added.name).is_some();
        self.added.iter().find(is_below)
    }

    /// Where the added folder of this name is; none means the library's own.
    pub fn named(&self, name: Option<&str>) -> &Path {
        let added = self
            .added
            .iter()
            .find(|added| Some(added.name.as_str()) == name);
        added.map_or(&self.own, |added| &added.path)
    }

    /// The file of a document of this name.
    pub fn path_of(&self, document: &str) -> PathBuf {
        let below = |added: &Added| Some(added.path.join(from_key(rest(document, &added.name)?)));
        let added = self.added.iter().find_map(below);
        added.unwrap_or_else(|| self.own.join(from_key(document)))
    }

    /// Adds `folder`, under `name` or its own name.
    ///
    /// # Errors
    ///
    /// Where it is no folder, overlaps one that is there, the name is taken or none, or it cannot be kept.
    pub fn add(&mut self, home: &Home, folder: &Path, name: Option<&str>) -> Result<&Added> {
        let no_folder = || FoldersError::NoFolder(folder.to_owned());
        let path = folder.canonicalize().map_err(|_| no_folder())?;
        if !path.is_dir() {
            return Err(no_folder());
        }
        let others = self.added.iter().map(|added| &added.path);
        let of = others.chain([&self.own]).find(|of| overlap(&path, of));
        if of.is_some_and(|of| *of == path) {
            return Err(FoldersError::Known(path));
        }
        if let Some(of) = of.cloned() {
            return Err(FoldersError::Overlaps { path, of });
        }
        let own_name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.map_or_else(|| own_name.into_owned(), str::to_owned);
        if !is_name(&name) {
            return Err(FoldersError::Name(name));
        }
        // A folder of that name would have documents of the same names.
        let is_known = self.added.iter().any(|added| is_same(&added.name, &name));
        if is_known || self.own.join(&name).exists() || self.own_name() == name {
            return Err(FoldersError::Taken(name));
        }
        self.added.push(Added { name, path });
        self.keep(home)?;
        Ok(&self.added[self.added.len() - 1])
    }

    /// Takes the added folder of this name out.
    ///
    /// # Errors
    ///
    /// Where there is none, or it cannot be kept.
    pub fn remove(&mut self, home: &Home, name: &str) -> Result<Added> {
        let gone = self.added.remove(self.place_of(name)?);
        self.keep(home)?;
        Ok(gone)
    }

    /// The place of the added folder of this name.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn place_of(&self, name: &str) -> Result<usize> {
        let at = self.added.iter().position(|added| added.name == name);
        let known = || self.added.iter().map(|added| added.name.clone()).collect();
        at.ok_or_else(|| FoldersError::Unknown(name.to_owned(), known()))
    }

    /// The name by which the library's own folder is asked for.
    pub fn own_name(&self) -> String {
        let name = self.own.file_name().unwrap_or_default();
        to_key(Path::new(name))
    }

    fn keep(&self, home: &Home) -> Result<()> {
        let written = self.added.iter().map(|added| Written {
            name: added.name.clone(),
            path: to_key(&added.path),
        });
        let written: Vec<Written> = written.collect();
        let path = home.folders();
        let json = serde_json::to_vec_pretty(&written).map_err(std::io::Error::from);
        json.and_then(|json| fsio::write_atomic(&path, &json))
            .map_err(|source| FoldersError::Io { path, source })
    }
}

/// Held while the folders or the kept filters of a library are read and written anew.
///
/// # Errors
///
/// Where another process holds it, or the home cannot be written.
pub fn hold(home: &Home) -> Result<Lock> {
    let path = home.names_lock();
    let began = Instant::now();
    loop {
        match Lock::acquire(&path) {
            Ok(lock) => return Ok(lock),
            // It is held for a moment.
            Err(LockError::Held(_)) if began.elapsed() < PATIENCE => {}
            Err(LockError::Held(process)) => return Err(FoldersError::Locked(process)),
            Err(LockError::Io(source)) => return Err(FoldersError::Io { path, source }),
        }
    }
}

/// The file of a document of a library, for who only shows it.
pub fn path_of(library: &Library, document: &str) -> PathBuf {
    Folders::known(library).path_of(document)
}

/// What of a document's name is behind that of the folder `name`.
fn rest<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    document.strip_prefix(name)?.strip_prefix('/')
}

/// Whether one of two folders lies in the other, or is it.
fn overlap(a: &Path, b: &Path) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Whether two names are one where the case of letters says nothing.
fn is_same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Whether a folder may be added under this name, which is a part of its documents' names and is written into filters.
fn is_name(name: &str) -> bool {
    let is_fit = |c: char| !is_active(c) && !['/', '\\', ':', '"', '@'].contains(&c);
    !name.trim().is_empty()
        && name.trim() == name
        && !name.starts_with('.')
        && name.chars().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(place: &Path) -> Library {
        let folder = place.join("filings");
        std::fs::create_dir_all(folder.join("taken")).unwrap();
        let library =
            Library::at(&folder.canonicalize().unwrap(), Some(&place.join("home"))).unwrap();
        std::fs::create_dir_all(&library.home).unwrap();
        library
    }

    #[test]
    fn a_document_is_found_in_the_folder_that_it_lies_in() {
        let place = tempfile::tempdir().unwrap();
        let library = library(place.path());
        let contracts = place.path().join("of others/contracts");
        std::fs::create_dir_all(&contracts).unwrap();
        let contracts = contracts.canonicalize().unwrap();
        let mut folders = Folders::of(&library).unwrap();
        folders.add(&library.home, &contracts, None).unwrap();
        let read = Folders::of(&library).unwrap();
        assert_eq!(read, folders);
        assert_eq!(read.path_of("contracts/a/b.pdf"), contracts.join("a/b.pdf"));
        assert_eq!(
            read.path_of("contracts.pdf"),
            library.folder.join("contracts.pdf")
        );
        assert_eq!(read.holding("contracts/a.pdf"), Some(&read.added()[0]));
        assert_eq!(read.holding("contracts2/a.pdf"), None);
        let twice = std::fs::read_to_string(library.home.folders()).unwrap();
        let one = twice.trim().trim_start_matches('[').trim_end_matches(']');
        std::fs::write(library.home.folders(), format!("[{one},{one}]")).unwrap();
        assert!(matches!(
            Folders::of(&library),
            Err(FoldersError::Damaged { .. })
        ));
        folders.remove(&library.home, "contracts").unwrap();
        assert!(Folders::of(&library).unwrap().added().is_empty());
    }

    #[test]
    fn what_would_be_there_twice_or_under_a_name_of_something_else_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let library = library(place.path());
        let other = place.path().join("other");
        std::fs::create_dir_all(other.join("below")).unwrap();
        let mut folders = Folders::of(&library).unwrap();
        let mut refused = |folder: &Path, name: Option<&str>| {
            folders
                .add(&library.home, folder, name)
                .unwrap_err()
                .to_string()
        };
        assert!(refused(&library.folder.join("taken"), None).contains("overlaps"));
        assert!(refused(place.path(), None).contains("overlaps"));
        assert!(refused(&place.path().join("gone"), None).contains("no folder"));
        for taken in ["taken", "filings"] {
            assert!(refused(&other, Some(taken)).contains("already"), "{taken}");
        }
        for name in ["", ".x", "a/b", "a:b", "@a", " a", "a\u{1b}"] {
            assert!(refused(&other, Some(name)).contains("no name"), "{name:?}");
        }
        folders.add(&library.home, &other, Some("two")).unwrap();
        let below = folders.add(&library.home, &other.join("below"), None);
        assert!(below.unwrap_err().to_string().contains("overlaps"));
        assert!(folders.remove(&library.home, "three").is_err());
        // A list that cannot be read is no empty list.
        std::fs::write(library.home.folders(), "[{").unwrap();
        assert!(Folders::of(&library).is_err());
    }
}
