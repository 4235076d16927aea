//! Figures per share and numbers of shares: once for basic and once for diluted shares, and once more for each part of
//! the income.

use std::sync::LazyLock;

use regex::Regex;

use super::super::unit::Unit;
use super::Row;
use crate::pattern::compiled;

static NOT_TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"discontinued|continuing|before|excluding|adjusted|pro forma|dividend|distribut|noncontrolling",
    )
});

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

/// Adds the rows of figures per share and of numbers of shares.
pub fn find(rows: &[Row], out: &mut Vec<(usize, &'static str)>) {
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
