//! Checks: whether a document's figures add up as accounting says that they must.
//!
//! What adds up was read in the right row, column and scale. What does not is not given as certain, unless
//! only one other scale makes it right, which is then taken.

mod rule;
mod total;

use std::collections::HashMap;

use super::unit::Unit;
use super::{Entity, Fact};
use crate::statement::Statement;

/// A rule that a figure was held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// A total is the sum of its rows.
    Sum,
    /// Assets are liabilities and equity.
    Balance,
    /// What comes in and goes out is the change of the cash, from the beginning to the end.
    Cash,
    /// Income over shares is what is printed per share.
    PerShare,
    /// One line less another is a third: gross profit, net income.
    Difference,
    /// The parts of the company make the figure of the statements.
    Whole,
    /// What figures are counted in is said, or they are large enough to be counted one by one.
    Scale,
    /// Another table of the document has the figure too, under the same name and of the same period.
    Again,
    /// OCR is sure of it, or it adds up.
    Legible,
}

impl Check {
    pub const ALL: [Check; 9] = [
        Check::Sum,
        Check::Balance,
        Check::Cash,
        Check::PerShare,
        Check::Difference,
        Check::Whole,
        Check::Scale,
        Check::Again,
        Check::Legible,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Check::Sum => "sum",
            Check::Balance => "balance",
            Check::Cash => "cash",
            Check::PerShare => "per share",
            Check::Difference => "difference",
            Check::Whole => "whole",
            Check::Scale => "scale",
            Check::Again => "again",
            Check::Legible => "legible",
        }
    }
}

/// A total with the rows that it is the sum of, each by the places of its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub total: Vec<usize>,
    pub parts: Vec<Vec<usize>>,
}

/// A set of checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Checks(pub u16);

impl Checks {
    pub fn add(&mut self, check: Check) {
        self.0 |= 1 << check as u16;
    }

    pub fn remove(&mut self, check: Check) {
        self.0 &= !(1 << check as u16);
    }

    pub fn has(self, check: Check) -> bool {
        self.0 & (1 << check as u16) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn names(self) -> Vec<&'static str> {
        let held = Check::ALL.into_iter().filter(|check| self.has(*check));
        held.map(Check::as_str).collect()
    }
}

/// Holds all facts of a document to the rules; what adds up to what.
pub fn check(facts: &mut [Fact]) -> Vec<Group> {
    scale(facts);
    let mut groups = total::sums(facts);
    groups.sort_by_key(|group| group.total.first().copied());
    let mut start = 0;
    while start < facts.len() {
        let run = facts[start].run;
        let length = facts[start..].iter().take_while(|f| f.run == run).count();
        let own = &mut facts[start..start + length];
        match own[0].statement {
            Some(Statement::Balance) => rule::balance(own),
            Some(Statement::Income) => {
                rule::income(own);
                rule::others(own);
                rule::per_share(own);
            }
            Some(Statement::CashFlow) => rule::cash(own),
            _ => {}
        }
        start += length;
    }
    rule::again(facts);
    let lacking = lacking_decimals(facts);
    for (fact, lacks) in facts.iter_mut().zip(lacking) {
        legible(fact, lacks);
    }
    groups
}

/// Which of the figures that OCR has read have no decimals where their column has, or where amounts per share have: the point
/// was lost.
fn lacking_decimals(facts: &[Fact]) -> Vec<bool> {
    let mut columns: HashMap<(usize, usize), (usize, usize)> = HashMap::new();
    let is_amount = |f: &&Fact| f.is_recognised && f.unit == Unit::Money && !f.is_nil;
    for fact in facts.iter().filter(is_amount) {
        let (with, all) = columns.entry((fact.table, fact.column)).or_default();
        *with += usize::from(fact.printed.contains('.'));
        *all += 1;
    }
    let lacks = |fact: &Fact| {
        let (with, all) = columns
            .get(&(fact.table, fact.column))
            .copied()
            .unwrap_or_default();
        let is_meant = match fact.unit {
            Unit::PerShare => fact.scale == 1.0,
            Unit::Money => with >= 3 && 4 * with >= 3 * all,
            _ => false,
        };
        fact.is_recognised && is_meant && !fact.is_nil && !fact.printed.contains('.')
    };
    facts.iter().map(lacks).collect()
}

