//! Relative periods: what a question names by its place in time, `last year`, `the latest quarter`,
//! `the most recent 10-Q`; which it is, the library's own documents say.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::form;
use super::super::word::words;
use crate::pattern::compiled;

/// The newest of something that the library has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relative {
    LastYear,
    LatestQuarter,
    /// The newest document of a form.
    LatestReport(String),
}

impl Relative {
    /// `last year`, `latest quarter`, `latest 10-Q`.
    pub fn label(&self) -> String {
        match self {
            Relative::LastYear => "last year".to_owned(),
            Relative::LatestQuarter => "latest quarter".to_owned(),
            Relative::LatestReport(form) if form == "earnings" => {
                "latest earnings release".to_owned()
            }
            Relative::LatestReport(form) => format!("latest {form}"),
        }
    }
}

static REPORT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:latest|newest|last|most\s+recent(?:ly)?)\s+(?:(?:filed|available|published|sec|form|annual|quarterly|interim|report|on|company)\s+){0,5}?(?P<form>10-?k|10-?q|20-?f|40-?f|6-?k|8-?k|annual\s+(?:report|filing)|quarterly\s+(?:report|filing)|interim\s+report|earnings\s+(?:release|report|call)|press\s+release|proxy\s+statement)\b",
    )
});
static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:latest|newest|last|past|current|this|most\s+recent(?:ly)?)\s+(?:(?:reported|completed|ended|fiscal|full)\s+)*quarter\b",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:latest|newest|last|past|most\s+recent(?:ly)?)\s+(?:(?:reported|completed|complete|ended|full|fiscal|financial)\s+)*year\b",
    )
});
/// A stretch of time and not a period of its own: "over the last year", "the same period last year".
static NOT_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:over|since|throughout|within|than|from|against|versus|vs\.?|to|with)\s+(?:the\s+|those\s+of\s+)?|(?:period|quarter|months|time|half|point)\s+(?:in\s+)?(?:the\s+)?)$",
    )
});
/// The last year of a term is no report's.
static NOT_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:\s+of\s+(?:the|its|his|her|their|this|an?|each|every)\b|\s+(?:before|after|prior)\b)",
    )
});

/// The relative period that a text names: a report before a quarter before a year; `taken` are
/// stretches that name something else, "the last quarter of 2023".
pub fn parse(text: &str, taken: &[Range<usize>]) -> Option<Relative> {
    if let Some(found) = REPORT.captures(text) {
        return Some(Relative::LatestReport(form_of(&found["form"])));
    }
    let is_period = |m: &regex::Match<'_>| {
        let is_free = !taken.iter().any(|range| range.contains(&m.start()));
        is_free
            && !NOT_BEFORE.is_match(&text[..m.start()])
            && !NOT_BEHIND.is_match(&text[m.end()..])
    };
    if QUARTER.find_iter(text).any(|m| is_period(&m)) {
        return Some(Relative::LatestQuarter);
    }
    let has_year = YEAR.find_iter(text).any(|m| is_period(&m));
    has_year.then_some(Relative::LastYear)
}

/// The form that a report is called by.
fn form_of(name: &str) -> String {
    let is_annual = name.to_lowercase().starts_with("annual");
    let filing = if is_annual { "10-K" } else { "10-Q" };
    form::named(&words(name), name).unwrap_or_else(|| filing.to_owned())
}
