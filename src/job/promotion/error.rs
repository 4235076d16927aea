//! What can end a promotion.

use std::path::PathBuf;

use crate::config::ConfigError;
use crate::eval::EvalError;
use crate::job::evaluation::EvaluationError;
use crate::job::indexing::IndexingError;
use crate::job::training::TrainingError;
use crate::model::ModelError;
use crate::query::QueryError;
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::RetrieveError;
use crate::store::StoreError;
use crate::train::TrainError;

#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error(transparent)]
    Indexing(#[from] IndexingError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error("{path} cannot be written: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
    #[error("{name} held no questions out to judge it by")]
    NoneHeld { name: String },
    #[error("{why}")]
    Few {
        why: String,
        /// The questions are those of a file that was named.
        are_named: bool,
    },
    #[error("{name} has embedded {encoded} of {chunks} chunks of this library")]
    NotEmbedded {
        name: String,
        encoded: u64,
        chunks: u64,
        folder: PathBuf,
    },
}

impl Remedied for PromotionError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Model(error) => error.remedy(),
            Self::Eval(error) => error.remedy(),
            Self::Retrieve(error) => error.remedy(),
            Self::Query(error) => error.remedy(),
            Self::Evaluation(error) => error.remedy(),
            Self::Config(error) => error.remedy(),
            Self::Indexing(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Training(error) => error.remedy(),
            Self::Train(error) => error.remedy(),
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::Few {
                are_named: true, ..
            } => Remedy::advice("write more into the file"),
            Self::NoneHeld { .. } | Self::Few { .. } => Some(Remedy::NameQuestions),
            Self::NotEmbedded { name, folder, .. } => Some(Remedy::Embed {
                folder: folder.clone(),
                model: Some(name.clone()),
            }),
        }
    }
}

pub type Result<T, E = PromotionError> = std::result::Result<T, E>;
