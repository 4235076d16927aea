//! Operating income of a company that prints none: gross profit less the expenses between it and the first line of
//! interest or of what else is no operation, where these lines lead on to the income before taxes that is printed.

use std::sync::LazyLock;

use regex::Regex;

use super::{Book, Figure, Result, Stated, Term, Wanted};
use crate::fact::{Entity, Fact, Unit};
use crate::pattern::compiled;
use crate::statement::Statement;
use crate::store::DocumentRow;

const OPERATING: &str = "OperatingIncomeLoss";
const GROSS: &str = "GrossProfit";
const BEFORE_TAXES: &str = "IncomeLossFromContinuingOperationsBeforeIncomeTaxes";

/// Lines that stand behind operations.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\binterest\b|\bother (?:\(?(?:income|expense|gain|loss)|non-?operating)|\bnon-?operating\b|\bforeign (?:currency|exchange)\b|\binvestments?\b|\bextinguishment\b|\bequity (?:in|method)\b",
    )
});

/// Operating income as the first report that has the lines for it gives it; none where they do not add up to its
/// income before taxes.
pub fn income(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    index: usize,
    wanted: Wanted,
) -> Result<Option<Figure>> {
    if !book.lexicon().items[index].elements.contains(&OPERATING) {
        return Ok(None);
    }
    for row in book.reporting(rows, wanted.period) {
        let document = book.facts(row)?;
        let is_here = |fact: &&Fact| {
            fact.statement == Some(Statement::Income)
                && fact.unit == Unit::Money
                && fact.entity == Entity::Consolidated
                && fact.dimension.is_none()
                && !fact.is_adjusted
                && document.is_of(fact, Statement::Income, wanted)
        };
        let lines: Vec<&Fact> = document.facts.iter().filter(is_here).collect();
        let Some((gross, expenses)) = operations(&lines) else {
            continue;
        };
        let term = |fact: &Fact, sign: f64| Term {
            sign,
            period: wanted.period,
            stated: Stated {
                document: row.id,
                fact: fact.clone(),
                value: fact.value,
            },
        };
        let mut terms = vec![term(gross, 1.0)];
        terms.extend(expenses.iter().map(|fact| term(fact, -1.0)));
        return Ok(Some(Figure {
            value: terms.iter().map(|term| term.sign * term.stated.value).sum(),
            terms,
            is_derived: true,
            restated: None,
            reserve: None,
        }));
    }
    Ok(None)
}

/// Gross profit and the operating expenses behind it, of the lines of one column of an income statement.
fn operations<'a>(lines: &[&'a Fact]) -> Option<(&'a Fact, Vec<&'a Fact>)> {
    let is = |fact: &&Fact, item: &str| fact.item == Some(item);
    let from = lines.iter().position(|fact| is(fact, GROSS))?;
    let gross = lines[from];
    let behind = lines[from + 1..].iter().copied();
    let behind: Vec<&Fact> = behind
        .take_while(|fact| fact.run == gross.run && fact.period == gross.period)
        .collect();
    let end = behind.iter().position(|fact| is(fact, BEFORE_TAXES))?;
    let (lines, taxed) = (&behind[..end], behind[end]);
    let first = lines.iter().position(|fact| BEHIND.is_match(&fact.label))?;
    let (own, others) = lines.split_at(first);
    if !others.iter().all(|fact| BEHIND.is_match(&fact.label)) {
        return None;
    }
    // A subtotal stands for what it is of.
    let mut expenses: Vec<&Fact> = Vec::new();
    for fact in own.iter().copied() {
        let near = |sum: f64| (sum - fact.value).abs() <= fact.scale * expenses.len() as f64;
        let sum: f64 = expenses.iter().map(|own| own.value).sum();
        if expenses.len() > 1 && near(sum) {
            expenses.clear();
        }
        expenses.push(fact);
    }
    let operating = gross.value - expenses.iter().map(|own| own.value).sum::<f64>();
    let rest: f64 = others.iter().map(|fact| fact.value).sum();
    let room = gross.scale * lines.len() as f64;
    // Income is printed as income, or in an expense's line in parentheses.
    let leads_on = [rest, -rest]
        .iter()
        .any(|rest| (operating - rest - taxed.value).abs() <= room);
    (!expenses.is_empty() && leads_on).then_some((gross, expenses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Period;
    use time::{Date, Month};

    fn line(label: &str, item: Option<&'static str>, value: f64) -> Fact {
        let end = Date::from_calendar_date(2023, Month::May, 31).unwrap();
        Fact {
            page: 1,
            line: 0,
            place: (0.0, 0.0),
            table: 0,
            run: 0,
            row: 0,
            column: 0,
            statement: Some(Statement::Income),
            label: label.to_owned(),
            over: Vec::new(),
            head: String::new(),
            period: Some(Period { end, months: 12 }),
            printed: String::new(),
            is_nil: false,
            value,
            scale: 1.0,
            unit: Unit::Money,
            currency: "USD",
            entity: Entity::Consolidated,
            dimension: None,
            is_adjusted: false,
            item,
            is_recognised: false,
            is_doubtful: false,
            passed: Default::default(),
            failed: Default::default(),
        }
    }

    #[test]
    fn operations_end_where_interest_begins_and_lead_on_to_income_before_taxes() {
        let statement = |other: &str, taxed: f64| {
            vec![
                line("Gross profit", Some(GROSS), 500.0),
                line("Selling", None, 100.0),
                line("Overhead", None, 200.0),
                line("Total selling and administrative", None, 300.0),
                line("Interest expense (income), net", None, -6.0),
                line(other, None, -28.0),
                line("Income before income taxes", Some(BEFORE_TAXES), taxed),
            ]
        };
        let value = |lines: &[Fact]| {
            let lines: Vec<&Fact> = lines.iter().collect();
            let (gross, expenses) = operations(&lines)?;
            Some(gross.value - expenses.iter().map(|own| own.value).sum::<f64>())
        };
        let other = "Other (income) expense, net";
        assert_eq!(value(&statement(other, 234.0)), Some(200.0));
        // Printed as income.
        assert_eq!(value(&statement("Other income", 166.0)), Some(200.0));
        assert_eq!(value(&statement(other, 220.0)), None);
        assert_eq!(value(&statement("Goodwill impairment", 234.0)), None);
        assert_eq!(value(&statement(other, 234.0)[1..]), None);
    }
}
