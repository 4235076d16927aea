//! Panels of 16-bit weights, for files whose numbers are not quantised, or in a way that `kernel` has
//! no product for: no more than such a file's own memory, at a precision above any quantisation's.

use std::cell::RefCell;
use std::ops::Range;

use half::f16;

use crate::kernel::ops::versions;
use crate::kernel::{Isa, PackedView, Rows, padded, product};

thread_local! {
    /// One panel as f32.
    static PANEL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `n` × `depth` weights in the panels of `kernel`.
pub struct PackedHalves {
    isa: Isa,
    n: usize,
    depth: usize,
    data: Vec<f16>,
}

impl PackedHalves {
    /// Takes `n` × `depth` weights, row by row.
    pub fn new(isa: Isa, weight: &[f32], n: usize, depth: usize) -> Self {
        assert_eq!(weight.len(), n * depth);
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
            n,
            depth,
            data,
        }
    }

    /// Rows of W.
    pub fn outputs(&self) -> usize {
        self.n
    }

    /// Row `at` of W.
    pub fn row(&self, at: usize, out: &mut [f32]) {
        let nr = self.isa.panel();
        let panel = &self.data[at / nr * nr * self.depth..][..nr * self.depth];
        for (k, x) in out.iter_mut().enumerate() {
            *x = panel[k * nr + at % nr].to_f32();
        }
    }

    /// Columns `columns` of the product, of which the first is the first of a panel, for `rows` rows;
    /// C's rows lie `c_stride` apart.
    pub fn product(
        &self,
        input: Rows<'_>,
        rows: usize,
        columns: Range<usize>,
        c: &mut [f32],
        c_stride: usize,
    ) {
        let nr = self.isa.panel();
        assert!(columns.start.is_multiple_of(nr) && columns.end <= self.n);
        PANEL.with_borrow_mut(|panel| {
            panel.resize(nr * self.depth, 0.0);
            for first in columns.clone().step_by(nr) {
                let half = &self.data[first * self.depth..][..nr * self.depth];
                widen(self.isa, half, panel);
                let view = PackedView {
                    isa: self.isa,
                    depth: self.depth,
                    n: nr.min(columns.end - first),
                    data: panel,
                };
                let c = &mut c[first - columns.start..];
                product(rows, input, view, None, c, c_stride);
            }
        });
    }
}

#[inline(always)]
fn widen_loop(halves: &[f16], out: &mut [f32]) {
    /// 2¹¹², by which exponents of eight bits are above those of five.
    const SCALE: f32 = f32::from_bits((127 + 112) << 23);
    for (x, half) in out.iter_mut().zip(halves) {
        let bits = u32::from(half.to_bits());
        let size = f32::from_bits((bits & 0x7FFF) << 13) * SCALE;
        *x = f32::from_bits(size.to_bits() | (bits & 0x8000) << 16);
    }
}

versions! {
    /// Finite numbers of sixteen bits as f32, exactly.
    widen = widen_loop(halves: &[f16], out: &mut [f32])
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::kernel::guarded::{Guarded, Side};

    #[test]
    fn every_finite_number_is_widened_exactly() {
        let all = (0..=u16::MAX).map(f16::from_bits);
        let finite: Vec<f16> = all.filter(|half| half.is_finite()).collect();
        for isa in Isa::available() {
            for side in Side::BOTH {
                let mut out = Guarded::filled(0.0f32, finite.len(), side);
                widen(isa, &Guarded::new(&finite, side), &mut out);
                for (got, want) in out.iter().zip(&finite) {
                    assert_eq!(got.to_bits(), want.to_f32().to_bits(), "{isa:?} {want}");
                }
            }
        }
    }

    #[test]
    fn products_keep_to_their_slices() {
        for isa in Isa::available() {
            for side in Side::BOTH {
                for (rows, n, depth) in [(1, 1, 1), (5, 33, 7), (13, 64, 31), (3, 47, 16)] {
                    let weight = Guarded::filled(0.5f32, n * depth, side);
                    let own = PackedHalves::new(isa, &weight, n, depth);
                    let data = Guarded::filled(2.0f32, rows * depth, side);
                    let input = Rows::new(&data, depth);
                    let mut out = Guarded::filled(0.0f32, rows * n, side);
                    own.product(input, rows, 0..n, &mut out, n);
                    let is_right = |x: &f32| *x == depth as f32;
                    assert!(out.iter().all(is_right), "{isa:?} {rows} {n} {depth}");
                    // The last panel alone, into rows of its own width.
                    let first = (n - 1) / isa.panel() * isa.panel();
                    let mut last = Guarded::filled(0.0f32, rows * (n - first), side);
                    own.product(input, rows, first..n, &mut last, n - first);
                    assert!(last.iter().all(is_right), "{isa:?} {rows} {n} {depth}");
                    let mut row = Guarded::filled(0.0f32, depth, side);
                    own.row(n - 1, &mut row);
                    assert!(row.iter().all(|x| *x == 0.5), "{isa:?} {n} {depth}");
                }
            }
        }
    }
}
