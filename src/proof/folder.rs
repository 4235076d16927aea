//! The folder of a proof: all of it new, put in its place in one step. What it takes the place of is an earlier proof
//! that nobody has touched, or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ProofError, Result};
use crate::fsio;

/// What says that a folder is a proof, and of what.
pub const RECORD: &str = "proof.json";
/// Keeps a library from taking the copies for documents of its own.
const IGNORE: &str = ".tenkignore";
/// Longest file that is looked at for whether it was changed.
const LARGEST: u64 = 1 << 30;

/// A file of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub name: String,
    pub blake3: String,
}

/// What the record of an earlier proof says of its files.
#[derive(Deserialize)]
struct Record {
    made_by: String,
    files: Vec<FileRecord>,
}

/// Where a proof is to lie, which may be put there.
pub struct Target {
    path: PathBuf,
    is_there: bool,
}

impl Target {
    /// Refuses a folder that holds something else than an earlier proof as it was written.
    pub fn new(folder: &Path) -> Result<Self> {
        let write = |source| ProofError::Write {
            folder: folder.to_owned(),
            source,
        };
        if fs::symlink_metadata(folder).is_err() {
            if folder.file_name().is_none() {
                return Err(ProofError::NoFolder(folder.to_owned()));
            }
            return Ok(Self {
                path: std::path::absolute(folder).map_err(write)?,
                is_there: false,
            });
        }
        let path = folder.canonicalize().map_err(write)?;
        if !path.is_dir() || path.parent().is_none() {
            return Err(ProofError::NoFolder(folder.to_owned()));
        }
        check(folder, &path).map_err(|fault| fault.of(write))?;
        if std::env::current_dir().is_ok_and(|own| own == path) {
            return Err(ProofError::WorkedIn(folder.to_owned()));
        }
        Ok(Self {
            path,
            is_there: true,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an earlier proof goes.
    pub fn is_replaced(&self) -> bool {
        self.is_there && self.path.join(RECORD).exists()
    }

    /// Puts `files` there, and nothing else; hidden from the library where it lies in one of its `folders`.
    pub fn fill(&self, files: &BTreeMap<String, Vec<u8>>, folders: &[&Path]) -> Result<()> {
        let write = |source| ProofError::Write {
            folder: self.path.clone(),
            source,
        };
        let parent = self.path.parent().unwrap_or(&self.path);
        create_shared(parent).map_err(write)?;
        fsio::sweep(parent);
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let made = fsio::create_unique_folder(parent, &name).map_err(write)?;
        let own = parent.canonicalize();
        let holds = |folder: &&Path| match (folder.canonicalize(), &own) {
            (Ok(folder), Ok(own)) => own.starts_with(folder),
            _ => false,
        };
        let is_inside = folders.iter().any(holds);
        let filled = (|| {
            if is_inside {
                fs::write(made.join(IGNORE), "*\n")?;
            }
            for (name, bytes) in files {
                let file = made.join(name);
                fs::write(&file, bytes)?;
                fs::File::open(&file)?.sync_all()?;
            }
            fsio::share(&made)?;
            match self.is_there {
                true => fsio::exchange(&made, &self.path)?,
                false => fs::rename(&made, &self.path)?,
            }
            fsio::sync_folder(parent)
        })();
        // What was there before, or what was made in vain; what stays is swept later.
        let _ = fs::remove_dir_all(&made);
        filled.map_err(write)
    }
}

/// Makes a folder and those that it lies in, with the rights that the user's umask gives.
fn create_shared(folder: &Path) -> io::Result<()> {
    let lacking = folder.ancestors().take_while(|own| !own.exists());
    let lacking: Vec<&Path> = lacking.collect();
    fs::create_dir_all(folder)?;
    // The outermost with all in it, which is all that is new.
    lacking.last().map_or(Ok(()), |own| fsio::share(own))
}

/// Whether a folder is empty or a proof as it was written; the error of what it is instead, or of the system.
fn check(named: &Path, folder: &Path) -> std::result::Result<(), Fault> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name != IGNORE);
    if names.is_empty() {
        return Ok(());
    }
    names.sort();
    let foreign = |name: &str| ProofError::Foreign {
        folder: named.to_owned(),
        other: crate::printable::on_a_line(name).into_owned(),
    };
    let record = fsio::read_small_text(folder.join(RECORD));
    let record = record
        .ok()
        .and_then(|text| serde_json::from_str::<Record>(&text).ok());
    let Some(record) = record.filter(|own| own.made_by.starts_with("tenk ")) else {
        return Err(foreign(&names[0]).into());
    };
    for name in names.iter().filter(|name| *name != RECORD) {
        let known = record.files.iter().find(|file| file.name == *name);
        let known = known.ok_or_else(|| foreign(name))?;
        let bytes = fsio::read_limited(folder.join(name), LARGEST)?;
        if blake3::hash(&bytes).to_hex().as_str() != known.blake3 {
            return Err(Fault::Proof(ProofError::Edited {
                folder: named.to_owned(),
                file: crate::printable::on_a_line(name).into_owned(),
            }));
        }
    }
    Ok(())
}

/// What keeps a folder from being taken.
enum Fault {
    Proof(ProofError),
    System(io::Error),
}

impl Fault {
    fn of(self, write: impl FnOnce(io::Error) -> ProofError) -> ProofError {
        match self {
            Self::Proof(error) => error,
            Self::System(error) => write(error),
        }
    }
}

impl From<ProofError> for Fault {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(note: &str) -> BTreeMap<String, Vec<u8>> {
        let hash = blake3::hash(note.as_bytes()).to_hex().to_string();
        let record = serde_json::json!({
            "made_by": "tenk 0",
            "files": [{"name": "note.md", "blake3": hash}],
        });
        [
            ("note.md".to_owned(), note.as_bytes().to_vec()),
            (RECORD.to_owned(), record.to_string().into_bytes()),
        ]
        .into()
    }

