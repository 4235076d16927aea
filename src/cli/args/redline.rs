//! Arguments of `tenk redline`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::redline::Kind;

#[derive(Debug, Args)]
pub struct RedlineArgs {
    /// The older document and the newer one, or this one against the company's report before it
    #[arg(required = true, num_args = 1..=2, value_name = "DOCUMENT")]
    pub documents: Vec<String>,
    /// Only sections with these words in their name; a second one is that of the second document
    #[arg(long, value_name = "NAME")]
    pub section: Vec<String>,
    /// Only changes of these kinds, rows of tables and dates that moved on among them
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    pub only: Vec<Kind>,
    /// Whole paragraphs, not only the words around what changed
    #[arg(long)]
    pub full: bool,
    /// text, md, html or json (default: by the name of the output, else text)
    #[arg(long, value_enum)]
    pub format: Option<RedlineFormat>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RedlineFormat {
    Text,
    Md,
    Html,
    Json,
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(self.as_str().into())
    }
}
