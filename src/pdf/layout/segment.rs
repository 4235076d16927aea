//! Segments: glyphs of one baseline in the order they were drawn; scripts hang on the segment they
//! belong to. A segment is cut into cells where a column gap opens.

use super::direction::{in_reading_order, is_right_to_left};
use crate::pdf::clean::{push_clean, tidy};
use crate::pdf::glyph::Glyph;

/// Baseline shift, in em, up to which glyphs share a line.
pub const SAME_LINE: f32 = 0.3;
/// Baseline shift, in em of the larger size, within which a smaller glyph is a super- or subscript.
const SCRIPT_SHIFT: f32 = 0.7;
/// A glyph this much smaller than its line may be a script.
const SCRIPT_SIZE: f32 = 0.85;
/// Glyphs before one that it may stand on after a jump back.
const NEAR: usize = 200;
/// Glyphs a script has at most: `(12)`, `(a)(b)`.
const SCRIPT_LENGTH: usize = 8;
/// Rise, in em of the line, up to which a small figure right behind a glyph is still the line's.
const RISE: f32 = 1.1;
/// Gap in em that is a space: after a space glyph, and without one (as poppler has it).
const GAP_AFTER_SPACE: f32 = 0.07;
const GAP_ALONE: f32 = 0.10;
/// Gap in em that separates columns: anywhere, and beside a figure, where no word space is as wide.
const GAP_COLUMN: f32 = 1.2;
const GAP_FIGURE: f32 = 0.8;
/// Gap in em that separates cells of a row that has wider ones.
const GAP_ROW: f32 = 0.7;

/// A glyph in its line.
#[derive(Debug, Clone)]
pub struct Placed {
    pub glyph: Glyph,
    pub after_space: bool,
}

/// Glyphs of one baseline, as drawn.
#[derive(Debug, Clone)]
pub struct Segment {
    pub glyphs: Vec<Placed>,
    pub y: f32,
    pub size: f32,
    pub x0: f32,
    pub x1: f32,
}

/// A part of a segment that no column gap divides.
pub struct Cell {
    pub segment: Segment,
    /// Which of the page's segments it is of, in the order of drawing.
    pub order: usize,
    pub figure: bool,
}

/// Cuts the stream of glyphs into segments and hangs loose scripts on them.
pub fn segments(glyphs: Vec<Glyph>) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    let mut after_space = false;
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            after_space = true;
            continue;
        }
        let placed = Placed { glyph, after_space };
        match out.last_mut() {
            Some(current) if current.takes(&placed.glyph) => current.push(placed),
            _ => out.push(Segment::new(placed)),
        }
        after_space = false;
    }
    let mut out = rejoined(out);
    for segment in &mut out {
        segment.sort();
    }
    hang_scripts(out)
}

/// A figure raised by about a line (`mc` and a high `2`) ends its line in the order of drawing. It goes
/// back to it, with what follows on the line's own baseline.
fn rejoined(segments: Vec<Segment>) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::with_capacity(segments.len());
    let mut raised = false;
    for segment in segments {
        let Some(line) = out.last_mut() else {
            out.push(segment);
            continue;
        };
        let goes_on = raised && line.goes_on_with(&segment);
        raised = !goes_on && line.raises(&segment);
        if goes_on || raised {
            line.append(segment);
        } else {
            out.push(segment);
        }
    }
    out
}

impl Segment {
    fn new(placed: Placed) -> Self {
        let glyph = &placed.glyph;
        Self {
            y: glyph.y,
            size: glyph.size,
            x0: glyph.x,
            x1: glyph.x + glyph.advance,
            glyphs: vec![placed],
        }
    }

    /// True when `glyph` continues this line.
    fn takes(&self, glyph: &Glyph) -> bool {
        let shift = (glyph.y - self.y).abs();
        let em = self.size.max(glyph.size).max(1.0);
        let gap = glyph.x - self.x1;
        if shift <= SAME_LINE * em {
            if self.is_overprinted_by(glyph) {
                return false;
            }
            // Letter by letter from right to left it is still one line; a jump back further than
            // that begins a fragment of its own.
            let before = self.x0 - glyph.x - glyph.advance;
            return glyph.x > self.x0 - 0.5 * em || before.abs() < 0.5 * em;
        }
        let beside = gap > -0.6 * em && gap < em;
        is_script(glyph.size, self.size) && beside && shift <= SCRIPT_SHIFT * em
    }

