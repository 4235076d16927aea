//! Periods in a question: fiscal years and parts of them, the days on which something ends, and what
//! is named by its place in time, in the ways people write them (`FY2018`, `Q2 of FY2024`, `2H23`,
//! `nine months of 2023`, `at July 29, 2023`, `calendar 2022`, `the latest quarter`).

pub mod count;
mod end;
mod fiscal;
mod part;
mod relative;
mod span;
mod year;

use std::sync::LazyLock;

use regex::Regex;

use super::form;
use crate::metadata::calendar::Calendar;
use crate::pattern::compiled;
pub use end::End;
pub use fiscal::Periods;
pub use part::Part;
pub use relative::Relative;
pub use span::Span;

/// The periods that a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Period {
    /// All years that are named, of whatever; ascending, each once.
    pub years: Vec<i32>,
    /// The first quarter that is named; the second of a first half, which is reported with it.
    pub quarter: Option<u8>,
    /// Parts of years, and calendar years, each once in the text's order.
    pub spans: Vec<Span>,
    /// Ends of what is asked about, each once in the text's order.
    pub ends: Vec<End>,
    pub relative: Option<Relative>,
    /// The years are called fiscal ones.
    #[serde(skip)]
    is_marked: bool,
}

impl Period {
    /// Reads the periods of `text`. Years that are marked as fiscal ones outrank bare ones: "as of
    /// FY2021, what was expected for 2024" is about 2021.
    pub fn parse(text: &str) -> Self {
        let text = &year::without_split(text);
        let (mut years, is_marked) = year::parse(text);
        let ends = end::parse(text);
        // `October 2022 through September 2023` is of neither year.
        for found in &ends {
            let (inner, _) = year::parse(&text[found.range.clone()]);
            years.retain(|year| *year == found.end.day.year() || !inner.contains(year));
        }
        let taken: Vec<_> = ends.iter().map(|found| found.range.clone()).collect();
        let spans = span::parse(text, &taken);
        // `1H23` names a year that nothing else does.
        let own = spans.iter().filter(|found| found.has_own_year);
        let own = own.filter(|found| found.is_short || !is_marked);
        years.extend(own.filter_map(|found| found.span.year));
        if !is_marked {
            years.extend(ends.iter().map(|found| found.end.day.year()));
        }
        let mut out = Self {
            years,
            quarter: quarter(text),
            is_marked,
            ..Self::default()
        };
        out.years.sort_unstable();
        out.years.dedup();
        for found in ends {
            if !out.ends.contains(&found.end) {
                out.ends.push(found.end);
            }
        }
        let named: Vec<_> = spans.iter().map(|found| found.range.clone()).collect();
        for found in spans {
            if !out.spans.contains(&found.span) {
                out.spans.push(found.span);
            }
        }
        out.complete(relative::parse(text, &named));
        out
    }

    /// Fits the parts to each other.
    fn complete(&mut self, relative: Option<Relative>) {
        let first = self.spans.iter().find_map(|span| match span.part {
            Part::Quarter(quarter) => Some(quarter),
            Part::Half(1) => Some(2),
            _ => None,
        });
        self.quarter = self.quarter.or(first);
        if let (Some(quarter), true) = (self.quarter, self.spans.is_empty()) {
            self.spans.push(Span {
                year: None,
                part: Part::Quarter(quarter),
                calendar: false,
            });
        }
        let last = self.last();
        for span in &mut self.spans {
            span.year = span.year.or(last);
        }
        // A year that is named says what "last year" is counted from.
        self.relative = relative.filter(|r| *r != Relative::LastYear || self.years.is_empty());
    }

    pub fn is_empty(&self) -> bool {
        self.years.is_empty()
            && self.spans.is_empty()
            && self.ends.is_empty()
            && self.relative.is_none()
    }

    /// The last year: whose report has the years before it as well.
    pub fn last(&self) -> Option<i32> {
        self.years.last().copied()
    }

