//! `tenk eval` and what a search makes of its question, on the corpus and on passages alone.

use serde_json::Value;

use crate::place::{CALDER, NORTHGATE, Place};

fn corpus() -> &'static Place {
    Place::shared(&[CALDER, NORTHGATE])
}

fn lines(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["--json"];
    all.extend(arguments);
    place.run(&all).ok().json_lines()
}

#[test]
fn the_corpus_questions_are_measured_by_every_arm() {
    let place = Place::with_corpora();
    place.json(&["index"]);
    let questions = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/questions.jsonl");
    let reports = lines(&place, &["eval", "--questions", questions]);
    let settings: Vec<&str> = reports
        .iter()
        .map(|r| r["setting"].as_str().unwrap())
        .collect();
    assert_eq!(settings, ["hybrid", "bm25", "dense"]);
    for report in &reports {
        for level in ["page", "document"] {
            for metric in ["ndcg@10", "mrr@10", "recall@1", "recall@10", "map@100"] {
                let value = report["metrics"][level][metric].as_f64().unwrap();
                let low = report["intervals"][level][metric][0].as_f64().unwrap();
                let high = report["intervals"][level][metric][1].as_f64().unwrap();
                assert!(low <= value && value <= high, "{level} {metric} {report}");
            }
        }
    }
    let recall = reports[0]["metrics"]["page"]["recall@5"].as_f64().unwrap();
    assert!(recall >= 0.75, "{recall}");
    assert!(reports[0].get("compared").is_none());
    let p = reports[1]["compared"]["page"]["ndcg@10"]["p"]
        .as_f64()
        .unwrap();
    assert!((0.0..=1.0).contains(&p));
    let ablation = lines(
        &place,
        &[
            "eval",
            "--questions",
            questions,
            "--ablation",
            "--arm",
            "bm25",
        ],
    );
    assert_eq!(ablation.len(), 4);
    // Told the document, a question finds it first.
    let within = lines(
        &place,
        &[
            "eval",
            "--questions",
            questions,
            "--within",
            "--arm",
            "bm25",
        ],
    );
    assert_eq!(within[0]["metrics"]["document"]["mrr@10"], 1.0);
}

const PAIRS: &str = r#"{"question": "What did the audit cost?", "context": "The audit fee was 3 million."}
{"question": "Who leads the company?", "context": "The chief executive officer is Ada Quill."}
{"question": "What was paid to the auditors?", "context": "The audit fee was 3 million."}
"#;
const MORE: &str = r#"{"context": "Rain fell on the harbour."}
{"question": "unused", "context": "The company sells flour."}
"#;

#[test]
fn a_search_says_how_likely_it_is_right_and_that_holds() {
    let place = corpus();
    let sure = place.json(&["search", "What was Northgate's revenue in 2023?"]);
    let unsure = place.json(&["search", "How many penguins does Northgate employ at sea?"]);
    let of = |answer: &Value| answer["confidence"].as_f64().unwrap();
    assert!(of(&sure) > of(&unsure), "{} {}", of(&sure), of(&unsure));
    // One arm alone has nothing to agree with.
    let bm25 = place.json(&["search", "revenue", "--arm", "bm25"]);
    assert!(bm25["confidence"].is_null());

    let file = place.root().join("reliability.jsonl");
    let rows = [
        r#"{"question": "What was Northgate's revenue in 2023?", "evidence": [{"doc": "NORTHGATE_2023_10K", "page": 8}]}"#,
        r#"{"question": "How many penguins does Northgate employ at sea?", "evidence": []}"#,
    ];
    std::fs::write(&file, rows.join("\n")).unwrap();
    let signs = place.root().join("signs.tsv");
    let all = lines(
        place,
        &[
            "eval",
            "--questions",
            file.to_str().unwrap(),
            "--arm",
            "hybrid",
            "--reliability",
            "--write-signs",
            signs.to_str().unwrap(),
        ],
    );
    let said = all.iter().find(|row| row["reliability"].is_array());
    let said = said.unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!(said["questions"], 2);
    let groups = said["reliability"].as_array().unwrap().iter();
    let counted: i64 = groups.filter_map(|group| group["questions"].as_i64()).sum();
    assert_eq!(counted, 2);
    assert!(said["brier"].as_f64().unwrap() < 1.0);
    assert_eq!(std::fs::read_to_string(&signs).unwrap().lines().count(), 3);
}