    /// Whether `glyph`, drawn after a jump back, stands on a letter that is there: another text, that touches this one.
    fn is_overprinted_by(&self, glyph: &Glyph) -> bool {
        let is_letter = |glyph: &Glyph| glyph.text.starts_with(char::is_alphanumeric);
        let last = self
            .glyphs
            .last()
            .map_or(f32::NEG_INFINITY, |last| last.glyph.x);
        let is_on = |own: &Placed| {
            let own = &own.glyph;
            let shared = (own.x + own.advance).min(glyph.x + glyph.advance) - own.x.max(glyph.x);
            is_letter(own) && shared > 0.5 * own.advance.min(glyph.advance)
        };
        glyph.x <= last && is_letter(glyph) && self.glyphs.iter().rev().take(NEAR).any(is_on)
    }

    /// Whether `script` is a figure that stands right behind the line, raised by more than a script.
    fn raises(&self, script: &Segment) -> bool {
        let gap = (script.x0 - self.x1) / self.size.max(1.0);
        let rise = (script.y - self.y) / self.size.max(1.0);
        script.len() <= SCRIPT_LENGTH
            && script.size < SCRIPT_SIZE * self.size
            && (SCRIPT_SHIFT..=RISE).contains(&rise)
            && (-0.2..0.4).contains(&gap)
            && script.is_figure()
    }

    /// Whether `next` stands on the baseline, behind what there is.
    fn goes_on_with(&self, next: &Segment) -> bool {
        let em = self.size.max(next.size).max(1.0);
        let gap = (next.x0 - self.x1) / em;
        (next.y - self.y).abs() <= SAME_LINE * em && (-0.2..GAP_COLUMN).contains(&gap)
    }

    pub fn push(&mut self, placed: Placed) {
        let glyph = &placed.glyph;
        // The largest glyph carries the baseline; scripts hang on it.
        if glyph.size > self.size * 1.05 {
            (self.size, self.y) = (glyph.size, glyph.y);
        }
        self.x0 = self.x0.min(glyph.x);
        self.x1 = self.x1.max(glyph.x + glyph.advance);
        self.glyphs.push(placed);
    }

    /// Puts the glyphs in order from left to right.
    pub fn sort(&mut self) {
        let disordered = |w: &[Placed]| w[1].glyph.x < w[0].glyph.x - 0.1;
        if self.glyphs.windows(2).any(disordered) {
            self.glyphs.sort_by(|a, b| a.glyph.x.total_cmp(&b.glyph.x));
        }
    }

    /// The cells of the segment: where a column gap opens, another begins.
    pub fn cells(self) -> Vec<Segment> {
        let cells = self.cut(GAP_COLUMN);
        if cells.len() == 1 {
            return cells;
        }
        // In a row of cells narrower gaps part cells as well: names of columns stand close.
        cells.into_iter().flat_map(|c| c.cut(GAP_ROW)).collect()
    }

    /// Cuts where a gap is wider than `widest`, in em.
    fn cut(self, widest: f32) -> Vec<Segment> {
        let mut out: Vec<Segment> = Vec::with_capacity(1);
        let (mut end, mut after_figure) = (f32::NEG_INFINITY, false);
        for placed in self.glyphs {
            let reach = placed.glyph.x + placed.glyph.advance;
            let gap = (placed.glyph.x - end) / self.size.max(placed.glyph.size).max(1.0);
            let figure = placed.glyph.text.starts_with(is_figure_part);
            let least = if figure || after_figure {
                widest.min(GAP_FIGURE)
            } else {
                widest
            };
            // A currency sign behind a figure is the next one's.
            let sign = after_figure && gap > GAP_ALONE && is_sign(&placed.glyph.text);
            match out.last_mut() {
                Some(cell) if gap <= least && !sign => cell.push(placed),
                _ => out.push(Segment::new(placed)),
            }
            (end, after_figure) = (end.max(reach), figure);
        }
        out
    }

