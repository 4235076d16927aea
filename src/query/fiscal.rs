//! The fiscal calendars of a library's companies, each learned from the company's own documents.

use std::collections::HashMap;

use crate::metadata::calendar::Calendar;
use crate::store::DocumentRow;

/// Calendars by company.
#[derive(Debug, Default)]
pub struct Calendars {
    /// Of each company, by its number.
    calendars: Vec<Option<Calendar>>,
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
        let calendar = self.of_document(*all.next()?)?;
        let is_same = |document: &i64| self.of_document(*document) == Some(calendar);
        all.all(is_same).then_some(calendar)
    }
}
