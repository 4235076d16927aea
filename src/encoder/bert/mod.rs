//! The differentiable BERT: the forward pass that keeps what its gradient needs, the gradient
//! written by hand, and the workers that share a batch between them.
//!
//! Texts lie end to end without padding, as in `infer`, and the last layer computes only what the
//! pooling reads. Kept of each layer are Q, K and V, the attention's context, the feed-forward's
//! input to GELU, and both norms' standardised rows; the probabilities of attention are computed
//! again, a tile at a time (Dao et al. 2022, FlashAttention, do likewise).

mod attention;
mod backward;
mod forward;
mod parameters;
mod pointwise;
mod worker;

use std::ops::Range;
use std::sync::Arc;

use super::EncoderError;
use super::config::Config;
use super::pooling::Pooling;
use super::weights::WeightFiles;
use crate::kernel::{Isa, PackedView, Rows, pack_rows, pack_transposed};
use parameters::LinearAt;
pub use parameters::{Entry, Layout, le_bytes};
pub use worker::{Gradients, Workers};

/// What a run may do to save memory, and what it does to the activations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Options {
    /// Probability that a number is dropped (embeddings, attention, outputs of both blocks).
    pub dropout: f32,
    /// Layers from below that stay as they are; with one or more the embeddings do as well.
    pub frozen_layers: usize,
    /// The embedding tables and their norm stay as they are.
    pub freeze_embeddings: bool,
    /// Keep each layer's output alone and compute its inside again in the backward pass (Chen et
    /// al. 2016).
    pub checkpointing: bool,
}

/// A BERT whose parameters can be trained.
pub struct TrainableBert {
    pub(super) config: Config,
    isa: Isa,
    pub pooling: Pooling,
    pub options: Options,
    layout: Arc<Layout>,
    values: Vec<f32>,
    packed: Vec<PackedLayer>,
}

/// A linear layer's weight in panels, for x · Wᵀ and for d · W.
#[derive(Default)]
struct PackedLinear {
    forward: Vec<f32>,
    backward: Vec<f32>,
}

#[derive(Default)]
struct PackedLayer {
    qkv: PackedLinear,
    out: PackedLinear,
    up: PackedLinear,
    down: PackedLinear,
}

impl PackedLinear {
    fn pack(&mut self, isa: Isa, values: &[f32], at: &LinearAt) {
        let rows = Rows::new(&values[at.weight.clone()], at.inputs);
        pack_transposed(isa, rows, at.outputs, at.inputs, &mut self.forward);
        pack_rows(isa, rows, at.outputs, at.inputs, &mut self.backward);
    }

    /// B of x · Wᵀ.
    fn forward(&self, isa: Isa, at: &LinearAt) -> PackedView<'_> {
        PackedView {
            isa,
            depth: at.inputs,
            n: at.outputs,
            data: &self.forward,
        }
    }

    /// B of d · W.
    fn backward(&self, isa: Isa, at: &LinearAt) -> PackedView<'_> {
        PackedView {
            isa,
            depth: at.outputs,
            n: at.inputs,
            data: &self.backward,
        }
    }
}

impl TrainableBert {
    /// Reads a safetensors file of `config`'s shape.
    pub fn load(
        config: &Config,
        file: &WeightFiles,
        pooling: Pooling,
    ) -> Result<Self, EncoderError> {
        let layout = Arc::new(Layout::new(config));
        let values = layout.read(file)?;
        Ok(Self::new(config, layout, values, pooling, Isa::detect()))
    }

    /// Over parameters in `layout`'s order.
    pub fn new(
        config: &Config,
        layout: Arc<Layout>,
        values: Vec<f32>,
        pooling: Pooling,
        isa: Isa,
    ) -> Self {
        assert_eq!(values.len(), layout.len());
        let packed = layout.layers.iter().map(|_| PackedLayer::default());
        let mut bert = Self {
            config: config.clone(),
            isa,
            pooling,
            options: Options::default(),
            packed: packed.collect(),
            layout,
            values,
        };
        bert.repack(1);
        bert
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Length of an embedding.
    pub fn dim(&self) -> usize {
        self.config.hidden_size
    }

    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The parameters, in the layout's order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Changes the parameters by `change` and brings up to date what depends on them.
    pub fn update(&mut self, threads: usize, change: impl FnOnce(&mut [f32])) {
        change(&mut self.values);
        self.repack(threads);
    }

    /// True for a parameter that training leaves as it is.
    pub fn is_frozen(&self, entry: &Entry) -> bool {
        match entry.layer() {
            Some(layer) => layer < self.options.frozen_layers,
            None => self.frozen_embeddings(),
        }
    }

    fn frozen_embeddings(&self) -> bool {
        self.options.freeze_embeddings || self.options.frozen_layers > 0
    }

    fn repack(&mut self, threads: usize) {
        let (isa, values) = (self.isa, &self.values);
        let frozen = self.options.frozen_layers;
        let places = self.layout.layers.iter().enumerate();
        // A frozen layer is packed once, the first time.
        let stale = |(i, _): &(usize, _), packed: &PackedLayer| {
            *i >= frozen || packed.qkv.forward.is_empty()
        };
        let mut work: Vec<_> = places
            .zip(&mut self.packed)
            .filter(|(at, packed)| stale(at, packed))
            .collect();
        let share = work.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for part in work.chunks_mut(share) {
                scope.spawn(move || {
                    for ((_, at), packed) in part {
                        packed.qkv.pack(isa, values, &at.qkv);
                        packed.out.pack(isa, values, &at.out);
                        packed.up.pack(isa, values, &at.up);
                        packed.down.pack(isa, values, &at.down);
                    }
                });
            }
        });
    }

    /// Rows of a text that layer `layer` has to yield.
    fn yields(&self, layer: usize, span: &Range<usize>) -> usize {
        let last = layer + 1 == self.config.num_hidden_layers;
        match self.pooling {
            Pooling::Cls if last => 1,
            _ => span.len(),
        }
    }
}

#[cfg(test)]
#[path = "bert_tests.rs"]
mod tests;
