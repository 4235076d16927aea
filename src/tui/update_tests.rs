use super::*;
use crate::config::Library;
use crate::job::side_by_side::{Column, SideBySideReply, SideBySideRequest};
use crate::retrieve::{Arm, Hit, Outcome};
use crate::store::{Coverage, StoredChunk};
use crate::train::steer::Order;
use crate::tui::model::JobState;
use crate::tui::theme::Theme;

#[path = "update/hands_tests.rs"]
mod hands;
#[path = "update/sharpening_tests.rs"]
mod sharpening;

fn model() -> Model {
    let library = Library {
        folder: "/filings".into(),
        home: crate::home::Home::at("/filings/.tenk"),
        elsewhere: None,
    };
    Model::new(&library, Theme::with_colours(false))
}

fn key(code: KeyCode) -> Msg {
    Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn ctrl(c: char) -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

fn alt(c: char) -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT))
}

fn type_in(model: &mut Model, text: &str) {
    for c in text.chars() {
        assert!(
            update(model, key(KeyCode::Char(c))).is_empty(),
            "typing asks nothing at once"
        );
    }
}

/// Lets the debounce run out.
fn wait(model: &mut Model) -> Vec<Command> {
    let later = model.now + DEBOUNCE + Duration::from_millis(1);
    update(model, Msg::Tick(later))
}

fn hit(rank: usize, page: u32) -> Hit {
    let chunk = StoredChunk {
        key: rank as i64,
        chunk_id: format!("id{rank}"),
        document_id: 1,
        document: "a/NORTH_2023.pdf".into(),
        page,
        page_last: page,
        line_first: 2,
        line_last: 3,
        section: "Item 7".into(),
        text: "Total assets 5".into(),
        company: String::new(),
        form: String::new(),
        year: None,
        quarter: None,
        statement: None,
    };
    Hit {
        rank,
        chunk,
        dense_rank: Some(1),
        bm25_rank: None,
        cosine: None,
        bm25_score: None,
        parts: Vec::new(),
        weight: 1.0,
        score: 1.0,
    }
}

fn answer(serial: u64, hits: Vec<Hit>) -> Msg {
    let (terms, took, coverage) = (vec![], Duration::from_millis(9), Coverage::default());
    Msg::Search(SearchReply::Hits {
        serial,
        outcome: Box::new(Outcome {
            hits,
            ..Outcome::default()
        }),
        terms,
        took,
        coverage,
        ahead: Some(0),
    })
}

#[test]
fn a_question_is_asked_once_typing_rests() {
    let mut m = model();
    type_in(&mut m, "cash");
    let now = m.now;
    assert!(update(&mut m, Msg::Tick(now)).is_empty());
    let commands = wait(&mut m);
    let [
        Command::Search {
            serial: 1, query, ..
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}")
    };
    assert_eq!((query.text.as_str(), query.arm), ("cash", Arm::Hybrid));
    assert!(wait(&mut m).is_empty(), "once");
}

#[test]
fn a_stale_answer_is_dropped() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    type_in(&mut m, " flow");
    wait(&mut m);
    update(&mut m, answer(1, vec![hit(1, 4)]));
    assert!(m.search.hits.is_empty() && m.search.waiting);
    update(&mut m, answer(2, vec![hit(1, 4)]));
    assert_eq!(m.search.hits.len(), 1);
}

#[test]
fn enter_reads_the_page_and_arrows_turn_it() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    update(&mut m, answer(1, vec![hit(1, 4), hit(2, 9)]));
    update(&mut m, key(KeyCode::Down));
    let commands = update(&mut m, key(KeyCode::Enter));
    let page = |number| Command::Page {
        document: "a/NORTH_2023.pdf".into(),
        number,
    };
    assert_eq!(commands, [page(9)]);
    assert!(m.search.reading);
    assert_eq!(m.search.page.as_ref().unwrap().marked, Some((2, 3)));
    m.search.page.as_mut().unwrap().pages = 10;
    assert_eq!(update(&mut m, key(KeyCode::Right)), [page(10)]);
    assert_eq!(m.search.page.as_ref().unwrap().marked, None);
    assert!(
        update(&mut m, key(KeyCode::Right)).is_empty(),
        "the last page"
    );
    assert_eq!(update(&mut m, key(KeyCode::Left)), [page(9)]);
    update(&mut m, key(KeyCode::Esc));
    assert!(!m.search.reading);
}

