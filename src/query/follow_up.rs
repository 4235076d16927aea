//! The standalone question: what a follow-up asks, with what it leaves to the question before it.
//! "And in 2022?" is the same question of another year, "and for Calder?" of another company.

use std::sync::LazyLock;

use regex::Regex;

use super::{Over, ParsedQuestion};
use crate::pattern::compiled;

/// How a follow-up begins that leaves something out.
static OPENS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^\s*(?:and|but|what about|how about|also|then|so|same|or)\b"));
static REFERS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:it|its|they|their|them|this|that|these|those|the company|the same)\b")
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:fy\s*|fiscal(?:\s+year)?\s*)?((?:19|20)\d\d)\b"));
/// "And the year before?"
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:the\s+)?(?:previous|prior|preceding)\s+(?:fiscal\s+)?year|(?:the|a|one)\s+year\s+(?:before|earlier|ago))\b",
    )
});
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:the\s+)?(?:next|following)\s+(?:fiscal\s+)?year|(?:the|a|one)\s+year\s+(?:after|later))\b",
    )
});
/// A margin that is not said of what.
static MARGIN: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:the|its|their)\s+margins?\b|^\s*(?:and\s+)?margins?\b"));
/// A follow-up of so few words may say no more than a year or a name.
const SHORT: usize = 7;

/// `question` as it would be asked without `before`, the one that it follows.
pub fn standalone(before: &ParsedQuestion, question: &ParsedQuestion) -> String {
    let text = question.text.as_str();
    let is_short = text.split_whitespace().count() <= SHORT;
    let opens = OPENS.is_match(text);
    let names_one = question.names_documents() || BEFORE.is_match(text) || AFTER.is_match(text);
    let names_margin = MARGIN.is_match(text) && question.measures.is_empty();
    let switches = is_short && question.measures.is_empty() && !names_margin;
    if switches && (opens || names_one) {
        return moved(before, question);
    }
    let names = before.company_names();
    let lacks_company = question.companies.is_empty() && !names.is_empty();
    let lacks_period = question.period.is_empty() && !before.period.is_empty();
    let leans = opens || REFERS.is_match(text) || is_short;
    // Another measure of another company is asked of the same period.
    let leans_on_period = lacks_period && is_short && opens;
    if !leans || !lacks_company && !leans_on_period {
        return text.to_owned();
    }
    let whole = if names_margin {
        let margin = margin(before);
        MARGIN.replace(text, margin).into_owned()
    } else {
        text.to_owned()
    };
    let mut behind = if lacks_company { names } else { Vec::new() };
    // "Its margin" is that of the part that was asked for.
    let part = before.task.as_ref().map(|task| task.part.join(" "));
    let part = part.filter(|part| lacks_company && !part.is_empty());
    if lacks_period {
        behind.extend(before.period.labels());
    }
    let of = part.map_or(String::new(), |part| format!(" of {part}"));
    let asked = whole.trim_end_matches(['?', ' ']);
    format!("{asked}{of} ({})?", behind.join(", "))
}

/// Which margin goes with the figure that was asked for before.
fn margin(before: &ParsedQuestion) -> &'static str {
    let has = |word: &str| {
        let mut names = before.measures.iter().map(|own| own.name.to_lowercase());
        names.any(|name| name.contains(word))
    };
    if has("gross") {
        "gross margin"
    } else if has("net income") || has("net earnings") || has("profit margin") {
        "net profit margin"
    } else if has("ebitda") {
        "EBITDA margin"
    } else if has("free cash") {
        "free cash flow margin"
    } else {
        "operating margin"
    }
}

/// The earlier question with the period or the company of the new one.
fn moved(before: &ParsedQuestion, question: &ParsedQuestion) -> String {
    let mut out = before.text.clone();
    let (new, old) = (&question.period.years, &before.period.years);
    let text = question.text.as_str();
    // A quarter, a day or a report is no other year of the same question.
    let is_other = !question.period.is_empty() && !question.period.is_years();
    let shift = match (new.last(), old.last()) {
        _ if is_other => None,
        (Some(new), Some(old)) => Some(new - old),
        (None, Some(_)) if BEFORE.is_match(text) => Some(-1),
        (None, Some(_)) if AFTER.is_match(text) => Some(1),
        _ => None,
    };
    if let Some(by) = shift {
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
        return of_period(before, question, &out);
    }
    if out == before.text {
        // Nothing of it was understood as a year or a name: both are asked.
        return format!("{} ({})", question.text.trim(), before.text.trim());
    }
    out
}

/// The earlier question, `whole`, of a part of a year or a day: a figure is asked anew, for words both are asked.
fn of_period(before: &ParsedQuestion, question: &ParsedQuestion, whole: &str) -> String {
    let task = before.task.as_ref().filter(|task| task.over == Over::Each);
    let Some(task) = task else {
        return format!("{} ({whole})", question.text.trim());
    };
    let company = match question.company_names() {
        names if names.is_empty() => before.company_names(),
        names => names,
    };
    let subjects: Vec<&str> = task.subjects.iter().map(|own| own.name.as_str()).collect();
    let mut what = task.part.clone();
    what.push(subjects.join(" and "));
    let mut periods = question.period.labels();
    // "And in Q2?" is that of the same year.
    if let (true, Some(year)) = (question.period.years.is_empty(), before.period.last()) {
        periods.push(format!("FY{year}"));
    }
    format!(
        "What was {} of {} in {}?",
        what.join(" "),
        company.join(" and "),
        periods.join(" ")
    )
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
                "What was Calder's capex in FY2023?",
                "and the year before?",
                "",
                "What was Calder's capex in FY2022?",
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
