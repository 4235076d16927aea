//! Wrapped rows: lines of a table that go on with the row over them.

use super::Row;

/// A row as it is put together, with the place of its last line.
pub struct Line {
    pub row: Row,
    pub y: f32,
    pub size: f32,
}

/// Lines of one cell are no further apart, in em; those of a label that goes on in its middle.
const STEP: f32 = 1.6;
const LABEL_STEP: f32 = 2.5;

/// Joins lines to rows.
pub fn joined(lines: Vec<Line>) -> Vec<Row> {
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match out.last_mut().filter(|above| goes_on(above, &line)) {
            Some(above) => above.append(line),
            None => out.push(line),
        }
    }
    out.into_iter().map(|line| line.row).collect()
}

/// True where `line` is no row of its own: texts under texts without a label, or a label that begins in its middle.
fn goes_on(above: &Line, line: &Line) -> bool {
    let step = (above.y - line.y) / line.size.max(1.0);
    let limit = match line.row.label.is_empty() {
        true => STEP,
        false => LABEL_STEP,
    };
    if step <= 0.0 || step > limit {
        return false;
    }
    let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.is_empty()).count();
    let under = line.row.cells.iter().zip(&above.row.cells);
    let is_text = under.filter(|(own, _)| !own.is_empty());
    let mut is_text = is_text.map(|(own, above)| {
        !above.is_empty() && !is_figure(above) && !is_figure(own) || is_open(above)
    });
    let (label, before) = (&line.row.label, &above.row.label);
    if label.is_empty() {
        return filled(&line.row) > 0 && is_text.all(|goes_on| goes_on);
    }
    let begins_within = label.starts_with(|c: char| c.is_lowercase());
    // Either line may have the figures.
    begins_within
        && !before.is_empty()
        && !before.ends_with([':', '.'])
        && (filled(&line.row) == 0 || filled(&above.row) == 0)
}

/// True of a text that cannot end there: `20.12.2009 to`.
fn is_open(text: &str) -> bool {
    const OPEN: [&str; 8] = ["to", "and", "or", "of", "the", "for", "in", "&"];
    let last = text.split_whitespace().next_back().unwrap_or_default();
    OPEN.contains(&last) || last.ends_with([',', '-', '–', '/', '('])
}

impl Line {
    fn append(&mut self, line: Line) {
        super::column::append(&mut self.row.label, &line.row.label);
        for (cell, more) in self.row.cells.iter_mut().zip(&line.row.cells) {
            super::column::append(cell, more);
        }
        self.y = line.y;
    }
}

/// True of a text that is a number, a sign for none, or a sum with its signs.
pub fn is_figure(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || "$€£¥(—–-+−".contains(c))
        && !text.contains(char::is_alphabetic)
}

/// True of a year or a span of years, which heads a column as often as it stands in it.
pub fn is_period(text: &str) -> bool {
    let century = text.starts_with("19") || text.starts_with("20");
    let year = text.bytes().take_while(u8::is_ascii_digit).count() == 4;
    let behind = text.get(4..).unwrap_or_default();
    century && year && !behind.starts_with(['.', ','])
}
