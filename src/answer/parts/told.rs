//! What is told of a part: its figure, its growth, its share of the whole.

use super::super::render;
use crate::book::grid::{Cell, Row};
use crate::fact::Axis;
use crate::statement::period::Period;

/// What of a part's figures is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Figure,
    Growth,
    /// Of the company's figure of the same item.
    Share,
}

/// A part with what of it is wanted, and the cells that prove it.
pub struct Told<'a> {
    pub row: &'a Row,
    pub period: Period,
    pub wants: Wants,
    pub value: f64,
    pub cells: Vec<Cell>,
}

/// What is wanted of a row in a period; none where it lacks a figure for it, or grew from what no report sets beside it:
/// `pair` has the figures of this year and the last that one does.
pub fn told<'a>(
    row: &'a Row,
    period: Period,
    wants: Wants,
    whole: Option<&Row>,
    pair: Option<[Cell; 2]>,
) -> Option<Told<'a>> {
    let cell = |row: &Row, period: Period| {
        let cell = row.cells.iter().find(|cell| cell.period == period)?;
        Some((cell.clone(), cell.value?))
    };
    let (value, cells) = match wants {
        Wants::Figure => {
            let (now, value) = cell(row, period)?;
            (value, vec![now])
        }
        Wants::Growth => {
            let [now, before] = pair?;
            let base = before.value.filter(|base| *base > 0.0)?;
            (now.value? / base - 1.0, vec![now, before])
        }
        Wants::Share => {
            let (now, value) = cell(row, period)?;
            let (all, total) = cell(whole?, period)?;
            (total > 0.0).then_some((value / total, vec![now, all]))?
        }
    };
    Some(Told {
        row,
        period,
        wants,
        value,
        cells,
    })
}

/// What a part is called, without what tells it from others of its name in a grid.
pub fn part<'a>(own: &Told<'a>) -> &'a str {
    let name = own.row.part.as_deref().unwrap_or_default();
    let axes = Axis::ALL.map(|axis| format!(" ({})", axis.as_str()));
    let mut plain = axes
        .iter()
        .filter_map(|axis| name.strip_suffix(axis.as_str()));
    plain.next().unwrap_or(name)
}

/// The figure of a part as people read it.
pub fn write(own: &Told<'_>) -> String {
    match own.wants {
        Wants::Growth => format!("{:+.1} %", own.value * 100.0),
        Wants::Share => format!("{:.1} %", own.value * 100.0),
        Wants::Figure => render::grid_figure(own.row, own.value),
    }
}

/// The amounts between which a growth or a share lies.
pub fn amounts(own: &Told<'_>) -> String {
    let [now, other] = own.cells.as_slice() else {
        return String::new();
    };
    let amount = |cell: &Cell| render::grid_figure(own.row, cell.value.unwrap_or_default());
    let between = match own.wants {
        Wants::Share => "of",
        _ => "after",
    };
    format!(" ({} {between} {})", amount(now), amount(other))
}
