//! The gradient of the forward pass, layer by layer from the top.

use super::TrainableBert;
use super::forward::{LayerTape, NormTape, Pack, Scratch, Site, Tape};
use super::parameters::{LinearAt, NormAt};
use super::pointwise;
use crate::encoder::pooling::Pooling;
use crate::kernel::ops;
use crate::kernel::outer::add_outer;
use crate::kernel::{Isa, PackedView, Rows, pack_rows, product};

/// Rows whose outer products are summed while they stay in cache.
const BLOCK: usize = 256;

/// One worker's gradients: the layout's numbers after the word table.
pub(super) struct Sums<'a> {
    pub values: &'a mut [f32],
    /// Where `values` begins in the layout.
    pub start: usize,
}

impl Sums<'_> {
    fn slice(&mut self, range: &std::ops::Range<usize>) -> &mut [f32] {
        &mut self.values[range.start - self.start..range.end - self.start]
    }

    /// Gain's and bias's gradients.
    fn norm(&mut self, at: &NormAt) -> (&mut [f32], &mut [f32]) {
        assert_eq!(at.gain.end, at.bias.start, "a norm lies in one piece");
        let n = at.gain.len();
        self.slice(&(at.gain.start..at.bias.end)).split_at_mut(n)
    }

    /// Adds a linear layer's gradient: `d` is that of its outputs, `x` its inputs, `rows` of each.
    fn linear(
        &mut self,
        isa: Isa,
        at: &LinearAt,
        rows: usize,
        d: &[f32],
        x: &[f32],
        s: &mut Vec<f32>,
    ) {
        let bias = self.slice(&at.bias);
        for row in d.chunks_exact(at.outputs).take(rows) {
            pointwise::add(isa, bias, row);
        }
        for first in (0..rows).step_by(BLOCK) {
            let depth = BLOCK.min(rows - first);
            let x = Rows::new(&x[first * at.inputs..], at.inputs);
            pack_rows(isa, x, depth, at.inputs, s);
            let view = PackedView {
                isa,
                depth,
                n: at.inputs,
                data: s,
            };
            let d = Rows::new(&d[first * at.outputs..], at.outputs);
            add_outer(at.outputs, d, view, self.slice(&at.weight), at.inputs);
        }
    }
}

impl TrainableBert {
    /// Gradients of a pack whose tape is whole: `d` are those of its pooled rows. What reaches the
    /// sum of the embedding tables is appended to `d_words`, a row a token.
    pub(super) fn backward(
        &self,
        pack: &Pack,
        tape: &mut Tape,
        d: &[f32],
        sums: &mut Sums<'_>,
        s: &mut Scratch,
        d_words: &mut Vec<f32>,
    ) {
        let mut d = self.unpool(pack, d);
        let mut x = std::mem::take(&mut s.x);
        let mut again = std::mem::take(&mut s.layer);
        for layer in (self.options.frozen_layers..self.packed.len()).rev() {
            self.layer_input(layer, pack, tape, &mut x);
            let mut kept = &tape.layers[layer];
            if self.options.checkpointing {
                self.forward_layer(layer, &x, pack, &mut again, s);
                kept = &again;
            }
            self.backward_layer(layer, pack, kept, &x, &mut d, sums, s);
        }
        s.x = x;
        s.layer = again;
        if !self.frozen_embeddings() {
            self.embed_back(pack, &tape.embedding, d, sums, d_words);
        }
    }

    /// From gradients of pooled rows to those of the rows that the last layer yields.
    fn unpool(&self, pack: &Pack, d: &[f32]) -> Vec<f32> {
        if self.pooling == Pooling::Cls {
            return d.to_vec();
        }
        let mut out = Vec::with_capacity(pack.ids.len() * self.dim());
        for (span, d) in pack.spans.iter().zip(d.chunks_exact(self.dim())) {
            let share = 1.0 / span.len() as f32;
            for _ in span.clone() {
                out.extend(d.iter().map(|d| d * share));
            }
        }
        out
    }

