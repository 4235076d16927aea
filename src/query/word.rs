//! Names in a question: its words in order, and phrases looked for among them by their stems.

use crate::index::lexical::stem;

/// A word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written, a possessive `'s` left out.
    pub text: String,
    pub stem: String,
    /// Where it stands in the question, in bytes.
    pub from: usize,
    pub to: usize,
    /// The first of its sentence, where a capital says nothing.
    pub opens: bool,
    /// Had a possessive `'s`.
    pub possessive: bool,
}

/// True for a word of a list, in capitals too. The words of a list stand between blanks.
pub fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace()
        .any(|own| own.eq_ignore_ascii_case(word))
}

/// The words of `text`: letters and digits, `&` inside a word kept (`SG&A`), hyphens apart.
pub fn words(text: &str) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut from = None;
    let mut opens = true;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let letter = |i: usize| chars.get(i).is_some_and(|(_, c)| c.is_alphanumeric());
    for i in 0..=chars.len() {
        let inside = match chars.get(i) {
            Some((_, '&' | '\'' | '’')) => i > 0 && letter(i - 1) && letter(i + 1),
            Some((_, c)) => c.is_alphanumeric(),
            None => false,
        };
        let at = chars.get(i).map_or(text.len(), |c| c.0);
        match (inside, from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                out.push(word(&text[start..at], start, opens));
                (from, opens) = (None, false);
            }
            _ => {}
        }
        if let Some((_, '.' | '?' | '!' | ':')) = chars.get(i) {
            let ends = chars.get(i + 1).is_none_or(|(_, c)| c.is_whitespace());
            opens |= ends;
        }
        if let Some((at, '&')) = chars.get(i).filter(|_| !inside) {
            let mut and = word("and", *at, false);
            and.to = at + 1;
            out.push(and);
        }
    }
    out
}

fn word(text: &str, from: usize, opens: bool) -> Word {
    let bare = ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|end| text.strip_suffix(end));
    let plain = bare.unwrap_or(text);
    Word {
        text: plain.to_owned(),
        stem: stem(plain),
        from,
        to: from + text.len(),
        opens,
        possessive: bare.is_some(),
    }
}

/// A name as questions are searched for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    stems: Vec<String>,
    /// Letters that count only as capitals: `AR` is no `are`. Of three letters and more people write `roe` too.
    capitals: bool,
}

impl Phrase {
    pub fn new(text: &str) -> Self {
        let words = words(text);
        let letters = || text.chars().filter(|c| c.is_alphabetic());
        Self {
            text: text.to_owned(),
            stems: words.into_iter().map(|w| w.stem).collect(),
            capitals: letters().count() == 2
                && letters().all(char::is_uppercase)
                && !text.contains('&'),
        }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.stems.len()
    }

    pub fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    /// Where it stands among `words`, as the index of its first.
    pub fn places(&self, words: &[Word]) -> Vec<usize> {
        if self.is_empty() || words.len() < self.len() {
            return Vec::new();
        }
        let is_here = |at: &usize| {
            let here = &words[*at..at + self.len()];
            let capital = |w: &Word| !w.text.chars().any(char::is_lowercase);
            here.iter().map(|w| &w.stem).eq(&self.stems)
                && (!self.capitals || here.iter().all(capital))
        };
        (0..=words.len() - self.len()).filter(is_here).collect()
    }
}

/// Of candidates with the stretch of words each covers, those that no longer one covers, in the
/// order of the words.
pub fn longest<T>(mut found: Vec<(std::ops::Range<usize>, T)>) -> Vec<(std::ops::Range<usize>, T)> {
    found.sort_by_key(|(range, _)| (std::cmp::Reverse(range.len()), range.start));
    let mut out: Vec<(std::ops::Range<usize>, T)> = Vec::new();
    for (range, item) in found {
        let free = |(taken, _): &(std::ops::Range<usize>, T)| {
            range.end <= taken.start || taken.end <= range.start || *taken == range
        };
        if out.iter().all(free) {
            out.push((range, item));
        }
    }
    out.sort_by_key(|(range, _)| range.start);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, question: &str) -> usize {
        Phrase::new(name).places(&words(question)).len()
    }

    #[test]
    fn words_as_questions_write_them() {
        let texts = |s: &str| -> Vec<String> { words(s).into_iter().map(|w| w.text).collect() };
        assert_eq!(
            texts("3M's SG&A, net-of tax?"),
            ["3M", "SG&A", "net", "of", "tax"]
        );
        assert_eq!(texts("Johnson & Johnson"), ["Johnson", "and", "Johnson"]);
        let opens: Vec<bool> = words("Was it? Block fell")
            .iter()
            .map(|w| w.opens)
            .collect();
        assert_eq!(opens, [true, false, true, false]);
    }

    #[test]
    fn phrases_are_found_by_their_stems() {
        assert_eq!(
            found("gross margin", "Are its gross margins consistent?"),
            1
        );
        assert_eq!(found("inventories", "FY2019 inventory"), 1);
        assert_eq!(
            found(
                "property, plant and equipment",
                "its Property, Plant & Equipment"
            ),
            1
        );
        assert_eq!(found("AR", "net AR"), 1);
        assert_eq!(found("AR", "what are they"), 0);
        assert_eq!(found("gross margin", "margin"), 0);
    }

    #[test]
    fn the_longest_name_wins() {
        let kept = longest(vec![
            (1..2, "sales"),
            (0..3, "cost of sales"),
            (4..5, "cash"),
        ]);
        let names: Vec<&str> = kept.into_iter().map(|(_, n)| n).collect();
        assert_eq!(names, ["cost of sales", "cash"]);
    }
}
