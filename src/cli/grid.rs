//! `tenk grid`: line items and measures of companies over fiscal periods, as a table or a file.

use std::io::{self, Write};

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{GridArgs, GridFormat};
use super::remedy::refuse;
use super::{Ended, Session, directory, output, proof};
use crate::book::grid::{self, Cell, Columns, Row, Spec, text};
use crate::fact::Axis;
use crate::fsio;
use crate::printable;
use crate::proof::Claim;
use crate::query::Vocabulary;
use crate::store::Store;

pub fn run(session: &Session, args: &GridArgs) -> anyhow::Result<Ended> {
    proof::check(args.proof.as_deref())?;
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let directory = directory(&library, &store, &args.of)?;
    let lexicon = Vocabulary::load(&session.config.search)?.lexicon;
    let grid = spec(args).fill(&store, &directory, &lexicon)?;
    let format = match (args.format, session.global.json) {
        (Some(format), true) if format != GridFormat::Json => {
            return Err(refuse(
                "--json and --format name two formats",
                "leave one of them out",
            ));
        }
        (Some(format), _) => format,
        (None, true) => GridFormat::Json,
        (None, false) => by_name(args).unwrap_or(GridFormat::Table),
    };
    if format == GridFormat::Xlsx && args.output.is_none() {
        return Err(refuse(
            "an XLSX file needs a name",
            "name it with -o FILE.xlsx",
        ));
    }
    if grid.rows.is_empty() && !session.global.json {
        let what = if args.segments {
            "no segment, region or product has the figure in these periods"
        } else {
            "no company has the figure in these periods"
        };
        note!("{what}");
    } else if !grid.left_out.is_empty() && !session.global.json {
        let names = grid.left_out.join(", ");
        note!("no figure in these periods: {names}");
    }
    let made = args.proof.as_deref().map(|folder| {
        let claim = Claim::of_grid(&grid);
        proof::make(session, &library, &store, &claim, folder)
    });
    let made = made.transpose()?;
    let text = match format {
        GridFormat::Xlsx => super::workbook::bytes(&grid)?,
        GridFormat::Json => {
            let rows = grid.rows.iter().map(value).collect::<Vec<_>>();
            let mut value = json!({"periods": grid.columns, "rows": rows});
            if let Some(made) = &made {
                value["proof"] = proof::value(made);
            }
            let text = value.to_string();
            format!("{}\n", printable::json(&text)).into_bytes()
        }
        GridFormat::Table => shown(&text::table(&grid)),
        GridFormat::Csv => shown(&text::separated(&grid, b',')),
        GridFormat::Tsv => shown(&text::separated(&grid, b'\t')),
        GridFormat::Md => shown(&text::markdown(&grid)),
    };
    match &args.output {
        Some(path) => fsio::export(path, &text).with_context(|| path.display().to_string())?,
        None if format == GridFormat::Table => output::text(&String::from_utf8_lossy(&text))?,
        None => io::stdout().lock().write_all(&text)?,
    }
    if let Some(made) = made.as_ref().filter(|_| !session.global.json) {
        proof::tell(made);
    }
    Ok(proof::ended(made.as_ref()))
}

/// A name in it may be anybody's.
fn shown(text: &str) -> Vec<u8> {
    printable::shown(text).into_owned().into_bytes()
}

/// What `args` asks for.
pub fn spec(args: &GridArgs) -> Spec {
    Spec {
        items: args.items.clone(),
        companies: args.company.clone(),
        columns: match (args.quarterly, args.ttm) {
            (true, _) => Columns::Quarters,
            (_, true) => Columns::Trailing,
            _ => Columns::Years,
        },
        years: args.years,
        by_part: args.segments,
    }
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
        "axis": row.axis.map(Axis::as_str),
        "currency": row.currency,
        "cells": row.cells.iter().map(cell).collect::<Vec<_>>(),
    })
}
