//! An aim: a report that has what a question asks for, by the fiscal year and quarter that it is on.

use time::Duration;

use crate::metadata::calendar::Calendar;
use crate::query::{self, period::Part};
use crate::store::DocumentRow;

/// Weight of older and interim reports where no period is named: breaks ties between years, and
/// does not put every page of the newest report before the others.
pub const RECENT: f32 = 0.96;
/// Days that a fiscal year, and a fiscal quarter, must share with a calendar period to have its figures.
const SHARED_YEAR: i64 = 45;
const SHARED_QUARTER: i64 = 20;

/// A report that is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    pub year: Option<i32>,
    /// None: that of the whole year.
    pub quarter: Option<u8>,
    /// Against the other aims.
    pub weight: f32,
}

impl Aim {
    pub fn new(year: Option<i32>, quarter: Option<u8>) -> Self {
        Self {
            year,
            quarter,
            weight: 1.0,
        }
    }

    pub fn weighted(self, weight: f32) -> Self {
        Self { weight, ..self }
    }

    /// True when a document may report on it: of its year, or up to two years after it, whose reports
    /// still have its figures.
    pub fn is_near(&self, row: &DocumentRow) -> bool {
        let Some(last) = self.year else {
            return self
                .quarter
                .is_some_and(|q| row.metadata.quarter == Some(q));
        };
        row.metadata
            .year
            .is_some_and(|year| (last..=last.saturating_add(2)).contains(&year))
    }

    /// How likely a document has it, from what it reports on; none where it names no period. Without a
    /// year the newest annual report is meant, and not one that `is_older`.
    pub fn fit(&self, row: &DocumentRow, is_older: bool) -> Option<f32> {
        if self.year.is_none() && self.quarter.is_none() {
            return None;
        }
        let meta = &row.metadata;
        let quarter = match self.quarter {
            Some(wanted) if meta.quarter == Some(wanted) => 1.0,
            // The fourth quarter stands in the annual report.
            Some(4) if !is_interim(row) => 0.9,
            Some(_) => 0.6,
            None if is_interim(row) => 0.75,
            None => 1.0,
        };
        let year = match (self.year, meta.year) {
            (Some(last), Some(year)) => match year.saturating_sub(last) {
                0 => 1.0,
                1 => 0.8,
                2 => 0.7,
                _ => 0.5,
            },
            (Some(_), None) => 0.7,
            (None, _) if is_older => RECENT,
            (None, _) => 1.0,
        };
        Some(quarter * year * self.weight)
    }
}

/// Whether a document reports on less than a year.
pub fn is_interim(row: &DocumentRow) -> bool {
    row.metadata.quarter.is_some_and(|q| q < 4) || query::is_interim(&row.metadata.form)
}

/// What the second half of a year is in: the annual report, what was said of its fourth quarter, and
/// the report on its third.
pub fn second_half(year: Option<i32>) -> Vec<Aim> {
    vec![
        Aim::new(year, None),
        Aim::new(year, Some(4)),
        Aim::new(year, Some(3)).weighted(0.95),
    ]
}

/// The fiscal periods that share enough of a part of a calendar year; the one that shares most first.
pub fn in_calendar_year(calendar: &Calendar, year: i32, part: Part) -> Vec<Aim> {
    let wanted = Calendar::default();
    let (before, end) = match part {
        Part::Quarter(q) => (wanted.quarter_end(year, q) - Duration::days(90), q),
        Part::Half(1) => (wanted.year_end(year - 1), 2),
        Part::Half(_) => (wanted.quarter_end(year, 2), 4),
        Part::Months(months) => (wanted.year_end(year - 1), months.div_ceil(3).clamp(1, 4)),
        Part::Year | Part::YearToDate => (wanted.year_end(year - 1), 4),
    };
    let end = wanted.quarter_end(year, end);
    let is_year = matches!(part, Part::Year | Part::YearToDate);
    let (months, least) = if is_year {
        (12, SHARED_YEAR)
    } else {
        (3, SHARED_QUARTER)
    };
    let mut shared: Vec<(i64, Aim)> = Vec::new();
    for fiscal in year - 1..=year + 2 {
        for quarter in 1..=4 {
            let own_end = calendar.quarter_end(fiscal, quarter);
            let own_start = own_end - Duration::days(months * 365 / 12);
            let days = (end.min(own_end) - before.max(own_start)).whole_days();
            if days >= least && (quarter == 4 || !is_year) {
                let own = Some(quarter).filter(|_| !is_year);
                shared.push((days, Aim::new(Some(fiscal), own)));
            }
        }
    }
    // Halves of a year differ by days.
    let most = shared.iter().map(|(days, _)| *days).max().unwrap_or(0);
    let weigh = |(days, aim): (i64, Aim)| {
        let is_most = days * 10 >= most * 9;
        aim.weighted(if is_most { 1.0 } else { 0.95 })
    };
    shared.into_iter().map(weigh).collect()
}
