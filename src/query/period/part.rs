//! Parts of years as people write them: `Q3`, `the first and second quarters`, `2H`, `nine months of`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::count::{months_of_weeks, number, ordinal};
use crate::pattern::compiled;

/// What part of a year a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of it.
    Year,
    Quarter(u8),
    Half(u8),
    /// So many months from its beginning.
    Months(u8),
    YearToDate,
}

/// Where a text names a part of a year.
pub struct Mention {
    pub part: Part,
    pub range: Range<usize>,
    /// Written in a letter and a digit, `1H23`, and not in words.
    pub is_short: bool,
}

impl Mention {
    fn in_words(part: Part, range: Range<usize>) -> Self {
        Self {
            part,
            range,
            is_short: false,
        }
    }

    fn short(part: Part, range: Range<usize>) -> Self {
        Self {
            part,
            range,
            is_short: true,
        }
    }
}

/// `Q3`, `3Q`, `H2`, `2H`, `9M`, each with a year behind it or not.
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b|\d)(?:(?P<q>q)(?P<q1>[1-4])|(?P<h>h)(?P<h1>[12]))(?:\b|fy|cy)|\b(?:(?P<q2>[1-4])q|(?P<h2>[12])h|(?P<m>[69])m)(?:\b|\d\d|fy|cy)",
    )
});
const ORDINAL: &str = "first|second|third|fourth|final|last|1st|2nd|3rd|4th";
/// `the first and second quarters`, `fourth-quarter`.
static QUARTERS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?i)\b(?:(?:{ORDINAL})(?:\s*,\s*|\s*,?\s+(?:and|or|to|through|versus|vs\.?)\s+(?:the\s+)?))*(?:{ORDINAL})[\s-]+(?:fiscal[\s-]+)?quarters?\b"
    ))
});
static ORDINALS: LazyLock<Regex> = LazyLock::new(|| compiled(&format!(r"(?i)\b(?:{ORDINAL})\b")));
static HALF: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?P<one>first|1st)|second|2nd|last|latter|back)[\s-]+half(?:[\s-]+year)?\b|\b(?P<half>half)[\s-]?year(?:ly)?\b|\b(?P<hy>hy)\s?['’]?(?:20)?\d\d\b",
    )
});
/// `first nine months`, `nine months of`, `26 weeks ended`, `first three quarters`.
static MONTHS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?P<lead>(?:first|last|past|trailing|previous)\s+)?(?P<count>[a-z]+(?:-[a-z]+)?|\d{1,2})[\s-]+(?P<unit>months?|weeks?|quarters)(?:[\s-]+periods?)?\b",
    )
});
/// What has to follow months that are not called the first ones: else they are a length of time.
static MONTHS_END: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:(?:that\s+)?(?:ended|ending)\b|(?:of|to|through)\s+(?:(?:the|this|last)\s+)?(?:(?:fy|fiscal|financial|calendar|cy)\s*(?:year\s*)?['’]?(?:(?:19|20)?\d\d\b)?|(?:year\s*)?(?:19|20)\d\d\b|year\b|['’]\d\d\b)|(?:fy|fiscal\s+|cy)?\s*(?:19|20)\d\d\b)",
    )
});
static TO_DATE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\byear[\s-]to[\s-]date\b|\bytd\b|\bso far this year\b"));

/// The parts of years that a text names, in its order; `taken` are stretches that name something else.
pub fn parse(text: &str, taken: &[Range<usize>]) -> Vec<Mention> {
    let mut out = quarters(text);
    out.extend(halves(text));
    out.extend(months(text));
    out.extend(short(text));
    let is_free = |here: &Range<usize>| {
        let overlaps = |other: &Range<usize>| other.start < here.end && here.start < other.end;
        !taken.iter().any(overlaps)
    };
    // "The third quarter ended September 30" names both.
    out.retain(|found| matches!(found.part, Part::Quarter(_)) || is_free(&found.range));
    if out.is_empty() && taken.is_empty() {
        let to_date = |m: regex::Match<'_>| Mention::in_words(Part::YearToDate, m.range());
        out.extend(TO_DATE.find_iter(text).map(to_date));
    }
    out.sort_by_key(|found| found.range.start);
    out
}

fn short(text: &str) -> Vec<Mention> {
    let digit = |m: regex::Match<'_>| m.as_str().parse::<u8>().ok();
    let mut out = Vec::new();
    for here in SHORT.captures_iter(text) {
        let (part, end) = if let Some(m) = here.name("q1").or(here.name("q2")) {
            (digit(m).map(Part::Quarter), m.end())
        } else if let Some(m) = here.name("h1").or(here.name("h2")) {
            (digit(m).map(Part::Half), m.end())
        } else if let Some(m) = here.name("m") {
            (digit(m).map(Part::Months), m.end())
        } else {
            continue;
        };
        let letter = here.name("q").or(here.name("h"));
        let (start, end) = match letter {
            Some(letter) => (letter.start(), end),
            // `3Q`: the letter stands behind the digit.
            None => (end - 1, end + 1),
        };
        if let Some(part) = part {
            out.push(Mention::short(part, start..end));
        }
    }
    out
}

fn quarters(text: &str) -> Vec<Mention> {
    let mut out = Vec::new();
    for list in QUARTERS.find_iter(text) {
        let mut all: Vec<(u8, Range<usize>)> = Vec::new();
        for word in ORDINALS.find_iter(list.as_str()) {
            let Some(quarter) = ordinal(word.as_str()) else {
                continue;
            };
            let from = list.start() + word.start();
            all.push((quarter, from..list.start() + word.end()));
        }
        if let Some(last) = all.last_mut() {
            last.1.end = list.end();
        }
        out.extend(
            all.into_iter()
                .map(|(q, range)| Mention::in_words(Part::Quarter(q), range)),
        );
    }
    out
}

fn halves(text: &str) -> Vec<Mention> {
    let mut out = Vec::new();
    for here in HALF.captures_iter(text) {
        let whole = here.get_match().range();
        let is_first = ["one", "half", "hy"].iter().any(|n| here.name(n).is_some());
        let half = if is_first { 1 } else { 2 };
        let end = match here.name("hy") {
            Some(letters) => letters.end(),
            None => whole.end,
        };
        out.push(Mention {
            part: Part::Half(half),
            range: whole.start..end,
            is_short: here.name("hy").is_some(),
        });
    }
    out
}

fn months(text: &str) -> Vec<Mention> {
    let mut out = Vec::new();
    for here in MONTHS.captures_iter(text) {
        let range = here.get_match().range();
        let lead = here.name("lead").map_or("", |m| m.as_str().trim());
        let is_first = lead.eq_ignore_ascii_case("first");
        let Some(count) = number(&here["count"]) else {
            continue;
        };
        let unit = here["unit"].to_lowercase();
        let months = match unit.as_bytes()[0] {
            b'w' => months_of_weeks(count),
            b'q' => Some(count).filter(|n| is_first && *n < 4).map(|n| 3 * n),
            _ => Some(count).filter(|n| [3, 6, 9, 12].contains(n)),
        };
        let is_trailing = !lead.is_empty() && !is_first;
        let behind = &text[range.end..];
        let is_span = if is_trailing {
            months == Some(12)
        } else {
            is_first || MONTHS_END.is_match(behind)
        };
        if let Some(months) = months.filter(|_| is_span) {
            out.push(Mention::in_words(Part::Months(months), range));
        }
    }
    out
}
