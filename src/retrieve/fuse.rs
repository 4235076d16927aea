//! Fusion: several ranked lists become one.

use std::collections::HashMap;

/// What is ranked: a page, or a chunk, as a number.
pub type Unit = i64;

/// A unit in a ranked list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    pub unit: Unit,
    pub score: f32,
}

/// Weighted reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a unit's score is the sum
/// over the lists of weight / (k + its rank there), ranks from 1. Best first, ties by unit.
pub fn reciprocal_rank_fusion(lists: &[(&[Ranked], f32)], k: f32) -> Vec<Ranked> {
    let mut scores: HashMap<Unit, f32> = HashMap::new();
    for (list, weight) in lists {
        for (index, ranked) in list.iter().enumerate() {
            *scores.entry(ranked.unit).or_default() += weight / (k + index as f32 + 1.0);
        }
    }
    sorted(scores)
}

/// Weighted sum of standard scores: each list's scores are brought to mean 0 and deviation 1, and a
/// unit that a list lacks has the list's lowest (Lee 1997, on combining evidence; the floor is what
/// the list says of it: not among the best). Shifted so that the lowest sum is 0.
pub fn zscore_fusion(lists: &[(&[Ranked], f32)]) -> Vec<Ranked> {
    let standard: Vec<(HashMap<Unit, f32>, f32, f32)> = lists
        .iter()
        .filter(|(list, _)| !list.is_empty())
        .map(|(list, weight)| {
            let count = list.len() as f32;
            let mean = list.iter().map(|r| r.score).sum::<f32>() / count;
            let spread = list.iter().map(|r| (r.score - mean).powi(2)).sum::<f32>() / count;
            // All alike say nothing.
            let deviation = spread.sqrt().max(1e-6);
            let z: HashMap<Unit, f32> = list
                .iter()
                .map(|r| (r.unit, (r.score - mean) / deviation))
                .collect();
            let floor = z.values().copied().fold(f32::INFINITY, f32::min);
            (z, floor, *weight)
        })
        .collect();
    let units = standard.iter().flat_map(|(z, _, _)| z.keys());
    let sum = |unit: &Unit| -> f32 {
        let of = |(z, floor, weight): &(HashMap<Unit, f32>, f32, f32)| {
            weight * (z.get(unit).unwrap_or(floor) - floor)
        };
        standard.iter().map(of).sum()
    };
    sorted(units.map(|unit| (*unit, sum(unit))).collect())
}

/// Best first, ties by unit so that the order is the same on every run.
fn sorted(scores: HashMap<Unit, f32>) -> Vec<Ranked> {
    let ranked = scores
        .into_iter()
        .map(|(unit, score)| Ranked { unit, score });
    let mut out: Vec<Ranked> = ranked.collect();
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.unit.cmp(&b.unit)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(units: &[(Unit, f32)]) -> Vec<Ranked> {
        units
            .iter()
            .map(|&(unit, score)| Ranked { unit, score })
            .collect()
    }

    fn units(ranked: &[Ranked]) -> Vec<Unit> {
        ranked.iter().map(|r| r.unit).collect()
    }

    #[test]
    fn what_both_arms_have_wins() {
        let (a, b) = (
            list(&[(1, 0.9), (2, 0.8), (3, 0.7)]),
            list(&[(4, 9.0), (2, 8.0)]),
        );
        let fused = reciprocal_rank_fusion(&[(&a, 1.0), (&b, 1.0)], 60.0);
        assert_eq!(units(&fused), [2, 1, 4, 3]);
        assert!((fused[0].score - (1.0 / 62.0 + 1.0 / 62.0)).abs() < 1e-7);
        let fused = reciprocal_rank_fusion(&[(&a, 1.0), (&b, 0.1)], 60.0);
        assert_eq!(units(&fused)[..2], [2, 1]);
    }

    #[test]
    fn a_score_that_stands_out_outweighs_a_rank() {
        let (a, b) = (
            list(&[(1, 0.60), (2, 0.59), (3, 0.58), (4, 0.30)]),
            list(&[(3, 30.0), (2, 2.0), (1, 1.0)]),
        );
        assert_eq!(units(&zscore_fusion(&[(&a, 1.0), (&b, 1.0)]))[0], 3);
        assert_eq!(
            units(&zscore_fusion(&[(&a, 1.0), (&b, 0.01)])),
            [1, 2, 3, 4]
        );
        let lowest = zscore_fusion(&[(&a, 1.0), (&b, 0.3)]);
        assert!(lowest.iter().all(|r| r.score >= 0.0));
    }

    #[test]
    fn empty_lists_and_equal_scores_are_no_trouble() {
        assert!(reciprocal_rank_fusion(&[(&[], 1.0)], 60.0).is_empty());
        assert!(zscore_fusion(&[(&[], 1.0)]).is_empty());
        let same = list(&[(2, 1.0), (1, 1.0)]);
        assert_eq!(units(&zscore_fusion(&[(&same, 1.0)])), [1, 2]);
    }
}
