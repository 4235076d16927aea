//! Synonyms: what else a question's words may be called, for the arm that knows words alone. Amounts
//! are among them: `$1.6 billion` is `1,600` in a table of millions.
//! The data is `assets/synonyms.toml`, or a file of the user's, and the names of line items.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::lexicon::Lexicon;
use super::word::{Phrase, Word, longest, words};
use super::{QueryError, Result};
use crate::index::lexical::LexicalQuery;
use crate::pattern::compiled;

const BUNDLED: &str = include_str!("../../assets/synonyms.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Vec<Vec<String>>,
}

/// Names that mean the same.
pub struct Synonyms {
    groups: Vec<Vec<Phrase>>,
}

impl Synonyms {
    /// The user's file, or the bundled one, and the items of `lexicon`.
    pub fn load(path: Option<&Path>, lexicon: &Lexicon) -> Result<Self> {
        let parsed = match path {
            None => Self::parse(BUNDLED),
            Some(path) => Self::parse(&super::asset(path)?),
        };
        let mut out = parsed.map_err(|problem| QueryError::Asset {
            path: path.unwrap_or(Path::new("synonyms.toml")).to_owned(),
            problem,
        })?;
        let items = lexicon.items.iter().map(|item| item.names.clone());
        out.groups.extend(items);
        Ok(out)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let group = |names: &Vec<String>| -> Result<Vec<Phrase>, String> {
            let phrases: Vec<Phrase> = names.iter().map(|n| Phrase::new(n)).collect();
            if phrases.len() < 2 || phrases.iter().any(Phrase::is_empty) {
                return Err(format!(
                    "the group {names:?} needs two names or more, each with a word"
                ));
            }
            Ok(phrases)
        };
        let groups = file.groups.iter().map(group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// The words of `text` with what they name in other ways: a thing named is taken out of the
    /// words and stands among the names, as the question has it first.
    pub fn lexical_query(&self, text: &str) -> LexicalQuery {
        let words = words(text);
        let mut found = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            for name in group {
                let places = name.places(&words).into_iter();
                found.extend(places.map(|at| (at..at + name.len(), index)));
            }
        }
        let mut out = LexicalQuery {
            adjacent: true,
            ..LexicalQuery::default()
        };
        let amounts = amounts(text);
        for (index, (stretch, _)) in amounts.iter().enumerate() {
            let inside = |w: &Word| stretch.start <= w.from && w.to <= stretch.end;
            let first = words.iter().position(inside);
            let count = words.iter().filter(|w| inside(w)).count();
            found.extend(first.map(|at| (at..at + count, self.groups.len() + index)));
        }
        let groups: Vec<&Vec<Phrase>> = self
            .groups
            .iter()
            .chain(amounts.iter().map(|(_, group)| group))
            .collect();
        let mut rest = 0;
        for (range, index) in longest(found) {
            let (from, to) = (words[range.start].from, words[range.end - 1].to);
            if from < rest {
                // Two groups share a name: the first has it.
                continue;
            }
            out.text.push_str(&text[rest..from]);
            rest = to;
            let own = text[from..to].to_owned();
            let others = groups[index]
                .iter()
                .filter(|name| name.places(&words[range.clone()]).is_empty());
            out.names.push(
                std::iter::once(own)
                    .chain(others.map(|name| name.text.clone()))
                    .collect(),
            );
        }
        out.text.push_str(&text[rest..]);
        out
    }
}

/// Units of amounts: name, ways to write it, power of ten.
const UNITS: [(&str, &[&str], i32); 4] = [
    ("thousand", &["thousand", "k"], 3),
    ("million", &["million", "mn", "mm", "m"], 6),
    ("billion", &["billion", "bn", "b"], 9),
    ("trillion", &["trillion", "tn"], 12),
];
/// A bare figure with fewer digits stands for too much else.
const DIGITS: usize = 4;

/// The amounts with a unit in `text`, each with the other ways to write it: as a figure of a table
/// in thousands or millions, and with the other units' names.
fn amounts(text: &str) -> Vec<(Range<usize>, Vec<Phrase>)> {
    static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
        // A letter is a unit behind a currency's sign alone: `3M`, `10-K`.
        compiled(
            r"(?i)(\d[\d,]*(?:\.\d+)?)[ -]?(thousand|million|billion|trillion|mn|bn|tn)\b|\$ ?(\d[\d,]*(?:\.\d+)?) ?(mm|m|k|b)\b",
        )
    });
    let amount = |found: regex::Captures| {
        let group = |word, letter| found.get(word).or(found.get(letter));
        let (figure, unit) = (group(1, 3)?.as_str(), group(2, 4)?.as_str().to_lowercase());
        let (_, _, exponent) = UNITS.iter().find(|(_, names, _)| names.contains(&&*unit))?;
        let whole = found.get(0)?.range();
        Some((whole, other_ways(&figure.replace(',', ""), *exponent)))
    };
    AMOUNT.captures_iter(text).filter_map(amount).collect()
}

