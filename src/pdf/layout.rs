//! Layout: positioned glyphs become lines of text in reading order.
//!
//! Stream order is kept, because sorting a whole page by height breaks columns; a line ends where
//! the baseline moves. Number-only fragments are then joined to the label on their baseline, so
//! that a table row stays one line however its producer drew it. The page is turned by its
//! dominant right angle first, and text drawn twice on one spot (shadows, fake bold, an OCR layer
//! under real text) is taken once.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::Place;
use super::glyph::{Glyph, is_private};

/// A line with what `structure` needs to judge it; lengths in points, y upwards.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RawLine {
    pub text: String,
    pub x0: f32,
    pub x1: f32,
    pub y: f32,
    pub size: f32,
    /// Number of cells: one more than the column gaps.
    pub cells: u16,
}

impl RawLine {
    /// A line of which nothing but the text is known.
    pub fn unplaced(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            x0: 0.0,
            x1: 0.0,
            y: 0.0,
            size: 0.0,
            cells: 1,
        }
    }

    pub fn place(&self) -> Place {
        Place {
            x0: self.x0,
            x1: self.x1,
            y: self.y,
            size: self.size,
        }
    }
}

/// What stands between two cells of a row in the text.
pub const COLUMN_GAP: &str = "   ";

/// Baseline shift, in em, up to which glyphs share a line.
const SAME_LINE: f32 = 0.3;
/// Baseline shift, in em of the larger size, within which a smaller glyph is a super- or subscript.
const SCRIPT_SHIFT: f32 = 0.7;
/// A glyph this much smaller than its line may be a script.
const SCRIPT_SIZE: f32 = 0.85;
/// Gap in em that is a space: after a space glyph, and without one.
const GAP_AFTER_SPACE: f32 = 0.07;
const GAP_ALONE: f32 = 0.10;
/// Gap in em that separates columns.
const GAP_COLUMN: f32 = 1.2;

/// Lines of one page in reading order.
pub fn lines(glyphs: Vec<Glyph>) -> Vec<RawLine> {
    let mut groups: [Vec<Glyph>; 4] = Default::default();
    for glyph in visible(glyphs) {
        let quarter = ((glyph.angle / 90.0).round() as i32).rem_euclid(4) as usize;
        groups[quarter].push(turned(glyph, quarter));
    }
    // The dominant direction is read first; margin notes in another one follow.
    let mut order = [0, 1, 2, 3];
    order.sort_by_key(|&q| std::cmp::Reverse(groups[q].len()));
    let mut out = Vec::new();
    for quarter in order {
        let segments = segment(without_doubles(std::mem::take(&mut groups[quarter])));
        out.extend(
            join_rows(segments)
                .into_iter()
                .filter_map(Segment::into_line),
        );
    }
    out
}

/// Invisible text counts only where nothing visible stands (a scan with an OCR layer).
fn visible(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let shown = glyphs
        .iter()
        .filter(|g| !g.invisible && !g.text.trim().is_empty())
        .count();
    let hidden = glyphs.iter().filter(|g| g.invisible).count();
    if hidden > 0 && shown * 4 > hidden {
        return glyphs.into_iter().filter(|g| !g.invisible).collect();
    }
    glyphs
}

/// Turns a glyph back by `quarter` right angles so that its baseline runs left to right.
fn turned(mut glyph: Glyph, quarter: usize) -> Glyph {
    (glyph.x, glyph.y) = match quarter {
        1 => (glyph.y, -glyph.x),
        2 => (-glyph.x, -glyph.y),
        3 => (-glyph.y, glyph.x),
        _ => (glyph.x, glyph.y),
    };
    glyph
}

