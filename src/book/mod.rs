//! The book: the facts of a library's companies, asked by line item and fiscal period over all of their
//! documents. A figure comes from the report on its own period; what later reports say otherwise is a
//! restatement, kept beside it. What no report prints is derived where accounting allows.

mod asked;
mod breakdown;
mod catalog;
mod company;
mod derive;
mod document;
pub mod grid;
mod operating;
mod pair;
mod part;
mod printed;
mod reserve;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use time::Date;

use crate::fact::{Checks, Fact, Unit};
use crate::metadata::calendar::Calendar;
use crate::query::company::Directory;
use crate::query::lexicon::{Item, Lexicon};
use crate::query::{is_amended, is_annual};
use crate::statement::period::Period;
use crate::store::{DocumentRow, Store, StoreError, Which};
use crate::units::counted_in;

pub use asked::AskedPart;
pub use breakdown::{Breakdown, breakdowns};
pub use catalog::{Chosen, chosen, elements};
pub use company::{Company, CompanyError, companies};
pub use document::{DocumentFacts, Wanted};
use document::{Found, NEAR};
pub use part::{is_abbreviated, is_same_name};
pub use printed::{Printed, is_total, printed};
pub use reserve::Reserve;

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Income with what belongs to others than the parent's owners.
const OF_WHOLE: [&str; 2] = [
    "ProfitLoss",
    "ComprehensiveIncomeNetOfTaxIncludingPortionAttributableToNoncontrollingInterest",
];

/// What a printed figure is counted in: `million USD`, `USD/share`.
pub fn counted(unit: Unit, scale: f64, currency: &str) -> String {
    let scale = counted_in(scale).filter(|_| unit != Unit::Percent);
    let of = unit.name(currency);
    let words = [scale.unwrap_or_default(), &of];
    let words: Vec<&str> = words.into_iter().filter(|own| !own.is_empty()).collect();
    words.join(" ")
}

/// True for an item of the whole group that may be stated of its owners alone.
fn is_of_whole(item: &Item) -> bool {
    item.elements
        .first()
        .is_some_and(|first| OF_WHOLE.contains(first))
}

/// Documents that are looked at for one figure at most.
const DOCUMENTS: usize = 6;

/// A fact with the document that states it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    pub document: i64,
    pub fact: Fact,
    /// With the sign that formulas mean.
    pub value: f64,
}

/// A fact that a figure is made of, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// 1 or -1.
    pub sign: f64,
    pub period: Period,
    pub stated: Stated,
}

/// A figure of the book.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub value: f64,
    /// One where a report states it, several where it is a sum or is derived.
    pub terms: Vec<Term>,
    /// It is of other periods than its own, the year less nine months, or of other lines.
    pub is_derived: bool,
    /// What a later or an amended report has in its place.
    pub restated: Option<Stated>,
    /// Why it may be more or less than its item.
    pub reserve: Option<Reserve>,
}

impl Figure {
    /// A figure that one line states.
    fn of(period: Period, stated: Stated) -> Self {
        Self {
            value: stated.value,
            terms: vec![Term {
                sign: 1.0,
                period,
                stated,
            }],
            is_derived: false,
            restated: None,
            reserve: None,
        }
        .with_doubt_of_pictures()
    }

    /// A figure on a picture may have been misread, even where it adds up by chance.
    fn with_doubt_of_pictures(mut self) -> Self {
        if self.terms.iter().any(|term| term.stated.fact.is_recognised) {
            self.reserve.get_or_insert(Reserve::Recognised);
        }
        self
    }

    /// True where all its facts are part of a sum, and they are the item and nothing else.
    pub fn is_checked(&self) -> bool {
        let adds_up = |term: &Term| term.stated.fact.passed != Checks::default();
        self.terms.iter().all(adds_up) && self.reserve.is_none()
    }
}

/// How surely a fact is of the part of the company that is meant; none where it is not.
pub type Meant<'a> = dyn Fn(&Fact) -> Option<u8> + 'a;

/// The facts of a library, each document's read when needed.
pub struct Book<'a> {
    store: &'a Store,
    directory: &'a Directory,
    lexicon: &'a Lexicon,
    facts: RefCell<HashMap<i64, Rc<DocumentFacts>>>,
}

impl<'a> Book<'a> {
    pub fn new(store: &'a Store, directory: &'a Directory, lexicon: &'a Lexicon) -> Self {
        Self {
            store,
            directory,
            lexicon,
            facts: RefCell::default(),
        }
    }

