//! Who speaks: company, form, fiscal period and ticker of a document, from its first pages and its
//! name.
//!
//! Rules of how filings are written, no list of companies. What the pages say wins over the file's
//! name.

mod company;
pub mod date;
mod period;

use time::Date;

use crate::pdf::{LineKind, Page};

/// What is known of a document's origin; empty where nothing was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    pub company: String,
    /// Companies that file with it: a utility under its parent, a partnership under its trust.
    pub registrants: Vec<String>,
    /// What else its filing calls the company: its former names, "the “Bank”" no name among them.
    pub aliases: Vec<String>,
    /// `10-K`, `10-K/A`, `10-Q`, `8-K`, `earnings`, `prospectus`, `annual report`.
    pub form: String,
    /// The last day of what it reports on; of a current report the day of the event.
    pub period_end: Option<Date>,
    /// Months that it reports on: 12 of a year, 3 of a quarter.
    pub months: Option<u8>,
    /// Fiscal year, as the issuer counts it.
    pub year: Option<i32>,
    /// Fiscal quarter, of what reports on one.
    pub quarter: Option<u8>,
    pub ticker: String,
    /// How sure the company is, from 0 to 1.
    pub confidence: f32,
}

/// Endings that are no part of how a company is called.
pub const LEGAL: [&str; 24] = [
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "company",
    "co",
    "companies",
    "plc",
    "ltd",
    "limited",
    "llc",
    "lp",
    "llp",
    "nv",
    "sa",
    "ag",
    "se",
    "group",
    "holdings",
    "holding",
    "trust",
    "the",
    "and",
    "de",
];
impl Metadata {
    /// How the company is called in a sentence: no shouting, and nothing where what was read as its
    /// name is none.
    pub fn spoken(&self) -> String {
        let name = self.called();
        let last = name.rsplit(' ').next().unwrap_or_default().to_lowercase();
        if ["of", "and", "for", "the", "in"].contains(&last.as_str()) {
            return String::new();
        }
        // `BEST BUY` is two words, `MGM` and `IBM` are letters.
        let whole = is_shouted(&name) && name.contains(' ');
        let longest_initials = if whole { 2 } else { 3 };
        let put = |word: &str| {
            if is_shouted(word) && word.len() > longest_initials {
                title_case(word)
            } else {
                word.to_owned()
            }
        };
        name.split(' ').map(put).collect::<Vec<_>>().join(" ")
    }

    /// How the company is called: its name without what the law adds to it.
    pub fn called(&self) -> String {
        let legal = |word: &str| {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            let plain: String = letters.flat_map(char::to_lowercase).collect();
            plain.is_empty() || LEGAL.contains(&plain.as_str())
        };
        let mut words: Vec<&str> = self.company.split_whitespace().collect();
        while words.len() > 1 && words.last().is_some_and(|w| legal(w)) {
            words.pop();
        }
        if words.len() > 1 && words[0].eq_ignore_ascii_case("the") {
            words.remove(0);
        }
        words.join(" ").trim_end_matches(',').to_owned()
    }
}

/// How many pages are looked at: the cover, and those that name the fiscal year.
const COVER_PAGES: usize = 4;
const TEXT_PAGES: usize = 40;

/// The text that metadata is read from.
struct Text<'a> {
    /// Lines of the first pages.
    cover: Vec<&'a str>,
    /// The further pages, on lower case.
    body: String,
    /// The file's name without its extension.
    stem: &'a str,
}

/// Reads the metadata of a document at `path` (relative to its library).
pub fn from_pages(path: &str, pages: &[Page]) -> Metadata {
    let name = path.rsplit('/').next().unwrap_or(path);
    let text = Text {
        cover: lines(pages, COVER_PAGES),
        body: lines(pages, TEXT_PAGES).join(" ").to_lowercase(),
        stem: name.rsplit_once('.').map_or(name, |(stem, _)| stem),
    };
    let form = form(&text);
    let (year, quarter) = period::find(&text, &form);
    Metadata {
        company: company::find(&text),
        ticker: company::ticker(&text),
        form,
        year,
        quarter,
        ..Metadata::default()
    }
}

