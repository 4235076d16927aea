//! Headings: `Part` and `Item` by their wording, others by size, capitals, or a short line in title
//! case that stands apart.

use crate::pdf::layout::RawLine;

/// Size over the body's that makes a heading.
const HEADING_SIZE: f32 = 1.15;

/// The level of a heading, or none. `starts` says that a block begins with the line, `apart` that the
/// next line does not run on from it.
pub fn level(raw: &RawLine, starts: bool, apart: bool, body: f32) -> Option<u8> {
    let text = raw.text.as_str();
    if text.len() > 120 || text.len() < 3 || !text.chars().any(char::is_alphabetic) {
        return None;
    }
    if let Some(level) = part_or_item(raw) {
        return Some(level);
    }
    if raw.cells.len() > 1 || ends_sentence(text) || text.ends_with([',', ';', '-']) {
        return None;
    }
    if raw.size >= body * HEADING_SIZE && text.split_whitespace().count() <= 14 {
        return Some(2);
    }
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    let upper = letters.iter().filter(|c| c.is_uppercase()).count();
    if starts && letters.len() >= 6 && upper * 10 >= letters.len() * 9 {
        return Some(2);
    }
    (starts && apart && text.len() <= 80 && is_title_case(text)).then_some(3)
}

/// `PART II`, `Item 7. Management's Discussion…`: level 1. Lines of a table of contents end in a
/// page number and are none.
fn part_or_item(raw: &RawLine) -> Option<u8> {
    let mut words = raw.text.split_whitespace();
    let first = words.next()?.to_ascii_lowercase();
    let second = words.next()?;
    let number = second.trim_end_matches(['.', ':', '—', '-']);
    let matched = match first.as_str() {
        "part" => !number.is_empty() && number.chars().all(|c| "IVX".contains(c)),
        "item" => {
            let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    let listed = raw.cells.len() > 1 && raw.text.ends_with(|c: char| c.is_ascii_digit());
    let prose = raw.text.split_whitespace().count() > 16 || raw.text.ends_with(',');
    (matched && !listed && !prose).then_some(1)
}

pub fn is_part_or_item(raw: &RawLine) -> bool {
    part_or_item(raw).is_some()
}

/// Most words of weight begin with a capital, and the first one does.
fn is_title_case(text: &str) -> bool {
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|w| w.len() > 3 && w.chars().next().is_some_and(char::is_alphabetic))
        .collect();
    let capital = |w: &&&str| w.chars().next().is_some_and(char::is_uppercase);
    text.chars().next().is_some_and(char::is_uppercase)
        && !words.is_empty()
        && words.len() <= 12
        && words.iter().filter(capital).count() * 4 >= words.len() * 3
}

pub fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '?', ':', '”', '"'])
}

/// `(1) …`, `(a) …`, `* …`, `† …`: how a note begins.
pub fn opens_with_mark(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with(['*', '†', '‡']) {
        return true;
    }
    let inner = text.strip_prefix('(').and_then(|t| t.split_once(')'));
    match inner {
        Some((mark, _)) => {
            let short = (1..=2).contains(&mark.len());
            let number = mark.bytes().all(|b| b.is_ascii_digit());
            let letter = mark.bytes().all(|b| b.is_ascii_lowercase());
            short && (number || letter)
        }
        None => false,
    }
}
