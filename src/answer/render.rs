//! Rendering: a worked figure in a sentence, as a figure, and as steps.

use std::sync::LazyLock;

use regex::Regex;

use super::worked::Worked;
use crate::book::grid::Row;
use crate::fact::Unit;
use crate::pattern::compiled;
use crate::query::{Over, Presentation, Written};
use crate::units::{self, counted_in, fixed, grouped, signed};

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    kind: Kind,
    /// As many as the question wants.
    wanted: Option<usize>,
    /// As many as tell figures apart that are no amounts.
    needed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// An amount in this unit, with its currency.
    Amount(f64),
    Percent,
    Plain,
    Days,
}

/// How the figures of `worked` are written: as the question wants it, else as the trade does.
pub fn style(worked: &Worked, form: Presentation) -> Style {
    let kind = match worked.subject.written {
        _ if worked.is_amount() => Kind::Amount(form.unit.unwrap_or_else(|| largest(worked))),
        Written::Days => Kind::Days,
        Written::Percent => Kind::Percent,
        Written::Plain if form.percent => Kind::Percent,
        Written::Plain => Kind::Plain,
    };
    let figures = worked.periods.iter().filter_map(|own| own.value);
    let result = worked.result.into_iter();
    let needed = |factor: f64, digits: i32, usual: usize| {
        let each = units::decimals(figures.map(|own| own * factor), digits, usual);
        // Of a change one digit is enough.
        each.max(units::decimals(result.map(|own| own * factor), 1, usual))
    };
    Style {
        kind,
        wanted: form.decimals,
        needed: match kind {
            Kind::Amount(_) => 0,
            Kind::Percent => needed(100.0, 2, 1),
            Kind::Plain => needed(1.0, 2, 2),
            Kind::Days => needed(1.0, 1, 1),
        },
    }
}

/// The unit that the statements print.
fn largest(worked: &Worked) -> f64 {
    let units = worked.operands.iter().map(|o| o.entry.unit);
    let unit = units.fold(1.0, f64::max);
    match unit {
        // Thousands of millions are read more easily as millions.
        1e3 => 1e6,
        unit => unit,
    }
}

impl Style {
    /// A figure in this style: `$5,409 million`, `36.8 %`, `0.66`.
    pub fn write(self, value: f64, currency: &str) -> String {
        let decimals = self.wanted.unwrap_or(self.needed);
        match self.kind {
            Kind::Amount(unit) => {
                let scaled = value / unit;
                let is_round = scaled.abs() >= 100.0 || scaled.fract() == 0.0;
                let usual = match (1e3..1e9).contains(&unit) {
                    false if unit == 1.0 => units::stated_decimals([scaled]),
                    false => 2,
                    true if is_round => 0,
                    true => units::decimals([scaled], 2, 1),
                };
                let text = grouped(scaled, self.wanted.unwrap_or(usual));
                let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |t| ("-", t));
                format!("{sign}{currency}{text}{}", behind(unit))
            }
            Kind::Percent => format!("{} %", grouped(value * 100.0, decimals)),
            Kind::Plain => grouped(value, decimals),
            Kind::Days => format!("{} days", grouped(value, decimals)),
        }
    }

    /// A change in this style: percentages change by points.
    fn write_change(self, value: f64, currency: &str) -> String {
        match self.kind {
            Kind::Percent => {
                let decimals = self.wanted.unwrap_or(self.needed);
                format!("{} points", fixed((value * 100.0).abs(), decimals))
            }
            _ => self.write(value.abs(), currency),
        }
    }
}

/// A figure of a grid's row as people read it: amounts in millions.
pub fn grid_figure(row: &Row, value: f64) -> String {
    use crate::book::grid::Kind as Of;
    let decimals = |factor: f64, digits: i32, usual: usize| {
        let all = row.cells.iter().filter_map(|cell| cell.value);
        units::decimals(all.chain([value]).map(|own| own * factor), digits, usual)
    };
    match row.kind {
        Of::Amount => {
            let currency = row.currency.map_or(String::new(), symbol);
            let text = grouped(value / 1e6, units::decimals([value / 1e6], 1, 0));
            let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |t| ("-", t));
            format!("{sign}{currency}{text} million")
        }
        Of::Shares => format!("{} million shares", grouped(value / 1e6, 1)),
        Of::PerShare => grouped(value, units::stated_decimals([value])),
        Of::Ratio => grouped(value, decimals(1.0, 2, 2)),
        Of::Percent => format!("{} %", grouped(value * 100.0, decimals(100.0, 2, 1))),
        Of::Days => format!("{} days", grouped(value, 1)),
    }
}

/// The unit as it stands behind a number.
pub fn behind(unit: f64) -> String {
    counted_in(unit).map_or(String::new(), |name| format!(" {name}"))
}

/// What stands before an amount in a currency: its symbol, or its code with a blank.
pub fn symbol(currency: &str) -> String {
    match currency {
        "USD" => "$".to_owned(),
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        "" => String::new(),
        code => format!("{code} "),
    }
}

/// What the figures' amounts are in, as it stands before them: nothing before a count.
pub fn currency(worked: &Worked) -> String {
    let mut operands = worked.operands.iter().map(|own| &own.entry);
    match operands.next() {
        Some(entry) if entry.counts != Unit::Shares => symbol(entry.currency),
        _ => String::new(),
    }
}

