//! Shells: what they complete behind `tenk`, and what Ctrl-Z does in them. A shell that is not installed is passed over.

use std::process::Command;

use portable_pty::CommandBuilder;

use super::place::{CALDER, Place, TENK};
use super::terminal::Tui;

const TAB: &str = "\t";
const CTRL_C: &str = "\x03";
const CTRL_U: &str = "\x15";
const CTRL_Z: &str = "\x1a";

/// A shell in a terminal, the program on its path, after `lines`; none where it is not installed.
fn shell(place: &Place, name: &str, arguments: &[&str], lines: &[&str]) -> Option<Tui> {
    if Command::new(name).arg("--version").output().is_err() {
        println!("{name} is not installed: nothing of it is tested");
        return None;
    }
    place.configure("");
    let programs = place.root().join("bin");
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::create_dir_all(place.root().join("user")).unwrap();
    let link = programs.join("tenk");
    if !link.exists() {
        std::os::unix::fs::symlink(TENK, link).unwrap();
    }
    let mut command = CommandBuilder::new(name);
    command.args(arguments);
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let more = [("PATH", path.as_str()), ("PS1", "> "), ("LANG", "C.UTF-8")];
    let mut tui = Tui::of(place, command, (100, 50), &more);
    for line in lines {
        tui.press(&format!("{line}\n"));
    }
    tui.press("echo rea''dy\n");
    tui.shows("ready");
    Some(tui)
}

/// What is offered behind `typed`.
fn offered(tui: &mut Tui, typed: &str, first: &str) -> String {
    tui.press("clear\n");
    tui.press(typed);
    tui.press(TAB);
    tui.press(TAB);
    let screen = tui.shows(first);
    tui.press(&format!("{CTRL_C}{CTRL_U}"));
    screen
}

/// Commands, then flags of a command, then values of a flag, are offered; nothing hidden is.
fn completes(mut tui: Tui) {
    let commands = offered(&mut tui, "tenk ", "synth");
    assert!(
        commands.contains("search") && !commands.contains("__extract"),
        "{commands}"
    );
    let flags = offered(&mut tui, "tenk index --", "--dry-run");
    assert!(
        flags.contains("--watch") && !flags.contains("--background"),
        "{flags}"
    );
    let values = offered(&mut tui, "tenk search --arm ", "hybrid");
    assert!(values.contains("bm25"), "{values}");
    let below = offered(&mut tui, "tenk models ", "rollback");
    assert!(below.contains("promote"), "{below}");
    tui.press("exit\n");
}

#[test]
fn bash_completes() {
    let place = Place::new();
    let lines = ["source <(tenk completions bash)"];
    if let Some(tui) = shell(&place, "bash", &["--norc", "--noprofile", "-i"], &lines) {
        completes(tui);
    }
}

#[test]
fn zsh_completes() {
    let place = Place::new();
    let lines = [
        "autoload -U compinit && compinit -D",
        "setopt no_list_beep auto_list && LISTMAX=1000",
        "source <(tenk completions zsh)",
    ];
    if let Some(tui) = shell(&place, "zsh", &["-f", "-i"], &lines) {
        completes(tui);
    }
}

#[test]
fn fish_completes() {
    let place = Place::new();
    let lines = ["tenk completions fish | source"];
    if let Some(tui) = shell(&place, "fish", &["--no-config", "-i"], &lines) {
        completes(tui);
    }
}

#[test]
fn ctrl_z_suspends_and_fg_comes_back() {
    let place = Place::shared(&[CALDER]).copy();
    let Some(mut tui) = shell(&place, "bash", &["--norc", "--noprofile", "-i"], &[]) else {
        return;
    };
    tui.press("tenk\n");
    tui.shows("1 doc");
    tui.press("dividends");
    tui.shows("❯ dividends");
    for _ in 0..2 {
        tui.press(CTRL_Z);
        tui.until("the shell", |s| {
            s.contains("Stopped") && !s.contains("❯ dividends")
        });
        // The shell has the terminal: what is typed is echoed and run.
        tui.press("echo sh''ell\n");
        tui.shows("shell");
        tui.press("fg\n");
        tui.until("all of the screen again", |s| {
            s.contains("❯ dividends") && s.contains("F1 help") && !s.contains("Stopped")
        });
    }
    tui.press("!");
    tui.shows("❯ dividends!");
    tui.press(CTRL_C);
    tui.until("the shell", |s| !s.contains("F1 help"));
    tui.press("exit\n");
}
