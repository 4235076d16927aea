//! The lexicon of measures: what a question asks for by a ratio's name, as line items and the
//! statements they stand in. Its data is `assets/lexicon.toml`, or a file of the user's.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::formula::Expr;
use super::word::{Phrase, Word, longest};
use super::written::Written;
use super::{QueryError, Result};
use crate::fact::element;
use crate::statement::Statement;

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
    #[serde(default)]
    unsigned: bool,
    like: Option<String>,
    sum_of: Option<String>,
    #[serde(default)]
    elements: Vec<String>,
    #[serde(default)]
    within: Vec<String>,
    #[serde(default)]
    made_of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRow {
    names: Vec<String>,
    formula: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default = "yes")]
    computed: bool,
}

fn yes() -> bool {
    true
}

/// An item that another comes to, with others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ingredient {
    pub index: usize,
    /// 1, or -1 of what is taken off.
    pub sign: f64,
    /// A statement may lack it.
    pub optional: bool,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The first is the one that formulas use.
    pub names: Vec<Phrase>,
    pub statement: Statement,
    /// Printed with a sign or without, as the issuer likes; formulas mean it without.
    pub unsigned: bool,
    /// What it comes to as a rule: of a figure that some print with a sign and some without, the
    /// sign is taken that lies nearer to this.
    pub like: Option<Expr>,
    /// How the labels begin, in lower case, of the rows that it is the sum of where it has none.
    pub sum_of: Option<String>,
    /// What it is called in the us-gaap taxonomy, the first that a statement has; empty where it has no
    /// element.
    pub elements: Vec<&'static str>,
    /// Those of its elements that have more in them.
    pub within: Vec<&'static str>,
    /// What it comes to where no report has a row of it.
    pub made_of: Vec<Ingredient>,
}

impl Item {
    pub fn name(&self) -> &str {
        &self.names[0].text
    }

    /// It has no element of its own, but is in others with more.
    pub fn is_within_others(&self) -> bool {
        !self.within.is_empty() && self.within.len() == self.elements.len()
    }
}

/// A figure made of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub names: Vec<Phrase>,
    pub formula: String,
    pub expr: Expr,
    /// Indexes of its items, in the order of the formula, each once; then of those that are asked
    /// for besides.
    pub items: Vec<usize>,
    /// The formula yields a figure, and is no mere list of what to look at.
    pub computed: bool,
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

impl Measure {
    /// How the trade writes it.
    pub fn written(&self) -> Written {
        Written::of_any(self.names.iter().map(|name| name.text.as_str()))
    }
}

