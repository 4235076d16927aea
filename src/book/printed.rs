//! Printed measures: the figure that a company itself prints under the name of a measure ("Free cash flow, non-GAAP"), in
//! a table that is no statement. Where it agrees with what the formula gives, that is a proof; where not, what it is made
//! of is the company's own affair.

use super::{Book, DocumentFacts, Result, Stated, Wanted};
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

/// A company's own figure of a measure, and whether it is the one that the formula gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    pub stated: Stated,
    pub agrees: bool,
}

/// What reports on periods print themselves under the name of a measure, beside what its formula gives: of each period
/// a figure that agrees before one that does not, of several that agree the one whose row has most of the periods.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn printed(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    measure: usize,
    worked: &[(Wanted, f64)],
) -> Result<Vec<Option<Printed>>> {
    let own = |(wanted, value): &(Wanted, f64)| all(book, rows, measure, *wanted, *value);
    let found: Vec<Vec<Printed>> = worked.iter().map(own).collect::<Result<_>>()?;
    let place = |own: &Printed| {
        (
            own.stated.document,
            own.stated.fact.page,
            own.stated.fact.line,
        )
    };
    let in_row = |own: &Printed| {
        let is_here = |other: &&Printed| other.agrees && place(other) == place(own);
        found.iter().flatten().filter(is_here).count()
    };
    let best = |of_period: &Vec<Printed>| {
        let best = of_period
            .iter()
            .rev()
            .max_by_key(|own| (own.agrees, in_row(own)));
        best.cloned()
    };
    Ok(found.iter().map(best).collect())
}

/// What reports print of one period, in their order.
fn all(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    measure: usize,
    wanted: Wanted,
    value: f64,
) -> Result<Vec<Printed>> {
    let lexicon = book.lexicon();
    let expr = &lexicon.measures[measure].expr;
    let (unit, value) = match expr.degree() {
        1 => (Unit::Money, value),
        _ => (Unit::Percent, 100.0 * value),
    };
    let items = expr.items();
    let is_balance = |at: &usize| lexicon.items[*at].statement == Statement::Balance;
    // What a year's flow is set against a balance stands under "trailing four quarters".
    let is_of_end = |fact: &Fact, facts: &DocumentFacts| {
        lexicon.needs_a_year(expr) && facts.is_at_end(fact, wanted)
    };
    // A note's balances may stand under the year alone, as if they were flows.
    let is_of_balances = unit == Unit::Money && items.iter().all(is_balance);
    let statements: &[Statement] = match is_of_balances {
        true => &[Statement::Balance, Statement::Income],
        false => &[Statement::Income],
    };
    let names = lexicon.names(&Named::Measure(measure));
    let mut out = Vec::new();
    for row in book.reporting(rows, wanted.period) {
        let facts = book.facts(row)?;
        for name in &names {
            let found = book.store.facts_called(row.id, name)?;
            let is_own = |fact: &&Fact| {
                fact.unit == unit
                    && fact.entity == Entity::Consolidated
                    && fact.dimension.is_none()
                    && (statements.iter().any(|own| facts.is_of(fact, *own, wanted))
                        || is_of_end(fact, &facts))
                    && is_called(book, measure, &fact.label)
            };
            let own = found.iter().filter(is_own);
            // A balance by this name may be of something else, as of a tax asset.
            let own =
                own.filter(|fact| !is_of_balances || agrees(fact, value) || is_total(&fact.label));
            out.extend(own.map(|fact| Printed {
                agrees: agrees(fact, value),
                stated: Stated {
                    document: row.id,
                    fact: fact.clone(),
                    value: fact.value,
                },
            }));
        }
    }
    Ok(out)
}

/// True for what is called a total.
pub fn is_total(label: &str) -> bool {
    label.to_lowercase().starts_with("total ")
}

/// True where a printed figure is `value`, as far as it is printed.
fn agrees(fact: &Fact, value: f64) -> bool {
    let decimals = fact.printed.split_once('.').map_or(0, |(_, behind)| {
        behind.bytes().take_while(u8::is_ascii_digit).count()
    });
    let half = 0.5 * fact.scale * 10f64.powi(-(decimals as i32));
    let room = match fact.unit {
        Unit::Percent => 0.0,
        _ => ROOM * value.abs(),
    };
    (fact.value - value).abs() <= room.max(1.001 * half)
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
