//! Faults below everything: every write of a command ends the process, or fails, or finds the disk full, one
//! after another, and what is left is as good as before or as after.
//!
//! `TENK_FAULTS=1` tries every write; `3/1`, `3/2` and `3/3` a third of them each, for machines that are not
//! to be had for as long. Else some of each command are tried. `shim.rs` spoils them.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::caches::{Answers, assert_same, both};
use super::model;
use super::pdf::Pdf;
use super::place::{CALDER, NORTHGATE, Outcome, Place};
use super::tuning;

/// Writes of a command that are tried where not all are.
const SOME: usize = 4;
/// Of one that takes seconds.
const FEW: usize = 1;

/// Where a promotion makes libraries to measure by.
const WORK: &str = ".tenk/work";

/// The library that spoils writes, compiled once.
fn shim() -> &'static Path {
    static SHIM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let made = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/binary/faults/shim.rs");
        let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "-O", "--crate-type", "cdylib", "-o"])
            .args([&library, &source])
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{compiled:?}");
        (folder, library)
    });
    &made.1
}

/// A command, what it starts from, and what is to be true of what it leaves.
struct Job<'a> {
    start: Place,
    arguments: &'a [&'a str],
    /// Part of the paths whose writes count, and of those among them that do not.
    under: &'a str,
    but: &'a str,
    /// Writes that are tried where not all are.
    some: usize,
    /// Looks at what a spoilt run has left, puts it right as a user would, and looks again.
    check: &'a dyn Fn(&Place, &Outcome, &str),
}

impl<'a> Job<'a> {
    fn new(
        start: Place,
        arguments: &'a [&'a str],
        check: &'a dyn Fn(&Place, &Outcome, &str),
    ) -> Self {
        Self {
            start,
            arguments,
            under: "/.tenk",
            but: "",
            some: SOME,
            check,
        }
    }

    fn command(&self, place: &Place, at: usize, kind: &str) -> Command {
        let mut command = place.tenk(self.arguments);
        let temporary = place.root().join("tmp");
        fs::create_dir_all(&temporary).unwrap();
        command
            .env("LD_PRELOAD", shim())
            .env("FAULT_UNDER", self.under)
            .env("FAULT_NOT", self.but)
            .env("FAULT_AT", at.to_string())
            .env("FAULT_KIND", kind)
            .env("TMPDIR", temporary);
        command
    }

    /// Number of writes of a run that is left alone.
    fn writes(&self) -> usize {
        let place = self.start.copy();
        let count = place.root().join("count");
        let mut command = self.command(&place, 0, "kill");
        Outcome::of(command.env("FAULT_COUNT", &count)).ok();
        fs::read_to_string(count).unwrap().parse().unwrap()
    }

    fn run(&self, kind: &str) {
        let writes = self.writes();
        assert!(writes > 5, "{:?}: {writes} writes", self.arguments);
        let (step, first) = asked().unwrap_or_else(|| {
            let step = writes.div_ceil(self.some);
            // Not the same ones of two kinds.
            (step, 1 + kind.len() % step)
        });
        eprintln!(
            "{:?}, {kind}: from the {first}. every {step}. of {writes} writes",
            self.arguments
        );
        for at in (first..=writes).step_by(step) {
            let when = format!("{:?}, {kind} at write {at} of {writes}", self.arguments);
            let place = self.start.copy();
            let outcome = Outcome::of(&mut self.command(&place, at, kind));
            match kind {
                // A run may write a little less than the one that was counted.
                "kill" => assert!(
                    matches!(outcome.code, None | Some(0)),
                    "{when}: {outcome:?}"
                ),
                _ => assert!(
                    matches!(outcome.code, Some(0 | 1 | 3)),
                    "{when}: {outcome:?}"
                ),
            }
            (self.check)(&place, &outcome, &when);
            place.run(&["index"]);
            assert_clean(&place, &when);
        }
    }
}

/// Every how manyth write the environment asks for, and the first of them.
fn asked() -> Option<(usize, usize)> {
    let asked = std::env::var("TENK_FAULTS").ok()?;
    let (step, first) = asked.split_once('/').unwrap_or((&asked, "1"));
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let numbers = number(step).zip(number(first));
    Some(numbers.unwrap_or_else(|| panic!("TENK_FAULTS is N or N/FIRST, not {asked}")))
}

