//! Tables drawn in lines: a text stands in the cell that is drawn around it, however many lines it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::column::append;
use super::wrap::{is_figure, is_period};
use super::{Row, Table, unit};
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::ruled::{Cell, MIDDLE, Ruled};
use crate::pdf::{Line, LineKind, Page};

/// Cells with a text that make a table.
const LEAST_FILLED: usize = 4;
/// The number of the first column that is drawn: one may stand left of it.
const FIRST: usize = 1;
/// Rows that one drawn row is parted into at most, and how far apart, in points, figures of one of them stand.
const MOST_ROWS: usize = 4;
const SAME_LINE: f32 = 2.0;
/// Rows of heads at most.
const HEAD_ROWS: usize = 5;

/// A text in its cell.
struct Text<'a> {
    row: usize,
    columns: Range<usize>,
    text: &'a str,
    line: usize,
}

/// The tables of a page whose rows are drawn, each with its lines on the page.
pub fn tables(page: &Page) -> Vec<(Range<usize>, Table)> {
    let own = page.ruled.iter().filter_map(|ruled| table(page, ruled));
    own.collect()
}

fn table(page: &Page, ruled: &Ruled) -> Option<(Range<usize>, Table)> {
    let mut texts = texts(page, ruled);
    split_rows(page, &mut texts);
    let rows: BTreeSet<usize> = texts.iter().map(|text| text.row).collect();
    let columns: BTreeSet<usize> = texts.iter().map(|text| text.columns.start).collect();
    let is_table = rows.len() > 1 && columns.len() > 1 && texts.len() >= LEAST_FILLED;
    if !is_table || !are_rows_drawn(&texts) || !are_columns_drawn(&texts) {
        return None;
    }
    let rows: Vec<usize> = rows.into_iter().collect();
    let columns: Vec<usize> = columns.into_iter().collect();
    let mut cells = vec![vec![String::new(); columns.len()]; rows.len()];
    let mut spans = vec![vec![1; columns.len()]; rows.len()];
    for text in &texts {
        let row = rows.partition_point(|row| *row < text.row);
        let column = columns.partition_point(|column| *column < text.columns.start);
        append(&mut cells[row][column], text.text);
        let end = columns.partition_point(|column| *column < text.columns.end);
        spans[row][column] = end - column;
    }
    let lines = texts.iter().map(|text| text.line);
    let (from, to) = (lines.clone().min()?, lines.max()? + 1);
    Some((from..to, put_together(page, from, cells, &spans)))
}

/// The texts of the table, by line and from left to right.
fn texts<'a>(page: &'a Page, ruled: &Ruled) -> Vec<Text<'a>> {
    let mut out: Vec<(f32, Text<'a>)> = Vec::new();
    for (at, line) in page.lines.iter().enumerate() {
        let y = line.place.y + MIDDLE * line.place.size;
        for (text, span) in line.text.split(COLUMN_GAP).zip(&line.place.cells) {
            let middle = (span.0 + span.1) / 2.0;
            let Some(cell) = ruled.at(middle, y) else {
                continue;
            };
            let right = |other: &&Cell| other.x0 < cell.x1 - 1.0;
            let end = ruled.cells.iter().filter(right).map(|c| c.column + 1).max();
            let text = Text {
                row: cell.row,
                columns: FIRST + cell.column..FIRST + end.unwrap_or(cell.column + 1),
                text,
                line: at,
            };
            out.push((line.place.y, text));
        }
    }
    out.extend(outside(page, ruled, &out));
    // Lines of one cell may be drawn in any order; what stands on one line keeps its own.
    out.sort_by(|a, b| b.0.total_cmp(&a.0));
    out.into_iter().map(|(_, text)| text).collect()
}

