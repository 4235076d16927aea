//! Arguments of `tenk train`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::train::loss::Distance;
use crate::train::schedule::Schedule;
use crate::train::settings::LossName;

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// What to learn from: JSONL, CSV or TSV of pairs {anchor, positive}, triplets {…, negative},
    /// scored pairs {sentence1, sentence2, score}, labelled pairs {…, label} or labelled texts
    /// {text, label}; or the name of a set that tenk synth made
    #[arg(long, value_name = "FILE|SET", required_unless_present_any = ["resume"])]
    pub data: Option<PathBuf>,
    /// Resume a run that was stopped: the last one, or the one named
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
    /// Start over where a run of that name could be resumed
    #[arg(long)]
    pub restart: bool,
    /// The model to start from
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub model: String,
    /// Rows for evaluation, in the format of the data (default: a share of the data)
    #[arg(long, value_name = "FILE")]
    pub dev: Option<PathBuf>,
    /// Share of the data held out for evaluation; 0 for no evaluation
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
    /// Loss function (default: by the format of the data)
    #[arg(long, value_enum)]
    pub loss: Option<LossName>,
    /// Matryoshka: train these leading dimensions to work on their own, such as 384,256,128,64
    #[arg(long, value_delimiter = ',', value_name = "N,N…")]
    pub matryoshka: Vec<usize>,
    /// Ranking: 1 / temperature [default: 20]
    #[arg(long)]
    pub scale: Option<f32>,
    /// Ranking: train positives to find their anchors too
    #[arg(long)]
    pub symmetric: bool,
    /// Triplet and contrastive losses: distance between texts [default: cosine]
    #[arg(long, value_enum)]
    pub distance: Option<Distance>,
    /// Triplet and contrastive losses: margin [default: 0.2, contrastive 0.5]
    #[arg(long)]
    pub margin: Option<f32>,
    /// Batch-hard triplet: no margin, but ln(1 + exp(x))
    #[arg(long, conflicts_with = "margin")]
    pub soft_margin: bool,
    /// Prompt before anchors, kept as the model's query prompt (default: the model's own; none where
    /// both texts of a pair are alike)
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Train and use the model without prompts
    #[arg(long, conflicts_with = "prompt")]
    pub no_prompt: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Steps")]
pub struct StepArgs {
    /// Passes over the data [default: 2]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Stop after this many steps
    #[arg(long)]
    pub max_steps: Option<usize>,
    /// Rows per batch [default: 32]
    #[arg(long)]
    pub batch: Option<usize>,
    /// Batches whose gradients are accumulated before a step [default: 1]
    #[arg(long, alias = "gradient-accumulation-steps")]
    pub accumulate: Option<usize>,
    /// Peak learning rate [default: 2e-5]
    #[arg(long, alias = "learning-rate")]
    pub rate: Option<f32>,
    /// Learning rate schedule after the warmup [default: cosine]
    #[arg(long, value_enum)]
    pub schedule: Option<Schedule>,
    /// Share of the steps for warmup [default: 0.1]
    #[arg(long)]
    pub warmup: Option<f32>,
    /// Weight decay of AdamW, for all but biases and norms [default: 0.01]
    #[arg(long)]
    pub weight_decay: Option<f32>,
    /// Norm that gradients are clipped to; 0 for no clipping [default: 1]
    #[arg(long, alias = "max-grad-norm")]
    pub clip: Option<f32>,
    /// Dropout probability [default: 0]
    #[arg(long)]
    pub dropout: Option<f32>,
    /// Tokens per text, longer ones are truncated [default: 256]
    #[arg(long)]
    pub max_tokens: Option<usize>,
    /// Random seed; the same seed and --threads give the same weights [default: 42]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Steps between evaluations (default: one per epoch)
    #[arg(long, value_name = "STEPS")]
    pub eval_every: Option<usize>,
    /// Stop early after N evaluations without improvement
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,
    /// Steps between checkpoints (default: every five minutes, and at each evaluation)
    #[arg(long, value_name = "STEPS")]
    pub checkpoint_every: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub struct MemoryArgs {
    /// MiB for stored activations; beyond it they are recomputed (GradCache) [default: 512]
    #[arg(long, value_name = "MB")]
    pub tape_mb: Option<usize>,
    /// Gradient checkpointing: store only the output of each layer, recompute the rest
    #[arg(long)]
    pub checkpointing: bool,
    /// Freeze the embeddings and this many of the lowest layers
    #[arg(long, value_name = "LAYERS")]
    pub freeze_layers: Option<usize>,
    /// Freeze the embedding tables
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
