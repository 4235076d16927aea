//! A shared library: the documents of many, on an engine that a team runs (Milvus), read by any number.
//!
//! A `content` is what one file says and what it was read by: its pages, chunks, facts and embeddings. It never
//! changes; another version of a file is another content. A `placement` is a file of one publisher: its path, its
//! origin, its tags, and the content that it has. So a document appears, changes and goes by one row, whatever is
//! written before, and what a killed publisher has left is seen by nobody and written again as it was.
//!
//! `address` is where a shared library lies and who asks; `engine` is the one place that speaks the engine's protocol;
//! `tables` says what is kept there; `publish` brings a library's documents there, `reading` to whoever asks, and `sweep`
//! removes what nobody has any more; `index` searches it, by `counts` of its `words`; `serving` switches the model that
//! answers. `work` is the list of files from which several workers take, who read, embed and publish them.

pub mod address;
mod counts;
mod documents;
mod engine;
mod following;
mod index;
mod parts;
pub mod publish;
pub mod reading;
pub mod serving;
mod sweep;
mod tables;
mod words;
pub mod work;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use engine::Engine;

use crate::model::ModelError;
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    #[error("{address} is no address of a shared library ({why})")]
    Address { address: String, why: &'static str },
    #[error("{address} cannot be reached ({detail})")]
    Unreachable { address: String, detail: String },
    #[error("{address} refused to {what} ({detail})")]
    Refused {
        address: String,
        what: String,
        detail: String,
    },
    #[error("{address} was written by a newer tenk (tables {found}, this one knows {known})")]
    Newer {
        address: String,
        found: i64,
        known: i64,
    },
    #[error("{address} is no shared library ({detail})")]
    Strange { address: String, detail: String },
    #[error("{name} has embedded {embedded} of {documents} documents there")]
    Behind {
        name: String,
        embedded: usize,
        documents: usize,
    },
    #[error("no model has served there before")]
    NothingBefore,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Remedied for ShareError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Address { .. } => Remedy::advice(
                "write milvus://HOST:PORT/NAME, or milvus+tls:// where it goes over a network",
            ),
            Self::Unreachable { .. } => Remedy::advice(
                "see that the engine runs and that the address is right, then run the same command again: what was \
                 published stays",
            ),
            Self::Refused { .. } => Remedy::advice(
                "see what the engine's log says, and that TENK_MILVUS_TOKEN names somebody who may",
            ),
            Self::Newer { .. } => Some(Remedy::Update),
            Self::Strange { .. } => {
                Remedy::advice("name the database of a shared library, or a new one")
            }
            Self::Behind { .. } => Remedy::advice(
                "have their publishers embed with it and publish, or switch with --force: what is not embedded is \
                 found by its words alone",
            ),
            Self::NothingBefore => Remedy::advice("publish with --promote first"),
            Self::Store(error) => error.remedy(),
            Self::Model(error) => error.remedy(),
            Self::Cancelled(error) => error.remedy(),
        }
    }
}

/// An engine that several parts of a reader ask, one at a time.
#[derive(Clone)]
struct Shared(Arc<Mutex<Engine>>);

impl Shared {
    fn new(engine: Engine) -> Self {
        Self(Arc::new(Mutex::new(engine)))
    }

    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) type Result<T, E = ShareError> = std::result::Result<T, E>;
