//! The presentation of a figure: how a question wants it written.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::pattern::compiled;

/// How a figure is to be written, where the question says so.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Presentation {
    pub percent: bool,
    /// 1e6 of `in USD millions`.
    pub unit: Option<f64>,
    pub decimals: Option<usize>,
}

pub(super) static PERCENT: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bpercents?\b|\bpercentage\b|%"));
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:usd|us\$|dollars?|eur|gbp|\$)?\s*(?:in\s+)?(thousands|millions|billions)\b")
});
static DECIMALS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(one|two|three|four|no|zero|\d)\s+(?:decimals?|decimal\s+places?|digits?)\b")
});

impl Presentation {
    /// Reads it from the whole text of a question.
    pub fn parse(text: &str) -> Self {
        let unit = UNIT
            .captures(text)
            .map(|c| match c[1].as_bytes()[0].to_ascii_lowercase() {
                b't' => 1e3,
                b'm' => 1e6,
                _ => 1e9,
            });
        let decimals = |c: regex::Captures<'_>| match c[1].to_lowercase().as_str() {
            "no" | "zero" => Some(0),
            "one" => Some(1),
            "two" => Some(2),
            "three" => Some(3),
            "four" => Some(4),
            digit => digit.parse().ok(),
        };
        Self {
            percent: PERCENT.is_match(text),
            unit,
            decimals: DECIMALS.captures(text).and_then(decimals),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_answer() {
        let text = "What was capex in FY2021 (in USD billions)? Round to two decimal places.";
        let expected = Presentation {
            percent: false,
            unit: Some(1e9),
            decimals: Some(2),
        };
        assert_eq!(Presentation::parse(text), expected);
    }
}
