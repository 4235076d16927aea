//! What a grid is of, in words: kept in a file, typed a piece at a time, given as arguments.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::fill::{Request, fill};
use super::{Columns, Grid, Row};
use crate::book::{Company, companies};
use crate::query::QueryError;
use crate::query::company::Directory;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::period::Period;
use crate::query::word::{Word, words};
use crate::remedy::{Remedied, Remedy};
use crate::store::{Store, StoreError};

/// Why there is no grid.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    #[error("{0} is neither a line item nor a measure")]
    NoItem(String),
    #[error("the library has no document of {0}")]
    NoCompany(String),
    #[error("{0} is no line item, measure, company, year or kind of period")]
    NotUnderstood(String),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Remedied for GridError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NoItem(_) => Remedy::advice(
                "name it as people do (\"operating margin\"), or as the us-gaap taxonomy does (Assets); quote names of several words",
            ),
            Self::NoCompany(_) => Remedy::advice("see the companies that the library has"),
            Self::NotUnderstood(_) => Remedy::advice(
                "write \"free cash flow, nike, 2019..2023, quarterly\", or a part of it",
            ),
            Self::Query(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
        }
    }
}

/// A grid that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Line items and measures, each by any of its names.
    pub items: Vec<String>,
    /// Companies, by name or ticker; none: all that have a figure.
    pub companies: Vec<String>,
    pub columns: Columns,
    /// Fiscal years, first and last.
    pub years: Option<(i32, i32)>,
    /// A row for each part of the company that has a figure.
    pub by_part: bool,
}

/// Words that say no more than that something is wanted.
const IDLE: [&str; 20] = [
    "and", "of", "for", "in", "from", "to", "vs", "versus", "with", "the", "by", "a", "add",
    "show", "fiscal", "year", "years", "fy", "plus", "compare",
];

impl Spec {
    /// The grid; of companies that nobody named, those that have a figure.
    ///
    /// # Errors
    ///
    /// With the first name that means nothing, or where the store cannot be read.
    pub fn fill(
        &self,
        store: &Store,
        directory: &Directory,
        lexicon: &Lexicon,
    ) -> Result<Grid, GridError> {
        let item =
            |name: &String| named(lexicon, name).ok_or_else(|| GridError::NoItem(name.clone()));
        let items = self.items.iter().map(item).collect::<Result<_, _>>()?;
        let companies = companies(directory, &self.companies).map_err(GridError::NoCompany)?;
        let is_known = |company: &Company<'_>| !company.name.is_empty();
        let companies: Vec<_> = companies.into_iter().filter(is_known).collect();
        let request = Request {
            items,
            columns: self.columns,
            years: self.years,
            by_part: self.by_part,
        };
        let mut grid = fill(store, directory, lexicon, &companies, &request)?;
        if self.companies.is_empty() {
            let has_figure = |row: &&Row| row.cells.iter().any(|cell| cell.value.is_some());
            let own = grid.rows.iter().filter(has_figure);
            let known: HashSet<String> = own.map(|row| row.company.clone()).collect();
            grid.rows.retain(|row| known.contains(&row.company));
        }
        Ok(grid)
    }

    /// The same with what `typed` names added: items, measures, companies, in any order; years and the kind of
    /// periods instead of those before.
    ///
    /// # Errors
    ///
    /// With the words that mean nothing.
    pub fn with(
        &self,
        typed: &str,
        directory: &Directory,
        lexicon: &Lexicon,
    ) -> Result<Self, GridError> {
        let mut out = self.clone();
        let all = words(typed);
        let mut told = vec![false; all.len()];
        let mut take = |range: std::ops::Range<usize>| told[range].fill(true);
        for (range, named) in lexicon.find(&all) {
            add(&mut out.items, lexicon.name(&named));
            take(range);
        }
        for mention in directory.mentions(&all) {
            let written = &typed[all[mention.words.start].from..all[mention.words.end - 1].to];
            // By its own name, so that a ticker and a name are not two.
            let names = directory.names(&mention.documents);
            match &names[..] {
                [name] => add(&mut out.companies, name),
                _ => add(&mut out.companies, written),
            }
            take(mention.words);
        }
        let period = Period::parse(typed);
        if let (Some(first), Some(last)) = (period.years.first(), period.years.last()) {
            out.years = Some((*first, *last));
        }
        let mut unknown = Vec::new();
        let untold = all.iter().zip(&told).filter(|(_, told)| !**told);
        for (word, _) in untold {
            let element = crate::fact::element(&word.text);
            match element.and_then(|element| named(lexicon, element)) {
                _ if out.takes(word, &period) => {}
                Some(item) => add(&mut out.items, lexicon.name(&item)),
                None => unknown.push(word.text.as_str()),
            }
        }
        if unknown.is_empty() {
            Ok(out)
        } else {
            Err(GridError::NotUnderstood(unknown.join(" ")))
        }
    }

    /// Takes in a word that says what the columns and rows are; false where it says nothing of the kind.
    fn takes(&mut self, word: &Word, period: &Period) -> bool {
        let lower = word.text.to_lowercase();
        match lower.as_str() {
            "quarterly" | "quarters" => self.columns = Columns::Quarters,
            "ttm" | "ltm" | "trailing" => self.columns = Columns::Trailing,
            "annual" | "annually" | "yearly" => self.columns = Columns::Years,
            "segments" | "segment" | "parts" => self.by_part = true,
            "total" | "totals" | "consolidated" => self.by_part = false,
            _ => {
                let digits = lower.trim_start_matches("fy");
                let is_year = digits
                    .parse::<i32>()
                    .is_ok_and(|n| period.years.contains(&n) || period.years.contains(&(2000 + n)));
                return is_year || IDLE.contains(&lower.as_str());
            }
        }
        true
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.push(name.to_owned());
    }
}

/// The line item or measure of a name; an item by its name in the us-gaap taxonomy as well.
fn named(lexicon: &Lexicon, name: &str) -> Option<Named> {
    let all = words(name);
    let whole = |(range, named): (std::ops::Range<usize>, Named)| {
        (range.len() == all.len()).then_some(named)
    };
    if let Some(found) = lexicon.find(&all).into_iter().find_map(whole) {
        return Some(found);
    }
    let element = crate::fact::element(name)?;
    let at = lexicon
        .items
        .iter()
        .position(|item| item.elements.first() == Some(&element));
    at.map(Named::Item)
}
