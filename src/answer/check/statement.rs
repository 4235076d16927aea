//! A statement: a sentence of an answer with the citations behind it, and what it is about.

use super::super::context::Passage;
use super::citation::{CITATION, Citation, cited};
use crate::chunk::sentence;
use crate::index::lexical::tokens;
use crate::statement::figure::numbers;

/// A statement with citations added behind it, before its full stop as people set them.
pub fn behind(statement: &str, facts: &[Citation]) -> String {
    let marks: String = facts.iter().map(|own| format!(" {}", own.mark())).collect();
    let body = statement.trim_end();
    let space = &statement[body.len()..];
    let (body, stop) = match body.strip_suffix(['.', '!', '?', ';']) {
        Some(rest) if !marks.is_empty() => (rest, &body[rest.len()..]),
        _ => (body, ""),
    };
    format!("{body}{marks}{stop}{space}")
}

/// The text with blanks for its citations: what stands in it stands where it stood.
pub fn without_citations(text: &str) -> String {
    let blank = |found: &regex::Captures<'_>| " ".repeat(found[0].len());
    CITATION.replace_all(text, blank).into_owned()
}

/// The words that say what something is about: no short ones, and no numbers.
pub fn topics(text: &str) -> Vec<String> {
    let all = tokens(&without_citations(text)).into_iter();
    all.filter(|word| word.len() > 2 && word.chars().all(char::is_alphabetic))
        .filter(|word| !PLAIN.contains(&word.as_str()))
        .collect()
}

/// Words, as the index has them, that say nothing of what a figure is of.
const PLAIN: [&str; 18] = [
    "the", "and", "for", "was", "were", "its", "total", "net", "with", "from", "year", "million",
    "other", "how", "what", "did", "which", "end",
];

/// The text with citations put behind statements that have none and say what one source says, and
/// how many those are. A statement's words have to stand in that source, nearly all of them, and its
/// figures all.
pub fn attributed(text: &str, passages: &[Passage]) -> (String, usize) {
    const SHARE: f64 = 0.75;
    const LEAST: usize = 4;
    let sources: Vec<(usize, Vec<String>, Vec<String>)> = passages
        .iter()
        .map(|p| (p.number, tokens(&p.text), numbers(&p.text)))
        .collect();
    let (mut out, mut matched) = (String::new(), 0);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        for statement in statements(body) {
            out.push_str(statement.trim_end());
            let mut own = tokens(statement);
            own.sort();
            own.dedup();
            if cited(statement).is_empty() && own.len() >= LEAST {
                let figures = numbers(statement);
                let share = |words: &[String]| {
                    let known = own.iter().filter(|w| words.contains(w)).count();
                    known as f64 / own.len() as f64
                };
                let best = sources
                    .iter()
                    .filter(|(_, _, known)| {
                        figures.iter().all(|f| known.iter().any(|k| same(k, f)))
                    })
                    .map(|(number, words, _)| (share(words), *number))
                    .reduce(|best, next| if next.0 > best.0 { next } else { best });
                if let Some((_, number)) = best.filter(|(share, _)| *share >= SHARE) {
                    out.push_str(&format!(" [{number}]"));
                    matched += 1;
                }
            }
            let space = &statement[statement.trim_end().len()..];
            out.push_str(space);
        }
        out.push_str(&line[body.len()..]);
    }
    (out.trim_end().to_owned(), matched)
}

/// The statements of an answer, each with the citations behind it.
pub fn statements(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut from = 0;
        for end in sentence::ends(line) {
            let mut end = end;
            // `… in 2023. [1]`: the citation belongs to what stands before it.
            let follows = |end: usize| CITATION.find(&line[end..]).filter(|own| own.start() == 0);
            while let Some(found) = follows(end) {
                end += found.end();
            }
            if end > from {
                out.push(&line[from..end]);
                from = end;
            }
        }
    }
    out
}

/// Equal as numbers: `5409` and `5,409.00`, which come without separators.
fn same(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() < 1e-9,
        _ => a == b,
    }
}
