//! Elementwise passes of a BERT: GELU, softmax, layer norm. Written once as plain loops over
//! slices, compiled once for each instruction set so that the compiler vectorises them.

use super::Isa;

/// e^x by a power of two and a polynomial (Cephes `expf`), accurate to about 2 ulp for x ≤ 88;
/// below −87 it is 0 to within rounding.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// 1.5 · 2²³: adding it rounds to an integer that stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_6e-1;
    let p = p * r + 0.5;
    let y = p * r * r + r + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3F80_0000));
    y * scale
}

/// erf by Abramowitz and Stegun 7.1.26, absolute error under 1.5e-7.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * a);
    let p = 1.061_405_4_f32;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_7;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    let y = 1.0 - p * t * exp(-a * a);
    y.copysign(x)
}

#[inline(always)]
fn gelu_loop(row: &mut [f32]) {
    for x in row {
        *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2));
    }
}

/// Sums in sixteen lanes so that the loop vectorises; the order does not depend on the caller.
#[inline(always)]
pub(crate) fn sum_of(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    let chunks = row.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| f(*x)).sum::<f32>()
}

#[inline(always)]
fn softmax_loop(row: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = row.chunks_exact(16);
    let rest = chunks
        .remainder()
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    let max = lanes.iter().copied().fold(rest, f32::max);
    for x in row.iter_mut() {
        *x = exp(*x - max);
    }
    let scale = 1.0 / sum_of(row, |x| x);
    for x in row {
        *x *= scale;
    }
}

#[inline(always)]
fn add_norm_loop(row: &mut [f32], residual: &[f32], gain: &[f32], bias: &[f32], eps: f32) {
    for (x, r) in row.iter_mut().zip(residual) {
        *x += r;
    }
    norm_loop(row, gain, bias, eps);
}

#[inline(always)]
fn norm_loop(row: &mut [f32], gain: &[f32], bias: &[f32], eps: f32) {
    let n = row.len() as f32;
    let mean = sum_of(row, |x| x) / n;
    let variance = sum_of(row, |x| (x - mean) * (x - mean)) / n;
    let scale = 1.0 / (variance + eps).sqrt();
    for ((x, g), b) in row.iter_mut().zip(gain).zip(bias) {
        *x = (*x - mean) * scale * g + b;
    }
}

#[inline(always)]
fn dots_of_codes_loop(rows: &[i8], query: &[i16], out: &mut [i32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        let products = row
            .iter()
            .zip(query)
            .map(|(a, b)| i32::from(*a) * i32::from(*b));
        *out = products.sum();
    }
}

/// Compiles `$body` for each instruction set and picks one at run time.
macro_rules! versions {
    ($(#[$doc:meta])* $name:ident = $body:ident($($arg:ident: $type:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(crate) fn $name(isa: Isa, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw")]
                fn wide($($arg: $type),*) { $body($($arg),*) }
                #[target_feature(enable = "avx2,fma")]
                fn middle($($arg: $type),*) { $body($($arg),*) }
                use $crate::kernel::Set;
                // SAFETY: an `Isa` exists only on a processor that has its set, and the bodies
                // are safe code.
                match isa.set() {
                    Set::Avx512Vnni | Set::Avx512 => return unsafe { wide($($arg),*) },
                    Set::Avx2 => return unsafe { middle($($arg),*) },
                    Set::Plain => {}
                }
            }
            let _ = isa;
            $body($($arg),*)
        }
    };
}

pub(crate) use versions;

versions! {
    /// x · Φ(x) in place, exact to about 1e-7 (BERT's `gelu`).
    gelu = gelu_loop(row: &mut [f32])
}
versions! {
    /// Softmax in place.
    softmax = softmax_loop(row: &mut [f32])
}
versions! {
    /// LayerNorm(row + residual) in place (Ba, Kiros and Hinton 2016).
    add_norm = add_norm_loop(row: &mut [f32], residual: &[f32], gain: &[f32], bias: &[f32], eps: f32)
}
versions! {
    /// LayerNorm(row) in place.
    norm = norm_loop(row: &mut [f32], gain: &[f32], bias: &[f32], eps: f32)
}
versions! {
    /// The dot products of `rows`, end to end, with `query`. The sum of the products' sizes must be a number of 32
    /// bits.
    dots_of_codes = dots_of_codes_loop(rows: &[i8], query: &[i16], out: &mut [i32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_erf_agree_with_the_standard() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) / want - 1.0).abs() < 4e-7, "exp({x})");
        }
        // Values of erf from tables (Abramowitz and Stegun, table 7.1).
        for (x, want) in [
            (0.0, 0.0),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
        ] {
            assert!(
                (erf(x) - want).abs() < 5e-7 && (erf(-x) + want).abs() < 5e-7,
                "erf({x})"
            );
        }
    }

    #[test]
    fn every_instruction_set_has_the_same_dot_products_of_codes() {
        for n in [1, 15, 64, 384, 1024] {
            let rows: Vec<i8> = (0..n * 5).map(|i| (i * 37 % 255) as u8 as i8).collect();
            let query: Vec<i16> = (0..n).map(|i| (i * 331 % 32_001 - 16_000) as i16).collect();
            let exact = |row: &[i8]| -> i64 {
                let products = row.iter().zip(&query);
                products.map(|(a, b)| i64::from(*a) * i64::from(*b)).sum()
            };
            let want: Vec<i64> = rows.chunks_exact(query.len()).map(exact).collect();
            for isa in Isa::available() {
                let mut out = [0; 5];
                dots_of_codes(isa, &rows, &query, &mut out);
                assert_eq!(out.map(i64::from).to_vec(), want, "{isa:?} {n}");
            }
        }
    }

    #[test]
    fn every_instruction_set_agrees_with_the_plain_loops() {
        for n in [1, 15, 16, 17, 384, 1000] {
            let row: Vec<f32> = (0..n)
                .map(|i| ((i * 37 % 101) as f32 - 50.0) / 9.0)
                .collect();
            let gain: Vec<f32> = (0..n).map(|i| 1.0 + i as f32 / 1e3).collect();
            for isa in Isa::available() {
                let run = |isa| {
                    let mut out = [row.clone(), row.clone(), row.clone()];
                    gelu(isa, &mut out[0]);
                    softmax(isa, &mut out[1]);
                    add_norm(isa, &mut out[2], &row, &gain, &gain, 1e-12);
                    out.concat()
                };
                for (got, want) in run(isa).iter().zip(run(Isa::PLAIN)) {
                    assert!(
                        (got - want).abs() <= 2e-6 * want.abs().max(1.0),
                        "{isa:?} {n}"
                    );
                }
            }
        }
    }
}
