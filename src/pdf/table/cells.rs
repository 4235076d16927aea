//! Tables of any cells, text among them: `structure` says which lines are heads and rows; here their cells are
//! put into columns. A column is an interval of the page's width that the cells of some row stand in; a cell
//! belongs to the column it overlaps most.

use std::ops::Range;

use super::{Row, Table};
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::unit::is_unit;
use crate::pdf::{Line, LineKind, Page};

/// More columns than any table on a sheet has: a made-up page of scattered cells would have as many
/// columns as cells, and each row a text for each of them.
pub const MAX_COLUMNS: usize = 200;

/// The tables of a page, each with its lines on the page.
pub fn tables(page: &Page) -> Vec<(Range<usize>, Table)> {
    let free = page
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.is_furniture());
    let (places, lines): (Vec<usize>, Vec<&Line>) = free.unzip();
    let in_table = |l: &Line| matches!(l.kind, LineKind::Head | LineKind::Row);
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if !in_table(lines[at]) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < lines.len() && in_table(lines[end]) && !lines[end].starts_block {
            end += 1;
        }
        let before = at.checked_sub(1).map(|p| lines[p]);
        let title = before.filter(|l| matches!(l.kind, LineKind::Heading(_)));
        let table = table(title.map_or("", |l| &l.text), &lines[at..end]);
        out.push((places[at]..places[end - 1] + 1, table));
        at = end;
    }
    out
}

fn table(title: &str, lines: &[&Line]) -> Table {
    let columns = columns(lines);
    let mut out = Table {
        title: title.to_owned(),
        unit: String::new(),
        head: vec![String::new(); columns.len() + 1],
        rows: Vec::new(),
    };
    for line in lines {
        let row = placed(line, &columns);
        if line.kind == LineKind::Head {
            let unit = is_unit(&row.label) && out.unit.is_empty();
            if unit {
                out.unit.clone_from(&row.label);
            }
            let label = if unit { "" } else { row.label.as_str() };
            let parts = std::iter::once(label).chain(row.cells.iter().map(String::as_str));
            for (head, part) in out.head.iter_mut().zip(parts) {
                append(head, part);
            }
        } else {
            out.rows.push(row);
        }
    }
    out
}

fn append(text: &mut String, part: &str) {
    if !text.is_empty() && !part.is_empty() {
        text.push(' ');
    }
    text.push_str(part);
}

/// The intervals that the cells behind the labels stand in, over all rows.
fn columns(lines: &[&Line]) -> Vec<(f32, f32)> {
    let rows = lines.iter().filter(|l| l.kind == LineKind::Row);
    let mut spans: Vec<(f32, f32)> = rows
        .flat_map(|l| {
            l.place
                .cells
                .iter()
                .skip(usize::from(is_labelled(l)))
                .copied()
        })
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out: Vec<(f32, f32)> = Vec::new();
    for (x0, x1) in spans {
        let full = out.len() == MAX_COLUMNS;
        match out.last_mut() {
            Some(last) if x0 < last.1 || full => last.1 = last.1.max(x1),
            _ => out.push((x0, x1)),
        }
    }
    out
}

/// Whether the first cell is a label, no figure. A year before figures is one, before another year
/// it is not.
fn is_labelled(line: &Line) -> bool {
    let mut cells = line.text.split(COLUMN_GAP);
    let first = cells.next().unwrap_or_default();
    let year = |cell: &str| {
        let century = cell.starts_with("19") || cell.starts_with("20");
        century && cell.len() == 4 && cell.bytes().all(|b| b.is_ascii_digit())
    };
    if year(first) && cells.next().is_some_and(|cell| !year(cell)) {
        return true;
    }
    let figure = first.starts_with(|c: char| c.is_ascii_digit() || "$(—–-".contains(c))
        && !first.contains(char::is_alphabetic);
    !figure || line.kind == LineKind::Head
}

fn placed(line: &Line, columns: &[(f32, f32)]) -> Row {
    let mut row = Row {
        label: String::new(),
        cells: vec![String::new(); columns.len()],
    };
    let first_column = columns.first().map_or(f32::INFINITY, |c| c.0);
    let texts = line.text.split(COLUMN_GAP);
    for (at, (text, span)) in texts.zip(&line.place.cells).enumerate() {
        let leads = at == 0 && span.0 < first_column;
        // A name of the first column may begin left of it.
        let names_column = line.kind == LineKind::Head && span.1 > first_column;
        if leads && is_labelled(line) && !names_column {
            append(&mut row.label, text);
            continue;
        }
        let over = |c: &(f32, f32)| span.1.min(c.1) - span.0.max(c.0);
        let best = columns
            .iter()
            .enumerate()
            .max_by(|a, b| over(a.1).total_cmp(&over(b.1)));
        if let Some((column, _)) = best {
            append(&mut row.cells[column], text);
        }
    }
    row
}