/// Labels left of a table that lines enclose without them, where most of its rows have one on their line.
fn outside<'a>(page: &'a Page, ruled: &Ruled, inside: &[(f32, Text<'a>)]) -> Vec<(f32, Text<'a>)> {
    let left = ruled.cells.iter().map(|cell| cell.x0);
    let left = left.fold(f32::INFINITY, f32::min);
    let mut out: Vec<(f32, Text<'a>)> = Vec::new();
    for pair in inside.chunk_by(|a, b| a.1.line == b.1.line) {
        let (y, first) = &pair[0];
        let line = &page.lines[first.line];
        let labels = line.text.split(COLUMN_GAP).zip(&line.place.cells);
        out.extend(labels.filter(|(_, span)| span.1 < left).map(|(text, _)| {
            let text = Text {
                row: first.row,
                columns: 0..FIRST,
                text,
                line: first.line,
            };
            (*y, text)
        }));
    }
    let rows = |texts: &[(f32, Text<'_>)]| -> usize {
        texts
            .iter()
            .map(|(_, text)| text.row)
            .collect::<BTreeSet<_>>()
            .len()
    };
    match 2 * rows(&out) > rows(inside) {
        true => out,
        false => Vec::new(),
    }
}

/// Parts drawn rows of which each column of figures has the same few, one under the other, on the same lines: two rows
/// beside a name that spans both. A text that has as many lines goes with them, any other with the first.
fn split_rows(page: &Page, texts: &mut [Text<'_>]) {
    let mut splits: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    for (row, columns) in figures_by_row(page, texts) {
        let (Some(first), Some(last)) = (columns.values().next(), columns.values().next_back())
        else {
            continue;
        };
        let is_same = |other: &Vec<f32>| {
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < SAME_LINE;
            other.len() == first.len() && other.iter().zip(first).all(near)
        };
        if (2..=MOST_ROWS).contains(&last.len()) && columns.values().all(is_same) {
            splits.insert(row, first.clone());
        }
    }
    let lines_of = |row: usize, column: usize, texts: &[Text<'_>]| {
        let own = texts
            .iter()
            .filter(|t| (t.row, t.columns.start) == (row, column));
        own.map(|t| t.line).collect::<BTreeSet<usize>>().len()
    };
    let below: Vec<usize> = texts
        .iter()
        .map(|text| {
            let Some(lines) = splits.get(&text.row) else {
                return 0;
            };
            if lines_of(text.row, text.columns.start, texts) != lines.len() {
                return 0;
            }
            let y = page.lines[text.line].place.y;
            let far = |at: &usize| (lines[*at] - y).abs();
            let nearest = (0..lines.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
            nearest.unwrap_or(0)
        })
        .collect();
    for (text, below) in texts.iter_mut().zip(below) {
        text.row = text.row * MOST_ROWS + below;
    }
}

/// Where the figures of each drawn row stand, column by column, from the top down.
fn figures_by_row(page: &Page, texts: &[Text<'_>]) -> BTreeMap<usize, BTreeMap<usize, Vec<f32>>> {
    let mut out: BTreeMap<usize, BTreeMap<usize, Vec<f32>>> = BTreeMap::new();
    for text in texts
        .iter()
        .filter(|text| is_figure(text.text) && !is_period(text.text))
    {
        let row = out.entry(text.row).or_default();
        let lines = row.entry(text.columns.start).or_default();
        lines.push(page.lines[text.line].place.y);
    }
    for lines in out.values_mut().flat_map(BTreeMap::values_mut) {
        lines.sort_by(|a, b| b.total_cmp(a));
    }
    out
}

/// Whether lines part its rows: a cell that has several figures one under the other is a column, whose rows are not
/// drawn.
fn are_rows_drawn(texts: &[Text<'_>]) -> bool {
    let mut figures: Vec<(usize, usize, usize)> = texts
        .iter()
        .filter(|text| is_figure(text.text) && !is_period(text.text))
        .map(|text| (text.row, text.columns.start, text.line))
        .collect();
    figures.sort_unstable();
    let is_one = |pair: &&[(usize, usize, usize)]| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1);
    let stacked = figures.windows(2).filter(is_one).count();
    figures.is_empty() || stacked * STACKED < figures.len()
}

/// Whether lines part its columns: a cell that has a figure behind another text of its line has columns that are not drawn.
fn are_columns_drawn(texts: &[Text<'_>]) -> bool {
    let figures = texts.iter().filter(|text| is_figure(text.text)).count();
    let is_one = |pair: &&[Text<'_>]| {
        let place = |text: &Text<'_>| (text.row, text.columns.start, text.line);
        place(&pair[0]) == place(&pair[1]) && is_figure(pair[1].text)
    };
    texts.windows(2).filter(is_one).count() * STACKED <= figures
}

/// Of so many figures one may stand under another in its cell, or behind one.
const STACKED: usize = 10;

fn put_together(page: &Page, from: usize, cells: Vec<Vec<String>>, spans: &[Vec<usize>]) -> Table {
    let heads = first_row(&cells);
    let labels = cells[heads..].iter().map(|row| &row[0]);
    let filled = labels.filter(|label| !label.is_empty());
    let (figures, texts): (Vec<&String>, Vec<&String>) = filled.partition(|label| is_figure(label));
    let has_labels = texts.len() > figures.len();
    let with_label = |row| with_label(row, has_labels);
    let mut head = vec![String::new(); cells[0].len()];
    for (row, spans) in cells[..heads].iter().zip(spans) {
        for (at, text) in row.iter().enumerate() {
            let end = (at + spans[at]).min(head.len());
            head[at..end].iter_mut().for_each(|own| append(own, text));
        }
    }
    let is_unit = |text: &&String| unit::is_unit(text);
    let unit = cells[..heads].iter().flatten().find(is_unit).cloned();
    let mut rows = cells.into_iter().map(with_label);
    Table {
        title: title(page, from),
        unit: unit.unwrap_or_default(),
        heads: rows.by_ref().take(heads).collect(),
        head: with_label(head),
        rows: rows
            .map(|mut row| Row {
                label: row.remove(0),
                cells: row,
            })
            .collect(),
    }
}

/// The row, an empty label before it where the table has none.
fn with_label(mut row: Vec<String>, has_labels: bool) -> Vec<String> {
    if !has_labels {
        row.insert(0, String::new());
    }
    row
}

/// The first row that is no head: the first with figures, else the second.
fn first_row(cells: &[Vec<String>]) -> usize {
    let has_figures = |row: &Vec<String>| {
        let mut behind = row.iter().skip(1);
        behind.any(|cell| is_figure(cell) && !is_period(cell))
    };
    match cells.iter().position(has_figures) {
        Some(first) if first <= HEAD_ROWS => first,
        _ => 1,
    }
}

/// The heading or caption right over it.
fn title(page: &Page, from: usize) -> String {
    let free = |line: &&Line| !line.is_furniture();
    let before = page.lines[..from].iter().rev().find(free);
    let is_title = |line: &&Line| {
        matches!(line.kind, LineKind::Heading(_)) || super::cells::is_caption(&line.text)
    };
    before
        .filter(is_title)
        .map_or_else(String::new, |line| line.text.clone())
}
