//! The check of what a language model said: its citations name sources that it was given, and its
//! figures stand in those that it cites.

use std::sync::LazyLock;

use regex::Regex;

use super::context::Passage;
use crate::chunk::sentence;
use crate::index::lexical::tokens;
use crate::pattern::compiled;
use crate::statement::figure::numbers;

static CITATION: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\s*\[(?:sources?\s*)?(\d{1,3}(?:\s*,\s*\d{1,3})*)\]"));

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The text, citations of nothing taken out.
    pub text: String,
    /// Numbers of the sources cited, in the order of the text.
    pub cited: Vec<usize>,
    /// Figures, as they stand in the text, that no source cited beside them has.
    pub unsupported: Vec<String>,
    /// Statements without a citation whose source was found by their words.
    pub matched: usize,
}

/// Checks what was said of `passages`.
pub fn check(text: &str, passages: &[Passage]) -> Checked {
    let mut out = Checked::default();
    let text = CITATION.replace_all(text, |found: &regex::Captures<'_>| {
        let named = found[1]
            .split(',')
            .filter_map(|n| n.trim().parse::<usize>().ok());
        let known = named.filter(|n| passages.iter().any(|p| p.number == *n));
        known.map(|n| format!(" [{n}]")).collect::<String>()
    });
    (out.text, out.matched) = attributed(text.trim(), passages);
    let all = cited(&out.text);
    for number in &all {
        if !out.cited.contains(number) {
            out.cited.push(*number);
        }
    }
    for statement in statements(&out.text) {
        let own = cited(statement);
        // A statement without a citation leans on those of the answer.
        let by = if own.is_empty() { &all } else { &own };
        let has = |number: &String| {
            let beside = passages.iter().filter(|p| by.contains(&p.number));
            beside
                .flat_map(|p| numbers(&p.text))
                .any(|known| same(&known, number))
        };
        let plain = CITATION.replace_all(statement, "");
        for number in numbers(&plain) {
            let is_new = !out.unsupported.contains(&number);
            if is_figure(&number) && is_new && !has(&number) {
                out.unsupported.push(number);
            }
        }
    }
    out
}

/// The text with citations put behind statements that have none and say what one source says, and
/// how many those are. A statement's words have to stand in that source, nearly all of them, and its
/// figures all.
fn attributed(text: &str, passages: &[Passage]) -> (String, usize) {
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
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut from = 0;
        for end in sentence::ends(line) {
            let mut end = end;
            // `… in 2023. [1]`: the citation belongs to what stands before it.
            if let Some(found) = CITATION
                .find(&line[end..])
                .filter(|found| found.start() == 0)
            {
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

fn cited(text: &str) -> Vec<usize> {
    let found = CITATION.captures_iter(text);
    found.filter_map(|c| c[1].parse().ok()).collect()
}

/// A number that says something: `2` of "two of them" written in digits is none.
fn is_figure(number: &str) -> bool {
    number.len() > 1
}

/// Equal as numbers: `5409` and `5,409.00`, which come without separators.
fn same(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() < 1e-9,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(number: usize, text: &str) -> Passage {
        Passage {
            number,
            document: "a.pdf".to_owned(),
            page: 1,
            page_last: 1,
            chunk_id: String::new(),
            lines: (0, 0),
            section: String::new(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn citations_of_nothing_go_and_figures_are_looked_up_where_they_are_cited() {
        let passages = [
            passage(1, "Cash   $ 1,526,762   1,499,995"),
            passage(2, "It rose by 12.5%."),
        ];
        let checked = check(
            "Cash was 1,526,762 [1]. It rose by 12.5 % [1, 7]. In all 99 [9]. And 12.50 more [source 2]",
            &passages,
        );
        assert_eq!(
            checked.text,
            "Cash was 1,526,762 [1]. It rose by 12.5 % [1]. In all 99. And 12.50 more [2]"
        );
        assert_eq!(checked.cited, [1, 2]);
        assert_eq!(checked.unsupported, ["12.5", "99"]);
    }

    #[test]
    fn a_statement_in_a_sources_words_gets_its_citation() {
        let passages = [
            passage(
                1,
                "Goodwill is tested for impairment annually in the fourth quarter.",
            ),
            passage(
                2,
                "Inventories are stated at the lower of cost and net realizable value of 15 million.",
            ),
        ];
        let checked = check(
            "Goodwill is tested for impairment annually. The weather in Oslo is seldom warm and dry.\n\
             Inventories are stated at the lower of cost, 16 million.",
            &passages,
        );
        assert_eq!(
            checked.text,
            "Goodwill is tested for impairment annually. [1] The weather in Oslo is seldom warm and dry.\n\
             Inventories are stated at the lower of cost, 16 million."
        );
        assert_eq!((checked.matched, checked.cited), (1, vec![1]));
    }

    #[test]
    fn a_statement_without_a_citation_leans_on_the_others() {
        let passages = [passage(1, "Sales were 40 in 2023.")];
        assert_eq!(
            check("Sales were 40. That is 2023 [1].", &passages).unsupported,
            [""; 0]
        );
        assert_eq!(check("Sales were 41. [1]", &passages).unsupported, ["41"]);
        assert_eq!(
            check("Sales were 40.", &passages).unsupported,
            ["40"],
            "nothing is cited"
        );
    }
}
