//! The grid pane at three sizes and in its arrangements.

use super::super::tests::{hold, model, page_view};
use super::*;
use crate::book::grid::Spec;
use crate::tui::model::grid::tests::sample;
use crate::tui::model::{CellPlace, ChunkPlace, Pane};

fn filled() -> Model {
    let mut m = model();
    m.pane = Pane::Grid;
    m.grid.spec = Some(Spec {
        items: vec!["revenue".into(), "free cash flow".into()],
        ..Spec::default()
    });
    m.grid.grid = Some(sample());
    m.grid.took = Some(std::time::Duration::from_millis(84));
    (m.grid.line, m.grid.column) = (1, 1);
    m
}

#[test]
fn the_grid_pane() {
    hold("grid", || {
        let mut m = filled();
        let mut view = page_view();
        let edges = (300.0, 340.0);
        view.page.as_mut().unwrap().lines[3].place.cells =
            vec![(50.0, 200.0), (300.0, 340.0), (400.0, 440.0)];
        view.chunk = Some(ChunkPlace {
            page: 57,
            page_last: 57,
            line_first: 3,
            line_last: 3,
            text: String::new(),
            cell: Some(CellPlace {
                line: 3,
                edges,
                printed: "3,527,457".into(),
            }),
        });
        m.search.page = Some(view);
        m
    });
}

#[test]
fn companies_side_by_side_in_one_period() {
    hold("grid-period", || {
        let mut m = filled();
        (m.grid.arrangement, m.grid.period) = (Arrangement::OnePeriod, 2);
        (m.grid.line, m.grid.column) = (1, 1);
        m
    });
}

#[test]
fn before_the_first_grid() {
    hold("grid-empty", || {
        let mut m = model();
        (m.pane, m.grid.waiting) = (Pane::Grid, true);
        m
    });
}

#[test]
fn the_cell_under_the_cursor_is_in_sight() {
    let widths = [8, 8, 12, 8, 8];
    assert_eq!(in_sight(&widths, 20, 0, 0), 0..2);
    assert_eq!(in_sight(&widths, 20, 0, 2), 1..3);
    assert_eq!(in_sight(&widths, 20, 0, 4), 3..5);
    assert_eq!(in_sight(&widths, 100, 3, 4), 0..5);
    assert_eq!(in_sight(&widths, 3, 0, 1), 1..2);
}

#[test]
fn a_click_meets_the_cell_that_is_drawn_there() {
    let mut m = filled();
    let area = Rect::new(0, 1, 80, 22);
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &mut m, area)).unwrap();
    let screen = terminal.backend().buffer().clone();
    let text = |y: u16| -> String {
        (0..80)
            .map(|x| screen.cell((x, y)).unwrap().symbol())
            .collect()
    };
    let row = (0..24).find(|y| text(*y).contains("824")).unwrap();
    let line = text(row);
    let at = line[..line.find("824").unwrap()].chars().count() as u16;
    assert_eq!(cell_at(&m, area, at, row), Some((1, 0)));
    assert_eq!(cell_at(&m, area, 2, row), None);
    assert_eq!(cell_at(&m, area, at, 22), None);
}
