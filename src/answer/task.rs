//! The task: what a question wants computed, of which years.

use std::sync::LazyLock;

use regex::Regex;

use super::around::Around;
use super::definition::{self, Definition};
use crate::chunk::table::compiled;
use crate::retrieve::formula::Expr;
use crate::retrieve::lexicon::{Item, Lexicon, Named};
use crate::retrieve::name::{Word, words};
use crate::retrieve::{period, question};

/// A figure that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub name: String,
    pub expr: Expr,
    /// In words; none of a line item, which needs no formula.
    pub formula: Option<String>,
    /// The question itself says how it is computed.
    pub is_defined: bool,
    /// Where in the question it stands, in words: from, and up to but without.
    pub(super) at: usize,
    pub(super) end: usize,
}

/// What is wanted of its years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The figure of each year.
    Each,
    Average,
    /// The change from the first year to the last, or from the year before.
    Change,
}

/// How a figure is to be written, where the question says so.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Form {
    pub percent: bool,
    /// 1e6 of `in USD millions`.
    pub unit: Option<f64>,
    pub decimals: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub subjects: Vec<Subject>,
    /// Ascending; empty: the last year that the library has.
    pub years: Vec<i32>,
    pub over: Over,
    pub form: Form,
}

pub(super) static AVERAGE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:average|mean)\b"));
pub(super) static CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:year[- ]over[- ]year|yoy|y/y|chang\w*|grow\w*|grew|increas\w*|decreas\w*|declin\w*|improv\w*|deteriorat\w*|compare[ds]?|trend\w*|higher|lower|drop\w*|fell|fall|ris(?:e|en|ing)|rose|consistent|fluctuat\w*|expand\w*|shr[aiu]nk\w*)\b",
    )
});
pub(super) static PERCENT: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bpercents?\b|\bpercentage\b|%"));
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:usd|us\$|dollars?|eur|gbp|\$)?\s*(?:in\s+)?(thousands|millions|billions)\b")
});
static DECIMALS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(one|two|three|four|no|zero|\d)\s+(?:decimals?|decimal\s+places?|digits?)\b")
});
/// What changes a measure in a way that no statement shows.
static REDEFINES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:as the (?:numerator|denominator)|adjusted|non-gaap|pro forma|constant currency|organic|comparable|per segment|by segment|segments?|guidance|forecast\w*|expect\w*|projected)\b",
    )
});
/// `based on its quick ratio` says which of several measures is meant.
pub(super) static BASED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:based on|judging by|measured by|in terms of)\s+(?:its|the|their)?\s*")
});

/// Reads a question; none where it names no measure and no line item whose figure it asks for, or a
/// part of one ("footwear revenue"), which no line of a statement is. `is_company` knows names.
pub fn of(text: &str, lexicon: &Lexicon, is_company: &dyn Fn(&str) -> bool) -> Option<Task> {
    let (rest, definitions) = definition::take(text, lexicon);
    let core = question::of(&rest).core;
    let spoken = period::of(&core);
    // What a quarter's report has is looked for among its passages.
    if spoken.quarter.is_some() {
        return None;
    }
    if REDEFINES.is_match(&core) {
        return None;
    }
    let (mut subjects, is_list) = subjects(&core, &definitions, lexicon);
    if !is_list {
        let is_measure = |s: &Subject| s.formula.is_some();
        if subjects.iter().any(is_measure) {
            subjects.retain(is_measure);
        } else if spoken.years.is_empty() || !asks_for_a_figure(&core) {
            return None;
        }
        if let Some(found) = BASED.find(&core) {
            let at = words(&core[..found.end()]).len();
            subjects.sort_by_key(|s| s.at != at);
        }
        subjects.truncate(1);
        let subject = subjects.first_mut()?;
        if let Some((formula, expr)) = definition::apposed(&core, lexicon) {
            (subject.formula, subject.expr, subject.is_defined) = (Some(formula), expr, true);
        }
        let all = words(&core);
        let around = Around::new(&core, &all, subject, is_company);
        if !subject.is_defined && (around.is_part() || around.asks_for_more(lexicon)) {
            return None;
        }
    }
    let average = AVERAGE.is_match(&core);
    let grows = subjects[0].name.contains("growth");
    let over = match () {
        () if average && (spoken.years.len() > 1) => Over::Average,
        () if CHANGE.is_match(&core) && !grows && !is_list => Over::Change,
        () => Over::Each,
    };
    let mut years = spoken.years;
    if let (Over::Average, [first, last]) = (over, years.as_slice()) {
        years = (*first..=*last).collect();
    }
    Some(Task {
        subjects,
        years,
        over,
        form: form(text),
    })
}

