//! The forward pass, and the tape of what it keeps.

use std::ops::Range;

use super::TrainableBert;
use super::parameters::NormAt;
use super::pointwise;
use crate::encoder::pooling::Pooling;
use crate::kernel::ops;
use crate::kernel::{Rows, product};

/// A LayerNorm's standardised rows, and 1 / deviation of each.
#[derive(Default)]
pub(super) struct NormTape {
    pub standard: Vec<f32>,
    pub scales: Vec<f32>,
}

impl NormTape {
    pub(super) fn resize(&mut self, rows: usize, h: usize) {
        self.standard.resize(rows * h, 0.0);
        self.scales.resize(rows, 0.0);
    }
}

/// What one layer keeps for its gradient, a row a token (or a text, in a last layer that yields
/// one row each).
#[derive(Default)]
pub(super) struct LayerTape {
    pub qkv: Vec<f32>,
    pub context: Vec<f32>,
    pub attention: NormTape,
    /// The feed-forward's wide rows before GELU.
    pub hidden: Vec<f32>,
    pub output: NormTape,
}

/// What is kept of a pack of texts.
#[derive(Default)]
pub(super) struct Tape {
    pub embedding: NormTape,
    pub layers: Vec<LayerTape>,
}

/// How much of a pack's activations is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    All,
    /// Each layer's output.
    Outputs,
    Nothing,
}

/// Texts that go through the network together, end to end.
#[derive(Default)]
pub(super) struct Pack {
    /// Which texts of the batch.
    pub texts: Vec<usize>,
    pub ids: Vec<u32>,
    pub spans: Vec<Range<usize>>,
    /// Probability that a number is dropped, and the seed of the masks.
    pub dropout: f32,
    pub seed: u32,
}

/// Buffers of one worker, kept between packs.
#[derive(Default)]
pub(super) struct Scratch {
    pub x: Vec<f32>,
    pub residual: Vec<f32>,
    pub y: Vec<f32>,
    pub hidden: Vec<f32>,
    pub d_hidden: Vec<f32>,
    pub d: Vec<f32>,
    pub d_context: Vec<f32>,
    pub d_qkv: Vec<f32>,
    pub panels: Vec<f32>,
    pub heads: super::attention::Heads,
    pub layer: LayerTape,
}

/// Rows that go through the feed-forward together, so that its wide rows stay in cache.
const BLOCK: usize = 96;

/// Where dropout strikes; part of a mask's seed.
#[derive(Clone, Copy)]
pub(super) enum Site {
    Embedding,
    Attention,
    AttentionOutput,
    Output,
}

/// The seed of one row's mask.
pub(super) fn mask(pack: u32, layer: usize, site: Site, row: usize) -> u32 {
    let mixed = pack ^ (layer as u32 * 4 + site as u32).wrapping_mul(0x85EB_CA6B);
    (mixed ^ row as u32)
        .wrapping_mul(0xC2B2_AE35)
        .rotate_left(13)
        ^ mixed
}

impl TrainableBert {
    pub(super) fn eps(&self) -> f32 {
        self.config.layer_norm_eps
    }

    /// A LayerNorm's output: `tape`'s rows from `first` on, as many as fill `out`.
    pub(super) fn norm_output(&self, at: &NormAt, tape: &NormTape, first: usize, out: &mut [f32]) {
        let h = self.dim();
        let (gain, bias) = (&self.values[at.gain.clone()], &self.values[at.bias.clone()]);
        let rows = tape.standard[first * h..].chunks_exact(h);
        for (out, standard) in out.chunks_exact_mut(h).zip(rows) {
            pointwise::affine(self.isa, standard, gain, bias, out);
        }
    }

