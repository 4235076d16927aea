//! Of which period a quote tells: the one that is asked for, or another.

use std::sync::LazyLock;

use regex::Regex;

use super::asked::Asked;
use super::candidate::Candidate;
use super::row::Row;
use super::sign::years;
use crate::pattern::compiled;
use crate::statement::period::{Period as Fiscal, Span};

/// False where a candidate tells of another period than the one that is asked for.
pub fn is_of_period(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    if asked.is_apart || !asked.apart.is_empty() {
        return is_of_day(candidate, asked);
    }
    if asked.years.is_empty() || candidate.row.as_ref().is_some_and(|row| row.is_of_period()) {
        return true;
    }
    if candidate.row.as_ref().is_some_and(|row| !row.may_answer()) {
        return false;
    }
    if candidate.row.is_none() && tells_other_span(&candidate.text, asked) {
        return false;
    }
    if candidate.row.is_none() && tells_other_quarter(&candidate.text, asked) {
        return false;
    }
    // "Q2 2023 Outlook" is no period that has been.
    let heads = candidate.row.as_ref().map(Row::heads);
    if heads.is_some_and(|heads| tells_other_quarter(&heads, asked)) {
        return false;
    }
    // A quarter's figures stand in the report on it, where nothing else is said.
    let quarters = quarters(asked);
    let is_headed = candidate
        .row
        .as_ref()
        .is_some_and(|row| row.is_headed_by(&asked.months));
    if !quarters.is_empty()
        && !is_headed
        && (candidate.row.is_some() || !QUARTER.is_match(&candidate.text))
    {
        let own = candidate.hit.chunk.quarter;
        if !own.is_some_and(|own| quarters.contains(&own)) {
            return false;
        }
    }
    let own = years(&candidate.text);
    if !own.is_empty() {
        return own.iter().any(|year| asked.years.contains(year));
    }
    // What names no year is of the year that its document reports on; a day in a year may lie in the next fiscal one.
    let slack = if asked.is_of_days { 1 } else { 0 };
    let year = candidate.hit.chunk.year;
    year.is_none_or(|year| asked.years.iter().any(|own| (own - year).abs() <= slack))
}

/// True where a candidate is of one of the days asked for: of the twelve months to December tells no year to June.
fn is_of_day(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    /// Days by which a company's own end of a month may be off.
    const APART: i64 = 8;
    asked.apart.iter().any(|end| match &candidate.row {
        Some(row) => row.facts.iter().filter_map(|fact| fact.period).any(|own| {
            let is_long = end.months.is_none_or(|months| own.months == months);
            is_long && (own.end - end.day).whole_days().abs() <= APART
        }),
        None => {
            let month = end.day.month().to_string();
            candidate.text.contains(&month) && years(&candidate.text).contains(&end.day.year())
        }
    })
}

/// The quarters asked for, where all of the periods are quarters.
fn quarters(asked: &Asked) -> Vec<u8> {
    let quarter = |period: &Fiscal| match period.span {
        Span::Quarter(quarter) => Some(quarter),
        _ => None,
    };
    let all: Option<Vec<u8>> = asked.periods.iter().map(quarter).collect();
    all.unwrap_or_default()
}

static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\bthree(?:\s*(?:,|and|-)\s*(?:six|nine))*[\s-]+months?\b|\bquarters?\b")
});

/// True for a sentence of three, six or nine months where a year is asked for, and of six or nine where a quarter is.
fn tells_other_span(text: &str, asked: &Asked) -> bool {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\byears? ended\b|\bfiscal (?:year )?20\d\d\b|\bfull[- ]year\b|\btwelve months\b",
        )
    });
    static LONGER: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)\b(?:six|nine)[\s-]+months?\b|\bfirst half\b"));
    let are = |is: fn(&Span) -> bool| {
        !asked.periods.is_empty() && asked.periods.iter().all(|period| is(&period.span))
    };
    if are(|span| *span == Span::Year) {
        return !YEAR.is_match(text) && (QUARTER.is_match(text) || LONGER.is_match(text));
    }
    if are(|span| matches!(span, Span::HalfYear | Span::NineMonths)) {
        return !LONGER.is_match(text) && QUARTER.is_match(text);
    }
    // Of a year or of six months no quarter is told.
    are(|span| matches!(span, Span::Quarter(_)))
        && !QUARTER.is_match(text)
        && (LONGER.is_match(text) || YEAR.is_match(text))
}

/// True for a sentence of quarters of which none is asked for: of the third where it is the second.
fn tells_other_quarter(text: &str, asked: &Asked) -> bool {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(?:(first|second|third|fourth)[\s-]+quarters?|q([1-4]))\b")
    });
    let told = NAMED
        .captures_iter(text)
        .filter_map(|found| match found.get(2) {
            Some(digit) => digit.as_str().parse().ok(),
            None => match found[1].to_lowercase().as_str() {
                "first" => Some(1),
                "second" => Some(2),
                "third" => Some(3),
                _ => Some(4),
            },
        });
    let told: Vec<u8> = told.collect();
    let wanted = quarters(asked);
    !wanted.is_empty() && !told.is_empty() && !told.iter().any(|own| wanted.contains(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_six_months_neither_a_year_nor_a_quarter_is_told() {
        let of = |span| {
            let mut asked = Asked::default();
            asked.periods.push(Fiscal { year: 2023, span });
            asked
        };
        let (year, quarter) = (of(Span::Year), of(Span::Quarter(2)));
        let six = "in the six months ended June 30, 2023";
        let both = "in the three and six months ended June 30, 2023";
        assert!(tells_other_span(six, &year) && tells_other_span(both, &year));
        assert!(tells_other_span(six, &quarter) && !tells_other_span(both, &quarter));
        assert!(!tells_other_span(
            "in the year ended June 30, 2023, and the third quarter",
            &year
        ));
        let second = of(Span::Quarter(2));
        assert!(tells_other_quarter(
            "sales fell in the third quarter of 2023",
            &second
        ));
        assert!(!tells_other_quarter(
            "in the second quarter, after Q1",
            &second
        ));
        assert!(!tells_other_quarter("in the third quarter", &year));
        assert!(!tells_other_span("in 2023", &year) && !tells_other_span(six, &Asked::default()));
    }
}
