//! A linear layer with weights of 16 bits: half the memory, and half of what a step reads, at a
//! precision above that of any file's quantisation.

use std::cell::RefCell;

use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;

use crate::kernel::{Isa, PackedView, Rows, padded, product};

/// Rows from which on threads share the rows of a product; fewer are shared by columns.
const MANY: usize = 48;

/// y = W x + b, W in the panels of `kernel`.
pub struct Linear {
    isa: Isa,
    depth: usize,
    n: usize,
    data: Vec<f16>,
    bias: Option<Vec<f32>>,
}

thread_local! {
    /// One panel as f32.
    static PANEL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Linear {
    /// Takes `n` × `depth` weights, row by row.
    pub fn new(isa: Isa, weight: &[f32], n: usize, depth: usize, bias: Option<Vec<f32>>) -> Self {
        assert_eq!(weight.len(), n * depth);
        assert!(bias.as_ref().is_none_or(|bias| bias.len() == n));
        let nr = isa.panel();
        let mut data = vec![f16::ZERO; padded(n, isa) * depth];
        for (panel, rows) in data.chunks_mut(nr * depth).zip(weight.chunks(nr * depth)) {
            for (column, row) in rows.chunks(depth).enumerate() {
                for (k, value) in row.iter().enumerate() {
                    panel[k * nr + column] = f16::from_f32(*value);
                }
            }
        }
        Self {
            isa,
            depth,
            n,
            data,
            bias,
        }
    }

    /// Numbers of an output row.
    pub fn outputs(&self) -> usize {
        self.n
    }

    /// Row `at` of W, as an embedding table has it.
    pub fn row(&self, at: usize, out: &mut [f32]) {
        let nr = self.isa.panel();
        let panel = &self.data[at / nr * nr * self.depth..][..nr * self.depth];
        for (k, x) in out.iter_mut().enumerate() {
            *x = panel[k * nr + at % nr].to_f32();
        }
    }

    /// Puts `rows` rows through, on the threads of the pool that this is called in.
    pub fn apply(&self, input: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * self.n];
        let threads = rayon::current_num_threads();
        if threads == 1 || rows == 0 {
            self.columns(input, rows, 0..self.n, &mut out, self.n);
        } else if rows >= MANY {
            let share = rows.div_ceil(threads);
            let parts = out.par_chunks_mut(share * self.n);
            parts
                .zip(input.par_chunks(share * self.depth))
                .for_each(|(out, input)| {
                    self.columns(input, out.len() / self.n, 0..self.n, out, self.n);
                });
        } else {
            let nr = self.isa.panel();
            let share = self.n.div_ceil(nr).div_ceil(threads) * nr;
            let part = |first: usize| {
                let last = (first + share).min(self.n);
                let mut own = vec![0.0; rows * (last - first)];
                self.columns(input, rows, first..last, &mut own, last - first);
                own
            };
            let firsts: Vec<usize> = (0..self.n).step_by(share).collect();
            let parts: Vec<Vec<f32>> = firsts.par_iter().map(|first| part(*first)).collect();
            for (first, own) in firsts.into_iter().zip(parts) {
                let width = own.len() / rows;
                for (row, own) in out.chunks_mut(self.n).zip(own.chunks(width)) {
                    row[first..first + width].copy_from_slice(own);
                }
            }
        }
        out
    }

    /// Columns of the product, of which the first is the first of a panel.
    fn columns(
        &self,
        input: &[f32],
        rows: usize,
        columns: std::ops::Range<usize>,
        out: &mut [f32],
        stride: usize,
    ) {
        let nr = self.isa.panel();
        let input = Rows::new(input, self.depth);
        PANEL.with_borrow_mut(|panel| {
            panel.resize(nr * self.depth, 0.0);
            for first in columns.clone().step_by(nr) {
                let n = nr.min(columns.end - first);
                let half = &self.data[first * self.depth..][..nr * self.depth];
                half.convert_to_f32_slice(panel);
                let view = PackedView {
                    isa: self.isa,
                    depth: self.depth,
                    n,
                    data: panel,
                };
                let bias = self.bias.as_ref().map(|bias| &bias[first..first + n]);
                product(
                    rows,
                    input,
                    view,
                    bias,
                    &mut out[first - columns.start..],
                    stride,
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_the_definition_on_any_number_of_threads() {
        let (n, depth) = (75, 40);
        let value = |i: usize, by: usize| ((i * by % 31) as f32 - 15.0) / 16.0;
        let weight: Vec<f32> = (0..n * depth).map(|i| value(i, 7)).collect();
        let bias: Vec<f32> = (0..n).map(|i| value(i, 3)).collect();
        for isa in Isa::available() {
            let linear = Linear::new(isa, &weight, n, depth, Some(bias.clone()));
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                for rows in [1, 5, MANY + 2] {
                    let input: Vec<f32> = (0..rows * depth).map(|i| value(i, 11)).collect();
                    let out = pool
                        .as_ref()
                        .unwrap()
                        .install(|| linear.apply(&input, rows));
                    for i in 0..rows {
                        for j in 0..n {
                            let dot = |k: usize| input[i * depth + k] * weight[j * depth + k];
                            let want = bias[j] + (0..depth).map(dot).sum::<f32>();
                            assert!((out[i * n + j] - want).abs() < 1e-4, "{isa:?} {i} {j}");
                        }
                    }
                }
            }
            let mut row = vec![0.0; depth];
            linear.row(70, &mut row);
            assert_eq!(row, weight[70 * depth..][..depth]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn products_keep_to_their_slices() {
        use crate::kernel::guarded::{Guarded, Side};
        for isa in Isa::available() {
            for side in Side::BOTH {
                for (rows, n, depth) in [(1, 1, 1), (5, 33, 7), (13, 64, 31), (3, 47, 16)] {
                    let weight = Guarded::filled(0.5f32, n * depth, side);
                    let bias = Some(vec![1.0; n]);
                    let linear = Linear::new(isa, &weight, n, depth, bias);
                    let input = Guarded::filled(2.0f32, rows * depth, side);
                    let mut out = Guarded::filled(0.0f32, rows * n, side);
                    linear.columns(&input, rows, 0..n, &mut out, n);
                    let want = depth as f32 + 1.0;
                    assert!(out.iter().all(|x| *x == want), "{isa:?} {rows} {n} {depth}");
                    // The last panel alone, into rows of its own width.
                    let first = (n - 1) / isa.panel() * isa.panel();
                    let mut last = Guarded::filled(0.0f32, rows * (n - first), side);
                    linear.columns(&input, rows, first..n, &mut last, n - first);
                    assert!(
                        last.iter().all(|x| *x == want),
                        "{isa:?} {rows} {n} {depth}"
                    );
                    let mut row = Guarded::filled(0.0f32, depth, side);
                    linear.row(n - 1, &mut row);
                    assert!(row.iter().all(|x| *x == 0.5), "{isa:?} {n} {depth}");
                }
            }
        }
    }
}
