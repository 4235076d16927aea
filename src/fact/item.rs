//! Items: which row of a statement is which line item, by its label, the labels over it, the part of the
//! statement that it stands in, and what its figures are of.
//!
//! The names are those of the us-gaap taxonomy (FASB), the patterns are in `assets/items.toml`. What a
//! pattern cannot tell, because it depends on the other rows (net income with and without the share of
//! others, equity likewise, the figures per share), is told by `family`.

mod expense;
mod family;
mod part;
mod sign;

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::Fact;
use super::unit::Unit;
use crate::pattern::compiled;
use crate::statement::Statement;

const ITEMS: &str = include_str!("../../assets/items.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    item: Vec<ItemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    element: String,
    statement: Statement,
    labels: Vec<String>,
    but_not: Option<String>,
    under: Option<String>,
    not_under: Option<String>,
    #[serde(default)]
    unsigned: bool,
    #[serde(default)]
    last: bool,
    #[serde(default)]
    sum: bool,
    also: Option<String>,
    wider: Option<String>,
    narrow: Option<String>,
    alone: Option<String>,
}

struct Item {
    element: &'static str,
    statement: Statement,
    /// The surest first.
    labels: Vec<Regex>,
    but_not: Option<Regex>,
    under: Option<Regex>,
    not_under: Option<Regex>,
    unsigned: bool,
    last: bool,
    sum: bool,
    also: Option<Regex>,
    /// A label that has more in it than the item.
    wider: Option<Regex>,
    /// Another row's label that holds some of the item, and its own that leaves some of it out.
    narrow: Option<Regex>,
    /// Where several rows are called this, none of the least sure pattern is the item.
    alone: Option<Regex>,
}

/// The taxonomy's names that `family` gives.
const OF_FAMILIES: [&str; 11] = [
    "ComprehensiveIncomeNetOfTax",
    "ComprehensiveIncomeNetOfTaxIncludingPortionAttributableToNoncontrollingInterest",
    "ProfitLoss",
    "NetIncomeLoss",
    "NetIncomeLossAvailableToCommonStockholdersBasic",
    "EarningsPerShareBasic",
    "EarningsPerShareDiluted",
    "WeightedAverageNumberOfSharesOutstandingBasic",
    "WeightedAverageNumberOfDilutedSharesOutstanding",
    "StockholdersEquity",
    "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
];

/// The element of that name, in the taxonomy's own letters or others.
pub fn element(name: &str) -> Option<&'static str> {
    let listed = LIST.iter().map(|item| item.element);
    listed
        .chain(OF_FAMILIES)
        .find(|element| element.eq_ignore_ascii_case(name))
}

/// True for a label, as patterns compare it, that is a line item of an income statement other than revenue.
pub(super) fn is_item(label: &str) -> bool {
    let own = LIST
        .iter()
        .filter(|item| item.statement == Statement::Income && item.element != "Revenues");
    own.flat_map(|item| &item.labels)
        .any(|pattern| pattern.is_match(label))
}

/// True for an item that is all of its rows together: debt is every line of debt.
pub fn is_summed(element: &str) -> bool {
    let sums = |item: &Item| item.sum || item.also.is_some();
    LIST.iter()
        .any(|item| sums(item) && item.element == element)
}

static LIST: LazyLock<Vec<Item>> = LazyLock::new(|| {
    let file: File = toml::from_str(ITEMS).expect("a test reads the bundled items");
    let item = |row: ItemRow| Item {
        element: Box::leak(row.element.into_boxed_str()),
        statement: row.statement,
        labels: row
            .labels
            .iter()
            .map(|l| compiled(&format!("^(?:{l})$")))
            .collect(),
        but_not: row.but_not.map(|u| compiled(&u)),
        under: row.under.map(|u| compiled(&u)),
        not_under: row.not_under.map(|u| compiled(&u)),
        unsigned: row.unsigned,
        last: row.last,
        sum: row.sum,
        also: row.also.map(|also| compiled(&format!("^(?:{also})$"))),
        wider: row.wider.map(|wider| compiled(&wider)),
        narrow: row.narrow.map(|narrow| compiled(&narrow)),
        alone: row.alone.map(|alone| compiled(&alone)),
    };
    file.item.into_iter().map(item).collect()
});

/// A row of a statement as its facts have it.
pub(super) struct Row {
    /// Its facts, as indexes.
    pub facts: std::ops::Range<usize>,
    pub label: String,
    /// From the outermost.
    pub over: Vec<String>,
    pub unit: Unit,
    /// The part of the statement that it stands in.
    pub part: &'static str,
    pub is_known: bool,
    /// Its newest figure is a dash.
    pub is_nil: bool,
}

