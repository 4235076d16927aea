//! Ruled tables: the cells that ruling lines draw.
//!
//! As pdfplumber finds them (after Nurminen, "Algorithmic extraction of data in tables in PDF documents", 2013): lines
//! that touch are joined, a cell is the smallest rectangle whose four sides are drawn, and cells that share a corner
//! are of one table. A cell over several columns or rows counts for the first of them.

mod lines;
mod mesh;

use serde::{Deserialize, Serialize};

use super::cap::{MAX_COORDINATE, MAX_RULED_CELLS};
use lines::{Lines, open_sides};
use mesh::{Area, Mesh, grouped};

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
