//! Arguments of `embed`, and the precisions that a model computes in.

use clap::{Args, ValueEnum};

use crate::config::Precision;

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
