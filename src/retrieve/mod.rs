//! Retrieval: a `Query` becomes `Hit`s.
//!
//! Two arms, dense and BM25, answer over the one chunk key, and fusion joins them. Before that the
//! question is read (`question`, `scope`, `lexicon`, `synonym`): what wraps it is taken off, the
//! documents it is about are found in its own words, and the line items behind a ratio are asked
//! for as well. Each of these `Aids` can be switched off, and every hit says where it came from.

pub mod company;
pub mod explain;
pub mod filter;
pub mod formula;
pub mod fuse;
pub mod lexicon;
pub mod name;
mod part;
pub mod period;
pub mod question;
mod ranking;
mod retriever;
pub mod scope;
mod search;
pub mod snippet;
pub mod synonym;
mod trace;

pub use part::Part;
pub use retriever::Retriever;
pub use trace::Trace;

use std::path::{Path, PathBuf};

use crate::encoder::EncoderError;
use crate::index::IndexError;
use crate::store::{StoreError, StoredChunk};
use filter::Filter;
use scope::Scope;

#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error("the library has no word index yet; run: tenk index {0}")]
    NoLexical(PathBuf),
    #[error(
        "no chunk of the library is embedded with this model yet; run: tenk index {0} (BM25 works: --arm bm25)"
    )]
    NoDense(PathBuf),
    #[error(
        "--dim {received} is not possible: the model's embeddings have {expected} dimensions; name 1 to {expected}"
    )]
    Dim { expected: usize, received: usize },
    #[error("{path} cannot be read: {source}; correct [search] in the settings")]
    AssetFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {problem}; correct it, or take it out of [search] in the settings")]
    Asset { path: PathBuf, problem: String },
}

pub(crate) type Result<T, E = RetrieveError> = std::result::Result<T, E>;

/// Reads a file that the settings name in place of a bundled one.
fn asset(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| RetrieveError::AssetFile {
        path: path.to_owned(),
        source,
    })
}

/// Which index answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    #[default]
    Hybrid,
    Dense,
    Bm25,
}

impl Arm {
    pub fn as_str(self) -> &'static str {
        match self {
            Arm::Hybrid => "hybrid",
            Arm::Dense => "dense",
            Arm::Bm25 => "bm25",
        }
    }

    /// The next one, in the order a key cycles them.
    pub fn next(self) -> Self {
        match self {
            Arm::Hybrid => Arm::Dense,
            Arm::Dense => Arm::Bm25,
            Arm::Bm25 => Arm::Hybrid,
        }
    }
}

/// What is made of a question before the arms are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aids {
    /// Its wrapping comes off, and BM25 looks for synonyms too.
    pub words: bool,
    /// Companies, periods and forms that it names restrict and weigh the documents.
    pub scope: bool,
    /// The line items behind a measure are asked for in their statements.
    pub parts: bool,
}

impl Aids {
    pub const ALL: Aids = Aids {
        words: true,
        scope: true,
        parts: true,
    };
    pub const NONE: Aids = Aids {
        words: false,
        scope: false,
        parts: false,
    };
}

impl Default for Aids {
    fn default() -> Self {
        Self::ALL
    }
}

/// A question to the library.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    pub text: String,
    pub arm: Arm,
    pub top_k: usize,
    pub filter: Filter,
    /// Compare only the first numbers of each embedding; none takes all.
    pub dim: Option<usize>,
    pub aids: Aids,
}

/// A page found, by its chunk that says most, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// From 1.
    pub rank: usize,
    pub chunk: StoredChunk,
    /// The page's rank in either arm.
    pub dense_rank: Option<usize>,
    pub bm25_rank: Option<usize>,
    pub cosine: Option<f32>,
    pub bm25_score: Option<f32>,
    /// Its rank among the answers to each part that found it, by the part's index.
    pub parts: Vec<(usize, usize)>,
    /// The weight that the found scope gives its document.
    pub weight: f32,
    /// What the list is ordered by.
    pub score: f32,
}

/// What a query came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    pub hits: Vec<Hit>,
    /// The documents that the question was found to be about.
    pub scope: Scope,
    /// What was asked for besides.
    pub parts: Vec<Part>,
}
