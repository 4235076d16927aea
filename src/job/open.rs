//! Open libraries: one retriever a model, opened when it is first asked and kept.

use std::collections::BTreeMap;

use super::context::JobContext;
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

/// A library, open for any of its models. The models are those of the context, shared with whoever
/// has it; the indexes are this one's own, since one thread searches them.
pub struct Open {
    pub context: JobContext,
    /// By the model's own name: a role such as `serving` may pass to another.
    by_model: BTreeMap<String, Retriever>,
}

impl Open {
    pub fn new(context: JobContext) -> Self {
        Self {
            context,
            by_model: BTreeMap::new(),
        }
    }

    /// The library as the model sees it that `name` stands for now, brought up to date; `bm25` needs
    /// no model.
    ///
    /// # Errors
    ///
    /// Where there is no such model, or the library cannot be opened.
    pub fn retriever(&mut self, name: &str) -> Result<&mut Retriever, OpenError> {
        let retriever = self.as_last_read(name)?;
        retriever.refresh()?;
        Ok(retriever)
    }

    /// The same as it was last read: what was indexed since is not looked for.
    ///
    /// # Errors
    ///
    /// As `retriever`.
    pub fn as_last_read(&mut self, name: &str) -> Result<&mut Retriever, OpenError> {
        let model = if name == WORDS {
            None
        } else {
            Some(Model::named(&self.context.library.home, name)?)
        };
        let own_name = model.as_ref().map_or(WORDS, |model| &model.name).to_owned();
        if !self.by_model.contains_key(&own_name) {
            let encoder = model
                .map(|model| self.context.encoder(&model))
                .transpose()?;
            if let Some(encoder) = &encoder {
                // The first question must not pay for paging the weights in.
                let _ = encoder.encode_query("warm up");
            }
            let settings = self.context.config.search.clone();
            let opened = Retriever::open(&self.context.library, encoder, settings)?;
            self.by_model.insert(own_name.clone(), opened);
        }
        let retriever = self.by_model.get_mut(&own_name);
        Ok(retriever.expect("it was put there"))
    }

    /// Closes the library for all models but the one that `name` stands for now.
    ///
    /// # Errors
    ///
    /// Where there is no such model.
    pub fn keep_only(&mut self, name: &str) -> Result<(), ModelError> {
        let kept = Model::named(&self.context.library.home, name)?.name;
        self.by_model.retain(|own_name, _| *own_name == kept);
        Ok(())
    }
}
