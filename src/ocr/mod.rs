//! OCR: pages that are pictures, read by tesseract where that is installed.
//!
//! A page that gave no text is drawn in the sandboxed child (`pdf/sandbox/picture`), turned upright (`sheet`) and
//! given to tesseract (`tesseract`), whose words with their places (`hocr`) go through the layout as glyphs do, so
//! that columns, tables and facts are found on scans as on other pages. What was recognised is kept by the file's
//! content (`kept`): a run that is interrupted goes on where it was, and no page is recognised twice.

mod figure;
mod hocr;
mod kept;
mod order;
mod reading;
mod sheet;
mod tesseract;
mod upright;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use kept::sweep;
pub use reading::Recognised;

use crate::config::{OcrConfig, OcrMode};
use crate::remedy::{Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    #[error("all pages are to be read by OCR, and tesseract is not installed")]
    NoProgram,
    #[error("tesseract has no data for the language {language:?} (it has {known})")]
    NoLanguage { language: String, known: String },
    #[error("{0}")]
    Cancelled(#[from] crate::progress::Cancelled),
}

pub type Result<T, E = OcrError> = std::result::Result<T, E>;

impl Remedied for OcrError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NoProgram => Remedy::advice("install it (Debian's package is tesseract-ocr)"),
            Self::NoLanguage { .. } => Remedy::advice(
                "install the language's data (Debian's packages are tesseract-ocr-deu and the like) or name another in ocr.languages",
            ),
            Self::Cancelled(_) => None,
        }
    }
}

/// A word that was recognised; lengths in points from the foot of the page as it is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Word {
    text: String,
    /// Left edge, and the baseline under it.
    x: f32,
    y: f32,
    width: f32,
    /// Height of its line, from ascenders to descenders.
    size: f32,
    /// How sure tesseract is, in percent.
    sure: u8,
}

/// What recognises pages, by the settings.
#[derive(Debug, Clone)]
pub struct Ocr {
    program: PathBuf,
    /// `tesseract 5.3.0`: asked for with the first page, as most runs have none.
    version: Arc<OnceLock<String>>,
    /// `eng+deu`.
    languages: String,
    dpi: u32,
    /// Longest time for one page.
    page: Duration,
    /// Whether pages that have text are recognised as well.
    is_always: bool,
    /// Pages recognised at a time.
    threads: usize,
    /// Where recognised words are kept; none keeps none.
    folder: Option<PathBuf>,
}

impl Ocr {
    /// By the settings; none where no page is to be recognised, or where tesseract is not installed and need
    /// not be.
    ///
    /// # Errors
    ///
    /// Where it must be and is not, or lacks a language.
    pub fn open(
        config: &OcrConfig,
        threads: usize,
        folder: Option<PathBuf>,
    ) -> Result<Option<Self>> {
        if config.mode == OcrMode::Never {
            return Ok(None);
        }
        // That it starts is seen by what it says of its languages.
        let found = tesseract::program();
        let found = found.and_then(|program| Some((tesseract::languages(&program)?, program)));
        let Some((known, program)) = found else {
            return match config.mode {
                OcrMode::Always => Err(OcrError::NoProgram),
                _ => Ok(None),
            };
        };
        let lacks = |language: &&str| !known.iter().any(|k| k == language);
        if let Some(language) = config.languages.split('+').find(lacks) {
            return Err(OcrError::NoLanguage {
                language: language.to_owned(),
                known: known.join(", "),
            });
        }
        Ok(Some(Self {
            program,
            version: Arc::default(),
            languages: config.languages.clone(),
            dpi: config.dpi,
            page: Duration::from_secs_f64(config.page_seconds.clamp(1.0, 86_400.0)),
            is_always: config.mode == OcrMode::Always,
            threads: threads.max(1),
            folder,
        }))
    }

    /// What words were recognised by: others would be by another.
    fn recipe(&self) -> String {
        let version = || tesseract::version(&self.program).unwrap_or_default();
        let version = self.version.get_or_init(version);
        format!("{version} {} {} {RECIPE}", self.languages, self.dpi)
    }
}

/// Changes when the same page would give other words.
const RECIPE: u32 = 2;

/// The version of the tesseract that is installed, if one is.
pub fn installed() -> Option<String> {
    tesseract::version(&tesseract::program()?)
}
