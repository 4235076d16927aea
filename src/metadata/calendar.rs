//! The fiscal calendar of a company: at the end of which month its years end, and what they are called.
//!
//! It is learned from the company's own filings. Years of 52 or 53 weeks end near the end of a month
//! and count as ending with it; a year that ends in January is called after either calendar year, as
//! the filings themselves have it.

use time::util::days_in_month;
use time::{Date, Month};

use super::Metadata;

/// The last day of a month that still counts as the end of the month before: years of 52 or 53 weeks
/// end up to a week from the month's end, quarters of twelve weeks up to two.
const SPILL: u8 = 15;
/// Days by which a quarter may end before or after the end of its month: where quarters have twelve
/// or sixteen weeks, three weeks.
const TOLERANCE: i64 = 21;

/// When a company's fiscal years end, and what they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The month with which years end.
    month: Month,
    /// The fiscal year's number less that of the calendar year in which it ends.
    offset: i32,
}

/// The calendar year.
impl Default for Calendar {
    fn default() -> Self {
        Self {
            month: Month::December,
            offset: 0,
        }
    }
}

/// What one filing tells of the calendar.
struct Sighting {
    end: Date,
    /// The month at whose end the fiscal year ends, as [`month_number`] counts.
    year_end: i32,
    fiscal_year: Option<i32>,
    /// It reports on the end of a year, and not on an earlier quarter.
    is_annual: bool,
}

impl Sighting {
    fn new(metadata: &Metadata) -> Option<Self> {
        let end = metadata.period_end?;
        let form = metadata.form.as_str();
        let annual = ["10-K", "20-F", "40-F", "annual report"];
        let is_annual = match metadata.quarter {
            Some(quarter) => quarter == 4,
            None => metadata.months == Some(12) || annual.iter().any(|a| form.starts_with(a)),
        };
        let quarter = metadata.quarter.or(is_annual.then_some(4))?;
        let behind = 4_i32.checked_sub(i32::from(quarter)).filter(|n| *n < 4)?;
        Some(Self {
            end,
            year_end: nominal(end) + 3 * behind,
            fiscal_year: metadata.year,
            is_annual,
        })
    }

    /// How the year is called against the calendar year in which it ends; none where the filing has
    /// another calendar, or a year that cannot be.
    fn offset(&self, month: Month) -> Option<i32> {
        let behind = (self.year_end - i32::from(u8::from(month)) + 1).rem_euclid(12);
        let end = match behind {
            0 => self.year_end,
            // Quarters of twelve weeks end nearer to another month.
            1 if !self.is_annual => self.year_end - 1,
            11 if !self.is_annual => self.year_end + 1,
            _ => return None,
        };
        let offset = self.fiscal_year?.checked_sub(end.div_euclid(12))?;
        (-1..=1).contains(&offset).then_some(offset)
    }
}

impl Calendar {
    /// The calendar of the company whose filings these are; none where no filing says when its period
    /// ended. After a change of the year's end the newest annual report counts.
    pub fn learn<'a>(filings: impl Iterator<Item = &'a Metadata>) -> Option<Self> {
        let mut seen: Vec<Sighting> = filings.filter_map(Sighting::new).collect();
        seen.sort_by_key(|sighting| sighting.end);
        let annual = seen.iter().rev().find(|sighting| sighting.is_annual);
        let month = match annual {
            Some(newest) => month_of(newest.year_end),
            None => most(seen.iter().map(|sighting| month_of(sighting.year_end)))?,
        };
        let offset = most(seen.iter().filter_map(|sighting| sighting.offset(month)));
        Some(Self {
            month,
            offset: offset.unwrap_or(0),
        })
    }

    /// The last day of the month with which a fiscal year ends.
    pub fn year_end(&self, fiscal_year: i32) -> Date {
        self.quarter_end(fiscal_year, 4)
    }

    /// The last day of the month with which a fiscal quarter, from 1 to 4, ends.
    pub fn quarter_end(&self, fiscal_year: i32, quarter: u8) -> Date {
        let year = fiscal_year.saturating_sub(self.offset);
        let year_end = month_number(year, self.month);
        month_end(year_end - 3 * (4 - i32::from(quarter)))
    }

    /// True where a fiscal quarter ends at `end` or within three weeks of it.
    pub fn ends_at(&self, fiscal_year: i32, quarter: u8, end: Date) -> bool {
        let days = self.quarter_end(fiscal_year, quarter) - end;
        days.whole_days().abs() <= TOLERANCE
    }

    /// The fiscal year and quarter that end at `end` or within three weeks of it; the fourth quarter
    /// ends with its year.
    pub fn period_of(&self, end: Date) -> Option<(i32, u8)> {
        let around = end.year() - 1 - self.offset.abs()..=end.year() + 1 + self.offset.abs();
        let quarters = around.flat_map(|year| (1..=4).map(move |quarter| (year, quarter)));
        let far = |&(year, quarter): &(i32, u8)| {
            let days = self.quarter_end(year, quarter) - end;
            days.whole_days().abs()
        };
        let nearest = quarters.min_by_key(far)?;
        (far(&nearest) <= TOLERANCE).then_some(nearest)
    }

    /// True where fiscal years are calendar years, in dates and in name.
    pub fn is_calendar_year(&self) -> bool {
        *self == Self::default()
    }
}

/// Months counted through the years; a year beyond all dates is the last of them.
fn month_number(year: i32, month: Month) -> i32 {
    let year = year.clamp(Date::MIN.year(), Date::MAX.year());
    12 * year + i32::from(u8::from(month)) - 1
}

fn month_of(number: i32) -> Month {
    let before = u8::try_from(number.rem_euclid(12)).expect("less than twelve");
    Month::January.nth_next(before)
}

/// The month with whose end a period ended.
fn nominal(end: Date) -> i32 {
    let own = month_number(end.year(), end.month());
    own - i32::from(end.day() <= SPILL)
}

fn month_end(number: i32) -> Date {
    let (year, month) = (number.div_euclid(12), month_of(number));
    let end = Date::from_calendar_date(year, month, days_in_month(month, year));
    end.unwrap_or(if number < 0 { Date::MIN } else { Date::MAX })
}

/// What most have; of several the last.
fn most<T: Copy + PartialEq>(all: impl Iterator<Item = T>) -> Option<T> {
    let all: Vec<T> = all.collect();
    let count = |item: &&T| all.iter().filter(|other| other == item).count();
    all.iter().max_by_key(count).copied()
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
