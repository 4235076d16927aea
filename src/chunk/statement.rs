//! The financial statements: which chunk is a part of which.
//!
//! A statement begins at its title and ends at the next one's, or with its page unless its rows go
//! on over the page's end. A title counts only where the lines behind it are such a statement's: a
//! table of contents and a report on "the consolidated balance sheets" name them too.

use super::Chunk;
use super::contents::is_contents;
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::{Line, LineKind, Page};

/// What a chunk is a part of, where that says what it is good for: a primary statement, the note
/// that breaks figures down by segment, or, though no statement, a table of contents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Statement {
    #[serde(rename = "balance sheet")]
    Balance,
    #[serde(rename = "income statement")]
    Income,
    #[serde(rename = "cash flow statement")]
    CashFlow,
    #[serde(rename = "statement of equity")]
    Equity,
    #[serde(rename = "statement of comprehensive income")]
    Comprehensive,
    #[serde(rename = "segment note")]
    Segment,
    #[serde(rename = "table of contents")]
    Contents,
}

impl Statement {
    pub const ALL: [Statement; 7] = [
        Statement::Balance,
        Statement::Income,
        Statement::CashFlow,
        Statement::Equity,
        Statement::Comprehensive,
        Statement::Segment,
        Statement::Contents,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Statement::Balance => "balance sheet",
            Statement::Income => "income statement",
            Statement::CashFlow => "cash flow statement",
            Statement::Equity => "statement of equity",
            Statement::Comprehensive => "statement of comprehensive income",
            Statement::Segment => "segment note",
            Statement::Contents => "table of contents",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// What stands in its rows and in no mere mention of it, in lower case.
    fn marks(self) -> &'static [&'static str] {
        match self {
            Statement::Balance => &["total assets", "total liabilities", "total current assets"],
            Statement::Income => &[
                "net income",
                "net loss",
                "net earnings",
                "net (loss",
                "net (earnings",
                "profit for the",
                "income before",
                "earnings before",
                "loss before",
                "per share",
            ],
            Statement::CashFlow => &[
                "operating activities",
                "investing activities",
                "financing activities",
                "net cash from",
                "net cash used",
                "net cash provided",
            ],
            Statement::Equity => &[
                "balance",
                "dividends",
                "repurchase",
                "issued",
                "compensation",
            ],
            Statement::Comprehensive => &["comprehensive"],
            Statement::Segment | Statement::Contents => &[],
        }
    }
}

/// A title is no longer than this.
const TITLE_WORDS: usize = 14;
/// Rows that a statement has at least on a page where it begins.
const ROWS: usize = 4;

/// How statements are named beside the word "statement", the first that fits.
const NAMES: [(Statement, &[&str]); 5] = [
    (Statement::CashFlow, &["cash flow", "cashflow"]),
    (
        Statement::Balance,
        &["financial position", "financial condition", "of condition"],
    ),
    (Statement::Comprehensive, &["comprehensive"]),
    (
        Statement::Equity,
        &[
            "equity",
            "deficit",
            "statement of changes",
            "statements of changes",
        ],
    ),
    (
        Statement::Income,
        &[
            "income statement",
            "of income",
            "of operations",
            "of earnings",
            "of loss",
            "of profit",
            "of net income",
            "of (loss",
            "income (loss)",
            "of consolidated income",
            "of consolidated operations",
            "of consolidated earnings",
            "of combined income",
        ],
    ),
];
/// Income statements that go on to comprehensive income are income statements.
const BOTH: [&str; 4] = ["operations", "income and", "earnings and", "(loss) and"];

/// Which statement a text names, on lower case: `consolidated statements of cash flows`.
pub fn mentioned(text: &str) -> Option<Statement> {
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if has(&["balance sheet"]) {
        return Some(Statement::Balance);
    }
    if has(&["p&l", "profit and loss", "profit & loss"]) {
        return Some(Statement::Income);
    }
    if !has(&["statement"]) {
        return None;
    }
    let named = NAMES.iter().find(|(_, names)| has(names));
    named.map(|(statement, _)| match statement {
        Statement::Comprehensive if has(&BOTH) => Statement::Income,
        statement => *statement,
    })
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
    mentioned(&text)
}

/// Lines of a page that belong to a statement: from, and up to but without, `to`.
struct Stretch {
    page: u32,
    from: usize,
    to: usize,
    statement: Statement,
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

fn stretches(pages: &[Page]) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
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
                out.push(Stretch {
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
                out.push(Stretch {
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

/// The statement of each chunk of a document.
pub fn mark(pages: &[Page], chunks: &mut [Chunk]) {
    let stretches = stretches(pages);
    for chunk in chunks {
        if is_contents(&chunk.text) {
            chunk.statement = Some(Statement::Contents);
            continue;
        }
        let last = match chunk.page_last == chunk.page {
            true => chunk.line_last as usize + 1,
            false => usize::MAX,
        };
        let first = chunk.line_first as usize;
        let lines = last.saturating_sub(first);
        let overlap = |s: &&Stretch| s.to.min(last).saturating_sub(s.from.max(first)) * 2 >= lines;
        let here = stretches
            .iter()
            .filter(|s| s.page == chunk.page)
            .find(overlap);
        let segment = || {
            let named = chunk.section.to_lowercase().contains("segment");
            let rows = chunk
                .text
                .lines()
                .filter(|l| l.contains(COLUMN_GAP))
                .count();
            (named && rows >= ROWS).then_some(Statement::Segment)
        };
        chunk.statement = here.map(|s| s.statement).or_else(segment);
    }
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
