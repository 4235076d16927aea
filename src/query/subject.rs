//! The subject of a question: the line item or measure whose figure it asks for.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::definition::Definition;
use super::formula::Expr;
use super::lexicon::{Item, Lexicon, Named};
use super::word::{Word, is_in, words};
use super::written::Written;
use crate::pattern::compiled;

/// `based on its quick ratio` says which of several measures is meant.
pub(super) static BASED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:based on|judging by|measured by|in terms of)\s+(?:its|the|their)?\s*")
});

/// A figure that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub name: String,
    pub expr: Expr,
    /// In words; none of a line item, which needs no formula.
    pub formula: Option<String>,
    /// The question itself says how it is computed.
    pub is_defined: bool,
    /// How the trade writes its figures, where it is a ratio.
    pub written: Written,
    /// The words of the question's core that name it, by their number.
    pub(super) words: Range<usize>,
}

impl Subject {
    /// The line item `index` of the lexicon, called `name` by `words`.
    fn of_item(name: String, index: usize, words: Range<usize>) -> Self {
        Self {
            written: Written::Plain,
            name,
            expr: Expr::Item {
                index,
                optional: false,
            },
            formula: None,
            is_defined: false,
            words,
        }
    }
}

impl Subject {
    /// Makes of the growth of a line item the item; none of any other growth.
    pub(super) fn take_grown(&mut self, lexicon: &Lexicon) -> Option<()> {
        let [index] = self.expr.items()[..] else {
            return None;
        };
        let name = neutral(&lexicon.items[index]);
        *self = Self::of_item(name, index, self.words.clone());
        Some(())
    }
}

/// What a question names, and whether that is a list of which each is meant.
pub fn subjects(core: &str, definitions: &[Definition], lexicon: &Lexicon) -> (Vec<Subject>, bool) {
    let all = words(core);
    let named = lexicon.find(&all);
    let (mut out, mut listed): (Vec<Subject>, Vec<Subject>) = Default::default();
    for definition in definitions {
        let Some(at) = definition.name.places(&all).first().copied() else {
            continue;
        };
        // `EBITDA less capex` is another measure than the EBITDA that is defined.
        let own = at..at + definition.name.len();
        let is_longer = |(range, named): &(Range<usize>, Named)| {
            let overlaps = range.start < own.end && own.start < range.end;
            overlaps && range.len() > own.len() && matches!(named, Named::Measure(_))
        };
        if !named.iter().any(is_longer) {
            out.push(Subject {
                name: definition.name.text.clone(),
                written: Written::of(&definition.name.text),
                expr: definition.expr.clone(),
                formula: Some(definition.formula.clone()),
                is_defined: true,
                words: own,
            });
        }
    }
    let share = share(&all, &named, lexicon);
    let is_of_share = |range: &Range<usize>| {
        let own = share.as_ref().map(|own| own.words.clone());
        own.is_some_and(|own| range.start >= own.start && range.end <= own.end)
    };
    let named: Vec<_> = named
        .into_iter()
        .filter(|(range, _)| !is_of_share(range))
        .collect();
    out.extend(share);
    for (range, named) in named {
        out.extend(match named {
            Named::Measure(index) => {
                let measure = &lexicon.measures[index];
                if !measure.computed {
                    // A list of what to look at: each of it is meant.
                    let subject = |item: &usize| {
                        let name = neutral(&lexicon.items[*item]);
                        Subject::of_item(name, *item, range.clone())
                    };
                    listed.extend(measure.items.iter().map(subject));
                }
                measure.computed.then(|| Subject {
                    name: called(lexicon, &Named::Measure(index), core, &all[range.clone()]),
                    expr: measure.expr.clone(),
                    formula: Some(measure.formula.clone()),
                    written: measure.written(),
                    is_defined: false,
                    words: range,
                })
            }
            Named::Item(index) => {
                let name = called(lexicon, &Named::Item(index), core, &all[range.clone()]);
                Some(Subject::of_item(name, index, range))
            }
        });
    }
    if listed.is_empty() || out.iter().any(|s| s.formula.is_some()) {
        (out, false)
    } else {
        (listed, true)
    }
}

