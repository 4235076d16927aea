//! About: what a run began with, as its `run.toml` says.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::{Result, TrainError};
use crate::fsio;
use crate::home::Home;

/// A file that a run depends on, and what was in it. One that lies in the library's home is written down by its place
/// there: a home that is moved or copied has its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub path: PathBuf,
    pub blake3: String,
}

impl Source {
    pub fn from_file(path: &Path) -> Result<Self> {
        let failed = |source| TrainError::Read {
            path: path.display().to_string(),
            source,
        };
        let path = std::path::absolute(path).map_err(failed)?;
        let bytes = fsio::read_limited(&path, fsio::ROWS).map_err(failed)?;
        Ok(Self {
            path,
            blake3: blake3::hash(&bytes).to_hex().to_string(),
        })
    }

    /// Refuses a file that is not what it was.
    pub fn check(&self) -> Result<()> {
        if Self::from_file(&self.path)?.blake3 == self.blake3 {
            return Ok(());
        }
        Err(TrainError::Changed {
            path: self.path.display().to_string(),
        })
    }
}

/// What a run began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Of the run, and of the model that it makes.
    pub name: String,
    /// Of the program.
    pub version: String,
    /// The model it starts from, and that model's fingerprint.
    pub base: String,
    pub base_fingerprint: String,
    pub data: Source,
    pub dev: Option<Source>,
    /// Share of the data that is held out where no dev file is named.
    pub dev_share: f64,
    pub settings: Settings,
}

impl About {
    /// As it is written down in `home`.
    pub fn within(&self, home: &Home) -> Self {
        let home = std::path::absolute(&**home).unwrap_or_else(|_| home.to_path_buf());
        self.with(|path| path.strip_prefix(&home).unwrap_or(path).to_owned())
    }

    /// As it reads from `home`.
    pub fn at(&self, home: &Home) -> Self {
        self.with(|path| home.join(path))
    }

    fn with(&self, place: impl Fn(&Path) -> PathBuf) -> Self {
        let moved = |source: &Source| Source {
            path: place(&source.path),
            ..source.clone()
        };
        Self {
            data: moved(&self.data),
            dev: self.dev.as_ref().map(moved),
            ..self.clone()
        }
    }
}
