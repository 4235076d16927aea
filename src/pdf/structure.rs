//! Structure: what each line of a document is, judged over all of its pages.
//!
//! Running headers and footers are lines that recur, digits masked, at the edge of many pages;
//! headings stand out by their wording (Part, Item), their size or their case; rows have cells.

use std::collections::HashMap;

use super::layout::RawLine;
use super::{Line, LineKind};

/// How many lines at either end of a page may be running ones.
const EDGE: usize = 3;
/// Share of pages on which a line must recur to be a running one, and the least number of them.
const RECURS_SHARE: f32 = 0.3;
const RECURS_PAGES: usize = 3;
/// Size over the body's that makes a heading.
const HEADING_SIZE: f32 = 1.15;
/// Line step over the usual one that starts a block.
const BLOCK_STEP: f32 = 1.35;

/// Judges every line of every page.
pub fn classify(pages: Vec<Vec<RawLine>>) -> Vec<Vec<Line>> {
    let running = running_keys(&pages);
    let body = body_size(&pages);
    pages
        .into_iter()
        .map(|lines| page(lines, &running, body))
        .collect()
}

fn page(lines: Vec<RawLine>, running: &HashMap<String, usize>, body: f32) -> Vec<Line> {
    let step = usual_step(&lines);
    let edges = Edges::of(&lines);
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for (i, raw) in lines.iter().enumerate() {
        let previous = i.checked_sub(1).map(|p| &lines[p]);
        let next = lines.get(i + 1);
        let starts = previous.is_none_or(|p| starts_block(p, raw, step));
        let kind = if edges.holds(i) && is_folio(&raw.text) {
            LineKind::Folio
        } else if edges.holds(i) && running.contains_key(&masked(&raw.text)) {
            LineKind::Running
        } else if let Some(level) = heading_level(raw, next, starts, body, step) {
            LineKind::Heading(level)
        } else if is_row(raw) {
            LineKind::Row
        } else {
            LineKind::Body
        };
        let starts_block = starts || matches!(kind, LineKind::Heading(_));
        out.push(Line {
            text: raw.text.clone(),
            kind,
            starts_block,
            place: raw.place(),
        });
    }
    out
}

/// Which lines stand at the top or the bottom of a page, by place and by stream order.
struct Edges {
    at: Vec<bool>,
}

impl Edges {
    fn of(lines: &[RawLine]) -> Self {
        let mut at = vec![false; lines.len()];
        let mut by_height: Vec<usize> = (0..lines.len()).collect();
        by_height.sort_by(|&a, &b| lines[b].y.total_cmp(&lines[a].y));
        let n = lines.len();
        for k in (0..EDGE.min(n)).chain(n.saturating_sub(EDGE)..n) {
            at[by_height[k]] = true;
        }
        Self { at }
    }

    fn holds(&self, line: usize) -> bool {
        self.at[line]
    }
}

/// Digits masked, so that page numbers and dates do not tell two running lines apart.
fn masked(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '0'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .filter(|c| !c.is_whitespace())
        .collect()
}

fn running_keys(pages: &[Vec<RawLine>]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for lines in pages {
        let edges = Edges::of(lines);
        let mut here: Vec<String> = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| edges.holds(*i))
            .map(|(_, line)| masked(&line.text))
            // A key of figures alone is a row of a table, or a folio, which is judged by form.
            .filter(|key| key.chars().any(char::is_alphabetic))
            .collect();
        here.sort();
        here.dedup();
        for key in here {
            *counts.entry(key).or_default() += 1;
        }
    }
    let needed = ((pages.len() as f32 * RECURS_SHARE).ceil() as usize).max(RECURS_PAGES);
    counts.retain(|_, n| *n >= needed);
    counts
}

/// A page number alone: `57`, `- 57 -`, `F-12`, `Page 57 of 114`, `iv`.
fn is_folio(text: &str) -> bool {
    let core: String = text
        .to_ascii_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && !"-–—|.".contains(*c))
        .collect();
    if core.is_empty() || core.len() > 14 {
        return false;
    }
    let core = core.strip_prefix("page").unwrap_or(&core);
    let digits = |s: &str| !s.is_empty() && s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit());
    match core.split_once("of") {
        Some((number, total)) => digits(number) && digits(total),
        None => {
            let number = core
                .strip_prefix(|c| "abcdefgs".contains(c))
                .unwrap_or(core);
            digits(number) || (core.len() <= 5 && core.chars().all(|c| "ivxl".contains(c)))
        }
    }
}

