//! Codes: embeddings of one byte a number, each row with a scale of its own.
//!
//! The error of a cosine is some 0.0005. A question is coded in sixteen bits, so that all of it comes from the
//! rows; sums are whole numbers, the same on every processor.

use crate::kernel::{Isa, ops};

/// Largest code.
const MOST: f32 = 127.0;

/// Rows of codes, end to end: a number is its code times the scale of its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    dim: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
}

/// A question's embedding, coded: a number is its code times the scale.
pub struct Asked {
    codes: Vec<i16>,
    scale: f32,
}

impl Asked {
    pub fn new(query: &[f32]) -> Self {
        // The sum of all products stays a number of 32 bits.
        let room = i32::MAX as f32 / (MOST * query.len().max(1) as f32);
        let most = room.min(f32::from(i16::MAX)).floor();
        let scale = largest(query) / most;
        let codes = query.iter().map(|x| (x / scale).round() as i16).collect();
        Self { codes, scale }
    }
}

impl Codes {
    pub fn new(dim: usize) -> Self {
        Self::from_parts(dim, Vec::new(), Vec::new())
    }

    /// `codes` of `dim` bytes for each of `scales`.
    pub fn from_parts(dim: usize, codes: Vec<i8>, scales: Vec<f32>) -> Self {
        assert_eq!(codes.len(), scales.len() * dim, "a row has {dim} codes");
        Self { dim, codes, scales }
    }

    pub fn parts(&self) -> (&[i8], &[f32]) {
        (&self.codes, &self.scales)
    }

    pub fn reserve(&mut self, rows: usize) {
        self.codes.reserve_exact(rows * self.dim);
        self.scales.reserve_exact(rows);
    }

    /// Adds a row.
    pub fn push(&mut self, vector: &[f32]) {
        let scale = largest(vector) / MOST;
        let codes = vector.iter().map(|x| (x / scale).round() as i8);
        self.codes.extend(codes);
        self.scales.push(scale);
    }

    /// Adds row `at` of others.
    pub fn push_from(&mut self, others: &Self, at: usize) {
        let row = &others.codes[at * self.dim..(at + 1) * self.dim];
        self.codes.extend_from_slice(row);
        self.scales.push(others.scales[at]);
    }

    /// Takes off the rows from `at` on.
    pub fn split_off(&mut self, at: usize) -> Self {
        let codes = self.codes.split_off(at * self.dim);
        Self::from_parts(self.dim, codes, self.scales.split_off(at))
    }

    /// About the cosines of the rows from `first` on, as many as `out` has places.
    pub fn scores(&self, isa: Isa, asked: &Asked, first: usize, out: &mut [f32]) {
        let rows = first..first + out.len();
        let codes = &self.codes[rows.start * self.dim..rows.end * self.dim];
        let mut sums = vec![0; out.len()];
        ops::dots_of_codes(isa, codes, &asked.codes, &mut sums);
        for ((out, sum), scale) in out.iter_mut().zip(&sums).zip(&self.scales[rows]) {
            *out = *sum as f32 * scale * asked.scale;
        }
    }

    /// About the cosine of the first numbers of row `at` with `query`, which is as long.
    pub fn cosine_of_prefix(&self, at: usize, query: &[f32]) -> f32 {
        let row = &self.codes[at * self.dim..][..query.len()];
        let (mut dot, mut square) = (0.0, 0.0);
        for (code, x) in row.iter().zip(query) {
            let code = f32::from(*code);
            dot += code * x;
            square += code * code;
        }
        dot / square.sqrt().max(1e-12)
    }
}

/// The largest of the numbers, never zero.
fn largest(numbers: &[f32]) -> f32 {
    let largest = numbers.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    largest.max(f32::MIN_POSITIVE * 1e6)
}
