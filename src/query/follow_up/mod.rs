//! The standalone question: what a follow-up asks, with what it leaves to the question before it.
//! "And in 2022?" is the same question of another year, "and for Calder?" of another company, "and EMEA?" of another
//! part, "why?" asks for the cause of what was asked.

mod moved;
mod short;
mod slots;

use std::sync::LazyLock;

use regex::Regex;

use super::stranger::Surety;
use super::{Over, ParsedQuestion};
use crate::pattern::compiled;
use moved::{OVERALL, before_part, moved};
use slots::Slots;

/// How a follow-up begins that leaves something out.
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and|but|what about|how about|also|then|so|same|or|vs\.?|versus|against|compared (?:to|with)|with|now|plus)\b",
    )
});
static REFERS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:it|its|they|their|them|this|that|these|those|the company|the same)\b")
});
/// A question for the cause of what was asked before, and nothing else.
static WHY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and\s+|but\s+)?(?:why(?:\s+(?:so|not|is that|was that|is this|did (?:it|that|this) (?:happen|change|go (?:up|down)|rise|fall|grow|drop|increase|decrease)))?|how come|what (?:drove|caused|explains|is behind|was behind) (?:it|that|this)(?:\s+(?:change|increase|decrease|decline|growth|drop|rise))?)\s*[?.!]*\s*$",
    )
});
/// "And the year before?", "and two years earlier?"
static EARLIER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\s*(?:\b(?:in|for)\s+)?\b(?:(?:the\s+)?(?:previous|prior|preceding)\s+(?:fiscal\s+)?year|(?P<by>the|an?|one|two|three|four|five)\s+years?\s+(?:before(?:\s+that)?|earlier|ago))\b",
    )
});
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:the\s+)?(?:next|following)\s+(?:fiscal\s+)?year|(?:the|a|one)\s+year\s+(?:after|later))\b",
    )
});
/// "And for the full year?", after a quarter.
static FULL_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:full|whole|entire|complete)[\s-]+(?:fiscal\s+)?year\b|\bannual(?:ly)?\b|\bfor the (?:fiscal )?year\b",
    )
});
/// A question after the first of several.
static FIRST: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bwhich\b"));
/// A margin that is not said of what.
static MARGIN: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:the|its|their)\s+margins?\b|^\s*(?:and\s+)?margins?\b"));
/// A question that was put before another one, in parentheses.
static LEANING: LazyLock<Regex> = LazyLock::new(|| compiled(r"^[^()]*\? \((.+\?)\)\??$"));
/// A follow-up of so few words may say no more than a year or a name.
const SHORT: usize = 7;

/// `question` as it would be asked without `before`, the one that it follows. `is_company` knows a name that is like
/// that of a company of the library.
pub fn standalone(
    before: &ParsedQuestion,
    question: &ParsedQuestion,
    is_company: &dyn Fn(&str) -> bool,
) -> String {
    let text = question.text.as_str();
    if WHY.is_match(text) {
        return why(before, text);
    }
    if let Some(whole) = share(before, question).or_else(|| short::short(before, question)) {
        return whole;
    }
    let slots = Slots::of(before, question, is_company);
    let is_short = text.split_whitespace().count() <= SHORT;
    let opens = OPENS.is_match(text);
    let names_one = question.names_documents()
        || slots.stranger.is_some()
        || [&EARLIER, &AFTER, &FULL_YEAR]
            .iter()
            .any(|own| own.is_match(text));
    let names_margin = MARGIN.is_match(text) && question.measures.is_empty();
    let switches = is_short && question.measures.is_empty() && !names_margin;
    if switches && (opens || names_one) {
        return moved(before, question, &slots);
    }
    let names = before.company_names();
    // A company that the library lacks is not the one before.
    let names_nobody = question.companies.is_empty() && slots.stranger.is_none();
    let lacks_company = names_nobody && !names.is_empty();
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
    // Which part was the first nobody knows here: it is asked for as such, and no figure of the company for it.
    let is_of_first = FIRST.is_match(&before.text) && lacks_company && REFERS.is_match(text);
    // "Its margin" is that of the part that was asked for.
    let is_other_part = slots.part.is_some() && !REFERS.is_match(text) && !names_margin;
    let is_of_part = !is_other_part && !OVERALL.is_match(text);
    // A name that is nobody's here is asked about all the same, lest anybody answers for it.
    let part = before_part(before).filter(|_| names_nobody && is_of_part);
    // "Its full-year net income", after a quarter.
    let year = before.period.last().filter(|_| before.period.has_parts());
    let full = year.filter(|_| FULL_YEAR.is_match(text));
    let (whole, earlier) = match full {
        Some(_) => (FULL_YEAR.replace(&whole, "").into_owned(), full),
        None => earlier(before, &whole),
    };
    match earlier.filter(|_| lacks_period) {
        Some(year) => behind.push(format!("FY{year}")),
        None if lacks_period => behind.extend(before.period.labels()),
        None => {}
    }
    let part = part.or(is_of_first.then(|| "that segment".to_owned()));
    let of = part.map_or(String::new(), |part| format!(" of {part}"));
    let asked = whole.trim_end_matches(['?', ' ']);
    format!("{asked}{of} ({})?", behind.join(", "))
}

