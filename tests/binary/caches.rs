//! The caches repair themselves: whatever becomes of their files, and whatever history a library has,
//! it answers as one that was made at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::pdf::Pdf;
use super::place::{CALDER, Outcome, Place, files_under};

const QUESTIONS: [&str; 4] = [
    "net sales of the quarter",
    "harbor lease",
    "a dividend of forty cents",
    "annual report of the plant",
];

/// What is found: question, document, page, text and score.
pub type Answers = Vec<(String, String, u64, String, f64)>;

/// What an arm finds for the questions.
fn answers(place: &Place, arm: &str) -> Answers {
    let lines = QUESTIONS.map(|q| serde_json::json!({"id": q, "question": q}).to_string());
    let file = place.root().join("questions.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let file = file.to_str().unwrap();
    let run = place.run(&[
        "search",
        "--queries",
        file,
        "--arm",
        arm,
        "--plain",
        "--top-k",
        "99",
        "--json",
    ]);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let mut out = Vec::new();
    for answer in run.ok().json_lines() {
        for hit in answer["hits"].as_array().expect("hits") {
            out.push((
                text(&answer, "id"),
                text(hit, "document"),
                hit["page"].as_u64().unwrap(),
                text(hit, "text"),
                hit["score"].as_f64().unwrap(),
            ));
        }
    }
    out.sort_by(|a, b| (&a.0, &a.1, a.2, &a.3).cmp(&(&b.0, &b.1, b.2, &b.3)));
    out
}

pub fn both(place: &Place) -> Answers {
    let mut out = answers(place, "bm25");
    out.extend(answers(place, "dense"));
    out
}

/// Two answers hold the same hits with the same scores, but for rounding.
pub fn assert_same(ours: &Answers, theirs: &Answers, when: &str) {
    let hits = |answers: &Answers| -> Vec<_> {
        let hit = |a: &(String, String, u64, String, f64)| (a.0.clone(), a.1.clone(), a.2);
        answers.iter().map(hit).collect()
    };
    assert_eq!(hits(ours), hits(theirs), "{when}");
    for (a, b) in ours.iter().zip(theirs) {
        assert_eq!(a.3, b.3, "{when}");
        assert!((a.4 - b.4).abs() <= 1e-4 * b.4.abs(), "{when}: {a:?} {b:?}");
    }
}

fn cache(place: &Place) -> PathBuf {
    place.path(".tenk/cache")
}

/// The files below `folder`, tantivy's locks left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let is_lock = |path: &PathBuf| {
        let name = path.file_name().expect("a file has a name");
        name.to_string_lossy().contains("tantivy")
    };
    let mut out = files_under(folder);
    out.retain(|path| !is_lock(path));
    out.sort();
    out
}

/// A run that reads and embeds nothing.
fn repair(place: &Place) {
    let run = place.json(&["index"]);
    let work = (&run["extracted"], &run["encoded"]);
    assert_eq!(work, (&0.into(), &0.into()), "{run}");
}

fn note(place: &Place, name: &str, text: &str) {
    place.write(name, Pdf::text(text).bytes());
}

/// A library of three documents, whose caches are of several states.
fn library() -> Place {
    let place = Place::with(&[CALDER]);
    note(&place, "lease.pdf", "The harbor lease ends in 2031");
    place.json(&["index"]);
    note(&place, "dividend.pdf", "A dividend of forty cents");
    place.json(&["index"]);
    note(&place, "lease.pdf", "The harbor lease ends in 2037");
    place.json(&["index"]);
    place
}

/// Ways in which a file is lost.
const DAMAGE: [&str; 5] = [
    "a bit near its beginning",
    "a bit near its end",
    "half of it",
    "all of it",
    "a folder in its place",
];

