//! Every set's tiles agree with the definition, and keep to their slices.

use super::*;
use crate::kernel::Rows;

/// Rows of W, depth, rows of A: full panels and tiles, and others.
const SHAPES: [(usize, usize, usize); 4] = [(16, 256, 1), (37, 512, 11), (1, 768, 3), (33, 256, 8)];

/// Blocks of any bits, with scales as weights have them.
fn blocks(kind: Kind, count: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut out: Vec<u8> = (0..count * kind.block_bytes())
        .map(|_| random.u8(..))
        .collect();
    let halves: &[usize] = match kind {
        Kind::Q4_0 | Kind::Q5_0 | Kind::Q8_0 => &[0],
        Kind::Q4_1 | Kind::Q5_1 | Kind::Q4K | Kind::Q5K => &[0, 2],
        Kind::Q2K => &[80, 82],
        Kind::Q3K => &[108],
        Kind::Q6K => &[208],
    };
    for block in out.chunks_exact_mut(kind.block_bytes()) {
        for at in halves {
            let scale = f16::from_f32((random.f32() - 0.5) / 100.0);
            block[*at..at + 2].copy_from_slice(&scale.to_le_bytes());
        }
    }
    out
}

fn packed(isa: Isa, kind: Kind, n: usize, depth: usize) -> PackedQuants {
    let blocks = blocks(kind, n * depth / kind.block(), 7);
    PackedQuants::new(isa, kind, &blocks, n, depth).expect("its scales are finite")
}

fn activations(isa: Isa, m: usize, depth: usize) -> QuantizedRows {
    let mut random = fastrand::Rng::with_seed(3);
    let x: Vec<f32> = (0..m * depth).map(|_| random.f32() * 4.0 - 2.0).collect();
    QuantizedRows::quantize(isa, m, Rows::new(&x, depth), depth)
}

/// The product of row `i` of A and row `j` of W, and what its terms sum to without their signs.
fn defined(a: &QuantizedRows, w: &PackedQuants, i: usize, j: usize) -> (f64, f64) {
    let mut row = vec![0.0; w.depth];
    w.row(j, &mut row);
    let (mut sum, mut size) = (0.0, 0.0);
    for (k, w) in row.iter().enumerate() {
        let at = i * a.depth + k;
        let x = f64::from(a.scales[at / CHUNK]) * f64::from(a.quant(at));
        sum += x * f64::from(*w);
        size += (x * f64::from(*w)).abs();
    }
    (sum, size)
}

#[test]
fn every_set_multiplies_every_kind_as_defined() {
    for kind in Kind::ALL {
        for (n, depth, m) in SHAPES {
            for isa in Isa::available() {
                let (w, a) = (packed(isa, kind, n, depth), activations(isa, m, depth));
                let mut c = vec![7.0; m * (n + 3)];
                w.product(&a, 0..m, 0..n, &mut c, n + 3);
                for (i, row) in c.chunks_exact(n + 3).enumerate() {
                    for (j, got) in row[..n].iter().enumerate() {
                        let (want, size) = defined(&a, &w, i, j);
                        let near = (f64::from(*got) - want).abs() <= 1e-5 * size.max(1e-3);
                        assert!(near, "{isa:?} {kind:?} {n} {depth} {i} {j}: {got} {want}");
                    }
                    assert!(row[n..].iter().all(|x| *x == 7.0), "what lies between rows");
                }
            }
        }
    }
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    for kind in Kind::ALL {
        for isa in Isa::available() {
            let (n, depth, m) = (35, 512, 13);
            let (w, a) = (packed(isa, kind, n, depth), activations(isa, m, depth));
            let mut all = vec![0.0; m * n];
            w.product(&a, 0..m, 0..n, &mut all, n);
            for i in 0..m {
                let mut one = vec![0.0; n - 16];
                w.product(&a, i..i + 1, 16..n, &mut one, n);
                assert_eq!(one, all[i * n + 16..(i + 1) * n], "{isa:?} {kind:?} {i}");
            }
        }
    }
}

/// The largest products there are: sums of sixteen bits must hold them.
#[test]
fn no_sum_overflows() {
    for kind in Kind::ALL {
        for isa in Isa::available() {
            for sign in [1.0, -1.0] {
                let (n, depth) = (16, 256);
                let mut blocks = blocks(kind, n * depth / kind.block(), 1);
                let (bytes, fill) = (kind.block_bytes(), if sign > 0.0 { 0xFF } else { 0 });
                for block in blocks.chunks_exact_mut(bytes) {
                    match kind {
                        Kind::Q2K => block[16..80].fill(fill),
                        Kind::Q3K => block[..96].fill(fill),
                        Kind::Q6K => block[..192].fill(fill),
                        Kind::Q4K | Kind::Q5K => block[16..].fill(fill),
                        Kind::Q8_0 => block[2..].fill(if sign > 0.0 { 127 } else { 128 }),
                        Kind::Q4_0 | Kind::Q5_0 => block[2..].fill(fill),
                        Kind::Q4_1 | Kind::Q5_1 => block[4..].fill(fill),
                    }
                }
                let w = PackedQuants::new(isa, kind, &blocks, n, depth).unwrap();
                let x = vec![sign * 3.0; depth];
                let a = QuantizedRows::quantize(isa, 1, Rows::new(&x, depth), depth);
                let mut c = vec![0.0; n];
                w.product(&a, 0..1, 0..n, &mut c, n);
                for (j, got) in c.iter().enumerate() {
                    let (want, size) = defined(&a, &w, 0, j);
                    let near = (f64::from(*got) - want).abs() <= 1e-5 * size.max(1e-3);
                    assert!(near, "{isa:?} {kind:?} {sign} {j}: {got} {want}");
                }
            }
        }
    }
}

