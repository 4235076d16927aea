//! Products with quantised weights, which stay as a file has them: C = A · Wᵀ, W in panels of
//! quantised numbers (`format`), A quantised to fifteen bits when it comes (`rows`), sums over each
//! scale's numbers in exact integers.
//!
//! The types of weights are ggml's; lone rows cost the time in which the weights are read. Every row is summed in one order whatever tile it falls in and however many there are, so a
//! sequence's numbers do not depend on its neighbours.

mod block;
mod format;
mod plain;
mod rows;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use format::Kind;
pub use rows::QuantizedRows;

use std::ops::Range;

use half::f16;

use self::rows::CHUNK_BYTES;
use super::{Isa, Set, extent};
use block::Block;
use format::{CHUNK, Format, PANEL, put, quant, with_format};

/// Rows of A in the largest tile.
const MOST_ROWS: usize = 8;
/// Rows that pass over all panels together, so that a panel stays in the first-level cache.
const BLOCK: usize = 96;

/// Rows of the largest tile of a set.
fn tile_rows(isa: Isa) -> usize {
    match isa.set() {
        Set::Avx512Vnni => MOST_ROWS,
        Set::Avx512 | Set::Avx2 => 2,
        Set::Plain => 4,
    }
}

/// The sums of a tile, a row of A after the other.
type Sums = [[f32; PANEL]; MOST_ROWS];

/// `n` × `depth` weights in panels of 16 rows; a last one that is not full is zero beyond.
pub struct PackedQuants {
    isa: Isa,
    kind: Kind,
    n: usize,
    depth: usize,
    data: Vec<u8>,
}

impl PackedQuants {
    /// Packs the blocks of a file, row by row. `None` where a scale is no finite number.
    ///
    /// Panics where the rows are not whole blocks or `blocks` has another length.
    pub fn new(isa: Isa, kind: Kind, blocks: &[u8], n: usize, depth: usize) -> Option<Self> {
        assert!(depth > 0 && depth.is_multiple_of(kind.block()));
        let row_bytes = depth / kind.block() * kind.block_bytes();
        assert_eq!(blocks.len(), n * row_bytes);
        let data =
            with_format!(kind, F => pack::<F>(kind, blocks.chunks_exact(row_bytes), n, depth))?;
        Some(Self {
            isa,
            kind,
            n,
            depth,
            data,
        })
    }

    /// Rows of W.
    pub fn outputs(&self) -> usize {
        self.n
    }

    /// Bytes of a panel.
    fn panel_bytes(&self) -> usize {
        with_format!(self.kind, F => F::panel_bytes(self.depth / CHUNK))
    }

    /// Row `at` of W, of `depth` numbers.
    pub fn row(&self, at: usize, out: &mut [f32]) {
        assert!(at < self.n && out.len() == self.depth);
        let bytes = self.panel_bytes();
        let panel = &self.data[at / PANEL * bytes..][..bytes];
        with_format!(self.kind, F => {
            for (chunk, out) in out.as_chunks_mut::<CHUNK>().0.iter_mut().enumerate() {
                let scales = plain::scales::<F>(panel, chunk);
                let planes = &panel[F::chunk_at(chunk) + F::QUANTS..];
                for (k, out) in out.iter_mut().enumerate() {
                    let (scale, least) = scales[k / F::SPAN];
                    let quant = quant::<F>(planes, at % PANEL, k);
                    *out = scale[at % PANEL] * f32::from(quant) + least[at % PANEL];
                }
            }
        });
    }

    /// Columns `columns` of the product, of which the first is the first of a panel, for the rows
    /// `rows` of A; C's rows lie `c_stride` apart.
    ///
    /// Panics when a slice is too short for its shape, or a range goes beyond it.
    pub fn product(
        &self,
        a: &QuantizedRows,
        rows: Range<usize>,
        columns: Range<usize>,
        c: &mut [f32],
        c_stride: usize,
    ) {
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let width = columns.len();
        assert!(a.depth == self.depth && rows.end <= a.count());
        assert!(columns.start.is_multiple_of(PANEL) && columns.end <= self.n);
        assert!(c.len() >= extent(rows.len(), c_stride, width));
        assert!(rows.len() == 1 || c_stride >= width);
        let bytes = self.panel_bytes();
        let mut sums = Sums::default();
        for block in rows.clone().step_by(BLOCK) {
            let end = rows.end.min(block + BLOCK);
            for first in columns.clone().step_by(PANEL) {
                let panel = &self.data[first / PANEL * bytes..][..bytes];
                let n = PANEL.min(columns.end - first);
                let mut row = block;
                while row < end {
                    let count = tile_rows(self.isa).min(end - row);
                    with_format!(self.kind, F => {
                        tile::<F>(self.isa, panel, Tile::new(a, row, count), &mut sums);
                    });
                    for (i, sums) in sums[..count].iter().enumerate() {
                        let at = (row + i - rows.start) * c_stride + first - columns.start;
                        c[at..at + n].copy_from_slice(&sums[..n]);
                    }
                    row += count;
                }
            }
        }
    }
}

