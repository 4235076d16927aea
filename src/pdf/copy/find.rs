//! Finding: where on its page a line stands, and words in it, in the page's own space.

use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::{Affine, Point};
use hayro_interpret::util::TransformExt;

use super::{PageTask, Spot};
use crate::pdf::clean::COLUMN_GAP;
use crate::pdf::glyph::Glyph;
use crate::pdf::layout::{self, RawLine};
use crate::pdf::reader::Reader;

/// The corners of a part of a line, as it is read: upper left, upper right, lower left, lower right.
pub type Quad = [(f32, f32); 4];

/// A page whose lines are known.
pub struct Finder {
    lines: Vec<RawLine>,
    /// What is drawn on it, by the direction of its baseline, turned upright.
    glyphs: [Vec<Glyph>; 4],
    /// From the page as it is looked at to its own space, where OCR has read it.
    from_seen: Option<Affine>,
}

impl Finder {
    /// Reads the page of `task`, or takes the places that OCR has for its lines.
    pub fn new(reader: &mut Reader, task: &PageTask) -> Self {
        if !task.places.is_empty() {
            return Self::of_picture(reader, task);
        }
        if task.marks.is_empty() {
            return Self::of(Vec::new(), Vec::new());
        }
        let page = reader.page(task.number);
        let glyphs = reader.glyphs(task.number, page.engine);
        Self::of(page.lines, glyphs)
    }

    pub(super) fn of(lines: Vec<RawLine>, glyphs: Vec<Glyph>) -> Self {
        Self {
            lines,
            glyphs: layout::upright(glyphs),
            from_seen: None,
        }
    }

    fn of_picture(reader: &Reader, task: &PageTask) -> Self {
        let page = reader.pdf().and_then(|pdf| {
            let at = (task.number as usize).checked_sub(1)?;
            pdf.pages().get(at)
        });
        let line = |(at, place): (usize, &crate::pdf::Place)| {
            let mut spots = task.marks.iter().flat_map(|mark| &mark.spots);
            let text = spots.find(|spot| spot.line == at);
            RawLine {
                y: place.y,
                size: place.size,
                cells: place.cells.clone(),
                ..RawLine::unplaced(text.map_or("", |spot| &spot.text))
            }
        };
        let lines = task.places.iter().enumerate().map(line);
        Self {
            from_seen: page.and_then(from_seen),
            lines: lines.collect(),
            glyphs: Default::default(),
        }
    }

    /// Where a spot is; none where the page has no such line.
    pub fn quad(&self, spot: &Spot) -> Option<Quad> {
        let line = self.line(spot)?;
        let (x0, x1) = match &spot.part {
            Some(part) => self.extent(line, part, spot.near)?,
            None => (line.x0(), line.x1()),
        };
        let corners = line.corners(x0.min(x1), x0.max(x1));
        let Some(own) = &self.from_seen else {
            return Some(corners).filter(is_somewhere);
        };
        let turned = corners.map(|(x, y)| {
            let point = *own * Point::new(x.into(), y.into());
            (point.x as f32, point.y as f32)
        });
        Some(turned).filter(is_somewhere)
    }

    /// The line that a spot means: the one of its number, or else the one that says the same.
    fn line(&self, spot: &Spot) -> Option<&RawLine> {
        let said = letters(&spot.text);
        let is_it = |line: &&RawLine| line.is_placed() && letters(&line.text) == said;
        let own = self.lines.get(spot.line).filter(is_it);
        own.or_else(|| self.lines.iter().find(is_it))
            .filter(|line| line.size > 0.0)
    }

    /// From where to where words of a line stand: by what is drawn there, else by the cell that has them.
    fn extent(&self, line: &RawLine, part: &str, near: Option<(f32, f32)>) -> Option<(f32, f32)> {
        let drawn = &self.glyphs[usize::from(line.quarter) % 4];
        of_glyphs(drawn, line, part, near).or_else(|| of_cells(line, part, near))
    }
}

/// From a page as it is looked at, its foot at nought, to its own space.
fn from_seen(page: &Page<'_>) -> Option<Affine> {
    let (_, height) = page.render_dimensions();
    // Pictures go down, and places up.
    let down = Affine::new([1.0, 0.0, 0.0, -1.0, 0.0, f64::from(height)]);
    let to_seen = page.initial_transform(true).to_kurbo();
    let is_plain = to_seen.determinant().abs() > 1e-9;
    is_plain.then(|| to_seen.inverse() * down)
}

