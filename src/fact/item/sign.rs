//! Signs: what an item's figure is meant as, whatever sign or bracket its statement prints.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Fact;
use super::{Row, place_of};
use crate::pattern::compiled;
use crate::statement::Statement;

/// How a statement has its signs.
pub struct Signs {
    /// What is paid has a minus: what has none in such a line was received.
    outflows_are_negative: bool,
    /// Costs have no bracket: one that has is income.
    costs_are_plain: bool,
    /// The elements of rows that are called losses and have no sign.
    losses: Vec<&'static str>,
    /// The income tax has the other sign than an expense.
    tax_is_turned: bool,
}

impl Signs {
    pub fn of(
        statement: Statement,
        found: &[(usize, &'static str)],
        rows: &[Row],
        facts: &[Fact],
    ) -> Self {
        Self {
            outflows_are_negative: statement == Statement::CashFlow
                && prints_outflows_negative(found, rows, facts),
            costs_are_plain: statement == Statement::Income
                && prints_costs_plain(found, rows, facts),
            losses: match statement {
                Statement::Income => plain_losses(found, rows, facts),
                _ => Vec::new(),
            },
            tax_is_turned: statement == Statement::Income && is_tax_turned(found, rows, facts),
        }
    }

    /// The value of an element's fact with the sign that the item means; `unsigned`: printed with one or without,
    /// meant without.
    pub fn meant(&self, element: &str, unsigned: bool, fact: &Fact) -> f64 {
        let is_turned = self.losses.contains(&element) || self.tax_is_turned && element == TAX;
        if is_turned || self.outflows_are_negative && is_payment(element) {
            -fact.value
        } else if unsigned && !(self.costs_are_plain && may_be_credit(element)) {
            match sign_of(&fact.label) {
                Some(sign) => sign * fact.value,
                None => fact.value.abs(),
            }
        } else {
            fact.value
        }
    }
}

/// The elements of income whose rows are called losses and no more, `Loss from operations`, and print no sign.
fn plain_losses(
    found: &[(usize, &'static str)],
    rows: &[Row],
    facts: &[Fact],
) -> Vec<&'static str> {
    static LOSS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:basic |diluted |basic and diluted )*(?:consolidated )?(?:net |operating )*loss\b",
        )
    });
    static INCOME: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?:income(?: tax(?:es)?)?|earnings|profit|gain)\b"));
    let is_income = |element: &str| {
        ["Income", "ProfitLoss", "EarningsPerShare"]
            .iter()
            .any(|own| element.contains(own))
            && !element.contains("Noncontrolling")
            && !element.contains("Tax")
            || element.ends_with("BeforeIncomeTaxes")
    };
    let is_plain_loss = |(at, element): &&(usize, &'static str)| {
        let row = &rows[*at];
        let mut other = INCOME.find_iter(&row.label);
        let is_other = other.any(|found| !found.as_str().starts_with("income tax"));
        let figures = || facts[row.facts.clone()].iter().filter(|fact| !fact.is_nil);
        is_income(element)
            && LOSS.is_match(&row.label)
            && !is_other
            && figures().count() > 0
            && figures().all(|fact| fact.value > 0.0)
    };
    let losses = found.iter().filter(is_plain_loss);
    losses.map(|(_, element)| *element).collect()
}

const TAX: &str = "IncomeTaxExpenseBenefit";

/// True where an income statement prints the tax that it takes off with a minus, and what it gets back without one:
/// what it makes of the income before it says so, else its label, else the interest beside it.
fn is_tax_turned(found: &[(usize, &'static str)], rows: &[Row], facts: &[Fact]) -> bool {
    static BENEFIT_FIRST: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:benefit|credit)\b.*\((?:provision|expenses?|charges?)|\((?:provision|expenses?|charges?)[^)]*\).*\b(?:benefit|credit)\b",
        )
    });
    static BENEFIT: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\b(?:benefit|credit)\b"));
    let Some(at) = place_of(found, TAX) else {
        return false;
    };
    let own = facts[rows[at].facts.clone()].iter();
    let tax: Vec<&Fact> = own.filter(|fact| !fact.is_nil).collect();
    let Some(label) = tax.first().map(|fact| &fact.label) else {
        return false;
    };
    for sign in [1.0, -1.0] {
        if makes_income(sign, at, &tax, found, rows, facts) {
            return sign > 0.0;
        }
    }
    if BENEFIT_FIRST.is_match(label) {
        return true;
    }
    let interest = values_of(found, rows, facts, |element| element == "InterestExpense");
    let is_below = |value: f64| value < 0.0;
    !BENEFIT.is_match(label)
        && tax.iter().all(|fact| is_below(fact.value))
        && !interest.is_empty()
        && interest.into_iter().all(is_below)
}

