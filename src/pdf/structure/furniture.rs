//! Furniture: running headers and footers recur at one place of many pages; page numbers are known
//! by their form.

use crate::pdf::LineKind;
use crate::pdf::layout::{COLUMN_GAP, RawLine};
use crate::pdf::table::token::is_year;
use crate::pdf::unit::is_unit;
use std::collections::{HashMap, HashSet};

/// How many lines at either end of a page may be running ones.
const EDGE: usize = 4;
/// A line is a running one when it recurs at one place on more pages than this, or on this share
/// of all pages and at least so many.
const RECURS: usize = 5;
const RECURS_SHARE: f32 = 0.3;
const RECURS_LEAST: usize = 3;
/// Heights within so many points are one place.
const PLACE: f32 = 6.0;

/// An outermost line is a running one wherever it stands when it recurs on more pages than this:
/// where pages are cut from a longer text, footers float.
const FLOATS: usize = 8;
const OUTERMOST: usize = 2;

/// The running lines of a document: text with page numbers masked, and at which heights.
pub struct Furniture {
    running: HashMap<String, Vec<f32>>,
    floating: HashSet<String>,
}

impl Furniture {
    /// Learns them from all pages.
    pub fn from_pages(pages: &[Vec<RawLine>]) -> Self {
        let mut heights: HashMap<String, Vec<f32>> = HashMap::new();
        let mut outermost: HashMap<String, usize> = HashMap::new();
        for lines in pages {
            for (line, depth) in lines.iter().zip(edge_depths(lines)) {
                let Some(depth) = depth else { continue };
                let key = line_key(&line.text);
                // Figures alone are a row of a table, or a page number, which is judged by form.
                if !key.chars().any(char::is_alphabetic) {
                    continue;
                }
                if depth < OUTERMOST {
                    *outermost.entry(key.clone()).or_default() += 1;
                }
                heights.entry(key).or_default().push(line.y);
            }
        }
        let share = (pages.len() as f32 * RECURS_SHARE).ceil() as usize;
        let needed = share.clamp(RECURS_LEAST, RECURS + 1);
        for found in heights.values_mut() {
            found.sort_by(f32::total_cmp);
            *found = found
                .chunk_by(|a, b| b - a <= PLACE / 2.0)
                .filter(|place| place.len() >= needed)
                .flatten()
                .copied()
                .collect();
        }
        heights.retain(|_, found| !found.is_empty());
        outermost.retain(|_, n| *n > FLOATS);
        Self {
            running: heights,
            floating: outermost.into_keys().collect(),
        }
    }

    /// Running lines and page numbers of a page; none for what is neither.
    pub fn judge(&self, lines: &[RawLine]) -> Vec<Option<LineKind>> {
        lines
            .iter()
            .zip(edge_depths(lines))
            .map(|(line, depth)| match depth {
                // A year alone stands over a column.
                Some(depth)
                    if is_folio(&line.text) && (depth == 0 || !is_year(line.text.trim())) =>
                {
                    Some(LineKind::Folio)
                }
                Some(_) if self.recurs(line) => Some(LineKind::Running),
                _ => None,
            })
            .collect()
    }

    fn recurs(&self, line: &RawLine) -> bool {
        let near = |y: &f32| (y - line.y).abs() <= PLACE / 2.0;
        let key = line_key(&line.text);
        let found = self.running.get(&key);
        let runs = found.is_some_and(|heights| heights.iter().any(near));
        (runs || self.floating.contains(&key))
            && !is_unit(&line.text)
            && !is_period_head(&line.text)
    }
}

/// How many lines lie between a line and the nearer edge of its page; none for what is at no edge.
fn edge_depths(lines: &[RawLine]) -> Vec<Option<usize>> {
    let mut out = vec![None; lines.len()];
    let mut by_height: Vec<usize> = (0..lines.len()).collect();
    by_height.sort_by(|&a, &b| lines[b].y.total_cmp(&lines[a].y));
    let n = lines.len();
    // Most of a page is no edge, however few lines it has; a header may have two.
    let edge = EDGE.min(n.div_ceil(4).max(2));
    for (k, at) in by_height.into_iter().enumerate() {
        let depth = k.min(n - 1 - k);
        out[at] = (depth < edge).then_some(depth);
    }
    out
}

/// What makes two lines the same one: the text without spaces, page numbers masked (`57`, `F-12`);
/// other numbers tell lines apart: years, exhibits, items.
pub fn line_key(text: &str) -> String {
    let number = |word: &str| {
        let digits = word.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = match digits.split_once('-') {
            Some((letter, digits)) if letter.len() == 1 => digits,
            _ => digits,
        };
        (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let words = text.split_whitespace();
    words.map(|w| if number(w) { "#" } else { w }).collect()
}

/// `Three months ended`, `Years ended December 31,`, `2023   2022`: what columns are of is no furniture.
fn is_period_head(text: &str) -> bool {
    const WORDS: &str = "for the three six nine twelve thirteen twenty thirty fifty two weeks week months month years year \
        fiscal quarter quarters period periods ended ending as of at and on january february march april may june july \
        august september october november december unaudited audited";
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let is_of_period = |word: &str| {
        word.bytes().all(|b| b.is_ascii_digit()) || WORDS.split_whitespace().any(|w| w == word)
    };
    let ends = ["ended", "ending", "as of", "months", "weeks"]
        .iter()
        .any(|word| lower.contains(word));
    let has_columns = text.contains(COLUMN_GAP) && lower.bytes().any(|b| b.is_ascii_digit());
    (ends || has_columns) && words.all(is_of_period)
}

/// A page number alone: `57`, `- 57 -`, `F-12`, `Page 57 of 114`, `iv`.
pub fn is_folio(text: &str) -> bool {
    // Two figures apart are a row of a table.
    let has_digit = |cell: &&str| cell.contains(|c: char| c.is_ascii_digit());
    if text.split(COLUMN_GAP).filter(has_digit).count() > 1 && !text.contains("of") {
        return false;
    }
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
            let roman = !core.is_empty() && core.chars().all(|c| "ivxl".contains(c));
            digits(number) || (core.len() <= 5 && roman)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_figures_is_no_page_number() {
        for text in [
            "57",
            "- 57 -",
            "F-12",
            "Page 57 of 114",
            "Page 57   of 114",
            "iv",
        ] {
            assert!(is_folio(text), "{text}");
        }
        for text in ["7   8", "1   2   3", "57   12"] {
            assert!(!is_folio(text), "{text}");
        }
    }

    #[test]
    fn periods_are_no_furniture() {
        for text in [
            "Three Months Ended   Nine Months Ended",
            "Years Ended December 31,",
            "2023   2022   2021",
        ] {
            assert!(is_period_head(text), "{text}");
        }
        for text in [
            "Northgate 10-K for the year ended 2022",
            "2023 Annual Report   57",
            "Page   57",
        ] {
            assert!(!is_period_head(text), "{text}");
        }
    }
}
