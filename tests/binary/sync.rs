//! The index follows the folder: nothing is done twice, nothing gone is found, a killed run goes on.

use std::process::Stdio;

use super::pdf::Pdf;
use super::place::{CALDER, NORTHGATE, Outcome, Place, signal, wait};

fn documents(place: &Place, question: &str) -> Vec<String> {
    let hits = place.search(question).into_iter();
    hits.map(|h| h["document"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_unchanged_folder_costs_nothing() {
    let place = Place::with(&[CALDER]);
    let first = place.json(&["index"]);
    assert!(first["encoded"].as_u64() > Some(0));
    let second = place.json(&["index"]);
    assert_eq!(
        (&second["extracted"], &second["encoded"]),
        (&0.into(), &0.into())
    );
    assert_eq!(
        (&second["documents"], &second["chunks"]),
        (&first["documents"], &first["chunks"])
    );
}

#[test]
fn a_touched_file_is_not_read_again() {
    let place = Place::with(&[CALDER]);
    place.json(&["index"]);
    let bytes = std::fs::read(place.path(CALDER)).unwrap();
    place.write(CALDER, bytes);
    let again = place.json(&["index"]);
    assert_eq!(
        (&again["extracted"], &again["encoded"]),
        (&0.into(), &0.into())
    );
}

/// As a tool does that keeps times, or somebody who wants nothing to be seen.
#[cfg(unix)]
#[test]
fn a_change_whose_time_is_set_back_is_seen() {
    let place = Place::new();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(9_000);
    let write = |name: &str, text: &str| {
        place.write(name, Pdf::text(text).bytes());
        let file = std::fs::File::options().append(true).open(place.path(name));
        file.unwrap().set_modified(old).unwrap();
    };
    write("a.pdf", "The harbor lease ends in May");
    write("b.pdf", "The quarry lease ends in May");
    place.json(&["index"]);
    // Long enough that their times are trusted.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(place.json(&["index"])["extracted"], 0);
    write("a.pdf", "The harbor lease ends in Mai");
    assert_eq!(place.json(&["index"])["extracted"], 1);
    std::thread::sleep(std::time::Duration::from_secs(3));
    place.json(&["index"]);
    let names = ["a.pdf", "b.pdf", "c.pdf"].map(|name| place.path(name));
    for (from, to) in [(0, 2), (1, 0), (2, 1)] {
        std::fs::rename(&names[from], &names[to]).unwrap();
    }
    place.json(&["index"]);
    let found = place.search("harbor lease in Mai");
    assert_eq!(found[0]["document"], "b.pdf", "they changed places");
}

#[test]
fn a_renamed_file_is_recognised() {
    let place = Place::with(&[CALDER]);
    place.json(&["index"]);
    std::fs::create_dir(place.path("2024")).unwrap();
    std::fs::rename(place.path(CALDER), place.path("2024/release.pdf")).unwrap();
    let again = place.json(&["index"]);
    assert_eq!(
        (&again["extracted"], &again["encoded"], &again["renamed"]),
        (&0.into(), &0.into(), &1.into())
    );
    let found = documents(&place, "net sales of the quarter");
    assert!(
        !found.is_empty() && found.iter().all(|d| d == "2024/release.pdf"),
        "{found:?}"
    );
}

/// What its name said before counts no more, least of all as another document of its company.
#[test]
fn a_renamed_file_is_what_it_would_be_had_it_never_had_another_name() {
    let note = Pdf::text("A policy on lending securities, as the board has adopted it").bytes();
    let known = |place: &Place| {
        let listed = place.run(&["list", "--json"]).ok().last_json();
        let fields = [
            "document",
            "company",
            "form",
            "fiscal_year",
            "period_end",
            "confidence",
        ];
        fields.map(|field| listed[field].clone())
    };
    let place = Place::new();
    place.write("ACME_2019_10K.pdf", &note);
    place.run(&["index"]).ok();
    assert_eq!(known(&place)[3], 2019);
    std::fs::rename(place.path("ACME_2019_10K.pdf"), place.path("policy.pdf")).unwrap();
    let renamed = place.json(&["index"]);
    assert_eq!(
        (&renamed["renamed"], &renamed["extracted"]),
        (&1.into(), &0.into())
    );
    let anew = Place::new();
    anew.write("policy.pdf", &note);
    anew.run(&["index"]).ok();
    assert_eq!(known(&place), known(&anew));
    // What a user has set goes with it.
    place.run(&["set", "policy.pdf", "year=2020"]).ok();
    std::fs::rename(place.path("policy.pdf"), place.path("ACME_2018_10Q.pdf")).unwrap();
    place.run(&["index"]).ok();
    assert_eq!(known(&place)[3], 2020);
}

/// Whoever waits for input has nothing half done: `timeout` and others send one signal.
#[test]
fn one_signal_ends_what_waits_for_its_input() {
    let place = Place::shared(&[CALDER]);
    for arguments in [&["search", "--queries", "-"][..], &["embed"]] {
        let mut command = place.tenk(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        std::thread::sleep(std::time::Duration::from_secs(2));
        signal(child.id(), "-TERM");
        let mut ended = None;
        wait("its end", || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        assert_eq!(ended.unwrap().code(), Some(130), "{arguments:?}");
        drop(input);
    }
}

#[test]
fn a_removed_file_is_never_found_again() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    place.json(&["index"]);
    std::fs::remove_file(place.path(CALDER)).unwrap();
    let again = place.json(&["index"]);
    assert_eq!(
        (&again["documents"], &again["removed"]),
        (&1.into(), &1.into())
    );
    for arm in ["hybrid", "dense", "bm25"] {
        let found = place.json(&[
            "search",
            "net sales of the quarter",
            "--arm",
            arm,
            "--top-k",
            "99",
        ]);
        let hits = found["hits"].as_array().unwrap();
        assert!(
            !hits.is_empty() && hits.iter().all(|h| h["document"] == NORTHGATE),
            "{arm}"
        );
    }
    let shown = place.run(&["show", &format!("{CALDER}:1")]);
    assert_eq!(shown.code, Some(1));
}

#[test]
fn a_changed_file_replaces_its_chunks() {
    let place = Place::with(&[NORTHGATE]);
    place.write(
        "note.pdf",
        Pdf::text("The dividend was cut to seventeen cents").bytes(),
    );
    place.json(&["index"]);
    place.write(
        "note.pdf",
        Pdf::text("The dividend was raised to forty cents").bytes(),
    );
    let again = place.json(&["index"]);
    assert_eq!(
        (&again["extracted"], &again["encoded"]),
        (&1.into(), &1.into())
    );
    let text = |question: &str| {
        let found = place.json(&["search", question, "--document", "note.pdf"]);
        found["hits"].to_string()
    };
    let (old, new) = (
        text("seventeen cents dividend"),
        text("forty cents dividend"),
    );
    assert!(
        new.contains("forty") && !old.contains("seventeen"),
        "{old}\n{new}"
    );
}

/// What an indexing run did: documents, copies, files read, chunks embedded, documents renamed.
fn counts(place: &Place) -> [u64; 5] {
    let summary = place.json(&["index"]);
    let keys = ["documents", "copies", "extracted", "encoded", "renamed"];
    keys.map(|key| summary[key].as_u64().unwrap())
}

#[test]
fn a_copy_is_a_path_of_its_document_which_outlives_the_first() {
    let place = Place::shared(&[CALDER]).copy();
    let before = place.search("net sales of the quarter").len();
    std::fs::create_dir(place.path("deep")).unwrap();
    std::fs::copy(place.path(CALDER), place.path("deep/twin.pdf")).unwrap();
    let planned = place.json(&["index", "--dry-run"]);
    assert_eq!(planned["copies"], serde_json::json!(["deep/twin.pdf"]));
    assert_eq!(counts(&place), [1, 1, 0, 0, 0]);
    let said = place.run(&["index"]).ok().stdout;
    assert!(said.contains("1 file is a copy of another"), "{said}");
    // One place in results, and either path leads to it.
    assert_eq!(place.search("net sales of the quarter").len(), before);
    for name in [CALDER, "twin", "deep/twin.pdf"] {
        let found = place.json(&["search", "net sales", "--document", name]);
        assert_eq!(found["hits"][0]["document"], CALDER, "{name}");
        let shown = place.json(&["show", &format!("{name}:1")]);
        assert_eq!(shown["document"], CALDER, "{name}");
    }
    place.json(&["set", "twin", "ticker=ZEPH"]);
    place.json(&["index"]);
    std::fs::remove_file(place.path(CALDER)).unwrap();
    assert_eq!(counts(&place), [1, 0, 0, 0, 1]);
    let set = place.json(&["set", "twin"]);
    assert_eq!(
        (&set["document"], &set["ticker"]),
        (&"deep/twin.pdf".into(), &"ZEPH".into())
    );
    let found = documents(&place, "net sales of the quarter");
    assert_eq!(found.len(), before);
    assert!(found.iter().all(|d| d == "deep/twin.pdf"), "{found:?}");
    place.write("deep/third.pdf", Pdf::text("Another report").bytes());
    std::fs::copy(place.path("deep/third.pdf"), place.path("x.pdf")).unwrap();
    assert_eq!(
        counts(&place)[..3],
        [2, 1, 1],
        "two new files, one of them read"
    );
}

#[test]
fn a_name_is_found_however_it_is_composed() {
    let place = Place::new();
    let (nfc, nfd) = ("soci\u{e9}t\u{e9}.pdf", "socie\u{301}te\u{301}.pdf");
    place.write(nfd, Pdf::text("The dividend of the company").bytes());
    assert_eq!(counts(&place)[..3], [1, 0, 1]);
    for (on_disk, other) in [(nfd, nfc), (nfc, nfd)] {
        for name in [on_disk, other] {
            let shown = place.json(&["show", &format!("{name}:1")]);
            assert_eq!(shown["document"], on_disk);
            let found = place.json(&["search", "dividend", "--document", name]);
            assert_eq!(found["hits"][0]["document"], on_disk);
            assert_eq!(place.json(&["set", name])["document"], on_disk);
        }
        let drawn = place.run(&["show", &format!("{other}:1"), "--image"]);
        assert_eq!(
            drawn.code,
            Some(0),
            "the file is opened by its name: {drawn:?}"
        );
        std::fs::rename(place.path(on_disk), place.path(other)).unwrap();
        assert_eq!(counts(&place), [1, 0, 0, 0, 0]);
    }
}

#[test]
fn folders_within_are_read_and_the_ignored_are_not() {
    let place = Place::new();
    for name in ["a.pdf", "deep/er/b.PDF", "drafts/c.pdf", ".hidden/d.pdf"] {
        std::fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
        place.write(name, Pdf::text(&format!("text of {name}")).bytes());
    }
    place.write(".tenkignore", "drafts/\n");
    place.write("notes.txt", "no PDF");
    assert_eq!(place.json(&["index"])["documents"], 2);
    let mut found = documents(&place, "text of");
    found.sort();
    assert_eq!(found, ["a.pdf", "deep/er/b.PDF"]);
    // What ignores cannot be read: nothing is taken in by mistake, and it is said.
    place.write(".tenkignore", b"# caf\xe9\ndrafts/\n");
    let summary = place.run(&["index", "--json"]).last_json();
    assert_eq!(summary["documents"], 2, "{summary}");
    let unlisted = summary["unlisted"].to_string();
    assert!(unlisted.contains("UTF-8"), "{summary}");
}

fn embedded(place: &Place) -> u64 {
    let status = place.run(&["status", "--json"]);
    if status.code != Some(0) {
        return 0;
    }
    status.last_json()["models"][0]["encoded"]
        .as_u64()
        .unwrap_or(0)
}

/// Enough different pages that indexing takes a while.
fn many_pages(place: &Place, files: usize) {
    for file in 0..files {
        let mut content = "BT /F1 9 Tf 60 760 Td 11 TL ".to_owned();
        for line in 0..60 {
            let n = file * 1000 + line * 7;
            content += &format!(
                "(Lease {n} of plant {line} in region {file} ends in {} at {} dollars) Tj T* ",
                2024 + n % 40,
                n * 31
            );
        }
        place.write(
            &format!("leases_{file:03}.pdf"),
            Pdf::page(&(content + "ET")).bytes(),
        );
    }
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let place = Place::new();
    many_pages(&place, 80);
    let mut child = place
        .tenk(&["index"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait("the first embeddings", || embedded(&place) > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = embedded(&place);
    let rest = place.json(&["index"]);
    assert_eq!(rest["documents"], 80);
    assert_eq!(
        rest["extracted"], 0,
        "all were read before the first was embedded"
    );
    let total = rest["chunks"].as_u64().unwrap();
    assert!(
        kept > 0 && kept < total,
        "killed in the middle: {kept} of {total}"
    );
    assert_eq!(rest["encoded"].as_u64().unwrap() + kept, total);
    assert_eq!(embedded(&place), total);
}

#[test]
fn an_interrupt_stops_cleanly_and_says_130() {
    let place = Place::new();
    many_pages(&place, 80);
    let mut command = place.tenk(&["index", "--json"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait("the first embeddings", || embedded(&place) > 0);
    signal(child.id(), "-INT");
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    let summary = outcome.last_json();
    assert_eq!(summary["cancelled"], true);
    assert_eq!(summary["covered"].as_u64().unwrap(), embedded(&place));
}

/// The writer is held where it is, so that it is still at work however long the others take.
#[test]
fn one_writer_and_readers_that_never_wait() {
    let place = Place::new();
    many_pages(&place, 80);
    let mut writer = place
        .tenk(&["index"])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait("the first embeddings", || embedded(&place) > 0);
    signal(writer.id(), "-STOP");
    let second = place.run(&["index", "--json"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    let error = second.last_json()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains(&writer.id().to_string()),
        "names the other process: {error}"
    );
    let found = place
        .run(&["search", "lease of plant 12", "--arm", "bm25", "--json"])
        .ok();
    assert!(!found.last_json()["hits"].as_array().unwrap().is_empty());
    let hybrid = place.run(&["search", "lease of plant 12", "--json"]).ok();
    let (encoded, chunks) = (
        hybrid.last_json()["encoded"].clone(),
        hybrid.last_json()["chunks"].clone(),
    );
    assert!(
        encoded.as_u64() < chunks.as_u64(),
        "the coverage is told: {encoded} of {chunks}"
    );
    assert!(hybrid.stderr.contains("chunks are embedded"), "{hybrid:?}");
    writer.kill().unwrap();
    writer.wait().unwrap();
}

#[test]
fn a_folder_that_has_lost_everything_is_asked_about() {
    let place = Place::with(&[CALDER]);
    place.json(&["index"]);
    let away = place.root().join("away.pdf");
    std::fs::rename(place.path(CALDER), &away).unwrap();
    place.write("notes.txt", "no PDF");
    let refused = place.run(&["index", "--json"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let told = refused.last_json();
    assert!(
        told["error"].as_str().unwrap().contains("1 document of it"),
        "{told}"
    );
    assert!(told["remedy"].as_str().unwrap().contains("--allow-empty"));
    // A dry run says what it is, and ends as the run would.
    let dry = place.run(&["index", "--dry-run", "--json"]);
    assert_eq!(dry.code, refused.code, "{dry:?}");
    let [plan, dry] = &dry.json_lines()[..] else {
        panic!("{dry:?}")
    };
    assert_eq!(*dry, told);
    let allowed = ["index", "--dry-run", "--allow-empty", "--json"];
    assert_eq!(place.run(&allowed).ok().last_json(), *plan);
    assert_eq!(
        (&plan["remove"], &plan["emptied"]),
        (&1.into(), &true.into())
    );
    assert!(!place.search("net sales").is_empty(), "nothing was removed");
    std::fs::rename(&away, place.path(CALDER)).unwrap();
    let back = place.json(&["index"]);
    assert_eq!(
        (&back["extracted"], &back["unchanged"]),
        (&0.into(), &1.into())
    );
    std::fs::remove_file(place.path(CALDER)).unwrap();
    let emptied = place.json(&["index", "--allow-empty"]);
    assert_eq!(
        (&emptied["removed"], &emptied["documents"]),
        (&1.into(), &0.into())
    );
    assert!(place.search("net sales").is_empty());
    // One that never had any is no question.
    assert_eq!(place.json(&["index"])["documents"], 0);
}

#[cfg(unix)]
#[test]
fn loops_of_links_hide_neither_removals_nor_renames() {
    let place = Place::new();
    std::fs::create_dir(place.path("north")).unwrap();
    for name in ["a.pdf", "b.pdf", "north/c.pdf"] {
        place.write(name, Pdf::text(&format!("text of {name}")).bytes());
    }
    for link in ["loop", "north/up"] {
        std::os::unix::fs::symlink(place.folder(), place.path(link)).unwrap();
    }
    let first = place.json(&["index"]);
    assert_eq!(
        (&first["documents"], &first["copies"]),
        (&3.into(), &0.into())
    );
    assert_eq!(first["unlisted"], serde_json::json!([]));
    std::fs::remove_file(place.path("a.pdf")).unwrap();
    std::fs::rename(place.path("north/c.pdf"), place.path("north/d.pdf")).unwrap();
    let second = place.json(&["index"]);
    assert_eq!(
        (&second["removed"], &second["renamed"]),
        (&1.into(), &1.into())
    );
    let mut found = documents(&place, "text of");
    found.sort();
    assert_eq!(found, ["b.pdf", "north/d.pdf"]);
}

#[test]
fn only_chunks_whose_text_changed_are_embedded_again() {
    let place = Place::new();
    let pages = |end: &str| {
        let texts = [
            "The plant at the harbor is leased".to_owned(),
            "Goodwill is tested in autumn".to_owned(),
            format!("The lease of the northern quarry {end}"),
            "Counsel sees no ground for a reserve".to_owned(),
        ];
        let page = |text: String| format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
        Pdf::pages(&texts.map(page)).bytes()
    };
    place.write("leases.pdf", pages("ends in spring"));
    let first = place.json(&["index"])["encoded"].as_u64().unwrap();
    assert_eq!(first, 4);
    place.write("leases.pdf", pages("ends in winter"));
    assert_eq!(place.json(&["index"])["encoded"], 1);
    std::fs::rename(place.path("leases.pdf"), place.path("contracts.pdf")).unwrap();
    // It goes by its name, which all of its passages begin with.
    assert_eq!(place.json(&["index"])["encoded"], 4);
}
