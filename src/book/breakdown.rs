//! A breakdown: figures of one table that are parts of a company and together all of it.

use super::{Book, Result, Wanted};
use crate::fact::{Axis, Check, Dimension, Entity, Fact, Unit, is_place};
use crate::statement::Statement;
use crate::statement::period::Period;
use crate::store::DocumentRow;

/// Rows of a table that are looked through at most: every stretch of them may be a breakdown.
const ROWS: usize = 80;
/// What rounding and small change may leave between the parts and the whole.
const NEAR: f64 = 0.002;
/// Issuers have segments' sales before what is no sale of the group; a table's own total is that of the company up to
/// here.
const OWN_TOTAL: f64 = 0.1;
/// What of the whole rows without a name of a part may be: what is eliminated, what nobody's is.
const UNNAMED: f64 = 0.2;

/// The parts of a company in one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    pub document: i64,
    pub page: u32,
    /// With what share of the whole each is.
    pub parts: Vec<(Dimension, f64)>,
    /// Its other rows, by their labels, with what share each is.
    pub rest: Vec<(String, f64)>,
}

impl Breakdown {
    /// How much of it is of an axis, 0 to 1; places are regions whatever their table calls them.
    pub fn share_of(&self, axis: Axis) -> f64 {
        let is_of = |(part, _): &&(Dimension, f64)| {
            part.axis == axis || axis == Axis::Geography && is_place(&part.member)
        };
        self.parts.iter().filter(is_of).count() as f64 / self.parts.len() as f64
    }
}

/// The breakdowns of a line item in a period, those of the report on it first, on a page those of fewer parts.
pub fn breakdowns(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    index: usize,
    period: Period,
) -> Result<Vec<Breakdown>> {
    let wanted = Wanted {
        period,
        is_day: false,
        is_trailing: false,
    };
    let Some(whole) = book.figure(rows, index, wanted, None)? else {
        return Ok(Vec::new());
    };
    let item = &book.lexicon().items[index];
    let mut out = Vec::new();
    for row in book.reporting(rows, period) {
        let document = book.facts(row)?;
        let is_item = |fact: &Fact| fact.item.is_some_and(|own| item.elements.contains(&own));
        let is_here = |fact: &&Fact| {
            fact.unit == Unit::Money
                && fact.entity == Entity::Consolidated
                && !fact.is_adjusted
                && document.is_of(fact, Statement::Income, wanted)
        };
        let is_part = |fact: &&Fact| fact.dimension.is_some() && is_item(fact) && is_here(fact);
        let own = document.facts.iter().filter(is_part);
        let mut pages: Vec<u32> = own.map(|fact| fact.page).collect();
        pages.dedup();
        // With the rows that are no part and without which the parts do not make the whole.
        let all = book.store.facts_on(row.id, &pages)?;
        let here: Vec<&Fact> = all.iter().filter(is_here).collect();
        for series in series(&here) {
            let mut totals = vec![whole.value];
            let own = series.iter().filter(|fact| {
                let is_near = (fact.value - whole.value).abs() <= OWN_TOTAL * whole.value.abs();
                fact.dimension.is_none() && is_near
            });
            totals.extend(own.map(|fact| fact.value));
            // A row that is in no sum and of no part is of something else.
            let series = series.into_iter().filter(|fact| {
                fact.dimension.is_some() && is_item(fact) || fact.passed.has(Check::Sum)
            });
            let series: Vec<&Fact> = series.take(ROWS).collect();
            let values: Vec<f64> = series.iter().map(|fact| fact.value).collect();
            for at in complete(&values, &totals) {
                let own = at.iter().map(|at| series[*at]);
                let parts = own.filter(|fact| is_item(fact));
                let parts = parts
                    .filter_map(|fact| Some((fact.dimension.clone()?, fact.value / whole.value)));
                let parts: Vec<(Dimension, f64)> = parts.collect();
                let rest = at.iter().map(|at| series[*at]);
                let rest = rest.filter(|fact| !is_item(fact) || fact.dimension.is_none());
                let rest = rest.map(|fact| (fact.whole_label(), fact.value / whole.value));
                let named: f64 = parts.iter().map(|(_, share)| share).sum();
                let found = Breakdown {
                    document: row.id,
                    page: series[0].page,
                    parts,
                    rest: rest.collect(),
                };
                if found.parts.len() > 1
                    && (named - 1.0).abs() <= UNNAMED
                    && are_apart(&found.parts)
                    && !out.contains(&found)
                {
                    out.push(found);
                }
            }
        }
    }
    Ok(out)
}

