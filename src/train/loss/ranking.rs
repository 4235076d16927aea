//! Multiple negatives ranking: an anchor's own positive is to be more similar than the positives
//! and negatives of the whole batch (Henderson et al. 2017, "Efficient Natural Language Response
//! Suggestion for Smart Reply"; InfoNCE, van den Oord et al. 2018). Takes pairs and triplets.
//!
//! Larger batches hold harder negatives; how the network sees them in parts is `encoder::bert`'s
//! doing (GradCache, Gao et al. 2021).

use super::{Batch, Groups, Loss, add_scaled, dot, row_mut};

/// Cross-entropy over `scale` · cosine.
#[derive(Debug, Clone, PartialEq)]
pub struct MultipleNegativesRanking {
    /// 1 / temperature.
    pub scale: f32,
    /// Let each positive find its anchor among all anchors as well, and take the mean of both.
    pub symmetric: bool,
}

impl Loss for MultipleNegativesRanking {
    fn add_gradient(&self, batch: Batch<'_>, d: &mut [f32]) -> f64 {
        let Groups::Tuples { n, texts, .. } = batch.groups else {
            panic!("ranking takes pairs and triplets");
        };
        let n = *n;
        let weight = if self.symmetric { 0.5 } else { 1.0 } / n as f32;
        // A text that is the anchor or its positive again, or is paired with the same anchor
        // elsewhere in the batch, is no negative of it.
        let false_negative = |anchor: usize, candidate: usize| {
            candidate != n + anchor
                && ([anchor, n + anchor]
                    .map(|row| texts[row])
                    .contains(&texts[candidate])
                    || (candidate < 2 * n && texts[candidate - n] == texts[anchor]))
        };
        let mut value = 0.0;
        for anchor in 0..n {
            let among = (n..batch.rows()).filter(|&c| !false_negative(anchor, c));
            value += self.one(batch, anchor, n + anchor, among, weight, d);
        }
        if self.symmetric {
            for anchor in 0..n {
                let among = (0..n).filter(|&a| a == anchor || !false_negative(anchor, n + a));
                value += self.one(batch, n + anchor, anchor, among, weight, d);
            }
        }
        value
    }
}

impl MultipleNegativesRanking {
    /// Cross-entropy of finding `target` from row `from` among the rows `among`.
    fn one(
        &self,
        batch: Batch<'_>,
        from: usize,
        target: usize,
        among: impl Iterator<Item = usize>,
        weight: f32,
        d: &mut [f32],
    ) -> f64 {
        let own = batch.row(from);
        let score = |c: usize| (c, self.scale * dot(own, batch.row(c)));
        let mut scores: Vec<(usize, f32)> = among.map(score).collect();
        let most = scores.iter().fold(f32::MIN, |m, (_, s)| m.max(*s));
        let mut sum = 0.0;
        let mut wanted = 0.0;
        for (candidate, score) in &mut scores {
            if *candidate == target {
                wanted = f64::from(*score - most);
            }
            *score = (*score - most).exp();
            sum += f64::from(*score);
        }
        for (candidate, exp) in scores {
            let probability = (f64::from(exp) / sum) as f32;
            let miss = probability - f32::from(candidate == target);
            let factor = weight * self.scale * miss;
            add_scaled(row_mut(d, batch.dim, from), factor, batch.row(candidate));
            add_scaled(row_mut(d, batch.dim, candidate), factor, own);
        }
        f64::from(weight) * (sum.ln() - wanted)
    }
}
