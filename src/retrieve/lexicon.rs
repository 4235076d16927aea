//! The lexicon of measures: what a question asks for by a ratio's name, as line items and the
//! statements they stand in. Its data is `assets/lexicon.toml`, or a file of the user's.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::name::{Phrase, Word, longest};
use super::{Result, RetrieveError};
use crate::chunk::statement::Statement;

const BUNDLED: &str = include_str!("../../assets/lexicon.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    item: Vec<ItemRow>,
    measure: Vec<MeasureRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    names: Vec<String>,
    statement: Statement,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRow {
    names: Vec<String>,
    formula: String,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The first is the one that formulas use.
    pub names: Vec<Phrase>,
    pub statement: Statement,
}

impl Item {
    pub fn name(&self) -> &str {
        &self.names[0].text
    }
}

/// A figure made of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub names: Vec<Phrase>,
    pub formula: String,
    /// Indexes of its items, in the order of the formula, each once.
    pub items: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Lexicon {
    pub items: Vec<Item>,
    pub measures: Vec<Measure>,
}

/// What a question names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Item(usize),
    Measure(usize),
}

impl Lexicon {
    /// The user's lexicon, or the bundled one.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::parse(BUNDLED).expect("a test reads the bundled lexicon"));
        };
        let text = super::asset(path)?;
        Self::parse(&text).map_err(|problem| RetrieveError::Asset {
            path: path.to_owned(),
            problem,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let phrases = |names: &[String]| -> Result<Vec<Phrase>, String> {
            let phrases: Vec<Phrase> = names.iter().map(|n| Phrase::new(n)).collect();
            match phrases.is_empty() || phrases.iter().any(Phrase::is_empty) {
                true => Err(format!("names = {names:?} has an entry without a word")),
                false => Ok(phrases),
            }
        };
        let item = |row: &ItemRow| {
            let names = phrases(&row.names)?;
            Ok(Item {
                names,
                statement: row.statement,
            })
        };
        let items: Vec<Item> = file.item.iter().map(item).collect::<Result<_, String>>()?;
        let measure = |row: &MeasureRow| {
            Ok(Measure {
                names: phrases(&row.names)?,
                items: operands(&row.formula, &items)?,
                formula: row.formula.clone(),
            })
        };
        let measures = file.measure.iter().map(measure);
        let measures = measures.collect::<Result<_, String>>()?;
        Ok(Self { items, measures })
    }

    /// Measures and items that `words` name, the longest names first served, in their order.
    pub fn named(&self, words: &[Word]) -> Vec<(Range<usize>, Named)> {
        let mut found = Vec::new();
        let mut look = |names: &[Phrase], named: Named| {
            for name in names {
                let places = name.places(words).into_iter();
                found.extend(places.map(|at| (at..at + name.len(), named.clone())));
            }
        };
        for (index, measure) in self.measures.iter().enumerate() {
            look(&measure.names, Named::Measure(index));
        }
        for (index, item) in self.items.iter().enumerate() {
            look(&item.names, Named::Item(index));
        }
        longest(found)
    }
}

/// The items in a formula's brackets; also those inside `avg([a] + [b])`.
fn operands(formula: &str, items: &[Item]) -> Result<Vec<usize>, String> {
    let mut out = Vec::new();
    for part in formula.split('[').skip(1) {
        let name = part.split(']').next().unwrap_or_default();
        let index = items.iter().position(|item| item.name() == name);
        let index = index.ok_or(format!(
            "the formula {formula:?} names {name:?}, which is no item"
        ))?;
        if !out.contains(&index) {
            out.push(index);
        }
    }
    match out.is_empty() {
        true => Err(format!("the formula {formula:?} has no [item]")),
        false => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::super::name::words;
    use super::*;

    fn named(question: &str) -> Vec<String> {
        let lexicon = Lexicon::load(None).unwrap();
        let name = |named: Named| match named {
            Named::Item(i) => lexicon.items[i].name().to_owned(),
            Named::Measure(m) => lexicon.measures[m].names[0].text.clone(),
        };
        let found = lexicon.named(&words(question));
        found.into_iter().map(|(_, n)| name(n)).collect()
    }

    #[test]
    fn the_bundled_lexicon_is_sound() {
        let lexicon = Lexicon::load(None).unwrap();
        assert!(lexicon.measures.len() >= 100 && lexicon.items.len() >= 70);
        let names = lexicon.measures.iter().flat_map(|m| &m.names);
        let names = names.chain(lexicon.items.iter().flat_map(|i| &i.names));
        let mut all: Vec<String> = names.map(|p| p.text.to_lowercase()).collect();
        all.sort();
        let twice: Vec<_> = all.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        for measure in &lexicon.measures {
            let formula = &measure.formula;
            let depth =
                |open, close| formula.matches(open).count() == formula.matches(close).count();
            assert!(depth('(', ')') && depth('[', ']'), "{formula}");
        }
    }

    #[test]
    fn a_ratio_is_found_before_the_items_in_its_name() {
        assert_eq!(
            named("What is the FY2015 operating cash flow ratio?"),
            ["operating cash flow ratio"]
        );
        assert_eq!(
            named("its gross margins and capex"),
            ["gross margin", "capital expenditures"]
        );
        assert_eq!(
            named("Is it a capital intensive business?"),
            ["capital intensity"]
        );
        assert_eq!(named("who are the customers"), Vec::<String>::new());
    }

    #[test]
    fn a_broken_lexicon_is_refused() {
        for (text, said) in [
            ("measure = []", "item"),
            (
                "[[item]]\nnames = [\"a\"]\nstatement = \"ledger\"\n",
                "ledger",
            ),
            (
                "measure = []\n[[item]]\nnames = [\"-\"]\nstatement = \"balance sheet\"\n",
                "without a word",
            ),
            (
                "[[item]]\nnames = [\"a\"]\nstatement = \"balance sheet\"\n[[measure]]\nnames = [\"m\"]\nformula = \"[b]\"\n",
                "no item",
            ),
        ] {
            let error = Lexicon::parse(text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
