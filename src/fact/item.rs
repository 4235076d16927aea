//! Items: which row of a statement is which line item, by its label, the labels over it, the part of the
//! statement that it stands in, and what its figures are of.
//!
//! The names are those of the us-gaap taxonomy (FASB), the patterns are in `assets/items.toml`. What a
//! pattern cannot tell, because it depends on the other rows (net income with and without the share of
//! others, equity likewise, the figures per share), is told by `family`.

mod best;
mod equity;
mod expense;
mod family;
mod label;
mod list;
mod part;
mod per_share;
mod sign;

use regex::Regex;

use super::Fact;
use super::unit::Unit;
use crate::statement::Statement;

use best::best;
pub use label::{is_of_owners, normal};
use list::{LIST, of_element};
pub use list::{element, is_item, is_narrow, is_summed, is_wider};

/// A row of a statement as its facts have it.
pub(super) struct Row {
    /// Its facts, as indexes.
    pub facts: std::ops::Range<usize>,
    pub label: String,
    /// From the outermost.
    pub over: Vec<String>,
    pub unit: Unit,
    /// The part of the statement that it stands in.
    pub part: &'static str,
    pub is_known: bool,
    /// Its newest figure is a dash.
    pub is_nil: bool,
}

impl Row {
    /// Its figure in a column of its table.
    fn in_column(&self, facts: &[Fact], column: usize) -> Option<f64> {
        let mut own = facts[self.facts.clone()].iter();
        own.find(|fact| fact.column == column)
            .map(|fact| fact.value)
    }

    fn is_under(&self, pattern: &Regex) -> bool {
        pattern.is_match(self.part) || self.over.iter().any(|label| pattern.is_match(label))
    }
}

/// Names the items of a document's statements.
pub fn assign(facts: &mut [Fact]) {
    let mut start = 0;
    while start < facts.len() {
        let (run, statement) = (facts[start].run, facts[start].statement);
        let length = facts[start..].iter().take_while(|f| f.run == run).count();
        if let Some(statement) = statement {
            of_statement(&mut facts[start..start + length], statement);
        }
        start += length;
    }
}

fn of_statement(facts: &mut [Fact], statement: Statement) {
    let mut rows = rows(facts);
    part::find(statement, &mut rows, facts);
    let mut found: Vec<(usize, &'static str)> = family::find(statement, &rows);
    for item in LIST.iter().filter(|item| item.statement == statement) {
        for at in best(item, &rows, facts, &found) {
            found.push((at, item.element));
        }
    }
    if statement == Statement::Income {
        expense::rename(&mut found, &rows, facts);
    }
    let signs = sign::Signs::of(statement, &found, &rows, facts);
    for (at, element) in found {
        let unsigned = of_element(element, statement).any(|item| item.unsigned);
        for fact in &mut facts[rows[at].facts.clone()] {
            fact.item = Some(element);
            fact.value = signs.meant(element, unsigned, fact);
        }
    }
}

/// The row that an element was found in.
fn place_of(found: &[(usize, &'static str)], element: &str) -> Option<usize> {
    let own = found.iter().find(|(_, own)| *own == element);
    own.map(|(at, _)| *at)
}

fn rows(facts: &[Fact]) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < facts.len() {
        let first = &facts[at];
        let key = (first.table, first.row);
        let length = facts[at..]
            .iter()
            .take_while(|f| (f.table, f.row) == key)
            .count();
        let own = &facts[at..at + length];
        let unit = own.iter().map(|f| f.unit).find(|u| *u != Unit::Percent);
        out.push(Row {
            facts: at..at + length,
            label: normal(&first.label),
            over: first.over.iter().map(|label| normal(label)).collect(),
            unit: unit.unwrap_or(Unit::Percent),
            part: "",
            is_known: own.iter().any(|f| f.period.is_some()),
            is_nil: own
                .iter()
                .max_by_key(|f| f.period)
                .is_some_and(|f| f.is_nil),
        });
        at += length;
    }
    out
}

#[cfg(test)]
mod label_tests;
