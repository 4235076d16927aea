use super::*;

fn noise(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.3
    };
    (0..n).map(|_| next()).collect()
}

const SHAPES: [(usize, usize, usize); 7] = [
    (1, 1, 1),
    (5, 33, 7),
    (13, 32, 64),
    (25, 31, 19),
    (12, 100, 3),
    (97, 40, 36),
    (3, 64, 1536),
];

fn run(isa: Isa, (m, n, k): (usize, usize, usize), a: &[f32]) -> Vec<f32> {
    let (weight, bias) = (noise(n * k, 2), noise(n, 3));
    let packed = PackedInt8::from_weight(isa, &weight, n, k);
    let mut rows = QuantizedRows::default();
    rows.quantize(isa, m, Rows { data: a, stride: k }, k);
    let mut c = vec![7.0; m * (n + 3)];
    product(&rows, &packed, &bias, &mut c, n + 3);
    for row in c.chunks_exact(n + 3) {
        assert_eq!(row[n..], [7.0; 3], "beyond the columns nothing is written");
    }
    c
}

#[test]
fn products_agree_with_f32_to_the_quantisation() {
    for shape @ (m, n, k) in SHAPES {
        let (a, weight, bias) = (noise(m * k, 1), noise(n * k, 2), noise(n, 3));
        let got = run(Isa::detect(), shape, &a);
        for i in 0..m {
            for j in 0..n {
                let terms = (0..k).map(|p| a[i * k + p] * weight[j * k + p]);
                let want = bias[j] + terms.sum::<f32>();
                let error = (got[i * (n + 3) + j] - want).abs();
                // Half a step of either side in each of k products.
                let bound = k as f32 * (0.7 / 255.0 + 0.7 / 254.0);
                assert!(error <= bound, "{m} {n} {k}: off by {error}");
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_numbers() {
    for shape @ (m, _, k) in SHAPES {
        let a = noise(m * k, 1);
        let plain = run(Isa::PLAIN, shape, &a);
        for isa in Isa::available() {
            assert_eq!(run(isa, shape, &a), plain, "{isa:?} {shape:?}");
        }
    }
}

#[test]
fn extremes_do_not_saturate() {
    let (n, k) = (32, 64);
    for sign in [1.0, -1.0] {
        let weight = vec![sign; n * k];
        for isa in Isa::available() {
            let packed = PackedInt8::from_weight(isa, &weight, n, k);
            let mut rows = QuantizedRows::default();
            let a = vec![1.0; k];
            rows.quantize(
                isa,
                1,
                Rows {
                    data: &a,
                    stride: k,
                },
                k,
            );
            let mut c = vec![0.0; n];
            product(&rows, &packed, &vec![0.0; n], &mut c, n);
            for x in c {
                assert!((x - sign * k as f32).abs() < 1e-3, "{isa:?}: {x}");
            }
        }
    }
}

#[test]
fn a_constant_row_and_a_zero_row_survive() {
    for value in [0.0, -3.5, 1e-20] {
        let mut rows = QuantizedRows::default();
        let a = vec![value; 40];
        rows.quantize(
            Isa::detect(),
            1,
            Rows {
                data: &a,
                stride: 40,
            },
            40,
        );
        for q in &rows.data {
            let back = rows.scales[0] * (f32::from(*q) - rows.zeros[0]);
            assert!(
                (back - value).abs() <= value.abs() / 255.0,
                "{value}: {back}"
            );
        }
    }
}

#[test]
fn a_row_does_not_depend_on_its_tile() {
    let (m, n, k) = (29, 64, 48);
    let a = noise(m * k, 4);
    for isa in Isa::available() {
        let all = run(isa, (m, n, k), &a);
        for i in 0..m {
            let one = run(isa, (1, n, k), &a[i * k..][..k]);
            assert_eq!(one[..n], all[i * (n + 3)..][..n], "{isa:?} row {i}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_kernel_reads_or_writes_beyond_its_slices() {
    use crate::kernel::guarded::Side;
    for isa in Isa::available() {
        for side in Side::BOTH {
            for groups in [1, 3, 7, 17] {
                for rows in 1..=tile_rows(isa) {
                    guarded_tile(isa, side, rows, groups);
                }
            }
            for n in [1, 15, 16, 17, 31, 32, 33, 100] {
                guarded_rows(isa, side, n);
            }
            for shape in SHAPES {
                guarded_product(isa, side, shape);
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn guarded_tile(isa: Isa, side: crate::kernel::guarded::Side, rows: usize, groups: usize) {
    use crate::kernel::guarded::Guarded;
    let nr = isa.panel();
    let a = Guarded::filled(200u8, rows * groups * GROUP, side);
    let b = Guarded::filled(-100i8, nr * groups * GROUP, side);
    let mut c = Guarded::filled(0i32, 2 * rows * nr, side);
    tile(isa, rows, &a, &b, groups, &mut c);
    let want = -20_000 * (groups * GROUP) as i32;
    assert!(c[..rows * nr].iter().all(|x| *x == want), "{isa:?} {rows}");
}

/// Quantising a row and its way back.
#[cfg(target_os = "linux")]
fn guarded_rows(isa: Isa, side: crate::kernel::guarded::Side, n: usize) {
    use crate::kernel::guarded::Guarded;
    let x = Guarded::filled(1.0f32, n, side);
    let mut q = Guarded::filled(0u8, n, side);
    quantize_row(isa, &x, &mut q, &mut 0.0, &mut 0.0);
    assert!(q.iter().all(|q| *q == 255), "{isa:?}");
    let sums = Guarded::filled(6i32, n, side);
    let (ones, halves) = (
        Guarded::filled(1.0f32, n, side),
        Guarded::filled(0.5f32, n, side),
    );
    let columns = Columns {
        sums: &ones,
        scales: &halves,
        bias: &ones,
    };
    let mut out = Guarded::filled(0.0f32, n, side);
    dequantize(isa, &sums, 2.0, 1.0, columns, &mut out);
    assert!(out.iter().all(|x| *x == 6.0), "{isa:?}");
}

#[cfg(target_os = "linux")]
fn guarded_product(isa: Isa, side: crate::kernel::guarded::Side, (m, n, k): (usize, usize, usize)) {
    use crate::kernel::guarded::Guarded;
    let values = noise(m * k, 1);
    let a = Guarded::new(&values, side);
    let (weight, bias) = (
        Guarded::new(&noise(n * k, 2), side),
        Guarded::new(&noise(n, 3), side),
    );
    let packed = PackedInt8::from_weight(isa, &weight, n, k);
    let mut rows = QuantizedRows::default();
    packed.quantize(
        m,
        Rows {
            data: &a,
            stride: k,
        },
        k,
        &mut rows,
    );
    let stride = n + 3;
    let mut c = Guarded::filled(7.0f32, (m - 1) * stride + n, side);
    product(&rows, &packed, &bias, &mut c, stride);
    assert_eq!(*c, run(isa, (m, n, k), &values)[..c.len()], "{isa:?}");
}

#[test]
fn smoothing_keeps_small_activations_beside_large_ones() {
    let (m, n, k) = (3, 40, 64);
    let amplitude: Vec<f32> = (0..k).map(|j| if j == 7 { 60.0 } else { 0.5 }).collect();
    let pairs = noise(m * k, 1).into_iter().zip(amplitude.iter().cycle());
    let a: Vec<f32> = pairs.map(|(x, s)| x * s).collect();
    let weight = noise(n * k, 2);
    let isa = Isa::detect();
    let error = |packed: PackedInt8| {
        let mut rows = QuantizedRows::default();
        packed.quantize(
            m,
            Rows {
                data: &a,
                stride: k,
            },
            k,
            &mut rows,
        );
        let mut c = vec![0.0; m * n];
        product(&rows, &packed, &vec![0.0; n], &mut c, n);
        let off = |at: usize, got: &f32| {
            let (i, j) = (at / n, at % n);
            let want: f32 = (0..k).map(|p| a[i * k + p] * weight[j * k + p]).sum();
            (got - want).powi(2)
        };
        c.iter()
            .enumerate()
            .map(|(at, got)| off(at, got))
            .sum::<f32>()
    };
    let plain = error(PackedInt8::from_weight(isa, &weight, n, k));
    let smoothed = error(PackedInt8::smoothed(isa, &weight, n, &amplitude));
    assert!(smoothed < 0.3 * plain, "{smoothed} against {plain}");
}
