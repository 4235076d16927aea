//! Ruled tables: the cells that ruling lines draw.
//!
//! As pdfplumber finds them (after Nurminen, "Algorithmic extraction of data in tables in PDF documents", 2013): lines
//! that touch are joined, a cell is the smallest rectangle whose four sides are drawn, and cells that share a corner
//! are of one table. A cell over several columns or rows counts for the first of them.

use serde::{Deserialize, Serialize};

use super::cap::{MAX_COORDINATE, MAX_RULED_CELLS};

/// A line, level or upright, in points; what else is drawn is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub from: (f32, f32),
    pub to: (f32, f32),
}

/// A cell: its row and column from 0, the edges in points, `foot` under `top`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub row: usize,
    pub column: usize,
    pub x0: f32,
    pub x1: f32,
    pub foot: f32,
    pub top: f32,
}

impl Cell {
    pub fn holds(&self, x: f32, y: f32) -> bool {
        (self.x0..self.x1).contains(&x) && (self.foot..self.top).contains(&y)
    }
}

/// The cells of a table that is ruled, from top to bottom and from left to right.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ruled {
    pub cells: Vec<Cell>,
    pub rows: usize,
    pub columns: usize,
}

/// How far over its baseline the middle of a text is, in em.
pub const MIDDLE: f32 = 0.3;
/// Lines nearer than this, in points, are one, and ends nearer meet.
const SNAP: f32 = 2.5;
const MEET: f32 = 3.0;
/// Crossings of a page at most: a drawing has more, and is no table.
const MAX_CROSSINGS: usize = 40_000;
/// Lines that a cell goes over at most.
const MAX_SPAN: usize = 64;

impl Ruled {
    /// The borders that a text whose middle is as high as `y` cannot stand over, from left to right.
    pub fn borders(&self, y: f32) -> impl Iterator<Item = f32> {
        let own = self
            .cells
            .iter()
            .filter(move |c| (c.foot..c.top).contains(&y));
        own.flat_map(|cell| [cell.x0, cell.x1])
    }

    /// The cell at a point.
    pub fn at(&self, x: f32, y: f32) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.holds(x, y))
    }

    /// Whether it is a table of a sheet; what comes from the child need not be.
    pub fn is_placed(&self) -> bool {
        let on_sheet = |v: f32| v.abs() <= 10.0 * MAX_COORDINATE;
        let is_placed = |c: &Cell| {
            c.row < self.rows
                && c.column < self.columns
                && [c.x0, c.x1, c.foot, c.top].into_iter().all(on_sheet)
        };
        self.cells.len() <= MAX_RULED_CELLS
            && self.rows.saturating_mul(self.columns) <= MAX_CROSSINGS
            && self.cells.iter().all(is_placed)
    }
}

/// The tables that lines draw: those of two rows and two columns at least.
pub fn tables(rules: &[Rule]) -> Vec<Ruled> {
    let level = Lines::level(rules);
    let upright = Lines::upright(rules);
    let sides = open_sides(&level, &upright);
    let upright = match sides.is_empty() {
        true => upright,
        false => Lines::upright(&[rules, &sides].concat()),
    };
    let (rows, columns) = (level.at.len(), upright.at.len());
    if rows < 3 || columns < 3 || rows * columns > MAX_CROSSINGS {
        return Vec::new();
    }
    let mesh = Mesh::new(&level, &upright);
    let boxes = mesh.boxes();
    let mut out = Vec::new();
    for group in grouped(&boxes, rows * columns, columns) {
        out.extend(table(&group, &level.at, &upright.at));
    }
    out
}

/// The sides of tables that are drawn without: uprights where level lines one under the other end, between which others
/// are drawn.
fn open_sides(level: &Lines, upright: &Lines) -> Vec<Rule> {
    let mut out: Vec<Rule> = Vec::new();
    for row in 1..level.at.len() {
        let (top, foot) = (level.at[row - 1], level.at[row]);
        let is_parted = |&(from, to): &(f32, f32)| {
            let first = upright.at.partition_point(|x| *x <= from + MEET);
            let inner = (first..upright.at.len()).take_while(|at| upright.at[*at] < to - MEET);
            inner
                .take(MAX_SPAN)
                .any(|at| upright.is_drawn(at, foot, top))
        };
        for span in level.spans[row].iter().filter(|span| is_parted(span)) {
            let meets = |x: f32, end: fn(&(f32, f32)) -> f32| {
                let mut above = level.spans[row - 1].iter();
                above.any(|other| (end(other) - x).abs() <= MEET)
            };
            let ends: [(f32, fn(&(f32, f32)) -> f32); 2] =
                [(span.0, |span| span.0), (span.1, |span| span.1)];
            out.extend(
                ends.into_iter()
                    .filter(|(x, end)| meets(*x, *end))
                    .map(|(x, _)| Rule {
                        from: (x, foot),
                        to: (x, top),
                    }),
            );
        }
    }
    out.sort_by(|a, b| a.from.0.total_cmp(&b.from.0));
    let sides = out.chunk_by(|a, b| b.from.0 - a.from.0 <= MEET);
    sides
        .filter(|side| side.len() >= SIDE)
        .flatten()
        .copied()
        .collect()
}

