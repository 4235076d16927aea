//! A page's lines laid out for a width: paragraphs flow, the columns of a table stand in line.

use std::ops::RangeInclusive;

use super::text;
use crate::pdf::layout::COLUMN_GAP as GAP;
use crate::pdf::{Line, LineKind};

/// A row on the screen.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub text: String,
    pub kind: LineKind,
    /// Part of the chunk that led here.
    pub marked: bool,
}

/// A line this share of the page's widest runs on into the next.
const FULL: f64 = 0.7;

/// The rows of a page, each at most `width` columns. `marked` are indices into `lines`.
pub fn rows(lines: &[Line], marked: Option<RangeInclusive<u32>>, width: usize) -> Vec<Row> {
    let is_marked = |at: usize| {
        let kind = lines[at].kind;
        let inside = marked.as_ref().is_some_and(|m| m.contains(&(at as u32)));
        inside && !matches!(kind, LineKind::Running | LineKind::Folio)
    };
    let widest = |l: &Line| {
        if l.kind == LineKind::Body {
            text::width(&l.text)
        } else {
            0
        }
    };
    let full = lines.iter().map(widest).max().unwrap_or(0) as f64 * FULL;
    let mut out: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let first = &lines[at];
        let mut end = at + 1;
        let goes_on = |end: usize| {
            let (before, next) = (&lines[end - 1], &lines[end]);
            let alike = next.kind == first.kind || is_table(next.kind) && is_table(first.kind);
            alike
                && match first.kind {
                    LineKind::Head | LineKind::Row => !next.starts_block,
                    LineKind::Body => {
                        !next.starts_block
                            && is_marked(end) == is_marked(at)
                            && text::width(&before.text) as f64 >= full
                    }
                    _ => false,
                }
        };
        while end < lines.len() && goes_on(end) {
            end += 1;
        }
        if first.starts_block && !out.is_empty() {
            out.push(Row {
                text: String::new(),
                kind: first.kind,
                marked: false,
            });
        }
        let block = &lines[at..end];
        match first.kind {
            LineKind::Head | LineKind::Row => {
                for (i, text) in columns(block, width).into_iter().enumerate() {
                    let parts = text::wrap(&text, width);
                    let row = |text| Row {
                        text,
                        kind: block[i].kind,
                        marked: is_marked(at + i),
                    };
                    out.extend(parts.into_iter().map(row));
                }
            }
            kind => {
                let words: Vec<&str> = block.iter().map(|l| l.text.as_str()).collect();
                let row = |text| Row {
                    text,
                    kind,
                    marked: is_marked(at),
                };
                out.extend(text::wrap(&words.join(" "), width).into_iter().map(row));
            }
        }
        at = end;
    }
    out
}

fn is_table(kind: LineKind) -> bool {
    matches!(kind, LineKind::Head | LineKind::Row)
}

/// The lines of a table with their cells in columns, counted from the right: labels may be missing
/// or run over several cells, figures seldom are. Where the columns do not fit, the rows stay as
/// they are.
fn columns(rows: &[Line], width: usize) -> Vec<String> {
    let cells: Vec<Vec<&str>> = rows.iter().map(|r| r.text.split(GAP).collect()).collect();
    let unlabelled = |row: &[&str]| row.len() - usize::from(!is_figure(row[0]));
    let data = |at: &usize| rows[*at].kind == LineKind::Row;
    let count = (0..rows.len())
        .filter(data)
        .map(|at| unlabelled(&cells[at]))
        .max();
    let widest = cells.iter().map(|row| unlabelled(row)).max().unwrap_or(0);
    // Names of all columns have no label among them.
    let figures = |row: &[&str]| {
        if Some(row.len()) == count {
            row.len()
        } else {
            unlabelled(row)
        }
    };
    let count = widest.max(count.unwrap_or(0));
    let mut widths = vec![0; count];
    for row in &cells {
        for (i, cell) in row[row.len() - figures(row)..].iter().rev().enumerate() {
            widths[i] = widths[i].max(text::width(cell));
        }
    }
    let taken: usize = widths.iter().map(|w| w + GAP.len() - 1).sum();
    let label = |row: &[&str]| {
        if figures(row) < row.len() {
            text::width(row[0])
        } else {
            0
        }
    };
    let labels = cells.iter().map(|row| label(row)).max().unwrap_or(0);
    let room = labels.min(width.saturating_sub(taken));
    if count == 0 || room < labels.min(16) {
        return rows.iter().map(|r| r.text.clone()).collect();
    }
    cells
        .iter()
        .map(|row| aligned(row, figures(row), room, &widths))
        .collect()
}

