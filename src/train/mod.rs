//! Training: a BERT's parameters are changed step by step so that what belongs together in a
//! dataset lies together among its embeddings.
//!
//! A `Trainer` takes batches from a `sampler`, has `encoder::bert` embed them and carry the
//! gradient of a `loss` back, and lets the `optimizer` step at the rate of a `schedule`. A `run` is
//! one training with its folder: settings, events, and a `checkpoint` from which it goes on.

pub mod about;
pub mod card;
pub mod checkpoint;
pub mod dev;
pub mod event;
pub mod loss;
pub mod material;
pub mod optimizer;
pub mod pin;
pub mod run;
pub mod sampler;
pub mod schedule;
pub mod settings;
pub mod steer;
pub mod teaching;
pub mod trainer;

pub use event::Event;
pub use settings::Settings;
pub use trainer::{Ended, Trainer};

use crate::dataset::{DatasetError, Format};
use crate::encoder::EncoderError;
use crate::remedy::{self, Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error("{0}")]
    Cancelled(#[from] crate::progress::Cancelled),
    #[error("{loss} does not take {format}")]
    Loss {
        loss: &'static str,
        format: &'static str,
        expected: &'static str,
    },
    #[error("{name} {value} is not possible")]
    Setting {
        name: &'static str,
        value: String,
        expected: String,
    },
    #[error("step {step}: the {what} is no finite number, so no model was made")]
    NotFinite {
        step: usize,
        what: &'static str,
        rate: f32,
    },
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
    #[error("{path} is damaged: {detail}")]
    Damaged {
        path: String,
        detail: String,
        remedy: Remedy,
    },
    #[error("{path} is not what the run began with")]
    Changed { path: String },
    #[error("the run {run} was begun and can go on")]
    Unfinished { run: String },
    #[error("the run {run} is being trained by another tenk{}", remedy::process(*pid))]
    Running { run: String, pid: Option<u32> },
    #[error("{path} holds {found}")]
    DevFormat {
        path: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("{path}: all rows have the same {column}, so there is nothing to tell apart")]
    AllSame { path: String, column: &'static str },
    #[error(
        "{path}: {leaking} of its {rows} rows are among those that are learnt, so they measure nothing"
    )]
    Leaking {
        path: String,
        leaking: usize,
        rows: usize,
    },
    #[error("no rows of {path} can be held out to measure by")]
    NoneHeld { path: String },
    #[error("no {format} of {path} are left to train on once the dev rows are held out")]
    TooFew { path: String, format: &'static str },
}

impl Remedied for TrainError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Cancelled(_) => None,
            Self::Dataset(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Loss { expected, .. } => Some(Remedy::Expected((*expected).to_owned())),
            Self::Setting { name, expected, .. } => Some(Remedy::Option {
                name,
                expected: expected.clone(),
            }),
            Self::NotFinite { rate, .. } => Some(Remedy::LowerRate(*rate)),
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Write { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Remedy::advice(
                    "free some space, and go on with the run: it keeps its last checkpoint",
                )
            }
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Damaged { remedy, .. } => Some(remedy.clone()),
            Self::Changed { .. } => Remedy::advice("put that file back, or begin a new run"),
            Self::Unfinished { run } => Some(Remedy::ResumeRun(run.clone())),
            Self::Running { pid, .. } => Some(Remedy::Wait(*pid)),
            Self::DevFormat { expected, .. } => {
                Some(Remedy::Expected(format!("{expected}, as the data does")))
            }
            Self::AllSame { .. } => Remedy::advice("add rows that differ in it"),
            Self::Leaking { .. } => Remedy::advice("take them out of one of the two files"),
            Self::NoneHeld { .. } => Remedy::advice(
                "add rows that share no text with the others, or train without measuring: --dev-share 0",
            ),
            Self::TooFew { .. } => Remedy::advice("add rows"),
        }
    }
}

pub(crate) type Result<T, E = TrainError> = std::result::Result<T, E>;

/// What a loss was asked to take and cannot.
fn wrong_format(loss: &'static str, format: Format, expected: &'static str) -> TrainError {
    TrainError::Loss {
        loss,
        format: format.as_str(),
        expected,
    }
}
