//! Errors: whatever a command runs into, it says what happened and what to do, on stderr and in JSON.

use serde_json::Value;

use super::pdf::Pdf;
use super::place::{Outcome, Place};

/// What an error says and what to do, both whole: nothing empty, nothing cut, nothing said twice.
fn checked(outcome: &Outcome, code: i32, what: &str) -> (String, String) {
    assert_eq!(outcome.code, Some(code), "{what}: {outcome:#?}");
    let told: Value = outcome.last_json();
    let field = |name: &str| told[name].as_str().unwrap().trim().to_owned();
    let (error, remedy) = (field("error"), field("remedy"));
    for text in [&error, &remedy] {
        let is_cut = text.is_empty() || text.ends_with([':', ';', ',', '(']);
        let holes = ["()", "(process )", "( ", "; ;", "::"];
        let has_hole = holes.iter().any(|hole| text.contains(hole));
        assert!(!is_cut && !has_hole, "{what}: {told}");
    }
    assert!(!error.contains(&remedy), "{what} says it twice: {told}");
    assert!(outcome.stderr.contains("error: "), "{what}: {outcome:?}");
    if code == 1 {
        let line = format!("error: {error}; {remedy}\n");
        assert!(outcome.stderr.ends_with(&line), "{what}: {outcome:?}");
    }
    (error, remedy)
}

fn refused(place: &Place, arguments: &[&str], code: i32) -> (String, String) {
    let outcome = place.run(&[arguments, &["--json"]].concat());
    checked(&outcome, code, &arguments.join(" "))
}

/// Commands that nothing but the settings can make fail.
const BY_SETTINGS: [&str; 2] = ["config", "doctor"];
const GENERIC: &str = "tenk doctor";

#[test]
fn every_command_says_what_happened_and_what_to_do() {
    // Arguments, and what the remedy must speak of.
    let cases: [(&[&str], i32, &str); 45] = [
        (&["index", "no/such/folder"], 1, "folder of PDFs"),
        (&["search", "x"], 1, "tenk index"),
        (&["search", "x", "--model", "none"], 1, "tenk models list"),
        (&["explain", "x"], 1, "tenk index"),
        (&["ask", "x"], 1, "tenk index"),
        (&["eval", "--questions", "gone.jsonl"], 1, "exists"),
        (&["show", "nothing:1"], 1, "tenk index"),
        (&["extract", "gone.pdf"], 1, "exists"),
        (&["extract", "letter.pdf"], 1, "rename"),
        (&["embed", "--dim", "0"], 1, "1 to 384"),
        (&["train", "--data", "gone.jsonl"], 1, "exists"),
        (&["train", "--data", "noset"], 1, "tenk synth --name noset"),
        (&["train", "--resume"], 1, "tenk train --data"),
        (&["synth"], 1, "tenk index"),
        (&["synth", "--stats", "--name", "none"], 1, "--name none"),
        (&["compare", "x"], 1, "tenk tune"),
        (&["tune"], 1, "tenk list"),
        (&["report", "out.txt"], 1, ".html"),
        (&["similar", "a", "b", "--dim", "385"], 1, "1 to 384"),
        (&["classify", "--name", "none", "x"], 1, "--name none"),
        (&["models", "show", "none"], 1, "known: base"),
        (&["models", "promote", "base"], 1, "promoted"),
        (&["models", "rollback"], 1, "tenk models list"),
        (
            &["models", "import", ".", "--name", "m"],
            1,
            "sentence-transformers",
        ),
        (&["set", "X", "company=Y"], 1, "tenk index"),
        (&["mcp"], 1, "tenk index"),
        (&["status"], 1, "tenk index"),
        (&["list"], 1, "tenk index"),
        (&["tag", "x", "X"], 1, "tenk index"),
        (&["folders", "add", "gone"], 1, "folder of PDFs"),
        (&["folders", "remove", "x"], 1, "own folder"),
        (&["filters", "keep", "x", "yaer:1"], 1, "year:2019"),
        (&["filters", "forget", "x"], 1, "none is kept"),
        (&["facts"], 1, "tenk index"),
        (&["grid", "revenue"], 1, "tenk index"),
        (&["redline", "X"], 1, "tenk index"),
        (&["bench", "figures", "gone.tsv"], 1, "tenk index"),
        (&["bench", "filings", "--out", "x"], 1, "tenk index"),
        (&["bench", "metadata", ".", "gone.tsv"], 1, "name a file"),
        (&["bench", "extract", "gone"], 1, "folder of PDFs"),
        (&["man", "--folder", "gone/deep"], 1, "exists"),
        (&["completions", "no-shell"], 2, "tenk completions --help"),
        (&["help", "none"], 2, "--help"),
        (&["classify"], 2, "tenk classify --help"),
        (&["models"], 2, "rollback"),
    ];
    for (arguments, code, wanted) in cases {
        let place = Place::new();
        place.write("letter.pdf", "Dear shareholders");
        let (error, remedy) = refused(&place, arguments, code);
        assert!(remedy.contains(wanted), "{arguments:?}: {error}; {remedy}");
        assert!(!remedy.contains(GENERIC), "{arguments:?}: {error}");
    }
    // No command is left out.
    let is_run = |name: &str| {
        BY_SETTINGS.contains(&name) || cases.iter().any(|(arguments, ..)| arguments[0] == name)
    };
    for name in Place::new().commands() {
        assert!(is_run(&name), "tenk {name} is run into no error here");
    }
}