#[test]
fn the_arm_cycles_and_asks_again() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    for arm in [Arm::Dense, Arm::Bm25, Arm::Hybrid] {
        let commands = update(&mut m, alt('a'));
        let [Command::Search { query, .. }] = commands.as_slice() else {
            panic!()
        };
        assert_eq!(query.arm, arm);
    }
}

#[test]
fn citation_and_viewer_mean_the_selected_hit() {
    let mut m = model();
    assert!(update(&mut m, ctrl('y')).is_empty(), "nothing to cite");
    type_in(&mut m, "cash");
    wait(&mut m);
    update(&mut m, answer(1, vec![hit(1, 4)]));
    let copy = Command::Copy {
        text: "[a/NORTH_2023.pdf, p. 4]".into(),
        what: "citation".into(),
    };
    assert_eq!(update(&mut m, ctrl('y')), [copy]);
    let open = Command::OpenViewer {
        document: "a/NORTH_2023.pdf".into(),
        page: 4,
    };
    assert_eq!(update(&mut m, ctrl('o')), [open]);
}

#[test]
fn history_is_walked_both_ways() {
    let mut m = model();
    m.search.history = vec!["one".into(), "two".into()];
    update(&mut m, ctrl('p'));
    assert_eq!(m.search.input.text, "two");
    update(&mut m, ctrl('p'));
    update(&mut m, ctrl('p'));
    assert_eq!(m.search.input.text, "one");
    update(&mut m, ctrl('n'));
    assert_eq!(m.search.input.text, "two");
}

#[test]
fn a_question_mark_is_help_only_on_an_empty_line() {
    let mut m = model();
    update(&mut m, key(KeyCode::Char('?')));
    assert!(m.help.is_some());
    update(&mut m, key(KeyCode::Esc));
    type_in(&mut m, "why?");
    assert_eq!(m.search.input.text, "why?");
}

#[test]
fn help_runs_what_it_lists() {
    let mut m = model();
    update(&mut m, key(KeyCode::F(1)));
    for c in "next pane".chars() {
        update(&mut m, key(KeyCode::Char(c)));
    }
    update(&mut m, key(KeyCode::Enter));
    assert!(m.help.is_none());
    assert_eq!(m.pane, Pane::Compare);
}

#[test]
fn a_change_during_a_job_is_indexed_after_it() {
    let mut m = model();
    m.job.state = JobState::Running;
    assert!(update(&mut m, Msg::FolderChanged).is_empty());
    let commands = update(&mut m, Msg::JobEnded(Ok(Box::default())));
    assert!(commands.contains(&Command::StartIndexing));
    m.job.state = JobState::Running;
    update(&mut m, Msg::JobEnded(Err("another tenk has it".into())));
    assert!(m.toast.as_ref().unwrap().bad);
}

#[test]
fn the_folder_is_watched_until_it_is_not() {
    let mut m = model();
    m.job.state = JobState::Running;
    assert!(update(&mut m, Msg::Watched(How::Notices)).is_empty());
    m.job.state = JobState::Done(Box::default());
    let why = How::Looks("the system's limit is reached".into());
    let commands = update(&mut m, Msg::Watched(why));
    assert!(commands.contains(&Command::StartIndexing));
    assert!(m.toast.as_ref().unwrap().text.contains("limit"));
    m.pane = Pane::Library;
    let w = || key(KeyCode::Char('w'));
    assert_eq!(update(&mut m, w()), [Command::Unwatch]);
    assert_eq!(update(&mut m, w()), [Command::Watch]);
}

