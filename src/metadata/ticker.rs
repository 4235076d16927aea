//! The symbols that a company's securities trade by: in the table of the cover, behind an exchange's name,
//! behind the word "symbol".

use std::sync::LazyLock;

use regex::Regex;

use super::company::TICKER;
use super::text::Text;
use crate::pattern::compiled;
use crate::pdf::layout::COLUMN_GAP;

/// The symbols of the cover, the first one first.
pub fn find(text: &Text<'_>) -> Vec<String> {
    let mut out = in_table(text);
    out.extend(before_exchange(text));
    let opening = text.opening(240);
    out.extend(
        TICKER
            .captures_iter(&opening)
            .take(3)
            .map(|c| c["ticker"].to_owned()),
    );
    out.extend(behind_symbol(&opening));
    if out.is_empty() {
        out.extend(in_sentence(&text.body));
    }
    let mut seen: Vec<String> = Vec::new();
    for symbol in out {
        let symbol = symbol.trim_end_matches(['.', '-']).to_owned();
        if is_ticker(&symbol) && !seen.contains(&symbol) {
            seen.push(symbol);
        }
    }
    // A company of many notes has a symbol for each.
    seen.truncate(4);
    seen
}

/// Under `Trading Symbol(s)`.
fn in_table(text: &Text<'_>) -> Vec<String> {
    const ROWS: usize = 8;
    let cover = &text.cover;
    let head = cover
        .iter()
        .position(|l| l.compact.contains("tradingsymbol"));
    let Some(at) = head else { return Vec::new() };
    let rows = cover[at..].iter().take(ROWS);
    let cell = |line: &super::text::CoverLine<'_>| {
        let mut cells = line.text.split(COLUMN_GAP).skip(1).map(str::trim);
        cells.find(|cell| is_ticker(cell)).map(str::to_owned)
    };
    rows.filter_map(cell).collect()
}

/// `Common Stock BRK.B New York Stock Exchange`
fn before_exchange(text: &Text<'_>) -> Vec<String> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b(?P<ticker>[A-Z]{1,5}(?:[.\-/][A-Z]{1,2})?)\s+(?:[Tt]he\s+)?(?:New York Stock Exchange|NYSE\b|Nasdaq|NASDAQ|London Stock Exchange)",
        )
    });
    let lines = text.cover.iter().filter(|l| l.text.len() < 200);
    let found = lines.filter_map(|l| BEFORE.captures(l.text));
    found.map(|c| c["ticker"].to_owned()).collect()
}

/// `traded under the symbol “NFLX”`, in the item on the market for the shares of covers that have no symbols.
fn in_sentence(body: &str) -> Option<String> {
    static UNDER: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"under\s+the\s+(?:ticker\s+|trading\s+|stock\s+)?symbols?\s*:?\s*[“\x22‘]?(?P<ticker>[A-Z]{1,5}(?:[.\-][A-Z]{1,2})?)\b",
        )
    });
    UNDER.captures(body).map(|c| c["ticker"].to_owned())
}

/// `under the symbol “NKE”`, `Symbol   BBY`, `listed on NYSE as MOG.A`, `trades as BRK.B`
fn behind_symbol(opening: &str) -> Vec<String> {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?:\b[Ss]ymbols?:?\s+|\b(?:[Tt]rad(?:es|ed)|[Ll]isted|NYSE|N[Aa][Ss][Dd][Aa][Qq])\b[^.“\x22()]{0,40}?\bas\s+)[“\x22‘]?(?P<ticker>[A-Z]{1,5}(?:[.\-][A-Z]{1,2})?)\b",
        )
    });
    let found = BEHIND.captures_iter(opening).take(3);
    found.map(|c| c["ticker"].to_owned()).collect()
}

/// True where a word can be a symbol.
pub fn is_ticker(cell: &str) -> bool {
    const NONE: [&str; 22] = [
        "NYSE", "NASDAQ", "NONE", "N.A", "LLC", "YES", "NO", "INC", "THE", "N/A", "NA", "OR", "ON",
        "AND", "CLASS", "STOCK", "A", "B", "C", "AG", "PLC", "EACH",
    ];
    let mut letters = cell.bytes();
    let first = letters.next().is_some_and(|b| b.is_ascii_uppercase());
    let is_rest = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b".-/".contains(&b);
    (1..=7).contains(&cell.len()) && first && letters.all(is_rest) && !NONE.contains(&cell)
}