    /// `d` holds the gradient of the layer's output and becomes that of its input.
    #[expect(
        clippy::too_many_arguments,
        reason = "a layer's place, its tape and its gradients"
    )]
    fn backward_layer(
        &self,
        layer: usize,
        pack: &Pack,
        t: &LayerTape,
        x: &[f32],
        d: &mut Vec<f32>,
        sums: &mut Sums<'_>,
        s: &mut Scratch,
    ) {
        let h = self.dim();
        let (at, packed) = (&self.layout.layers[layer], &self.packed[layer]);
        let yielded = d.len() / h;
        self.norm_back(&at.output_norm, &t.output, d, sums);
        self.feed_forward_back(layer, pack, t, d, sums, s);
        self.norm_back(&at.attention_norm, &t.attention, d, sums);

        let mut d_out = std::mem::take(&mut s.d);
        d_out.clone_from(d);
        self.drop_rows(pack, (layer, Site::AttentionOutput), 0, &mut d_out);
        sums.linear(
            self.isa,
            &at.out,
            yielded,
            &d_out,
            &t.context,
            &mut s.panels,
        );
        s.d_context.resize(yielded * h, 0.0);
        let view = packed.out.backward(self.isa, &at.out);
        product(
            yielded,
            Rows::new(&d_out, h),
            view,
            None,
            &mut s.d_context,
            h,
        );
        s.d = d_out;

        self.attend_back(layer, pack, t, s);
        let rows = x.len() / h;
        sums.linear(self.isa, &at.qkv, rows, &s.d_qkv, x, &mut s.panels);
        let residual = std::mem::take(d);
        d.resize(rows * h, 0.0);
        let view = packed.qkv.backward(self.isa, &at.qkv);
        product(rows, Rows::new(&s.d_qkv, 3 * h), view, None, d, h);
        let mut from = residual.chunks_exact(h);
        for span in &pack.spans {
            let yields = self.yields(layer, span);
            let to = d[span.start * h..].chunks_exact_mut(h).take(yields);
            for (to, from) in to.zip(&mut from) {
                pointwise::add(self.isa, to, from);
            }
        }
    }

    fn norm_back(&self, at: &NormAt, tape: &NormTape, d: &mut [f32], sums: &mut Sums<'_>) {
        let h = self.dim();
        let gain = &self.values[at.gain.clone()];
        let (d_gain, d_bias) = sums.norm(at);
        let kept = tape.standard.chunks_exact(h).zip(&tape.scales);
        for (d, (standard, scale)) in d.chunks_exact_mut(h).zip(kept) {
            pointwise::norm_back(self.isa, d, standard, *scale, gain, d_gain, d_bias);
        }
    }

    /// `d` holds the gradient of `y + down(gelu(up(y)))` and becomes that of `y`.
    fn feed_forward_back(
        &self,
        layer: usize,
        pack: &Pack,
        t: &LayerTape,
        d: &mut [f32],
        sums: &mut Sums<'_>,
        s: &mut Scratch,
    ) {
        let (isa, h, wide) = (self.isa, self.dim(), self.config.intermediate_size);
        let (at, packed) = (&self.layout.layers[layer], &self.packed[layer]);
        let rows = d.len() / h;
        let size = BLOCK.min(rows);
        s.y.resize(s.y.len().max(size * h), 0.0);
        s.hidden.resize(s.hidden.len().max(size * wide), 0.0);
        s.d_hidden.resize(s.d_hidden.len().max(size * wide), 0.0);
        for first in (0..rows).step_by(BLOCK) {
            let n = BLOCK.min(rows - first);
            let d = &mut d[first * h..(first + n) * h];
            let (hidden, d_hidden) = (&mut s.hidden[..n * wide], &mut s.d_hidden[..n * wide]);
            let before = &t.hidden[first * wide..(first + n) * wide];
            hidden.copy_from_slice(before);
            ops::gelu(isa, hidden);
            s.d.clear();
            s.d.extend_from_slice(d);
            self.drop_rows(pack, (layer, Site::Output), first, &mut s.d);
            sums.linear(isa, &at.down, n, &s.d, hidden, &mut s.panels);
            let down = packed.down.backward(isa, &at.down);
            product(n, Rows::new(&s.d, h), down, None, d_hidden, wide);
            pointwise::gelu_back(isa, d_hidden, before);
            let y = &mut s.y[..n * h];
            self.norm_output(&at.attention_norm, &t.attention, first, y);
            sums.linear(isa, &at.up, n, d_hidden, y, &mut s.panels);
            let up = packed.up.backward(isa, &at.up);
            product(n, Rows::new(d_hidden, wide), up, None, y, h);
            pointwise::add(isa, d, y);
        }
    }

    fn embed_back(
        &self,
        pack: &Pack,
        tape: &NormTape,
        mut d: Vec<f32>,
        sums: &mut Sums<'_>,
        d_words: &mut Vec<f32>,
    ) {
        let h = self.dim();
        self.drop_rows(pack, (0, Site::Embedding), 0, &mut d);
        self.norm_back(&self.layout.embedding_norm, tape, &mut d, sums);
        for span in &pack.spans {
            for (position, row) in span.clone().enumerate() {
                let row = &d[row * h..][..h];
                let positions = sums.slice(&self.layout.positions);
                pointwise::add(self.isa, &mut positions[position * h..][..h], row);
                pointwise::add(self.isa, &mut sums.slice(&self.layout.segment)[..h], row);
            }
        }
        d_words.extend_from_slice(&d);
    }
}