/// "How is goodwill tested?" names an item and asks for no figure of it.
fn asks_for_a_figure(core: &str) -> bool {
    static ASKS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:what (?:is|was|were|are)|how much|how many|how did|how has|how does|has|have|did|is|was|were|does|by how much|amount|total|value)\b",
        )
    });
    static NOT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:why|who|which|when|where|how (?:is|are|does .* (?:account|recogni[sz]e|measure|test)))\b",
        )
    });
    ASKS.is_match(core) && !NOT.is_match(core)
}

/// What a question names, and whether that is a list of which each is meant.
fn subjects(core: &str, definitions: &[Definition], lexicon: &Lexicon) -> (Vec<Subject>, bool) {
    let all = words(core);
    let named = lexicon.named(&all);
    let (mut out, mut listed): (Vec<Subject>, Vec<Subject>) = Default::default();
    for definition in definitions {
        let Some(at) = definition.name.places(&all).first().copied() else {
            continue;
        };
        // `EBITDA less capex` is another measure than the EBITDA that is defined.
        let own = at..at + definition.name.len();
        let is_longer = |(range, named): &(std::ops::Range<usize>, Named)| {
            let overlaps = range.start < own.end && own.start < range.end;
            overlaps && range.len() > own.len() && matches!(named, Named::Measure(_))
        };
        if !named.iter().any(is_longer) {
            out.push(Subject {
                name: definition.name.text.clone(),
                expr: definition.expr.clone(),
                formula: Some(definition.formula.clone()),
                is_defined: true,
                at,
                end: own.end,
            });
        }
    }
    out.extend(share(&all, &named, lexicon));
    for (range, named) in named {
        out.extend(match named {
            Named::Measure(index) => {
                let measure = &lexicon.measures[index];
                if !measure.computed {
                    // A list of what to look at: each of it is meant.
                    listed.extend(measure.items.iter().map(|item| Subject {
                        name: neutral(&lexicon.items[*item]),
                        expr: Expr::Item {
                            index: *item,
                            optional: false,
                        },
                        formula: None,
                        is_defined: false,
                        at: range.start,
                        end: range.end,
                    }));
                }
                measure.computed.then(|| Subject {
                    name: said(core, &all[range.clone()]),
                    expr: measure.expr.clone(),
                    formula: Some(measure.formula.clone()),
                    is_defined: false,
                    at: range.start,
                    end: range.end,
                })
            }
            Named::Item(index) => Some(Subject {
                name: said(core, &all[range.clone()]),
                expr: Expr::Item {
                    index,
                    optional: false,
                },
                formula: None,
                is_defined: false,
                at: range.start,
                end: range.end,
            }),
        });
    }
    match listed.is_empty() || out.iter().any(|s| s.formula.is_some()) {
        true => (out, false),
        false => (listed, true),
    }
}

/// A name of an item that says nothing of its sign.
fn neutral(item: &Item) -> String {
    let has_way = |text: &str| text.contains("used") || text.contains("provided");
    let mut names = item.names.iter().map(|name| name.text.as_str());
    let name = names.find(|text| !has_way(text) && text.contains(' '));
    name.unwrap_or(item.name()).to_owned()
}

/// The words as the question writes them.
fn said(core: &str, own: &[Word]) -> String {
    let (Some(first), Some(last)) = (own.first(), own.last()) else {
        return String::new();
    };
    let text = &core[first.from..last.to];
    text.strip_suffix("'s")
        .or(text.strip_suffix("’s"))
        .unwrap_or(text)
        .to_owned()
}

