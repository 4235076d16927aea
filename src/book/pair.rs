//! Pairs: a part's figure with that which the same report sets beside it, a year before. Segments are cut anew, and
//! what one table counts to a part another does not; a growth is one only between figures of one kind.

use super::document::DocumentFacts;
use super::{Book, Meant, Result, Stated, Wanted};
use crate::fact::{Check, Fact};
use crate::query::lexicon::Item;
use crate::store::DocumentRow;

/// The later figure and the earlier.
pub type Pair = [Stated; 2];

impl Book<'_> {
    /// The figures of an item of a part in a period and in an earlier one, as the first report that sets them side by
    /// side has them; none where none does, or where one has several that differ.
    pub fn pair(
        &self,
        rows: &[&DocumentRow],
        index: usize,
        (now, before): (Wanted, Wanted),
        meant: &Meant<'_>,
    ) -> Result<Option<Pair>> {
        let item = &self.lexicon.items[index];
        for row in self.reporting(rows, now.period) {
            let facts = self.facts(row)?;
            let found = match facts.is_of_two_rests(item, now, meant) {
                true => None,
                false => facts.pair(item, (now, before), meant),
            };
            let stated = |fact: &Fact| Stated {
                document: row.id,
                fact: fact.clone(),
                value: fact.value,
            };
            if let Some((later, earlier)) = found {
                return Ok(Some([stated(later), stated(earlier)]));
            }
        }
        Ok(None)
    }
}

/// Two facts of one document.
type Facts<'a> = (&'a Fact, &'a Fact);

impl DocumentFacts {
    fn pair(
        &self,
        item: &Item,
        (now, before): (Wanted, Wanted),
        meant: &Meant<'_>,
    ) -> Option<Facts<'_>> {
        let earlier = self.meant(item, before, meant);
        let mut all: Vec<Facts<'_>> = Vec::new();
        for (_, later) in self.meant(item, now, meant) {
            let own = earlier.iter().map(|(_, earlier)| (later, *earlier));
            all.extend(own.filter(|(a, b)| a.dimension == b.dimension && a.unit == b.unit));
        }
        let in_a_row = |(a, b): &Facts<'_>| (a.page, a.table, a.row) == (b.page, b.table, b.row);
        match all.iter().any(in_a_row) {
            true => all.retain(in_a_row),
            // A table a year, each of which makes the whole.
            false => all.retain(|pair| pair.0.label == pair.1.label && is_whole(pair)),
        }
        let whole: Vec<Facts<'_>> = all.iter().copied().filter(is_whole).collect();
        one(&all).or_else(|| one(&whole))
    }
}

fn is_whole((later, earlier): &Facts<'_>) -> bool {
    [later, earlier]
        .iter()
        .all(|fact| fact.passed.has(Check::Whole))
}

/// The pair that all of them are.
fn one<'a>(pairs: &[Facts<'a>]) -> Option<Facts<'a>> {
    let first = *pairs.first()?;
    let values = |(a, b): &Facts<'_>| (a.value, b.value);
    let is_one = pairs.iter().all(|pair| values(pair) == values(&first));
    is_one.then_some(first)
}
