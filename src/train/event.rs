//! Events: what happens in a run, as lines of its `events.jsonl` and as what a pane or a progress
//! line shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Figures by dimension and name.
pub type Figures = BTreeMap<usize, BTreeMap<String, f64>>;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// All steps are done.
    Done,
    /// The dev figure did not get better for as long as was allowed.
    NoGain,
    /// Ended early on request, with the model that it had made.
    Stopped,
    /// Stopped by the user; it can go on.
    Interrupted,
    /// The loss or a gradient is no number any more.
    NotFinite,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// At the start, and again when a run goes on.
    Began {
        run: String,
        step: usize,
        steps: usize,
        examples: usize,
        dev_examples: usize,
        /// Of an example, on the mean.
        tokens: f64,
    },
    Step {
        step: usize,
        steps: usize,
        epoch: usize,
        loss: f64,
        rate: f32,
        /// Length of the gradient before clipping.
        norm: f64,
        /// Trained on a second, over the last steps.
        examples_per_second: f64,
        /// Spent in all, and expected to be left.
        seconds: f64,
        seconds_left: f64,
        /// The most memory the process had so far, in MiB, where the system tells.
        #[serde(default)]
        peak_mb: Option<u64>,
    },
    Evaluated {
        step: usize,
        /// The figure that decides which step is the best.
        figure: String,
        value: f64,
        best: bool,
        #[serde(with = "by_dim")]
        figures: Figures,
    },
    /// Where what answers the pinned questions stands, from 1.
    Pinned {
        step: usize,
        ranks: Vec<(String, usize)>,
    },
    Saved {
        step: usize,
    },
    Ended {
        step: usize,
        reason: Reason,
        seconds: f64,
        /// The most memory the process had, in MiB, where the system tells.
        peak_mb: Option<u64>,
    },
}

impl Event {
    /// The step after which it happened.
    pub fn step(&self) -> usize {
        match self {
            Event::Began { step, .. }
            | Event::Step { step, .. }
            | Event::Evaluated { step, .. }
            | Event::Pinned { step, .. }
            | Event::Saved { step }
            | Event::Ended { step, .. } => *step,
        }
    }
}

/// Dimensions as strings: serde hands the keys of a map within a tagged enum over as they are in
/// JSON.
mod by_dim {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Figures;

    pub fn serialize<S: Serializer>(figures: &Figures, to: S) -> Result<S::Ok, S::Error> {
        figures.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Figures, D::Error> {
        let named: BTreeMap<String, BTreeMap<String, f64>> = Deserialize::deserialize(from)?;
        let numbered = named.into_iter().map(|(dim, figures)| {
            let dim = dim.parse().map_err(D::Error::custom)?;
            Ok((dim, figures))
        });
        numbered.collect()
    }
}
