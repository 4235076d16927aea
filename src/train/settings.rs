//! Settings of a run, all of them: what `run.toml` holds.

use serde::{Deserialize, Serialize};

use super::loss::{
    BatchHardTriplet, Contrastive, CosineSimilarity, Distance, Loss, Matryoshka,
    MultipleNegativesRanking, OnlineContrastive, Triplet,
};
use super::schedule::Schedule;
use super::{Result, TrainError, wrong_format};
use crate::dataset::{Dataset, Format};
use crate::encoder::bert::Options;
use crate::encoder::config::Prompts;

/// The losses by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    MultipleNegativesRanking,
    Triplet,
    BatchHardTriplet,
    Contrastive,
    OnlineContrastive,
    CosineSimilarity,
}

impl LossName {
    pub const ALL: [LossName; 6] = [
        LossName::MultipleNegativesRanking,
        LossName::Triplet,
        LossName::BatchHardTriplet,
        LossName::Contrastive,
        LossName::OnlineContrastive,
        LossName::CosineSimilarity,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            LossName::MultipleNegativesRanking => "multiple-negatives-ranking",
            LossName::Triplet => "triplet",
            LossName::BatchHardTriplet => "batch-hard-triplet",
            LossName::Contrastive => "contrastive",
            LossName::OnlineContrastive => "online-contrastive",
            LossName::CosineSimilarity => "cosine-similarity",
        }
    }

    /// What a format is trained with unless another is named.
    pub fn default_of(format: Format) -> Self {
        match format {
            Format::Pairs | Format::Triplets => LossName::MultipleNegativesRanking,
            Format::ScoredPairs => LossName::CosineSimilarity,
            Format::LabelledPairs => LossName::OnlineContrastive,
            Format::LabelledTexts => LossName::BatchHardTriplet,
        }
    }

    /// The margin where none is named: of contrastive losses sentence-transformers' own; of
    /// triplets less than its 5, which no two unit rows are apart.
    pub fn margin(self) -> f32 {
        match self {
            LossName::Contrastive | LossName::OnlineContrastive => 0.5,
            _ => 0.2,
        }
    }

    /// The formats it takes.
    pub fn formats(self) -> &'static [Format] {
        match self {
            LossName::MultipleNegativesRanking => &[Format::Pairs, Format::Triplets],
            LossName::Triplet => &[Format::Triplets],
            LossName::BatchHardTriplet => &[Format::LabelledTexts],
            LossName::Contrastive | LossName::OnlineContrastive => &[Format::LabelledPairs],
            LossName::CosineSimilarity => &[Format::ScoredPairs],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub loss: LossName,
    /// 1 / temperature of the ranking loss.
    pub scale: f32,
    /// Ranking: let positives find their anchors too.
    pub symmetric: bool,
    /// Of triplet and contrastive losses.
    pub distance: Distance,
    pub margin: f32,
    /// Batch-hard: ln(1 + exp(x)) in place of the margin.
    pub soft_margin: bool,
    /// Dimensions that are to be good by themselves, the largest first; empty for the whole alone.
    pub matryoshka: Vec<usize>,
    /// What goes before anchors, in training and before queries ever after.
    pub prompt: String,
    /// What goes before the texts that anchors are compared with.
    pub passage_prompt: String,
    /// Tokens of a text, special tokens included; the rest is cut off.
    pub max_tokens: usize,
    pub epochs: usize,
    /// Ends earlier than the epochs do; 0 for no such limit.
    pub max_steps: usize,
    /// Examples of a batch: the loss compares all of them.
    pub batch: usize,
    /// Batches whose gradients make one step.
    #[serde(alias = "accumulate")]
    pub gradient_accumulation_steps: usize,
    /// The highest that the schedule reaches.
    #[serde(alias = "rate")]
    pub learning_rate: f32,
    pub schedule: Schedule,
    /// Share of the steps over which the rate rises.
    pub warmup: f32,
    pub weight_decay: f32,
    /// Length that a step's gradient is cut to; 0 for no limit.
    #[serde(alias = "clip")]
    pub max_grad_norm: f32,
    pub dropout: f32,
    pub frozen_layers: usize,
    pub freeze_embeddings: bool,
    /// Keep each layer's output alone, and compute the rest again.
    pub checkpointing: bool,
    /// Memory for what the backward pass needs, in MiB; beyond it is computed again.
    pub tape_mb: usize,
    pub seed: u64,
    pub threads: usize,
    /// Steps between two evaluations; 0 for one an epoch.
    pub eval_every: usize,
    /// Evaluations without a better figure after which it ends; 0 for never.
    pub patience: usize,
    /// Passages of the training rows that the dev rows' anchors are searched among as well.
    pub eval_passages: usize,
    /// Steps between two checkpoints; 0 for one in five minutes.
    pub checkpoint_every: usize,
}

