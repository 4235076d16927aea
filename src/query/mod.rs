//! Questions: what a question says, read once into a [`ParsedQuestion`].
//!
//! `wrapping` takes off the role, sources and form of answer around what is asked; `company` (by all its
//! names: `alias`, `nickname`), `period` and `form` find whom and when it is about, `fiscal` knows the
//! companies' fiscal calendars; `lexicon` and `synonym` know measures, line items and what else they are called, `formula` how a measure is computed, `definition` a formula of
//! the question's own. `task` reads whether a figure is to be worked out: the `subject`, over which
//! years, written how (`presentation`), and from what stands around it (`figure_context`) whether that
//! is all; `elsewhere` finds those whose figure is a subsidiary's or a quarter's after all. Retrieval, answers and explanations take it from there; `follow_up` makes a whole question
//! of one that leans on the question before.

pub mod alias;
mod capped;
pub mod company;
mod definition;
mod elsewhere;
mod figure_context;
pub mod filter;
pub mod fiscal;
mod follow_up;
mod form;
pub mod formula;
mod intent;
pub mod lexicon;
mod model_number;
mod nameless;
pub mod near;
mod nickname;
mod over;
mod parsed;
pub mod period;
mod plain;
mod presentation;
mod recent;
mod stranger;
mod subject;
pub mod synonym;
mod task;
mod tidy;
mod timeless;
pub mod word;
mod wrapping;
mod written;

pub use capped::{capped, cut};
pub use definition::Definition;
pub use follow_up::standalone;
pub use form::{is_amended, is_annual, is_form, is_interim};
pub use intent::Intent;
pub use model_number::model_number;
pub use nameless::nameless;
pub use over::Over;
pub use parsed::{CompanyMention, MeasureMention, ParsedQuestion};
pub use presentation::Presentation;
pub use stranger::{Stranger, Surety, is_of_deals, is_of_suits};
pub use subject::Subject;
pub use task::Task;
pub use task::is_per_other;
pub use timeless::timeless;
pub use written::Written;

use std::path::{Path, PathBuf};

use crate::config::SearchConfig;
use crate::remedy::{Remedied, Remedy};
use lexicon::Lexicon;
use synonym::Synonyms;

#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("{path} cannot be read: {source}")]
    AssetFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {problem}")]
    Asset { path: PathBuf, problem: String },
}

impl Remedied for QueryError {
    fn remedy(&self) -> Option<Remedy> {
        Some(Remedy::EditSetting("search"))
    }
}

pub(crate) type Result<T, E = QueryError> = std::result::Result<T, E>;

/// What is known of the language of filings.
pub struct Vocabulary {
    pub lexicon: Lexicon,
    pub synonyms: Synonyms,
}

impl Vocabulary {
    /// The bundled one, or what the settings name in its place.
    ///
    /// # Errors
    ///
    /// Where a file that the settings name cannot be read, or is no lexicon or list of synonyms.
    pub fn load(settings: &SearchConfig) -> Result<Self> {
        let lexicon = Lexicon::load(settings.lexicon.as_deref())?;
        let synonyms = Synonyms::load(settings.synonyms.as_deref(), &lexicon)?;
        Ok(Self { lexicon, synonyms })
    }
}

/// Reads a file that the settings name in place of a bundled one.
fn asset(path: &Path) -> Result<String> {
    crate::fsio::read_small_text(path).map_err(|source| QueryError::AssetFile {
        path: path.to_owned(),
        source,
    })
}
