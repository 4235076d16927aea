//! A citation: what stands in brackets behind a statement, the number of a passage or the id of a fact.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::given::Given;
use crate::pattern::compiled;

/// What a statement cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Citation {
    /// By its number.
    Passage(usize),
    /// By its id, `F3` is 3.
    Fact(usize),
}

/// As a model may write them: `[1]`, `[F3]`, `[source 2, F1]`, `[Fact 3]`, `(F2, F3)`, `【1】`.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    let one = r"(?:(?:sources?|facts?|ids?)\s*:?\s*)?F?\s?\d{1,3}";
    let list = format!(r"{one}(?:\s*(?:,|;|&|and)\s*{one})*");
    let fact = r"F\d{1,3}(?:\s*(?:,|;|&|and)\s*F\d{1,3})*";
    compiled(&format!(r"(?i)\s*(?:[\[【]({list})[\]】]|\(({fact})\))"))
});
static ONE: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)(fact\s*:?\s*)?(F)?\s?(\d{1,3})"));
/// As they stand in a text that `plain` wrote.
pub static CITATION: LazyLock<Regex> = LazyLock::new(|| compiled(r"\s*\[(F?)(\d{1,3})\]"));

impl Citation {
    pub fn is_of(self, given: &Given<'_>) -> bool {
        match self {
            Citation::Passage(number) => given.passage(number).is_some(),
            Citation::Fact(id) => given.fact(id).is_some(),
        }
    }

    /// `[1]`, `[F3]`.
    pub fn mark(self) -> String {
        match self {
            Citation::Passage(number) => format!("[{number}]"),
            Citation::Fact(id) => format!("[F{id}]"),
        }
    }

    fn captured(found: &Captures<'_>) -> Option<Self> {
        let number = found[2].parse().ok()?;
        Some(match &found[1] {
            "" => Citation::Passage(number),
            _ => Citation::Fact(number),
        })
    }

    /// Reads one that stands by itself: `F3`, `2`, `[F3]`.
    pub fn parse(text: &str) -> Option<Self> {
        let found = ONE.captures(text)?;
        let number = found[3].parse().ok()?;
        let is_fact = found.get(1).or(found.get(2)).is_some();
        Some(match is_fact {
            true => Citation::Fact(number),
            false => Citation::Passage(number),
        })
    }
}

/// The text with each citation in brackets of its own, those of nothing taken out.
pub fn plain(text: &str, given: &Given<'_>) -> String {
    let text = LISTED.replace_all(text, |found: &Captures<'_>| {
        let list = found.get(1).or(found.get(2)).map_or("", |m| m.as_str());
        let named = ONE
            .find_iter(list)
            .filter_map(|own| Citation::parse(own.as_str()));
        let known = named.filter(|own| own.is_of(given));
        let known: Vec<String> = known.map(|own| format!(" {}", own.mark())).collect();
        known.concat()
    });
    text.into_owned()
}

/// The citations of a text that `plain` wrote, in its order.
pub fn cited(text: &str) -> Vec<Citation> {
    let found = CITATION.captures_iter(text);
    found.filter_map(|own| Citation::captured(&own)).collect()
}

/// The text with what `write` makes of each citation, the same one once in a row.
pub fn rewritten(text: &str, write: impl Fn(Citation) -> Option<String>) -> String {
    let (mut out, mut from, mut last) = (String::new(), 0, None);
    for found in CITATION.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let mark = Citation::captured(&found).and_then(&write);
        let follows = whole.start() == from && from > 0;
        out.push_str(&text[from..whole.start()]);
        if let Some(mark) = mark {
            if !(follows && last.as_ref() == Some(&mark)) {
                out.push_str(&format!(" {mark}"));
            }
            last = Some(mark);
        }
        from = whole.end();
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::super::super::given::tests::{fact, given};
    use super::super::tests::passage;
    use super::*;

    #[test]
    fn citations_are_read_as_models_write_them_and_those_of_nothing_go() {
        let passages = vec![passage(1, "a"), passage(2, "b")];
        let facts = vec![fact("Net sales", "1", 2023), fact("Capex", "2", 2023)];
        let given = given(passages, facts);
        for (text, expected) in [
            ("It was 5 [F1].", "It was 5 [F1]."),
            ("It was 5 [1, F2].", "It was 5 [1] [F2]."),
            ("It was 5[source 2; fact 1].", "It was 5 [2] [F1]."),
            ("It was 5 (F1, F2).", "It was 5 [F1] [F2]."),
            ("It was 5 【2】.", "It was 5 [2]."),
            ("It was 5 [F9, 7].", "It was 5."),
            ("It was 5 [f2 and 1].", "It was 5 [F2] [1]."),
            ("It was (5) [x].", "It was (5) [x]."),
        ] {
            assert_eq!(plain(text, &given), expected);
        }
        use Citation::{Fact, Passage};
        assert_eq!(
            cited("5 [1] [F2]. 6 [2]"),
            [Passage(1), Fact(2), Passage(2)]
        );
        let one = |_: Citation| Some("[1]".to_owned());
        assert_eq!(rewritten("5 [1] [F2]. 6 [2]", one), "5 [1]. 6 [1]");
    }
}
