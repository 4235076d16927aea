//! The ledger: the statements of one document as rows whose figures have a known year.
//!
//! A statement is read from its title to its end, over page breaks, with the heads that say which
//! period a column is of. Those of the issuer itself come first; what stands elsewhere (guarantors,
//! affiliates, summaries) is looked at only for what they lack.

use std::collections::HashMap;

use super::Statement;
use super::figure;
use super::period::Span;
use super::table::{self, Figure, Line};

/// A line of a page that a statement is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// From 1.
    pub page: u32,
    /// Its number among the lines of the page, from 0.
    pub at: usize,
    pub text: String,
    /// The chunk that holds it.
    pub chunk_id: String,
}

/// A row of a statement, with the line that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub cells: Line,
    pub line: PageLine,
}

/// A statement as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub statement: Statement,
    pub rows: Vec<Row>,
    /// What its figures are counted in, where it says so: 1,000,000 of millions.
    pub unit: Option<f64>,
}

impl Table {
    /// Reads a statement from its lines, title first; `quarter` is that of the document.
    pub fn read(statement: Statement, lines: &[PageLine], quarter: Option<u8>) -> Self {
        let cells = table::statement_lines(lines.iter().map(|line| line.text.as_str()), quarter);
        let row = |cells: Line| Row {
            line: lines[cells.at].clone(),
            cells,
        };
        Self {
            statement,
            rows: cells.into_iter().map(row).collect(),
            unit: lines.iter().find_map(|line| figure::unit(&line.text)),
        }
    }

    fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.rows.iter().flat_map(|row| &row.cells.figures)
    }

    fn page(&self) -> i64 {
        self.rows.first().map_or(0, |row| i64::from(row.line.page))
    }
}

/// The statements of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    tables: Vec<Table>,
    /// What is to be added to the years of its columns: the years of some issuers are called after
    /// the year in which they begin.
    shift: i32,
    /// What most of its statements count in.
    unit: f64,
}

impl Ledger {
    /// Of the statements of a document, in the order of its pages; `fiscal_year` is the one that the
    /// document is called after.
    pub fn new(mut tables: Vec<Table>, fiscal_year: Option<i32>) -> Self {
        let mut units: HashMap<u64, usize> = HashMap::new();
        for unit in tables.iter().filter_map(|table| table.unit) {
            *units.entry(unit as u64).or_default() += 1;
        }
        let unit = units
            .into_iter()
            .max_by_key(|(unit, count)| (*count, *unit));
        order_from_issuer(&mut tables);
        Self {
            shift: year_shift(fiscal_year, &tables),
            unit: unit.map_or(1.0, |(unit, _)| unit as f64),
            tables,
        }
    }

    /// The statements of a kind, the issuer's own first.
    pub fn of_kind(&self, statement: Statement) -> impl Iterator<Item = &Table> {
        self.tables
            .iter()
            .filter(move |table| table.statement == statement)
    }

    /// True where the document has a statement of this kind.
    pub fn has(&self, statement: Statement) -> bool {
        self.of_kind(statement).any(|table| !table.rows.is_empty())
    }

    /// The figure of a row in a fiscal year.
    pub fn figure<'a>(&self, row: &'a Row, year: i32) -> Option<&'a Figure> {
        let is_of = |f: &&Figure| f.period.span == Span::Year && f.period.year + self.shift == year;
        row.cells.figures.iter().find(is_of)
    }

    /// What the figures of a row are counted in.
    pub fn unit(&self, table: &Table, row: &Row) -> f64 {
        let is_per_share = |text: &str| text.to_lowercase().contains("per share");
        if is_per_share(&row.cells.label) || is_per_share(&row.cells.over) {
            1.0
        } else {
            table.unit.unwrap_or(self.unit)
        }
    }

    /// The fiscal years of which it has figures, ascending.
    pub fn years(&self) -> Vec<i32> {
        let figures = self.tables.iter().flat_map(Table::figures);
        let of_years = figures.filter(|f| f.period.span == Span::Year);
        let mut out: Vec<i32> = of_years.map(|f| f.period.year + self.shift).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Puts the issuer's own statements first: they stand together, around its largest balance sheet.
/// What lies further off is a summary before them, or of guarantors and affiliates behind.
fn order_from_issuer(tables: &mut [Table]) {
    let sheets = tables.iter().filter(|t| t.statement == Statement::Balance);
    let largest = sheets.rev().max_by_key(|table| table.rows.len());
    if let Some(anchor) = largest.map(Table::page) {
        tables.sort_by_key(|table| (table.page() - anchor).abs());
    }
}

/// What lies between the years of an annual report's columns and the year it is called after.
fn year_shift(fiscal_year: Option<i32>, tables: &[Table]) -> i32 {
    let figures = tables.iter().flat_map(Table::figures);
    let years = figures.filter(|f| f.period.span == Span::Year);
    let newest = years.map(|f| f.period.year).max();
    match (fiscal_year, newest) {
        (Some(year), Some(newest)) if (year - newest).abs() == 1 => year - newest,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(statement: Statement, page: u32, text: &str) -> Table {
        let line = |(at, text): (usize, &str)| PageLine {
            page,
            at,
            text: text.to_owned(),
            chunk_id: format!("{page}"),
        };
        let lines: Vec<PageLine> = text.lines().enumerate().map(line).collect();
        Table::read(statement, &lines, None)
    }

    fn sheet(page: u32, rows: usize) -> Table {
        let rows: String = (0..rows)
            .map(|n| format!("\nAssets of kind {n}   {n}1   {n}2"))
            .collect();
        let text = format!("(in thousands)   2023   2022{rows}");
        table(Statement::Balance, page, &text)
    }

    #[test]
    fn the_issuers_own_statements_come_before_others() {
        let ledger = Ledger::new(vec![sheet(10, 2), sheet(50, 6), sheet(90, 3)], Some(2023));
        let pages: Vec<i64> = ledger
            .of_kind(Statement::Balance)
            .map(Table::page)
            .collect();
        assert_eq!(pages, [50, 10, 90]);
        assert!(ledger.has(Statement::Balance) && !ledger.has(Statement::Income));
    }

    #[test]
    fn a_year_called_after_its_beginning_is_shifted() {
        let ledger = Ledger::new(vec![sheet(1, 3)], Some(2022));
        assert_eq!(ledger.years(), [2021, 2022]);
        let row = &ledger.of_kind(Statement::Balance).next().unwrap().rows[1];
        assert_eq!(ledger.figure(row, 2022).unwrap().text, "11");
        assert_eq!(ledger.figure(row, 2023), None);
    }

    #[test]
    fn figures_per_share_are_in_single_units() {
        let text =
            "(in millions)   2023   2022\nNet income   10   9\nEarnings per share   1.5   1.2";
        let income = table(Statement::Income, 1, text);
        let ledger = Ledger::new(vec![income.clone()], Some(2023));
        let units: Vec<f64> = income
            .rows
            .iter()
            .map(|row| ledger.unit(&income, row))
            .collect();
        assert_eq!(units, [1e6, 1.0]);
    }
}