/// True where each part is named once.
fn are_apart(parts: &[(Dimension, f64)]) -> bool {
    let mut names: Vec<&str> = parts.iter().map(|(part, _)| part.member.as_str()).collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

/// The columns of tables from top to bottom, and their rows from left to right.
fn series<'a>(facts: &[&'a Fact]) -> Vec<Vec<&'a Fact>> {
    let by = |key: &dyn Fn(&Fact) -> (usize, usize), along: &dyn Fn(&Fact) -> usize| {
        let mut all: Vec<&'a Fact> = facts.to_vec();
        all.sort_by_key(|fact| (key(fact), along(fact)));
        let parts = all.chunk_by(|a, b| key(a) == key(b));
        let several = parts.filter(|own| own.iter().filter(|f| f.dimension.is_some()).count() > 1);
        several.map(<[_]>::to_vec).collect::<Vec<_>>()
    };
    let mut out = by(&|fact| (fact.table, fact.column), &|fact| fact.row);
    out.extend(by(&|fact| (fact.table, fact.row), &|fact| fact.column));
    out
}

/// The stretches of a series that make one of the totals: without its subtotals, and with these in place of what they
/// are of; the shortest first.
fn complete(values: &[f64], totals: &[f64]) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    for from in 0..values.len() {
        // What each kind of stretch that begins here has so far.
        let (mut fine, mut coarse): (Vec<usize>, Vec<usize>) = Default::default();
        for at in from..values.len() {
            let behind = tail_of(&fine, values, at);
            if behind.is_none() {
                fine.push(at);
            }
            if let Some(count) = tail_of(&coarse, values, at) {
                coarse.truncate(coarse.len() - count);
            }
            coarse.push(at);
            for own in [&fine, &coarse] {
                let sum: f64 = own.iter().map(|at| values[*at]).sum();
                let is_whole = |total: &f64| (sum - total).abs() <= NEAR * total.abs();
                if own.len() > 1 && totals.iter().any(is_whole) && !out.contains(own) {
                    out.push(own.clone());
                }
            }
        }
    }
    out.sort_by_key(Vec::len);
    out
}

/// How many of the last of `chosen` make the value at `at`, where it is their subtotal.
fn tail_of(chosen: &[usize], values: &[f64], at: usize) -> Option<usize> {
    let total = values[at];
    let mut sum = 0.0;
    for (count, own) in chosen.iter().rev().enumerate() {
        sum += values[*own];
        // Of rounded figures.
        if count > 0 && total != 0.0 && (sum - total).abs() <= 0.0005 * total.abs() {
            return Some(count + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two regions with their sum, a brand, what nobody's is.
    const COLUMN: [f64; 5] = [17.0, 11.0, 28.0, 2.0, 1.0];

    #[test]
    fn subtotals_are_left_out_or_stand_for_what_they_are_of() {
        let found = complete(&COLUMN, &[31.0]);
        assert_eq!(found, [vec![2, 3, 4], vec![0, 1, 3, 4]]);
    }

    #[test]
    fn what_does_not_make_the_whole_is_no_breakdown() {
        assert!(complete(&COLUMN, &[33.0]).is_empty());
        assert!(complete(&COLUMN[..2], &[31.0]).is_empty());
        // One row is no breakdown, though it is the whole.
        assert!(complete(&[31.0], &[31.0]).is_empty());
        // Rounded figures are near.
        assert_eq!(complete(&[1000.0, 2000.0], &[3001.0]), [vec![0, 1]]);
    }

    #[test]
    fn each_stretch_that_is_whole_is_found_wherever_it_stands() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            // Powers of three: none is the sum of others.
            let mut parts: Vec<f64> = (0..rng.i32(2..8))
                .map(|at| 100.0 * 3_f64.powi(at))
                .collect();
            rng.shuffle(&mut parts);
            let whole: f64 = parts.iter().sum();
            // Rows of something else before it.
            let mut column: Vec<f64> = (0..rng.usize(0..4)).map(|_| 50_000.0 + whole).collect();
            let first = column.len();
            column.extend(&parts);
            let own: Vec<usize> = (first..column.len()).collect();
            assert!(complete(&column, &[whole]).contains(&own), "{column:?}");
        }
    }
}
