//! Who speaks, and of when: company, form, fiscal period and ticker of a document, from its pages and its name.
//!
//! Rules of how filings are written, no list of companies. No one place is on every document, so each that is
//! there gives evidence (`company`, `fiscal`); what the pages say wins over the file's name.

pub mod calendar;
mod company;
pub mod date;
mod fiscal;
mod form;
mod name;
mod period;
mod quarter;
mod settle;
mod stated;
mod text;
mod ticker;

use time::Date;

use crate::pdf::Page;

use settle::SURE;
pub use settle::settle;
use text::Text;
pub use text::compact;

/// Changes when the same pages would give other metadata: they are read again from the stored pages.
pub const METADATA_VERSION: u32 = 2;

/// What is known of a document's origin; empty where nothing was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// The file's title property.
    pub title: String,
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
    /// The number that the tax office knows the company by, whatever its name is: `94-2404110`.
    pub employer: String,
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
    /// True where a company was read and may be another.
    pub fn is_doubtful(&self) -> bool {
        !self.company.is_empty() && self.confidence < SURE
    }

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
            if is_shouted(word) && word.len() > longest_initials && !self.is_letters(word) {
                title_case(word)
            } else {
                word.to_owned()
            }
        };
        name.split(' ').map(put).collect::<Vec<_>>().join(" ")
    }

    /// True for letters that are no word: `AT&T`, `MGM`, `R1`, and the company's own symbol.
    fn is_letters(&self, word: &str) -> bool {
        let has_vowel = word.chars().any(|c| "AEIOUYÀÁÄÉÈÖÜ".contains(c));
        let has_sign = word.chars().any(|c| c == '&' || c.is_ascii_digit());
        !has_vowel || has_sign || word == self.ticker
    }

    /// How the company is shown: without shouting, whatever its name ends in.
    pub fn name(&self) -> String {
        Some(self.spoken())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.called())
    }

    /// How the company is called: its name without what the law adds to it.
    pub fn called(&self) -> String {
        called(&self.company)
    }
}

/// True for a word that the law adds to a name: `Inc.`, `Ltd`.
fn is_legal_word(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    plain.is_empty() || LEGAL.contains(&plain.as_str())
}

/// True for what stands behind the comma of a name and is no name: ` Inc.`, ` Co., Ltd.`.
pub fn is_legal(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    words.peek().is_some() && words.all(is_legal_word)
}

/// A company's name without what the law adds to it.
pub fn called(name: &str) -> String {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|w| is_legal_word(w)) {
        words.pop();
    }
    if words.len() > 1 && words[0].eq_ignore_ascii_case("the") {
        words.remove(0);
    }
    words.join(" ").trim_end_matches(',').to_owned()
}

/// What the names of one company have in common: the name without what the law adds, letters and digits alone.
pub fn company_key(name: &str) -> String {
    name::key(name)
}

/// The words of a file's name, at `path`, that may be a company's.
pub fn file_words(path: &str) -> Vec<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    company::file_words(stem)
}

/// What was found of a document, and by which places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    pub metadata: Metadata,
    /// The places of the document that name the company, for people.
    pub places: Vec<&'static str>,
}

/// Reads the metadata of a document at `path` (relative to its library) of a `title`, as its file calls it.
pub fn read(path: &str, title: &str, pages: &[Page]) -> Reading {
    let text = Text::new(path, title, pages);
    let form = form::find(&text);
    let company = company::find(&text);
    let period = period::find(&text, &form);
    let mut symbols = ticker::find(&text).into_iter();
    let ticker = symbols.next().unwrap_or_default();
    let mut aliases = company::aliases(&text, &company.name);
    // `PEP26` is a note's.
    let is_share = |symbol: &String| {
        !symbol.starts_with(&ticker) && !symbol.bytes().any(|b| b.is_ascii_digit())
    };
    aliases.extend(symbols.filter(is_share));
    Reading {
        places: company.places,
        metadata: Metadata {
            title: title.to_owned(),
            company: company.name,
            registrants: company.registrants,
            aliases,
            form,
            period_end: period.end,
            months: period.months,
            year: period.year,
            quarter: period.quarter,
            ticker,
            employer: company::employer(&text),
            confidence: company.confidence,
        },
    }
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
