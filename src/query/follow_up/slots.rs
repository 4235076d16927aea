//! Slots: what of a question a follow-up may change, and what it has for them.

use std::sync::LazyLock;

use regex::Regex;

use super::{AFTER, BEFORE, FULL_YEAR, ParsedQuestion, Surety};
use crate::pattern::compiled;
use crate::query::{Over, alias};

/// What opens a follow-up and stands before a name in it.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:(?:and|but|what about|how about|also|then|so|same|or|now|for|in|of|at|the|with|just|only)\s+)+",
    )
});
/// What a part is, behind its name.
static KIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\s+(?:segments?|divisions?|regions?|business(?:es)?|units?|products?|categor(?:y|ies)|alone|only|instead|too)$",
    )
});
/// Another company beside those that were asked about.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and\s+)?(?:vs\.?|versus|against|compared (?:to|with)|how (?:does|did) (?:it|that|this) compare|with|plus|add)\b",
    )
});

/// What a follow-up names.
pub struct Slots {
    /// The first company, as the library has it.
    pub company: Option<String>,
    /// A name that is a company's and of none of the library.
    pub stranger: Option<String>,
    /// A part of the company that was asked about.
    pub part: Option<String>,
    /// The company is asked about beside the others.
    pub is_beside: bool,
}

impl Slots {
    pub fn of(
        before: &ParsedQuestion,
        question: &ParsedQuestion,
        is_company: &dyn Fn(&str) -> bool,
    ) -> Self {
        let known = before.company_names();
        let company = question.company_names().into_iter().next();
        let is_stranger = |own: &&super::super::stranger::Stranger| {
            own.sure == Surety::Known || is_company(&own.name)
        };
        let stranger = question.strangers.iter().find(is_stranger);
        let known_to_all = || {
            let range = alias::well_known(&question.words).into_iter().next()?;
            let words = &question.words[range];
            Some(question.text[words.first()?.from..words.last()?.to].to_owned())
        };
        let stranger = stranger.map(|own| own.name.clone()).or_else(known_to_all);
        let stranger = stranger.filter(|_| company.is_none());
        // "And FedEx Ground?" is a part of the company that was asked about.
        let is_own = company.as_ref().is_none_or(|own| known.contains(own));
        let names_year = [&BEFORE, &AFTER, &FULL_YEAR]
            .iter()
            .any(|own| own.is_match(&question.text));
        let part = (is_own && stranger.is_none() && !known.is_empty() && !names_year)
            .then(|| part(question))
            .flatten();
        Self {
            company,
            stranger,
            part,
            is_beside: BESIDE.is_match(&question.text),
        }
    }

    /// The company that is asked about, in the library or not.
    pub fn other(&self) -> Option<&str> {
        self.company.as_deref().or(self.stranger.as_deref())
    }
}

/// What a follow-up names that nothing accounts for, as it stands there, without the company's own name.
fn part(question: &ParsedQuestion) -> Option<String> {
    let is_left = |text: &str| question.left_over.iter().any(|own| own == text);
    let own = question.words.iter().filter(|word| is_left(&word.text));
    let own: Vec<_> = own.collect();
    let (first, last) = (own.first()?, own.last()?);
    // What nothing accounts for is a name where it is all that the question says.
    let rest = OPENING.replace(&question.text, "");
    let said = &question.text[first.from..last.to];
    let plain = rest.trim().trim_end_matches(['?', '.', '!', ' ']);
    let plain = KIND.replace(plain, "");
    let plain = plain.trim_end_matches("'s").trim_end_matches("’s");
    plain.ends_with(said).then(|| said.to_owned())
}

/// A figure's question of these companies, this part and these periods; none where the earlier one asks for more than
/// a figure of each.
pub fn composed(
    before: &ParsedQuestion,
    companies: &[String],
    part: Option<&str>,
    periods: &[String],
) -> Option<String> {
    let task = before
        .task
        .as_ref()
        .filter(|task| task.over == Over::Each)?;
    let subjects = task.subjects.iter().map(|own| own.name.as_str());
    let mut what: Vec<&str> = part.into_iter().collect();
    let subjects = subjects.collect::<Vec<_>>().join(" and ");
    what.push(&subjects);
    let when = match periods {
        [] => String::new(),
        periods => format!(" in {}", periods.join(" ")),
    };
    Some(format!(
        "What was {} of {}{when}?",
        what.join(" "),
        companies.join(" and ")
    ))
}
