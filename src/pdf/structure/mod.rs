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
/// Change of size that starts a block, in em.
const RESIZED: f32 = 0.07;
/// Size under the body's that makes a note.
const NOTE_SIZE: f32 = 0.93;

/// Judges every line of every page.
pub fn classify(pages: Vec<Vec<RawLine>>) -> Vec<Vec<Line>> {
    let furniture = Furniture::from_pages(&pages);
    let body = body_size(&pages);
    pages
        .into_iter()
        .map(|lines| page(lines, &furniture, body))
        .collect()
}

fn page(lines: Vec<RawLine>, furniture: &Furniture, body: f32) -> Vec<Line> {
    let furniture = furniture.judge(&lines);
    let text: Vec<&RawLine> = lines
        .iter()
        .zip(&furniture)
        .filter_map(|(line, kind)| kind.is_none().then_some(line))
        .collect();
    let mut judged = judge(&text, usual_step(&lines), body).into_iter();
    let kinds = furniture.into_iter().map(|kind| match kind {
        Some(kind) => (kind, true),
        None => judged.next().unwrap_or((LineKind::Body, true)),
    });
    let kinds: Vec<(LineKind, bool)> = kinds.collect();
    lines
        .into_iter()
        .zip(kinds)
        .map(|(raw, (kind, starts_block))| {
            let reading = clean::reading(&raw.text);
            Line {
                drawn: (reading != raw.text).then(|| raw.text.clone()),
                text: reading,
                kind,
                starts_block,
                place: raw.place(),
            }
        })
        .collect()
}

/// The kind of each line of a page without its furniture, and whether a block begins with it.
fn judge(lines: &[&RawLine], step: f32, body: f32) -> Vec<(LineKind, bool)> {
    let starts: Vec<bool> = (0..lines.len())
        .map(|at| at == 0 || starts_block(lines[at - 1], lines[at], step))
        .collect();
    let tables = tabular::tables(lines);
    let mut out: Vec<(LineKind, bool)> = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let before = out.last().map(|(kind, _)| *kind);
        if let Some(part) = tables[at] {
            let inside = at > 0 && tables[at - 1].is_some();
            out.push((part, starts[at] && !inside));
            continue;
        }
        if let Some(LineKind::Heading(level)) = before
            && !starts[at]
            && heading::goes_on(lines[at - 1], line, body)
        {
            out.push((LineKind::Heading(level), false));
            continue;
        }
        let apart = lines.get(at + 1).is_none_or(|next| {
            starts[at + 1] || tables[at + 1].is_some() || next.x1() > line.x1() + 4.0 * line.size
        });
        out.push(match heading::level(line, starts[at], apart, body) {
            Some(level) => (LineKind::Heading(level), true),
            None => (LineKind::Body, starts[at]),
        });
    }
    mark_notes(lines, &mut out, body);
    out
}

/// Notes are set smaller than the text, or stand under a table, and open with a mark; their further
/// lines follow without a gap.
fn mark_notes(lines: &[&RawLine], kinds: &mut [(LineKind, bool)], body: f32) {
    for at in 0..lines.len() {
        let (kind, starts) = kinds[at];
        if kind != LineKind::Body {
            continue;
        }
        let before = at.checked_sub(1).map(|p| kinds[p].0);
        let small = lines[at].size < NOTE_SIZE * body;
        let under_table = matches!(before, Some(LineKind::Row | LineKind::Note));
        let opens = heading::opens_with_mark(&lines[at].text) && (small || under_table);
        let goes_on = !starts
            && before == Some(LineKind::Note)
            && (lines[at - 1].size - lines[at].size).abs() < 0.1 * lines[at].size;
        if opens || goes_on {
            kinds[at] = (LineKind::Note, opens);
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
    let resized = (previous.size - line.size).abs() > RESIZED * em || previous.bold != line.bold;
    let indented = line.x0() > previous.x0() + em && heading::ends_sentence(&previous.text);
    down <= 0.0 || down > step * BLOCK_STEP || resized || indented
}

#[cfg(test)]
#[path = "structure_tests.rs"]
mod tests;
