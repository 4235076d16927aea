//! Scope: the documents that a question is about, by the companies, years and quarters, and form that
//! it names. A company restricts the search to its documents; the period weighs them.

use std::collections::{HashMap, HashSet};

use crate::query::company::{Directory, add_company};
use crate::query::period::Period;
use crate::query::{ParsedQuestion, is_form};
use crate::store::DocumentRow;

/// What a question was found to be about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// Names of companies, as the library has them.
    pub companies: Vec<String>,
    pub period: Period,
    pub form: Option<String>,
    /// Documents that may answer, each with its weight from 0 to 1; empty: all, alike.
    pub weights: HashMap<i64, f32>,
}

impl Scope {
    /// Finds the scope of a question among the documents that `allowed` lets pass. A part that no
    /// document of the rest meets is left out, so that a scope is never empty of documents. Where
    /// a company is named, documents of others weigh `others`; 0 leaves them out.
    pub fn new(
        question: &ParsedQuestion,
        directory: &Directory,
        others: f32,
        allowed: impl Fn(&DocumentRow) -> bool,
    ) -> Self {
        let mut scope = Scope::default();
        let mentions = question.companies.iter();
        let named: HashSet<i64> = mentions.flat_map(|m| m.documents.iter().copied()).collect();
        let pool = directory.documents().iter().filter(|row| allowed(row));
        let (mut own, mut rest): (Vec<&DocumentRow>, Vec<&DocumentRow>) =
            pool.partition(|row| named.contains(&row.id));
        if own.is_empty() {
            std::mem::swap(&mut own, &mut rest);
            rest.clear();
        } else {
            let names = own.iter().map(|row| row.metadata.called());
            names.for_each(|name| add_company(&mut scope.companies, name));
        }
        scope.period = question.period.clone();
        if !own.iter().any(|row| is_near(row, &scope.period)) {
            scope.period = Period::default();
        }
        let is_there = |form: &String| own.iter().any(|row| is_form(row, form));
        scope.form = question.form.clone().filter(is_there);
        if scope.companies.is_empty() && scope.period.is_empty() && scope.form.is_none() {
            return scope;
        }
        let annual = own.iter().filter(|row| !is_interim(row));
        let newest = annual.filter_map(|row| row.metadata.year).max();
        let weigh = |row: &&DocumentRow| (row.id, weight(row, &scope, newest));
        scope.weights = own.iter().map(weigh).collect();
        if others > 0.0 {
            scope
                .weights
                .extend(rest.into_iter().map(|row| (row.id, others)));
        }
        scope
    }

    /// True when the question named nothing that the library knows.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// What was found, a chip each: `PepsiCo`, `FY2023`, `Q1`, `10-Q`.
    pub fn chips(&self) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        let years = self.period.years.iter().map(|y| format!("FY{y}"));
        let quarter = self.period.quarter.map(|q| format!("Q{q}"));
        let companies = self.companies.iter().cloned();
        companies
            .chain(years)
            .chain(quarter)
            .chain(self.form.clone())
            .collect()
    }

    pub fn weight(&self, document: i64) -> f32 {
        if self.is_empty() {
            return 1.0;
        }
        self.weights.get(&document).copied().unwrap_or(0.0)
    }
}

/// True when a document may report on the period: of its last year, or up to two years after it,
/// whose reports still have its figures.
fn is_near(row: &DocumentRow, period: &Period) -> bool {
    let Some(last) = period.last() else {
        return period
            .quarter
            .is_some_and(|q| row.metadata.quarter == Some(q));
    };
    row.metadata
        .year
        .is_some_and(|year| (last..=last + 2).contains(&year))
}

/// Whether a document reports on less than a year.
fn is_interim(row: &DocumentRow) -> bool {
    row.metadata.quarter.is_some_and(|q| q < 4) || row.metadata.form == "10-Q"
}

/// Weight of older and interim reports where no period is named: breaks ties between years, and
/// does not put every page of the newest report before the others.
const RECENT: f32 = 0.96;

/// How likely a document answers, from what it reports on.
fn weight(row: &DocumentRow, scope: &Scope, newest: Option<i32>) -> f32 {
    let meta = &row.metadata;
    let form = match &scope.form {
        Some(form) if !is_form(row, form) => 0.6,
        _ => 1.0,
    };
    let interim = is_interim(row);
    let quarter = match scope.period.quarter {
        Some(wanted) if meta.quarter == Some(wanted) => 1.0,
        // The fourth quarter stands in the annual report.
        Some(4) if !interim => 0.9,
        Some(_) => 0.6,
        None if interim && !scope.period.years.is_empty() => 0.75,
        None => 1.0,
    };
    let year = match (scope.period.last(), meta.year) {
        (Some(last), Some(year)) => match year - last {
            0 => 1.0,
            1 => 0.8,
            2 => 0.7,
            _ => 0.5,
        },
        (Some(_), None) => 0.7,
        // Without a period the newest annual report is meant rather than an older or an interim
        // one; agreements, policies and the like have no newer version in it.
        (None, _) if scope.period.quarter.is_none() && scope.form.is_none() && interim => RECENT,
        (None, Some(year)) if is_form(row, "10-K") && newest.is_some_and(|n| year < n) => RECENT,
        (None, _) => 1.0,
    };
    form * quarter * year
}

#[cfg(test)]
#[path = "scope_tests.rs"]
mod tests;
