//! Arguments of `tenk synth`.

use clap::{Args, ValueEnum};

use crate::dataset::Format;

#[derive(Debug, Args)]
pub struct SynthArgs {
    /// The set's name
    #[arg(long, default_value = "synthetic")]
    pub name: String,
    /// Format of the rows
    #[arg(long, value_enum, default_value = "triplets")]
    pub format: Format,
    /// Rows at most, drawn evenly; 0 takes all
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub most: usize,
    /// Write questions about these documents only
    #[arg(long, value_name = "DOC", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Write no questions about these documents
    #[arg(long, value_name = "DOC", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Share of the documents that make up the dev rows
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub dev_share: f64,
    /// Dev rows at most
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub dev_rows: usize,
    /// Random seed: the same seed writes the same rows
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Print statistics of an existing set, and make none
    #[arg(long, conflicts_with_all = ["only", "exclude"])]
    pub stats: bool,
    /// Show N random rows of an existing set for each writer
    #[arg(long, value_name = "N", conflicts_with_all = ["only", "exclude"])]
    pub sample: Option<usize>,
    #[command(flatten)]
    pub writer: WriterArgs,
    #[command(flatten)]
    pub amount: AmountArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub negative: NegativeArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "A language model as writer")]
pub struct WriterArgs {
    #[command(flatten)]
    pub generator: GeneratorArgs,
    /// Most questions by the model to keep
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub questions: usize,
    /// Styles in which the model asks about each passage
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub voices: u8,
    /// Do not write questions by rules: by the model alone
    #[arg(long)]
    pub no_rules: bool,
}

/// Which language model, and where it runs.
#[derive(Debug, Args)]
pub struct GeneratorArgs {
    /// A language model: smollm2, a GGUF file, a hub's id (owner/name:Q8_0), or an endpoint's own
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Base URL of an OpenAI-compatible server (without a value: OPENAI_BASE_URL or OLLAMA_HOST)
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub endpoint: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How much is written")]
pub struct AmountArgs {
    /// Questions about figures, per page with tables
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub per_page: usize,
    /// Questions about sentences, per passage
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub per_passage: usize,
    /// Share of the passages that get a question about their topic
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    pub topics: f32,
    /// Questions about ratios, per document
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub per_document: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Keep a question only if its page is among the first N that a search for it finds
    #[arg(long, value_name = "K", default_value_t = 20)]
    pub within: usize,
    /// Drop a question that shares more than this share of its content words with the passage
    #[arg(long, value_name = "SHARE", default_value_t = 0.85)]
    pub most_shared: f32,
    /// Cosine above which two questions about a page count as duplicates
    #[arg(long, value_name = "COSINE", default_value_t = 0.985)]
    pub duplicate: f32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Hard negatives")]
pub struct NegativeArgs {
    /// Hard negatives per question
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub negatives: usize,
    /// Ranks of the search that negatives are taken from
    #[arg(long, value_name = "FROM-TO", default_value = "2-40", value_parser = ranks)]
    pub ranks: (usize, usize),
    /// A negative's cosine may be at most this share of the positive's
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub margin: f32,
    /// Write what dense search is asked in place of the question, and take negatives from the whole
    /// search first
    #[arg(long)]
    pub as_served: bool,
}

fn ranks(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('-');
    let parsed = parts.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    match parsed {
        Some((from, to)) if 0 < from && from <= to => Ok((from, to)),
        _ => Err("name two ranks, such as 2-40".to_owned()),
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let name = match self {
            Format::Pairs => "pairs",
            Format::Triplets => "triplets",
            Format::ScoredPairs => "scored-pairs",
            Format::LabelledPairs => "labelled-pairs",
            Format::LabelledTexts => "labelled-texts",
        };
        Some(name.into())
    }
}
