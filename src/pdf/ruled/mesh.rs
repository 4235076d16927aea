//! The mesh: where level lines and upright ones cross, and the rectangles that they close.

use super::MAX_SPAN;
use super::lines::Lines;
use crate::pdf::cap::MAX_RULED_CELLS;

/// A rectangle of lines: between which level ones, and which upright ones.
#[derive(Clone, Copy)]
pub struct Area {
    pub top: usize,
    pub foot: usize,
    pub left: usize,
    pub right: usize,
}

/// How far lines are drawn from each crossing.
pub struct Mesh {
    rows: usize,
    columns: usize,
    /// To how many crossings right of it, and under it, without a gap.
    across: Vec<usize>,
    down: Vec<usize>,
}

impl Mesh {
    pub fn new(level: &Lines, upright: &Lines) -> Self {
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

    pub fn boxes(&self) -> Vec<Area> {
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
pub fn grouped(boxes: &[Area], crossings: usize, columns: usize) -> Vec<Vec<Area>> {
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
