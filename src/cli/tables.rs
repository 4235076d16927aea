//! `tenk extract --tables`: the tables of a PDF as CSV or as a workbook.

use std::path::Path;

use anyhow::Context;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::args::TablesFormat;
use super::output;
use super::remedy::refuse;
use crate::book::grid::text::harmless;
use crate::fsio;
use crate::pdf::Document;
use crate::pdf::table::token::value;
use crate::pdf::table::{self, Table};

/// Letters of a sheet's name.
const SHEET_NAME: usize = 31;

/// Writes the tables of a document to a file, CSV to stdout where none is named.
pub fn write(document: &Document, format: TablesFormat, path: Option<&Path>) -> anyhow::Result<()> {
    let tables = document.pages.iter().flat_map(|page| {
        let tables = table::from_page(page).into_iter();
        tables.map(|table| (page.number, table))
    });
    let tables: Vec<(u32, Table)> = tables.collect();
    match (format, path) {
        (TablesFormat::Csv, Some(path)) => {
            let text = csv(&tables)?;
            fsio::export(path, text.as_bytes()).with_context(|| path.display().to_string())
        }
        (TablesFormat::Csv, None) => output::text(&csv(&tables)?),
        (TablesFormat::Xlsx, Some(path)) => {
            let bytes = workbook(&tables)?;
            fsio::export(path, &bytes).with_context(|| path.display().to_string())
        }
        (TablesFormat::Xlsx, None) => Err(refuse(
            "a workbook needs a name",
            "name it with -o FILE.xlsx",
        )),
    }
}

/// Whether anything stands in the column of labels, which a table of figures alone lacks.
fn has_labels(table: &Table) -> bool {
    let heads = table.heads.iter().filter_map(|row| row.first());
    let labels = table.rows.iter().map(|row| &row.label);
    heads.chain(labels).any(|text| !text.is_empty())
}

/// The rows of a table as texts, its heads first.
pub(super) fn rows(table: &Table) -> impl Iterator<Item = Vec<&str>> {
    let lacking = usize::from(!has_labels(table));
    let heads = table.heads.iter();
    let heads = heads.map(move |row| row.iter().skip(lacking).map(String::as_str).collect());
    let rows = table.rows.iter().map(move |row| {
        let cells = row.cells.iter().map(String::as_str);
        let all = std::iter::once(row.label.as_str()).chain(cells);
        all.skip(lacking).collect()
    });
    heads.chain(rows)
}

/// `page 57: Consolidated balance sheets (in millions)`.
fn title(page: u32, table: &Table) -> String {
    let words = [table.title.as_str(), table.unit.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
    format!("page {page}: {}", words.join(" "))
}

fn csv(tables: &[(u32, Table)]) -> anyhow::Result<String> {
    let mut out = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for (at, (page, table)) in tables.iter().enumerate() {
        if at > 0 {
            out.write_record([""])?;
        }
        out.write_record([title(*page, table)])?;
        for row in rows(table) {
            out.write_record(row.iter().map(|text| {
                if is_number(text) {
                    (*text).to_owned()
                } else {
                    harmless(text)
                }
            }))?;
        }
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn workbook(tables: &[(u32, Table)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    for (at, (page, table)) in tables.iter().enumerate() {
        let sheet = book.add_worksheet();
        let name: String = format!("{} page {page}", at + 1)
            .chars()
            .take(SHEET_NAME)
            .collect();
        sheet.set_name(name)?;
        sheet.write_string_with_format(0, 0, harmless(&title(*page, table)), &bold)?;
        let first = u16::from(has_labels(table));
        for (line, row) in (1..).zip(rows(table)) {
            for (column, text) in (0..).zip(row) {
                write_cell(sheet, (line, column), text, column >= first)?;
            }
        }
        sheet.autofit();
    }
    if tables.is_empty() {
        book.add_worksheet()
            .write_string(0, 0, "no table was found")?;
    }
    book.save_to_buffer()
}

fn is_number(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    text.contains(is_digit)
        && text
            .chars()
            .all(|c| is_digit(c) || "$€£¥ ,.()-–−".contains(c))
}

/// A figure as a number, where there may be one; per cents and all else as text.
fn write_cell(
    sheet: &mut Worksheet,
    (line, column): (u32, u16),
    text: &str,
    may_be_figure: bool,
) -> Result<(), XlsxError> {
    match value(text).filter(|_| may_be_figure && is_number(text)) {
        Some(value) => sheet.write_number(line, column, value)?,
        None => sheet.write_string(line, column, harmless(text))?,
    };
    Ok(())
}
