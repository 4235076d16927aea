//! Sums of outer products: C += Aᵀ · B, the shape of a weight's gradient (A the gradient of the
//! outputs, B the inputs, both a row a token).
//!
//! B comes in the panels of `kernel`; of A the rows of one tile are packed as they are needed, so
//! that a tile reads both in sequence however far apart the rows of A lie. Sums are added to C in
//! the order of the calls.

#[cfg(target_arch = "x86_64")]
use super::Set;
use super::{Isa, PackedView, Rows, extent};

/// Values of B that are gone through while they stay in the second-level cache.
const CACHED: usize = 128 * 1024;

/// C += Aᵀ · B: `a` has `b.depth` rows of which the first `m` values count, C `m` rows of `b.n`
/// values that lie `c_stride` apart.
///
/// Panics when a slice is too short for its shape.
pub fn add_outer(m: usize, a: Rows<'_>, b: PackedView<'_>, c: &mut [f32], c_stride: usize) {
    if m == 0 || b.n == 0 || b.depth == 0 {
        return;
    }
    let nr = b.isa.panel();
    assert!(a.data.len() >= extent(b.depth, a.stride, m));
    assert!(c.len() >= extent(m, c_stride, b.n) && (m == 1 || c_stride >= b.n));
    assert!(b.holds_its_panels());
    let group = (CACHED / b.depth / nr).max(1) * nr;
    let mut packed = vec![0.0f32; b.depth * b.isa.rows()];
    for start in (0..b.n).step_by(group) {
        let end = b.n.min(start + group);
        for row in (0..m).step_by(b.isa.rows()) {
            let rows = b.isa.rows().min(m - row);
            for (to, from) in packed
                .chunks_exact_mut(rows)
                .zip(a.data.chunks(a.stride))
                .take(b.depth)
            {
                to.copy_from_slice(&from[row..row + rows]);
            }
            for first in (start..end).step_by(nr) {
                let panel = &b.data[first * b.depth..][..nr * b.depth];
                let columns = nr.min(b.n - first);
                let at = row * c_stride + first;
                add_tile(b.isa, rows, columns, &packed, panel, &mut c[at..], c_stride);
            }
        }
    }
}

/// One tile, by a buffer of whole width where the panel is not full.
fn add_tile(
    isa: Isa,
    rows: usize,
    columns: usize,
    a: &[f32],
    panel: &[f32],
    c: &mut [f32],
    c_stride: usize,
) {
    let nr = isa.panel();
    if columns == nr {
        return full_tile(isa, rows, a, panel, c, c_stride);
    }
    let mut edge = [0.0f32; 12 * 32];
    for i in 0..rows {
        edge[i * nr..][..columns].copy_from_slice(&c[i * c_stride..][..columns]);
    }
    full_tile(isa, rows, a, panel, &mut edge, nr);
    for i in 0..rows {
        c[i * c_stride..][..columns].copy_from_slice(&edge[i * nr..][..columns]);
    }
}

