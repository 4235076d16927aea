//! The form of a document: what kind of filing or report it is, by its cover, its first lines, its name.

use std::sync::LazyLock;

use regex::Regex;

use super::text::{Text, compact};
use crate::pattern::compiled;

/// Forms of the Commission, as their covers have them behind "Form".
const FORMS: [(&str, &str); 16] = [
    ("10ka", "10-K/A"),
    ("10kt", "10-KT"),
    ("10k405", "10-K"),
    ("10k", "10-K"),
    ("10qa", "10-Q/A"),
    ("10q", "10-Q"),
    ("8ka", "8-K/A"),
    ("8k", "8-K"),
    ("20fa", "20-F/A"),
    ("20f", "20-F"),
    ("40f", "40-F"),
    ("6k", "6-K"),
    ("s1", "S-1"),
    ("s3", "S-3"),
    ("s4", "S-4"),
    ("f1", "F-1"),
];
/// What other documents call themselves on a line of their own, letters alone, and their form.
static KINDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let kinds = [
        (
            r"^(?:final|preliminary|base)?prospectus(?:supplement)?(?:dated.*)?$|^filed(?:pursuantto|under)rule424",
            "prospectus",
        ),
        (
            r"^schedule14a|^def14a|^noticeof\d{0,4}annual(?:general)?(?:stockholders|shareholders)?meeting|^(?:\d{4})?proxystatement(?:\d{4})?$|^\d{4}noticeofannual",
            "DEF 14A",
        ),
        (
            r"^(?:(?:fourth|third|second|first)?amendedandrestated)?(?:revolving|term|fiveyear|\d+day|senior|secured)*creditagreement(?:datedas.*)?$",
            "credit agreement",
        ),
        (
            r"^(?:group|integrated|our)?(?:(?:19|20)\d\d)?annual(?:integrated|financial)?report(?:andaccounts|andfinancialstatements|andformx?20f|toshareholders|tostockholders|onform\w+)?(?:for)?(?:(?:19|20)\d\d(?:\d\d)?)?$|^universalregistrationdocument",
            "annual report",
        ),
        (
            r"^(?:half(?:year(?:ly)?)?|interim)(?:financial)?report(?:(?:19|20)\d\d)?$|^(?:19|20)\d\d(?:half(?:year(?:ly)?)?|interim)(?:financial)?report$",
            "interim report",
        ),
        (r"^quarterlyreport$", "10-Q"),
    ];
    kinds
        .into_iter()
        .map(|(pattern, kind)| (compiled(pattern), kind))
        .collect()
});
/// Kinds in a file's name, letters alone.
const NAMED: [(&str, &str); 9] = [
    ("earnings", "earnings"),
    ("prospectus", "prospectus"),
    ("annualreport", "annual report"),
    ("quarterlyreport", "10-Q"),
    ("interimreport", "interim report"),
    ("proxystatement", "DEF 14A"),
    ("def14a", "DEF 14A"),
    ("creditagreement", "credit agreement"),
    ("pressrelease", "press release"),
];

/// The form of a document; empty where nothing says it.
pub fn find(text: &Text<'_>) -> String {
    let named = in_name(text.stem);
    // An exhibit of an 8-K says 8-K on its cover; a file named earnings is one all the same.
    if named == Some("earnings") {
        return "earnings".to_owned();
    }
    let found = on_cover(text).or_else(|| in_first_lines(text));
    let found = found.or_else(|| named.map(str::to_owned));
    found.or_else(|| in_sentences(text)).unwrap_or_default()
}

fn in_name(stem: &str) -> Option<&'static str> {
    let flat = compact(stem);
    let kind = NAMED.iter().find(|(key, _)| flat.contains(key));
    let form = || {
        FORMS
            .iter()
            .find(|(key, _)| key.len() > 2 && flat.contains(key))
    };
    let short = || {
        let parts = stem.split(['_', ' ', '.']).map(compact);
        let parts: Vec<String> = parts.collect();
        FORMS.iter().find(|(key, _)| parts.iter().any(|p| p == key))
    };
    let earnings = kind.filter(|(_, kind)| *kind == "earnings");
    let found = earnings.or_else(form).or_else(short).or(kind);
    found.map(|(_, form)| *form)
}

/// `FORM 10-K` on a line of its own, near what every cover has.
fn on_cover(text: &Text<'_>) -> Option<String> {
    const ALONE: usize = 12;
    const NEAR: usize = 14;
    let cover = &text.cover;
    for (at, line) in cover.iter().enumerate() {
        if line.text.split_whitespace().count() > 8 {
            continue;
        }
        let Some((_, behind)) = line.compact.split_once("form") else {
            continue;
        };
        let Some((key, form)) = FORMS.iter().find(|(key, _)| behind.starts_with(key)) else {
            continue;
        };
        // `Form 10-K405`, but not `Form 10-Known`.
        let rest = &behind[key.len()..];
        let from = at.saturating_sub(NEAR);
        let near = &cover[from..cover.len().min(at + NEAR)];
        let official = |l: &&super::text::CoverLine<'_>| {
            [
                "securitiesandexchangecommission",
                "pursuanttosection",
                "pursuanttorule",
                "registrationstatement",
            ]
            .iter()
            .any(|label| l.compact.contains(label))
        };
        if rest.len() > 24 || !(near.iter().any(|l| official(&l)) || at < ALONE) {
            continue;
        }
        let is_amended = near.iter().any(|l| is_amendment(&l.compact));
        if *form == "10-K" && super::period::transition(text).is_some() {
            return Some("10-KT".to_owned());
        }
        let amended =
            is_amended && !form.contains('/') && !form.ends_with('T') && !form.starts_with('S');
        return Some(if amended {
            format!("{form}/A")
        } else {
            (*form).to_owned()
        });
    }
    None
}

