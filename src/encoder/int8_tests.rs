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
        let plain = run(Isa::Plain, shape, &a);
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
