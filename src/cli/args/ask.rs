//! Arguments of `tenk ask`.

use std::path::PathBuf;

use clap::Args;

use super::{AidArgs, FilterArgs, Grouping, at_least_one};
use crate::retrieve::Arm;

#[derive(Debug, Args)]
pub struct AskArgs {
    /// The question; words need no quotes
    #[arg(required_unless_present = "questions", conflicts_with = "questions", num_args = 1..)]
    pub query: Vec<String>,
    /// A question asked before, on which this one may lean ("and in 2021?"); several in their order
    #[arg(long, value_name = "QUESTION", conflicts_with = "questions")]
    pub after: Vec<String>,
    /// Answer a file of {"id", "question", "answer", "evidence": [{"doc", "page"}]} lines, and judge the answers; one
    /// without evidence has no answer
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    /// A line of grades by what the file says a question's kind is, or by the intent that is read from it
    #[arg(long, value_enum, value_name = "GROUP", requires = "questions")]
    pub by: Option<Grouping>,
    /// Compare with this run, saved before from --questions FILE --json
    #[arg(long, value_name = "FILE", requires = "questions")]
    pub against: Option<PathBuf>,
    /// Write the signs of every row and sentence that might be quoted, and whether its page answers, to fit their
    /// weights anew
    #[arg(long, value_name = "FILE.tsv", requires = "questions")]
    pub write_signs: Option<PathBuf>,
    /// Write into this folder, which is new or an earlier proof's: copies of the pages cited, the row and the figure
    /// marked, and a note of question, answer, formula and operands, as Markdown and HTML
    #[arg(long, value_name = "DIR", conflicts_with = "questions")]
    pub proof: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "hybrid")]
    pub arm: Arm,
    /// Retrieve with base, tuned (the promoted one), or a model's own name
    #[arg(long, default_value = "serving", value_name = "NAME")]
    pub model: String,
    /// Number of pages to retrieve, which may be cited
    #[arg(long, short = 'k', value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub top_k: usize,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
    #[command(flatten)]
    pub writer: AskWriterArgs,
}

/// Who puts the answer in words.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Answers by a language model (default: rows and sentences quoted as they stand)"
)]
pub struct AskWriterArgs {
    /// A language model: smollm2, a GGUF file, a hub's id (owner/name:Q8_0), or an endpoint's own;
    /// "none" for no model, whatever the settings say
    #[arg(long, value_name = "NAME")]
    pub writer: Option<String>,
    /// Base URL of an OpenAI-compatible server (without a value: OPENAI_BASE_URL or OLLAMA_HOST)
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub endpoint: Option<String>,
    /// Do not compute figures from the statements: the model answers those questions as well
    #[arg(long)]
    pub no_figures: bool,
    /// Tokens of the sources that the model reads
    #[arg(long, value_name = "N", default_value_t = 2400)]
    pub sources: usize,
    /// Tokens of the answer at most
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub most: usize,
}
