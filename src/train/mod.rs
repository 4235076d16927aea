//! Training: a BERT's parameters are changed step by step so that what belongs together in a
//! dataset lies together among its embeddings.
//!
//! A `Trainer` takes batches from a `sampler`, has `encoder::bert` embed them and carry the
//! gradient of a `loss` back, and lets the `optimizer` step at the rate of a `schedule`. A `run` is
//! one training with its folder: settings, events, and a `checkpoint` from which it goes on.

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
pub mod trainer;

pub use event::Event;
pub use settings::Settings;
pub use trainer::{Ended, Trainer};

use crate::dataset::{DatasetError, Format};
use crate::encoder::EncoderError;

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error("{0}")]
    Cancelled(#[from] crate::progress::Cancelled),
    #[error("{loss} does not take {format}; expected {expected}")]
    Loss {
        loss: &'static str,
        format: &'static str,
        expected: &'static str,
    },
    #[error("--{name} {value} is not possible; name {expected}")]
    Setting {
        name: &'static str,
        value: String,
        expected: String,
    },
    #[error(
        "step {step}: the {what} is no finite number, so no model was made; train again with a lower \
         --rate than {rate:e} or a lower --clip"
    )]
    NotFinite {
        step: usize,
        what: &'static str,
        rate: f32,
    },
    #[error("{path} cannot be read: {source}; check that it exists and its permissions")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "{path} cannot be written: {source}; free some space or check the folder's permissions"
    )]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} is damaged: {detail}; {remedy}")]
    Damaged {
        path: String,
        detail: String,
        remedy: &'static str,
    },
    #[error("{path} is not what the run began with; put that file back, or begin a new run")]
    Changed { path: String },
    #[error(
        "the run {run} was begun and can go on; tenk train --resume={run} does so, --restart begins anew"
    )]
    Unfinished { run: String },
    #[error("the run {run} is being trained by another process ({pid}); wait for it, or stop it")]
    Running { run: String, pid: String },
    #[error("{path} holds {found}; expected {expected}, as the data does")]
    DevFormat {
        path: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("no {format} of {path} are left to train on once the dev rows are held out; add rows")]
    TooFew { path: String, format: &'static str },
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
