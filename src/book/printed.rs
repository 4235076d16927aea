//! Printed measures: the figure that a company itself prints under the name of a measure ("Free cash flow, non-GAAP"), in
//! a table that is no statement. What it is made of is the company's own affair.

use super::{Book, Result, Stated, Wanted};
use crate::fact::{Entity, Fact, Unit};
use crate::query::lexicon::Named;
use crate::query::word::{is_in, words};
use crate::statement::Statement;
use crate::store::DocumentRow;

/// Words that a label may have beside a measure's name.
const BESIDE: &str =
    "consolidated total company our non gaap nongaap measure reported as the and a";
/// As a share of it, what may be between two figures of one measure.
const ROOM: f64 = 0.005;

/// What reports on a period print under the name of a measure of money where it is other than `value`; none where one
/// has the same.
pub fn printed(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    measure: usize,
    (wanted, value): (Wanted, f64),
) -> Result<Option<Stated>> {
    let names = book.lexicon().names(&Named::Measure(measure));
    let mut other = None;
    for row in book.reporting(rows, wanted.period) {
        let facts = book.facts(row)?;
        for name in &names {
            let found = book.store.facts_called(row.id, name)?;
            let is_own = |fact: &&Fact| {
                fact.unit == Unit::Money
                    && fact.entity == Entity::Consolidated
                    && fact.dimension.is_none()
                    && facts.is_of(fact, Statement::Income, wanted)
                    && is_called(book, measure, &fact.label)
            };
            for fact in found.iter().filter(is_own) {
                if (fact.value - value).abs() <= ROOM * value.abs() {
                    return Ok(None);
                }
                other.get_or_insert_with(|| Stated {
                    document: row.id,
                    fact: fact.clone(),
                    value: fact.value,
                });
            }
        }
    }
    Ok(other)
}

/// True for a label that is a measure's name and says no more.
fn is_called(book: &Book<'_>, measure: usize, label: &str) -> bool {
    let plain = label.replace(['(', ')', '/', '*'], " ");
    let all = words(&plain);
    let named = book.lexicon().find(&all);
    let own = named
        .into_iter()
        .find(|(_, named)| *named == Named::Measure(measure));
    own.is_some_and(|(range, _)| {
        let mut rest = all[..range.start].iter().chain(&all[range.end..]);
        let is_note = |text: &str| text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        rest.all(|word| is_in(BESIDE, &word.text.to_lowercase()) || is_note(&word.text))
    })
}
