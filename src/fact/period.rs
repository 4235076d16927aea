//! Periods of columns: the day on which what a column shows ended, and of how many months it is.
//!
//! A head says it in one line or in three, whole or in part ("December 31," over "2022", "Fiscal 2023"
//! alone). What it leaves out comes from what stands over the table, then from the document.

use std::sync::LazyLock;

use regex::Regex;
use time::Date;

use crate::metadata::calendar::Calendar;
use crate::metadata::{Metadata, date};
use crate::pattern::compiled;
use crate::pdf::table::grid::Grid;

/// The period of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    pub end: Date,
    /// 0 for the day itself.
    pub months: u8,
}

impl Period {
    /// As it is told: `FY2022`, `Q3 FY2023`, `2022-09-24`; by the months and the day where no calendar knows it.
    pub fn name(self, calendar: Option<&Calendar>) -> String {
        let fiscal = calendar.and_then(|calendar| calendar.period_of(self.end));
        match (self.months, fiscal) {
            (12, Some((year, 4))) => format!("FY{year}"),
            (3, Some((year, quarter))) => format!("Q{quarter} FY{year}"),
            (6, Some((year, 2))) => format!("H1 FY{year}"),
            (9, Some((year, 3))) => format!("9M FY{year}"),
            (0, _) => self.end.to_string(),
            (months, _) => format!("{months} months to {}", self.end),
        }
    }
}

/// What a column's head says of its period; the rest is to be found elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    pub end: Option<Date>,
    pub month_day: Option<(u8, u8)>,
    pub year: Option<i32>,
    pub quarter: Option<u8>,
    pub months: Option<u8>,
    /// It compares two periods, or is no period's: a change, a share.
    pub is_other: bool,
}

static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+([0-3]?\d)\b",
    )
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)(?:\b|fy|[1-4]q)((?:19[89]|20[0-4])\d)\b"));
static SHORT_YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)(?:\bfy\s?|\bq[1-4]\s?|[1-4]q\s?|’|')(\d\d)\b"));
static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(first|second|third|fourth)[\s-]+(?:fiscal\s+)?quarter|q([1-4])\b|([1-4])q|q([1-4])\s?(?:fy)?\d\d)",
    )
});
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bchange|\bvs\b|\bversus\b|variance|increase|decrease|percent|% of|\bgrowth\b|\bsum of\b|favorable|compared|currency|organic|constant|pro forma|adjust|excluding|non-?gaap|inception|cumulative|reclassif|as previously|level [123]\b|fair value",
    )
});

impl Said {
    /// Reads one head.
    pub fn parse(text: &str) -> Self {
        let mut years: Vec<i32> = YEAR
            .captures_iter(text)
            .filter_map(|c| c[1].parse().ok())
            .collect();
        if years.is_empty() {
            let short = SHORT_YEAR
                .captures_iter(text)
                .filter_map(|c| c[1].parse::<i32>().ok());
            years.extend(short.map(|y| if y < 70 { 2000 + y } else { 1900 + y }));
        }
        years.dedup();
        let days = date::in_text(text);
        let quarter = QUARTER.captures(text).map(|c| {
            let word = c
                .iter()
                .skip(1)
                .flatten()
                .next()
                .map_or("", |m| m.as_str())
                .to_lowercase();
            match word.as_str() {
                "first" | "1" => 1,
                "second" | "2" => 2,
                "third" | "3" => 3,
                _ => 4,
            }
        });
        let part = part_of_year(text);
        let month_day = MONTH_DAY.captures(text).and_then(|c| {
            let month = date::month(&c[1].to_lowercase())?;
            Some((month, c[2].parse().ok()?))
        });
        Self {
            end: days.last().copied(),
            month_day,
            year: years.first().copied().filter(|_| years.len() == 1),
            quarter,
            months: part.or_else(|| months(text)).or(quarter.map(|_| 3)),
            is_other: years.len() > 1
                || OTHER.is_match(text)
                || days.len() > 1
                || part.is_some_and(|months| !matches!(months, 3 | 6 | 9 | 12)),
        }
    }
}

