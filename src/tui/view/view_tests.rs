//! Each pane at three sizes, held by snapshots.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::config::Library;
use crate::dataset::{Dataset as DatasetOf, Examples, Tuple};
use crate::encoder::config::Prompts;
use crate::eval::movement::{Change, Movement};
use crate::index::watch::How;
use crate::job::comparison::Moved;
use crate::job::runs::{RunView, State};
use crate::job::side_by_side::Column;
use crate::metadata::Metadata;
use crate::pdf::{Engine, Line as PageLine, LineKind, Page, PageState};
use crate::retrieve::Hit;
use crate::store::{Coverage, DocumentRow, DocumentState, Seen, StoredChunk};
use crate::train::event::{Event, Figures};
use crate::train::run::{About, Source};
use crate::train::settings::Settings;
use crate::train::steer::Order;
use crate::tui::model::train::Form;
use crate::tui::model::{ChunkPlace, Help, JobView, PageView};
use crate::tui::theme::Theme;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (160, 50)];

pub fn model() -> Model {
    let library = Library {
        folder: "/filings".into(),
        home: crate::home::Home::at("/filings/.tenk"),
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
        paths: vec![format!("north/NORTHGATE_{}_10K.pdf", 2020 + id)],
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
            confidence: 0.9,
            ..Metadata::default()
        },
        context: String::new(),
        hidden: 0,
        unread: 0,
        recognised: 0,
        tags: Vec::new(),
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

pub fn page_view() -> PageView {
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
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
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
            cell: None,
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
pub fn hold(name: &str, make: impl Fn() -> Model) {
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
    hold("library-polled", || {
        let mut m = model();
        m.pane = Pane::Library;
        let why = "the system's limit of watched folders is reached";
        m.library.watched = Some(How::Looks(why.to_owned()));
        for row in &mut m.library.rows {
            (row.unread, row.recognised) = (1, 12);
        }
        m
    });
}

/// Two columns over one question whose page is known, the second better.
fn compared() -> Model {
    let mut m = model();
    m.pane = Pane::Compare;
    m.compare.input.set("what are total current liabilities?");
    m.compare.models = vec!["bge-small-en-v1.5".into(), "tuned-1".into()];
    let column = |name: &str, ranks: &[usize]| Column {
        model: name.into(),
        hits: ranks.iter().map(|rank| hit(*rank)).collect(),
        took: std::time::Duration::from_millis(12),
        failed: None,
    };
    m.compare.columns = vec![
        column("bge-small-en-v1.5", &[1, 2, 3, 4]),
        column("tuned-1", &[4, 1, 5, 3]),
    ];
    m.compare.walked = vec![Moved {
        question: "what are total current liabilities?".into(),
        gold: vec!["north/NORTHGATE_2024_10K.pdf:54".into()],
        movement: Movement {
            id: "1".into(),
            base: Some(4),
            tuned: Some(1),
            change: Change::Up,
            distance: 0.75,
        },
        first: None,
        cause: None,
    }];
    m.compare.at = Some(0);
    m
}

#[test]
fn the_compare_pane() {
    hold("compare", compared);
}

fn run(name: &str, state: State) -> RunView {
    let pair = Tuple {
        anchor: "a".into(),
        positive: "b".into(),
        negatives: Vec::new(),
    };
    let data = DatasetOf {
        examples: Examples::Tuples(vec![pair]),
        is_symmetric: false,
    };
    let settings = Settings {
        epochs: 2,
        matryoshka: vec![384, 128],
        ..Settings::for_dataset(&data, &Prompts::default(), 2)
    };
    let figures = |value: f64| -> Figures {
        let own = [("ndcg@10".to_owned(), value)];
        [(384, own.clone().into()), (128, own.into())].into()
    };
    let mut events = vec![Event::Began {
        run: name.into(),
        step: 0,
        steps: 40,
        examples: 640,
        dev_examples: 90,
        tokens: 200.0,
    }];
    for step in 0..=40 {
        if step > 0 {
            events.push(Event::Step {
                step,
                steps: 40,
                epoch: 1 + step / 21,
                loss: 2.0 / step as f64,
                rate: 1e-5,
                norm: 1.0,
                examples_per_second: 17.4,
                seconds: step as f64,
                seconds_left: (40 - step) as f64,
                peak_mb: Some(1536),
            });
        }
        if step % 20 == 0 {
            let rank = 9 - step / 5;
            events.push(Event::Pinned {
                step,
                ranks: vec![("who are its customers?".into(), rank)],
            });
            let value = 0.7 + step as f64 / 400.0;
            events.push(Event::Evaluated {
                step,
                figure: "ndcg@10".into(),
                value,
                best: step > 0,
                figures: figures(value),
            });
        }
    }
    let source = Source {
        path: "pairs.jsonl".into(),
        blake3: String::new(),
    };
    RunView {
        about: About {
            name: name.into(),
            version: "0".into(),
            base: "bge-small-en-v1.5".into(),
            base_fingerprint: String::new(),
            data: source,
            dev: None,
            dev_share: 0.1,
            settings,
        },
        state,
        events,
        verdict: None,
        has_model: true,
    }
}

fn training() -> Model {
    let mut m = model();
    m.pane = Pane::Train;
    let runs = vec![
        run("filings-v2", State::Running),
        run("filings-v1", State::Done),
    ];
    m.train.take(runs);
    m.train.serving = Some("filings-v1".into());
    m.search.timed(std::time::Duration::from_millis(14));
    m
}

fn asked() -> Model {
    use crate::answer::{Answer, Body, Figures, Proof, Source as Cited};
    use crate::job::asking::conversation::Kept;
    let mut m = model();
    m.pane = Pane::Ask;
    m.search.page = Some(page_view());
    let source = |number: usize, page: u32, text: &str, mark: &str| Cited {
        number,
        document: "north/NORTHGATE_2021_10K.pdf".into(),
        page,
        page_last: page,
        chunk_id: format!("{page:016x}"),
        line_first: 2,
        line_last: 3,
        proofs: vec![Proof {
            text: text.into(),
            line: Some(3),
            marks: vec![mark.into()],
            places: Vec::new(),
        }],
    };
    let answer = Answer {
        body: Body::Partial {
            text: "Northgate: operating cash flow ratio in FY2021 was 0.83. [1] [2]".into(),
            figures: Figures {
                figure: Some("0.83".into()),
                steps: vec![
                    "= [net cash provided by operating activities] / [total current liabilities]"
                        .into(),
                ],
                ..Figures::default()
            },
            unsupported: vec!["17".into()],
        },
        notes: vec!["short-term investments count as nothing".into()],
        sources: vec![
            source(
                1,
                51,
                "Total current liabilities   3,527,457   2,811,635",
                "3,527,457",
            ),
            source(
                2,
                55,
                "Net cash provided by operating activities   2,912,853",
                "2,912,853",
            ),
        ],
    };
    m.ask.turns = vec![Kept {
        question: "what was the operating cash flow ratio in 2021?".into(),
        taken_as: "Adobe, operating cash flow ratio, FY2021".into(),
        answer,
        model: "serving".into(),
        writer: None,
        seconds: 0.021,
        tokens: None,
        begins: true,
    }];
    m.ask.at = Some(0);
    m
}

#[test]
fn the_ask_pane() {
    hold("ask", asked);
    hold("ask-empty", || {
        let mut m = model();
        m.pane = Pane::Ask;
        m
    });
    hold("ask-asking", || {
        let mut m = asked();
        m.ask.asking = Some(crate::tui::model::ask::Asking {
            question: "how is goodwill tested?".into(),
            text: "Goodwill is tested once a year".into(),
            pieces: 6,
            sure: true,
            began: m.now,
            first: None,
            cancel: crate::progress::CancelToken::new(),
            model: "serving".into(),
            writer: "smollm2".into(),
            begins: false,
        });
        m
    });
}

#[test]
fn the_train_pane() {
    hold("train", training);
    hold("train-done", || {
        let mut m = training();
        m.train.selected = 1;
        m.train.runs[1].verdict = Some(super::verdict::tests::verdict(0.02));
        m.train.serving = None;
        m.train.overlay = Some("filings-v2".into());
        m.train.job = Some(JobView {
            name: "filings-v1".into(),
            status: "done".into(),
            has_judged: true,
            is_running: false,
            order: Order::Go,
        });
        m
    });
    hold("train-new", || {
        let mut m = training();
        m.train.form = Some(Form::new("tuned-1"));
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

/// A third column beside two.
fn three_compared() -> Model {
    let mut m = compared();
    m.compare.models.push("bm25".into());
    let mut third = m.compare.columns[1].clone();
    third.model = "bm25".into();
    // One whose page has three digits, and one that only this column has.
    third.hits[0].chunk.page = 123;
    third.hits[0].chunk.chunk_id = "alone".into();
    m.compare.columns.push(third);
    m
}

#[test]
fn three_columns_keep_the_numbers_of_pages() {
    for width in [80, 64, 50, 160] {
        let mut m = three_compared();
        let hits: Vec<Hit> = m
            .compare
            .columns
            .iter()
            .flat_map(|c| c.hits.clone())
            .collect();
        let shown = screen(&mut m, (width, 24));
        for hit in hits {
            let page = format!(" p.{} ", hit.chunk.page);
            assert!(shown.contains(page.trim_end()), "{width}: {page}\n{shown}");
        }
        let pages = shown.matches(" p.").count();
        assert_eq!(pages, 12, "{width}\n{shown}");
    }
}

#[test]
fn all_that_is_drawn_reads_well_in_plain_letters() {
    use crate::printable::letters::Letters;
    let panes = [
        Pane::Search,
        Pane::Compare,
        Pane::Train,
        Pane::Ask,
        Pane::Grid,
        Pane::Library,
    ];
    for make in [model, searched, compared, training, asked] {
        for pane in panes {
            for has_help in [false, true] {
                let mut m = make();
                m.pane = pane;
                m.keys.is_plain = true;
                m.marker = marker(Letters::Ascii);
                m.help = has_help.then(Help::default);
                let shown = screen(&mut m, (160, 50));
                let strange = shown.chars().filter(|c| !c.is_ascii());
                for c in strange {
                    let plain = Letters::Ascii.cell(&c.to_string());
                    assert!(
                        !matches!(plain, None | Some('?')),
                        "{pane:?}: {c:?}\n{shown}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_keys_stay_while_a_job_runs() {
    for (width, pane) in [(80, Pane::Search), (80, Pane::Library), (160, Pane::Search)] {
        let mut m = searched();
        m.pane = pane;
        m.job.state = JobState::Running;
        m.job.documents = (3, 48);
        let shown = screen(&mut m, (width, 24));
        let last = shown.lines().last().unwrap();
        assert!(last.contains("↑↓") && last.contains("F1 help"), "{shown}");
        // Three documents are known, one of which failed, and another waits.
        assert!(
            shown.lines().next().unwrap().contains("2 of 4 docs"),
            "{shown}"
        );
        let has_job = width == 160 || pane == Pane::Library;
        assert_eq!(shown.contains("reading 3 of 48 files"), has_job, "{shown}");
    }
}

#[test]
fn no_size_panics() {
    for width in (1..=45).chain([59, 60, 61, 109, 110, 300]) {
        for height in (1..=16).chain([17, 24, 100]) {
            for make in [model, searched, compared, training] {
                let mut m = make();
                for (pane, reading) in [
                    (Pane::Search, false),
                    (Pane::Compare, false),
                    (Pane::Train, false),
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
    assert_eq!(target(&m, 18, 0), Some(Target::Tab(Pane::Compare)));
    assert_eq!(target(&m, 34, 0), Some(Target::Tab(Pane::Ask)));
    assert_eq!(target(&m, 41, 0), Some(Target::Tab(Pane::Grid)));
    assert_eq!(target(&m, 49, 0), Some(Target::Tab(Pane::Library)));
    assert_eq!(target(&m, 60, 0), Some(Target::Tab(Pane::Redline)));
    assert_eq!(target(&m, 10, 3), Some(Target::Hit(0)));
    assert_eq!(target(&m, 10, 6), Some(Target::Hit(1)));
    assert_eq!(target(&m, 10, 23), None);
}