    pub fn lexicon(&self) -> &'a Lexicon {
        self.lexicon
    }

    /// The facts of a document.
    pub fn facts(&self, row: &DocumentRow) -> Result<Rc<DocumentFacts>> {
        if let Some(known) = self.facts.borrow().get(&row.id) {
            return Ok(known.clone());
        }
        let known = self.directory.calendar(row.id).copied();
        let own = || Calendar::learn(std::iter::once(&row.metadata));
        let facts = Rc::new(DocumentFacts {
            facts: self.store.facts(row.id, Which::Statements)?,
            calendar: known.or_else(own).unwrap_or_default(),
        });
        self.facts.borrow_mut().insert(row.id, facts.clone());
        Ok(facts)
    }

    /// The figure of an item in a period of a company whose documents are `rows`, of the part that `meant`
    /// knows; as a report states it, else derived from other periods.
    pub fn figure(
        &self,
        rows: &[&DocumentRow],
        index: usize,
        wanted: Wanted,
        meant: Option<&Meant<'_>>,
    ) -> Result<Option<Figure>> {
        let figure = self.best(rows, index, wanted, meant)?;
        Ok(figure.map(Figure::with_doubt_of_pictures))
    }

    /// The figure as it is stated, or else derived.
    fn best(
        &self,
        rows: &[&DocumentRow],
        index: usize,
        wanted: Wanted,
        meant: Option<&Meant<'_>>,
    ) -> Result<Option<Figure>> {
        if wanted.is_trailing {
            return derive::trailing(self, rows, index, wanted, meant);
        }
        if let Some(stated) = self.stated(rows, index, wanted, meant)? {
            return Ok(Some(stated));
        }
        if meant.is_none()
            && let Some(figure) = derive::of_lines(self, rows, index, wanted)?
        {
            return Ok(Some(figure));
        }
        if meant.is_none()
            && let Some(figure) = operating::income(self, rows, index, wanted)?
        {
            return Ok(Some(figure));
        }
        derive::figure(self, rows, index, wanted, meant)
    }

    /// The figure as the first document that has it states it; of the whole group before that of its owners alone,
    /// where an item may be either.
    fn stated(
        &self,
        rows: &[&DocumentRow],
        index: usize,
        wanted: Wanted,
        meant: Option<&Meant<'_>>,
    ) -> Result<Option<Figure>> {
        let is_either = is_of_whole(&self.lexicon.items[index]);
        let of_whole = self.stated_by(rows, index, wanted, meant, &|fact| {
            !(is_either && fact.is_of_owners())
        })?;
        match of_whole {
            None if is_either => self.stated_by(rows, index, wanted, meant, &|_| true),
            found => Ok(found),
        }
    }

    /// The figure as the first document that has it of facts that are taken states it.
    fn stated_by(
        &self,
        rows: &[&DocumentRow],
        index: usize,
        wanted: Wanted,
        meant: Option<&Meant<'_>>,
        is_taken: &dyn Fn(&Fact) -> bool,
    ) -> Result<Option<Figure>> {
        let mut figure: Option<Figure> = None;
        for row in self.reporting(rows, wanted.period) {
            let facts = self.facts(row)?;
            let item = &self.lexicon.items[index];
            if meant.is_some_and(|meant| facts.is_of_two_rests(item, wanted, meant)) {
                return Ok(None);
            }
            let found: Vec<Found> = match meant {
                Some(meant) => facts.of_part(item, wanted, meant).into_iter().collect(),
                None => facts.find(self.lexicon, index, wanted),
            };
            if found.is_empty() || !found.iter().all(|(at, _)| is_taken(&facts.facts[*at])) {
                continue;
            }
            let value: f64 = found.iter().map(|(_, value)| value).sum();
            let stated = |(at, value): &Found| Stated {
                document: row.id,
                fact: facts.facts[*at].clone(),
                value: *value,
            };
            match &mut figure {
                None => {
                    let term = |found: &Found| Term {
                        sign: 1.0,
                        period: wanted.period,
                        stated: stated(found),
                    };
                    figure = Some(Figure {
                        value,
                        terms: found.iter().map(term).collect(),
                        is_derived: false,
                        restated: None,
                        reserve: meant
                            .is_none()
                            .then(|| reserve::of(&facts, (self.lexicon, index), wanted, &found))
                            .flatten(),
                    });
                }
                Some(figure) => {
                    let room = 0.0005 * figure.value.abs() + 1e-9;
                    // Net income with and without that of others is no restatement.
                    let item = figure.terms.first().map(|term| term.stated.fact.item);
                    if found.first().map(|(at, _)| facts.facts[*at].item) != item {
                        continue;
                    }
                    // Of the rows of a sum the first stands for all.
                    if (value.abs() - figure.value.abs()).abs() > room && found.len() == 1 {
                        figure.restated = found.first().map(stated);
                        break;
                    }
                }
            }
        }
        Ok(figure)
    }

    /// The documents that may have the figures of a period, best first: that whose own period it is, what amends
    /// it before it, then those after it, which have its figures too; annual and quarterly reports before others.
    pub fn reporting<'r>(&self, rows: &[&'r DocumentRow], period: Period) -> Vec<&'r DocumentRow> {
        let (quarter, _) = period.span.end();
        let rank = |row: &&'r DocumentRow| {
            let calendar = self.directory.calendar(row.id);
            let behind = match (calendar, row.metadata.period_end) {
                (Some(calendar), Some(end)) => {
                    months_behind(calendar.quarter_end(period.year, quarter), end)?
                }
                // By the numbers of the years alone.
                _ => match row.metadata.year {
                    Some(year) if year >= period.year => 12 * i64::from(year - period.year),
                    Some(_) => return None,
                    None => 12,
                },
            };
            let is_filing = is_annual(&row.metadata.form) || row.metadata.form.starts_with("10-Q");
            let amended = is_amended(&row.metadata.form);
            Some(((behind, !is_filing, !amended), *row))
        };
        let mut ranked: Vec<_> = rows.iter().filter_map(rank).collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.path.cmp(&b.1.path)));
        ranked.truncate(DOCUMENTS);
        ranked.into_iter().map(|(_, row)| row).collect()
    }

    /// True where a document has the statement of an item with a column of the period.
    pub fn covers(&self, rows: &[&DocumentRow], index: usize, wanted: Wanted) -> Result<bool> {
        for row in self.reporting(rows, wanted.period) {
            if self
                .facts(row)?
                .covers(self.lexicon.items[index].statement, wanted)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Months from the end of a period to that of a document that reports on it or on a later one.
fn months_behind(period: Date, document: Date) -> Option<i64> {
    let days = (document - period).whole_days();
    (days >= -NEAR).then_some((days + NEAR) / 30)
}