impl Row {
    fn is_under(&self, pattern: &Regex) -> bool {
        pattern.is_match(self.part) || self.over.iter().any(|label| pattern.is_match(label))
    }
}

/// Names the items of a document's statements.
pub fn assign(facts: &mut [Fact]) {
    let mut start = 0;
    while start < facts.len() {
        let (run, statement) = (facts[start].run, facts[start].statement);
        let length = facts[start..].iter().take_while(|f| f.run == run).count();
        if let Some(statement) = statement {
            of_statement(&mut facts[start..start + length], statement);
        }
        start += length;
    }
}

fn of_statement(facts: &mut [Fact], statement: Statement) {
    let mut rows = rows(facts);
    part::find(statement, &mut rows, facts);
    let mut found: Vec<(usize, &'static str)> = family::find(statement, &rows);
    for item in LIST.iter().filter(|item| item.statement == statement) {
        for at in best(item, &rows, facts, &found) {
            found.push((at, item.element));
        }
    }
    if statement == Statement::Income {
        expense::rename(&mut found, &rows, facts);
    }
    let signs = sign::Signs::of(statement, &found, &rows, facts);
    for (at, element) in found {
        let unsigned = of_element(element, statement).any(|item| item.unsigned);
        for fact in &mut facts[rows[at].facts.clone()] {
            fact.item = Some(element);
            fact.value = signs.meant(element, unsigned, fact);
        }
    }
}

fn rows(facts: &[Fact]) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < facts.len() {
        let first = &facts[at];
        let key = (first.table, first.row);
        let length = facts[at..]
            .iter()
            .take_while(|f| (f.table, f.row) == key)
            .count();
        let own = &facts[at..at + length];
        let unit = own.iter().map(|f| f.unit).find(|u| *u != Unit::Percent);
        out.push(Row {
            facts: at..at + length,
            label: normal(&first.label),
            over: first.over.iter().map(|label| normal(label)).collect(),
            unit: unit.unwrap_or(Unit::Percent),
            part: "",
            is_known: own.iter().any(|f| f.period.is_some()),
            is_nil: own
                .iter()
                .max_by_key(|f| f.period)
                .is_some_and(|f| f.is_nil),
        });
        at += length;
    }
    out
}

/// The row that is an item: the one whose label is surest, of equals the first or the last; all of them for
/// an item that is their sum, unless one of them is the total.
fn best(item: &Item, rows: &[Row], facts: &[Fact], taken: &[(usize, &'static str)]) -> Vec<usize> {
    let fits = |at: usize, row: &Row| {
        row.is_known
            && !taken.iter().any(|(other, _)| *other == at)
            && row.unit
                == if item.element.contains("PerShare") {
                    Unit::PerShare
                } else {
                    Unit::Money
                }
            && item.under.as_ref().is_none_or(|u| row.is_under(u))
            && !item.not_under.as_ref().is_some_and(|u| row.is_under(u))
            && !item
                .but_not
                .as_ref()
                .is_some_and(|u| u.is_match(&row.label))
    };
    let is_one_of_several = item.alone.as_ref().is_some_and(|alone| {
        let own = rows
            .iter()
            .filter(|row| row.is_known && alone.is_match(&row.label));
        own.count() > 1
    });
    let ranks = item.labels.len() - usize::from(is_one_of_several);
    let found = item.labels[..ranks]
        .iter()
        .enumerate()
        .find_map(|(rank, pattern)| {
            let found = rows
                .iter()
                .enumerate()
                .filter(|(at, row)| pattern.is_match(&row.label) && fits(*at, row));
            // A row of dashes is there for another year, whose sum it is part of.
            let (some, none): (Vec<usize>, Vec<usize>) = found
                .map(|(at, _)| at)
                .partition(|at| item.sum || !rows[*at].is_nil);
            let all = if some.is_empty() { none } else { some };
            let is_total = |at: &&usize| {
                let others = all
                    .iter()
                    .filter(|other| other != at)
                    .map(|other| &rows[*other]);
                rows[**at].label.starts_with("total")
                    || item.sum && part::is_sum(&rows[**at], &others.collect::<Vec<_>>(), facts)
            };
            // Two rows of one name under several labels are of parts, neither is the company's.
            let is_twice = |pair: &[usize]| {
                let (a, b) = (&rows[pair[0]], &rows[pair[1]]);
                a.label == b.label && a.part == b.part && a.over.last() != b.over.last()
            };
            if item.statement == Statement::Balance
                && !(item.sum || item.last)
                && all.windows(2).any(is_twice)
            {
                return Some(Vec::new());
            }
            let total = all.iter().find(is_total);
            // Of a total and what is left of it behind the current portion, the latter.
            let rest = all.iter().find(|at| is_behind_current(&rows[**at].label));
            let total = rest.filter(|_| total.is_some()).or(total);
            if item.sum && total.is_none() {
                return (!all.is_empty()).then_some(all);
            }
            let one = if item.last { all.last() } else { all.first() };
            let mut chosen = vec![*total.filter(|_| item.sum).or(one)?];
            if let Some(also) = item.also.as_ref().filter(|_| rank > 0) {
                let added = rows
                    .iter()
                    .enumerate()
                    .filter(|(at, row)| also.is_match(&row.label) && fits(*at, row));
                chosen.extend(added.map(|(at, _)| at));
            }
            Some(chosen)
        });
    found.unwrap_or_default()
}

/// `Long-term debt, net of current portion`.
fn is_behind_current(label: &str) -> bool {
    static REST: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?:net of|less|excluding) current (?:portion|maturities)"));
    REST.is_match(label)
}

/// True for a label that has more in it than an item: accounts payable "and other current liabilities".
pub fn is_wider(element: &str, statement: Statement, label: &str) -> bool {
    let label = normal(label);
    of_element(element, statement)
        .filter_map(|item| item.wider.as_ref())
        .any(|wider| wider.is_match(&label))
}

/// True for a label that holds some of an item beside the item's own row, or, of its own row, leaves some of it
/// out: cost of sales "exclusive of depreciation".
pub fn is_narrow(element: &str, statement: Statement, label: &str) -> bool {
    let label = normal(&label.replace(['(', ')'], " "));
    of_element(element, statement)
        .filter_map(|item| item.narrow.as_ref())
        .any(|narrow| narrow.is_match(&label))
}

fn of_element(element: &str, statement: Statement) -> impl Iterator<Item = &'static Item> {
    LIST.iter()
        .filter(move |item| item.element == element && item.statement == statement)
}

