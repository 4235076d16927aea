//! The indexes: dense (HNSW) and lexical (BM25), both caches of the store, and `sync`, which
//! compares the folder with the store.
//!
//! A cache carries a stamp of what it reflects. A writer brings a stale, missing or damaged cache
//! up to the store, and makes it anew where that fails; a reader uses what is there, leaves out what
//! the store no longer has, and goes to the store itself where nothing usable is there.

pub mod cache;
pub mod dense;
pub mod door;
pub mod lexical;
pub mod local;
pub mod sync;
pub mod watch;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use crate::fsio;
use crate::home::Home;
use crate::remedy::{Remedied, Remedy};
use crate::store::StoreError;
use door::Index;
use local::LocalIndex;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the word index in {path}: {source}")]
    Lexical { path: PathBuf, source: TantivyError },
    #[error("the vector index in {path}: {detail}")]
    Dense { path: PathBuf, detail: String },
    #[error(
        "the {what} in {path} cannot be written, the disk is full or fails, or something else lies there ({detail})"
    )]
    Unmade {
        what: &'static str,
        path: PathBuf,
        detail: String,
    },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the shared library cannot be searched: {detail}")]
    Elsewhere { detail: String },
    #[error("an embedding has {received} dimensions, the index holds {expected}")]
    Dimension { expected: usize, received: usize },
}

impl IndexError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, source }
    }

    fn lexical(path: &Path, source: TantivyError) -> Self {
        let path = path.to_owned();
        Self::Lexical { path, source }
    }

    /// A cache that could not even be made anew, and why.
    fn unmade(what: &'static str, path: &Path, why: &IndexError) -> Self {
        let detail = match why {
            Self::Lexical { source, .. } => source.to_string(),
            Self::Dense { detail, .. } => detail.clone(),
            Self::Io { source, .. } => source.to_string(),
            other => other.to_string(),
        };
        Self::Unmade {
            what,
            path: path.to_owned(),
            detail,
        }
    }
}

impl Remedied for IndexError {
    fn remedy(&self) -> Option<Remedy> {
        let again = || Remedy::advice("index again: it is made anew from the store");
        match self {
            Self::Store(error) => error.remedy(),
            Self::Lexical { source, .. } => system_error(source)
                .and_then(Remedy::by_system)
                .or_else(again),
            Self::Dense { .. } => again(),
            Self::Unmade { path, .. } => {
                let there = path.ancestors().find(|path| path.is_dir());
                Some(match there.is_some_and(|there| !fsio::is_writable(there)) {
                    true => Remedy::CheckPermissions,
                    false => Remedy::FreeSpace,
                })
            }
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::Elsewhere { .. } => {
                Remedy::advice("see that its engine runs and can be reached, and ask again")
            }
            Self::Dimension { .. } => None,
        }
    }
}

/// The system's own error behind one of tantivy's.
fn system_error(error: &TantivyError) -> Option<&std::io::Error> {
    match error {
        TantivyError::IoError(error)
        | TantivyError::LockFailure(LockError::IoError(error), _)
        | TantivyError::OpenDirectoryError(OpenDirectoryError::FailedToCreateTempDir(error)) => {
            Some(error)
        }
        TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. })
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. }) => Some(io_error),
        _ => None,
    }
}

pub(crate) type Result<T, E = IndexError> = std::result::Result<T, E>;

/// A chunk found by one arm, with that arm's score (`cosine` or `bm25_score`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub key: crate::store::ChunkKey,
    pub score: f32,
}

type Maker = Arc<dyn Fn() -> Box<dyn Index> + Send + Sync>;

/// The indexes that lie elsewhere, by the homes of their libraries.
static ELSEWHERE: LazyLock<Mutex<HashMap<PathBuf, Maker>>> = LazyLock::new(Mutex::default);

/// Has the library in `home` be searched by what `maker` makes, whoever opens it.
pub fn register(home: &Path, maker: Maker) {
    let mut elsewhere = ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner);
    elsewhere.insert(home.to_owned(), maker);
}

/// The index of the library in `home`; nothing is loaded yet.
pub fn of(home: &Home) -> Box<dyn Index> {
    let elsewhere = ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner);
    let maker = elsewhere.get::<Path>(home).cloned();
    drop(elsewhere);
    match maker {
        Some(maker) => maker(),
        None => Box::new(LocalIndex::new(home)),
    }
}
