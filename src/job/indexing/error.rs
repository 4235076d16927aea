//! What can end a sync.

use std::path::PathBuf;

use crate::encoder::EncoderError;
use crate::folders::FoldersError;
use crate::index::IndexError;
use crate::model::ModelError;
use crate::ocr::OcrError;
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::store::StoreError;
use crate::units::count;

#[derive(Debug, thiserror::Error)]
pub enum IndexingError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Folders(#[from] FoldersError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Ocr(#[from] OcrError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    #[error("this program's own file cannot be found ({0})")]
    Program(std::io::Error),
    #[error("{folder} is gone, or its disk")]
    Gone { folder: PathBuf },
    #[error("{folder} has no PDF any more, and the library has {} of it", count(*documents as u64, "document"))]
    Emptied { folder: PathBuf, documents: usize },
}

impl Remedied for IndexingError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Store(error) => error.remedy(),
            Self::Folders(error) => error.remedy(),
            Self::Index(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Config(error) => error.remedy(),
            Self::Model(error) => error.remedy(),
            Self::Ocr(error) => error.remedy(),
            Self::Cancelled(_) => None,
            Self::Program(_) => Remedy::advice("start it by its full path"),
            Self::Gone { .. } => Remedy::advice("see that it is there and its disk mounted"),
            Self::Emptied { folder, .. } => Some(Remedy::Empty(folder.clone())),
        }
    }
}
