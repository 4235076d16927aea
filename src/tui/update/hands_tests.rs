//! Keys that people have in their hands: lines edited as in a shell, finding, suspending; and an empty folder.

use super::*;

#[test]
fn every_line_is_edited_as_readline_does() {
    for pane in [Pane::Search, Pane::Compare, Pane::Ask, Pane::Grid] {
        let mut m = model();
        m.pane = pane;
        type_in(&mut m, "net sales of 2023");
        let text = |m: &mut Model| {
            let at = place(m);
            line::line(m, at).unwrap().text.clone()
        };
        update(&mut m, alt('b'));
        update(&mut m, alt('b'));
        update(&mut m, ctrl('k'));
        assert_eq!(text(&mut m), "net sales ", "{pane:?}");
        update(&mut m, ctrl('a'));
        update(&mut m, alt('f'));
        update(&mut m, ctrl('u'));
        assert_eq!(text(&mut m), " sales ", "{pane:?}");
        update(&mut m, ctrl('e'));
        update(&mut m, ctrl('w'));
        assert_eq!(text(&mut m), " ", "{pane:?}");
        // The pane's own key of that name rests while there is text.
        update(&mut m, ctrl('a'));
        update(&mut m, ctrl('d'));
        assert_eq!(text(&mut m), "", "{pane:?}");
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_wherever_one_is() {
    let mut m = model();
    for pane in Pane::ALL {
        m.pane = pane;
        assert_eq!(update(&mut m, ctrl('z')), [Command::Suspend], "{pane:?}");
    }
    m.help = Some(Help::default());
    assert_eq!(update(&mut m, ctrl('z')), [Command::Suspend]);
}

#[test]
fn documents_are_found_by_a_part_of_their_name() {
    let mut m = model();
    m.pane = Pane::Library;
    let row = |name: &str| crate::synth::source::tests::document(1, name, "Calder", 2023);
    m.library.rows = vec![row("a.pdf"), row("north.pdf"), row("q/north_2.pdf")];
    m.library.selected = 2;
    let listed = |m: &Model| m.library.entries().len();
    update(&mut m, key(KeyCode::Char('/')));
    assert_eq!((place(&m), m.library.selected), (Place::Find, 0));
    type_in(&mut m, "NORTH");
    assert_eq!(listed(&m), 2);
    update(&mut m, key(KeyCode::Enter));
    assert_eq!((place(&m), listed(&m)), (Place::Library, 2));
    update(&mut m, key(KeyCode::Esc));
    assert_eq!((m.pane, listed(&m)), (Pane::Library, 3));
}

#[test]
fn words_are_found_on_the_page_and_on_the_others() {
    let mut m = model();
    m.search.reading = true;
    m.search.page_cells = (60, 4);
    let page = |number: u32, texts: &[&str]| {
        let line =
            |text: &&str| crate::pdf::Line::new(*text, crate::pdf::LineKind::Heading(1), true);
        crate::store::PageLines {
            document: "a.pdf".into(),
            number,
            pages: 3,
            page: pdf::Page {
                number,
                state: pdf::PageState::Text,
                reason: None,
                engine: pdf::Engine::Hayro,
                sure: None,
                doubts: Vec::new(),
                ruled: Vec::new(),
                lines: texts.iter().map(line).collect(),
            },
        }
    };
    let arrive = |m: &mut Model, number: u32, texts: &[&str]| {
        let found = Box::new(page(number, texts));
        update(m, Msg::Search(SearchReply::Page(Some(found))));
    };
    page::show_page(&mut m, "a.pdf".into(), 1, None);
    arrive(&mut m, 1, &["cash", "debt", "Cash again"]);
    update(&mut m, key(KeyCode::Char('/')));
    type_in(&mut m, "CASH");
    update(&mut m, key(KeyCode::Enter));
    let first = m.search.found;
    update(&mut m, key(KeyCode::Char('n')));
    assert!(first.is_some() && m.search.found > first);
    // Behind the last place the other pages have their turn.
    let commands = update(&mut m, key(KeyCode::Char('n')));
    assert!(matches!(
        &commands[..],
        [Command::Find {
            from: 1,
            forward: true,
            ..
        }]
    ));
    let reply = |page| {
        Msg::Search(SearchReply::Found {
            document: "a.pdf".into(),
            page,
            forward: true,
        })
    };
    let commands = update(&mut m, reply(Some(3)));
    assert!(matches!(&commands[..], [Command::Page { number: 3, .. }]));
    arrive(&mut m, 3, &["debt", "cash"]);
    assert!(m.search.found.is_some());
    update(&mut m, reply(None));
    assert!(m.toast.take().unwrap().text.contains("nowhere"));
    // Esc drops the words, then leaves the page; without words n turns the page.
    update(&mut m, key(KeyCode::Esc));
    assert!(m.search.reading && m.search.find.wanted().is_none());
    page::show_page(&mut m, "a.pdf".into(), 1, None);
    arrive(&mut m, 1, &["cash"]);
    let commands = update(&mut m, key(KeyCode::Char('n')));
    assert!(matches!(&commands[..], [Command::Page { number: 2, .. }]));
    update(&mut m, key(KeyCode::Esc));
    assert!(!m.search.reading);
}

#[test]
fn without_a_tuned_model_there_is_no_other_to_ask() {
    use crate::job::asking::worker::AskReply;
    let mut m = model();
    m.pane = Pane::Ask;
    m.train.serving = Some(crate::model::Model::filings().name);
    type_in(&mut m, "first?");
    let (serial, ..) = asked(&update(&mut m, key(KeyCode::Enter)));
    let done = Box::new(answered());
    update(
        &mut m,
        Msg::Ask(Box::new(AskReply::Done {
            serial,
            answered: done,
            ahead: Some(0),
        })),
    );
    assert!(update(&mut m, ctrl('b')).is_empty());
    assert!(m.toast.as_ref().unwrap().text.contains("no tuned model"));
    assert!(
        !m.ask.by_base && m.ask.turn().is_some(),
        "the conversation stays"
    );
    m.train.serving = Some("mine".into());
    assert!(!update(&mut m, ctrl('b')).is_empty());
}

#[test]
fn an_empty_folder_is_no_error() {
    let mut m = model();
    m.job.state = JobState::Running;
    update(&mut m, Msg::JobEnded(Ok(Box::default())));
    assert!(m.is_empty());
    update(
        &mut m,
        Msg::Search(SearchReply::Failed("no library".into())),
    );
    assert!(m.toast.is_none());
}