/// True for a label that leaves out what belongs to others than the parent's owners.
pub(super) fn is_of_owners(label: &str) -> bool {
    let label = normal(label);
    label.contains("attributable to parent") || label.contains("attributable to common")
}

/// A label as patterns compare it.
pub(super) fn normal(label: &str) -> String {
    static NOTE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?:\bsee )?\bnotes? \d+[a-z]?(?:,? (?:and )?\d+)*\b"));
    static PARENT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b((?:attributable|available|applicable|attributed|allocable) to|available for common)\b.*$",
        )
    });
    let lower = label.to_lowercase().replace(['’', '‘'], "'");
    let mut plain = String::with_capacity(lower.len());
    let mut depth = 0_u32;
    for c in lower.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '&' => plain.push_str(" and "),
            '\'' => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let plain = NOTE.replace_all(&plain, " ");
    let words = plain
        .split_whitespace()
        .filter(|w| !matches!(*w, "the" | "our" | "its"));
    let words = words.map(|w| match w {
        "stockholders" | "shareholders" | "shareowners" | "stockholder" | "shareholder"
        | "stockholdersequity" | "shareowner" | "unitholders" => "holders",
        "noncontrolling" => "noncontrolling",
        "earning" => "earnings",
        "amortisation" => "amortization",
        "capitalised" => "capitalized",
        w => w,
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let text = text
        .replace("non controlling", "noncontrolling")
        .replace("non current", "noncurrent")
        .replace("assuming dilution", "diluted")
        .replace("fully diluted", "diluted");
    let text = text
        .trim_start_matches("less ")
        .trim_start_matches("plus ")
        .trim_start_matches("add ")
        .to_owned();
    match PARENT.captures(&text) {
        Some(found) => {
            let at = found.get(1).map_or(0, |m| m.start());
            let whom = &text[at..];
            let others = [
                "noncontrolling",
                "minority",
                "redeemable",
                "preferred",
                "participating",
                "unvested",
            ];
            let is_common = ["common", "ordinary", "class a"]
                .iter()
                .any(|o| whom.contains(o));
            if others.iter().any(|o| whom.contains(o)) && !is_common {
                return text;
            }
            let kept = ["per share", "per common share", "basic", "diluted"]
                .iter()
                .filter(|k| whom.contains(**k));
            let kept: String = kept.map(|k| format!(" {k}")).collect();
            let is_holders = is_common && !whom.contains("per common share");
            let whose = if is_holders { "common" } else { "parent" };
            format!("{}attributable to {whose}{kept}", &text[..at])
        }
        None => text,
    }
}

#[cfg(test)]
#[path = "item_label_tests.rs"]
mod label_tests;