/// More threads than any machine has cores; each takes memory.
pub const MOST_THREADS: usize = 1024;

impl Settings {
    /// The defaults for a dataset, for a model with these prompts: they go on anchors and what is to
    /// be found by them, and are left out where both sides are alike.
    pub fn for_dataset(dataset: &Dataset, prompts: &Prompts, threads: usize) -> Self {
        let loss = LossName::default_of(dataset.format());
        let none = Prompts::default();
        let prompts = if dataset.is_symmetric { &none } else { prompts };
        Self {
            loss,
            scale: 20.0,
            symmetric: false,
            distance: Distance::Cosine,
            margin: loss.margin(),
            soft_margin: false,
            matryoshka: Vec::new(),
            prompt: prompts.query.clone(),
            passage_prompt: prompts.passage.clone(),
            max_tokens: 256,
            epochs: 2,
            max_steps: 0,
            batch: 32,
            gradient_accumulation_steps: 1,
            learning_rate: 2e-5,
            schedule: Schedule::Cosine,
            warmup: 0.1,
            weight_decay: 0.01,
            max_grad_norm: 1.0,
            dropout: 0.0,
            frozen_layers: 0,
            freeze_embeddings: false,
            checkpointing: false,
            tape_mb: 512,
            seed: 42,
            threads,
            eval_every: 0,
            patience: 0,
            eval_passages: 2000,
            checkpoint_every: 0,
        }
    }

    /// Refuses what cannot be for a model of `dim` dimensions, `layers` layers and `limit` tokens.
    pub fn check(&self, format: Format, dim: usize, layers: usize, limit: usize) -> Result<()> {
        if !self.loss.formats().contains(&format) {
            let expected = match self.loss.formats() {
                [Format::Pairs, ..] => "pairs or triplets",
                [one] => one.as_str(),
                _ => unreachable!("every loss has formats"),
            };
            return Err(wrong_format(self.loss.as_str(), format, expected));
        }
        let refuse = |name, value: String, expected: &str| {
            Err(TrainError::Setting {
                name,
                value,
                expected: expected.to_owned(),
            })
        };
        if let Some(bad) = self.matryoshka.iter().find(|d| **d == 0 || **d > dim) {
            return refuse(
                "matryoshka",
                bad.to_string(),
                &format!("dimensions from 1 to {dim}"),
            );
        }
        if self.max_tokens < 3 || self.max_tokens > limit {
            return refuse(
                "max-tokens",
                self.max_tokens.to_string(),
                &format!("3 to {limit}"),
            );
        }
        if self.frozen_layers > layers {
            return refuse(
                "freeze-layers",
                self.frozen_layers.to_string(),
                &format!("0 to {layers}"),
            );
        }
        let positive = |x: f32| x.is_finite() && x > 0.0;
        let share = |x: f32| (0.0..1.0).contains(&x);
        let not_negative = |x: f32| x.is_finite() && x >= 0.0;
        let numbers = [
            (
                "rate",
                self.learning_rate,
                positive(self.learning_rate),
                "a number over 0, such as 2e-5",
            ),
            (
                "scale",
                self.scale,
                positive(self.scale),
                "a number over 0, such as 20",
            ),
            (
                "margin",
                self.margin,
                not_negative(self.margin),
                "0 or more",
            ),
            (
                "warmup",
                self.warmup,
                share(self.warmup),
                "a share from 0 to below 1",
            ),
            (
                "dropout",
                self.dropout,
                share(self.dropout),
                "a share from 0 to below 1",
            ),
            (
                "weight-decay",
                self.weight_decay,
                not_negative(self.weight_decay),
                "0 or more",
            ),
            (
                "clip",
                self.max_grad_norm,
                not_negative(self.max_grad_norm),
                "0 (no limit) or more",
            ),
        ];
        for (name, value, is_good, expected) in numbers {
            if !is_good {
                return refuse(name, value.to_string(), expected);
            }
        }
        let counts = [
            ("epochs", self.epochs, 1, 10_000),
            ("batch", self.batch, 2, 100_000),
            ("accumulate", self.gradient_accumulation_steps, 1, 100_000),
            ("threads", self.threads, 1, MOST_THREADS),
        ];
        for (name, value, least, most) in counts {
            if !(least..=most).contains(&value) {
                return refuse(name, value.to_string(), &format!("{least} to {most}"));
            }
        }
        Ok(())
    }

