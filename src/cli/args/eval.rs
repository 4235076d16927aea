//! Arguments of `eval`: what is asked, how it is searched, what is measured.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AidArgs, FilterArgs};
use crate::config::{Fusion, Precision};
use crate::eval::{EvalError, Metric};
use crate::remedy::in_words;
use crate::retrieve::Arm;

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Questions with pages ({"question", "evidence": [{"doc", "page"}]}) or passages ({"question",
    /// "context"})
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "run")]
    pub questions: Option<PathBuf>,
    /// Files whose {"context"} passages are searched as well, as distractors
    #[arg(long, value_name = "FILE.jsonl", requires = "questions", num_args = 1..)]
    pub corpus: Vec<PathBuf>,
    /// Arms to measure, each compared with the first
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "hybrid,bm25,dense"
    )]
    pub arm: Vec<Arm>,
    /// base, tuned (the promoted one), or a model's own name; serving: tuned where one is promoted
    #[arg(long, default_value = "serving", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N dimensions of the embeddings; of several, each is measured
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub dim: Vec<usize>,
    /// The prompt before questions, in place of the model's own; "" for none
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Precision that the model computes in (default: index.precision)
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
    /// Ask each question within the document that answers it
    #[arg(long)]
    pub within: bool,
    /// Ablation: measure the plain question, then with synonyms, found filters and parts added in turn
    #[arg(long, alias = "ladder", conflicts_with_all = ["plain", "no_words", "no_found", "no_parts"])]
    pub ablation: bool,
    /// How the rankings of the arms are fused
    #[arg(long, value_enum)]
    pub fusion: Option<Fusion>,
    /// Weight of BM25 in the fusion; the dense arm has 1
    #[arg(long, value_name = "W")]
    pub bm25_weight: Option<f32>,
    /// Constant k of reciprocal rank fusion
    #[arg(long, value_name = "K")]
    pub rrf_k: Option<f32>,
    /// A table by what the file says a question's kind is, or by the intent that is read from it
    #[arg(long, value_enum, value_name = "GROUP")]
    pub by: Option<Grouping>,
    /// How often the search is right that takes itself to be so: its confidence against what is found
    #[arg(long)]
    pub reliability: bool,
    /// Write each question's signs and whether it was found, to fit the confidence anew
    #[arg(long, value_name = "FILE.tsv")]
    pub write_signs: Option<PathBuf>,
    /// Metrics to report: ndcg@K, mrr@K, recall@K, hit@K, precision@K, map@K
    #[arg(long, value_delimiter = ',', value_parser = metric)]
    pub metrics: Vec<Metric>,
    /// List the N questions whose relevant page or passage ranks worst
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub worst: usize,
    /// Compare with this run, saved before by --write-run
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Write the first arm's ranking as a TREC run
    #[arg(long, value_name = "FILE")]
    pub write_run: Option<PathBuf>,
    /// Write the relevance judgements as TREC qrels
    #[arg(long, value_name = "FILE")]
    pub write_qrels: Option<PathBuf>,
    /// Measure TREC runs instead of a library; each compared with the first
    #[arg(long, value_name = "FILE", requires = "qrels", conflicts_with = "questions", num_args = 1..)]
    pub run: Vec<PathBuf>,
    /// Relevance judgements (TREC qrels) for the queries of --run
    #[arg(long, value_name = "FILE", requires = "run")]
    pub qrels: Option<PathBuf>,
}

/// What questions are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Grouping {
    Kind,
    Intent,
}

impl ValueEnum for Fusion {
    fn value_variants<'a>() -> &'a [Self] {
        &[Fusion::Rrf, Fusion::Zscore]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(
            match self {
                Fusion::Rrf => "rrf",
                Fusion::Zscore => "zscore",
            }
            .into(),
        )
    }
}

/// A metric by its name.
pub(super) fn metric(text: &str) -> Result<Metric, String> {
    text.parse().map_err(|error: EvalError| in_words(&error))
}
