//! Movement: where what answers a question stands in two rankings of the same questions.

use serde::Serialize;

use super::{Qrels, Run};

/// Ranks that count as found.
pub const FOUND: usize = 10;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Not among the first ten before, and now it is.
    Gained,
    Up,
    Same,
    Down,
    /// Among the first ten before, and not any more.
    Lost,
}

impl Change {
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Gained => "gained",
            Change::Up => "up",
            Change::Same => "same",
            Change::Down => "down",
            Change::Lost => "lost",
        }
    }

    /// The change from one rank (from 1; none where it is not in the ranking) to the other.
    fn between(base: Option<usize>, tuned: Option<usize>) -> Self {
        let found = |rank: Option<usize>| rank.is_some_and(|rank| rank <= FOUND);
        let place = |rank: Option<usize>| rank.unwrap_or(usize::MAX);
        match (found(base), found(tuned)) {
            (false, true) => Change::Gained,
            (true, false) => Change::Lost,
            _ if place(tuned) < place(base) => Change::Up,
            _ if place(tuned) > place(base) => Change::Down,
            _ => Change::Same,
        }
    }
}

/// A question in two rankings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Movement {
    pub id: String,
    /// Rank of the best relevant item, from 1; none where it is not in the ranking.
    pub base: Option<usize>,
    pub tuned: Option<usize>,
    pub change: Change,
    /// How far it moved, as the difference of reciprocal ranks: first to second weighs as much as
    /// second to nowhere.
    pub distance: f64,
}

/// Movements from `base` to `tuned`: what was lost first, then what moved most.
pub fn movements(qrels: &Qrels, base: &Run, tuned: &Run) -> Vec<Movement> {
    let rank = |run: &Run, id: &String| {
        let ranked = run.get(id)?;
        let at = ranked
            .iter()
            .position(|item| qrels[id].get(item).is_some_and(|gain| *gain > 0))?;
        Some(at + 1)
    };
    let movement = |id: &String| {
        let (base, tuned) = (rank(base, id), rank(tuned, id));
        let worth = |rank: Option<usize>| rank.map_or(0.0, |rank| 1.0 / rank as f64);
        Movement {
            id: id.clone(),
            base,
            tuned,
            change: Change::between(base, tuned),
            distance: worth(tuned) - worth(base),
        }
    };
    let mut out: Vec<Movement> = qrels.keys().map(movement).collect();
    out.sort_by(|a, b| {
        let kept = |m: &Movement| m.change != Change::Lost;
        let further = b.distance.abs().total_cmp(&a.distance.abs());
        kept(a).cmp(&kept(b)).then(further).then(a.id.cmp(&b.id))
    });
    out
}

/// How many questions changed in each way.
pub fn counts(movements: &[Movement]) -> [(Change, usize); 5] {
    use Change::{Down, Gained, Lost, Same, Up};
    [Gained, Up, Same, Down, Lost].map(|change| {
        let count = movements.iter().filter(|m| m.change == change).count();
        (change, count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_moved_most_come_first() {
        let qrels: Qrels = ["a", "b", "c", "d"]
            .map(|id| (id.to_owned(), [("gold".to_owned(), 1)].into()))
            .into();
        // Ranks of the gold item; 0 leaves it out.
        let run = |ranks: [usize; 4]| -> Run {
            let row = |(id, rank): (&str, usize)| {
                let mut items: Vec<String> = (1..20).map(|i| format!("x{i}")).collect();
                if rank > 0 {
                    items.insert(rank - 1, "gold".to_owned());
                }
                (id.to_owned(), items)
            };
            ["a", "b", "c", "d"]
                .into_iter()
                .zip(ranks)
                .map(row)
                .collect()
        };
        let found = movements(&qrels, &run([1, 12, 3, 0]), &run([2, 9, 3, 0]));
        let changes: Vec<_> = found.iter().map(|m| (m.id.as_str(), m.change)).collect();
        use Change::*;
        assert_eq!(
            changes,
            [("a", Down), ("b", Gained), ("c", Same), ("d", Same)]
        );
        assert_eq!(found[1].base, Some(12));
        let lost = movements(&qrels, &run([1, 1, 1, 1]), &run([1, 1, 11, 0]));
        assert_eq!(
            counts(&lost),
            [(Gained, 0), (Up, 0), (Same, 2), (Down, 0), (Lost, 2)]
        );
        assert_eq!(lost[0].id, "d");
        let far = movements(&qrels, &run([1, 9, 3, 0]), &run([4, 12, 3, 0]));
        assert_eq!(far[0].id, "b", "lost, though it moved less");
    }
}
