//! The quarter of a fiscal year that a period is, as the issuer counts.
//!
//! The day that it ended does not say: years end in any month. What the document says elsewhere votes: how long its
//! longest period is, on which day its last year ended, which quarter it speaks of.

use std::sync::LazyLock;

use regex::Regex;
use time::Date;

use super::date::{self, in_compact, months_between, nominal};
use super::text::Text;
use crate::pattern::compiled;

/// `six months ended`, `three and nine months ended`, `thirty-nine weeks ended`, `twenty-six week periods`.
static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\b(?P<n>three|six|nine|twelve|thirteen|fourteen|twenty[- ]four|twenty[- ]five|twenty[- ]six|twenty[- ]seven|thirty[- ]six|thirty[- ]nine|forty|[369]|1[234]|2[4-8]|3[6-9]|40)[- ](?P<unit>month|week)(?:s)?[- ]?(?:period)?s?\s+(?:then\s+)?end(?:ed|ing)\b",
    )
});
const ORDINALS: &str = r"(?:first|second|third|fourth|1st|2nd|3rd|4th)";

/// The quarter of the fiscal year that ended on `end`, from 1 to 3: who reports on a fourth does it with the year.
pub fn of_period(text: &Text<'_>, end: Date) -> u8 {
    let mut votes = [0.0f32; 4];
    let (longest, count) = longest_span(&text.lower);
    if let Some(vote) = votes.get_mut(usize::from(longest)) {
        // Only three months are said of a first quarter, and in an excerpt of any.
        *vote += match (longest, count) {
            (1, count) => (0.15 * count as f32).min(1.5),
            (_, 1) => 1.5,
            _ => 3.0,
        };
    }
    let add = |votes: &mut [f32; 4], quarter: Option<u8>, weight: f32| {
        if let Some(vote) = quarter.and_then(|q| votes.get_mut(usize::from(q))) {
            *vote += weight;
        }
    };
    add(&mut votes, by_year_end_said(text, end), 4.0);
    add(&mut votes, in_running_foot(&text.lower), 4.0);
    add(&mut votes, by_year_end_compared(text, end), 1.5);
    add(&mut votes, most_spoken(&text.lower), 1.0);
    let calendar = (nominal(end).1).div_ceil(3);
    add(&mut votes, Some(calendar), 0.6);
    let best = (1..4).max_by(|&a, &b| votes[a].total_cmp(&votes[b]));
    best.map_or(1, |q| q as u8)
}

/// The longest period that is said to have ended, in quarters, and how often it is said; 0 for none.
fn longest_span(lower: &str) -> (u8, usize) {
    let mut counts = [0usize; 4];
    for found in SPAN.captures_iter(lower) {
        let is_weeks = &found["unit"] == "week";
        let number = found["n"].replace(' ', "-");
        let quarters = match (number.as_str(), is_weeks) {
            ("three" | "3", false)
            | ("twelve" | "thirteen" | "fourteen" | "12" | "13" | "14", true) => 1,
            ("six" | "6", false)
            | (
                "twenty-four" | "twenty-five" | "twenty-six" | "twenty-seven" | "24" | "25" | "26"
                | "27" | "28",
                true,
            ) => 2,
            ("nine" | "9", false)
            | ("thirty-six" | "thirty-nine" | "forty" | "36" | "37" | "38" | "39" | "40", true) => {
                3
            }
            _ => continue,
        };
        counts[quarters] += 1;
    }
    let longest = (1..4).rev().find(|&q| counts[q] > 0).unwrap_or(0);
    (longest as u8, counts[longest])
}

/// `Apple Inc. | Q2 2023 Form 10-Q | 6`
fn in_running_foot(lower: &str) -> Option<u8> {
    static FOOT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"\bq(?P<n>[1-3])\s+(?:fy\s?|fiscal\s+)?(?:20)?\d\d\s+form\s+10-?q\b")
    });
    FOOT.captures(lower)?["n"].parse().ok()
}

/// `for the fiscal year ended December 31, 2022`, `fiscal year ends September 30`: the year before, or its end.
fn by_year_end_said(text: &Text<'_>, end: Date) -> Option<u8> {
    static YEAR_END: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?:fiscalyears?|annualreportonform10kfortheyear)(?:isthe\w{0,30}?)?(?:that)?(?:ended|ends|ending|end)(?:on|is|date)?(?:the)?(?:last|first)?(?:saturday|sunday|friday)?(?:nearest|closest|in|of|to)*",
        )
    });
    static MONTH: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?P<m>january|february|march|april|may|june|july|august|september|october|november|december)",
        )
    });
    let all = &text.compact;
    let mut counts = [0usize; 5];
    for found in YEAR_END.find_iter(all) {
        let behind: String = all[found.end()..].chars().take(20).collect();
        let Some(name) = MONTH.captures(&behind) else {
            continue;
        };
        let stated = in_compact(&behind)
            .first()
            .filter(|(at, _)| *at == 0)
            .map(|(_, day)| *day);
        let month = stated
            .map(|day| nominal(day).1)
            .or_else(|| date::month(&name["m"]));
        if let Some(quarter) = month.map(|m| quarter_from_year_end(m, end)) {
            counts[usize::from(quarter)] += 1;
        }
    }
    most(&counts)
}