/// Nothing is left of work that was under way.
fn assert_clean(place: &Place, when: &str) {
    let mut left = Vec::new();
    let mut look = vec![place.root().to_owned()];
    while let Some(folder) = look.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".tmp") || name.ends_with(".partial") {
                left.push(entry.path());
            } else if entry.path().is_dir() {
                look.push(entry.path());
            }
        }
    }
    assert!(left.is_empty(), "{when}: {left:?}");
    let temporary = fs::read_dir(place.root().join("tmp")).unwrap().count();
    assert_eq!(
        temporary, 0,
        "{when}: something is left in the system's folder"
    );
}

fn note(place: &Place, name: &str, text: &str) {
    place.write(name, Pdf::text(text).bytes());
}

/// What a reader finds while nobody has put anything right: documents that are or were there.
fn assert_readable(place: &Place, known: &BTreeSet<&str>, when: &str) {
    let found = place.run(&["search", "net sales note", "--json"]);
    if found.stdout.contains("has no library yet") || found.stdout.contains("has no tables") {
        return;
    }
    assert_eq!(found.code, Some(0), "{when}: {found:?}");
    for hit in found.last_json()["hits"].as_array().unwrap() {
        let document = hit["document"].as_str().unwrap();
        assert!(known.contains(document), "{when}: {document}");
    }
}

/// Indexing goes on: what was reported is not read again, and all is as if it was made at once.
fn goes_on(known: &BTreeSet<&str>, expected: &Answers) -> impl Fn(&Place, &Outcome, &str) {
    move |place, outcome, when| {
        assert_readable(place, known, when);
        let reported = |line: &&str| line.contains(" read ") && line.contains(" pages, ");
        let reported = outcome.stderr.lines().filter(reported).count() as u64;
        let again = place.run(&["index", "--json"]);
        assert_eq!(again.code, Some(0), "{when}: {again:?}");
        let summary = again.last_json();
        let documents = summary["documents"].as_u64().unwrap();
        let read = summary["extracted"].as_u64().unwrap();
        assert!(
            read + reported <= documents,
            "{when}: {reported} reported, {summary}"
        );
        assert_same(&both(place), expected, when);
    }
}

fn made_at_once(place: &Place) -> Answers {
    let fresh = place.copy();
    let _ = fs::remove_dir_all(fresh.path(".tenk"));
    fresh.run(&["index"]).ok();
    both(&fresh)
}

fn first_index(kind: &str) {
    let start = Place::with(&[CALDER]);
    note(&start, "lease.pdf", "A note on the harbor lease");
    let expected = made_at_once(&start);
    let known = BTreeSet::from([CALDER, "lease.pdf"]);
    let check = goes_on(&known, &expected);
    let arguments = &["index"];
    Job::new(start, arguments, &check).run(kind);
}

fn sync(kind: &str) {
    let start = Place::with(&[CALDER]);
    for name in ["gone", "changed", "moved", "kept"] {
        note(
            &start,
            &format!("{name}.pdf"),
            &format!("A note that is {name} later"),
        );
    }
    start.run(&["index"]).ok();
    fs::remove_file(start.path("gone.pdf")).unwrap();
    note(&start, "changed.pdf", "A note that has other words");
    fs::rename(start.path("moved.pdf"), start.path("there.pdf")).unwrap();
    fs::copy(start.path("kept.pdf"), start.path("twice.pdf")).unwrap();
    note(&start, "new.pdf", "A note that is new");
    let expected = {
        // A document that is renamed keeps its embeddings, so its history counts.
        let done = start.copy();
        done.run(&["index"]).ok();
        fs::remove_dir_all(done.path(".tenk/cache")).unwrap();
        done.run(&["index"]).ok();
        both(&done)
    };
    let names = ["gone", "changed", "moved", "kept", "there", "twice", "new"];
    let names = names.map(|name| format!("{name}.pdf"));
    let mut known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    known.insert(CALDER);
    let check = goes_on(&known, &expected);
    let arguments = &["index"];
    Job::new(start, arguments, &check).run(kind);
}

/// The files of a set, none where there is no set.
fn set(place: &Place) -> Option<Vec<String>> {
    let folder = place.path(".tenk/sets/s");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let is_there = folder.join("set.toml").exists();
    is_there.then(|| {
        ["set.toml", "train.jsonl", "dev.jsonl", "dropped.jsonl"]
            .map(read)
            .into()
    })
}

