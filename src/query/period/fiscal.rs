//! Fiscal periods: what a question's periods are in a company's own years, quarters and halves.

use super::{End, Part, Period, Span};
use crate::metadata::calendar::Calendar;
use crate::statement::period::{Period as Fiscal, Span as Stretch};

/// The fiscal periods that a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Periods {
    /// Ascending, each once; all of one length. Empty: the last year that the library has.
    #[serde(skip)]
    pub all: Vec<Fiscal>,
    /// The question names the day: it asks how things stood, and not what they came to.
    pub is_day: bool,
}

impl Periods {
    pub fn years(&self) -> Vec<i32> {
        let mut years: Vec<i32> = self.all.iter().map(|period| period.year).collect();
        years.dedup();
        years
    }

    /// True where whole fiscal years are all that it is.
    pub fn is_years(&self) -> bool {
        self.all.iter().all(|period| period.span == Stretch::Year)
    }
}

impl Period {
    /// The fiscal periods that it is, in a company of this `calendar`. None where it is of another calendar,
    /// of periods of several lengths or of a length that no statement has, or where nobody can tell.
    pub fn fiscal(&self, calendar: Option<&Calendar>) -> Option<Periods> {
        if let Some(years) = self.whole_years(calendar) {
            let year = |year| Fiscal {
                year,
                span: Stretch::Year,
            };
            return Some(Periods {
                all: years.into_iter().map(year).collect(),
                is_day: false,
            });
        }
        if self.relative.is_some() {
            return None;
        }
        let mut all = Vec::new();
        let mut told: Vec<i32> = Vec::new();
        let mut is_day = false;
        for end in &self.ends {
            all.push(of_end(end, calendar?)?);
            told.push(end.day.year());
            is_day |= end.months.is_none();
        }
        for span in &self.spans {
            // The quarter that ends on a day is named twice.
            if all.is_empty() || span.year.is_some_and(|year| !told.contains(&year)) {
                all.push(of_span(span, calendar)?);
            }
            told.extend(span.year);
        }
        // A year beside a quarter may be another period.
        if self.years.iter().any(|year| !told.contains(year)) {
            return None;
        }
        all.sort_unstable();
        all.dedup();
        let length = |period: &Fiscal| period.span.end().1;
        let is_even = all
            .windows(2)
            .all(|pair| length(&pair[0]) == length(&pair[1]));
        (is_even && !all.is_empty()).then_some(Periods { all, is_day })
    }
}

fn of_end(end: &End, calendar: &Calendar) -> Option<Fiscal> {
    let (year, quarter) = calendar.period_of(end.day)?;
    let span = match (end.months, quarter) {
        (Some(12) | None, 4) => Stretch::Year,
        (Some(3) | None, quarter) => Stretch::Quarter(quarter),
        (Some(6), 2) => Stretch::HalfYear,
        (Some(9), 3) => Stretch::NineMonths,
        _ => return None,
    };
    Some(Fiscal { year, span })
}

fn of_span(span: &Span, calendar: Option<&Calendar>) -> Option<Fiscal> {
    if span.calendar && !calendar.is_some_and(Calendar::is_calendar_year) {
        return None;
    }
    let stretch = match span.part {
        Part::Quarter(quarter) => Stretch::Quarter(quarter),
        Part::Half(1) | Part::Months(6) => Stretch::HalfYear,
        Part::Months(9) => Stretch::NineMonths,
        Part::Months(3) => Stretch::Quarter(1),
        _ => return None,
    };
    Some(Fiscal {
        year: span.year?,
        span: stretch,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Metadata;
    use crate::metadata::date;

    fn read(text: &str, end: &str, year: i32) -> Option<(Vec<String>, bool)> {
        let filing = Metadata {
            form: "10-K".to_owned(),
            period_end: date::from_iso(end),
            year: Some(year),
            ..Metadata::default()
        };
        let calendar = Calendar::learn([filing].iter());
        let periods = Period::parse(text).fiscal(calendar.as_ref())?;
        let labels = periods.all.iter().map(|period| period.label());
        Some((labels.collect(), periods.is_day))
    }

    #[test]
    fn quarters_halves_and_days_by_the_companys_calendar() {
        let of = |labels: &[&str], is_day| {
            let labels = labels.iter().map(|l| (*l).to_owned()).collect();
            Some((labels, is_day))
        };
        for (text, expected) in [
            ("revenue in Q3 2023", of(&["Q3 FY2023"], false)),
            (
                "revenue, second quarter of fiscal 2024",
                of(&["Q2 FY2024"], false),
            ),
            ("the first nine months of FY2023", of(&["9M FY2023"], false)),
            ("the first half of 2023", of(&["H1 FY2023"], false)),
            ("the quarter ended July 29, 2023", of(&["Q2 FY2024"], false)),
            (
                "the six months ended July 29, 2023",
                of(&["H1 FY2024"], false),
            ),
            ("inventories at July 29, 2023", of(&["Q2 FY2024"], true)),
            (
                "in Q1 2022 and Q1 2023",
                of(&["Q1 FY2022", "Q1 FY2023"], false),
            ),
            ("in fiscal 2023", of(&["FY2023"], false)),
            (
                "the three months ended April 29, 2023",
                of(&["Q1 FY2024"], false),
            ),
            ("the second half of 2023", None),
            ("the six months ended October 28, 2023", None),
            ("trailing twelve months to July 29, 2023", None),
        ] {
            assert_eq!(read(text, "2023-01-28", 2023), expected, "{text}");
        }
    }
}
