//! Products in eight bits: activations as u8 with a scale and a zero point for each row, weights as
//! s8 with a scale for each column, sums in i32.
//!
//! x ≈ s·(q − z) and w ≈ t·v give x·w ≈ s·t·(Σ q·v − z·Σ v), where Σ v is known beforehand (the
//! affine scheme of Jacob et al. 2018, quantised dynamically as ONNX Runtime does). Sums are exact
//! integers, so every instruction set yields the same numbers; `maddubs` of AVX2, which saturates,
//! is not used: sixteen-bit products take its place.

use crate::kernel::{Isa, Rows, Set, extent};

/// Values of the depth that one step of a kernel takes.
const GROUP: usize = 4;
/// Rows that pass over all panels together, so that a panel stays in the first-level cache.
const BLOCK: usize = 96;
/// 1.5 · 2²³: adding it rounds to an integer that stands in the low bits.
const ROUND: f32 = 12_582_912.0;
/// Rows of the largest tile, and columns of the widest panel.
const MAX_ROWS: usize = 12;
const MAX_PANEL: usize = 32;

/// Rows of the largest tile.
fn tile_rows(isa: Isa) -> usize {
    match isa.set() {
        Set::Avx512Vnni => MAX_ROWS,
        Set::Avx512 => 4,
        Set::Avx2 => 2,
        Set::Plain => 1,
    }
}

/// A weight matrix of `n` columns in panels, in groups of four along the depth.
pub struct PackedInt8 {
    isa: Isa,
    /// Depth in groups.
    groups: usize,
    n: usize,
    data: Vec<i8>,
    /// Scale, and sum of the quantised values, of each column; panels are filled up with zeros.
    scales: Vec<f32>,
    sums: Vec<f32>,
    /// By what each activation is multiplied before it is quantised; the weights bear the inverse.
    smoothing: Option<Vec<f32>>,
}

/// Rows quantised to u8, each with its scale and zero point.
#[derive(Default)]
pub struct QuantizedRows {
    data: Vec<u8>,
    stride: usize,
    scales: Vec<f32>,
    zeros: Vec<f32>,
    smoothed: Vec<f32>,
}

impl PackedInt8 {
    /// Quantises and packs the transpose of `weight`, which is `n` × `depth` row by row.
    pub fn from_weight(isa: Isa, weight: &[f32], n: usize, depth: usize) -> Self {
        assert_eq!(weight.len(), n * depth);
        let (nr, groups) = (isa.panel(), depth.div_ceil(GROUP));
        let columns = n.div_ceil(nr) * nr;
        let mut packed = Self {
            isa,
            groups,
            n,
            data: vec![0; columns * groups * GROUP],
            scales: vec![0.0; columns],
            sums: vec![0.0; columns],
            smoothing: None,
        };
        for (column, row) in weight.chunks_exact(depth).enumerate() {
            let largest = row.iter().fold(0.0f32, |m, w| m.max(w.abs()));
            let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            let from = column / nr * nr * groups * GROUP;
            let panel = &mut packed.data[from..from + nr * groups * GROUP];
            let mut sum = 0i32;
            for (group, values) in row.chunks(GROUP).enumerate() {
                let to = &mut panel[(group * nr + column % nr) * GROUP..][..values.len()];
                for (q, w) in to.iter_mut().zip(values) {
                    // The low bits hold the rounded number in two's complement.
                    *q = (w * inverse + ROUND).to_bits() as i8;
                    sum += i32::from(*q);
                }
            }
            packed.scales[column] = largest / 127.0;
            packed.sums[column] = sum as f32;
        }
        packed
    }

    /// As `from_weight`, where `amplitude` says how large each of the `depth` activations gets.
    ///
    /// Large activations would take the resolution from all others of their row: they are scaled
    /// down, and their weights up, to the geometric middle (SmoothQuant, Xiao et al. 2023).
    pub fn smoothed(isa: Isa, weight: &[f32], n: usize, amplitude: &[f32]) -> Self {
        let depth = amplitude.len();
        let mut largest = vec![1e-5f32; depth];
        for row in weight.chunks_exact(depth) {
            for (most, w) in largest.iter_mut().zip(row) {
                *most = most.max(w.abs());
            }
        }
        let pairs = amplitude.iter().zip(&largest);
        let smoothing: Vec<f32> = pairs.map(|(a, w)| (w / a.max(1e-5)).sqrt()).collect();
        let scaled = weight.chunks_exact(depth).flatten();
        let scaled: Vec<f32> = scaled
            .zip(smoothing.iter().cycle())
            .map(|(w, s)| w / s)
            .collect();
        let mut packed = Self::from_weight(isa, &scaled, n, depth);
        packed.smoothing = Some(smoothing);
        packed
    }

