//! The period that a document reports on: the day it ends, how long it is, and which year and quarter it is as
//! the issuer counts.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Duration};

use super::date::{self, in_compact, in_text};
use super::stated::{
    date_years, day_behind, frequent_year_end, joined, quarter_in_name, year_behind, year_in_name,
    year_in_title,
};
use super::text::Text;
use super::{fiscal, quarter};
use crate::pattern::compiled;

/// What is known of a document's period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub end: Option<Date>,
    pub months: Option<u8>,
    pub year: Option<i32>,
    pub quarter: Option<u8>,
}

/// What stands before the day a period ended, letters alone, the most telling first.
const YEAR_ENDED: [&str; 7] = [
    "fiscalyearended",
    "fiscalyearending",
    "yearended",
    "yearending",
    "periodended",
    "periodending",
    "52weeksended",
];
const QUARTER_ENDED: [&str; 6] = [
    "quarterlyperiodended",
    "quarterlyperiodending",
    "quarterended",
    "quarterending",
    "periodended",
    "periodending",
];
const EVENT: [&str; 3] = [
    "earliesteventreported",
    "dateofreport",
    "dateofearliestevent",
];

/// The period of a document of a form.
pub fn find(text: &Text<'_>, form: &str) -> Period {
    let base = form.trim_end_matches("/A");
    let mut found = match base {
        "10-Q" => quarterly(text),
        "earnings" => earnings(text),
        "interim report" => interim(text),
        "8-K" | "6-K" | "press release" => event(text),
        "10-K" | "10-KT" | "20-F" | "40-F" | "annual report" => annual(text),
        _ => other(text),
    };
    // How much shorter than a year a transition is its cover says, or nobody.
    if base == "10-KT" && found.months == Some(12) {
        found.months = None;
    }
    if found.year.is_none() {
        found.year = year_in_name(text.stem);
    }
    if found.quarter.is_none() && ["10-Q", "earnings"].contains(&base) {
        found.quarter = quarter_in_name(text.stem).filter(|q| base != "10-Q" || *q < 4);
    }
    found
}

fn quarterly(text: &Text<'_>) -> Period {
    let Some(end) = day_behind(text, &QUARTER_ENDED) else {
        return Period {
            months: Some(3),
            ..Period::default()
        };
    };
    let quarter = quarter::of_period(text, end);
    Period {
        end: Some(end),
        months: Some(3),
        year: Some(fiscal::year_of_quarter(text, end, quarter)),
        quarter: Some(quarter),
    }
}

fn annual(text: &Text<'_>) -> Period {
    if let Some((from, to)) = transition(text) {
        return Period {
            end: Some(to),
            months: u8::try_from(date::months_between(from - Duration::DAY, to)).ok(),
            year: Some(fiscal::year_called(text, to)),
            quarter: None,
        };
    }
    let stated = day_behind(text, &YEAR_ENDED).or_else(|| frequent_year_end(text));
    let Some(end) = stated else {
        let year = year_in_title(text).or_else(|| year_behind(text, &YEAR_ENDED));
        let days = in_compact(&text.compact).into_iter().map(|(_, day)| day);
        let mut ends = days.filter(|day| Some(day.year()) == year && date::is_month_end(*day));
        return Period {
            end: ends.next(),
            months: Some(12),
            year,
            ..Period::default()
        };
    };
    Period {
        end: Some(end),
        months: Some(12),
        year: Some(fiscal::year_called(text, end)),
        quarter: None,
    }
}

/// The first and last day of a report over the time between two fiscal years; no other has both.
pub fn transition(text: &Text<'_>) -> Option<(Date, Date)> {
    let label = "transitionperiodfrom";
    let line = text
        .cover
        .iter()
        .take(60)
        .position(|l| l.compact.contains(label))?;
    let both = joined(text, line);
    let behind = &both[both.find(label)?..];
    let days = in_compact(behind);
    let (from, to) = (days.first()?.1, days.get(1)?.1);
    let months = date::months_between(from - Duration::DAY, to);
    (1..12).contains(&months).then_some((from, to))
}

/// A half year's report.
fn interim(text: &Text<'_>) -> Period {
    let labels = [
        "halfyearto",
        "halfyearended",
        "sixmonthsended",
        "sixmonthsto",
        "periodended",
        "weeksended",
    ];
    let end = day_behind(text, &labels);
    Period {
        end,
        months: Some(6),
        year: end
            .map(|end| fiscal::year_of_quarter(text, end, 2))
            .or_else(|| year_in_title(text)),
        quarter: None,
    }
}

fn event(text: &Text<'_>) -> Period {
    let day = day_behind(text, &EVENT).or_else(|| release_day(text));
    Period {
        end: day,
        year: day.map(Date::year),
        ..Period::default()
    }
}

/// The day of a press release: the first of its opening.
fn release_day(text: &Text<'_>) -> Option<Date> {
    let lines = text.cover.iter().take(40);
    lines.flat_map(|l| in_text(l.text)).next()
}

fn earnings(text: &Text<'_>) -> Period {
    let title = text.opening(24).to_lowercase();
    let quarter = quarter::first_named(&title);
    let release = release_day(text);
    let end = period_end_before(text, release, quarter);
    let named = quarter::year_beside(&title);
    let by_end = || {
        let end = end?;
        Some(match quarter {
            Some(quarter) => fiscal::year_of_quarter(text, end, quarter),
            None => fiscal::year_called(text, end),
        })
    };
    // A fourth quarter is told of in the year after it, others in their own.
    let by_release = || {
        release.map(|day| day.year() - i32::from(quarter == Some(4) && u8::from(day.month()) < 5))
    };
    let titled = || date_years(&title).next();
    Period {
        end,
        months: Some(if quarter.is_some() { 3 } else { 12 }),
        year: named.or_else(by_end).or_else(titled).or_else(by_release),
        quarter,
    }
}

/// The last day that a quarter or year is said to have ended on, before the release.
fn period_end_before(text: &Text<'_>, release: Option<Date>, quarter: Option<u8>) -> Option<Date> {
    static ENDED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?:quarter|months|weeks|year|period)(?:then)?end(?:ed|ing)(?:on)?")
    });
    let near: Vec<&str> = text.cover.iter().map(|l| l.compact.as_str()).collect();
    let all = near.concat();
    let mut days: Vec<Date> = Vec::new();
    for found in ENDED.find_iter(&all) {
        let behind: String = all[found.end()..].chars().take(24).collect();
        days.extend(
            in_compact(&behind)
                .first()
                .filter(|(at, _)| *at < 3)
                .map(|(_, d)| *d),
        );
    }
    days.retain(|day| {
        release.is_none_or(|release| *day <= release && release - *day < Duration::days(150))
    });
    let last = days.into_iter().max();
    // A calendar quarter that nobody spells out.
    last.filter(|_| quarter.is_some() || release.is_some())
}

/// What is no periodic report: its first day, or the year of its title.
fn other(text: &Text<'_>) -> Period {
    let end = day_behind(text, &["datedasof", "dated"]);
    let end = end.or_else(|| release_day(text));
    let year = end.map(Date::year).or_else(|| year_in_title(text));
    Period {
        end,
        year,
        ..Period::default()
    }
}
