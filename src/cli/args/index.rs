//! Arguments of `index`, and which pages OCR reads.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::OcrMode;

#[derive(Debug, Args)]
pub struct IndexArgs {
    /// Folder of PDFs
    pub folder: Option<PathBuf>,
    /// Embed with these models too, beside the base (default: those it was embedded with before)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub model: Option<Vec<String>>,
    /// Print what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Keep running and index again when the folder changes
    #[arg(long, conflicts_with = "dry_run")]
    pub watch: bool,
    /// Forget the documents of a folder that has none any more (default: ask whether its disk is there)
    #[arg(long)]
    pub allow_empty: bool,
    /// Look at all that the library has, and read documents again of which something was altered
    #[arg(long, conflicts_with_all = ["dry_run", "watch"])]
    pub check: bool,
    #[command(flatten)]
    pub ocr: OcrArgs,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct OcrArgs {
    /// Which pages tesseract reads, where it is installed (default: auto, or the settings')
    #[arg(long, value_enum, value_name = "WHICH")]
    pub ocr: Option<OcrArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OcrArg {
    /// Those without text
    Auto,
    /// All, whatever text they have
    Always,
    Never,
}

impl From<OcrArg> for OcrMode {
    fn from(arg: OcrArg) -> Self {
        match arg {
            OcrArg::Auto => OcrMode::Auto,
            OcrArg::Always => OcrMode::Always,
            OcrArg::Never => OcrMode::Never,
        }
    }
}
