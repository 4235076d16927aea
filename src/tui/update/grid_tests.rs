//! The grid pane's keys.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::config::Library;
use crate::tui::model::Pane;
use crate::tui::model::grid::tests::sample;
use crate::tui::theme::Theme;
use crate::tui::update::{Msg, update};

fn key(code: KeyCode) -> Msg {
    Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn ctrl(c: char) -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

fn spec() -> Spec {
    Spec {
        items: vec!["revenue".into(), "free cash flow".into()],
        ..Spec::default()
    }
}

fn filled(serial: u64, spec: Spec) -> Msg {
    Msg::Grid(GridReply::Filled {
        serial,
        typed: Typed {
            spec,
            items: Vec::new(),
            unknown: Vec::new(),
        },
        grid: Box::new(sample()),
        took: std::time::Duration::from_millis(9),
    })
}

/// The pane with a grid in it.
fn model() -> Model {
    let library = Library {
        folder: "/filings".into(),
        home: crate::home::Home::at("/filings/.tenk"),
        elsewhere: None,
    };
    let mut m = Model::new(&library, Theme::with_colours(false));
    let alt = KeyEvent::new(KeyCode::Char('5'), KeyModifiers::ALT);
    let asked = update(&mut m, Msg::Key(alt));
    assert_eq!(m.pane, Pane::Grid);
    assert!(matches!(&asked[..], [Command::Grid(request)] if request.spec.is_none()));
    let serial = m.grid.serial;
    update(&mut m, filled(serial, spec()));
    m
}

/// What is asked of the worker by a key.
fn asked(m: &mut Model, msg: Msg) -> GridRequest {
    match &update(m, msg)[..] {
        [Command::Grid(request)] => request.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_cursor_begins_at_the_last_period_and_leads_to_pages() {
    let mut m = model();
    assert_eq!((m.grid.line, m.grid.column), (0, 2));
    let moved = update(&mut m, key(KeyCode::Left));
    assert!(
        matches!(&moved[..], [Command::Page { number: 57, .. }]),
        "{moved:?}"
    );
    update(&mut m, key(KeyCode::Enter));
    let cell = m.search.page.as_ref().unwrap().cell().unwrap();
    assert!(m.search.reading && cell.line == 3 && cell.printed == "3,527,457");
    update(&mut m, key(KeyCode::Esc));
    assert!(!m.search.reading && m.pane == Pane::Grid);
    // The second of the figures that a measure is made of.
    update(&mut m, key(KeyCode::Down));
    let second = update(&mut m, ctrl('n'));
    assert!(
        matches!(&second[..], [Command::Page { number: 62, .. }]),
        "{second:?}"
    );
}

#[test]
fn what_is_missing_says_why() {
    let mut m = model();
    for _ in 0..3 {
        update(&mut m, key(KeyCode::Down));
    }
    assert!(m.search.page.is_none());
    assert!(update(&mut m, key(KeyCode::Enter)).is_empty() && !m.search.reading);
    assert!(m.toast.as_ref().unwrap().text.contains("no such line"));
}

#[test]
fn items_are_typed_in_and_taken_out() {
    let mut m = model();
    "ebitda"
        .chars()
        .for_each(|c| drop(update(&mut m, key(KeyCode::Char(c)))));
    // Within a text the arrows move in it.
    assert!(update(&mut m, key(KeyCode::Left)).is_empty());
    assert_eq!((m.grid.input.cursor, m.grid.column), (5, 2));
    let request = asked(&mut m, key(KeyCode::Enter));
    assert_eq!(
        (request.typed.as_str(), request.spec),
        ("ebitda", Some(spec()))
    );
    // The line stays until it is understood.
    assert_eq!(m.grid.input.text, "ebitda");
    assert!(
        update(&mut m, key(KeyCode::Enter)).is_empty(),
        "one at a time"
    );
    let mut with = spec();
    with.items.push("EBITDA".into());
    update(&mut m, filled(request.serial, with));
    assert_eq!(m.grid.input.text, "");
    let without = asked(&mut m, ctrl('d')).spec.unwrap();
    assert_eq!(without.items, ["free cash flow", "EBITDA"]);
    let others = asked(&mut m, ctrl('x')).spec.unwrap();
    assert_eq!(others.companies, ["Calder"]);
}

#[test]
fn an_answer_to_an_earlier_request_is_stale() {
    let mut m = model();
    let before = asked(&mut m, ctrl('g'));
    assert_eq!(before.spec.unwrap().columns, Columns::Quarters);
    let _ = asked(&mut m, ctrl('b'));
    update(&mut m, filled(before.serial, Spec::default()));
    assert!(m.grid.waiting && m.grid.spec == Some(spec()));
}

#[test]
fn what_is_not_understood_stays_to_be_put_right() {
    let mut m = model();
    m.grid.input.set("revenu");
    let request = asked(&mut m, key(KeyCode::Enter));
    let (serial, why) = (request.serial, "revenu is no line item".to_owned());
    update(&mut m, Msg::Grid(GridReply::Failed { serial, why }));
    assert_eq!(m.grid.input.text, "revenu");
    assert!(m.toast.as_ref().unwrap().bad && m.grid.grid.is_some());
}

#[test]
fn the_cursor_follows_its_figure_through_arrangements() {
    let mut m = model();
    update(&mut m, key(KeyCode::Down));
    let here = |m: &Model| {
        m.grid
            .cell()
            .map(|(row, cell)| (row.item.clone(), row.company.clone(), cell.period))
    };
    let before = here(&m);
    for _ in 0..3 {
        update(&mut m, ctrl('l'));
        assert_eq!(here(&m), before);
    }
}

#[test]
fn the_grid_and_a_figure_are_copied() {
    let mut m = model();
    let table = update(&mut m, ctrl('y'));
    assert!(
        matches!(&table[..], [Command::Copy { text, .. }] if text.starts_with("company\titem\tFY2021"))
    );
    let alt = KeyEvent::new(KeyCode::Char('k'), KeyModifiers::ALT);
    let figure = update(&mut m, Msg::Key(alt));
    let [Command::Copy { text, .. }] = &figure[..] else {
        panic!("{figure:?}")
    };
    let told =
        "Northgate, revenue, FY2023: 4,100 millions of USD [north/NORTHGATE_2021_10K.pdf, p. 57]";
    assert_eq!(text, told);
}

#[test]
fn the_figure_under_the_cursor_is_proved() {
    let mut m = model();
    let asked = update(&mut m, ctrl('s'));
    let [Command::Prove(claim)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert!(claim.is_answered && claim.exhibits[0].rows[0].line == Some(3));
    let (row, cell) = m.grid.cell().unwrap();
    assert!(
        claim.question.contains(&row.company) && claim.question.ends_with(&cell.period.label())
    );
    // Where there is no figure there is nothing to prove.
    let grid = m.grid.grid.as_mut().unwrap();
    let cells = grid.rows.iter_mut().flat_map(|row| &mut row.cells);
    cells.for_each(|cell| cell.sources.clear());
    assert!(update(&mut m, ctrl('s')).is_empty());
    assert!(m.toast.is_some());
}
