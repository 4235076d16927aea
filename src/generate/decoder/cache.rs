//! The cache: keys and values of a sequence's tokens, so that a token is computed once.
//!
//! They lie in the panels of `kernel`, ready to be multiplied with: keys as columns, values as
//! rows. Both only grow at their ends, so a sequence that begins like another is forked from it.

use crate::kernel::{Isa, PackedView, Rows, padded, product};

/// Keys and values of all layers.
pub struct Cache {
    isa: Isa,
    head_dim: usize,
    /// By layer, then by head of keys and values.
    heads: Vec<Head>,
    /// Tokens held.
    pub len: usize,
}

struct Head {
    /// A panel for each `Isa::panel` tokens.
    keys: Vec<f32>,
    /// A panel for each `Isa::panel` numbers of a value.
    values: Vec<Vec<f32>>,
}

impl Cache {
    /// An empty cache for `heads` heads, those of all layers.
    pub fn new(isa: Isa, heads: usize, head_dim: usize) -> Self {
        let panels = padded(head_dim, isa) / isa.panel();
        let head = || Head {
            keys: Vec::new(),
            values: vec![Vec::new(); panels],
        };
        Self {
            isa,
            head_dim,
            heads: (0..heads).map(|_| head()).collect(),
            len: 0,
        }
    }

    /// The first `len` tokens of this cache.
    pub fn fork(&self, len: usize) -> Self {
        let nr = self.isa.panel();
        let keys = len.div_ceil(nr) * nr * self.head_dim;
        let part = |head: &Head| Head {
            keys: head.keys[..keys].to_vec(),
            values: head.values.iter().map(|v| v[..len * nr].to_vec()).collect(),
        };
        Self {
            isa: self.isa,
            head_dim: self.head_dim,
            heads: self.heads.iter().map(part).collect(),
            len,
        }
    }

    /// Puts the key and the value of token `at`, the next one of this head.
    pub fn push(&mut self, head: usize, at: usize, key: &[f32], value: &[f32]) {
        let nr = self.isa.panel();
        let (panel, column) = (at / nr * nr * self.head_dim, at % nr);
        let head = &mut self.heads[head];
        if column == 0 {
            head.keys.resize(panel + nr * self.head_dim, 0.0);
        }
        for (k, x) in key.iter().enumerate() {
            head.keys[panel + k * nr + column] = *x;
        }
        for (values, part) in head.values.iter_mut().zip(value.chunks(nr)) {
            values.extend_from_slice(part);
            values.resize((at + 1) * nr, 0.0);
        }
    }

    /// `queries` (`rows` of them) times the keys of the first `count` tokens; the rows of `out` lie
    /// `count` apart.
    pub fn scores(
        &self,
        head: usize,
        queries: Rows<'_>,
        rows: usize,
        count: usize,
        out: &mut [f32],
    ) {
        let keys = PackedView {
            isa: self.isa,
            depth: self.head_dim,
            n: count,
            data: &self.heads[head].keys,
        };
        product(rows, queries, keys, None, out, count);
    }

    /// `weights` (`rows` of `count` numbers) times the values of the first `count` tokens.
    pub fn mix(&self, head: usize, weights: &[f32], rows: usize, count: usize, out: &mut [f32]) {
        let nr = self.isa.panel();
        for (panel, values) in self.heads[head].values.iter().enumerate() {
            let first = panel * nr;
            let values = PackedView {
                isa: self.isa,
                depth: count,
                n: nr.min(self.head_dim - first),
                data: values,
            };
            let weights = Rows::new(weights, count);
            product(
                rows,
                weights,
                values,
                None,
                &mut out[first..],
                self.head_dim,
            );
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::kernel::guarded::{Guarded, Side};

    #[test]
    fn attention_keeps_to_its_slices() {
        for isa in Isa::available() {
            for side in Side::BOTH {
                for (rows, count, dim) in [(1, 1, 2), (5, 17, 6), (3, 33, 64), (12, 64, 40)] {
                    let mut cache = Cache::new(isa, 1, dim);
                    for at in 0..count {
                        let key = Guarded::filled(0.5f32, dim, side);
                        let value = Guarded::filled(at as f32, dim, side);
                        cache.push(0, at, &key, &value);
                    }
                    // Queries lie in rows of queries, keys and values; the last row ends early.
                    let stride = 3 * dim;
                    let queries = Guarded::filled(2.0f32, (rows - 1) * stride + dim, side);
                    let mut scores = Guarded::filled(0.0f32, rows * count, side);
                    let queries = Rows::new(&queries, stride);
                    cache.scores(0, queries, rows, count, &mut scores);
                    assert!(scores.iter().all(|x| *x == dim as f32), "{isa:?} {count}");
                    let weights = Guarded::filled(1.0f32, rows * count, side);
                    let mut mixed = Guarded::filled(0.0f32, rows * dim, side);
                    cache.mix(0, &weights, rows, count, &mut mixed);
                    let want = (count * (count - 1) / 2) as f32;
                    assert!(mixed.iter().all(|x| *x == want), "{isa:?} {count} {dim}");
                }
            }
        }
    }
}
