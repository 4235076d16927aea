//! `tenk grid`: line items and measures of companies over fiscal periods, as a table or a file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{GridArgs, GridFormat};
use super::remedy::refuse;
use super::spreadsheet::{harmless, name};
use super::{Ended, Session};
use crate::book::grid::{self, Cell, Columns, Grid, Kind, Request, Row};
use crate::book::{self, Company};
use crate::query::Vocabulary;
use crate::query::company::Directory;
use crate::query::lexicon::Lexicon;
use crate::store::Store;
use crate::units::thousands;

pub fn run(session: &Session, args: &GridArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let directory = Directory::new(store.documents()?);
    let lexicon = Vocabulary::load(&session.config.search)?.lexicon;
    let grid = filled(&store, &directory, &lexicon, args)?;
    let format = match (args.format, session.global.json) {
        (Some(format), _) => format,
        (None, true) => GridFormat::Json,
        (None, false) => by_name(args).unwrap_or(GridFormat::Table),
    };
    let text = match format {
        GridFormat::Xlsx => {
            let Some(path) = &args.output else {
                return Err(refuse(
                    "an XLSX file needs a name",
                    "name it with -o FILE.xlsx",
                ));
            };
            super::workbook::write(&grid, path).with_context(|| path.display().to_string())?;
            return Ok(Ended::Done);
        }
        GridFormat::Json => {
            let rows = grid.rows.iter().map(value).collect::<Vec<_>>();
            format!("{}\n", json!({"periods": grid.columns, "rows": rows}))
        }
        GridFormat::Table => table(&grid),
        GridFormat::Csv => separated(&grid, ','),
        GridFormat::Tsv => separated(&grid, '\t'),
        GridFormat::Md => markdown(&grid),
    };
    match &args.output {
        Some(path) => File::create(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| path.display().to_string())?,
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(Ended::Done)
}

/// The grid that `args` asks for; of companies that nobody named, those that have a figure.
pub fn filled(
    store: &Store,
    directory: &Directory,
    lexicon: &Lexicon,
    args: &GridArgs,
) -> anyhow::Result<Grid> {
    let named = |name: &String| {
        grid::named(lexicon, name).ok_or_else(|| {
            refuse(
                format!("{name} is neither a line item nor a measure"),
                "name it as people do (\"operating margin\"), or as the us-gaap taxonomy does (Assets); quote names of several words",
            )
        })
    };
    let items = args
        .items
        .iter()
        .map(named)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let companies = book::companies(directory, &args.company)
        .map_err(|name| super::facts::no_company(&name))?;
    let companies: Vec<Company<'_>> = companies
        .into_iter()
        .filter(|company| !company.name.is_empty())
        .collect();
    let request = Request {
        items,
        columns: match (args.quarterly, args.ttm) {
            (true, _) => Columns::Quarters,
            (_, true) => Columns::Trailing,
            _ => Columns::Years,
        },
        years: args.years,
        by_part: args.segments,
    };
    let mut grid = grid::fill(store, directory, lexicon, &companies, &request)?;
    if args.company.is_empty() {
        let has_figure = |row: &Row| row.cells.iter().any(|cell| cell.value.is_some());
        let own = grid.rows.iter().filter(|row| has_figure(row));
        let known: HashSet<String> = own.map(|row| row.company.clone()).collect();
        grid.rows.retain(|row| known.contains(&row.company));
    }
    Ok(grid)
}

/// The format that the name of the output says.
fn by_name(args: &GridArgs) -> Option<GridFormat> {
    let name = args.output.as_ref()?.extension()?.to_str()?.to_lowercase();
    Some(match name.as_str() {
        "csv" => GridFormat::Csv,
        "tsv" => GridFormat::Tsv,
        "md" => GridFormat::Md,
        "json" => GridFormat::Json,
        "xlsx" => GridFormat::Xlsx,
        _ => return None,
    })
}

/// A row as the command line's contract has it.
pub fn value(row: &Row) -> Value {
    let cell = |cell: &Cell| {
        let first = cell.sources.first();
        let source = |s: &grid::Source| {
            json!({
                "document": s.document, "page": s.page, "line": s.line, "label": s.label, "printed": s.printed,
                "period": s.period, "less": s.is_less,
            })
        };
        json!({
            "period": cell.period.label(),
            "value": cell.value,
            "document": first.map(|s| &s.document),
            "page": first.map(|s| s.page),
            "state": cell.state.as_str(),
            "why": cell.why,
            "sources": cell.sources.iter().map(source).collect::<Vec<_>>(),
        })
    };
    json!({
        "company": row.company,
        "item": row.item,
        "part": row.part,
        "cells": row.cells.iter().map(cell).collect::<Vec<_>>(),
    })
}

/// The unit that amounts of a grid are shown in.
fn unit(grid: &Grid) -> (f64, &'static str) {
    let amounts = grid
        .rows
        .iter()
        .filter(|row| matches!(row.kind, Kind::Amount | Kind::Shares));
    let largest = amounts
        .flat_map(|row| &row.cells)
        .filter_map(|cell| cell.value)
        .fold(0.0_f64, |a, b| a.max(b.abs()));
    if largest >= 1e7 {
        (1e6, "millions")
    } else {
        (1.0, "")
    }
}

/// A figure as people read it.
fn shown(row: &Row, cell: &Cell, unit: f64) -> String {
    let Some(value) = cell.value else {
        return "—".to_owned();
    };
    let figure = match row.kind {
        Kind::Amount | Kind::Shares => grouped(
            value / unit,
            if unit > 1.0 && (value / unit).abs() < 100.0 {
                1
            } else {
                0
            },
        ),
        Kind::PerShare => grouped(value, 2),
        Kind::Ratio => grouped(value, 3),
    };
    format!("{figure}{}", cell.state.mark())
}

fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 && text.chars().any(|c| ('1'..='9').contains(&c)) {
        "-"
    } else {
        ""
    };
    let whole = thousands(whole.parse().unwrap_or(0));
    if rest.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest}")
    }
}