    /// Quantises `m` rows of `depth` activations for a product with this matrix.
    pub fn quantize(&self, m: usize, x: Rows<'_>, depth: usize, to: &mut QuantizedRows) {
        let Some(smoothing) = &self.smoothing else {
            return to.quantize(self.isa, m, x, depth);
        };
        let mut smoothed = std::mem::take(&mut to.smoothed);
        smoothed.resize(m * depth, 0.0);
        for (i, row) in smoothed.chunks_exact_mut(depth).enumerate() {
            let from = &x.data[i * x.stride..][..depth];
            for ((y, x), s) in row.iter_mut().zip(from).zip(smoothing) {
                *y = x * s;
            }
        }
        let rows = Rows {
            data: &smoothed,
            stride: depth,
        };
        to.quantize(self.isa, m, rows, depth);
        to.smoothed = smoothed;
    }
}

impl QuantizedRows {
    /// Quantises `m` rows of `depth` values.
    pub fn quantize(&mut self, isa: Isa, m: usize, x: Rows<'_>, depth: usize) {
        self.stride = depth.next_multiple_of(GROUP);
        self.data.resize(m * self.stride, 0);
        self.scales.resize(m, 0.0);
        self.zeros.resize(m, 0.0);
        for i in 0..m {
            let row = &x.data[i * x.stride..][..depth];
            let (to, rest) = self.data[i * self.stride..][..self.stride].split_at_mut(depth);
            // Whatever stands beyond the depth meets zeros of the weights.
            rest.fill(0);
            quantize_row(isa, row, to, &mut self.scales[i], &mut self.zeros[i]);
        }
    }
}

#[inline(always)]
fn quantize_row_loop(row: &[f32], out: &mut [u8], scale: &mut f32, zero: &mut f32) {
    let (mut low, mut high) = ([0.0f32; 16], [0.0f32; 16]);
    let chunks = row.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for i in 0..16 {
            low[i] = if chunk[i] < low[i] { chunk[i] } else { low[i] };
            high[i] = if chunk[i] > high[i] {
                chunk[i]
            } else {
                high[i]
            };
        }
    }
    let min = low.iter().chain(rest).copied().fold(0.0, f32::min);
    let max = high.iter().chain(rest).copied().fold(0.0, f32::max);
    let range = (max - min).max(1e-30);
    let inverse = 255.0 / range;
    let shift = (-min * inverse + ROUND) - ROUND;
    let (least, most) = (ROUND, ROUND + 255.0);
    for (q, x) in out.iter_mut().zip(row) {
        let shifted = x * inverse + (shift + ROUND);
        let shifted = if shifted < least { least } else { shifted };
        let shifted = if shifted > most { most } else { shifted };
        *q = (shifted.to_bits() & 0xFF) as u8;
    }
    (*scale, *zero) = (range / 255.0, shift);
}

crate::kernel::ops::versions! {
    /// Quantises one row over its range, which is widened to hold zero.
    quantize_row = quantize_row_loop(row: &[f32], out: &mut [u8], scale: &mut f32, zero: &mut f32)
}

/// C = A · B + bias for the rows of `a`. C's rows lie `c_stride` apart; `bias` has B's `n` values.
///
/// Panics when a slice is too short for its shape.
pub fn product(a: &QuantizedRows, b: &PackedInt8, bias: &[f32], c: &mut [f32], c_stride: usize) {
    let m = a.scales.len();
    if m == 0 || b.n == 0 {
        return;
    }
    assert!(a.stride == b.groups * GROUP && a.data.len() >= m * a.stride);
    assert!(c.len() >= extent(m, c_stride, b.n) && (m == 1 || c_stride >= b.n));
    assert!(bias.len() == b.n);
    let nr = b.isa.panel();
    let mut sums = [0i32; MAX_ROWS * MAX_PANEL * 2];
    for block in (0..m).step_by(BLOCK) {
        let end = m.min(block + BLOCK);
        for first in (0..b.n).step_by(nr) {
            let columns = nr.min(b.n - first);
            let panel = &b.data[first * a.stride..][..nr * a.stride];
            let mut row = block;
            while row < end {
                let rows = tile_rows(b.isa).min(end - row);
                let tile_of_a = &a.data[row * a.stride..][..rows * a.stride];
                tile(b.isa, rows, tile_of_a, panel, b.groups, &mut sums);
                for i in 0..rows {
                    let scales = Columns {
                        sums: &b.sums[first..first + columns],
                        scales: &b.scales[first..first + columns],
                        bias: &bias[first..first + columns],
                    };
                    let out = &mut c[(row + i) * c_stride + first..][..columns];
                    let (scale, zero) = (a.scales[row + i], a.zeros[row + i]);
                    dequantize(b.isa, &sums[i * nr..][..columns], scale, zero, scales, out);
                }
                row += rows;
            }
        }
    }
}

