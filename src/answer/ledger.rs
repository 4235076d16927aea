//! The ledger: the figures of a document's statements, by line item and year.
//!
//! A statement is read from its title to its end, over page breaks, with the heads that say which
//! period a column is of. The first one of its kind in a document is the issuer's own; what comes
//! later (guarantors, affiliates) is looked at only for what the first one lacks.

use std::collections::HashMap;

use super::Result;
use crate::chunk::statement::Statement;
use crate::chunk::table::{self, Line, Span};
use crate::pdf::LineKind;
use crate::retrieve::Retriever;
use crate::retrieve::lexicon::{Item, Lexicon, Named};
use crate::retrieve::name::words;
use crate::store::{DocumentRow, StoredChunk};

/// A figure of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub document: String,
    pub page: u32,
    /// The line of the page, from 0, and its text.
    pub line: usize,
    pub row: String,
    /// What the row is called there.
    pub label: String,
    /// As printed, and what stands over its column.
    pub printed: String,
    pub head: String,
    /// In single units, with the sign that formulas mean.
    pub value: f64,
    /// What the printed figure is counted in: 1,000,000 of millions.
    pub unit: f64,
    /// The chunk that holds the row.
    pub chunk_id: String,
}

/// A row of a statement with its place.
struct Row {
    line: Line,
    page: u32,
    at: usize,
    text: String,
    chunk_id: String,
}

/// A statement as read.
struct Table {
    statement: Statement,
    rows: Vec<Row>,
    unit: Option<f64>,
}

/// The statements of one document.
pub struct Ledger {
    document: String,
    tables: Vec<Table>,
    /// What is to be added to the years of its columns: the years of some issuers are called after
    /// the year in which they begin.
    shift: i32,
    /// What most of its statements count in.
    unit: f64,
}

impl Ledger {
    /// Reads the statements of `row`.
    pub fn read(retriever: &Retriever, row: &DocumentRow) -> Result<Self> {
        let store = retriever.store();
        let mut chunks: Vec<StoredChunk> = Vec::new();
        for place in retriever.statement_chunks(row.id) {
            chunks.extend(store.chunk(place.key)?);
        }
        let main = [Statement::Balance, Statement::Income, Statement::CashFlow];
        chunks.retain(|chunk| chunk.statement.is_some_and(|s| main.contains(&s)));
        let mut tables = Vec::new();
        for run in chunks.chunk_by(|a, b| a.statement == b.statement && b.page <= a.page_last + 1) {
            tables.push(read_table(retriever, row, run)?);
        }
        let mut units: HashMap<u64, usize> = HashMap::new();
        for unit in tables.iter().filter_map(|table| table.unit) {
            *units.entry(unit as u64).or_default() += 1;
        }
        in_order(&mut tables);
        let unit = units
            .into_iter()
            .max_by_key(|(unit, count)| (*count, *unit));
        Ok(Self {
            document: row.path.clone(),
            shift: shift(row, &tables),
            unit: unit.map_or(1.0, |(unit, _)| unit as f64),
            tables,
        })
    }

    /// True where the document has a statement of this kind.
    pub fn has(&self, statement: Statement) -> bool {
        self.tables
            .iter()
            .any(|t| t.statement == statement && !t.rows.is_empty())
    }

    /// The figure of an item in a year; none where no row is surely that item's.
    pub fn find(&self, lexicon: &Lexicon, index: usize, year: i32) -> Option<Entry> {
        let mut entry = self.printed(lexicon, index, year)?;
        if let Some(like) = &lexicon.items[index].like {
            let near = like.value(year, &mut |index, year, _| {
                self.printed(lexicon, index, year).map(|entry| entry.value)
            });
            if near.is_some_and(|near| (entry.value + near).abs() < (entry.value - near).abs()) {
                entry.value = -entry.value;
            }
        }
        Some(entry)
    }

    /// The rows that an item is the sum of, where it has no row of its own: `Cost of products` and
    /// `Cost of services`.
    pub fn parts(&self, lexicon: &Lexicon, index: usize, year: i32) -> Vec<Entry> {
        let item = &lexicon.items[index];
        let Some(begins) = &item.sum_of else {
            return Vec::new();
        };
        let tables = self.tables.iter().filter(|t| t.statement == item.statement);
        for table in tables {
            let is_part = |row: &&Row| {
                let label = row.line.label.to_lowercase();
                label.starts_with(begins.as_str())
            };
            let parts: Vec<Entry> = table
                .rows
                .iter()
                .filter(is_part)
                .filter_map(|row| self.entry(table, row, item, year))
                .collect();
            if !parts.is_empty() {
                return parts;
            }
        }
        Vec::new()
    }

    /// The figure with the sign that is printed.
    fn printed(&self, lexicon: &Lexicon, index: usize, year: i32) -> Option<Entry> {
        let item = &lexicon.items[index];
        let tables = self.tables.iter().filter(|t| t.statement == item.statement);
        let mut found = None;
        for table in tables {
            let rows = table.rows.iter();
            let rated = rows.filter_map(|row| {
                let has_year = row.line.figures.iter().any(|f| self.is_of(f, year));
                let rate = rate(lexicon, index, &row.line.label).filter(|_| has_year)?;
                Some((rate, row))
            });
            // Of equals the first: totals of a part come behind those of the whole less often than
            // the other way round.
            let best = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((_, row)) = best {
                found = Some((table, row));
                break;
            }
        }
        let (table, row) = found?;
        self.entry(table, row, item, year)
    }

    fn is_of(&self, figure: &table::Figure, year: i32) -> bool {
        figure.period.span == Span::Year && figure.period.year + self.shift == year
    }

