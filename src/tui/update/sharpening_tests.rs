//! Questions asked while the library is embedded.

use super::*;
use crate::job::asking::worker::AskReply;

fn hits(serial: u64, pages: &[u32], ahead: Option<usize>) -> Msg {
    let hits = pages.iter().enumerate();
    let Msg::Search(mut reply) =
        answer(serial, hits.map(|(at, page)| hit(at + 1, *page)).collect())
    else {
        unreachable!("it is a reply of the search")
    };
    if let SearchReply::Hits { ahead: of, .. } = &mut reply {
        *of = ahead;
    }
    Msg::Search(reply)
}

fn embedded(m: &mut Model, done: usize, of: usize) -> Vec<Command> {
    update(m, Msg::Progress(Progress::Ahead { done, of }))
}

fn chosen(m: &Model) -> u32 {
    m.hit().unwrap().chunk.page
}

#[test]
fn hits_sharpen_in_place_and_the_cursor_stays_on_its_page() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    let serial = m.search.serial;
    update(&mut m, hits(serial, &[3, 5, 9], Some(40)));
    assert!(embedded(&mut m, 16, 25).is_empty(), "another's");
    let again = embedded(&mut m, 16, 40);
    let [
        Command::Search {
            serial: own,
            again: true,
            ..
        },
    ] = &again[..]
    else {
        panic!("{again:?}")
    };
    assert_eq!(*own, serial, "it is the same question");
    // Nobody has moved the cursor: it is on what leads.
    update(&mut m, hits(serial, &[9, 3, 5], None));
    assert_eq!(chosen(&m), 9);
    update(&mut m, key(KeyCode::Down));
    assert_eq!(chosen(&m), 3);
    embedded(&mut m, 40, 40);
    update(&mut m, hits(serial, &[5, 9, 3], None));
    assert_eq!(chosen(&m), 3);
    let ahead = m.search.ahead.as_ref().unwrap();
    assert!(ahead.is_done() && ahead.changed);
    // Asked by another arm it is another list.
    let commands = update(&mut m, alt('a'));
    let [Command::Search { serial: other, .. }] = &commands[..] else {
        panic!("{commands:?}")
    };
    update(&mut m, hits(*other, &[5, 9, 3], Some(0)));
    assert_eq!(chosen(&m), 5, "from its first");
    // The next question waits for what is its own.
    type_in(&mut m, "s");
    wait(&mut m);
    assert!(m.search.ahead.is_none());
    let serial = m.search.serial;
    update(&mut m, hits(serial, &[3], Some(0)));
    assert!(m.search.ahead.is_none() && embedded(&mut m, 8, 8).is_empty());
}

#[test]
fn an_answer_is_replaced_by_the_sharper_one() {
    let mut m = model();
    m.pane = Pane::Ask;
    let done = |serial: u64, first: u32, ahead| {
        let mut answered = answered();
        answered.answer.sources[0].page = first;
        Msg::Ask(Box::new(AskReply::Done {
            serial,
            answered: Box::new(answered),
            ahead,
        }))
    };
    type_in(&mut m, "total assets?");
    let (serial, ..) = asked(&update(&mut m, key(KeyCode::Enter)));
    update(&mut m, done(serial, 9, Some(20)));
    let again = embedded(&mut m, 16, 20);
    let (serial, before, _) = asked(&again);
    assert_eq!(before, 0, "it follows what it followed");
    // The same answer says nothing new.
    assert!(update(&mut m, done(serial, 9, None)).is_empty());
    let (serial, ..) = asked(&embedded(&mut m, 20, 20));
    let commands = update(&mut m, done(serial, 4, None));
    assert!(
        matches!(commands[0], Command::KeepAnswers(_)),
        "{commands:?}"
    );
    assert_eq!(m.ask.turns.len(), 1);
    assert_eq!(m.ask.cited().unwrap().page, 4);
    assert!(m.ask.ahead.as_ref().unwrap().changed);
    // What is asked meanwhile is not disturbed by what still comes.
    type_in(&mut m, "and liabilities?");
    let (later, ..) = asked(&update(&mut m, key(KeyCode::Enter)));
    assert!(update(&mut m, done(serial, 7, None)).is_empty());
    assert!(m.ask.asking.is_some() && later > serial);
}

#[test]
fn a_run_that_ends_first_has_embedded_what_was_waited_for() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    let serial = m.search.serial;
    update(&mut m, hits(serial, &[3], Some(40)));
    let ended = update(&mut m, Msg::JobEnded(Ok(Box::default())));
    let is_again = |command: &Command| matches!(command, Command::Search { again: true, .. });
    assert!(ended.iter().any(is_again), "{ended:?}");
    assert!(m.search.ahead.is_none());
}
