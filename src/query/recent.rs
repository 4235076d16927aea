//! Recent years: spans that end with the newest report ("over the last three years", "since 2019"), as the years that
//! they are.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::form::is_annual;
use super::period::count::number;
use crate::pattern::compiled;
use crate::store::DocumentRow;

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:over|in|during|for|across|of)\s+)?(?:the\s+|its\s+)?(?:last|past|latest|most recent)\s+(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?:fiscal\s+|full\s+)?years\b",
    )
});
static SINCE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bsince\s+(?:fy\s?|fiscal\s+(?:year\s+)?)?((?:19|20)\d\d)\b"));
/// More years than any library has reports of.
const MOST: i32 = 15;

/// `core` with such spans spelled out, `newest` the last fiscal year with an annual report.
pub fn spelled(core: &str, newest: i32) -> Cow<'_, str> {
    if COUNTED.is_match(core) {
        return COUNTED.replace_all(core, |found: &Captures<'_>| {
            let count = number(&found[1]).map_or(1, i32::from);
            let first = newest - count.min(MOST) + 1;
            format!("from FY{first} to FY{newest}")
        });
    }
    SINCE.replace_all(core, |found: &Captures<'_>| {
        let first: i32 = found[1].parse().unwrap_or(newest);
        match (first..first + MOST).contains(&newest) {
            true => format!("from FY{first} to FY{newest}"),
            false => found[0].to_owned(),
        }
    })
}

/// The last fiscal year on which an annual report of these documents is.
pub fn newest<'a>(documents: impl Iterator<Item = &'a DocumentRow>) -> Option<i32> {
    let annual = documents.filter(|row| is_annual(&row.metadata.form));
    annual.filter_map(|row| row.metadata.year).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_end_now_are_years() {
        for (core, expected) in [
            (
                "Nike revenue over the last three years",
                "Nike revenue from FY2021 to FY2023",
            ),
            (
                "Nike revenue in its past 5 fiscal years?",
                "Nike revenue from FY2019 to FY2023?",
            ),
            ("capex since 2019", "capex from FY2019 to FY2023"),
            ("capex since fiscal 2020", "capex from FY2020 to FY2023"),
            ("capex since 2031", "capex since 2031"),
            ("the last three months", "the last three months"),
        ] {
            assert_eq!(spelled(core, 2023), expected);
        }
    }
}
