//! The earlier question, moved: to another year, another company, another part.

use std::sync::LazyLock;

use regex::Regex;

use super::slots::{Slots, composed, only_switches};
use super::{AFTER, FULL_YEAR, ParsedQuestion, both, years_back};
use crate::pattern::compiled;
use crate::query::nameless;
use crate::query::stranger::Surety;
use crate::query::word::is_in;

/// The first and the last of several.
static SUPERLATIVE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:most|least|(?:high|low|larg|small|great|bigg|fast|slow|strong|weak)est|best|worst)\b",
    )
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:fy\s*|fiscal(?:\s+year)?\s*)?((?:19|20)\d\d)\b"));

/// A stretch of time: "since 2019", "from 2020 to 2022", "over the last three years".
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:since|from|between|over|until|through)\b.*\d.*|\bover\b.*\byears\b")
});
static MONTHS: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\b(six|nine)\s+months\b"));
/// Time up to a year, or from it on, which are many years.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:before|after|until|till|prior to)\s+(?:fy\s*|fiscal\s+)?(?:19|20)\d\d")
});
/// All of the company, after a part of it.
pub(super) static OVERALL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:overall|in total|consolidated|(?:whole|entire|total) company|company as a whole)\b",
    )
});
/// "And in fiscal 2023?" is the year, whatever was asked before.
static FISCAL: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bfiscal\b|\bfy\s*\d"));

/// The earlier question with what the new one names in place of what it had.
pub fn moved(before: &ParsedQuestion, question: &ParsedQuestion, slots: &Slots) -> String {
    let text = question.text.as_str();
    let out = of_years(before, question);
    // "Best Buy" is not the best.
    let own = nameless(text, &question.companies, "");
    let earlier = nameless(&out, &before.companies, "");
    if let (Some(new), Some(old)) = (SUPERLATIVE.find(&own), SUPERLATIVE.find(&earlier)) {
        return out.replacen(old.as_str(), new.as_str(), 1);
    }
    if !only_switches(question, slots) || BOUND.is_match(text) {
        return leaning(before, question, slots);
    }
    let when = When::of(before, question);
    let is_overall = OVERALL.is_match(text);
    let is_plain = slots.part.is_none() && slots.companies.len() < 2 && !slots.is_beside;
    if !is_plain || is_overall || when.is_new_kind {
        let own = before_part(before).filter(|_| !is_overall && slots.other().is_none());
        let part = slots.part.clone().or(own);
        let asked = composed(
            before,
            &companies(before, slots),
            part.as_deref(),
            &when.text,
        );
        if let Some(asked) = asked {
            return asked;
        }
    }
    let out = match (&slots.part, slots.other()) {
        (Some(part), _) => match of_part(before, &out, part) {
            Some(out) => out,
            None => return leaning(before, question, slots),
        },
        (None, Some(new)) => of_company(before, slots, &out, new),
        (None, None) => out,
    };
    if out == before.text || when.is_new_kind {
        // Nothing of it was understood as a year or a name.
        return leaning(before, question, slots);
    }
    out
}

/// What a follow-up says, with the company and the period of the question before; where that asked for words, both.
fn leaning(before: &ParsedQuestion, question: &ParsedQuestion, slots: &Slots) -> String {
    if before.measures.is_empty() {
        return both(before, &question.text);
    }
    let mut behind = Vec::new();
    if slots.other().is_none() {
        behind.extend(companies(before, slots));
    }
    if question.period.is_empty() {
        behind.extend(before.period.labels());
    }
    let asked = question.text.trim().trim_end_matches(['?', ' ']);
    match behind.as_slice() {
        [] => question.text.clone(),
        behind => format!("{asked} ({})?", behind.join(", ")),
    }
}

/// The companies that a question is about, in the library or not.
fn known(before: &ParsedQuestion) -> Vec<String> {
    let mut known = before.company_names();
    if known.is_empty() {
        known.extend(before.strangers.iter().map(|own| own.name.clone()));
    }
    known
}

/// Whose figure a follow-up asks for: those that it names, beside the earlier ones where it says so.
fn companies(before: &ParsedQuestion, slots: &Slots) -> Vec<String> {
    let mut known = known(before);
    let mut new = slots.companies.clone();
    new.extend(slots.stranger.clone());
    match (new.is_empty(), slots.is_beside) {
        (true, _) => known,
        (false, true) => {
            new.retain(|own| !known.contains(own));
            known.extend(new);
            known
        }
        (false, false) => new,
    }
}

/// When a follow-up asks for.
struct When {
    /// `in FY2021`, `since 2019`; empty for no time.
    text: String,
    /// It is more than the earlier question in another year: a part of a year, a full year, a span, several years.
    is_new_kind: bool,
}