/// Holds what OCR has read to more: one font misleads it twice in the same way, so that another table proves nothing;
/// what it is not sure of must add up; and an amount per share has its decimals.
fn legible(fact: &mut Fact, lacks_decimals: bool) {
    if !fact.is_recognised {
        return;
    }
    fact.passed.remove(Check::Again);
    if lacks_decimals || fact.is_doubtful && fact.passed.is_empty() {
        fact.failed.add(Check::Legible);
    }
}

/// Amounts of a company are never this small when they are counted one by one.
const SMALL: f64 = 1e6;

/// Statements that say nowhere what they count in count in something, where their largest amount is small or other
/// tables of the document do.
fn scale(facts: &mut [Fact]) {
    let is_amount = |f: &&Fact| f.statement.is_some() && f.unit == Unit::Money;
    let amounts = facts.iter().filter(is_amount);
    let largest = amounts.clone().map(|f| f.value.abs()).fold(0.0, f64::max);
    let mut others = facts.iter().filter(|f| f.unit == Unit::Money);
    let is_said_elsewhere = others.any(|f| f.scale != 1.0);
    if largest >= SMALL && !is_said_elsewhere || amounts.clone().any(|f| f.scale != 1.0) {
        return;
    }
    for fact in facts
        .iter_mut()
        .filter(|f| f.statement.is_some() && f.unit != Unit::PerShare)
    {
        fact.failed.add(Check::Scale);
    }
}

/// By how much a figure may be out for rounding, by the digits that are printed of it. Of what OCR has read no more than the
/// last of them: a digit that was misread is out by more.
fn step(fact: &Fact) -> f64 {
    /// `near` allows twice as much.
    const LAST: f64 = 0.55;
    if !fact.is_recognised {
        return fact.scale;
    }
    let decimals = fact.printed.rsplit_once('.').map_or(0, |(_, behind)| {
        behind.chars().take_while(char::is_ascii_digit).count()
    });
    LAST * fact.scale / 10_f64.powi(decimals as i32)
}

/// Rounding leaves a unit in each of a few rows.
fn near(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 2.1 * scale + 1e-9 * a.abs().max(b.abs())
}

/// The place of an item's fact in the same column of a table or of the same period.
fn find(facts: &[Fact], item: &str, like: &Fact) -> Option<usize> {
    facts
        .iter()
        .position(|f| f.item == Some(item) && f.period.is_some() && f.period == like.period)
}

fn mark(facts: &mut [Fact], places: &[usize], check: Check, holds: bool) {
    for &at in places {
        if holds {
            facts[at].passed.add(check);
        } else {
            facts[at].failed.add(check);
        }
    }
}

/// The share of the issuer's own statements that add up: of balance sheets assets against liabilities and
/// equity, of the others any total; counted and in all.
pub fn share(facts: &[Fact]) -> (usize, usize) {
    let own = facts.iter().filter(|f| f.entity == Entity::Consolidated);
    let mut runs: Vec<(usize, bool)> = Vec::new();
    for fact in own {
        let needed = match fact.statement {
            Some(Statement::Balance) => Check::Balance,
            Some(Statement::CashFlow) => Check::Cash,
            Some(Statement::Income) => Check::Sum,
            _ => continue,
        };
        if runs.last().is_none_or(|(run, _)| *run != fact.run) {
            runs.push((fact.run, false));
        }
        if let Some((_, holds)) = runs.last_mut() {
            *holds |= fact.passed.has(needed)
                || fact.statement == Some(Statement::Income)
                    && (fact.passed.has(Check::Difference) || fact.passed.has(Check::PerShare));
        }
    }
    (runs.iter().filter(|(_, holds)| *holds).count(), runs.len())
}