/// Level lines that end at one place and are a side, less one.
const SIDE: usize = 3;

/// Parallel lines: where each stands, and the spans that are drawn of it.
struct Lines {
    at: Vec<f32>,
    spans: Vec<Vec<(f32, f32)>>,
}

impl Lines {
    /// Level lines from the top down.
    fn level(rules: &[Rule]) -> Self {
        let level = rules.iter().filter_map(|rule| {
            let (x0, x1) = (rule.from.0, rule.to.0);
            let is_level = (rule.from.1 - rule.to.1).abs() < 1.0 && (x1 - x0).abs() >= 1.0;
            is_level.then_some((-rule.from.1, x0.min(x1), x0.max(x1)))
        });
        let mut out = Self::snapped(level.collect());
        out.at.iter_mut().for_each(|y| *y = -*y);
        out
    }

    /// Upright lines from left to right.
    fn upright(rules: &[Rule]) -> Self {
        let upright = rules.iter().filter_map(|rule| {
            let (y0, y1) = (rule.from.1, rule.to.1);
            let is_upright = (rule.from.0 - rule.to.0).abs() < 1.0 && (y1 - y0).abs() >= 1.0;
            is_upright.then_some((rule.from.0, y0.min(y1), y0.max(y1)))
        });
        Self::snapped(upright.collect())
    }

    /// Of lines at a place, each from and to.
    fn snapped(mut lines: Vec<(f32, f32, f32)>) -> Self {
        lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut out = Self {
            at: Vec::new(),
            spans: Vec::new(),
        };
        for group in lines.chunk_by(|a, b| b.0 - a.0 <= SNAP) {
            let middle = group.iter().map(|line| line.0).sum::<f32>() / group.len() as f32;
            let mut spans: Vec<(f32, f32)> = group.iter().map(|line| (line.1, line.2)).collect();
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut joined: Vec<(f32, f32)> = Vec::new();
            for span in spans {
                match joined.last_mut().filter(|last| span.0 <= last.1 + MEET) {
                    Some(last) => last.1 = last.1.max(span.1),
                    None => joined.push(span),
                }
            }
            out.at.push(middle);
            out.spans.push(joined);
        }
        out
    }

    /// Whether the line number `at` is drawn between two places.
    fn is_drawn(&self, at: usize, from: f32, to: f32) -> bool {
        let spans = &self.spans[at];
        // They are in order, and apart.
        let first = spans.partition_point(|span| span.1 < to - MEET);
        spans.get(first).is_some_and(|span| span.0 <= from + MEET)
    }
}

/// A rectangle of lines: between which level ones, and which upright ones.
#[derive(Clone, Copy)]
struct Area {
    top: usize,
    foot: usize,
    left: usize,
    right: usize,
}

/// How far lines are drawn from each crossing.
struct Mesh {
    rows: usize,
    columns: usize,
    /// To how many crossings right of it, and under it, without a gap.
    across: Vec<usize>,
    down: Vec<usize>,
}

impl Mesh {
    fn new(level: &Lines, upright: &Lines) -> Self {
        let (rows, columns) = (level.at.len(), upright.at.len());
        let mut out = Self {
            rows,
            columns,
            across: vec![0; rows * columns],
            down: vec![0; rows * columns],
        };
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let at = row * columns + column;
                let (x, y) = (upright.at[column], level.at[row]);
                let right = upright.at.get(column + 1);
                if right.is_some_and(|right| level.is_drawn(row, x, *right)) {
                    out.across[at] = out.across[at + 1] + 1;
                }
                let under = level.at.get(row + 1);
                if under.is_some_and(|under| upright.is_drawn(column, *under, y)) {
                    out.down[at] = out.down[at + columns] + 1;
                }
            }
        }
        out
    }

    fn boxes(&self) -> Vec<Area> {
        let mut out = Vec::new();
        for top in 0..self.rows {
            for left in 0..self.columns {
                out.extend(self.smallest(top, left));
                if out.len() > MAX_RULED_CELLS {
                    return Vec::new();
                }
            }
        }
        out
    }

    /// The smallest rectangle whose corner at the top and left is this crossing.
    fn smallest(&self, top: usize, left: usize) -> Option<Area> {
        let at = |row: usize, column: usize| row * self.columns + column;
        let corner = at(top, left);
        let feet = top + 1..=top + self.down[corner].min(MAX_SPAN);
        let rights = left + 1..=left + self.across[corner].min(MAX_SPAN);
        let mut areas = feet.flat_map(|foot| rights.clone().map(move |right| (foot, right)));
        let closed = areas.find(|(foot, right)| {
            self.down[at(top, *right)] >= foot - top && self.across[at(*foot, left)] >= right - left
        });
        closed.map(|(foot, right)| Area {
            top,
            foot,
            left,
            right,
        })
    }
}

