//! Scope: the documents that a question is about, found in its own words: companies by name, alias
//! or ticker, years and quarters, and forms.
//!
//! Companies known to the library are no list of ours: names come from the documents' metadata and
//! file names. A company restricts the search to its documents; the period weighs them.

use std::collections::HashMap;

use super::name::{Word, longest};
use super::period::{self, Period};
use crate::chunk::metadata;
use crate::store::{DocumentRow, DocumentState};

/// Words that open many companies' names and name none of them alone.
const ORDINARY: [&str; 166] = [
    "a",
    "advance",
    "advanced",
    "air",
    "all",
    "alliance",
    "allied",
    "america",
    "american",
    "an",
    "applied",
    "associated",
    "atlantic",
    "auto",
    "automatic",
    "bank",
    "best",
    "big",
    "black",
    "blue",
    "board",
    "bright",
    "brown",
    "build",
    "business",
    "capital",
    "cardinal",
    "care",
    "central",
    "charter",
    "church",
    "citizens",
    "city",
    "clean",
    "cloud",
    "coast",
    "columbia",
    "commercial",
    "community",
    "consolidated",
    "constellation",
    "consumer",
    "core",
    "credit",
    "crown",
    "data",
    "delta",
    "diamond",
    "digital",
    "direct",
    "dollar",
    "dynamic",
    "eagle",
    "east",
    "eastern",
    "edge",
    "electric",
    "electronic",
    "emerging",
    "energy",
    "enterprise",
    "equity",
    "essential",
    "expand",
    "extra",
    "fair",
    "farm",
    "federal",
    "fidelity",
    "fifth",
    "finance",
    "first",
    "five",
    "foot",
    "fortune",
    "franklin",
    "free",
    "front",
    "fund",
    "general",
    "generation",
    "genuine",
    "global",
    "gold",
    "golden",
    "grand",
    "great",
    "green",
    "harbor",
    "hartford",
    "health",
    "healthcare",
    "high",
    "home",
    "host",
    "independent",
    "industrial",
    "innovative",
    "insurance",
    "international",
    "iron",
    "key",
    "lead",
    "liberty",
    "life",
    "lincoln",
    "live",
    "local",
    "main",
    "marathon",
    "market",
    "medical",
    "mid",
    "modern",
    "molson",
    "morgan",
    "mutual",
    "national",
    "net",
    "new",
    "news",
    "nordic",
    "north",
    "northern",
    "norwegian",
    "old",
    "open",
    "pacific",
    "park",
    "philip",
    "pioneer",
    "premier",
    "principal",
    "progressive",
    "public",
    "quest",
    "real",
    "regions",
    "republic",
    "rock",
    "royal",
    "service",
    "smith",
    "south",
    "southern",
    "standard",
    "state",
    "sun",
    "super",
    "target",
    "tech",
    "texas",
    "total",
    "tractor",
    "trade",
    "trust",
    "union",
    "united",
    "universal",
    "us",
    "waste",
    "water",
    "wells",
    "west",
    "western",
    "world",
];

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
        match self.is_empty() {
            true => 1.0,
            false => self.weights.get(&document).copied().unwrap_or(0.0),
        }
    }
}

/// How a company may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its name, or the beginning of it.
    Name,
    /// A word of the language as well: counts as a name only with a capital that says so.
    Ordinary,
    /// Counts only in capitals.
    Letters,
}

/// The companies of a library by all that they are called.
pub struct Directory {
    /// Alias, letters and digits alone, on lower case, to documents.
    aliases: HashMap<String, Vec<(usize, Kind)>>,
    documents: Vec<DocumentRow>,
}

fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_ordinary(word: &str) -> bool {
    ORDINARY.contains(&word)
}

impl Directory {
    pub fn new(documents: Vec<DocumentRow>) -> Self {
        let mut out = Self {
            aliases: HashMap::new(),
            documents: Vec::new(),
        };
        let indexed = documents
            .into_iter()
            .filter(|d| d.state == DocumentState::Indexed);
        for (index, row) in indexed.enumerate() {
            for (alias, kind) in aliases(&row) {
                let known = out.aliases.entry(alias).or_default();
                if !known.iter().any(|(at, _)| *at == index) {
                    known.push((index, kind));
                }
            }
            out.documents.push(row);
        }
        out
    }