/// What is known of each column of a tile.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    sums: &'a [f32],
    scales: &'a [f32],
    bias: &'a [f32],
}

#[inline(always)]
fn dequantize_loop(sums: &[i32], scale: f32, zero: f32, columns: Columns<'_>, out: &mut [f32]) {
    let n = out.len();
    let (sums, bias) = (&sums[..n], &columns.bias[..n]);
    let (of, scales) = (&columns.sums[..n], &columns.scales[..n]);
    for i in 0..n {
        // Both are integers under 2²⁴·k that f32 holds well enough: 510·127·depth at the most.
        let exact = sums[i] as f32 - zero * of[i];
        out[i] = exact * (scale * scales[i]) + bias[i];
    }
}

crate::kernel::ops::versions! {
    dequantize = dequantize_loop(
        sums: &[i32], scale: f32, zero: f32, columns: Columns<'_>, out: &mut [f32]
    )
}

/// Sums of one tile: `rows` rows of A, which lie end to end, by a panel.
fn tile(isa: Isa, rows: usize, a: &[u8], panel: &[i8], groups: usize, sums: &mut [i32]) {
    let nr = isa.panel();
    assert!(rows <= tile_rows(isa) && a.len() / (rows * GROUP) >= groups);
    assert!(panel.len() / (nr * GROUP) >= groups && sums.len() >= 2 * rows * nr);
    #[cfg(target_arch = "x86_64")]
    {
        use super::int8_x86::{tile_avx2, tile_avx512, tile_vnni};
        let (a_at, b_at, c_at) = (a.as_ptr(), panel.as_ptr(), sums.as_mut_ptr());
        macro_rules! by_rows {
            ($kernel:ident: $($n:literal)*) => {
                match rows {
                    // SAFETY: the asserts above bound every access of a tile of `rows` rows, and
                    // an `Isa` exists only on a processor that has its set.
                    $($n => unsafe { $kernel::<$n>(groups, a_at, b_at, c_at) },)*
                    _ => unreachable!("tiles have at most tile_rows rows"),
                }
            };
        }
        match isa.set() {
            Set::Avx512Vnni => {
                return by_rows!(tile_vnni: 1 2 3 4 5 6 7 8 9 10 11 12);
            }
            Set::Avx512 => {
                by_rows!(tile_avx512: 1 2 3 4);
                return add_pairs(&mut sums[..2 * rows * nr]);
            }
            Set::Avx2 => {
                by_rows!(tile_avx2: 1 2);
                return add_pairs(&mut sums[..2 * rows * nr]);
            }
            Set::Plain => {}
        }
    }
    for (i, a) in a.chunks_exact(groups * GROUP).take(rows).enumerate() {
        tile_plain(a, panel, &mut sums[i * nr..][..nr]);
    }
}

/// One row by a panel, for any processor; the compiler vectorises it for the baseline.
fn tile_plain(a: &[u8], panel: &[i8], out: &mut [i32]) {
    const NR: usize = 16;
    let mut sums = [0i32; NR];
    let (values, weights) = (
        a.as_chunks::<GROUP>().0,
        panel.as_chunks::<{ NR * GROUP }>().0,
    );
    for (x, w) in values.iter().zip(weights) {
        let x = x.map(i16::from);
        for (j, sum) in sums.iter_mut().enumerate() {
            let product = |k: usize| i32::from(x[k]) * i32::from(i16::from(w[j * GROUP + k]));
            *sum += (product(0) + product(1)) + (product(2) + product(3));
        }
    }
    out.copy_from_slice(&sums);
}

/// The sixteen-bit kernels leave two halves of each sum side by side.
#[cfg(target_arch = "x86_64")]
fn add_pairs(sums: &mut [i32]) {
    for i in 0..sums.len() / 2 {
        sums[i] = sums[2 * i] + sums[2 * i + 1];
    }
}

#[cfg(test)]
#[path = "int8_tests.rs"]
mod tests;
