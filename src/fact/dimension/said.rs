//! Breakdowns that tables say themselves: by a caption or a label over rows that are named after parts, by a part's name
//! over rows that are named after figures, by parts' names over the columns.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::Fact;
use super::super::check::Check;
use super::super::item::normal;
use super::super::period::Period;
use super::super::table::Table;
use super::super::unit::Unit;
use super::name::{IS_NONE, measure, member, whole_measure};
use super::total::Whole;
use super::{Axis, axis, caption, set};
use crate::pattern::compiled;
use crate::pdf::table::grid::Column;

/// Words of a caption over a breakdown.
static BREAKDOWN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bby\b|segment|geograph|region|countr|product|categor|division|brand|disaggregat|channel|business unit|each of|for each|major source|revenue stream|service line|operating group|markets?\b",
    )
});

/// Breakdowns that a table says itself; `is_other` knows rows of totals that are of something else.
pub(super) fn of_table(
    table: &Table,
    facts: &mut [Fact],
    whole: &Whole,
    is_other: &dyn Fn(usize) -> bool,
) {
    // What is expected is no figure of the company yet.
    static EXPECTED: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)\bguidance\b|\boutlook\b|\bforecasts?\b"));
    let heads = table.grid.columns.iter().flat_map(|c| &c.heads);
    let mut over = table
        .grid
        .above
        .iter()
        .rev()
        .take(3)
        .chain(&table.grid.stub)
        .chain(heads);
    if over.any(|text| EXPECTED.is_match(text)) {
        return;
    }
    let periods: Vec<Period> = table.periods.iter().flatten().copied().collect();
    let distinct: HashSet<Period> = periods.iter().copied().collect();
    if distinct.len() <= 1 && (periods.is_empty() || table.grid.columns.len() > 2) {
        by_columns(table, facts, whole, distinct.into_iter().next());
        return;
    }
    // Columns of one year each for several figures: "Net sales", "Long-lived assets".
    let columns = measures_of_columns(table);
    let by_column = columns.iter().any(Option::is_some);
    let caption = caption(table);
    let is_breakdown = caption.split_whitespace().count() <= 40 && BREAKDOWN.is_match(&caption);
    let said = measure(&caption).filter(|_| is_breakdown);
    // One label over a figure's name may be anything; several are parts.
    let over = |fact: &Fact| {
        fact.over
            .last()
            .and_then(|label| member(label).filter(|_| measure(label).is_none()))
    };
    let named = facts
        .iter()
        .filter(|fact| whole_measure(&fact.label).is_some());
    let parts: HashSet<String> = named.filter_map(over).collect();
    let axis = axis(table, facts, &rows(facts));
    for (at, fact) in facts.iter_mut().enumerate() {
        if fact.period.is_none()
            || fact.unit != Unit::Money
            || fact.dimension.is_some()
            || is_other(at)
        {
            continue;
        }
        // A part's name over rows of figures.
        let own = whole_measure(&fact.label);
        if let (Some(measure), Some(over)) = (own, over(fact)) {
            let is_total = normal(&fact.label).starts_with("total");
            if parts.len() > 1 && !is_total {
                set(fact, measure, Axis::Segment, &over);
            }
            continue;
        }
        // A figure's name over rows of parts, or over the column. Another figure's name between says that
        // they are of that.
        let labelled = fact
            .over
            .iter()
            .rev()
            .find_map(|label| whole_measure(label));
        let mut nearer = fact
            .over
            .iter()
            .rev()
            .take_while(|label| whole_measure(label).is_none());
        if nearer.any(|label| measure(label).is_none() && IS_NONE.is_match(&normal(label))) {
            continue;
        }
        let meant = if by_column {
            columns[fact.column]
        } else {
            labelled.or(said)
        };
        if let (Some(measure), Some(name), None) = (meant, member(&fact.label), own) {
            set(fact, measure, axis, &name);
        }
    }
}

