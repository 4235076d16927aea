//! What a press release says of who speaks: the name before its ticker, its headline, its dateline.

use std::sync::LazyLock;

use regex::Regex;

use super::{Vote, vote};
use crate::metadata::name::{self, run_before};
use crate::metadata::text::Text;
use crate::pattern::compiled;

/// `(NYSE: MGM)`, `(Nasdaq: “AAPL”)`, `(LSE: BARC)`.
pub static TICKER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\((?:[^()]{0,40}\b)?(?:NYSE|Nyse|NASDAQ|Nasdaq|LSE|TSX|AMEX|ASX|SIX|XETRA|Euronext|OTC|NYSE American|CBOE)\b[^():]{0,30}:\s*[“\x22']?(?P<ticker>[A-Z][A-Z0-9.\-]{0,6})\b[^)]{0,60}\)",
    )
});
/// What a headline says that its company does.
static HEADLINE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?P<name>.{2,80}?)\s+(?:reports|announces|releases|delivers|posts|declares|completes|prices|appoints|names|provides|updates|achieves|expands|launches|enters|agrees|to\s+(?:acquire|report|webcast|present|sell|merge))\b",
    )
});
/// `Intel Corporation today reported`
static TODAY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?:,)?(?:\s+\([^)]{1,60}\))?,?\s+(?:today\b|(?:has\s+)?(?:reported|announced|recorded|released)\b)",
    )
});

pub fn votes(text: &Text<'_>) -> Vec<Vote> {
    let mut out = Vec::new();
    let opening = text.opening(200);
    let mut weight = 4.0;
    for found in TICKER.find_iter(&opening).take(4) {
        if let Some(name) = run_before(&opening[..found.start()], text) {
            out.push(vote(name, weight, "the name before its ticker"));
            weight = 0.5;
        }
    }
    out.extend(headline(text));
    out.extend(dateline(&opening, text));
    out
}

fn headline(text: &Text<'_>) -> Option<Vote> {
    const LINES: usize = 40;
    let lines = text.cover.iter().take(LINES).enumerate();
    let name = |(at, line): (usize, &crate::metadata::text::CoverLine<'_>)| {
        let found = HEADLINE.captures(line.text)?;
        let name = name::parse(&found["name"], text).filter(|n| text.says_again(n))?;
        let weight = if at < 15 { 3.0 } else { 1.5 };
        Some(vote(name, weight, "the headline"))
    };
    lines.filter_map(name).next()
}

/// `SANTA CLARA, Calif., Jan. 26, 2023 -- Intel Corporation today reported …`
fn dateline(opening: &str, text: &Text<'_>) -> Option<Vote> {
    static DASH: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?:\b(?:19|20)\d\d\)?|\b[A-Z]{3,}|WIRE\)|/)\s*(?:–|—|--|-)\s*(?P<rest>\S.{2,160})",
        )
    });
    DASH.captures_iter(opening).take(6).find_map(|found| {
        let rest = found.name("rest")?.as_str();
        let end = TODAY.find(rest)?.start();
        let name = name::parse(&rest[..end], text)?;
        Some(vote(name, 3.0, "the dateline"))
    })
}

/// True where the opening of a document is that of a press release: a dateline or a wire's mark.
pub fn is_press_release(opening: &str) -> bool {
    static WIRE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i:business wire|prnewswire|pr newswire|globe ?newswire|for immediate release|news release|press release)|[A-Z]{3,}[^.]{0,40}?,? (?:\(|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[^.–—-]{0,30}(?:19|20)\d\d\)?\s*(?:–|—|--| - )",
        )
    });
    WIRE.is_match(opening) || (TICKER.is_match(opening) && HEADLINE.is_match(opening))
}