/// Rows of A that a tile takes.
#[derive(Clone, Copy)]
struct Tile<'a> {
    rows: usize,
    depth: usize,
    quants: &'a [i8],
    scales: &'a [f32],
    sums: &'a [[f32; 3]],
}

impl<'a> Tile<'a> {
    fn new(a: &'a QuantizedRows, first: usize, rows: usize) -> Self {
        let chunks = a.depth / CHUNK;
        Self {
            rows,
            depth: a.depth,
            quants: &a.quants[first * chunks * CHUNK_BYTES..][..rows * chunks * CHUNK_BYTES],
            scales: &a.scales[first * chunks..][..rows * chunks],
            sums: &a.sums[first * chunks..][..rows * chunks],
        }
    }
}

/// Sums of a few rows by a whole panel.
fn tile<F: Format>(isa: Isa, panel: &[u8], a: Tile<'_>, sums: &mut Sums) {
    let chunks = a.depth / CHUNK;
    assert!(a.rows <= tile_rows(isa) && a.depth.is_multiple_of(F::UNIT));
    assert!(
        panel.len() >= F::panel_bytes(chunks) && a.quants.len() >= a.rows * chunks * CHUNK_BYTES
    );
    assert!(a.scales.len() >= a.rows * chunks && a.sums.len() >= a.rows * chunks);
    #[cfg(target_arch = "x86_64")]
    {
        use x86::{tile_avx2, tile_vnni};
        macro_rules! by_rows {
            ($kernel:ident: $($n:literal)*) => {
                match a.rows {
                    // SAFETY: the asserts above bound every access of a tile of `rows` rows, and
                    // an `Isa` exists only on a processor that has its set.
                    $($n => unsafe {
                        $kernel::<F, $n>(
                            chunks,
                            panel.as_ptr(),
                            a.quants.as_ptr(),
                            a.scales.as_ptr(),
                            a.sums.as_ptr(),
                            sums,
                        )
                    },)*
                    _ => unreachable!("tiles have at most tile_rows rows"),
                }
            };
        }
        match isa.set() {
            Set::Avx512Vnni => return by_rows!(tile_vnni: 1 2 3 4 5 6 7 8),
            // AVX-512 without eight-bit products has nothing over AVX2 here, which it includes.
            Set::Avx512 | Set::Avx2 => return by_rows!(tile_avx2: 1 2),
            Set::Plain => {}
        }
    }
    plain::tile::<F>(panel, a, sums);
}

/// The panels of `n` rows of blocks.
fn pack<'a, F: Format>(
    kind: Kind,
    rows: impl Iterator<Item = &'a [u8]>,
    n: usize,
    depth: usize,
) -> Option<Vec<u8>> {
    let panel_bytes = F::panel_bytes(depth / CHUNK);
    let mut out = vec![0; n.div_ceil(PANEL) * panel_bytes];
    let mut block = Block::new();
    for (at, row) in rows.enumerate() {
        let (panel, r) = (
            &mut out[at / PANEL * panel_bytes..][..panel_bytes],
            at % PANEL,
        );
        for (i, bytes) in row.chunks_exact(kind.block_bytes()).enumerate() {
            block.read(kind, bytes);
            if !(block.scale.is_finite() && block.least.is_finite()) {
                return None;
            }
            let first = i * kind.block() / CHUNK;
            if F::IS_NESTED {
                let head = F::chunk_at(first) - F::HEAD_BYTES;
                set_half(&mut panel[head..], r, block.scale);
                if F::HAS_LEAST {
                    set_half(&mut panel[head + 2 * PANEL..], r, block.least);
                }
            }
            for (j, quants) in block.quants[..kind.block()]
                .as_chunks::<CHUNK>()
                .0
                .iter()
                .enumerate()
            {
                let chunk = &mut panel[F::chunk_at(first + j)..][..F::CHUNK_BYTES];
                let (scales, planes) = chunk.split_at_mut(F::QUANTS);
                let (scales, leasts) = scales.split_at_mut(F::SCALE_BYTES);
                put::<F>(planes, r, quants);
                if !F::IS_NESTED {
                    set_half(scales, r, block.scale);
                    if F::HAS_LEAST {
                        set_half(leasts, r, block.least);
                    }
                    continue;
                }
                for span in 0..F::SPANS {
                    let from = j * F::SPANS + span;
                    scales[span * PANEL + r] = block.scales[from] as u8;
                    if F::HAS_LEAST {
                        leasts[span * PANEL + r] = block.leasts[from] as u8;
                    }
                }
            }
        }
    }
    Some(out)
}

fn set_half(bytes: &mut [u8], row: usize, value: f16) {
    bytes[2 * row..][..2].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod quant_tests;
