//! Aims: which reports of a company have what a question's period asks for, by the company's own
//! fiscal calendar.

use std::collections::HashSet;

use time::Date;

use super::aim::{Aim, in_calendar_year, is_interim, second_half};
use crate::metadata::calendar::Calendar;
use crate::query::period::{End, Part, Period, Relative, Span};
use crate::query::{is_annual, is_form};
use crate::store::DocumentRow;

/// Days by which a report's end may differ from the day that a question names.
const NEAR: i64 = 7;
/// Weight of what does not report exactly on what is named, where another document does.
const INEXACT: f32 = 0.9;

/// Years before its own of which a report has figures, and the weight of what reports on the first of years further
/// apart.
const REPORTED: i32 = 2;
const FIRST: f32 = 0.95;

/// What a period asks of the documents of one company.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aims {
    aims: Vec<Aim>,
    /// Documents that report on exactly what is named.
    exact: HashSet<i64>,
}

impl Aims {
    /// What `period` asks of `rows`, the documents of a company whose fiscal calendar is `calendar`.
    pub fn new(period: &Period, rows: &[&DocumentRow], calendar: Option<&Calendar>) -> Self {
        let mut out = Self::default();
        let company = Company { rows, calendar };
        if !period.is_plain() {
            out.add_relative(period, &company);
            out.add_ends(period, &company);
            let last_year = (period.relative == Some(Relative::LastYear))
                .then(|| company.newest_year())
                .flatten();
            for span in &period.spans {
                let year = span.year.or(last_year);
                out.aims.extend(company.span(&Span { year, ..*span }));
            }
        }
        if out.aims.is_empty() {
            out.aims.push(Aim::new(period.last(), period.quarter));
            // The last year's report has the figures of those before it, and not of all.
            if let (Some(first), Some(last)) = (period.years.first(), period.last())
                && last - first > REPORTED
            {
                out.aims.push(Aim::new(Some(*first), None).weighted(FIRST));
            }
        }
        out
    }

    /// Adds what foretold a year that the period names: the report on the year before it, and those within it.
    pub fn foretell(&mut self, period: &Period) {
        let Some(year) = period.last().filter(|_| period.is_years()) else {
            return;
        };
        self.aims.push(Aim::new(Some(year - 1), None));
        let quarters = [1, 2, 3].map(|quarter| Aim::new(Some(year), Some(quarter)));
        self.aims.extend(quarters);
        self.aims.push(Aim::new(Some(year - 1), Some(4)));
    }

    /// True when a document may report on one of them.
    pub fn is_near(&self, row: &DocumentRow) -> bool {
        self.exact.contains(&row.id) || self.aims.iter().any(|aim| aim.is_near(row))
    }

    /// How likely a document answers, from 0 to 1; none where no period is named. `is_older`: there is
    /// a newer annual report than it.
    pub fn weight(&self, row: &DocumentRow, is_older: bool) -> Option<f32> {
        if self.exact.contains(&row.id) {
            return Some(1.0);
        }
        let fits = self.aims.iter().filter_map(|aim| aim.fit(row, is_older));
        let best = fits.reduce(f32::max)?;
        Some(if self.exact.is_empty() {
            best
        } else {
            best * INEXACT
        })
    }

    fn add_relative(&mut self, period: &Period, company: &Company<'_>) {
        let newest = match &period.relative {
            Some(Relative::LatestReport(form)) => company.newest(period, |row| is_form(row, form)),
            Some(Relative::LatestQuarter) => company.newest(period, is_quarterly),
            Some(Relative::LastYear) if period.spans.is_empty() => {
                let year = company.newest_year();
                self.aims
                    .extend(year.map(|year| Aim::new(Some(year), None)));
                return;
            }
            Some(Relative::LastYear) | None => return,
        };
        for row in newest {
            let meta = &row.metadata;
            self.exact.insert(row.id);
            self.aims.push(Aim::new(meta.year, meta.quarter));
        }
    }

    fn add_ends(&mut self, period: &Period, company: &Company<'_>) {
        // Of several years' ends the last one's report has the others as well.
        let is_year_end =
            |end: &&End| company.calendar.is_some() && end.fiscal_year(company.calendar).is_some();
        let last = period
            .ends
            .iter()
            .filter(is_year_end)
            .max_by_key(|end| end.day);
        for end in &period.ends {
            if is_year_end(&end) && last != Some(end) {
                continue;
            }
            self.exact.extend(company.ending(end.day));
            let aims = company.end(end);
            self.aims.extend(aims);
        }
    }
}