#[test]
fn settings_that_cannot_be_read_stop_every_command() {
    let place = Place::new();
    place.configure("[search]\ntop_kk = 4\n");
    for arguments in [&["doctor"][..], &["config", "show"], &["status"]] {
        let (error, remedy) = refused(&place, arguments, 1);
        assert!(
            error.contains("config.toml") && error.contains("top_kk"),
            "{error}"
        );
        assert_eq!(remedy, "correct it or move it away");
    }
    place.configure("");
    place.write("note.pdf", Pdf::text("A dividend").bytes());
    place.run(&["index"]).ok();
    place.configure("[search]\nlexicon = \"gone.toml\"\n");
    let (error, remedy) = refused(&place, &["search", "dividend"], 1);
    assert!(error.contains("gone.toml"), "{error}");
    assert!(remedy.contains("[search]"), "{remedy}");
}

#[test]
fn what_is_misspelt_in_a_library_is_answered_with_what_there_is() {
    let place = Place::new();
    place.write("note.pdf", Pdf::text("A dividend was declared").bytes());
    place.run(&["index"]).ok();
    place.write("latin.jsonl", b"{\"question\": \"caf\xe9\"}\n");
    let cases: [(&[&str], &str); 13] = [
        (&["set", "note", "company=a\u{1b}[31m"], "leave it out"),
        (&["search", "--queries", "latin.jsonl"], "UTF-8"),
        (&["search", "--queries", "gone.jsonl"], "exists"),
        (&["search", "--queries", "."], "name a file"),
        (&["show", "note"], "tenk search"),
        (&["show", "note:9"], "1 page"),
        (&["show", "other:1"], "name one of: note.pdf"),
        (&["set", "other", "company=X"], "name one of: note.pdf"),
        (&["set", "note", "colour=red"], "company"),
        (&["synth", "--exclude", "other"], "name one of: note.pdf"),
        (&["search", "x", "--dim", "999"], "name 1 to 384"),
        (&["ask", "x", "--writer", "nowhere.gguf"], "exists"),
        (&["serach"], "tenk --help"),
    ];
    for (arguments, wanted) in cases {
        let (error, remedy) = refused(&place, arguments, 1);
        assert!(remedy.contains(wanted), "{arguments:?}: {error}; {remedy}");
    }
    let (error, _) = refused(&place, &["search", "x", "--dim", "999"], 1);
    assert!(error.starts_with("--dim 999 is not possible"), "{error}");
}

/// The command line names what it was told: a folder with blanks, a home of its own.
#[test]
fn a_remedy_can_be_put_into_a_shell() {
    let place = Place::new();
    std::fs::create_dir(place.path("a b")).unwrap();
    place.write("a b/note.pdf", Pdf::text("A dividend was declared").bytes());
    let (_, remedy) = refused(&place, &["status", "-L", "a b", "--home", "h"], 1);
    let command = remedy.strip_prefix("run: tenk ").unwrap().to_owned();
    assert!(command.ends_with("/a b' --home h"), "{command}");
    let mut shell = place.program("sh");
    let script = format!("{} {command}", super::place::TENK);
    Outcome::of(shell.args(["-c", &script])).ok();
    place.run(&["status", "-L", "a b", "--home", "h"]).ok();
}

#[test]
fn a_library_that_was_written_by_a_newer_program_can_lie_elsewhere() {
    let place = Place::new();
    place.write("note.pdf", Pdf::text("A dividend was declared").bytes());
    place.run(&["index"]).ok();
    let database = place.path(".tenk/tenk.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // `user_version` stands at byte 60 of an SQLite file, big-endian.
    bytes[60..64].copy_from_slice(&9999u32.to_be_bytes());
    std::fs::write(&database, &bytes).unwrap();
    let (_, remedy) = refused(&place, &["status"], 1);
    assert!(remedy.contains("--home"), "{remedy}");
}

/// A process that has the lock and did not write its number yet.
#[test]
fn a_lock_without_a_number_leaves_no_hole() {
    let place = Place::new();
    place.write("note.pdf", Pdf::text("A dividend was declared").bytes());
    place.run(&["index"]).ok();
    let lock = std::fs::File::create(place.path(".tenk/lock")).unwrap();
    lock.lock().unwrap();
    let (error, remedy) = refused(&place, &["index"], 1);
    assert!(error.starts_with("another tenk is changing"), "{error}");
    assert!(remedy.contains("wait for it"), "{remedy}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_by_what_the_system_says() {
    let place = Place::new();
    // Everything written to this device fails for want of room.
    std::os::unix::fs::symlink("/dev/full", place.path("run.trec")).unwrap();
    place.write("note.pdf", Pdf::text("A dividend was declared").bytes());
    place.run(&["index"]).ok();
    place.write(
        "questions.jsonl",
        "{\"question\": \"dividend\", \"evidence\": [{\"doc\": \"note\", \"page\": 1}]}\n",
    );
    let arguments = [
        "eval",
        "--questions",
        "questions.jsonl",
        "--arm",
        "bm25",
        "--write-run",
        "run.trec",
    ];
    let (error, remedy) = refused(&place, &arguments, 1);
    assert!(error.contains("run.trec cannot be written"), "{error}");
    assert!(remedy.starts_with("free some space"), "{remedy}");
}