fn aligned(row: &[&str], figures: usize, room: usize, widths: &[usize]) -> String {
    let (head, rest) = row.split_at(row.len() - figures);
    let mut out = text::fit(head.first().unwrap_or(&""), room);
    let end: usize = room + widths.iter().map(|w| w + GAP.len() - 1).sum::<usize>();
    let taken: usize = widths[..rest.len()].iter().map(|w| w + GAP.len() - 1).sum();
    pad(&mut out, end - taken);
    for (i, cell) in rest.iter().enumerate() {
        let column = widths[rest.len() - 1 - i] + GAP.len() - 1;
        let goal = text::width(&out) + column - text::width(cell);
        pad(&mut out, goal);
        out.push_str(cell);
    }
    out
}

fn pad(text: &mut String, width: usize) {
    let missing = width.saturating_sub(text::width(text));
    text.extend(std::iter::repeat_n(' ', missing));
}

/// Whether a row's first cell is a figure or a year already, so that it has no label.
fn is_figure(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '(' | '—' | '–' | '-'))
        && !cell.contains(|c: char| c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, kind: LineKind, starts_block: bool) -> Line {
        Line::new(text, kind, starts_block)
    }

    fn texts(lines: &[Line], width: usize) -> Vec<String> {
        rows(lines, None, width)
            .into_iter()
            .map(|r| r.text)
            .collect()
    }

    #[test]
    fn the_columns_of_a_table_stand_in_line() {
        let lines = [
            line("(in millions)   2023   2022", LineKind::Row, true),
            line("Net sales   $2,184.6   $2,041.3", LineKind::Row, false),
            line("Restructuring   12.4   —", LineKind::Row, false),
            line("9.6   1.2", LineKind::Row, false),
        ];
        let want = [
            "(in millions)      2023      2022",
            "Net sales      $2,184.6  $2,041.3",
            "Restructuring      12.4         —",
            "                    9.6       1.2",
        ];
        assert_eq!(texts(&lines, 60), want);
        let narrow = texts(&lines, 24);
        assert!(
            narrow.iter().all(|row| text::width(row) <= 24),
            "{narrow:?}"
        );
    }

    #[test]
    fn a_paragraph_flows_and_a_list_of_short_lines_does_not() {
        let body = |text, starts| line(text, LineKind::Body, starts);
        let lines = [
            body("We test each reporting unit on October 1 or", true),
            body("earlier when events call for it.", false),
            body("Cleveland, Ohio", true),
            body("February 21, 2024", false),
        ];
        let wide = texts(&lines, 100);
        assert_eq!(
            wide[0],
            "We test each reporting unit on October 1 or earlier when events call for it."
        );
        assert_eq!(wide[1..], ["", "Cleveland, Ohio", "February 21, 2024"]);
        assert_eq!(
            texts(&lines, 20)[..2],
            ["We test each", "reporting unit on"]
        );
    }

    #[test]
    fn a_mark_ends_where_the_chunk_ends() {
        let body = |text| line(text, LineKind::Body, false);
        let lines = [
            body("the first line here"),
            body("the second line too"),
            body("and a third one"),
        ];
        let marked: Vec<bool> = rows(&lines, Some(0..=1), 80)
            .iter()
            .map(|r| r.marked)
            .collect();
        assert_eq!(marked, [true, false]);
    }
}
