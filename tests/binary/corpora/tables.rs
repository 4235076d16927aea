//! Totals are the sums of their rows, and what two tables say of one thing is the same.

use std::collections::BTreeMap;

use super::{issuer, sources};

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Plain,
    Total,
    Deducted,
}

struct Row {
    mark: Mark,
    label: String,
    cells: Vec<String>,
}

struct Table {
    name: String,
    head: Vec<String>,
    rows: Vec<Row>,
}

/// The tables of a source; those of words are left out.
fn tables(source: &str) -> Vec<Table> {
    let (mut out, mut rows, mut name) = (Vec::new(), Vec::new(), String::new());
    for line in source.lines().chain([""]) {
        if let Some(marked) = line.strip_prefix('@') {
            name = marked.to_owned();
        }
        let Some(row) = line.strip_prefix('|') else {
            if !rows.is_empty() && !name.ends_with(", prose") {
                let head: Row = rows.remove(0);
                let name = std::mem::take(&mut name);
                let table = Table {
                    name,
                    head: head.cells,
                    rows: std::mem::take(&mut rows),
                };
                out.push(table);
            }
            rows.clear();
            continue;
        };
        let (mark, row) = match (row.strip_prefix("= "), row.strip_prefix("- ")) {
            (Some(row), _) => (Mark::Total, row),
            (_, Some(row)) => (Mark::Deducted, row),
            _ => (Mark::Plain, row),
        };
        let cells = row.trim().strip_suffix('|').unwrap_or(row).split('|');
        let mut cells: Vec<String> = cells.map(|c| c.trim().to_owned()).collect();
        let label = cells.remove(0);
        rows.push(Row { mark, label, cells });
    }
    out
}

/// An amount in hundredths; none for percentages, words and empty cells.
fn amount(cell: &str) -> Option<i64> {
    let negative = cell.contains('(');
    let bare: String = cell.chars().filter(|c| !"$£(),".contains(*c)).collect();
    if bare == "—" {
        return Some(0);
    }
    let (whole, part) = bare.split_once('.').unwrap_or((&bare, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let value: i64 = format!("{whole}{part:0<2}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Whether a total is the sum of the last items, in every column by the same number of them; takes
/// them off.
fn adds_up(items: &mut Vec<Vec<Option<i64>>>, total: &[Option<i64>]) -> bool {
    for count in 2..=items.len() {
        let last = &items[items.len() - count..];
        let sum = |column: usize| {
            last.iter()
                .map(|item| item[column].unwrap_or(0))
                .sum::<i64>()
        };
        let same = |(column, want): (usize, &Option<i64>)| want.is_none_or(|w| w == sum(column));
        if total.iter().enumerate().all(same) {
            items.truncate(items.len() - count);
            return true;
        }
    }
    false
}

#[test]
fn totals_are_the_sums_of_their_rows() {
    let mut totals = 0;
    for (document, source) in sources() {
        for table in tables(&source) {
            let mut items: Vec<Vec<Option<i64>>> = Vec::new();
            for row in &table.rows {
                let mut values: Vec<_> = row.cells.iter().map(|c| amount(c)).collect();
                values.resize(table.head.len(), None);
                // A rate in every cell is no item: earnings per share stand behind the totals.
                if row.mark == Mark::Total && row.cells.iter().any(|c| amount(c).is_some()) {
                    let place = format!("{document} {}: {}", table.name, row.label);
                    assert!(
                        adds_up(&mut items, &values),
                        "{place} is no sum: {:?}",
                        row.cells
                    );
                    totals += 1;
                }
                if row.mark == Mark::Deducted {
                    values.iter_mut().flatten().for_each(|v| *v = -*v);
                }
                items.push(values);
            }
        }
    }
    assert!(totals >= 150, "{totals}");
}

#[test]
fn changes_in_percent_are_those_of_their_figures() {
    let mut seen = 0;
    for (document, source) in sources() {
        let changes = tables(&source).into_iter();
        for table in changes.filter(|t| t.head.last().is_some_and(|h| h == "Change")) {
            for row in table.rows.iter().filter(|r| r.cells.len() == 3) {
                let figures = (amount(&row.cells[0]), amount(&row.cells[1]));
                let (Some(new), Some(old @ 1..)) = figures else {
                    continue;
                };
                let percent = (new - old) as f64 * 100.0 / old as f64;
                let shown = row.cells[2].replace(['%', ')'], "").replace('(', "-");
                let Ok(shown) = shown.parse::<f64>() else {
                    continue;
                };
                let place = format!("{document} {} {}", table.name, row.label);
                assert!(
                    (percent - shown).abs() < 0.0501,
                    "{place}: {percent} and {shown}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 15, "{seen}");
}

/// Where a figure stands: issuer, table, row, column.
type Place = (String, String, String, String);

#[test]
fn tables_of_one_name_agree_over_an_issuers_documents() {
    let mut known: BTreeMap<Place, (i64, String)> = BTreeMap::new();
    let mut twice = 0;
    for (document, source) in sources() {
        for table in tables(&source) {
            for (at, row) in table.rows.iter().enumerate() {
                // Labels that come twice (sales and profit by segment) are told apart by place.
                let nth = table.rows[..at]
                    .iter()
                    .filter(|r| r.label == row.label)
                    .count();
                for (column, cell) in table.head.iter().zip(&row.cells) {
                    // Without a year in its column or row a figure is that of its document.
                    let dated = column.contains("20") || row.label.contains("20");
                    let Some(value) = amount(cell).filter(|_| dated && !table.name.is_empty())
                    else {
                        continue;
                    };
                    let label = format!("{} {nth}", row.label);
                    let issuer = issuer(&document).to_owned();
                    let place = (issuer, table.name.clone(), label, column.clone());
                    let before = known.entry(place).or_insert((value, document.clone()));
                    assert_eq!(
                        before.0, value,
                        "{document} and {}: {} {}, {column}",
                        before.1, table.name, row.label
                    );
                    twice += usize::from(before.1 != document);
                }
            }
        }
    }
    assert!(twice >= 250, "{twice}");
}

/// One figure in two tables: document, table, row and column of each, as `corpora/src/agree.tsv` has
/// them.
#[test]
fn statements_and_notes_agree() {
    let list = std::fs::read_to_string(crate::place::corpora("src/agree.tsv")).unwrap();
    let sources: BTreeMap<String, String> = sources().into_iter().collect();
    let figure = |document: &str, place: &str| -> i64 {
        let [name, label, column] = place.split('/').collect::<Vec<_>>()[..] else {
            panic!("{place}: expected table/row/column");
        };
        let tables = tables(&sources[document]);
        let table = tables
            .iter()
            .find(|t| t.name == name)
            .unwrap_or_else(|| panic!("{document} {name}"));
        let at = table
            .head
            .iter()
            .position(|h| h == column)
            .unwrap_or_else(|| panic!("{document} {place}"));
        let row = table
            .rows
            .iter()
            .rfind(|r| r.label == label)
            .unwrap_or_else(|| panic!("{document} {place}"));
        amount(&row.cells[at]).unwrap()
    };
    let mut seen = 0;
    for line in list.lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let document = fields[0];
        let first = figure(document, fields[1]);
        for place in &fields[2..] {
            assert_eq!(
                figure(document, place).abs(),
                first.abs(),
                "{document}: {} and {place}",
                fields[1]
            );
            seen += 1;
        }
    }
    assert!(seen >= 60, "{seen}");
}
