//! Ends: the days on which what a question asks about ends, `at July 29, 2023`, `the six months ended
//! June 30, 2023`. A day on which something happened is none.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use time::util::days_in_month;
use time::{Date, Month};

use super::count::{months_of_weeks, number};
use super::year::{full, is_period};
use crate::metadata::calendar::Calendar;
use crate::pattern::compiled;

/// A day that a question names as the end of something, or at which it asks how things stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct End {
    /// The last of its month where the question names no day.
    #[serde(serialize_with = "as_iso")]
    pub day: Date,
    /// How many months end there, where it says so.
    pub months: Option<u8>,
}

impl End {
    /// `at 2023-07-29`, `9 months to 2023-09-30`, `year to 2021-06-30`.
    pub fn label(&self) -> String {
        match self.months {
            None => format!("at {}", self.day),
            Some(12) => format!("year to {}", self.day),
            Some(months) => format!("{months} months to {}", self.day),
        }
    }
}

impl End {
    /// The fiscal year that ends on the day; none where no year does, or where nobody can tell: in a
    /// company of no known calendar, of a day that is no year's end for most.
    pub fn fiscal_year(&self, calendar: Option<&Calendar>) -> Option<i32> {
        if self.months.is_some_and(|months| months != 12) {
            return None;
        }
        match calendar {
            Some(calendar) => {
                let (year, quarter) = calendar.period_of(self.day)?;
                (quarter == 4).then_some(year)
            }
            // The question itself says that it is a year.
            None if self.months == Some(12) => Some(self.day.year()),
            None => {
                let is_year_end = self.day.month() == Month::December && self.day.day() > 27;
                is_year_end.then_some(self.day.year())
            }
        }
    }
}

/// An end with the stretch of the text that names it.
pub struct Found {
    pub end: End,
    pub range: Range<usize>,
}

/// The names of months, whole or cut, with which a date is written.
const MONTH: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|\
    sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

/// What is said to end, right before the word that says so.
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:(?P<count>\w+(?:-\w+)?)[\s-]+)?(?P<unit>months?|weeks?)(?:[\s-]+periods?)?|\b(?P<named>half[\s-]years?|half|quarters?|quarterly\s+period|years?)(?:[\s-]+periods?)?)(?:\s+(?:that|which))?(?:\s+(?:has|had))?\s*,?\s*$",
    )
});
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?P<ends>ended|ending|ends)|(?P<at>as\s+of|as\s+at|at)|(?P<to>to|through|thru|until|till|up\s+to)|(?P<of>end\s+of))\s+(?:(?:on|in|the|of|about|end|close|business|year|quarter|period|fiscal|as|at)\s+)*$",
    )
});
static FROM: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bfrom\s+(?:\w+[\s,]+){1,5}(?:to|through|until|till)\s+$"));
/// The month that a stretch of months begins with, and its year where that stands there.
static FIRST: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?ix)
        \b(?:(?:from|between|during|for|in|over)\s+)?(?P<month>{MONTH})\.?(?:\s*,?\s+(?P<year>(?:19|20)\d\d))?
        \s*(?:\b(?:to|through|thru|until|till|(?P<and>and))\s+|[-–—]\s*)$"
    ))
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(&format!(
        r"(?ix)
        \b(?P<m1>{MONTH})\.?\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y1>(?:19|20)\d\d)\b
        | \b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m2>{MONTH})\.?\s*,?\s+(?P<y2>(?:19|20)\d\d)\b
        | \b(?P<m3>{MONTH})\.?\s*(?:,|\bof\b)?\s+(?P<y3>(?:19|20)\d\d)\b
        | \b(?P<m4>{MONTH})\.?\s?['’](?P<y4>\d\d)\b
        | \b(?P<y5>(?:19|20)\d\d)-(?P<n5>\d\d)-(?P<d5>\d\d)\b
        | \b(?P<a6>\d{{1,2}})[/.](?P<b6>\d{{1,2}})[/.](?P<y6>(?:19|20)\d\d)\b"
    ))
});
/// What joins a further date, or a further year of the same day, to one before it.
static JOINT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:,?\s*(?:and|or|versus|vs\.?|against|compared\s+(?:to|with)|than(?:\s+at)?)|,)\s*(?:(?:at|as\s+of|of|the)\s+)?(?:((?:19|20)\d\d)\b)?",
    )
});

