//! Arguments as written; resolved in each command.

mod ask;
mod bench;
mod compare;
mod figures;
mod mcp;
mod model;
mod synth;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::OcrMode;

pub use ask::AskArgs;
pub use bench::{
    BenchArgs, BenchExtractArgs, BenchFiguresArgs, BenchFilingsArgs, BenchGrowthArgs,
    BenchMetadataArgs, BenchWhat,
};
pub use compare::{CompareArgs, ReportArgs, TuneArgs};
pub use figures::{FactsArgs, GridArgs, GridFormat};
pub use mcp::{DEFAULT_ADDRESS, McpArgs};
pub use model::{ClassifyArgs, ModelsAction, ModelsArgs, SimilarArgs};
pub use synth::{GeneratorArgs, SynthArgs};
pub use train::{LossArgs, MemoryArgs, StepArgs, TrainArgs};

use crate::config::{Fusion, Precision};
use crate::eval::{EvalError, Metric};
use crate::query::filter::Filter;
use crate::remedy::in_words;
use crate::retrieve::{Aids, Arm};

const EXAMPLES: &str = "\
Examples:
  tenk                                  open the library here, or the one upwards
  tenk ~/filings                        open that folder
  tenk index ~/filings                  bring its index up to date
  tenk search \"What was capex in 2023?\" -L ~/filings
  tenk show ADOBE_2017_10K.pdf:57

Exit codes: 0 done, 1 failed, 2 usage, 3 done but some documents failed, 130 interrupted.";

impl ValueEnum for Arm {
    fn value_variants<'a>() -> &'a [Self] {
        &[Arm::Hybrid, Arm::Dense, Arm::Bm25]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.as_str().into())
    }
}

