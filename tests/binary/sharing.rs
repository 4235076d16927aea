//! A library that is published to an engine: `milvus-lite`, which `TENK_MILVUS_LITE` names or the path has. Where it is
//! not here these are skipped, and say so.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::place::{CALDER, NORTHGATE, Place, wait};
use tenk::share::Engine;
use tenk::share::address::{Address, Credentials};

/// An engine of this machine, ended with the test.
struct Lite {
    program: PathBuf,
    data: tempfile::TempDir,
    port: u16,
    process: Child,
}

impl Lite {
    fn start() -> Option<Self> {
        let named = std::env::var_os("TENK_MILVUS_LITE").map(PathBuf::from);
        let program = named.unwrap_or_else(|| "milvus-lite".into());
        if Command::new(&program).arg("--help").output().is_err() {
            eprintln!("skipped: there is no milvus-lite here (TENK_MILVUS_LITE names one)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let data = tempfile::tempdir().unwrap();
        let process = serve(&program, &data, port);
        Some(Self {
            program,
            data,
            port,
            process,
        })
    }

    fn address(&self, name: &str) -> String {
        format!("milvus://127.0.0.1:{}/{name}", self.port)
    }

    /// Ends it as a power cut would.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn restart(&mut self) {
        self.process = serve(&self.program, &self.data, self.port);
    }

    fn engine(&self, name: &str) -> Engine {
        let address = Address::parse(&self.address(name)).unwrap();
        Engine::connect(&address, &Credentials::default(), false).unwrap()
    }

    /// How many rows each table has.
    fn counts(&self, name: &str) -> [u64; 5] {
        let engine = self.engine(name);
        ["placements", "contents", "parts", "words", "embedded"]
            .map(|table| engine.count(table, "").unwrap())
    }
}

fn serve(program: &PathBuf, data: &tempfile::TempDir, port: u16) -> Child {
    let mut process = Command::new(program)
        .args(["server", "--host", "127.0.0.1", "--data-dir"])
        .arg(data.path())
        .args(["--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait("the engine listens", || {
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "the engine has ended: {ended:?}");
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    process
}

impl Drop for Lite {
    fn drop(&mut self) {
        self.kill();
    }
}

fn publish(place: &Place, address: &str) -> Value {
    place.run(&["publish", address, "--json"]).ok().last_json()
}

#[test]
fn a_library_is_published_and_kept_in_step() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let chunks = place.json(&["status"])["chunks"].clone();
    let first = publish(&place, address);
    assert_eq!(
        (&first["documents"], &first["chunks"]),
        (&json!(2), &chunks)
    );
    assert_eq!(
        (&first["changed"], &first["written"]),
        (&json!(2), &json!(2))
    );
    let engine = lite.engine("filings");
    assert_eq!(json!(engine.count("words", "").unwrap()), chunks);
    let again = publish(&place, address);
    assert_eq!(
        (&again["changed"], &again["written"]),
        (&json!(0), &json!(0))
    );
    // A tag is of the file, and its content stays.
    place.run(&["tag", "peers", "CALDER_2024Q1_EARNINGS"]).ok();
    let tagged = publish(&place, address);
    assert_eq!(
        (&tagged["changed"], &tagged["written"]),
        (&json!(1), &json!(0))
    );
    // Another publisher of the same file writes none of it.
    let other = Place::shared(&[CALDER]).copy();
    let shared = publish(&other, address);
    assert_eq!(
        (&shared["changed"], &shared["written"]),
        (&json!(1), &json!(0))
    );
    std::fs::remove_file(place.path(CALDER)).unwrap();
    place.run(&["index"]).ok();
    let removed = publish(&place, address);
    assert_eq!(
        (&removed["removed"], &removed["documents"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        lite.counts("filings")[..2],
        [2, 2],
        "the other has it still"
    );
    // Another library in the same engine knows nothing of this one.
    let apart = publish(&other, &lite.address("apart"));
    assert_eq!(apart["written"], json!(1));
    assert_eq!(lite.counts("apart")[..2], [1, 1]);
}

/// What is read of a shared library is what the library says that it was published from, and follows it.
#[test]
fn a_shared_library_says_what_the_library_says() {
    let Some(mut lite) = Lite::start() else {
        return;
    };
    let address = &lite.address("filings");
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let reader = Place::new();
    let same = |arguments: &[&str]| {
        let there = [arguments, &["-L", address]].concat();
        let (own, read) = (place.run(arguments).ok(), reader.run(&there).ok());
        assert!(!own.stdout.is_empty(), "{arguments:?}");
        assert!(own.stdout == read.stdout, "{arguments:?}: {}", read.stdout);
    };
    let nothing = reader.run(&["list", "-L", address]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(
        nothing.stderr.contains("nothing was published there"),
        "{nothing:?}"
    );
    place.run(&["tag", "peers", "CALDER_2024Q1_EARNINGS"]).ok();
    publish(&place, address);
    for arguments in [
        &["list"][..],
        &["tag"],
        &["show", "NORTHGATE_2023_10K:10"],
        &["facts", "--json"],
        &["facts", "--all", "--document", "CALDER_2024Q1_EARNINGS"],
        &["grid", "revenue", "net income", "--company", "northgate"],
    ] {
        same(arguments);
    }
    for arguments in [
        &["ask", "What were Northgate's net sales in 2023?"][..],
        &["ask", "Who audits Northgate?", "--json"],
        &["grid", "revenue", "net income", "--json"],
    ] {
        same_but_times(&place, &reader, address, arguments);
    }
    same_hits(&place, &reader, address);
    same(&["redline", "NORTHGATE_2023_10K", "CALDER_2024Q1_EARNINGS"]);
    for arguments in [
        &["index"][..],
        &["tag", "x", "NORTHGATE_2023_10K"],
        &["set", "NORTHGATE_2023_10K", "year=2001"],
    ] {
        let refused = reader.run(&[arguments, &["-L", address]].concat());
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("shared library is"), "{refused:?}");
    }
    // Another publisher's file of the same path is another document.
    let other = Place::new();
    std::fs::copy(
        super::place::corpora("CALDER_2024Q2_10Q.pdf"),
        other.path(CALDER),
    )
    .unwrap();
    other.run(&["index"]).ok();
    publish(&other, address);
    let all = reader
        .run(&["list", "-L", address, "--json"])
        .ok()
        .json_lines();
    let names: Vec<&str> = all
        .iter()
        .map(|row| row["document"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.ends_with(".pdf")), "{names:?}");
    for name in &names {
        let shown = reader
            .run(&["show", &format!("{name}:1"), "-L", address])
            .ok();
        assert!(!shown.stdout.is_empty(), "{name}");
    }
    std::fs::remove_file(other.path(CALDER)).unwrap();
    other.run(&["index", "--allow-empty"]).ok();
    publish(&other, address);
    std::fs::remove_file(place.path(CALDER)).unwrap();
    place.run(&["index"]).ok();
    publish(&place, address);
    same(&["list"]);
    lite.kill();
    let gone = reader.run(&["list", "-L", address]);
    assert!(gone.stderr.contains("cannot be reached"), "{gone:?}");
    lite.restart();
    same(&["facts", "--json"]);
}

/// Asks a library and the shared one that it was published to; the answers are the same but for the time they took.
fn same_but_times(place: &Place, reader: &Place, address: &str, arguments: &[&str]) {
    let timeless = |place: &Place, arguments: &[&str]| {
        let said = place.run(arguments).ok().stdout;
        match serde_json::from_str::<Value>(&said) {
            Ok(mut json) => {
                for own in ["seconds", "ms"] {
                    json.as_object_mut().unwrap().remove(own);
                }
                json.to_string()
            }
            Err(_) => said,
        }
    };
    let there = [arguments, &["-L", address]].concat();
    assert_eq!(
        timeless(place, arguments),
        timeless(reader, &there),
        "{arguments:?}"
    );
}

/// The same questions find the same passages in a library and in the shared one that it was published to, by either
/// arm and with any filter, and words score the same.
fn same_hits(place: &Place, reader: &Place, address: &str) {
    let hits = |place: &Place, arguments: &[&str]| {
        let said = place.run(arguments).ok().last_json();
        let hits = said["hits"].as_array().unwrap().iter();
        let hits = hits.map(|hit| {
            let scores = ["bm25_score", "cosine"].map(|name| hit[name].as_f64().unwrap_or(0.0));
            (hit["chunk_id"].as_str().unwrap().to_owned(), scores)
        });
        hits.collect::<Vec<_>>()
    };
    for arguments in [
        &["net sales of Northgate by segment"][..],
        &["goodwill impairment", "--arm", "bm25"],
        &["goodwill impairment", "--arm", "dense"],
        &["Calder's outlook", "--no-found"],
        &["free cash flow"],
        &["what drove the gross margin", "--year", "2023"],
        &["risk factors", "--document", "NORTHGATE_2023_10K"],
        &["competition", "--section", "Business"],
        &["net sales", "--filter", "company:calder"],
        &["the and of"],
    ] {
        let own = [&["search", "--json", "-k", "20"], arguments].concat();
        let there = [&own[..], &["-L", address]].concat();
        let (own, there) = (hits(place, &own), hits(reader, &there));
        assert!(!own.is_empty(), "{arguments:?}");
        // Those of one score may change places.
        let sorted = |hits: &[(String, [f64; 2])]| {
            let mut ids: Vec<String> = hits.iter().map(|(id, _)| id.clone()).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(sorted(&own), sorted(&there), "{arguments:?}");
        for (id, scores) in &own {
            let other = there.iter().find(|(other, _)| other == id).unwrap();
            for (own, there) in scores.iter().zip(other.1) {
                assert!(
                    (own - there).abs() < 2e-3,
                    "{arguments:?} {id}: {own} {there}"
                );
            }
        }
    }
}

#[test]
fn publishers_and_engines_that_are_killed_lose_nothing() {
    let Some(mut lite) = Lite::start() else {
        return;
    };
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let began = Instant::now();
    publish(&place, &lite.address("whole"));
    let (whole, took) = (lite.counts("whole"), began.elapsed());
    let address = &lite.address("filings");
    let mut random = fastrand::Rng::with_seed(11);
    for run in 0..16 {
        let mut publisher = place.tenk(&["publish", address, "--json"]);
        let mut publisher = publisher
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(took.mul_f64(random.f64()) + Duration::from_millis(50));
        if run % 4 == 3 {
            lite.kill();
            publisher.kill().unwrap();
            lite.restart();
        } else {
            publisher.kill().unwrap();
        }
        publisher.wait().unwrap();
    }
    publish(&place, address);
    assert_eq!(lite.counts("filings"), whole);
    let again = publish(&place, address);
    assert_eq!(
        (&again["changed"], &again["written"]),
        (&json!(0), &json!(0))
    );
    // What an engine has lost is written again.
    let engine = lite.engine("filings");
    engine.delete("words", "page == 1").unwrap();
    assert_ne!(lite.counts("filings"), whole);
    assert_ne!(publish(&place, address)["written"], json!(0));
    assert_eq!(lite.counts("filings"), whole);
    let vectors = engine.alias("serving").unwrap().unwrap();
    let had = engine.count(&vectors, "").unwrap();
    engine.delete(&vectors, "page == 1").unwrap();
    assert_eq!(publish(&place, address)["written"], json!(0));
    assert_eq!(engine.count(&vectors, "").unwrap(), had);
}

#[test]
fn publishers_at_once_do_not_meet() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    let names = [CALDER, NORTHGATE, "CALDER_2024Q2_10Q.pdf"];
    let places: Vec<Place> = names
        .iter()
        .map(|name| Place::shared(&[name]).copy())
        .collect();
    std::thread::scope(|scope| {
        for place in &places {
            scope.spawn(|| publish(place, address));
        }
    });
    assert_eq!(lite.counts("filings")[..2], [3, 3]);
    for place in &places {
        assert_eq!(publish(place, address)["changed"], json!(0));
    }
}

#[test]
fn a_model_serves_once_it_has_embedded_all_and_the_one_before_again() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    let place = Place::shared(&[CALDER]).copy();
    let other = Place::shared(&[NORTHGATE]).copy();
    assert_eq!(publish(&other, address)["serves"], "filings");
    // The base serves this library.
    place.run(&["index", "--model", "base"]).ok();
    place.write(".tenk/serving.json", "{}");
    let published = place.run(&["publish", address]).ok();
    assert!(published.stderr.contains("--promote"), "{published:?}");
    let refused = place.run(&["publish", address, "--promote"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("1 of 2 documents"), "{refused:?}");
    assert_eq!(publish(&other, address)["serves"], "filings");
    place
        .run(&["publish", address, "--promote", "--force"])
        .ok();
    assert_eq!(publish(&other, address)["serves"], "base");
    let back = place.run(&["publish", address, "--rollback"]).ok();
    assert!(back.stdout.starts_with("filings answers"), "{back:?}");
    assert_eq!(publish(&other, address)["serves"], "filings");
    let refused = place.run(&["publish", address, "--rollback"]);
    assert!(
        refused.stderr.contains("no model has served there before"),
        "{refused:?}"
    );
}

/// A reader embeds its questions by the model that serves there, whose files come with it, and by the one before after a
/// rollback.
#[test]
fn a_reader_asks_by_the_model_that_serves() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    let place = Place::shared(&[CALDER]).copy();
    publish(&place, address);
    let reader = Place::new();
    let model = || {
        let found = reader.run(&["search", "net sales", "--json", "-L", address]);
        let found = found.ok().last_json();
        assert_eq!(found["encoded"], found["chunks"], "{found}");
        found["model"].as_str().unwrap().to_owned()
    };
    assert_eq!(model(), "filings");
    super::model::import(&place);
    place.run(&["index", "--model", "tiny"]).ok();
    place.run(&["models", "promote", "tiny", "--force"]).ok();
    place.run(&["publish", address, "--promote"]).ok();
    assert_eq!(model(), "tiny");
    let hits = |place: &Place, there: &[&str]| -> Vec<String> {
        let search = ["search", "net sales", "--json", "--arm", "dense"];
        let found = place.run(&[&search[..], there].concat()).ok().last_json();
        let hits = found["hits"].as_array().unwrap().iter();
        hits.map(|hit| hit["chunk_id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(hits(&place, &[]), hits(&reader, &["-L", address]));
    place.run(&["publish", address, "--rollback"]).ok();
    assert_eq!(model(), "filings");
}

/// Workers take a folder's files between them; those of one that was killed are taken by another, and nothing is twice.
#[test]
fn workers_share_a_folder_and_a_dead_ones_files() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    let names = [
        CALDER,
        NORTHGATE,
        "CALDER_2024Q2_10Q.pdf",
        "GLOSSARY_OF_FILING_TERMS.pdf",
        "LUMETRA_TREASURY_POLICY.pdf",
    ];
    let place = Place::with(&names);
    std::fs::create_dir(place.path("deep")).unwrap();
    place.write("deep/broken.pdf", "%PDF-1.7 and no more");
    let folder = place.folder();
    let folder = folder.to_str().unwrap();
    let work = |place: &Place| place.tenk(&["work", address, folder, "--lease", "3", "--json"]);
    let start = |place: &Place| {
        let mut worker = work(place);
        let worker = worker.stdout(Stdio::piped()).stderr(Stdio::piped());
        worker.spawn().unwrap()
    };
    // The first to come takes four of the six, and is killed while it works on them.
    let mut killed = start(&place);
    let taken = || {
        let address = Address::parse(address).unwrap();
        let engine = Engine::connect(&address, &Credentials::default(), false);
        engine.is_ok_and(|engine| engine.count("work", "state == \"taken\"").unwrap_or(0) > 0)
    };
    wait("a file is taken", taken);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let others = [start(&place), start(&place)];
    let mut read = 0;
    for worker in others {
        let ended = worker.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        let said: Value = serde_json::from_str(said.trim()).unwrap();
        read += said["documents"].as_u64().unwrap();
        let list = json!({"waiting": 0, "taken": 0, "done": 5, "failed": 1});
        assert_eq!(said["list"], list, "{said}");
    }
    assert!(read >= 5, "{read}");
    assert_eq!(lite.counts("filings")[..2], [5, 5]);
    let reader = Place::new();
    let listed = |reader: &Place| {
        let rows = reader.run(&["list", "--json", "-L", address]).ok();
        let rows = rows.json_lines().into_iter();
        let names = rows.map(|row| row["document"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let mut all = names.map(str::to_owned).to_vec();
    all.sort_unstable();
    assert_eq!(listed(&reader), all);
    // What one library would have: the same facts.
    place.run(&["index"]);
    let own = place.run(&["facts", "--json"]).ok().stdout;
    let read = reader.run(&["facts", "--json", "-L", address]).ok().stdout;
    assert!(own == read, "{own}\n{read}");
    // What is there is not read again, what is gone goes, what is another is read.
    std::fs::remove_file(place.path(NORTHGATE)).unwrap();
    std::fs::remove_file(place.path("deep/broken.pdf")).unwrap();
    std::fs::copy(
        place.path(CALDER),
        place.path("LUMETRA_TREASURY_POLICY.pdf"),
    )
    .unwrap();
    let again = super::place::Outcome::of(&mut work(&place))
        .ok()
        .last_json();
    assert_eq!(
        (&again["removed"], &again["documents"]),
        (&json!(2), &json!(1)),
        "{again}"
    );
    assert_eq!(listed(&reader).len(), 4);
    // A folder that has lost all of them may not be mounted.
    for name in [
        CALDER,
        "CALDER_2024Q2_10Q.pdf",
        "GLOSSARY_OF_FILING_TERMS.pdf",
        "LUMETRA_TREASURY_POLICY.pdf",
    ] {
        std::fs::remove_file(place.path(name)).unwrap();
    }
    assert_eq!(
        super::place::Outcome::of(&mut work(&place))
            .ok()
            .last_json()["removed"],
        json!(0)
    );
    assert_eq!(listed(&reader).len(), 4);
}

#[test]
fn what_cannot_be_published_is_refused_in_time() {
    let Some(lite) = Lite::start() else { return };
    let place = Place::shared(&[CALDER]).copy();
    let address = &lite.address("filings");
    publish(&place, address);
    let row = json!({"id": "version", "value": "99", "vector": [0.0, 1.0]});
    lite.engine("filings").upsert("about", vec![row]).unwrap();
    let refused = place.run(&["publish", address]);
    assert!(refused.stderr.contains("newer tenk"), "{refused:?}");
    let began = Instant::now();
    let mut gone = place.tenk(&["publish", "milvus://127.0.0.1:1/x", "--json"]);
    let gone = super::place::Outcome::of(gone.env("TENK_MILVUS_TOKEN", "root:secret"));
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(
        gone.last_json()["error"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{gone:?}"
    );
    assert!(!format!("{gone:?}").contains("secret"), "{gone:?}");
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
    let empty = Place::new();
    let refused = empty.run(&["publish", address]);
    assert!(refused.stderr.contains("no library yet"), "{refused:?}");
}

/// What an engine says is no path: names that lead out of their folders are refused.
#[test]
fn names_that_an_engine_gives_stay_in_their_folders() {
    let Some(lite) = Lite::start() else { return };
    let address = &lite.address("filings");
    publish(&Place::shared(&[CALDER]).copy(), address);
    let engine = lite.engine("filings");
    let reader = Place::new();
    let refused = |what: &str| {
        let search = reader.run(&["search", "net sales", "-L", address]);
        assert_eq!(search.code, Some(1), "{search:?}");
        assert!(search.stderr.contains(what), "{search:?}");
    };
    let escape = "../../../escaped";
    let row = json!({"id": "a".repeat(32), "owner": "o", "content": escape, "mark": "m", "row": "{}", "vector": [0.0, 1.0]});
    engine.upsert("placements", vec![row]).unwrap();
    refused("is no shared library");
    engine.delete("placements", "owner == \"o\"").unwrap();
    let vectors = engine.alias("serving").unwrap().unwrap();
    let key = format!("model/{}", vectors.trim_start_matches("vectors_"));
    let kept = json!({"name": escape, "stored": "m", "fingerprint": "f", "dimensions": 384, "files": [["config.json", 1]]});
    let row = json!({"id": key, "value": kept.to_string(), "vector": [0.0, 1.0]});
    engine.upsert("about", vec![row]).unwrap();
    refused("cannot be called");
    let escaped = super::place::files_under(reader.root());
    let escaped = escaped
        .iter()
        .filter(|path| path.to_string_lossy().contains("escaped"));
    assert_eq!(escaped.count(), 0);
}

/// Engines give some thousands of rows at once: beyond them all come, each once.
#[test]
fn more_rows_than_an_engine_gives_at_once_are_all_read() {
    let Some(lite) = Lite::start() else { return };
    publish(&Place::shared(&[CALDER]).copy(), &lite.address("filings"));
    let engine = lite.engine("filings");
    let mut random = fastrand::Rng::with_seed(5);
    let ids: Vec<String> = (0..12_000)
        .map(|_| format!("{:032x}", random.u128(..)))
        .collect();
    for some in ids.chunks(2000) {
        let row = |id: &String| json!({"id": id, "owner": "o", "content": "c", "mark": "m", "row": "{}", "vector": [0.0, 1.0]});
        engine
            .upsert("placements", some.iter().map(row).collect())
            .unwrap();
    }
    let rows = engine
        .rows("placements", "owner == \"o\"", "id", &["id"])
        .unwrap();
    let mut read: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    read.sort_unstable();
    ids.sort_unstable();
    assert!(read == ids, "{} of {}", read.len(), ids.len());
}