#[test]
fn questions_may_bring_their_own_passages_and_runs_go_out_and_in() {
    let place = Place::with(&[]);
    let (pairs, more) = (place.path("pairs.jsonl"), place.path("more.jsonl"));
    std::fs::write(&pairs, PAIRS).unwrap();
    std::fs::write(&more, MORE).unwrap();
    let (run, qrels) = (place.path("a.trec"), place.path("q.trec"));
    let name = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (pairs, more, run, qrels) = (name(&pairs), name(&more), name(&run), name(&qrels));
    let arguments = [
        "eval",
        "--questions",
        &pairs,
        "--corpus",
        &more,
        "--arm",
        "dense,bm25",
        "--write-run",
        &run,
        "--write-qrels",
        &qrels,
    ];
    let reports = lines(&place, &arguments);
    assert_eq!(reports[0]["questions"], 3);
    assert_eq!(reports[0]["metrics"]["chunk"]["recall@10"], 1.0);
    // All four passages are ranked: the fourth is only in the other file.
    let ranked = std::fs::read_to_string(&run).unwrap();
    assert!(ranked.contains("passage-4"), "{ranked}");
    let read = lines(&place, &["eval", "--qrels", &qrels, "--run", &run]);
    assert_eq!(read[0]["metrics"], reports[0]["metrics"]);
    let head = &arguments[..5];
    let same = lines(
        &place,
        &[head, &["--arm", "dense", "--against", &run]].concat(),
    );
    assert_eq!(same[0]["compared"]["chunk"]["ndcg@10"]["difference"], 0.0);
    assert_eq!(same[0]["compared"]["chunk"]["ndcg@10"]["p"], 1.0);
    let short = lines(
        &place,
        &[
            "eval",
            "--questions",
            &pairs,
            "--arm",
            "dense",
            "--dim",
            "32",
            "--metrics",
            "ndcg@3,precision@1",
        ],
    );
    let metrics = short[0]["metrics"]["chunk"].as_object().unwrap();
    assert_eq!(
        metrics.keys().collect::<Vec<_>>(),
        ["ndcg@3", "precision@1"]
    );
}

#[test]
fn a_broken_question_file_is_refused_with_its_line() {
    let place = Place::with(&[]);
    let path = place.path("q.jsonl");
    std::fs::write(
        &path,
        "{\"question\": \"a\", \"context\": \"b\"}\n{\"question\": \"a\"}\n",
    )
    .unwrap();
    let output = place.run(&["--json", "eval", "--questions", path.to_str().unwrap()]);
    assert_eq!(output.code, Some(1));
    let error = output.last_json();
    assert!(
        error["error"].as_str().unwrap().contains("line 2"),
        "{error}"
    );
}

#[test]
fn a_question_is_read_and_says_how() {
    let place = corpus();
    let question =
        "What was Northgate's current ratio in FY2023? Round your answer to two decimal places.";
    let found = place.json(&["search", question]);
    assert_eq!(
        found["found"],
        serde_json::json!(["Northgate Industries", "FY2023"])
    );
    let parts: Vec<&str> = found["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["text"].as_str().unwrap())
        .collect();
    assert_eq!(parts, ["total current assets", "total current liabilities"]);
    let first = &found["hits"][0];
    assert_eq!(
        (
            &first["document"],
            first["section"].as_str().unwrap().contains("BALANCE")
        ),
        (&NORTHGATE.into(), true)
    );
    let hits = found["hits"].as_array().unwrap();
    assert!(
        hits.iter().all(|hit| hit["document"] == NORTHGATE),
        "the other company is left out"
    );
    let plain = place.json(&["search", question, "--plain"]);
    assert_eq!(
        (&plain["found"], &plain["parts"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
}

#[test]
fn a_page_that_was_not_found_is_explained() {
    let place = corpus();
    let explained = |page: &str, question: &str| {
        let flag = format!("--explain={page}");
        place.json(&["search", question, &flag])["explained"][0].clone()
    };
    let other = explained("CALDER_2024Q1_EARNINGS:1", "What was Northgate's backlog?");
    assert!(other["rank"].is_null());
    assert!(
        other["outside"].as_str().unwrap().contains("Northgate"),
        "{other}"
    );
    let found = explained("NORTHGATE_2023_10K:3", "What was Northgate's backlog?");
    assert!(
        found["rank"].is_u64() && found["outside"].is_null(),
        "{found}"
    );
    let words: Vec<&str> = found["matched"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    assert!(words.contains(&"backlog"), "{found}");
    let none = explained("NORTHGATE_2023_10K:999", "backlog");
    assert!(
        none["outside"].as_str().unwrap().contains("pages"),
        "{none}"
    );
    let each = place.json(&["search", "backlog", "--explain", "--top-k", "3"]);
    assert_eq!(each["explained"].as_array().unwrap().len(), 3);
}
