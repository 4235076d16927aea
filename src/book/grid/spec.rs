//! What a grid is of, in words: kept in a file, typed a piece at a time, given as arguments.

use std::collections::HashSet;

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::fill::{OPEN, Request, fill};
use super::row::Asked;
use super::{Cell, Columns, Grid, Row};
use crate::book::part::Part;
use crate::book::{Book, Company, CompanyError, companies};
use crate::pattern::compiled;
use crate::progress::{CancelToken, Cancelled};
use crate::query::QueryError;
use crate::query::company::Directory;
use crate::query::filter;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::near::{did_you_mean, near};
use crate::query::period::Period;
use crate::query::period::count::number;
use crate::query::word::{Word, words};
use crate::remedy::{Remedied, Remedy};
use crate::statement::period::Period as Fiscal;
use crate::store::{DocumentRow, Store, StoreError};

/// Why there is no grid.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    #[error("\"{name}\" is neither a line item nor a measure")]
    NoItem { name: String, near: Vec<String> },
    #[error("\"{name}\" has no formula of its own but is judged by {}", .items.join(", "))]
    List { name: String, items: Vec<String> },
    #[error(transparent)]
    Company(#[from] CompanyError),
    #[error("no report says of which years it is")]
    NoPeriod,
    #[error("{0}: no line item, measure, company, year or kind of period")]
    NotUnderstood(String),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

impl Remedied for GridError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NoItem { near, .. } => Remedy::advice(format!(
                "{}name it as people do (\"operating margin\"), or as the us-gaap taxonomy does (Assets); quote names of several words",
                did_you_mean(near)
            )),
            Self::List { items, .. } => {
                let items = items.iter().map(|item| format!("\"{item}\""));
                let items = items.collect::<Vec<_>>().join(" ");
                Remedy::advice(format!("ask for those: tenk grid {items}"))
            }
            Self::Company(error) => error.remedy(),
            Self::NoPeriod => Remedy::advice("name the years that are wanted"),
            Self::NotUnderstood(_) => Remedy::advice(
                "write \"free cash flow, nike, 2019..2023, quarterly\", or a part of it",
            ),
            Self::Query(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Cancelled(error) => error.remedy(),
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

/// What analysts call an item in a grid, where no sentence says otherwise.
const SHORT: [(&str, &str); 11] = [
    ("cash", "cash and cash equivalents"),
    ("debt", "total debt"),
    ("payables", "accounts payable"),
    ("receivables", "accounts receivable"),
    ("dividends", "dividends paid"),
    ("repurchases", "repurchases of common stock"),
    ("buybacks", "repurchases of common stock"),
    ("acquisitions", "acquisitions of businesses"),
    ("rev", "revenue"),
    ("tax rate", "effective tax rate"),
    ("equity", "total equity"),
];

/// Words that say no more than that something is wanted.
const IDLE: [&str; 40] = [
    "and",
    "of",
    "for",
    "in",
    "from",
    "to",
    "vs",
    "versus",
    "with",
    "the",
    "by",
    "a",
    "an",
    "add",
    "show",
    "fiscal",
    "year",
    "years",
    "fy",
    "plus",
    "compare",
    "since",
    "last",
    "past",
    "latest",
    "recent",
    "three",
    "five",
    "two",
    "four",
    "ten",
    "seven",
    "companies",
    "company",
    "over",
    "between",
    "each",
    "please",
    "grid",
    "table",
];

/// A spec after a line was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub spec: Spec,
    /// The items and measures that the line names, those that stood there before among them.
    pub items: Vec<String>,
    /// Its words that mean nothing, in the stretches in which they stand.
    pub unknown: Vec<String>,
}

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
        self.fill_unless(store, directory, lexicon, &CancelToken::new())
    }

    /// As `fill`, unless it is cancelled meanwhile.
    ///
    /// # Errors
    ///
    /// As `fill`, or where it was.
    pub fn fill_unless(
        &self,
        store: &Store,
        directory: &Directory,
        lexicon: &Lexicon,
        cancel: &CancelToken,
    ) -> Result<Grid, GridError> {
        let mut items: Vec<Named> = Vec::new();
        for name in &self.items {
            let item = wanted(lexicon, name)?;
            if !items.contains(&item) {
                items.push(item);
            }
        }
        let companies = companies(directory, &self.companies)?;
        let is_known = |company: &Company<'_>| !company.name.is_empty();
        let companies: Vec<_> = companies.into_iter().filter(is_known).collect();
        let request = Request {
            items,
            columns: self.columns,
            years: self.years,
            by_part: self.by_part,
        };
        let mut grid = fill(store, directory, lexicon, &companies, &request, cancel)?;
        if grid.columns.is_empty() {
            return Err(GridError::NoPeriod);
        }
        if self.companies.is_empty() {
            let has_figure = |row: &&Row| row.cells.iter().any(|cell| cell.value.is_some());
            let own = grid.rows.iter().filter(has_figure);
            let known: HashSet<String> = own.map(|row| row.company.clone()).collect();
            let (shown, left_out): (Vec<Row>, Vec<Row>) = grid
                .rows
                .into_iter()
                .partition(|row| known.contains(&row.company));
            grid.rows = shown;
            grid.left_out = left_out.into_iter().map(|row| row.company).collect();
            grid.left_out.dedup();
        }
        Ok(grid)
    }

    /// For each of a company's parts' rows the cells of a period and a year before it, as one report sets them side by
    /// side: what they are apart in is no growth otherwise. None where no report does.
    ///
    /// # Errors
    ///
    /// As `fill`.
    pub fn pairs(
        &self,
        (store, directory, lexicon): (&Store, &Directory, &Lexicon),
        rows: &[&Row],
        period: Fiscal,
    ) -> Result<Vec<Option<[Cell; 2]>>, GridError> {
        let companies = companies(directory, &self.companies)?;
        // One for all rows: it reads each document's facts once.
        let book = Book::new(store, directory, lexicon);
        let pair = |row: &&Row| {
            let named = wanted(lexicon, &row.item)?;
            let (Some(company), Some(axis), Some(name)) = (companies.first(), row.axis, &row.part)
            else {
                return Ok(None);
            };
            let asked = Asked {
                book: &book,
                company,
                named: &named,
                part: Some(&Part::named(name, axis, &row.members)),
                columns: self.columns,
            };
            Ok(asked.pair(period)?)
        };
        rows.iter().map(pair).collect()
    }

    /// The same with what `typed` names added: items, measures, companies, in any order; years and the kind of
    /// periods instead of those before.
    ///
    /// # Errors
    ///
    /// Where nothing of it means anything.
    pub fn with(
        &self,
        typed: &str,
        directory: &Directory,
        lexicon: &Lexicon,
    ) -> Result<Typed, GridError> {
        let mut out = self.clone();
        let mut items: Vec<String> = Vec::new();
        let all = words(typed);
        let mut told = vec![false; all.len()];
        for (range, named) in lexicon.find(&all) {
            if has_figures(lexicon, &named) {
                items.push(lexicon.name(&named).to_owned());
                told[range].fill(true);
            }
        }
        for mention in directory.mentions(&all) {
            let written = &typed[all[mention.words.start].from..all[mention.words.end - 1].to];
            // By its own name, so that a ticker and a name are not two.
            let names = directory.names(&mention.documents);
            match &names[..] {
                [name] => add(&mut out.companies, name),
                _ => add(&mut out.companies, written),
            }
            told[mention.words].fill(true);
        }
        for (range, tag) in filter::tagged(typed, directory.documents().iter()) {
            let with_it = |row: &&DocumentRow| row.tags.iter().any(|own| filter::is_tag(own, tag));
            let rows = directory.documents().iter().filter(with_it);
            let names = directory.names(&rows.map(|row| row.id).collect::<Vec<_>>());
            names.iter().for_each(|name| add(&mut out.companies, name));
            let of_it = all.iter().zip(&mut told);
            let of_it = of_it.filter(|(word, _)| range.start <= word.from && word.to <= range.end);
            of_it.for_each(|(_, told)| *told = true);
        }
        let period = out.take_years(typed, directory);
        let mut unknown: Vec<String> = Vec::new();
        let mut last = None;
        for (at, word) in all.iter().enumerate() {
            let name = &word.text;
            let is_name = short(name).is_some() || crate::fact::element(name).is_some();
            match is_name.then(|| named(lexicon, name)).flatten() {
                _ if told[at] || out.takes(word, &period) => {}
                Some(item) => items.push(lexicon.name(&item).to_owned()),
                None => {
                    match unknown.last_mut() {
                        // Words side by side are one name.
                        Some(own) if at > 0 && last == Some(at - 1) => {
                            own.push_str(&format!(" {}", word.text));
                        }
                        _ => {
                            // A tag that there is not.
                            let mark = if typed[..word.from].ends_with('#') {
                                "#"
                            } else {
                                ""
                            };
                            unknown.push(format!("{mark}{}", word.text));
                        }
                    }
                    last = Some(at);
                }
            }
        }
        for item in &items {
            add(&mut out.items, item);
        }
        if out == *self && items.is_empty() && !unknown.is_empty() {
            return Err(GridError::NotUnderstood(unknown.join(", ")));
        }
        Ok(Typed {
            spec: out,
            items,
            unknown,
        })
    }

    /// Takes in the years that a text names: `2019..2023`, `since 2020`, `last three years`.
    fn take_years(&mut self, typed: &str, directory: &Directory) -> Period {
        static LAST: LazyLock<Regex> = LazyLock::new(|| {
            compiled(r"(?i)\b(?:last|past|latest|recent)\s+(\w+)\s+(?:fiscal\s+)?years?\b")
        });
        static SINCE: LazyLock<Regex> =
            LazyLock::new(|| compiled(r"(?i)\b(?:since|from)\s+(?:FY\s?)?\d{4}\s*$|\bsince\b"));
        let period = Period::parse(typed);
        let years = (period.years.first(), period.years.last());
        if let (Some(first), Some(last)) = years {
            let last = if SINCE.is_match(typed) { OPEN } else { *last };
            self.years = Some((*first, last));
        } else if let Some(found) = LAST.captures(typed) {
            let count = number(&found[1].to_lowercase()).or_else(|| found[1].parse().ok());
            let rows = directory.documents().iter();
            let newest = rows.filter_map(|row| row.metadata.year).max();
            if let (Some(count), Some(newest)) = (count, newest) {
                self.years = Some((newest - i32::from(count) + 1, OPEN));
            }
        }
        period
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
            "all" | "everyone" => self.companies.clear(),
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

/// True for what facts may be of, and no mere heading that questions name.
fn has_figures(lexicon: &Lexicon, named: &Named) -> bool {
    match named {
        Named::Item(index) => {
            let item = &lexicon.items[*index];
            !item.elements.is_empty() || item.sum_of.is_some()
        }
        Named::Measure(index) => lexicon.measures[*index].computed,
    }
}

/// What a short name stands for.
fn short(name: &str) -> Option<&'static str> {
    let is_it = |(short, _): &&(&str, &str)| name.eq_ignore_ascii_case(short);
    SHORT.iter().find(is_it).map(|(_, whole)| *whole)
}