#[test]
fn a_page_becomes_a_picture_and_text_again() {
    let mut m = model();
    m.search.page_cells = (80, 20);
    type_in(&mut m, "x");
    wait(&mut m);
    update(&mut m, answer(1, vec![hit(1, 4)]));
    update(&mut m, key(KeyCode::Enter));
    let asked = update(&mut m, key(KeyCode::Enter));
    let [
        Command::Picture {
            number: 4,
            marked: Some((2, 3)),
            cells: (80, 20),
            ..
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}");
    };
    // The next page is drawn as well, and an answer for the one before is stale.
    m.search.page.as_mut().unwrap().pages = 9;
    let turned = update(&mut m, key(KeyCode::Right));
    assert!(
        turned
            .iter()
            .any(|c| matches!(c, Command::Picture { number: 5, .. })),
        "{turned:?}"
    );
    let failed = |number| {
        Msg::Picture(Box::new(picture::Answer {
            document: "a/NORTH_2023.pdf".into(),
            number,
            cells: (80, 20),
            result: Err(picture::NotShown::Failed("too slow".into())),
        }))
    };
    update(&mut m, failed(4));
    assert_eq!(m.search.picture.as_ref().unwrap().failed, None);
    update(&mut m, failed(5));
    let why = m.search.picture.as_ref().unwrap().failed.as_deref();
    assert_eq!(why, Some("too slow"));
    // Another size of the screen asks again.
    m.search.page_cells = (40, 10);
    let now = m.now;
    let again = update(&mut m, Msg::Tick(now));
    assert!(
        matches!(
            again[..],
            [Command::Picture {
                cells: (40, 10),
                ..
            }]
        ),
        "{again:?}"
    );
    assert_eq!(update(&mut m, key(KeyCode::Esc)), [Command::Redraw]);
    assert!(m.search.picture.is_none() && m.search.reading);
}

#[test]
fn a_picture_that_nobody_can_read_is_the_text_and_why() {
    let mut m = model();
    m.search.reading = true;
    m.search.page_cells = (80, 20);
    page::show_page(&mut m, "a.pdf".into(), 1, None);
    update(&mut m, key(KeyCode::Enter));
    assert!(m.search.picture.is_some());
    let answer = picture::Answer {
        document: "a.pdf".into(),
        number: 1,
        cells: (80, 20),
        result: Err(picture::NotShown::TooCoarse),
    };
    let commands = update(&mut m, Msg::Picture(Box::new(answer)));
    assert_eq!(commands, [Command::Redraw]);
    assert!(m.search.picture.is_none() && m.search.reading);
    assert!(m.toast.unwrap().text.contains("too coarse"));
}

fn control(m: &mut Model, c: char) -> Vec<Command> {
    update(
        m,
        Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)),
    )
}

#[test]
fn the_filter_line_narrows_the_question() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    control(&mut m, 'f');
    type_in(&mut m, "ye");
    update(
        &mut m,
        Msg::Key(KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE)),
    );
    type_in(&mut m, "2017");
    assert_eq!(m.search.filter.input.text, "year:2017");
    assert_eq!(m.search.input.text, "cash", "keys went to the filter");
    let commands = wait(&mut m);
    let [Command::Search { query, .. }] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(query.filter.year, Some(2017));
    // Enter keeps it and gives the keys back; Esc in the line drops it.
    update(
        &mut m,
        Msg::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)),
    );
    type_in(&mut m, "!");
    assert_eq!(m.search.input.text, "cash!");
    control(&mut m, 'f');
    update(
        &mut m,
        Msg::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)),
    );
    assert!(!m.search.filter.is_shown());
}

#[test]
fn found_filters_are_dropped_and_found_again_by_one_key() {
    let mut m = model();
    type_in(&mut m, "cash");
    wait(&mut m);
    for scope in [false, true] {
        let commands = control(&mut m, 'x');
        let [Command::Search { query, .. }] = commands.as_slice() else {
            panic!("{commands:?}")
        };
        assert_eq!(query.aids.scope, scope);
    }
}

#[test]
fn a_hit_is_explained_and_any_key_closes_that() {
    let mut m = model();
    assert!(update(&mut m, alt('e')).is_empty(), "nothing was asked");
    type_in(&mut m, "cash");
    wait(&mut m);
    let serial = m.search.serial;
    update(&mut m, answer(serial, vec![hit(1, 3)]));
    let commands = update(&mut m, alt('e'));
    let [Command::Explain { query, page, .. }] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!((query.text.as_str(), *page), ("cash", 3));
    update(&mut m, Msg::Search(SearchReply::Explained(Box::default())));
    assert!(m.search.explanation.is_some());
    type_in(&mut m, "x");
    assert!(m.search.explanation.is_none());
    assert_eq!(m.search.input.text, "cash");
}