/// Drops a glyph when the same text stands within a fifth of its size on the same spot.
fn without_doubles(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let mut seen: HashMap<(i32, i32), Vec<usize>> = HashMap::with_capacity(glyphs.len());
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            kept.push(glyph);
            continue;
        }
        let cell = |v: f32| (v / 4.0).floor() as i32;
        let near = glyph.size * 0.2;
        let doubled = (cell(glyph.x - near)..=cell(glyph.x + near)).any(|cx| {
            (cell(glyph.y - near)..=cell(glyph.y + near)).any(|cy| {
                seen.get(&(cx, cy)).is_some_and(|at| {
                    at.iter().any(|&i| {
                        let other: &Glyph = &kept[i];
                        (other.x - glyph.x).abs() < near
                            && (other.y - glyph.y).abs() < near
                            && other.text == glyph.text
                    })
                })
            })
        });
        if !doubled {
            seen.entry((cell(glyph.x), cell(glyph.y)))
                .or_default()
                .push(kept.len());
            kept.push(glyph);
        }
    }
    kept
}

/// Glyphs of one baseline, as drawn.
#[derive(Debug)]
struct Segment {
    glyphs: Vec<Placed>,
    y: f32,
    size: f32,
    x0: f32,
    x1: f32,
}

#[derive(Debug)]
struct Placed {
    glyph: Glyph,
    after_space: bool,
}

impl Segment {
    fn new(glyph: Glyph, after_space: bool) -> Self {
        let (y, size) = (glyph.y, glyph.size);
        let (x0, x1) = (glyph.x, glyph.x + glyph.advance);
        Self {
            glyphs: vec![Placed { glyph, after_space }],
            y,
            size,
            x0,
            x1,
        }
    }

    /// True when `glyph` continues this line.
    fn takes(&self, glyph: &Glyph) -> bool {
        let shift = (glyph.y - self.y).abs();
        let em = self.size.max(glyph.size).max(1.0);
        let gap = glyph.x - self.x1;
        let beside = gap > -0.6 * em && gap < em;
        let script = glyph.size < SCRIPT_SIZE * self.size || self.size < SCRIPT_SIZE * glyph.size;
        if shift <= SAME_LINE * em {
            // A jump back beyond the line's beginning starts a fragment of its own.
            return glyph.x > self.x0 - 0.5 * em;
        }
        script && beside && shift <= SCRIPT_SHIFT * em
    }

    fn push(&mut self, glyph: Glyph, after_space: bool) {
        // The largest glyph carries the baseline; scripts hang on it.
        if glyph.size > self.size * 1.05 {
            (self.size, self.y) = (glyph.size, glyph.y);
        }
        self.x0 = self.x0.min(glyph.x);
        self.x1 = self.x1.max(glyph.x + glyph.advance);
        self.glyphs.push(Placed { glyph, after_space });
    }

    fn is_numeric(&self) -> bool {
        let mut digits = false;
        self.glyphs
            .iter()
            .flat_map(|p| p.glyph.text.chars())
            .all(|c| {
                digits |= c.is_ascii_digit();
                c.is_ascii_digit() || " \u{a0}$€£¥%.,()-–—*†".contains(c)
            })
            && (digits || self.glyphs.len() <= 3)
    }

    fn into_line(mut self) -> Option<RawLine> {
        if self
            .glyphs
            .windows(2)
            .any(|w| w[1].glyph.x < w[0].glyph.x - 0.1)
        {
            self.glyphs.sort_by(|a, b| a.glyph.x.total_cmp(&b.glyph.x));
        }
        let mut text = String::new();
        let mut cells = 1u16;
        let mut end = f32::NEG_INFINITY;
        let mut last: Option<(f32, f32, bool)> = None;
        for Placed { glyph, after_space } in &self.glyphs {
            let em = last
                .map_or(glyph.size, |(_, size, _)| size.max(glyph.size))
                .max(1.0);
            let gap = (glyph.x - end) / em;
            if let Some((y, size, was_digit)) = last {
                let raised = glyph.y - y > 0.2 * size && glyph.size < SCRIPT_SIZE * size;
                if gap > GAP_COLUMN {
                    text.push_str(COLUMN_GAP);
                    cells = cells.saturating_add(1);
                } else if (*after_space && gap > GAP_AFTER_SPACE)
                    || gap > GAP_ALONE
                    || (raised && was_digit)
                {
                    text.push(' ');
                }
            }
            push_clean(&mut text, &glyph.text);
            end = end.max(glyph.x + glyph.advance);
            let digit = glyph.text.chars().all(|c| c.is_ascii_digit());
            last = Some((glyph.y, glyph.size, digit));
        }
        let text = tidy(&text);
        (!text.is_empty()).then_some(RawLine {
            text,
            x0: self.x0,
            x1: self.x1,
            y: self.y,
            size: self.size,
            cells,
        })
    }
}