fn full_tile(isa: Isa, rows: usize, a: &[f32], panel: &[f32], c: &mut [f32], c_stride: usize) {
    let nr = isa.panel();
    let depth = panel.len() / nr;
    assert!(a.len() / rows >= depth && c.len() >= extent(rows, c_stride, nr));
    #[cfg(target_arch = "x86_64")]
    {
        use x86::{tile_avx2, tile_avx512};
        let (a_at, b_at, c_at) = (a.as_ptr(), panel.as_ptr(), c.as_mut_ptr());
        macro_rules! by_rows {
            ($kernel:ident: $($n:literal)*) => {
                match rows {
                    // SAFETY: the assert above and `depth` bound every access of a tile of `rows`
                    // rows, and an `Isa` exists only on a processor that has its set.
                    $($n => unsafe { $kernel::<$n>(depth, a_at, b_at, c_at, c_stride) },)*
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
    for (x, b) in a.chunks_exact(rows).zip(panel.chunks_exact(nr)) {
        for (i, x) in x.iter().enumerate() {
            let row = &mut c[i * c_stride..][..nr];
            row.iter_mut().zip(b).for_each(|(c, b)| *c += x * b);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! Register tiles. Callers guarantee that the processor has the set, and: `a` is readable for `depth` times `M` values, `b` for
    //! `depth` rows of a panel, and `c` readable and writable for `M` rows of a panel's width
    //! `ldc` apart.

    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub unsafe fn tile_avx512<const M: usize>(
        depth: usize,
        mut a: *const f32,
        mut b: *const f32,
        c: *mut f32,
        ldc: usize,
    ) {
        // SAFETY: see the module's contract.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); 2]; M];
            for _ in 0..depth {
                let (b0, b1) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_ps(*a.add(i));
                    sum[0] = _mm512_fmadd_ps(x, b0, sum[0]);
                    sum[1] = _mm512_fmadd_ps(x, b1, sum[1]);
                }
                a = a.add(M);
                b = b.add(32);
            }
            for (i, [s0, s1]) in sums.into_iter().enumerate() {
                let (at, next) = (c.add(i * ldc), c.add(i * ldc + 16));
                _mm512_storeu_ps(at, _mm512_add_ps(_mm512_loadu_ps(at), s0));
                _mm512_storeu_ps(next, _mm512_add_ps(_mm512_loadu_ps(next), s1));
            }
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn tile_avx2<const M: usize>(
        depth: usize,
        mut a: *const f32,
        mut b: *const f32,
        c: *mut f32,
        ldc: usize,
    ) {
        // SAFETY: see the module's contract.
        unsafe {
            let mut sums = [[_mm256_setzero_ps(); 2]; M];
            for _ in 0..depth {
                let (b0, b1) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*a.add(i));
                    sum[0] = _mm256_fmadd_ps(x, b0, sum[0]);
                    sum[1] = _mm256_fmadd_ps(x, b1, sum[1]);
                }
                a = a.add(M);
                b = b.add(16);
            }
            for (i, [s0, s1]) in sums.into_iter().enumerate() {
                let (at, next) = (c.add(i * ldc), c.add(i * ldc + 8));
                _mm256_storeu_ps(at, _mm256_add_ps(_mm256_loadu_ps(at), s0));
                _mm256_storeu_ps(next, _mm256_add_ps(_mm256_loadu_ps(next), s1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack_rows;
    use super::*;

    #[test]
    fn sums_of_odd_shapes_agree_with_the_definition() {
        let noise = |n: usize, seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..n).map(|_| random.f32() - 0.5).collect::<Vec<f32>>()
        };
        for isa in Isa::available() {
            for (m, n, depth) in [(1, 1, 1), (13, 33, 7), (25, 1600, 300), (12, 31, 19)] {
                let (a, b) = (noise(depth * (m + 2), 1), noise(depth * (n + 1), 2));
                let mut data = Vec::new();
                pack_rows(isa, Rows::new(&b, n + 1), depth, n, &mut data);
                let data = &data;
                let view = PackedView {
                    isa,
                    depth,
                    n,
                    data,
                };
                let mut c = vec![1.0f32; m * (n + 3)];
                add_outer(m, Rows::new(&a, m + 2), view, &mut c, n + 3);
                for (i, row) in c.chunks_exact(n + 3).enumerate() {
                    for (j, got) in row.iter().enumerate() {
                        let products =
                            (0..depth).map(|k| a[k * (m + 2) + i] * b[k * (n + 1) + j.min(n)]);
                        let want = if j < n {
                            1.0 + products.sum::<f32>()
                        } else {
                            1.0
                        };
                        assert!(
                            (got - want).abs() < 2e-5,
                            "{isa:?} {m} {n} {depth}: {got} {want}"
                        );
                    }
                }
            }
        }
    }
}
