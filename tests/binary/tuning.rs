//! A tuned model from its judgement to the switch and back, the comparison of two models, and the
//! report, as a user runs them.

use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use super::place::{NORTHGATE, Place};

const EARLIER: &str = "NORTHGATE_2022_10K.pdf";

/// Questions about the two reports, with the pages that answer them.
const QUESTIONS: &str = r#"{"id": "a", "question": "What was Northgate's total current assets at the end of 2023?", "evidence": [{"doc": "NORTHGATE_2023_10K", "page": 11}]}
{"id": "b", "question": "How did Northgate test goodwill in 2022?", "evidence": [{"doc": "NORTHGATE_2022_10K", "page": 13}]}
"#;

/// A question that is followed while it learns.
const PINS: &str = r#"[{"question": "What is covenant EBITDA?", "document": "NORTHGATE_2023_10K.pdf", "page": 8}]"#;

/// A library of two reports, and a model that learnt two steps from it, made once for all tests.
fn place() -> Place {
    static TRAINED: OnceLock<Place> = OnceLock::new();
    TRAINED.get_or_init(trained).copy()
}

/// Writes the set `set`: few questions, half of them held out.
pub fn write_set(place: &Place) {
    place
        .run(&[
            "synth",
            "--name",
            "set",
            "--most",
            "60",
            "--dev-share",
            "0.5",
        ])
        .ok();
}

fn trained() -> Place {
    let place = Place::shared(&[NORTHGATE, EARLIER]).copy();
    write_set(&place);
    place.write(".tenk/pins.json", PINS);
    let train = [
        "train",
        "--data",
        "set",
        "--max-steps",
        "2",
        "--batch",
        "8",
        "--name",
        "mine",
    ];
    place.run(&train).ok();
    place.write("questions.jsonl", QUESTIONS);
    place
}

/// A file of questions (text, document, page).
fn questions(rows: impl Iterator<Item = (String, String, usize)>) -> String {
    let row = |(at, (question, document, page)): (usize, (String, String, usize))| {
        let evidence = serde_json::json!([{"doc": document, "page": page}]);
        serde_json::json!({"id": at, "question": question, "evidence": evidence}).to_string()
    };
    rows.enumerate().map(row).collect::<Vec<_>>().join("\n")
}

fn model_that_answers(place: &Place) -> String {
    let found = place.json(&["search", "goodwill"]);
    found["model"].as_str().unwrap().to_owned()
}

#[test]
fn a_model_serves_only_when_its_figures_allow_it_or_by_force() {
    let place = place();
    assert_eq!(model_that_answers(&place), "filings");
    let named = ["NORTHGATE_2022_10K", "NORTHGATE_2023_10K"];
    let row = |at: usize| {
        let (document, page) = (named[at % 2], at / 2 + 1);
        let question = format!("What does section {at} of {document} say?");
        (question, document.to_owned(), page)
    };
    place.write("spread.jsonl", questions((0..24).map(row)));
    let asked = [
        "models",
        "promote",
        "mine",
        "--questions",
        "spread.jsonl",
        "--json",
    ];
    let refused = place.run(&asked);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let lines = refused.json_lines();
    let judged = lines.iter().find(|l| l["others"].is_array()).unwrap();
    let held = &judged["held_out"];
    assert!(held["questions"].as_u64().unwrap() > 0, "{judged}");
    let low = |way: &str| held[way]["test"]["low"].as_f64().unwrap();
    assert!(low("served") <= 0.0, "two steps teach little: {judged}");
    assert!(
        low("raw").is_finite() && held["lost"].is_array(),
        "{judged}"
    );
    let others = judged["others"].as_array().unwrap();
    assert_eq!(
        others.len(),
        2,
        "other subjects and the bundled corpus: {judged}"
    );
    assert!(refused.stderr.contains("not surely better"), "{refused:?}");
    assert_eq!(model_that_answers(&place), "filings");
    // All of it was embedded on the way, so the switch and the way back embed nothing.
    let promoted = place
        .run(&["models", "promote", "mine", "--force", "--json"])
        .ok();
    assert_eq!(promoted.last_json()["serving"], "mine");
    assert_eq!(model_that_answers(&place), "mine");
    let status = place.json(&["status"]);
    assert!(
        status["serving"].as_str().unwrap().starts_with("mine"),
        "{status}"
    );
    assert_eq!(
        place.json(&["search", "goodwill", "--model", "tuned"])["model"],
        "tuned"
    );
    let kept = place.run(&["models", "remove", "mine"]);
    assert!(kept.stderr.contains("rollback"), "{kept:?}");
    assert_eq!(place.json(&["models", "rollback"])["serving"], "filings");
    assert_eq!(model_that_answers(&place), "filings");
    // It was the first here: there is nothing further back.
    let first = place.run(&["models", "rollback"]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.stderr.contains("no other model"), "{first:?}");
    assert_eq!(model_that_answers(&place), "filings");
    // Where the base served before, though nothing is embedded with it any more.
    place.write(
        ".tenk/serving.json",
        r#"{"tuned": "filings", "before": [null]}"#,
    );
    let back = place.run(&["models", "rollback", "--json"]).ok();
    assert_eq!(back.last_json()["serving"], "base");
    assert!(
        back.stderr.contains("nothing is embedded with it"),
        "{back:?}"
    );
    let unknown = place.run(&["models", "promote", "base"]);
    assert!(unknown.stderr.contains("own models"), "{unknown:?}");
}

