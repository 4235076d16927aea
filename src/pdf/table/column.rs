//! Columns: the intervals of the page's width that the cells of a table stand in.

use std::collections::HashSet;
use std::ops::Range;

use crate::pdf::Line;

/// More columns than any table on a sheet has: a made-up page of scattered cells would have as many
/// columns as cells, and each row a text for each of them.
pub const MAX_COLUMNS: usize = 200;

/// A column while it is found.
struct Found {
    x0: f32,
    x1: f32,
    /// The rows that have a cell in it.
    rows: HashSet<usize>,
}

/// The intervals that the cells of the rows stand in, from left to right. Narrow cells come first: a wide one, a note
/// or a title among the rows, that stands over several columns makes none of them one, unless no row tells them apart.
pub fn of_rows(rows: &[&Line]) -> Vec<(f32, f32)> {
    let cells = rows.iter().enumerate().flat_map(|(row, line)| {
        let spans = line.place.cells.iter();
        spans.map(move |(x0, x1)| (row, *x0, *x1))
    });
    let mut cells: Vec<(usize, f32, f32)> = cells.collect();
    cells.sort_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)));
    let mut found: Vec<Found> = Vec::new();
    let mut bridges: Vec<(f32, f32)> = Vec::new();
    for (row, x0, x1) in cells {
        let from = found.partition_point(|column| column.x1 <= x0 + TOUCH);
        let to = found.partition_point(|column| column.x0 < x1 - TOUCH);
        match to.saturating_sub(from) {
            0 if found.len() < MAX_COLUMNS => {
                let rows = HashSet::from([row]);
                found.insert(from, Found { x0, x1, rows });
            }
            0 | 1 => {
                let at = from.min(found.len() - 1);
                let column = &mut found[at];
                column.x0 = column.x0.min(x0);
                column.x1 = column.x1.max(x1);
                column.rows.insert(row);
            }
            _ => bridges.push((x0, x1)),
        }
    }
    united(found, &bridges)
}

/// Cells that overlap by less, in points, do not touch.
const TOUCH: f32 = 0.5;

/// Makes one of neighbours that more cells bridge than rows have apart.
fn united(found: Vec<Found>, bridges: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut out: Vec<Found> = Vec::with_capacity(found.len());
    for column in found {
        let Some(last) = out.last_mut() else {
            out.push(column);
            continue;
        };
        let over = |(x0, x1): &&(f32, f32)| *x0 < last.x1 - TOUCH && *x1 > column.x0 + TOUCH;
        let bridged = bridges.iter().filter(over).count();
        let apart = column.rows.intersection(&last.rows).count();
        if bridged > apart {
            last.x1 = last.x1.max(column.x1);
            last.rows.extend(column.rows);
        } else {
            out.push(column);
        }
    }
    out.into_iter()
        .map(|column| (column.x0, column.x1))
        .collect()
}

/// The columns that a cell stands over, one at least where there are any.
pub fn under(span: (f32, f32), columns: &[(f32, f32)]) -> Range<usize> {
    let over = |c: &(f32, f32)| span.1.min(c.1) - span.0.max(c.0);
    let is_under = |c: &(f32, f32)| over(c) > 0.5 * (c.1 - c.0).min(span.1 - span.0);
    let first = columns.iter().position(is_under);
    let last = columns.iter().rposition(is_under);
    match first.zip(last) {
        Some((first, last)) => first..last + 1,
        None => {
            let all = columns.iter().enumerate();
            let nearest = all.max_by(|a, b| over(a.1).total_cmp(&over(b.1)));
            nearest.map_or(0..0, |(at, _)| at..at + 1)
        }
    }
}

/// Puts `part` behind a text, a space between them.
pub fn append(text: &mut String, part: &str) {
    if !text.is_empty() && !part.is_empty() {
        text.push(' ');
    }
    text.push_str(part);
}
