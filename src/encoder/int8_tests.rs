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

/// A buffer that ends where memory ends: one byte beyond it stops the test.
#[cfg(target_os = "linux")]
mod guarded {
    use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

    pub struct Guarded<T> {
        map: *mut std::ffi::c_void,
        bytes: usize,
        first: *mut T,
        len: usize,
    }

    const PAGE: usize = 4096;

    impl<T: Copy> Guarded<T> {
        pub fn of(values: &[T]) -> Self {
            let size = std::mem::size_of_val(values);
            let bytes = size.next_multiple_of(PAGE) + PAGE;
            let (read, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
            // SAFETY: a new mapping of our own; its last page is closed, the values are copied to
            // the end of what stays open, aligned because sizes divide the page.
            unsafe {
                let map = mmap_anonymous(std::ptr::null_mut(), bytes, read, flags).unwrap();
                let guard = map.byte_add(bytes - PAGE);
                mprotect(guard, PAGE, MprotectFlags::empty()).unwrap();
                let first = guard.byte_sub(size).cast::<T>();
                first.copy_from_nonoverlapping(values.as_ptr(), values.len());
                Self {
                    map,
                    bytes,
                    first,
                    len: values.len(),
                }
            }
        }

        pub fn get(&mut self) -> &mut [T] {
            // SAFETY: `first` points to `len` values that were copied in.
            unsafe { std::slice::from_raw_parts_mut(self.first, self.len) }
        }
    }

    impl<T> Drop for Guarded<T> {
        fn drop(&mut self) {
            // SAFETY: the mapping is ours and nothing borrows it any more.
            unsafe { munmap(self.map, self.bytes).unwrap() }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_kernel_reads_or_writes_beyond_its_buffers() {
    use crate::kernel::{PackedView, padded, product as product_f32};
    use guarded::Guarded;
    for isa in Isa::available() {
        let nr = isa.panel();
        for (rows, depth) in [(1, 1), (2, 3), (4, 17), (5, 64), (12, 7)] {
            let (m, groups) = (rows.min(tile_rows(isa)), depth);
            let mut a = Guarded::of(&vec![200u8; m * groups * GROUP]);
            let mut b = Guarded::of(&vec![-100i8; nr * groups * GROUP]);
            let mut c = Guarded::of(&vec![0i32; 2 * m * nr]);
            tile(isa, m, a.get(), b.get(), groups, c.get());
            assert_eq!(
                c.get()[m * nr - 1],
                -20_000 * (groups * GROUP) as i32,
                "{isa:?}"
            );

            for n in [1, nr - 1, nr, nr + 5] {
                let mut a = Guarded::of(&vec![0.5f32; rows * depth]);
                let mut b = Guarded::of(&vec![2.0f32; padded(n, isa) * depth]);
                let mut c = Guarded::of(&vec![0.0f32; rows * n]);
                let x = Rows {
                    data: a.get(),
                    stride: depth,
                };
                let weight = PackedView {
                    isa,
                    depth,
                    n,
                    data: b.get(),
                };
                product_f32(rows, x, weight, None, c.get(), n);
                assert!(c.get().iter().all(|x| *x == depth as f32), "{isa:?}");
            }
        }
        for n in [1, 15, 16, 17, 100] {
            let mut x = Guarded::of(&vec![1.0f32; n]);
            let mut q = Guarded::of(&vec![0u8; n]);
            quantize_row(isa, x.get(), q.get(), &mut 0.0, &mut 0.0);
            assert!(q.get().iter().all(|q| *q == 255), "{isa:?}");
            crate::kernel::ops::gelu(isa, x.get());
            crate::kernel::ops::softmax(isa, x.get());
        }
    }
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
