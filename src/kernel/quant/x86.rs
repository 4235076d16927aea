//! Tiles for x86. Callers guarantee that the processor has the set, and: `panel` is readable for a
//! panel of `chunks` chunks, `quants` for `M` rows of as many chunks end to end, `scales` and `sums`
//! for as many numbers as these have chunks; `M` is no more than `sums_of` has rows.

// Loops over rows by index: as iterators, their sums were left in memory.
#![allow(clippy::needless_range_loop)]

use std::arch::x86_64::*;

use super::Sums;
use super::format::{CHUNK, Format, GROUP, PANEL, SUPER};
use super::rows::{CHUNK_BYTES, STEP};

/// By which a high sum is shifted.
const STEP_BITS: u32 = STEP.trailing_zeros();

/// Group `g` of the planes of a chunk: four numbers of each of 16 rows.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn group_512<F: Format>(planes: *const u8, g: usize) -> __m512i {
    // SAFETY: `planes` is readable for all planes of a chunk.
    unsafe {
        let load = |at: usize| _mm512_loadu_si512(planes.add(at).cast());
        if F::BITS == 8 {
            return load(g * GROUP);
        }
        let mut out = _mm512_setzero_si512();
        if F::HAS_FOURS {
            let low = _mm512_set1_epi8(15);
            let fours = load(g % 4 * GROUP);
            out = match g / 4 {
                0 => _mm512_and_si512(fours, low),
                _ => _mm512_and_si512(_mm512_srli_epi16::<4>(fours), low),
            };
        }
        if F::HAS_TWOS {
            let twos = load(F::TWOS + g / 4 * GROUP);
            let shift = _mm_cvtsi32_si128((2 * (g % 4)) as i32);
            let own = _mm512_and_si512(_mm512_srl_epi16(twos, shift), _mm512_set1_epi8(3));
            out = match F::TWOS_SHIFT {
                0 => own,
                _ => _mm512_or_si512(out, _mm512_slli_epi16::<4>(own)),
            };
        }
        if F::HAS_ONES {
            let ones = planes.add(F::ONES + 8 * g).cast::<u64>().read_unaligned();
            let one = _mm512_set1_epi8(1 << F::ONES_SHIFT);
            out = _mm512_mask_add_epi8(out, ones, out, one);
        }
        out
    }
}

/// 16 numbers of sixteen bits.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn halves_512(at: *const u8) -> __m512 {
    // SAFETY: 32 bytes are readable.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
}

/// 16 numbers of eight bits.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn bytes_512(at: *const u8) -> __m512 {
    // SAFETY: 16 bytes are readable.
    unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(at.cast()))) }
}

/// With VNNI: four products and their sum in one instruction, each lane a row of the panel.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub unsafe fn tile_vnni<F: Format, const M: usize>(
    chunks: usize,
    mut panel: *const u8,
    quants: *const i8,
    scales: *const f32,
    sums: *const [f32; 3],
    sums_of: &mut Sums,
) {
    // SAFETY: see the module's contract.
    unsafe {
        let mut totals = [_mm512_setzero_ps(); M];
        let (mut outer, mut outer_least) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        for chunk in 0..chunks {
            if F::IS_NESTED && chunk.is_multiple_of(SUPER / CHUNK) {
                outer = halves_512(panel);
                if F::HAS_LEAST {
                    outer_least = halves_512(panel.add(2 * PANEL));
                }
                panel = panel.add(F::HEAD_BYTES);
            }
            let planes = panel.add(F::QUANTS);
            for span in 0..F::SPANS {
                let (of, least_of) = (panel.add(span * PANEL), F::SCALE_BYTES);
                let weight_scale = match F::IS_NESTED {
                    true => _mm512_mul_ps(outer, bytes_512(of)),
                    false => halves_512(panel),
                };
                let least = match (F::HAS_LEAST, F::IS_NESTED) {
                    (false, _) => _mm512_mul_ps(_mm512_set1_ps(-F::OFFSET), weight_scale),
                    (true, false) => halves_512(panel.add(least_of)),
                    (true, true) => _mm512_mul_ps(outer_least, bytes_512(of.add(least_of))),
                };
                let mut exact = [[_mm512_setzero_si512(); 2]; M];
                for g in span * F::GROUPS..(span + 1) * F::GROUPS {
                    let w = group_512::<F>(planes, g);
                    for i in 0..M {
                        let high = quants.add((i * chunks + chunk) * CHUNK_BYTES + 4 * g);
                        for part in 0..2 {
                            let four = high.add(part * CHUNK).cast::<i32>();
                            let x = _mm512_set1_epi32(four.read_unaligned());
                            exact[i][part] = _mm512_dpbusd_epi32(exact[i][part], w, x);
                        }
                    }
                }
                for i in 0..M {
                    let at = i * chunks + chunk;
                    let scale = _mm512_mul_ps(_mm512_set1_ps(*scales.add(at)), weight_scale);
                    let which = if F::SPANS == 1 { 2 } else { span };
                    let sum = _mm512_set1_ps((*sums.add(at))[which]);
                    let [high, low] = exact[i];
                    let exact = _mm512_add_epi32(_mm512_slli_epi32::<STEP_BITS>(high), low);
                    let total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(exact), scale, totals[i]);
                    totals[i] = _mm512_fmadd_ps(sum, least, total);
                }
            }
            panel = panel.add(F::CHUNK_BYTES);
        }
        for i in 0..M {
            _mm512_storeu_ps(sums_of[i].as_mut_ptr(), totals[i]);
        }
    }
}