impl When {
    fn of(before: &ParsedQuestion, question: &ParsedQuestion) -> Self {
        let text = question.text.as_str();
        let at = |labels: &[String], is_new_kind: bool| Self {
            text: match labels {
                [] => String::new(),
                labels => format!("in {}", labels.join(" and ")),
            },
            is_new_kind,
        };
        let year = before.period.last();
        let is_back = years_back(text).is_some() || AFTER.is_match(text);
        let is_full = !is_back && FULL_YEAR.is_match(text);
        let has_parts = before.period.has_parts();
        if let Some(span) = SPAN.find(text) {
            let span = span.as_str().trim_end_matches(['?', '.', ' ']);
            return Self {
                text: span.to_owned(),
                is_new_kind: true,
            };
        }
        if let (Some(months), Some(year), true) = (MONTHS.captures(text), year, has_parts) {
            let months = format!("first {} months of FY{year}", months[1].to_lowercase());
            return at(&[months], true);
        }
        if !question.period.is_empty() && !question.period.is_years() {
            let mut labels = question.period.labels().join(" ");
            // "And in Q2?" is that of the same year.
            if let (true, Some(year)) = (question.period.years.is_empty(), year) {
                labels.push_str(&format!(" FY{year}"));
            }
            return at(&[labels], true);
        }
        let new = &question.period.years;
        let is_same_year =
            has_parts && new.last().is_some() && new.last() == before.period.years.last();
        let fiscal = |year: &i32| format!("FY{year}");
        let is_year = is_same_year || has_parts && FISCAL.is_match(text);
        if new.len() > 1 || is_year || is_full && has_parts && !new.is_empty() {
            return at(&new.iter().map(fiscal).collect::<Vec<_>>(), true);
        }
        if is_full && has_parts {
            return at(&year.iter().map(fiscal).collect::<Vec<_>>(), true);
        }
        match new.last() {
            Some(new) => at(&[fiscal(new)], false),
            None if is_back => {
                let by = years_back(text).map_or(1, |by| -by);
                at(
                    &year
                        .iter()
                        .map(|year| fiscal(&(year + by)))
                        .collect::<Vec<_>>(),
                    false,
                )
            }
            None => at(&before.period.labels(), false),
        }
    }
}

/// Words of a question that name no part.
const ASKING: &str = "why how what which who when where did change changed fell fall fallen rise rose risen grow grew \
    drop dropped increase increased decrease decreased decline declined come came happen happened";

/// The part of the company that a question names, whether its figure is worked out or not.
pub fn before_part(before: &ParsedQuestion) -> Option<String> {
    let part = match &before.task {
        Some(task) => task.part.join(" "),
        None if before.measures.is_empty() => String::new(),
        None => {
            let is_name = |text: &String| {
                let mut strangers = before.strangers.iter();
                strangers.any(|own| own.sure == Surety::Known && own.name.contains(text.as_str()))
            };
            let is_asking = |text: &str| is_in(ASKING, &text.to_lowercase());
            let own = before.left_over.iter();
            let own = own.filter(|text| !is_name(text) && !is_asking(text));
            own.cloned().collect::<Vec<_>>().join(" ")
        }
    };
    Some(part).filter(|part| !part.is_empty())
}

/// The earlier question in the new one's years.
fn of_years(before: &ParsedQuestion, question: &ParsedQuestion) -> String {
    let (new, old) = (&question.period.years, &before.period.years);
    let text = question.text.as_str();
    let shift = match (new.last(), old.last()) {
        (Some(new), Some(old)) => Some(new - old),
        (None, Some(_)) if years_back(text).is_some() => years_back(text).map(|by| -by),
        (None, Some(_)) if AFTER.is_match(text) => Some(1),
        _ => None,
    };
    if let Some(by) = shift {
        // All of its years move by as much: "from 2020 to 2022" becomes "from 2021 to 2023".
        let moved = |found: &regex::Captures<'_>| {
            let year: i32 = found[1].parse().unwrap_or_default();
            found[0].replace(&found[1], &(year + by).to_string())
        };
        return YEAR.replace_all(&before.text, moved).into_owned();
    }
    match new.last() {
        Some(new) => {
            let asked = before.text.trim_end_matches(['?', ' ', '.']);
            format!("{asked} in FY{new}?")
        }
        None => before.text.clone(),
    }
}

/// A question of another company, or of that one as well.
fn of_company(before: &ParsedQuestion, slots: &Slots, question: &str, new: &str) -> String {
    let known = known(before);
    let Some(old) = known.first() else {
        return format!("{} ({new})?", question.trim_end_matches(['?', ' ', '.']));
    };
    if known.iter().any(|own| own == new) && (known.len() == 1 || slots.is_beside) {
        return question.to_owned();
    }
    if let (false, [first, .., last]) = (slots.is_beside, before.companies.as_slice())
        && let (Some(from), Some(to)) =
            (question.find(&first.written), question.find(&last.written))
        && from < to
    {
        // In place of all of them.
        return format!(
            "{}{new}{}",
            &question[..from],
            &question[to + last.written.len()..]
        );
    }
    let with = match slots.is_beside {
        true => format!("{old} and {new}"),
        false => new.to_owned(),
    };
    let short = old.split_whitespace().next().unwrap_or(old);
    let written = before.companies.first().map(|own| own.written.as_str());
    let names = written.into_iter().chain([old.as_str(), short]);
    match names.into_iter().find(|name| question.contains(name)) {
        Some(name) => question.replacen(name, &with, 1),
        None => format!("{} ({with})?", question.trim_end_matches(['?', ' ', '.'])),
    }
}

/// A question of another part of the company, in place of the part that it names.
fn of_part(before: &ParsedQuestion, question: &str, new: &str) -> Option<String> {
    let is_left = |text: &str| before.left_over.iter().any(|own| own == text);
    let old: Vec<_> = before
        .words
        .iter()
        .filter(|word| is_left(&word.text))
        .collect();
    let (first, last) = (old.first()?, old.last()?);
    let said = &before.text[first.from..last.to];
    let is_one = said.split_whitespace().count() <= old.len() + 1;
    (is_one && question.contains(said)).then(|| question.replacen(said, new, 1))
}
