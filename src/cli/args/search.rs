//! Arguments of `search` and `explain`: the question, what narrows it, what helps it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::at_least_one;
use crate::query::filter::Filter;
use crate::retrieve::{Aids, Arm};

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The question; words need no quotes
    #[arg(required_unless_present = "queries", conflicts_with = "queries", num_args = 1..)]
    pub query: Vec<String>,
    /// A file of {"id", "question", "document"?} lines, or - for stdin
    #[arg(long, value_name = "FILE.jsonl")]
    pub queries: Option<PathBuf>,
    /// How to search: by embeddings (dense), by words (bm25), or both (hybrid)
    #[arg(long, value_enum, default_value = "hybrid")]
    pub arm: Arm,
    /// base, tuned (the promoted one), or a model's own name; serving: tuned where one is promoted
    #[arg(long, default_value = "serving", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N dimensions of the embeddings
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// Number of hits
    #[arg(long, short = 'k', value_name = "N", value_parser = at_least_one)]
    pub top_k: Option<usize>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
    /// Explain how the question was read, and why each hit was found; with a page, why that one was or was not
    #[arg(long, value_name = "DOC:PAGE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub explain: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The question
    #[arg(required = true)]
    pub question: Vec<String>,
}

#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Only this document
    #[arg(long, value_name = "PATH")]
    pub document: Option<String>,
    /// Only this company
    #[arg(long)]
    pub company: Option<String>,
    /// Only this form (10-K, 10-Q, 8-K, …)
    #[arg(long)]
    pub form: Option<String>,
    /// Only this fiscal year
    #[arg(long)]
    pub year: Option<i32>,
    /// Only passages whose section heading contains this
    #[arg(long)]
    pub section: Option<String>,
}

impl FilterArgs {
    pub fn filter(&self) -> Filter {
        Filter {
            document: self.document.clone(),
            company: self.company.clone(),
            form: self.form.clone(),
            year: self.year,
            section: self.section.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub struct AidArgs {
    /// Search for the question as it is: the same as --no-words --no-found --no-parts
    #[arg(long)]
    pub plain: bool,
    /// Do not strip instructions around the question, and add no synonyms
    #[arg(long)]
    pub no_words: bool,
    /// Do not filter by companies, periods and forms that the question names
    #[arg(long)]
    pub no_found: bool,
    /// Do not search for the line items of a ratio one by one
    #[arg(long)]
    pub no_parts: bool,
}

impl AidArgs {
    pub fn aids(&self) -> Aids {
        Aids {
            words: !self.plain && !self.no_words,
            scope: !self.plain && !self.no_found,
            parts: !self.plain && !self.no_parts,
        }
    }
}

impl ValueEnum for Arm {
    fn value_variants<'a>() -> &'a [Self] {
        &[Arm::Hybrid, Arm::Dense, Arm::Bm25]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.as_str().into())
    }
}
