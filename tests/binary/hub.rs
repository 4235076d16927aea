//! `tenk models pull` against a hub of our own on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha1::Digest;

use super::model;
use super::place::{Outcome, Place};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A server that states and sends the tiny model's files.
struct Hub {
    address: String,
    /// Requests so far: path and range.
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy, Default)]
struct Behaviour {
    /// Bytes of the weights after which the line drops, once.
    drops_after: Option<usize>,
    /// Sends other weights than it states.
    lies: bool,
    lacks_weights: bool,
    status: Option<u16>,
}

impl Hub {
    fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            let files = model::files();
            for stream in listener.incoming().flatten() {
                answer(stream, &files, behaviour, &log);
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn stated(files: &[(&str, Vec<u8>)], behaviour: Behaviour) -> String {
    let of = |(name, bytes): &(&str, Vec<u8>)| {
        let mut git = sha1::Sha1::new();
        git.update(format!("blob {}\0", bytes.len()));
        git.update(bytes);
        let blob = hex(&git.finalize());
        let lfs = serde_json::json!({"sha256": hex(&sha2::Sha256::digest(bytes))});
        if *name == "model.safetensors" {
            serde_json::json!({"rfilename": name, "size": bytes.len(), "blobId": blob, "lfs": lfs})
        } else {
            serde_json::json!({"rfilename": name, "size": bytes.len(), "blobId": blob})
        }
    };
    let all = files
        .iter()
        .filter(|(name, _)| !behaviour.lacks_weights || *name != "model.safetensors");
    let siblings: Vec<_> = all.map(of).collect();
    serde_json::json!({"sha": COMMIT, "siblings": siblings}).to_string()
}

fn answer(
    mut stream: TcpStream,
    files: &[(&str, Vec<u8>)],
    behaviour: Behaviour,
    log: &Mutex<Vec<String>>,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else {
        return;
    };
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut from = 0;
    let mut said = path.clone();
    for line in lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
    {
        let line = line.to_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap();
            said += &format!(" from {from}");
        }
        if line.starts_with("authorization:") {
            said += &format!(" {line}");
        }
    }
    let earlier = {
        let mut log = log.lock().unwrap();
        log.push(said);
        log.iter()
            .filter(|asked| asked.contains("model.safetensors"))
            .count()
    };
    let mut send = |status: u16, body: &[u8], length: usize| {
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body));
    };
    if let Some(status) = behaviour.status {
        return send(status, b"", 0);
    }
    if path.starts_with("/api/models/acme/tiny/revision/") {
        let body = stated(files, behaviour);
        return send(200, body.as_bytes(), body.len());
    }
    let prefix = format!("/acme/tiny/resolve/{COMMIT}/");
    let name = path.strip_prefix(&prefix).unwrap_or_default();
    let Some((_, bytes)) = files.iter().find(|(file, _)| *file == name) else {
        return send(404, b"", 0);
    };
    let mut bytes = bytes.clone();
    if behaviour.lies && name == "model.safetensors" {
        *bytes.last_mut().unwrap() ^= 1;
    }
    let rest = &bytes[from..];
    let status = if from > 0 { 206 } else { 200 };
    match behaviour
        .drops_after
        .filter(|_| name == "model.safetensors" && earlier == 1)
    {
        Some(n) => send(status, &rest[..n], rest.len()),
        None => send(status, rest, rest.len()),
    }
}

fn pull(place: &Place, hub: &str, id: &str, more: &[(&str, &str)]) -> Outcome {
    let mut command = place.tenk(&["models", "pull", id, "--json"]);
    command.env("HF_ENDPOINT", hub).envs(more.iter().copied());
    Outcome::of(&mut command)
}