/// `X as a percentage of Y` of two line items.
fn share(
    all: &[Word],
    named: &[(std::ops::Range<usize>, Named)],
    lexicon: &Lexicon,
) -> Option<Subject> {
    for pair in named.windows(2) {
        let [(first, Named::Item(a)), (second, Named::Item(b))] = pair else {
            continue;
        };
        // One name may stand for several items.
        if second.start < first.end {
            continue;
        }
        let between: Vec<String> = all[first.end..second.start]
            .iter()
            .map(|w| w.text.to_lowercase())
            .collect();
        let between = between.join(" ");
        let ways = [
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
        if ways.contains(&between.as_str()) {
            let item = |index: usize| {
                Box::new(Expr::Item {
                    index,
                    optional: false,
                })
            };
            let (x, y) = (lexicon.items[*a].name(), lexicon.items[*b].name());
            return Some(Subject {
                name: format!("{x} as a % of {y}"),
                expr: Expr::Quotient(item(*a), item(*b)),
                formula: Some(format!("[{x}] / [{y}]")),
                is_defined: false,
                at: first.start,
                end: second.end,
            });
        }
    }
    None
}

fn form(text: &str) -> Form {
    let unit = UNIT
        .captures(text)
        .map(|c| match c[1].as_bytes()[0].to_ascii_lowercase() {
            b't' => 1e3,
            b'm' => 1e6,
            _ => 1e9,
        });
    let decimals = DECIMALS
        .captures(text)
        .and_then(|c| match c[1].to_lowercase().as_str() {
            "no" | "zero" => Some(0),
            "one" => Some(1),
            "two" => Some(2),
            "three" => Some(3),
            "four" => Some(4),
            digit => digit.parse().ok(),
        });
    Form {
        percent: PERCENT.is_match(text),
        unit,
        decimals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: &str) -> Option<Task> {
        let lexicon = Lexicon::load(None).unwrap();
        of(text, &lexicon, &|name| {
            ["Calder", "Best", "Buy"].contains(&name)
        })
    }

    /// The subject, the years and what is wanted of them.
    fn read(text: &str) -> (String, Vec<i32>, Over) {
        let task = task(text).unwrap_or_else(|| panic!("{text}"));
        (task.subjects[0].name.clone(), task.years, task.over)
    }

    #[test]
    fn what_is_wanted_of_which_years() {
        let of = |name: &str, years: &[i32], over| (name.to_owned(), years.to_vec(), over);
        for (text, expected) in [
            (
                "What is the FY2019 - FY2021 3 year average unadjusted operating income % margin for Calder?",
                of(
                    "operating income % margin",
                    &[2019, 2020, 2021],
                    Over::Average,
                ),
            ),
            (
                "What is Calder's year-over-year change in operating income from FY2015 to FY2016?",
                of("operating income", &[2015, 2016], Over::Change),
            ),
            (
                "Does Calder have an improving gross margin as of FY2022?",
                of("gross margin", &[2022], Over::Change),
            ),
            (
                "What were total inventories for Best Buy in 2019?",
                of("total inventories", &[2019], Over::Each),
            ),
            (
                "What was revenue growth in 2022?",
                of("revenue growth", &[2022], Over::Each),
            ),
            (
                "Does Calder have a reasonably healthy liquidity profile based on its quick ratio for FY 2022?",
                of("quick ratio", &[2022], Over::Each),
            ),
            (
                "What was capex as a percentage of net income in 2021?",
                of(
                    "capital expenditures as a % of net income",
                    &[2021],
                    Over::Each,
                ),
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_figure_and_other_figures_are_no_task() {
        for text in [
            "What was Calder's footwear revenue in 2023?",
            "What was revenue from subscriptions in 2023?",
            "What were sales in China in 2023?",
            "What was adjusted EBITDA in 2023?",
            "How is goodwill tested in 2023?",
            "Who audits Calder?",
            "How did revenue abroad from China develop at Calder from 2022 to 2023?",
            "How did Calder react to the rule for sales to Chinese makers of chips in 2022?",
            "How large was the gross margin of Calder's subscription in 2023?",
            "What was the delicate judgment in auditing Calder's 2024 revenue?",
            "How much revenue came from Calder's after-sales activities in 2022?",
            "What was revenue in Q2 of FY2024?",
            "What was the interest coverage with adjusted EBIT as the numerator in 2022?",
        ] {
            assert_eq!(task(text), None, "{text}");
        }
    }

    #[test]
    fn a_formula_behind_the_last_comma_counts() {
        let task =
            task("What is Calder's capital intensity for 2023, capex over revenue?").unwrap();
        let subject = &task.subjects[0];
        assert!(subject.is_defined);
        assert_eq!(
            subject.formula.as_deref(),
            Some("[capital expenditures] / [net sales]")
        );
    }

    #[test]
    fn the_form_of_the_answer() {
        let form = task("What was capex in FY2021 (in USD billions)? Round to two decimal places.")
            .unwrap()
            .form;
        assert_eq!(
            form,
            Form {
                percent: false,
                unit: Some(1e9),
                decimals: Some(2)
            }
        );
    }
}
