//! Spans: the parts of years that a question names, `Q3'23`, `2H 2023`, `the nine months of 2023`, and
//! calendar years where it says that it means these.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::part::{self, Mention, Part};
use super::year::full;
use crate::pattern::compiled;

/// A part of a year, or a calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Span {
    pub year: Option<i32>,
    pub part: Part,
    /// Of the calendar year, whatever the company's fiscal year is.
    pub calendar: bool,
}

impl Span {
    /// `Q3 2023`, `H2 2023`, `9 months of 2023`, `calendar 2022`, `2023 to date`.
    pub fn label(&self) -> String {
        let part = match self.part {
            Part::Year => String::new(),
            Part::Quarter(quarter) => format!("Q{quarter}"),
            Part::Half(half) => format!("H{half}"),
            Part::Months(months) => format!("{months} months"),
            Part::YearToDate => "year to date".to_owned(),
        };
        let year = self.year.map(|year| year.to_string());
        let of = year
            .as_ref()
            .filter(|_| matches!(self.part, Part::Months(_)));
        let words = [
            self.calendar.then(|| "calendar".to_owned()),
            Some(part).filter(|part| !part.is_empty()),
            of.map(|_| "of".to_owned()),
            year,
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        words.join(" ")
    }
}

/// A span with the stretch of the text that names it.
pub struct Found {
    pub span: Span,
    pub range: Range<usize>,
    /// Written in a letter and a digit, `1H23`, and not in words.
    pub is_short: bool,
    /// The year stands right beside it.
    pub has_own_year: bool,
}

impl Found {
    /// A part of a year that is not known yet.
    fn new(mention: Mention) -> Self {
        let span = Span {
            year: None,
            part: mention.part,
            calendar: false,
        };
        Self {
            span,
            range: mention.range,
            is_short: mention.is_short,
            has_own_year: false,
        }
    }
}

static CALENDAR_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:calendar(?:[\s-]+years?)?\s+['’]?|cy\s?['’]?)((?:19|20)\d\d|\d\d)\b|\b((?:19|20)\d\d)\s+calendar[\s-]+year\b",
    )
});
/// A year behind a span, and what marks it.
static YEAR_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*,?\s*(?:(?:of|in|for|from)\s+)?(?:the\s+)?(?P<mark>(?:fy|cy|(?:fiscal|financial|calendar)(?:\s+years?)?)\s*)?(?P<tick>['’])?(?P<year>(?:19|20)\d\d|\d\d)(?:\b|q)",
    )
});
/// A year before a span, and what marks it.
static YEAR_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?P<mark>fy|cy|(?:fiscal|financial|calendar)(?:\s+years?)?)\s*['’]?(?P<short>(?:19|20)?\d\d)|\b(?P<year>(?:19|20)\d\d))(?:['’]s)?\s*-?\s*$",
    )
});
static CALENDAR_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bcalendar(?:[\s-]+years?)?(?:['’]s)?[\s-]+$"));

/// The spans that a text names, in its order; `taken` are stretches that name something else.
pub fn parse(text: &str, taken: &[Range<usize>]) -> Vec<Found> {
    let mut out: Vec<Found> = part::parse(text, taken)
        .into_iter()
        .map(Found::new)
        .collect();
    let mut read = 0;
    for found in &mut out {
        read = attach_year(text, found, read);
    }
    out.extend(calendar_years(text, &out));
    out.sort_by_key(|found| found.range.start);
    let has_first = out.iter().any(|f| f.span.part == Part::Half(1));
    out.retain(|found| found.has_own_year || stands_alone(text, found, has_first));
    share_years(&mut out);
    out
}

/// True where a span says what it is without a year beside it: "the last quarter" is the newest one,
/// `H2` is hydrogen where no `H1` stands by, `9M` may be anything.
fn stands_alone(text: &str, found: &Found, has_first: bool) -> bool {
    let own = text[found.range.clone()].to_lowercase();
    match found.span.part {
        Part::Quarter(_) => !own.starts_with("last"),
        Part::Half(_) => !own.starts_with("last") && (has_first || own != "h2"),
        Part::Months(_) => !found.is_short,
        Part::Year | Part::YearToDate => true,
    }
}

/// Calendar years that no part of them stands beside.
fn calendar_years(text: &str, spans: &[Found]) -> Vec<Found> {
    let mut out = Vec::new();
    for here in CALENDAR_YEAR.captures_iter(text) {
        let Some(year) = here.get(1).or(here.get(2)) else {
            continue;
        };
        let own = full(year.as_str());
        let of_part = |f: &Found| f.span.calendar && f.span.year == own;
        if spans.iter().any(of_part) {
            continue;
        }
        let span = Span {
            year: own,
            part: Part::Year,
            calendar: true,
        };
        out.push(Found {
            span,
            range: here.get_match().range(),
            is_short: true,
            has_own_year: true,
        });
    }
    out
}

/// Puts the year that stands right before or right behind the span into it; what lies before `read` is
/// of an earlier span. Where what belongs to this one ends.
fn attach_year(text: &str, found: &mut Found, read: usize) -> usize {
    let range = found.range.clone();
    let before = text.get(read..range.start).unwrap_or_default();
    let behind = &text[range.end..];
    found.span.calendar |= CALENDAR_BEFORE.is_match(before);
    let take = |year: &str, mark: &str, found: &mut Found| {
        found.span.calendar |= mark.to_lowercase().starts_with('c');
        (found.span.year, found.has_own_year) = (full(year), true);
    };
    if let Some(here) = YEAR_BEFORE.captures(before)
        && let Some(year) = here.name("year").or(here.name("short"))
    {
        let mark = here.name("mark").map_or("", |m| m.as_str());
        take(year.as_str(), mark, found);
        return range.end;
    }
    let Some(here) = YEAR_BEHIND.captures(behind) else {
        return range.end;
    };
    let year = here.name("year").map_or(0..0, |m| m.range());
    let mark = here.name("mark").map_or("", |m| m.as_str());
    let is_marked = !mark.is_empty() || here.name("tick").is_some();
    // "The second half of 25 stores" names no year, `Q3 23` does.
    let is_beside = found.is_short && behind[..year.start].trim().is_empty();
    let is_count = behind[year.end..].starts_with(['%', '.', ',', '-']);
    if year.len() == 4 || is_marked || (is_beside && !is_count) {
        take(&behind[year.clone()], mark, found);
        return range.end + year.end;
    }
    range.end
}

/// A span without a year has that of the next one, `Q1 and Q2 2023`, or else of the one before.
fn share_years(all: &mut [Found]) {
    for at in 0..all.len() {
        if all[at].span.year.is_none() {
            let later = all[at + 1..].iter().find(|f| f.has_own_year);
            let earlier = all[..at].iter().rev().find(|f| f.has_own_year);
            let near = later.or(earlier).map(|f| f.span);
            if let Some(near) = near {
                all[at].span.year = near.year;
                all[at].span.calendar |= near.calendar;
            }
        }
    }
}
