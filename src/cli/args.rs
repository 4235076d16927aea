//! Arguments as written; resolved in each command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Fusion, Precision};
use crate::eval::Metric;
use crate::retrieve::filter::Filter;
use crate::retrieve::{Aids, Arm};
use crate::train::loss::Distance;
use crate::train::schedule::Schedule;
use crate::train::settings::LossName;

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

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The library: a folder of PDFs
    #[arg(short = 'L', long, global = true, value_name = "FOLDER")]
    pub library: Option<PathBuf>,
    /// Where the library's state lies (default: FOLDER/.tenk)
    #[arg(long, global = true, value_name = "DIR", env = "TENK_HOME")]
    pub home: Option<PathBuf>,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Worker threads (default: one a core)
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
    /// Measure how well questions find what answers them
    #[command(
        after_help = "Examples:\n  tenk eval --questions corpora/questions.jsonl\n  \
        tenk eval --questions questions.jsonl --ladder --json\n  \
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
    /// Embed texts from stdin, one a line
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
    /// List, show, fetch, import, export or remove models
    #[command(
        after_help = "Examples:\n  tenk models list\n  tenk models pull BAAI/bge-base-en-v1.5\n  \
        tenk models export filings ./filings-model"
    )]
    Models(ModelsArgs),
    /// Say how much two texts say the same, or the pairs of a file
    #[command(
        after_help = "Examples:\n  tenk similar \"capital expenditure\" \"purchases of property\"\n  \
        tenk similar --pairs scored.jsonl --model filings"
    )]
    Similar(SimilarArgs),
    /// Fit labels on embeddings, and give them to texts
    #[command(
        after_help = "Examples:\n  tenk classify --name sections --data labelled.jsonl\n  \
        tenk classify --name sections \"We lease office space in Oslo.\"\n  \
        tenk classify --name sections < lines.txt\n  \
        tenk classify --name sections --test more.jsonl"
    )]
    Classify(ClassifyArgs),
    /// Correct what is known of a document: company, form, year, quarter, ticker
    #[command(
        after_help = "Examples:\n  tenk set NORTHGATE_2023_10K company=\"Northgate Industries\" year=2023\n  \
        tenk set NORTHGATE_2023_10K year=      (take a correction back)\n  \
        tenk set NORTHGATE_2023_10K            (say what is known)"
    )]
    Set(SetArgs),
    /// Say what the library holds
    Status,
    /// Show the settings and where each comes from
    Config(ConfigArgs),
    /// Print what a bug report needs; no document is named
    Doctor,
    /// Measure this machine
    Bench(BenchArgs),
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
    /// Say what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Keep running and index again when the folder changes
    #[arg(long, conflicts_with = "dry_run")]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The question; words need no quotes
    #[arg(required_unless_present = "queries", conflicts_with = "queries", num_args = 1..)]
    pub query: Vec<String>,
    /// A file of {"id", "question", "document"?} lines, or - for stdin
    #[arg(long, value_name = "FILE.jsonl")]
    pub queries: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "hybrid")]
    pub arm: Arm,
    /// base, tuned, or a model's own name
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N numbers of each embedding
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// How many hits
    #[arg(long, short = 'k', value_name = "N")]
    pub top_k: Option<usize>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
    /// Say why each hit was found; with a page, why that one was or was not
    #[arg(long, value_name = "DOC:PAGE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub explain: Option<String>,
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
    /// Only under headings that hold this
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
    /// Take the question as it is: the same as --no-words --no-found --no-parts
    #[arg(long)]
    pub plain: bool,
    /// Keep what wraps the question, and add no synonyms
    #[arg(long)]
    pub no_words: bool,
    /// Do not look for companies, periods and forms in the question
    #[arg(long)]
    pub no_found: bool,
    /// Do not ask for the line items of a ratio
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
    /// Files whose {"context"} passages are searched as well
    #[arg(long, value_name = "FILE.jsonl", requires = "questions", num_args = 1..)]
    pub corpus: Vec<PathBuf>,
    /// Which arms, each compared with the first
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "hybrid,bm25,dense"
    )]
    pub arm: Vec<Arm>,
    /// base, tuned, or a model's own name
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Compare only the first N numbers of each embedding; of several, each is measured
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub dim: Vec<usize>,
    /// Encode questions without the model's prompt
    #[arg(long)]
    pub no_prompt: bool,
    /// In what the model computes (default: index.precision)
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub aids: AidArgs,
    /// Ask each question within the document that answers it
    #[arg(long)]
    pub within: bool,
    /// Measure every step: plain, then words, found filters and parts added
    #[arg(long, conflicts_with_all = ["plain", "no_words", "no_found", "no_parts"])]
    pub ladder: bool,
    /// How the arms are joined
    #[arg(long, value_enum)]
    pub fusion: Option<Fusion>,
    /// Weight of BM25 against the dense arm's 1
    #[arg(long, value_name = "W")]
    pub bm25_weight: Option<f32>,
    /// k of reciprocal rank fusion
    #[arg(long, value_name = "K")]
    pub rrf_k: Option<f32>,
    /// What to report: ndcg@K, mrr@K, recall@K, precision@K, map@K
    #[arg(long, value_delimiter = ',')]
    pub metrics: Vec<Metric>,
    /// List the N questions with the worst rank of what answers them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub worst: usize,
    /// Compare with this run, saved before by --write-run
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Write what the first arm returned, as a TREC run
    #[arg(long, value_name = "FILE")]
    pub write_run: Option<PathBuf>,
    /// Write what answers each question, as TREC qrels
    #[arg(long, value_name = "FILE")]
    pub write_qrels: Option<PathBuf>,
    /// Measure TREC runs instead of a library; each compared with the first
    #[arg(long, value_name = "FILE", requires = "qrels", conflicts_with = "questions", num_args = 1..)]
    pub run: Vec<PathBuf>,
    /// What answers the queries of --run
    #[arg(long, value_name = "FILE", requires = "run")]
    pub qrels: Option<PathBuf>,
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
    /// What is right; nothing behind the = takes a correction back
    #[arg(value_name = "FIELD=VALUE")]
    pub corrections: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ExtractArgs {
    pub file: PathBuf,
    /// Keep running headers, footers and page numbers
    #[arg(long)]
    pub raw: bool,
    /// Which engine reads, for comparison
    #[arg(long, value_enum, default_value = "both")]
    pub engine: EngineArg,
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
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Print only the first N numbers, normalised again
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// In what the model computes; a library uses index.precision of the settings
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
pub struct BenchArgs {
    #[command(subcommand)]
    pub what: BenchWhat,
}

#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// Tokens a second of each path, and its cosine to the reference implementation
    Encode {
        /// Texts, one a line (default: the chunks of the library)
        #[arg(long, value_name = "FILE")]
        texts: Option<PathBuf>,
        /// How many texts
        #[arg(long, default_value_t = 256)]
        limit: usize,
    },
    /// Extraction beside poppler's: words, evidence, furniture, metadata, cost
    Extract(BenchExtractArgs),
    /// Time from question to hits in an open library
    Search {
        /// A file of {"question"} lines
        #[arg(long, value_name = "FILE.jsonl")]
        queries: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct BenchExtractArgs {
    /// Folder of PDFs
    pub folder: PathBuf,
    /// A file of {"evidence": [{"doc", "page", "text"}]} lines
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    /// Which engine reads
    #[arg(long, value_enum, default_value = "both")]
    pub engine: EngineArg,
    /// Measure pdf-extract as shipped as well
    #[arg(long)]
    pub stock: bool,
    /// How many of the worst cases to list
    #[arg(long, default_value_t = 10)]
    pub list: usize,
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
    #[arg(long)]
    pub picture: Option<u32>,
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// What to learn from: JSONL, CSV or TSV of pairs {anchor, positive}, triplets {…, negative},
    /// scored pairs {sentence1, sentence2, score}, labelled pairs {…, label} or labelled texts
    /// {text, label}
    #[arg(long, value_name = "FILE", required_unless_present_any = ["resume"])]
    pub data: Option<PathBuf>,
    /// Go on with a run that was stopped: the last one, or the one named
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["data", "name", "restart", "dev"]
    )]
    pub resume: Option<String>,
    /// The model's name, and its run's (default: the file's, without its ending)
    #[arg(long)]
    pub name: Option<String>,
    /// Begin anew where a run of that name could go on
    #[arg(long)]
    pub restart: bool,
    /// The model to start from
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Rows to measure by, in the data's format (default: a share of the data)
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,
    /// Share of the data that is measured by and not learnt from; 0 measures nothing
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.1,
        conflicts_with = "dev"
    )]
    pub dev_share: f64,
    #[command(flatten)]
    pub loss: LossArgs,
    #[command(flatten)]
    pub steps: StepArgs,
    #[command(flatten)]
    pub memory: MemoryArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Loss")]
