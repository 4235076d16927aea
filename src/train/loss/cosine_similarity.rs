//! Cosine similarity: a pair's cosine is to be its score, by the mean squared error (Reimers and
//! Gurevych 2019, "Sentence-BERT"). Takes scored pairs.

use super::{Batch, Groups, Loss, add_scaled, dot, row_mut};

/// The mean over pairs of (cosine − score)².
#[derive(Debug, Clone, PartialEq)]
pub struct CosineSimilarity;

impl Loss for CosineSimilarity {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let Groups::Scored { scores } = batch.groups else {
            panic!("the cosine loss takes scored pairs");
        };
        let n = scores.len();
        let mut value = 0.0;
        for (i, score) in scores.iter().enumerate() {
            let (first, second) = (batch.row(i), batch.row(n + i));
            let error = dot(first, second) - score;
            value += f64::from(error * error) / n as f64;
            let factor = 2.0 * error / n as f32;
            add_scaled(row_mut(d, batch.dim, i), factor, second);
            add_scaled(row_mut(d, batch.dim, n + i), factor, first);
        }
        value
    }
}
