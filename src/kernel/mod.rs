//! The kernel: the arithmetic that models are made of, for the instruction sets of a processor.
//!
//! Here are matrix products, C = A · B + bias in f32, B packed once into panels, with tiles of
//! registers for AVX-512, AVX2 and plain code, chosen at run time; `ops` has what is done element by
//! element, `outer` the products of gradients, `quant` those with quantised weights.
//!
//! The layout follows Goto and van de Geijn (2008): a panel holds NR columns of B row by row, a
//! tile keeps MR × NR sums in registers over the whole depth. Each row of C is summed over the
//! depth in one fixed order whatever tile it falls in, so a text's numbers do not depend on its
//! neighbours in the batch.

#[cfg(all(test, target_os = "linux"))]
#[path = "guarded_tests.rs"]
pub(crate) mod guarded;
mod isa;
pub(crate) mod ops;
pub(crate) mod outer;
pub mod quant;

pub use isa::Isa;
pub(crate) use isa::Set;

/// Columns rounded up to whole panels.
pub fn padded(n: usize, isa: Isa) -> usize {
    n.div_ceil(isa.panel()) * isa.panel()
}

/// Values from the first of `rows` rows, which lie `stride` apart, to the end of the last, which
/// has `width`; no fewer than any address that such rows take.
///
/// Panics where there is no such number: a length that wrapped round would pass every check.
pub(crate) fn extent(rows: usize, stride: usize, width: usize) -> usize {
    let before = rows.saturating_sub(1).checked_mul(stride);
    let end = before.and_then(|before| before.checked_add(width));
    end.expect("the rows of a matrix lie within memory")
}

/// A `depth` × `n` matrix in panels, missing columns zero.
pub struct Packed {
    isa: Isa,
    depth: usize,
    n: usize,
    data: Vec<f32>,
}

impl Packed {
    /// Packs the transpose of `weight`, which is `n` × `depth` row by row (a linear layer's
    /// weight as checkpoints store it).
    pub fn from_weight(isa: Isa, weight: &[f32], n: usize, depth: usize) -> Self {
        assert_eq!(weight.len(), n * depth);
        let mut data = Vec::new();
        pack_transposed(isa, Rows::new(weight, depth), n, depth, &mut data);
        Self {
            isa,
            depth,
            n,
            data,
        }
    }

    pub fn view(&self) -> PackedView<'_> {
        PackedView {
            isa: self.isa,
            depth: self.depth,
            n: self.n,
            data: &self.data,
        }
    }
}

/// A packed matrix that somebody else owns.
#[derive(Clone, Copy)]
pub struct PackedView<'a> {
    pub isa: Isa,
    pub depth: usize,
    pub n: usize,
    /// `padded(n) * depth` values, panel by panel.
    pub data: &'a [f32],
}

impl PackedView<'_> {
    /// True where `data` has all panels of the shape.
    fn holds_its_panels(&self) -> bool {
        let values = padded(self.n, self.isa).checked_mul(self.depth);
        values.is_some_and(|values| self.data.len() >= values)
    }
}

/// A row-major matrix whose rows lie `stride` apart.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub data: &'a [f32],
    pub stride: usize,
}

impl<'a> Rows<'a> {
    pub fn new(data: &'a [f32], stride: usize) -> Self {
        Self { data, stride }
    }
}

/// Packs the transpose of the first `n` rows, `depth` values of each.
pub fn pack_transposed(isa: Isa, rows: Rows<'_>, n: usize, depth: usize, out: &mut Vec<f32>) {
    let nr = isa.panel();
    // A last panel that is not full is zero beyond its columns; full ones are written whole.
    out.resize(padded(n, isa) * depth, 0.0);
    out[n / nr * nr * depth..].fill(0.0);
    for (column, row) in rows.data.chunks(rows.stride).take(n).enumerate() {
        let panel = &mut out[column / nr * nr * depth..][..nr * depth];
        for (k, value) in row[..depth].iter().enumerate() {
            panel[k * nr + column % nr] = *value;
        }
    }
}

/// Packs the first `depth` rows as they are, `n` values of each.
pub fn pack_rows(isa: Isa, rows: Rows<'_>, depth: usize, n: usize, out: &mut Vec<f32>) {
    let nr = isa.panel();
    out.resize(padded(n, isa) * depth, 0.0);
    out[n / nr * nr * depth..].fill(0.0);
    for (k, row) in rows.data.chunks(rows.stride).take(depth).enumerate() {
        for first in (0..n).step_by(nr) {
            let columns = nr.min(n - first);
            let to = first * depth + k * nr;
            out[to..to + columns].copy_from_slice(&row[first..][..columns]);
        }
    }
}