    /// Each row is dropped out by its mask, where there is dropout; `first` is the number of the
    /// first in its layer.
    pub(super) fn drop_rows(&self, pack: &Pack, at: (usize, Site), first: usize, rows: &mut [f32]) {
        if pack.dropout > 0.0 {
            for (i, row) in rows.chunks_exact_mut(self.dim()).enumerate() {
                let seed = mask(pack.seed, at.0, at.1, first + i);
                pointwise::dropout(self.isa, row, seed, pack.dropout);
            }
        }
    }

    /// The input of layer `layer`, from the tape of what came before, into `x`.
    pub(super) fn layer_input(&self, layer: usize, pack: &Pack, tape: &Tape, x: &mut Vec<f32>) {
        let (at, norm) = match layer.checked_sub(1) {
            None => (&self.layout.embedding_norm, &tape.embedding),
            Some(i) => (&self.layout.layers[i].output_norm, &tape.layers[i].output),
        };
        x.resize(norm.standard.len(), 0.0);
        self.norm_output(at, norm, 0, x);
        if layer == 0 {
            self.drop_rows(pack, (0, Site::Embedding), 0, x);
        }
    }

    /// Runs a pack through the network: pooled rows, one a text, into `out`; `tape` holds what
    /// `keep` says.
    pub(super) fn forward(
        &self,
        pack: &Pack,
        keep: Keep,
        tape: &mut Tape,
        s: &mut Scratch,
        out: &mut Vec<f32>,
    ) {
        let h = self.dim();
        self.embed(pack, &mut tape.embedding);
        let mut x = std::mem::take(&mut s.x);
        self.layer_input(0, pack, tape, &mut x);
        tape.layers
            .resize_with(self.packed.len(), LayerTape::default);
        let mut spare = std::mem::take(&mut s.layer);
        for layer in 0..self.packed.len() {
            let whole = keep == Keep::All && layer >= self.options.frozen_layers;
            let to = if whole {
                &mut tape.layers[layer]
            } else {
                &mut spare
            };
            self.forward_layer(layer, &x, pack, to, s);
            x.resize(to.output.standard.len(), 0.0);
            let at = &self.layout.layers[layer].output_norm;
            self.norm_output(at, &to.output, 0, &mut x);
            if !whole && keep != Keep::Nothing {
                let kept = &mut tape.layers[layer].output;
                kept.standard.clone_from(&spare.output.standard);
                kept.scales.clone_from(&spare.output.scales);
            }
        }
        s.layer = spare;
        out.clear();
        match self.pooling {
            Pooling::Cls => out.extend_from_slice(&x),
            Pooling::Mean => {
                for span in &pack.spans {
                    let start = out.len();
                    out.resize(start + h, 0.0);
                    for row in x[span.start * h..span.end * h].chunks_exact(h) {
                        pointwise::add(self.isa, &mut out[start..], row);
                    }
                    pointwise::scale(self.isa, &mut out[start..], 1.0 / span.len() as f32);
                }
            }
        }
        s.x = x;
    }

    fn embed(&self, pack: &Pack, tape: &mut NormTape) {
        let h = self.dim();
        tape.resize(pack.ids.len(), h);
        let table = |range: &Range<usize>| &self.values[range.clone()];
        let (words, positions) = (table(&self.layout.words), table(&self.layout.positions));
        let segment = &table(&self.layout.segment)[..h];
        for span in &pack.spans {
            for (position, row) in span.clone().enumerate() {
                let to = &mut tape.standard[row * h..][..h];
                to.copy_from_slice(&words[pack.ids[row] as usize * h..][..h]);
                pointwise::add(self.isa, to, &positions[position * h..][..h]);
                pointwise::add(self.isa, to, segment);
                pointwise::standardize(self.isa, to, self.eps(), &mut tape.scales[row]);
            }
        }
    }

