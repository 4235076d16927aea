//! Support: whether a figure of an answer is a figure that was given, in its scale, rounded as it is
//! written, and of what the statement says that it is of.

use super::super::context::Passage;
use super::super::given::{Given, GivenFact};
use super::claim::{self, Claim};
use super::written::{Written, figures};
use crate::chunk::sentence;
use crate::fact::Unit;
use crate::statement::figure;

/// What figures may be counted in where nothing says so.
const SCALES: [f64; 4] = [1.0, 1e3, 1e6, 1e9];

/// A row of a passage, or a sentence.
struct Line {
    text: String,
    figures: Vec<Written>,
    /// The years that each figure is of, where a sentence says.
    years: Vec<Vec<i32>>,
    /// It has cells, as rows of tables do.
    is_row: bool,
}

impl Line {
    fn row(text: &str) -> Self {
        let figures = figures(text);
        Self {
            years: vec![Vec::new(); figures.len()],
            figures,
            text: text.to_owned(),
            is_row: true,
        }
    }

    fn sentence(text: &str) -> Self {
        let figures = figures(text);
        Self {
            years: claim::years_said(text, &figures),
            figures,
            text: text.to_owned(),
            is_row: false,
        }
    }
}

/// The rows of a text, and the sentences of the prose between them, however its lines are broken.
fn lines(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    let mut prose = String::new();
    let flush = |prose: &mut String, out: &mut Vec<Line>| {
        let text = std::mem::take(prose);
        let mut from = 0;
        for end in sentence::ends(&text) {
            let own = text[from..end].trim();
            out.extend((!own.is_empty()).then(|| Line::sentence(own)));
            from = end;
        }
    };
    for line in text.lines() {
        if line.contains("   ") {
            flush(&mut prose, &mut out);
            out.push(Line::row(line));
        } else {
            prose.push_str(line.trim());
            prose.push(' ');
        }
    }
    flush(&mut prose, &mut out);
    out
}

/// A passage with its figures.
pub struct Figured<'a> {
    passage: &'a Passage,
    lines: Vec<Line>,
    /// What it says that its figures are counted in.
    unit: Option<f64>,
    /// Its figures that are facts.
    facts: Vec<&'a GivenFact>,
}

/// Where in a passage a figure stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line of its page, from 0, where that is known.
    pub line: Option<usize>,
    pub text: String,
    pub printed: String,
}

impl<'a> Figured<'a> {
    pub fn new(passage: &'a Passage, given: &'a Given<'_>) -> Self {
        let beside = given.beside.iter();
        let beside = beside.filter(|(number, _)| *number == passage.number);
        let facts: Vec<&GivenFact> = beside.map(|(_, fact)| fact).collect();
        let said = passage.text.lines().find_map(figure::unit);
        // A page of a statement that does not say it is counted as its facts are.
        let scaled = facts.iter().map(|fact| fact.scale).fold(1.0, f64::max);
        Self {
            passage,
            lines: lines(&passage.text),
            unit: said.or((scaled > 1.0).then_some(scaled)),
            facts,
        }
    }

    pub fn number(&self) -> usize {
        self.passage.number
    }

    /// Where a figure stands in the passage; none where it does not, or is of something else there.
    pub fn place(&self, written: &Written, claim: &Claim) -> Option<Place> {
        if !claim.is_of(self.passage.document_id) {
            return None;
        }
        let mut facts = self.facts.iter();
        if let Some(fact) = facts.find(|fact| is_of(written, fact) && claim.may_be(fact)) {
            let has = |line: &&Line| line.is_row && line.text.contains(fact.printed.as_str());
            let line = self.lines.iter().find(has);
            let of_page = Some(fact.line).filter(|_| fact.page == self.passage.page);
            return Some(Place {
                line: of_page,
                text: line.map_or_else(|| fact.label.clone(), |line| line.text.clone()),
                printed: fact.printed.clone(),
            });
        }
        self.lines.iter().find_map(|line| {
            let mut own = line.figures.iter().zip(&line.years);
            let (found, _) = own.find(|(own, years)| {
                self.is_written(written, own, line)
                    && claim.may_be_said_of(years)
                    && !self.is_fact(own, line)
            })?;
            Some(Place {
                line: None,
                text: line.text.clone(),
                printed: line.text[found.range.clone()].to_owned(),
            })
        })
    }