/// True where the tax in row `at`, added with that sign, and what else stands between make of the income before taxes
/// the income after them, in every column.
fn makes_income(
    sign: f64,
    at: usize,
    tax: &[&Fact],
    found: &[(usize, &'static str)],
    rows: &[Row],
    facts: &[Fact],
) -> bool {
    const AFTER: [&str; 3] = [
        "IncomeLossFromContinuingOperations",
        "ProfitLoss",
        "NetIncomeLoss",
    ];
    let before = place_of(found, "IncomeLossFromContinuingOperationsBeforeIncomeTaxes");
    let after = AFTER.into_iter().find_map(|after| place_of(found, after));
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let is_made = |fact: &&Fact| {
        let of = |at: usize| rows[at].in_column(facts, fact.column);
        let others = (before + 1..after).filter(|other| *other != at);
        let rest: f64 = others.filter_map(of).sum();
        let ends = of(before).zip(of(after));
        ends.is_some_and(|(before, after)| {
            (before + sign * fact.value + rest - after).abs() <= 2.0 * fact.scale
        })
    };
    before < at && at < after && tax.iter().all(is_made)
}

/// The figures of the items that are meant, as printed.
fn values_of(
    found: &[(usize, &'static str)],
    rows: &[Row],
    facts: &[Fact],
    is_meant: impl Fn(&str) -> bool,
) -> Vec<f64> {
    let own = found.iter().filter(|(_, element)| is_meant(element));
    let facts = own.flat_map(|(at, _)| &facts[rows[*at].facts.clone()]);
    facts.map(|fact| fact.value).collect()
}

/// A charge that may be taken back: with a bracket it is income where costs have none.
fn may_be_credit(element: &str) -> bool {
    element.starts_with("Restructuring") || element.contains("Impairment")
}

/// True where an income statement has its costs without a bracket.
fn prints_costs_plain(found: &[(usize, &'static str)], rows: &[Row], facts: &[Fact]) -> bool {
    let is_cost = |element: &str| {
        element.starts_with("Cost")
            || element.starts_with("SellingGeneral")
            || element.starts_with("ResearchAndDevelopment")
    };
    let values = values_of(found, rows, facts, is_cost);
    !values.is_empty() && values.into_iter().all(|value| value >= 0.0)
}

fn is_payment(element: &str) -> bool {
    element.starts_with("Payments") || element.starts_with("Repayments")
}

/// True where a statement has what is paid with a minus: what it has without one in such a line was received.
fn prints_outflows_negative(found: &[(usize, &'static str)], rows: &[Row], facts: &[Fact]) -> bool {
    let (below, above): (Vec<f64>, Vec<f64>) = values_of(found, rows, facts, is_payment)
        .into_iter()
        .filter(|value| *value != 0.0)
        .partition(|value| *value < 0.0);
    below.len() > 3 * above.len()
}

/// The sign of an expense whose label says which sign is which: `Interest expense (income), net` is what it is
/// printed as, `Interest income (expense)` the other way round.
fn sign_of(label: &str) -> Option<f64> {
    static EXPENSE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)(?:expenses?|costs?|charges?)[\s,]*[(/]\s*(?:income|gains?|benefit)")
    });
    static INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)income[\s,]*\(\s*(?:expenses?|costs?)|\(expenses?\)[\s/]*(?:and )?income")
    });
    if EXPENSE.is_match(label) {
        Some(1.0)
    } else if INCOME.is_match(label) {
        Some(-1.0)
    } else {
        None
    }
}