/// The months from one day to another that a text names: `Period from April 1 through December 31, 2023`.
fn part_of_year(text: &str) -> Option<u8> {
    static FROM: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\bfrom\s+([a-z]{3,9})\.?\s+(\d{1,2})\b.{0,12}?\b(?:through|to|until)\s+([a-z]{3,9})\.?\s+(\d{1,2})\b",
        )
    });
    let found = FROM.captures(text)?;
    let day = |at: usize| found[at].parse::<i32>().ok();
    let month = |at: usize| date::month(&found[at].to_lowercase()).map(i32::from);
    let days = 30 * (month(3)? - month(1)?) + day(4)? - day(2)?;
    u8::try_from((days.rem_euclid(360) + 15) / 30).ok()
}

/// The months that a text says figures are of; 0 for a day.
pub fn months(text: &str) -> Option<u8> {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)(?P<nine>nine[\s-]+months?|\b9[\s-]+months?|thirty[\s-]?nine[\s-]+weeks|\b39[\s-]+weeks|\b40[\s-]+weeks|thirty[\s-]six[\s-]+weeks|\b36[\s-]+weeks|forty[\s-]+weeks)|(?P<six>six[\s-]+months?|\b6[\s-]+months?|twenty[\s-]?(?:six|seven|four|eight)[\s-]+weeks|\b2[4678][\s-]+weeks|half[\s-]+year|year[\s-]+to[\s-]+date)|(?P<year>twelve[\s-]+months?|\b12[\s-]+months?|fifty[\s-]?(?:two|three)[\s-]+weeks|\b5[23][\s-]+weeks)|(?P<three>three[\s-]+months?|\b3[\s-]+months?|(?:twelve|thirteen|fourteen|sixteen|seventeen)[\s-]+weeks|\b1[234567][\s-]+weeks|quarters?\s+ended|quarter\b)|(?P<years>years?\s+ended|fiscal\s+years?|for\s+the\s+years?|years?\s+ending|\byears?\b)|(?P<day>\bas\s+of\b|^at\b|\bat\s+(?:january|february|march|april|may|june|july|august|september|october|november|december))",
        )
    });
    let found = SPAN.captures(text)?;
    let named = |name| found.name(name).is_some();
    Some(if named("nine") {
        9
    } else if named("six") {
        6
    } else if named("three") {
        3
    } else if named("day") {
        0
    } else {
        12
    })
}

/// What is known of a table's columns beside their heads.
pub struct Context<'a> {
    pub metadata: &'a Metadata,
    /// 0 for a balance sheet, 12 for the flows of an annual report; none where the head must say it.
    pub months: Option<u8>,
    /// The days that other heads of the document name whole.
    pub days: &'a [Date],
}