    fn entry(&self, table: &Table, row: &Row, item: &Item, year: i32) -> Option<Entry> {
        let figure = row.line.figures.iter().find(|f| self.is_of(f, year))?;
        let number = table::amount(&figure.text)?;
        let per_share = row.line.label.to_lowercase().contains("per share")
            || row.line.over.to_lowercase().contains("per share");
        let unit = if per_share {
            1.0
        } else {
            table.unit.unwrap_or(self.unit)
        };
        let number = if item.unsigned { number.abs() } else { number };
        Some(Entry {
            document: self.document.clone(),
            page: row.page,
            line: row.at,
            row: row.text.clone(),
            label: row.line.label.clone(),
            printed: figure.text.clone(),
            head: figure.head.clone(),
            value: number * unit,
            unit,
            chunk_id: row.chunk_id.clone(),
        })
    }

    /// The years of which it has figures, ascending.
    pub fn years(&self) -> Vec<i32> {
        let figures = self
            .tables
            .iter()
            .flat_map(|t| &t.rows)
            .flat_map(|r| &r.line.figures);
        let of_years = figures.filter(|f| f.period.span == Span::Year);
        let mut out: Vec<i32> = of_years.map(|f| f.period.year + self.shift).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Puts the issuer's own statements first: they stand together, around its largest balance sheet.
/// What lies further off is a summary before them, or of guarantors and affiliates behind.
fn in_order(tables: &mut [Table]) {
    let page = |table: &Table| table.rows.first().map_or(0, |row| i64::from(row.page));
    let sheets = tables.iter().filter(|t| t.statement == Statement::Balance);
    let largest = sheets.rev().max_by_key(|table| table.rows.len());
    if let Some(anchor) = largest.map(page) {
        tables.sort_by_key(|table| (page(table) - anchor).abs());
    }
}

/// Reads one statement, whose chunks are `run`.
fn read_table(retriever: &Retriever, row: &DocumentRow, run: &[StoredChunk]) -> Result<Table> {
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let mut lines: Vec<(u32, usize, String)> = Vec::new();
    for number in first.page..=last.page_last {
        let Some(page) = retriever.store().page(&row.path, number)? else {
            continue;
        };
        let from = if number == first.page {
            first.line_first as usize
        } else {
            0
        };
        let to = if number == last.page_last {
            last.line_last as usize
        } else {
            usize::MAX
        };
        for (at, line) in page.page.lines.into_iter().enumerate() {
            let is_running = matches!(line.kind, LineKind::Running | LineKind::Folio);
            if (from..=to).contains(&at) && !is_running {
                lines.push((number, at, line.text));
            }
        }
    }
    let read = table::of_statement(
        lines.iter().map(|(_, _, text)| text.as_str()),
        row.metadata.quarter,
    );
    let holds = |page: u32, at: usize| {
        let begins = |c: &&StoredChunk| (c.page, c.line_first as usize) <= (page, at);
        run.iter()
            .rev()
            .find(begins)
            .unwrap_or(first)
            .chunk_id
            .clone()
    };
    let rows = read.into_iter().map(|line| {
        let (page, at, text) = lines[line.at].clone();
        Row {
            chunk_id: holds(page, at),
            line,
            page,
            at,
            text,
        }
    });
    Ok(Table {
        statement: first
            .statement
            .expect("chunks of statements alone are read"),
        rows: rows.collect(),
        unit: lines.iter().find_map(|(_, _, text)| table::unit(text)),
    })
}

/// What lies between the years of an annual report's columns and the year it is called after.
fn shift(row: &DocumentRow, tables: &[Table]) -> i32 {
    let figures = tables
        .iter()
        .flat_map(|t| &t.rows)
        .flat_map(|r| &r.line.figures);
    let newest = figures
        .filter(|f| f.period.span == Span::Year)
        .map(|f| f.period.year)
        .max();
    match (row.metadata.year, newest) {
        (Some(year), Some(newest)) if (year - newest).abs() == 1 => year - newest,
        _ => 0,
    }
}

/// How surely a label is that of an item: 3 its name and no more, 2 its name before a comma or a
/// bracket, 1 and less where more follows or goes before. None where it is another's.
fn rate(lexicon: &Lexicon, index: usize, label: &str) -> Option<f64> {
    let plain = without_brackets(label);
    let all = words(&plain);
    let is_named = |(range, named): (std::ops::Range<usize>, Named)| {
        (named == Named::Item(index)).then_some(range)
    };
    let range = lexicon.named(&all).into_iter().find_map(is_named)?;
    if range.len() == all.len() {
        return Some(3.0);
    }
    // `Accounts receivable, net` stands under the gross figure, `Net property` over it.
    let last = all.last().is_some_and(|w| w.stem == "net");
    if last && range == (0..all.len() - 1) {
        return Some(3.5);
    }
    let head = plain.split(',').next().unwrap_or_default();
    let more = all[..range.start].iter().chain(&all[range.end..]);
    let is_part = more
        .map(|w| w.text.to_lowercase())
        .any(|w| PART.contains(&w.as_str()));
    let whole = if is_part { 0.5 } else { 1.0 };
    let share = whole * range.len() as f64 / all.len() as f64;
    let opens = range.start == 0 || all[..range.start].iter().all(|w| w.stem == "total");
    match () {
        () if opens && !is_part && words(head).len() == range.end => Some(2.0 + share),
        () if opens => Some(whole + share),
        () if share >= 0.5 => Some(share),
        () => None,
    }
}

/// Words that make of an item a part of it, or what it is before something is taken off.
const PART: [&str; 11] = [
    "basic",
    "other",
    "continuing",
    "discontinued",
    "before",
    "excluding",
    "including",
    "noncontrolling",
    "affiliates",
    "investees",
    "redeemable",
];

/// `Net income attributable` for `Net (loss) income attributable`.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
