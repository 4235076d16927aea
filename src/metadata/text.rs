//! The text that a document's origin is read from: the lines of its first pages, and the words of all.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::pdf::{LineKind, Page};

/// Pages that a cover, a letter and a table of contents may take.
const COVER_PAGES: usize = 5;
/// Pages whose sentences are read: what names the fiscal year and the company.
const BODY_PAGES: usize = 40;

/// A line of the first pages.
pub struct CoverLine<'a> {
    /// The page's position in the document, from 0.
    pub page: usize,
    pub text: &'a str,
    /// Letters and digits alone, in lower case: a label is found however its letters are set apart.
    pub compact: String,
}

/// What is read of a document.
pub struct Text<'a> {
    pub cover: Vec<CoverLine<'a>>,
    /// All lines of all pages, page numbers left out.
    pub lines: Vec<&'a str>,
    /// The sentences of the first pages.
    pub body: String,
    /// `body` in lower case.
    pub lower: String,
    /// `lower`, letters and digits alone.
    pub compact: String,
    /// The file's title property.
    pub title: &'a str,
    /// The file's name without its extension.
    pub stem: &'a str,
    words: HashMap<String, u32>,
}

impl<'a> Text<'a> {
    /// The text of a document at `path` of a `title`.
    pub fn new(path: &'a str, title: &'a str, pages: &'a [Page]) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let texts = |page: &'a Page| {
            let lines = page.lines.iter().filter(|l| l.kind != LineKind::Folio);
            lines.map(|l| l.text.trim()).filter(|t| !t.is_empty())
        };
        let cover = pages.iter().take(COVER_PAGES).enumerate();
        let cover = cover.flat_map(|(page, of)| texts(of).map(move |text| (page, text)));
        let lines: Vec<&str> = pages.iter().flat_map(texts).collect();
        let body: Vec<&str> = pages.iter().take(BODY_PAGES).flat_map(texts).collect();
        let body = body.join(" ");
        let lower = body.to_lowercase();
        Self {
            cover: cover
                .map(|(page, text)| CoverLine {
                    page,
                    text,
                    compact: compact(text),
                })
                .collect(),
            words: counts(&lines),
            compact: compact(&lower),
            lower,
            body,
            lines,
            title,
            stem: name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        }
    }

    /// How often `word`, in lower case, is a word of the document.
    pub fn count(&self, word: &str) -> u32 {
        self.words.get(word).copied().unwrap_or(0)
    }

    /// True where the document has a name more than once.
    pub fn says_again(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        self.lower.matches(&lower).count() > 1
    }

    /// The first `count` lines of the cover as one text.
    pub fn opening(&self, count: usize) -> String {
        let lines = self.cover.iter().take(count).map(|l| l.text);
        lines.collect::<Vec<_>>().join(" ")
    }
}

/// Letters and digits alone, in lower case and without accents: `Société` is asked for as `Societe`.
pub fn compact(text: &str) -> String {
    let plain = |text: &mut dyn Iterator<Item = char>| -> String {
        let kept = text.filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    if text.is_ascii() {
        plain(&mut text.chars())
    } else {
        plain(&mut text.nfkd())
    }
}

/// Words of three letters and more, in lower case, with how often they stand there.
fn counts(lines: &[&str]) -> HashMap<String, u32> {
    let mut out = HashMap::new();
    for line in lines {
        let parts = line.split(|c: char| !c.is_alphanumeric());
        for word in parts.filter(|w| w.len() >= 3) {
            *out.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    out
}
