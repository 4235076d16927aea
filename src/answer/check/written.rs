//! A written figure: an amount, a share or a count as a sentence has it, with the scale, the currency
//! and the sign that are written with it, and how far it is rounded. Years, days, ordinals, and the
//! numbers of notes, pages and items are no figures.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// How much is said of a figure's rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slack {
    /// As its last digit has it.
    Rounded,
    /// "About 2,400": zeros at its end are rounding too.
    About,
    /// "Over 2.4": it may be cut off.
    Over,
    /// "Nearly 2.5": it may be rounded up.
    Under,
}

/// A figure as a text has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Where it stands, in bytes, with its sign, currency and unit.
    pub range: Range<usize>,
    /// Its digits as a number, without sign and scale.
    pub digits: f64,
    /// What its last digit stands for, without scale.
    step: f64,
    /// What it is counted in, where it says so: 1e9 of billions; of "between 2 and 3 billion" both are.
    pub scale: Option<f64>,
    pub is_percent: bool,
    /// `$`, `€`, `£` or `¥`.
    pub currency: Option<char>,
    /// Written with a minus, or in brackets where no aside is meant.
    pub is_negative: bool,
    slack: Slack,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"(?P<open>\()?(?P<sign>[-–−]\s?)?(?:(?P<currency>(?:US|C|A|HK|NT)?[$€£¥])\s?(?P<inner>[-–−(]\s?)?)?",
        r"(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)(?P<close>\))?",
        r"(?:[\s-]?(?P<unit>%|(?i:per\s?cent|percentage points?|pct|thousand|million|billion|trillion|mn|bn|tn|mm)\b)|(?P<letter>[mMbBkK])\b)?",
    ))
});

/// What no figure is taken from: dates in digits, `10 months ended`.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d{1,2}[\s-](?:months?|weeks?)\s+(?:ended|ending|period)|\b5[23][\s-]weeks?\b",
    )
});
static MONTH_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?\s+(?:\d{1,2}\s?[-–]\s?)?$",
    )
});
static MONTH_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b",
    )
});
/// Words before a number that make a name of it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:notes?|pages?|pp?\.|items?|sections?|parts?|exhibits?|tables?|levels?|tiers?|phases?|topics?|asc|asu|ifrs|ias|sfas|rules?|forms?|schedules?|nos?\.?|numbers?|footnotes?|chapters?|articles?|steps?|sources?|facts?|versions?|series|figures?)\s+(?:#\s?)?$",
    )
});
/// What stands between numbers of one list.
static LISTED: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^\s*(?:,|and|&|or|of|to|through|[-–])\s*(?:and\s+)?$"));
/// What stands between the two ends of a range: what is counted in what is said behind the second.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\s*(?:[-–]|to|and|or)\s*$"));
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:about|around|approximately|roughly|some|circa|ca\.?|approx\.?)\s+|~\s?)$",
    )
});
static OVER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:over|above|exceed(?:s|ed|ing)?|(?:more|greater|higher) than|at least)\s+$")
});
static UNDER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:under|below|nearly|almost|(?:less|lower|fewer) than|up to|at most)\s+$")
});
/// What stands before brackets that are a minus and no aside: "a result of (1,625)".
static STATED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:^|[:=|]\s*|\b(?:was|were|is|are|be|of|to|at|from|by|and|or|than|total(?:l?ed|s)?|reported)\s+)$",
    )
});

const FORMS: [(&str, &str); 4] = [("8", "K"), ("10", "K"), ("11", "K"), ("6", "K")];

fn factor(unit: &str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "thousand" | "k" => Some(1e3),
        "million" | "mn" | "mm" | "m" => Some(1e6),
        "billion" | "bn" | "b" => Some(1e9),
        "trillion" | "tn" => Some(1e12),
        _ => None,
    }
}