impl Lexicon {
    /// The user's lexicon, or the bundled one.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::parse(BUNDLED).expect("a test reads the bundled lexicon"));
        };
        let text = super::asset(path)?;
        Self::parse(&text).map_err(|problem| QueryError::Asset {
            path: path.to_owned(),
            problem,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let phrases = |names: &[String]| -> Result<Vec<Phrase>, String> {
            let phrases: Vec<Phrase> = names.iter().map(|n| Phrase::new(n)).collect();
            if phrases.is_empty() || phrases.iter().any(Phrase::is_empty) {
                return Err(format!("names = {names:?} has an entry without a word"));
            }
            Ok(phrases)
        };
        let item = |row: &ItemRow| {
            let names = phrases(&row.names)?;
            let known = |name: &String| {
                element(name).ok_or(format!("elements = {name:?} is none that facts have"))
            };
            let all = |names: &[String]| names.iter().map(known).collect::<Result<Vec<_>, _>>();
            let within = all(&row.within)?;
            let own = all(&row.elements)?;
            Ok(Item {
                elements: [own, within.clone()].concat(),
                within,
                names,
                statement: row.statement,
                unsigned: row.unsigned,
                like: None,
                sum_of: row.sum_of.as_ref().map(|words| words.to_lowercase()),
                made_of: Vec::new(),
            })
        };
        let mut items: Vec<Item> = file.item.iter().map(item).collect::<Result<_, String>>()?;
        let named: Vec<String> = items.iter().map(|item| item.name().to_owned()).collect();
        let find = |name: &str| named.iter().position(|known| known == name);
        for (item, row) in items.iter_mut().zip(&file.item) {
            let like = row.like.as_ref().map(|formula| Expr::parse(formula, &find));
            item.like = like.transpose()?;
            let made_of = row.made_of.iter().map(|text| ingredient(text, &find));
            item.made_of = made_of.collect::<Result<_, String>>()?;
        }
        let measure = |row: &MeasureRow| {
            let formula = &row.formula;
            let expr = Expr::of_measure(formula, &find).map_err(|e| format!("{formula:?}: {e}"))?;
            let mut own = expr.items();
            if own.is_empty() {
                return Err(format!("the formula {formula:?} has no [item]"));
            }
            for name in &row.also {
                let index = find(name).ok_or(format!("also = {name:?} is no item"))?;
                own.extend((!own.contains(&index)).then_some(index));
            }
            Ok(Measure {
                names: phrases(&row.names)?,
                formula: row.formula.clone(),
                expr,
                items: own,
                computed: row.computed,
            })
        };
        let measures = file.measure.iter().map(measure);
        let measures = measures.collect::<Result<_, String>>()?;
        Ok(Self { items, measures })
    }

    /// The first name of what is named.
    pub fn name(&self, named: &Named) -> &str {
        match named {
            Named::Item(index) => self.items[*index].name(),
            Named::Measure(index) => &self.measures[*index].names[0].text,
        }
    }

    /// True for a ratio of what flows over a period to how things stand at its end: it says something of a year
    /// alone, however short the period.
    pub fn needs_a_year(&self, expr: &Expr) -> bool {
        let items = expr.items();
        let has =
            |is_meant: &dyn Fn(&Item) -> bool| items.iter().any(|at| is_meant(&self.items[*at]));
        let is_shares = |item: &Item| {
            let element = item.elements.first();
            element.is_some_and(|element| element.starts_with("WeightedAverage"))
        };
        let is_balance = |item: &Item| item.statement == Statement::Balance;
        let has_flow = has(&|item| !is_balance(item) && !is_shares(item));
        expr.degree() == 0 && has_flow && has(&is_balance)
    }

    /// True for what several periods have a sum of: amounts of a time, and no balances.
    pub fn adds_up(&self, expr: &Expr) -> bool {
        let is_flow = |at: &usize| {
            let item = &self.items[*at];
            let is_weighted = item
                .elements
                .first()
                .is_some_and(|own| own.starts_with("WeightedAverage"));
            item.statement != Statement::Balance && !is_weighted
        };
        expr.degree() == 1 && expr.items().iter().all(is_flow)
    }

    /// Why there is no ratio over what `items` make.
    pub fn no_ratio(&self, items: &[usize], is_zero: bool) -> String {
        let names: Vec<&str> = items.iter().map(|at| self.items[*at].name()).collect();
        let how = if is_zero { "zero" } else { "below zero" };
        format!(
            "what it is divided by ({}) is {how}: no meaningful ratio",
            names.join(", ")
        )
    }

    /// All that it is called.
    pub fn names(&self, named: &Named) -> Vec<String> {
        let names = match named {
            Named::Item(index) => &self.items[*index].names,
            Named::Measure(index) => &self.measures[*index].names,
        };
        names.iter().map(|name| name.text.clone()).collect()
    }

    /// Measures and items that `words` name, with the words that name each, in their order; of names
    /// within names the longest.
    pub fn find(&self, words: &[Word]) -> Vec<(Range<usize>, Named)> {
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
        // Several of its names may be the same words, in other forms.
        let mut found = longest(found);
        found.dedup();
        found
    }
}

/// Reads an entry of `made_of`: `-cost of sales`, `redeemable interests?`.
fn ingredient(text: &str, find: &dyn Fn(&str) -> Option<usize>) -> Result<Ingredient, String> {
    let (sign, name) = text.strip_prefix('-').map_or((1.0, text), |n| (-1.0, n));
    let (optional, name) = name.strip_suffix('?').map_or((false, name), |n| (true, n));
    let index = find(name).ok_or(format!("made_of = {text:?} is no item"))?;
    Ok(Ingredient {
        index,
        sign,
        optional,
    })
}

#[cfg(test)]
mod tests {
    use super::super::word::words;
    use super::*;

    fn named(question: &str) -> Vec<String> {
        let lexicon = Lexicon::load(None).unwrap();
        let found = lexicon.find(&words(question));
        let name = |(_, named)| lexicon.name(&named).to_owned();
        found.into_iter().map(name).collect()
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
