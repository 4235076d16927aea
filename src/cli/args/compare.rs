//! Arguments of `tenk compare`, `tune` and `report`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{AidArgs, FilterArgs};
use crate::eval::Metric;
use crate::retrieve::Arm;
use crate::units;

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The question; words need no quotes
    #[arg(required_unless_present = "questions", conflicts_with = "questions", num_args = 1..)]
    pub query: Vec<String>,
    /// A file of questions with pages: measure both models in every setting (an ablation), and list
    /// the questions whose rank moved
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    /// The model on the left (default: the one that serves, or that served before the right one), or bm25
    #[arg(long, value_name = "NAME")]
    pub left: Option<String>,
    /// The model on the right (default: the tuned one that serves, else the last one trained), or bm25
    #[arg(long, alias = "model", value_name = "NAME")]
    pub right: Option<String>,
    #[arg(long, value_enum, default_value = "hybrid")]
    pub arm: Arm,
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top_k: usize,
    /// Compare only the first N dimensions of the embeddings as well
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub dim: Vec<usize>,
    /// Metrics (default: ndcg@10, recall@10)
    #[arg(long, value_name = "METRIC", value_delimiter = ',', value_parser = super::metric)]
    pub metrics: Vec<Metric>,
    /// Questions to list, those that moved most
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub list: usize,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
}

#[derive(Debug, Args)]
pub struct TuneArgs {
    /// Name of the tuned model (default: tuned-1, or the next that is free)
    #[arg(long)]
    pub name: Option<String>,
    /// Go on with one that was stopped, and has begun to train: the last one, or the one named
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["name", "exclude", "seed"]
    )]
    pub resume: Option<String>,
    /// How long all of it may take, or what is left of it, such as 20m or 2h
    #[arg(long, value_name = "TIME", default_value = "20m", value_parser = units::time)]
    pub budget: Duration,
    /// Write no questions about these documents
    #[arg(long, value_name = "DOC", value_delimiter = ',')]
    pub exclude: Vec<String>,
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Promote the model without asking where it passes the evaluation
    #[arg(long)]
    pub promote: bool,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The file to write: .html or .md
    pub file: PathBuf,
    /// Questions with pages to measure by (default: those that the model's run held out)
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    /// The tuned model (default: the one that serves, else the last one trained)
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Compare only the first N dimensions of the embeddings as well
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub dim: Vec<usize>,
    /// Questions to show, those that moved most
    #[arg(long, default_value_t = 12, value_name = "N")]
    pub list: usize,
}