/// A folder of finance PDFs becomes a searchable library, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "tenk", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Folder of PDFs to open (default: the nearest library upwards)
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Run at low CPU priority, and follow orders that are left in the library's home
    #[arg(long, global = true, hide = true)]
    pub background: bool,
    /// The library: a folder of PDFs
    #[arg(short = 'L', long, global = true, value_name = "FOLDER")]
    pub library: Option<PathBuf>,
    /// Where the library's state lies (default: FOLDER/.tenk)
    #[arg(long, global = true, value_name = "DIR", env = "TENK_HOME")]
    pub home: Option<PathBuf>,
    /// Print JSON, one object per line
    #[arg(long, global = true)]
    pub json: bool,
    /// Worker threads (default: one per core)
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring a folder's index up to date
    #[command(
        after_help = "Examples:\n  tenk index ~/filings\n  tenk index ~/filings --dry-run\n  \
        tenk index ~/filings --watch --json"
    )]
    Index(IndexArgs),
    /// Search the library
    #[command(
        after_help = "Examples:\n  tenk search \"How is goodwill tested for impairment?\"\n  \
        tenk search capex --company northgate --year 2023 --arm bm25\n  \
        tenk search --queries questions.jsonl --json\n  \
        tenk search --explain=NORTHGATE_2023_10K:7 \"What was capex in 2023?\""
    )]
    Search(SearchArgs),
    /// Show what is read from a question: companies, periods, measures, what it wants
    #[command(
        after_help = "Examples:\n  tenk explain \"What was Northgate's capex in FY2023?\"\n  \
        tenk explain --json \"Does Calder have an improving gross margin as of FY2024?\""
    )]
    Explain(ExplainArgs),
    /// Answer a question, with a citation of the page for each statement
    #[command(
        after_help = "Examples:\n  tenk ask \"What was Northgate's working capital in 2023?\"\n  \
        tenk ask --writer smollm2 \"How is goodwill tested?\"\n  \
        tenk ask --endpoint http://localhost:11434/v1 --writer qwen3:8b \"Who audits it?\"\n  \
        tenk ask --questions questions.jsonl --json"
    )]
    Ask(Box<AskArgs>),
    /// Evaluate retrieval on a file of questions: NDCG, recall, MRR and more
    #[command(
        after_help = "Examples:\n  tenk eval --questions corpora/questions.jsonl\n  \
        tenk eval --questions questions.jsonl --ablation --json\n  \
        tenk eval --questions pairs.jsonl --corpus more.jsonl --arm dense --dim 128\n  \
        tenk eval --qrels q.trec --run a.trec b.trec"
    )]
    Eval(Box<EvalArgs>),
    /// Print the page a chunk stands on, or a page of a document
    #[command(
        after_help = "Examples:\n  tenk show 3f9a1c…\n  tenk show NORTHGATE_2023_10K.pdf:7\n  \
        tenk show NORTHGATE_2023_10K.pdf:7 --image"
    )]
    Show(ShowArgs),
    /// Print a PDF's text page by page
    #[command(
        after_help = "Examples:\n  tenk extract filing.pdf\n  tenk extract filing.pdf --json --raw"
    )]
    Extract(ExtractArgs),
    /// Embed texts from stdin, one per line
    #[command(
        after_help = "Examples:\n  echo 'What is CET1?' | tenk embed --query\n  \
        tenk embed < passages.txt > vectors.jsonl"
    )]
    Embed(EmbedArgs),
    /// Fine-tune a model on pairs, triplets, scored pairs or labelled texts
    #[command(after_help = "Examples:\n  tenk train --data pairs.jsonl\n  \
        tenk train --data pairs.jsonl --matryoshka 384,256,128,64 --name filings\n  \
        tenk train --resume\n  \
        tenk index --model filings && tenk search --model filings --dim 128 \"What was capex?\"")]
    Train(Box<TrainArgs>),
    /// Write a training set from the library's own passages
    #[command(after_help = "Examples:\n  tenk synth -L ~/filings\n  \
        tenk synth --name held --exclude NORTHGATE_2023_10K --format pairs\n  \
        tenk synth --name held --stats --sample 10")]
    Synth(Box<SynthArgs>),
    /// List, show, fetch, import, export or remove models
    #[command(
        after_help = "Examples:\n  tenk models list\n  tenk models pull BAAI/bge-base-en-v1.5\n  \
        tenk models export filings ./filings-model"
    )]
    Models(ModelsArgs),
    /// Print how similar two texts are in meaning (cosine of their embeddings), or each pair of a file
    #[command(
        after_help = "Examples:\n  tenk similar \"capital expenditure\" \"purchases of property\"\n  \
        tenk similar --pairs scored.jsonl --model filings"
    )]
    Similar(SimilarArgs),
    /// Fit a classifier on labelled texts, and label texts with it
    #[command(
        after_help = "Examples:\n  tenk classify --name sections --data labelled.jsonl\n  \
        tenk classify --name sections \"We lease office space in Oslo.\"\n  \
        tenk classify --name sections < lines.txt\n  \
        tenk classify --name sections --test more.jsonl"
    )]
    Classify(ClassifyArgs),
    /// Correct a document's metadata: company, form, year, quarter, ticker
    #[command(
        after_help = "Examples:\n  tenk set NORTHGATE_2023_10K company=\"Northgate Industries\" year=2023\n  \
        tenk set NORTHGATE_2023_10K year=      (take a correction back)\n  \
        tenk set NORTHGATE_2023_10K            (print the metadata)"
    )]
    Set(SetArgs),
    /// Serve the library to clients of the Model Context Protocol, read-only
    #[command(
        after_help = "Examples:\n  tenk mcp -L ~/filings            (what to put into a client's settings)\n  \
        tenk mcp -L ~/filings --http\n  \
        TENK_MCP_TOKEN=… tenk mcp -L ~/filings --http 127.0.0.1:0"
    )]
    Mcp(McpArgs),
    /// List the documents with what is known of each: company, form, period
    #[command(
        after_help = "Examples:\n  tenk list -L ~/filings\n  tenk list --company calder --json"
    )]
    List(ListArgs),
    /// Print the figures of the statements: line item, period, value, page, checks
    #[command(
        after_help = "Examples:\n  tenk facts --company calder --year 2024\n  tenk facts --item \"total assets\" --months 0 --json\n  \
        tenk facts --document CALDER_2024_10K --all"
    )]
    Facts(FactsArgs),
    /// Put line items and measures of companies beside each other over fiscal periods
    #[command(
        after_help = "Examples:\n  tenk grid revenue \"operating margin\" --company nike,adidas --years 2019..2023\n  \
        tenk grid revenue \"net income\" --quarterly --format csv -o quarters.csv\n  \
        tenk grid revenue --segments --company calder"
    )]
    Grid(GridArgs),
    /// Print what the library holds
    Status,
    /// Show the settings and where each comes from
    Config(ConfigArgs),
    /// Print what a bug report needs: versions, system, settings; no names of documents
    Doctor,
    /// Benchmark encoding, extraction, generation or search on this machine
    Bench(BenchArgs),
    /// Search with two models side by side, or measure both in every setting
    #[command(
        after_help = "Examples:\n  tenk compare what was capex in 2023\n  tenk compare --questions questions.jsonl --dim 384,128"
    )]
    Compare(CompareArgs),
    /// Tune a model to this library within a time budget: write questions, train, embed, evaluate
    #[command(after_help = "Examples:\n  tenk tune\n  tenk tune --budget 1h --promote")]
    Tune(TuneArgs),
    /// Write a report of what tuning changed, as HTML or Markdown
    #[command(after_help = "Example:\n  tenk report tuned.html --questions questions.jsonl")]
    Report(ReportArgs),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  tenk completions bash > ~/.local/share/bash-completion/completions/tenk"
    )]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write all of them into a folder
    Man {
        /// Write one page a subcommand here
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    #[command(name = "__extract", hide = true)]
    Extractor(ExtractorArgs),
}