    /// Its parts between borders, from left to right; a word that stands over one is not cut.
    pub fn parted(self, borders: &[f32]) -> Vec<Segment> {
        if borders.is_empty() {
            return vec![self];
        }
        let (mut last, mut end, mut was_letter) = (0, f32::NEG_INFINITY, false);
        let mut out: Vec<Segment> = Vec::with_capacity(1);
        for placed in self.glyphs {
            let glyph = &placed.glyph;
            let is_letter = glyph.text.starts_with(char::is_alphabetic);
            let middle = glyph.x + glyph.advance / 2.0;
            let part = borders.partition_point(|border| *border <= middle);
            // A figure behind a letter is of another cell.
            let is_word = !placed.after_space
                && glyph.x - end <= GAP_ALONE * glyph.size.max(1.0)
                && is_letter == was_letter;
            was_letter = is_letter;
            end = end.max(glyph.x + glyph.advance);
            match out.last_mut() {
                Some(own) if part == last || is_word => own.push(placed),
                _ => {
                    last = part;
                    out.push(Segment::new(placed));
                }
            }
        }
        out
    }

    /// The text, spaces where gaps are.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.glyphs.len() + 8);
        let is_turned = |p: &Placed| p.glyph.text.chars().any(is_right_to_left);
        if self.glyphs.iter().any(is_turned) {
            let mut pieces = Vec::new();
            self.pieces(|piece| pieces.push(piece.to_owned()));
            let read = in_reading_order(pieces);
            read.iter().for_each(|piece| push_clean(&mut text, piece));
        } else {
            self.pieces(|piece| push_clean(&mut text, piece));
        }
        tidy(&unsplit_ordinals(text))
    }

    /// Hands out the text of its glyphs from left to right, spaces where gaps are.
    fn pieces(&self, mut on: impl FnMut(&str)) {
        let tracking = self.tracking();
        let mut end = f32::NEG_INFINITY;
        let mut last: Option<&Glyph> = None;
        for Placed { glyph, after_space } in &self.glyphs {
            if let Some(last) = last {
                let gap = (glyph.x - end) / last.size.max(glyph.size).max(1.0) - tracking;
                let least = if *after_space {
                    GAP_AFTER_SPACE
                } else {
                    GAP_ALONE
                };
                if gap > least || is_mark(last, glyph) {
                    on(" ");
                }
            }
            on(&glyph.text);
            end = end.max(glyph.x + glyph.advance);
            last = Some(glyph);
        }
    }

    /// Extra distance, in em, that letter-spaced text keeps between all of its glyphs; 0 for
    /// ordinary text.
    fn tracking(&self) -> f32 {
        let mut gaps: Vec<f32> = self
            .glyphs
            .windows(2)
            .map(|w| (w[1].glyph.x - w[0].glyph.x - w[0].glyph.advance) / self.size.max(1.0))
            .collect();
        let wide = gaps.iter().filter(|g| **g > GAP_ALONE).count();
        if gaps.len() < 4 || wide * 10 < gaps.len() * 9 {
            return 0.0;
        }
        gaps.sort_by(f32::total_cmp);
        // The gaps within words are the smaller ones and nearly alike.
        gaps[gaps.len() / 2].min(gaps[gaps.len() / 4] * 1.3)
    }

    /// True for `$` alone, which belongs to the figure behind it.
    pub fn is_currency(&self) -> bool {
        matches!(&self.glyphs[..], [sign] if is_sign(&sign.glyph.text))
    }

    /// True for `)` or `%` alone, which belongs to the figure before it.
    pub fn is_closing(&self) -> bool {
        self.glyphs
            .iter()
            .all(|p| ")%".contains(p.glyph.text.trim()))
    }

    /// Gives the currency sign at the end of a label to the figure behind it.
    pub fn hand_over_sign(&mut self, figure: &mut Segment) {
        let sign = |p: &Placed| is_sign(&p.glyph.text);
        if self.glyphs.len() < 2 || !self.glyphs.last().is_some_and(sign) {
            return;
        }
        if let Some(placed) = self.glyphs.pop() {
            figure.x0 = placed.glyph.x;
            figure.glyphs.insert(0, placed);
        }
        let end = |p: &Placed| p.glyph.x + p.glyph.advance;
        self.x1 = self.glyphs.iter().map(end).fold(self.x0, f32::max);
    }

    /// Takes in the glyphs of another one.
    pub fn append(&mut self, other: Segment) {
        other.glyphs.into_iter().for_each(|p| self.push(p));
    }

    /// A figure, a dash or a currency sign alone: what stands in a column of a table.
    pub fn is_figure(&self) -> bool {
        let (mut digits, mut letters, mut other) = (0, 0, 0);
        for c in self.glyphs.iter().flat_map(|p| p.glyph.text.chars()) {
            match c {
                '0'..='9' => digits += 1,
                c if c.is_alphabetic() => letters += 1,
                c if " \u{a0}$€£¥%.,()-–—*†/:".contains(c) => {}
                _ => other += 1,
            }
        }
        other == 0 && letters <= 2 && (digits > letters || digits + letters == 0)
    }

    pub fn is_bold(&self) -> bool {
        self.glyphs.iter().all(|p| p.glyph.bold)
    }

    pub fn len(&self) -> usize {
        self.glyphs.len()
    }
}