/// The figures of a text, in their order.
pub fn figures(text: &str) -> Vec<Written> {
    let dates: Vec<Range<usize>> = DATE.find_iter(text).map(|m| m.range()).collect();
    let mut out: Vec<Written> = Vec::new();
    // Where a number that names something ended.
    let mut named_to = None;
    for found in NUMBER.captures_iter(text) {
        let (Some(whole), Some(digits)) = (found.get(0), found.name("digits")) else {
            continue;
        };
        let at = digits.range();
        let plain = digits.as_str().trim_end_matches(',');
        let end = at.start + plain.len();
        let (before, behind) = (&text[..at.start], &text[end..]);
        let currency = found.name("currency").map(|m| m.as_str());
        let unit = found.name("unit").or(found.name("letter"));
        let is_plain = currency.is_none() && unit.is_none() && !plain.contains([',', '.']);
        let follows = |to: usize| {
            text.get(to..at.start)
                .is_some_and(|own| LISTED.is_match(own))
        };
        if is_plain && (NAMED.is_match(before) || named_to.is_some_and(follows)) {
            named_to = Some(end);
            continue;
        }
        // The form, as some write it.
        let is_form =
            currency.is_none() && FORMS.contains(&(plain, unit.map_or("", |m| m.as_str())));
        let in_date = dates.iter().any(|date| date.contains(&at.start));
        if in_date
            || is_form
            || currency.is_none() && is_none(before, behind, plain, unit.is_some())
        {
            continue;
        }
        let number = plain.replace(',', "");
        let Some(value) = number.parse().ok().filter(|v: &f64| v.is_finite()) else {
            continue;
        };
        let unit = unit.map_or("", |unit| unit.as_str());
        let scale = factor(unit);
        let decimals = number.split_once('.').map_or(0, |(_, rest)| rest.len());
        let is_small = number.len() < 2 && currency.is_none() && unit.is_empty();
        if is_small {
            continue;
        }
        // `2021-2022` is a range; a minus stands apart from what is before it.
        let apart = !text[..whole.start()].ends_with(|c: char| c.is_alphanumeric() || c == ')');
        let has_minus = apart && found.name("sign").is_some();
        let inner = found.name("inner").map_or("", |m| m.as_str());
        let is_bracketed = found.name("open").is_some() || inner.starts_with('(');
        let is_closed = is_bracketed && found.name("close").is_some();
        let before_all = &text[..whole.start()];
        let slack = [
            (&*ABOUT, Slack::About),
            (&*OVER, Slack::Over),
            (&*UNDER, Slack::Under),
        ];
        let slack = slack.iter().find(|(words, _)| words.is_match(before_all));
        let from = match (is_bracketed && !is_closed, found.name("open")) {
            // The bracket opens an aside that the figure begins.
            (true, Some(open)) => open.end(),
            _ => whole.start(),
        };
        let to = if unit.is_empty() && !is_closed {
            end
        } else {
            whole.end()
        };
        out.push(Written {
            range: from..to,
            digits: value,
            step: 10f64.powi(-(decimals as i32)),
            scale,
            is_percent: unit == "%" || unit.to_ascii_lowercase().starts_with('p'),
            currency: currency.and_then(|own| own.chars().next_back()),
            is_negative: has_minus
                || inner.starts_with(['-', '–', '−'])
                || is_closed && inner.starts_with('(')
                || is_closed && STATED.is_match(before_all),
            slack: slack.map_or(Slack::Rounded, |(_, slack)| *slack),
        });
    }
    share_units(&mut out, text);
    out
}

/// True for a number without a currency that is no figure: a part of a word, a year, a day, an
/// ordinal, the mark of a list. `behind` it a word that is no unit makes a part of a word of it.
fn is_none(before: &str, behind: &str, plain: &str, has_unit: bool) -> bool {
    let last = before.chars().next_back();
    let in_word = last.is_some_and(|c| c.is_alphanumeric() || "_'’#.".contains(c))
        || last == Some('-') && before[..before.len() - 1].ends_with(char::is_alphabetic);
    let mut rest = behind.chars();
    let next = match rest.next() {
        Some('-') => rest.next(),
        next => next,
    };
    // `2.5x` is a multiple.
    let opens_word = next.is_some_and(|c| c.is_alphabetic() && c != 'x') && !has_unit;
    let is_whole = plain.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = plain.parse().unwrap_or(u32::MAX);
    let is_year = is_whole && plain.len() == 4 && (1900..2100).contains(&number) && !has_unit;
    // The end of `2021–22`.
    let years = before.trim_end_matches(['-', '–', '/']);
    let ends_years = is_whole
        && plain.len() == 2
        && years.len() < before.len()
        && years.ends_with(|c: char| c.is_ascii_digit());
    let is_day = is_whole
        && number <= 31
        && !has_unit
        && (MONTH_BEFORE.is_match(before) || MONTH_BEHIND.is_match(behind));
    let opens_line = before
        .trim_end_matches([' ', '(', '*'])
        .chars()
        .next_back()
        .is_none_or(|c| c == '\n');
    let is_mark = opens_line
        && is_whole
        && number < 100
        && [". ", ") "].iter().any(|mark| behind.starts_with(mark));
    in_word || opens_word || is_year || ends_years || is_day || is_mark
}

/// Gives the first end of a range what is said behind its second: "$2.4 to $2.6 billion".
fn share_units(figures: &mut [Written], text: &str) {
    for at in (1..figures.len()).rev() {
        let (before, own) = figures.split_at_mut(at);
        let (Some(first), Some(second)) = (before.last_mut(), own.first()) else {
            continue;
        };
        let is_bare = first.scale.is_none() && !first.is_percent;
        let between = text.get(first.range.end..second.range.start);
        if is_bare && between.is_some_and(|text| BETWEEN.is_match(text)) {
            first.scale = second.scale;
            first.is_percent = second.is_percent && first.currency.is_none();
        }
    }
}

impl Written {
    /// True where nothing says what it counts.
    pub fn is_bare(&self) -> bool {
        self.scale.is_none() && !self.is_percent && self.currency.is_none()
    }

    /// True where a value, counted as the digits are, is rounded to the digits; an equal one is.
    pub fn is_rounding_of(&self, value: f64) -> bool {
        let value = value.abs();
        let near = 1e-13 * self.digits.max(1.0);
        let away = value - self.digits;
        if away.abs() <= near {
            return true;
        }
        // Nothing at all is no rounding of something.
        if self.digits == 0.0 {
            return false;
        }
        match self.slack {
            Slack::Rounded => away.abs() <= self.step / 2.0 + near,
            Slack::About => away.abs() <= self.wide_step() / 2.0 + near,
            Slack::Over => (-near..self.step).contains(&away),
            Slack::Under => away > -self.step && away <= near,
        }
    }

    /// What its last digit that is no zero stands for, the first one aside: `2,400` is rounded to hundreds.
    fn wide_step(&self) -> f64 {
        if self.step < 1.0 {
            return self.step;
        }
        let mut step = self.step;
        while (self.digits / (step * 10.0)).fract() == 0.0 && self.digits > step * 100.0 {
            step *= 10.0;
        }
        step
    }
}

#[cfg(test)]
#[path = "written_tests.rs"]
mod tests;