/// The periods of a table's columns, none where one is of no period or not surely known.
pub fn of_columns(grid: &Grid, context: &Context<'_>) -> Vec<Option<Period>> {
    let over: Vec<&str> = grid
        .above
        .iter()
        .rev()
        .take(5)
        .map(String::as_str)
        .filter(|text| text.len() < 160)
        .collect();
    let stub = grid.stub.join(" ");
    let around: Vec<Said> = Some(stub.as_str())
        .filter(|stub| stub.len() < 160)
        .into_iter()
        .chain(over.iter().copied())
        .map(|t| Said {
            is_other: false,
            ..Said::parse(t)
        })
        .collect();
    let said: Vec<Said> = grid
        .columns
        .iter()
        .map(|c| Said::parse(&c.heads.join(" ")))
        .collect();
    let newest = said
        .iter()
        .filter(|s| !s.is_other)
        .filter_map(|s| s.end.map(|e| e.year()).or(s.year))
        .max();
    // A date or a span over the table holds for all columns.
    let span = around.iter().find_map(|s| s.months);
    let day = around.iter().find_map(|s| s.month_day);
    let whole = around
        .iter()
        .find_map(|s| s.end.filter(|_| s.year.is_some()));
    // `Fiscal years ended December 25, 2021, December 26, 2020`.
    let days: Vec<Date> = over.iter().copied().flat_map(date::in_text).collect();
    let of_year = |year: i32| days.iter().find(|day| day.year() == year).copied();
    let only = grid.columns.len() == 1 || newest.is_none();
    said.iter()
        .map(|said| {
            if said.is_other {
                return None;
            }
            let months = match context.months {
                Some(0) => 0,
                fixed => said
                    .months
                    .or(span)
                    .filter(|m| *m > 0 || fixed.is_none())
                    .or(fixed)?,
            };
            let end = said
                .end
                .or_else(|| quarter_end(said, context.metadata))
                .or_else(|| of_year(said.year.filter(|_| said.month_day.is_none())?))
                .or_else(|| dated(said.year?, said.month_day.or(day)?))
                .or_else(|| by_year(said.year?, newest?, context))
                .or_else(|| {
                    whole.filter(|_| only && said.year.is_none() && grid.columns.len() == 1)
                })?;
            Some(Period { end, months })
        })
        .collect()
}

fn dated(year: i32, (month, day): (u8, u8)) -> Option<Date> {
    date::day(year, month, day)
}

/// The end of a quarter that a head names by number.
fn quarter_end(said: &Said, metadata: &Metadata) -> Option<Date> {
    let (quarter, year) = (said.quarter?, said.year?);
    let (end, of) = (metadata.period_end?, metadata.year?);
    let own = i32::from(metadata.quarter.unwrap_or(4));
    let months = 12 * (year - of) + 3 * (i32::from(quarter) - own);
    let (year, month) = date::months_later(date::nominal(end), months);
    let last = time::util::days_in_month(time::Month::try_from(month).ok()?, year);
    date::day(year, month, last)
}

/// The end of a year that a head names alone: the newest is the document's.
fn by_year(year: i32, newest: i32, context: &Context<'_>) -> Option<Date> {
    let end = context.metadata.period_end?;
    let known = [Some(end.year()), context.metadata.year];
    if !known.contains(&Some(newest)) {
        return None;
    }
    let wanted = end.year() + year - newest;
    if wanted == end.year() {
        return Some(end);
    }
    let near = |day: &&Date| {
        let months = date::months_between(**day, end);
        months == 12 * (newest - year)
    };
    if let Some(day) = context.days.iter().find(near) {
        return Some(*day);
    }
    if date::is_month_end(end) {
        // The last day of February is a month's end in any year.
        return date::day(
            wanted,
            u8::from(end.month()),
            time::util::days_in_month(end.month(), wanted),
        );
    }
    // A year of weeks ends on one day of the week, near one month's end.
    let (year, month) = date::months_later(date::nominal(end), -12 * (newest - year));
    let month_end = date::day(
        year,
        month,
        time::util::days_in_month(time::Month::try_from(month).ok()?, year),
    )?;
    let days = i64::from(month_end.weekday().number_days_from_monday())
        - i64::from(end.weekday().number_days_from_monday());
    let back = days.rem_euclid(7);
    Some(month_end - time::Duration::days(if back > 3 { back - 7 } else { back }))
}

/// A period that a text over rows names, of so many months.
pub fn period_over(
    text: &str,
    by_year: impl Fn(i32) -> Option<Period>,
    annual: Option<u8>,
) -> Option<Period> {
    let said = Said::parse(text);
    // A sentence, such as a note under the table before, is of that.
    let is_sentence = text.split_whitespace().count() > 6 && text.trim_end().ends_with('.');
    if text.split_whitespace().count() > 12 || is_sentence || said.is_other {
        return None;
    }
    if let Some(end) = said.end {
        return Some(Period {
            end,
            months: said.months.filter(|m| *m > 0).or(annual)?,
        });
    }
    by_year(said.year?)
}
