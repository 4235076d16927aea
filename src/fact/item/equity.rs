//! Equity: of the parent's owners, of others, of all of them.

use std::sync::LazyLock;

use regex::Regex;

use super::super::unit::Unit;
use super::Row;
use crate::pattern::compiled;

/// Equity that is not called a total.
static PLAIN_EQUITY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(?:(?:common )?holders (?:equity|deficit|equity deficit|deficit equity|investment)(?: net)?|equity|(?:holders )?(?:equity|capital and reserves) attributable to parent)$",
    )
});

static EQUITY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(total )?(.{0,40} )?(holders|shareholders|owners|members|partners|patrons|common|group)?( |^)(equity|equities|deficit|investment|capital|net assets|equity deficit|deficit equity|capital deficit)( deficit| equity)?( attributable to parent)?$",
    )
});

const OWN: &str = "StockholdersEquity";
const WHOLE: &str = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest";

/// Adds the rows of equity, with and without what belongs to others.
pub fn find(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
    let others = of_others(rows);
    match totals(rows).as_slice() {
        [] => {}
        [only] => {
            let own = of_owners(rows).filter(|own| own < only);
            // With a row of others' interests before it, it has them in.
            let is_behind = others.is_some_and(|others| others < *only) || own.is_some();
            let is_whole = rows[*only].label == "total equity" && is_behind;
            out.extend(own.map(|own| (own, OWN)));
            out.push((*only, if is_whole { WHOLE } else { OWN }));
        }
        many => out.extend(of_several(rows, many, others)),
    }
    let whole = with_others(rows);
    if let Some(at) = whole.filter(|_| !out.iter().any(|(_, element)| *element == WHOLE)) {
        out.push((at, WHOLE));
    }
    if let Some(at) = others.filter(|at| Some(*at) != whole) {
        out.push((at, "MinorityInterest"));
    }
}

fn is_money(row: &Row) -> bool {
    row.is_known && row.unit == Unit::Money
}

/// The totals of equity, or the row that is named without `total`, behind all of the liabilities.
fn totals(rows: &[Row]) -> Vec<usize> {
    let is_total = |row: &Row| {
        is_money(row)
            && row.label.starts_with("total")
            && !["liabilities", "asset", "noncontrolling"]
                .iter()
                .any(|word| row.label.contains(word))
            && (EQUITY.is_match(&row.label)
                || row.label.ends_with("equity")
                || row.label.ends_with("attributable to parent") && row.label.contains("equity"))
    };
    let mut totals: Vec<usize> = (0..rows.len()).filter(|at| is_total(&rows[*at])).collect();
    if totals.is_empty() {
        let is_plain = |row: &Row| is_money(row) && PLAIN_EQUITY.is_match(&row.label);
        totals.extend(rows.iter().rposition(is_plain));
    }
    totals
}

/// What belongs to others than the owners.
fn of_others(rows: &[Row]) -> Option<usize> {
    rows.iter().rposition(|row| {
        row.is_known
            && row.part != "noncurrent liabilities"
            && (row.label.contains("noncontrolling") || row.label.contains("minority"))
            && !row.label.contains("redeemable")
            && !row.label.starts_with("total equity")
    })
}

/// `Equity attributable to owners of the parent` before others' interests and the total.
fn of_owners(rows: &[Row]) -> Option<usize> {
    rows.iter().position(|row| {
        is_money(row)
            && row.label.ends_with("attributable to parent")
            && PLAIN_EQUITY.is_match(&row.label)
    })
}

/// `Total shareholders' equity and noncontrolling interests`.
fn with_others(rows: &[Row]) -> Option<usize> {
    let ends = [
        "and noncontrolling interests",
        "and noncontrolling interest",
    ];
    rows.iter().rposition(|row| {
        is_money(row)
            && row.label.starts_with("total")
            && row.label.contains("equity")
            && !row.label.contains("liabilities")
            && ends.iter().any(|end| row.label.ends_with(end))
    })
}

/// Of several totals the last has all in, where others' interests stand before it or are a heading with rows of their
/// own.
fn of_several(rows: &[Row], totals: &[usize], others: Option<usize>) -> Vec<(usize, &'static str)> {
    let (first, last) = (totals[0], totals[totals.len() - 1]);
    let is_headed = rows[last].label == "total equity" && rows[first].label.contains("holders");
    match others.filter(|others| *others < last) {
        Some(others) => {
            let own = totals.iter().rev().find(|at| **at < others);
            vec![(own.copied().unwrap_or(first), OWN), (last, WHOLE)]
        }
        None if is_headed => vec![(first, OWN), (last, WHOLE)],
        None => vec![(last, OWN)],
    }
}
