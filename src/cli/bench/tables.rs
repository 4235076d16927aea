//! `tenk bench tables`: how many cells of tables are read as they stand, compared with tables of what they are.
//!
//! As table tools are compared: white space is folded, rows are paired by the cells they share, and the best table of
//! the page counts. Beside it the adjacency relations of the ICDAR 2013 table competition (Göbel and others 2013), and
//! how many tables are exact.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::metadata::document;
use crate::cli::remedy::Refusal;
use crate::cli::tables::rows;
use crate::cli::{Ended, Session, output};
use crate::pdf::table;

/// A row of `tables.tsv`: a file of `pdfs/`, a page from 1, and a file of `expected/`.
#[derive(Debug, Deserialize)]
struct Gold {
    file: String,
    page: u32,
    expected: String,
}

type Cells = Vec<Vec<String>>;

/// How much of a table is read right.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Score {
    cells: f64,
    adjacency: f64,
    is_exact: bool,
}

pub fn run(session: &Session, folder: &Path) -> anyhow::Result<Ended> {
    let gold = read_gold(folder)?;
    let mut scores = Vec::new();
    for row in &gold {
        let Some(document) = document(session, &folder.join("pdfs").join(&row.file))? else {
            return Ok(Ended::Interrupted);
        };
        let wanted = expected(&folder.join("expected").join(&row.expected))?;
        let pages = document.pages.iter().filter(|page| page.number == row.page);
        let found = pages.flat_map(table::from_page).map(|table| {
            let cells = rows(&table).map(|row| row.into_iter().map(folded).collect());
            score(&wanted, &trimmed(cells.collect()))
        });
        let best = found.max_by(|a, b| a.cells.total_cmp(&b.cells));
        scores.push(best.unwrap_or_default());
    }
    print(session, &gold, &scores)?;
    Ok(Ended::Done)
}

fn read_gold(folder: &Path) -> anyhow::Result<Vec<Gold>> {
    let path = folder.join("tables.tsv");
    let what = || {
        Refusal::new(
            format!("{} is no table of tables", path.display()),
            "write the columns file, page and expected, separated by tabs",
        )
    };
    let reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(&path);
    let rows = reader.with_context(what)?.into_deserialize();
    rows.collect::<Result<_, _>>().with_context(what)
}

/// The cells of a CSV file.
fn expected(path: &Path) -> anyhow::Result<Cells> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).from_path(path);
    let what = || Refusal::new(format!("{} is no CSV", path.display()), "put it right");
    let mut out = Vec::new();
    for record in reader.with_context(what)?.records() {
        out.push(record.with_context(what)?.iter().map(folded).collect());
    }
    Ok(trimmed(out))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without rows and columns that hold nothing.
fn trimmed(mut cells: Cells) -> Cells {
    cells.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let width = cells.iter().map(Vec::len).max().unwrap_or(0);
    cells
        .iter_mut()
        .for_each(|row| row.resize(width, String::new()));
    let used: Vec<bool> = (0..width)
        .map(|at| cells.iter().any(|row| !row[at].is_empty()))
        .collect();
    for row in &mut cells {
        let mut used = used.iter();
        row.retain(|_| used.next() == Some(&true));
    }
    cells
}

fn score(wanted: &Cells, found: &Cells) -> Score {
    let (a, b) = (counted(adjacent(wanted)), counted(adjacent(found)));
    Score {
        cells: f1(shared_cells(wanted, found), filled(wanted), filled(found)),
        adjacency: f1(shared(&a, &b), a.values().sum(), b.values().sum()),
        is_exact: wanted == found,
    }
}

fn f1(both: usize, wanted: usize, found: usize) -> f64 {
    match wanted + found {
        0 => 0.0,
        all => 2.0 * both as f64 / all as f64,
    }
}

fn filled(cells: &Cells) -> usize {
    cells
        .iter()
        .flatten()
        .filter(|cell| !cell.is_empty())
        .count()
}

fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut out = BTreeMap::new();
    for one in all {
        *out.entry(one).or_default() += 1;
    }
    out
}

fn shared<T: Ord>(a: &BTreeMap<T, usize>, b: &BTreeMap<T, usize>) -> usize {
    let both = a
        .iter()
        .filter_map(|(one, count)| Some((*count).min(*b.get(one)?)));
    both.sum()
}

