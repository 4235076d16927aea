//! Synthetic questions: a training set that is written from the library's own passages.
//!
//! A writer turns a `Source` into `Draft`s, questions with what answers them: `rule` by itself,
//! `prompted` with a language model. `sieve` has `filter`, `duplicate` and `round_trip` drop those
//! that would teach something wrong, each with its reason; `negative` finds passages that look right and are not; `set` writes what is left in the formats
//! of `dataset`, split by document.

pub mod balance;
pub mod duplicate;
pub mod filter;
pub mod frame;
pub mod negative;
pub mod phrase;
pub mod prompted;
pub mod report;
pub mod round_trip;
pub mod rule;
pub mod set;
pub mod sieve;
pub mod source;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::remedy::{self, Remedied, Remedy};

pub use source::{Corpus, Source};

#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
    #[error(transparent)]
    Retrieve(#[from] crate::retrieve::RetrieveError),
    #[error(transparent)]
    Generate(#[from] crate::generate::GenerateError),
    #[error(transparent)]
    Encoder(#[from] crate::encoder::EncoderError),
    #[error("{0}")]
    Cancelled(#[from] crate::progress::Cancelled),
    #[error("{path} cannot be read: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("{path}: {problem}")]
    Asset { path: String, problem: String },
    #[error("there is no set {name} here{}", there_are(known))]
    NoSet { name: String, known: Vec<String> },
    #[error("no document of the library is called {name}")]
    NoDocument { name: String, known: Vec<String> },
    #[error("nothing is left to write questions from")]
    NoSource { library: PathBuf },
    #[error("another tenk{} is writing the set {name}", remedy::process(*pid))]
    Running { name: String, pid: Option<u32> },
}

impl Remedied for SynthError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Store(error) => error.remedy(),
            Self::Query(error) => error.remedy(),
            Self::Retrieve(error) => error.remedy(),
            Self::Cancelled(_) => None,
            Self::Generate(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Asset { .. } => Some(Remedy::EditSetting("synth")),
            Self::NoSet { name, .. } => Some(Remedy::MakeSet(name.clone())),
            Self::NoDocument { known, .. } => Some(Remedy::NameDocument(known.clone())),
            Self::NoSource { library } => Some(Remedy::Index(library.clone())),
            Self::Running { pid, .. } => Some(Remedy::Wait(*pid)),
        }
    }
}

/// The names in brackets; nothing where there are none.
fn there_are(known: &[String]) -> String {
    if known.is_empty() {
        String::new()
    } else {
        format!(" (there are {})", known.join(", "))
    }
}

pub(crate) type Result<T, E = SynthError> = std::result::Result<T, E>;

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A figure of a table.
    Figure,
    /// How a figure moved from one period to the next.
    Change,
    /// Two lines of a table against each other.
    Comparison,
    /// A measure of the lexicon.
    Ratio,
    Definition,
    /// How something is accounted for, decided or permitted.
    Policy,
    /// Why a figure moved.
    Why,
    Risk,
    /// How many.
    Count,
    /// How much, in a sentence.
    Amount,
    /// What is said of something.
    Topic,
}

impl Kind {
    pub const ALL: [Kind; 11] = [
        Kind::Figure,
        Kind::Change,
        Kind::Comparison,
        Kind::Ratio,
        Kind::Definition,
        Kind::Policy,
        Kind::Why,
        Kind::Risk,
        Kind::Count,
        Kind::Amount,
        Kind::Topic,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Figure => "figure",
            Kind::Change => "change",
            Kind::Comparison => "comparison",
            Kind::Ratio => "ratio",
            Kind::Definition => "definition",
            Kind::Policy => "policy",
            Kind::Why => "why",
            Kind::Risk => "risk",
            Kind::Count => "count",
            Kind::Amount => "amount",
            Kind::Topic => "topic",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    Analyst,
    Auditor,
    Plain,
}

impl Voice {
    pub const ALL: [Voice; 3] = [Voice::Analyst, Voice::Auditor, Voice::Plain];

    pub fn as_str(self) -> &'static str {
        match self {
            Voice::Analyst => "analyst",
            Voice::Auditor => "auditor",
            Voice::Plain => "plain",
        }
    }
}

/// A question as it was written, before anything is known of its worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub question: String,
    pub kind: Kind,
    pub voice: Voice,
    /// Who wrote it: `rules`, or a language model's name.
    pub writer: String,
    /// Which frame it comes from.
    pub frame: String,
    /// Index of its source in the library.
    pub source: usize,
    /// What answers it, as the passage has it; empty where the whole passage does.
    pub answer: String,
    /// The table's line that it asks for, on lower case; empty where it asks for none.
    pub item: String,
}
