//! What can end a tuning.

use crate::job::indexing::IndexingError;
use crate::job::open::OpenError;
use crate::job::promotion::PromotionError;
use crate::job::training::TrainingError;
use crate::model::ModelError;
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy, process};
use crate::store::StoreError;
use crate::synth::SynthError;
use crate::units::span;

#[derive(Debug, thiserror::Error)]
pub enum TuningError {
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Indexing(#[from] IndexingError),
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    /// In seconds, as all of them.
    #[error(
        "a budget of {} is too short: writing questions, learning some, embedding and judging take about {} here, as busy as it is now",
        span(*budget),
        span(*needed)
    )]
    Budget { budget: f64, needed: f64 },
    #[error("another tenk{} tunes a model here", process(*pid))]
    Running { pid: Option<u32> },
    #[error("the questions came to {0} rows, too few to learn from")]
    TooFew(usize),
}

/// A budget that has time for what took `needed` seconds by one measurement: the next may be somewhat slower.
fn minutes_for(needed: f64) -> u64 {
    (needed * SLACK / 60.0).ceil() as u64
}

const SLACK: f64 = 1.1;

impl Remedied for TuningError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Synth(error) => error.remedy(),
            Self::Training(error) => error.remedy(),
            Self::Indexing(error) => error.remedy(),
            Self::Promotion(error) => error.remedy(),
            Self::Model(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Open(error) => error.remedy(),
            Self::Cancelled(_) => None,
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Budget { needed, .. } => Some(Remedy::MoreTime(minutes_for(*needed))),
            Self::Running { pid } => Some(Remedy::Wait(*pid)),
            Self::TooFew(_) => Some(Remedy::MoreQuestions),
        }
    }
}

pub type Result<T, E = TuningError> = std::result::Result<T, E>;
