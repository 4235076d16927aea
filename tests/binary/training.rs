//! `tenk train` as a user runs it, on a model of two small layers.

use std::path::PathBuf;
use std::process::Stdio;

use super::model;
use super::place::{CALDER, Outcome, Place, signal, wait};

fn place(rows: usize) -> Place {
    let place = Place::new();
    model::import(&place);
    place.write("pairs.jsonl", model::pairs(rows));
    place
}

const SMALL: [&str; 7] = [
    "train",
    "--data",
    "pairs.jsonl",
    "--model",
    "tiny",
    "--rate",
    "1e-3",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SMALL[..], more].concat()
}

fn weights(place: &Place, name: &str) -> Vec<u8> {
    let path = place
        .path(".tenk/models")
        .join(name)
        .join("model.safetensors");
    std::fs::read(path).unwrap()
}

fn run_folder(place: &Place, name: &str) -> PathBuf {
    place.path(".tenk/runs").join(name)
}

#[test]
fn pairs_become_a_model_with_its_run_and_its_card() {
    let place = place(120);
    let outcome = place
        .run(&with(&["--name", "mine", "--matryoshka", "4,16", "--json"]))
        .ok();
    let lines = outcome.json_lines();
    let events: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    assert_eq!(events[..2], ["began", "evaluated"]);
    assert_eq!(events.last(), Some(&"ended"));
    let last = outcome.last_json();
    assert_eq!(last["model"], "mine");
    for dim in ["4", "16"] {
        for of in ["base", "tuned"] {
            let figure = last[of][dim]["ndcg@10"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&figure), "{last}");
        }
    }
    assert!(last["tuned"]["16"]["ndcg@10"].as_f64() > last["base"]["16"]["ndcg@10"].as_f64());
    let run = std::fs::read_to_string(run_folder(&place, "mine").join("run.toml")).unwrap();
    for said in [
        "blake3",
        "matryoshka = [16, 4]",
        "seed = 42",
        "prompt = \"ask: \"",
    ] {
        assert!(run.contains(said), "no {said} in {run}");
    }
    let recorded = std::fs::read_to_string(run_folder(&place, "mine").join("events.jsonl"));
    assert_eq!(recorded.unwrap().lines().count(), events.len());
    let shown = place.run(&["models", "show", "mine"]).ok().stdout;
    for said in [
        "\"ask: \"",
        "base_model: tiny",
        "| 16 | ndcg@10 |",
        "rate = ",
    ] {
        assert!(shown.contains(said), "no {said} in {shown}");
    }
    // The run left nothing that is only needed to go on.
    assert!(
        !run_folder(&place, "mine")
            .join("checkpoint.safetensors")
            .exists()
    );
    let again = place.run(&with(&["--name", "mine"]));
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("there is a model \"mine\" already"),
        "{again:?}"
    );
}