#[test]
fn what_few_questions_say_promotes_nothing_however_often_they_are_put() {
    let place = place();
    let again = (
        "How did Northgate test goodwill?".to_owned(),
        "NORTHGATE_2022_10K".to_owned(),
        13,
    );
    place.write("again.jsonl", questions((0..30).map(|_| again.clone())));
    let asked = [
        "models",
        "promote",
        "mine",
        "--questions",
        "again.jsonl",
        "--json",
    ];
    let refused = place.run(&asked);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("1 that stand apart") && refused.stderr.contains("write more"),
        "{refused:?}"
    );
    // What nothing here answers says nothing of a model.
    let row = |at: usize| {
        (
            format!("What did company {at} earn?"),
            format!("ELSEWHERE_{at}_10K"),
            1,
        )
    };
    place.write("elsewhere.jsonl", questions((0..30).map(row)));
    let elsewhere = place.run(&[
        "models",
        "promote",
        "mine",
        "--questions",
        "elsewhere.jsonl",
    ]);
    assert!(
        elsewhere
            .stderr
            .contains("without 30 about documents that are not here: 0 that stand apart"),
        "{elsewhere:?}"
    );
    // Before anything is embedded or measured.
    assert!(!refused.stderr.contains("measuring"), "{refused:?}");
    let filings = place.run(&["models", "import", ".tenk/models/mine", "--name", "other"]);
    filings.ok();
    let none = place.run(&["models", "promote", "other"]);
    assert!(none.stderr.contains("held no questions out"), "{none:?}");
    assert!(!none.stderr.contains("embedding"), "{none:?}");
    let reserved = place.run(&["models", "import", ".tenk/models/mine", "--name", "bm25"]);
    assert!(reserved.stderr.contains("is taken"), "{reserved:?}");
}