/// C = A · B + bias for `m` rows. C's rows lie `c_stride` apart; columns of C beyond B's `n` are
/// left alone. `bias` has `n` values or none.
///
/// Panics when a slice is too short for its shape.
pub fn product(
    m: usize,
    a: Rows<'_>,
    b: PackedView<'_>,
    bias: Option<&[f32]>,
    c: &mut [f32],
    c_stride: usize,
) {
    if m == 0 || b.n == 0 {
        return;
    }
    let nr = b.isa.panel();
    assert!(a.data.len() >= extent(m, a.stride, b.depth));
    assert!(c.len() >= extent(m, c_stride, b.n) && (m == 1 || c_stride >= b.n));
    assert!(b.holds_its_panels());
    assert!(bias.is_none_or(|bias| bias.len() == b.n));
    let mut edge_bias = [0.0f32; 32];
    let mut edge = [0.0f32; 12 * 32];
    let mut row = 0;
    while row < m {
        let rows = b.isa.rows().min(m - row);
        for first in (0..b.n).step_by(nr) {
            let columns = nr.min(b.n - first);
            let panel = &b.data[first * b.depth..(first + nr) * b.depth];
            let part = bias.map(|bias| &bias[first..first + columns]);
            let a_rows = Rows {
                data: &a.data[row * a.stride..],
                stride: a.stride,
            };
            let at = row * c_stride + first;
            if columns == nr {
                tile(
                    b.isa,
                    rows,
                    a_rows,
                    panel,
                    b.depth,
                    part,
                    &mut c[at..],
                    c_stride,
                );
                continue;
            }
            // The last panel is not full: go by a buffer of whole width.
            if let Some(part) = part {
                edge_bias[..columns].copy_from_slice(part);
            }
            let part = bias.map(|_| &edge_bias[..nr]);
            tile(b.isa, rows, a_rows, panel, b.depth, part, &mut edge, nr);
            for i in 0..rows {
                c[at + i * c_stride..][..columns].copy_from_slice(&edge[i * nr..][..columns]);
            }
        }
        row += rows;
    }
}

/// One tile: `rows` rows of A by a whole panel.
#[allow(clippy::too_many_arguments)] // The shape of a matrix product.
#[inline]
fn tile(
    isa: Isa,
    rows: usize,
    a: Rows<'_>,
    panel: &[f32],
    depth: usize,
    bias: Option<&[f32]>,
    c: &mut [f32],
    c_stride: usize,
) {
    let nr = isa.panel();
    assert!(a.data.len() >= extent(rows, a.stride, depth) && panel.len() / nr >= depth);
    assert!(c.len() >= extent(rows, c_stride, nr) && bias.is_none_or(|b| b.len() >= nr));
    #[cfg(target_arch = "x86_64")]
    {
        use x86::{tile_avx2, tile_avx512};
        let bias = bias.map_or(std::ptr::null(), <[f32]>::as_ptr);
        let (a_at, b_at, c_at) = (a.data.as_ptr(), panel.as_ptr(), c.as_mut_ptr());
        macro_rules! by_rows {
            ($kernel:ident: $($n:literal)*) => {
                match rows {
                    // SAFETY: the asserts above bound every access of a tile of `rows` rows, and
                    // an `Isa` exists only on a processor that has its set.
                    $($n => unsafe {
                        $kernel::<$n>(depth, a_at, a.stride, b_at, bias, c_at, c_stride)
                    },)*
                    _ => unreachable!("tiles have at most Isa::rows rows"),
                }
            };
        }
        match isa.set() {
            Set::Avx512Vnni | Set::Avx512 => {
                return by_rows!(tile_avx512: 1 2 3 4 5 6 7 8 9 10 11 12);
            }
            Set::Avx2 => return by_rows!(tile_avx2: 1 2 3 4 5 6),
            Set::Plain => {}
        }
    }
    for i in 0..rows {
        tile_plain(
            &a.data[i * a.stride..][..depth],
            panel,
            bias,
            &mut c[i * c_stride..][..nr],
        );
    }
}