/// The quarter of a period ending on `end` in a year that ends in `month`, 4 where it is the year's own end.
fn quarter_from_year_end(month: u8, end: Date) -> u8 {
    let behind = (i32::from(nominal(end).1) - i32::from(month)).rem_euclid(12);
    match (behind + 1) / 3 {
        0 => 4,
        quarter => quarter.min(4) as u8,
    }
}

/// A balance sheet is compared with that of the last year's end: three, six or nine months before.
fn by_year_end_compared(text: &Text<'_>, end: Date) -> Option<u8> {
    let cover: String = text.cover.iter().map(|l| l.compact.as_str()).collect();
    let mut counts = [0usize; 5];
    for (_, day) in in_compact(&cover) {
        let months = months_between(day, end);
        if [3, 6, 9].contains(&months) {
            counts[(months / 3) as usize] += 1;
        }
    }
    most(&counts)
}

fn most(counts: &[usize; 5]) -> Option<u8> {
    let best = (1..5).max_by_key(|&q| (counts[q], std::cmp::Reverse(q)))?;
    (counts[best] > 0).then_some(best as u8)
}

/// The quarter that is spoken of most.
fn most_spoken(lower: &str) -> Option<u8> {
    let mut counts = [0usize; 5];
    static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
        compiled(&format!(
            r"\b(?P<w>{ORDINALS})[- ](?:fiscal[- ])?quarter|\bq(?P<n>[1-4])\b"
        ))
    });
    for found in SPOKEN.captures_iter(lower) {
        counts[usize::from(numbered(&found))] += 1;
    }
    most(&counts)
}

fn numbered(found: &regex::Captures<'_>) -> u8 {
    let word = found.name("w").or_else(|| found.name("n"));
    match word.map(|m| m.as_str()).and_then(|w| w.chars().next()) {
        Some('f') if found.name("w").is_some_and(|w| w.as_str() == "fourth") => 4,
        Some('f' | '1') => 1,
        Some('s' | '2') => 2,
        Some('t' | '3') => 3,
        _ => 4,
    }
}

/// The first quarter that a title names.
pub fn first_named(title: &str) -> Option<u8> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(&format!(
            r"\b(?P<w>{ORDINALS})[- ](?:fiscal[- ])?(?:(?:20)\d\d[- ])?quarter|\bq(?P<n>[1-4])\b|\b(?P<m>[1-4])q"
        ))
    });
    let found = NAMED.captures(title)?;
    match found.name("m") {
        Some(digit) => digit.as_str().parse().ok(),
        None => Some(numbered(&found)),
    }
}

/// The year that a title names with its quarter: `fourth quarter and full year 2022`, `Q4 FY23`, `second-quarter
/// fiscal 2024`, `fiscal 2024 second quarter`.
pub fn year_beside(title: &str) -> Option<i32> {
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(&format!(
            r"(?:\b{ORDINALS}[- ](?:fiscal[- ])?quarter|\bq[1-4]|\b[1-4]q)(?:[ ,]+(?:and|&)[ ]+(?:full|fiscal)[- ](?:fiscal[- ])?year)?(?:[ ,]+(?:of|for))?(?:[ ]+(?:its|the))?[ ,]*(?:fiscal(?:[- ]year)?|fy)?[ ]*['’]?(?P<a>(?:20)?\d\d)\b|(?:\bfiscal(?:[- ]year)?|\bfy)[ ]*['’]?(?P<b>(?:20)?\d\d)[ ,]+(?:{ORDINALS}[- ]quarter|q[1-4])|\b(?P<c>20\d\d)[ ]+{ORDINALS}[- ]quarter"
        ))
    });
    let found = BESIDE.captures(title)?;
    let year = found
        .name("a")
        .or_else(|| found.name("b"))
        .or_else(|| found.name("c"))?;
    let year: i32 = year.as_str().parse().ok()?;
    let year = if year < 100 { year + 2000 } else { year };
    (1990..2100).contains(&year).then_some(year)
}
