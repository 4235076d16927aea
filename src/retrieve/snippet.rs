//! Snippets: the lines of a chunk that say most about a query, with the matched words marked.

use crate::index::lexical::{stem, words};

/// A line of this many characters is seldom a mere heading.
const TELLING: usize = 48;

/// A stretch of text and whether it matched.
pub type Span = (String, bool);

/// Marks the words of `line` whose stem is in `terms`.
pub fn marked(line: &str, terms: &[String]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let mut done = 0;
    for (from, to, word) in words(line) {
        if from < done || !terms.contains(&stem(&word)) {
            continue;
        }
        if from > done {
            out.push((line[done..from].to_owned(), false));
        }
        out.push((line[from..to].to_owned(), true));
        done = to;
    }
    if done < line.len() {
        out.push((line[done..].to_owned(), false));
    }
    out
}

/// How many of `terms` stand in `line`.
pub fn terms_in(line: &str, terms: &[String]) -> usize {
    let stems: Vec<String> = words(line).into_iter().map(|(_, _, w)| stem(&w)).collect();
    terms.iter().filter(|t| stems.contains(t)).count()
}

/// Up to `count` lines of `text`, those with the most distinct terms, in their own order.
pub fn best_lines(text: &str, terms: &[String], count: usize) -> Vec<Vec<Span>> {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let counts = lines.iter().map(|line| terms_in(line, terms));
    let mut order: Vec<(usize, usize)> = counts.enumerate().collect();
    // Among equals a line that says something comes before a short heading.
    let says_little = |at: usize| lines[at].chars().count() < TELLING;
    order.sort_by_key(|(at, score)| (std::cmp::Reverse(*score), says_little(*at), *at));
    let mut chosen: Vec<usize> = order.into_iter().take(count).map(|(at, _)| at).collect();
    chosen.sort_unstable();
    chosen
        .into_iter()
        .map(|at| clipped(marked(lines[at], terms), 160))
        .collect()
}

/// Longest word that a cut is moved over.
const WORD: usize = 24;

/// Cuts a marked line between words to about `width` characters around its first match.
fn clipped(spans: Vec<Span>, width: usize) -> Vec<Span> {
    let length: usize = spans.iter().map(|(text, _)| text.chars().count()).sum();
    if length <= width {
        return spans;
    }
    let before: usize = spans
        .iter()
        .take_while(|(_, hit)| !hit)
        .map(|(text, _)| text.chars().count())
        .sum();
    let start = if before == length {
        0
    } else {
        before.saturating_sub(width / 3)
    };
    let start = start.min(length - width);
    let line: Vec<char> = spans.iter().flat_map(|(text, _)| text.chars()).collect();
    let space = |at: &usize| line.get(*at).is_some_and(|c| c.is_whitespace());
    let end = start + width;
    let end = (end.saturating_sub(WORD)..=end)
        .rev()
        .find(space)
        .unwrap_or(end);
    let start = match start {
        0 => 0,
        // Never over the match itself.
        _ => (start..start + WORD)
            .find(space)
            .map_or(start, |at| at + 1)
            .min(before),
    };
    let (mut at, mut out) = (0, Vec::new());
    for (text, hit) in spans {
        let kept: String = text
            .chars()
            .enumerate()
            .filter(|(i, _)| (start..end).contains(&(at + i)))
            .map(|(_, c)| c)
            .collect();
        at += text.chars().count();
        if !kept.is_empty() {
            out.push((kept, hit));
        }
    }
    if start > 0 {
        out.insert(0, ("…".into(), false));
    }
    if end < length {
        out.push(("…".into(), false));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| stem(w)).collect()
    }

    #[test]
    fn matched_words_are_marked_by_their_stem() {
        let spans = marked(
            "Capital expenditures were 1,577.",
            &terms(&["expenditure", "1577"]),
        );
        let hits: Vec<&str> = spans
            .iter()
            .filter(|(_, hit)| *hit)
            .map(|(text, _)| text.as_str())
            .collect();
        assert_eq!(hits, ["expenditures", "1,577"]);
        let whole: String = spans.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(whole, "Capital expenditures were 1,577.");
    }

    #[test]
    fn the_best_lines_keep_their_order() {
        let text = "first line\ncapex and sales\nnothing\nsales";
        let lines = best_lines(text, &terms(&["capex", "sales"]), 2);
        let texts: Vec<String> = lines
            .iter()
            .map(|l| l.iter().map(|(t, _)| t.as_str()).collect())
            .collect();
        assert_eq!(texts, ["capex and sales", "sales"]);
    }

    #[test]
    fn long_lines_are_cut_around_the_match() {
        let line = format!("{} goodwill {}", "before ".repeat(60), "after ".repeat(60));
        let spans = &best_lines(&line, &terms(&["goodwill"]), 1)[0];
        let length: usize = spans.iter().map(|(t, _)| t.chars().count()).sum();
        assert!(length <= 162 && spans.iter().any(|(t, hit)| *hit && t == "goodwill"));
        let shown: String = spans.iter().map(|(t, _)| t.as_str()).collect();
        let words: Vec<&str> = shown.trim_matches('…').split_whitespace().collect();
        let whole = |w: &&str| ["before", "goodwill", "after"].contains(w);
        assert!(words.len() > 15 && words.iter().all(whole), "{shown}");
    }
}
