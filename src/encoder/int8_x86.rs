//! Integer tiles in registers for x86. Callers guarantee that the processor has the set, and: `a` is readable for `M` rows of
//! `4 * groups` bytes end to end, `b` for `groups` rows of a panel in groups of four, `c` writable
//! for `M` rows of a panel's width (twice that for the sixteen-bit kernels).

use std::arch::x86_64::*;

/// Sums of `M` rows by 32 columns with VNNI: four products and their sum in one instruction.
#[target_feature(enable = "avx512f,avx512vnni")]
pub unsafe fn tile_vnni<const M: usize>(
    groups: usize,
    a: *const u8,
    mut b: *const i8,
    c: *mut i32,
) {
    // SAFETY: see the module's contract.
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); 2]; M];
        for group in 0..groups {
            let b0 = _mm512_loadu_si512(b.cast());
            let b1 = _mm512_loadu_si512(b.add(64).cast());
            for (i, sum) in sums.iter_mut().enumerate() {
                let four = a
                    .add((i * groups + group) * 4)
                    .cast::<i32>()
                    .read_unaligned();
                let x = _mm512_set1_epi32(four);
                sum[0] = _mm512_dpbusd_epi32(sum[0], x, b0);
                sum[1] = _mm512_dpbusd_epi32(sum[1], x, b1);
            }
            b = b.add(128);
        }
        for (i, [s0, s1]) in sums.into_iter().enumerate() {
            _mm512_storeu_si512(c.add(i * 32).cast(), s0);
            _mm512_storeu_si512(c.add(i * 32 + 16).cast(), s1);
        }
    }
}

/// Sums of `M` rows by 32 columns in sixteen-bit products; each sum is left in two halves.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn tile_avx512<const M: usize>(
    groups: usize,
    a: *const u8,
    mut b: *const i8,
    c: *mut i32,
) {
    // SAFETY: see the module's contract.
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); 4]; M];
        for group in 0..groups {
            let mut w = [_mm512_setzero_si512(); 4];
            for (part, w) in w.iter_mut().enumerate() {
                *w = _mm512_cvtepi8_epi16(_mm256_loadu_si256(b.add(32 * part).cast()));
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                let four = a
                    .add((i * groups + group) * 4)
                    .cast::<i32>()
                    .read_unaligned();
                let wide = _mm_cvtepu8_epi16(_mm_cvtsi32_si128(four));
                let x = _mm512_broadcastq_epi64(wide);
                for (sum, w) in sum.iter_mut().zip(w) {
                    *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(x, w));
                }
            }
            b = b.add(128);
        }
        for (i, row) in sums.into_iter().enumerate() {
            for (part, sum) in row.into_iter().enumerate() {
                _mm512_storeu_si512(c.add(i * 64 + part * 16).cast(), sum);
            }
        }
    }
}

/// Sums of `M` rows by 16 columns in sixteen-bit products; each sum is left in two halves.
#[target_feature(enable = "avx2")]
pub unsafe fn tile_avx2<const M: usize>(
    groups: usize,
    a: *const u8,
    mut b: *const i8,
    c: *mut i32,
) {
    // SAFETY: see the module's contract.
    unsafe {
        let mut sums = [[_mm256_setzero_si256(); 4]; M];
        for group in 0..groups {
            let mut w = [_mm256_setzero_si256(); 4];
            for (part, w) in w.iter_mut().enumerate() {
                *w = _mm256_cvtepi8_epi16(_mm_loadu_si128(b.add(16 * part).cast()));
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                let four = a
                    .add((i * groups + group) * 4)
                    .cast::<i32>()
                    .read_unaligned();
                let x = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
                for (sum, w) in sum.iter_mut().zip(w) {
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, w));
                }
            }
            b = b.add(64);
        }
        for (i, row) in sums.into_iter().enumerate() {
            for (part, sum) in row.into_iter().enumerate() {
                _mm256_storeu_si256(c.add(i * 32 + part * 8).cast(), sum);
            }
        }
    }
}
