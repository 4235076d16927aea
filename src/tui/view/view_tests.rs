//! Each pane at three sizes, held by snapshots.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::chunk::metadata::Metadata;
use crate::config::Library;
use crate::pdf::{Engine, Line as PageLine, LineKind, Page, PageState};
use crate::retrieve::Hit;
use crate::store::{Coverage, DocumentRow, DocumentState, Seen, StoredChunk};
use crate::tui::model::{ChunkPlace, Help, PageView};
use crate::tui::theme::Theme;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (160, 50)];

fn model() -> Model {
    let library = Library {
        folder: "/filings".into(),
        home: "/filings/.tenk".into(),
        elsewhere: None,
    };
    let mut m = Model::new(&library, Theme::with_colours(false));
    m.library.coverage = Coverage {
        encoded: 900,
        chunks: 1200,
    };
    m.library.rows = (1..=3).map(row).collect();
    let unread = ["north/NORTHGATE_2022_10K.pdf", "south/CALDER_2024Q1.pdf"];
    m.library.unread = unread.map(|name| (name.to_owned(), false)).into();
    m.library.by_document.insert(
        1,
        Coverage {
            encoded: 300,
            chunks: 400,
        },
    );
    m
}

fn row(id: i64) -> DocumentRow {
    let failed = id == 3;
    DocumentRow {
        id,
        path: format!("north/NORTHGATE_{}_10K.pdf", 2020 + id),
        seen: Seen {
            size: 1,
            mtime_ns: 1,
            file_hash: [0; 32],
            seen_ns: 1,
        },
        state: if failed {
            DocumentState::Failed
        } else {
            DocumentState::Indexed
        },
        reason: failed.then(|| "encrypted".into()),
        detail: failed.then(|| "it asks for a password".into()),
        chunker: "1".into(),
        pages: if failed { 0 } else { 114 },
        chunks: if failed { 0 } else { 400 },
        metadata: Metadata {
            company: "Northgate Industries, Inc.".into(),
            form: "10-K".into(),
            year: Some(2020 + id as i32),
            ..Metadata::default()
        },
        context: String::new(),
    }
}

fn hit(rank: usize) -> Hit {
    let chunk = StoredChunk {
        key: rank as i64,
        chunk_id: format!("{rank:016x}"),
        document_id: 1,
        document: format!("north/NORTHGATE_{}_10K.pdf", 2020 + rank),
        page: 50 + rank as u32,
        page_last: 50 + rank as u32,
        line_first: 2,
        line_last: 3,
        section: "Item 8. Financial Statements › CONSOLIDATED BALANCE SHEETS".into(),
        text: "Trade payables   113,538   88,024\nTotal current liabilities   3,527,457".into(),
        company: String::new(),
        form: String::new(),
        year: None,
        quarter: None,
        statement: None,
    };
    let (dense_rank, bm25_rank) = (Some(rank), (rank != 2).then_some(rank + 6));
    Hit {
        rank,
        chunk,
        dense_rank,
        bm25_rank,
        cosine: None,
        bm25_score: None,
        parts: Vec::new(),
        weight: 1.0,
        score: 1.0,
    }
}

fn page_view() -> PageView {
    let line = |text: &str, kind, starts_block| PageLine::new(text, kind, starts_block);
    let lines = vec![
        line("NORTHGATE INDUSTRIES, INC.", LineKind::Running, true),
        line("CONSOLIDATED BALANCE SHEETS", LineKind::Heading(2), true),
        line("Trade payables   113,538   88,024", LineKind::Row, true),
        line(
            "Total current liabilities   3,527,457   2,811,635",
            LineKind::Row,
            false,
        ),
        line(
            "See accompanying Notes to Consolidated Financial Statements.",
            LineKind::Body,
            true,
        ),
    ];
    let page = Page {
        number: 57,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        lines,
    };
    let text = String::new();
    PageView {
        document: "north/NORTHGATE_2021_10K.pdf".into(),
        number: 57,
        pages: 114,
        page: Some(page),
        marked: Some((2, 3)),
        scroll: 0,
        follow: true,
        chunk: Some(ChunkPlace {
            page: 57,
            page_last: 57,
            line_first: 2,
            line_last: 3,
            text,
        }),
    }
}

fn searched() -> Model {
    let mut m = model();
    m.search.input.set("what are total current liabilities?");
    m.search.hits = (1..=6).map(hit).collect();
    m.search.terms = vec!["total".into(), "current".into(), "liabil".into()];
    m.search.took = Some(std::time::Duration::from_millis(9));
    m.search.page = Some(page_view());
    m
}

fn screen(model: &mut Model, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    terminal.backend().to_string()
}

/// Snapshots `make`'s screen at each size.
fn hold(name: &str, make: impl Fn() -> Model) {
    for size in SIZES {
        let shown = screen(&mut make(), size);
        insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), shown);
    }
}

#[test]
fn the_search_pane() {
    hold("search", searched);
}

#[test]
fn the_search_pane_before_a_question() {
    hold("empty", model);
}

#[test]
fn a_page_being_read() {
    hold("page", || {
        let mut m = searched();
        m.search.reading = true;
        m
    });
}

#[test]
fn the_library_pane() {
    hold("library", || {
        let mut m = model();
        m.pane = Pane::Library;
        m.library.selected = 2;
        m.job.state = JobState::Running;
        m.job.encoded = Some((300, 1200, 60_000, 15.0));
        m
    });
}

#[test]
fn the_help_overlay() {
    hold("help", || {
        let mut m = searched();
        m.help = Some(Help::default());
        m
    });
}

#[test]
fn no_size_panics() {
    for width in (1..=45).chain([59, 60, 61, 109, 110, 300]) {
        for height in (1..=16).chain([17, 24, 100]) {
            for make in [model, searched] {
                let mut m = make();
                for (pane, reading) in [
                    (Pane::Search, false),
                    (Pane::Library, false),
                    (Pane::Search, true),
                ] {
                    m.pane = pane;
                    m.search.reading = reading;
                    screen(&mut m, (width, height));
                    m.help = Some(Help::default());
                    screen(&mut m, (width, height));
                    m.help = None;
                }
            }
        }
    }
}

#[test]
fn a_click_meets_what_is_drawn_there() {
    let mut m = searched();
    screen(&mut m, (80, 24));
    assert_eq!(target(&m, 10, 0), Some(Target::Tab(Pane::Search)));
    assert_eq!(target(&m, 20, 0), Some(Target::Tab(Pane::Library)));
    assert_eq!(target(&m, 10, 3), Some(Target::Hit(0)));
    assert_eq!(target(&m, 10, 6), Some(Target::Hit(1)));
    assert_eq!(target(&m, 10, 23), None);
}
