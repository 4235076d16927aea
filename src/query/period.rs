//! Periods in a question: fiscal years and quarters, in the ways people write them (`FY2018`,
//! `fiscal 18`, `2023Q1`, `Q2 of FY2024`, `first half of 2023`).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// The years and the quarter that a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Period {
    /// Ascending, each once.
    pub years: Vec<i32>,
    pub quarter: Option<u8>,
}

impl Period {
    /// Reads the periods of `text`. Years that are marked as fiscal ones outrank bare ones: "as of
    /// FY2021, what was expected for 2024" is about 2021.
    pub fn parse(text: &str) -> Self {
        let mut years: Vec<i32> = FISCAL
            .captures_iter(text)
            .filter_map(|c| c.get(1).or(c.get(2)))
            .filter_map(|year| full(year.as_str()))
            .collect();
        if years.is_empty() {
            let bare = YEAR.find_iter(text).filter(|m| is_period(text, m.range()));
            years = bare.filter_map(|m| full(m.as_str())).collect();
        } else {
            years.extend(range_ends(text, &years));
        }
        years.sort_unstable();
        years.dedup();
        Self {
            years,
            quarter: quarter(text),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.years.is_empty() && self.quarter.is_none()
    }

    /// The last year: whose report has the years before it as well.
    pub fn last(&self) -> Option<i32> {
        self.years.last().copied()
    }
}

/// `FY2018`, `FY 18`, `fiscal year 2018`, `fiscal '18`, `2Q24`, `FY2023Q1`, `2023Q1`.
static FISCAL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:fy|fiscal(?:\s+years?)?|[1-4]q|q[1-4])(?:\s+of)?(?:\s+(?:fy|fiscal(?:\s+year)?))?\s*['’]?((?:19|20)?\d\d)(?:\b|q)|\b((?:19|20)\d\d)\s*q[1-4]\b",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:19[89]\d|20[0-5]\d)\b"));
static QUARTER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b|\d)q([1-4])\b|\b([1-4])q|\b(first|second|third|fourth|1st|2nd|3rd|4th)[\s-]+quarter\b",
    )
});
static HALF: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bh1\b|\b1h\d*|\bfirst[\s-]+half\b"));
/// What makes a year no period: an amount, a due date, a number of things.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)(?:[$€£]\s*|\bdue\s+(?:in\s+)?|matur\w*\s+(?:in\s+)?|\d[.,])$")
});
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)^(?:[.,]\d|%|\s+(?:shares|units|million|billion|employees|stores|notes)\b)")
});

fn is_period(text: &str, range: Range<usize>) -> bool {
    !BEFORE.is_match(&text[..range.start]) && !BEHIND.is_match(&text[range.end..])
}

/// The unmarked end of `FY2016-2018` and `fiscal 2016 to 2018`.
fn range_ends(text: &str, years: &[i32]) -> Vec<i32> {
    static RANGE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"\b(20\d\d|19\d\d)\s*(?:-|–|—|to|through|and|,)\s*((?:19|20)\d\d)\b")
    });
    static MARKED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)(?:fy|fiscal(?:\s+years?)?)\s*((?:19|20)\d\d)\s*(?:-|–|—|to|through|and|,)\s*((?:19|20)\d\d)\b",
        )
    });
    let ends = MARKED.captures_iter(text).chain(RANGE.captures_iter(text));
    ends.filter_map(|c| Some((full(c.get(1)?.as_str())?, full(c.get(2)?.as_str())?)))
        .filter(|(from, _)| years.contains(from))
        .map(|(_, to)| to)
        .collect()
}

fn full(year: &str) -> Option<i32> {
    let number: i32 = year.parse().ok()?;
    match year.len() {
        2 if number >= 80 => Some(1900 + number),
        2 => Some(2000 + number),
        _ => Some(number),
    }
}

fn quarter(text: &str) -> Option<u8> {
    if let Some(found) = QUARTER.captures(text) {
        let word = found
            .iter()
            .skip(1)
            .flatten()
            .next()?
            .as_str()
            .to_lowercase();
        return Some(match word.as_str() {
            "1" | "first" | "1st" => 1,
            "2" | "second" | "2nd" => 2,
            "3" | "third" | "3rd" => 3,
            _ => 4,
        });
    }
    // A half year is reported with its second quarter.
    HALF.is_match(text).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_quarters_in_many_hands() {
        let cases: [(&str, &[i32], Option<u8>); 18] = [
            ("capex in FY2018", &[2018], None),
            ("capex in FY18 and fiscal '19", &[2018, 2019], None),
            ("from FY2015 to FY2017", &[2015, 2017], None),
            ("FY2016-2018 average", &[2016, 2018], None),
            ("fiscal years 2016 through 2018", &[2016, 2018], None),
            ("As of FY2023Q1, why", &[2023], Some(1)),
            ("Q2 of FY2024 against FY 2023", &[2023, 2024], Some(2)),
            ("2Q24 revenue", &[2024], Some(2)),
            ("2023Q3 margin", &[2023], Some(3)),
            ("the second quarter of 2022", &[2022], Some(2)),
            ("in H1 FY2023", &[2023], Some(2)),
            ("on May 26, 2023", &[2023], None),
            ("As of FY 2021, what is due in 2024", &[2021], None),
            ("the notes due 2025", &[], None),
            ("$2,018 and 2018 shares and 2020%", &[], None),
            (
                "between 2022 and the 2021 fiscal period",
                &[2021, 2022],
                None,
            ),
            ("form 10-K, item 2", &[], None),
            ("COVID-19 and 3M", &[], None),
        ];
        for (text, years, quarter) in cases {
            let found = Period::parse(text);
            assert_eq!(
                (found.years.as_slice(), found.quarter),
                (years, quarter),
                "{text}"
            );
        }
    }
}
