//! Phrases: what a sentence or a heading is about, cut so that it fits into a question.

use std::collections::HashSet;

use super::source::Corpus;
use crate::index::lexical;

/// Words that open a phrase and say nothing of it.
const OPENERS: [&str; 30] = [
    "our", "the", "its", "a", "an", "their", "his", "these", "those", "this", "that", "such",
    "all", "any", "certain", "each", "most", "some", "other", "both", "as", "and", "we", "of",
    "in", "no", "companys", "million", "billion", "term",
];
/// Words that open a clause.
const CLAUSES: [&str; 14] = [
    "once", "if", "when", "while", "after", "before", "although", "because", "since", "unless",
    "until", "with", "to", "for",
];
/// Words that stand for something said before.
const POINTERS: [&str; 24] = [
    "it",
    "they",
    "them",
    "this",
    "that",
    "these",
    "those",
    "we",
    "us",
    "which",
    "who",
    "he",
    "she",
    "there",
    "here",
    "such",
    "same",
    "following",
    "above",
    "below",
    "foregoing",
    "former",
    "latter",
    "others",
];
/// Words at which a phrase ends rather than goes on.
const BREAKS: [&str; 34] = [
    "which",
    "that",
    "who",
    "whose",
    "where",
    "when",
    "while",
    "if",
    "unless",
    "because",
    "and",
    "or",
    "but",
    "as",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "has",
    "have",
    "had",
    "will",
    "would",
    "may",
    "could",
    "should",
    "can",
    "not",
    "than",
    "under",
    "pursuant",
    "including",
];
const PREPOSITIONS: [&str; 20] = [
    "of", "in", "for", "on", "by", "with", "from", "to", "at", "under", "between", "through",
    "during", "after", "before", "into", "over", "against", "within", "about",
];
/// What follows a noun: a preposition, a conjunction, a verb that helps others.
const CLOSERS: [&str; 40] = [
    "of", "in", "for", "on", "by", "with", "from", "and", "or", "to", "at", "under", "that",
    "which", "is", "are", "was", "were", "has", "have", "had", "will", "may", "can", "could",
    "would", "should", "as", "between", "through", "during", "after", "before", "than", "if",
    "when", "into", "over", "against", "within",
];
/// Verbs that make a heading a clause.
const VERBS: [&str; 18] = [
    "is", "are", "was", "were", "be", "has", "have", "had", "will", "would", "may", "might",
    "could", "should", "can", "must", "do", "does",
];
/// A phrase of more words is a clause.
const MOST_WORDS: usize = 8;
const MOST_CHARS: usize = 70;

fn letters(word: &str) -> String {
    let kept = word.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// `our total current assets,` as `total current assets`; none where nothing is left that a
/// question could ask about.
pub fn thing(text: &str, corpus: &Corpus) -> Option<String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while words
        .first()
        .is_some_and(|w| OPENERS.contains(&letters(w).as_str()))
    {
        words.remove(0);
    }
    while words.last().is_some_and(|w| {
        let word = letters(w);
        OPENERS.contains(&word.as_str()) || BREAKS.contains(&word.as_str()) || word.is_empty()
    }) {
        words.pop();
    }
    let joined = words.join(" ");
    let text = joined.trim_matches(|c: char| !c.is_alphanumeric() && !"$()%".contains(c));
    let text = balanced(text)?;
    let count = text.split_whitespace().count();
    let first = letters(text.split_whitespace().next().unwrap_or_default());
    let pointing = CLAUSES.contains(&first.as_str())
        || text
            .split_whitespace()
            .any(|w| POINTERS.contains(&letters(w).as_str()));
    let telling = lexical::tokens(text)
        .iter()
        .any(|stem| stem.chars().any(char::is_alphabetic) && !lexical::is_stop_word(stem));
    let fits = (1..=MOST_WORDS).contains(&count) && text.len() <= MOST_CHARS;
    (fits && telling && !pointing && text.len() > 3).then(|| corpus.in_a_sentence(text))
}

/// The text where its brackets are closed, or what stands before one that is not.
fn balanced(text: &str) -> Option<&str> {
    match (text.rfind('('), text.rfind(')')) {
        (Some(open), None) => Some(text[..open].trim_end()),
        (Some(open), Some(close)) if close < open => Some(text[..open].trim_end()),
        (None, Some(_)) => None,
        _ => Some(text),
    }
    .filter(|text| !text.is_empty())
}

