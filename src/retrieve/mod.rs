//! Retrieval: a `Query` becomes `Hit`s.
//!
//! Two arms, dense and BM25, answer over the one chunk key, and fusion joins them. What the parsed
//! question says helps them: what wraps it is left out, the documents it is about are the `scope`
//! (its period `aims` at reports), and the line items behind a ratio are asked for as well (`part`). Each of these `Aids` can be switched
//! off, and every hit says where it came from.

mod ahead;
mod aim;
mod aims;
mod confidence;
mod evidence;
pub mod explain;
pub mod fuse;
mod known;
mod part;
mod ranking;
mod retriever;
pub mod scope;
mod search;
pub mod snippet;
mod spread;
mod stranger;
mod trace;

pub use confidence::Signs;
pub use part::Part;
pub use retriever::Retriever;
pub use trace::Trace;

use std::path::PathBuf;

use crate::encoder::EncoderError;
use crate::index::IndexError;
use crate::query::filter::Filter;
use crate::query::{ParsedQuestion, QueryError};
use crate::remedy::{Remedied, Remedy};
use crate::store::{StoreError, StoredChunk};
use scope::Scope;

#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("the library has no word index yet")]
    NoLexical(PathBuf),
    #[error("no chunk of the library is embedded with this model yet")]
    NoDense(PathBuf),
    #[error("dim {received} is not possible: the model's embeddings have {expected} dimensions")]
    Dim { expected: usize, received: usize },
}

impl Remedied for RetrieveError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Store(error) => error.remedy(),
            Self::Index(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Query(error) => error.remedy(),
            Self::NoLexical(folder) => Some(Remedy::Index(folder.clone())),
            Self::NoDense(folder) => Some(Remedy::Embed {
                folder: folder.clone(),
                model: None,
            }),
            Self::Dim { expected, .. } => Some(Remedy::Option {
                name: "dim",
                expected: format!("1 to {expected}"),
            }),
        }
    }
}

pub(crate) type Result<T, E = RetrieveError> = std::result::Result<T, E>;

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
    /// Compare only the first dimensions of each embedding; none takes all.
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
    /// The question, as it was understood.
    pub question: ParsedQuestion,
    /// The documents that the question was found to be about.
    pub scope: Scope,
    /// What was asked for besides.
    pub parts: Vec<Part>,
    /// Companies that the question is about and the library has no document of. Where it is about no other, nothing
    /// is found.
    pub strangers: Vec<String>,
    /// Companies that the question is about and all documents of which the filter leaves out. Where it is about no
    /// other, what is found is not theirs.
    pub left_out: Vec<String>,
    /// It is about a part of a year that came after all reports of its companies.
    pub is_later: bool,
    /// What speaks for the hits; none where one arm alone was asked, or nothing was found.
    pub signs: Option<Signs>,
}

/// Hits among which one speaks of a company whose own documents are left out, if others are to answer for it.
const TELLING: usize = 3;

impl Outcome {
    /// The likelihood that a page which answers is among the first ten hits, from 0 to 1. Of companies of which some
    /// are not in the library it answers as large a part as the others are.
    pub fn confidence(&self) -> Option<f32> {
        let here = self.scope.companies.len();
        let share = match self.strangers.len() + self.left_out.len() {
            0 => 1.0,
            missing => here as f32 / (here + missing) as f32,
        };
        self.signs.map(|signs| share * signs.confidence())
    }

    /// True where the question is about companies that the filter leaves out, and nothing found speaks of them: of a
    /// figure that is asked for, none is theirs.
    pub fn is_about_left_out(&self) -> bool {
        let mentions = self.question.companies.iter();
        let mut written = mentions.map(|mention| mention.written.to_lowercase());
        let is_told = |name: String| {
            let mut first = self.hits.iter().take(TELLING);
            first.any(|hit| hit.chunk.text.to_lowercase().contains(&name))
        };
        !self.left_out.is_empty() && (self.question.task.is_some() || !written.any(is_told))
    }

    /// True where the question is about companies that the library lacks, and about no other: nothing answers it.
    pub fn is_about_strangers(&self) -> bool {
        self.scope.companies.is_empty() && !self.strangers.is_empty()
    }

    /// What the question is about and the library lacks, for people: a company, a period.
    pub fn lacks(&self) -> Option<String> {
        if !self.strangers.is_empty() {
            let names = self.strangers.join(", ");
            return Some(format!("the library has no document of {names}"));
        }
        if !self.left_out.is_empty() {
            let names = self.left_out.join(", ");
            return Some(format!("the filter leaves out all documents of {names}"));
        }
        let period = self.question.period.labels();
        let companies = &self.scope.companies;
        let is_missing = !companies.is_empty()
            && !period.is_empty()
            && (self.scope.period.is_empty() || self.is_later);
        is_missing.then(|| {
            format!(
                "the library has no report of {} on {}",
                companies.join(", "),
                period.join(", ")
            )
        })
    }
}
