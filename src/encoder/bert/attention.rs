//! Attention of one head of one text, and its gradient, in tiles of queries that stay in cache.

use std::ops::Range;

use super::TrainableBert;
use super::forward::{LayerTape, Pack, Scratch, Site, mask};
use super::pointwise;
use crate::kernel::ops;
use crate::kernel::outer::add_outer;
use crate::kernel::{PackedView, Rows, pack_rows, pack_transposed, padded, product};

/// Queries of one tile.
const QUERIES: usize = 48;

/// Buffers of a head.
#[derive(Default)]
pub(super) struct Heads {
    keys: Vec<f32>,
    values: Vec<f32>,
    key_rows: Vec<f32>,
    query_rows: Vec<f32>,
    scores: Vec<f32>,
    d_scores: Vec<f32>,
    dropped: Vec<f32>,
    d_context_rows: Vec<f32>,
}

/// One head of one text: where it lies in a layer's rows.
struct Head {
    span: Range<usize>,
    /// The first row of the text in the layer's yield, and how many it yields.
    target: usize,
    queries: usize,
    /// The head's first column in a row of Q.
    column: usize,
    index: usize,
}

impl TrainableBert {
    fn heads(&self, layer: usize, pack: &Pack) -> Vec<Head> {
        let (d, mut target) = (self.config.head_dim(), 0);
        let mut out = Vec::new();
        for span in &pack.spans {
            let queries = self.yields(layer, span);
            out.extend((0..self.config.num_attention_heads).map(|index| Head {
                span: span.clone(),
                target,
                queries,
                column: index * d,
                index,
            }));
            target += queries;
        }
        out
    }

    /// Softmax(Q · Kᵀ / √d) · V of every head into the tape's context.
    pub(super) fn attend(&self, layer: usize, pack: &Pack, t: &mut LayerTape, s: &mut Scratch) {
        let (h, d) = (self.dim(), self.config.head_dim());
        let yielded: usize = pack.spans.iter().map(|span| self.yields(layer, span)).sum();
        t.context.resize(yielded * h, 0.0);
        let b = &mut s.heads;
        for head in self.heads(layer, pack) {
            let text = &t.qkv[head.span.start * 3 * h..head.span.end * 3 * h];
            let length = head.span.len();
            let values = Rows::new(&text[2 * h + head.column..], 3 * h);
            pack_rows(self.isa, values, length, d, &mut b.values);
            self.pack_keys(text, &head, &mut b.keys);
            for first in (0..head.queries).step_by(QUERIES) {
                let n = QUERIES.min(head.queries - first);
                self.probabilities(text, &head, first, n, &b.keys, &mut b.scores);
                let wide = padded(length, self.isa);
                self.drop_scores(layer, pack, &head, first, &mut b.scores[..n * wide]);
                let view = self.view(length, d, &b.values);
                let at = (head.target + first) * h + head.column;
                let scores = Rows::new(&b.scores, wide);
                product(n, scores, view, None, &mut t.context[at..], h);
            }
        }
    }