#[test]
fn both_models_are_asked_and_stale_answers_dropped() {
    let mut m = model();
    m.search.input.set("total assets");
    let commands = update(
        &mut m,
        Msg::Key(KeyEvent::new(KeyCode::Char('2'), KeyModifiers::ALT)),
    );
    assert_eq!(m.pane, Pane::Compare);
    assert_eq!(commands, [Command::Compare(SideBySideRequest::Models)]);
    assert_eq!(
        m.compare.input.text, "total assets",
        "the question comes along"
    );
    let models = SideBySideReply::Models {
        names: vec!["base".into(), "mine".into(), "bm25".into()],
        untuned: "base".into(),
        tuned: Some("mine".into()),
    };
    let commands = update(&mut m, Msg::SideBySide(Box::new(models)));
    let [Command::Compare(SideBySideRequest::Ask { models, serial, .. })] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(models, &["base", "mine"]);
    let answer = |serial: u64| {
        let columns = vec![Column {
            model: "base".into(),
            hits: vec![hit(1, 5)],
            ..Column::default()
        }];
        Msg::SideBySide(Box::new(SideBySideReply::Columns { serial, columns }))
    };
    update(&mut m, answer(serial - 1));
    assert!(m.compare.columns.is_empty(), "another question's");
    update(&mut m, answer(*serial));
    assert_eq!(m.compare.hit().map(|hit| hit.chunk.page), Some(5));
    // A third column comes, goes through the models, and goes.
    update(&mut m, ctrl('b'));
    assert_eq!(m.compare.models, ["base", "mine", "bm25"]);
    for _ in 0..3 {
        update(&mut m, ctrl('b'));
    }
    assert_eq!(m.compare.models.len(), 2);
}

#[test]
fn tab_walks_the_questions_that_move() {
    let mut m = model();
    m.pane = Pane::Compare;
    // Pressed before the models are known, it is done when they are.
    assert!(update(&mut m, key(KeyCode::Tab)).is_empty());
    let models = SideBySideReply::Models {
        names: vec!["base".into(), "mine".into()],
        untuned: "base".into(),
        tuned: Some("mine".into()),
    };
    let commands = update(&mut m, Msg::SideBySide(Box::new(models)));
    let walk = SideBySideRequest::Walk {
        left: "base".into(),
        right: "mine".into(),
    };
    assert_eq!(commands, [Command::Compare(walk)]);
    assert_eq!(m.pane, Pane::Compare);
    let none = SideBySideReply::Walked {
        left: "base".into(),
        right: "mine".into(),
        questions: Ok(Vec::new()),
    };
    update(&mut m, Msg::SideBySide(Box::new(none)));
    assert!(
        m.toast
            .as_ref()
            .is_some_and(|t| t.text.contains("questions.jsonl"))
    );
}

#[test]
fn a_training_is_started_from_the_form_and_one_at_a_time() {
    let mut m = model();
    m.pane = Pane::Train;
    update(&mut m, key(KeyCode::Char('n')));
    for _ in 0..2 {
        update(&mut m, key(KeyCode::Down));
    }
    for code in [KeyCode::Backspace, KeyCode::Backspace, KeyCode::Backspace] {
        update(&mut m, key(code));
    }
    for c in "3m".chars() {
        update(&mut m, key(KeyCode::Char(c)));
    }
    let commands = update(&mut m, key(KeyCode::Enter));
    let [Command::StartJob { name, arguments }] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(name, "tuned-1");
    assert!(
        arguments
            .join(" ")
            .starts_with("tune --budget 3m --name tuned-1")
    );
    update(&mut m, key(KeyCode::Char('n')));
    assert!(update(&mut m, key(KeyCode::Enter)).is_empty());
    assert!(m.toast.as_ref().is_some_and(|t| t.bad));
    assert!(m.train.form.is_some(), "nothing that was typed is lost");
    update(&mut m, key(KeyCode::Esc));
    // The job goes on, and no run of it yet: the job itself is paused, and it is said that there is no model to end with.
    let commands = update(&mut m, key(KeyCode::Char(' ')));
    let run = None;
    let order = Order::Pause;
    assert_eq!(commands, [Command::Steer { run, order }]);
    assert!(update(&mut m, key(KeyCode::Char('s'))).is_empty());
    assert!(
        m.toast
            .as_ref()
            .is_some_and(|t| t.text.contains("not training"))
    );
    let commands = update(&mut m, key(KeyCode::Char('S')));
    let (run, order) = (None, Order::Stop);
    assert_eq!(commands, [Command::Steer { run, order }]);
    m.train.job = None;
    // Keys of a run do nothing where there is none.
    for c in [' ', 's', 'S', 'c', 'P'] {
        assert!(update(&mut m, key(KeyCode::Char(c))).is_empty(), "{c}");
    }
}

