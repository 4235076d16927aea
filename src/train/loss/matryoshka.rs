//! Matryoshka: the same loss on the first numbers of each embedding too, normalised again, so that
//! a cut embedding is a good one (Kusupati et al. 2022, "Matryoshka Representation Learning"). Goes
//! around any loss.

use super::{Batch, Loss, normalize_backward, normalize_rows, row_mut};

/// The sum of `inner` over `dims`, each with weight 1.
pub struct Matryoshka {
    pub inner: Box<dyn Loss>,
    /// None over the embedding's own length.
    pub dims: Vec<usize>,
}

impl Loss for Matryoshka {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let mut value = 0.0;
        for &dim in &self.dims {
            let cut = |i: usize| &batch.row(i)[..dim];
            let mut rows: Vec<f32> = (0..batch.rows()).flat_map(cut).copied().collect();
            let lengths = normalize_rows(&mut rows, dim);
            let mut d_rows = vec![0.0; rows.len()];
            let inner = Batch {
                embeddings: &rows,
                dim,
                groups: batch.groups,
            };
            value += self.inner.add_gradient(inner, &mut d_rows);
            normalize_backward(&rows, &lengths, dim, &mut d_rows);
            for (i, own) in d_rows.chunks_exact(dim).enumerate() {
                let to = &mut row_mut(d, batch.dim, i)[..dim];
                to.iter_mut().zip(own).for_each(|(t, x)| *t += x);
            }
        }
        value
    }
}
