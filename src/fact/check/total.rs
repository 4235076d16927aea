//! Totals and steps of one table: which rows make the row below them.

use super::super::unit::Unit;
use super::{Check, Fact, Group, Statement, mark, near, step};

/// Columns of the rows of one table: of each its figures by column.
type Line = Vec<Option<usize>>;

/// Totals against the rows above them. A total is found where the rows over it make it in one column; in
/// the others they must make it too.
pub(super) fn sums(facts: &mut [Fact]) -> Vec<Group> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < facts.len() {
        let table = facts[at].table;
        let length = facts[at..].iter().take_while(|f| f.table == table).count();
        let lines = lines(&facts[at..at + length], at);
        table_sums(facts, &lines, &mut out);
        at += length;
    }
    out
}

fn lines(facts: &[Fact], offset: usize) -> Vec<Line> {
    let columns = facts.iter().map(|f| f.column + 1).max().unwrap_or(0);
    let mut out: Vec<(usize, Line)> = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        if fact.unit != Unit::Money {
            continue;
        }
        if out.last().is_none_or(|(row, _)| *row != fact.row) {
            out.push((fact.row, vec![None; columns]));
        }
        if let Some((_, line)) = out.last_mut() {
            line[fact.column] = Some(at + offset);
        }
    }
    out.into_iter().map(|(_, line)| line).collect()
}

fn table_sums(facts: &mut [Fact], lines: &[Line], groups: &mut Vec<Group>) {
    // Rows that no total has taken in yet.
    let mut open: Vec<&Line> = Vec::new();
    for line in lines {
        let label = label(facts, line);
        if let Some(from) = may_total(&label)
            .then(|| summed(facts, &open, line))
            .flatten()
        {
            groups.push(take_in(facts, &open[from..], line));
            open.truncate(from);
        } else if let Some(from) = is_step(&label)
            .then(|| stepped(facts, &open, line))
            .flatten()
        {
            let steps = open[from..].iter().flat_map(|row| row.iter().flatten());
            let places: Vec<usize> = steps.chain(line.iter().flatten()).copied().collect();
            mark(facts, &places, Check::Difference, true);
            open.truncate(from);
        }
        open.push(line);
    }
}

/// A figure of a row: its column, its value as printed, its scale.
type Printed = (usize, f64, f64);

fn printed_of(facts: &[Fact], line: &Line) -> impl Iterator<Item = Printed> {
    let own = line.iter().enumerate();
    own.filter_map(|(column, at)| {
        at.map(|at| (column, facts[at].value_as_printed(), step(&facts[at])))
    })
}

fn label(facts: &[Fact], line: &Line) -> String {
    let first = line.iter().flatten().next();
    first
        .map(|at| facts[*at].label.to_lowercase())
        .unwrap_or_default()
}

fn may_total(label: &str) -> bool {
    let names = ["total", "income", "profit", "cash", "revenue", "sales"];
    label.is_empty() || label.starts_with("net ") || names.iter().any(|name| label.contains(name))
}

/// Whether a row may be what is left of a row above it.
fn is_step(label: &str) -> bool {
    let names = ["income", "profit", "margin", "earnings", "loss", "ebit"];
    names.iter().any(|name| label.contains(name))
}

/// Marks a total and its parts; the group that they are.
fn take_in(facts: &mut [Fact], open: &[&Line], line: &Line) -> Group {
    for (column, total) in line.iter().enumerate() {
        let Some(total) = *total else { continue };
        let parts: Vec<usize> = open.iter().filter_map(|row| row[column]).collect();
        let sum: f64 = parts.iter().map(|at| facts[*at].value_as_printed()).sum();
        let holds = near(sum, facts[total].value_as_printed(), step(&facts[total]));
        // What is taken off is printed with a sign or without it in an income statement.
        let is_sure = facts[total].statement != Some(Statement::Income);
        if holds || is_sure {
            mark(facts, &[total], Check::Sum, holds);
        }
        if holds {
            mark(facts, &parts, Check::Sum, true);
        }
    }
    Group {
        total: line.iter().flatten().copied().collect(),
        parts: open
            .iter()
            .map(|row| row.iter().flatten().copied().collect())
            .collect(),
    }
}

/// Rows of more steps than these fit by chance.
const STEPS: usize = 4;

/// The first of the open rows from which the rows after it, taken off or added, leave `rest` in each of
/// its columns, of which there are at least two: revenue less costs, less interest, with other income.
/// More rows than [`STEPS`] are taken off all of them.
fn stepped(facts: &[Fact], open: &[&Line], rest: &Line) -> Option<usize> {
    let columns: Vec<Printed> = printed_of(facts, rest).collect();
    let is_income = |at: &usize| facts[*at].statement == Some(Statement::Income);
    if columns.len() < 2 || !rest.iter().flatten().all(is_income) {
        return None;
    }
    let printed =
        |row: &Line, column: usize| row[column].map_or(0.0, |at| facts[at].value_as_printed());
    (0..open.len().saturating_sub(1)).rev().find(|&from| {
        let steps = &open[from + 1..];
        // Bit by bit, whether a row is added.
        let signs = if steps.len() <= STEPS {
            1_u32 << steps.len()
        } else {
            1
        };
        (0..signs).any(|added| {
            columns.iter().all(|&(column, value, scale)| {
                let step = |(at, row): (usize, &&Line)| {
                    let sign = if at < STEPS && added >> at & 1 == 1 {
                        1.0
                    } else {
                        -1.0
                    };
                    sign * printed(row, column)
                };
                let sum: f64 = steps.iter().enumerate().map(step).sum();
                open[from][column].is_some()
                    && near(printed(open[from], column) + sum, value, scale)
            })
        })
    })
}

/// The first of the open rows that together make `total` in most of its columns.
fn summed(facts: &[Fact], open: &[&Line], total: &Line) -> Option<usize> {
    let figures: Vec<Printed> = printed_of(facts, total)
        .filter(|(_, value, _)| *value != 0.0)
        .collect();
    if figures.is_empty() {
        return None;
    }
    let mut sums = vec![0.0; total.len()];
    // Rows of nothing leave it open where the sum begins: the beginning that is right in most columns.
    let mut best: Option<(usize, usize)> = None;
    for from in (0..open.len()).rev() {
        for (column, sum) in sums.iter_mut().enumerate() {
            *sum += open[from][column].map_or(0.0, |at| facts[at].value_as_printed());
        }
        if open.len() - from < 2 {
            continue;
        }
        // A row beside nothing but dashes is no sum.
        let several = |column: usize| {
            let own = open[from..].iter().filter_map(|row| row[column]);
            own.filter(|at| facts[*at].value != 0.0).count() > 1
        };
        let holds = |(column, value, scale): &&Printed| {
            near(sums[*column], *value, *scale) && several(*column)
        };
        let holding = figures.iter().filter(holds).count();
        if holding > best.map_or(0, |(most, _)| most) {
            best = Some((holding, from));
        }
    }
    let (holding, from) = best?;
    (holding * 2 >= figures.len()).then_some(from)
}
