//! The writer: which language model puts things in words, and where it runs.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::GenerateConfig;
use crate::generate::endpoint::{self, Endpoint, Limits};
use crate::generate::local::LocalModel;
use crate::generate::{GenerateError, Generator};
use crate::model::hub::HubError;
use crate::model::language;
use crate::remedy::{Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    #[error("an endpoint needs the name that the server knows its model by")]
    NoName,
    #[error("there is no language model {0} here")]
    NotHere(String),
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

impl Remedied for WriterError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NoName => Some(Remedy::NameServed),
            Self::NotHere(name) => Some(Remedy::FetchWriter(name.clone())),
            Self::Hub(error) => error.remedy(),
            Self::Generate(error) => error.remedy(),
        }
    }
}

/// A model that is ready.
pub struct Writer {
    pub generator: Box<dyn Generator>,
    /// Where it runs, in words.
    pub place: String,
}

/// The writer that is named, or that the settings name; none where neither does. A model that is
/// named without an endpoint is one of this machine, whatever the settings say.
pub fn open(
    config: &GenerateConfig,
    model: Option<&str>,
    endpoint: Option<&str>,
    threads: usize,
) -> Result<Option<Writer>, WriterError> {
    let by_settings = config.endpoint.as_deref().filter(|_| model.is_none());
    let address = endpoint.or(by_settings);
    let Some(name) = model.or(config.model.as_deref()) else {
        return match endpoint {
            Some(_) => Err(WriterError::NoName),
            None => Ok(None),
        };
    };
    let Some(address) = address else {
        let (model, place) = local(name, threads)?;
        let generator = Box::new(model);
        return Ok(Some(Writer { generator, place }));
    };
    // No time at all is a slip, and would be no answer; nobody waits for weeks.
    let seconds = |seconds: u64| Duration::from_secs(seconds.clamp(1, 1_000_000));
    let limits = Limits {
        parallel: config.parallel.max(1),
        connect: seconds(config.connect_seconds),
        first: seconds(config.first_token_seconds),
        total: seconds(config.timeout_seconds),
        thinking: config.thinking_tokens,
    };
    let endpoint = Endpoint::new(address, name, limits)?;
    let base = endpoint.base();
    let place = if endpoint::is_here(&base) {
        format!("{name} at {base}")
    } else {
        format!("{name} at {base}: passages leave this machine")
    };
    let generator = Box::new(endpoint);
    Ok(Some(Writer { generator, place }))
}

/// A model of this machine, and where its file lies.
pub fn local(name: &str, threads: usize) -> Result<(LocalModel, String), WriterError> {
    let is_file_name = name.to_lowercase().ends_with(".gguf");
    let path = match language::find(name) {
        Ok(Some(path)) => path,
        // Opening it says what is wrong with a file that is named and not there.
        _ if is_file_name => PathBuf::from(name),
        found => found?.ok_or_else(|| WriterError::NotHere(name.to_owned()))?,
    };
    let place = format!("{name}: {}", path.display());
    Ok((LocalModel::load(&path, name, threads)?, place))
}

/// Names of writers that can be had without another word: that of the settings, and the small model
/// where it was fetched.
pub fn at_hand(config: &GenerateConfig) -> Vec<String> {
    let mut out: Vec<String> = config.model.iter().cloned().collect();
    let is_here = language::find(language::SMOLLM2).is_ok_and(|found| found.is_some());
    if is_here && !out.iter().any(|name| name == language::SMOLLM2) {
        out.push(language::SMOLLM2.to_owned());
    }
    out
}
