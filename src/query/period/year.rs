//! Years of a question: those that are marked as fiscal ones, and bare ones.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::count::number;
use crate::pattern::compiled;

/// `FY2018`, `FY 18`, `fiscal year 2018`, `fiscal '18`, `2Q24`, `FY2023Q1`, `2023Q1`.
static FISCAL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:fy|fiscal(?:\s+years?)?|[1-4]q|q[1-4])(?:\s+of)?(?:\s+(?:fy|fiscal(?:\s+year)?))?\s*['’]?((?:19|20)?\d\d)(?:\b|q)|\b((?:19|20)\d\d)\s*q[1-4]\b",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:19[89]\d|20[0-5]\d)\b"));
/// What makes a year no period: an amount, a due date, a number of things.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)(?:[$€£]\s*|\bdue\s+(?:in\s+)?|matur\w*\s+(?:in\s+)?|\d[.,])$")
});
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)^(?:[.,]\d|%|\s+(?:shares|units|million|billion|employees|stores|notes)\b)")
});

static COMPARED: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:vs|versus|against|compar(?:e[ds]?|ing|ison))\b"));

/// The years that a text names, in its order, and whether they are marked as fiscal ones: these
/// outrank bare ones.
pub fn parse(text: &str) -> (Vec<i32>, bool) {
    let fiscal = FISCAL.captures_iter(text);
    let fiscal = fiscal.filter_map(|c| c.get(1).or(c.get(2)));
    let mut years: Vec<i32> = fiscal.filter_map(|year| full(year.as_str())).collect();
    let is_marked = !years.is_empty();
    if is_marked {
        years.extend(range_ends(text, &years));
    }
    // One of two that are set against each other is marked for both: `FY2016 vs 2023`.
    if !is_marked || COMPARED.is_match(text) {
        let bare = YEAR.find_iter(text).filter(|m| is_period(text, m.range()));
        years.extend(bare.filter_map(|m| full(m.as_str())));
    }
    years.extend(short_range_ends(text, &years));
    years.extend(counted(text, &years));
    (years, is_marked)
}

/// True where the year that stands at `range` may be a period.
pub fn is_period(text: &str, range: Range<usize>) -> bool {
    !BEFORE.is_match(&text[..range.start]) && !BEHIND.is_match(&text[range.end..])
}

/// A year of two or four digits.
pub fn full(year: &str) -> Option<i32> {
    let number: i32 = year.parse().ok()?;
    match year.len() {
        2 if number >= 80 => Some(1900 + number),
        2 => Some(2000 + number),
        _ => Some(number),
    }
}

/// Puts the later year in place of a fiscal year that is called after both calendar years that it
/// is part of: `2021/22`, `FY21/22`.
pub fn without_split(text: &str) -> String {
    static SPLIT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(fy\s*|fiscal\s+(?:years?\s+)?)?['’]?((?:19|20)?\d\d)/(\d\d)\b")
    });
    let later = |found: &Captures<'_>| {
        let mark = found.get(1).map_or("", |mark| mark.as_str());
        let is_dated = text[found.get_match().end()..].starts_with('/');
        let next = full(&found[2]).map(|year| year + 1);
        if is_dated || next != full(&found[3]) || (mark.is_empty() && found[2].len() == 2) {
            return found[0].to_owned();
        }
        next.map_or(String::new(), |next| format!("{mark}{next}"))
    };
    SPLIT.replace_all(text, later).into_owned()
}

/// The unmarked years behind a marked one: of `FY2016-2018`, `fiscal 2020, 2021 and 2022`.
fn range_ends(text: &str, years: &[i32]) -> Vec<i32> {
    static ENDS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:fy)?((?:19|20)\d\d)((?:\s*(?:,?\s*\b(?:and|or)\b|-|–|—|\bto\b|\bthrough\b|,)\s*(?:19|20)\d\d\b)+)",
        )
    });
    let ends = ENDS.captures_iter(text);
    let is_marked =
        |found: &Captures<'_>| full(&found[1]).is_some_and(|year| years.contains(&year));
    let behind = |found: Captures<'_>| {
        let own = YEAR.find_iter(found.get(2).map_or("", |own| own.as_str()));
        own.filter_map(|year| full(year.as_str()))
            .collect::<Vec<i32>>()
    };
    ends.filter(is_marked).flat_map(behind).collect()
}

/// The end of two digits of `FY22-24`, `FY2022–24`, `2022-24` and `fiscal '22 to '24`.
fn short_range_ends(text: &str, years: &[i32]) -> Vec<i32> {
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)(?:(?:\bfy|\bfiscal(?:\s+years?)?)\s*['’]?((?:19|20)?\d\d)|\b((?:19|20)\d\d))(?:\s?[-–—]\s?['’]?|\s+(?:to|through|and)\s+['’])(\d\d)\b",
        )
    });
    let end = |found: Captures<'_>| {
        let behind = &text[found.get_match().end()..];
        let from = full(found.get(1).or(found.get(2))?.as_str())?;
        let to = full(&found[3])?;
        let is_year = !behind.starts_with(['-', '/', '%']) && !BEHIND.is_match(behind);
        let is_range = (from + 1..from + 16).contains(&to) && years.contains(&from);
        (is_year && is_range).then_some(to)
    };
    SHORT.captures_iter(text).filter_map(end).collect()
}

/// The years before the last of `the three years to 2023`.
fn counted(text: &str, years: &[i32]) -> Vec<i32> {
    static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(two|three|four|five|six|seven|eight|nine|ten|\d)[\s-]+(?:fiscal\s+|financial\s+)?years?\s+(?:(?:in\s+the\s+)?period\s+)?(?:to|ended|ending|through|up\s+to)\s+[^.?;]{0,25}?((?:19|20)\d\d)\b",
        )
    });
    let before = |found: Captures<'_>| {
        let count = number(&found[1])?;
        let last = full(&found[2]).filter(|last| years.contains(last))?;
        Some(last - i32::from(count) + 1..last)
    };
    COUNTED
        .captures_iter(text)
        .filter_map(before)
        .flatten()
        .collect()
}
