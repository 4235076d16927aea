//! Short follow-ups, which name a figure only in the light of the one before: "per share?", "and the profit?", "how much
//! did it change?"

use std::sync::LazyLock;

use regex::Regex;

use super::moved::before_part;
use super::{ParsedQuestion, when};
use crate::pattern::compiled;
use crate::query::Over;

static PER_SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and|what about|how about)?\s*(?:(?:what (?:is|was) )?(?:it|that)\s+)?(?:(?P<of>diluted|basic)(?:\s+per share)?|per (?:(?:diluted|basic) )?share)\s*[?.]*\s*$",
    )
});
/// What people call a line of the income statement in passing, and its name.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and|but|what about|how about)\s+(?:the|its|their)\s+(?:(?P<profit>profits?|loss(?:es)?|earnings|bottom line)|(?P<debt>debts?)|(?P<tax>tax(?:es)?)|(?P<cost>costs?(?: of (?:it|that|this|those))?)|(?P<sales>top line|sales|turnover))\s*[?.]*\s*$",
    )
});
static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and\s+|but\s+)?(?:(?:by\s+)?how much (?:did|has) (?:it|that|this|they) (?:chang|grow|grew|grown|ris|rose|fall|fell|increas|decreas|drop|declin|go)\w*(?: (?:up|down))?|what was (?:the|its) (?:change|growth))\b[^?]*[?.]*\s*$",
    )
});

/// The whole question that a short one means after `before`; none where it is no such question.
pub fn short(before: &ParsedQuestion, question: &ParsedQuestion) -> Option<String> {
    let text = question.text.as_str();
    let companies = before.company_names();
    if companies.is_empty() || !question.companies.is_empty() {
        return None;
    }
    if let Some(whole) = compared(before, text) {
        return Some(whole);
    }
    if !question.period.is_empty() {
        return None;
    }
    let (of, when) = (companies.join(" and "), when(before));
    let subject = subject(before);
    if CHANGED.is_match(text) {
        let part = before_part(before).map_or(String::new(), |part| format!("{part} "));
        return Some(format!(
            "By how much did the {part}{} of {of} change{when}?",
            subject?
        ));
    }
    // Of a part there is no share.
    if let Some(found) = PER_SHARE
        .captures(text)
        .filter(|_| before_part(before).is_none())
    {
        let is_basic = found
            .name("of")
            .is_some_and(|of| of.as_str().eq_ignore_ascii_case("basic"));
        let lower = subject?.to_lowercase();
        if lower.contains("dividend") {
            return Some(format!(
                "What were the dividends declared per share of {of}{when}?"
            ));
        }
        let is_income = [
            "net income",
            "net earnings",
            "net loss",
            "earnings per share",
            "eps",
        ];
        let is_income = is_income.iter().any(|name| lower.contains(name));
        let kind = if is_basic { "basic" } else { "diluted" };
        return is_income
            .then(|| format!("What were the {kind} earnings per share of {of}{when}?"));
    }
    let found = CALLED
        .captures(text)
        .filter(|_| !before.measures.is_empty())?;
    let has = |name: &str| found.name(name).is_some();
    // A part of a company has a profit of its own, and seldom costs.
    let Some(part) = before_part(before) else {
        let what = match (has("profit"), has("cost"), has("sales"), has("debt")) {
            (true, ..) => "net income",
            (_, true, ..) => "cost of sales",
            (_, _, true, _) => "revenue",
            (.., true) => "total debt",
            _ => "income tax expense",
        };
        return Some(format!("What was the {what} of {of}{when}?"));
    };
    let what = match (has("profit"), has("cost"), has("sales")) {
        (true, ..) => "operating income",
        (_, true, _) => "costs",
        (.., true) => "revenue",
        _ => return None,
    };
    Some(format!("What was the {part} {what} of {of}{when}?"))
}

/// "How did that compare with 2021?", after a figure of one year.
fn compared(before: &ParsedQuestion, text: &str) -> Option<String> {
    static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:and\s+)?how (?:did|does) (?:that|it|this) compare (?:with|to) (?:fy\s*|fiscal(?: year)?\s+)?((?:19|20)\d\d)\s*[?.]*\s*$",
        )
    });
    let found = COMPARED.captures(text)?;
    let (&[year], true) = (before.period.years.as_slice(), before.period.is_years()) else {
        return None;
    };
    let (what, part) = (subject(before)?, before_part(before));
    let what = part.map_or(what.clone(), |part| format!("{part} {what}"));
    let of = before.company_names().join(" and ");
    Some(format!(
        "What was the {what} of {of} in FY{} and FY{year}?",
        &found[1]
    ))
}

/// The one figure that a question asks for, by its name.
fn subject(before: &ParsedQuestion) -> Option<String> {
    match (&before.task, before.measures.as_slice()) {
        (Some(task), _) if task.over == Over::Each => match task.subjects.as_slice() {
            [own] => Some(own.name.clone()),
            _ => None,
        },
        (None, [own]) if before.intent().is_of_figure() => Some(own.written.clone()),
        _ => None,
    }
}
