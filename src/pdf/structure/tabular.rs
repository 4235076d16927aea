//! Tables: runs of rows with figures, the labels between them, and the heads over them (units,
//! periods, names of columns).

use super::heading;
use crate::pdf::LineKind;
use crate::pdf::layout::{COLUMN_GAP, RawLine, is_right_to_left};
use crate::pdf::unit::is_unit;

/// Rows of one table stand no further apart, in em.
const STEP: f32 = 4.0;
/// A label is no larger than the rows, by this factor.
const LABEL_SIZE: f32 = 1.08;
/// A head stands no further over what is beneath it, in em.
const HEAD_STEP: f32 = 3.2;
/// Lines of heads over a table, and how long one can be.
const HEAD_LINES: usize = 9;
const HEAD_LENGTH: usize = 140;
/// Longest cell of a head.
const HEAD_CELL: usize = 60;

/// For each line of a page, furniture left out: `Row`, `Head`, or none for what is in no table.
pub fn tables(lines: &[&RawLine]) -> Vec<Option<LineKind>> {
    let mut out = vec![None; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if !is_row(lines[at]) {
            at += 1;
            continue;
        }
        let end = end_of_table(lines, at);
        out[at..end].fill(Some(LineKind::Row));
        mark_heads(lines, at, end, &mut out);
        at = end;
    }
    out
}

/// A line of several cells, a figure among them or many of them.
fn is_row(raw: &RawLine) -> bool {
    let figures = raw
        .text
        .chars()
        .any(|c| c.is_ascii_digit() || c == '—' || c == '$');
    raw.cells.len() >= 2 && figures || raw.cells.len() >= 3
}

/// One behind the last row of the table that begins at `first`. Lines without figures belong to it
/// when they stand over its labels and more rows follow.
fn end_of_table(lines: &[&RawLine], first: usize) -> usize {
    let mut figures = first_figure(lines[first]);
    let mut right = last_figure(lines[first]);
    let mut end = first + 1;
    let mut labels = 0;
    for at in first + 1..lines.len() {
        let (before, line) = (lines[at - 1], lines[at]);
        let step = before.y - line.y;
        if step <= 0.0 || step > STEP * line.size.max(1.0) {
            break;
        }
        // A label and periods behind figures begin another table.
        if is_row(line) && labels > 0 && is_head_row(line) {
            break;
        }
        if is_row(line) {
            figures = figures.min(first_figure(line));
            right = right.max(last_figure(line));
            (end, labels) = (at + 1, 0);
            continue;
        }
        labels += 1;
        let is_beside = match line.text.chars().any(is_right_to_left) {
            // Such labels stand right of their figures.
            true => line.x0() >= right - line.size,
            false => line.x1() <= figures + line.size,
        };
        let is_label = line.cells.len() == 1
            && is_beside
            && line.size <= LABEL_SIZE * lines[first].size
            && !heading::is_part_or_item(line);
        if !is_label || labels > 4 {
            break;
        }
    }
    end
}

/// Right edge of the last cell before a label that stands right of them.
fn last_figure(row: &RawLine) -> f32 {
    let before = row.cells.len().checked_sub(2);
    before.map_or(f32::NEG_INFINITY, |at| row.cells[at].1)
}

/// Left edge of the first cell behind the label.
fn first_figure(row: &RawLine) -> f32 {
    row.cells.get(1).map_or(f32::INFINITY, |c| c.0)
}

/// Heads are the first lines of a table that only name periods or columns, and short lines over
/// them that stand over its columns or say its unit.
fn mark_heads(lines: &[&RawLine], first: usize, end: usize, out: &mut [Option<LineKind>]) {
    let mut data = first;
    while data < end && (is_head_row(lines[data]) || is_unit(&lines[data].text)) {
        data += 1;
    }
    if data == end {
        // Nothing but names: a list, not heads without a table.
        data = first;
    }
    out[first..data].fill(Some(LineKind::Head));
    let figures = lines[data..end]
        .iter()
        .map(|row| first_figure(row))
        .fold(f32::INFINITY, f32::min);
    for at in (first.saturating_sub(HEAD_LINES)..first).rev() {
        let (line, below) = (lines[at], lines[at + 1]);
        let step = line.y - below.y;
        let near = step > 0.0 && step <= HEAD_STEP * line.size.max(1.0);
        let short = line.text.len() <= HEAD_LENGTH
            && line
                .text
                .split(COLUMN_GAP)
                .all(|cell| cell.len() <= HEAD_CELL);
        let over = line.x1() > figures && line.x0() > lines[data].x0() + line.size;
        let named = over || line.cells.len() > 1 || is_unit(&line.text);
        if out[at].is_some() || !near || !short || !named || heading::ends_sentence(&line.text) {
            break;
        }
        out[at] = Some(LineKind::Head);
    }
}

/// `2023   2022`, `December 31,   December 31,`, `(in millions)   2023   2022`, `Level 1   Level 2`:
/// no figure but years, days of the month and numbers that name.
fn is_head_row(row: &RawLine) -> bool {
    let mut cells = row.text.split(COLUMN_GAP);
    let label = cells.next().unwrap_or_default();
    let rest: Vec<&str> = cells.collect();
    let labelled = row.x0() < first_figure(row) && !is_period(label) && !is_unit(label);
    let digits = |cell: &str| cell.chars().any(|c| c.is_ascii_digit());
    let named = |cell: &&str| is_period(cell) || is_numbered(cell) || !digits(cell);
    let any_period = rest.iter().any(|c| is_period(c)) || is_period(label);
    let dashes = rest.iter().any(|c| matches!(*c, "—" | "–" | "-" | "$"));
    let words = rest.iter().all(|c| c.chars().any(char::is_alphabetic));
    !dashes && rest.iter().all(named) && (any_period || words || !labelled)
}

/// A word and a number that names it: `Level 3`, `Year 10`.
fn is_numbered(cell: &str) -> bool {
    let Some((word, number)) = cell.rsplit_once(' ') else {
        return false;
    };
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    (1..=2).contains(&number.len()) && digits && word.chars().all(char::is_alphabetic)
}

/// A year, a date, a quarter: `2023`, `December 31, 2023`, `Fiscal 2022`, `Q3`, `May 27,`.
fn is_period(cell: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let lower = cell.to_lowercase();
    let year = |w: &str| w.len() == 4 && w.parse::<u32>().is_ok_and(|y| (1980..2100).contains(&y));
    let mut words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .peekable();
    let first = words.peek().copied().unwrap_or_default();
    let month = first.len() >= 3 && MONTHS.iter().any(|m| first.starts_with(m));
    let figures = cell.chars().filter(char::is_ascii_digit).count();
    let quarter = matches!(first, "q1" | "q2" | "q3" | "q4");
    (words.any(year) && figures <= 10) || (month && figures <= 6) || quarter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_name() {
        for cell in ["Level 3", "Year 10", "Stage 1"] {
            assert!(is_numbered(cell), "{cell}");
        }
        for cell in ["12", "May 27,", "Level 300", "$ 12", "Notes due 26"] {
            assert!(!is_numbered(cell), "{cell}");
        }
    }

    #[test]
    fn periods_and_what_only_looks_like_one() {
        for cell in [
            "2023",
            "December 31, 2023",
            "Fiscal 2022",
            "May 27,",
            "Q3",
            "2022 (1)",
        ] {
            assert!(is_period(cell), "{cell}");
        }
        for cell in ["2,023", "1,577", "Total", "$2,184.6", "20%"] {
            assert!(!is_period(cell), "{cell}");
        }
    }
}