    /// True for a figure of a row that is a fact: what it is of is known.
    fn is_fact(&self, own: &Written, line: &Line) -> bool {
        let is_here = |fact: &&&GivenFact| {
            near(printed(fact), own.digits) && line.text.contains(fact.printed.as_str())
        };
        line.is_row && self.facts.iter().any(|fact| is_here(&fact))
    }

    /// True where `own`, a figure of a line, is what is written.
    fn is_written(&self, written: &Written, own: &Written, line: &Line) -> bool {
        let text = &line.text[own.range.clone()];
        if written.is_negative && !text.contains(['(', '-', '–', '−']) {
            return false;
        }
        if let (Some(a), Some(b)) = (written.currency, own.currency)
            && a != b
        {
            return false;
        }
        if written.is_percent {
            let is_percent = own.is_percent || own.is_bare() && line.text.contains('%');
            return is_percent && written.is_rounding_of(own.digits)
                || own.is_bare() && near(own.digits, written.digits);
        }
        if own.is_percent {
            return written.is_bare() && near(own.digits, written.digits);
        }
        let said = [own.scale.unwrap_or(1.0)];
        let unit = self.unit.unwrap_or(1.0);
        // An amount by share, and what is no amount, may be counted in nothing.
        let is_amount =
            written.currency.is_some() && (own.digits >= 1e3 || own.digits.fract() == 0.0);
        let counted = [if is_amount { unit } else { 1.0 }, unit];
        // In prose an amount may be counted as the tables are; a number that nobody counts is itself.
        let may_be_counted = line.is_row || own.currency.is_some();
        let scales: &[f64] = match (own.scale, self.unit) {
            (Some(_), _) => &said,
            (None, Some(_)) if may_be_counted => &counted,
            (None, None) if may_be_counted => &SCALES,
            _ => &said,
        };
        match written.scale {
            Some(scale) => {
                let mut scales = scales.iter();
                scales.any(|own_scale| written.is_rounding_of(own.digits * own_scale / scale))
            }
            None => {
                // With the scale left out, as tables do, or in full.
                let mut scales = scales.iter().filter(|own_scale| **own_scale > 1.0);
                is_as_printed(written, own.digits)
                    || scales.any(|own_scale| written.is_rounding_of(own.digits * own_scale))
            }
        }
    }
}

/// True where a figure is a fact's: in any scale, rounded as it is written.
pub fn is_of(written: &Written, fact: &GivenFact) -> bool {
    let is_less = fact.value < 0.0 || fact.printed.contains(['(', '-', '–', '−']);
    let is_in = |sign: char| match sign {
        '€' => fact.currency == "EUR",
        '£' => fact.currency == "GBP",
        '¥' => ["JPY", "CNY"].contains(&fact.currency),
        _ => !["EUR", "GBP", "JPY", "CNY", "CHF"].contains(&fact.currency),
    };
    let is_money = matches!(fact.unit, Unit::Money | Unit::PerShare);
    let is_currency = written.currency.is_none_or(|sign| is_money && is_in(sign));
    if written.is_negative && !is_less || !is_currency {
        return false;
    }
    let printed = printed(fact);
    if written.is_percent {
        return is_percent(fact) && written.is_rounding_of(printed);
    }
    if fact.unit == Unit::Percent {
        return written.is_bare() && is_as_printed(written, printed);
    }
    match written.scale {
        Some(scale) => written.is_rounding_of(fact.value / scale),
        None => {
            is_as_printed(written, printed)
                || fact.scale > 1.0 && written.is_rounding_of(fact.value)
        }
    }
}

/// The number that a fact prints, without sign.
fn printed(fact: &GivenFact) -> f64 {
    fact.value.abs() / fact.scale
}

fn is_percent(fact: &GivenFact) -> bool {
    let label = fact.label.to_lowercase();
    let says = ["%", "percent", "rate", "margin"];
    fact.unit == Unit::Percent
        || fact.printed.contains('%')
        || fact.scale == 1.0 && says.iter().any(|word| label.contains(word))
}

/// True for the same number, or its rounding; a small number without any unit is itself alone.
fn is_as_printed(written: &Written, value: f64) -> bool {
    let is_count = written.is_bare() && written.digits < 1e3 && written.digits.fract() == 0.0;
    match is_count {
        true => near(written.digits, value),
        false => written.is_rounding_of(value),
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(1.0)
}

#[cfg(test)]
#[path = "support_tests.rs"]
mod tests;