/// Half `h` of group `g`: four numbers of each of 8 rows.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn group_256<F: Format>(planes: *const u8, g: usize, h: usize) -> __m256i {
    // SAFETY: `planes` is readable for all planes of a chunk.
    unsafe {
        let load = |at: usize| _mm256_loadu_si256(planes.add(at + h * GROUP / 2).cast());
        if F::BITS == 8 {
            return load(g * GROUP);
        }
        let mut out = _mm256_setzero_si256();
        if F::HAS_FOURS {
            let low = _mm256_set1_epi8(15);
            let fours = load(g % 4 * GROUP);
            out = match g / 4 {
                0 => _mm256_and_si256(fours, low),
                _ => _mm256_and_si256(_mm256_srli_epi16::<4>(fours), low),
            };
        }
        if F::HAS_TWOS {
            let twos = load(F::TWOS + g / 4 * GROUP);
            let shift = _mm_cvtsi32_si128((2 * (g % 4)) as i32);
            let own = _mm256_and_si256(_mm256_srl_epi16(twos, shift), _mm256_set1_epi8(3));
            out = match F::TWOS_SHIFT {
                0 => own,
                _ => _mm256_or_si256(out, _mm256_slli_epi16::<4>(own)),
            };
        }
        if F::HAS_ONES {
            let ones = planes.add(F::ONES + 8 * g + 4 * h).cast::<i32>();
            // Each byte of bits eight times, of which each lane keeps its own.
            let spread = _mm256_setr_epi64x(
                0,
                0x0101_0101_0101_0101,
                0x0202_0202_0202_0202,
                0x0303_0303_0303_0303,
            );
            let own = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
            let bits = _mm256_shuffle_epi8(_mm256_set1_epi32(ones.read_unaligned()), spread);
            let is_set = _mm256_cmpeq_epi8(_mm256_and_si256(bits, own), own);
            let one = _mm256_set1_epi8(1 << F::ONES_SHIFT);
            out = _mm256_or_si256(out, _mm256_and_si256(is_set, one));
        }
        out
    }
}

/// 8 numbers of sixteen bits.
#[inline]
#[target_feature(enable = "avx2,f16c")]
unsafe fn halves_256(at: *const u8) -> __m256 {
    // SAFETY: 16 bytes are readable.
    unsafe { _mm256_cvtph_ps(_mm_loadu_si128(at.cast())) }
}

/// 8 numbers of eight bits.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn bytes_256(at: *const u8) -> __m256 {
    // SAFETY: 8 bytes are readable.
    unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(at.cast()))) }
}