    /// Dimensions that are evaluated, the largest first.
    pub fn dims(&self, dim: usize) -> Vec<usize> {
        let mut dims = self.matryoshka.clone();
        dims.push(dim);
        dims.sort_unstable_by(|a, b| b.cmp(a));
        dims.dedup();
        dims
    }

    pub fn loss(&self) -> Box<dyn Loss> {
        let (distance, margin) = (self.distance, self.margin);
        let inner: Box<dyn Loss> = match self.loss {
            LossName::MultipleNegativesRanking => Box::new(MultipleNegativesRanking {
                scale: self.scale,
                symmetric: self.symmetric,
            }),
            LossName::Triplet => Box::new(Triplet { distance, margin }),
            LossName::BatchHardTriplet => Box::new(BatchHardTriplet {
                distance,
                margin: (!self.soft_margin).then_some(margin),
            }),
            LossName::Contrastive => Box::new(Contrastive { distance, margin }),
            LossName::OnlineContrastive => Box::new(OnlineContrastive { distance, margin }),
            LossName::CosineSimilarity => Box::new(CosineSimilarity),
        };
        if self.matryoshka.is_empty() {
            return inner;
        }
        Box::new(Matryoshka {
            inner,
            dims: self.matryoshka.clone(),
        })
    }

    /// What the model is to put before texts.
    pub fn prompts(&self) -> Prompts {
        Prompts {
            query: self.prompt.clone(),
            passage: self.passage_prompt.clone(),
        }
    }

    pub fn options(&self) -> Options {
        Options {
            dropout: self.dropout,
            frozen_layers: self.frozen_layers,
            freeze_embeddings: self.freeze_embeddings,
            checkpointing: self.checkpointing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_earlier_versions_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("rows.jsonl");
        let row = r#"{"anchor": "net sales", "positive": "Net sales were $4,812 million."}"#;
        std::fs::write(&rows, row).unwrap();
        let dataset = Dataset::read(&rows).unwrap();
        let settings = Settings::for_dataset(&dataset, &Prompts::default(), 1);
        let text = toml::to_string(&settings).unwrap();
        let old = text
            .replace("learning_rate =", "rate =")
            .replace("max_grad_norm =", "clip =")
            .replace("gradient_accumulation_steps =", "accumulate =");
        assert_ne!(old, text);
        assert_eq!(toml::from_str::<Settings>(&old).unwrap(), settings);
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
        assert!(toml::from_str::<Settings>(&text.replace("seed =", "sead =")).is_err());
    }
}