fn is_somewhere(quad: &Quad) -> bool {
    quad.iter().all(|(x, y)| x.is_finite() && y.is_finite())
}

/// What a text says, whatever stands between its words, and whatever leads to its figures.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn middle((from, to): (f32, f32)) -> f32 {
    (from + to) / 2.0
}

/// Of several extents the one nearest to where the words are said to be, else the first.
fn nearest(all: Vec<(f32, f32)>, near: Option<(f32, f32)>) -> Option<(f32, f32)> {
    let Some(near) = near else {
        return all.first().copied();
    };
    let away = |own: &(f32, f32)| (middle(*own) - middle(near)).abs();
    all.into_iter().min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// Where the glyphs on a line spell `part`, and no longer figure or word.
fn of_glyphs(
    drawn: &[Glyph],
    line: &RawLine,
    part: &str,
    near: Option<(f32, f32)>,
) -> Option<(f32, f32)> {
    let reach = 0.25 * line.size;
    let on_line = |glyph: &&Glyph| {
        (glyph.y - line.y).abs() <= 0.6 * line.size
            && glyph.x >= line.x0() - reach
            && glyph.x + glyph.advance <= line.x1() + reach
    };
    let mut own: Vec<&Glyph> = drawn.iter().filter(on_line).collect();
    own.sort_by(|a, b| a.x.total_cmp(&b.x));
    // Each letter with its glyph.
    let spelt = own.iter().enumerate().flat_map(|(at, glyph)| {
        let seen = glyph.text.chars().filter(|c| !c.is_whitespace());
        seen.map(move |c| (c, at))
    });
    let spelt: Vec<(char, usize)> = spelt.collect();
    let wanted: Vec<char> = part.chars().filter(|c| !c.is_whitespace()).collect();
    if wanted.is_empty() {
        return None;
    }
    let is_apart = |a: usize, b: usize| {
        let (a, b) = (own[a], own[b]);
        b.x - (a.x + a.advance) > 0.15 * line.size
    };
    // A figure goes on with a digit, and with a mark before one.
    let goes_on = |from: usize, to: usize| {
        let (a, b) = (spelt[from], spelt[to]);
        a.0.is_alphanumeric() && b.0.is_alphanumeric() && !is_apart(a.1, b.1) && a.1 != b.1
    };
    let is_mark = |c: char| matches!(c, ',' | '.');
    let is_whole = |at: usize| {
        let end = at + wanted.len();
        let before = at > 0
            && (goes_on(at - 1, at)
                || at > 1
                    && is_mark(spelt[at - 1].0)
                    && spelt[at - 2].0.is_ascii_digit()
                    && spelt[at].0.is_ascii_digit()
                    && !is_apart(spelt[at - 1].1, spelt[at].1));
        let behind = end < spelt.len()
            && (goes_on(end - 1, end)
                || is_mark(spelt[end].0)
                    && spelt
                        .get(end + 1)
                        .is_some_and(|c| c.0.is_ascii_digit() && !is_apart(spelt[end].1, c.1)));
        !before && !behind
    };
    let found = |at: &usize| {
        let end = at + wanted.len();
        let mut both = wanted.iter().zip(spelt.get(*at..end).into_iter().flatten());
        end <= spelt.len() && both.all(|(a, b)| *a == b.0) && is_whole(*at)
    };
    let extents = (0..spelt.len()).filter(found).map(|at| {
        let (first, last) = (own[spelt[at].1], own[spelt[at + wanted.len() - 1].1]);
        (first.x, last.x + last.advance)
    });
    nearest(extents.collect(), near)
}

/// The cell that has `part`, cut to it by the letters before and behind.
fn of_cells(line: &RawLine, part: &str, near: Option<(f32, f32)>) -> Option<(f32, f32)> {
    let texts: Vec<&str> = line.text.split(COLUMN_GAP).collect();
    if texts.len() != line.cells.len() {
        return near;
    }
    let cut = |(text, &(x0, x1)): (&&str, &(f32, f32))| {
        let at = text.find(part)?;
        let all = text.chars().count().max(1) as f32;
        let (before, own) = (text[..at].chars().count(), part.chars().count());
        let share = |letters: usize| x0 + (x1 - x0) * letters as f32 / all;
        Some((share(before), share(before + own)))
    };
    let extents = texts.iter().zip(&line.cells).filter_map(cut);
    nearest(extents.collect(), near).or(near)
}