/// What a question calls what it names, or its name where that is only a way to ask for it.
fn called(lexicon: &Lexicon, named: &Named, core: &str, written: &[Word]) -> String {
    let is_verb = |word: &Word| is_in(VERBS, &word.text.to_lowercase());
    match written.first().is_some_and(is_verb) {
        true => lexicon.name(named).to_owned(),
        false => as_written(core, written),
    }
}

/// With these begin the ways to ask for an item that are no name of it: `what did it spend on plant`.
const VERBS: &str = "how spend spent spending invest invested owe owes owed customers money pay paid paying buying take took operations";

/// A name of an item that says nothing of its sign.
fn neutral(item: &Item) -> String {
    let has_way = |text: &str| text.contains("used") || text.contains("provided");
    let mut names = item.names.iter().map(|name| name.text.as_str());
    let name = names.find(|text| !has_way(text) && text.contains(' '));
    name.unwrap_or(item.name()).to_owned()
}

/// The words as the question writes them.
fn as_written(core: &str, own: &[Word]) -> String {
    let (Some(first), Some(last)) = (own.first(), own.last()) else {
        return String::new();
    };
    let text = &core[first.from..last.to];
    text.strip_suffix("'s")
        .or(text.strip_suffix("’s"))
        .unwrap_or(text)
        .to_owned()
}

/// `X as a percentage of Y`, `X to Y` of two amounts, line items or measures.
fn share(all: &[Word], named: &[(Range<usize>, Named)], lexicon: &Lexicon) -> Option<Subject> {
    const WAYS: [&str; 10] = [
        "as a of",
        "as of",
        "as a percentage of",
        "as a percent of",
        "as a share of",
        "as percentage of",
        "divided by",
        "relative to",
        "as a percentage of its",
        "as a share of its",
    ];
    const RATIO: [&str; 3] = ["to", "to its", "to the"];
    /// Beside these "to" leads from one to the other, or to what is compared.
    const OTHERWISE: &str = "from compare compared comparing compares comparison add added adds contribute contributed \
        attributable available applied allocated related bridge reconcile reconciled reconciliation reconciles";
    let amount = |named: &Named| match named {
        Named::Item(index) => Some((
            lexicon.items[*index].name().to_owned(),
            format!("[{}]", lexicon.items[*index].name()),
            Expr::Item {
                index: *index,
                optional: false,
            },
        )),
        Named::Measure(index) => {
            let own = &lexicon.measures[*index];
            let is_amount = own.computed && own.expr.degree() == 1;
            is_amount.then(|| {
                let name = lexicon.name(named).to_owned();
                (name, format!("({})", own.formula), own.expr.clone())
            })
        }
    };
    for pair in named.windows(2) {
        let [(first, a), (second, b)] = pair else {
            continue;
        };
        // One name may stand for several items.
        if second.start < first.end {
            continue;
        }
        let between = all[first.end..second.start].iter();
        let between: Vec<String> = between.map(|w| w.text.to_lowercase()).collect();
        let between = between.join(" ");
        let is_to = RATIO.contains(&between.as_str())
            && !all.iter().any(|word| is_in(OTHERWISE, &word.text));
        if !is_to && !WAYS.contains(&between.as_str()) {
            continue;
        }
        let (Some((x, of_x, a)), Some((y, of_y, b))) = (amount(a), amount(b)) else {
            continue;
        };
        let name = match is_to {
            true => format!("{x} to {y}"),
            false => format!("{x} as a % of {y}"),
        };
        return Some(Subject {
            written: Written::of(&name),
            name,
            expr: Expr::Quotient(Box::new(a), Box::new(b)),
            formula: Some(format!("{of_x} / {of_y}")),
            is_defined: false,
            words: first.start..second.end,
        });
    }
    None
}