/// One row by a panel, for any processor; the compiler vectorises it for the baseline.
fn tile_plain(a: &[f32], panel: &[f32], bias: Option<&[f32]>, c: &mut [f32]) {
    const NR: usize = 16;
    let mut sums = [0.0f32; NR];
    if let Some(bias) = bias {
        sums.copy_from_slice(&bias[..NR]);
    }
    for (x, row) in a.iter().zip(panel.chunks_exact(NR)) {
        for (sum, b) in sums.iter_mut().zip(row) {
            *sum += x * b;
        }
    }
    c.copy_from_slice(&sums);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! Register tiles. Callers guarantee that the processor has the set, and: `a` is readable for `M` rows of `depth` values `lda`
    //! apart, `b` for `depth` rows of a panel, `bias` (or null) for a panel's width, and `c`
    //! writable for `M` rows of a panel's width `ldc` apart.

    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub unsafe fn tile_avx512<const M: usize>(
        depth: usize,
        a: *const f32,
        lda: usize,
        mut b: *const f32,
        bias: *const f32,
        c: *mut f32,
        ldc: usize,
    ) {
        // SAFETY: see the module's contract.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); 2]; M];
            if !bias.is_null() {
                sums = [[_mm512_loadu_ps(bias), _mm512_loadu_ps(bias.add(16))]; M];
            }
            for k in 0..depth {
                let (b0, b1) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*a.add(i * lda + k));
                    sum[0] = _mm512_fmadd_ps(x, b0, sum[0]);
                    sum[1] = _mm512_fmadd_ps(x, b1, sum[1]);
                }
                b = b.add(32);
            }
            for (i, [s0, s1]) in sums.into_iter().enumerate() {
                _mm512_storeu_ps(c.add(i * ldc), s0);
                _mm512_storeu_ps(c.add(i * ldc + 16), s1);
            }
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn tile_avx2<const M: usize>(
        depth: usize,
        a: *const f32,
        lda: usize,
        mut b: *const f32,
        bias: *const f32,
        c: *mut f32,
        ldc: usize,
    ) {
        // SAFETY: see the module's contract.
        unsafe {
            let mut sums = [[_mm256_setzero_ps(); 2]; M];
            if !bias.is_null() {
                sums = [[_mm256_loadu_ps(bias), _mm256_loadu_ps(bias.add(8))]; M];
            }
            for k in 0..depth {
                let (b0, b1) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*a.add(i * lda + k));
                    sum[0] = _mm256_fmadd_ps(x, b0, sum[0]);
                    sum[1] = _mm256_fmadd_ps(x, b1, sum[1]);
                }
                b = b.add(16);
            }
            for (i, [s0, s1]) in sums.into_iter().enumerate() {
                _mm256_storeu_ps(c.add(i * ldc), s0);
                _mm256_storeu_ps(c.add(i * ldc + 8), s1);
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod bounds_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed | 1;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect()
    }

    #[test]
    fn products_of_odd_shapes_agree_with_the_definition() {
        for isa in Isa::available() {
            for (m, n, k) in [
                (1, 1, 1),
                (5, 33, 7),
                (13, 32, 64),
                (25, 31, 19),
                (12, 100, 3),
            ] {
                let (a, w, bias) = (noise(m * k, 1), noise(n * k, 2), noise(n, 3));
                let packed = Packed::from_weight(isa, &w, n, k);
                let mut c = vec![7.0; m * (n + 3)];
                let rows = Rows {
                    data: &a,
                    stride: k,
                };
                product(m, rows, packed.view(), Some(&bias), &mut c, n + 3);
                for i in 0..m {
                    for j in 0..n {
                        let want: f32 =
                            bias[j] + (0..k).map(|p| a[i * k + p] * w[j * k + p]).sum::<f32>();
                        let got = c[i * (n + 3) + j];
                        assert!(
                            (got - want).abs() < 1e-5,
                            "{isa:?} {m} {n} {k}: {got} {want}"
                        );
                    }
                    assert!(
                        c[i * (n + 3) + n..][..3].iter().all(|x| *x == 7.0),
                        "padding kept"
                    );
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_tile() {
        for isa in Isa::available() {
            let (n, k) = (64, 48);
            let (a, w) = (noise(29 * k, 4), noise(n * k, 5));
            let packed = Packed::from_weight(isa, &w, n, k);
            let mut all = vec![0.0; 29 * n];
            product(
                29,
                Rows {
                    data: &a,
                    stride: k,
                },
                packed.view(),
                None,
                &mut all,
                n,
            );
            for i in 0..29 {
                let mut one = vec![0.0; n];
                let rows = Rows {
                    data: &a[i * k..],
                    stride: k,
                };
                product(1, rows, packed.view(), None, &mut one, n);
                assert_eq!(one, all[i * n..][..n], "{isa:?} row {i}");
            }
        }
    }
}
