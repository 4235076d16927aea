//! The earlier question, moved: to another year, another company, another part.

use std::sync::LazyLock;

use regex::Regex;

use super::slots::{Slots, composed};
use super::{AFTER, BEFORE, FULL_YEAR, ParsedQuestion, both};
use crate::pattern::compiled;

/// The first and the last of several.
static SUPERLATIVE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:most|least|(?:high|low|larg|small|great|bigg|fast|slow|strong|weak)est|best|worst)\b",
    )
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:fy\s*|fiscal(?:\s+year)?\s*)?((?:19|20)\d\d)\b"));

/// The earlier question with what the new one names in place of what it had.
pub fn moved(before: &ParsedQuestion, question: &ParsedQuestion, slots: &Slots) -> String {
    // A quarter, a day or a report is no other year of the same question.
    let is_part_of_year = !question.period.is_empty() && !question.period.is_years();
    let is_full_year = FULL_YEAR.is_match(&question.text) && before.period.has_parts();
    let out = of_years(before, question, is_part_of_year);
    let out = match (&slots.part, slots.other()) {
        (Some(part), _) => match of_part(before, &out, part) {
            Some(out) => out,
            None => return both(before, &question.text),
        },
        (None, Some(new)) => of_company(before, slots, &out, new),
        (None, None) => out,
    };
    if is_part_of_year || is_full_year {
        return of_period(before, question, slots, &out);
    }
    if out == before.text {
        // Nothing of it was understood as a year or a name.
        return both(before, &question.text);
    }
    out
}

/// The earlier question in the new one's years.
fn of_years(before: &ParsedQuestion, question: &ParsedQuestion, is_part_of_year: bool) -> String {
    let (new, old) = (&question.period.years, &before.period.years);
    let text = question.text.as_str();
    let shift = match (new.last(), old.last()) {
        _ if is_part_of_year => None,
        (Some(new), Some(old)) => Some(new - old),
        (None, Some(_)) if BEFORE.is_match(text) => Some(-1),
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
        Some(new) if !is_part_of_year => {
            let asked = before.text.trim_end_matches(['?', ' ', '.']);
            format!("{asked} in FY{new}?")
        }
        _ => before.text.clone(),
    }
}

/// The earlier question, `whole`, of a part of a year, a day or the full year: a figure is asked anew, for words both
/// are asked.
fn of_period(
    before: &ParsedQuestion,
    question: &ParsedQuestion,
    slots: &Slots,
    whole: &str,
) -> String {
    let companies = match slots.other() {
        Some(new) => vec![new.to_owned()],
        None => before.company_names(),
    };
    let mut periods = question.period.labels();
    // "And in Q2?" is that of the same year.
    if let (true, Some(year)) = (question.period.years.is_empty(), before.period.last()) {
        periods.push(format!("FY{year}"));
    }
    let own = before.task.as_ref().map(|task| task.part.join(" "));
    let part = slots.part.clone().or(own).filter(|part| !part.is_empty());
    let composed = composed(before, &companies, part.as_deref(), &periods);
    composed.unwrap_or_else(|| format!("{} ({whole})", question.text.trim()))
}

/// A question of another company, or of that one as well.
fn of_company(before: &ParsedQuestion, slots: &Slots, question: &str, new: &str) -> String {
    let mut known = before.company_names();
    if known.is_empty() {
        known.extend(before.strangers.iter().map(|own| own.name.clone()));
    }
    let Some(old) = known.first() else {
        return format!("{} ({new})?", question.trim_end_matches(['?', ' ', '.']));
    };
    if known.iter().any(|own| own == new) && (known.len() == 1 || slots.is_beside) {
        return question.to_owned();
    }
    let is_same_period = question == before.text;
    if known.len() > 1 || slots.is_beside {
        let mut companies = if slots.is_beside {
            known.clone()
        } else {
            Vec::new()
        };
        companies.push(new.to_owned());
        let periods = before.period.labels();
        if is_same_period && let Some(asked) = composed(before, &companies, None, &periods) {
            return asked;
        }
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

/// A question of another part of the company: in place of the part that it names, or of the figure that it asks for.
fn of_part(before: &ParsedQuestion, question: &str, new: &str) -> Option<String> {
    if let (Some(new), Some(old)) = (SUPERLATIVE.find(new), SUPERLATIVE.find(question)) {
        return Some(question.replacen(old.as_str(), new.as_str(), 1));
    }
    let is_left = |text: &str| before.left_over.iter().any(|own| own == text);
    let old: Vec<_> = before
        .words
        .iter()
        .filter(|word| is_left(&word.text))
        .collect();
    if let (Some(first), Some(last)) = (old.first(), old.last()) {
        let said = &before.text[first.from..last.to];
        let is_one = said.split_whitespace().count() <= old.len() + 1;
        if is_one && question.contains(said) {
            return Some(question.replacen(said, new, 1));
        }
    }
    let periods = before.period.labels();
    let is_same_period = question == before.text;
    is_same_period
        .then(|| composed(before, &before.company_names(), Some(new), &periods))
        .flatten()
}