/// The ends that a text names, in its order.
pub fn parse(text: &str) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for found in DATE.captures_iter(text) {
        let range = found.get_match().range();
        let Some(day) = date(&found).filter(|_| is_period(text, range.clone())) else {
            continue;
        };
        let before = out.last().and_then(|last| {
            let joint = JOINT.find(text.get(last.range.end..)?)?;
            (last.range.end + joint.end() == range.start).then_some(last.end.months)
        });
        let is_month = found.name("m3").is_some();
        let stretch = || stretch(&text[..range.start], day).filter(|_| is_month);
        let cued = || stretch().or_else(|| cue(&text[..range.start]));
        let Some((from, months)) = before.map(|m| (range.start, m)).or_else(cued) else {
            continue;
        };
        if !is_period(text, from..range.end) {
            continue;
        }
        let mut end = range.end;
        out.push(Found {
            end: End { day, months },
            range: from..end,
        });
        // `December 31, 2023 and 2022`.
        while let Some(joint) = JOINT.captures(&text[end..])
            && let Some(year) = joint.get(1)
            && let Some(day) = in_year(day, year.as_str())
        {
            end += joint.get_match().end();
            out.push(Found {
                end: End { day, months },
                range: end..end,
            });
        }
    }
    out
}

/// Where a stretch of months begins that ends with the month of `day`, as `April` of `April to June 2024`, and how many
/// they are. `And` joins months to a stretch behind `between` alone.
fn stretch(before: &str, day: Date) -> Option<(usize, Option<u8>)> {
    let first = FIRST.captures(before)?;
    let own = first.get_match();
    let is_between = own.as_str().to_lowercase().starts_with("between");
    if first.name("and").is_some() != is_between || is_between && first.name("year").is_some() {
        return None;
    }
    let (from, to) = (month(&first["month"])?, day.month());
    let year = match first.name("year") {
        Some(year) => full(year.as_str())?,
        None => day.year() - i32::from(u8::from(from) > u8::from(to)),
    };
    let months = 12 * (day.year() - year) + i32::from(u8::from(to)) - i32::from(u8::from(from)) + 1;
    let months = u8::try_from(months).ok()?;
    (1..=12)
        .contains(&months)
        .then_some((own.start(), Some(months)))
}

/// Where what says that the date behind `before` is an end begins, and how many months end there.
fn cue(before: &str) -> Option<(usize, Option<u8>)> {
    let cue = CUE.captures(before)?;
    let from = cue.get_match().start();
    let unit = UNIT.captures(&before[..from]);
    let months = unit.as_ref().and_then(months);
    let is_to = cue.name("to").is_some();
    if is_to && unit.is_none() && !FROM.is_match(before) {
        return None;
    }
    let is_span = cue.name("at").is_none() && cue.name("of").is_none();
    match unit {
        Some(unit) if is_span => Some((unit.get_match().start(), months)),
        _ => Some((from, None)),
    }
}

/// The months of `six months`, `26 weeks`, `quarter`, `half-year` and `year`.
fn months(unit: &Captures<'_>) -> Option<u8> {
    if let Some(named) = unit.name("named") {
        let named = named.as_str().to_lowercase();
        return Some(match named.as_bytes()[0] {
            b'h' => 6,
            b'q' => 3,
            _ => 12,
        });
    }
    let count = number(unit.name("count")?.as_str())?;
    if unit["unit"].to_lowercase().starts_with('w') {
        return months_of_weeks(count);
    }
    (1..=24).contains(&count).then_some(count)
}

fn date(found: &Captures<'_>) -> Option<Date> {
    let text = |names: [&str; 4]| {
        let mut all = names.iter().filter_map(|name| found.name(name));
        all.next().map(|m| m.as_str())
    };
    let year = full(text(["y1", "y2", "y3", "y4"]).or(text(["y5", "y6", "", ""]))?)?;
    let mut day: Option<u8> = match text(["d1", "d2", "d5", ""]) {
        Some(day) => Some(day.parse().ok()?),
        None => None,
    };
    let month = if let (Some(a), Some(b)) = (found.name("a6"), found.name("b6")) {
        let (a, b): (u8, u8) = (a.as_str().parse().ok()?, b.as_str().parse().ok()?);
        // With points the day stands first, with strokes the month, as in America.
        let is_day_first = a > 12 || (found[0].contains('.') && b <= 12);
        let (month, own) = if is_day_first { (b, a) } else { (a, b) };
        day = Some(own);
        Month::try_from(month).ok()?
    } else if let Some(number) = found.name("n5") {
        Month::try_from(number.as_str().parse::<u8>().ok()?).ok()?
    } else {
        month(text(["m1", "m2", "m3", "m4"])?)?
    };
    let day = day.unwrap_or_else(|| days_in_month(month, year));
    Date::from_calendar_date(year, month, day).ok()
}

/// A month by its name or the first three letters of it.
pub fn month(name: &str) -> Option<Month> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_lowercase();
    let at = NAMES.iter().position(|full| {
        name.len() >= 3 && full.starts_with(&name) || name == "sept" && *full == "september"
    })?;
    Month::try_from(u8::try_from(at + 1).ok()?).ok()
}

/// The same day of another year; of a February its last.
fn in_year(day: Date, year: &str) -> Option<Date> {
    let year = full(year)?;
    let last = days_in_month(day.month(), year);
    let was_last = day.day() == days_in_month(day.month(), day.year());
    let own = if was_last { last } else { day.day().min(last) };
    Date::from_calendar_date(year, day.month(), own).ok()
}

fn as_iso<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
