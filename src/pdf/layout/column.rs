//! Columns: where a page's text is set in two or three of them, and which column a cell is in.
//!
//! A gutter is a vertical line that prose begins at and that nothing crosses over some height, with
//! filled lines of prose on both sides. Tables of text look alike but are drawn cell by cell, and
//! are left as they were drawn.

use super::segment::Cell;

/// Glyphs that make a cell prose.
const PROSE: usize = 20;
/// Lines of prose that each side must have.
const LEAST_LINES: usize = 6;
/// Lines of prose fill their column: this share of them reaches this share of its width.
const FILLED_LINES: f32 = 0.6;
const FILLED_WIDTH: f32 = 0.7;
/// Figures among the cells beyond which columns are those of a table.
const FIGURES: f32 = 0.2;
/// Left edges within so many points are one.
const EDGE: f32 = 4.0;

fn is_prose(cell: &Cell) -> bool {
    !cell.figure && cell.segment.len() >= PROSE
}

/// The column a cell is in. Nothing joins cells of two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub region: usize,
    pub column: usize,
    /// Drawn line by line across the columns, so that the order of drawing is not that of reading.
    pub across: bool,
}

/// A gutter: it ends at `x` and holds from `top` down to `foot`.
#[derive(Debug, Clone, Copy)]
struct Gutter {
    x: f32,
    top: f32,
    foot: f32,
    across: bool,
}

impl Gutter {
    fn holds(&self, y: f32) -> bool {
        self.foot <= y && y <= self.top
    }
}

/// The slot of each cell; none for what stands outside of columns.
pub fn slots(cells: &[Cell]) -> Vec<Option<Slot>> {
    let regions = regions(gutters(cells));
    let slot = |cell: &Cell| {
        let y = cell.segment.y;
        let region = regions.iter().position(|r| r.iter().any(|g| g.holds(y)))?;
        let passed = |g: &&Gutter| g.holds(y) && g.x <= cell.segment.x0 + EDGE;
        let column = regions[region].iter().filter(passed).count();
        let across = regions[region].iter().any(|g| g.across);
        Some(Slot {
            region,
            column,
            across,
        })
    };
    cells.iter().map(slot).collect()
}

/// Gutters whose heights overlap belong to one region.
fn regions(gutters: Vec<Gutter>) -> Vec<Vec<Gutter>> {
    let mut out: Vec<Vec<Gutter>> = Vec::new();
    for gutter in gutters {
        let overlaps = |g: &Gutter| g.foot <= gutter.top && gutter.foot <= g.top;
        match out.iter_mut().find(|region| region.iter().any(overlaps)) {
            Some(region) => region.push(gutter),
            None => out.push(vec![gutter]),
        }
    }
    out
}

fn gutters(cells: &[Cell]) -> Vec<Gutter> {
    let prose: Vec<&Cell> = cells.iter().filter(|c| is_prose(c)).collect();
    if prose.len() < 2 * LEAST_LINES {
        return Vec::new();
    }
    let mut edges: Vec<f32> = prose.iter().map(|c| c.segment.x0).collect();
    edges.sort_by(f32::total_cmp);
    let mut candidates: Vec<f32> = Vec::new();
    for run in edges.chunk_by(|a, b| b - a < EDGE) {
        if run.len() >= LEAST_LINES {
            candidates.push(run[0]);
        }
    }
    // Prose begins at the page's left edge anyhow.
    let inner = candidates.into_iter().skip(1);
    inner.flat_map(|x| bands(x, cells)).collect()
}

/// The heights over which `x` is a gutter.
fn bands(x: f32, cells: &[Cell]) -> Vec<Gutter> {
    let crosses = |c: &Cell| c.segment.x0 < x - EDGE && c.segment.x1 > x + EDGE;
    let mut crossings: Vec<f32> = cells
        .iter()
        .filter(|c| crosses(c))
        .map(|c| c.segment.y)
        .collect();
    crossings.push(f32::INFINITY);
    crossings.push(f32::NEG_INFINITY);
    crossings.sort_by(|a, b| b.total_cmp(a));
    crossings
        .windows(2)
        .filter_map(|w| band(x, w[0], w[1], cells))
        .collect()
}

/// The gutter at `x` between two heights, if prose stands on both sides of it there.
fn band(x: f32, above: f32, below: f32, cells: &[Cell]) -> Option<Gutter> {
    let inside = |c: &&Cell| below < c.segment.y && c.segment.y < above;
    let is_left = |c: &Cell| c.segment.x0 < x - EDGE;
    let heights = |left: bool| {
        let side = cells.iter().filter(inside);
        let prose = side.filter(|c| is_prose(c) && is_left(c) == left);
        prose.fold((f32::NEG_INFINITY, f32::INFINITY), |(top, foot), c| {
            (top.max(c.segment.y), foot.min(c.segment.y))
        })
    };
    let (left, right) = (heights(true), heights(false));
    // Only where both sides have text are there columns; a shorter last column ends the other too.
    let top = left.0.min(right.0) + 1.0;
    let foot = left.1.min(right.1) - 1.0;
    let shared = left.1.max(right.1) - 1.0;
    let here: Vec<&Cell> = cells
        .iter()
        .filter(inside)
        .filter(|c| foot <= c.segment.y && c.segment.y <= top)
        .collect();
    let beside = |c: &&&Cell| c.segment.y >= shared;
    let side = |left: bool| -> Vec<&Cell> {
        let prose = here.iter().filter(beside).filter(|c| is_prose(c));
        prose.filter(|c| is_left(c) == left).copied().collect()
    };
    let (left, right) = (side(true), side(false));
    let figures = here.iter().filter(|c| c.figure).count() as f32;
    let lines = left.len().min(right.len());
    let columns = lines >= LEAST_LINES
        && figures <= FIGURES * here.len() as f32
        && filled(&left)
        && filled(&right);
    let across = match switches(&left, &right) {
        // One column after the other: the order of drawing is right.
        0 | 1 => false,
        n if n >= lines => true,
        // Blocks that alternate: a table of text.
        _ => return None,
    };
    columns.then_some(Gutter {
        x,
        top,
        foot,
        across,
    })
}

/// Whether most lines of a column reach its right edge.
fn filled(lines: &[&Cell]) -> bool {
    let width = |c: &&Cell| c.segment.x1 - c.segment.x0;
    let widest = lines.iter().map(width).fold(0.0, f32::max);
    let full = lines.iter().filter(|c| width(c) >= FILLED_WIDTH * widest);
    full.count() as f32 >= FILLED_LINES * lines.len() as f32
}

/// How often drawing went from one side to the other.
fn switches(left: &[&Cell], right: &[&Cell]) -> usize {
    let mut drawn: Vec<(usize, bool)> = left.iter().map(|c| (c.order, true)).collect();
    drawn.extend(right.iter().map(|c| (c.order, false)));
    drawn.sort();
    drawn.windows(2).filter(|w| w[0].1 != w[1].1).count()
}