/// `digits` × 10^`exponent` in the other units; a table's figure has no unit beside it.
fn other_ways(digits: &str, exponent: i32) -> Vec<Phrase> {
    let mut out = Vec::new();
    for (name, _, of) in UNITS {
        let figure = shifted(digits, exponent - of);
        let bare = !figure.contains('.') && figure.len() >= DIGITS && of < 9;
        if bare && figure.len() <= 12 {
            out.push(Phrase::new(&figure));
        } else if of != exponent && figure.len() <= 7 && !figure.starts_with("0.0") {
            out.push(Phrase::new(&format!("{figure} {name}")));
        }
    }
    out
}

/// A decimal figure times 10^`by`, without trailing zeros behind its point.
fn shifted(digits: &str, by: i32) -> String {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    let point = whole.len() as i32 + by;
    let figure = match usize::try_from(point).unwrap_or(0) {
        0 => format!("0.{}{all}", "0".repeat(point.unsigned_abs() as usize)),
        at if at >= all.len() => format!("{all}{}", "0".repeat(at - all.len())),
        at => format!("{}.{}", &all[..at], &all[at..]),
    };
    if figure.contains('.') {
        let bare = figure.trim_end_matches('0').trim_end_matches('.');
        return bare.to_owned();
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_asked_for_as_tables_write_them() {
        let ways = |text: &str| -> Vec<String> {
            let found = amounts(text).into_iter().flat_map(|(_, group)| group);
            found.map(|phrase| phrase.text).collect()
        };
        let billions = ways("When did it borrow $1.577 billion?");
        assert_eq!(billions, ["1577000", "1577"]);
        let millions = ways("the 1,577 million of capex");
        assert_eq!(millions, ["1577000", "1577", "1.577 billion"]);
        assert_eq!(ways("a $5m fine"), ["5000"]);
        assert!(ways("3M in 2018, 10-K, Item 1B, 7 members").is_empty());
        let synonyms = Synonyms::load(None, &Lexicon::load(None).unwrap()).unwrap();
        let wanted = synonyms.lexical_query("Who lent $1.6 billion then?");
        assert_eq!(wanted.text, "Who lent $ then?");
        assert_eq!(wanted.names[0][0], "1.6 billion");
    }

    #[test]
    fn a_question_is_asked_in_the_trades_other_words() {
        let synonyms = Synonyms::load(None, &Lexicon::load(None).unwrap()).unwrap();
        let wanted = synonyms.lexical_query("What was the capex, and why?");
        assert_eq!(wanted.text, "What was the , and why?");
        assert_eq!(wanted.names[0][0], "capex");
        assert!(wanted.names[0].contains(&"purchases of property, plant and equipment".to_owned()));
        assert_eq!(
            wanted.names[0]
                .iter()
                .filter(|name| *name == "capex")
                .count(),
            1
        );
        assert_eq!(synonyms.lexical_query("What is it?").text, "What is it?");
        assert!(Synonyms::parse("groups = [[\"alone\"]]").is_err());
    }
}
