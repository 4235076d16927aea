//! Labels: what a row is called, with the labels over it. Labels that go on over several lines are put
//! together; which label stands over which rows is told by indents, colons and totals.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;
use crate::pdf::table::grid::{Grid, Row};

/// A row of figures with its whole name.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The row's number in its grid.
    pub row: usize,
    pub label: String,
    /// Labels over it, the outermost first.
    pub over: Vec<String>,
    pub x0: f32,
}

/// Names the rows with figures of a table; `open` are the labels over its first row, of the page before.
pub fn named(grid: &Grid) -> Vec<Labelled> {
    let rows = &grid.rows;
    let left = grid.columns.first().map_or(f32::INFINITY, |c| c.sign);
    let widest = |but: usize| {
        let others = rows
            .iter()
            .enumerate()
            .filter(|(at, r)| *at != but && !r.label.is_empty());
        others.map(|(_, r)| r.x1).fold(0.0, f32::max)
    };
    let mut out: Vec<Labelled> = Vec::new();
    let mut over: Vec<Over> = Vec::new();
    // Lines of a label whose figures are still to come.
    let mut begun: Option<(f32, String)> = None;
    for (at, row) in rows.iter().enumerate() {
        if row.has_figures() {
            let label = match begun.take() {
                Some((x0, first)) if !row.label.is_empty() => (x0, join(&first, &row.label)),
                _ => (row.x0, row.label.clone()),
            };
            let (x0, label) = label;
            if !label.is_empty() {
                let is_total = label.to_lowercase().starts_with("total");
                over.retain(|o| o.holds(x0, is_total));
                // A total is set in for itself.
                for o in over.iter_mut().filter(|o| !is_total && o.x0 < x0 - 1.0) {
                    o.is_indented = true;
                }
            }
            out.push(Labelled {
                row: at,
                label,
                over: over.iter().map(|o| o.label.clone()).collect(),
                x0,
            });
            continue;
        }
        if row.label.is_empty() {
            continue;
        }
        if let Some((x0, first)) = begun.take() {
            let whole = join(&first, &row.label);
            if goes_on(row, rows.get(at + 1), widest(at), left) {
                begun = Some((x0, whole));
            } else {
                put_over(&mut over, x0, whole);
            }
            continue;
        }
        // The rest of a label whose figures stand on its first line.
        let is_rest = row.label.starts_with(char::is_lowercase)
            && at > 0
            && rows[at - 1].has_figures()
            && !rows
                .get(at + 1)
                .is_some_and(|next| next.label.starts_with(char::is_lowercase));
        if is_rest
            && let Some(last) = out.last_mut()
            && last.row + 1 == at
        {
            last.label = join(&last.label, &row.label);
            continue;
        }
        if goes_on(row, rows.get(at + 1), widest(at), left) {
            begun = Some((row.x0, row.label.clone()));
        } else {
            put_over(&mut over, row.x0, row.label.clone());
        }
    }
    out
}

/// Puts a label together with the row under it where it is the beginning of that row's: "Sales to Wholesale" over
/// "Customers". It is the only row under it, or another stands there that begins alike: "Sales through Direct to
/// Consumer". In statements, whose items are known by their labels, such a label may be a heading.
pub fn join_begun(rows: &mut [Labelled]) {
    for at in 0..rows.len() {
        let depth = rows[at].over.len();
        let Some(over) = rows[at].over.last().cloned() else {
            continue;
        };
        let under = &rows[at].over;
        let is_under = |row: &Labelled| row.over.get(..depth) == Some(under);
        let is_first = at == 0 || !is_under(&rows[at - 1]);
        let others = rows[at + 1..]
            .iter()
            .take_while(|row| is_under(row))
            .count();
        if rows[at].label.is_empty() || !is_first || !goes_on_in(&over, &rows[at].label) {
            continue;
        }
        let behind = at + 1..at + 1 + others;
        if others > 0 && !begins_alike(&over, &rows[behind.clone()]) {
            continue;
        }
        rows[at].over.pop();
        rows[at].label = join(&over, &rows[at].label);
        for row in &mut rows[behind] {
            row.over.remove(depth - 1);
        }
    }
}

/// True for the beginning of a label and what it goes on with.
fn goes_on_in(begun: &str, label: &str) -> bool {
    static BEGUN: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)^total\b|\b(?:to|of|and|for|the|from|with|in)$|[&,/–-]$"));
    // What parts of a company are called by behind their names.
    static END: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^(?:customers|consumers?|technologies|equivalent|products|services|solutions|operations|businesses|systems)(?: revenues?| sales)?$",
        )
    });
    BEGUN.is_match(begun) || END.is_match(label)
}

/// True where a row has a label of several words that begins as `begun` does.
fn begins_alike(begun: &str, rows: &[Labelled]) -> bool {
    let first = begun.split_whitespace().next();
    let mut labels = rows.iter().map(|row| row.label.split_whitespace());
    labels.any(|mut words| words.next() == first && words.next().is_some())
}

/// True for the first line of a label that the next row's goes on.
fn goes_on(row: &Row, next: Option<&Row>, zone: f32, left: f32) -> bool {
    let Some(next) = next.filter(|next| !next.label.is_empty()) else {
        return false;
    };
    if row.label.ends_with(':') {
        return false;
    }
    let near = row.y - next.y <= 1.6 * row.size.max(1.0);
    if next
        .label
        .starts_with(|c: char| c.is_lowercase() || "($€£".contains(c) || c.is_ascii_digit())
        && near
    {
        return true;
    }
    let ends_open = [
        " of", " and", " in", " to", " for", " by", ",", " from", " or", " the", " on", " with",
        " net",
    ];
    let open = ends_open.iter().any(|end| row.label.ends_with(end));
    // A line breaks where the next word no longer fits: up to where other labels go, or the figures begin.
    let letters = next.label.chars().count().max(1) as f32;
    let word = next
        .label
        .split(' ')
        .next()
        .map_or(0, |w| w.chars().count()) as f32;
    let width = (next.x1 - next.x0) * (word + 1.0) / letters;
    let full = row.x1 + width > left || row.x1 <= zone && row.x1 + width > zone;
    let tight = row.y - next.y < 1.3 * row.size && next.label.contains(' ');
    near && next.x0 >= row.x0 - 1.0 && (open || full && tight && next.x0 > row.x0 + 1.0)
}

/// A label over rows.
struct Over {
    x0: f32,
    label: String,
    /// Rows under it are set in.
    is_indented: bool,
}

impl Over {
    /// True where a row that begins at `x0` stands under it: a row left of it does not, nor one beside it once
    /// others were set in; a total closes what it sums up.
    fn holds(&self, x0: f32, is_total: bool) -> bool {
        let is_inside = self.x0 < x0 - 1.0;
        let is_beside = (self.x0 - x0).abs() <= 1.0;
        is_inside || is_beside && !is_total && !self.is_indented
    }
}

fn put_over(over: &mut Vec<Over>, x0: f32, label: String) {
    over.retain(|o| o.x0 < x0 - 1.0);
    over.push(Over {
        x0,
        label: label.trim_end_matches([':', ' ']).to_owned(),
        is_indented: false,
    });
}

fn join(first: &str, second: &str) -> String {
    match first.strip_suffix('-') {
        Some(part) if second.starts_with(char::is_lowercase) => format!("{part}{second}"),
        _ => format!("{first} {second}"),
    }
}
