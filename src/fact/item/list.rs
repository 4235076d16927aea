//! The list of line items: `assets/items.toml`, read once.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::label::normal;
use crate::pattern::compiled;
use crate::statement::Statement;

const ITEMS: &str = include_str!("../../../assets/items.toml");

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

/// A line item and what its rows are called.
pub struct Item {
    pub element: &'static str,
    pub statement: Statement,
    /// The surest first.
    pub labels: Vec<Regex>,
    pub but_not: Option<Regex>,
    pub under: Option<Regex>,
    pub not_under: Option<Regex>,
    pub unsigned: bool,
    pub last: bool,
    pub sum: bool,
    pub also: Option<Regex>,
    /// A label that has more in it than the item.
    pub wider: Option<Regex>,
    /// Another row's label that holds some of the item, and its own that leaves some of it out.
    pub narrow: Option<Regex>,
    /// Where several rows are called this, none of the least sure pattern is the item.
    pub alone: Option<Regex>,
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
pub fn is_item(label: &str) -> bool {
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

/// All of them, in the order in which they take their rows.
pub static LIST: LazyLock<Vec<Item>> = LazyLock::new(|| {
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

/// The items of an element's statement: one, or several by their parts.
pub fn of_element(element: &str, statement: Statement) -> impl Iterator<Item = &'static Item> {
    LIST.iter()
        .filter(move |item| item.element == element && item.statement == statement)
}
