//! First contact: an empty folder, a terminal that can little, a command that is misspelt.

use portable_pty::CommandBuilder;

use super::place::{CALDER, NORTHGATE, Place, TENK, wait};
use super::terminal::Tui;

const CTRL_C: &str = "\x03";
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const F1: &str = "\x1bOP";

#[test]
fn an_empty_folder_says_so_and_is_left_as_it_is() {
    let place = Place::new();
    let outcome = place.run(&["index", "."]).ok();
    assert!(
        outcome.stdout.contains("has no PDF: put some in"),
        "{outcome:?}"
    );
    let summary = place.json(&["index", "."]);
    assert_eq!(
        (&summary["documents"], &summary["chunks"]),
        (&0.into(), &0.into())
    );
    assert!(place.run(&["."]).ok().stdout.contains("has no PDF"));
    assert!(!place.path(".tenk").exists());

    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.until("what to do", |s| {
        s.contains("No PDF in ") && s.contains("Put some in") && s.contains("tenk FOLDER")
    });
    tui.shows("0 docs");
    // The other panes say so too, and make nothing.
    for pane in ["\x1b2", "\x1b3", "\x1b4", "\x1b5", "\x1b6"] {
        tui.press(pane);
    }
    tui.shows("no PDF in this folder yet");
    assert!(!place.path(".tenk").exists());
    // What is put in is indexed as it comes.
    std::fs::copy(super::place::corpora(CALDER), place.path(CALDER)).unwrap();
    tui.shows("indexed: 1 document");
    tui.until("the header counts it", |s| s.contains("1 doc "));
    assert!(place.path(".tenk").exists());
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn an_empty_folder_is_left_as_it_was_when_the_app_is_closed() {
    let place = Place::new();
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("No PDF in ");
    tui.press("what was capex?");
    tui.shows("what was capex?");
    tui.press(ENTER);
    tui.press(CTRL_C);
    assert!(tui.ended());
    assert!(!place.path(".tenk").exists());
}

/// Drives the panes in a terminal that lacks letters, and returns what was seen.
fn seen_in(more: &[(&str, &str)]) -> String {
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let mut tui = Tui::start(&place, 80, 24, more);
    tui.shows("2 docs");
    let mut seen = String::new();
    tui.press("could goodwill become impaired?");
    seen += &tui.shows("> 1 NORTHGATE_2023_10K  p.4");
    assert!(
        seen.contains("Up Down hit") && seen.contains("Enter page"),
        "{seen}"
    );
    tui.press(ENTER);
    seen += &tui.shows("page 4 of 16");
    tui.press(ENTER);
    seen += &tui.shows("too coarse to read");
    tui.press(ESCAPE);
    for pane in ["\x1b2", "\x1b3", "\x1b4", "\x1b5", "\x1b6"] {
        tui.press(pane);
        std::thread::sleep(std::time::Duration::from_millis(300));
        seen += &tui.screen();
    }
    tui.press(F1);
    seen += &tui.shows("look for changes");
    tui.press(&format!("{ESCAPE}{CTRL_C}"));
    assert!(tui.ended());
    seen
}

#[test]
fn a_terminal_without_utf_8_gets_ascii_that_reads_well() {
    let seen = seen_in(&[("LANG", "C")]);
    let strange: Vec<char> = seen.chars().filter(|c| !c.is_ascii()).collect();
    assert!(strange.is_empty(), "{strange:?}\n{seen}");
    assert!(!seen.contains("??"), "{seen}");
}

#[test]
fn the_console_of_linux_gets_what_its_font_has() {
    let seen = seen_in(&[("LANG", "C.UTF-8"), ("TERM", "linux")]);
    let known = "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓←↑→↓•";
    let strange: Vec<char> = seen
        .chars()
        .filter(|c| !c.is_ascii() && !('\u{a1}'..='\u{ff}').contains(c) && !known.contains(*c))
        .collect();
    assert!(strange.is_empty(), "{strange:?}\n{seen}");
}

#[test]
fn a_dumb_terminal_gets_lines() {
    let place = Place::shared(&[CALDER]).copy();
    let mut tui = Tui::start(&place, 80, 24, &[("TERM", "dumb")]);
    tui.shows("shows lines alone");
    tui.shows("search it:");
    wait("the end", || tui.has_ended());
    assert!(!tui.bytes().contains(&0x1b), "{:?}", tui.screen());
    // The command line too.
    let mut command = CommandBuilder::new(TENK);
    command.args(["search", "net sales"]);
    let mut tui = Tui::of(&place, command, (80, 24), &[("TERM", "dumb")]);
    wait("the end", || tui.has_ended());
    let screen = tui.screen();
    assert!(screen.contains(" p.") && screen.is_ascii(), "{screen}");
    assert!(!tui.bytes().contains(&0x1b), "{screen}");
}

#[test]
fn keys_of_the_settings_are_taken_and_wrong_ones_refused() {
    let place = Place::shared(&[CALDER]).copy();
    place.configure("[keys.search]\ncycle_arm = \"ctrl-a\"\nscope = \"f3\"\n");
    let mut tui = Tui::of(&place, CommandBuilder::new(TENK), (80, 24), &[]);
    tui.until("the key in the footer", |s| s.contains("^A arm"));
    tui.press("net sales");
    tui.shows("hybrid · ");
    tui.press("\x01");
    tui.shows("dense · ");
    tui.press(F1);
    tui.until("the key in the help", |s| {
        s.contains("F3") && s.contains("switch filters")
    });
    tui.press(&format!("{ESCAPE}{CTRL_C}"));
    assert!(tui.ended());
    let shown = place.run(&["config", "show"]).ok().stdout;
    assert!(
        shown.contains("keys.search.cycle_arm = [\"ctrl-a\"]  # file"),
        "{shown}"
    );
    assert!(
        shown.contains("keys.search.explain = [\"alt-e\"]  # default"),
        "{shown}"
    );
    assert!(shown.contains("viewer is not set  # default"), "{shown}");
    assert!(
        shown.contains("search.bm25_weight = 0.6  # default"),
        "{shown}"
    );
    place.configure("[keys.search]\ncycle_arm = \"a\"\n");
    let wrong = place.run(&["config", "show"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.stderr.contains("keys.search.cycle_arm"), "{wrong:?}");
}

#[test]
fn a_misspelt_command_is_answered_with_the_one_that_is_meant() {
    let place = Place::shared(&[CALDER]);
    for arguments in [
        &["serch"][..],
        &["serch", "capex"],
        &["--json", "serch", "what was capex"],
    ] {
        let outcome = place.run(arguments);
        assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
        assert!(
            outcome.stderr.contains("did you mean search?"),
            "{outcome:?}"
        );
    }
    let none = place.run(&["search", "-k", "0", "capex"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("1 is the least"), "{none:?}");
}

#[test]
fn a_switch_that_was_deleted_is_said() {
    let place = Place::shared(&[CALDER]).copy();
    let before = place.json(&["status"]);
    assert!(before["note"].is_null(), "{before}");
    std::fs::remove_file(place.path(".tenk/serving.json")).unwrap();
    let status = place.run(&["status"]).ok().stdout;
    assert!(status.contains("serving.json is not there"), "{status}");
    assert!(place.json(&["status"])["note"].is_string());
    let doctor = place.run(&["doctor"]).ok().stdout;
    assert!(doctor.contains("tenk models promote"), "{doctor}");
}
