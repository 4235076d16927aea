//! The standalone question: what a follow-up asks, with what it leaves to the question before it.
//! "And in 2022?" is the same question of another year, "and for Calder?" of another company.

use std::sync::LazyLock;

use regex::Regex;

use super::ParsedQuestion;
use crate::pattern::compiled;

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

/// `question` as it would be asked without `before`, the one that it follows.
pub fn standalone(before: &ParsedQuestion, question: &ParsedQuestion) -> String {
    let text = question.text.as_str();
    let is_short = text.split_whitespace().count() <= SHORT;
    let opens = OPENS.is_match(text);
    if is_short && question.measures.is_empty() && (opens || question.names_documents()) {
        return moved(before, question);
    }
    let names = before.company_names();
    let lacks_company = question.companies.is_empty() && !names.is_empty();
    let leans = opens || REFERS.is_match(text) || is_short;
    if !(lacks_company && leans) {
        return text.to_owned();
    }
    let mut out = format!(
        "{} ({}",
        text.trim_end_matches(['?', ' ']),
        names.join(", ")
    );
    if question.period.is_empty() {
        let periods = before.period.labels();
        out.extend(periods.iter().map(|period| format!(", {period}")));
    }
    out.push_str(")?");
    out
}

/// The earlier question with the year or the company of the new one.
fn moved(before: &ParsedQuestion, question: &ParsedQuestion) -> String {
    let mut out = before.text.clone();
    let (new, old) = (&question.period.years, &before.period.years);
    // A quarter, a day or a report is no other year of the same question.
    let is_other = !question.period.is_empty() && !question.period.is_years();
    if let (Some(new), Some(last), false) = (new.last(), old.last(), is_other) {
        let by = new - last;
        // All of its years move by as much: "from 2020 to 2022" becomes "from 2021 to 2023".
        out = YEAR
            .replace_all(&out, |found: &regex::Captures<'_>| {
                let year: i32 = found[1].parse().unwrap_or_default();
                found[0].replace(&found[1], &(year + by).to_string())
            })
            .into_owned();
    } else if let (Some(new), false) = (new.last(), is_other) {
        out = format!("{} in FY{new}?", out.trim_end_matches(['?', ' ', '.']));
    }
    let (new, old) = (question.company_names(), before.company_names());
    if let (Some(new), Some(old)) = (new.first(), old.first())
        && new != old
    {
        out = of_company(&out, old, new);
    }
    if is_other {
        return format!("{} ({out})", question.text.trim());
    }
    if out == before.text {
        // Nothing of it was understood as a year or a name: both are asked.
        return format!("{} ({})", question.text.trim(), before.text.trim());
    }
    out
}

/// A question about `old` as one about `new`.
fn of_company(question: &str, old: &str, new: &str) -> String {
    let short = old.split_whitespace().next().unwrap_or(old);
    let written = [old, short]
        .into_iter()
        .find(|name| question.contains(name));
    match written {
        Some(name) => question.replacen(name, new, 1),
        None => format!("{} ({new})?", question.trim_end_matches(['?', ' ', '.'])),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CompanyMention;
    use super::super::period::Period;
    use super::*;

    fn parse(text: &str, company: &str) -> ParsedQuestion {
        let mention = |name: &str| CompanyMention {
            written: name.to_owned(),
            names: vec![name.to_owned()],
            documents: Vec::new(),
            period: None,
        };
        ParsedQuestion {
            text: text.to_owned(),
            companies: (!company.is_empty())
                .then(|| mention(company))
                .into_iter()
                .collect(),
            period: Period::parse(text),
            ..ParsedQuestion::default()
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
                "What was Calder's revenue in Q1 2023?",
                "and in Q2 2022?",
                "",
                "and in Q2 2022? (What was Calder's revenue in Q1 2023?)",
            ),
            (
                "Who audits Calder?",
                "why so?",
                "",
                "why so? (Who audits Calder?)",
            ),
        ] {
            let whole = moved(&parse(before, "Calder"), &parse(question, own));
            assert_eq!(whole, expected, "{question}");
        }
    }
}
