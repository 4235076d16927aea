//! What a question wants of the years that it names, and the words that say so.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// What is wanted of the years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The figure of each year.
    Each,
    Average,
    /// What they come to together.
    Sum,
    /// The change from the first year to the last, or from the year before.
    Change,
    /// The yearly rate by which the figure of the first year grows to that of the last (CAGR).
    Compound,
}

/// Words for the compound rate; what they ask of the years is a change.
pub(super) static COMPOUND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bCAGR\b|\bcompound(?:ed)?\s+(?:annual|yearly)(?:i[sz]ed)?\s+(?:rate\s+of\s+growth|growth(?:\s+rate)?|rate)\b|\bannuali[sz]ed\s+growth(?:\s+rate)?\b",
    )
});

/// Words for the twelve months that end with a period, or on a day that follows them.
pub(super) static TRAILING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:on|for|over|in|at)\s+)?(?:\b(?:an?|the|its|their)\s+)?\b(?:ttm|ltm|(?:trailing|last|past)[\s-]+(?:twelve|12)[\s-]+months?)\b(?:[\s-]+(?:basis|period)\b)?",
    )
});

/// `the twelve months ended June 30, 2023`, which may be no fiscal year.
pub(super) static TWELVE_TO: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:for|over|in|during)\s+)?(?:\bthe\s+)?\b(?:twelve|12)[\s-]+months?(?:[\s-]+period)?\s+(?:ended|ending|to|through)\b(?:\s+on\b)?",
    )
});

pub(super) static AVERAGE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:average|mean)\b"));
/// Words for what several periods come to together.
pub(super) static SUM: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bsum\b|\bcombined\b|\bcumulative(?:ly)?\b|\bin (?:total|aggregate|all)\b|\baltogether\b|\badd(?:s|ed)? up\b|\badded together\b|\btaken together\b|\btotal(?:l?ed)?\b.*\b(?:over|across)\b|\btogether\b",
    )
});
pub(super) static CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:year[- ]over[- ]year|yoy|y/y|chang\w*|grow\w*|grew|increas\w*|decreas\w*|declin\w*|improv\w*|deteriorat\w*|compare[ds]?|trend\w*|higher|lower|drop\w*|fell|fall|ris(?:e|en|ing)|rose|consistent|fluctuat\w*|differences?|expand\w*|shr[aiu]nk\w*)\b",
    )
});
