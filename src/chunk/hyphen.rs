//! Hyphens at a line's end: most belong to the word ("long-term"), some only split it
//! ("liabil-ity"). The document itself says which: the words it uses elsewhere.

use std::collections::HashSet;

use crate::pdf::Page;

/// The words of a document, on lower case, hyphenated ones whole.
pub struct Words(HashSet<String>);

impl Words {
    pub fn from_pages(pages: &[Page]) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, Line, LineKind, PageState};

    fn joined(known: &str, text: &str, line: &str) -> (bool, String) {
        let page = Page {
            number: 1,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines: vec![Line::new(known, LineKind::Body, true)],
        };
        let mut text = text.to_owned();
        let joined = Words::from_pages(&[page]).join(&mut text, line);
        (joined, text)
    }

    #[test]
    fn the_document_says_which_hyphens_are_of_the_word() {
        let split = joined("A liability is owed.", "The liabil-", "ity grew");
        assert_eq!(split, (true, "The liabil".to_owned()));
        let compound = joined(
            "Our long-term debt, longterm as it is",
            "of long-",
            "term debt",
        );
        assert_eq!(compound, (true, "of long-".to_owned()));
        let unknown = joined("Nothing.", "the ship-", "builder");
        assert_eq!(unknown, (true, "the ship-".to_owned()));
        assert_eq!(
            joined("", "fiscal 2022-", "2023"),
            (false, "fiscal 2022-".to_owned())
        );
        assert_eq!(
            joined("", "no hyphen", "here"),
            (false, "no hyphen".to_owned())
        );
    }
}
