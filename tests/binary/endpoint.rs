//! Habits of endpoints and of the models behind them: thoughts in every form, parameters refused,
//! addresses as people paste them, servers that are slow, endless or hostile, and models that cite
//! facts or fill tables.

mod cells;
mod facts;
mod hostile;
pub mod server;

use std::io::Write;
#[cfg(target_os = "linux")]
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::place::{NORTHGATE, Outcome, Place, wait};
use super::terminal::Tui;
use server::{Server, answer, begin, finish, refuse, say, send};

const QUESTION: &str = "How much reserve does Northgate hold for cleanup?";
const ANSWER: &str = "The reserve was $9.3 million [1].";
const NOT_SAID: &str = "The library does not say";

fn library() -> Place {
    Place::shared(&[NORTHGATE]).copy()
}

fn arguments(endpoint: &str) -> [&str; 6] {
    ["ask", "--endpoint", endpoint, "--writer", "m", QUESTION]
}

/// What is answered with `--json`.
fn asked(place: &Place, endpoint: &str) -> Value {
    place.json(&arguments(endpoint))
}

/// What is said where nothing is answered.
#[track_caller]
fn failed(place: &Place, endpoint: &str) -> Outcome {
    let outcome = place.run(&arguments(endpoint));
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(!outcome.stdout.contains(NOT_SAID), "{outcome:?}");
    outcome
}

/// A file that asks the same so many times.
fn write_questions(place: &Place, count: usize) {
    let row = |id: usize| {
        let evidence = json!([{"doc": "NORTHGATE_2023_10K", "page": 11}]);
        json!({"id": id.to_string(), "question": QUESTION, "answer": "9.3", "evidence": evidence})
    };
    let rows: Vec<String> = (0..count).map(|id| row(id).to_string()).collect();
    place.write("questions.jsonl", rows.join("\n"));
}

fn texts(pieces: &[&str]) -> Vec<Value> {
    pieces.iter().map(|text| json!({"content": text})).collect()
}

#[test]
fn stops_are_not_sent_and_end_the_answer_alone() {
    let place = library();
    let thoughts = "<think>See </source> and\nQuestion: is it <source 1>?</think>";
    for pieces in [
        vec![thoughts, ANSWER, "\nQuest", "ion: what", " else?"],
        // Where only their end is seen, too.
        vec![
            "A </source> it is\nQuestion: hm",
            "</thi",
            "nk>",
            ANSWER,
            "\nQuestion: x",
        ],
    ] {
        let server = Server::streaming(texts(&pieces));
        let answer = asked(&place, &server.host);
        assert_eq!(answer["text"], ANSWER);
        assert_eq!(answer["notes"], json!([]), "{answer}");
        let request = &server.got()[0].body;
        assert!(
            request["stop"].is_null() && request["stream"] == true,
            "{request}"
        );
    }
}

#[test]
fn thoughts_in_every_form_are_no_answer() {
    let place = library();
    let harmony = |channel: &str, text: &str| format!("<|channel|>{channel}<|message|>{text}");
    let analysis = harmony("analysis", "It may be 77 million [1].");
    let last = harmony("final", ANSWER);
    for deltas in [
        texts(&["<think>It may be 77", " million [1].</think>\n\n", ANSWER]),
        texts(&["It may be 77 million [1].\n", "</think>", ANSWER]),
        texts(&[
            &format!("{analysis}<|end|><|start|>assistant"),
            &last,
            "<|return|>",
        ]),
        vec![
            json!({"reasoning_content": "It may be 77 million [1].", "content": null}),
            json!({"reasoning": "It may be 78.", "content": ""}),
            json!({"content": ANSWER}),
        ],
    ] {
        let server = Server::streaming(deltas.clone());
        let answer = asked(&place, &server.host);
        assert_eq!(answer["text"], ANSWER, "{deltas:?}");
    }
    // A server that does not stream answers in one piece.
    for message in [
        json!({"content": format!("It may be 77 million [1].</think>{ANSWER}")}),
        json!({"content": ANSWER, "reasoning": "It may be 77 million [1]."}),
    ] {
        let server = Server::start(move |_, _, out| {
            let choice = json!({"message": message, "finish_reason": "stop"});
            answer(out, 200, "", &json!({"choices": [choice]}));
        });
        assert_eq!(asked(&place, &server.host)["text"], ANSWER);
    }
}

