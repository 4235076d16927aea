//! Families: items that are told apart only together. Net income is one row or several: of the whole group,
//! of the parent's owners, of the common holders; so is equity. Figures per share stand once for basic and
//! once for diluted shares, and once more for each part of the income.

use std::sync::LazyLock;

use regex::Regex;

use super::super::unit::Unit;
use super::{Row, equity, per_share};
use crate::pattern::compiled;
use crate::statement::Statement;

/// The rows of families and their items.
pub fn find(statement: Statement, rows: &[Row]) -> Vec<(usize, &'static str)> {
    let mut out = Vec::new();
    match statement {
        Statement::Income => {
            net_income(rows, &mut out);
            per_share::find(rows, &mut out);
        }
        Statement::CashFlow => {
            let first = rows
                .iter()
                .position(|row| row.is_known && NET_INCOME.is_match(&row.label));
            out.extend(first.map(|at| (at, "ProfitLoss")));
        }
        Statement::Balance => equity::find(rows, &mut out),
        Statement::Comprehensive => comprehensive(rows, &mut out),
        _ => {}
    }
    out
}

/// Comprehensive income, of the group and of the parent's owners.
fn comprehensive(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
    static COMPREHENSIVE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:total )?comprehensive (?:income|loss|earnings)(?: income| loss)?( attributable to parent)?$",
        )
    });
    let find = |is_owners: bool| {
        rows.iter().position(|row| {
            let found = COMPREHENSIVE.captures(&row.label);
            row.is_known
                && row.unit == Unit::Money
                && !row.is_nil
                && found.is_some_and(|c| c.get(1).is_some() == is_owners)
        })
    };
    let (whole, own) = (find(false), find(true));
    const WHOLE: &str =
        "ComprehensiveIncomeNetOfTaxIncludingPortionAttributableToNoncontrollingInterest";
    const OWN: &str = "ComprehensiveIncomeNetOfTax";
    let name = if own.is_some() { WHOLE } else { OWN };
    out.extend(whole.map(|at| (at, name)));
    out.extend(own.map(|at| (at, OWN)));
}

static NET_INCOME: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(consolidated )?(net (income|earnings|loss|profit)( income| loss| earnings| profit)?( including (portion|.{0,60}(noncontrolling|minority)).*)?|(profit|loss)( loss)? for (the )?(year|period|quarter|financial year)|(net )?(income|earnings|profit|loss) for (the )?(year|period)|total net (income|loss|earnings))( after tax(es)?)?$",
    )
});
static OF_PARENT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(consolidated )?(net )?(income|earnings|loss|profit)?( income| loss| earnings| profit)? ?(for (the )?(year|period) )?attributable to parent$",
    )
});
static OF_COMMON: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^(consolidated )?(net )?(income|earnings|loss|profit)( income| loss| earnings| profit)? (attributable to common|on common stock|to common holders|for common stock)$",
    )
});
fn money(row: &Row) -> bool {
    row.is_known
        && row.unit == Unit::Money
        && !row
            .over
            .iter()
            .any(|o| o.contains("comprehensive") || o.contains("amounts attributable"))
}

fn net_income(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
    // Of the whole group: before what is taken off for others.
    let whole = rows
        .iter()
        .position(|row| money(row) && NET_INCOME.is_match(&row.label));
    let last = rows
        .iter()
        .rposition(|row| money(row) && NET_INCOME.is_match(&row.label));
    let parent = rows
        .iter()
        .position(|row| money(row) && (OF_PARENT.is_match(&row.label) || is_owners(row)));
    let common = rows
        .iter()
        .position(|row| money(row) && OF_COMMON.is_match(&row.label));
    let shared = rows.iter().any(|row| {
        row.is_known
            && (row.label.contains("noncontrolling") || row.label.contains("minority"))
            && row.unit == Unit::Money
    });
    match (whole, parent) {
        (Some(whole), Some(parent)) => {
            out.push((whole, "ProfitLoss"));
            out.push((parent, "NetIncomeLoss"));
        }
        // Behind the share of others, a subsidiary's preferred dividends among it, is the owners' own.
        (Some(whole), None)
            if common.is_some_and(|common| is_behind_others(rows, whole, common)) =>
        {
            out.push((whole, "ProfitLoss"));
            out.extend(common.map(|at| (at, "NetIncomeLoss")));
            return;
        }
        (Some(whole), None) => {
            // `Net income` twice: before and behind the share of others.
            match last.filter(|last| *last > whole + 1 && shared) {
                Some(last)
                    if rows[whole + 1..last].iter().any(|r| {
                        r.label.contains("noncontrolling") || r.label.contains("minority")
                    }) =>
                {
                    out.push((whole, "ProfitLoss"));
                    out.push((last, "NetIncomeLoss"));
                }
                _ => out.push((whole, "NetIncomeLoss")),
            }
        }
        (None, Some(parent)) => out.push((parent, "NetIncomeLoss")),
        (None, None) => {}
    }
    out.extend(common.map(|at| (at, "NetIncomeLossAvailableToCommonStockholdersBasic")));
}

/// True where what belongs to others stands between two rows, and no preferred dividends of the parent's own.
fn is_behind_others(rows: &[Row], from: usize, to: usize) -> bool {
    let between = || rows.iter().take(to).skip(from + 1);
    let is_of_others = |row: &Row| {
        ["subsidiar", "noncontrolling", "minority"]
            .iter()
            .any(|word| row.label.contains(word))
    };
    between().any(is_of_others)
        && !between().any(|row| row.label.contains("preferred") && !is_of_others(row))
}

/// `Owners of the parent` under `Attributable to`.
fn is_owners(row: &Row) -> bool {
    static OWNERS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"^(?:equity |ordinary )?(?:owners|holders|equity holders)(?: of .{0,40})?$")
    });
    let over = row.over.last();
    row.label.ends_with("group share")
        || OWNERS.is_match(&row.label)
            && over.is_some_and(|over| over.ends_with("attributable to parent"))
}