#[test]
fn a_form_with_a_bad_value_stays_open_and_is_edited_as_other_lines_are() {
    let mut m = model();
    m.pane = Pane::Train;
    update(&mut m, key(KeyCode::Char('n')));
    for _ in 0..2 {
        update(&mut m, key(KeyCode::Down));
    }
    update(&mut m, ctrl('u'));
    for c in "20 moons".chars() {
        update(&mut m, key(KeyCode::Char(c)));
    }
    update(&mut m, key(KeyCode::Up));
    assert!(update(&mut m, key(KeyCode::Enter)).is_empty());
    let form = m.train.form.as_ref().unwrap();
    assert_eq!((form.row, form.budget.text.as_str()), (2, "20 moons"));
    assert!(m.toast.as_ref().is_some_and(|t| t.text.contains("20m")));
    update(&mut m, ctrl('w'));
    update(&mut m, key(KeyCode::Char('m')));
    assert_eq!(update(&mut m, key(KeyCode::Enter)).len(), 1);
    assert!(m.train.form.is_none());
}

fn answered() -> crate::job::asking::Answered {
    use crate::answer::{Answer, Body, Figures, Proof, Source};
    let source = |number: usize, page: u32| Source {
        number,
        document: "a/NORTH_2023.pdf".into(),
        page,
        page_last: page,
        chunk_id: format!("id{page}"),
        line_first: 2,
        line_last: 2,
        proofs: vec![Proof {
            text: "Total assets   5".into(),
            line: Some(2),
            marks: vec!["5".into()],
            places: Vec::new(),
        }],
    };
    crate::job::asking::Answered {
        answer: Answer {
            body: Body::Worked {
                text: "It was 5. [1] [2]".into(),
                figures: Figures::default(),
            },
            notes: Vec::new(),
            sources: vec![source(1, 9), source(2, 12)],
        },
        outcome: Outcome::default(),
        took: Duration::from_millis(20),
        tokens: None,
    }
}

