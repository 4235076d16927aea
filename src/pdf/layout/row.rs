//! Rows: what stands on one baseline of a table goes on one line; then all lines are put in
//! reading order.

use super::column::{self, Slot};
use super::segment::{Cell, Segment};
use super::{COLUMN_GAP, RawLine};
use crate::pdf::clean::is_nil;
use crate::pdf::ruled::{MIDDLE, Ruled};

/// Baselines that differ by less, in em of the smaller text, are one row: producers set figures a
/// third of an em below their label.
const ROW_SHIFT: f32 = 0.5;
/// How far a figure may stand from its currency sign, in em.
const SIGN_GAP: f32 = 9.0;
/// How far a text of a cell may reach into the next one, in em.
const TOUCH: f32 = 1.5;
/// Rows further apart, in em, are not of one table.
const TABLE_STEP: f32 = 4.0;
/// Lines of column heads over the first row of a table, and how long a cell of them can be.
const HEAD_LINES: usize = 7;
const HEAD_LENGTH: usize = 45;

/// Leader dots come nearer than this, in em, to what they lead from or to.
const LEADER_GAP: f32 = 1.5;
/// Rows that make a table of text, how far apart, in em, and how well aligned, in points.
const LIST_ROWS: usize = 5;
const LIST_STEP: f32 = 2.2;
const LIST_EDGE: f32 = 3.0;

/// Cells on one baseline, by their places in the list of cells, left to right.
struct Row {
    cells: Vec<usize>,
    y: f32,
    size: f32,
    slot: Option<Slot>,
    /// Part of a table: all its cells go on one line.
    tabular: bool,
    /// Rows of one table have one number.
    table: Option<usize>,
}

/// The lines of segments in reading order; no cell stands over a border of `ruled`.
pub fn lines(segments: Vec<Segment>, ruled: &[Ruled]) -> Vec<RawLine> {
    let cells = cells(segments, ruled);
    let mut rows = rows(&cells);
    for row in &mut rows {
        row.tabular = row.cells.len() > 1 && row.cells.iter().any(|&i| cells[i].figure);
    }
    mark_lists(&mut rows, &cells);
    mark_heads(&mut rows, &cells);
    number_tables(&mut rows);
    in_order(&rows, cells)
}

fn cells(segments: Vec<Segment>, ruled: &[Ruled]) -> Vec<Cell> {
    let mut out: Vec<Cell> = Vec::with_capacity(segments.len());
    for (order, segment) in segments.into_iter().enumerate() {
        let borders = borders(&segment, ruled);
        let parts = segment.cells().into_iter();
        for segment in parts.flat_map(|part| part.parted(&borders)) {
            out.push(Cell {
                figure: segment.is_figure(),
                order,
                segment,
            });
        }
    }
    joined_signs(out)
}

/// The borders that a segment may stand over, from left to right.
fn borders(segment: &Segment, ruled: &[Ruled]) -> Vec<f32> {
    let middle = segment.y + MIDDLE * segment.size;
    let mut out: Vec<f32> = ruled.iter().flat_map(|t| t.borders(middle)).collect();
    out.retain(|x| (segment.x0..segment.x1).contains(x));
    out.sort_by(f32::total_cmp);
    out.dedup();
    out
}

/// `$` joins the figure behind it, `)` and `%` the one before, when they were drawn in turn.
fn joined_signs(cells: Vec<Cell>) -> Vec<Cell> {
    let mut out: Vec<Cell> = Vec::with_capacity(cells.len());
    for mut cell in cells {
        let same = |last: &&mut Cell| last.order == cell.order && !last.figure && cell.figure;
        if let Some(label) = out.last_mut().filter(same) {
            label.segment.hand_over_sign(&mut cell.segment);
        }
        let joins = |last: &Cell| {
            let em = last.segment.size.max(1.0);
            let gap = cell.segment.x0 - last.segment.x1;
            let sign = last.segment.is_currency() && gap < SIGN_GAP * em
                || cell.segment.is_closing() && gap < 1.5 * em;
            cell.figure
                && last.figure
                && sign
                && gap > -0.5 * em
                && (cell.segment.y - last.segment.y).abs() <= ROW_SHIFT * em
        };
        match out.last_mut().filter(|last| joins(last)) {
            Some(last) => last.segment.append(cell.segment),
            None => out.push(cell),
        }
    }
    out
}

