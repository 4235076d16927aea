//! The context of a job: the library it works on, the settings, and how it reports and is stopped.

use std::sync::Arc;

use super::ahead::Ahead;
use super::encoders::Encoders;
use super::models::Embedder;
use crate::config::{Config, Library};
use crate::encoder::Encoder;
use crate::model::{Model, ModelError};
use crate::progress::{CancelToken, ProgressSink, Silent};

/// What every job works with; cheap to clone, and at home on any thread.
#[derive(Clone)]
pub struct JobContext {
    pub library: Library,
    pub config: Arc<Config>,
    /// Worker threads, at least one.
    pub threads: usize,
    pub cancel: CancelToken,
    pub progress: Arc<dyn ProgressSink>,
    /// The models that this process has loaded.
    pub encoders: Arc<Encoders>,
    /// What is to be embedded before the rest.
    pub ahead: Arc<Ahead>,
}

impl JobContext {
    /// A context that reports to nobody; `threads` of 0 takes one a core.
    pub fn new(library: Library, config: Config, threads: usize) -> Self {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        Self {
            library,
            config: Arc::new(config),
            threads,
            cancel: CancelToken::new(),
            progress: Arc::new(Silent),
            encoders: Arc::new(Encoders::new(threads)),
            ahead: Arc::default(),
        }
    }

    /// The same work, cancelled by `cancel`.
    pub fn cancelled_by(&self, cancel: CancelToken) -> Self {
        Self {
            cancel,
            ..self.clone()
        }
    }

    /// The same work, reporting to `progress`.
    pub fn reporting_to(&self, progress: Arc<dyn ProgressSink>) -> Self {
        Self {
            progress,
            ..self.clone()
        }
    }

    /// The same work on another library, and in silence: it is a part of the job that is shown.
    pub fn silent_on(&self, library: Library) -> Self {
        Self {
            library,
            progress: Arc::new(Silent),
            ..self.clone()
        }
    }

    /// `model` in the settings' precision, loaded once in a process.
    ///
    /// # Errors
    ///
    /// Where its files cannot be read or are no model.
    pub fn encoder(&self, model: &Model) -> Result<Arc<Encoder>, ModelError> {
        self.encoders.get(model, self.config.index.precision)
    }

    /// `model`, loaded, under the name that the library keeps its embeddings by.
    ///
    /// # Errors
    ///
    /// As `encoder`.
    pub fn embedder(&self, model: &Model) -> Result<Embedder, ModelError> {
        Ok(Embedder {
            name: model.stored_name(self.config.index.precision),
            encoder: self.encoder(model)?,
        })
    }
}
