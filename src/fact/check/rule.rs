//! Rules between line items of one statement.

use super::super::unit::Unit;
use super::{Check, Fact, find, mark, near, step};

pub(super) fn balance(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        if facts[at].item != Some("Assets") {
            continue;
        }
        if let Some(other) = find(facts, "LiabilitiesAndStockholdersEquity", &facts[at]) {
            let holds = near(facts[at].value, facts[other].value, step(&facts[at]));
            mark(facts, &[at, other], Check::Balance, holds);
        }
    }
}

pub(super) fn income(facts: &mut [Fact]) {
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
                let scale = step(&facts[at]);
                // Other lines may stand between: only what holds says something.
                if near(w - p, r, scale) || near(w + p, r, scale) {
                    mark(facts, &[whole, part, at], Check::Difference, true);
                }
            }
        }
    }
}

/// What belongs to others is what the income of the owners is less than that of the whole group, whichever sign its
/// rows are printed with: they are all of one sign, or each of its own.
pub(super) fn others(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        if facts[at].item != Some("NetIncomeLoss") {
            continue;
        }
        let Some(whole) = find(facts, "ProfitLoss", &facts[at]) else {
            continue;
        };
        let is_part = |f: &Fact| {
            f.item == Some("NetIncomeLossAttributableToNoncontrollingInterest")
                && f.period.is_some()
                && f.period == facts[at].period
        };
        let mut places: Vec<usize> = (0..facts.len()).filter(|at| is_part(&facts[*at])).collect();
        let sum: f64 = places.iter().map(|at| facts[*at].value).sum();
        let (whole_value, own, scale) = (facts[whole].value, facts[at].value, step(&facts[at]));
        let holds = near(whole_value - sum, own, scale);
        if places.is_empty() || !holds && !near(whole_value + sum, own, scale) {
            continue;
        }
        if !holds {
            for at in &places {
                facts[*at].value = -facts[*at].value;
            }
        }
        places.extend([whole, at]);
        mark(facts, &places, Check::Difference, true);
    }
}

pub(super) fn per_share(facts: &mut [Fact]) {
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

/// What is earned per share adds up to nothing where a statement has no count of shares; another table, of the quarters
/// or of five years, has it again.
pub(super) fn again(facts: &mut [Fact]) {
    for at in 0..facts.len() {
        let own = &facts[at];
        let word = match own.item {
            Some("EarningsPerShareDiluted") => "diluted",
            Some("EarningsPerShareBasic") => "basic",
            _ => continue,
        };
        if !own.passed.is_empty() || own.period.is_none() {
            continue;
        }
        let says = |fact: &Fact| {
            let mut labels = fact.over.iter().chain([&fact.label]);
            labels.any(|label| label.to_lowercase().contains(word))
        };
        let has_it = facts.iter().any(|other| {
            other.table != own.table
                && other.unit == Unit::PerShare
                && other.period == own.period
                && other.value == own.value
                && !other.is_adjusted
                && says(other)
        });
        if has_it {
            facts[at].passed.add(Check::Again);
        }
    }
}

pub(super) fn cash(facts: &mut [Fact]) {
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
            && near(facts[change].value.abs(), moved.abs(), step(&like))
        {
            mark(facts, &[at, begin, change], Check::Cash, true);
        }
        if let Some(flows) = flows {
            let sum: f64 = flows.iter().map(|at| facts[*at].value).sum();
            if near(sum, moved, step(&like)) || near(sum + rate, moved, step(&like)) {
                mark(facts, &flows, Check::Cash, true);
                mark(facts, &[at, begin], Check::Cash, true);
            }
        }
    }
}
