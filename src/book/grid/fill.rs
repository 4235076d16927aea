//! Filling a grid: each cell's figure from the book, or why there is none.

use super::{Cell, Columns, Grid, Kind, Row, Source, State};
use crate::book::part::{Part, parts};
use crate::book::{Book, Company, Figure, Meant, Result, Term, Wanted, chosen, derive};
use crate::fact::Unit;
use crate::query::company::Directory;
use crate::query::lexicon::{Lexicon, Named};
use crate::statement::period::{Period, Span};
use crate::store::{DocumentRow, Store};

/// Periods of a grid unless asked for.
const YEARS: i32 = 5;
const QUARTERS: i32 = 8;
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

/// Fills a grid.
pub fn fill(
    store: &Store,
    directory: &Directory,
    lexicon: &Lexicon,
    companies: &[Company<'_>],
    request: &Request,
) -> Result<Grid> {
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
    })
}

/// The periods of the columns, ascending.
fn periods(directory: &Directory, companies: &[Company<'_>], request: &Request) -> Vec<Period> {
    let rows = companies.iter().flat_map(|company| &company.rows);
    let newest = rows
        .filter_map(|row| newest(directory, row, request.columns))
        .max();
    // Where no document says when it ends, what is asked for is shown.
    let (year, quarter) = newest
        .or(request.years.map(|(_, last)| (last, 4)))
        .unwrap_or((0, 4));
    match request.columns {
        Columns::Years => {
            let (first, last) = request.years.unwrap_or((year - YEARS + 1, year));
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
                Some((from, to)) => (4 * from, (4 * to + 3).min(last)),
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
    let calendar = directory.calendar(row.id)?;
    let (year, quarter) = calendar.period_of(row.metadata.period_end?)?;
    match columns {
        Columns::Years if quarter < 4 => Some((year - 1, 4)),
        _ => Some((year, quarter)),
    }
}

/// The parts of a company that have a figure of an item, by name.
fn parts_of(
    store: &Store,
    company: &Company<'_>,
    lexicon: &Lexicon,
    named: &Named,
) -> Result<Vec<Option<Part>>> {
    let Named::Item(index) = named else {
        return Ok(Vec::new());
    };
    let elements = &lexicon.items[*index].elements;
    let mut facts = chosen(store, company)?;
    facts.retain(|chosen| {
        chosen
            .fact
            .item
            .is_some_and(|item| elements.contains(&item))
    });
    Ok(parts(&facts, &company.name).into_iter().map(Some).collect())
}

/// The currency of all amounts of a row.
fn currency(kind: Kind, cells: &[Cell]) -> Option<&'static str> {
    if !matches!(kind, Kind::Amount | Kind::PerShare) {
        return None;
    }
    let mut of = cells
        .iter()
        .flat_map(|cell| &cell.sources)
        .map(|source| source.currency);
    let first = of.next().filter(|currency| !currency.is_empty())?;
    of.all(|other| other == first).then_some(first)
}

/// A row that is asked for.
struct Asked<'a> {
    book: &'a Book<'a>,
    company: &'a Company<'a>,
    named: &'a Named,
    part: Option<&'a Part>,
    columns: Columns,
}

impl Asked<'_> {
    fn row(&self, periods: &[Period]) -> Result<Row> {
        let lexicon = self.book.lexicon();
        let mut kind = match self.named {
            Named::Measure(index) if lexicon.measures[*index].expr.degree() != 1 => Kind::Ratio,
            _ => Kind::Amount,
        };
        let mut cells = Vec::with_capacity(periods.len());
        for &period in periods {
            let (cell, counts) = self.cell(period)?;
            match counts {
                Some(Unit::PerShare) => kind = Kind::PerShare,
                Some(Unit::Shares) => kind = Kind::Shares,
                _ => {}
            }
            cells.push(cell);
        }
        Ok(Row {
            company: self.company.name.clone(),
            item: lexicon.name(self.named).to_owned(),
            part: self.part.map(|part| part.name.clone()),
            kind,
            currency: currency(kind, &cells),
            cells,
        })
    }

    fn figure(&self, index: usize, period: Period) -> Result<Option<Figure>> {
        let wanted = Wanted {
            period,
            is_day: false,
        };
        let meant = self.part.map(|part| {
            move |fact: &crate::fact::Fact| {
                let own = fact
                    .dimension
                    .as_ref()
                    .is_some_and(|d| part.is_called(&d.member));
                own.then_some(0_u8)
            }
        });
        let meant = meant.as_ref().map(|meant| meant as &Meant<'_>);
        let rows = &self.company.rows;
        match self.columns {
            Columns::Trailing => derive::trailing(self.book, rows, index, wanted, meant),
            _ => self.book.figure(rows, index, wanted, meant),
        }
    }

    /// A cell, and what its figure counts where it is one item's.
    fn cell(&self, period: Period) -> Result<(Cell, Option<Unit>)> {
        match self.named {
            Named::Item(index) => {
                let figure = self.figure(*index, period)?;
                let counts = figure
                    .as_ref()
                    .map(|figure| figure.terms[0].stated.fact.unit);
                Ok((self.of_figure(period, *index, figure)?, counts))
            }
            Named::Measure(index) => Ok((self.of_measure(period, *index)?, None)),
        }
    }

    fn of_figure(&self, period: Period, index: usize, figure: Option<Figure>) -> Result<Cell> {
        let Some(figure) = figure else {
            return Ok(Cell {
                period,
                value: None,
                state: State::Missing,
                why: self.why_missing(period, index)?,
                sources: Vec::new(),
            });
        };
        let sources: Vec<Source> = figure.terms.iter().map(|term| self.source(term)).collect();
        let (state, why) = if let Some(other) = &figure.restated {
            let there = self.path(other.document);
            (
                State::Restated,
                format!("{there} p. {} has {}", other.fact.page, other.fact.printed),
            )
        } else if figure.is_derived || sources.len() > 1 {
            let terms = sources
                .iter()
                .map(|s| format!("{}{}", if s.is_less { "less " } else { "" }, s.period));
            (State::Derived, terms.collect::<Vec<_>>().join(", "))
        } else if figure.is_checked() {
            (State::Stated, String::new())
        } else {
            (
                State::Unchecked,
                "no total that it is part of was found".to_owned(),
            )
        };
        Ok(Cell {
            period,
            value: Some(figure.value),
            state,
            why,
            sources,
        })
    }

    fn of_measure(&self, period: Period, index: usize) -> Result<Cell> {
        let lexicon = self.book.lexicon();
        let measure = &lexicon.measures[index];
        let mut sources = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        let mut problem = None;
        let value = measure
            .expr
            .value(period.year, &mut |index, year, optional| {
                let period = period.of_year(year);
                match self.figure(index, period) {
                    Ok(Some(figure)) => {
                        sources.extend(figure.terms.iter().map(|term| self.source(term)));
                        Some(figure.value)
                    }
                    Ok(None) if optional => Some(0.0),
                    Ok(None) => {
                        let what = format!("{} of {}", lexicon.items[index].name(), period.label());
                        if !missing.contains(&what) {
                            missing.push(what);
                        }
                        None
                    }
                    Err(error) => {
                        problem = Some(error);
                        None
                    }
                }
            });
        if let Some(problem) = problem {
            return Err(problem);
        }
        let (state, why) = match value {
            Some(_) => (State::Derived, format!("= {}", measure.formula)),
            None => (State::Missing, format!("without {}", missing.join(", "))),
        };
        Ok(Cell {
            period,
            value,
            state,
            why,
            sources: if value.is_some() { sources } else { Vec::new() },
        })
    }

    fn why_missing(&self, period: Period, index: usize) -> Result<String> {
        let reporting = self.book.reporting(&self.company.rows, period);
        let Some(first) = reporting.first() else {
            return Ok(format!("no document on {} or after it", period.label()));
        };
        let wanted = Wanted {
            period,
            is_day: false,
        };
        Ok(if self.book.covers(&self.company.rows, index, wanted)? {
            format!("no such line in {}", first.path)
        } else {
            format!("no statement with a column of {}", period.label())
        })
    }

    fn path(&self, document: i64) -> &str {
        let row = self.company.rows.iter().find(|row| row.id == document);
        row.map_or("", |row| &row.path)
    }

    fn source(&self, term: &Term) -> Source {
        let fact = &term.stated.fact;
        Source {
            document: self.path(term.stated.document).to_owned(),
            page: fact.page,
            line: fact.line,
            place: fact.place,
            label: fact.whole_label(),
            printed: fact.printed.clone(),
            period: term.period.label(),
            currency: fact.currency,
            is_less: term.sign < 0.0,
        }
    }
}