/// The line item or measure of a name that a row may be of: a list of what to look at is none.
fn wanted(lexicon: &Lexicon, name: &str) -> Result<Named, GridError> {
    match named(lexicon, name) {
        Some(Named::Measure(index)) if !lexicon.measures[index].computed => {
            let items = lexicon.measures[index].items.iter();
            Err(GridError::List {
                name: name.to_owned(),
                items: items
                    .map(|item| lexicon.items[*item].name().to_owned())
                    .collect(),
            })
        }
        Some(named) => Ok(named),
        None => Err(no_item(lexicon, name)),
    }
}

fn no_item(lexicon: &Lexicon, name: &str) -> GridError {
    let items = (0..lexicon.items.len()).map(Named::Item);
    let all = items.chain((0..lexicon.measures.len()).map(Named::Measure));
    let own = all.filter(|named| has_figures(lexicon, named));
    GridError::NoItem {
        name: name.to_owned(),
        near: near(name, own.flat_map(|named| lexicon.names(&named))),
    }
}

/// The line item or measure of a name; an item by its name in the us-gaap taxonomy as well.
fn named(lexicon: &Lexicon, name: &str) -> Option<Named> {
    let name = short(name.trim()).unwrap_or(name);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(spec: &Spec, typed: &str) -> (Spec, Vec<String>) {
        let lexicon = Lexicon::load(None).unwrap();
        let directory = Directory::new(Vec::new());
        let typed = spec.with(typed, &directory, &lexicon).unwrap();
        (typed.spec, typed.unknown)
    }

    #[test]
    fn a_line_as_analysts_type_it() {
        let (spec, unknown) = with(
            &Spec::default(),
            "compare ebitda and R&D, cash, 2019..2023, quarterly",
        );
        assert_eq!(
            spec.items,
            [
                "EBITDA",
                "research and development",
                "cash and cash equivalents"
            ]
        );
        assert_eq!(
            (spec.years, spec.columns),
            (Some((2019, 2023)), Columns::Quarters)
        );
        assert!(unknown.is_empty(), "{unknown:?}");
        // More of it, and what was there already.
        let (more, _) = with(&spec, "Assets EBITDA annual by segment since 2021");
        assert_eq!(more.items.len(), 4);
        assert!(more.by_part && more.columns == Columns::Years && more.years == Some((2021, OPEN)));
    }

    #[test]
    fn a_tag_names_the_companies_whose_documents_have_it() {
        let lexicon = Lexicon::load(None).unwrap();
        let of = |id, path: &str, name: &str, tag: Option<&str>| DocumentRow {
            tags: tag.into_iter().map(str::to_owned).collect(),
            ..crate::synth::source::tests::document(id, path, name, 2023)
        };
        let directory = Directory::new(vec![
            of(1, "a.pdf", "Calder Tools", Some("peers")),
            of(2, "b.pdf", "Northgate", Some("Peers")),
            of(3, "c.pdf", "Other Holdings", None),
        ]);
        let typed = Spec::default()
            .with("revenue, #peers", &directory, &lexicon)
            .unwrap();
        assert_eq!(typed.spec.companies, ["Calder Tools", "Northgate"]);
        assert!(typed.unknown.is_empty(), "{:?}", typed.unknown);
    }

    #[test]
    fn words_that_mean_nothing_are_named_as_they_stand() {
        let (spec, unknown) = with(&Spec::default(), "adidas operating margin, foo bar");
        assert_eq!(spec.items, ["operating margin"]);
        assert_eq!(unknown, ["adidas", "foo bar"]);
        let lexicon = Lexicon::load(None).unwrap();
        let none = Spec::default().with("revneue", &Directory::new(Vec::new()), &lexicon);
        assert!(none.unwrap_err().to_string().starts_with("revneue: "));
    }
}