/// With AVX2: products of eight bits, pairs of them summed in sixteen, by halves of a panel.
#[target_feature(enable = "avx2,fma,f16c")]
pub unsafe fn tile_avx2<F: Format, const M: usize>(
    chunks: usize,
    mut panel: *const u8,
    quants: *const i8,
    scales: *const f32,
    sums: *const [f32; 3],
    sums_of: &mut Sums,
) {
    // SAFETY: see the module's contract.
    unsafe {
        let ones = _mm256_set1_epi16(1);
        let mut totals = [[_mm256_setzero_ps(); M]; 2];
        let mut outer = [_mm256_setzero_ps(); 2];
        let mut outer_least = outer;
        for chunk in 0..chunks {
            if F::IS_NESTED && chunk.is_multiple_of(SUPER / CHUNK) {
                for h in 0..2 {
                    outer[h] = halves_256(panel.add(PANEL * h));
                    if F::HAS_LEAST {
                        outer_least[h] = halves_256(panel.add(PANEL * (2 + h)));
                    }
                }
                panel = panel.add(F::HEAD_BYTES);
            }
            let planes = panel.add(F::QUANTS);
            for span in 0..F::SPANS {
                for h in 0..2 {
                    let of = panel.add(span * PANEL + 8 * h);
                    let weight_scale = match F::IS_NESTED {
                        true => _mm256_mul_ps(outer[h], bytes_256(of)),
                        false => halves_256(panel.add(PANEL * h)),
                    };
                    let least = match (F::HAS_LEAST, F::IS_NESTED) {
                        (false, _) => _mm256_mul_ps(_mm256_set1_ps(-F::OFFSET), weight_scale),
                        (true, false) => halves_256(panel.add(F::SCALE_BYTES + PANEL * h)),
                        (true, true) => {
                            _mm256_mul_ps(outer_least[h], bytes_256(of.add(F::SCALE_BYTES)))
                        }
                    };
                    let mut exact = [[_mm256_setzero_si256(); 2]; M];
                    for run in 0..F::GROUPS / F::NARROW {
                        let mut pairs = [[_mm256_setzero_si256(); 2]; M];
                        for g in 0..F::NARROW {
                            let g = span * F::GROUPS + run * F::NARROW + g;
                            let mut w = group_256::<F>(planes, g, h);
                            if F::BITS == 8 {
                                w = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
                            }
                            for i in 0..M {
                                let high = quants.add((i * chunks + chunk) * CHUNK_BYTES + 4 * g);
                                for part in 0..2 {
                                    let four = high.add(part * CHUNK).cast::<i32>();
                                    let x = _mm256_set1_epi32(four.read_unaligned());
                                    let own = if F::BITS == 8 {
                                        // Signed numbers: their size, by activations of their sign.
                                        let x = _mm256_sign_epi8(x, w);
                                        _mm256_maddubs_epi16(_mm256_abs_epi8(w), x)
                                    } else {
                                        _mm256_maddubs_epi16(w, x)
                                    };
                                    pairs[i][part] = _mm256_add_epi16(pairs[i][part], own);
                                }
                            }
                        }
                        for i in 0..M {
                            for part in 0..2 {
                                let sums = _mm256_madd_epi16(pairs[i][part], ones);
                                exact[i][part] = _mm256_add_epi32(exact[i][part], sums);
                            }
                        }
                    }
                    for i in 0..M {
                        let at = i * chunks + chunk;
                        let scale = _mm256_mul_ps(_mm256_set1_ps(*scales.add(at)), weight_scale);
                        let [high, low] = exact[i];
                        let high = _mm256_slli_epi32::<{ STEP_BITS as i32 }>(high);
                        let exact = _mm256_cvtepi32_ps(_mm256_add_epi32(high, low));
                        let mut total = _mm256_fmadd_ps(exact, scale, totals[h][i]);
                        if F::BITS != 8 {
                            let which = if F::SPANS == 1 { 2 } else { span };
                            let sum = _mm256_set1_ps((*sums.add(at))[which]);
                            total = _mm256_fmadd_ps(sum, least, total);
                        }
                        totals[h][i] = total;
                    }
                }
            }
            panel = panel.add(F::CHUNK_BYTES);
        }
        for i in 0..M {
            let to = sums_of[i].as_mut_ptr();
            _mm256_storeu_ps(to, totals[0][i]);
            _mm256_storeu_ps(to.add(8), totals[1][i]);
        }
    }
}