pub struct LossArgs {
    /// Which loss (default: by the data's format)
    #[arg(long, value_enum)]
    pub loss: Option<LossName>,
    /// Dimensions that are to be good by themselves, such as 384,256,128,64
    #[arg(long, value_delimiter = ',', value_name = "N,N…")]
    pub matryoshka: Vec<usize>,
    /// Ranking: 1 / temperature [default: 20]
    #[arg(long)]
    pub scale: Option<f32>,
    /// Ranking: let positives find their anchors too
    #[arg(long)]
    pub symmetric: bool,
    /// Triplet and contrastive losses: how far texts are apart [default: cosine]
    #[arg(long, value_enum)]
    pub distance: Option<Distance>,
    /// Triplet and contrastive losses [default: 0.2, contrastive 0.5]
    #[arg(long)]
    pub margin: Option<f32>,
    /// Batch-hard triplet: no margin, but ln(1 + exp(x))
    #[arg(long, conflicts_with = "margin")]
    pub soft_margin: bool,
    /// What goes before anchors, and with the model before queries (default: the model's own; none
    /// where both sides are alike)
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Put no prompt before anything
    #[arg(long, conflicts_with = "prompt")]
    pub no_prompt: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Steps")]
pub struct StepArgs {
    /// Times that each row is seen [default: 2]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Stop after this many steps
    #[arg(long)]
    pub max_steps: Option<usize>,
    /// Rows that are compared with each other [default: 32]
    #[arg(long)]
    pub batch: Option<usize>,
    /// Batches of a step [default: 1]
    #[arg(long)]
    pub accumulate: Option<usize>,
    /// Highest learning rate [default: 2e-5]
    #[arg(long)]
    pub rate: Option<f32>,
    /// How the rate falls [default: cosine]
    #[arg(long, value_enum)]
    pub schedule: Option<Schedule>,
    /// Share of the steps over which the rate rises [default: 0.1]
    #[arg(long)]
    pub warmup: Option<f32>,
    /// AdamW's decay; biases and norms have none [default: 0.01]
    #[arg(long)]
    pub weight_decay: Option<f32>,
    /// Longest gradient; 0 sets no limit [default: 1]
    #[arg(long)]
    pub clip: Option<f32>,
    /// Share of the activations that is dropped [default: 0]
    #[arg(long)]
    pub dropout: Option<f32>,
    /// Tokens of a text; the rest is cut off [default: 256]
    #[arg(long)]
    pub max_tokens: Option<usize>,
    /// Chooses order and dropout; the same seed and --threads give the same weights [default: 42]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Steps between two evaluations (default: one an epoch)
    #[arg(long, value_name = "STEPS")]
    pub eval_every: Option<usize>,
    /// Stop after this many evaluations that were no better
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,
    /// Steps between two checkpoints (default: one in five minutes, and one an evaluation)
    #[arg(long, value_name = "STEPS")]
    pub checkpoint_every: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub struct MemoryArgs {
    /// MiB for what the backward pass needs; what does not fit is computed again [default: 512]
    #[arg(long, value_name = "MB")]
    pub tape_mb: Option<usize>,
    /// Keep each layer's output alone, and compute the rest again
    #[arg(long)]
    pub checkpointing: bool,
    /// Leave the lowest layers, and the embeddings, as they are
    #[arg(long, value_name = "LAYERS")]
    pub freeze_layers: Option<usize>,
    /// Leave the embedding tables as they are
    #[arg(long)]
    pub freeze_embeddings: bool,
}

impl ValueEnum for LossName {
    fn value_variants<'a>() -> &'a [Self] {
        &LossName::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let value = clap::builder::PossibleValue::new(self.as_str());
        Some(match self {
            LossName::MultipleNegativesRanking => value.alias("mnr"),
            LossName::BatchHardTriplet => value.alias("batch-hard"),
            LossName::CosineSimilarity => value.alias("cosine"),
            _ => value,
        })
    }
}

impl ValueEnum for Distance {
    fn value_variants<'a>() -> &'a [Self] {
        &[Distance::Cosine, Distance::Euclidean]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(
            match self {
                Distance::Cosine => "cosine",
                Distance::Euclidean => "euclidean",
            }
            .into(),
        )
    }
}

impl ValueEnum for Schedule {
    fn value_variants<'a>() -> &'a [Self] {
        &[Schedule::Linear, Schedule::Cosine, Schedule::Constant]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(
            match self {
                Schedule::Linear => "linear",
                Schedule::Cosine => "cosine",
                Schedule::Constant => "constant",
            }
            .into(),
        )
    }
}

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
        tenk models pull BAAI/bge-large-en-v1.5@main\n\nHF_HOME, HF_TOKEN, HF_ENDPOINT and the proxies of the environment are honoured.")]
    Pull {
        /// owner/name, maybe with @revision
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
