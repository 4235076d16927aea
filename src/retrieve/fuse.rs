//! Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a chunk's score is the sum over the
//! arms of 1 / (k + its rank there).

use std::collections::HashMap;

use crate::index::Found;
use crate::store::ChunkKey;

/// Fuses ranked lists; best first, ties by key so that the order is the same on every run.
pub fn reciprocal_rank_fusion(arms: &[&[Found]], k: f32) -> Vec<(ChunkKey, f32)> {
    let mut scores: HashMap<ChunkKey, f32> = HashMap::new();
    for arm in arms {
        for (index, found) in arm.iter().enumerate() {
            *scores.entry(found.key).or_default() += 1.0 / (k + index as f32 + 1.0);
        }
    }
    let mut out: Vec<(ChunkKey, f32)> = scores.into_iter().collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(keys: &[ChunkKey]) -> Vec<Found> {
        keys.iter().map(|&key| Found { key, score: 0.0 }).collect()
    }

    #[test]
    fn a_chunk_in_both_arms_wins() {
        let fused = reciprocal_rank_fusion(&[&arm(&[1, 2, 3]), &arm(&[4, 2])], 60.0);
        let keys: Vec<ChunkKey> = fused.iter().map(|f| f.0).collect();
        assert_eq!(keys, [2, 1, 4, 3]);
        assert!((fused[0].1 - (1.0 / 62.0 + 1.0 / 62.0)).abs() < 1e-7);
    }

    #[test]
    fn empty_arms_fuse_to_nothing() {
        assert!(reciprocal_rank_fusion(&[&[], &[]], 60.0).is_empty());
    }
}
