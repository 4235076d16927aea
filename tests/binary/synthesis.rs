//! `tenk synth` as a user runs it, on two reports of one invented company.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::{NORTHGATE, Place};

const EARLIER: &str = "NORTHGATE_2022_10K.pdf";

fn place() -> Place {
    Place::shared(&[NORTHGATE, EARLIER]).copy()
}

fn rows(place: &Place, set: &str, file: &str) -> Vec<Value> {
    let path = place.path(".tenk/sets").join(set).join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn documents(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter()
        .map(|row| row["document"].as_str().unwrap())
        .collect()
}

#[test]
fn a_library_becomes_triplets_that_are_parted_by_document() {
    let place = place();
    let report = place
        .run(&["synth", "--name", "first", "--dev-share", "0.5", "--json"])
        .ok()
        .last_json();
    assert_eq!(report["set"], "first");
    let kept = report["kept"].as_u64().unwrap();
    assert!(kept >= 150, "{report}");
    let per_page = report["questions_of_tables"].as_f64().unwrap()
        / report["pages_with_tables"].as_f64().unwrap();
    assert!(per_page >= 5.0, "{report}");
    let most = report["by_frame"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .max();
    assert!(most.unwrap() * 20 <= kept, "{report}");
    let (train, dev) = (
        rows(&place, "first", "train.jsonl"),
        rows(&place, "first", "dev.jsonl"),
    );
    assert!(!train.is_empty() && !dev.is_empty());
    assert!(documents(&train).is_disjoint(&documents(&dev)));
    let mut with_negatives = 0;
    for row in train.iter().chain(&dev) {
        let positive = row["positive"].as_str().unwrap();
        let negatives = row["negatives"].as_array().unwrap();
        assert!(negatives.len() <= 4);
        assert!(negatives.iter().all(|n| n != positive), "{row}");
        with_negatives += usize::from(!negatives.is_empty());
        for mark in [
            "source", "document", "page", "writer", "kind", "frame", "filters",
        ] {
            assert!(!row[mark].is_null(), "no {mark} in {row}");
        }
        // A passage that holds the figure asked for is no negative.
        if row["kind"] == "figure" {
            let figure = row["answered_by"].as_str().unwrap();
            let holds = |n: &Value| {
                let text = n.as_str().unwrap();
                text.split_whitespace().any(|word| word == figure)
            };
            assert!(!negatives.iter().any(holds), "{row}");
        }
    }
    assert!(with_negatives * 10 >= (train.len() + dev.len()) * 9);
    let dropped = rows(&place, "first", "dropped.jsonl");
    assert!(dropped.iter().all(|row| row["reason"].is_string()));
    assert_eq!(
        dropped.len() as u64 + kept,
        report["written"].as_u64().unwrap()
    );
}

#[test]
fn the_same_seed_writes_the_same_rows_and_every_format_can_be_read() {
    let place = place();
    super::model::import(&place);
    let make = |name: &str, format: &str, seed: &str| {
        let flags = [
            "synth", "--name", name, "--format", format, "--seed", seed, "--most", "60",
        ];
        place.run(&flags).ok();
        rows(&place, name, "train.jsonl")
    };
    let first = make("a", "pairs", "1");
    assert_eq!(first, make("b", "pairs", "1"));
    assert_ne!(first, make("c", "pairs", "2"));
    // What is in the set is drawn from all of it, not from its first document.
    assert_eq!(documents(&first).len(), 1, "the other document is dev");
    for (format, column) in [
        ("triplets", "negatives"),
        ("scored-pairs", "score"),
        ("labelled-pairs", "label"),
        ("labelled-texts", "label"),
    ] {
        let rows = make(format, format, "1");
        assert!(rows.iter().all(|row| !row[column].is_null()), "{format}");
        let labels: BTreeSet<String> = rows.iter().map(|row| row[column].to_string()).collect();
        assert!(labels.len() > 1, "{format}: {labels:?}");
        // What the other commands take is told by reading it: a step, on the smallest of models.
        let data = format!(".tenk/sets/{format}/train.jsonl");
        let (name, steps) = (format!("m-{format}"), "1");
        let flags = [
            "train",
            "--data",
            &data,
            "--model",
            "tiny",
            "--name",
            &name,
            "--max-steps",
            steps,
            // Negatives tie the rows of so small a set together, so that none could be held out.
            "--dev-share",
            "0",
        ];
        place.run(&flags).ok();
    }
}

#[test]
fn a_set_as_served_asks_without_what_the_search_settles() {
    let place = place();
    let flags = [
        "synth",
        "--name",
        "served",
        "--as-served",
        "--dev-share",
        "0.5",
    ];
    place.run(&flags).ok();
    let (train, dev) = (
        rows(&place, "served", "train.jsonl"),
        rows(&place, "served", "dev.jsonl"),
    );
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let all = || train.iter().chain(&dev);
    let named = all().filter(|row| text(row, "written").contains("Northgate"));
    assert!(named.clone().count() > 20);
    for row in named {
        assert!(!text(row, "anchor").contains("Northgate"), "{row}");
    }
    let near = |row: &&Value| row["relations"].to_string().contains("near by both");
    assert!(all().filter(near).count() * 2 > all().count());
    // The dev rows are of all kinds, as many of each as there are.
    let report = place.json(&["synth", "--name", "served", "--stats"]);
    let by_kind = report["dev_by_kind"].as_object().unwrap();
    let held: u64 = by_kind.values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(held as usize, dev.len());
}

#[test]
fn documents_are_left_out_and_sets_are_shown() {
    let place = place();
    place
        .run(&[
            "synth",
            "--exclude",
            EARLIER,
            "--dev-share",
            "0",
            "--format",
            "pairs",
        ])
        .ok();
    let all = rows(&place, "synthetic", "train.jsonl");
    assert_eq!(documents(&all), BTreeSet::from([NORTHGATE]));
    let stats = place.run(&["synth", "--stats", "--json"]).ok().last_json();
    assert_eq!(stats["train_rows"].as_u64().unwrap(), all.len() as u64);
    let shown = place
        .run(&["synth", "--sample", "3", "--json"])
        .ok()
        .json_lines();
    assert_eq!(shown.len(), 3);
    assert!(shown.iter().all(|row| all.contains(row)));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let place = place();
    for (flags, said) in [
        (
            &["synth", "--exclude", "TARRANT_2023_10K"][..],
            "no document",
        ),
        (&["synth", "--name", "../up"], "letters, digits"),
        (&["synth", "--stats", "--name", "none"], "no set none"),
        (&["synth", "--dev-share", "1.5"], "--dev-share 1.5"),
        (
            &["synth", "--exclude", NORTHGATE, "--exclude", EARLIER],
            "nothing is left",
        ),
    ] {
        let outcome = place.run(flags);
        assert_eq!(outcome.code, Some(1), "{flags:?}");
        assert!(
            outcome.stderr.contains(said),
            "{flags:?}: {}",
            outcome.stderr
        );
    }
    place.write("frames.toml", "[[frame]]\nkind = \"riddle\"\n");
    place.configure(&format!(
        "[synth]\nframes = {:?}\n",
        place.path("frames.toml")
    ));
    let outcome = place.run(&["synth"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("riddle"), "{}", outcome.stderr);
}