    pub fn documents(&self) -> &[DocumentRow] {
        &self.documents
    }

    /// How many companies the documents are of; those without a name count as one.
    pub fn companies_of(&self, documents: &[i64]) -> usize {
        let rows = self
            .documents
            .iter()
            .filter(|row| documents.contains(&row.id));
        let mut names: Vec<String> = rows.map(|row| compact(&row.metadata.called())).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// Finds the scope of a question among the documents that `allowed` lets pass. A part that no
    /// document of the rest meets is left out, so that a scope is never empty of documents.
    pub fn scope(
        &self,
        words: &[Word],
        text: &str,
        allowed: impl Fn(&DocumentRow) -> bool,
    ) -> Scope {
        let mut pool: Vec<usize> = (0..self.documents.len())
            .filter(|at| allowed(&self.documents[*at]))
            .collect();
        let mut scope = Scope::default();
        let named = self.companies(words);
        let of_them: Vec<usize> = pool
            .iter()
            .copied()
            .filter(|at| named.contains(at))
            .collect();
        if !of_them.is_empty() {
            for at in &of_them {
                let name = self.documents[*at].metadata.called();
                if !scope
                    .companies
                    .iter()
                    .any(|known| compact(known) == compact(&name))
                {
                    scope.companies.push(name);
                }
            }
            pool = of_them;
        }
        let rows: Vec<&DocumentRow> = pool.iter().map(|at| &self.documents[*at]).collect();
        scope.period = period::of(text);
        let near = |row: &&&DocumentRow| is_near(row, &scope.period);
        if !rows.iter().any(|row| near(&row)) {
            scope.period = Period::default();
        }
        scope.form = form(words, text).filter(|form| rows.iter().any(|row| is_form(row, form)));
        if !scope.companies.is_empty() || !scope.period.is_empty() || scope.form.is_some() {
            let annual = rows.iter().filter(|row| !is_interim(row));
            let newest = annual.filter_map(|row| row.metadata.year).max();
            let weigh = |row: &&DocumentRow| (row.id, weight(row, &scope, newest));
            scope.weights = rows.iter().map(weigh).collect();
        }
        scope
    }

    /// Documents of the companies that are named, the longest names first served.
    fn companies(&self, words: &[Word]) -> Vec<usize> {
        let mut found = Vec::new();
        for from in 0..words.len() {
            let mut joined = String::new();
            for to in from + 1..=(from + 5).min(words.len()) {
                joined.push_str(&compact(&words[to - 1].text));
                let here = &words[from..to];
                let documents: Vec<usize> = self.called(&joined, here);
                if !documents.is_empty() {
                    found.push((from..to, documents));
                }
            }
        }
        longest(found)
            .into_iter()
            .flat_map(|(_, documents)| documents)
            .collect()
    }

    /// Documents of the company that `words`, joined to `name`, may mean.
    fn called(&self, name: &str, words: &[Word]) -> Vec<usize> {
        let capital = |w: &Word| {
            w.text
                .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        };
        let means = |kind: Kind| match kind {
            Kind::Name => true,
            Kind::Ordinary => {
                let sure = words.iter().all(capital)
                    && (!words[0].opens || words[words.len() - 1].possessive);
                sure
            }
            Kind::Letters => words
                .iter()
                .all(|w| !w.text.chars().any(char::is_lowercase)),
        };
        let of = |alias: &str| -> Vec<usize> {
            let known = self.aliases.get(alias).into_iter().flatten();
            known
                .filter(|(_, kind)| means(*kind))
                .map(|(at, _)| *at)
                .collect()
        };
        let mut out = of(name);
        // `Pepsi` for PepsiCo.
        if out.is_empty() && name.len() >= 5 {
            out = ["co", "com", "corp"]
                .iter()
                .flat_map(|end| of(&format!("{name}{end}")))
                .collect();
        }
        out
    }
}

/// All that the company of a document may be called.
fn aliases(row: &DocumentRow) -> Vec<(String, Kind)> {
    let mut out = Vec::new();
    let name = row.metadata.called();
    let parts: Vec<String> = super::name::words(&name)
        .iter()
        .map(|w| compact(&w.text))
        .collect();
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        joined.push_str(part);
        let whole = at + 1 == parts.len();
        let plain =
            |w: &String| is_ordinary(w) || metadata::LEGAL.contains(&w.as_str()) || w.len() < 2;
        let ends_open = ["of", "and", "for"].contains(&part.as_str());
        if !ends_open && !parts[..=at].iter().all(plain) {
            out.push((joined.clone(), Kind::Name));
        } else if whole && joined.len() > 1 {
            // Two ordinary words together are a name, one alone needs its capital.
            let kind = if at > 0 { Kind::Name } else { Kind::Ordinary };
            out.push((joined.clone(), kind));
        }
    }
    let initials: String = parts
        .iter()
        .filter(|p| *p != "and" && *p != "of")
        .filter_map(|p| p.chars().next())
        .collect();
    if parts.len() >= 3 && initials.len() >= 2 {
        // `Johnson & Johnson` is J&J, and `International Business Machines` IBM.
        out.push((initials, Kind::Letters));
    }
    if row.metadata.ticker.len() >= 2 {
        out.push((compact(&row.metadata.ticker), Kind::Letters));
    }
    out.extend(file_alias(row));
    out.retain(|(alias, _)| !alias.is_empty());
    out
}

