//! Heads: what stands over the columns of a table, as rows. A head may be wrapped, and may stand over several columns,
//! with heads of their own under it.

use std::ops::Range;

use super::column::{append, under};
use crate::pdf::Line;
use crate::pdf::layout::COLUMN_GAP;

/// Lines of one head are no further apart, in em, and one of their edges or their middles no more than this.
const STEP: f32 = 1.7;
const ALIGNED: f32 = 0.8;

/// A head, its lines joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub text: String,
    /// The columns that it stands over.
    pub columns: Range<usize>,
    /// Heads over it, one over the other.
    pub depth: usize,
    x0: f32,
    x1: f32,
    /// The baselines of its first line and of its last one.
    top: f32,
    y: f32,
}

/// A part of a head: a cell of one line.
struct Part {
    text: String,
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
}

impl Part {
    fn overlaps(&self, x0: f32, x1: f32) -> bool {
        self.x0 < x1 && x0 < self.x1
    }

    /// True where it goes on with `head`, the line over it.
    fn continues(&self, head: &Head, columns: &[(f32, f32)]) -> bool {
        let em = self.size.max(1.0);
        let step = head.y - self.y;
        let near = |a: f32, b: f32| (a - b).abs() <= ALIGNED * em;
        let middles = near((head.x0 + head.x1) / 2.0, (self.x0 + self.x1) / 2.0);
        let edges = near(head.x0, self.x0) || near(head.x1, self.x1);
        // What stands over one of the columns of a head is a name of its own.
        let over = |x0, x1| under((x0, x1), columns).len();
        let is_own = over(head.x0, head.x1) > 1 && over(self.x0, self.x1) == 1;
        step > 0.3 * em && step <= STEP * em && (middles || edges && !is_own)
    }
}

/// The heads of `lines` over `columns`, from top to bottom and from left to right.
pub fn heads(lines: &[&Line], columns: &[(f32, f32)]) -> Vec<Head> {
    let parts = lines.iter().flat_map(|line| {
        let cells = line.text.split(COLUMN_GAP).zip(&line.place.cells);
        cells.map(|(text, (x0, x1))| Part {
            text: text.to_owned(),
            x0: *x0,
            x1: *x1,
            y: line.place.y,
            size: line.place.size,
        })
    });
    let mut parts: Vec<Part> = parts.collect();
    join_near(&mut parts, columns);
    // Heads may be drawn column by column.
    parts.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x0.total_cmp(&b.x0)));
    let mut out: Vec<Head> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let over = out.iter().rposition(|head| part.overlaps(head.x0, head.x1));
        let is_alone = |head: &Head| {
            let level = |other: &Part| (other.y - part.y).abs() < 0.5 * part.size.max(1.0);
            let mut others = parts.iter().enumerate().filter(|(other, _)| *other != at);
            !others.any(|(_, other)| level(other) && other.overlaps(head.x0, head.x1))
        };
        match over.filter(|over| part.continues(&out[*over], columns) && is_alone(&out[*over])) {
            Some(over) => {
                let head = &mut out[over];
                append(&mut head.text, &part.text);
                (head.x0, head.x1, head.y) = (head.x0.min(part.x0), head.x1.max(part.x1), part.y);
            }
            None => out.push(Head {
                text: part.text.clone(),
                top: part.y,
                columns: 0..0,
                depth: 0,
                x0: part.x0,
                x1: part.x1,
                y: part.y,
            }),
        }
    }
    set_depths(&mut out, columns);
    out
}

/// Joins what a line draws in pieces over one column.
fn join_near(parts: &mut Vec<Part>, columns: &[(f32, f32)]) {
    let mut at = 1;
    while at < parts.len() {
        let (left, right) = (&parts[at - 1], &parts[at]);
        let own = |part: &Part| under((part.x0, part.x1), columns);
        let gap = right.x0 - left.x1;
        let is_one = own(left).len() == 1 && own(left) == own(right);
        if left.y == right.y && is_one && (0.0..NEAR * right.size.max(1.0)).contains(&gap) {
            let right = parts.remove(at);
            let left = &mut parts[at - 1];
            append(&mut left.text, &right.text);
            left.x1 = right.x1;
        } else {
            at += 1;
        }
    }
}

/// Pieces of one head are no further apart, in em.
const NEAR: f32 = 1.5;

/// Finds over which columns heads stand, and how many heads stand over them; those that begin on one line are level.
fn set_depths(heads: &mut [Head], columns: &[(f32, f32)]) {
    let mut from = 0;
    while from < heads.len() {
        let top = heads[from].top;
        let level = heads[from..]
            .iter()
            .take_while(|head| (head.top - top).abs() < LEVEL);
        let to = from + level.count();
        let mut depth = 0;
        for at in from..to {
            let columns = under((heads[at].x0, heads[at].x1), columns);
            let over = heads[..from].iter().filter(|head| {
                head.columns.start < columns.end && columns.start < head.columns.end
            });
            depth = over.map(|head| head.depth + 1).fold(depth, usize::max);
            heads[at].columns = columns;
        }
        heads[from..to]
            .iter_mut()
            .for_each(|head| head.depth = depth);
        from = to;
    }
}

/// Baselines that differ by less, in points, are one.
const LEVEL: f32 = 2.0;

/// Heads as rows of so many columns: one over several stands in the first of them.
pub fn rows(heads: &[Head], columns: usize) -> Vec<Vec<String>> {
    let depth = heads.iter().map(|head| head.depth + 1).max().unwrap_or(0);
    let mut out = vec![vec![String::new(); columns]; depth];
    for head in heads {
        if let Some(cell) = out[head.depth].get_mut(head.columns.start) {
            append(cell, &head.text);
        }
    }
    out
}
