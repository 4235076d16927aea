//! Days as filings write them and as the store keeps them, and the month that a fiscal period ends in.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Duration, Month};

use crate::pattern::compiled;

const MONTHS: &str =
    "january|february|march|april|may|june|july|august|september|october|november|december";

/// `2023-07-29`.
pub fn from_iso(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    day(year, month, parts.next()?.parse().ok()?)
}

/// The day of these numbers, of the years that filings are from.
pub fn day(year: i32, month: u8, day: u8) -> Option<Date> {
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(year, month, day).ok()?;
    (1980..2100).contains(&year).then_some(date)
}

/// The number of a month that a text begins with, in lower case: `sept`, `december`.
pub fn month(name: &str) -> Option<u8> {
    let at = MONTHS.split('|').position(|m| name.starts_with(&m[..3]))?;
    u8::try_from(at + 1).ok()
}

/// The days in a text whose letters and digits alone are given, in lower case: `december312022`,
/// `31december2022`; so that no gap or comma hides one. Each with where it begins.
pub fn in_compact(compact: &str) -> Vec<(usize, Date)> {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        compiled(&format!(
            r"(?P<m>{MONTHS}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?P<d>[0-3]?\d)(?:st|nd|rd|th)?(?P<y>(?:19|20)\d\d)|(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?(?P<m2>{MONTHS})(?P<y2>(?:19|20)\d\d)"
        ))
    });
    let found = DAY.captures_iter(compact).filter_map(|c| {
        let part = |a: &str, b: &str| c.name(a).or_else(|| c.name(b)).map(|m| m.as_str());
        let (m, d, y) = (part("m", "m2")?, part("d", "d2")?, part("y", "y2")?);
        let start = c.get(0)?.start();
        // `no 131 december 2022`: of the figures before a month the last that make a day.
        let date = day(y.parse().ok()?, month(m)?, d.parse().ok()?)?;
        Some((start, date))
    });
    found.collect()
}

/// The days in a text.
pub fn in_text(text: &str) -> Vec<Date> {
    static NUMERIC: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?P<m>[01]?\d)/(?P<d>[0-3]?\d)/(?P<y>(?:19|20)?\d\d)\b"));
    let named = in_compact(&super::text::compact(text));
    if !named.is_empty() {
        return named.into_iter().map(|(_, date)| date).collect();
    }
    let numeric = NUMERIC.captures_iter(text).filter_map(|c| {
        let year: i32 = c["y"].parse().ok()?;
        let year = if year < 100 { year + 2000 } else { year };
        day(year, c["m"].parse().ok()?, c["d"].parse().ok()?)
    });
    numeric.collect()
}

/// The month that a period ending on `date` ends in: a year of 52 or 53 weeks ends up to ten days into the next
/// one.
pub fn nominal(date: Date) -> (i32, u8) {
    let date = if date.day() <= 10 {
        date - Duration::days(i64::from(date.day()))
    } else {
        date
    };
    (date.year(), u8::from(date.month()))
}

/// `count` months behind a month.
pub fn months_later((year, month): (i32, u8), count: i32) -> (i32, u8) {
    let all = year * 12 + i32::from(month) - 1 + count;
    let month = u8::try_from(all.rem_euclid(12) + 1).unwrap_or(1);
    (all.div_euclid(12), month)
}

/// Whole months from one period's end to another's.
pub fn months_between(from: Date, to: Date) -> i32 {
    let count = |date| {
        let (year, month) = nominal(date);
        year * 12 + i32::from(month)
    };
    count(to) - count(from)
}

/// True for the last day of a month, where no year of weeks ends but by chance.
pub fn is_month_end(date: Date) -> bool {
    (date + Duration::DAY).day() == 1
}
