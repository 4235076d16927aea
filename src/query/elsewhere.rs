//! Elsewhere: questions whose figure the consolidated statements of the companies found do not have, although all
//! its words seem to be there.

use std::sync::LazyLock;

use regex::Regex;

use super::company::Mention;
use super::period::Period;
use super::word::{Word, is_in};
use crate::pattern::compiled;

/// True where the figure may be that of somebody else than the companies found: of one that files with them, of
/// a possessor whom nobody knows. Their consolidated statements do not answer for it.
pub fn is_others(all: &[Word], mentions: &[Mention], left_over: &[String]) -> bool {
    let is_stranger = |(at, word): (usize, &Word)| {
        let is_single = word.text.len() == 1 && word.text.starts_with(char::is_uppercase);
        let is_found = mentions.iter().any(|m| m.words.contains(&at));
        word.possessive && !is_found && (is_name(word, left_over) || is_single)
    };
    mentions.iter().any(|m| m.is_registrant) || all.iter().enumerate().any(is_stranger)
}

/// What the companies' names go on to, `Boeing Capital`, `Nike Japan`: a part of the company, or another one.
pub fn behind_names(all: &[Word], mentions: &[Mention], left_over: &[String]) -> Vec<String> {
    let behind = |mention: &Mention| {
        let last = mention.words.end.checked_sub(1);
        let is_over = last.is_some_and(|at| all[at].possessive);
        let rest = all
            .get(mention.words.end..)
            .filter(|_| !is_over)
            .unwrap_or_default();
        rest.iter()
            .take_while(|word| is_name(word, left_over))
            .map(|word| word.text.clone())
    };
    mentions.iter().flat_map(behind).collect()
}

/// What a question calls a segment by one word that says what it is as well: "the Business segment".
pub fn segment_named(all: &[Word], mentions: &[Mention]) -> Vec<String> {
    const KINDS: &str =
        "operating reportable reporting industry geographic each other largest smallest";
    let is_name = |at: usize| {
        let word = &all[at];
        let is_company = mentions.iter().any(|mention| mention.words.contains(&at));
        word.text.starts_with(char::is_uppercase)
            && !word.opens
            && !is_company
            && !is_in(KINDS, &word.text)
    };
    let is_segment = |at: &usize| is_in("segment segments division", &all[*at].text);
    let named = (1..all.len()).filter(is_segment).map(|at| at - 1);
    named
        .filter(|at| is_name(*at))
        .map(|at| all[at].text.clone())
        .collect()
}

fn is_name(word: &Word, left_over: &[String]) -> bool {
    word.text.starts_with(char::is_uppercase) && left_over.contains(&word.text)
}

/// `in fall 2022`: no fiscal year, and no change.
static SEASON: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:in|of|this|last|since|by)\s+(?:the\s+)?(?:fall|spring|summer|winter|autumn)\b",
    )
});

/// `quarterly`, `per month`, `in fall 2022`: where only a year was read, its figure is not what is asked for.
pub fn is_part_of_a_year(text: &str, all: &[Word], period: &Period) -> bool {
    const PARTS: &str =
        "quarter quarters quarterly month months monthly half halves weekly semiannual ttm ltm ytd";
    let is_part = |word: &Word| {
        let lower = word.text.to_lowercase();
        PARTS.split(' ').any(|part| part == lower)
    };
    SEASON.is_match(text) || (period.is_years() && all.iter().any(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::word::words;

    #[test]
    fn a_segment_may_be_called_by_a_word_that_says_what_it_is() {
        let named = |text: &str| segment_named(&words(text), &[]);
        assert_eq!(
            named("What was revenue for the Business segment?"),
            ["Business"]
        );
        assert!(named("Business segment revenue by year").is_empty());
        assert!(named("revenue of the largest segment").is_empty());
        assert!(named("What is the Operating segment note?").is_empty());
    }
}
