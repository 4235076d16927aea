//! Structure: what each line of a document is, judged over all of its pages.
//!
//! `furniture` knows running headers, footers and page numbers, because they recur; `tabular` finds
//! tables, their rows and the heads over them; `heading` tells headings by their wording, size or
//! case; what is left is text, and small text behind a mark is a note.

mod furniture;
mod heading;
mod tabular;

use std::collections::HashMap;

use super::clean;
use super::layout::RawLine;
use super::{Line, LineKind};
use furniture::Furniture;
pub use furniture::line_key;

/// Line step over the usual one that starts a block.
const BLOCK_STEP: f32 = 1.35;
/// Size under the body's that makes a note.
const NOTE_SIZE: f32 = 0.93;

/// Judges every line of every page.
pub fn classify(pages: Vec<Vec<RawLine>>) -> Vec<Vec<Line>> {
    let furniture = Furniture::of(&pages);
    let body = body_size(&pages);
    pages
        .into_iter()
        .map(|lines| page(lines, &furniture, body))
        .collect()
}

fn page(lines: Vec<RawLine>, furniture: &Furniture, body: f32) -> Vec<Line> {
    let step = usual_step(&lines);
    let mut kinds: Vec<Option<LineKind>> = furniture.judge(&lines);
    // What stands between the lines that count.
    let text: Vec<usize> = (0..lines.len()).filter(|&i| kinds[i].is_none()).collect();
    let starts: Vec<bool> = (0..text.len())
        .map(|at| at == 0 || starts_block(&lines[text[at - 1]], &lines[text[at]], step))
        .collect();
    let tables = tabular::tables(&text.iter().map(|&i| &lines[i]).collect::<Vec<_>>());
    let mut starts_at = vec![true; lines.len()];
    for (at, &i) in text.iter().enumerate() {
        let next = text.get(at + 1).map(|&n| &lines[n]);
        let kind = match tables[at] {
            Some(part) => part,
            None => {
                let next = next.filter(|_| tables[at + 1].is_none());
                let apart = next
                    .is_none_or(|n| starts[at + 1] || n.x1() > lines[i].x1() + 4.0 * lines[i].size);
                match heading::level(&lines[i], starts[at], apart, body) {
                    Some(level) => LineKind::Heading(level),
                    None => LineKind::Body,
                }
            }
        };
        let inside = at > 0 && tables[at].is_some() && tables[at - 1].is_some();
        let after_heading = matches!(kind, LineKind::Heading(_)) && at > 0 && {
            kinds[text[at - 1]] != Some(kind) || starts[at]
        };
        starts_at[i] = after_heading || starts[at] && !inside;
        kinds[i] = Some(kind);
    }
    mark_notes(&lines, &text, &mut kinds, &mut starts_at, body);
    lines
        .into_iter()
        .zip(kinds)
        .zip(starts_at)
        .map(|((raw, kind), starts_block)| {
            let reading = clean::reading(&raw.text);
            Line {
                drawn: (reading != raw.text).then(|| raw.text.clone()),
                text: reading,
                kind: kind.unwrap_or(LineKind::Body),
                starts_block,
                place: raw.place(),
            }
        })
        .collect()
}

/// Notes are set smaller than the text and open with a mark; their further lines follow without a
/// gap.
fn mark_notes(
    lines: &[RawLine],
    text: &[usize],
    kinds: &mut [Option<LineKind>],
    starts: &mut [bool],
    body: f32,
) {
    let mut last: Option<usize> = None;
    for (at, &i) in text.iter().enumerate() {
        if kinds[i] != Some(LineKind::Body) {
            last = None;
            continue;
        }
        let small = lines[i].size < NOTE_SIZE * body;
        let before = at.checked_sub(1).and_then(|p| kinds[text[p]]);
        let under_table = matches!(before, Some(LineKind::Row | LineKind::Note));
        let opens = heading::opens_with_mark(&lines[i].text) && (small || under_table);
        let goes_on = last.is_some_and(|l| {
            !starts[i] && (lines[l].size - lines[i].size).abs() < 0.1 * lines[i].size
        });
        if opens || goes_on {
            kinds[i] = Some(LineKind::Note);
            starts[i] = opens;
            last = Some(i);
        } else {
            last = None;
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
    let indented = line.x0() > previous.x0() + em && heading::ends_sentence(&previous.text);
    down <= 0.0 || down > step * BLOCK_STEP || resized || indented
}

#[cfg(test)]
#[path = "structure_tests.rs"]
mod tests;
