//! Elementwise passes of a decoder, compiled for each instruction set.

use crate::kernel::Isa;
use crate::kernel::ops::{exp, sum_of, versions};

#[inline(always)]
fn rms_norm_loop(row: &[f32], gain: &[f32], eps: f32, out: &mut [f32]) {
    let mean = sum_of(row, |x| x * x) / row.len() as f32;
    let scale = 1.0 / (mean + eps).sqrt();
    for ((x, g), y) in row.iter().zip(gain).zip(out) {
        *y = x * scale * g;
    }
}

#[inline(always)]
fn silu_gate_loop(gate: &mut [f32], up: &[f32]) {
    for (g, u) in gate.iter_mut().zip(up) {
        *g = *g / (1.0 + exp(-*g)) * u;
    }
}

#[inline(always)]
fn gelu_gate_loop(gate: &mut [f32], up: &[f32]) {
    /// √(2/π)
    const ROOT: f32 = 0.797_884_6;
    for (g, u) in gate.iter_mut().zip(up) {
        let inner = ROOT * (*g + 0.044_715 * *g * *g * *g);
        // ½ (1 + tanh z) is the logistic function of 2 z.
        *g = *g / (1.0 + exp(-2.0 * inner)) * u;
    }
}

versions! {
    /// RMSNorm (Zhang and Sennrich 2019): the row over its root mean square, times `gain`.
    rms_norm = rms_norm_loop(row: &[f32], gain: &[f32], eps: f32, out: &mut [f32])
}
versions! {
    /// SwiGLU's gate (Shazeer 2020): silu(gate) · up, in place of the gate.
    silu_gate = silu_gate_loop(gate: &mut [f32], up: &[f32])
}
versions! {
    /// GeGLU's gate with the tanh approximation, as Gemma has it.
    gelu_gate = gelu_gate_loop(gate: &mut [f32], up: &[f32])
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
                    let same = |value: f32| Guarded::filled(value, n, side);
                    let mut out = same(0.0);
                    rms_norm(isa, &same(3.0), &same(2.0), 0.0, &mut out);
                    assert!(out.iter().all(|x| (x - 2.0).abs() < 1e-5), "{isa:?} {n}");
                    silu_gate(isa, &mut out, &same(1.0));
                    assert!(out.iter().all(|x| (x - 1.761_594).abs() < 1e-4), "{isa:?}");
                    let mut out = same(0.0);
                    gelu_gate(isa, &mut out, &same(5.0));
                    assert!(out.iter().all(|x| *x == 0.0), "{isa:?} {n}");
                }
            }
        }
    }
}
