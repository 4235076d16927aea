//! Checks: whether a document's figures add up as accounting says that they must.
//!
//! What adds up was read in the right row, column and scale. What does not is not given as certain, unless
//! only one other scale makes it right, which is then taken.

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
}

impl Check {
    pub const ALL: [Check; 7] = [
        Check::Sum,
        Check::Balance,
        Check::Cash,
        Check::PerShare,
        Check::Difference,
        Check::Whole,
        Check::Scale,
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
pub struct Checks(pub u8);

impl Checks {
    pub fn add(&mut self, check: Check) {
        self.0 |= 1 << check as u8;
    }

    pub fn has(self, check: Check) -> bool {
        self.0 & (1 << check as u8) != 0
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
    let mut groups = sums(facts);
    groups.sort_by_key(|group| group.total.first().copied());
    let mut start = 0;
    while start < facts.len() {
        let run = facts[start].run;
        let length = facts[start..].iter().take_while(|f| f.run == run).count();
        let own = &mut facts[start..start + length];
        match own[0].statement {
            Some(Statement::Balance) => balance(own),
            Some(Statement::Income) => {
                income(own);
                per_share(own);
            }
            Some(Statement::CashFlow) => cash(own),
            _ => {}
        }
        start += length;
    }
    groups
}

/// Amounts of a company are never this small when they are counted one by one.
const SMALL: f64 = 1e6;

/// Statements that say nowhere what they count in, and whose largest amount is small, count in something.
fn scale(facts: &mut [Fact]) {
    let is_amount = |f: &&Fact| f.statement.is_some() && f.unit == Unit::Money;
    let amounts = facts.iter().filter(is_amount);
    let largest = amounts.clone().map(|f| f.value.abs()).fold(0.0, f64::max);
    if largest >= SMALL || amounts.clone().any(|f| f.scale != 1.0) {
        return;
    }
    for fact in facts
        .iter_mut()
        .filter(|f| f.statement.is_some() && f.unit != Unit::PerShare)
    {
        fact.failed.add(Check::Scale);
    }
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

/// Columns of the rows of one table: of each its figures by column.
type Line = Vec<Option<usize>>;

/// Totals against the rows above them. A total is found where the rows over it make it in one column; in
/// the others they must make it too.
fn sums(facts: &mut [Fact]) -> Vec<Group> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < facts.len() {
        let table = facts[at].table;
        let length = facts[at..].iter().take_while(|f| f.table == table).count();
        let lines = lines(&facts[at..at + length], at);
        table_sums(facts, &lines, &mut out);
        at += length;
    }
    out
}

fn lines(facts: &[Fact], offset: usize) -> Vec<Line> {
    let columns = facts.iter().map(|f| f.column + 1).max().unwrap_or(0);
    let mut out: Vec<(usize, Line)> = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        if fact.unit != Unit::Money {
            continue;
        }
        if out.last().is_none_or(|(row, _)| *row != fact.row) {
            out.push((fact.row, vec![None; columns]));
        }
        if let Some((_, line)) = out.last_mut() {
            line[fact.column] = Some(at + offset);
        }
    }
    out.into_iter().map(|(_, line)| line).collect()
}

fn table_sums(facts: &mut [Fact], lines: &[Line], groups: &mut Vec<Group>) {
    // Rows that no total has taken in yet.
    let mut open: Vec<&Line> = Vec::new();
    for line in lines {
        let label = line
            .iter()
            .flatten()
            .next()
            .map(|at| facts[*at].label.to_lowercase())
            .unwrap_or_default();
        let may_total = label.is_empty()
            || label.contains("total")
            || label.starts_with("net ")
            || label.contains("income")
            || label.contains("profit")
            || label.contains("cash")
            || label.contains("revenue")
            || label.contains("sales");
        let from = may_total.then(|| summed(facts, &open, line)).flatten();
        if let Some(from) = from {
            for (column, total) in line.iter().enumerate() {
                let Some(total) = *total else { continue };
                let parts: Vec<usize> = open[from..].iter().filter_map(|row| row[column]).collect();
                let sum: f64 = parts.iter().map(|at| facts[*at].value_as_printed()).sum();
                let holds = near(sum, facts[total].value_as_printed(), facts[total].scale);
                // What is taken off is printed with a sign or without it in an income statement.
                let is_sure = facts[total].statement != Some(Statement::Income);
                if holds || is_sure {
                    mark(facts, &[total], Check::Sum, holds);
                }
                if holds {
                    mark(facts, &parts, Check::Sum, true);
                }
            }
            groups.push(Group {
                total: line.iter().flatten().copied().collect(),
                parts: open[from..]
                    .iter()
                    .map(|row| row.iter().flatten().copied().collect())
                    .collect(),
            });
            open.truncate(from);
        }
        open.push(line);
    }
}

/// The first of the open rows that together make `total` in most of its columns.
fn summed(facts: &[Fact], open: &[&Line], total: &Line) -> Option<usize> {
    let figures: Vec<(usize, f64, f64)> = total
        .iter()
        .enumerate()
        .filter_map(|(column, at)| {
            at.map(|at| (column, facts[at].value_as_printed(), facts[at].scale))
        })
        .filter(|(_, value, _)| *value != 0.0)
        .collect();
    if figures.is_empty() {
        return None;
    }
    let mut sums = vec![0.0; total.len()];
    // Rows of nothing leave it open where the sum begins: the beginning that is right in most columns.
    let mut best: Option<(usize, usize)> = None;
    for from in (0..open.len()).rev() {
        for (column, sum) in sums.iter_mut().enumerate() {
            *sum += open[from][column].map_or(0.0, |at| facts[at].value_as_printed());
        }
        if open.len() - from < 2 {
            continue;
        }
        // A row beside nothing but dashes is no sum.
        let several = |column: usize| {
            let own = open[from..].iter().filter_map(|row| row[column]);
            own.filter(|at| facts[*at].value != 0.0).count() > 1
        };
        let holds = |(column, value, scale): &&(usize, f64, f64)| {
            near(sums[*column], *value, *scale) && several(*column)
        };
        let holding = figures.iter().filter(holds).count();
        if holding > best.map_or(0, |(most, _)| most) {
            best = Some((holding, from));
        }
    }
    let (holding, from) = best?;
    (holding * 2 >= figures.len()).then_some(from)
}

fn balance(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        if facts[at].item != Some("Assets") {
            continue;
        }
        if let Some(other) = find(facts, "LiabilitiesAndStockholdersEquity", &facts[at]) {
            let holds = near(facts[at].value, facts[other].value, facts[at].scale);
            mark(facts, &[at, other], Check::Balance, holds);
        }
    }
}

fn income(facts: &mut [Fact]) {
    // The first less the second is the third, whatever the sign of the second.
    let rules = [
        ("Revenues", "CostOfRevenue", "GrossProfit"),
        (
            "IncomeLossFromContinuingOperationsBeforeIncomeTaxes",
            "IncomeTaxExpenseBenefit",
            "ProfitLoss",
        ),
        (
            "IncomeLossFromContinuingOperationsBeforeIncomeTaxes",
            "IncomeTaxExpenseBenefit",
            "NetIncomeLoss",
        ),
        (
            "ProfitLoss",
            "NetIncomeLossAttributableToNoncontrollingInterest",
            "NetIncomeLoss",
        ),
    ];
    for (whole, part, rest) in rules {
        for at in 0..facts.len() {
            if facts[at].item != Some(rest) {
                continue;
            }
            let places = (
                find(facts, whole, &facts[at]),
                find(facts, part, &facts[at]),
            );
            if let (Some(whole), Some(part)) = places {
                let (w, p, r) = (facts[whole].value, facts[part].value, facts[at].value);
                let scale = facts[at].scale;
                // Other lines may stand between: only what holds says something.
                if near(w - p, r, scale) || near(w + p, r, scale) {
                    mark(facts, &[whole, part, at], Check::Difference, true);
                }
            }
        }
    }
}

fn per_share(facts: &mut [Fact]) {
    let pairs = [
        (
            "EarningsPerShareDiluted",
            "WeightedAverageNumberOfDilutedSharesOutstanding",
        ),
        (
            "EarningsPerShareBasic",
            "WeightedAverageNumberOfSharesOutstandingBasic",
        ),
    ];
    for (eps, shares) in pairs {
        for at in 0..facts.len() {
            if facts[at].item != Some(eps) || facts[at].value == 0.0 {
                continue;
            }
            let Some(count) = find(facts, shares, &facts[at]) else {
                continue;
            };
            let incomes = [
                "NetIncomeLossAvailableToCommonStockholdersBasic",
                "NetIncomeLoss",
                "ProfitLoss",
            ];
            let incomes: Vec<usize> = incomes
                .iter()
                .filter_map(|item| find(facts, item, &facts[at]))
                .collect();
            let printed = facts[count].value;
            if printed == 0.0 || incomes.is_empty() {
                continue;
            }
            let incomes: Vec<(usize, f64)> = incomes
                .into_iter()
                .map(|at| (at, facts[at].value.abs()))
                .collect();
            let eps = facts[at].value.abs();
            let fits = |shares: f64| {
                let fit = |each: f64| (each - eps).abs() <= 0.006 + 0.02 * eps;
                incomes
                    .iter()
                    .find(|(_, income)| fit(income / shares))
                    .map(|(at, _)| *at)
            };
            if let Some(income) = fits(printed) {
                mark(facts, &[at, count, income], Check::PerShare, true);
                continue;
            }
            // Counted in thousands where the money is in millions, or one by one.
            let factor = [1e-3, 1e3, 1e-6, 1e6]
                .into_iter()
                .find(|factor| fits(printed * factor).is_some());
            match factor {
                Some(factor) => {
                    facts[count].value *= factor;
                    facts[count].scale *= factor;
                    let income = fits(facts[count].value);
                    let places: Vec<usize> = [Some(at), Some(count), income]
                        .into_iter()
                        .flatten()
                        .collect();
                    mark(facts, &places, Check::PerShare, true);
                }
                // Two classes of shares, preferred dividends: no fault of the reading as long as it is near.
                None => {
                    let each = incomes[0].1 / printed;
                    if each > 3.0 * eps || each < eps / 3.0 {
                        mark(facts, &[count], Check::PerShare, false);
                    }
                }
            }
        }
    }
}

fn cash(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        if facts[at].item != Some("CashEndOfPeriod") {
            continue;
        }
        let like = facts[at].clone();
        let place = |item: &str| find(facts, item, &like);
        let (begin, change) = (
            place("CashBeginningOfPeriod"),
            place("CashAndCashEquivalentsPeriodIncreaseDecrease"),
        );
        let flows: Option<Vec<usize>> = ["Operating", "Investing", "Financing"]
            .iter()
            .map(|kind| place(&format!("NetCashProvidedByUsedIn{kind}Activities")))
            .collect();
        let rate = place("EffectOfExchangeRateOnCash").map_or(0.0, |at| facts[at].value);
        let Some(begin) = begin else { continue };
        let moved = like.value - facts[begin].value;
        if let Some(change) = change
            && near(facts[change].value.abs(), moved.abs(), like.scale)
        {
            mark(facts, &[at, begin, change], Check::Cash, true);
        }
        if let Some(flows) = flows {
            let sum: f64 = flows.iter().map(|at| facts[*at].value).sum();
            if near(sum, moved, like.scale) || near(sum + rate, moved, like.scale) {
                mark(facts, &flows, Check::Cash, true);
                mark(facts, &[at, begin], Check::Cash, true);
            }
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
