//! Filling a grid: each cell's figure from the book, or why there is none.

use super::row::Asked;
use super::{Columns, Grid, GridError};
use crate::book::part::{Part, parts};
use crate::book::{Book, Chosen, Company, Result, chosen};
use crate::progress::CancelToken;
use crate::query::company::Directory;
use crate::query::lexicon::{Lexicon, Named};
use crate::statement::period::{Period, Span};
use crate::store::{DocumentRow, Store};

/// Periods of a grid unless asked for.
const YEARS: i32 = 5;
const QUARTERS: i32 = 8;
/// Years from here on are those up to the last that there is.
pub const OPEN: i32 = 2150;
/// More columns than anyone reads.
const MOST_COLUMNS: i32 = 60;

/// What a grid is to show.
#[derive(Debug, Clone)]
pub struct Request {
    pub items: Vec<Named>,
    pub columns: Columns,
    /// Fiscal years, first and last.
    pub years: Option<(i32, i32)>,
    /// A row for each part of the company that has a figure.
    pub by_part: bool,
}

/// Fills a grid, unless it is cancelled.
pub fn fill(
    store: &Store,
    directory: &Directory,
    lexicon: &Lexicon,
    companies: &[Company<'_>],
    request: &Request,
    cancel: &CancelToken,
) -> Result<Grid, GridError> {
    let book = Book::new(store, directory, lexicon);
    let periods = periods(directory, companies, request);
    let label = |period: &Period| match request.columns {
        Columns::Trailing => format!("TTM {}", period.label()),
        _ => period.label(),
    };
    let mut rows = Vec::new();
    for company in companies {
        for named in &request.items {
            let parts = if request.by_part {
                parts_of(store, company, lexicon, named)?
            } else {
                vec![None]
            };
            for part in parts {
                cancel.check()?;
                let asked = Asked {
                    book: &book,
                    company,
                    named,
                    part: part.as_ref(),
                    columns: request.columns,
                };
                let row = asked.row(&periods)?;
                // A part that only other periods have is none of these.
                if asked.part.is_none() || row.cells.iter().any(|cell| cell.value.is_some()) {
                    rows.push(row);
                }
            }
        }
    }
    Ok(Grid {
        columns: periods.iter().map(label).collect(),
        rows,
        left_out: Vec::new(),
    })
}

/// The periods of the columns, ascending.
fn periods(directory: &Directory, companies: &[Company<'_>], request: &Request) -> Vec<Period> {
    let rows = companies.iter().flat_map(|company| &company.rows);
    let newest = rows
        .filter_map(|row| newest(directory, row, request.columns))
        .max();
    // Where no document says when it ends, what is asked for is shown.
    let newest = newest.or(request.years.map(|(_, last)| (last, 4)));
    let Some((year, quarter)) = newest else {
        return Vec::new();
    };
    match request.columns {
        Columns::Years => {
            let (first, last) = request.years.unwrap_or((year - YEARS + 1, year));
            let last = if last >= OPEN { year } else { last };
            let year = |year| Period {
                year,
                span: Span::Year,
            };
            (first..=last.min(first.saturating_add(MOST_COLUMNS - 1)))
                .map(year)
                .collect()
        }
        Columns::Quarters | Columns::Trailing => {
            // Quarters counted through the years.
            let last = 4 * year + i32::from(quarter) - 1;
            let count = if request.columns == Columns::Trailing {
                4
            } else {
                QUARTERS
            };
            let (first, last) = match request.years {
                Some((from, to)) if to >= OPEN => (4 * from, last),
                Some((from, to)) => (4 * from, 4 * to + 3),
                None => (last - count + 1, last),
            };
            let quarter = |at: i32| Period {
                year: at.div_euclid(4),
                span: Span::Quarter(u8::try_from(at.rem_euclid(4) + 1).unwrap_or(1)),
            };
            (first.max(last - MOST_COLUMNS + 1)..=last)
                .map(quarter)
                .collect()
        }
    }
}

/// The last fiscal year and quarter that a document reports on; of years the last that is over.
fn newest(directory: &Directory, row: &DocumentRow, columns: Columns) -> Option<(i32, u8)> {
    let known = &row.metadata;
    let by_calendar = || directory.calendar(row.id)?.period_of(known.period_end?);
    // A release may say its quarter alone.
    let said = || Some((known.year?, known.quarter.unwrap_or(4)));
    let (year, quarter) = by_calendar().or_else(said)?;
    match columns {
        Columns::Years if quarter < 4 => Some((year - 1, 4)),
        _ => Some((year, quarter)),
    }
}

/// The parts of a company that have a figure of an item, or of all items of a measure, by axis and name.
fn parts_of(
    store: &Store,
    company: &Company<'_>,
    lexicon: &Lexicon,
    named: &Named,
) -> Result<Vec<Option<Part>>> {
    let items = match named {
        Named::Item(index) => std::slice::from_ref(index),
        Named::Measure(index) => &lexicon.measures[*index].items[..],
    };
    let facts = chosen(store, company)?;
    let of = |index: &usize| {
        let elements = &lexicon.items[*index].elements;
        let is_own = |chosen: &&Chosen<'_>| {
            let item = chosen.fact.item;
            item.is_some_and(|item| elements.contains(&item))
        };
        let own: Vec<Chosen<'_>> = facts.iter().filter(is_own).cloned().collect();
        parts(&own, &company.name)
    };
    let mut all = items.iter().map(of);
    let mut out = all.next().unwrap_or_default();
    for others in all {
        out.retain_mut(|part| {
            let same = others.iter().filter(|other| other.is_same(part));
            let same: Vec<&Part> = same.collect();
            same.iter().for_each(|other| part.also(other));
            !same.is_empty()
        });
    }
    Ok(out.into_iter().map(Some).collect())
}