fn synth(kind: &str) {
    let start = Place::shared(&[NORTHGATE]).copy();
    let small = ["synth", "--name", "s", "--most", "20", "--seed", "1"];
    start.run(&small).ok();
    let before = set(&start);
    let arguments = &["synth", "--name", "s", "--most", "20", "--seed", "2"];
    let done = start.copy();
    done.run(arguments).ok();
    let after = set(&done);
    let check = &|place: &Place, _: &Outcome, when: &str| {
        let now = set(place);
        assert!(now == before || now == after, "{when}: a set of two halves");
        assert!(now.is_some(), "{when}: no set");
        place.run(arguments).ok();
        assert_eq!(set(place), after, "{when}");
    };
    Job::new(start, arguments, check).run(kind);
}

fn training(kind: &str) {
    let start = Place::new();
    model::import(&start);
    start.write("pairs.jsonl", model::pairs(60));
    let arguments: &[&str] = &[
        "train",
        "--data",
        "pairs.jsonl",
        "--model",
        "tiny",
        "--rate",
        "1e-3",
        "--name",
        "t",
        "--max-steps",
        "6",
        "--batch",
        "8",
        "--threads",
        "1",
    ];
    let weights = |place: &Place| fs::read(place.path(".tenk/models/t/model.safetensors")).ok();
    let done = start.copy();
    done.run(arguments).ok();
    let expected = weights(&done);
    assert!(expected.is_some());
    let check = &|place: &Place, _: &Outcome, when: &str| {
        let now = weights(place);
        assert!(now.is_none() || now == expected, "{when}: another model");
        if now.is_none() {
            let resumed = place.run(&["train", "--resume=t", "--threads", "1"]);
            if resumed.code != Some(0) {
                let anew = place.run(&[arguments, &["--restart"]].concat());
                assert_eq!(anew.code, Some(0), "{when}: {resumed:?} {anew:?}");
            }
        }
        assert_eq!(weights(place), expected, "{when}");
    };
    Job::new(start, arguments, check).run(kind);
}

fn import(kind: &str) {
    let start = Place::new();
    let folder = model::import(&start);
    let folder = folder.to_str().unwrap().to_owned();
    let arguments: &[&str] = &["models", "import", &folder, "--name", "other"];
    let check = &|place: &Place, _: &Outcome, when: &str| {
        let is_there = place.path(".tenk/models/other").exists();
        let again = place.run(arguments);
        assert_eq!(again.code, Some(i32::from(is_there)), "{when}: {again:?}");
        for (name, bytes) in model::files() {
            let path = place.path(".tenk/models/other").join(name);
            let copied = fs::read(&path).unwrap();
            let as_text = name.ends_with(".json");
            assert!(as_text || copied == bytes, "{when}: {name}");
        }
        place.run(&["models", "show", "other"]).ok();
    };
    Job::new(start, arguments, check).run(kind);
}

/// A tuning that goes on from what it has learnt: embedding and evaluation, but for what it makes to measure by. Its
/// questions are those of `synth`, and what it writes while it learns is what `train` does.
fn tune(kind: &str) {
    let start = Place::with(&[NORTHGATE]);
    model::import(&start);
    start.run(&["index", "--model", "tiny"]).ok();
    serve_tiny(&start, "NORTHGATE_2023_10K", 13);
    tuning::write_set(&start);
    let train = "train --data set --model tiny --max-steps 2 --batch 8 --name t --threads 1";
    let train: Vec<&str> = train.split(' ').collect();
    start.run(&train).ok();
    let arguments: &[&str] = &["tune", "--resume=t", "--budget", "9m", "--threads", "1"];
    let check = &|place: &Place, _: &Outcome, when: &str| {
        // What served serves, whatever became of the other.
        let found = place.json(&["search", "goodwill"]);
        assert_eq!(found["model"], "tiny", "{when}");
        place.run(arguments).ok();
        let found = place.json(&["search", "goodwill", "--model", "t"]);
        assert_eq!(found["encoded"], found["chunks"], "{when}");
        let verdict = place.path(".tenk/runs/t/verdict.json");
        let verdict: Value = serde_json::from_slice(&fs::read(verdict).unwrap()).unwrap();
        assert!(verdict.is_object(), "{when}");
    };
    let (some, but) = (FEW, WORK);
    Job {
        some,
        but,
        ..Job::new(start, arguments, check)
    }
    .run(kind);
}

