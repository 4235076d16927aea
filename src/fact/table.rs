//! Tables of a document: grids with what is known of them from what stands around and in other tables: the
//! statement that they are of, the periods of their columns, scale and currency.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use time::Date;

use super::period::{Context, Period, Said, of_columns, period_over};
use super::unit::{Scale, currency as in_currency};
use crate::metadata::{Metadata, date};
use crate::pattern::compiled;
use crate::pdf::table::grid::{Grid, grids};
use crate::pdf::{LineKind, Page};
use crate::statement::Statement;
use crate::statement::section::{Section, sections};

/// A table with what it is known to be.
pub struct Table {
    pub grid: Grid,
    pub statement: Option<Statement>,
    /// The statement's number in the document: its tables on several pages have one.
    pub run: usize,
    pub scale: Option<Scale>,
    /// What its amounts are in, where it says so.
    pub currency: Option<&'static str>,
    pub periods: Vec<Option<Period>>,
    /// The periods of the years that the document has columns of, where it is annual.
    pub years: Vec<(i32, Period)>,
    pub is_annual: bool,
}

impl Table {
    /// The period that a text over rows names.
    pub fn period_of(&self, text: &str) -> Option<Period> {
        let by_year = |year| {
            let known = self.years.iter().find(|(own, _)| *own == year);
            known.map(|(_, period)| *period)
        };
        period_over(text, by_year, self.is_annual.then_some(12))
    }
}

/// All tables of a document, in order.
pub fn tables(pages: &[Page], metadata: &Metadata) -> Vec<Table> {
    let sections = sections(pages);
    let mut grids: Vec<Grid> = pages.iter().flat_map(grids).collect();
    inherit_heads(&mut grids);
    let days = days(&grids);
    let is_annual = metadata.quarter.is_none();
    let mut out: Vec<Table> = Vec::new();
    for grid in grids {
        let line = grid.rows.first().map_or(0, |row| row.line);
        let found = statement_of(&sections, grid.page, line);
        let statement = found.map(|(_, statement)| statement);
        let months = match statement {
            Some(Statement::Balance) => Some(0),
            Some(Statement::Income | Statement::CashFlow | Statement::Comprehensive)
                if is_annual =>
            {
                Some(12)
            }
            Some(_) => None,
            None => is_annual.then_some(12),
        };
        let context = Context {
            metadata,
            months,
            days: &days,
        };
        let texts = grid
            .stub
            .iter()
            .chain(&grid.above)
            .chain(grid.columns.iter().flat_map(|c| &c.heads));
        let mut words = texts.clone();
        let mut scale = texts.rev().find_map(|text| Scale::parse(text));
        scale = scale.or_else(|| Scale::in_caption(&grid.caption));
        let currency = words.find_map(|text| in_currency(text));
        let currency = currency.or_else(|| in_currency(&grid.caption));
        // What stands over every page of a report may say it, too.
        let running = || running(pages, grid.page);
        scale = scale.or_else(|| running().find_map(Scale::parse));
        // So may a line under a statement.
        if scale.is_none() && statement.is_some() {
            scale = foot(pages, &grid).find_map(Scale::parse);
        }
        let currency = currency.or_else(|| running().find_map(in_currency));
        let goes_on = out.last().is_some_and(|t: &Table| {
            statement.is_some() && t.statement == statement && grid.page <= t.grid.page + 1
        });
        // A statement says it once, over its first page.
        if scale.is_none() && goes_on {
            scale = out.last().and_then(|t| t.scale);
        }
        let run = match out.last() {
            Some(last) if goes_on => last.run,
            Some(last) => last.run + 1,
            None => 0,
        };
        let mut periods = of_columns(&grid, &context);
        if statement.is_some() {
            keep_one_of_each(&grid, &mut periods);
        }
        out.push(Table {
            grid,
            statement,
            run,
            scale,
            currency,
            periods,
            years: Vec::new(),
            is_annual,
        });
    }
    let years = years(&out, metadata);
    for table in &mut out {
        table.years.clone_from(&years);
    }
    let usual = usual_scale(&out);
    let money = usual_currency(&out);
    for table in &mut out {
        // Notes say once for all of them what they count in.
        let is_money = table.statement.is_some() || table.grid.has_currency();
        table.scale = table.scale.or(usual.filter(|_| is_money));
        table.currency = table.currency.or(money);
    }
    out
}

/// The lines of a page that stand on others, too.
fn running(pages: &[Page], number: u32) -> impl Iterator<Item = &str> {
    let own = pages.iter().filter(move |page| page.number == number);
    own.flat_map(|page| &page.lines)
        .filter(|line| line.kind == LineKind::Running)
        .map(|line| line.text.as_str())
}

/// Lines under a table that say what its amounts are counted in.
const FEET: usize = 6;

/// The lines right under a table that speak of its amounts: `Amounts in thousands, except per share data`.
fn foot<'a>(pages: &'a [Page], grid: &Grid) -> impl Iterator<Item = &'a str> {
    static AMOUNTS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\W*(?:all |the )?(?:(?:dollars?|dollar amounts|amounts?|figures|u\.?s\.? dollars|stated|expressed|presented)\b.{0,40} in\b|(?:in )?(?:thousands|millions|billions)\b)",
        )
    });
    let last = grid.rows.last().map_or(0, |row| row.line);
    let number = grid.page;
    let own = pages.iter().filter(move |page| page.number == number);
    own.flat_map(move |page| page.lines.iter().skip(last + 1).take(FEET))
        .map(|line| line.text.as_str())
        .filter(|text| text.len() < 120 && AMOUNTS.is_match(text))
}

