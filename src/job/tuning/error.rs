//! What can end a tuning.

use crate::job::indexing::IndexingError;
use crate::job::open::OpenError;
use crate::job::promotion::PromotionError;
use crate::job::training::TrainingError;
use crate::model::ModelError;
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::store::StoreError;
use crate::synth::SynthError;

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
    #[error(
        "a budget of {budget} is too short: questions, embedding and judging take about {needed} here"
    )]
    Budget { budget: String, needed: String },
    #[error("the questions came to {0} rows, too few to learn from")]
    TooFew(usize),
}

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
            Self::Budget { .. } => Some(Remedy::MoreTime),
            Self::TooFew(_) => Some(Remedy::MoreQuestions),
        }
    }
}

pub type Result<T, E = TuningError> = std::result::Result<T, E>;
