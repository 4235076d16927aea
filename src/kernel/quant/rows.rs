//! Rows of activations in fifteen bits, with a scale for each 32 numbers.
//!
//! ggml takes eight bits (Q8_1), which moves a model's scores by more than its choice between two
//! likely tokens (benches/RESULTS.md). Fifteen are two bytes, a high and a low one, and two products
//! where one would do; the weights are still read once, and reading them is what a token costs.

use super::format::CHUNK;
use crate::kernel::ops::versions;
use crate::kernel::{Isa, Rows, extent};

/// 1.5 · 2²³: adding it rounds to an integer that stands in the low bits.
const ROUND: f32 = 12_582_912.0;
/// The largest quantised number: 127 high steps.
const MOST: f32 = (127 * STEP) as f32;
/// A high byte counts so much; the low one is what is left, from −64 to 63.
pub const STEP: i32 = 128;
/// Bytes of a chunk: its high ones, then its low ones.
pub const CHUNK_BYTES: usize = 2 * CHUNK;
/// Numbers whose sum is kept.
pub const HALF: usize = CHUNK / 2;

/// Quantised rows, end to end: a number is about `scale · quant`.
#[derive(Default)]
pub struct QuantizedRows {
    pub(super) depth: usize,
    /// By chunks, of [`CHUNK_BYTES`] each.
    pub(super) quants: Vec<i8>,
    /// Of each chunk.
    pub(super) scales: Vec<f32>,
    /// What the numbers of each half of a chunk sum to once quantised, then those of the chunk.
    pub(super) sums: Vec<[f32; 3]>,
}

impl QuantizedRows {
    /// Quantises `m` rows of `depth` numbers, which are a multiple of 32.
    ///
    /// Panics when a slice is too short for its shape.
    pub fn quantize(isa: Isa, m: usize, x: Rows<'_>, depth: usize) -> Self {
        assert!(depth.is_multiple_of(CHUNK) && x.data.len() >= extent(m, x.stride, depth));
        let chunks = depth / CHUNK;
        let mut out = Self {
            depth,
            quants: vec![0; m * chunks * CHUNK_BYTES],
            scales: vec![0.0; m * chunks],
            sums: vec![[0.0; 3]; m * chunks],
        };
        if depth == 0 {
            return out;
        }
        let places = out.quants.chunks_exact_mut(chunks * CHUNK_BYTES);
        let places = places.zip(out.scales.chunks_exact_mut(chunks));
        let places = places.zip(out.sums.chunks_exact_mut(chunks));
        for (row, ((quants, scales), sums)) in x.data.chunks(x.stride.max(1)).zip(places) {
            quantize_row(isa, &row[..depth], quants, scales, sums);
        }
        out
    }

    /// Rows held.
    pub fn count(&self) -> usize {
        (self.quants.len() / 2).checked_div(self.depth).unwrap_or(0)
    }

    /// Number `at` of all rows, in units of its chunk's scale.
    #[cfg(test)]
    pub fn quant(&self, at: usize) -> i32 {
        let high = at / CHUNK * CHUNK_BYTES + at % CHUNK;
        i32::from(self.quants[high]) * STEP + i32::from(self.quants[high + CHUNK])
    }
}

// By index: as iterators these loops were not made one with their vectors in every build.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn quantize_row_loop(row: &[f32], quants: &mut [i8], scales: &mut [f32], sums: &mut [[f32; 3]]) {
    let places = quants.as_chunks_mut::<CHUNK_BYTES>().0.iter_mut();
    let places = places.zip(scales).zip(sums);
    for (x, ((quants, scale), sums)) in row.as_chunks::<CHUNK>().0.iter().zip(places) {
        let mut lanes = [0.0f32; HALF];
        for i in 0..HALF {
            let (a, b) = (x[i].abs(), x[i + HALF].abs());
            lanes[i] = if a > b { a } else { b };
        }
        let mut most = 0.0;
        for lane in lanes {
            most = if lane > most { lane } else { most };
        }
        *scale = most / MOST;
        let inverse = if most > 0.0 { MOST / most } else { 0.0 };
        let (high, low) = quants.split_at_mut(CHUNK);
        let mut whole = [0i32; CHUNK];
        for k in 0..CHUNK {
            // The low bits hold the rounded number in two's complement.
            whole[k] = i32::from((x[k] * inverse + ROUND).to_bits() as i16);
        }
        for k in 0..CHUNK {
            let step = (whole[k] + STEP / 2) >> STEP.trailing_zeros();
            (high[k], low[k]) = (step as i8, (whole[k] - step * STEP) as i8);
        }
        let (mut one, mut other) = (0, 0);
        for k in 0..HALF {
            one += whole[k];
            other += whole[k + HALF];
        }
        let (first, second) = (one as f32 * *scale, other as f32 * *scale);
        *sums = [first, second, first + second];
    }
}

versions! {
    quantize_row = quantize_row_loop(
        row: &[f32], quants: &mut [i8], scales: &mut [f32], sums: &mut [[f32; 3]]
    )
}