/// A heading as something to ask about: without `Item 7.`, `Note 5 –` and the like.
pub fn heading(text: &str, corpus: &Corpus) -> Option<String> {
    let numbering = |word: &str| {
        let word = letters(word);
        let number = word.chars().next().is_some_and(|c| c.is_ascii_digit());
        let roman = !word.is_empty() && word.chars().all(|c| "ivx".contains(c));
        number
            || roman
            || word.len() < 2
            || ["item", "note", "part", "section", "article"].contains(&word.as_str())
    };
    let words: Vec<&str> = text
        .split_whitespace()
        .skip_while(|w| numbering(w))
        .collect();
    let clause = words.iter().any(|w| VERBS.contains(&letters(w).as_str()));
    thing(&words.join(" "), corpus).filter(|_| !clause)
}

/// The phrases of two to four words that tell a text best from the rest of the library, in the
/// order of what they tell: runs of words without stop words or punctuation (RAKE, Rose et al.
/// 2010), weighed by inverse document frequency.
pub fn key_phrases(text: &str, corpus: &Corpus, most: usize) -> Vec<String> {
    let mut found: Vec<(f32, String)> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    for run in text.split(|c: char| ",.;:()\n\"“”?!•|".contains(c)) {
        let (mut words, mut opened): (Vec<&str>, bool) = (Vec::new(), true);
        for word in run.split_whitespace().chain(std::iter::once("")) {
            if is_telling(word) {
                words.push(word);
                continue;
            }
            // A run that stands where a noun would: verbs are in the others.
            let closes = word.is_empty() || CLOSERS.contains(&letters(word).as_str());
            if opened && closes && (2..=4).contains(&words.len()) {
                let phrase = words.join(" ");
                if let Some((worth, phrase)) = weighed(&phrase, corpus)
                    && known.insert(phrase.to_lowercase())
                {
                    found.push((worth, phrase));
                }
            }
            let lower = letters(word);
            opened = OPENERS.contains(&lower.as_str()) || PREPOSITIONS.contains(&lower.as_str());
            words.clear();
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(most);
    found.into_iter().map(|(_, phrase)| phrase).collect()
}

/// A word that a phrase may be made of.
fn is_telling(word: &str) -> bool {
    let lower = letters(word);
    let plain = !lower.is_empty() && lower.chars().all(char::is_alphabetic);
    let joins = [&BREAKS[..], &POINTERS, &OPENERS, &PREPOSITIONS];
    plain
        && !lexical::is_stop_word(&lower)
        && !joins.iter().any(|words| words.contains(&lower.as_str()))
}

/// A phrase as a thing, and how much it tells; none where a word of it stands in this passage
/// alone, which may be a slip of the extraction.
fn weighed(phrase: &str, corpus: &Corpus) -> Option<(f32, String)> {
    let phrase = thing(phrase, corpus)?;
    let stems = lexical::tokens(&phrase);
    let count = |stem: &String| corpus.frequencies.get(stem).copied().unwrap_or(0);
    if stems.iter().any(|stem| count(stem) < 2) {
        return None;
    }
    let sum: f32 = stems.iter().map(|stem| corpus.weight(stem)).sum();
    Some((sum / (stems.len().max(2) as f32).sqrt(), phrase))
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::{document, source};
    use super::*;

    fn corpus() -> Corpus {
        let row = document(1, "a.pdf", "Northgate", 2023);
        let text = "the inventories are valued on first-in first-out basis; the pump castings from Slovenia, \
                    pump castings, duplex castings and the market risk of interest rates on duplex pumps";
        let texts = [text, text].into_iter().enumerate();
        let sources = texts
            .map(|(i, text)| source(&row, 0, i as i64 + 1, "", text))
            .collect();
        Corpus::from_sources(vec![row], sources)
    }

    #[test]
    fn things_fit_into_a_question() {
        let corpus = corpus();
        let thing = |text| thing(text, &corpus);
        assert_eq!(thing("Our Inventories,").as_deref(), Some("inventories"));
        assert_eq!(thing("the market risk of").as_deref(), Some("market risk"));
        assert_eq!(
            thing("duplex castings (see").as_deref(),
            Some("duplex castings")
        );
        assert_eq!(thing("they"), None);
        assert_eq!(thing("the"), None);
        let clause = "a very long run of words that no question would ever name so";
        assert_eq!(thing(clause), None);
    }

    #[test]
    fn headings_lose_their_numbers() {
        let corpus = corpus();
        let cut = |text| heading(text, &corpus);
        assert_eq!(cut("Item 7A. Market Risk").as_deref(), Some("market risk"));
        assert_eq!(cut("Note 5 – Inventories").as_deref(), Some("inventories"));
        assert_eq!(cut("Item 7."), None);
        assert_eq!(cut("Market risk is rising"), None);
    }

    #[test]
    fn key_phrases_are_runs_between_stop_words() {
        let corpus = corpus();
        let found = key_phrases(&corpus.sources[0].chunk.text, &corpus, 3);
        assert!(found.contains(&"pump castings".to_owned()), "{found:?}");
        assert!(found.iter().all(|phrase| phrase.split(' ').count() >= 2));
    }
}
