//! Best: which rows of a statement are an item. The one whose label is surest, of equals the first or the last; all of
//! them for an item that is their sum, unless one of them is the total.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Fact;
use super::super::unit::Unit;
use super::list::Item;
use super::{Row, part};
use crate::pattern::compiled;
use crate::statement::Statement;

/// The rows that are an item, of those that are `taken` by none, as their places.
pub fn best(
    item: &Item,
    rows: &[Row],
    facts: &[Fact],
    taken: &[(usize, &'static str)],
) -> Vec<usize> {
    let choice = Choice {
        item,
        rows,
        facts,
        taken,
    };
    let is_one_of_several = item.alone.as_ref().is_some_and(|alone| {
        let is_own = |row: &&Row| row.is_known && alone.is_match(&row.label);
        rows.iter().filter(is_own).count() > 1
    });
    let ranks = item.labels.len() - usize::from(is_one_of_several);
    let mut found = (0..ranks).map(|rank| choice.of_rank(rank));
    found.find_map(|rows| rows).unwrap_or_default()
}

struct Choice<'a> {
    item: &'a Item,
    rows: &'a [Row],
    facts: &'a [Fact],
    taken: &'a [(usize, &'static str)],
}

impl Choice<'_> {
    /// The rows by the pattern of that rank; none where it has none, an empty list where none may be taken at all.
    fn of_rank(&self, rank: usize) -> Option<Vec<usize>> {
        let item = self.item;
        let called = self.called(&item.labels[rank]);
        // A row of dashes is there for another year, whose sum it is part of.
        let is_some = |at: &usize| item.sum || !self.rows[*at].is_nil;
        let (some, none): (Vec<usize>, Vec<usize>) = called.into_iter().partition(is_some);
        let all = if some.is_empty() { none } else { some };
        if self.are_of_parts(&all) {
            return Some(Vec::new());
        }
        let total = all.iter().find(|at| self.is_total(**at, &all));
        // Of a total and what is left of it behind the current portion, the latter.
        let rest = all
            .iter()
            .find(|at| is_behind_current(&self.rows[**at].label));
        let total = rest.filter(|_| total.is_some()).or(total);
        if item.sum && total.is_none() {
            return (!all.is_empty()).then_some(all);
        }
        let one = if item.last { all.last() } else { all.first() };
        let mut chosen = vec![*total.filter(|_| item.sum).or(one)?];
        if let Some(also) = item.also.as_ref().filter(|_| rank > 0) {
            chosen.extend(self.called(also));
        }
        Some(chosen)
    }

    /// The free rows of the item's unit and place that a pattern knows.
    fn called(&self, pattern: &Regex) -> Vec<usize> {
        let all = self.rows.iter().enumerate();
        all.filter(|(at, row)| pattern.is_match(&row.label) && self.fits(*at, row))
            .map(|(at, _)| at)
            .collect()
    }

    fn fits(&self, at: usize, row: &Row) -> bool {
        let item = self.item;
        let unit = match item.element.contains("PerShare") {
            true => Unit::PerShare,
            false => Unit::Money,
        };
        let is = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|p| row.is_under(p));
        let is_not = item.but_not.as_ref();
        row.is_known
            && !self.taken.iter().any(|(other, _)| *other == at)
            && row.unit == unit
            && (item.under.is_none() || is(&item.under))
            && !is(&item.not_under)
            && !is_not.is_some_and(|pattern| pattern.is_match(&row.label))
    }

    /// True for the row of `all` that has the others in it.
    fn is_total(&self, at: usize, all: &[usize]) -> bool {
        let others = all.iter().filter(|other| **other != at);
        let others: Vec<&Row> = others.map(|other| &self.rows[*other]).collect();
        self.rows[at].label.starts_with("total")
            || self.item.sum && part::is_sum(&self.rows[at], &others, self.facts)
    }

    /// Two rows of one name under several labels are of parts, neither is the company's.
    fn are_of_parts(&self, all: &[usize]) -> bool {
        let is_twice = |pair: &[usize]| {
            let (a, b) = (&self.rows[pair[0]], &self.rows[pair[1]]);
            a.label == b.label && a.part == b.part && a.over.last() != b.over.last()
        };
        self.item.statement == Statement::Balance
            && !(self.item.sum || self.item.last)
            && all.windows(2).any(is_twice)
    }
}

/// `Long-term debt, net of current portion`.
fn is_behind_current(label: &str) -> bool {
    static REST: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?:net of|less|excluding) current (?:portion|maturities)"));
    REST.is_match(label)
}
