//! Elementwise passes of training: LayerNorm that keeps what its gradient needs, the derivatives
//! of GELU and softmax, sums over rows, dropout. Compiled once for each instruction set, as `ops`.

use crate::kernel::Isa;
use crate::kernel::ops::{erf, exp, sum_of, versions};

#[inline(always)]
fn standardize_loop(row: &mut [f32], eps: f32, scale: &mut f32) {
    let n = row.len() as f32;
    let mean = sum_of(row, |x| x) / n;
    let variance = sum_of(row, |x| (x - mean) * (x - mean)) / n;
    *scale = 1.0 / (variance + eps).sqrt();
    for x in row {
        *x = (*x - mean) * *scale;
    }
}

#[inline(always)]
fn affine_loop(standard: &[f32], gain: &[f32], bias: &[f32], out: &mut [f32]) {
    for (((o, x), g), b) in out.iter_mut().zip(standard).zip(gain).zip(bias) {
        *o = x * g + b;
    }
}

#[inline(always)]
fn norm_back_loop(
    row: &mut [f32],
    standard: &[f32],
    scale: f32,
    gain: &[f32],
    d_gain: &mut [f32],
    d_bias: &mut [f32],
) {
    for ((((d, x), g), dg), db) in row
        .iter_mut()
        .zip(standard)
        .zip(gain)
        .zip(d_gain)
        .zip(d_bias)
    {
        *dg += *d * x;
        *db += *d;
        *d *= g;
    }
    let n = row.len() as f32;
    let mean = sum_of(row, |d| d) / n;
    let mut lanes = [0.0f32; 16];
    let (rows, stands) = (row.chunks_exact(16), standard.chunks_exact(16));
    let mut along: f32 = rows
        .remainder()
        .iter()
        .zip(stands.remainder())
        .map(|(d, x)| d * x)
        .sum();
    for (d, x) in rows.zip(stands) {
        for ((lane, d), x) in lanes.iter_mut().zip(d).zip(x) {
            *lane += d * x;
        }
    }
    along = (along + lanes.iter().sum::<f32>()) / n;
    for (d, x) in row.iter_mut().zip(standard) {
        *d = (*d - mean - x * along) * scale;
    }
}

#[inline(always)]
fn gelu_back_loop(d: &mut [f32], x: &[f32]) {
    /// 1/√(2π).
    const DENSITY: f32 = 0.398_942_3;
    for (d, x) in d.iter_mut().zip(x) {
        let cumulative = 0.5 * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2));
        *d *= cumulative + *x * DENSITY * exp(-0.5 * *x * *x);
    }
}

#[inline(always)]
fn softmax_back_loop(d: &mut [f32], p: &[f32], along: f32, factor: f32) {
    for (d, p) in d.iter_mut().zip(p) {
        *d = p * (*d - along) * factor;
    }
}

#[inline(always)]
fn add_loop(to: &mut [f32], from: &[f32]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}

#[inline(always)]
fn scale_loop(row: &mut [f32], factor: f32) {
    for x in row {
        *x *= factor;
    }
}

/// Numbers of a stream that depends on `seed` and the place alone, so that a text's mask is the
/// same when it is computed again (the finalizer of SplitMix, on 32 bits).
#[inline(always)]
fn dropout_loop(row: &mut [f32], seed: u32, rate: f32) {
    let keep = 1.0 / (1.0 - rate);
    let limit = (rate * (1 << 24) as f32) as u32;
    for (at, x) in row.iter_mut().enumerate() {
        let mut z = (at as u32).wrapping_mul(0x9E37_79B9) ^ seed;
        z = (z ^ (z >> 16)).wrapping_mul(0x21F0_AAAD);
        z = (z ^ (z >> 15)).wrapping_mul(0x735A_2D97);
        z ^= z >> 15;
        *x = if z >> 8 < limit { 0.0 } else { *x * keep };
    }
}

versions! {
    /// (row − mean) / deviation in place; `scale` becomes 1 / deviation.
    standardize = standardize_loop(row: &mut [f32], eps: f32, scale: &mut f32)
}
versions! {
    /// out = standard · gain + bias: the second half of a LayerNorm.
    affine = affine_loop(standard: &[f32], gain: &[f32], bias: &[f32], out: &mut [f32])
}
versions! {
    /// A LayerNorm's gradient: `row` holds that of its output and becomes that of its input.
    norm_back = norm_back_loop(
        row: &mut [f32], standard: &[f32], scale: f32, gain: &[f32],
        d_gain: &mut [f32], d_bias: &mut [f32],
    )
}
versions! {
    /// GELU's gradient: `d` times its derivative at `x`.
    gelu_back = gelu_back_loop(d: &mut [f32], x: &[f32])
}
versions! {
    /// Softmax's gradient, times `factor`: `along` is the sum of p · d over the row.
    softmax_back = softmax_back_loop(d: &mut [f32], p: &[f32], along: f32, factor: f32)
}
versions! {
    /// to += from.
    add = add_loop(to: &mut [f32], from: &[f32])
}
versions! {
    /// row *= factor.
    scale = scale_loop(row: &mut [f32], factor: f32)
}
versions! {
    /// Each number is 0 with probability `rate`, else divided by 1 − `rate`, by `seed` and its
    /// place (Srivastava et al. 2014).
    dropout = dropout_loop(row: &mut [f32], seed: u32, rate: f32)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::kernel::guarded::{Guarded, Side};

    #[test]
    fn no_pass_reads_or_writes_beyond_its_slices() {
        for isa in Isa::available() {
            for side in Side::BOTH {
                for n in [1, 7, 8, 15, 16, 17, 33, 100, 1025] {
                    keeps_to_its_slices(isa, side, n);
                }
            }
        }
    }

    fn keeps_to_its_slices(isa: Isa, side: Side, n: usize) {
        let values: Vec<f32> = (0..n).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
        let same = |value: f32| Guarded::filled(value, n, side);
        let (mut row, ones) = (Guarded::new(&values, side), same(1.0));
        let mut deviation = 0.0;
        standardize(isa, &mut row, 1e-6, &mut deviation);
        assert!(row.iter().sum::<f32>().abs() < 1e-2, "{isa:?} {n}");
        let mut out = same(0.0);
        affine(isa, &row, &ones, &ones, &mut out);
        assert!(out.iter().zip(row.iter()).all(|(o, x)| *o == x + 1.0));

        let (mut d, mut d_gain, mut d_bias) = (same(1.0), same(0.0), same(0.0));
        norm_back(isa, &mut d, &row, 1.0, &ones, &mut d_gain, &mut d_bias);
        assert_eq!((*d_gain).to_vec(), row.to_vec(), "{isa:?} {n}");
        assert_eq!((*d_bias).to_vec(), vec![1.0; n], "{isa:?} {n}");

        let mut d = same(2.0);
        gelu_back(isa, &mut d, &same(0.0));
        assert!(d.iter().all(|d| (d - 1.0).abs() < 1e-6), "{isa:?} {n}");
        softmax_back(isa, &mut d, &same(0.5), 0.0, 4.0);
        assert!(d.iter().all(|d| (d - 2.0).abs() < 1e-5), "{isa:?} {n}");
        add(isa, &mut d, &ones);
        scale(isa, &mut d, 2.0);
        assert!(d.iter().all(|d| (d - 6.0).abs() < 1e-4), "{isa:?} {n}");
        let before = d[0];
        dropout(isa, &mut d, 5, 0.5);
        assert!(
            d.iter()
                .all(|d| *d == 0.0 || (d - 2.0 * before).abs() < 1e-3)
        );
    }
}
