//! Words as a redline compares them: each with the signs and the space around it, so that all words of a text one
//! behind the other are the text again.

use std::collections::HashMap;
use std::ops::Range;

use crate::pdf::layout::COLUMN_GAP;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordKind {
    Word,
    /// A year, the name of a month.
    Date,
    /// A number that may be the day of a month, or that of a note: beside its name it is.
    Small,
    /// An amount, a share, a count.
    Figure,
    /// What goes with figures alone: `million`, `percent`.
    Scale,
}

/// The number of a word: the same for words that are the same, however they are written.
pub type WordId = u32;

/// All words of the documents that are compared.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashMap<String, WordId>,
    kinds: Vec<WordKind>,
    /// Whether a number beside it is one of a date, and behind it that of a note.
    numbers: Vec<(bool, bool)>,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub id: WordId,
    /// Bytes of the text, the space behind it among them.
    pub at: Range<usize>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// What is numbered, and moves on as dates do.
const NUMBERED: [&str; 10] = [
    "note", "notes", "item", "items", "page", "pages", "exhibit", "section", "footnote", "schedule",
];
const SCALES: [&str; 8] = [
    "million",
    "millions",
    "billion",
    "billions",
    "thousand",
    "thousands",
    "percent",
    "trillion",
];

impl Vocabulary {
    /// The words of a text.
    pub fn words(&mut self, text: &str) -> Vec<Word> {
        let mut out: Vec<Word> = Vec::new();
        let mut begin = 0;
        for end in ends(text) {
            let range = begin..end;
            begin = end;
            let Some(key) = key(&text[range.clone()]) else {
                // Signs alone belong to the word before them.
                if let Some(last) = out.last_mut() {
                    last.at.end = range.end;
                }
                continue;
            };
            // Signs that the text begins with belong to its first word.
            let from = if out.is_empty() { 0 } else { range.start };
            let id = self.id(key);
            out.push(Word {
                id,
                at: from..range.end,
            });
        }
        out
    }

    pub fn kind(&self, id: WordId) -> WordKind {
        self.kinds[id as usize]
    }

    /// The kind of a word where it stands: a small number is one of a date, or of a note, or else a figure.
    pub fn kind_at(&self, words: &[Word], at: usize) -> WordKind {
        let kind = self.kind(words[at].id);
        if kind != WordKind::Small {
            return kind;
        }
        let of = |at: usize| words.get(at).map(|word| self.numbers[word.id as usize]);
        let before = at.checked_sub(1).and_then(of).unwrap_or_default();
        let behind = of(at + 1).unwrap_or_default();
        match before.0 || before.1 || behind.0 {
            true => WordKind::Date,
            false => WordKind::Figure,
        }
    }

    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    fn id(&mut self, key: String) -> WordId {
        let next = self.kinds.len() as WordId;
        let (kinds, numbers) = (&mut self.kinds, &mut self.numbers);
        *self.ids.entry(key).or_insert_with_key(|key| {
            kinds.push(kind(key));
            let is_one_of = |names: &[&str]| names.contains(&key.as_str());
            numbers.push((is_one_of(&MONTHS), is_one_of(&NUMBERED)));
            next
        })
    }
}

/// Where words end: behind white space, and behind a hyphen or an apostrophe between letters, which some write and others
/// do not.
fn ends(text: &str) -> Vec<usize> {
    let mut out = Vec::new();
    let mut before = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let is_letter = |c: char| c.is_alphabetic();
        let next = letters.peek().map(|(_, c)| *c);
        let joins = matches!(c, '-' | '\'' | '’' | '‘' | '/' | '–' | '—');
        let is_within = joins && before.is_some_and(is_letter) && next.is_some_and(is_letter);
        if c.is_whitespace() || is_within {
            out.push(at + c.len_utf8());
        }
        before = Some(c);
    }
    out.push(text.len());
    out.dedup();
    out
}

