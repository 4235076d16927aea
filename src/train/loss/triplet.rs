//! Triplet loss: an anchor is to be nearer to its positive than to its negative, by a margin
//! (Schroff et al. 2015, "FaceNet"). Takes triplets; one with several negatives counts as several.

use super::{Batch, Distance, Groups, Loss, row_mut};

/// max(0, d(anchor, positive) − d(anchor, negative) + margin), the mean over triplets.
#[derive(Debug, Clone, PartialEq)]
pub struct Triplet {
    pub distance: Distance,
    pub margin: f32,
}

impl Loss for Triplet {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let Groups::Tuples { n, owners, .. } = batch.groups else {
            panic!("the triplet loss takes triplets");
        };
        let mut value = 0.0;
        for (k, anchor) in owners.iter().enumerate() {
            let rows = [*anchor, n + anchor, 2 * n + k];
            value += triplet(batch, rows, self.distance, owners.len(), d, |gap| {
                let over = gap + self.margin;
                (over.max(0.0), if over > 0.0 { 1.0 } else { 0.0 })
            });
        }
        value
    }
}

/// One of `count` triplets [anchor, positive, negative]; `penalty` gives value and slope for
/// d(anchor, positive) − d(anchor, negative).
pub(super) fn triplet(
    batch: Batch<'_>,
    [a, p, n]: [usize; 3],
    distance: Distance,
    count: usize,
    d: &mut [f32],
    penalty: impl Fn(f32) -> (f32, f32),
) -> f64 {
    let [anchor, positive, negative] = [a, p, n].map(|i| batch.row(i));
    let near = distance.between(anchor, positive);
    let far = distance.between(anchor, negative);
    let (value, slope) = penalty(near - far);
    let factor = slope / count as f32;
    if factor != 0.0 {
        let dim = batch.dim;
        distance.add_gradient(row_mut(d, dim, a), factor, near, anchor, positive);
        distance.add_gradient(row_mut(d, dim, p), factor, near, positive, anchor);
        distance.add_gradient(row_mut(d, dim, a), -factor, far, anchor, negative);
        distance.add_gradient(row_mut(d, dim, n), -factor, far, negative, anchor);
    }
    f64::from(value) / count as f64
}
