//! Reading: from the tables of a document's pages to its facts.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::label::{Labelled, join_begun, named};
use super::table::{Table, tables};
use super::unit::{DOLLAR, Unit, of_row};
use super::{Checks, Entity, Fact, check, dimension, entity, item};
use crate::metadata::Metadata;
use crate::pattern::compiled;
use crate::pdf::Page;
use crate::pdf::table::grid::Row;
use crate::pdf::table::token::{Kind, Token, value};
use crate::statement::Statement;

/// The facts of a document.
pub fn read(pages: &[Page], metadata: &Metadata) -> Vec<Fact> {
    let tables = tables(pages, metadata);
    let mut facts = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        facts_of(table, at, &mut facts);
    }
    recognised(pages, &mut facts);
    item::assign(&mut facts);
    let entities = entity::of_runs(&tables, &facts, metadata);
    for fact in facts.iter_mut().filter(|f| f.statement.is_some()) {
        if let Some(entity) = entities.get(&fact.run) {
            fact.entity = entity.clone();
        }
    }
    let groups = check::check(&mut facts);
    dimension::assign(&tables, &mut facts, &groups);
    facts
}

/// Marks the figures that OCR has read, and those that it is not sure of.
fn recognised(pages: &[Page], facts: &mut [Fact]) {
    let by_ocr = pages.iter().filter(|page| page.sure.is_some());
    let by_ocr: HashMap<u32, &Page> = by_ocr.map(|page| (page.number, page)).collect();
    for fact in facts {
        let Some(page) = by_ocr.get(&fact.page) else {
            continue;
        };
        fact.is_recognised = true;
        fact.is_doubtful = page.doubts.iter().any(|doubt| {
            doubt.line == fact.line && (fact.place.0..=fact.place.1).contains(&doubt.x)
        });
    }
}

/// True where a row or its column is said to be other than accounting rules have it.
fn is_adjusted(row: &Labelled, heads: &[String]) -> bool {
    static ADJUSTED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\bnon-?\s?gaap\b|\badjusted\b|\bas adjusted\b|\bcore\s|\borganic\b|constant[\s-]currency|\bpro forma\b|comparable basis|\bequivalent (?:basis|revenues?|sales)",
        )
    });
    static PLAIN: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)reported|^gaap|\bgaap measure"));
    let texts = std::iter::once(&row.label).chain(&row.over).chain(heads);
    texts
        .into_iter()
        .any(|text| ADJUSTED.is_match(text) && !PLAIN.is_match(text))
}

/// `Basic   $0.54   $1.11` in a statement of millions, whatever stands over it.
fn is_per_share(row: &Labelled, source: &Row) -> bool {
    let label = row.label.to_lowercase();
    let named = ["basic", "diluted", "per share"]
        .iter()
        .any(|word| label.contains(word));
    let cents = |token: &Token| {
        let digits = token.text.trim_end_matches([')', '%', '*']);
        digits
            .rsplit_once('.')
            .is_some_and(|(_, cents)| cents.len() == 2)
    };
    let mut figures = source
        .cells
        .iter()
        .flatten()
        .filter(|t| t.kind == Kind::Figure)
        .peekable();
    named && figures.peek().is_some() && figures.all(cents)
}

/// A figure in full units; whole ones where it is counted in thousands and more.
fn in_full(number: f64, scale: f64) -> f64 {
    let value = number * scale;
    if scale >= 1000.0 {
        value.round()
    } else {
        value
    }
}

fn facts_of(table: &Table, at: usize, facts: &mut Vec<Fact>) {
    let mut rows = named(&table.grid);
    if table.statement.is_none() {
        join_begun(&mut rows);
    }
    for row in rows {
        let source = &table.grid.rows[row.row];
        let labels =
            std::iter::once(row.label.as_str()).chain(row.over.iter().rev().map(String::as_str));
        // In these a count of shares stands in a label alone.
        let of_row = match table.statement {
            Some(Statement::Balance | Statement::CashFlow | Statement::Equity) => Unit::Money,
            Some(Statement::Income) if is_per_share(&row, source) => Unit::PerShare,
            _ => of_row(labels),
        };
        let hundredths = ["pence", "(p)", "cents)"];
        let named = std::iter::once(&row.label).chain(&row.over);
        let mut named = named.map(|label| label.to_lowercase());
        let is_hundredth = named.any(|label| hundredths.iter().any(|word| label.contains(word)));
        for (column, cell) in source.cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            let number = match cell.kind {
                Kind::Nil => 0.0,
                _ => match value(&cell.text) {
                    Some(number) => number,
                    None => continue,
                },
            };
            let unit = if cell.text.contains('%') {
                Unit::Percent
            } else {
                of_row
            };
            let scale = match (unit, table.scale) {
                (Unit::Money, Some(scale)) => scale.money,
                (Unit::Shares, Some(scale)) => scale.shares,
                // `Earnings per share (pence)`.
                (Unit::PerShare, _) if is_hundredth => 0.01,
                _ => 1.0,
            };
            facts.push(Fact {
                page: table.grid.page,
                line: source.line,
                place: (cell.x0, cell.x1),
                table: at,
                run: table.run,
                row: row.row,
                column,
                statement: table.statement,
                label: row.label.clone(),
                over: row.over.clone(),
                head: table.grid.columns[column].heads.join(" "),
                period: table.periods[column],
                printed: cell.text.clone(),
                is_nil: cell.kind == Kind::Nil,
                value: in_full(number, scale),
                scale,
                unit,
                currency: table.currency.unwrap_or(DOLLAR),
                entity: Entity::Consolidated,
                dimension: None,
                is_adjusted: is_adjusted(&row, &table.grid.columns[column].heads),
                item: None,
                is_recognised: false,
                is_doubtful: false,
                passed: Checks::default(),
                failed: Checks::default(),
            });
        }
    }
}