#[derive(Debug, Args)]
pub struct IndexArgs {
    /// Folder of PDFs
    pub folder: Option<PathBuf>,
    /// Embed with these models too, beside the base (default: those it was embedded with before)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub model: Option<Vec<String>>,
    /// Print what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Keep running and index again when the folder changes
    #[arg(long, conflicts_with = "dry_run")]
    pub watch: bool,
    /// Forget the documents of a folder that has none any more (default: ask whether its disk is there)
    #[arg(long)]
    pub allow_empty: bool,
    #[command(flatten)]
    pub ocr: OcrArgs,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct OcrArgs {
    /// Which pages tesseract reads, where it is installed (default: auto, or the settings')
    #[arg(long, value_enum, value_name = "WHICH")]
    pub ocr: Option<OcrArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OcrArg {
    /// Those without text
    Auto,
    /// All, whatever text they have
    Always,
    Never,
}

impl From<OcrArg> for OcrMode {
    fn from(arg: OcrArg) -> Self {
        match arg {
            OcrArg::Auto => OcrMode::Auto,
            OcrArg::Always => OcrMode::Always,
            OcrArg::Never => OcrMode::Never,
        }
    }
}

impl Command {
    /// Which pages the command says that OCR is to read.
    pub fn ocr(&self) -> Option<OcrMode> {
        match self {
            Self::Index(args) => args.ocr.ocr.map(OcrMode::from),
            Self::Extract(args) => args.ocr.ocr.map(OcrMode::from),
            _ => None,
        }
    }
}

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
    #[arg(long, short = 'k', value_name = "N")]
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
    /// Documents of this company alone: a part of its name, or of the file's
    #[arg(long)]
    pub company: Option<String>,
    /// Documents of this form alone
    #[arg(long)]
    pub form: Option<String>,
    /// Documents of this fiscal year alone
    #[arg(long)]
    pub year: Option<i32>,
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
pub struct EmbedArgs {
    /// The texts are queries: put the model's prompt before them
    #[arg(long)]
    pub query: bool,
    /// base, tuned (the promoted one), or a model's own name
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Print only the first N dimensions, normalised again
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// Precision that the model computes in; a library uses index.precision of the settings
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
}

impl ValueEnum for Precision {
    fn value_variants<'a>() -> &'a [Self] {
        &[Precision::F32, Precision::Int8]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.as_str().into())
    }
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every setting and where it comes from
    Show,
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

/// A metric by its name.
fn metric(text: &str) -> Result<Metric, String> {
    text.parse().map_err(|error: EvalError| in_words(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    /// Scripts call it by the name that it had first.
    #[test]
    fn an_ablation_goes_by_its_earlier_name_too() {
        for flag in ["--ablation", "--ladder"] {
            let cli = Cli::try_parse_from(["tenk", "eval", "--questions", "q.jsonl", flag]);
            let Some(Command::Eval(args)) = cli.unwrap().command else {
                panic!("eval is parsed");
            };
            assert!(args.ablation, "{flag}");
        }
    }
}
