//! Splitting examples in two so that no anchor and no positive stands on both sides.

use std::collections::HashMap;

use super::Dataset;

impl Dataset {
    /// Splits off about `share` of the examples, at most `most`, drawn with `seed`: (the rest,
    /// those). Examples that share one stay together, so that nothing measured was trained on.
    pub fn split(&self, share: f64, most: usize, seed: u64) -> (Dataset, Dataset) {
        let (rest, held) = self.split_rows(share, most, seed);
        (self.pick(&rest), self.pick(&held))
    }

    /// As `split`, by the examples' numbers.
    pub fn split_rows(&self, share: f64, most: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
        let size = ((self.len() as f64 * share).round() as usize).min(most);
        let mut groups = self.groups();
        fastrand::Rng::with_seed(seed).shuffle(&mut groups);
        let (mut held, mut rest) = (Vec::new(), Vec::new());
        for group in groups {
            if held.len() + group.len() <= size {
                held.extend(group);
            } else {
                rest.extend(group);
            }
        }
        held.sort_unstable();
        rest.sort_unstable();
        (rest, held)
    }

    /// Examples joined by shared anchors and positives, each group in ascending order. Negatives are shared by
    /// many rows and tell nothing of what is right.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut parent: Vec<usize> = (0..self.len()).collect();
        fn root(parent: &mut [usize], mut i: usize) -> usize {
            while parent[i] != i {
                parent[i] = parent[parent[i]];
                i = parent[i];
            }
            i
        }
        let mut first: HashMap<&str, usize> = HashMap::new();
        for i in 0..self.len() {
            for text in self.texts(i).into_iter().take(2) {
                let other = *first.entry(text).or_insert(i);
                let (a, b) = (root(&mut parent, i), root(&mut parent, other));
                parent[a.max(b)] = a.min(b);
            }
        }
        let mut groups = vec![Vec::new(); self.len()];
        for i in 0..self.len() {
            groups[root(&mut parent, i)].push(i);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}