/// A question without the words that set it some years before the earlier one, and the year that they mean.
fn earlier(before: &ParsedQuestion, text: &str) -> (String, Option<i32>) {
    match (years_back(text), before.period.last()) {
        (Some(by), Some(year)) => (EARLIER.replace(text, "").into_owned(), Some(year - by)),
        _ => (text.to_owned(), None),
    }
}

/// By how many years a follow-up goes back.
fn years_back(text: &str) -> Option<i32> {
    let found = EARLIER.captures(text)?;
    let by = found.name("by").map(|by| by.as_str().to_lowercase());
    Some(match by.as_deref() {
        Some("two") => 2,
        Some("three") => 3,
        Some("four") => 4,
        Some("five") => 5,
        _ => 1,
    })
}

/// Both questions, where nothing else is understood; of one that leaned on another the one that it leaned on.
fn both(before: &ParsedQuestion, text: &str) -> String {
    // What was first is no answer to what is asked next.
    if FIRST.is_match(&before.text) {
        let mut behind = before.company_names();
        behind.extend(before.period.labels());
        return format!("{} ({})", text.trim(), behind.join(", "));
    }
    let own = before.text.trim();
    let topic = LEANING.captures(own).and_then(|found| found.get(1));
    format!(
        "{} ({})",
        text.trim(),
        topic.map_or(own, |topic| topic.as_str()).trim()
    )
}

/// "As a percentage of revenue?", after a figure.
fn share(before: &ParsedQuestion, question: &ParsedQuestion) -> Option<String> {
    static SHARE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:and\s+)?(?:(?:in|for)\s+(?:fy\s*|fiscal\s+)?(?:19|20)\d\d\s*,?\s+)?(?:as|what)\s+(?:an?\s+)?(?:percent(?:age)?|share|proportion|%)\s+of\s+(.+?)(?:\s+(?:is|was|does|did)\s+(?:it|that|this)\b.*)?[?.\s]*$",
        )
    });
    static WHEN: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\s+(?:in|for|during)\s+(?:the\s+)?(?:fy|fiscal|q[1-4]|(?:19|20)\d\d|first|second|third|fourth|last|prior|previous|year).*$",
        )
    });
    let whole = SHARE.captures(&question.text)?;
    let whole = WHEN.replace(&whole[1], "");
    let of_own = !question.period.is_empty();
    if !of_own && EARLIER.is_match(&question.text) {
        return None;
    }
    let task = before
        .task
        .as_ref()
        .filter(|task| task.over == Over::Each)?;
    let [subject] = task.subjects.as_slice() else {
        return None;
    };
    let mut what = before_part(before).map_or(String::new(), |part| format!("{part} "));
    what.push_str(&subject.name);
    let (companies, when) = (
        before.company_names().join(" and "),
        when(if of_own { question } else { before }),
    );
    Some(format!(
        "What was {what} as a percentage of {whole} of {companies}{when}?"
    ))
}

/// ` in FY2023`, where a question names a period.
fn when(before: &ParsedQuestion) -> String {
    match before.period.labels().as_slice() {
        [] => String::new(),
        periods => format!(" in {}", periods.join(" ")),
    }
}

/// The question for the cause of what was asked before.
fn why(before: &ParsedQuestion, text: &str) -> String {
    let companies = before.company_names();
    let what: Vec<&str> = before
        .measures
        .iter()
        .map(|own| own.written.as_str())
        .collect();
    if what.is_empty() || companies.is_empty() {
        return both(before, text);
    }
    let mut part = before
        .task
        .as_ref()
        .map_or(Vec::new(), |task| task.part.clone());
    part.push(what.join(" and "));
    format!(
        "Why did {} of {} change{}?",
        part.join(" "),
        companies.join(" and "),
        when(before)
    )
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
                "What was Calder's capex in FY2023?",
                "and two years before that?",
                "",
                "What was Calder's capex in FY2021?",
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
            (
                "why so? (Who audits Calder?)",
                "and where?",
                "",
                "and where? (Who audits Calder?)",
            ),
        ] {
            let (before, asked) = (parse(before, "Calder"), parse(question, own));
            let whole = standalone(&before, &asked, &|_| false);
            assert_eq!(whole, expected, "{question}");
        }
    }
}
