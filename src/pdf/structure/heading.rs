//! Headings: `Part` and `Item` by their wording, others by size, capitals, or a short line in title
//! case that stands apart.

use crate::pdf::layout::RawLine;

/// Size over the body's that makes a heading: by itself, and of a line that stands apart.
const HEADING_SIZE: f32 = 1.15;
const LARGER_SIZE: f32 = 1.05;
/// Lines of one heading stand no further apart, in em.
const HEADING_STEP: f32 = 1.4;
/// Longest heading set in bold, or a little larger, at the size of a line of text.
const APART_LENGTH: usize = 100;

/// The level of a heading, or none. `starts` says that a block begins with the line, `apart` that the
/// next line does not run on from it.
pub fn level(raw: &RawLine, starts: bool, apart: bool, body: f32) -> Option<u8> {
    let text = raw.text.as_str();
    if text.len() > 120 || text.len() < 3 || !text.chars().any(char::is_alphabetic) {
        return None;
    }
    if is_part_or_item(raw) {
        return Some(1);
    }
    let closed = ends_sentence(text) || text.ends_with([',', ';', '-']);
    if raw.cells.len() > 1 || closed || text.starts_with(['*', '†']) {
        return None;
    }
    if raw.size >= body * HEADING_SIZE && text.split_whitespace().count() <= 14 {
        return Some(2);
    }
    if starts && is_upper_case(text) {
        return Some(2);
    }
    let stands_out = raw.bold || raw.size >= body * LARGER_SIZE;
    let opens = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    if starts && stands_out && apart && opens && text.len() <= APART_LENGTH {
        return Some(3);
    }
    (starts && apart && text.len() <= 80 && is_title_case(text)).then_some(3)
}

/// Whether `raw` is the second line of the heading `before`: set alike, in bold, larger type or
/// capitals.
pub fn goes_on(before: &RawLine, raw: &RawLine, body: f32) -> bool {
    let alike = (before.size - raw.size).abs() < 0.05 * raw.size && before.bold == raw.bold;
    let alike = alike && before.y - raw.y <= HEADING_STEP * raw.size;
    let capitals = is_upper_case(&before.text) && is_upper_case(&raw.text);
    let short = raw.text.len() <= APART_LENGTH && raw.cells.len() == 1;
    alike
        && (raw.bold || capitals || raw.size >= body * LARGER_SIZE)
        && short
        && !ends_sentence(&before.text)
        && !is_part_or_item(raw)
}

fn is_upper_case(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let upper = text.chars().filter(|c| c.is_uppercase()).count();
    letters >= 6 && upper * 10 >= letters * 9
}

/// `PART II`, `Item 7. Management's Discussion…`: level 1. Lines of a table of contents end in a
/// page number and are none.
pub fn is_part_or_item(raw: &RawLine) -> bool {
    let mut words = raw.text.split_whitespace();
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let number = second.trim_end_matches(['.', ':', '—', '-']);
    let matched = match first.to_ascii_lowercase().as_str() {
        "part" => !number.is_empty() && number.chars().all(|c| "IVX".contains(c)),
        "item" => {
            let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    let listed = raw.cells.len() > 1 && raw.text.ends_with(|c: char| c.is_ascii_digit());
    let prose = raw.text.split_whitespace().count() > 16 || raw.text.ends_with(',');
    matched && !listed && !prose
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