/// The figure that stands over each column: a head over several columns stands in the middle of them, and is that of
/// all until a period comes again.
fn measures_of_columns(table: &Table) -> Vec<Option<&'static str>> {
    let columns = &table.grid.columns;
    let own = |c: &Column| measure(&c.heads.join(" "));
    let is_bare = |c: &Column| {
        !c.heads
            .iter()
            .any(|head| head.chars().any(char::is_alphabetic))
    };
    let mut out: Vec<Option<&'static str>> = columns.iter().map(own).collect();
    let mut start = 0;
    while start < columns.len() {
        let mut seen = HashSet::new();
        let is_new = |at: &usize| table.periods[*at].is_none_or(|period| seen.insert(period.end));
        let end = start + (start..columns.len()).take_while(is_new).count();
        let headed: Vec<usize> = (start..end).filter(|at| out[*at].is_some()).collect();
        if let [only] = headed[..] {
            for at in (start..end).filter(|at| is_bare(&columns[*at])) {
                out[at] = out[only];
            }
        }
        start = end.max(start + 1);
    }
    out
}

/// The rows of a table's facts, each by their places.
fn rows(facts: &[Fact]) -> Vec<Vec<usize>> {
    let mut out: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        match out.last_mut() {
            Some((row, places)) if *row == fact.row => places.push(at),
            _ => out.push((fact.row, vec![at])),
        }
    }
    out.into_iter().map(|(_, places)| places).collect()
}

/// Parts over the columns, figures in the rows; the period stands over the rows or over the table.
fn by_columns(table: &Table, facts: &mut [Fact], whole: &Whole, of_all: Option<Period>) {
    // What stands over all columns is no part's name.
    let columns = &table.grid.columns;
    let is_common = |text: &&String| columns.iter().all(|c| c.heads.contains(text));
    let head = |c: &Column| {
        c.heads
            .iter()
            .filter(|text| !is_common(text))
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let heads: Vec<Option<String>> = columns
        .iter()
        .map(|c| member(&head(c)).filter(|_| !is_total(&head(c))))
        .collect();
    if heads.iter().flatten().count() < 2 {
        return;
    }
    let rows = rows(facts);
    for row in &rows {
        let first = &facts[row[0]];
        // The nearest first: labels over the row, what stands over all labels, lines over the table.
        let grid = &table.grid;
        let around = grid.stub.iter().rev().chain(grid.above.iter().rev());
        let over = first.over.iter().rev().chain(around);
        let period = of_all.or_else(|| over.take(6).find_map(|text| table.period_of(text)));
        let Some(measure) = whole_measure(&first.label) else {
            continue;
        };
        let Some(period) = period else {
            continue;
        };
        // The column of all parts says whether they are of the statements' figure.
        let is_all = |at: &&usize| {
            let fact = &facts[**at];
            let known = whole.get(&(measure, period));
            heads[fact.column].is_none()
                && known.is_some_and(|value| (fact.value - value).abs() <= 1.5 * fact.scale)
        };
        let total = row.iter().find(is_all).copied();
        for at in row {
            let Some(name) = &heads[facts[*at].column] else {
                continue;
            };
            facts[*at].period = Some(period);
            set(&mut facts[*at], measure, Axis::Segment, name);
            if total.is_some() {
                facts[*at].passed.add(Check::Whole);
            }
        }
        // Rows over a total of everything are parts too, in the column of everything.
        if let Some(total) = total {
            parts_in_column(
                facts,
                &rows,
                (total, measure, period),
                axis(table, facts, &rows),
            );
        }
    }
}

/// The rows above a total, in its column and down to the next total, that make it.
fn parts_in_column(
    facts: &mut [Fact],
    rows: &[Vec<usize>],
    (total, measure, period): (usize, &'static str, Period),
    axis: Axis,
) {
    let (column, value, scale) = (facts[total].column, facts[total].value, facts[total].scale);
    let Some(at) = rows.iter().position(|row| row.contains(&total)) else {
        return;
    };
    let mut sum = 0.0;
    let mut parts = Vec::new();
    for row in rows[..at].iter().rev() {
        if whole_measure(&facts[row[0]].label).is_some() {
            break;
        }
        let Some(cell) = row.iter().copied().find(|at| facts[*at].column == column) else {
            continue;
        };
        sum += facts[cell].value;
        parts.push(cell);
    }
    if parts.len() < 2 || (sum - value).abs() > 2.1 * scale {
        return;
    }
    for cell in parts {
        if let Some(name) = member(&facts[cell].label) {
            facts[cell].period = Some(period);
            set(&mut facts[cell], measure, axis, &name);
            facts[cell].passed.add(Check::Whole);
        }
    }
}

/// A head over the column of all parts.
fn is_total(head: &str) -> bool {
    let plain = normal(head);
    plain.starts_with("total") || plain.starts_with("consolidated")
}