/// A model for elsewhere: what another export has left beside it goes with the next one.
fn export(kind: &str) {
    let start = Place::new();
    model::import(&start);
    let arguments: &[&str] = &["models", "export", "tiny", "for-them/out"];
    let out = "for-them/out";
    let check = &|place: &Place, outcome: &Outcome, when: &str| {
        let is_there = place.path(out).exists();
        assert!(is_there || outcome.code != Some(0), "{when}: said done");
        if !is_there {
            place.run(arguments).ok();
        }
        for (name, bytes) in model::files() {
            let copied = fs::read(place.path(out).join(name)).unwrap();
            let as_text = name.ends_with(".json");
            assert!(as_text || copied == bytes, "{when}: {name}");
        }
        let beside = fs::read_dir(place.path("for-them")).unwrap().count();
        assert_eq!(beside, 1, "{when}: something is left beside it");
    };
    Job {
        under: "for-them",
        ..Job::new(start, arguments, check)
    }
    .run(kind);
}

/// Promotes a model, whatever its figures on the place's question say.
fn promoting(name: &str) -> [&str; 6] {
    [
        "models",
        "promote",
        name,
        "--force",
        "--questions",
        "q.jsonl",
    ]
}

/// Has `tiny` answer in a place that is embedded with it, judged by one question that this page answers.
fn serve_tiny(place: &Place, document: &str, page: u32) {
    let evidence = serde_json::json!([{"doc": document, "page": page}]);
    let question = serde_json::json!({"id": "a", "question": "net sales", "evidence": evidence});
    place.write("q.jsonl", question.to_string());
    place.run(&promoting("tiny")).ok();
}

/// Promotion, but for what it makes to measure by.
fn promotion(kind: &str) {
    promoted(kind, "/.tenk", WORK);
}

/// What promotion makes to measure by.
fn judging(kind: &str) {
    promoted(kind, WORK, "");
}

fn promoted(kind: &str, under: &str, but: &str) {
    let start = Place::with(&[CALDER]);
    let folder = model::import(&start);
    // Both are small: a try takes a third of what it takes from the bundled model on.
    let copy = [
        "models",
        "import",
        folder.to_str().unwrap(),
        "--name",
        "other",
    ];
    start.run(&copy).ok();
    start.run(&["index", "--model", "tiny"]).ok();
    start.run(&["index", "--model", "other"]).ok();
    serve_tiny(&start, "CALDER_2024Q1_EARNINGS", 1);
    let arguments: &[&str] = &promoting("other");
    let check = &|place: &Place, outcome: &Outcome, when: &str| {
        let serves = |name: &str| {
            let models = place.run(&["models", "list", "--json"]).ok().json_lines();
            let serving = models.iter().find(|m| m["serves"] == true);
            serving.is_some_and(|m| m["name"].as_str().unwrap().starts_with(name))
        };
        let is_promoted = serves("other");
        assert!(is_promoted || serves("tiny"), "{when}");
        assert!(is_promoted || outcome.code != Some(0), "{when}: said done");
        if !is_promoted {
            place.run(arguments).ok();
        }
        assert!(serves("other"), "{when}");
        let found = place
            .run(&["search", "net sales", "--json"])
            .ok()
            .last_json();
        assert_eq!(found["model"], "other", "{when}");
    };
    let some = FEW;
    Job {
        under,
        but,
        some,
        ..Job::new(start, arguments, check)
    }
    .run(kind);
}

fn correction(kind: &str) {
    let start = Place::shared(&[NORTHGATE]).copy();
    let arguments: &[&str] = &["set", "NORTHGATE_2023_10K", "year=2021", "company=Acme"];
    let year = |place: &Place| -> Value {
        let listed = place.run(&["list", "--json"]).ok().last_json();
        let of = |name: &str| listed[name].clone();
        serde_json::json!([of("year"), of("company")])
    };
    let before = year(&start);
    let done = start.copy();
    done.run(arguments).ok();
    let after = year(&done);
    assert_ne!(before, after);
    let check = &|place: &Place, outcome: &Outcome, when: &str| {
        let now = year(place);
        assert!(now == before || now == after, "{when}: {now}");
        assert!(now == after || outcome.code != Some(0), "{when}: said done");
        place.run(arguments).ok();
        assert_eq!(year(place), after, "{when}");
    };
    Job::new(start, arguments, check).run(kind);
}

/// A test for each way in which each command's writes go wrong.
macro_rules! spoilt {
    ($($job:ident)+) => {$(
        mod $job {
            #[test]
            fn killed() {
                super::$job("kill");
            }

            #[test]
            fn a_write_fails() {
                super::$job("eio");
            }

            #[test]
            fn the_disk_is_full() {
                super::$job("enospc");
            }
        }
    )+};
}

spoilt! { first_index sync synth training import export promotion judging correction tune }
