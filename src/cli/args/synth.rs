//! Arguments of `tenk synth`.

use clap::{Args, ValueEnum};

use crate::dataset::Format;

#[derive(Debug, Args)]
pub struct SynthArgs {
    /// The set's name
    #[arg(long, default_value = "synthetic")]
    pub name: String,
    /// What the rows are
    #[arg(long, value_enum, default_value = "triplets")]
    pub format: Format,
    /// Rows at most, drawn evenly; 0 takes all
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub most: usize,
    /// Write about these documents alone
    #[arg(long, value_name = "DOC", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these documents out altogether
    #[arg(long, value_name = "DOC", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Share of the documents that make up the dev rows
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub dev_share: f64,
    /// Dev rows at most
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub dev_rows: usize,
    /// Chooses lines, frames and documents; the same seed writes the same rows
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Say what a set that was made holds, and make none
    #[arg(long, conflicts_with_all = ["only", "exclude"])]
    pub stats: bool,
    /// Show N rows of a set that was made, drawn at random for each writer
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
    /// Questions of the model to keep at most
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub questions: usize,
    /// Voices in which the model asks about a passage
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub voices: u8,
    /// Leave the rules out: the model alone writes
    #[arg(long)]
    pub no_rules: bool,
}

/// Which language model, and where it runs.
#[derive(Debug, Args)]
pub struct GeneratorArgs {
    /// A language model: smollm2, a GGUF file, a hub's id (owner/name:Q8_0), or an endpoint's own
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Where an OpenAI-compatible server runs the model (alone: OPENAI_BASE_URL or OLLAMA_HOST)
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub endpoint: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How much is written")]
pub struct AmountArgs {
    /// Questions about the figures of a page with tables
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub per_page: usize,
    /// Questions about the sentences of a passage
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub per_passage: usize,
    /// Share of the passages that are asked for what they are about
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    pub topics: f32,
    /// Ratios asked of a document
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub per_document: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Pages among which a search must find the question's own
    #[arg(long, value_name = "K", default_value_t = 20)]
    pub within: usize,
    /// Share of a question's telling words that its passage may have
    #[arg(long, value_name = "SHARE", default_value_t = 0.85)]
    pub most_shared: f32,
    /// Cosine from which on two questions of a page are one
    #[arg(long, value_name = "COSINE", default_value_t = 0.985)]
    pub duplicate: f32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Hard negatives")]
pub struct NegativeArgs {
    /// Negatives of a question
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub negatives: usize,
    /// Ranks that they are taken from
    #[arg(long, value_name = "FROM-TO", default_value = "2-40", value_parser = ranks)]
    pub ranks: (usize, usize),
    /// Share of the positive's cosine that a negative's may have
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub margin: f32,
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
