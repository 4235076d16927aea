//! Open libraries: one retriever a model, opened when it is first asked and kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Config, Library};
use crate::model::{Model, ModelError};
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::{RetrieveError, Retriever};

/// The name under which words alone answer.
pub const WORDS: &str = "bm25";

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
}

impl Remedied for OpenError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Model(error) => error.remedy(),
            Self::Retrieve(error) => error.remedy(),
        }
    }
}

/// A library, open for any of its models.
pub struct Open {
    pub library: Library,
    pub config: Config,
    by_model: BTreeMap<String, Retriever>,
}

impl Open {
    pub fn new(library: Library, config: Config) -> Self {
        Self {
            library,
            config,
            by_model: BTreeMap::new(),
        }
    }

    /// The library as `model` sees it, brought up to date; `bm25` needs no model.
    pub fn by(&mut self, model: &str) -> Result<&mut Retriever, OpenError> {
        if !self.by_model.contains_key(model) {
            let encoder = match model {
                WORDS => None,
                name => {
                    let model = Model::named(&self.library.home, name)?;
                    // Two threads are enough for a question.
                    let encoder = model.encoder(self.config.index.precision, 2)?;
                    let _ = encoder.encode_query("warm up");
                    Some(Arc::new(encoder))
                }
            };
            let settings = self.config.search.clone();
            let opened = Retriever::open(&self.library, encoder, settings)?;
            self.by_model.insert(model.to_owned(), opened);
        }
        let retriever = self.by_model.get_mut(model);
        let retriever = retriever.expect("it was put there");
        retriever.refresh()?;
        Ok(retriever)
    }

    /// Forgets a model whose name stands for another one now.
    pub fn forget(&mut self, model: &str) {
        self.by_model.remove(model);
    }
}
