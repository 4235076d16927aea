//! Arguments of `search` and `explain`: the question, what narrows it, what helps it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::at_least_one;
use crate::config::Library;
use crate::query::filter::{self, Filter, FilterError, Names};
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
    #[command(flatten)]
    pub of: OfArgs,
}

/// What a user has told of documents: where they lie, what he calls them.
#[derive(Debug, Default, Args)]
pub struct OfArgs {
    /// Only documents of this folder of the library, or below it; a point is its own (see tenk folders)
    #[arg(long, value_name = "NAME")]
    pub folder: Option<String>,
    /// Only documents with this tag (see tenk tag)
    #[arg(long)]
    pub tag: Option<String>,
    /// As the filter line has it, "company:nike year:2019", or one that is kept, @NAME (see tenk filters)
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
}

impl OfArgs {
    /// The filter of documents of `library`.
    ///
    /// # Errors
    ///
    /// Where the line is none, or the library's folders and filters cannot be read.
    pub fn filter(&self, library: &Library) -> Result<Filter, FilterError> {
        match self.needs_names() {
            true => self.by(&Names::of(library)?),
            false => self.by(&Names::default()),
        }
    }

    /// Whether it is written by what only a library knows.
    pub fn needs_names(&self) -> bool {
        self.filter.is_some() || self.folder.is_some()
    }

    fn by(&self, names: &Names) -> Result<Filter, FilterError> {
        let (line, folder) = (self.filter.as_deref(), self.folder.as_deref());
        let whole = filter::parse(line.unwrap_or_default(), names)?;
        // Written, and of nothing: it would let all through.
        if line.is_some() && whole.is_empty() {
            return Err(FilterError::Empty);
        }
        Ok(Filter {
            folder: folder.map(|name| names.within(name)).or(whole.folder),
            tag: self.tag.clone().or(whole.tag),
            ..whole
        })
    }
}

impl FilterArgs {
    /// The filter of a search in `library`; what is named by itself counts before what the line says.
    ///
    /// # Errors
    ///
    /// Where the line is none, or the library's folders and filters cannot be read.
    pub fn filter(&self, library: &Library) -> Result<Filter, FilterError> {
        Ok(self.over(self.of.filter(library)?))
    }

    /// As `filter`, where nothing of it is written by what only a library knows.
    ///
    /// # Errors
    ///
    /// Where the line is none.
    pub fn alone(&self) -> Result<Filter, FilterError> {
        Ok(self.over(self.of.by(&Names::default())?))
    }

    fn over(&self, whole: Filter) -> Filter {
        Filter {
            document: self.document.clone().or(whole.document),
            company: self.company.clone().or(whole.company),
            form: self.form.clone().or(whole.form),
            year: self.year.or(whole.year),
            section: self.section.clone().or(whole.section),
            ..whole
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
