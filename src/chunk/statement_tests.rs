use super::*;
use crate::pdf::{Engine, Line, LineKind, PageState};

fn page(number: u32, lines: &[(&str, LineKind)]) -> Page {
    let lines = lines
        .iter()
        .map(|(text, kind)| Line::new(*text, *kind, true))
        .collect();
    Page {
        number,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
        lines,
    }
}

fn chunk(page: u32, line_first: u32, line_last: u32) -> Chunk {
    Chunk {
        page,
        page_last: page,
        line_first,
        line_last,
        ..Chunk::default()
    }
}

const HEAD: LineKind = LineKind::Heading(2);
const ROW: LineKind = LineKind::Row;

#[test]
fn a_statement_lasts_to_the_next_ones_title_and_over_the_pages_end() {
    let pages = [
        page(
            1,
            &[
                ("CONSOLIDATED STATEMENTS OF INCOME", HEAD),
                ("Revenue   10   9", ROW),
                ("Cost of sales   6   5", ROW),
                ("Taxes   1   1", ROW),
                ("Net income   3   3", ROW),
                ("CONSOLIDATED BALANCE SHEETS", HEAD),
                ("Cash   1   2", ROW),
                ("Inventories   3   4", ROW),
                ("Other   3   4", ROW),
                ("Total assets   7   10", ROW),
            ],
        ),
        page(
            2,
            &[
                ("Payables   1   2", ROW),
                ("Debt   3   4", ROW),
                ("Provisions   3   4", ROW),
                ("Total liabilities   7   10", ROW),
            ],
        ),
        page(
            3,
            &[
                ("1. ACCOUNTING POLICIES", HEAD),
                ("Revenue is recognised when due.", LineKind::Body),
            ],
        ),
    ];
    let mut chunks = [
        chunk(1, 0, 4),
        chunk(1, 5, 9),
        chunk(2, 0, 3),
        chunk(3, 0, 1),
    ];
    mark(&pages, &mut chunks);
    let found: Vec<_> = chunks.iter().map(|c| c.statement).collect();
    use Statement::{Balance, Income};
    assert_eq!(found, [Some(Income), Some(Balance), Some(Balance), None]);
}

#[test]
fn a_mention_is_no_statement() {
    let pages = [page(
        1,
        &[
            ("Index to financial statements", HEAD),
            ("Consolidated Balance Sheets   41", ROW),
            ("Consolidated Statements of Cash Flows   42", ROW),
            (
                "We audited the consolidated balance sheets of the Company.",
                LineKind::Body,
            ),
            ("Consolidated balance sheets", HEAD),
            ("They show what is owned.", LineKind::Body),
        ],
    )];
    let mut chunks = [chunk(1, 0, 5)];
    mark(&pages, &mut chunks);
    assert_eq!(chunks[0].statement, None);
}
