//! Where a statement stands: the lines of a page from its title on.
//!
//! A statement begins at its title and ends at the next one's, or with its page unless its rows go
//! on over the page's end. A title counts only where the lines behind it are such a statement's: a
//! table of contents and a report on "the consolidated balance sheets" name them too.

use super::kind::{Statement, named_in};
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::{Line, LineKind, Page};

/// A title is no longer than this.
const TITLE_WORDS: usize = 14;
/// Rows that a statement has at least on a page where it begins.
const ROWS: usize = 4;

/// Lines of a page that belong to a statement: from, and up to but without, `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// From 1.
    pub page: u32,
    pub from: usize,
    pub to: usize,
    pub statement: Statement,
}

/// The statement whose title `line` is.
fn titled(line: &Line) -> Option<Statement> {
    let text = line.text.to_lowercase();
    let words = text.split_whitespace().count();
    let other = [
        "notes",
        "index",
        "report",
        "schedule",
        "see ",
        "refer",
        "accompanying",
        "page",
    ];
    // A contents' row ends in its page.
    let listed = text.contains(COLUMN_GAP) && text.ends_with(|c: char| c.is_ascii_digit());
    let sentence = text.ends_with('.') || !(2..=TITLE_WORDS).contains(&words);
    if listed || sentence || other.iter().any(|w| text.contains(w)) {
        return None;
    }
    named_in(&text)
}

fn is_of(statement: Statement, lines: &[Line]) -> bool {
    let rows = lines.iter().filter(|l| l.kind == LineKind::Row);
    let figures = rows.filter(|l| l.text.contains(COLUMN_GAP)).count();
    let marked = lines.iter().any(|line| {
        let text = line.text.to_lowercase();
        statement.marks().iter().any(|mark| text.contains(mark))
    });
    figures >= ROWS && marked
}

/// The sections of a document's pages, in their order.
pub fn sections(pages: &[Page]) -> Vec<Section> {
    let mut out: Vec<Section> = Vec::new();
    for page in pages {
        let lines = &page.lines;
        let titles: Vec<(usize, Statement)> = lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((at, titled(line)?)))
            .collect();
        let first = titles.first().map_or(lines.len(), |(at, _)| *at);
        if let Some(before) = out.last().filter(|s| s.page + 1 == page.number) {
            let statement = before.statement;
            if goes_on(statement, &lines[..first]) {
                out.push(Section {
                    page: page.number,
                    from: 0,
                    to: first,
                    statement,
                });
            }
        }
        for (index, &(from, statement)) in titles.iter().enumerate() {
            let next = titles[index + 1..]
                .iter()
                .find(|(_, other)| *other != statement);
            let to = next.map_or(lines.len(), |(at, _)| *at);
            if is_of(statement, &lines[from..to]) {
                out.push(Section {
                    page: page.number,
                    from,
                    to,
                    statement,
                });
            }
        }
    }
    out
}

/// True when the lines that open a page are the rest of the statement on the page before.
fn goes_on(statement: Statement, lines: &[Line]) -> bool {
    let running = |l: &&Line| !matches!(l.kind, LineKind::Running | LineKind::Folio);
    let opens = lines.iter().filter(running).take(4);
    let table = opens
        .clone()
        .filter(|l| matches!(l.kind, LineKind::Row | LineKind::Head))
        .count();
    let headed = opens
        .clone()
        .any(|l| matches!(l.kind, LineKind::Heading(_)));
    table >= 2 && !headed && is_of(statement, lines)
}