/// Cuts the stream of glyphs into segments of one baseline each.
fn segment(glyphs: Vec<Glyph>) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    let mut after_space = false;
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            after_space = true;
            continue;
        }
        match out.last_mut() {
            Some(current) if current.takes(&glyph) => current.push(glyph, after_space),
            _ => out.push(Segment::new(glyph, after_space)),
        }
        after_space = false;
    }
    out
}

/// Joins number-only segments to the nearest segment left of them on the same baseline.
fn join_rows(segments: Vec<Segment>) -> Vec<Segment> {
    let numeric: Vec<bool> = segments.iter().map(Segment::is_numeric).collect();
    let mut fragments: Vec<usize> = (0..segments.len()).filter(|&i| numeric[i]).collect();
    if fragments.is_empty() {
        return segments;
    }
    fragments.sort_by(|&a, &b| segments[a].x0.total_cmp(&segments[b].x0));
    let mut by_baseline: HashMap<i32, Vec<usize>> = HashMap::new();
    for (i, s) in segments.iter().enumerate() {
        by_baseline.entry(s.y.round() as i32).or_default().push(i);
    }
    let mut slots: Vec<Option<Segment>> = segments.into_iter().map(Some).collect();
    for i in fragments {
        let Some(fragment) = slots[i].take() else {
            continue;
        };
        let reach = SAME_LINE * fragment.size;
        let rows = (fragment.y - reach).floor() as i32..=(fragment.y + reach).ceil() as i32;
        let label = rows
            .flat_map(|row| by_baseline.get(&row).into_iter().flatten().copied())
            .filter(|&j| {
                slots[j].as_ref().is_some_and(|s| {
                    (s.y - fragment.y).abs() <= reach && s.x1 <= fragment.x0 + 0.3 * fragment.size
                })
            })
            .max_by(|&a, &b| {
                let right = |j: usize| slots[j].as_ref().map_or(f32::MIN, |s| s.x1);
                right(a).total_cmp(&right(b))
            });
        match label.and_then(|j| slots[j].as_mut()) {
            Some(label) => {
                for placed in fragment.glyphs {
                    label.push(placed.glyph, placed.after_space);
                }
            }
            None => slots[i] = Some(fragment),
        }
    }
    slots.into_iter().flatten().collect()
}

/// Appends `text` with ligatures unfolded and characters that carry no text left out.
fn push_clean(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\u{FB00}'..='\u{FB06}' => out.extend(std::iter::once(c).nfkc()),
            '\u{FF01}'..='\u{FF5E}' => out.extend(std::iter::once(c).nfkc()),
            '\u{AD}' | '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => {}
            '\u{FEFF}' | '\u{FFFD}' => {}
            c if c.is_whitespace() => out.push(' '),
            // Terminal escapes live here: text from a PDF is hostile.
            c if c.is_control() || is_private(c) => {}
            c => out.push(c),
        }
    }
}

/// Composes accents, trims, and folds runs of spaces that are no column gap.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut spaces = 0;
    for c in text.trim().nfc() {
        if c == ' ' {
            spaces += 1;
            continue;
        }
        match spaces {
            0 => {}
            1 | 2 => out.push(' '),
            _ => out.push_str(COLUMN_GAP),
        }
        spaces = 0;
        out.push(c);
    }
    out
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