#[test]
fn a_serving_model_that_is_gone_or_exchanged_is_said_with_the_way_out() {
    let place = place();
    place.run(&["models", "promote", "mine", "--force"]).ok();
    let embedded = || {
        let all = place.run(&["models", "list", "--json"]).ok().json_lines();
        let mine = all.into_iter().find(|m| m["name"] == "mine");
        mine.and_then(|m| m["encoded"].as_u64())
    };
    assert!(embedded() > Some(0));
    let weights = place.path(".tenk/models/mine/model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    // The file may be shared with other tests' copies.
    std::fs::remove_file(&weights).unwrap();
    std::fs::write(&weights, bytes).unwrap();
    assert_eq!(embedded(), Some(0), "not with these weights");
    std::fs::remove_dir_all(place.path(".tenk/models/mine")).unwrap();
    let lost = place.run(&["search", "goodwill"]);
    assert_eq!(lost.code, Some(1), "{lost:?}");
    assert!(
        lost.stderr.contains("\"mine\", which serves here, is gone")
            && lost.stderr.contains("tenk models rollback"),
        "{lost:?}"
    );
    place.run(&["models", "rollback"]).ok();
    assert_eq!(model_that_answers(&place), "filings");
}

#[test]
fn one_tuning_at_a_time() {
    let place = Place::with(&[NORTHGATE]);
    place.run(&["index"]).ok();
    let lock = std::fs::File::create(place.path(".tenk/tuning.lock")).unwrap();
    lock.try_lock().unwrap();
    let second = place.run(&["tune", "--budget", "9m"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.stderr.contains("another tenk"), "{second:?}");
    lock.unlock().unwrap();
    let short = place.run(&["tune", "--budget", "9s"]);
    assert!(short.stderr.contains("too short"), "{short:?}");
}

#[test]
fn a_new_library_begins_with_filings_and_an_older_one_keeps_its_base() {
    let place = Place::with(&[NORTHGATE]);
    place.run(&["index", "--model", "base"]).ok();
    assert_eq!(model_that_answers(&place), "base");
    place.write(
        "more.pdf",
        super::pdf::Pdf::text("A note on goodwill").bytes(),
    );
    place.run(&["index"]).ok();
    assert_eq!(
        model_that_answers(&place),
        "base",
        "it has embeddings of it"
    );
    let covered = |name: &str| {
        let models = place.run(&["models", "list", "--json"]).ok().json_lines();
        let model = models.into_iter().find(|m| m["name"] == name).unwrap();
        (model["encoded"].as_u64(), model["chunks"].as_u64())
    };
    assert_eq!(covered("filings").0, Some(0));
    let (encoded, chunks) = covered("bge-small-en-v1.5");
    assert!(encoded == chunks && chunks > Some(0));
    // Whoever wants the other takes it beside, and judges it by questions of their own.
    place.run(&["index", "--model", "filings"]).ok();
    assert_eq!(covered("filings"), (encoded, chunks));
    place.run(&["models", "promote", "filings", "--force"]).ok();
    assert_eq!(model_that_answers(&place), "filings");
    assert_eq!(place.json(&["models", "rollback"])["serving"], "base");
    assert_eq!(place.run(&["models", "rollback"]).code, Some(1));
    let nobody = place.run(&["search", "goodwill", "--model", "tuned"]);
    assert!(nobody.stderr.contains("tenk models promote"), "{nobody:?}");
}

#[test]
fn a_bundled_model_that_is_asked_for_answers_though_the_library_began_with_the_other() {
    let place = Place::with(&[NORTHGATE]);
    place.run(&["index"]).ok();
    let asked = place
        .run(&["search", "goodwill", "--model", "base", "--json"])
        .ok();
    let [found] = &asked.json_lines()[..] else {
        panic!("more than the answer on stdout: {asked:?}");
    };
    assert_eq!(found["model"], "base");
    assert_eq!(found["encoded"], found["chunks"]);
    assert!(
        asked
            .stderr
            .contains("embedding the library with base first"),
        "{asked:?}"
    );
    let again = place.run(&["search", "goodwill", "--model", "base"]).ok();
    assert!(!again.stderr.contains("embedding"), "{again:?}");
    assert_eq!(model_that_answers(&place), "filings");
}

#[test]
fn a_pinned_question_is_followed_through_the_training() {
    let place = place();
    let path = place.path(".tenk/runs/mine/events.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let events = text
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    let pinned: Vec<Value> = events.filter(|e| e["event"] == "pinned").collect();
    let steps: Vec<u64> = pinned.iter().map(|e| e["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [0, 2], "at the base and at the end: {pinned:?}");
    for event in &pinned {
        assert_eq!(event["ranks"][0][0], "What is covenant EBITDA?");
        assert!(
            (1..=21).contains(&event["ranks"][0][1].as_u64().unwrap()),
            "{event}"
        );
    }
}

#[test]
fn two_models_are_compared_by_a_question_and_by_a_file() {
    let place = place();
    place.run(&["index", ".", "--model", "mine"]).ok();
    let sides = place.json(&["compare", "goodwill", "impairment", "--top-k", "8"]);
    assert_eq!(sides["left"]["model"], "filings", "what serves now");
    assert_eq!(sides["right"]["model"], "mine");
    let hits = |side: &str| sides[side]["hits"].as_array().unwrap().clone();
    let page = |hit: &Value| (hit["document"].clone(), hit["page"].clone());
    let (left, right) = (hits("left"), hits("right"));
    assert!(!left.is_empty() && !right.is_empty());
    for (at, hit) in right.iter().enumerate() {
        assert_eq!(hit["rank"], at + 1);
        let other = left.iter().position(|other| page(other) == page(hit));
        assert_eq!(
            hit["other_rank"],
            Value::from(other.map(|at| at + 1)),
            "{hit}"
        );
    }
    let words = place.json(&["compare", "goodwill", "--right", "bm25"]);
    assert_eq!(words["right"]["hits"][0]["dense_rank"], Value::Null);
    let file = [
        "compare",
        "--questions",
        "questions.jsonl",
        "--dim",
        "384,64",
        "--json",
    ];
    let ablation = place.run(&file).ok().json_lines();
    let (questions, settings) = ablation.split_last().unwrap();
    // BM25 twice; two arms of two models at two sizes, with and without prompt and aids.
    assert_eq!(settings.len(), 2 + 2 * 2 * 2 * 4);
    let tuned = settings.iter().filter(|r| r["model"] == "tuned");
    assert!(tuned.clone().count() == 16 && tuned.clone().all(|r| r["compared"].is_object()));
    assert!(
        settings
            .iter()
            .all(|r| r["metrics"]["ndcg@10"].as_array().unwrap().len() == 3)
    );
    assert_eq!(
        (&questions["base"], &questions["tuned"]),
        (&"filings".into(), &"mine".into())
    );
    let moved = questions["questions"].as_array().unwrap();
    assert_eq!(moved.len(), 2);
    assert!(
        moved
            .iter()
            .all(|m| m["change"].is_string() && m["gold"].is_array()),
        "{questions}"
    );
    let table = place.run(&["compare", "goodwill"]).ok().stdout;
    assert!(table.lines().count() > 5 && table.contains('│'), "{table}");
}

#[test]
fn a_report_stands_by_itself() {
    let place = place();
    place.run(&["index", ".", "--model", "mine"]).ok();
    let file = ["report", "out.html", "--questions", "questions.jsonl"];
    place.run(&file).ok();
    let html = std::fs::read_to_string(place.path("out.html")).unwrap();
    for part in ["The ablation", "hybrid tuned", "mine", "BLAKE3", "</html>"] {
        assert!(html.contains(part), "no {part}");
    }
    for outside in ["http://", "https://", "src=", "<link", "<script"] {
        assert!(!html.contains(outside), "{outside} in it");
    }
    let root = place.root().display().to_string();
    assert!(!html.contains(&root), "a path of this machine in it");
    place.run(&["report", "out.md"]).ok();
    let text = std::fs::read_to_string(place.path("out.md")).unwrap();
    assert!(text.contains("| hybrid tuned, questions read |"), "{text}");
    let wrong = place.run(&["report", "out.pdf"]);
    assert!(wrong.stderr.contains(".html or .md"), "{wrong:?}");
}

#[test]
fn a_time_that_is_too_short_is_refused_with_what_it_takes() {
    let place = Place::with(&[NORTHGATE, EARLIER]);
    // A name that a run has is passed over.
    std::fs::create_dir_all(place.path(".tenk/runs/tuned-1")).unwrap();
    let refused = place.run(&["tune", "--budget", "8s", "--json"]);
    assert!(refused.stderr.contains("as tuned-2"), "{refused:?}");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    // What it names would do.
    let (_, named) = refused
        .stderr
        .split_once("--budget ")
        .expect("a budget that would do");
    let minutes: u64 = named.split_once('m').unwrap().0.parse().unwrap();
    assert!(minutes > 0, "{refused:?}");
    assert!(
        !place.path(".tenk/sets").exists(),
        "no question was written"
    );
    assert!(!place.path(".tenk/models/tuned-1").exists());
    let nonsense = place.run(&["tune", "--budget", "soon"]);
    assert_eq!(nonsense.code, Some(2));
}

#[test]
fn a_stopped_tuning_goes_on_to_its_judgement() {
    let place = Place::with(&[NORTHGATE]);
    place.run(&["index"]).ok();
    let none = place.run(&["tune", "--resume"]);
    assert!(none.stderr.contains("tenk tune begins one"), "{none:?}");
    let none = place.run(&["tune", "--resume=gone"]);
    assert!(none.stderr.contains("tenk tune begins one"), "{none:?}");
    let trained = self::place();
    let judged = trained.run(&["tune", "--resume=mine", "--json"]).ok();
    let last = judged.last_json();
    assert_eq!(
        (&last["model"], &last["promoted"]),
        (&"mine".into(), &false.into())
    );
    assert!(last["planned"].is_null(), "{last}");
    assert!(
        last["verdict"]["held_out"]["questions"].as_u64() > Some(0),
        "{last}"
    );
    // Embedded on the way.
    let found = trained.json(&["search", "goodwill", "--model", "mine"]);
    assert_eq!(found["encoded"], found["chunks"]);
}

#[test]
fn a_job_waits_and_stops_in_any_phase_as_it_is_told() {
    let place = Place::shared(&[NORTHGATE, EARLIER]).copy();
    let order = |order: &str| place.write(".tenk/jobs/steer", order);
    std::fs::create_dir_all(place.path(".tenk/jobs")).unwrap();
    order("pause");
    let mut command = place.tenk(&["tune", "--background", "--json"]);
    let mut job = command.stderr(Stdio::piped()).spawn().unwrap();
    // It would have begun to write questions by then, or to learn.
    std::thread::sleep(Duration::from_secs(3));
    assert!(job.try_wait().unwrap().is_none(), "it waits");
    assert!(
        !place.path(".tenk/sets").exists(),
        "no question was written"
    );
    order("stop");
    let ended = job.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("before it learnt anything"), "{said}");
    // Whoever reads this in the app types no command.
    assert!(!said.contains("tenk tune"), "{said}");
}
