//! The indexes: dense (HNSW) and lexical (BM25), both caches of the store, and `sync`, which
//! compares the folder with the store.
//!
//! A cache carries a stamp of what it reflects. A writer brings a stale, missing or damaged cache
//! up to the store; a reader uses what is there and leaves out what the store no longer has.

pub mod dense;
pub mod lexical;
pub mod sync;
pub mod watch;

use std::path::PathBuf;

use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the word index in {path}: {source}; remove that folder, it is made again")]
    Lexical {
        path: PathBuf,
        source: tantivy::TantivyError,
    },
    #[error("the vector index in {path}: {detail}; remove that folder, it is made again")]
    Dense { path: PathBuf, detail: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("an embedding has {received} dimensions, the index holds {expected}")]
    Dimension { expected: usize, received: usize },
}

pub(crate) type Result<T, E = IndexError> = std::result::Result<T, E>;

/// A chunk found by one arm, with that arm's score (`cosine` or `bm25_score`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub key: crate::store::ChunkKey,
    pub score: f32,
}
