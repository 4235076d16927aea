//! Hyphens at a line's end: most belong to the word ("long-term"), some only split it
//! ("liabil-ity"). The document itself says which: the words it uses elsewhere.

use std::collections::HashSet;

use crate::pdf::Page;

/// The words of a document, on lower case, hyphenated ones whole.
pub struct Words(HashSet<String>);

impl Words {
    pub fn of(pages: &[Page]) -> Self {
        let lines = pages.iter().flat_map(|p| &p.lines);
        // A word at a line's end may be half of one.
        let inner = lines.flat_map(|line| {
            let words = line.text.split_whitespace();
            words.filter(|w| !w.ends_with('-')).map(bare)
        });
        Self(inner.filter(|w| w.len() > 3).collect())
    }

    /// Prepares `text` for `line` to be joined to it without a space, if a hyphen parts a word
    /// there: the hyphen goes when the document knows the joined word and not the hyphenated one.
    /// False when the two do not join.
    pub fn join(&self, text: &mut String, line: &str) -> bool {
        let Some(first) = text.strip_suffix('-') else {
            return false;
        };
        let head = bare(first.rsplit(char::is_whitespace).next().unwrap_or_default());
        let tail = bare(line.split_whitespace().next().unwrap_or_default());
        let parts = first.ends_with(char::is_alphabetic) && line.starts_with(char::is_lowercase);
        if !parts {
            return false;
        }
        let known = |word: &str| self.0.contains(word);
        if known(&format!("{head}{tail}")) && !known(&format!("{head}-{tail}")) {
            text.pop();
        }
        true
    }
}

/// A word on lower case without the punctuation around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}