/// The figure that answers, as written; none where it could not be worked out.
pub fn figure(worked: &Worked, form: Presentation) -> Option<String> {
    let (style, sign) = (style(worked, form), &*currency(worked));
    let result = worked.result?;
    Some(match worked.over {
        Over::Each | Over::Average | Over::Sum => style.write(result, sign),
        Over::Compound => rate(result, form),
        // What is asked in per cent of an amount is its growth.
        Over::Change if worked.is_amount() && form.percent => {
            let decimals = form.decimals.unwrap_or(1);
            format!("{} %", fixed(worked.growth? * 100.0, decimals))
        }
        Over::Change => match style.kind {
            Kind::Percent if result < 0.0 => format!("-{}", style.write_change(result, sign)),
            Kind::Percent => style.write_change(result, sign),
            _ => style.write(result, sign),
        },
    })
}

/// A rate in per cent, to one place unless more are asked for.
fn rate(value: f64, form: Presentation) -> String {
    let decimals = form.decimals.unwrap_or(1);
    format!("{} %", fixed(value * 100.0, decimals))
}

/// Whose figure it is, and which: `FedEx: FedEx Ground, revenue`.
fn whose(worked: &Worked) -> String {
    let company = Some(&worked.company).filter(|company| !company.is_empty());
    let company = company.map_or(String::new(), |company| format!("{company}: "));
    let part = worked.part.as_ref();
    let part = part.map_or(String::new(), |part| format!("{part}, "));
    format!("{company}{part}{}", called(worked))
}

/// What the figure is called: of a loss that is none the income.
fn called(worked: &Worked) -> String {
    static LOSS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?P<before>net|operating) loss\b|\bloss (?P<behind>from operations|before)\b",
        )
    });
    let name = worked.subject.name.as_str();
    let is_gain = worked
        .periods
        .iter()
        .all(|own| own.value.is_some_and(|value| value > 0.0));
    // A loss that rose is a lower income: what moves is called by its sign.
    let is_income = is_gain || worked.over != Over::Each;
    match LOSS.captures(name).filter(|_| is_income) {
        Some(found) => {
            let income = match (found.name("before"), found.name("behind")) {
                (Some(before), _) => format!("{} income", before.as_str()),
                (_, Some(behind)) => format!("income {}", behind.as_str()),
                _ => return name.to_owned(),
            };
            name.replacen(&found[0], &income, 1)
        }
        None => name.to_owned(),
    }
}

/// The sentence that answers.
pub fn sentence(worked: &Worked, form: Presentation) -> Option<String> {
    let (style, sign) = (style(worked, form), &*currency(worked));
    let name = whose(worked);
    let result = worked.result?;
    let first = worked.periods.first()?;
    let last = worked.periods.last()?;
    let each = worked.periods.iter();
    let each = each.filter_map(|p| Some(format!("{} {}", p.label, style.write(p.value?, sign))));
    let each: Vec<String> = each.collect();
    Some(match worked.over {
        Over::Each if worked.periods.len() == 1 => {
            format!(
                "{name} in {} was {}.",
                last.label,
                style.write(result, sign)
            )
        }
        Over::Each => format!("{name} was {}.", each.join(", ")),
        Over::Average => format!(
            "{name}, {} to {} on average, was {} ({}).",
            first.label,
            last.label,
            style.write(result, sign),
            each.join(", ")
        ),
        Over::Sum => format!(
            "{name}, {} to {} together, was {} ({}).",
            first.label,
            last.label,
            style.write(result, sign),
            each.join(", ")
        ),
        Over::Compound => format!(
            "{name} grew by {} a year, compounded, from {} in {} to {} in {}.",
            rate(result, form),
            style.write(first.value?, sign),
            first.label,
            style.write(last.value?, sign),
            last.label
        ),
        Over::Change => {
            let way = if result > 0.0 {
                "rose"
            } else if result < 0.0 {
                "fell"
            } else {
                "did not change"
            };
            let by = match (worked.growth, worked.is_amount()) {
                _ if result == 0.0 => String::new(),
                (Some(growth), true) => format!(
                    " by {} ({} %)",
                    style.write_change(result, sign),
                    signed(growth * 100.0, form.decimals.unwrap_or(1))
                ),
                _ => format!(" by {}", style.write_change(result, sign)),
            };
            format!(
                "{name} {way}{by}, from {} in {} to {} in {}.",
                style.write(first.value?, sign),
                first.label,
                style.write(last.value?, sign),
                last.label
            )
        }
    })
}

/// The figures of those periods that have one, where others have none; none where no period has.
pub fn found(worked: &Worked, form: Presentation) -> Option<String> {
    let (style, sign) = (style(worked, form), &*currency(worked));
    let (has, lacks): (Vec<_>, Vec<_>) = worked.periods.iter().partition(|own| own.value.is_some());
    if has.is_empty() {
        return None;
    }
    let each = has.iter().filter_map(|own| Some((own, own.value?)));
    let each: Vec<String> = each
        .map(|(own, value)| format!("{} {}", own.label, style.write(value, sign)))
        .collect();
    let lacks: Vec<&str> = lacks.iter().map(|own| own.label.as_str()).collect();
    Some(format!(
        "Found in part, without {}.\n{} was {}.",
        lacks.join(" and "),
        whose(worked),
        each.join(", ")
    ))
}

/// How a figure was worked out: the formula, then each operand as printed, with its page.
pub fn steps(worked: &Worked) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(formula) = &worked.subject.formula {
        let by = if worked.subject.is_defined {
            " (as the question defines it)"
        } else {
            ""
        };
        out.push(format!("= {formula}{by}"));
    }
    for operand in &worked.operands {
        let entry = &operand.entry;
        let unit = behind(entry.unit);
        out.push(format!(
            "{}{} {}: {}{unit}  ({} p.{}, \"{}\", {})",
            if operand.is_less { "less " } else { "" },
            operand.item,
            operand.period.label(),
            entry.printed,
            entry.document,
            entry.page,
            entry.label,
            entry.head
        ));
    }
    out
}
