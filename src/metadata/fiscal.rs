//! What a fiscal year is called.
//!
//! A year that ends in January is called after the year before as often as after its own: where the document says
//! what its years are, and how often it speaks of "fiscal 2024", decides.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Month};

use super::date::{self, in_compact, is_month_end, months_later, nominal};
use super::text::Text;
use crate::pattern::compiled;

/// The month that the fiscal year of a quarter ends in.
fn year_end_of(end: Date, quarter: u8) -> (i32, u8) {
    months_later(nominal(end), (4 - i32::from(quarter)) * 3)
}

/// What the fiscal year of a quarter that ended on `end` is called.
pub fn year_of_quarter(text: &Text<'_>, end: Date, quarter: u8) -> i32 {
    called(text, year_end_of(end, quarter), end)
}

/// What the fiscal year that ended on `end` is called.
pub fn year_called(text: &Text<'_>, end: Date) -> i32 {
    called(text, nominal(end), end)
}

/// What the year that ends in a month is called: after its own calendar year but where the document says
/// otherwise.
fn called(text: &Text<'_>, (year, month): (i32, u8), end: Date) -> i32 {
    const LAST: u8 = Month::June as u8;
    if month > LAST {
        return year;
    }
    if let Some(defined) = defined(text, (year, month)) {
        return defined;
    }
    let (own, before) = (spoken(&text.lower, year), spoken(&text.lower, year - 1));
    // Of years that end in spring few are called after the year before.
    let is_winter = month <= 2;
    let is_before = (before > 3 && before * 2 > own * if is_winter { 3 } else { 8 })
        || (is_winter && own == 0 && before > 0);
    // Those whose weeks end in January are stores for the most part, which name the year after its beginning.
    let by_custom = own + before == 0 && month == 1 && !is_month_end(end);
    if is_before || by_custom {
        year - 1
    } else {
        year
    }
}

/// How often a text speaks of a fiscal year.
fn spoken(lower: &str, year: i32) -> usize {
    let short = year % 100;
    let ways = [
        format!("fiscal {year}"),
        format!("fiscal year {year}"),
        format!("fiscal years {year}"),
        format!("fy{year}"),
        format!("fy{short:02}"),
        format!("fy {year}"),
        format!("{year} fiscal year"),
    ];
    ways.iter()
        .map(|way| lower.matches(way.as_str()).count())
        .sum()
}

/// `fiscal 2022 … ended January 28, 2023`, `quarter ended January 28, 2023 (“Q4 FY23”)`: the year as defined.
fn defined(text: &Text<'_>, (year, month): (i32, u8)) -> Option<i32> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?:referencesto(?P<z>20\d\d).{0,30}aretothe(?:fiscal)?years?|(?P<x>20\d\d)fiscalyear|(?:fiscal(?:year)?|fy)(?P<y>(?:20)?\d\d))(?:was|is|are|refersto|represents|means|consistsof|consistedof|includes|included|the|to|a|an|our|5[23]|week|weeks|year|fiscal|which|that|period|ended|ending|ends|endedon|on){1,12}$",
        )
    });
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:or|was|is|as)?(?:referredtoas)?(?:q[1-4])?(?:fiscal(?:year)?|fy)(?P<y>(?:20)?\d\d)(?:\D|$)",
        )
    });
    let all = &text.compact;
    let mut counts = [0usize; 2];
    for (at, day) in in_compact(all) {
        // Sixteen weeks are a quarter to some, and put the year's end a month off.
        let apart = date::months_between(day, nominal_day(year, month)).rem_euclid(12);
        if ![0, 1, 11].contains(&apart) {
            continue;
        }
        let back = nominal(day).0;
        let from = all[..at]
            .char_indices()
            .rev()
            .nth(70)
            .map_or(0, |(at, _)| at);
        let behind = all[at..].chars().skip_while(|c| c.is_alphabetic());
        let behind: String = behind.skip_while(char::is_ascii_digit).take(40).collect();
        let before = BEFORE.captures(&all[from..at]);
        let behind = BEHIND.captures(&behind);
        let year = |c: regex::Captures<'_>| {
            let named = ["y", "x", "z"].iter().find_map(|name| c.name(name));
            named.and_then(|m| m.as_str().parse::<i32>().ok())
        };
        let Some(named) = before.or(behind).and_then(year) else {
            continue;
        };
        let named = if named < 100 { named + 2000 } else { named };
        // By how much the name is behind the calendar holds for every year of the company.
        match back - named {
            0 => counts[0] += 1,
            1 => counts[1] += 1,
            _ => {}
        }
    }
    match counts {
        [0, 0] => None,
        [own, before] => Some(if before > own { year - 1 } else { year }),
    }
}

fn nominal_day(year: i32, month: u8) -> Date {
    date::day(year, month, 28).unwrap_or(Date::MIN)
}
