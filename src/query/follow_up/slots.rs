//! Slots: what of a question a follow-up may change, and what it has for them.

use std::sync::LazyLock;

use regex::Regex;

use super::{ParsedQuestion, Surety};
use crate::pattern::compiled;
use crate::query::word::{is_in, words};
use crate::query::{Over, alias};

/// Another company beside those that were asked about.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and\s+)?(?:vs\.?|versus|against|compared (?:to|with)|how (?:does|did) (?:it|that|this) compare|with|plus|add)\b",
    )
});

/// What a follow-up names.
pub struct Slots {
    /// The companies, as the library has them.
    pub companies: Vec<String>,
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
        let companies = question.company_names();
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
        let stranger = stranger.filter(|_| companies.is_empty());
        // "And FedEx Ground?" is a part of the company that was asked about.
        let is_own = companies.iter().all(|own| known.contains(own));
        let part = (is_own && stranger.is_none() && !known.is_empty())
            .then(|| part(question))
            .flatten();
        Self {
            companies,
            stranger,
            part,
            is_beside: BESIDE.is_match(&question.text),
        }
    }

    /// The company that is asked about, in the library or not.
    pub fn other(&self) -> Option<&str> {
        self.companies
            .first()
            .or(self.stranger.as_ref())
            .map(String::as_str)
    }
}

/// Words that only lead to what a follow-up switches to.
const LEADING: &str = "and but what about how also then so same or now for in of at the with just only on to from vs versus \
    against compared fy fiscal year years quarter quarters full whole entire annual annually before after prior previous \
    preceding next following earlier later last this that one a an it its was were is are did do does same again please \
    instead alone too segment segments division region business unit product first second third fourth ended ending \
    month months six nine add overall total company consolidated plus both over past two three four five since between through until till by during";

/// True where a follow-up says nothing but where to: a company, a part, a period. Whatever else it says is asked, too.
pub fn only_switches(question: &ParsedQuestion, slots: &Slots) -> bool {
    let names = |text: &str| {
        let own = question.companies.iter().map(|own| own.written.as_str());
        let all = own
            .chain(slots.stranger.as_deref())
            .chain(slots.part.as_deref());
        let mut all = all.flat_map(words);
        all.any(|word| word.text.eq_ignore_ascii_case(text))
    };
    question.words.iter().all(|word| {
        let text = word.text.as_str();
        is_in(LEADING, text) || question.period.is_word(text) || is_year(text) || names(text)
    })
}

/// `2021`, `FY21`, `Q3`, `2H`.
fn is_year(text: &str) -> bool {
    static YEAR: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)^(?:(?:fy)?(?:19|20)\d\d|fy\d\d|[qh]\d|\d[qh])$"));
    YEAR.is_match(text)
}

/// What a follow-up names that nothing accounts for, as it stands there: one stretch of words beside others that only
/// lead to it.
fn part(question: &ParsedQuestion) -> Option<String> {
    let is_left =
        |text: &str| question.left_over.iter().any(|own| own == text) && !is_in(LEADING, text);
    let places = 0..question.words.len();
    let left: Vec<usize> = places
        .filter(|at| is_left(&question.words[*at].text))
        .collect();
    let (mut first, last) = (*left.first()?, *left.last()?);
    // "Data" may be a word of form, and is a name's here.
    let is_name = |word: &crate::query::word::Word| {
        word.text.starts_with(char::is_uppercase) && !is_in(LEADING, &word.text)
    };
    let is_company = |text: &str| {
        question
            .companies
            .iter()
            .any(|own| own.written.contains(text))
    };
    while let Some(before) = first.checked_sub(1).map(|at| &question.words[at])
        && is_name(before)
        && !is_company(&before.text)
        && first + left.len() > last
    {
        first -= 1;
    }
    // "Europe, Middle East and Africa".
    let is_one = last - first < left.len() + 2;
    let said = &question.text[question.words[first].from..question.words[last].to];
    let asks = said
        .split_whitespace()
        .any(|word| is_in("why how what who which when where", word));
    (is_one && !asks).then(|| said.to_owned())
}

/// A figure's question of these companies, this part and these periods; none where the earlier one asks for more than
/// a figure of each.
pub fn composed(
    before: &ParsedQuestion,
    companies: &[String],
    part: Option<&str>,
    when: &str,
) -> Option<String> {
    let subjects = match (&before.task, before.measures.as_slice()) {
        (Some(task), _) if task.over == Over::Each => {
            let own = task.subjects.iter().map(|own| own.name.as_str());
            own.collect::<Vec<_>>().join(" and ")
        }
        // Of a part its figure may be worked out otherwise.
        (None, [own]) if before.intent().is_of_figure() => own.written.clone(),
        _ => return None,
    };
    let mut what: Vec<&str> = part.into_iter().collect();
    what.push(&subjects);
    Some(format!(
        "What was {} of {} {when}?",
        what.join(" "),
        companies.join(" and ")
    ))
}
