//! The company's name and its ticker.

use super::{Text, words_of};
use crate::pdf::layout::COLUMN_GAP;

/// Endings of companies' names.
const ENDINGS: [&str; 16] = [
    "inc",
    "corp",
    "corporation",
    "company",
    "co",
    "plc",
    "ltd",
    "limited",
    "llc",
    "lp",
    "n.v",
    "s.a",
    "group",
    "holdings",
    "trust",
    "ag",
];

/// The company, by the most telling place that names it.
pub fn find(text: &Text<'_>) -> String {
    let cover = &text.cover;
    registrant(cover)
        .or_else(|| under_file_number(cover))
        .or_else(|| before_ticker(cover))
        .or_else(|| before_reports(cover))
        .or_else(|| in_name(text.stem))
        .or_else(|| by_ending(cover))
        .unwrap_or_default()
}

/// `(Exact name of registrant…)` stands under the company's name on the cover of most filings.
fn registrant(lines: &[&str]) -> Option<String> {
    let at = lines
        .iter()
        .position(|l| l.to_lowercase().contains("exact name of registrant"))?;
    let inline = lines[at].split('(').next().unwrap_or_default();
    let above = lines[..at].iter().rev().take(4).copied();
    std::iter::once(inline).chain(above).find_map(name)
}

/// Some covers have the name right under the `Commission File Number` alone.
fn under_file_number(lines: &[&str]) -> Option<String> {
    let at = lines
        .iter()
        .take(40)
        .position(|l| l.to_lowercase().starts_with("commission file n"))?;
    lines[at + 1..].iter().take(3).find_map(|line| name(line))
}

/// `Las Vegas, February 8, 2023 – MGM Resorts International (NYSE: MGM) today …`
fn before_ticker(lines: &[&str]) -> Option<String> {
    let line = lines.iter().take(80).find(|l| exchange(l).is_some())?;
    let before = line.split('(').next()?;
    let before = before
        .rsplit(['–', '—', '.', ':'])
        .find(|part| part.trim().len() > 2)?;
    let before = before.rsplit(" - ").next()?;
    name(before).or_else(|| {
        // "Inc." was cut at its full stop.
        let whole = line.split('(').next()?;
        name(whole.rsplit(" - ").next()?.rsplit(['–', '—']).next()?)
    })
}

/// `MGM RESORTS INTERNATIONAL REPORTS FOURTH QUARTER …`
fn before_reports(lines: &[&str]) -> Option<String> {
    lines.iter().take(12).find_map(|line| {
        let lower = line.to_lowercase();
        let at = [" reports ", " announces ", " releases "]
            .iter()
            .find_map(|verb| lower.find(verb))?;
        line.get(..at).and_then(name)
    })
}

/// A line of its own that ends as names of companies do.
fn by_ending(lines: &[&str]) -> Option<String> {
    let ends = |line: &&&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let last = words
            .last()
            .map(|w| w.trim_end_matches(['.', ',']).to_lowercase());
        (2..=8).contains(&words.len()) && last.is_some_and(|w| ENDINGS.contains(&w.as_str()))
    };
    lines.iter().take(40).find(ends).and_then(|line| name(line))
}

fn in_name(stem: &str) -> Option<String> {
    let is_mark = |w: &str| {
        let lower = w.to_lowercase();
        let digits = lower.bytes().filter(u8::is_ascii_digit).count();
        let known = [
            "document",
            "filing",
            "report",
            "annual",
            "quarterly",
            "earnings",
            "form",
        ];
        digits > 0 || known.contains(&lower.as_str())
    };
    let words: Vec<&str> = words_of(stem).take_while(|w| !is_mark(w)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// `line` as a name, if it can be one.
fn name(line: &str) -> Option<String> {
    let line = line
        .trim()
        .trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != ')');
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let lower = line.to_lowercase();
    let other = [
        "commission",
        "washington",
        "registrant",
        "report",
        "page",
        "exchange act",
    ];
    let sized = (3..=80).contains(&line.len()) && letters >= 2 && letters * 2 >= line.len();
    let opens = line.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    (sized && opens && !other.iter().any(|w| lower.contains(w)))
        .then(|| line.split(COLUMN_GAP).next().unwrap_or(line).to_owned())
}

/// The ticker: under `Trading Symbol` on the cover, behind an exchange's name, or behind "symbol".
pub fn ticker(text: &Text<'_>) -> String {
    in_table(&text.cover)
        .or_else(|| text.cover.iter().find_map(|line| exchange(line)))
        .or_else(|| text.cover.iter().find_map(|line| behind_symbol(line)))
        .unwrap_or_default()
}

fn in_table(lines: &[&str]) -> Option<String> {
    let at = lines
        .iter()
        .position(|l| l.to_lowercase().contains("trading symbol"))?;
    lines[at..].iter().take(8).find_map(|line| {
        let cells = line.split(COLUMN_GAP).map(str::trim);
        cells
            .skip(1)
            .find(|cell| is_ticker(cell))
            .map(str::to_owned)
    })
}

/// `(NYSE: MGM)`
fn exchange(line: &str) -> Option<String> {
    let at = ["NYSE:", "NASDAQ:", "Nasdaq:", "NASDAQ GS:"]
        .iter()
        .find_map(|key| line.find(key).map(|at| at + key.len()))?;
    let symbol = line[at..]
        .trim_start()
        .split(|c: char| !c.is_ascii_uppercase() && c != '.');
    symbol.map(str::to_owned).next().filter(|s| is_ticker(s))
}

/// `under the symbol “NKE”`
fn behind_symbol(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("symbol ")?;
    let word = rest.split_whitespace().next()?;
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    is_ticker(word).then(|| word.to_owned())
}

fn is_ticker(cell: &str) -> bool {
    let letters = cell.bytes().all(|b| b.is_ascii_uppercase() || b == b'.');
    (1..=6).contains(&cell.len())
        && letters
        && !matches!(
            cell,
            "NYSE" | "NASDAQ" | "NONE" | "N.A" | "LLC" | "YES" | "NO"
        )
}
