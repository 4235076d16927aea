//! Question first: what a question waits for is embedded before the rest of the library, and its answer sharpens in
//! place.

use super::drawn::filing;
use super::place::Place;
use super::terminal::Tui;

const CTRL_C: &str = "\x03";
const ENTER: &str = "\r";
const PAGES: usize = 900;
const WORDS: [&str; 12] = [
    "harbour", "ledger", "turbine", "orchard", "lantern", "granite", "compass", "meadow", "anvil",
    "timber", "beacon", "quarry",
];

/// A long report, of which each page speaks of a depot of its own.
fn report() -> Vec<u8> {
    let page = |number: usize| {
        let word = |at: usize| WORDS[(number * 7 + at * (number % 5 + 1)) % WORDS.len()];
        let lines = (0..14).map(|line| {
            let words: Vec<&str> = (0..9).map(|at| word(line * 9 + at)).collect();
            format!("The {} of depot {number} is let.\n", words.join(" "))
        });
        format!("Depot {number}\n{}", lines.collect::<String>())
    };
    let mut pages: Vec<String> = (1..=PAGES).map(page).collect();
    pages[PAGES - 3].push_str("The Tarvik depot keeps forty forklifts under cover.\n");
    filing(&pages)
}

#[test]
fn a_question_is_embedded_for_before_the_rest_and_sharpens_in_place() {
    let place = Place::new();
    place.write("DEPOTS_2023_10K.pdf", report());
    let mut tui = Tui::start(&place, 160, 50, &[]);
    tui.press("Where does the Tarvik depot keep its forklifts?");
    let screen = tui.until("what is embedded for it", |s| s.contains("sharpened by"));
    assert!(
        screen.contains("p. 898") || screen.contains("p.898"),
        "{screen}"
    );
    // The rest is still to be embedded.
    let phases = ["reading", "finding figures", "embedding"];
    let is_at_work = phases.iter().any(|phase| screen.contains(phase));
    assert!(is_at_work, "{screen}");
    // The same in the Ask pane.
    tui.press("\x1b4");
    tui.press("What does the lantern of depot 700 compass?");
    tui.press(ENTER);
    tui.until("the answer sharpens too", |s| s.contains("sharpened by"));
    tui.press(CTRL_C);
    assert!(tui.ended());
}