/// The cells that rows share which are paired: those first that share most, of these the ones in order.
fn shared_cells(wanted: &Cells, found: &Cells) -> usize {
    let own = |row: &Vec<String>| counted(row.iter().filter(|c| !c.is_empty()).cloned());
    let (wanted, found): (Vec<_>, Vec<_>) = (
        wanted.iter().map(own).collect(),
        found.iter().map(own).collect(),
    );
    let mut pairs = Vec::new();
    for (i, a) in wanted.iter().enumerate() {
        for (j, b) in found.iter().enumerate() {
            pairs.push((shared(a, b), i, j));
        }
    }
    pairs.sort_by_key(|(both, i, j)| (std::cmp::Reverse(*both), i.abs_diff(*j), *i));
    let mut taken = (vec![false; wanted.len()], vec![false; found.len()]);
    let mut out = 0;
    for (both, i, j) in pairs {
        if !taken.0[i] && !taken.1[j] {
            (taken.0[i], taken.1[j]) = (true, true);
            out += both;
        }
    }
    out
}

/// Each cell with the next one to its right, and with the next one below it.
fn adjacent(cells: &Cells) -> Vec<(&str, &str, bool)> {
    let mut out = Vec::new();
    let width = cells.first().map_or(0, Vec::len);
    let down = (0..width).map(|at| cells.iter().map(|row| row[at].as_str()).collect());
    let across = cells
        .iter()
        .map(|row| row.iter().map(String::as_str).collect());
    let lines: Vec<(bool, Vec<&str>)> = across
        .map(|line| (true, line))
        .chain(down.map(|line| (false, line)))
        .collect();
    for (is_across, mut line) in lines {
        line.retain(|cell| !cell.is_empty());
        out.extend(line.windows(2).map(|pair| (pair[0], pair[1], is_across)));
    }
    out
}

fn print(session: &Session, gold: &[Gold], scores: &[Score]) -> anyhow::Result<()> {
    let mean = |value: fn(&Score) -> f64| {
        scores.iter().map(value).sum::<f64>() / scores.len().max(1) as f64
    };
    let (cells, adjacency) = (mean(|s| s.cells), mean(|s| s.adjacency));
    let exact = scores.iter().filter(|score| score.is_exact).count();
    if session.global.json {
        let row = |(gold, score): (&Gold, &Score)| {
            json!({
                "file": gold.file,
                "expected": gold.expected,
                "cells": score.cells,
                "adjacency": score.adjacency,
                "exact": score.is_exact,
            })
        };
        let tables: Vec<_> = gold.iter().zip(scores).map(row).collect();
        return output::json(&json!({
            "cells": cells, "adjacency": adjacency, "exact": exact, "tables": tables,
        }));
    }
    for (gold, score) in gold.iter().zip(scores) {
        let exact = if score.is_exact { "exact" } else { "" };
        output::line(&format!(
            "{:<44} cells {:>5.1}  adjacency {:>5.1}  {exact}",
            gold.expected,
            100.0 * score.cells,
            100.0 * score.adjacency
        ))?;
    }
    output::line(&format!(
        "{} tables: cells F1 {:.1}, adjacency F1 {:.1}, {exact} exact",
        scores.len(),
        100.0 * cells,
        100.0 * adjacency
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[&[&str]]) -> Cells {
        let row = |row: &&[&str]| row.iter().map(|cell| folded(cell)).collect();
        trimmed(rows.iter().map(row).collect())
    }

    #[test]
    fn cells_that_are_united_or_moved_to_another_row_are_not_found() {
        let wanted = cells(&[&["", "2023", "2022"], &["Cash", "1,577", "1,402"]]);
        assert_eq!(
            score(&wanted, &wanted),
            Score {
                cells: 1.0,
                adjacency: 1.0,
                is_exact: true
            }
        );
        let united = cells(&[&["", "2023", "2022"], &["Cash", "1,577 1,402"]]);
        let found = score(&wanted, &united);
        assert!((found.cells - 2.0 * 3.0 / 9.0).abs() < 1e-9 && !found.is_exact);
        // Of 2023 and 2022, 2023 and 1,577, … only the first pair is left.
        assert!((found.adjacency - 2.0 / 8.0).abs() < 0.1, "{found:?}");
        let apart = cells(&[&["2023"], &["2022"], &["Cash", "1,577", "1,402"]]);
        assert!((score(&wanted, &apart).cells - 2.0 * 4.0 / 10.0).abs() < 1e-9);
        assert_eq!(score(&wanted, &Vec::new()).cells, 0.0);
    }
}