fn is_quarterly(row: &DocumentRow) -> bool {
    row.metadata.quarter.is_some() || is_interim(row)
}

/// The documents of a company, and its calendar where they tell.
struct Company<'a> {
    rows: &'a [&'a DocumentRow],
    calendar: Option<&'a Calendar>,
}

impl Company<'_> {
    /// When what a document reports on ended, as far as is known.
    fn end_of(&self, row: &DocumentRow) -> Option<Date> {
        let meta = &row.metadata;
        let nominal = || {
            let calendar = self.calendar.copied().unwrap_or_default();
            Some(calendar.quarter_end(meta.year?, meta.quarter.unwrap_or(4).clamp(1, 4)))
        };
        meta.period_end.or_else(nominal)
    }

    /// The newest documents of a kind, in the years that the period names if there are such.
    fn newest(&self, period: &Period, is_kind: impl Fn(&DocumentRow) -> bool) -> Vec<&DocumentRow> {
        let of_kind = || self.rows.iter().copied().filter(|row| is_kind(row));
        let in_years = |row: &&DocumentRow| {
            let year = row.metadata.year;
            year.is_some_and(|year| period.years.contains(&year))
        };
        let mut rows: Vec<&DocumentRow> = of_kind().filter(in_years).collect();
        if rows.is_empty() {
            rows = of_kind().collect();
        }
        let newest = rows.iter().filter_map(|row| self.end_of(row)).max();
        rows.retain(|row| newest.is_some() && self.end_of(row) == newest);
        rows
    }

    /// The fiscal year of the newest annual report.
    fn newest_year(&self) -> Option<i32> {
        let is_of_year = |row: &DocumentRow| is_form(row, "10-K") && !is_interim(row);
        let newest = self.newest(&Period::default(), is_of_year);
        newest.first()?.metadata.year
    }

    /// Documents that report on what ended on a day; of current reports those of the day, where no
    /// other does.
    fn ending(&self, day: Date) -> Vec<i64> {
        let is_near = |row: &&&DocumentRow| {
            let end = row.metadata.period_end;
            end.is_some_and(|end| (end - day).whole_days().abs() <= NEAR)
        };
        let near = self.rows.iter().filter(is_near);
        let (periodic, current): (Vec<&DocumentRow>, Vec<&DocumentRow>) =
            near.partition(|row| is_quarterly(row) || is_annual(&row.metadata.form));
        let found = if periodic.is_empty() {
            current
        } else {
            periodic
        };
        found.iter().map(|row| row.id).collect()
    }

    /// The reports on what ends on a day, where the calendar knows it as the end of something.
    fn end(&self, end: &End) -> Vec<Aim> {
        let known = self
            .calendar
            .and_then(|calendar| calendar.period_of(end.day));
        let Some((year, quarter)) = known else {
            return Vec::new();
        };
        match (quarter, end.months) {
            (4, None | Some(12)) => vec![Aim::new(Some(year), None)],
            (4, Some(6)) => second_half(Some(year)),
            (quarter, _) => vec![Aim::new(Some(year), Some(quarter))],
        }
    }

    /// The reports on a part of a year.
    fn span(&self, span: &Span) -> Vec<Aim> {
        let own = self
            .calendar
            .filter(|calendar| !calendar.is_calendar_year());
        if let (Some(calendar), Some(year), true) = (own, span.year, span.calendar) {
            return in_calendar_year(calendar, year, span.part);
        }
        let quarter = match span.part {
            Part::Year => None,
            Part::Quarter(quarter) => Some(quarter),
            Part::Half(1) => Some(2),
            Part::Half(_) => return second_half(span.year),
            Part::Months(months) => Some(months.div_ceil(3)).filter(|q| *q < 4),
            Part::YearToDate => return self.to_date(span.year),
        };
        vec![Aim::new(span.year, quarter)]
    }

    /// The newest interim report, of a year where one is named.
    fn to_date(&self, year: Option<i32>) -> Vec<Aim> {
        let is_of_year =
            |row: &DocumentRow| is_interim(row) && (year.is_none() || row.metadata.year == year);
        let newest = self.newest(&Period::default(), is_of_year);
        let aim = newest
            .first()
            .map(|row| Aim::new(row.metadata.year, row.metadata.quarter));
        vec![aim.unwrap_or(Aim::new(year, None))]
    }
}

#[cfg(test)]
#[path = "aims_tests.rs"]
mod tests;