/// Groups cells by baseline, from top to foot.
fn rows(cells: &[Cell]) -> Vec<Row> {
    let slots = column::slots(cells);
    let mut by_height: Vec<usize> = (0..cells.len()).collect();
    by_height.sort_by(|&a, &b| {
        let (a, b) = (&cells[a].segment, &cells[b].segment);
        b.y.total_cmp(&a.y).then(a.x0.total_cmp(&b.x0))
    });
    let mut out: Vec<Row> = Vec::new();
    for at in by_height {
        let (cell, slot) = (&cells[at], slots[at]);
        let fits = |row: &Row| {
            let em = row.size.min(cell.segment.size).max(1.0);
            row.slot == slot
                && row.y - cell.segment.y <= ROW_SHIFT * em
                && row
                    .cells
                    .iter()
                    .all(|&i| apart(&cells[i].segment, &cell.segment))
        };
        // Rows come from top to foot: only the last few can be near.
        let recent = out.len().saturating_sub(8);
        let nearest = out[recent..].iter_mut().rev().find(|row| fits(row));
        match nearest {
            Some(row) => row.cells.push(at),
            None => out.push(Row {
                cells: vec![at],
                y: cell.segment.y,
                size: cell.segment.size,
                slot,
                tabular: false,
                table: None,
            }),
        }
    }
    for row in &mut out {
        let left = |&i: &usize| cells[i].segment.x0;
        row.cells.sort_by(|a, b| left(a).total_cmp(&left(b)));
    }
    out
}

fn apart(a: &Segment, b: &Segment) -> bool {
    let overlap = a.x1.min(b.x1) - a.x0.max(b.x0);
    let em = a.size.min(b.size);
    // A long text of a cell touches the next one, on one baseline.
    let touches = (a.y - b.y).abs() < 0.1 * em && overlap < 0.3 * (a.x1 - a.x0).min(b.x1 - b.x0);
    overlap <= 0.3 * em || touches && overlap <= TOUCH * em
}

/// Rows of text alone are a table when several in a row have their cells at the same left edges, as
/// in a list of subsidiaries and their countries.
fn mark_lists(rows: &mut [Row], cells: &[Cell]) {
    let alike = |a: &Row, b: &Row| {
        let edges = |row: &Row| {
            row.cells
                .iter()
                .map(|&i| cells[i].segment.x0)
                .collect::<Vec<_>>()
        };
        let (left, right) = (edges(a), edges(b));
        left.len() > 1
            && left.len() == right.len()
            && a.slot == b.slot
            && a.y - b.y <= LIST_STEP * a.size
            && left
                .iter()
                .zip(&right)
                .all(|(l, r)| (l - r).abs() <= LIST_EDGE)
    };
    for run in rows.chunk_by_mut(|a, b| alike(a, b)) {
        if run.len() >= LIST_ROWS {
            run.iter_mut().for_each(|row| row.tabular = true);
        }
    }
}

/// Column heads stand close over a table's first row and over its columns; their cells are often
/// drawn one by one, each over several lines.
fn mark_heads(rows: &mut [Row], cells: &[Cell]) {
    for first in 1..rows.len() {
        if !rows[first].tabular || rows[first - 1].tabular {
            continue;
        }
        let labelled = rows[first].cells.first().is_some_and(|&i| !cells[i].figure);
        let columns = spans(&rows[first], cells).skip(usize::from(labelled));
        let mut columns: Vec<(f32, f32)> = columns.collect();
        for at in (first.saturating_sub(HEAD_LINES)..first).rev() {
            let (row, below) = (&rows[at], &rows[at + 1]);
            let short = row
                .cells
                .iter()
                .all(|&i| cells[i].segment.len() <= HEAD_LENGTH);
            let over: Vec<(f32, f32)> = spans(row, cells)
                .filter(|span| columns.iter().any(|c| span.0 < c.1 && c.0 < span.1))
                .collect();
            let near = row.y - below.y <= 2.2 * row.size;
            let wanted = row.cells.len().div_ceil(2);
            // `Current assets:` may stand between the heads and the first row of figures.
            let label = over.is_empty() && row.cells.len() == 1;
            let heads = over.len() >= wanted || label;
            if row.tabular || !short || !near || !heads || row.slot != below.slot {
                break;
            }
            columns.extend(over);
            rows[at].tabular = !label;
        }
    }
}

fn spans<'a>(row: &'a Row, cells: &'a [Cell]) -> impl Iterator<Item = (f32, f32)> + 'a {
    let span = |&i: &usize| (cells[i].segment.x0, cells[i].segment.x1);
    row.cells.iter().map(span)
}