/// `(Amendment No. 1)`.
fn is_amendment(compact: &str) -> bool {
    static AMENDMENT: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"^amendmentno\d{1,2}(?:to.*)?$"));
    AMENDMENT.is_match(compact)
}

/// A press release by its headline, another document by what it calls itself.
fn in_first_lines(text: &Text<'_>) -> Option<String> {
    const LINES: usize = 16;
    let cover = &text.cover;
    for (at, line) in cover.iter().enumerate().take(60) {
        if at < LINES && is_results(line.text, cover.get(at + 1).map(|l| l.text)) {
            return Some("earnings".to_owned());
        }
        // Large letters may stand apart over two lines: `20`, `22`, `ANNUAL REPORT`.
        let pair = format!("{} {}", line.text, cover.get(at + 1).map_or("", |l| l.text));
        if at < LINES && (is_annual_title(line.text) || is_annual_title(&pair)) {
            return Some("annual report".to_owned());
        }
        let next = cover.get(at + 1).map_or("", |l| l.compact.as_str());
        let both = format!("{}{next}", line.compact);
        let is = |pattern: &Regex| {
            pattern.is_match(&line.compact) || (at < LINES && pattern.is_match(&both))
        };
        if let Some((_, kind)) = KINDS.iter().find(|(pattern, _)| is(pattern)) {
            return Some((*kind).to_owned());
        }
    }
    let opening = text.opening(40);
    let is_release = super::company::is_press_release(&opening);
    is_release.then(|| "press release".to_owned())
}

/// `SAP Integrated Report 2022`, `and Annual Report`, `Siemens Report for fiscal 2022`.
fn is_annual_title(line: &str) -> bool {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:annual|integrated)\s+(?:integrated\s+|financial\s+)?(?:report|review)\b|\breport\s+for\s+(?:the\s+)?(?:fiscal|financial)\s+(?:year\s+)?(?:19|20)\d\d$",
        )
    });
    const WORDS: usize = 9;
    let is_sentence = line.ends_with(['.', ',']) || line.contains(". ");
    line.split_whitespace().count() <= WORDS && !is_sentence && TITLE.is_match(line)
}

/// `… Reports Fourth Quarter and Full Year 2022 Financial Results`, `Q2 2023 Earnings`, perhaps over two lines.
fn is_results(line: &str, next: Option<&str>) -> bool {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:(?:first|second|third|fourth|1st|2nd|3rd|4th)[ -]quarter|q[1-4]|[1-4]q|half[ -]year|full[ -]year|fiscal|annual|year[ -]end|quarterly)\b.{0,80}\b(?:results|earnings)\b|\b(?:results|earnings)\b.{0,40}\b(?:(?:first|second|third|fourth)[ -]quarter|q[1-4]|half[ -]year|full[ -]year|fiscal)\b",
        )
    });
    const LONGEST: usize = 240;
    let both = format!("{line} {}", next.unwrap_or_default());
    let is_title = |text: &str| {
        let found = TITLE.find(text);
        found.is_some_and(|m| m.start() < LONGEST / 2)
            && !text.contains(". ")
            && text.len() < LONGEST
    };
    let lower = line.to_lowercase();
    let announces = ["reports", "announces", "releases", "results", "earnings"];
    announces.iter().any(|w| lower.contains(w)) && (is_title(line) || is_title(&both))
}

/// `this Annual Report on Form 10-K`: where the cover is missing or a picture.
fn in_sentences(text: &Text<'_>) -> Option<String> {
    const OFTEN: usize = 2;
    let count = |phrase: &str| text.lower.matches(phrase).count();
    let forms = [
        ("annual report on form 10-k", "10-K"),
        ("quarterly report on form 10-q", "10-Q"),
        ("annual report on form 20-f", "20-F"),
        ("current report on form 8-k", "8-K"),
        ("this prospectus", "prospectus"),
        ("annual report", "annual report"),
    ];
    // Others' reports are mentioned; its own it calls "this".
    let own = |(phrase, _): &&(&str, &str)| {
        let this = format!("this {phrase}");
        count(&this) > 0 || (*phrase == "this prospectus" && count(phrase) > OFTEN)
    };
    let found = forms.iter().find(own).map(|(_, form)| *form);
    let many = || {
        (count("annual report") > 3 * OFTEN && text.lines.len() > 1500).then_some("annual report")
    };
    found.or_else(many).map(str::to_owned)
}
