//! The fiscal calendars of a library's companies, each learned from the company's own documents.

use std::collections::HashMap;

use super::is_annual;
use crate::metadata::calendar::Calendar;
use crate::metadata::{Metadata, date};
use crate::store::DocumentRow;

/// Calendars by company.
#[derive(Debug, Default)]
pub struct Calendars {
    /// Of each company, by its number.
    calendars: Vec<Option<Calendar>>,
    /// Whether all years of the company end in one month: after a change nobody can tell by the calendar.
    steady: Vec<bool>,
    /// The company of each document that says whose it is.
    companies: HashMap<i64, usize>,
}

impl Calendars {
    /// Learns the calendar of each company; `companies` are the places of their documents among
    /// `documents`.
    pub fn learn(documents: &[DocumentRow], companies: &[Vec<usize>]) -> Self {
        let mut out = Self::default();
        for (number, own) in companies.iter().enumerate() {
            let rows = own.iter().map(|at| &documents[*at]);
            let filings = rows.clone().map(|row| &row.metadata);
            out.steady.push(is_steady(filings.clone()));
            out.calendars.push(Calendar::learn(filings));
            let has_name = |row: &&DocumentRow| !row.metadata.company.is_empty();
            let named = rows.filter(has_name);
            out.companies.extend(named.map(|row| (row.id, number)));
        }
        out
    }

    /// The number of the company that a document is of; none where it does not say whose it is.
    pub fn company(&self, document: i64) -> Option<usize> {
        self.companies.get(&document).copied()
    }

    /// The calendar of the company that a document is of; none where no document of it says when its
    /// period ended.
    pub fn of_document(&self, document: i64) -> Option<&Calendar> {
        self.calendars.get(self.company(document)?)?.as_ref()
    }

    /// The one calendar of the companies of these documents; none where they have several, or one of
    /// them has none. Documents of no company have no say.
    pub fn of_all(&self, documents: &[i64]) -> Option<&Calendar> {
        let mut all = documents.iter().filter(|id| self.company(**id).is_some());
        let first = *all.next()?;
        if !self.steady[self.company(first)?] {
            return None;
        }
        let calendar = self.of_document(first)?;
        let is_same = |document: &i64| self.of_document(*document) == Some(calendar);
        all.all(is_same).then_some(calendar)
    }
}

/// True where no annual reports of a company end in months that are apart.
fn is_steady<'a>(filings: impl Iterator<Item = &'a Metadata>) -> bool {
    let annual =
        filings.filter(|m| m.months.is_some_and(|months| months > 3) && is_annual(&m.form));
    let mut months = annual
        .filter_map(|m| m.period_end)
        .map(|end| date::nominal(end).1);
    let first = months.next();
    months.all(|month| Some(month) == first)
}
