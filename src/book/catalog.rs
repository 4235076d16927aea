//! The catalog: of each fact that several documents of a company have the one that counts.

use std::collections::BTreeMap;

use super::{Company, Result, months_behind};
use crate::fact::{Dimension, Fact, Period, is_summed};
use crate::metadata::date;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::word::words;
use crate::query::{is_amended, is_annual};
use crate::statement::Statement;
use crate::store::{DocumentRow, Store, Which};

/// The elements of the us-gaap taxonomy that a name means: one of them, or those of a line item of the lexicon or of
/// all that a measure is made of.
pub fn elements(lexicon: &Lexicon, name: &str) -> Option<Vec<&'static str>> {
    if let Some(element) = crate::fact::element(name) {
        return Some(vec![element]);
    }
    let all = words(name);
    let found = lexicon
        .find(&all)
        .into_iter()
        .find(|(range, _)| range.len() == all.len());
    let items = match found? {
        (_, Named::Item(index)) => vec![index],
        (_, Named::Measure(index)) => lexicon.measures[index].items.clone(),
    };
    let elements = items.iter().flat_map(|at| &lexicon.items[*at].elements);
    let elements: Vec<&'static str> = elements.copied().collect();
    (!elements.is_empty()).then_some(elements)
}

/// A fact with the document that states it.
#[derive(Debug, Clone)]
pub struct Chosen<'a> {
    pub row: &'a DocumentRow,
    pub fact: Fact,
    /// Another report has another figure in its place.
    pub is_restated: bool,
}

/// What facts of several documents have in common that are the same one.
type Key = (String, Option<Dimension>, (i32, u8), u8, String);

/// The certain facts of a company, one for each item, dimension and period: that of the report on the period,
/// or of what amends it; in the order of item and period.
pub fn chosen<'a>(store: &Store, company: &Company<'a>) -> Result<Vec<Chosen<'a>>> {
    let mut same: BTreeMap<Key, Vec<(Rank, Chosen<'a>)>> = BTreeMap::new();
    for row in &company.rows {
        for fact in store.facts(row.id, Which::Statements)? {
            let (Some(item), Some(period), true) = (fact.item, fact.period, counts(&fact)) else {
                continue;
            };
            let label = if is_summed(item) {
                fact.label.clone()
            } else {
                String::new()
            };
            let key = (
                item.to_owned(),
                fact.dimension.clone(),
                date::nominal(period.end),
                period.months,
                label,
            );
            let chosen = Chosen {
                row,
                fact,
                is_restated: false,
            };
            same.entry(key)
                .or_default()
                .push((rank(row, period), chosen));
        }
    }
    let pick = |mut facts: Vec<(Rank, Chosen<'a>)>| {
        facts.sort_by_key(|(rank, _)| *rank);
        let mut facts = facts.into_iter().map(|(_, chosen)| chosen);
        let mut first = facts.next()?;
        let value = first.fact.value;
        let is_other = |other: &Chosen<'_>| {
            other.row.id != first.row.id
                && (other.fact.value.abs() - value.abs()).abs() > 0.0005 * value.abs() + 1e-9
        };
        first.is_restated = facts.any(|other| is_other(&other));
        Some(first)
    };
    Ok(same.into_values().filter_map(pick).collect())
}

/// A certain fact of the statement that its item belongs to, or of a part of the company.
fn counts(fact: &Fact) -> bool {
    let is_main = matches!(
        fact.statement,
        Some(
            Statement::Balance | Statement::Income | Statement::CashFlow | Statement::Comprehensive
        )
    );
    fact.is_certain() && (is_main || fact.dimension.is_some())
}

type Rank = (i64, bool, bool);

/// How near a document is to a period that it reports on: its own before later ones, reports before releases,
/// what amends before what is amended.
fn rank(row: &DocumentRow, period: Period) -> Rank {
    let behind = row
        .metadata
        .period_end
        .and_then(|end| months_behind(period.end, end));
    let is_filing = is_annual(&row.metadata.form) || row.metadata.form.starts_with("10-Q");
    (
        behind.unwrap_or(i64::MAX),
        !is_filing,
        !is_amended(&row.metadata.form),
    )
}