/// Numbers runs of tabular rows; labels between two of them belong to the table.
fn number_tables(rows: &mut [Row]) {
    let mut table = 0;
    let mut last: Option<usize> = None;
    for at in 0..rows.len() {
        if !rows[at].tabular {
            continue;
        }
        let row = &rows[at];
        let goes_on = last.filter(|&l| {
            let previous: &Row = &rows[l];
            previous.slot == row.slot
                && previous.y - row.y <= TABLE_STEP * row.size.max(1.0)
                && at - l <= 3
        });
        match goes_on {
            Some(l) => rows[l + 1..=at]
                .iter_mut()
                .for_each(|r| r.table = Some(table)),
            None => {
                table += 1;
                rows[at].table = Some(table);
            }
        }
        last = Some(at);
    }
}

/// Where a line comes in the reading order: by the order of drawing, tables and columns together at
/// the place of their first part.
#[derive(PartialEq, PartialOrd)]
struct Key(usize, usize, f32, usize);

fn in_order(rows: &[Row], cells: Vec<Cell>) -> Vec<RawLine> {
    let first_of = |row: &Row| row.cells.iter().map(|&i| cells[i].order).min();
    let mut tables: Vec<usize> = Vec::new();
    let mut regions: Vec<usize> = Vec::new();
    for row in rows {
        let order = first_of(row).unwrap_or(0);
        let note = |list: &mut Vec<usize>, at: usize| {
            if list.len() <= at {
                list.resize(at + 1, usize::MAX);
            }
            list[at] = list[at].min(order);
        };
        if let Some(table) = row.table {
            note(&mut tables, table);
        }
        if let Some(slot) = row.slot {
            note(&mut regions, slot.region);
        }
    }
    let mut keyed: Vec<(Key, Vec<usize>)> = Vec::with_capacity(rows.len());
    for row in rows {
        for (order, line) in parts(row, &cells) {
            let key = match (row.slot, row.table) {
                (Some(slot), _) if slot.across => {
                    Key(regions[slot.region], slot.column, -row.y, order)
                }
                (_, Some(table)) => Key(tables[table], 0, -row.y, order),
                (_, None) => Key(order, 0, 0.0, order),
            };
            keyed.push((key, line));
        }
    }
    keyed.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
    keyed
        .into_iter()
        .filter_map(|(_, line)| raw_line(&line, &cells))
        .collect()
}

/// The lines of a row: one of a table's, otherwise what was drawn together stays together.
fn parts(row: &Row, cells: &[Cell]) -> Vec<(usize, Vec<usize>)> {
    let order = |&i: &usize| cells[i].order;
    // What was drawn from left to right on one baseline is a row as well, figures or not.
    let in_turn = |w: &[usize]| cells[w[1]].order.wrapping_sub(cells[w[0]].order) <= 1;
    if row.tabular || row.cells.windows(2).all(in_turn) {
        let first = row.cells.iter().map(order).min().unwrap_or(0);
        return vec![(first, row.cells.clone())];
    }
    let mut out: Vec<(usize, Vec<usize>)> = Vec::new();
    for &i in &row.cells {
        match out.iter_mut().find(|(o, _)| *o == cells[i].order) {
            Some((_, line)) => line.push(i),
            None => out.push((cells[i].order, vec![i])),
        }
    }
    out
}

/// Whether a cell stands away from its neighbours as a figure of a column does, and leads to none of them.
fn stands_apart(line: &[usize], at: usize, cells: &[Cell]) -> bool {
    let own = &cells[line[at]].segment;
    let before = at.checked_sub(1).map(|b| &cells[line[b]].segment);
    let behind = line.get(at + 1).map(|b| &cells[*b].segment);
    let gaps = [before.map(|b| own.x0 - b.x1), behind.map(|b| b.x0 - own.x1)];
    let em = own.size.max(1.0);
    at > 0 && gaps.into_iter().flatten().all(|gap| gap > LEADER_GAP * em)
}

fn raw_line(line: &[usize], cells: &[Cell]) -> Option<RawLine> {
    let mut out = RawLine {
        text: String::new(),
        y: 0.0,
        size: 0.0,
        bold: true,
        quarter: 0,
        cells: Vec::with_capacity(line.len()),
    };
    let tenth = |x: f32| (x * 10.0).round() / 10.0;
    for (at, &i) in line.iter().enumerate() {
        let segment = &cells[i].segment;
        let text = segment.text();
        // Leader dots alone are no cell.
        let is_dots = text.chars().all(|c| c == '.' || c == ' ');
        if is_dots && !(is_nil(&text) && stands_apart(line, at, cells)) {
            continue;
        }
        if !out.text.is_empty() {
            out.text.push_str(COLUMN_GAP);
        }
        out.text.push_str(&text);
        out.bold &= segment.is_bold();
        out.cells.push((tenth(segment.x0), tenth(segment.x1)));
        if segment.size > out.size {
            (out.size, out.y) = (tenth(segment.size), tenth(segment.y));
        }
    }
    (!out.text.is_empty()).then_some(out)
}
