//! The examples of the help, run as they are written: whoever copies one gets what it promises.

use std::fmt::Write as _;

use super::place::{CALDER, NORTHGATE, Outcome, Place, TENK, corpora};

/// Examples that are not run here, by their beginning, and why.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "tenk index ~/filings --watch",
        "it runs until it is interrupted",
    ),
    ("tenk ask --writer smollm2", "it needs a language model"),
    (
        "tenk ask --endpoint",
        "it needs a server with a language model",
    ),
    ("tenk models pull", "it needs the network"),
    ("tenk train --resume", "it needs a run that was interrupted"),
    ("tenk tune", "it trains for as long as it is given"),
    (
        "tenk mcp -L ~/filings --http",
        "it serves until it is interrupted",
    ),
    ("TENK_MCP_TOKEN=", "it serves until it is interrupted"),
];

/// The examples at the end of a help.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Example"));
    let lines = lines.skip(1).take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The files that examples name, small ones.
fn fill(place: &Place) {
    let questions = std::fs::read_to_string(corpora("questions.jsonl")).unwrap();
    let of = |name: &&str| {
        let doc = format!("\"doc\": \"{name}\", \"split\"");
        let lines = questions.lines().filter(move |line| line.contains(&doc));
        lines.take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    let documents = ["NORTHGATE_2023_10K", "CALDER_2024Q1_EARNINGS"];
    let lines: Vec<String> = documents.iter().flat_map(of).collect();
    assert!(lines.len() > 3, "{lines:?}");
    place.write("questions.jsonl", lines.join("\n"));
    let of_each = |row: &dyn Fn(usize) -> String| {
        (0..12).fold(String::new(), |mut all, at| {
            // Writing into a string does not fail.
            let _ = writeln!(all, "{}", row(at));
            all
        })
    };
    let pair = |at: usize| {
        format!(r#"{{"anchor": "what was item {at}?", "positive": "item {at} was {at} million"}}"#)
    };
    let passage = |at: usize| {
        format!(
            r#"{{"question": "what was item {at}?", "context": "Item {at} was {at} million."}}"#
        )
    };
    let more = |at: usize| format!(r#"{{"context": "Another passage, of number {at}."}}"#);
    let scored = |at: usize| {
        format!(
            r#"{{"sentence1": "item {at}", "sentence2": "item {}", "score": {}}}"#,
            at % 3,
            at % 2
        )
    };
    let labelled = |at: usize| {
        let (text, label) = match at % 2 {
            0 => (format!("We lease office {at} in Oslo."), "leases"),
            _ => (
                format!("Revenue {at} is recognised on delivery."),
                "revenue",
            ),
        };
        format!(r#"{{"text": "{text}", "label": "{label}"}}"#)
    };
    let run = |at: usize| format!("q{} Q0 d{at} {} {}.5 x", at / 6, at % 6 + 1, 12 - at);
    let qrels = |at: usize| format!("q{} 0 d{at} {}", at / 6, usize::from(at % 6 == 1));
    place.write("pairs.jsonl", of_each(&pair));
    place.write("passages.jsonl", of_each(&passage));
    place.write("more.jsonl", of_each(&more));
    place.write("scored.jsonl", of_each(&scored));
    place.write("labelled.jsonl", of_each(&labelled));
    place.write("q.trec", of_each(&qrels));
    place.write("a.trec", of_each(&run));
    place.write("b.trec", of_each(&run));
    place.write("passages.txt", "Net sales rose.\nGoodwill was tested.\n");
    place.write("lines.txt", "We lease a plant.\n");
    std::fs::copy(corpora(CALDER), place.path("filing.pdf")).unwrap();
}

#[cfg(unix)]
#[test]
fn the_examples_of_every_help_run_as_they_are_written() {
    let place = Place::shared(&[CALDER, NORTHGATE, "NORTHGATE_2022_10K.pdf"]).copy();
    fill(&place);
    // The program by its name, and the folder that examples name.
    let (programs, user) = (place.root().join("bin"), place.root().join("user"));
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::create_dir_all(&user).unwrap();
    // As fish makes it when it is first started.
    std::fs::create_dir_all(user.join(".config/fish/completions")).unwrap();
    std::fs::create_dir_all(user.join("contracts")).unwrap();
    std::fs::copy(corpora(CALDER), user.join("contracts/lease.pdf")).unwrap();
    std::os::unix::fs::symlink(TENK, programs.join("tenk")).unwrap();
    std::os::unix::fs::symlink(place.folder(), user.join("filings")).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", programs.display());

    let mut all = examples(&place.run(&["--help"]).ok().stdout);
    for command in place.commands() {
        all.extend(examples(&place.run(&[&command, "--help"]).stdout));
    }
    assert!(all.len() > 50, "{all:?}");
    let mut left_out = vec![false; NOT_RUN.len()];
    let mut failed = Vec::new();
    for example in &all {
        let at = NOT_RUN
            .iter()
            .position(|(begins, _)| example.starts_with(begins));
        if let Some(at) = at {
            left_out[at] = true;
            continue;
        }
        let mut shell = place.program("bash");
        shell
            .env("PATH", &path)
            .args(["-o", "pipefail", "-c", example]);
        let outcome = Outcome::of(&mut shell);
        if outcome.code != Some(0) {
            failed.push(format!("{example}\n  {}", outcome.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    for ((begins, why), is_there) in NOT_RUN.iter().zip(left_out) {
        assert!(
            is_there,
            "no example begins with {begins:?} any more ({why})"
        );
    }
}