    /// One layer; `x` is its input, a row a token.
    pub(super) fn forward_layer(
        &self,
        layer: usize,
        x: &[f32],
        pack: &Pack,
        t: &mut LayerTape,
        s: &mut Scratch,
    ) {
        let h = self.dim();
        let (at, packed) = (&self.layout.layers[layer], &self.packed[layer]);
        let rows = x.len() / h;
        t.qkv.resize(rows * 3 * h, 0.0);
        let view = packed.qkv.forward(self.isa, &at.qkv);
        let bias = Some(&self.values[at.qkv.bias.clone()]);
        product(rows, Rows::new(x, h), view, bias, &mut t.qkv, 3 * h);
        self.attend(layer, pack, t, s);

        let yielded = t.context.len() / h;
        let residual = self.residual(layer, x, pack, &mut s.residual);
        t.attention.resize(yielded, h);
        let view = packed.out.forward(self.isa, &at.out);
        let bias = Some(&self.values[at.out.bias.clone()]);
        for first in (0..yielded).step_by(BLOCK) {
            let n = BLOCK.min(yielded - first);
            let to = &mut t.attention.standard[first * h..(first + n) * h];
            product(n, Rows::new(&t.context[first * h..], h), view, bias, to, h);
            self.drop_rows(pack, (layer, Site::AttentionOutput), first, to);
            let scales = &mut t.attention.scales[first..];
            self.add_and_standardize(to, &residual[first * h..], scales);
        }
        self.feed_forward(layer, pack, t, s);
    }

    /// The rows of `x` that the layer's attention is added to.
    pub(super) fn residual<'a>(
        &self,
        layer: usize,
        x: &'a [f32],
        pack: &Pack,
        gathered: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        let h = self.dim();
        if pack
            .spans
            .iter()
            .all(|span| self.yields(layer, span) == span.len())
        {
            return x;
        }
        gathered.clear();
        for span in &pack.spans {
            let rows = span.start..span.start + self.yields(layer, span);
            gathered.extend_from_slice(&x[rows.start * h..rows.end * h]);
        }
        gathered
    }

    fn add_and_standardize(&self, rows: &mut [f32], residual: &[f32], scales: &mut [f32]) {
        let h = self.dim();
        let pairs = rows.chunks_exact_mut(h).zip(residual.chunks_exact(h));
        for ((row, residual), scale) in pairs.zip(scales) {
            pointwise::add(self.isa, row, residual);
            pointwise::standardize(self.isa, row, self.eps(), scale);
        }
    }

    fn feed_forward(&self, layer: usize, pack: &Pack, t: &mut LayerTape, s: &mut Scratch) {
        let (h, wide) = (self.dim(), self.config.intermediate_size);
        let (at, packed) = (&self.layout.layers[layer], &self.packed[layer]);
        let rows = t.attention.scales.len();
        t.hidden.resize(rows * wide, 0.0);
        t.output.resize(rows, h);
        s.y.resize(BLOCK * h, 0.0);
        s.hidden.resize(s.hidden.len().max(BLOCK * wide), 0.0);
        let up = packed.up.forward(self.isa, &at.up);
        let down = packed.down.forward(self.isa, &at.down);
        for first in (0..rows).step_by(BLOCK) {
            let n = BLOCK.min(rows - first);
            self.norm_output(&at.attention_norm, &t.attention, first, &mut s.y[..n * h]);
            let hidden = &mut t.hidden[first * wide..(first + n) * wide];
            let bias = Some(&self.values[at.up.bias.clone()]);
            product(n, Rows::new(&s.y, h), up, bias, hidden, wide);
            s.hidden[..n * wide].copy_from_slice(hidden);
            ops::gelu(self.isa, &mut s.hidden[..n * wide]);
            let to = &mut t.output.standard[first * h..(first + n) * h];
            let bias = Some(&self.values[at.down.bias.clone()]);
            product(n, Rows::new(&s.hidden, wide), down, bias, to, h);
            self.drop_rows(pack, (layer, Site::Output), first, to);
            self.add_and_standardize(to, &s.y, &mut t.output.scales[first..]);
        }
    }
}
