//! Tables: the cells of a page's tables by row and column.
//!
//! `structure` says which lines are heads and rows; here their cells are put into columns. A column
//! is an interval of the page's width that the figures of some row stand in; a cell belongs to the
//! column it overlaps most.

use serde::Serialize;

use super::layout::COLUMN_GAP;
use super::{Line, LineKind, Page};

/// A table as it stands on its page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The heading right over it, or empty.
    pub title: String,
    /// What the figures are in, as printed: `(in millions)`; or empty.
    pub unit: String,
    /// What stands over the labels and over each column, lines joined by a space.
    pub head: Vec<String>,
    pub rows: Vec<Row>,
}

/// A row: its label and a text for each column, empty where the column has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub label: String,
    pub cells: Vec<String>,
}

/// More columns than any table on a sheet has: a made-up page of scattered cells would have as many
/// columns as cells, and each row a text for each of them.
const MAX_COLUMNS: usize = 200;

/// All tables of a page that comes from extraction (stored lines have no places).
pub fn from_page(page: &Page) -> Vec<Table> {
    let in_table = |l: &Line| matches!(l.kind, LineKind::Head | LineKind::Row);
    let lines: Vec<&Line> = page.lines.iter().filter(|l| !l.is_furniture()).collect();
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
        out.push(table(title.map_or("", |l| &l.text), &lines[at..end]));
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
            let unit = super::structure::is_unit(&row.label) && out.unit.is_empty();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, PageState, Place};

    fn line(kind: LineKind, cells: &[(&str, f32, f32)]) -> Line {
        let texts: Vec<&str> = cells.iter().map(|c| c.0).collect();
        Line {
            place: Place {
                y: 0.0,
                size: 10.0,
                cells: cells.iter().map(|c| (c.1, c.2)).collect(),
            },
            ..Line::new(texts.join(COLUMN_GAP), kind, false)
        }
    }

    #[test]
    fn scattered_cells_make_no_endless_table() {
        let lines = (0..2000).map(|at| {
            let x = 10.0 * at as f32;
            line(
                LineKind::Row,
                &[("Cash", 0.0, 1.0), ("1", x + 5.0, x + 9.0)],
            )
        });
        let page = Page {
            number: 1,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            lines: lines.collect(),
        };
        let tables = from_page(&page);
        assert_eq!(tables[0].rows.len(), 2000);
        assert_eq!(tables[0].rows[1999].cells.len(), MAX_COLUMNS);
        assert_eq!(tables[0].rows[1999].cells[MAX_COLUMNS - 1], "1");
    }

    #[test]
    fn cells_stand_in_their_columns() {
        use LineKind::{Head, Heading, Row as Data};
        let lines = vec![
            line(Heading(2), &[("BALANCE SHEET", 200.0, 300.0)]),
            line(
                Head,
                &[
                    ("(in millions)", 72.0, 130.0),
                    ("2023", 305.0, 330.0),
                    ("2022", 405.0, 430.0),
                ],
            ),
            line(Data, &[("Current assets:", 72.0, 150.0)]),
            line(
                Data,
                &[
                    ("Cash", 72.0, 100.0),
                    ("1,577", 300.0, 330.0),
                    ("1,402", 400.0, 430.0),
                ],
            ),
            line(Data, &[("Loans", 72.0, 100.0), ("(12)", 410.0, 432.0)]),
        ];
        let page = Page {
            number: 1,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            lines,
        };
        let tables = from_page(&page);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].title, "BALANCE SHEET");
        assert_eq!(tables[0].unit, "(in millions)");
        assert_eq!(tables[0].head, ["", "2023", "2022"]);
        let rows: Vec<(&str, Vec<&str>)> = tables[0]
            .rows
            .iter()
            .map(|r| {
                (
                    r.label.as_str(),
                    r.cells.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("Current assets:", vec!["", ""]),
                ("Cash", vec!["1,577", "1,402"]),
                ("Loans", vec!["", "(12)"]),
            ]
        );
    }
}
