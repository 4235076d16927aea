//! Line items: which row of a document's statements is a line item of the lexicon, and its figure.

use super::Result;
use crate::pdf::LineKind;
use crate::query::lexicon::{Item, Lexicon, Named};
use crate::query::word::words;
use crate::retrieve::Retriever;
use crate::statement::Statement;
use crate::statement::figure::amount;
use crate::statement::ledger::{self, Ledger, PageLine, Row};
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

/// A document's statements, asked by line item.
pub struct LineItems {
    document: String,
    ledger: Ledger,
}

impl LineItems {
    /// Reads the statements of `row` from its stored pages.
    pub fn read(retriever: &Retriever, row: &DocumentRow) -> Result<Self> {
        let store = retriever.store();
        let mut chunks: Vec<StoredChunk> = Vec::new();
        for place in retriever.statement_chunks(row.id) {
            chunks.extend(store.chunk(place.key)?);
        }
        let main = [Statement::Balance, Statement::Income, Statement::CashFlow];
        let statement_of = |chunk: &StoredChunk| chunk.statement.filter(|s| main.contains(s));
        chunks.retain(|chunk| statement_of(chunk).is_some());
        let mut tables = Vec::new();
        for run in chunks.chunk_by(|a, b| a.statement == b.statement && b.page <= a.page_last + 1) {
            let Some(statement) = statement_of(&run[0]) else {
                continue;
            };
            let lines = lines(retriever, row, run)?;
            tables.push(ledger::Table::read(statement, &lines, row.metadata.quarter));
        }
        Ok(Self {
            document: row.path.clone(),
            ledger: Ledger::new(tables, row.metadata.year),
        })
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
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
        for table in self.ledger.of_kind(item.statement) {
            let is_part = |row: &&Row| row.cells.label.to_lowercase().starts_with(begins.as_str());
            let rows = table.rows.iter().filter(is_part);
            let parts: Vec<Entry> = rows
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
        let mut found = None;
        for table in self.ledger.of_kind(item.statement) {
            let rated = table.rows.iter().filter_map(|row| {
                let has_year = self.ledger.figure(row, year).is_some();
                let certainty = certainty(lexicon, index, &row.cells.label);
                Some((certainty.filter(|_| has_year)?, row))
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

    fn entry(&self, table: &ledger::Table, row: &Row, item: &Item, year: i32) -> Option<Entry> {
        let figure = self.ledger.figure(row, year)?;
        let number = amount(&figure.text)?;
        let unit = self.ledger.unit(table, row);
        let number = if item.unsigned { number.abs() } else { number };
        Some(Entry {
            document: self.document.clone(),
            page: row.line.page,
            line: row.line.at,
            row: row.line.text.clone(),
            label: row.cells.label.clone(),
            printed: figure.text.clone(),
            head: figure.head.clone(),
            value: number * unit,
            unit,
            chunk_id: row.line.chunk_id.clone(),
        })
    }
}

/// The lines of the statement whose chunks are `run`, over page breaks, without running lines.
fn lines(retriever: &Retriever, row: &DocumentRow, run: &[StoredChunk]) -> Result<Vec<PageLine>> {
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let chunk_of = |page: u32, at: usize| {
        let begins = |c: &&StoredChunk| (c.page, c.line_first as usize) <= (page, at);
        let chunk = run.iter().rev().find(begins).unwrap_or(first);
        chunk.chunk_id.clone()
    };
    let mut out = Vec::new();
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
                out.push(PageLine {
                    page: number,
                    at,
                    text: line.text,
                    chunk_id: chunk_of(number, at),
                });
            }
        }
    }
    Ok(out)
}

/// How surely a label is that of an item: 3 its name and no more, 2 its name before a comma or a
/// bracket, 1 and less where more follows or goes before. None where it is another's.
fn certainty(lexicon: &Lexicon, index: usize, label: &str) -> Option<f64> {
    let plain = without_brackets(label);
    let all = words(&plain);
    let is_named = |(range, named): (std::ops::Range<usize>, Named)| {
        (named == Named::Item(index)).then_some(range)
    };
    let range = lexicon.find(&all).into_iter().find_map(is_named)?;
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
    if opens && !is_part && words(head).len() == range.end {
        Some(2.0 + share)
    } else if opens {
        Some(whole + share)
    } else {
        (share >= 0.5).then_some(share)
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