    #[test]
    fn a_proof_takes_the_place_of_an_untouched_one_and_of_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let at = place.path().join("a").join("proof");
        let elsewhere = place.path().join("library");
        for note in ["one", "two"] {
            Target::new(&at)
                .unwrap()
                .fill(&files(note), &[&elsewhere])
                .unwrap();
            assert_eq!(fs::read_to_string(at.join("note.md")).unwrap(), note);
            assert_eq!(fs::read_dir(at.parent().unwrap()).unwrap().count(), 1);
        }
        assert!(!at.join(IGNORE).exists());
        fs::write(at.join("mine.txt"), "").unwrap();
        let refused = |at: &Path| Target::new(at).err().map(|error| error.to_string());
        assert!(refused(&at).unwrap().contains("holds mine.txt"));
        fs::remove_file(at.join("mine.txt")).unwrap();
        fs::write(at.join("note.md"), "edited").unwrap();
        assert!(refused(&at).unwrap().contains("changed since"));
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(refused(&file).unwrap().contains("no folder"));
        assert!(refused(Path::new("/")).is_some());
        let foreign = place.path().join("foreign");
        fs::create_dir(&foreign).unwrap();
        assert!(refused(&foreign).is_none());
        fs::write(foreign.join("x\u{1b}.pdf"), "").unwrap();
        assert!(refused(&foreign).unwrap().contains("x\\u{1b}.pdf"));
    }

    #[test]
    fn a_library_does_not_take_a_proof_in_it_for_documents() {
        let place = tempfile::tempdir().unwrap();
        let at = place.path().join("proof");
        Target::new(&at)
            .unwrap()
            .fill(&files("one"), &[Path::new("/nowhere"), place.path()])
            .unwrap();
        assert_eq!(fs::read_to_string(at.join(IGNORE)).unwrap(), "*\n");
        Target::new(&at)
            .unwrap()
            .fill(&files("two"), &[place.path()])
            .unwrap();
    }
}