/// The size in which most of the text is set.
fn body_size(pages: &[Vec<RawLine>]) -> f32 {
    let mut weights: HashMap<i32, usize> = HashMap::new();
    for line in pages.iter().flatten() {
        *weights.entry((line.size * 2.0).round() as i32).or_default() += line.text.len();
    }
    weights
        .into_iter()
        .max_by_key(|&(size, n)| (n, size))
        .map_or(10.0, |(s, _)| s as f32 / 2.0)
}

/// The usual distance between two lines of a page, in em.
fn usual_step(lines: &[RawLine]) -> f32 {
    let mut steps: Vec<f32> = lines
        .windows(2)
        .map(|w| (w[0].y - w[1].y) / w[1].size.max(1.0))
        .filter(|s| *s > 0.5 && *s < 4.0)
        .collect();
    if steps.is_empty() {
        return 1.2;
    }
    steps.sort_by(f32::total_cmp);
    // The lower quartile: rows of a table are often set wider than its text.
    steps[steps.len() / 4]
}

fn starts_block(previous: &RawLine, line: &RawLine, step: f32) -> bool {
    let em = line.size.max(1.0);
    let down = (previous.y - line.y) / em;
    let resized = (previous.size - line.size).abs() > 0.1 * em;
    let indented = line.x0() > previous.x0() + em && ends_sentence(&previous.text);
    down <= 0.0 || down > step * BLOCK_STEP || resized || indented
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '?', ':', '”', '"'])
}

fn is_row(raw: &RawLine) -> bool {
    let figures = raw
        .text
        .chars()
        .any(|c| c.is_ascii_digit() || c == '—' || c == '$');
    raw.cells.len() >= 2 && figures || raw.cells.len() >= 3
}

/// The level of a heading, or none.
fn heading_level(
    raw: &RawLine,
    next: Option<&RawLine>,
    starts: bool,
    body: f32,
    step: f32,
) -> Option<u8> {
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
    let apart =
        next.is_some_and(|n| starts_block(raw, n, step) || n.x1() > raw.x1() + 4.0 * raw.size);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str, y: f32, size: f32) -> RawLine {
        let cells = text.matches("   ").count() + 1;
        RawLine {
            text: text.into(),
            y,
            size,
            cells: vec![(72.0, 300.0); cells],
        }
    }

    /// Six pages of one table each; only the first and the last line recur.
    fn sample() -> Vec<Vec<RawLine>> {
        let words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];
        let pages = words.iter().enumerate().map(|(n, word)| {
            vec![
                raw("Northgate Industries 2023 Form 10-K", 780.0, 8.0),
                raw(
                    &format!("Item {n}. Management’s Discussion of {word}"),
                    740.0,
                    10.0,
                ),
                raw(
                    &format!("Sentence {word} of the page goes on and on,"),
                    728.0,
                    10.0,
                ),
                raw("and ends here.", 716.0, 10.0),
                raw("Revenue   1,577   1,402", 690.0, 10.0),
                raw(&format!("Costs {word}   (904)   (811)"), 678.0, 10.0),
                raw(&format!("Margin {word}   673   591"), 666.0, 10.0),
                raw(&format!("{}", n + 40), 40.0, 8.0),
            ]
        });
        pages.collect()
    }

    #[test]
    fn running_lines_folios_headings_and_rows() {
        let pages = classify(sample());
        let kinds: Vec<LineKind> = pages[2].iter().map(|l| l.kind).collect();
        use LineKind::*;
        assert_eq!(
            kinds,
            [Running, Heading(1), Body, Body, Row, Row, Row, Folio]
        );
        assert!(pages[2][4].starts_block, "a table begins a block");
        assert!(!pages[2][5].starts_block);
    }

    #[test]
    fn folios_by_form() {
        for text in ["57", "- 57 -", "F-12", "Page 57 of 114", "iv", "| 3"] {
            assert!(is_folio(text), "{text}");
        }
        for text in ["1,577", "2023 2022", "Total", "10-K", "$57"] {
            assert!(!is_folio(text), "{text}");
        }
    }

    #[test]
    fn a_line_on_two_pages_is_not_running() {
        let mut pages = sample();
        for page in &mut pages[2..] {
            page[0].text = page[2].text.clone() + " different words";
        }
        let judged = classify(pages);
        assert_ne!(judged[0][0].kind, LineKind::Running);
    }
}