#[test]
fn a_model_that_only_thinks_is_said_to_and_the_library_is_not() {
    let place = library();
    write_questions(&place, 2);
    for delta in [
        json!({"content": "<think>It may be 77 million [1]."}),
        json!({"content": "<|channel|>analysis<|message|>It may be 77 million [1]."}),
        json!({"content": null, "reasoning": "It may be 77 million [1]."}),
        json!({"content": "", "reasoning_content": "It may be 77 million [1]."}),
    ] {
        let server = Server::start(move |_, _, out| {
            begin(out);
            send(out, delta.clone());
            finish(out, "length");
        });
        let said = failed(&place, &server.host).stderr;
        assert!(
            said.contains("the model spent its 300 tokens thinking"),
            "{said}"
        );
        assert!(
            said.contains("--most") && !said.contains("77 million"),
            "{said}"
        );
        let most = [&arguments(&server.host)[..], &["--most", "20", "--json"]].concat();
        let told = place.run(&most);
        assert_eq!(told.code, Some(1));
        let error = told.last_json();
        assert_eq!(error["error"], "the model spent its 20 tokens thinking");
        assert!(
            error["remedy"].as_str().unwrap().contains("--most"),
            "{error}"
        );
        assert_eq!(server.got()[1].body["max_tokens"], 20);
    }
    // Of several questions the others are answered.
    let server = Server::start(|_, at, out| {
        begin(out);
        match at {
            0 => send(out, json!({"reasoning": "hm"})),
            _ => say(out, ANSWER),
        }
        finish(out, if at == 0 { "length" } else { "stop" });
    });
    let file = ["ask", "--questions", "questions.jsonl", "--writer", "m"];
    let tally = place.json(&[&file[..], &["--endpoint", &server.host]].concat());
    assert_eq!(
        (&tally["questions"], &tally["unanswered"]),
        (&2.into(), &1.into())
    );
    assert_eq!(tally["abstained"], 0, "{tally}");
    // The settings leave it room to think, beside the answer.
    let server = Server::streaming(texts(&[ANSWER]));
    place.configure("[generate]\nthinking_tokens = 2000");
    asked(&place, &server.host);
    assert_eq!(server.got()[0].body["max_tokens"], 2300);
}

#[test]
fn an_answer_that_is_broken_off_says_so() {
    let place = library();
    for reason in ["length", "content_filter", ""] {
        let server = Server::start(move |_, _, out| {
            begin(out);
            say(out, ANSWER);
            say(out, " It is held for");
            if !reason.is_empty() {
                finish(out, reason);
            }
        });
        let answer = asked(&place, &server.host);
        let note = answer["notes"][0].as_str().unwrap_or_default();
        assert!(
            note.starts_with("the answer is broken off: "),
            "{reason}: {answer}"
        );
        assert!(
            answer["text"].as_str().unwrap().starts_with(ANSWER),
            "{answer}"
        );
        let printed = place.run(&arguments(&server.host)).ok();
        assert!(printed.stdout.contains("broken off"), "{printed:?}");
    }
}

#[test]
fn parameters_that_are_refused_are_changed_once_and_remembered() {
    let place = library();
    write_questions(&place, 3);
    let server = Server::start(|request, _, out| {
        let has = |name: &str| !request.body[name].is_null();
        if has("max_tokens") {
            let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                Use 'max_completion_tokens' instead.";
            refuse(out, 400, json!({"message": message, "param": "max_tokens"}));
        } else if has("temperature") {
            refuse(
                out,
                400,
                json!({"message": "'temperature' does not support 0 with this model."}),
            );
        } else if has("seed") {
            let problem = json!({"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"});
            answer(out, 422, "", &json!({"detail": [problem]}));
        } else {
            begin(out);
            say(out, ANSWER);
            finish(out, "stop");
        }
    });
    let file = ["ask", "--questions", "questions.jsonl", "--writer", "m"];
    let tally = place.json(&[&file[..], &["--endpoint", &server.host]].concat());
    assert_eq!(
        (&tally["questions"], &tally["unanswered"]),
        (&3.into(), &0.into())
    );
    let got = server.got();
    assert_eq!(got.len(), 3 + 3, "each once, for the first question alone");
    for request in &got[3..] {
        assert_eq!(request.body["max_completion_tokens"], 300);
        assert!(request.body["stop"].is_null());
    }
    // What is refused for another reason, or again, is an error.
    for (param, requests) in [("messages", 1), ("seed", 2)] {
        let server = Server::start(move |_, _, out| {
            refuse(
                out,
                400,
                json!({"message": "no such thing", "param": param}),
            );
        });
        let said = failed(&place, &server.host).stderr;
        assert!(
            said.contains("400") && said.contains("no such thing"),
            "{said}"
        );
        assert_eq!(server.got().len(), requests, "{param}");
    }
}

#[test]
fn addresses_are_read_as_people_have_them() {
    let place = library();
    let server = Server::streaming(texts(&[ANSWER]));
    let port = server.host.rsplit_once(':').unwrap().1;
    for given in [
        format!("http://{}/v1/chat/completions", server.host),
        format!("{}/v1/models/", server.host),
        format!("0.0.0.0:{port}"),
    ] {
        assert_eq!(asked(&place, &given)["text"], ANSWER, "{given}");
    }
    let by_variable = |value: &str| {
        let mut command = place.tenk(&["ask", QUESTION, "--writer", "m", "--endpoint"]);
        Outcome::of(command.env("OLLAMA_HOST", value))
    };
    let answered = by_variable(&format!("0.0.0.0:{port}")).ok();
    assert!(answered.stdout.contains("9.3 million"), "{answered:?}");
    assert!(
        server
            .got()
            .iter()
            .all(|r| r.path == "/v1/chat/completions")
    );
    // Whether anybody listens there is another matter.
    let bare = by_variable("0.0.0.0").stderr;
    assert!(bare.contains("m at http://127.0.0.1:11434/v1\n"), "{bare}");
    let before = server.got().len();
    let query = failed(
        &place,
        &format!("http://me:hidden@{}/v1?key=hidden", server.host),
    );
    assert!(query.stderr.contains("has a query behind it"), "{query:?}");
    assert!(!query.stderr.contains("hidden"), "{query:?}");
    assert_eq!(server.got().len(), before);
}

