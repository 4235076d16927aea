//! Watching: a folder is kept in step for as long as it is watched.

use std::io::Write;
use std::process::Child;
use std::time::Duration;

use super::pdf::Pdf;
use super::place::{CALDER, Place, signal, wait};

/// A watcher that is killed when the test is over, and what it says.
struct Watcher<'a> {
    place: &'a Place,
    child: Child,
}

impl<'a> Watcher<'a> {
    fn start(place: &'a Place) -> Self {
        let said = |name: &str| std::fs::File::create(place.root().join(name)).unwrap();
        let child = place
            .tenk(&["index", "--watch", "--json"])
            .stderr(said("stderr"))
            .stdout(said("stdout"))
            .spawn()
            .unwrap();
        Self { place, child }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.place.root().join("stderr")).unwrap()
    }

    /// What its runs did.
    fn runs(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.place.root().join("stdout")).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.collect()
    }

    fn read(&self) -> u64 {
        let runs = self.runs();
        runs.iter()
            .filter_map(|run| run["extracted"].as_u64())
            .sum()
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has(place: &Place, name: &str) -> bool {
    let found = place.run(&["search", "covenant note", "--arm", "bm25", "--json"]);
    found.code == Some(0) && found.stdout.contains(name)
}

fn note() -> Vec<u8> {
    Pdf::text("A covenant note that came late").bytes()
}

#[test]
fn a_watched_folder_is_followed() {
    let place = Place::with(&[CALDER]);
    let watcher = Watcher::start(&place);
    wait("the first index", || watcher.said().contains("watching"));
    assert!(watcher.said().contains("notices"), "{}", watcher.said());
    place.write("late.pdf", note());
    wait("the new file", || has(&place, "late.pdf"));
    std::fs::remove_file(place.path("late.pdf")).unwrap();
    wait("its removal", || !has(&place, "late.pdf"));
    // A folder that lost everything is a question, and the watch goes on.
    std::fs::rename(place.path(CALDER), place.root().join("away.pdf")).unwrap();
    wait("the question", || watcher.said().contains("--allow-empty"));
    place.write("again.pdf", note());
    wait("the next file", || has(&place, "again.pdf"));
    signal(watcher.child.id(), "-INT");
}

#[test]
fn a_folder_that_is_taken_away_is_not_begun_anew() {
    let place = Place::with(&[CALDER]);
    let watcher = Watcher::start(&place);
    wait("the first index", || watcher.said().contains("watching"));
    let away = place.root().join("away");
    std::fs::rename(place.folder(), &away).unwrap();
    wait("what is said of it", || watcher.said().contains("is gone"));
    assert!(!place.folder().exists());
    // As a disk leaves its mount point.
    std::fs::create_dir(place.folder()).unwrap();
    let errors = || watcher.said().matches("is gone").count();
    wait("a look at the empty folder", || errors() > 1);
    assert!(!place.path(".tenk").exists());
    std::fs::remove_dir(place.folder()).unwrap();
    std::fs::rename(&away, place.folder()).unwrap();
    place.write("late.pdf", note());
    wait("the next file", || has(&place, "late.pdf"));
    assert_eq!(watcher.read(), 2, "{:?}", watcher.runs());
}

/// Half of it stands there for longer than a burst of notices is waited for.
#[test]
fn a_file_that_is_copied_in_slowly_is_read_once_and_whole() {
    let place = Place::with(&[CALDER]);
    let watcher = Watcher::start(&place);
    wait("the first index", || watcher.said().contains("watching"));
    let bytes = note();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let mut file = std::fs::File::create(place.path("slow.pdf")).unwrap();
    file.write_all(first).unwrap();
    // Until the watcher has looked at it.
    wait("a look at it", || {
        watcher.said().contains("not whole yet: slow.pdf")
    });
    std::thread::sleep(Duration::from_secs(4));
    file.write_all(second).unwrap();
    drop(file);
    wait("the whole file", || has(&place, "slow.pdf"));
    assert_eq!(watcher.read(), 2, "{:?}", watcher.runs());
    let failed: Vec<_> = watcher
        .runs()
        .into_iter()
        .map(|run| run["failed"].clone())
        .collect();
    assert!(
        failed.iter().all(|f| f == &serde_json::json!([])),
        "{failed:?}"
    );
}

/// Not as one that is gone and another that has come: what was set of it goes along.
#[test]
fn a_file_that_is_renamed_keeps_what_was_set_of_it() {
    let place = Place::with(&[CALDER]);
    place.write("note.pdf", note());
    place.run(&["index"]).ok();
    place.run(&["set", "note", "company=Harbor Works"]).ok();
    let watcher = Watcher::start(&place);
    wait("the first look", || watcher.said().contains("watching"));
    // A file that was just written is left for later, whoever moves it.
    std::thread::sleep(Duration::from_secs(3));
    std::fs::rename(place.path("note.pdf"), place.path("renamed.pdf")).unwrap();
    let renamed = || watcher.runs().iter().any(|run| run["renamed"] == 1);
    wait("the new name", renamed);
    let listed = place.run(&["list", "--json"]).ok().stdout;
    assert!(
        listed.contains("renamed.pdf") && listed.contains("Harbor Works"),
        "{listed}"
    );
}

/// What is written to without an end delays itself alone.
#[test]
fn a_file_that_is_always_written_to_is_in_nobodys_way() {
    let place = Place::with(&[CALDER]);
    let watcher = Watcher::start(&place);
    wait("the first index", || watcher.said().contains("watching"));
    let (ends, ended) = std::sync::mpsc::channel::<()>();
    let names = ["busy.log", "busy.pdf"];
    let mut files = names.map(|name| std::fs::File::create(place.path(name)).unwrap());
    let busy = std::thread::spawn(move || {
        let mut written = 0;
        while ended.recv_timeout(Duration::from_millis(100)).is_err() {
            written += files
                .iter_mut()
                .map(|f| f.write(b"more").unwrap())
                .sum::<usize>();
        }
        written
    });
    std::thread::sleep(Duration::from_secs(1));
    place.write("late.pdf", note());
    wait("the whole file", || has(&place, "late.pdf"));
    assert!(!busy.is_finished());
    ends.send(()).unwrap();
    assert!(busy.join().unwrap() > 0);
}

#[test]
fn a_watcher_waits_for_who_writes() {
    let place = Place::with(&[CALDER]);
    std::fs::create_dir_all(place.path(".tenk")).unwrap();
    let lock = std::fs::File::create(place.path(".tenk/lock")).unwrap();
    lock.lock().unwrap();
    let watcher = Watcher::start(&place);
    wait("what it says", || watcher.said().contains("waiting for it"));
    assert!(watcher.runs().is_empty());
    lock.unlock().unwrap();
    wait("its turn", || watcher.read() == 1);
}