/// A row as texts.
struct TableLine {
    company: String,
    item: String,
    cells: Vec<String>,
}

fn table(grid: &Grid) -> String {
    let (unit, called) = unit(grid);
    let lines: Vec<TableLine> = grid
        .rows
        .iter()
        .map(|row| TableLine {
            company: row.company.clone(),
            item: name(row),
            cells: row
                .cells
                .iter()
                .map(|cell| shown(row, cell, unit))
                .collect(),
        })
        .collect();
    let widest = |of: &dyn Fn(&TableLine) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let companies = widest(&|line| line.company.chars().count());
    let items = widest(&|line| line.item.chars().count());
    let widths: Vec<usize> = (0..grid.columns.len())
        .map(|at| {
            widest(&|line| line.cells[at].chars().count()).max(grid.columns[at].chars().count())
        })
        .collect();
    let mut out = format!("{:companies$}  {:items$}", "", called);
    for (column, width) in grid.columns.iter().zip(&widths) {
        out.push_str(&format!("  {column:>width$}"));
    }
    out.push('\n');
    let mut states = Vec::new();
    for (line, row) in lines.iter().zip(&grid.rows) {
        let TableLine {
            company,
            item,
            cells,
        } = line;
        out.push_str(&format!("{company:companies$}  {item:items$}"));
        for (cell, width) in cells.iter().zip(&widths) {
            out.push_str(&format!("  {cell:>width$}"));
        }
        out.push('\n');
        states.extend(row.cells.iter().map(|cell| cell.state));
    }
    let marks = [
        (grid::State::Derived, "d derived"),
        (grid::State::Restated, "r restated in another report"),
        (grid::State::Unchecked, "? adds up to no total"),
        (grid::State::Missing, "— missing (--json says why)"),
    ];
    let legend: Vec<&str> = marks
        .iter()
        .filter(|(state, _)| states.contains(state))
        .map(|(_, text)| *text)
        .collect();
    if !legend.is_empty() {
        out.push_str(&format!("{}\n", legend.join("  ")));
    }
    out
}

/// Figures in full units, as numbers; texts that a spreadsheet would take for a formula are made harmless.
fn separated(grid: &Grid, mark: char) -> String {
    let field = |text: &str| {
        let text = harmless(text);
        if text.contains([mark, '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let heads = ["company", "item"].into_iter().map(str::to_owned);
    let heads = heads.chain(grid.columns.iter().cloned());
    let mut out = join(heads.map(|head| field(&head)), mark);
    for row in &grid.rows {
        let names = [field(&row.company), field(&name(row))].into_iter();
        let cells = row
            .cells
            .iter()
            .map(|cell| cell.value.map_or(String::new(), |value| value.to_string()));
        out.push_str(&join(names.chain(cells), mark));
    }
    out
}

fn join(fields: impl Iterator<Item = String>, mark: char) -> String {
    let fields: Vec<String> = fields.collect();
    format!("{}\n", fields.join(&mark.to_string()))
}

fn markdown(grid: &Grid) -> String {
    let (unit, called) = unit(grid);
    let plain = |text: &str| text.replace('|', "\\|");
    let mut out = format!(
        "| company | item{} |",
        if called.is_empty() {
            String::new()
        } else {
            format!(" ({called})")
        }
    );
    for column in &grid.columns {
        out.push_str(&format!(" {column} |"));
    }
    out.push_str("\n| --- | --- |");
    out.push_str(&" ---: |".repeat(grid.columns.len()));
    out.push('\n');
    for row in &grid.rows {
        out.push_str(&format!(
            "| {} | {} |",
            plain(&row.company),
            plain(&name(row))
        ));
        for cell in &row.cells {
            out.push_str(&format!(" {} |", shown(row, cell, unit)));
        }
        out.push('\n');
    }
    out
}