/// The number of the question that is asked, and what it follows.
fn asked(commands: &[Command]) -> (u64, usize, String) {
    match commands {
        [Command::Ask(request)] => (request.serial, request.history.len(), request.model.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_conversation_with_its_sources() {
    use crate::job::asking::worker::AskReply;
    let done = |serial: u64| {
        Msg::Ask(Box::new(AskReply::Done {
            serial,
            answered: Box::new(answered()),
            ahead: Some(0),
        }))
    };
    let mut m = model();
    m.pane = Pane::Ask;
    type_in(&mut m, "total assets?");
    let (serial, before, retrieves) = asked(&update(&mut m, key(KeyCode::Enter)));
    assert_eq!((before, retrieves.as_str()), (0, "serving"));
    let page = |number: u32| Command::Page {
        document: "a/NORTH_2023.pdf".into(),
        number,
    };
    let commands = update(&mut m, done(serial));
    assert!(matches!(commands[0], Command::KeepAnswer(_)));
    assert_eq!(commands[1], page(9), "the proof is shown");
    assert_eq!(update(&mut m, key(KeyCode::Down)), [page(12)]);
    assert!(
        update(&mut m, key(KeyCode::Down)).is_empty(),
        "there are two"
    );
    assert_eq!(update(&mut m, key(KeyCode::Enter)), [page(12)]);
    assert!(m.search.reading);
    update(&mut m, key(KeyCode::Esc));
    // What follows leans on what was asked, unless a new conversation begins.
    type_in(&mut m, "and in 2022?");
    let (serial, before, _) = asked(&update(&mut m, key(KeyCode::Enter)));
    assert_eq!(before, 1);
    update(&mut m, done(serial));
    update(&mut m, alt('k'));
    type_in(&mut m, "who audits it?");
    assert_eq!(asked(&update(&mut m, key(KeyCode::Enter))).1, 0);
}

#[test]
fn an_answer_is_stopped_at_once_and_what_still_comes_is_stale() {
    use crate::job::asking::worker::AskReply;
    let mut m = model();
    m.pane = Pane::Ask;
    type_in(&mut m, "why?");
    let commands = update(&mut m, key(KeyCode::Enter));
    let (serial, ..) = asked(&commands);
    let text = |text: &str| {
        Msg::Ask(Box::new(AskReply::Text {
            serial,
            text: text.into(),
            sure: true,
        }))
    };
    update(&mut m, text("Let me see"));
    // It was a thought.
    update(&mut m, Msg::Ask(Box::new(AskReply::Anew { serial })));
    update(&mut m, text("Because"));
    assert_eq!(m.ask.asking.as_ref().unwrap().text, "Because");
    update(&mut m, key(KeyCode::Esc));
    assert!(m.ask.asking.is_none());
    assert_eq!(m.ask.input.text, "why?", "it can be asked anew");
    let Command::Ask(request) = &commands[0] else {
        panic!()
    };
    assert!(request.cancel.is_cancelled());
    let late = AskReply::Done {
        serial,
        answered: Box::new(answered()),
        ahead: Some(0),
    };
    assert!(update(&mut m, Msg::Ask(Box::new(late))).is_empty());
    assert!(m.ask.turns.is_empty());
    update(&mut m, key(KeyCode::Esc));
    assert!(m.ask.input.text.is_empty());
    update(&mut m, key(KeyCode::Esc));
    assert_eq!(m.pane, Pane::Search);
}

#[test]
fn the_history_is_removed_turn_by_turn_and_copied_as_markdown() {
    use crate::job::asking::worker::AskReply;
    let mut m = model();
    m.pane = Pane::Ask;
    for question in ["first?", "second?"] {
        type_in(&mut m, question);
        let (serial, ..) = asked(&update(&mut m, key(KeyCode::Enter)));
        update(
            &mut m,
            Msg::Ask(Box::new(AskReply::Done {
                serial,
                answered: Box::new(answered()),
                ahead: Some(0),
            })),
        );
    }
    let copied = update(&mut m, ctrl('y'));
    let Command::Copy { text, .. } = &copied[0] else {
        panic!("{copied:?}")
    };
    assert!(
        text.starts_with("**second?**") && text.contains("[NORTH_2023, p. 9]"),
        "{text}"
    );
    let proved = update(&mut m, ctrl('s'));
    let Command::Prove(claim) = &proved[0] else {
        panic!("{proved:?}")
    };
    assert_eq!(
        (claim.question.as_str(), claim.exhibits.len()),
        ("second?", 2)
    );
    // Once says what it would do; another key, and it is to be said again.
    assert!(update(&mut m, ctrl('d')).is_empty());
    update(&mut m, ctrl('p'));
    assert!(update(&mut m, ctrl('d')).is_empty());
    let commands = update(&mut m, ctrl('d'));
    let Command::KeepAnswers(kept) = &commands[0] else {
        panic!("{commands:?}")
    };
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].question.as_str(), kept[0].begins),
        ("second?", true)
    );
}

#[test]
fn a_model_that_is_made_while_compare_is_open_takes_the_right_column() {
    let mut m = model();
    m.pane = Pane::Compare;
    let reply = |m: &mut Model, tuned: Option<&str>| {
        let models = SideBySideReply::Models {
            names: ["base", "filings", "mine", "bm25"]
                .map(str::to_owned)
                .into(),
            untuned: "filings".into(),
            tuned: tuned.map(str::to_owned),
        };
        update(m, Msg::SideBySide(Box::new(models)));
        m.compare.models.clone()
    };
    assert_eq!(reply(&mut m, None), ["filings", "bm25"]);
    assert_eq!(reply(&mut m, Some("mine")), ["filings", "mine"]);
    // What was chosen since stays.
    m.compare.models[1] = "base".into();
    assert_eq!(reply(&mut m, Some("mine")), ["filings", "base"]);
}
