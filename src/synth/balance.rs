//! Balance: rows drawn so that each kind of question has its share. Tables are asked for more than all else
//! together by rules that write a question for each row, which is not how people ask.

use std::collections::BTreeMap;

/// Kinds that count as one.
fn group(kind: &str) -> &str {
    match kind {
        "change" | "comparison" => "figure",
        "definition" => "policy",
        "count" => "amount",
        other => other,
    }
}

/// Which of the rows of these kinds are drawn by `seed`, ascending: `most` of them, 0 for all. Each kind has as many
/// as another, one that has too few all that it has.
pub fn balanced(kinds: &[&str], most: usize, seed: u64) -> Vec<usize> {
    if most == 0 || kinds.len() <= most {
        return (0..kinds.len()).collect();
    }
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, kind) in kinds.iter().enumerate() {
        groups.entry(group(kind)).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_by_key(Vec::len);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut out, count) = (Vec::with_capacity(most), groups.len());
    for (at, mut own) in groups.into_iter().enumerate() {
        let share = (most - out.len()) / (count - at);
        random.shuffle(&mut own);
        out.extend(own.into_iter().take(share));
    }
    out.sort_unstable();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_as_many_and_a_rare_one_all() {
        let kinds = [("figure", 500), ("change", 300), ("why", 60), ("risk", 5)];
        let rows: Vec<&str> = kinds
            .into_iter()
            .flat_map(|(kind, count)| vec![kind; count])
            .collect();
        let drawn = balanced(&rows, 95, 7);
        let count = |kinds: &[&str]| {
            let is_of = |at: &&usize| kinds.contains(&rows[**at]);
            drawn.iter().filter(is_of).count()
        };
        assert_eq!(drawn.len(), 95);
        assert_eq!(
            [
                count(&["figure", "change"]),
                count(&["why"]),
                count(&["risk"])
            ],
            [45, 45, 5]
        );
        assert_eq!(drawn, balanced(&rows, 95, 7));
        assert_eq!(balanced(&rows, 0, 7).len(), rows.len());
        assert_eq!(balanced(&rows[..3], 9, 7), [0, 1, 2]);
    }
}