/// What is compared of a word: without the signs around it, but for those that a figure means something by; in lower
/// case. None of signs alone: a dash for nil is like nothing.
fn key(piece: &str) -> Option<String> {
    let piece = piece.trim();
    let is_core = |c: char| c.is_alphanumeric();
    let (from, to) = (piece.find(is_core)?, piece.rfind(is_core)?);
    let last = piece[to..].chars().next().map_or(0, char::len_utf8);
    let core = &piece[from..to + last];
    if core.starts_with(|c: char| c.is_ascii_digit()) {
        let (before, behind) = (&piece[..from], &piece[to + last..]);
        let is_less = before.contains(['(', '-', '–', '−', '△']) && !behind.is_empty()
            || before.contains(['-', '−', '△']);
        let share = if behind.contains('%') { "%" } else { "" };
        let sign = if is_less { "-" } else { "" };
        // A dollar sign may stand at the first row alone; another currency is another amount.
        let currency = before.chars().find(|c| "€£¥₹₩".contains(*c));
        let currency = currency.map(String::from).unwrap_or_default();
        return Some(format!("{currency}{sign}{}{share}", core.to_lowercase()));
    }
    // `A+` and `A-` are two ratings.
    let is_rating = core.len() <= 3 && core.chars().all(|c| c.is_ascii_alphabetic() && c != 'I');
    let sign = piece[to + last..]
        .chars()
        .next()
        .filter(|c| "+-−–".contains(*c));
    match sign.filter(|_| is_rating && core.starts_with(char::is_uppercase)) {
        Some('+') => Some(format!("{}+", core.to_lowercase())),
        Some(_) => Some(format!("{}-", core.to_lowercase())),
        None => Some(core.to_lowercase()),
    }
}

fn kind(key: &str) -> WordKind {
    if MONTHS.contains(&key) {
        return WordKind::Date;
    }
    if SCALES.contains(&key) {
        return WordKind::Scale;
    }
    let is_figure = |c: char| c.is_ascii_digit() || ",.-%€£¥₹₩".contains(c);
    if !key.contains(|c: char| c.is_ascii_digit()) || !key.chars().all(is_figure) {
        return WordKind::Word;
    }
    match key.parse::<u32>() {
        Ok(1..=31) => WordKind::Small,
        Ok(1950..=2099) => WordKind::Date,
        _ => WordKind::Figure,
    }
}

/// The label of a row of a table: what stands before its first figure.
pub fn label(row: &str) -> &str {
    let mut from = 0;
    for cell in row.split(COLUMN_GAP) {
        let is_word = key(cell).is_some_and(|key| kind(&key) == WordKind::Word);
        if !is_word && from > 0 {
            return row[..from].trim_end();
        }
        from += cell.len() + COLUMN_GAP.len();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_the_text_again() {
        let mut vocabulary = Vocabulary::default();
        for text in [
            "“We — and others — paid $(1,234) in 2023.”",
            "",
            "  ",
            "*",
            "a  b\nc",
        ] {
            let words = vocabulary.words(text);
            let again: String = words.iter().map(|w| &text[w.at.clone()]).collect();
            assert!(again == text || words.is_empty(), "{again:?}");
        }
    }

    #[test]
    fn a_word_is_the_same_whatever_signs_stand_around_it() {
        let mut vocabulary = Vocabulary::default();
        let mut ids = |text: &str| -> Vec<WordId> {
            vocabulary.words(text).into_iter().map(|w| w.id).collect()
        };
        assert_eq!(ids("Risks, the"), ids("(risks) The"));
        assert_eq!(ids("company’s"), ids("company's"));
        assert_eq!(
            ids("Company ’ s over-the-counter"),
            ids("company's over the counter")
        );
        assert_eq!(ids("Rent   12   —"), ids("rent 12"));
        assert_ne!(ids("(12)"), ids("12"));
        assert_ne!(ids("12%"), ids("12"));
        assert_eq!(ids("$12."), ids("12"));
        assert_ne!(ids("€12"), ids("$12"));
        assert_ne!(ids("rated A+"), ids("rated A-"));
    }

    #[test]
    fn what_a_word_is() {
        let kinds = [
            "COVID-19", "2023", "31", "1,234", "May", "million", "10-K", "4.5%",
        ];
        let kinds = kinds.map(|text| kind(&key(text).unwrap()));
        use WordKind::{Date, Figure, Scale, Small, Word};
        let wanted = [Word, Date, Small, Figure, Date, Scale, Word, Figure];
        assert_eq!(kinds, wanted);
    }

    #[test]
    fn the_label_of_a_row() {
        let row = ["Net sales", "1,234", "1,100"].join(COLUMN_GAP);
        assert_eq!(label(&row), "Net sales");
        let row = ["Dublin", "Leased", "12"].join(COLUMN_GAP);
        assert_eq!(label(&row), ["Dublin", "Leased"].join(COLUMN_GAP));
        assert_eq!(label("Assets"), "Assets");
    }
}
