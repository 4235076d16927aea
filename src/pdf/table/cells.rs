//! Tables of any cells, text among them: `structure` says which lines are heads and rows; here their cells are
//! put into columns. A column is an interval of the page's width that the cells of rows stand in; a cell over several
//! belongs to the first of them.

use std::ops::Range;

use super::column::{self, append, under};
use super::wrap::{self, is_figure, is_period};
use super::{Row, Table, heads};
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::unit::is_unit;
use crate::pdf::{Line, LineKind, Page};

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
        while end < lines.len() {
            // A caption begins a table of its own.
            let is_next = lines[end].place.cells.len() == 1 && is_caption(&lines[end].text);
            let goes_on = in_table(lines[end]) && !lines[end].starts_block && !is_next;
            match goes_on || is_wrapped(&lines[at..], end - at, in_table) {
                true => end += 1,
                false => break,
            }
        }
        let before = at.checked_sub(1).map(|p| lines[p]);
        let title = before.filter(|l| matches!(l.kind, LineKind::Heading(_)));
        let table = table(title.map_or("", |l| &l.text), &lines[at..end]);
        out.push((places[at]..places[end - 1] + 1, table));
        at = end;
    }
    out
}

/// Lines of heads at most that look like rows.
const HEAD_LINES: usize = 8;

/// True where a line among rows goes on with a cell of the one over it: it begins where that does, and rows follow.
fn is_wrapped(lines: &[&Line], at: usize, in_table: impl Fn(&Line) -> bool) -> bool {
    let (above, line) = (lines[at - 1], lines[at]);
    let [(x0, _)] = line.place.cells[..] else {
        return false;
    };
    let step = above.place.y - line.place.y;
    let em = line.place.size.max(1.0);
    let begins = |cell: &(f32, f32)| (cell.0 - x0).abs() < em / 2.0;
    let follow = lines[at + 1..]
        .iter()
        .take(WRAPPED)
        .any(|line| in_table(line));
    follow && step > 0.0 && step <= 1.6 * em && above.place.cells.iter().skip(1).any(begins)
}

/// Lines that a cell is wrapped into at most.
const WRAPPED: usize = 4;

fn table(title: &str, lines: &[&Line]) -> Table {
    let (heads, rows) = lines.split_at(first_row(lines));
    let columns = column::of_rows(rows);
    let has_labels = has_labels(rows, &columns);
    let row = |line: &&Line| wrap::Line {
        row: row(line, &columns, has_labels),
        y: line.place.y,
        size: line.place.size,
    };
    let mut out = Table {
        title: title.to_owned(),
        unit: String::new(),
        head: Vec::new(),
        heads: Vec::new(),
        rows: wrap::joined(rows.iter().map(row).collect()),
    };
    let mut heads = heads::heads(heads, &columns);
    // `Table 6.8: …` right over the heads of its columns.
    if title.is_empty() && heads.len() > 1 && is_caption(&heads[0].text) {
        out.title = heads.remove(0).text;
        heads
            .iter_mut()
            .for_each(|head| head.depth = head.depth.saturating_sub(1));
    }
    out.heads = heads::rows(&heads, columns.len());
    out.head = vec![String::new(); columns.len()];
    for head in heads {
        if out.unit.is_empty() && head.columns.start == 0 && is_unit(&head.text) {
            out.unit = head.text;
            continue;
        }
        for column in &mut out.head[head.columns] {
            append(column, &head.text);
        }
    }
    if !has_labels {
        let all = out.heads.iter_mut().chain(std::iter::once(&mut out.head));
        all.for_each(|row| row.insert(0, String::new()));
    }
    out
}

/// The first line that is no head: where the figures begin, with the labels right over them; of a table of texts,
/// where the names of its columns end. Names in the middle of a table are a row of it.
fn first_row(lines: &[&Line]) -> usize {
    let has_figures = |line: &&Line| {
        let mut behind = line.text.split(COLUMN_GAP).skip(1);
        line.kind == LineKind::Row && behind.any(|cell| is_figure(cell) && !is_period(cell))
    };
    let named = lines.iter().position(|line| line.kind == LineKind::Row);
    let named = named.unwrap_or(0);
    let mut first = match lines.iter().position(has_figures) {
        Some(first) if first <= named + HEAD_LINES => first,
        _ => return named,
    };
    let left = lines[first].place.cells.get(1).map_or(0.0, |cell| cell.0);
    let is_label = |line: &Line| {
        line.kind == LineKind::Row && line.place.cells.iter().all(|cell| cell.1 < left)
    };
    while first > 0 && is_label(lines[first - 1]) {
        first -= 1;
    }
    first
}

/// True of `Table 6.8: …` and `Exhibit 4. …`.
pub fn is_caption(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let number = words.next().unwrap_or_default();
    ["table", "exhibit", "figure"].contains(&first.as_str())
        && number.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the first column has labels, no figures.
fn has_labels(rows: &[&Line], columns: &[(f32, f32)]) -> bool {
    let first = |line: &&&Line| {
        let span = line.place.cells.first();
        span.is_some_and(|span| under(*span, columns).start == 0)
    };
    let own = rows.iter().filter(first).count();
    let labels = rows
        .iter()
        .filter(first)
        .filter(|line| is_labelled(line))
        .count();
    2 * labels > own
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
    !is_figure(first) || line.kind == LineKind::Head
}

/// A line's cells in their columns; one over several stands in the first of them.
fn row(line: &Line, columns: &[(f32, f32)], has_labels: bool) -> Row {
    let mut cells = vec![String::new(); columns.len()];
    for (text, span) in line.text.split(COLUMN_GAP).zip(&line.place.cells) {
        if let Some(cell) = cells.get_mut(under(*span, columns).start) {
            append(cell, text);
        }
    }
    let label = match has_labels && !cells.is_empty() {
        true => cells.remove(0),
        false => String::new(),
    };
    Row { label, cells }
}
