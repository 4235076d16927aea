//! Layout: positioned glyphs become lines of text in reading order.
//!
//! `glyphs` chooses and cleans what counts (visible text once, the page turned upright), `segment`
//! strings glyphs of one baseline together in the order they were drawn, `column` finds the gutters
//! of text set in columns, and `row` puts what stands on one baseline of a table on one line and
//! all lines in reading order. The order of drawing is kept wherever there is no better reason:
//! sorting a whole page by height breaks columns.

mod column;
mod direction;
mod glyphs;
mod row;
mod segment;

pub use super::clean::COLUMN_GAP;
pub use direction::is_right_to_left;

use super::Place;
use super::cap::MAX_COORDINATE;
use super::glyph::Glyph;
use super::ruled::{self, Rule, Ruled};

/// How far a line reaches over and under its baseline, in em.
pub const ABOVE: f32 = 0.9;
pub const BELOW: f32 = 0.3;

/// A line with what `structure` needs to judge it; lengths in points, y upwards.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RawLine {
    /// The cells' texts, `COLUMN_GAP` between them.
    pub text: String,
    pub y: f32,
    pub size: f32,
    /// Whether all of it is bold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// By how many right angles the text is turned on its page; places are those of the upright
    /// text.
    #[serde(default, skip_serializing_if = "is_upright")]
    pub quarter: u8,
    /// Left and right edge of each cell; never empty.
    pub cells: Vec<(f32, f32)>,
}

impl RawLine {
    /// A line of which nothing but the text is known.
    pub fn unplaced(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            y: 0.0,
            size: 0.0,
            bold: false,
            quarter: 0,
            cells: vec![(0.0, 0.0)],
        }
    }

    /// A point of the upright text as it lies on the page.
    pub fn on_page(&self, (x, y): (f32, f32)) -> (f32, f32) {
        match self.quarter {
            1 => (-y, x),
            2 => (-x, -y),
            3 => (y, -x),
            _ => (x, y),
        }
    }

    /// Of its part from `x0` to `x1`, as it lies on the page: upper left, upper right, lower left, lower right of the
    /// text as it is read.
    pub fn corners(&self, x0: f32, x1: f32) -> [(f32, f32); 4] {
        let (top, foot) = (self.y + ABOVE * self.size, self.y - BELOW * self.size);
        [(x0, top), (x1, top), (x0, foot), (x1, foot)].map(|corner| self.on_page(corner))
    }

    pub fn x0(&self) -> f32 {
        self.cells.first().map_or(0.0, |c| c.0)
    }

    pub fn x1(&self) -> f32 {
        self.cells.last().map_or(0.0, |c| c.1)
    }

    /// Whether it stands somewhere; what comes from the child need not.
    pub fn is_placed(&self) -> bool {
        let on_sheet = |v: f32| v.abs() <= 10.0 * MAX_COORDINATE;
        let mut cells = self.cells.iter();
        on_sheet(self.y)
            && on_sheet(self.size)
            && !self.cells.is_empty()
            && cells.all(|(x0, x1)| on_sheet(*x0) && on_sheet(*x1))
    }

    pub fn place(&self) -> Place {
        Place {
            y: self.y,
            size: self.size,
            cells: self.cells.clone(),
        }
    }
}

fn is_upright(quarter: &u8) -> bool {
    *quarter == 0
}

/// The glyphs that count, by the right angles that their baselines are turned by, each group turned upright.
pub fn upright(glyphs: Vec<Glyph>) -> [Vec<Glyph>; 4] {
    let (glyphs, _) = glyphs::visible(glyphs);
    glyphs::by_direction(glyphs).map(glyphs::once)
}

/// Lines of one page in reading order.
pub fn lines(glyphs: Vec<Glyph>) -> Vec<RawLine> {
    sheet(glyphs, &[]).lines
}

/// A page as it is laid out.
pub struct Sheet {
    /// In reading order.
    pub lines: Vec<RawLine>,
    /// Letters that nobody sees, left out.
    pub hidden: usize,
    /// Tables drawn in lines, as places of the upright text have them.
    pub ruled: Vec<Ruled>,
}

/// Lays out the glyphs of a page on which `rules` are drawn: no cell of a line stands over a border.
pub fn sheet(glyphs: Vec<Glyph>, rules: &[Rule]) -> Sheet {
    let (glyphs, hidden) = glyphs::visible(glyphs);
    let groups = glyphs::by_direction(glyphs);
    let mut groups: Vec<(u8, Vec<Glyph>)> = (0..).zip(groups).collect();
    // The dominant direction is read first; margin notes in another one follow.
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.len()));
    let main = groups[0].0;
    let ruled = ruled::tables(&glyphs::upright(rules, main));
    let lines = groups.into_iter().flat_map(|(quarter, group)| {
        // What is written in another direction is not the table's.
        let own = if quarter == main { &ruled[..] } else { &[] };
        let segments = segment::segments(glyphs::once(group));
        let mut lines = row::lines(segments, own);
        lines.iter_mut().for_each(|line| line.quarter = quarter);
        lines
    });
    Sheet {
        lines: lines.collect(),
        hidden,
        ruled,
    }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