    /// True where it is years, and one quarter or first half at most: what the years and the quarter
    /// say in full.
    pub fn is_plain(&self) -> bool {
        let is_quarter =
            |span: &Span| matches!(span.part, Part::Quarter(_) | Part::Half(1)) && !span.calendar;
        self.ends.is_empty()
            && self.relative.is_none()
            && self.spans.len() <= 1
            && self.spans.iter().all(is_quarter)
    }

    /// True where whole fiscal years are all that it may be: nothing names a part of one, a day, or
    /// another calendar.
    pub fn is_years(&self) -> bool {
        self.spans.is_empty() && self.ends.is_empty() && self.relative.is_none()
    }

    /// True where it names a part of a year, or a day.
    pub fn has_parts(&self) -> bool {
        !self.spans.is_empty() || !self.ends.is_empty()
    }

    /// The fiscal years that it is, in a company of this `calendar`; empty where it names none. None
    /// where it is anything but whole fiscal years, or where nobody can tell.
    pub fn whole_years(&self, calendar: Option<&Calendar>) -> Option<Vec<i32>> {
        let is_year = |span: &Span| {
            span.part == Part::Year && calendar.is_some_and(Calendar::is_calendar_year)
        };
        let is_annual = match &self.relative {
            Some(Relative::LatestQuarter) => false,
            Some(Relative::LatestReport(form)) => form::is_annual(form),
            Some(Relative::LastYear) | None => true,
        };
        if !is_annual || !self.spans.iter().all(is_year) {
            return None;
        }
        let mut years = self.years.clone();
        let mut shift = 0;
        if !self.is_marked {
            years.retain(|year| self.ends.iter().all(|end| end.day.year() != *year));
        }
        let mut of_ends = Vec::new();
        for end in &self.ends {
            let year = end.fiscal_year(calendar)?;
            shift = year - end.day.year();
            of_ends.push(year);
        }
        if !self.is_marked {
            years.iter_mut().for_each(|year| *year += shift);
        }
        years.extend(of_ends);
        years.sort_unstable();
        years.dedup();
        Some(years)
    }

    /// True for a word that says when where the question says when: `ended`, `months` and the names of
    /// months beside a date, `latest` beside a report.
    pub fn is_word(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        let of_end = ["ended", "ending", "weeks", "months"].contains(&lower.as_str());
        let of_span = ["months", "weeks", "half", "calendar", "date"].contains(&lower.as_str());
        let of_relative = ["latest", "newest", "most", "recent"].contains(&lower.as_str());
        !self.ends.is_empty() && (of_end || end::month(&lower).is_some())
            || !self.spans.is_empty() && of_span
            || self.relative.is_some() && of_relative
    }

    /// For people, one of each: `FY2023`, `Q3 2023`, `9 months of 2023`, `at 2023-07-29`, `latest 10-Q`.
    pub fn labels(&self) -> Vec<String> {
        let is_told = |year: &&i32| {
            let of_span = self.spans.iter().any(|span| span.year == Some(**year));
            of_span || self.ends.iter().any(|end| end.day.year() == **year)
        };
        let years = self.years.iter().filter(|year| !is_told(year));
        let mut out: Vec<String> = years.map(|year| format!("FY{year}")).collect();
        out.extend(self.spans.iter().map(Span::label));
        out.extend(self.ends.iter().map(End::label));
        out.extend(self.relative.iter().map(Relative::label));
        out
    }
}

static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b|\d)q([1-4])\b|\b([1-4])q|\b(first|second|third|fourth|1st|2nd|3rd|4th)[\s-]+quarter\b",
    )
});
static HALF: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bh1\b|\b1h\d*|\bfirst[\s-]+half\b"));

fn quarter(text: &str) -> Option<u8> {
    if let Some(found) = QUARTER.captures(text) {
        let word = found.iter().skip(1).flatten().next()?;
        return count::ordinal(word.as_str());
    }
    // A half year is reported with its second quarter.
    HALF.is_match(text).then_some(2)
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