fn damage(path: &Path, how: &str) {
    match how {
        "half of it" => {
            let length = fs::metadata(path).unwrap().len();
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(length / 2).unwrap();
        }
        "all of it" => fs::remove_file(path).unwrap(),
        "a folder in its place" => {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }
        bit => {
            let mut bytes = fs::read(path).unwrap();
            let part = if bit.ends_with("end") { 6 } else { 1 };
            let at = (bytes.len() - 1) * part / 7;
            bytes[at] ^= 1 << part;
            fs::write(path, bytes).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn every_file_of_the_caches_is_repaired() {
    let place = library();
    let before = both(&place);
    assert!(before.len() > 10, "{before:?}");
    let (cache, kept) = (cache(&place), place.root().join("kept"));
    copy(&cache, &kept);
    let count = files(&cache).len();
    assert!(count > 12, "{count}");
    for at in 0..count {
        fs::remove_dir_all(&cache).unwrap();
        copy(&kept, &cache);
        let how = DAMAGE[at % DAMAGE.len()];
        let path = files(&cache)[at].clone();
        damage(&path, how);
        let when = format!("{how}: {}", path.display());
        // A reader repairs nothing, and is not misled either.
        assert_same(&both(&place), &before, &when);
        repair(&place);
        assert_same(&both(&place), &before, &when);
        let whole = fs::symlink_metadata(cache.join("lexical/stamp")).unwrap();
        assert!(whole.is_file(), "{when}");
    }
}

#[test]
fn strangers_among_the_files_are_in_nobodys_way() {
    let place = library();
    for path in files(&cache(&place)) {
        if path.extension().is_some_and(|x| x == "idx" || x == "del") {
            for opstamp in 0..60 {
                let stray = path.with_extension(format!("{opstamp}.del"));
                if !stray.exists() {
                    fs::write(stray, "stray").unwrap();
                }
            }
        }
    }
    for folder in fs::read_dir(cache(&place)).unwrap().map(Result::unwrap) {
        let folder = folder.path();
        fs::create_dir_all(folder.join("state-77/deep")).unwrap();
        for name in ["meta.json", "stamp.json", "graph-3.hnsw.data", "state-99"] {
            fs::write(folder.join(name), "of another time").unwrap();
        }
    }
    fs::remove_file(place.path("dividend.pdf")).unwrap();
    note(&place, "late.pdf", "The harbor lease of the plant");
    place.json(&["index"]);
    let ours = both(&place);
    fs::remove_dir_all(cache(&place)).unwrap();
    repair(&place);
    assert_same(&ours, &both(&place), "after a repair");
    for folder in fs::read_dir(cache(&place)).unwrap().map(Result::unwrap) {
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(
            left,
            2,
            "a stamp and a state in {}",
            folder.path().display()
        );
    }
}

#[test]
fn files_in_place_of_the_caches_folders_are_replaced() {
    let place = library();
    let before = both(&place);
    for folder in fs::read_dir(cache(&place)).unwrap().map(Result::unwrap) {
        fs::remove_dir_all(folder.path()).unwrap();
        fs::write(folder.path(), "no folder").unwrap();
    }
    assert_same(&both(&place), &before, "read");
    repair(&place);
    assert_same(&both(&place), &before, "repaired");
    assert!(cache(&place).join("lexical/stamp").is_file());
}

fn generation(place: &Place) -> u64 {
    place.json(&["status"])["generation"].as_u64().unwrap()
}

/// The files of a database.
const DATABASE: [&str; 3] = ["tenk.db", "tenk.db-wal", "tenk.db-shm"];

/// Puts the database that lies in `from` into the folder `to`, in place of what is there.
fn copy_database(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in DATABASE {
        if to.join(name).exists() {
            fs::remove_file(to.join(name)).unwrap();
        }
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// The answers of a library made at once from the same folder.
fn made_at_once(place: &Place, arm: &str) -> Answers {
    let (state, kept) = (place.path(".tenk"), place.root().join("state"));
    fs::rename(&state, &kept).unwrap();
    place.json(&["index"]);
    let out = answers(place, arm);
    fs::remove_dir_all(&state).unwrap();
    fs::rename(&kept, &state).unwrap();
    out
}

#[test]
fn a_new_database_never_meets_the_caches_of_the_one_before() {
    let place = Place::new();
    note(&place, "a.pdf", "The harbor lease ends in 2031");
    place.json(&["index"]);
    let first = generation(&place);
    let none = place.root().join("none");
    copy_database(&none, &place.path(".tenk"));
    fs::remove_file(place.path("a.pdf")).unwrap();
    note(&place, "b.pdf", "A dividend of forty cents");
    place.json(&["index"]);
    assert_eq!(generation(&place), first, "the numbers are the same");
    for arm in ["bm25", "dense"] {
        assert_same(&answers(&place, arm), &made_at_once(&place, arm), arm);
    }
}

#[test]
fn a_restored_copy_of_the_database_never_meets_the_caches_of_its_other_life() {
    let place = Place::new();
    note(&place, "a.pdf", "The harbor lease ends in 2031");
    place.json(&["index"]);
    let (state, copied) = (place.path(".tenk"), place.root().join("copied"));
    copy_database(&state, &copied);
    note(&place, "b.pdf", "A dividend of forty cents");
    place.json(&["index"]);
    let first = generation(&place);
    copy_database(&copied, &state);
    // The caches know what the restored store does not.
    let hits = both(&place);
    assert!(!hits.is_empty());
    assert!(hits.iter().all(|hit| hit.1 == "a.pdf"), "{hits:?}");
    fs::remove_file(place.path("b.pdf")).unwrap();
    note(&place, "c.pdf", "The annual report of the plant");
    place.json(&["index"]);
    assert_eq!(generation(&place), first, "the numbers are the same");
    for arm in ["bm25", "dense"] {
        assert_same(&answers(&place, arm), &made_at_once(&place, arm), arm);
    }
}

/// A writer that is killed between the database and its caches leaves these behind.
#[test]
fn caches_that_were_left_behind_hide_nothing() {
    let place = library();
    let old = place.root().join("old");
    copy(&cache(&place), &old);
    note(&place, "late.pdf", "A covenant that came late");
    place.run(&["index"]).ok();
    let expected = both(&place);
    fs::remove_dir_all(cache(&place)).unwrap();
    copy(&old, &cache(&place));
    assert_same(&both(&place), &expected, "by readers");
    repair(&place);
    assert_same(&both(&place), &expected, "mended");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_in_place_of_files_are_damage() {
    let place = library();
    let expected = both(&place);
    let (cache, kept) = (cache(&place), place.root().join("kept"));
    copy(&cache, &kept);
    for at in 0..files(&kept).len() {
        fs::remove_dir_all(&cache).unwrap();
        copy(&kept, &cache);
        let path = files(&cache)[at].clone();
        fs::remove_file(&path).unwrap();
        if at % 2 == 0 {
            std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        } else {
            Outcome::of(place.program("mkfifo").arg(&path)).ok();
        }
        let when = path.display().to_string();
        assert_same(&both(&place), &expected, &when);
        repair(&place);
        assert_same(&both(&place), &expected, &when);
    }
}

#[test]
fn a_renamed_file_is_found_by_its_new_name_alone() {
    let place = Place::new();
    // A name that begins with a number is no company's: that would stay with the document.
    note(&place, "1_harbor.pdf", "Cash and cash equivalents");
    note(&place, "2_other.pdf", "Cash of another kind");
    place.json(&["index"]);
    fs::rename(place.path("1_harbor.pdf"), place.path("1_calder.pdf")).unwrap();
    let run = place.json(&["index"]);
    let work = (&run["renamed"], &run["extracted"], &run["encoded"]);
    // It goes by its name, which its passage begins with.
    assert_eq!(work, (&1.into(), &0.into(), &1.into()));
    let by_name = |name: &str| {
        let found = place.json(&["search", name, "--arm", "bm25", "--plain"]);
        let hits = found["hits"].as_array().unwrap().clone();
        hits.iter()
            .map(|hit| hit["document"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(by_name("calder"), ["1_calder.pdf"]);
    assert!(by_name("harbor").is_empty());
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % limit as u64) as usize
    }

    /// A page of text in words of the questions and others.
    fn text(&mut self) -> String {
        let words: Vec<&str> = QUESTIONS.iter().flat_map(|q| q.split(' ')).collect();
        let line = |dice: &mut Self| {
            let word = |dice: &mut Self| match dice.below(3) {
                0 => format!("term{}", dice.below(50)),
                _ => words[dice.below(words.len())].to_owned(),
            };
            let count = 3 + dice.below(9);
            (0..count).map(|_| word(dice)).collect::<Vec<_>>().join(" ")
        };
        let lines: Vec<String> = (0..1 + self.below(30)).map(|_| line(self)).collect();
        let shown: Vec<String> = lines.iter().map(|l| format!("({l}.) Tj T*")).collect();
        format!("BT /F1 9 Tf 60 760 Td 11 TL {} ET", shown.join(" "))
    }

    /// Adds, changes, removes or renames a file.
    fn change(&mut self, place: &Place) {
        let mut names: Vec<String> = fs::read_dir(place.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".pdf"))
            .collect();
        names.sort();
        // No company's name, which would stay with a renamed document.
        let word = ["harbor", "plant", "lease"][self.below(3)];
        let new = format!("{}_{word}.pdf", self.below(999));
        let old = (!names.is_empty()).then(|| names[self.below(names.len())].clone());
        match (self.below(8), old) {
            (0 | 1, Some(old)) => fs::remove_file(place.path(&old)).unwrap(),
            (2, Some(old)) => fs::rename(place.path(&old), place.path(&new)).unwrap(),
            (3 | 4, Some(old)) => place.write(&old, Pdf::page(&self.text()).bytes()),
            _ => place.write(&new, Pdf::page(&self.text()).bytes()),
        }
    }
}

#[test]
fn scores_after_any_history_are_those_of_a_library_made_at_once() {
    let place = Place::new();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for step in 0..24 {
        for _ in 0..1 + dice.below(3) {
            dice.change(&place);
        }
        place.json(&["index"]);
        if step % 8 == 7 {
            let ours = answers(&place, "bm25");
            assert!(ours.len() > 10, "{ours:?}");
            assert_same(
                &ours,
                &made_at_once(&place, "bm25"),
                &format!("step {step}"),
            );
        }
    }
}

#[test]
fn a_run_killed_at_any_time_leaves_what_the_next_one_goes_on_from() {
    let place = Place::new();
    let mut dice = Dice(7);
    for step in 0..10 {
        for _ in 0..4 {
            dice.change(&place);
        }
        let mut child = place
            .tenk(&["index"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(40 * step));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    place.json(&["index"]);
    let ours = answers(&place, "bm25");
    assert_same(&ours, &made_at_once(&place, "bm25"), "words");
    let ours = answers(&place, "dense");
    fs::remove_dir_all(cache(&place)).unwrap();
    repair(&place);
    assert_same(&ours, &answers(&place, "dense"), "vectors");
}