/// Whether a glyph is a currency sign.
fn is_sign(text: &str) -> bool {
    "$€£¥".contains(text.trim())
}

fn is_figure_part(c: char) -> bool {
    c.is_ascii_digit() || "$€£¥%()—–".contains(c)
}

fn is_script(size: f32, other: f32) -> bool {
    size < SCRIPT_SIZE * other || other < SCRIPT_SIZE * size
}

/// A raised small glyph behind a figure is a footnote's mark, no digit of it.
fn is_mark(last: &Glyph, glyph: &Glyph) -> bool {
    let raised = glyph.y - last.y > 0.2 * last.size && glyph.size < SCRIPT_SIZE * last.size;
    raised
        && last
            .text
            .ends_with(|c: char| c.is_ascii_digit() || c == ')' || c == '%')
}

/// `53 rd` is `53rd`: the raised letters of an ordinal are no footnote's mark.
fn unsplit_ordinals(text: String) -> String {
    let ordinal = |w: &str| matches!(w, "st" | "nd" | "rd" | "th");
    if !text.split(' ').any(ordinal) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        let joins = ordinal(word) && out.ends_with(|c: char| c.is_ascii_digit());
        if !out.is_empty() && !joins {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A script that was drawn on its own joins the line at whose end, or in whose gap, it stands.
fn hang_scripts(segments: Vec<Segment>) -> Vec<Segment> {
    let sizes: f32 = segments.iter().map(|s| s.size).fold(0.0, f32::max);
    let small = |s: &Segment| s.len() <= SCRIPT_LENGTH && s.size < SCRIPT_SIZE * sizes;
    let loose: Vec<usize> = (0..segments.len())
        .filter(|&i| small(&segments[i]))
        .collect();
    if loose.is_empty() {
        return segments;
    }
    let mut slots: Vec<Option<Segment>> = segments.into_iter().map(Some).collect();
    for at in loose {
        let Some(script) = slots[at].take() else {
            continue;
        };
        // Marks are drawn near their line: a few segments before or behind it.
        let near = at.saturating_sub(12)..(at + 13).min(slots.len());
        let host = near
            .filter(|&j| slots[j].as_ref().is_some_and(|host| hosts(host, &script)))
            .min_by_key(|&j| j.abs_diff(at));
        match host.and_then(|j| slots[j].as_mut()) {
            Some(host) => {
                host.append(script);
                host.sort();
            }
            None => slots[at] = Some(script),
        }
    }
    slots.into_iter().flatten().collect()
}

/// Whether `script` stands right behind a glyph of `host`, raised or lowered.
fn hosts(host: &Segment, script: &Segment) -> bool {
    let shift = script.y - host.y;
    let sized = script.size < SCRIPT_SIZE * host.size;
    let near = |p: &Placed| {
        let gap = script.x0 - p.glyph.x - p.glyph.advance;
        gap > -0.2 * host.size && gap < 0.4 * host.size
    };
    sized
        && shift.abs() > 0.05 * host.size
        && (-0.35 * host.size..SCRIPT_SHIFT * host.size).contains(&shift)
        && host.glyphs.iter().any(near)
}
