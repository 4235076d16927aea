//! Scope: the documents that a question is about, by the companies, years and quarters, and form that
//! it names. A company restricts the search to its documents; the period weighs them, by the company's
//! fiscal calendar (`aims`).

use std::collections::{HashMap, HashSet};

use super::aim::{RECENT, is_interim};
use super::aims::Aims;
use crate::metadata::company_key;
use crate::query::company::{Directory, add_company};
use crate::query::period::{Period, Relative};
use crate::query::{Intent, ParsedQuestion, is_amended, is_form};
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
    /// The documents that may answer.
    pub fn documents(&self) -> Vec<i64> {
        let all = self.weights.iter();
        let weighed = all.filter(|(_, weight)| **weight > 0.0);
        weighed.map(|(id, _)| *id).collect()
    }

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
            let names = own.iter().map(|row| row.metadata.name());
            names.for_each(|name| add_company(&mut scope.companies, name));
        }
        scope.period = question.period.clone();
        let mut aims = aims(&own, question, directory);
        let company = |row: &DocumentRow| directory.calendars().company(row.id);
        if !own.iter().any(|row| aims[&company(row)].is_near(row)) {
            scope.period = Period::default();
            aims.values_mut().for_each(|aims| *aims = Aims::default());
        }
        let is_there = |form: &String| own.iter().any(|row| is_form(row, form));
        scope.form = question.form.clone().filter(is_there);
        if scope.companies.is_empty() && scope.period.is_empty() && scope.form.is_none() {
            return scope;
        }
        let annual = own.iter().filter(|row| !is_interim(row));
        let newest = annual.filter_map(|row| row.metadata.year).max();
        let amended = amended(&own);
        let weigh = |row: &&DocumentRow| {
            let original = if amended.contains(&row.id) {
                RECENT
            } else {
                1.0
            };
            let own = weight(row, &scope, &aims[&company(row)], newest);
            (row.id, own * original)
        };
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

    /// What was found, a chip each: `PepsiCo`, `FY2023`, `Q1 2024`, `at 2023-07-29`, `10-Q`.
    pub fn chips(&self) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        // "The latest 10-Q" says its form itself.
        let named = match &self.period.relative {
            Some(Relative::LatestReport(form)) => Some(form),
            _ => None,
        };
        let form = self.form.clone().filter(|form| Some(form) != named);
        let companies = self.companies.iter().cloned();
        companies.chain(self.period.labels()).chain(form).collect()
    }

    pub fn weight(&self, document: i64) -> f32 {
        if self.is_empty() {
            return 1.0;
        }
        self.weights.get(&document).copied().unwrap_or(0.0)
    }
}

/// The documents of which an amended report is there as well, which counts in their place.
fn amended(rows: &[&DocumentRow]) -> HashSet<i64> {
    let report = |row: &DocumentRow| {
        let known = &row.metadata;
        let base = known.form.trim_end_matches("/A").to_owned();
        (company_key(&known.company), base, known.period_end)
    };
    let amending = rows.iter().filter(|row| is_amended(&row.metadata.form));
    let reports: HashSet<_> = amending.map(|row| report(row)).collect();
    let original = rows.iter().filter(|row| !is_amended(&row.metadata.form));
    let is_there = |row: &&&DocumentRow| reports.contains(&report(row));
    original.filter(is_there).map(|row| row.id).collect()
}

/// What the question's period, or a company's own in it, asks of each company's documents among `rows`.
fn aims(
    rows: &[&DocumentRow],
    question: &ParsedQuestion,
    directory: &Directory,
) -> HashMap<Option<usize>, Aims> {
    let mut own: HashMap<Option<usize>, Vec<&DocumentRow>> = HashMap::new();
    for row in rows {
        let company = directory.calendars().company(row.id);
        own.entry(company).or_default().push(row);
    }
    let is_forecast = question.intent() == Intent::Guidance && question.form.is_none();
    let aims = |(company, rows): (Option<usize>, Vec<&DocumentRow>)| {
        let calendar = directory.calendar(rows[0].id);
        let mentions = question.companies.iter();
        let mut own = mentions.filter(|mention| mention.documents.contains(&rows[0].id));
        let alone = own.find_map(|mention| mention.period.as_ref());
        let period = alone.unwrap_or(&question.period);
        let mut aims = Aims::new(period, &rows, calendar);
        if is_forecast {
            aims.foretell(period);
        }
        (company, aims)
    };
    own.into_iter().map(aims).collect()
}

/// How likely a document answers, from what it reports on; `newest` is the year of the newest annual
/// report among all.
fn weight(row: &DocumentRow, scope: &Scope, aims: &Aims, newest: Option<i32>) -> f32 {
    let form = match &scope.form {
        Some(form) if !is_form(row, form) => 0.6,
        _ => 1.0,
    };
    let year = row.metadata.year;
    let is_older = is_form(row, "10-K") && year.is_some() && year < newest;
    // Without a period the newest annual report is meant rather than an older or an interim
    // one; agreements, policies and the like have no newer version in it.
    let unnamed = || {
        let is_second = is_older || (scope.form.is_none() && is_interim(row));
        if is_second { RECENT } else { 1.0 }
    };
    form * aims.weight(row, is_older).unwrap_or_else(unnamed)
}

#[cfg(test)]
#[path = "scope_tests.rs"]
mod tests;