/// Columns of one period side by side are of several companies: that of all of them counts. One in a currency of
/// its own repeats the year's for readers elsewhere, and does not count.
fn keep_one_of_each(grid: &Grid, periods: &mut [Option<Period>]) {
    leave_out_translations(grid, periods);
    let is_all = |at: usize| {
        let head = grid.columns[at].heads.join(" ").to_lowercase();
        head.contains("consolidated") || head.contains("total")
    };
    let twice: Vec<usize> = (0..periods.len())
        .filter(|at| {
            periods[*at].is_some() && periods.iter().filter(|p| **p == periods[*at]).count() > 1
        })
        .collect();
    for at in twice {
        if !is_all(at) {
            periods[at] = None;
        }
    }
}

/// Leaves out columns of a period that stands in another column, too, in the currency of more columns.
fn leave_out_translations(grid: &Grid, periods: &mut [Option<Period>]) {
    let money: Vec<Option<&str>> = grid
        .columns
        .iter()
        .map(|column| column.heads.iter().rev().find_map(|head| in_currency(head)))
        .collect();
    let count = |currency: Option<&str>| money.iter().filter(|own| **own == currency).count();
    for at in 0..periods.len() {
        let is_translated = money[at].is_some()
            && (0..periods.len()).any(|other| {
                periods[other].is_some()
                    && periods[other] == periods[at]
                    && money[other] != money[at]
                    && (count(money[other]) > count(money[at]) || money[other].is_none())
            });
        if is_translated {
            periods[at] = None;
        }
    }
}

/// The years of the income statement's columns, as the issuer calls them.
fn years(tables: &[Table], metadata: &Metadata) -> Vec<(i32, Period)> {
    let (Some(end), Some(year)) = (metadata.period_end, metadata.year) else {
        return Vec::new();
    };
    let own = tables
        .iter()
        .filter(|t| t.statement == Some(Statement::Income));
    let periods = own
        .flat_map(|t| t.periods.iter().flatten())
        .filter(|p| p.months == 12);
    let called = |p: &Period| (year - date::months_between(p.end, end) / 12, *p);
    let mut out: Vec<(i32, Period)> = periods.map(called).collect();
    out.sort_unstable();
    out.dedup_by_key(|(year, _)| *year);
    out
}

/// What most statements count in.
fn usual_scale(tables: &[Table]) -> Option<Scale> {
    let mut counts: HashMap<u64, (usize, Scale)> = HashMap::new();
    for scale in tables
        .iter()
        .filter(|t| t.statement.is_some())
        .filter_map(|t| t.scale)
    {
        counts.entry(scale.money as u64).or_insert((0, scale)).0 += 1;
    }
    counts
        .into_values()
        .max_by_key(|(n, scale)| (*n, scale.money as u64))
        .map(|(_, scale)| scale)
}

/// What most statements say that they are in, else what the signs of their figures say.
fn usual_currency(tables: &[Table]) -> Option<&'static str> {
    let own = tables.iter().filter(|t| t.statement.is_some());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for currency in own.clone().filter_map(|t| t.currency) {
        *counts.entry(currency).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(currency, _)| currency);
    let cells = own
        .flat_map(|t| &t.grid.rows)
        .flat_map(|row| row.cells.iter().flatten());
    most.or_else(|| cells.into_iter().find_map(|cell| in_currency(&cell.text)))
}

/// The days that heads name whole.
fn days(grids: &[Grid]) -> Vec<Date> {
    let heads = grids
        .iter()
        .flat_map(|grid| &grid.columns)
        .map(|c| c.heads.join(" "));
    let mut out: Vec<Date> = heads.filter_map(|head| Said::parse(&head).end).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// A table without heads of its own has those of the table before it whose columns stand as its do: rows
/// that go on behind a line of text, or on the next page.
fn inherit_heads(grids: &mut [Grid]) {
    for at in 1..grids.len() {
        let (before, rest) = grids.split_at_mut(at);
        let (last, grid) = (&before[at - 1], &mut rest[0]);
        let named = |g: &Grid| {
            g.columns
                .iter()
                .any(|c| Said::parse(&c.heads.join(" ")).year.is_some())
        };
        if named(grid)
            || grid.columns.len() != last.columns.len()
            || grid.page > last.page + 1
            || !named(last)
        {
            continue;
        }
        let same = grid
            .columns
            .iter()
            .zip(&last.columns)
            .all(|(a, b)| a.x0 < b.x1 + 4.0 && b.x0 < a.x1 + 4.0);
        if same {
            for (column, of) in grid.columns.iter_mut().zip(&last.columns) {
                column.heads.splice(0..0, of.heads.iter().cloned());
            }
            let stub = last.stub.clone();
            grid.stub.splice(0..0, stub);
        }
    }
}

/// The statement that a line is of, and its number among them.
fn statement_of(sections: &[Section], page: u32, line: usize) -> Option<(usize, Statement)> {
    let holds = |s: &Section| s.page == page && (s.from..s.to).contains(&line);
    let at = sections.iter().position(holds)?;
    Some((at, sections[at].statement))
}
