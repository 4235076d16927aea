//! Losses: how far a batch's embeddings are from what its examples ask for, and in which direction
//! each embedding should move.
//!
//! A loss sees unit rows and returns its value and the gradient on each row. It knows nothing of
//! the network, so the whole batch is compared even where the network sees it in parts.

mod batch_hard;
mod contrastive;
mod cosine_similarity;
mod distance;
mod matryoshka;
mod ranking;
mod triplet;

pub use batch_hard::BatchHardTriplet;
pub use contrastive::{Contrastive, OnlineContrastive};
pub use cosine_similarity::CosineSimilarity;
pub use distance::Distance;
pub use matryoshka::Matryoshka;
pub use ranking::MultipleNegativesRanking;
pub use triplet::Triplet;

/// How the rows of a batch belong together.
#[derive(Debug, Clone, PartialEq)]
pub enum Groups {
    /// Rows 0 to n are anchors, n to 2n their positives, the rest negatives. `owners` holds the
    /// anchor of each negative; `texts` a number for each row's text, equal where the texts are.
    Tuples {
        n: usize,
        owners: Vec<usize>,
        texts: Vec<usize>,
    },
    /// Rows 0 to n are the first texts of pairs, n to 2n the second, with the cosine wanted.
    Scored { scores: Vec<f32> },
    /// As `Scored`: true where both mean the same.
    Same { same: Vec<bool> },
    /// One text a row.
    Labelled { labels: Vec<usize> },
}

/// A batch: rows × dim numbers, each row of length 1.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub embeddings: &'a [f32],
    pub dim: usize,
    pub groups: &'a Groups,
}

impl<'a> Batch<'a> {
    fn row(&self, i: usize) -> &'a [f32] {
        &self.embeddings[i * self.dim..][..self.dim]
    }

    fn rows(&self) -> usize {
        self.embeddings.len() / self.dim
    }
}

/// A loss on unit rows. `Sync`, because evaluation and training may hold one together.
pub trait Loss: Sync {
    /// The value; adds the gradient on each row to `d` (rows × dim).
    ///
    /// # Panics
    /// When the batch has another format than the loss takes: `Settings::check` never lets that be.
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64;
}

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums, so that the compiler may add in vectors.
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a8.zip(b8) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// to += factor · from.
fn add_scaled(to: &mut [f32], factor: f32, from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t += factor * f);
}

/// Row `i` of `d`.
fn row_mut(d: &mut [f32], dim: usize, i: usize) -> &mut [f32] {
    &mut d[i * dim..][..dim]
}

/// Scales each row of `dim` numbers to length 1 and returns the lengths they had.
pub fn normalize_rows(rows: &mut [f32], dim: usize) -> Vec<f32> {
    let norm = |row: &mut [f32]| {
        let length = dot(row, row).sqrt().max(1e-12);
        row.iter_mut().for_each(|x| *x /= length);
        length
    };
    rows.chunks_exact_mut(dim).map(norm).collect()
}

/// Turns gradients on unit rows into those on the rows that `normalize_rows` was given: what would
/// change a row's length changes nothing.
pub fn normalize_backward(unit: &[f32], lengths: &[f32], dim: usize, d: &mut [f32]) {
    let rows = unit.chunks_exact(dim).zip(d.chunks_exact_mut(dim));
    for ((unit, d), length) in rows.zip(lengths) {
        let along = dot(unit, d);
        for (d, unit) in d.iter_mut().zip(unit) {
            *d = (*d - along * unit) / length;
        }
    }
}

#[cfg(test)]
#[path = "loss_tests.rs"]
mod tests;
