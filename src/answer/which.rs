//! Which is first: questions that ask for the first or the last of a company's parts, and sentences that tell it.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// Which of the parts, and of what kind they are.
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:which|what(?:\s+(?:is|are|was|were))?)\s+(?:[\w'’&,-]+\s+){0,6}?(segments?|divisions?|business(?:es)?|units?|regions?|geograph\w*|countr(?:y|ies)|areas?|markets?|products?|categor(?:y|ies)|lines?|brands?|(?:customer|client|product|business)\s+groups?|channels?)\b",
    )
});
static DOES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)^\w+\s+(?:did|does|do|has|have|had|will|would|can|could|should|may|might)\b")
});
static MOST: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:most|highest|largest|greatest|biggest|best|fastest|strongest|top)\b")
});
static LEAST: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:least|lowest|smallest|worst|slowest|weakest|fewest)\b"));
/// What went down: the most of it is the least growth.
static FALLS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:declin\w+|fell|fall(?:en|ing|s)?|shr[aiu]nk(?:s|ing)?|dropp?(?:s|ed|ing)?|decreas\w+|los(?:t|es?|ing|s))\b",
    )
});

/// The word that a question has for the parts of which it asks which.
pub fn kind_of_parts(text: &str) -> Option<&str> {
    let found = WHICH.captures(text)?;
    // "What did its water business lose" asks for no part.
    (!DOES.is_match(&found[0])).then(|| found.get(1).map(|kind| kind.as_str()))?
}

/// Whether the first (true) or the last is asked for; none where no word says it.
pub fn is_of_most(text: &str) -> Option<bool> {
    let (most, least) = (MOST.is_match(text), LEAST.is_match(text));
    (most || least).then_some(most != falls(text))
}

/// True where a question is of what went down.
pub fn falls(text: &str) -> bool {
    FALLS.is_match(text)
}

/// True where a question asks which of the parts is the first of all: a row of one of them does not say it.
pub fn asks_first(text: &str) -> bool {
    kind_of_parts(text).is_some() && is_of_most(text).is_some()
}

/// True for words that ask for the first or the last, or tell it.
pub fn is_superlative(text: &str) -> bool {
    MOST.is_match(text) || LEAST.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_of_the_parts_is_asked_in_many_ways() {
        for (text, word) in [
            ("Which of Boeing's segments grew fastest?", "segments"),
            ("which Nike region had the highest revenue", "region"),
            ("What product category of Apple sold most?", "product"),
        ] {
            assert_eq!(kind_of_parts(text), Some(word), "{text}");
            assert!(asks_first(text), "{text}");
        }
        assert_eq!(
            kind_of_parts("How much revenue did the Americas segment have?"),
            None
        );
        assert!(!asks_first("Which segments does Boeing have?"));
        assert!(!asks_first(
            "What did its water business lose in its worst year?"
        ));
    }

    #[test]
    fn the_most_of_a_decline_is_the_least() {
        for (text, most) in [
            ("which segment grew the most", true),
            ("which segment grew least", false),
            ("which segment shrank the most in 2020", false),
            ("which region declined least", true),
            ("which division's sales dropped fastest", false),
            ("which segment lost the most", false),
        ] {
            assert_eq!(is_of_most(text), Some(most), "{text}");
        }
    }
}
