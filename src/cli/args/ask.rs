//! Arguments of `tenk ask`.

use std::path::PathBuf;

use clap::Args;

use super::{AidArgs, FilterArgs};
use crate::retrieve::Arm;

#[derive(Debug, Args)]
pub struct AskArgs {
    /// The question; words need no quotes
    #[arg(required_unless_present = "questions", conflicts_with = "questions", num_args = 1..)]
    pub query: Vec<String>,
    /// Answer a file of {"id", "question", "answer", "evidence": [{"doc", "page"}]} lines, and judge
    /// the answers
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "hybrid")]
    pub arm: Arm,
    /// Retrieve with base, tuned (the promoted one), or a model's own name
    #[arg(long, default_value = "serving", value_name = "NAME")]
    pub model: String,
    /// Pages that are found and may be cited
    #[arg(long, short = 'k', value_name = "N", default_value_t = 10)]
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
    next_help_heading = "A language model's words (default: rows and sentences as they stand)"
)]
pub struct AskWriterArgs {
    /// A language model: smollm2, a GGUF file, a hub's id (owner/name:Q8_0), or an endpoint's own;
    /// none: no model, whatever the settings say
    #[arg(long, value_name = "NAME")]
    pub writer: Option<String>,
    /// Where an OpenAI-compatible server runs the model (alone: OPENAI_BASE_URL or OLLAMA_HOST)
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub endpoint: Option<String>,
    /// Have the model answer for figures of the statements too, instead of working them out
    #[arg(long)]
    pub no_figures: bool,
    /// Tokens of the sources that it reads
    #[arg(long, value_name = "N", default_value_t = 2400)]
    pub sources: usize,
    /// Tokens of its answer
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub most: usize,
}
