//! Folders that may not be read or written, names that are no text, disks that are full.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::pdf::Pdf;
use super::place::{CALDER, NORTHGATE, Outcome, Place, TENK, files_under};

/// Another user, to whom permissions apply when the tests run as root.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// Runs as an ordinary user: permissions mean nothing to root.
#[cfg(unix)]
pub fn run_as_user(place: &Place, arguments: &[&str]) -> Outcome {
    use std::os::unix::process::CommandExt;
    if !is_root() {
        return place.run(arguments);
    }
    let program = place.root().join("tenk");
    std::fs::copy(TENK, &program).unwrap();
    set_mode(&program, 0o755);
    let chown = Command::new("chown")
        .arg("-R")
        .arg(NOBODY.to_string())
        .arg(place.root())
        .status();
    assert!(chown.unwrap().success());
    let mut command = place.program(&program);
    // The folder itself may be closed to this user.
    command.current_dir(if arguments.contains(&"-L") {
        place.root().to_owned()
    } else {
        place.folder()
    });
    Outcome::of(command.args(arguments).uid(NOBODY))
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_listed() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    set_mode(&place.path(NORTHGATE), 0o000);
    let outcome = run_as_user(&place, &["index", "--json"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    let summary = outcome.last_json();
    assert_eq!(summary["documents"], 1);
    let failed = &summary["failed"][0];
    assert_eq!(
        (&failed["document"], &failed["reason"]),
        (&NORTHGATE.into(), &"unreadable".into())
    );
    assert!(
        failed["detail"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .contains("permission"),
        "{failed}"
    );
    set_mode(&place.path(NORTHGATE), 0o644);
    let outcome = run_as_user(&place, &["index", "--json"]).ok();
    assert_eq!(outcome.last_json()["documents"], 2, "read once it may be");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_for_a_while_is_found_meanwhile() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    run_as_user(&place, &["index"]).ok();
    // Touched as well, or nobody would look.
    let file = std::fs::File::options()
        .append(true)
        .open(place.path(NORTHGATE));
    file.unwrap()
        .set_modified(std::time::SystemTime::now())
        .unwrap();
    set_mode(&place.path(NORTHGATE), 0o000);
    for _ in 0..2 {
        let outcome = run_as_user(&place, &["index", "--json"]);
        assert_eq!(outcome.code, Some(3), "{outcome:?}");
        let summary = outcome.last_json();
        assert_eq!(summary["documents"], 2, "{summary}");
        assert_eq!(summary["failed"][0]["reason"], "unreadable");
        let detail = summary["failed"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("kept as it was"), "{detail}");
    }
    let listed = run_as_user(&place, &["list"]).ok().stdout;
    let line = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line(NORTHGATE).contains("may not be read now"), "{listed}");
    assert!(!line(CALDER).contains("the file"), "{listed}");
    set_mode(&place.path(NORTHGATE), 0o644);
    let summary = run_as_user(&place, &["index", "--json"]).ok().last_json();
    assert_eq!(
        (&summary["documents"], &summary["extracted"]),
        (&2.into(), &0.into())
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_listed_loses_nothing() {
    let place = Place::with(&[CALDER]);
    std::fs::create_dir(place.path("north")).unwrap();
    std::fs::rename(place.path(CALDER), place.path("north").join(CALDER)).unwrap();
    place.write("note.pdf", Pdf::text("A note in the open").bytes());
    run_as_user(&place, &["index"]).ok();
    set_mode(&place.path("north"), 0o000);
    let planned = run_as_user(&place, &["index", "--dry-run"]);
    assert_eq!(planned.code, Some(3), "{planned:?}");
    assert!(
        planned.stderr.contains("not listed: ") && planned.stderr.contains("north"),
        "{planned:?}"
    );
    let outcome = run_as_user(&place, &["index", "--json"]);
    set_mode(&place.path("north"), 0o755);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    let summary = outcome.last_json();
    assert_eq!(
        (&summary["documents"], &summary["removed"]),
        (&2.into(), &0.into())
    );
    assert!(
        summary["unlisted"][0].as_str().unwrap().contains("north"),
        "{summary}"
    );
}

#[cfg(unix)]
#[test]
fn the_library_itself_unlistable_is_an_error() {
    let place = Place::with(&[CALDER]);
    set_mode(&place.folder(), 0o000);
    let outcome = run_as_user(
        &place,
        &["index", "-L", place.folder().to_str().unwrap(), "--json"],
    );
    set_mode(&place.folder(), 0o755);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.to_lowercase().contains("permission"),
        "{outcome:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_entered_is_an_error() {
    let place = Place::with(&[CALDER]);
    set_mode(&place.folder(), 0o444);
    let folder = place.folder();
    let outcome = run_as_user(&place, &["index", "-L", folder.to_str().unwrap()]);
    set_mode(&place.folder(), 0o755);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("ermission"), "{outcome:?}");
    assert!(
        !place.root().join("data").exists(),
        "nothing is begun elsewhere"
    );
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_keeps_its_state_elsewhere() {
    let place = Place::with(&[CALDER]);
    set_mode(&place.folder(), 0o555);
    let outcome = run_as_user(&place, &["index", "--json"]).ok();
    assert!(outcome.stderr.contains("note: "), "says where: {outcome:?}");
    let status = run_as_user(&place, &["status", "--json"]).ok().last_json();
    let home = PathBuf::from(status["home"].as_str().unwrap());
    assert!(
        home.starts_with(place.root().join("data")),
        "{}",
        home.display()
    );
    assert!(!place.path(".tenk").exists());
    let found = run_as_user(&place, &["search", "net sales", "--json"])
        .ok()
        .last_json();
    assert!(!found["hits"].as_array().unwrap().is_empty());
    set_mode(&place.folder(), 0o755);
}

/// Sets the modes of a folder and of all in it: of folders, and of files.
#[cfg(unix)]
pub fn set_modes(path: &Path, folders: u32, files: u32) {
    set_mode(path, 0o755);
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        if entry.path().is_dir() {
            set_modes(&entry.path(), folders, files);
        } else {
            set_mode(&entry.path(), files);
        }
    }
    set_mode(path, folders);
}

#[cfg(unix)]
#[test]
fn a_library_that_cannot_be_written_is_searched() {
    let place = Place::with(&[NORTHGATE]);
    run_as_user(&place, &["index"]).ok();
    set_modes(&place.folder(), 0o555, 0o444);
    let question = "What were Northgate's net sales in 2023?";
    for arguments in [
        &["search", question][..],
        &["search", question, "--arm", "dense"],
        &["ask", question],
        &["show", "NORTHGATE_2023_10K:10"],
        &["status"],
        &["list"],
        &["facts"],
        &["grid", "revenue"],
        &["explain", question],
        &["models", "list"],
    ] {
        let outcome = run_as_user(&place, arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stdout.is_empty(), "{arguments:?}: {outcome:?}");
    }
    // A log that a killed writer left cannot be told from one that still grows.
    set_modes(&place.folder(), 0o755, 0o644);
    place.write(".tenk/tenk.db-wal", "changes");
    set_modes(&place.folder(), 0o555, 0o444);
    let refused = run_as_user(&place, &["search", question]);
    assert!(refused.stderr.contains("in its log"), "{refused:?}");
    set_modes(&place.folder(), 0o755, 0o644);
    std::fs::remove_file(place.path(".tenk/tenk.db-wal")).unwrap();
    set_modes(&place.folder(), 0o555, 0o444);
    set_modes(&place.folder(), 0o755, 0o644);
}

/// What a user has told a library is told it once: it goes on in a copy with it, and says which of the two it is.
#[cfg(unix)]
#[test]
fn a_library_that_cannot_be_written_any_more_goes_on_in_a_copy() {
    let place = Place::with(&[NORTHGATE]);
    run_as_user(&place, &["index"]).ok();
    run_as_user(&place, &["tag", "first", "NORTHGATE_2023_10K"]).ok();
    run_as_user(&place, &["set", "NORTHGATE_2023_10K", "company=Overland"]).ok();
    run_as_user(&place, &["filters", "keep", "mine", "form:10-K"]).ok();
    set_modes(&place.folder(), 0o555, 0o444);
    let asked = run_as_user(&place, &["tag"]).ok();
    assert!(asked.stderr.contains("only read"), "{asked:?}");
    assert!(
        !place.root().join("data").exists(),
        "nothing is copied to be asked"
    );
    let tagged = run_as_user(&place, &["tag", "second", "NORTHGATE_2023_10K"]).ok();
    assert!(tagged.stderr.contains("goes on in a copy"), "{tagged:?}");
    let again = run_as_user(&place, &["index", "--json"]).ok();
    assert!(again.stderr.contains("left aside"), "{again:?}");
    assert_eq!(again.last_json()["extracted"], 0);
    let tags = run_as_user(&place, &["tag"]).ok().stdout;
    assert!(
        tags.contains("#first") && tags.contains("#second"),
        "{tags}"
    );
    let known = run_as_user(&place, &["set", "NORTHGATE_2023_10K"]).ok();
    assert!(known.stdout.contains("Overland"), "{known:?}");
    let filters = run_as_user(&place, &["filters"]).ok().stdout;
    assert!(filters.contains("@mine"), "{filters}");
    let status = run_as_user(&place, &["status", "--json"]).ok().last_json();
    let home = PathBuf::from(status["home"].as_str().unwrap());
    assert!(home.starts_with(place.root().join("data")), "{status}");
    set_modes(&place.folder(), 0o755, 0o644);
    let own = run_as_user(&place, &["tag"]).ok();
    assert!(!own.stdout.contains("#second"), "{own:?}");
    assert!(
        own.stderr.contains("left aside") && own.stderr.contains(home.to_str().unwrap()),
        "{own:?}"
    );
    // What is told to it now is not hidden by the copy, and is in the next one.
    run_as_user(&place, &["tag", "third", "NORTHGATE_2023_10K"]).ok();
    set_modes(&place.folder(), 0o555, 0o444);
    let tags = run_as_user(&place, &["tag"]).ok();
    assert!(
        tags.stdout.contains("#third") && !tags.stdout.contains("#second"),
        "{tags:?}"
    );
    assert!(tags.stderr.contains("left aside"), "{tags:?}");
    run_as_user(&place, &["tag", "fourth", "NORTHGATE_2023_10K"]).ok();
    let tags = run_as_user(&place, &["tag"]).ok().stdout;
    assert!(
        tags.contains("#third") && tags.contains("#fourth"),
        "{tags}"
    );
    let copies = std::fs::read_dir(home.parent().unwrap()).unwrap().count();
    assert_eq!(copies, 2, "the earlier copy lies beside it");
    set_modes(&place.folder(), 0o755, 0o644);
    std::fs::remove_dir_all(&home).unwrap();
    assert_eq!(run_as_user(&place, &["tag"]).ok().stderr, "");
}

#[cfg(unix)]
#[test]
fn a_database_that_was_read_only_for_a_while_is_written_again() {
    let place = Place::with(&[CALDER]);
    run_as_user(&place, &["index"]).ok();
    let database = place.path(".tenk/tenk.db");
    set_mode(&database, 0o444);
    run_as_user(&place, &["search", "net sales"]).ok();
    let refused = run_as_user(&place, &["tag", "x", "CALDER_2024Q1_EARNINGS"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    set_mode(&database, 0o600);
    run_as_user(&place, &["tag", "x", "CALDER_2024Q1_EARNINGS"]).ok();
    run_as_user(&place, &["index"]).ok();
}

/// What may not be read is no library that is not there.
#[cfg(unix)]
#[test]
fn a_state_that_may_not_be_read_is_not_said_to_be_none() {
    let place = Place::with(&[CALDER]);
    run_as_user(&place, &["index"]).ok();
    set_mode(&place.path(".tenk"), 0o000);
    for command in [&["status"][..], &["facts"], &["tag"], &["search", "sales"]] {
        let refused = run_as_user(&place, command);
        assert_eq!(refused.code, Some(1), "{command:?}: {refused:?}");
        assert!(
            !refused.stderr.contains("no library yet") && refused.stderr.contains("ermission"),
            "{command:?}: {refused:?}"
        );
    }
    set_mode(&place.path(".tenk"), 0o755);
}

/// A disk that is full while the copy is made leaves no copy.
#[cfg(unix)]
#[test]
fn a_copy_that_finds_no_room_is_none() {
    let place = Place::with(&[NORTHGATE]);
    run_as_user(&place, &["index"]).ok();
    run_as_user(&place, &["tag", "first", "NORTHGATE_2023_10K"]).ok();
    // The copy of the database is its last and largest file.
    std::fs::remove_dir_all(place.path(".tenk/cache")).unwrap();
    set_modes(&place.folder(), 0o555, 0o444);
    let program = place.root().join("tenk");
    let mut shell = place.program("sh");
    let script = format!(
        "trap '' XFSZ; ulimit -f 100; exec {} tag second NORTHGATE_2023_10K",
        program.display()
    );
    let refused = if is_root() {
        use std::os::unix::process::CommandExt;
        Outcome::of(shell.args(["-c", &script]).uid(NOBODY))
    } else {
        Outcome::of(shell.args(["-c", &script.replace(program.to_str().unwrap(), TENK)]))
    };
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("data/tenk/libraries"),
        "the disk that is full: {refused:?}"
    );
    let tags = run_as_user(&place, &["tag"]).ok().stdout;
    assert!(tags.contains("#first"), "{tags}");
    run_as_user(&place, &["tag", "second", "NORTHGATE_2023_10K"]).ok();
    let tags = run_as_user(&place, &["tag"]).ok().stdout;
    assert!(
        tags.contains("#first") && tags.contains("#second"),
        "{tags}"
    );
    set_modes(&place.folder(), 0o755, 0o644);
}

/// One without tables was a library's: a new one would have neither its tags nor its corrections, without a word.
#[test]
fn an_emptied_database_is_no_new_library() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    place.write(".tenk/tenk.db", "");
    for command in [&["index"][..], &["index", "--dry-run"], &["tag"]] {
        let refused = place.run(command);
        assert_eq!(refused.code, Some(1), "{command:?}: {refused:?}");
        assert!(refused.stderr.contains("damaged"), "{refused:?}");
        assert!(refused.stderr.contains("tags"), "{refused:?}");
    }
    std::fs::remove_file(place.path(".tenk/tenk.db")).unwrap();
    assert_eq!(place.json(&["index"])["extracted"], 1);
}

#[test]
fn a_switch_that_cannot_be_read_is_told_by_whoever_indexes() {
    let place = Place::with(&[CALDER]);
    let indexed = place.run(&["index"]).ok();
    assert!(!indexed.stderr.contains("serving"), "{indexed:?}");
    place.write(".tenk/serving.json", "{");
    let indexed = place.run(&["index"]).ok();
    assert!(
        indexed.stderr.contains("serving.json") && indexed.stderr.contains("models promote"),
        "{indexed:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_by_the_name_of_a_pdf_is_named() {
    let place = Place::with(&[CALDER]);
    let made = Command::new("mkfifo").arg(place.path("p.pdf")).status();
    assert!(made.unwrap().success());
    std::fs::create_dir(place.path("folder.pdf")).unwrap();
    let outcome = place.run(&["index"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    let named: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("not listed"))
        .collect();
    assert!(
        named.len() == 1 && named[0].contains("p.pdf"),
        "{outcome:?}"
    );
}

#[test]
fn home_puts_the_state_where_it_says() {
    let place = Place::with(&[CALDER]);
    let home = place.root().join("elsewhere");
    let home = home.to_str().unwrap();
    place.run(&["index", "--home", home]).ok();
    assert!(!place.path(".tenk").exists());
    let status = place.json(&["status", "--home", home]);
    assert_eq!(
        (&status["home"], &status["documents"]),
        (&home.into(), &1.into())
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_has_a_name_that_leads_back() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"report \xff\xfe \xe2\x82\xac.pdf");
    let bytes = Pdf::text("A dividend in a strange place").bytes();
    std::fs::write(place.folder().join(name), bytes).unwrap();
    place.run(&["index"]).ok();
    let hits = place.search("dividend");
    let document = hits[0]["document"].as_str().unwrap();
    assert_eq!(document, r"report \xff\xfe €.pdf");
    let shown = place.run(&["show", &format!("{document}:1")]).ok();
    assert!(shown.stdout.contains("strange place"));
    assert_eq!(place.json(&["index"])["extracted"], 0);
}

#[test]
fn a_newer_library_is_refused_and_kept() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    let database = place.path(".tenk/tenk.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // `user_version` stands at byte 60 of an SQLite file, big-endian.
    bytes[60..64].copy_from_slice(&9999u32.to_be_bytes());
    std::fs::write(&database, &bytes).unwrap();
    for command in [
        &["index", "--json"][..],
        &["search", "x", "--json"],
        &["status", "--json"],
    ] {
        let outcome = place.run(command);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let error = outcome.last_json();
        assert!(
            error["error"].as_str().unwrap().contains("newer"),
            "{error}"
        );
        assert!(!error["remedy"].as_str().unwrap().is_empty());
    }
    assert_eq!(std::fs::read(&database).unwrap(), bytes);
}

#[test]
fn damaged_caches_are_made_again() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    let before = place.search("net sales");
    for entry in files_under(&place.path(".tenk/cache")) {
        std::fs::write(&entry, b"rubbish").unwrap();
    }
    let again = place.json(&["index"]);
    assert_eq!(
        (&again["extracted"], &again["encoded"]),
        (&0.into(), &0.into())
    );
    assert_eq!(place.search("net sales"), before);
    // A file in the place of all of them.
    std::fs::remove_dir_all(place.path(".tenk/cache")).unwrap();
    place.write(".tenk/cache", "rubbish");
    place.run(&["index"]).ok();
    assert_eq!(place.search("net sales"), before);
}

/// A library of one file, then a run that would add another on a disk with `room`.
fn on_a_full_disk(run: impl Fn(&Place) -> Option<Outcome>) {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    let before = place.search("net sales");
    std::fs::copy(super::place::corpora(NORTHGATE), place.path(NORTHGATE)).unwrap();
    let Some(outcome) = run(&place) else { return };
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let error = outcome.last_json();
    let text = error["error"].as_str().unwrap().to_lowercase();
    assert!(
        ["full", "space", "too large"]
            .iter()
            .any(|word| text.contains(word)),
        "{error}"
    );
    assert!(!error["remedy"].as_str().unwrap().is_empty(), "{error}");
    let after = place.search("net sales");
    assert!(
        before
            .iter()
            .all(|hit| after.iter().any(|h| h["chunk_id"] == hit["chunk_id"]))
    );
    let healed = place.json(&["index"]);
    assert_eq!(healed["documents"], 2, "it goes on once there is room");
}

/// No file may grow over the size that the database has: what a full disk does, on any system.
#[cfg(unix)]
#[test]
fn files_that_cannot_grow_lose_nothing() {
    on_a_full_disk(|place| {
        let mut shell = place.program("sh");
        // The signal would end the process before it could say anything.
        let script = format!("trap '' XFSZ; ulimit -f 100; exec {TENK} index --json");
        Some(Outcome::of(shell.args(["-c", &script])))
    });
}

/// A real one, where the system lets us mount it.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    on_a_full_disk(|place| {
        let state = place.path(".tenk");
        let state = state.to_str().unwrap();
        let script = format!(
            "set -e; cp -a {state} {state}.kept; size=$(du -sk {state}.kept | cut -f1); \
             mount -t tmpfs -o size=$((size + 64))k tmpfs {state} || exit 77; \
             cp -a {state}.kept/. {state}/ || exit 77; set +e; {TENK} index --json; code=$?; exit $code"
        );
        let mut shell = place.program("unshare");
        let outcome = shell.args(["-m", "sh", "-c", &script]).output();
        let kept = place.path(".tenk.kept");
        if kept.exists() {
            std::fs::remove_dir_all(kept).unwrap();
        }
        match outcome {
            Ok(output) if output.status.code() == Some(1) && !output.stdout.is_empty() => {
                Some(output.into())
            }
            other => {
                eprintln!("skipped: no small disk can be mounted here: {other:?}");
                None
            }
        }
    });
}

#[test]
fn what_is_no_file_in_the_place_of_one_is_named() {
    for (name, command) in [
        ("lock", &["index"][..]),
        ("tenk.db", &["index"]),
        ("tenk.db", &["search", "goodwill"]),
        ("tenk.db-wal", &["index"]),
        ("tenk.db-wal", &["search", "goodwill"]),
    ] {
        let place = Place::with(&[CALDER]);
        if name == "tenk.db-wal" {
            place.run(&["index"]).ok();
        }
        std::fs::create_dir_all(place.path(".tenk").join(name)).unwrap();
        let outcome = place.run(command);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let said = &outcome.stderr;
        assert!(
            said.contains(name) && said.contains("no regular file") && said.contains("move it"),
            "{said}"
        );
    }
}
