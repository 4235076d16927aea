//! No kernel reads or writes beyond its slices, whatever the shape and the instruction set; and a
//! shape that its slices do not have is refused before any code that would.

use super::guarded::{Guarded, Side};
use super::outer::add_outer;
use super::{Isa, Packed, PackedView, Rows, ops, pack_rows, pack_transposed, padded, product};

/// Rows, columns, depth: whole tiles and panels, one more and one fewer, and single ones.
const SHAPES: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (1, 16, 3),
    (2, 15, 17),
    (3, 17, 64),
    (4, 31, 5),
    (5, 32, 1),
    (6, 33, 7),
    (7, 48, 33),
    (11, 63, 16),
    (12, 64, 9),
    (13, 65, 31),
    (29, 100, 96),
];

fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..n).map(|_| random.f32() - 0.5).collect()
}

/// What lies between rows that are `stride` apart is none of the matrix.
fn rows_of(values: &[f32], rows: usize, width: usize, stride: usize, between: f32) -> Vec<f32> {
    let mut out = vec![between; (rows - 1) * stride + width];
    for (i, row) in values.chunks_exact(width).enumerate() {
        out[i * stride..][..width].copy_from_slice(row);
    }
    out
}

fn each(mut f: impl FnMut(Isa, Side, (usize, usize, usize), usize)) {
    for isa in Isa::available() {
        for side in Side::BOTH {
            for shape in SHAPES {
                for gap in [0, 1, 13] {
                    f(isa, side, shape, gap);
                }
            }
        }
    }
}

#[test]
fn products_keep_to_their_slices() {
    each(|isa, side, (m, n, depth), gap| {
        let (a, b, bias) = (numbers(m * depth, 1), numbers(n * depth, 2), numbers(n, 3));
        let packed = Packed::from_weight(isa, &b, n, depth);
        let data = Guarded::new(packed.view().data, side);
        let (a_stride, c_stride) = (depth + gap, n + gap);
        let rows = Guarded::new(&rows_of(&a, m, depth, a_stride, f32::NAN), side);
        let view = PackedView {
            isa,
            depth,
            n,
            data: &data,
        };
        let guarded_bias = Guarded::new(&bias, side);
        for bias in [None, Some(&*guarded_bias)] {
            let mut c = Guarded::filled(7.0f32, (m - 1) * c_stride + n, side);
            product(m, Rows::new(&rows, a_stride), view, bias, &mut c, c_stride);
            for (at, got) in c.iter().enumerate() {
                let (i, j) = (at / c_stride, at % c_stride);
                let dot = |k: usize| a[i * depth + k] * b[j * depth + k];
                let want = if j < n {
                    bias.map_or(0.0, |bias| bias[j]) + (0..depth).map(dot).sum::<f32>()
                } else {
                    7.0
                };
                assert!(
                    (got - want).abs() < 1e-4,
                    "{isa:?} {side:?} {m} {n} {depth}"
                );
            }
        }
    });
}

#[test]
fn packing_keeps_to_its_slices() {
    each(|isa, side, (_, n, depth), gap| {
        let mut out = Vec::new();
        let stride = depth + gap;
        let rows = Guarded::new(
            &rows_of(&numbers(n * depth, 1), n, depth, stride, 9.0),
            side,
        );
        pack_transposed(isa, Rows::new(&rows, stride), n, depth, &mut out);
        assert_eq!(out.len(), padded(n, isa) * depth);
        assert!(!out.contains(&9.0), "what lies between rows stays there");
        let stride = n + gap;
        let rows = Guarded::new(
            &rows_of(&numbers(n * depth, 1), depth, n, stride, 9.0),
            side,
        );
        pack_rows(isa, Rows::new(&rows, stride), depth, n, &mut out);
        assert_eq!(out.len(), padded(n, isa) * depth);
        assert!(!out.contains(&9.0), "what lies between rows stays there");
    });
}

