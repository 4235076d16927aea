//! Arguments of what shows, corrects or reads documents.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{FilterArgs, OcrArgs};

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A chunk's id, or DOCUMENT:PAGE
    #[arg(value_name = "CHUNK_ID | DOC:PAGE")]
    pub what: String,
    /// Show the page as a picture, the chunk's lines marked
    #[arg(long)]
    pub image: bool,
    /// Keep running headers, footers and page numbers
    #[arg(long)]
    pub raw: bool,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The document
    #[arg(value_name = "DOC")]
    pub document: String,
    /// The right value; nothing after the = takes a correction back
    #[arg(value_name = "FIELD=VALUE")]
    pub corrections: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
}

#[derive(Debug, Args)]
pub struct TagArgs {
    /// The tag; without one, the tags there are
    #[arg(value_name = "TAG")]
    pub name: Option<String>,
    /// The documents
    #[arg(value_name = "DOC")]
    pub documents: Vec<String>,
    /// Take the tag off them
    #[arg(long, requires = "name")]
    pub remove: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
}

#[derive(Debug, Args)]
pub struct FoldersArgs {
    #[command(subcommand)]
    pub action: Option<FoldersAction>,
}

#[derive(Debug, Subcommand)]
pub enum FoldersAction {
    /// Add a folder to the library: its documents are indexed with the next run
    Add {
        /// The folder of PDFs
        folder: PathBuf,
        /// What its documents' names begin with (default: its own name)
        #[arg(long)]
        name: Option<String>,
    },
    /// Take a folder out of the library, and its documents; the PDFs stay as they are
    Remove {
        /// The name that it was added under
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct FiltersArgs {
    #[command(subcommand)]
    pub action: Option<FiltersAction>,
}

#[derive(Debug, Subcommand)]
pub enum FiltersAction {
    /// Keep a filter under a name
    Keep {
        name: String,
        /// As in the filter line: "company:nike form:10-K"
        #[arg(required = true)]
        filter: Vec<String>,
    },
    /// Forget one
    Forget { name: String },
}

#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// The PDF
    pub file: PathBuf,
    /// Keep running headers, footers and page numbers
    #[arg(long)]
    pub raw: bool,
    /// Extraction engine, for comparison
    #[arg(long, value_enum, default_value = "both")]
    pub engine: EngineArg,
    /// Write the tables alone, as CSV or as a workbook
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub tables: Option<TablesFormat>,
    /// Write the tables to this file
    #[arg(short, long, value_name = "FILE", requires = "tables")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub ocr: OcrArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TablesFormat {
    /// Each under a line with its page and title
    Csv,
    /// A sheet for each
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// hayro first, pdf-extract for what it cannot read
    Both,
    PdfExtract,
    Hayro,
    /// pdf-extract as shipped, its own layout included
    Stock,
}

#[derive(Debug, Args)]
pub struct ExtractorArgs {
    #[arg(long, default_value_t = 1)]
    pub from: u32,
    #[arg(long, default_value_t = u32::MAX)]
    pub last: u32,
    #[arg(long, default_value_t = 2048)]
    pub memory_mb: u64,
    #[arg(long, value_enum, default_value = "both")]
    pub engine: EngineArg,
    #[arg(long, default_value_t = 1)]
    pub workers: usize,
    #[arg(long, conflicts_with = "grey")]
    pub picture: Option<u32>,
    #[arg(long)]
    pub grey: Option<u32>,
    #[arg(long, conflicts_with_all = ["grey", "picture"])]
    pub copy: bool,
    pub file: PathBuf,
}