/// The lines of the first `count` pages, page numbers left out.
fn lines(pages: &[Page], count: usize) -> Vec<&str> {
    let lines = pages.iter().take(count).flat_map(|p| &p.lines);
    let text = lines.filter(|l| l.kind != LineKind::Folio);
    text.map(|l| l.text.as_str()).collect()
}

fn words_of(stem: &str) -> impl Iterator<Item = &str> {
    stem.split(['_', ' ', '-', '.']).filter(|w| !w.is_empty())
}

/// Forms by how the cover of a filing names them.
const FORMS: [&str; 8] = ["10-K", "10-Q", "8-K", "20-F", "40-F", "6-K", "S-1", "424B"];
/// What other documents call themselves, and by what they are known.
const KINDS: [(&str, &str); 6] = [
    ("prospectus", "prospectus"),
    ("annual report", "annual report"),
    ("quarterly report", "10-Q"),
    ("proxy statement", "proxy statement"),
    ("credit agreement", "credit agreement"),
    ("earnings", "earnings"),
];

fn form(text: &Text<'_>) -> String {
    let named = form_in_name(text.stem);
    let found = form_on_cover(&text.cover);
    // An exhibit of an 8-K says 8-K on its cover; a file named earnings is one all the same.
    match (found, named) {
        (_, Some(name)) if name == "earnings" => name,
        (Some(found), _) => found,
        (None, Some(name)) => name,
        (None, None) => String::new(),
    }
}

fn form_in_name(stem: &str) -> Option<String> {
    let plain = |text: &str| -> String {
        text.to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect()
    };
    let flat = plain(stem);
    let form = FORMS
        .iter()
        .find(|form| flat.contains(&plain(form)))
        .copied();
    let kind = KINDS.iter().find(|(key, _)| flat.contains(&plain(key)));
    form.or(kind.map(|(_, kind)| *kind)).map(str::to_owned)
}

fn form_on_cover(lines: &[&str]) -> Option<String> {
    for (at, line) in lines.iter().take(60).enumerate() {
        let lower = line.to_lowercase();
        if at < 12 && is_earnings(&lower, lines.get(at + 1).copied()) {
            return Some("earnings".to_owned());
        }
        // A line of its own, `FORM 10-K`, not a mention of one in a sentence.
        let short = line.split_whitespace().count() <= 6;
        if let Some((_, rest)) = lower.split_once("form ").filter(|_| short) {
            let word = rest.split_whitespace().next().unwrap_or_default();
            let word = word.trim_end_matches("/a");
            let form = FORMS.iter().find(|form| form.eq_ignore_ascii_case(word));
            if let Some(form) = form {
                return Some((*form).to_owned());
            }
        }
        let kind = KINDS.iter().find(|(key, _)| lower.trim() == *key);
        if let Some((_, kind)) = kind {
            return Some((*kind).to_owned());
        }
    }
    None
}

/// `… Reports Fourth Quarter and Full Year 2022 Financial Results`, perhaps over two lines.
fn is_earnings(line: &str, next: Option<&str>) -> bool {
    let both = format!("{line} {}", next.unwrap_or_default().to_lowercase());
    let announces = ["reports", "announces", "releases"]
        .iter()
        .any(|w| line.contains(w));
    let of_what = ["quarter", "full year", "full-year", "fiscal", "annual"];
    announces && both.contains("results") && of_what.iter().any(|w| both.contains(w))
}

/// `Northgate` for `NORTHGATE`.
pub fn title_case(word: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in word.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
        inside = c.is_alphabetic() || c == '\'' || c == '’';
    }
    out
}

/// Written in capitals throughout.
pub fn is_shouted(text: &str) -> bool {
    !text.chars().any(char::is_lowercase)
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
