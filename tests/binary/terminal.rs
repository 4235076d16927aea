//! The TUI in a pseudo-terminal, driven by keys, judged by what the screen shows.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::place::{CALDER, NORTHGATE, PATIENCE, Place, TENK, signal, wait};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
/// To the grid pane, and to that of the library.
const GRID: &str = "\x1b5";
const LIBRARY: &str = "\x1b6";
const RIGHT: &str = "\x1b[C";
const DOWN: &str = "\x1b[B";
const F1: &str = "\x1bOP";
const ALT_A: &str = "\x1ba";
const CTRL_C: &str = "\x03";
const CTRL_U: &str = "\x15";
const CTRL_Y: &str = "\x19";

/// What the program wrote, and the screen it makes.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// A running TUI.
pub struct Tui {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    seen: Arc<Mutex<Seen>>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        cols: columns,
        rows,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Tui {
    pub fn start(place: &Place, columns: u16, rows: u16, more: &[(&str, &str)]) -> Self {
        place.configure("");
        Self::of(place, CommandBuilder::new(TENK), (columns, rows), more)
    }

    /// As `start`, of any program, with the place's settings as they are.
    pub fn of(
        place: &Place,
        mut command: CommandBuilder,
        (columns, rows): (u16, u16),
        more: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        command.cwd(place.folder());
        for name in [
            "TMUX",
            "NO_COLOR",
            "TENK_HOME",
            "LC_ALL",
            "LC_CTYPE",
            "LANG",
        ] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        place
            .environment()
            .iter()
            .for_each(|(name, value)| command.env(name, value));
        more.iter()
            .for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        let parser = vt100::Parser::new(rows, columns, 0);
        let seen = Arc::new(Mutex::new(Seen {
            parser,
            bytes: Vec::new(),
        }));
        let (mut output, shared) = (pair.master.try_clone_reader().unwrap(), seen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                let mut seen = shared.lock().unwrap();
                seen.parser.process(&buffer[..n]);
                seen.bytes.extend(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            child,
            keys,
            master: pair.master,
            seen,
        }
    }

    pub fn screen(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen shows what it should.
    #[track_caller]
    pub fn until(&self, what: &str, shows: impl Fn(&str) -> bool) -> String {
        self.within(PATIENCE, what, shows)
    }

    /// As `until`, for what takes longer.
    #[track_caller]
    pub fn within(&self, time: Duration, what: &str, shows: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if shows(&screen) {
                return screen;
            }
            assert!(began.elapsed() < time, "never: {what}\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    fn resize(&self, columns: u16, rows: u16) {
        // What is still on its way was drawn for the size before, and vt100 panics where a line
        // wraps on a screen of one row, or a wide character on one of one column.
        let (least_rows, least_columns) = (rows.max(2), columns.max(2));
        self.seen
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(least_rows, least_columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end, and until the terminal was given back: the last bytes may still be on
    /// their way. True when it ended well.
    #[track_caller]
    pub fn ended(mut self) -> bool {
        let mut status = None;
        wait("the end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        wait("the terminal given back", || {
            let seen = self.seen.lock().unwrap();
            let screen = seen.parser.screen();
            let mouse = screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
            !screen.alternate_screen() && !screen.hide_cursor() && mouse
        });
        status.is_some_and(|status| status.success())
    }
}

/// What the program put on the clipboard last (OSC 52).
fn clipboard(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, after) = text.rsplit_once("\x1b]52;c;")?;
    let end = after.find(['\x07', '\x1b'])?;
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(&after[..end])
        .ok()?;
    String::from_utf8(decoded).ok()
}

/// The first start to the last key, at one size.
fn from_start_to_finish(columns: u16, rows: u16) {
    let place = Place::with(&[CALDER, NORTHGATE]);
    let mut tui = Tui::start(&place, columns, rows, &[]);
    tui.shows("ask the library");
    tui.shows("indexed: 2 documents");

    tui.press("could goodwill become impaired?");
    // The whole question typed, and its hits there.
    tui.until("the right page first, with each arm's rank", |s| {
        s.contains("❯ could goodwill become impaired?")
            && s.contains("hybrid · 20 hits")
            && s.contains("▸ 1 NORTHGATE_2023_10K  p.4")
            && s.contains("d1")
            && s.contains("b1")
    });
    tui.press(DOWN);
    tui.shows("▸ 2 ");

    tui.press(CTRL_Y);
    tui.shows("citation copied");
    tui.until("the citation on the clipboard", |_| {
        clipboard(&tui.bytes()).is_some_and(|copied| copied.contains(".pdf, p. "))
    });

    tui.press(ALT_A);
    tui.until("dense", |s| {
        s.contains("dense · 20 hits") && s.contains("b–")
    });
    tui.press(ALT_A);
    tui.until("bm25", |s| s.contains("bm25 · ") && s.contains("d–"));
    tui.press(ALT_A);
    tui.until("the first hit again", |s| {
        s.contains("hybrid · 20 hits") && s.contains("▸ 1 ")
    });

    tui.press(ENTER);
    tui.until("the chunk itself, marked", |s| {
        s.contains("NORTHGATE_2023_10K · page 4 of 16")
            && s.contains("▌")
            && s.contains("Goodwill of $812.6 million")
    });
    tui.press(RIGHT);
    tui.shows("page 5 of 16");
    // Enter once more draws the page; in half blocks nobody could read it.
    tui.press("\r");
    tui.until("the page as text, and why", |s| {
        s.contains("too coarse to read") && !s.contains("▀▀▀") && s.contains("page 5 of 16")
    });
    tui.press("y");
    tui.until("its citation", |_| {
        clipboard(&tui.bytes()).is_some_and(|c| c.ends_with("p. 5]"))
    });
    tui.press(ESCAPE);
    tui.until("the hits again", |s| {
        s.contains("❯ could goodwill") && s.contains("⏎ page")
    });

    tui.press(LIBRARY);
    tui.until("the library pane", |s| {
        s.contains("embedded") && s.contains("100 %") && s.contains("indexed") && s.contains(CALDER)
    });
    tui.press(F1);
    tui.shows("look for changes");
    // In one go, as they arrive over a slow line.
    tui.press(&format!("{ESCAPE}{CTRL_C}"));
    assert!(tui.ended());
}

#[test]
fn from_start_to_finish_at_80_by_24() {
    from_start_to_finish(80, 24);
}

#[test]
fn from_start_to_finish_at_160_by_50() {
    from_start_to_finish(160, 50);
}

#[test]
fn a_second_start_is_instant_and_remembers_the_questions() {
    let place = Place::with(&[CALDER]);
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("indexed: 1 document");
    tui.press("how many shares were bought back");
    tui.shows("▸ 1 ");
    tui.press(ENTER);
    tui.shows("of 3");
    tui.press(CTRL_C);
    assert!(tui.ended());
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("1 doc");
    tui.press("\x10");
    tui.shows("❯ how many shares were bought back");
    tui.shows("▸ 1 ");
    assert!(
        !tui.screen().contains("reading"),
        "nothing is indexed twice"
    );
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn new_and_failed_files_are_followed_while_it_runs() {
    let place = Place::with(&[CALDER]);
    let mut tui = Tui::start(&place, 100, 30, &[]);
    tui.shows("indexed: 1 document");
    tui.press(LIBRARY);
    place.write("letter.pdf", "<html>no filing</html>");
    tui.until("the failed file", |s| {
        s.contains("letter.pdf") && s.contains("failed") && s.contains("indexed")
    });
    tui.press("\x1b[F");
    tui.shows("not a PDF");
    std::fs::remove_file(place.path("letter.pdf")).unwrap();
    tui.until("its removal", |s| !s.contains("letter.pdf"));
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn it_survives_every_size() {
    let place = Place::with(&[CALDER]);
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("indexed: 1 document");
    tui.press("dividends");
    tui.shows("▸ 1 ");
    let cleared = || {
        let bytes = tui.bytes();
        let is_clear = |part: &&[u8]| *part == b"\x1b[2J";
        bytes.windows(4).filter(is_clear).count()
    };
    for (columns, rows) in [(40, 10), (200, 60), (20, 5), (1, 1), (2, 40), (80, 24)] {
        let before = cleared();
        tui.resize(columns, rows);
        // A new size is drawn on an empty screen.
        wait("it is drawn anew", || cleared() > before);
    }
    tui.shows("▸ 1 ");
    tui.resize(40, 10);
    tui.until("the hint for help at 40 columns", |s| s.contains("F1 help"));
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn no_colour_where_none_is_wanted() {
    let colours = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let codes = text
            .split("\x1b[")
            .filter_map(|s| s.split_once('m'))
            .map(|(code, _)| code.to_owned());
        let is_colour = |n: &str| matches!(n.parse(), Ok(30..=37 | 40..=47 | 90..=107 | 38 | 48));
        codes.filter(|c| c.split(';').any(is_colour)).count()
    };
    let run = |more: &[(&str, &str)]| {
        let place = Place::with(&[CALDER]);
        let mut tui = Tui::start(&place, 80, 24, more);
        tui.shows("indexed: 1 document");
        tui.press("net sales");
        tui.shows("▸ 1 ");
        tui.press(CTRL_C);
        let bytes = tui.bytes();
        assert!(tui.ended());
        colours(bytes)
    };
    assert!(run(&[]) > 0);
    assert_eq!(run(&[("NO_COLOR", "1")]), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_gives_the_terminal_back() {
    for name in ["-TERM", "-HUP"] {
        let place = Place::with(&[CALDER]);
        let mut tui = Tui::start(&place, 80, 24, &[]);
        tui.shows("indexed: 1 document");
        signal(tui.child.process_id().unwrap(), name);
        wait("the end", || tui.child.try_wait().unwrap().is_some());
        wait("the terminal given back", || {
            !tui.seen.lock().unwrap().parser.screen().alternate_screen()
        });
    }
}

#[test]
fn a_question_is_cleared_and_typed_anew() {
    let place = Place::with(&[NORTHGATE]);
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("indexed: 1 document");
    tui.press("foundry in Slovenia");
    tui.shows("▸ 1 ");
    tui.press(CTRL_U);
    tui.shows("ask the library");
    tui.press("covenant EBITDA");
    tui.until("other hits", |s| s.contains("▸ 1 NORTHGATE_2023_10K  p.8"));
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn figures_stand_in_a_grid_each_with_its_page() {
    let place = Place::shared(&[NORTHGATE]).copy();
    for (columns, rows) in [(80, 24), (160, 50)] {
        let mut tui = Tui::start(&place, columns, rows, &[]);
        tui.shows("1 doc");
        tui.press(GRID);
        tui.shows("Northgate");
        tui.press("current ratio, 2022..2023");
        tui.press(ENTER);
        tui.shows("1.89");
        // The figures that the ratio is made of, with their pages.
        tui.shows("= [total current assets] / [total current liabilities]");
        tui.shows("NORTHGATE_2023_10K p. 11");
        tui.press(ENTER);
        tui.shows("NORTHGATE_2023_10K · page 11 of");
        tui.press(ESCAPE);
        tui.shows("^L arrange");
        tui.press("no such thing");
        tui.press(ENTER);
        tui.shows("no such thing: no line item");
        tui.press(CTRL_U);
        tui.press(CTRL_Y);
        tui.shows("grid copied");
        tui.press(CTRL_C);
        assert!(tui.ended());
    }
    // What it showed is there again.
    let mut tui = Tui::start(&place, 80, 24, &[]);
    tui.shows("1 doc");
    tui.press(GRID);
    tui.shows("current ratio");
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn a_question_is_asked_followed_up_and_forgotten() {
    let place = Place::shared(&[NORTHGATE]).copy();
    for (columns, rows) in [(80, 24), (160, 50)] {
        let mut tui = Tui::start(&place, columns, rows, &[]);
        tui.shows("1 doc");
        // The ask pane.
        tui.press("\x1b4");
        tui.shows("^Y copies the answer");
        tui.press("What is the FY2023 current ratio of Northgate?");
        tui.press(ENTER);
        tui.shows("current ratio in FY2023 was 1.89");
        tui.shows("▸ [1] NORTHGATE_2023_10K, p. 11");
        if columns > 110 {
            // The page that proves it, beside the answer.
            tui.shows("NORTHGATE_2023_10K · page 11 of");
        }
        tui.press("and in FY2022?");
        tui.press(ENTER);
        tui.shows("current ratio in FY2022 was");
        tui.press(CTRL_Y);
        tui.shows("answer copied");
        // The page itself, and back.
        tui.press(ENTER);
        tui.until("the page", |screen| screen.contains("Esc back"));
        tui.press(ESCAPE);
        tui.shows("^Y copy");
        tui.press(CTRL_C);
        assert!(tui.ended());
        // What was asked is kept, until it is removed.
        let kept = place.path(".tenk/asked.jsonl");
        assert_eq!(std::fs::read_to_string(&kept).unwrap().lines().count(), 2);
        let mut tui = Tui::start(&place, columns, rows, &[]);
        tui.shows("1 doc");
        tui.press("\x1b4");
        tui.shows("and in FY2022?");
        for left in ["current ratio in FY2023", "^Y copies the answer"] {
            tui.press("\x04");
            tui.shows("again removes");
            tui.press("\x04");
            tui.shows(left);
        }
        tui.press(CTRL_C);
        assert!(tui.ended());
        assert!(!kept.exists());
    }
}

#[test]
fn blocks_that_the_settings_ask_for_are_drawn() {
    let place = Place::shared(&[NORTHGATE]).copy();
    place.configure("pictures = \"blocks\"\n");
    let mut tui = Tui::of(&place, CommandBuilder::new(TENK), (80, 24), &[]);
    tui.shows("1 doc");
    tui.press("goodwill");
    tui.shows("▸ 1 ");
    tui.press(ENTER);
    tui.shows("of 16");
    tui.press(ENTER);
    tui.until("the page in blocks", |s| s.contains("▀▀▀"));
    tui.press(ENTER);
    tui.until("the page as text", |s| !s.contains("▀▀▀"));
    tui.press(CTRL_C);
    assert!(tui.ended());
}

#[test]
fn words_are_found_in_a_document_and_its_keys_are_those_of_a_pager() {
    let place = Place::shared(&[NORTHGATE]).copy();
    let mut tui = Tui::start(&place, 100, 30, &[]);
    tui.shows("1 doc");
    tui.press(LIBRARY);
    tui.shows("reindex");
    tui.press(ENTER);
    tui.shows("page 1 of 16");
    tui.press("/Slovenia");
    tui.shows(" / Slovenia");
    tui.press(ENTER);
    tui.until("the page that has it", |s| {
        s.contains("Slovenia") && s.contains("page 2 of")
    });
    // What was found, then the page; Esc and a letter in quick succession are one key with Alt.
    tui.press("qq");
    tui.shows("reindex");
    // The list is narrowed.
    tui.press("/nowhere");
    tui.shows("no document has that");
    tui.press(ESCAPE);
    tui.shows(NORTHGATE);
    tui.press(CTRL_C);
    assert!(tui.ended());
}
