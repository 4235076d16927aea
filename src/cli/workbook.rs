//! A grid as a workbook: figures as numbers, and a sheet of where each comes from.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::book::grid::text::{Scale, harmless};
use crate::book::grid::{Grid, Kind, State};

/// A workbook of two sheets, `grid` and `sources`, as a file holds it.
///
/// # Errors
///
/// Where a grid has more rows than a sheet.
pub fn bytes(grid: &Grid) -> Result<Vec<u8>, XlsxError> {
    let scale = Scale::of(grid);
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let format = |kind: Kind| match kind {
        Kind::Amount | Kind::Shares => "#,##0",
        Kind::PerShare => "0.00",
        Kind::Ratio => "0.00",
        Kind::Percent => "0.0 %",
        Kind::Days => "0.0",
    };
    // A mark behind the figure is part of its format: the cell stays a number.
    let marked = |kind: Kind, state: State| {
        let plain = format(kind);
        Format::new().set_num_format(match state.mark() {
            "" => plain.to_owned(),
            mark => format!("{plain}\"{mark}\""),
        })
    };
    let sheet = book.add_worksheet().set_name("grid")?;
    let heads = ["company", "item"]
        .into_iter()
        .chain(grid.columns.iter().map(String::as_str));
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    for (at, row) in (1..).zip(&grid.rows) {
        sheet.write_string(at, 0, harmless(&row.company))?;
        sheet.write_string(at, 1, harmless(&scale.row_name(row)))?;
        for (column, cell) in (2..).zip(&row.cells) {
            if let Some(value) = cell.value {
                let format = marked(row.kind, cell.state);
                sheet.write_number_with_format(at, column, value, &format)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.autofit();
    let sheet = book.add_worksheet().set_name("sources")?;
    let heads = [
        "company", "item", "period", "value", "state", "why", "document", "page", "label",
        "printed",
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    let mut at = 1;
    for row in &grid.rows {
        for (cell, period) in row.cells.iter().zip(&grid.columns) {
            // What is missing has a line too, for its reason.
            for number in 0..cell.sources.len().max(1) {
                let source = cell.sources.get(number);
                let texts = [row.company.as_str(), &scale.row_name(row), period].map(harmless);
                for (column, text) in (0..).zip(&texts) {
                    sheet.write_string(at, column, text)?;
                }
                if let Some(value) = cell.value {
                    sheet.write_number(at, 3, value)?;
                }
                sheet.write_string(at, 4, cell.state.as_str())?;
                sheet.write_string(at, 5, harmless(&cell.why))?;
                if let Some(source) = source {
                    // Relative to the library, so that the link holds where the workbook lies in it.
                    let link = format!("{}#page={}", source.document, source.page);
                    sheet.write_string(at, 6, harmless(&link))?;
                    sheet.write_number(at, 7, source.page)?;
                    sheet.write_string(at, 8, harmless(&source.label))?;
                    sheet.write_string(at, 9, harmless(&source.printed))?;
                }
                at += 1;
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    book.save_to_buffer()
}
