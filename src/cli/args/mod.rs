//! Arguments as written; resolved in each command.

mod ask;
mod bench;
mod compare;
mod document;
mod embed;
mod eval;
mod figures;
mod index;
mod mcp;
mod model;
mod redline;
mod search;
#[cfg(feature = "milvus")]
mod share;
mod synth;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::OcrMode;

pub use ask::AskArgs;
pub use bench::{
    BenchArgs, BenchExtractArgs, BenchFiguresArgs, BenchFilingsArgs, BenchGrowthArgs,
    BenchMetadataArgs, BenchWhat,
};
pub use compare::{CompareArgs, ReportArgs, TuneArgs};
pub use document::{
    EngineArg, ExtractArgs, ExtractorArgs, FiltersAction, FiltersArgs, FoldersAction, FoldersArgs,
    ListArgs, SetArgs, ShowArgs, TablesFormat, TagArgs,
};
pub use embed::EmbedArgs;
use eval::metric;
pub use eval::{EvalArgs, Grouping};
pub use figures::{FactsArgs, GridArgs, GridFormat};
pub use index::{IndexArgs, OcrArgs};
pub use mcp::{DEFAULT_ADDRESS, McpArgs};
pub use model::{ClassifyArgs, ModelsAction, ModelsArgs, SimilarArgs};
pub use redline::{RedlineArgs, RedlineFormat};
pub use search::{AidArgs, ExplainArgs, FilterArgs, OfArgs, SearchArgs};
#[cfg(feature = "milvus")]
pub use share::{PublishArgs, WorkArgs};
pub use synth::{GeneratorArgs, SynthArgs};
pub use train::{LossArgs, MemoryArgs, StepArgs, TrainArgs};

const EXAMPLES: &str = "\
Examples:
  tenk                                  # open the library here, or the one upwards
  tenk ~/filings                        # open that folder
  tenk index ~/filings                  # bring its index up to date
  tenk search \"What was capex in 2023?\" -L ~/filings
  tenk show NORTHGATE_2023_10K:7

