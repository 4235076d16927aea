//! The command line's contract: names, fields, exit codes, and JSON alone on stdout.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use super::place::{CALDER, NORTHGATE, Outcome, Place, TENK, corpora};

/// A library of two documents.
fn library() -> &'static Place {
    Place::shared(&[CALDER, NORTHGATE])
}

fn feed(place: &Place, arguments: &[&str], input: &str) -> Outcome {
    let mut command = place.tenk(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap().into()
}

fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "no {field} in {value}");
    }
}

#[test]
fn index_prints_its_summary() {
    let place = Place::with(&[CALDER]);
    let outcome = Outcome::of(place.program(TENK).args(["index", ".", "--json"])).ok();
    let summary = outcome.last_json();
    has(
        &summary,
        &[
            "documents",
            "failed",
            "pages",
            "chunks",
            "extracted",
            "encoded",
            "seconds",
        ],
    );
    assert_eq!(
        (&summary["documents"], &summary["pages"]),
        (&1.into(), &3.into())
    );
    assert_eq!(summary["chunks"], summary["encoded"]);
    assert!(
        !outcome.stderr.contains('\r') && !outcome.stderr.contains('\x1b'),
        "{outcome:?}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::with(&[CALDER]);
    let planned = place.json(&["index", "--dry-run"]);
    assert_eq!(planned["extract"], serde_json::json!([CALDER]));
    assert!(!place.path(".tenk").exists());
}

#[test]
fn search_explains_each_hit() {
    let found = library().json(&["search", "What", "were", "net", "sales", "of", "Northgate?"]);
    has(&found, &["query", "arm", "model", "hits"]);
    assert_eq!(found["arm"], "hybrid");
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 10);
    for (i, hit) in hits.iter().enumerate() {
        has(
            hit,
            &[
                "rank",
                "document",
                "page",
                "page_last",
                "chunk_id",
                "section",
                "text",
                "dense_rank",
                "bm25_rank",
                "score",
            ],
        );
        assert_eq!(hit["rank"], i + 1);
        assert!(
            hit["dense_rank"].is_u64() || hit["bm25_rank"].is_u64(),
            "{hit}"
        );
    }
    let scores: Vec<f64> = hits.iter().map(|h| h["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn the_library_may_be_named_before_the_command_or_behind_it() {
    let place = library();
    let folder = place.folder();
    let folder = folder.to_str().unwrap();
    let before = place
        .run(&["-L", folder, "--json", "status"])
        .ok()
        .last_json();
    let behind = place
        .run(&["status", "-L", folder, "--json"])
        .ok()
        .last_json();
    assert_eq!(before, behind);
    let wrong = place.run(&["elsewhere", "status"]);
    assert!(
        wrong.code != Some(0) && wrong.stderr.contains("-L"),
        "{wrong:?}"
    );
}

#[test]
fn each_arm_ranks_by_itself() {
    let by = |arm: &str| library().json(&["search", "goodwill impairment test", "--arm", arm]);
    for hit in by("dense")["hits"].as_array().unwrap() {
        assert_eq!(
            (&hit["dense_rank"], &hit["bm25_rank"]),
            (&hit["rank"], &Value::Null)
        );
    }
    for hit in by("bm25")["hits"].as_array().unwrap() {
        assert_eq!(
            (&hit["bm25_rank"], &hit["dense_rank"]),
            (&hit["rank"], &Value::Null)
        );
    }
}

#[test]
fn filters_narrow_and_never_starve() {
    let document = |arguments: &[&str]| {
        let found = library().json(arguments);
        let hits = found["hits"].as_array().unwrap().clone();
        assert!(hits.len() >= 5, "{hits:?}");
        hits.into_iter()
            .map(|h| h["document"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // The question is about the other company: the filter must still fill the list.
    let question = "credit facility of Northgate";
    for filter in [
        ["--document", CALDER],
        ["--company", "calder"],
        ["--form", "earnings"],
        ["--year", "2024"],
    ] {
        let names = document(&["search", question, filter[0], filter[1]]);
        assert!(
            names.iter().all(|name| name == CALDER),
            "{filter:?}: {names:?}"
        );
    }
}

#[test]
fn a_file_of_questions_is_answered_line_by_line() {
    let questions = r#"{"id": "a", "question": "net sales"}

{"id": 7, "question": "net sales", "document": "CALDER_2024Q1_EARNINGS.pdf"}
"#;
    let outcome = feed(
        library(),
        &["search", "--queries", "-", "--top-k", "3", "--json"],
        questions,
    )
    .ok();
    let lines = outcome.json_lines();
    assert_eq!((&lines[0]["id"], &lines[1]["id"]), (&"a".into(), &7.into()));
    assert_eq!(lines[0]["hits"].as_array().unwrap().len(), 3);
    assert!(
        lines[1]["hits"]
            .as_array()
            .unwrap()
            .iter()
            .all(|h| h["document"] == CALDER)
    );
}

#[test]
fn a_question_of_pages_is_read_in_part_and_that_is_said() {
    let place = Place::shared(&[NORTHGATE]);
    let long = "net sales of 2023 and ".repeat(4_000);
    for command in ["search", "ask", "explain"] {
        let outcome = place.run(&[command, &long]).ok();
        let told = outcome.stdout + &outcome.stderr;
        assert!(
            told.contains("88000 characters, its first"),
            "{command}: {told}"
        );
    }
    let asked = place.json(&["search", &long]);
    assert!(asked["note"].as_str().unwrap().contains("88000"), "{asked}");
    assert!(!asked["hits"].as_array().unwrap().is_empty());
}

#[test]
fn nothing_found_is_no_failure() {
    let found = library()
        .run(&["search", "zyxwvutsr", "--arm", "bm25", "--json"])
        .ok()
        .last_json();
    assert_eq!(found["hits"], serde_json::json!([]));
}

#[test]
fn show_prints_the_page_of_a_hit() {
    let found = library().json(&["search", "projected benefit obligation", "--top-k", "1"]);
    let id = found["hits"][0]["chunk_id"].as_str().unwrap();
    let by_id = library().run(&["show", id]).ok();
    let by_page = library().run(&["show", &format!("{NORTHGATE}:15")]).ok();
    assert_eq!(by_id.stdout, by_page.stdout);
    assert!(by_id.stdout.contains("$418.9 million"));
    let none = library().run(&["show", &format!("{NORTHGATE}:99"), "--json"]);
    assert_eq!(none.code, Some(1));
    has(&none.last_json(), &["error", "remedy"]);
}

#[test]
fn extract_prints_a_line_a_page() {
    let file = corpora(NORTHGATE);
    let outcome = library()
        .run(&["extract", file.to_str().unwrap(), "--json"])
        .ok();
    let pages = outcome.json_lines();
    assert_eq!(pages.len(), 16);
    for (i, page) in pages.iter().enumerate() {
        has(page, &["page", "text", "state", "reason"]);
        assert_eq!(
            (&page["page"], &page["state"]),
            (&(i + 1).into(), &"text".into())
        );
    }
    let head = "Northgate Industries, Inc. · 2023 Form 10-K";
    assert!(!outcome.stdout.contains(head));
    let raw = library()
        .run(&["extract", file.to_str().unwrap(), "--json", "--raw"])
        .ok();
    assert!(raw.json_lines()[9]["text"].as_str().unwrap().contains(head));
}

#[test]
fn embed_prints_a_unit_vector_a_line() {
    let embed = |arguments: &[&str]| {
        let outcome = feed(library(), arguments, "What is CET1?\nNet interest margin\n").ok();
        let rows = outcome.json_lines().into_iter();
        rows.map(|row| serde_json::from_value(row).unwrap())
            .collect::<Vec<Vec<f64>>>()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let passages = embed(&["embed", "--json"]);
    let queries = embed(&["embed", "--query", "--json"]);
    let short = embed(&["embed", "--dim", "64"]);
    assert_eq!(
        (passages.len(), passages[0].len(), short[0].len()),
        (2, 384, 64)
    );
    for row in passages.iter().chain(&queries).chain(&short) {
        assert!((dot(row, row) - 1.0).abs() < 1e-5);
    }
    assert!(
        dot(&passages[0], &queries[0]) < 0.9999,
        "the prompt makes a difference"
    );
}

#[test]
fn status_tells_what_there_is() {
    let status = library().json(&["status"]);
    has(
        &status,
        &[
            "library",
            "home",
            "documents",
            "chunks",
            "models",
            "serving",
            "generation",
        ],
    );
    assert_eq!(status["documents"], 2);
    assert_eq!(status["models"][0]["encoded"], status["chunks"]);
}

#[test]
fn every_failure_is_json_with_a_remedy() {
    let empty = Place::new();
    let commands: [&[&str]; 8] = [
        &["search", "anything"],
        &["show", "nothing:1"],
        &["show", "feedbeef"],
        &["status"],
        &["extract", "missing.pdf"],
        &["search", "--queries", "missing.jsonl"],
        &["index", "no/such/folder"],
        &["search", "x", "--model", "nonesuch"],
    ];
    for arguments in commands {
        let outcome = empty.run(&[arguments, &["--json"]].concat());
        assert_eq!(outcome.code, Some(1), "{arguments:?}: {outcome:?}");
        let error = outcome.last_json();
        for field in ["error", "remedy"] {
            assert!(
                !error[field].as_str().unwrap().is_empty(),
                "{arguments:?}: {error}"
            );
        }
        assert!(outcome.stderr.contains("error: "), "{outcome:?}");
    }
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let place = Place::new();
    for arguments in [
        &["search"][..],
        &["index", "--no-such-flag"],
        &["search", "x", "--arm", "bm26"],
    ] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
        let json = place.run(&[arguments, &["--json"]].concat());
        has(&json.last_json(), &["error", "remedy"]);
    }
    for command in ["index", "search", "show", "extract", "embed"] {
        let help = place.run(&[command, "--help"]).ok().stdout;
        assert!(help.contains("Example"), "{command}: {help}");
    }
    assert!(place.run(&["--help"]).ok().stdout.contains("Exit codes"));
}

#[test]
fn completions_and_manual_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).ok().stdout;
        assert!(
            script.contains("tenk") && script.contains("index"),
            "{shell}"
        );
    }
    let manual = place.run(&["man"]).ok().stdout;
    assert!(manual.contains(".TH tenk"), "{manual}");
    assert!(!manual.contains("__extract"));
}

#[test]
fn without_a_terminal_it_indexes_and_says_how_to_search() {
    let place = Place::with(&[CALDER]);
    let folder = place.folder();
    let outcome = place.run(&[folder.to_str().unwrap()]).ok();
    assert!(
        outcome.stdout.contains("1 document, 3 pages"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("tenk search -L"), "{outcome:?}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let place = library();
    let mut command = place.tenk(&["extract", corpora(NORTHGATE).to_str().unwrap()]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!(
        (outcome.code, outcome.stderr.contains("panic")),
        (Some(0), false),
        "{outcome:?}"
    );
}

#[test]
fn settings_are_checked_and_shown_with_their_origin() {
    let place = Place::new();
    place.configure("[search]\ntop_k = 4\n");
    let shown = place.run(&["config", "show"]).ok().stdout;
    assert!(shown.contains("search.top_k = 4  # file"), "{shown}");
    assert!(
        shown.contains("index.chunk_tokens = 256  # default"),
        "{shown}"
    );
    place.configure("[search]\ntop_kk = 4\n");
    let refused = place.run(&["config", "show", "--json"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.last_json()["error"]
            .as_str()
            .unwrap()
            .contains("config.toml"),
        "{refused:?}"
    );
}

#[test]
fn a_bug_report_names_no_document() {
    let report = library().run(&["doctor"]).ok().stdout;
    assert!(report.contains("kernels"), "{report}");
    assert!(
        !report.contains("NORTHGATE") && !report.contains("filings"),
        "{report}"
    );
}

#[test]
fn a_page_is_shown_as_a_picture() {
    let place = Place::shared(&[NORTHGATE]).copy();
    let hit = &place.search("goodwill impairment")[0];
    let id = hit["chunk_id"].as_str().unwrap();
    let shown = place.json(&["show", id, "--image"]);
    assert_eq!(shown["page"], hit["page"]);
    let (width, height) = (
        shown["width"].as_f64().unwrap(),
        shown["height"].as_f64().unwrap(),
    );
    let lines = shown["lines"].as_array().unwrap();
    let last = shown["marked"][1].as_u64().unwrap() as usize;
    assert!(last < lines.len());
    for line in lines {
        let edges: Vec<f64> = line
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect();
        assert!(edges[0] < edges[2] && edges[1] < edges[3], "{line}");
        assert!(
            edges[2] <= width && edges[3] <= height,
            "{line} in {width} by {height}"
        );
    }
    let drawn = place
        .run(&["show", "NORTHGATE_2023_10K:11", "--image"])
        .ok();
    assert!(drawn.stdout.contains('▀') && drawn.stdout.contains("\u{1b}[38;2;"));
    let protocols = [
        ("kitty", "\u{1b}_G"),
        ("iterm2", "\u{1b}]1337;File="),
        ("sixel", "\u{1b}P"),
    ];
    for (name, opens) in protocols {
        place.configure(&format!("pictures = \"{name}\""));
        let drawn = place
            .run(&["show", "NORTHGATE_2023_10K:11", "--image"])
            .ok();
        assert!(drawn.stdout.contains(opens), "{name}");
    }
    place.configure("");
    let missing = place.run(&["show", "NORTHGATE_2023_10K:99", "--image", "--json"]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.last_json()["error"]
            .as_str()
            .is_some_and(|e| e.contains("no page 99"))
    );
}
