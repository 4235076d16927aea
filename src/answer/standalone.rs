//! The standalone question: what a follow-up asks, with what it leaves to the question before it.
//! "And in 2022?" is the same question of another year, "and for Calder?" of another company.

use std::sync::LazyLock;

use regex::Regex;

use super::Result;
use crate::chunk::table::compiled;
use crate::retrieve::lexicon::Named;
use crate::retrieve::name::words;
use crate::retrieve::scope::Scope;
use crate::retrieve::{Retriever, period};

/// How a follow-up begins that leaves something out.
static OPENS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^\s*(?:and|but|what about|how about|also|then|so|same|or)\b"));
static REFERS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:it|its|they|their|them|this|that|these|those|the company|the same)\b")
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:fy\s*|fiscal(?:\s+year)?\s*)?((?:19|20)\d\d)\b"));
/// A follow-up of so few words may say no more than a year or a name.
const SHORT: usize = 7;

/// `question` as it would be asked without `before`.
pub fn standalone(retriever: &Retriever, before: Option<&str>, question: &str) -> Result<String> {
    let Some(before) = before.filter(|before| !before.trim().is_empty()) else {
        return Ok(question.to_owned());
    };
    let scope = |text: &str| retriever.scope(text);
    let (own, earlier) = (scope(question), scope(before));
    let lexicon = retriever.lexicon()?;
    let is_subject = |(_, named): &(std::ops::Range<usize>, Named)| {
        matches!(named, Named::Measure(_) | Named::Item(_))
    };
    let has_subject = lexicon.named(&words(question)).iter().any(is_subject);
    let is_short = question.split_whitespace().count() <= SHORT;
    if is_short && !has_subject && (OPENS.is_match(question) || !own.is_empty()) {
        return Ok(moved(before, question, &own, &earlier));
    }
    let lacks_company = own.companies.is_empty() && !earlier.companies.is_empty();
    let leans = OPENS.is_match(question) || REFERS.is_match(question) || is_short;
    if !(lacks_company && leans) {
        return Ok(question.to_owned());
    }
    let mut out = format!(
        "{} ({}",
        question.trim_end_matches(['?', ' ']),
        earlier.companies.join(", ")
    );
    if period::of(question).is_empty() {
        let years = period::of(before).years;
        out.extend(years.iter().map(|year| format!(", FY{year}")));
    }
    out.push_str(")?");
    Ok(out)
}

/// The earlier question with the year or the company of the new one.
fn moved(before: &str, question: &str, own: &Scope, earlier: &Scope) -> String {
    let mut out = before.to_owned();
    let (new, old) = (period::of(question).years, period::of(before).years);
    if let (Some(new), false) = (new.last(), old.is_empty()) {
        let last = old.last().copied().unwrap_or_default();
        let by = new - last;
        // All of its years move by as much: "from 2020 to 2022" becomes "from 2021 to 2023".
        out = YEAR
            .replace_all(&out, |found: &regex::Captures<'_>| {
                let year: i32 = found[1].parse().unwrap_or_default();
                found[0].replace(&found[1], &(year + by).to_string())
            })
            .into_owned();
    } else if let Some(new) = new.last() {
        out = format!("{} in FY{new}?", out.trim_end_matches(['?', ' ', '.']));
    }
    if let (Some(new), Some(old)) = (own.companies.first(), earlier.companies.first())
        && new != old
    {
        let short = old.split_whitespace().next().unwrap_or(old);
        let said = if out.contains(old.as_str()) {
            old.as_str()
        } else {
            short
        };
        out = match out.contains(said) {
            true => out.replacen(said, new, 1),
            false => format!("{} ({new})?", out.trim_end_matches(['?', ' ', '.'])),
        };
    }
    match out == before {
        // Nothing of it was understood as a year or a name: both are asked.
        true => format!("{} ({})", question.trim(), before.trim()),
        false => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(company: &str) -> Scope {
        Scope {
            companies: (!company.is_empty())
                .then(|| company.to_owned())
                .into_iter()
                .collect(),
            ..Scope::default()
        }
    }

    #[test]
    fn the_earlier_question_moves_to_another_year_or_company() {
        for (before, question, own, expected) in [
            (
                "What was Calder's capex in FY2023?",
                "and in 2022?",
                "",
                "What was Calder's capex in FY2022?",
            ),
            (
                "How did Calder's sales grow from 2020 to 2022?",
                "and to 2023?",
                "",
                "How did Calder's sales grow from 2021 to 2023?",
            ),
            (
                "What was Calder's capex?",
                "in 2022?",
                "",
                "What was Calder's capex in FY2022?",
            ),
            (
                "What was Calder's capex in 2023?",
                "and Lumetra's?",
                "Lumetra",
                "What was Lumetra's capex in 2023?",
            ),
            (
                "Who audits Calder?",
                "why so?",
                "",
                "why so? (Who audits Calder?)",
            ),
        ] {
            let moved = moved(before, question, &of(own), &of("Calder"));
            assert_eq!(moved, expected, "{question}");
        }
    }
}
