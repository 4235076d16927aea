//! Lines: those that a page draws, snapped together where they touch.

use super::{MAX_SPAN, Rule};

/// Lines nearer than this, in points, are one, and ends nearer meet.
const SNAP: f32 = 2.5;
const MEET: f32 = 3.0;

/// The sides of tables that are drawn without: uprights where level lines one under the other end, between which others
/// are drawn.
pub fn open_sides(level: &Lines, upright: &Lines) -> Vec<Rule> {
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
            let above = &level.spans[row - 1];
            let near = |a: f32, b: f32| (a - b).abs() <= MEET;
            let side = |x: f32| Rule {
                from: (x, foot),
                to: (x, top),
            };
            if above.iter().any(|other| near(other.0, span.0)) {
                out.push(side(span.0));
            }
            if above.iter().any(|other| near(other.1, span.1)) {
                out.push(side(span.1));
            }
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
pub struct Lines {
    pub at: Vec<f32>,
    spans: Vec<Vec<(f32, f32)>>,
}

impl Lines {
    /// Level lines from the top down.
    pub fn level(rules: &[Rule]) -> Self {
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
    pub fn upright(rules: &[Rule]) -> Self {
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
    pub fn is_drawn(&self, at: usize, from: f32, to: f32) -> bool {
        let spans = &self.spans[at];
        // They are in order, and apart.
        let first = spans.partition_point(|span| span.1 < to - MEET);
        spans.get(first).is_some_and(|span| span.0 <= from + MEET)
    }
}