#[test]
fn what_turns_out_to_be_a_thought_is_taken_off_the_screen() {
    let place = library();
    let go_on = Arc::new(AtomicBool::new(false));
    let open = go_on.clone();
    let server = Server::start(move |_, _, out| {
        begin(out);
        say(out, "Perhaps it is 77 million.");
        wait("the screen", || open.load(Ordering::SeqCst));
        say(out, "</think>");
        say(out, ANSWER);
        finish(out, "stop");
    });
    let settings = place.root().join("writer.toml");
    let text = format!("[generate]\nmodel = \"m\"\nendpoint = \"{}\"", server.host);
    std::fs::write(&settings, text).unwrap();
    let settings = settings.to_str().unwrap();
    let environment = [("TENK_CONFIG", settings), ("NO_PROXY", "127.0.0.1")];
    let mut tui = Tui::start(&place, 120, 30, &environment);
    tui.press("\x1b4");
    tui.shows("ask the library");
    tui.press("\x07");
    tui.shows("in words: m");
    tui.press(QUESTION);
    tui.press("\r");
    // It is shown as what it is.
    let screen = tui.shows("Perhaps it is 77 million.");
    assert!(screen.contains("it may be a thought still"), "{screen}");
    go_on.store(true, Ordering::SeqCst);
    let screen = tui.shows("The reserve was $9.3 million");
    assert!(!screen.contains("Perhaps"), "{screen}");
    tui.press("\x03");
    assert!(tui.ended());
}

/// `tenk synth` counts what happened.
#[test]
fn a_set_counts_what_a_model_did_not_write() {
    let place = library();
    let server = Server::start(|request, at, out| {
        let messages = request.body["messages"].as_array().unwrap();
        let shown = messages.last().unwrap()["content"].as_str().unwrap();
        let words = shown.split(|c: char| !c.is_alphabetic());
        let mut words: Vec<&str> = words
            .filter(|w| w.chars().all(char::is_lowercase))
            .collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let question = format!(
            "What is said of {} and {} at Northgate?",
            words[0], words[1]
        );
        let (message, reason) = match at % 4 {
            0 => (
                json!({"content": "<think>So\nwhat", "role": "assistant"}),
                "length",
            ),
            1 => (json!({"content": null, "reasoning": "So what"}), "length"),
            2 => (json!({"content": "What is said of"}), "length"),
            _ => (
                json!({"content": format!("So\nwhat</think>\n\n{question}\nYes.")}),
                "stop",
            ),
        };
        let choice = json!({"message": message, "finish_reason": reason});
        answer(
            out,
            200,
            "",
            &json!({"choices": [choice], "usage": {"completion_tokens": 60}}),
        );
    });
    let base = [
        "synth",
        "--no-rules",
        "--format",
        "pairs",
        "--dev-share",
        "0",
        "--model",
        "m",
    ];
    let own = [
        "--endpoint",
        &server.host,
        "--name",
        "x",
        "--questions",
        "20",
        "--json",
    ];
    let arguments = [&base[..], &own[..]].concat();
    let report = place.run(&arguments).ok().last_json();
    let dropped = |name: &str| report["dropped"][name].as_u64().unwrap();
    let written = report["written"].as_u64().unwrap();
    assert!(report["kept"].as_u64().unwrap() > 0, "{report}");
    let quarter = written / 4;
    assert!(dropped("the model only thought") >= 2 * quarter, "{report}");
    assert!(dropped("broken off") >= quarter, "{report}");
    assert!(server.got().iter().all(|r| r.body["stop"].is_null()));
    let train = std::fs::read_to_string(place.path(".tenk/sets/x/train.jsonl")).unwrap();
    for line in train.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let question = row["anchor"].as_str().unwrap();
        assert!(
            question.starts_with("What is said of ") && question.ends_with('?'),
            "{row}"
        );
    }
    let stats = place.run(&["synth", "--stats", "--name", "x"]).ok();
    assert!(stats.stdout.contains("the model only thought"), "{stats:?}");
    // A model that does nothing but think is not asked about the whole library.
    let server = Server::start(|_, _, out| {
        let message = json!({"content": "", "reasoning": "So what"});
        let choice = json!({"message": message, "finish_reason": "length"});
        answer(out, 200, "", &json!({"choices": [choice]}));
    });
    let own = [
        "--endpoint",
        &server.host,
        "--name",
        "y",
        "--questions",
        "20",
        "--json",
    ];
    let report = place.run(&[&base[..], &own[..]].concat()).ok().last_json();
    assert_eq!(
        (&report["kept"], &report["written"]),
        (&0.into(), &20.into())
    );
    assert_eq!(server.got().len(), 20);
}
