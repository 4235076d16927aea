//! Tables: the cells of a page's tables by row and column.
//!
//! `grid` reads tables of figures by where these stand, and knows which heads stand over which column; facts
//! are made of its rows. `lined` takes the cells that lines draw, `cells` puts any other table into columns, text and all. `token` is what a cell holds.

mod cells;
mod column;
pub mod grid;
mod heads;
mod lined;
pub mod token;
mod wrap;

use std::ops::Range;

use serde::Serialize;

use super::{Page, unit};
use grid::Grid;

/// A table as it stands on its page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The heading right over it, or empty.
    pub title: String,
    /// What the figures are in, as printed: `(in millions)`; or empty.
    pub unit: String,
    /// What stands over the labels and over each column, lines joined by a space.
    pub head: Vec<String>,
    /// The same as it stands there, row by row: a head over several columns once, over the first of them.
    pub heads: Vec<Vec<String>>,
    pub rows: Vec<Row>,
}

/// A row: its label and a text for each column, empty where the column has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub label: String,
    pub cells: Vec<String>,
}

/// Lines of a table of cells that its grid may leave out.
const OUTSIDE: usize = 2;

/// All tables of a page, from top to bottom: as lines draw them, else as a grid where that has all that the cells have.
pub fn from_page(page: &Page) -> Vec<Table> {
    let lined = lined::tables(page);
    let is_lined = |lines: &Range<usize>| lined.iter().any(|(own, _)| touch(own, lines));
    let mut out = cells::tables(page);
    out.retain(|(lines, _)| !is_lined(lines));
    let grids = grid::grids(page).into_iter();
    for grid in grids.filter(|grid| grid.is_whole && !is_lined(&grid.lines)) {
        // A note under the rows or a title over them is no row.
        let holds = |lines: &Range<usize>| {
            let before = grid.lines.start.saturating_sub(lines.start);
            before + lines.end.saturating_sub(grid.lines.end) <= OUTSIDE
        };
        let touches = |lines: &Range<usize>| touch(lines, &grid.lines);
        let touched: Vec<&(Range<usize>, Table)> =
            out.iter().filter(|(lines, _)| touches(lines)).collect();
        let rows: usize = touched.iter().map(|(_, table)| table.rows.len()).sum();
        // It unites what cells have in pieces, or has rows or heads that they lack.
        let lack_heads = touched.iter().all(|(_, table)| table.heads.is_empty());
        let has_heads = grid.columns.iter().any(|column| !column.heads.is_empty());
        let has_more = touched.len() > 1 || grid.rows.len() > rows || lack_heads && has_heads;
        if has_more && !touched.is_empty() && touched.iter().all(|(lines, _)| holds(lines)) {
            out.retain(|(lines, _)| !touches(lines));
            out.push((grid.lines.clone(), of_figures(&grid)));
        }
    }
    out.extend(lined);
    out.sort_by_key(|(lines, _)| lines.start);
    out.into_iter().map(|(_, table)| table).collect()
}

fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// A table of figures as texts.
fn of_figures(grid: &Grid) -> Table {
    let unit = grid
        .stub
        .iter()
        .chain(&grid.above)
        .find(|text| unit::is_unit(text));
    let stub: Vec<&str> = grid
        .stub
        .iter()
        .filter(|text| Some(*text) != unit)
        .map(String::as_str)
        .collect();
    let heads = grid.columns.iter().map(|column| column.heads.join(" "));
    let row = |row: &grid::Row| Row {
        label: row.label.clone(),
        cells: row
            .cells
            .iter()
            .map(|cell| cell.as_ref().map_or(String::new(), |t| t.text.clone()))
            .collect(),
    };
    let head: Vec<String> = std::iter::once(stub.join(" ")).chain(heads).collect();
    let is_empty = head.iter().all(String::is_empty);
    Table {
        title: grid.title.clone(),
        unit: unit.cloned().unwrap_or_default(),
        heads: (!is_empty).then(|| head.clone()).into_iter().collect(),
        head,
        rows: grid.rows.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::layout::COLUMN_GAP;
    use crate::pdf::{Engine, PageState, Place};
    use crate::pdf::{Line, LineKind};

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

    /// A page of lines one under the other.
    fn page(mut lines: Vec<Line>) -> Page {
        for (at, line) in lines.iter_mut().enumerate() {
            line.place.y = 700.0 - 12.0 * at as f32;
        }
        Page {
            number: 1,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines,
        }
    }

    #[test]
    fn a_label_over_two_lines_makes_no_head_of_its_figures() {
        let row = |cells: &[(&str, f32, f32)]| line(LineKind::Row, cells);
        let page = page(vec![
            line(
                LineKind::Head,
                &[("2023", 300.0, 320.0), ("2022", 360.0, 380.0)],
            ),
            row(&[("Net income attributable to", 72.0, 200.0)]),
            row(&[
                ("shareholders", 72.0, 130.0),
                ("1,234", 295.0, 320.0),
                ("1,100", 355.0, 380.0),
            ]),
            row(&[
                ("Dividends", 72.0, 120.0),
                ("200", 305.0, 320.0),
                ("190", 365.0, 380.0),
            ]),
        ]);
        let tables = from_page(&page);
        let cells = tables[0].rows.iter().flat_map(|row| &row.cells);
        let figures: Vec<&String> = cells.filter(|cell| !cell.is_empty()).collect();
        assert_eq!(figures, ["1,234", "1,100", "200", "190"], "{tables:?}");
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
        let page = page(lines.collect());
        let tables = from_page(&page);
        assert_eq!(tables[0].rows.len(), 2000);
        // The labels have one of them.
        assert_eq!(tables[0].rows[1999].cells.len(), column::MAX_COLUMNS - 1);
        assert_eq!(tables[0].rows[1999].cells[column::MAX_COLUMNS - 2], "1");
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
        let page = page(lines);
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

    /// Rows of a table of lines, heads first, cells joined by `|`.
    fn read(lines: Vec<Line>) -> Vec<String> {
        let page = page(lines);
        let tables = from_page(&page);
        assert_eq!(tables.len(), 1, "{tables:?}");
        let heads = tables[0].heads.iter().map(|row| row.join("|"));
        let row = |row: &Row| format!("{}|{}", row.label, row.cells.join("|"));
        heads.chain(tables[0].rows.iter().map(row)).collect()
    }

    #[test]
    fn a_wide_cell_unites_no_columns() {
        use LineKind::{Head, Row as Data};
        let row = |label, a, b| {
            line(
                Data,
                &[(label, 72.0, 120.0), (a, 300.0, 330.0), (b, 400.0, 430.0)],
            )
        };
        let rows = read(vec![
            line(Head, &[("2023", 305.0, 330.0), ("2022", 405.0, 430.0)]),
            row("Cash", "1,577", "1,402"),
            line(
                Data,
                &[(
                    "(a) Without what is pledged to lenders, see the notes on pages 4",
                    72.0,
                    420.0,
                )],
            ),
            row("Loans", "31", "30"),
            // It reaches into the next column, which has nothing beside it.
            line(
                Data,
                &[
                    ("Other", 72.0, 110.0),
                    ("under review until May", 290.0, 405.0),
                ],
            ),
            row("Total", "1,608", "1,432"),
        ]);
        let note = "(a) Without what is pledged to lenders, see the notes on pages 4||";
        let other = "Other|under review until May|";
        let wanted = [
            "|2023|2022",
            "Cash|1,577|1,402",
            note,
            "Loans|31|30",
            other,
            "Total|1,608|1,432",
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn heads_over_several_columns_and_wrapped_ones_are_rows_of_their_own() {
        use LineKind::{Head, Row as Data};
        let rows = read(vec![
            line(
                Head,
                &[("Franchisors", 310.0, 420.0), ("Share of", 500.0, 540.0)],
            ),
            line(
                Head,
                &[("Region", 72.0, 110.0), ("all sales", 498.0, 542.0)],
            ),
            line(Head, &[("1993", 305.0, 330.0), ("1994", 405.0, 430.0)]),
            line(
                Data,
                &[
                    ("Austria", 72.0, 110.0),
                    ("80", 318.0, 330.0),
                    ("170", 412.0, 430.0),
                    ("4%", 515.0, 530.0),
                ],
            ),
            line(
                Data,
                &[
                    ("Spain", 72.0, 110.0),
                    ("117", 312.0, 330.0),
                    ("250", 412.0, 430.0),
                    ("9%", 515.0, 530.0),
                ],
            ),
        ]);
        let wanted = [
            "Region|Franchisors||Share of all sales",
            "|1993|1994|",
            "Austria|80|170|4%",
            "Spain|117|250|9%",
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn what_goes_on_from_the_row_over_it_belongs_to_it() {
        use LineKind::{Head, Row as Data};
        let rows = read(vec![
            line(
                Head,
                &[
                    ("State", 72.0, 110.0),
                    ("Dates", 200.0, 240.0),
                    ("Source", 300.0, 340.0),
                    ("Halts", 450.0, 480.0),
                ],
            ),
            line(
                Data,
                &[
                    ("Delhi", 72.0, 110.0),
                    ("20.12.2009 to", 200.0, 260.0),
                    ("Retail Pocket", 300.0, 360.0),
                    ("8", 470.0, 476.0),
                ],
            ),
            line(
                Data,
                &[("3.1.2010", 200.0, 240.0), ("Book 1998", 300.0, 350.0)],
            ),
            line(Data, &[("Receivables, net of allowances of", 72.0, 190.0)]),
            line(
                Data,
                &[
                    ("respectively", 72.0, 130.0),
                    ("AIM", 300.0, 320.0),
                    ("13", 465.0, 476.0),
                ],
            ),
        ]);
        assert_eq!(
            rows[1],
            "Delhi|20.12.2009 to 3.1.2010|Retail Pocket Book 1998|8"
        );
        assert_eq!(
            rows[2],
            "Receivables, net of allowances of respectively||AIM|13"
        );
        assert_eq!(rows.len(), 3);
    }
}
