//! A newcomer goes from a folder to a tuned model that is judged and serves, inside the TUI. It trains for real, which
//! takes some ten minutes, and leaves captures of the screen in a folder that `TENK_NEWCOMER` names:
//! `TENK_NEWCOMER=captures cargo test --release --test binary -- --ignored newcomer`.

use std::time::Duration;

use super::place::{Place, folder_from};
use super::terminal::Tui;

const COMPARE: &str = "\x1b2";
const TRAIN: &str = "\x1b3";
const DOWN: &str = "\x1b[B";
const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const BACKSPACE: &str = "\x7f";

/// Longest time for a training.
const PATIENCE: Duration = Duration::from_secs(1500);

#[test]
#[ignore = "trains for ten minutes: set TENK_NEWCOMER to a folder for its captures"]
fn from_a_folder_to_a_tuned_model_that_serves() {
    let to = folder_from("TENK_NEWCOMER");
    std::fs::create_dir_all(&to).unwrap();
    for (columns, rows) in [(80, 24), (160, 50)] {
        let keep = |name: &str, screen: &str| {
            std::fs::write(to.join(format!("{name}-{columns}x{rows}.txt")), screen).unwrap();
        };
        let place = Place::with_corpora();
        std::fs::copy(
            super::place::corpora("questions.jsonl"),
            place.path("questions.jsonl"),
        )
        .unwrap();
        let mut tui = Tui::start(&place, columns, rows, &[("LANG", "C.UTF-8")]);
        tui.shows("indexed: 14 documents");
        tui.press(TRAIN);
        tui.shows("No model was trained");
        tui.press("n");
        tui.shows("A new training");
        tui.press(&format!("{DOWN}{DOWN}{}6m", BACKSPACE.repeat(3)));
        keep("form", &tui.shows("6m"));
        tui.press(ENTER);
        tui.within(PATIENCE, "it trains", |s| {
            s.contains("▶ running") && s.contains("rows/s")
        });
        // Searching goes on while it trains.
        tui.press("\x1b1");
        tui.press("what is covenant EBITDA");
        tui.shows("▸ 1 ");
        tui.press(TRAIN);
        let screen = tui.within(PATIENCE, "half of it", |s| {
            // A busy machine ends it early, for the rest to be done in time.
            let is_far = s.lines().any(is_half) || s.contains("✓ done");
            s.contains("searches p95") && is_far
        });
        keep("training", &screen);
        let screen = tui.within(PATIENCE, "the verdict", |s| s.contains("judged against"));
        keep("judged", &screen);
        match screen.contains("P makes it") {
            true => tui.press("P"),
            // The gate says no to a gain that is small, and whoever knows better may have it serve.
            false => drop(place.run(&["models", "promote", "tuned-1", "--force"]).ok()),
        }
        tui.within(PATIENCE, "the promotion", |s| s.contains("(serves)"));
        tui.press(COMPARE);
        tui.shows("tuned-1");
        tui.press("\t");
        let screen = tui.within(PATIENCE, "a question that moved", |s| {
            s.contains("question 1 of 259") && s.contains("▲")
        });
        keep("compare", &screen);
        tui.press(CTRL_C);
        assert!(tui.ended());
    }
}

/// True for ` ▶ tuned-1: 31/45 steps, …` from half of the steps on.
fn is_half(line: &str) -> bool {
    let counted = line.split(" steps").next().unwrap_or_default();
    let counted = counted.rsplit(' ').next().unwrap_or_default();
    let parts = counted.split_once('/');
    let parts = parts.and_then(|(a, b)| Some((a.parse::<u32>().ok()?, b.parse::<u32>().ok()?)));
    line.contains(" steps, loss") && parts.is_some_and(|(done, of)| done * 2 >= of)
}
