//! Tiles for any processor; the compiler vectorises them for the baseline. They are what the other
//! sets' tiles are held to.

use half::f16;

use super::format::{CHUNK, Format, GROUP, PANEL, SUPER, quant};
use super::rows::{CHUNK_BYTES, STEP};
use super::{Sums, Tile};

/// Scale and `least` of each row of a panel.
type Scales = ([f32; PANEL], [f32; PANEL]);

/// What the spans of a chunk, one or two of them, are scaled by.
pub fn scales<F: Format>(panel: &[u8], chunk: usize) -> [Scales; 2] {
    let at = F::chunk_at(chunk);
    let half = |at: usize, row: usize| {
        f16::from_le_bytes([panel[at + 2 * row], panel[at + 2 * row + 1]]).to_f32()
    };
    let mut out = [([0.0; PANEL], [0.0; PANEL]); 2];
    let head = F::chunk_at(chunk / (SUPER / CHUNK) * (SUPER / CHUNK)) - F::HEAD_BYTES;
    for (span, (scales, leasts)) in out.iter_mut().take(F::SPANS).enumerate() {
        for row in 0..PANEL {
            let inner = |at: usize| f32::from(panel[at + span * PANEL + row] as i8);
            scales[row] = if F::IS_NESTED {
                half(head, row) * inner(at)
            } else {
                half(at, row)
            };
            leasts[row] = match (F::HAS_LEAST, F::IS_NESTED) {
                (false, _) => -F::OFFSET * scales[row],
                (true, false) => half(at + F::SCALE_BYTES, row),
                (true, true) => half(head + 2 * PANEL, row) * inner(at + F::SCALE_BYTES),
            };
        }
    }
    out
}

/// Sums of a few rows by a whole panel.
pub fn tile<F: Format>(panel: &[u8], a: Tile<'_>, sums: &mut Sums) {
    let chunks = a.depth / CHUNK;
    let mut groups = [[0u8; GROUP]; CHUNK / 4];
    sums[..a.rows].fill([0.0; PANEL]);
    for chunk in 0..chunks {
        let planes = &panel[F::chunk_at(chunk) + F::QUANTS..];
        for (g, group) in groups.iter_mut().enumerate() {
            for (i, value) in group.iter_mut().enumerate() {
                *value = quant::<F>(planes, i / 4, 4 * g + i % 4);
            }
        }
        let scales = scales::<F>(panel, chunk);
        for (row, sums) in sums[..a.rows].iter_mut().enumerate() {
            let at = (row * chunks + chunk) * CHUNK_BYTES;
            let (high, low) = a.quants[at..at + CHUNK_BYTES].split_at(CHUNK);
            let x: [i16; CHUNK] =
                std::array::from_fn(|k| i16::from(high[k]) * STEP as i16 + i16::from(low[k]));
            let (scale, own) = (a.scales[row * chunks + chunk], a.sums[row * chunks + chunk]);
            for (span, (scales, leasts)) in scales.iter().take(F::SPANS).enumerate() {
                let first = span * F::GROUPS;
                let exact = dot(&groups[first..first + F::GROUPS], &x[first * 4..]);
                let sum = if F::SPANS == 1 { own[2] } else { own[span] };
                for (r, total) in sums.iter_mut().enumerate() {
                    *total += exact[r] as f32 * (scale * scales[r]);
                    *total += sum * leasts[r];
                }
            }
        }
    }
}

/// Sums of the products of each row's numbers with those of `x`.
#[inline(always)]
fn dot(groups: &[[u8; GROUP]], x: &[i16]) -> [i32; PANEL] {
    let mut out = [0i32; PANEL];
    for (group, x) in groups.iter().zip(x.as_chunks::<4>().0) {
        for (r, out) in out.iter_mut().enumerate() {
            let product = |k: usize| i32::from(i16::from(group[4 * r + k])) * i32::from(x[k]);
            *out += (product(0) + product(1)) + (product(2) + product(3));
        }
    }
    out
}
