//! The redline pane's keys.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::config::Library;
use crate::tui::theme::Theme;
use crate::tui::update::{Msg, update};
use crate::tui::view::redline_sample;

fn press(m: &mut Model, code: KeyCode) -> Vec<Command> {
    update(m, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// The pane, which has asked for pairs.
fn model() -> Model {
    let library = Library {
        folder: "/filings".into(),
        home: crate::home::Home::at("/filings/.tenk"),
        elsewhere: None,
    };
    let mut m = Model::new(&library, Theme::with_colours(false));
    let alt = KeyEvent::new(KeyCode::Char('7'), KeyModifiers::ALT);
    let asked = update(&mut m, Msg::Key(alt));
    assert!(matches!(
        asked[..],
        [Command::Redline(RedlineRequest::Pairs { .. })]
    ));
    let (serial, pair) = (m.redline.serial, ("a.pdf".to_owned(), "b.pdf".to_owned()));
    let pairs = vec![pair];
    update(&mut m, Msg::Redline(RedlineReply::Pairs { serial, pairs }));
    m
}

fn compared() -> Model {
    let mut m = model();
    let asked = press(&mut m, KeyCode::Enter);
    let [Command::Redline(RedlineRequest::Compare { serial, a, b })] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!((a.as_deref(), b.as_str()), (Some("a.pdf"), "b.pdf"));
    let compared = Box::new(redline_sample());
    let serial = *serial;
    update(
        &mut m,
        Msg::Redline(RedlineReply::Compared { serial, compared }),
    );
    m
}

#[test]
fn a_change_leads_to_its_page_in_either_document() {
    let mut m = compared();
    press(&mut m, KeyCode::Down);
    let asked = press(&mut m, KeyCode::Enter);
    assert!(
        matches!(&asked[..], [Command::Page { document, number: 6 }] if document.contains("2023"))
    );
    assert_eq!(m.search.page.as_ref().unwrap().marked, Some((4, 6)));
    press(&mut m, KeyCode::Esc);
    let asked = press(&mut m, KeyCode::Char('a'));
    assert!(
        matches!(&asked[..], [Command::Page { document, number: 5 }] if document.contains("2022"))
    );
    press(&mut m, KeyCode::Esc);
    assert_eq!((m.pane, m.search.reading), (Pane::Redline, false));
    // What is new has no page in the older one.
    press(&mut m, KeyCode::Up);
    let asked = press(&mut m, KeyCode::Char('a'));
    assert!(matches!(&asked[..], [Command::Page { number: 4, .. }]));
}

#[test]
fn a_page_of_a_change_leads_to_that_in_the_other_report() {
    let mut m = compared();
    press(&mut m, KeyCode::Down);
    press(&mut m, KeyCode::Enter);
    for of in ["2022", "2023"] {
        let asked = press(&mut m, KeyCode::Char('a'));
        assert!(
            matches!(&asked[..], [Command::Page { document, .. }] if document.contains(of)),
            "{asked:?}"
        );
        assert!(m.search.reading);
    }
    press(&mut m, KeyCode::Esc);
    press(&mut m, KeyCode::Up);
    press(&mut m, KeyCode::Enter);
    assert!(press(&mut m, KeyCode::Char('a')).is_empty());
    assert!(m.toast.as_ref().unwrap().text.contains("alone"));
}

#[test]
fn kinds_and_sections_narrow_the_list() {
    let mut m = compared();
    assert_eq!(m.redline.lines(), 4);
    let mut lengths = Vec::new();
    for _ in 0..6 {
        press(&mut m, KeyCode::Char('f'));
        lengths.push(m.redline.lines());
    }
    assert_eq!(lengths, [1, 1, 1, 1, 0, 4]);
    press(&mut m, KeyCode::Char('s'));
    assert_eq!(m.redline.section.as_deref(), Some("Item 1A. Risk Factors"));
    press(&mut m, KeyCode::Char('s'));
    assert_eq!(m.redline.section, None);
}

#[test]
fn esc_leads_to_the_reports_and_a_late_reply_is_nobodys() {
    let mut m = compared();
    let asked = press(&mut m, KeyCode::Esc);
    assert!(matches!(
        asked[..],
        [Command::Redline(RedlineRequest::Pairs { .. })]
    ));
    assert_eq!(m.pane, Pane::Redline);
    let (serial, compared) = (m.redline.serial - 1, Box::new(redline_sample()));
    update(
        &mut m,
        Msg::Redline(RedlineReply::Compared { serial, compared }),
    );
    assert!(m.redline.compared.is_none());
    press(&mut m, KeyCode::Esc);
    assert_eq!(m.pane, Pane::Search);
}

#[test]
fn documents_of_the_library_are_marked_and_compared() {
    let mut m = model();
    let row = |id, path: &str| {
        let mut row =
            crate::store::DocumentRow::sample(id, path, crate::metadata::Metadata::default());
        row.pages = 3;
        row
    };
    m.library.rows = vec![row(1, "a.pdf"), row(2, "b.pdf")];
    let alt = KeyEvent::new(KeyCode::Char('6'), KeyModifiers::ALT);
    let asks = |m: &mut Model, codes: [KeyCode; 2]| -> Option<(Option<String>, String)> {
        update(m, Msg::Key(alt));
        m.library.selected = 0;
        press(m, KeyCode::Char('d'));
        for code in codes {
            if let [Command::Redline(RedlineRequest::Compare { a, b, .. })] = &press(m, code)[..] {
                return Some((a.clone(), b.clone()));
            }
        }
        None
    };
    let two = asks(&mut m, [KeyCode::Down, KeyCode::Char('d')]);
    assert_eq!(two, Some((Some("a.pdf".into()), "b.pdf".into())));
    let before = asks(&mut m, [KeyCode::Char('d'), KeyCode::Up]);
    assert_eq!(before, Some((None, "a.pdf".into())));
}
