//! Contrastive losses: pairs that mean the same are drawn together, others pushed apart up to a
//! margin (Hadsell, Chopra and LeCun 2006). Takes labelled pairs.

use super::{Batch, Distance, Groups, Loss, row_mut};

/// ½ d² for what is the same, ½ max(0, margin − d)² for what is not: the mean over pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrastive {
    pub distance: Distance,
    pub margin: f32,
}

/// The same, of the pairs that are hard in this batch alone, squared without the half and summed:
/// those of one kind that lie beyond the farthest or nearest of the other (sentence-transformers'
/// OnlineContrastiveLoss).
#[derive(Debug, Clone, PartialEq)]
pub struct OnlineContrastive {
    pub distance: Distance,
    pub margin: f32,
}

/// Each pair's distance and whether both mean the same.
fn pairs(batch: Batch<'_>, distance: Distance) -> Vec<(f32, bool)> {
    let Groups::Same { same } = batch.groups else {
        panic!("contrastive losses take labelled pairs");
    };
    let n = same.len();
    let of = |(i, same): (usize, &bool)| (distance.between(batch.row(i), batch.row(n + i)), *same);
    same.iter().enumerate().map(of).collect()
}

/// `weight` times d² or max(0, margin − d)² of pair `i`.
fn add_pair(
    batch: Batch<'_>,
    (distance, margin): (Distance, f32),
    i: usize,
    (found, same): (f32, bool),
    weight: f32,
    d: &mut [f32],
) -> f64 {
    let n = batch.rows() / 2;
    let (value, slope) = if same {
        (found * found, 2.0 * found)
    } else {
        let lacking = (margin - found).max(0.0);
        (lacking * lacking, -2.0 * lacking)
    };
    let (first, second) = (batch.row(i), batch.row(n + i));
    let factor = weight * slope;
    distance.add_gradient(row_mut(d, batch.dim, i), factor, found, first, second);
    distance.add_gradient(row_mut(d, batch.dim, n + i), factor, found, second, first);
    f64::from(weight * value)
}

impl Loss for Contrastive {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let pairs = pairs(batch, self.distance);
        let weight = 0.5 / pairs.len() as f32;
        let how = (self.distance, self.margin);
        let each = pairs.into_iter().enumerate();
        each.map(|(i, pair)| add_pair(batch, how, i, pair, weight, d))
            .sum()
    }
}

impl Loss for OnlineContrastive {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let pairs = pairs(batch, self.distance);
        let distances = |kind: bool| -> Vec<f32> {
            let own = pairs.iter().filter(|(_, same)| *same == kind);
            own.map(|(distance, _)| *distance).collect()
        };
        let (same, other) = (distances(true), distances(false));
        let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len().max(1) as f32;
        // With one pair or none of the other kind there is no bound, and the mean serves.
        let farthest = match same.len() {
            0 | 1 => mean(&other),
            _ => same.iter().copied().fold(f32::MIN, f32::max),
        };
        let nearest = match other.len() {
            0 | 1 => mean(&same),
            _ => other.iter().copied().fold(f32::MAX, f32::min),
        };
        let is_hard = |(found, same): &(f32, bool)| {
            if *same {
                *found > nearest
            } else {
                *found < farthest
            }
        };
        let how = (self.distance, self.margin);
        let hard = pairs.iter().enumerate().filter(|(_, pair)| is_hard(pair));
        hard.map(|(i, pair)| add_pair(batch, how, i, *pair, 1.0, d))
            .sum()
    }
}