/// `BESTBUY_2019_10K.pdf` and `amd-2022-annual-report.pdf` call the company by their first words.
fn file_alias(row: &DocumentRow) -> Option<(String, Kind)> {
    let name = row.path.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let other = [
        "document",
        "filing",
        "report",
        "annual",
        "quarterly",
        "form",
        "scan",
        "file",
        "final",
    ];
    let words = stem.split(['_', ' ', '-', '.']);
    let own = words.take_while(|w| {
        let lower = w.to_lowercase();
        !w.is_empty() && !w.bytes().any(|b| b.is_ascii_digit()) && !other.contains(&lower.as_str())
    });
    let alias = compact(&own.collect::<String>());
    let kind = match alias.len() {
        0 | 1 => return None,
        2 | 3 => Kind::Letters,
        _ if is_ordinary(&alias) => Kind::Ordinary,
        _ => Kind::Name,
    };
    Some((alias, kind))
}

/// The form that a question names.
fn form(words: &[Word], text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let forms = ["10-K", "10-Q", "8-K", "20-F", "40-F", "6-K", "S-1"];
    let exact = forms.iter().find(|form| {
        let plain = form.to_lowercase();
        lower.contains(&plain)
            || words
                .iter()
                .any(|w| w.text.eq_ignore_ascii_case(&plain.replace('-', "")))
    });
    let kinds = [
        ("earnings release", "earnings"),
        ("press release", "earnings"),
        ("earnings call", "earnings"),
        ("prospectus", "prospectus"),
        ("proxy statement", "proxy statement"),
        ("credit agreement", "credit agreement"),
        ("annual report", "10-K"),
        ("quarterly report", "10-Q"),
    ];
    let kind = || {
        kinds
            .iter()
            .find(|(key, _)| lower.contains(key))
            .map(|(_, form)| *form)
    };
    exact.copied().or_else(kind).map(str::to_owned)
}

fn is_form(row: &DocumentRow, form: &str) -> bool {
    let annual = |f: &str| ["10-K", "annual report", "20-F", "40-F"].contains(&f);
    row.metadata.form.eq_ignore_ascii_case(form) || (form == "10-K" && annual(&row.metadata.form))
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
        // Without a period the newest annual report is meant rather than another.
        (None, _) if scope.period.quarter.is_none() && scope.form.is_none() && interim => 0.9,
        (None, Some(year)) if newest.is_some_and(|n| year < n) => 0.85,
        (None, _) => 1.0,
    };
    form * quarter * year
}

#[cfg(test)]
#[path = "scope_tests.rs"]
mod tests;
