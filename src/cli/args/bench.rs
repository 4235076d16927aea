//! Arguments of `tenk bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::EngineArg;

#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub what: BenchWhat,
}

#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// How soon a question, asked while the library is being embedded, has the first page that it has when all is
    Ahead {
        /// A file of {"question"} lines
        #[arg(long, value_name = "FILE.jsonl")]
        queries: PathBuf,
    },
    /// Tokens a second of each path, and its cosine to the reference implementation
    Encode {
        /// Texts, one a line (default: the chunks of the library)
        #[arg(long, value_name = "FILE")]
        texts: Option<PathBuf>,
        /// How many texts
        #[arg(long, default_value_t = 256)]
        limit: usize,
    },
    /// Extraction compared with poppler's: words, evidence, running lines, metadata, cost
    Extract(BenchExtractArgs),
    /// Tokens a second of a language model, on passages of the library
    Generate {
        /// smollm2, a GGUF file, or a hub's id (owner/name:Q8_0)
        #[arg(long, value_name = "NAME", default_value = "smollm2")]
        model: String,
    },
    /// Figures asked for in words, compared with tables of what they are; and how many statements add up
    Figures(BenchFiguresArgs),
    /// Make the bundled model `filings` from a library (see benches/filings.sh)
    Filings(BenchFilingsArgs),
    /// What a library costs as it grows: copies of this one, with other figures, are indexed in a place of their own
    Growth(BenchGrowthArgs),
    /// Company, form and period of documents, compared with a table of what they are
    Metadata(BenchMetadataArgs),
    /// Time from question to hits in an open library
    Search {
        /// A file of {"question"} lines
        #[arg(long, value_name = "FILE.jsonl")]
        queries: PathBuf,
    },
    /// Cells of tables, compared with what they are
    Tables {
        /// A folder with tables.tsv (file, page, expected, separated by tabs), pdfs/ and expected/, whose CSV files hold the cells
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct BenchExtractArgs {
    /// Folder of PDFs
    pub folder: PathBuf,
    /// A file of {"evidence": [{"doc", "page", "text"}]} lines
    #[arg(long, value_name = "FILE.jsonl")]
    pub questions: Option<PathBuf>,
    /// Extraction engine
    #[arg(long, value_enum, default_value = "both")]
    pub engine: EngineArg,
    /// Measure pdf-extract as it is published, too
    #[arg(long)]
    pub stock: bool,
    /// How many of the worst cases to list
    #[arg(long, default_value_t = 10)]
    pub list: usize,
}

#[derive(Debug, Args)]
pub struct BenchFiguresArgs {
    /// Tables of figures of the library's documents, separated by tabs: doc, kpi, fiscal_year, value, pages; or
    /// period_end and months for the year; or measure and member for the kpi
    #[arg(value_name = "FILE.tsv")]
    pub truth: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BenchFilingsArgs {
    /// Folder for model.safetensors and its card
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Questions learnt from, at most
    #[arg(long, default_value_t = 4500, value_name = "N")]
    pub rows: usize,
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct BenchGrowthArgs {
    /// A file of questions, as for eval
    #[arg(long, value_name = "FILE.jsonl")]
    pub queries: PathBuf,
    /// Numbers of chunks to grow to
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    pub chunks: Vec<usize>,
    /// Remove and add documents fifty times then, and measure again
    #[arg(long)]
    pub rounds: bool,
}

#[derive(Debug, Args)]
pub struct BenchMetadataArgs {
    /// Folder of PDFs
    pub folder: PathBuf,
    /// Table with the columns file, company, form, period_end, fiscal_year, quarter, separated by tabs
    #[arg(value_name = "FILE.tsv")]
    pub truth: PathBuf,
}