#[test]
fn a_killed_run_ends_in_the_weights_of_one_that_was_not() {
    let place = place(400);
    let settings = [
        "--epochs",
        "12",
        "--checkpoint-every",
        "3",
        "--eval-every",
        "50",
        "--batch",
        "8",
    ];
    let all = |name| with(&[&settings[..], &["--dropout", "0.1", "--name", name]].concat());
    place.run(&all("whole")).ok();
    let events = run_folder(&place, "killed").join("events.jsonl");
    let mut child = place
        .tenk(&all("killed"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait("some checkpoints", || {
        std::fs::read_to_string(&events).is_ok_and(|text| text.matches("saved").count() > 10)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        !place.path(".tenk/models/killed").exists(),
        "killed before its end"
    );
    let again = place.run(&all("killed"));
    assert!(again.stderr.contains("--resume=killed"), "{again:?}");
    let resumed = place.run(&["train", "--resume", "--json"]).ok();
    let first = &resumed.json_lines()[0];
    assert!(first["step"].as_u64().unwrap() >= 30, "it goes on: {first}");
    assert!(weights(&place, "killed") == weights(&place, "whole"));
    let none = place.run(&["train", "--resume"]);
    assert!(none.stderr.contains("there is no run"), "{none:?}");
}

#[test]
fn ctrl_c_leaves_a_checkpoint() {
    let place = place(400);
    let child = place
        .tenk(&with(&["--epochs", "500", "--name", "long"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let folder = run_folder(&place, "long");
    let events = folder.join("events.jsonl");
    wait("the first steps", || {
        std::fs::read_to_string(&events).is_ok_and(|text| text.matches("\"step\",").count() > 5)
    });
    signal(child.id(), "-INT");
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    assert!(
        outcome.stderr.contains("tenk train --resume=long"),
        "{outcome:?}"
    );
    assert!(folder.join("checkpoint.safetensors").exists());
    assert!(!place.path(".tenk/models/long").exists());
    // The data that it began with is the data that it goes on with.
    place.write("pairs.jsonl", model::pairs(399));
    let changed = place.run(&["train", "--resume=long"]);
    assert_eq!(changed.code, Some(1));
    assert!(
        changed.stderr.contains("is not what the run began with"),
        "{changed:?}"
    );
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_left() {
    let place = place(20);
    place.write("labelled.csv", "text,label\na,x\nb,y\nc,x\n");
    place.write(
        "broken.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\"}\n{\"anchor\": 3}\n",
    );
    let pair = |a: &str, b: &str| format!("{{\"anchor\": \"{a}\", \"positive\": \"{b}\"}}\n");
    let one_anchor = |at: usize| pair("what?", &format!("passage {at}"));
    place.write("alike.jsonl", (0..20).map(one_anchor).collect::<String>());
    let tied = |at: usize| pair(&format!("q{}", at / 2), &format!("p{}", at.div_ceil(2)));
    place.write("tied.jsonl", (0..20).map(tied).collect::<String>());
    let cases: [(&[&str], &str); 23] = [
        (&["--data", "alike.jsonl"], "all rows have the same anchor"),
        (
            &["--data", "tied.jsonl"],
            "can be held out to measure by; add rows",
        ),
        (&["--dev", "pairs.jsonl"], "are among those that are learnt"),
        (&["--data", "none.jsonl"], "none.jsonl cannot be read"),
        (&["--data", "broken.jsonl"], "broken.jsonl line 2"),
        (
            &["--loss", "triplet"],
            "does not take pairs; expected triplets",
        ),
        (
            &["--loss", "cosine"],
            "does not take pairs; expected scored pairs",
        ),
        (&["--matryoshka", "17"], "expected one of"),
        (
            &["--max-tokens", "2"],
            "--max-tokens 2 is not possible; name 3 to 512",
        ),
        (
            &["--freeze-layers", "3"],
            "--freeze-layers 3 is not possible; name 0 to 2",
        ),
        (&["--rate", "0"], "--rate 0 is not possible"),
        (&["--scale", "-1"], "--scale -1 is not possible"),
        (&["--margin", "nan"], "--margin NaN is not possible"),
        (&["--warmup", "1"], "--warmup 1 is not possible"),
        (&["--dropout", "1.5"], "--dropout 1.5 is not possible"),
        (
            &["--weight-decay", "-1"],
            "--weight-decay -1 is not possible",
        ),
        (&["--clip", "-1"], "--clip -1 is not possible"),
        (&["--epochs", "0"], "--epochs 0 is not possible"),
        (&["--batch", "1"], "--batch 1 is not possible"),
        (&["--accumulate", "0"], "--accumulate 0 is not possible"),
        (&["--dev-share", "1"], "--dev-share 1 is not possible"),
        (
            &["--dev", "labelled.csv"],
            "holds labelled texts; expected pairs",
        ),
        (&["--name", "tuned"], "cannot be called \"tuned\""),
    ];
    for (arguments, expected) in cases {
        let mut all = vec!["train", "--model", "tiny"];
        if !arguments.contains(&"--data") {
            all.extend(["--data", "pairs.jsonl"]);
        }
        if arguments[0] == "--dev" {
            all.extend(["--name", "other"]);
        }
        let (flag, value) = (arguments[0], arguments[1]);
        let joined = format!("{flag}={value}");
        all.push(&joined);
        let outcome = place.run(&all);
        let expected = expected.replace("expected one of", "--matryoshka 17 is not possible");
        assert_eq!(outcome.code, Some(1), "{arguments:?}: {outcome:?}");
        assert!(
            outcome.stderr.contains(&expected),
            "{arguments:?}: {outcome:?}"
        );
        assert!(!run_folder(&place, "pairs").exists(), "{arguments:?}");
    }
    let unknown = place.run(&["train", "--data", "pairs.jsonl", "--model", "none"]);
    assert!(
        unknown.stderr.contains("there is no model \"none\""),
        "{unknown:?}"
    );
    assert_eq!(place.run(&["train"]).code, Some(2));
    let both = place.run(&["train", "--resume", "--data", "pairs.jsonl"]);
    assert_eq!(both.code, Some(2));
}

#[test]
fn a_rate_too_high_names_its_step_and_makes_no_model() {
    let place = place(60);
    let mut all = with(&["--clip", "0", "--warmup", "0", "--json"]);
    all[6] = "1e30";
    let outcome = place.run(&all);
    assert_eq!(outcome.code, Some(1));
    let error = outcome.last_json();
    assert!(
        error["error"].as_str().unwrap().starts_with("step "),
        "{error}"
    );
    assert!(
        error["remedy"].as_str().unwrap().contains("--rate"),
        "{error}"
    );
    assert!(!place.path(".tenk/models/pairs").exists());
    // The next try may have the same name.
    place.run(&SMALL).ok();
}

#[test]
fn every_format_has_its_default_loss_and_figure() {
    let cases = [
        (
            "triplets.csv",
            "anchor,positive,negative",
            "multiple-negatives-ranking",
            "triplet_accuracy",
        ),
        (
            "scored.csv",
            "sentence1,sentence2,score",
            "cosine-similarity",
            "spearman",
        ),
        (
            "same.csv",
            "sentence1,sentence2,label",
            "online-contrastive",
            "average_precision",
        ),
        (
            "labelled.csv",
            "text,label",
            "batch-hard-triplet",
            "knn_accuracy",
        ),
    ];
    let place = place(2);
    for (file, header, loss, figure) in cases {
        let row = |i: usize| match figure {
            "triplet_accuracy" => format!("net {i},of {i},not {i}"),
            "spearman" => format!("net {i},of {i},0.{}", i % 10),
            "average_precision" => format!("net {i},of {i},{}", i % 2),
            _ => format!("net {i},{}", ["left", "right"][i % 2]),
        };
        let rows: Vec<String> = (0..60).map(row).collect();
        place.write(file, format!("{header}\n{}\n", rows.join("\n")));
        let outcome = place
            .run(&["train", "--data", file, "--model", "tiny", "--json"])
            .ok();
        assert!(outcome.stderr.contains(loss), "{outcome:?}");
        let last = outcome.last_json();
        assert!(last["tuned"]["16"][figure].is_number(), "{last}");
        let shown = place.json(&["models", "show", last["model"].as_str().unwrap()]);
        let prompt = if figure == "triplet_accuracy" {
            "ask: "
        } else {
            ""
        };
        assert_eq!(shown["prompt"], prompt, "{file}");
    }
}

#[test]
fn an_index_holds_several_models_side_by_side() {
    let place = Place::with(&[CALDER]);
    model::import(&place);
    let first = place.json(&["index", "--model", "tiny"]);
    let chunks = first["chunks"].as_u64().unwrap();
    assert_eq!(first["encoded"].as_u64().unwrap(), 2 * chunks);
    let found = |more: &[&str]| {
        let all = [
            &["search", "net sales", "--arm", "dense", "--top-k", "5"],
            more,
        ]
        .concat();
        place.json(&all)["hits"].as_array().unwrap().len()
    };
    assert_eq!(found(&["--model", "tiny"]), 5);
    assert_eq!(found(&["--model", "tiny", "--dim", "4"]), 5);
    assert_eq!(found(&[]), 5);
    // Nothing named: both are kept in step.
    std::fs::copy(place.path(CALDER), place.path("again.pdf")).unwrap();
    place.write(
        "late.pdf",
        super::pdf::Pdf::text("A covenant note that came late").bytes(),
    );
    let second = place.json(&["index"]);
    assert!(second["encoded"].as_u64().unwrap() >= 2, "{second}");
    let status = place.json(&["status"]);
    for model in status["models"].as_array().unwrap() {
        assert_eq!(model["encoded"], status["chunks"], "{status}");
    }
    assert_eq!(status["models"].as_array().unwrap().len(), 2);
    place.run(&["models", "remove", "tiny"]).ok();
    assert_eq!(
        place.json(&["status"])["models"].as_array().unwrap().len(),
        1
    );
    let gone = place.run(&["search", "net sales", "--model", "tiny"]);
    assert!(
        gone.stderr.contains("there is no model \"tiny\""),
        "{gone:?}"
    );
    assert_eq!(found(&[]), 5);
}
