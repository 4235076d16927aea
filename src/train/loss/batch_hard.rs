//! Batch-hard triplets: for each text the farthest of its own label and the nearest of another
//! (Hermans, Beyer and Leibe 2017, "In Defense of the Triplet Loss"). Takes labelled texts.

use super::triplet::triplet;
use super::{Batch, Distance, Groups, Loss};

/// The mean over the texts that have both.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchHardTriplet {
    pub distance: Distance,
    /// None for the soft margin, ln(1 + exp(x)).
    pub margin: Option<f32>,
}

impl BatchHardTriplet {
    fn penalty(&self, gap: f32) -> (f32, f32) {
        match self.margin {
            Some(margin) if gap + margin > 0.0 => (gap + margin, 1.0),
            Some(_) => (0.0, 0.0),
            None => (gap.exp().ln_1p(), 1.0 / (1.0 + (-gap).exp())),
        }
    }
}

impl Loss for BatchHardTriplet {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let Groups::Labelled { labels } = batch.groups else {
            panic!("batch-hard takes labelled texts");
        };
        let hardest = |anchor: usize| {
            let to = |&other: &usize| self.distance.between(batch.row(anchor), batch.row(other));
            let is_own = |&other: &usize| labels[other] == labels[anchor];
            let others = || (0..labels.len()).filter(move |&other| other != anchor);
            let by = |a: &usize, b: &usize| to(a).total_cmp(&to(b));
            let positive = others().filter(is_own).max_by(by)?;
            let negative = others().filter(|o| !is_own(o)).min_by(by)?;
            Some([anchor, positive, negative])
        };
        let triplets: Vec<[usize; 3]> = (0..labels.len()).filter_map(hardest).collect();
        let one = |rows: &[usize; 3]| {
            let penalty = |gap| self.penalty(gap);
            triplet(batch, *rows, self.distance, triplets.len(), d, penalty)
        };
        triplets.iter().map(one).sum()
    }
}