    fn view<'a>(&self, depth: usize, n: usize, data: &'a [f32]) -> PackedView<'a> {
        PackedView {
            isa: self.isa,
            depth,
            n,
            data,
        }
    }

    /// Kᵀ of a head in panels.
    fn pack_keys(&self, text: &[f32], head: &Head, out: &mut Vec<f32>) {
        let (h, d) = (self.dim(), self.config.head_dim());
        let keys = Rows::new(&text[h + head.column..], 3 * h);
        pack_transposed(self.isa, keys, head.span.len(), d, out);
    }

    /// Probabilities of `n` queries from `first` on, a row each, `padded` apart.
    fn probabilities(
        &self,
        text: &[f32],
        head: &Head,
        first: usize,
        n: usize,
        keys: &[f32],
        scores: &mut Vec<f32>,
    ) {
        let (h, d) = (self.dim(), self.config.head_dim());
        let length = head.span.len();
        let wide = padded(length, self.isa);
        scores.resize(scores.len().max(QUERIES * wide), 0.0);
        let queries = Rows::new(&text[first * 3 * h + head.column..], 3 * h);
        product(n, queries, self.view(d, wide, keys), None, scores, wide);
        let factor = 1.0 / (d as f32).sqrt();
        for row in scores.chunks_exact_mut(wide).take(n) {
            pointwise::scale(self.isa, &mut row[..length], factor);
            ops::softmax(self.isa, &mut row[..length]);
        }
    }

    fn drop_scores(&self, layer: usize, pack: &Pack, head: &Head, first: usize, rows: &mut [f32]) {
        if pack.dropout == 0.0 {
            return;
        }
        let (length, heads) = (head.span.len(), self.config.num_attention_heads);
        for (i, row) in rows.chunks_exact_mut(padded(length, self.isa)).enumerate() {
            let at = (head.span.start + first + i) * heads + head.index;
            let seed = mask(pack.seed, layer, Site::Attention, at);
            pointwise::dropout(self.isa, &mut row[..length], seed, pack.dropout);
        }
    }

    /// From the gradient of the context (`s.d_context`) to that of Q, K and V (`s.d_qkv`).
    pub(super) fn attend_back(&self, layer: usize, pack: &Pack, t: &LayerTape, s: &mut Scratch) {
        s.d_qkv.clear();
        s.d_qkv.resize(t.qkv.len(), 0.0);
        let Scratch {
            heads,
            d_context,
            d_qkv,
            ..
        } = s;
        for head in self.heads(layer, pack) {
            self.head_back(layer, pack, &head, t, d_context, d_qkv, heads);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a head's place, its tape and its gradients"
    )]
    fn head_back(
        &self,
        layer: usize,
        pack: &Pack,
        head: &Head,
        t: &LayerTape,
        d_context: &[f32],
        d_qkv: &mut [f32],
        b: &mut Heads,
    ) {
        let (isa, h, d) = (self.isa, self.dim(), self.config.head_dim());
        let (length, column) = (head.span.len(), head.column);
        let wide = padded(length, isa);
        let text = &t.qkv[head.span.start * 3 * h..head.span.end * 3 * h];
        let d_text = &mut d_qkv[head.span.start * 3 * h..head.span.end * 3 * h];
        let (k_at, v_at) = (h + column, 2 * h + column);
        self.pack_keys(text, head, &mut b.keys);
        pack_rows(
            isa,
            Rows::new(&text[k_at..], 3 * h),
            length,
            d,
            &mut b.key_rows,
        );
        pack_transposed(
            isa,
            Rows::new(&text[v_at..], 3 * h),
            length,
            d,
            &mut b.values,
        );
        b.d_scores.resize(b.d_scores.len().max(QUERIES * wide), 0.0);
        for first in (0..head.queries).step_by(QUERIES) {
            let n = QUERIES.min(head.queries - first);
            self.probabilities(text, head, first, n, &b.keys, &mut b.scores);
            let at = (head.target + first) * h + column;
            let d_rows = Rows::new(&d_context[at..], h);
            // dV += Pᵀ · dO, by the probabilities as they were used.
            pack_rows(isa, d_rows, n, d, &mut b.d_context_rows);
            let used = if pack.dropout > 0.0 {
                b.dropped.clear();
                b.dropped.extend_from_slice(&b.scores[..n * wide]);
                self.drop_scores(layer, pack, head, first, &mut b.dropped);
                &b.dropped
            } else {
                &b.scores
            };
            let view = self.view(n, d, &b.d_context_rows);
            add_outer(
                length,
                Rows::new(used, wide),
                view,
                &mut d_text[v_at..],
                3 * h,
            );
            // dS = P ∘ (dP − Σ P ∘ dP) / √d, where Σ P ∘ dP = dO · O.
            let values = self.view(d, wide, &b.values);
            product(n, d_rows, values, None, &mut b.d_scores, wide);
            self.drop_scores(layer, pack, head, first, &mut b.d_scores[..n * wide]);
            let factor = 1.0 / (d as f32).sqrt();
            for i in 0..n {
                let (d_row, row) = (&d_context[at + i * h..][..d], &t.context[at + i * h..][..d]);
                let along = d_row.iter().zip(row).map(|(d, o)| d * o).sum();
                let p = &b.scores[i * wide..][..length];
                let d_row = &mut b.d_scores[i * wide..][..length];
                pointwise::softmax_back(isa, d_row, p, along, factor);
            }
            // dQ = dS · K, dK += dSᵀ · Q.
            let d_scores = Rows::new(&b.d_scores, wide);
            let keys = self.view(length, d, &b.key_rows);
            let q_at = first * 3 * h + column;
            product(n, d_scores, keys, None, &mut d_text[q_at..], 3 * h);
            pack_rows(
                isa,
                Rows::new(&text[q_at..], 3 * h),
                n,
                d,
                &mut b.query_rows,
            );
            let queries = self.view(n, d, &b.query_rows);
            add_outer(length, d_scores, queries, &mut d_text[k_at..], 3 * h);
        }
    }
}
