//! Names of what tables break down: the figure that a label or a caption means, and what a part is called.

use std::sync::LazyLock;

use regex::Regex;

use super::super::item::{is_item, normal};
use crate::pattern::compiled;

/// Figures that companies break down, by their elements.
pub(super) const MEASURES: [&str; 2] = ["Revenues", "OperatingIncomeLoss"];

/// The figure that a text names: a label, or a caption.
pub(super) fn measure(text: &str) -> Option<&'static str> {
    static REVENUE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?:net sales|sales|revenues?)\b"));
    static NOT_REVENUE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\bcosts?\b|deferred|unearned|percent|marketing|\b(?:as )?a? ?% of|intersegment|inter segment|same store|comparable|growth|per |backlog|remaining performance|tax|receivable|change in|proceeds|purchases|maturities|held for sale|available for sale|securities",
        )
    });
    static INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b(?:operating (?:income|profit|earnings|loss|results)|(?:income|earnings|loss|profit)(?: loss| earnings| income)? from operations|segment (?:operating )?(?:income|profit|earnings|loss|results)|(?:earnings|income|loss)(?: loss)? before interest and taxes|ebit|profit loss|operating profit loss)\b",
        )
    });
    static NOT_INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"adjusted|core|percent|margin|growth|before income taxes|non ?gaap|discontinued|unconsolidated|affiliates|share of|joint venture|equity method|investee|acquisition related",
        )
    });
    let text = normal(text);
    if INCOME.is_match(&text) && !NOT_INCOME.is_match(&text) {
        return Some("OperatingIncomeLoss");
    }
    (REVENUE.is_match(&text) && !NOT_REVENUE.is_match(&text)).then_some("Revenues")
}

/// The figure that a label is the name of, with nothing beside it.
pub(super) fn whole_measure(label: &str) -> Option<&'static str> {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:total |segment |external |third party |consolidated |operating )*(?:net )?(?:operating )?(?:sales|revenues?)(?: net)?(?: from external customers| to external customers| to unaffiliated customers| from customers)?$",
        )
    });
    static INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:total |segment )*(?:operating (?:income|profit|earnings|loss)(?: loss| income)?|(?:income|earnings|loss|profit)(?: loss| earnings)? from operations|(?:segment )?(?:income|profit|earnings|results)(?: loss)?|(?:earnings|income) before interest and taxes|ebit)$",
        )
    });
    let text = normal(label);
    if PLAIN.is_match(&text) {
        return Some("Revenues");
    }
    let is_segment = text.contains("segment")
        || text.contains("operati")
        || text.contains("before interest")
        || text == "ebit";
    (INCOME.is_match(&text) && is_segment).then_some("OperatingIncomeLoss")
}

/// A part's name without what says that it is a sum or of what: `Total Digital Media revenue` is `Digital Media`.
pub(super) fn member(label: &str) -> Option<String> {
    static EDGES: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^total\s+|\s+(?:net\s+)?(?:revenues?|sales|segment|operating (?:income|profit|loss))$|\s*\([0-9a-z]{1,2}\)|[®™*†]|:$",
        )
    });
    let mut text = label.trim().to_owned();
    loop {
        let shorter = EDGES.replace_all(&text, "").trim().to_owned();
        if shorter == text {
            break;
        }
        text = shorter;
    }
    let text = text.trim_start_matches("Net sales of ");
    // The number of a note behind a word, as raised as it may have been.
    static NOTE: LazyLock<Regex> = LazyLock::new(|| compiled(r"([a-z]{5,})\d$"));
    let text = NOTE.replace(text, "$1").into_owned();
    let plain = normal(&text);
    let words = plain.split(' ').count();
    let is_name =
        text.chars().any(char::is_alphabetic) && words <= 12 && (words < 4 || !text.ends_with('.'));
    let first = text.chars().next()?;
    let is_upper = first.is_uppercase()
        || first.is_ascii_digit()
        || text.starts_with('i')
        || text.starts_with("non");
    (is_name && is_upper && !IS_NONE.is_match(&plain) && !is_item(&plain)).then_some(text)
}

/// What no part of a company is called: sums of parts, what lies between them and the whole, figures.
pub(super) static IS_NONE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^$|^(?:total|operating|low|high|range|midpoint|guidance.*|outlook.*|target.*|forecast.*|estimated?.*|actual|budget|consolidated.*|(?:net )?(?:revenues?|sales) by.*|gaap|non gaap|subtotal|company|as reported|net|segments?|reportable segments?|operating segments?|all segments|revenues?|net sales|sales|group|year|years?|fiscal.*|q[1-4].*|[1-4](?:st|nd|rd|th)(?: quarter)?|totals?|reportable|first.*|second.*|third quarter.*|fourth.*|thereafter|present value.*|(?:january|february|march|april|may|june|july|august|september|october|november|december)\b.*|.* (?:january|february|march|april|june|july|august|september|october|november|december) \d+|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec) \d{1,2}(?: \d{4})?)$|\b(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2} (?:19|20)\d\d\b|\b(?:costs?|expenses?|income|loss|losses|profit|margin|tax|taxes|interest|assets|liabilities|cash|earnings|shares?|depreciation|amortization|adjustments?|reconcil\w*|eliminations?|unallocated|connections|additions|subscribers|subscriptions|volumes?|stores|employees|expenditures|impact|effect|increase|decrease|change|receivables?|payments?|contracts?|percent|total revenues?|reportable segments?|basis points|ended|months|weeks|compensation|gain|gains|charges|balance|impairment|restructuring|dividends?|number of|average)\b",
    )
});