Exit codes: 0 done, 1 failed, 2 usage, 3 done but some documents failed, 130 interrupted.";

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
    #[command(after_help = "Examples:\n  tenk eval --questions questions.jsonl\n  \
        tenk eval --questions questions.jsonl --ablation --json\n  \
        tenk eval --questions passages.jsonl --corpus more.jsonl --arm dense --dim 128\n  \
        tenk eval --qrels q.trec --run a.trec b.trec")]
    Eval(Box<EvalArgs>),
    /// Print the page a chunk stands on, or a page of a document
    #[command(after_help = "Examples:\n  tenk show NORTHGATE_2023_10K.pdf:7\n  \
        tenk show NORTHGATE_2023_10K.pdf:7 --image")]
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
        tenk train --data pairs.jsonl --matryoshka 384,256,128,64 --name mine\n  \
        tenk train --resume\n  \
        tenk index --model mine && tenk search --model mine --dim 128 \"What was capex?\"")]
    Train(Box<TrainArgs>),
    /// Write a training set from the library's own passages
    #[command(after_help = "Examples:\n  tenk synth -L ~/filings\n  \
        tenk synth --name held --exclude NORTHGATE_2023_10K --format pairs\n  \
        tenk synth --name held --stats --sample 10")]
    Synth(Box<SynthArgs>),
    /// List, show, fetch, import, export or remove models
    #[command(
        after_help = "Examples:\n  tenk models list\n  tenk models pull BAAI/bge-base-en-v1.5\n  \
        tenk models export mine ./mine-model"
    )]
    Models(ModelsArgs),
    /// Print how similar two texts are in meaning (cosine of their embeddings), or each pair of a file
    #[command(
        after_help = "Examples:\n  tenk similar \"capital expenditure\" \"purchases of property\"\n  \
        tenk similar --pairs scored.jsonl --model mine"
    )]
    Similar(SimilarArgs),
    /// Fit a classifier on labelled texts, and label texts with it
    #[command(
        after_help = "Examples:\n  tenk classify --name sections --data labelled.jsonl\n  \
        tenk classify --name sections \"We lease office space in Oslo.\"\n  \
        tenk classify --name sections < lines.txt\n  \
        tenk classify --name sections --test labelled.jsonl"
    )]
    Classify(ClassifyArgs),
    /// Correct a document's metadata: company, form, year, quarter, ticker
    #[command(
        after_help = "Examples:\n  tenk set NORTHGATE_2023_10K company=\"Northgate Industries\" year=2023\n  \
        tenk set NORTHGATE_2023_10K year=      # take a correction back\n  \
        tenk set NORTHGATE_2023_10K            # print the metadata"
    )]
    Set(SetArgs),
    /// Tag documents, for --tag and the filter line's tag:
    #[command(
        after_help = "Examples:\n  tenk tag peers NORTHGATE_2023_10K CALDER_2024Q1_EARNINGS\n  \
        tenk tag audited --form 10-K\n  tenk tag peers NORTHGATE_2023_10K --remove\n  \
        tenk tag            # the tags, and how many documents have each"
    )]
    Tag(TagArgs),
    /// List, add or remove folders: a library may have several
    #[command(
        after_help = "Examples:\n  tenk folders -L ~/filings\n  tenk folders add ~/contracts -L ~/filings\n  \
        tenk search \"Who may end the lease?\" --folder contracts -L ~/filings\n  \
        tenk folders remove contracts -L ~/filings"
    )]
    Folders(FoldersArgs),
    /// List, keep or forget filters, for --filter @NAME and the filter line
    #[command(
        after_help = "Examples:\n  tenk filters keep peers company:northgate form:10-K\n  \
        tenk search capex --filter @peers\n  tenk filters forget peers"
    )]
    Filters(FiltersArgs),
    /// Serve the library to clients of the Model Context Protocol, read-only
    #[command(
        after_help = "Examples:\n  tenk mcp -L ~/filings            # what to put into a client's settings\n  \
        tenk mcp -L ~/filings --http\n  \
        TENK_MCP_TOKEN=secret tenk mcp -L ~/filings --http 127.0.0.1:0"
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
        tenk facts --document CALDER_2024Q1_EARNINGS --all"
    )]
    Facts(FactsArgs),
    /// Put line items and measures of companies beside each other over fiscal periods
    #[command(
        after_help = "Examples:\n  tenk grid revenue \"operating margin\" --company northgate,calder --years 2019..2023\n  \
        tenk grid revenue \"net income\" --quarterly --format csv -o quarters.csv\n  \
        tenk grid revenue --segments --company calder"
    )]
    Grid(GridArgs),
    /// Show what a document says otherwise than another: a report than the one before it
    #[command(
        after_help = "Examples:\n  tenk redline NORTHGATE_2022_10K NORTHGATE_2023_10K\n  \
        tenk redline NORTHGATE_2023_10K --section \"risk factors\" --only added,removed\n  \
        tenk redline NORTHGATE_2023_10K -o northgate.html"
    )]
    Redline(RedlineArgs),
    /// Bring the library's documents to one that a team shares
    #[cfg(feature = "milvus")]
    #[command(
        after_help = "Examples:\n  tenk publish milvus://localhost:19530/filings -L ~/filings\n  \
        TENK_MILVUS_TOKEN=user:password tenk publish milvus+tls://db.example/filings --promote\n  \
        tenk publish milvus://localhost/filings --rollback"
    )]
    Publish(PublishArgs),
    /// Index a folder's files into a library that a team shares, beside other workers
    #[cfg(feature = "milvus")]
    #[command(
        after_help = "Examples:\n  tenk work milvus://localhost:19530/filings /mnt/filings\n  \
        tenk work milvus://localhost:19530/filings /mnt/filings --threads 2 --json"
    )]
    Work(WorkArgs),
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
        after_help = "Examples:\n  source <(tenk completions bash)    # in ~/.bashrc\n  \
        mkdir -p ~/.zfunc && tenk completions zsh > ~/.zfunc/_tenk    # a folder of $fpath\n  \
        tenk completions fish > ~/.config/fish/completions/tenk.fish"
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

/// A number of things, of which none would be no use.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("1 is the least".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a whole number".to_owned()),
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
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every setting and where it comes from
    Show,
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
