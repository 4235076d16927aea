//! Families: items that are told apart only together. Net income is one row or several: of the whole group,
//! of the parent's owners, of the common holders; so is equity. Figures per share stand once for basic and
//! once for diluted shares, and once more for each part of the income.

use std::sync::LazyLock;

use regex::Regex;

use super::super::unit::Unit;
use super::Row;
use crate::pattern::compiled;
use crate::statement::Statement;

/// The rows of families and their items.
pub fn find(statement: Statement, rows: &[Row]) -> Vec<(usize, &'static str)> {
    let mut out = Vec::new();
    match statement {
        Statement::Income => {
            net_income(rows, &mut out);
            per_share(rows, &mut out);
        }
        Statement::CashFlow => {
            let first = rows
                .iter()
                .position(|row| row.is_known && NET_INCOME.is_match(&row.label));
            out.extend(first.map(|at| (at, "ProfitLoss")));
        }
        Statement::Balance => equity(rows, &mut out),
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
static NOT_TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"discontinued|continuing|before|excluding|adjusted|pro forma|dividend|distribut|noncontrolling",
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

/// True where the label, else the nearest label over it that says either, says `word`.
fn is_of(row: &Row, word: &str, other: &str) -> bool {
    let labels = std::iter::once(&row.label).chain(row.over.iter().rev());
    for label in labels {
        let says = |w: &str| label.split(' ').any(|x| x == w);
        if says(word) {
            return true;
        }
        if says(other) {
            return false;
        }
    }
    false
}

/// `Net income per common share`, of the whole income.
fn is_earnings_per_share(row: &Row) -> bool {
    static PER_SHARE: LazyLock<Regex> = LazyLock::new(|| compiled(r"\bper (?:common )?share\b"));
    static INCOME: LazyLock<Regex> = LazyLock::new(|| compiled(r"income|earnings|loss"));
    PER_SHARE.is_match(&row.label) && INCOME.is_match(&row.label) && !NOT_TOTAL.is_match(&row.label)
}

fn per_share(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
    for (unit, basic, diluted) in [
        (
            Unit::PerShare,
            "EarningsPerShareBasic",
            "EarningsPerShareDiluted",
        ),
        (
            Unit::Shares,
            "WeightedAverageNumberOfSharesOutstandingBasic",
            "WeightedAverageNumberOfDilutedSharesOutstanding",
        ),
    ] {
        let fits = |row: &&Row| {
            row.is_known
                && row.unit == unit
                && !row.label.contains("dividend")
                && !row.label.contains("distribution")
        };
        let all: Vec<(usize, &Row)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| fits(row))
            .collect();
        let pick = |word: &str, other: &str| {
            let own = all.iter().filter(|(_, row)| is_of(row, word, other));
            let (part, total): (Vec<_>, Vec<_>) = own.partition(|(_, row)| {
                NOT_TOTAL.is_match(&row.label)
                    || row
                        .over
                        .last()
                        .is_some_and(|o| NOT_TOTAL.is_match(o) && unit == Unit::PerShare)
            });
            total.last().or(part.last()).map(|(at, _)| *at)
        };
        let both = all
            .iter()
            .rposition(|(_, row)| row.label.contains("basic") && row.label.contains("diluted"));
        match (pick("basic", "diluted"), pick("diluted", "basic"), both) {
            (_, _, Some(both)) => {
                // One figure for both: the diluted one can be asked for by either name.
                out.push((all[both].0, diluted));
            }
            (first, second, None) => {
                out.extend(first.map(|at| (at, basic)));
                out.extend(
                    second
                        .filter(|at| Some(*at) != first)
                        .map(|at| (at, diluted)),
                );
                // The only one has both names, the only one beside the diluted one is basic.
                if unit == Unit::PerShare && first.is_none() {
                    let is_plain =
                        |row: &Row| is_earnings_per_share(row) && !is_of(row, "diluted", "basic");
                    let mut only = all.iter().filter(|(_, row)| is_plain(row));
                    let name = if second.is_some() { basic } else { diluted };
                    if let (Some((at, _)), None) = (only.next(), only.next()) {
                        out.push((*at, name));
                    }
                }
            }
        }
    }
}

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

fn equity(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
    let is_total = |row: &Row| {
        row.is_known
            && row.unit == Unit::Money
            && row.label.starts_with("total")
            && !row.label.contains("liabilities")
            && !row.label.contains("asset")
            && !row.label.contains("noncontrolling")
            && (EQUITY.is_match(&row.label)
                || row.label.ends_with("equity")
                || row.label.ends_with("attributable to parent") && row.label.contains("equity"))
    };
    let minority = rows.iter().rposition(|row| {
        row.is_known
            && row.part != "noncurrent liabilities"
            && (row.label.contains("noncontrolling") || row.label.contains("minority"))
            && !row.label.contains("redeemable")
            && !row.label.starts_with("total equity")
    });
    let mut totals: Vec<usize> = (0..rows.len()).filter(|at| is_total(&rows[*at])).collect();
    if totals.is_empty() {
        // A row named without `total`, behind all of the liabilities.
        let plain = rows.iter().rposition(|row| {
            row.is_known && row.unit == Unit::Money && PLAIN_EQUITY.is_match(&row.label)
        });
        totals.extend(plain);
    }
    // `Equity attributable to owners of the parent` before others' interests and the total.
    let of_owners = || {
        rows.iter().position(|row| {
            row.is_known
                && row.unit == Unit::Money
                && row.label.ends_with("attributable to parent")
                && PLAIN_EQUITY.is_match(&row.label)
        })
    };
    match totals.as_slice() {
        [] => {}
        [only] => {
            out.extend(
                of_owners()
                    .filter(|own| own < only)
                    .map(|own| (own, "StockholdersEquity")),
            );
            // With a row of others' interests before it, it has them in.
            let is_whole = rows[*only].label == "total equity"
                && (minority.is_some_and(|m| m < *only) || !out.is_empty());
            let name = if is_whole {
                "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
            } else {
                "StockholdersEquity"
            };
            out.push((*only, name));
        }
        many => {
            let last = many[many.len() - 1];
            let before = minority.filter(|m| *m < last);
            match before {
                Some(minority) => {
                    let own = many
                        .iter()
                        .rev()
                        .find(|at| **at < minority)
                        .or(many.first());
                    out.extend(own.map(|at| (*at, "StockholdersEquity")));
                    out.push((
                        last,
                        "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
                    ));
                }
                // Others' interests may be a heading with rows of their own.
                None if rows[last].label == "total equity"
                    && rows[many[0]].label.contains("holders") =>
                {
                    out.push((many[0], "StockholdersEquity"));
                    out.push((
                        last,
                        "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",
                    ));
                }
                None => out.push((last, "StockholdersEquity")),
            }
        }
    }
    // `Total shareholders' equity and noncontrolling interests`.
    let whole = rows.iter().rposition(|row| {
        row.is_known
            && row.unit == Unit::Money
            && row.label.starts_with("total")
            && row.label.contains("equity")
            && !row.label.contains("liabilities")
            && [
                "and noncontrolling interests",
                "and noncontrolling interest",
            ]
            .iter()
            .any(|end| row.label.ends_with(end))
    });
    const WHOLE: &str = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest";
    if let Some(at) = whole.filter(|_| !out.iter().any(|(_, element)| *element == WHOLE)) {
        out.push((at, WHOLE));
    }
    if let Some(at) = minority.filter(|at| Some(*at) != whole) {
        out.push((at, "MinorityInterest"));
    }
}