#[test]
fn activations_keep_their_values() {
    for isa in Isa::available() {
        let x: Vec<f32> = (0..96)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 9.0)
            .collect();
        // The second row lies behind a gap; a chunk of zeros stays one.
        let zeros = [0.0; 32];
        let data = [&x[..64], &[f32::NAN; 5], &x[64..], &zeros].concat();
        let own = QuantizedRows::quantize(isa, 2, Rows::new(&data, 69), 64);
        assert_eq!(own.count(), 2);
        for (at, x) in x.iter().chain(&zeros).enumerate() {
            let scale = own.scales[at / CHUNK];
            let got = own.quant(at) as f32 * scale;
            assert!((got - x).abs() <= scale * 0.5001, "{isa:?} {at}: {got} {x}");
        }
        for (at, sums) in own.sums.iter().enumerate() {
            let sum: i32 = (at * CHUNK..(at + 1) * CHUNK).map(|k| own.quant(k)).sum();
            assert!(
                (sums[2] - sum as f32 * own.scales[at]).abs() < 1e-3,
                "{isa:?} {at}"
            );
        }
    }
}

#[test]
fn a_scale_that_is_no_number_is_refused() {
    for kind in Kind::ALL {
        let mut blocks = blocks(kind, 2 * 256 / kind.block(), 1);
        let at = match kind {
            Kind::Q2K => 82,
            Kind::Q3K => 108,
            Kind::Q6K => 208,
            Kind::Q4K | Kind::Q5K | Kind::Q4_1 | Kind::Q5_1 => 2,
            _ => 0,
        };
        blocks[at..at + 2].copy_from_slice(&f16::INFINITY.to_le_bytes());
        assert!(
            PackedQuants::new(Isa::PLAIN, kind, &blocks, 2, 256).is_none(),
            "{kind:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn tiles_keep_to_their_slices() {
    use crate::kernel::guarded::{Guarded, Side};
    for kind in Kind::ALL {
        for isa in Isa::available() {
            for side in Side::BOTH {
                for rows in 1..=tile_rows(isa) {
                    let depth = 512;
                    let (w, a) = (packed(isa, kind, 16, depth), activations(isa, rows, depth));
                    let panel = Guarded::new(&w.data, side);
                    let quants = Guarded::new(&a.quants, side);
                    let scales = Guarded::new(&a.scales, side);
                    let flat: Vec<f32> = a.sums.concat();
                    let flat = Guarded::new(&flat, side);
                    let own = Tile {
                        rows,
                        depth,
                        quants: &quants,
                        scales: &scales,
                        sums: flat.as_chunks::<3>().0,
                    };
                    let mut sums = Sums::default();
                    with_format!(kind, F => tile::<F>(isa, &panel, own, &mut sums));
                    let mut want = vec![0.0; rows * 16];
                    w.product(&a, 0..rows, 0..16, &mut want, 16);
                    assert_eq!(sums[..rows].concat(), want, "{isa:?} {kind:?} {rows}");
                }
                let x = Guarded::filled(2.0f32, 2 * 64 + 5, side);
                let own = QuantizedRows::quantize(isa, 2, Rows::new(&x, 69), 64);
                assert!((0..128).all(|at| own.quant(at) == 127 * 128), "{isa:?}");
            }
        }
    }
}

#[test]
fn shapes_that_the_slices_do_not_have_are_refused() {
    let refused = |f: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err();
    for isa in Isa::available() {
        let w = packed(isa, Kind::Q4_0, 20, 64);
        let a = activations(isa, 2, 64);
        let run = |rows: Range<usize>, columns: Range<usize>, len, stride| {
            let (own, a) = (&w, &a);
            refused(&|| {
                own.product(
                    a,
                    rows.clone(),
                    columns.clone(),
                    &mut vec![0.0; len],
                    stride,
                )
            })
        };
        assert!(!run(0..2, 0..20, 40, 20));
        assert!(run(0..3, 0..20, 60, 20));
        assert!(run(0..2, 0..21, 42, 21));
        assert!(run(0..2, 8..20, 40, 20));
        assert!(run(0..2, 0..20, 39, 20));
        assert!(run(0..2, 0..20, 40, usize::MAX / 2 + 1));
        assert!(run(0..2, 0..20, 40, 19));
        assert!(refused(&|| w.product(
            &activations(isa, 2, 96),
            0..1,
            0..20,
            &mut [0.0; 20],
            20
        )));
        assert!(refused(&|| drop(PackedQuants::new(
            isa,
            Kind::Q4_0,
            &[0; 17],
            1,
            32
        ))));
        assert!(refused(&|| drop(PackedQuants::new(
            isa,
            Kind::Q6K,
            &[0; 210],
            8,
            32
        ))));
        assert!(refused(&|| drop(QuantizedRows::quantize(
            isa,
            2,
            Rows::new(&[0.0; 60], 32),
            32
        ))));
    }
}