#[test]
fn a_model_is_fetched_once_checked_and_used() {
    let (place, hub) = (Place::new(), Hub::start(Behaviour::default()));
    let outcome = pull(&place, &hub.address, "acme/tiny", &[("HF_TOKEN", "Sesame")]).ok();
    assert_eq!(outcome.last_json()["model"], "acme/tiny");
    let asked = hub.asked();
    assert_eq!(asked.len(), 1 + model::files().len());
    assert!(asked[0].starts_with("/api/models/acme/tiny/revision/main?blobs=true"));
    assert!(
        asked
            .iter()
            .all(|line| line.ends_with("authorization: bearer sesame")),
        "{asked:?}"
    );
    assert!(
        asked[1..].iter().all(|line| line.contains(COMMIT)),
        "pinned: {asked:?}"
    );
    let similar = place.json(&["similar", "a", "a", "--model", "acme/tiny"]);
    assert!(similar["cosine"].as_f64().unwrap() > 0.999);
    let listed = place.run(&["models", "list"]).ok().stdout;
    assert!(listed.contains("acme/tiny"), "{listed}");
    // In the layout that other programs know.
    let cache = place
        .root()
        .join("user/.cache/huggingface/hub/models--acme--tiny");
    assert_eq!(
        std::fs::read_to_string(cache.join("refs/main")).unwrap(),
        COMMIT
    );
    assert!(
        cache
            .join("snapshots")
            .join(COMMIT)
            .join("1_Pooling/config.json")
            .exists()
    );
    pull(&place, &hub.address, "acme/tiny", &[]).ok();
    assert_eq!(hub.asked().len(), 1, "the files are there");
    let refused = place.run(&["models", "remove", "acme/tiny"]);
    assert!(refused.stderr.contains("the hub's cache"), "{refused:?}");
}

#[test]
fn a_dropped_line_is_gone_on_with() {
    let drops = Behaviour {
        drops_after: Some(100_000),
        ..Behaviour::default()
    };
    let (place, hub) = (Place::new(), Hub::start(drops));
    let first = pull(&place, &hub.address, "acme/tiny", &[]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.stderr.contains("cannot be reached"), "{first:?}");
    let second = pull(&place, &hub.address, "acme/tiny", &[]).ok();
    assert_eq!(second.last_json()["model"], "acme/tiny");
    let weights: Vec<String> = hub
        .asked()
        .into_iter()
        .filter(|a| a.contains("safetensors"))
        .collect();
    assert_eq!(weights.len(), 2);
    assert!(weights[1].ends_with("from 100000"), "{weights:?}");
}

#[test]
fn what_is_not_as_stated_is_thrown_away() {
    let lies = Behaviour {
        lies: true,
        ..Behaviour::default()
    };
    let (place, hub) = (Place::new(), Hub::start(lies));
    let outcome = pull(&place, &hub.address, "acme/tiny", &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("model.safetensors arrived damaged"),
        "{outcome:?}"
    );
    let blobs = place
        .root()
        .join("user/.cache/huggingface/hub/models--acme--tiny/blobs");
    let left = std::fs::read_dir(blobs).unwrap().flatten();
    assert!(
        left.into_iter()
            .all(|blob| blob.metadata().unwrap().len() < 1_000_000)
    );
    assert!(
        !place
            .run(&["models", "list"])
            .ok()
            .stdout
            .contains("acme/tiny")
    );
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let place = Place::new();
    let answers = |behaviour, expected: &str| {
        let hub = Hub::start(behaviour);
        let outcome = pull(&place, &hub.address, "acme/tiny", &[]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains(expected), "{expected}: {outcome:?}");
    };
    let with_status = |status| Behaviour {
        status: Some(status),
        ..Behaviour::default()
    };
    answers(with_status(401), "set HF_TOKEN");
    answers(with_status(404), "check the id");
    answers(with_status(429), "try again in some minutes");
    answers(with_status(500), "try again later");
    let lacks = Behaviour {
        lacks_weights: true,
        ..Behaviour::default()
    };
    answers(lacks, "acme/tiny has no model.safetensors");
    let dead = pull(&place, "http://127.0.0.1:9", "acme/tiny", &[]);
    assert!(dead.stderr.contains("http://127.0.0.1:9"), "{dead:?}");
    assert!(dead.stderr.contains("tenk models import"), "{dead:?}");
    for id in ["tiny", "a/b/c", "../up", "acme/..", "acme/tiny@a b"] {
        let refused = pull(&place, "http://127.0.0.1:9", id, &[]);
        assert!(
            refused.stderr.contains("is no model's id"),
            "{id}: {refused:?}"
        );
    }
    let offline = pull(
        &place,
        "http://127.0.0.1:9",
        "acme/tiny",
        &[("HF_HUB_OFFLINE", "1")],
    );
    assert!(
        offline.stderr.contains("no network is wanted"),
        "{offline:?}"
    );
}