/// Boxes that share corners, together.
fn grouped(boxes: &[Area], crossings: usize, columns: usize) -> Vec<Vec<Area>> {
    // The group of each crossing, by union and find.
    let mut parents: Vec<usize> = (0..crossings).collect();
    fn root(parents: &mut [usize], mut at: usize) -> usize {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    }
    for b in boxes {
        let corners = [(b.top, b.right), (b.foot, b.left), (b.foot, b.right)];
        let first = root(&mut parents, b.top * columns + b.left);
        for (row, column) in corners {
            let other = root(&mut parents, row * columns + column);
            parents[other] = first;
        }
    }
    let mut out: Vec<(usize, Vec<Area>)> = Vec::new();
    for b in boxes {
        let group = root(&mut parents, b.top * columns + b.left);
        match out.iter_mut().find(|(known, _)| *known == group) {
            Some((_, own)) => own.push(*b),
            None => out.push((group, vec![*b])),
        }
    }
    out.into_iter().map(|(_, own)| own).collect()
}

/// A table of boxes; none where they are a list or a frame.
fn table(boxes: &[Area], ys: &[f32], xs: &[f32]) -> Option<Ruled> {
    let distinct = |of: fn(&Area) -> usize| {
        let mut all: Vec<usize> = boxes.iter().map(of).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (tops, lefts) = (distinct(|b| b.top), distinct(|b| b.left));
    if tops.len() < 2 || lefts.len() < 2 {
        return None;
    }
    let cell = |b: &Area| Cell {
        row: tops.partition_point(|top| *top < b.top),
        column: lefts.partition_point(|left| *left < b.left),
        x0: xs[b.left],
        x1: xs[b.right],
        foot: ys[b.foot],
        top: ys[b.top],
    };
    Some(Ruled {
        cells: boxes.iter().map(cell).collect(),
        rows: tops.len(),
        columns: lefts.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(from: (f32, f32), to: (f32, f32)) -> Rule {
        Rule { from, to }
    }

    /// Three columns of 100 and two rows of 20, the lines drawn cell by cell and a little off.
    fn drawn() -> Vec<Rule> {
        let mut out = Vec::new();
        for y in [700.0, 680.4, 660.0] {
            for x in [50.0, 150.0, 250.0] {
                out.push(rule((x + 0.5, y), (x + 99.0, y + 0.3)));
            }
        }
        for x in [50.0, 150.6, 250.0, 350.0] {
            out.push(rule((x, 700.0), (x, 660.0)));
        }
        out
    }

    #[test]
    fn lines_that_touch_draw_cells() {
        let found = tables(&drawn());
        assert_eq!(found.len(), 1);
        let table = &found[0];
        assert_eq!((table.rows, table.columns, table.cells.len()), (2, 3, 6));
        let cell = table.at(200.0, 670.0).unwrap();
        assert_eq!((cell.row, cell.column), (1, 1));
        assert!(table.at(400.0, 670.0).is_none());
        let mut borders: Vec<i32> = table.borders(690.0).map(|x| x.round() as i32).collect();
        borders.dedup();
        assert_eq!(borders, [50, 151, 250, 350]);
    }

    #[test]
    fn a_head_over_two_columns_is_one_cell() {
        // No upright line at 150 between 700 and 680.
        let mut rules = drawn();
        rules.retain(|rule| rule.from.0 != 150.6);
        rules.push(rule((150.0, 680.0), (150.0, 660.0)));
        let found = tables(&rules);
        assert_eq!(found[0].cells.len(), 5);
        let (head, under) = (found[0].at(200.0, 690.0), found[0].at(200.0, 670.0));
        assert_eq!(head.map(|cell| (cell.row, cell.column)), Some((0, 0)));
        assert_eq!(under.map(|cell| (cell.row, cell.column)), Some((1, 1)));
    }

    #[test]
    fn a_frame_a_list_and_a_drawing_are_no_tables() {
        let frame = [
            rule((0.0, 0.0), (100.0, 0.0)),
            rule((0.0, 50.0), (100.0, 50.0)),
            rule((0.0, 0.0), (0.0, 50.0)),
            rule((100.0, 0.0), (100.0, 50.0)),
        ];
        assert_eq!(tables(&frame), []);
        let mut list = frame.to_vec();
        list.push(rule((0.0, 25.0), (100.0, 25.0)));
        assert_eq!(tables(&list), []);
        let mesh = (0..1000).flat_map(|at| {
            let v = at as f32 * 5.0;
            [rule((0.0, v), (5000.0, v)), rule((v, 0.0), (v, 5000.0))]
        });
        assert_eq!(tables(&mesh.collect::<Vec<_>>()), []);
        assert_eq!(tables(&[rule((f32::NAN, 0.0), (1.0, f32::INFINITY))]), []);
    }

    #[test]
    fn what_is_beyond_any_sheet_is_refused() {
        let mut table = tables(&drawn()).remove(0);
        assert!(table.is_placed());
        table.cells[0].column = 3;
        assert!(!table.is_placed());
        table.cells[0].column = 0;
        table.cells[0].top = f32::NAN;
        assert!(!table.is_placed());
    }
}