#[test]
fn outer_products_keep_to_their_slices() {
    each(|isa, side, (m, n, depth), gap| {
        let (a, b) = (numbers(depth * m, 1), numbers(depth * n, 2));
        let mut packed = Vec::new();
        pack_rows(isa, Rows::new(&b, n), depth, n, &mut packed);
        let data = Guarded::new(&packed, side);
        let (a_stride, c_stride) = (m + gap, n + gap);
        let rows = Guarded::new(&rows_of(&a, depth, m, a_stride, f32::NAN), side);
        let mut c = Guarded::filled(7.0f32, (m - 1) * c_stride + n, side);
        let view = PackedView {
            isa,
            depth,
            n,
            data: &data,
        };
        add_outer(m, Rows::new(&rows, a_stride), view, &mut c, c_stride);
        for (at, got) in c.iter().enumerate() {
            let (i, j) = (at / c_stride, at % c_stride);
            let dot = |k: usize| a[k * m + i] * b[k * n + j];
            let added = if j < n {
                (0..depth).map(dot).sum::<f32>()
            } else {
                0.0
            };
            assert!(
                (got - 7.0 - added).abs() < 1e-4,
                "{isa:?} {side:?} {m} {n} {depth}"
            );
        }
    });
}

#[test]
fn elementwise_passes_keep_to_their_slices() {
    for isa in Isa::available() {
        for side in Side::BOTH {
            for n in [1, 7, 8, 15, 16, 17, 31, 33, 63, 100, 1025] {
                let mut row = Guarded::new(&numbers(n, 1), side);
                let residual = Guarded::new(&numbers(n, 2), side);
                let (gain, bias) = (
                    Guarded::filled(1.0f32, n, side),
                    Guarded::filled(0.5f32, n, side),
                );
                ops::gelu(isa, &mut row);
                ops::add_norm(isa, &mut row, &residual, &gain, &bias, 1e-6);
                ops::norm(isa, &mut row, &gain, &bias, 1e-6);
                let mean = row.iter().sum::<f32>() / n as f32;
                assert!((mean - 0.5).abs() < 1e-3, "{isa:?} {n}: {mean}");
                ops::softmax(isa, &mut row);
                let sum = row.iter().sum::<f32>();
                assert!((sum - 1.0).abs() < 1e-4, "{isa:?} {n}: {sum}");
            }
        }
    }
}

/// Runs `f`, and says whether it was refused.
fn is_refused(f: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(f).is_err()
}

#[test]
fn shapes_that_the_slices_do_not_have_are_refused() {
    let values = [1.0f32; 64];
    for isa in Isa::available() {
        let data = vec![1.0f32; padded(1, isa) * 4];
        let view = |depth| PackedView {
            isa,
            depth,
            n: 1,
            data: &data,
        };
        // A stride by which the last row's place wraps round to the front of memory.
        let far = usize::MAX / 2 + 1;
        let (a, long) = (Rows::new(&values, far), Rows::new(&values, 4));
        assert!(is_refused(|| product(
            3,
            a,
            view(4),
            None,
            &mut [0.0; 8],
            1
        )));
        assert!(is_refused(|| product(
            3,
            long,
            view(4),
            None,
            &mut [0.0; 8],
            far
        )));
        assert!(is_refused(|| product(
            17,
            long,
            view(4),
            None,
            &mut [0.0; 64],
            1
        )));
        assert!(is_refused(|| product(
            2,
            long,
            view(5),
            None,
            &mut [0.0; 8],
            1
        )));
        assert!(is_refused(|| product(
            2,
            long,
            view(far),
            None,
            &mut [0.0; 8],
            1
        )));
        assert!(is_refused(|| product(
            2,
            long,
            view(4),
            None,
            &mut [0.0; 1],
            1
        )));
        assert!(is_refused(|| add_outer(2, a, view(3), &mut [0.0; 8], 1)));
        assert!(is_refused(|| add_outer(
            3,
            long,
            view(4),
            &mut [0.0; 8],
            far
        )));
        assert!(is_refused(|| add_outer(5, long, view(4), &mut [0.0; 4], 1)));
    }
}
