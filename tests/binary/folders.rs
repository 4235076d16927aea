//! A library of several folders, tags on its documents, and filters that are kept.

use serde_json::Value;

use super::place::{CALDER, NORTHGATE, Place, corpora};
use super::terminal::Tui;

const CTRL_C: &str = "\x03";
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

/// A library of Northgate's report, with a folder beside it that has Calder's.
fn two_folders() -> Place {
    let place = Place::with(&[NORTHGATE]);
    let other = place.root().join("press");
    std::fs::create_dir_all(other.join("2024")).unwrap();
    std::fs::copy(corpora(CALDER), other.join("2024").join(CALDER)).unwrap();
    place.run(&["folders", "add", other.to_str().unwrap()]).ok();
    place.run(&["index", "."]).ok();
    place
}

fn documents(place: &Place, arguments: &[&str]) -> Vec<String> {
    let rows = place.run(&[&["list", "--json"], arguments].concat()).ok();
    let names = rows.json_lines();
    let names = names
        .iter()
        .map(|row| row["document"].as_str().unwrap().to_owned());
    names.collect()
}

/// The documents of a search's hits, each once.
fn found(place: &Place, arguments: &[&str]) -> Vec<String> {
    let answer = place.json(&[&["search", "net sales"], arguments].concat());
    let hits = answer["hits"].as_array().unwrap().iter();
    let mut names: Vec<String> = hits
        .map(|hit| hit["document"].as_str().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

const IN_PRESS: &str = "press/2024/CALDER_2024Q1_EARNINGS.pdf";

#[test]
fn all_folders_are_searched_or_one() {
    let place = two_folders();
    assert_eq!(found(&place, &[]), [NORTHGATE, IN_PRESS]);
    for folder in ["press", "press/2024", "press/"] {
        assert_eq!(found(&place, &["--folder", folder]), [IN_PRESS], "{folder}");
    }
    for own in [".", "filings"] {
        assert_eq!(found(&place, &["--folder", own]), [NORTHGATE], "{own}");
    }
    assert_eq!(documents(&place, &["--folder", "press"]), [IN_PRESS]);
    let none = place
        .run(&["search", "net sales", "--folder", "nowhere"])
        .ok();
    assert!(
        none.stderr.contains("lies in a folder \"nowhere\""),
        "{none:?}"
    );
    // Its pages and its proofs come from where it lies.
    let page = place
        .run(&["show", "CALDER_2024Q1_EARNINGS:1", "--image"])
        .ok();
    assert!(!page.stdout.is_empty(), "{page:?}");
    let proof = place.root().join("proof");
    let asked = [
        "ask",
        "What were Calder's net sales in Q1 2024?",
        "--proof",
        proof.to_str().unwrap(),
    ];
    place.run(&asked).ok();
    assert!(proof.join("CALDER_2024Q1_EARNINGS_pages.pdf").is_file());
    // The same content in both is one document.
    std::fs::copy(corpora(NORTHGATE), place.root().join("press/copy.pdf")).unwrap();
    place.run(&["index", "."]).ok();
    assert_eq!(documents(&place, &[]), [NORTHGATE, IN_PRESS]);
    assert_eq!(
        documents(&place, &["--folder", "press"]),
        [NORTHGATE, IN_PRESS]
    );
}

#[test]
fn a_folder_that_is_away_keeps_its_documents_and_one_that_is_emptied_is_asked_about() {
    let place = two_folders();
    let (press, away) = (place.root().join("press"), place.root().join("away"));
    std::fs::rename(&press, &away).unwrap();
    let without = place.run(&["index", "."]);
    assert_eq!(without.code, Some(3), "{without:?}");
    assert!(
        without.stderr.contains("is gone, or its disk"),
        "{without:?}"
    );
    assert_eq!(documents(&place, &[]), [NORTHGATE, IN_PRESS]);
    assert_eq!(found(&place, &["--folder", "press"]), [IN_PRESS]);
    // An empty one is another thing than one that is away.
    std::fs::create_dir(&press).unwrap();
    for arguments in [&["index", "."][..], &["index", ".", "--dry-run"]] {
        let emptied = place.run(arguments);
        assert_eq!(emptied.code, Some(3), "the rest is indexed: {emptied:?}");
        let told = &emptied.stderr;
        assert!(told.contains("press has no PDF any more"), "{told}");
    }
    assert_eq!(documents(&place, &[]), [NORTHGATE, IN_PRESS]);
    let meant = place
        .run(&["index", ".", "--dry-run", "--allow-empty"])
        .ok();
    assert!(meant.stdout.contains("1 to remove"), "{meant:?}");
    std::fs::remove_dir(&press).unwrap();
    std::fs::rename(&away, &press).unwrap();
    let back = place.json(&["index", "."]);
    assert_eq!(
        (&back["extracted"], &back["unchanged"]),
        (&0.into(), &2.into())
    );
    // The library's own folder is asked about too, although the other has documents.
    std::fs::rename(place.path(NORTHGATE), place.root().join(NORTHGATE)).unwrap();
    let emptied = place.run(&["index", "."]);
    assert!(
        emptied.stderr.contains("filings has no PDF any more"),
        "{emptied:?}"
    );
    // Whoever takes it out means it.
    place.run(&["folders", "remove", "press"]).ok();
    assert_eq!(documents(&place, &[]), [NORTHGATE]);
    assert!(press.join("2024").join(CALDER).is_file());
    // A list that cannot be read takes no document away.
    place.write(".tenk/folders.json", "[{");
    let damaged = place.run(&["index", ".", "--allow-empty"]);
    assert!(damaged.stderr.contains("folders.json"), "{damaged:?}");
    assert_eq!(place.run(&["search", "net sales"]).code, Some(0));
}

#[test]
fn tags_and_kept_filters_narrow_what_is_searched() {
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let said = place.run(&["tag", "peers", "--company", "calder"]).ok();
    assert!(
        said.stdout.contains("#peers given to 1 document"),
        "{said:?}"
    );
    place.run(&["tag", "audited", NORTHGATE, CALDER]).ok();
    assert_eq!(found(&place, &["--tag", "PEERS"]), [CALDER]);
    assert_eq!(found(&place, &["--tag", "audited"]), [CALDER, NORTHGATE]);
    place.run(&["tag", "audited", CALDER, "--remove"]).ok();
    assert_eq!(documents(&place, &["--tag", "audited"]), [NORTHGATE]);
    let tags = place.run(&["tag"]).ok().stdout;
    assert!(
        tags.contains("#audited  1 document") && tags.contains("#peers  1 document"),
        "{tags}"
    );
    // They follow the document through a rename, and a run writes nothing for them.
    std::fs::rename(place.path(CALDER), place.path("renamed.pdf")).unwrap();
    place.run(&["index", "."]).ok();
    assert_eq!(documents(&place, &["--tag", "peers"]), ["renamed.pdf"]);
    let generation = || place.json(&["status"])["generation"].clone();
    let before = generation();
    place.run(&["index", "."]).ok();
    assert_eq!(generation(), before);

    place
        .run(&["filters", "keep", "mine", "tag:audited", "form:10-K"])
        .ok();
    assert_eq!(found(&place, &["--filter", "@mine"]), [NORTHGATE]);
    assert_eq!(found(&place, &["--filter", "tag:peers"]), ["renamed.pdf"]);
    // What is named by itself counts before what the filter says.
    assert_eq!(
        found(
            &place,
            &["--filter", "@mine", "--tag", "peers", "--form", "earnings"]
        ),
        ["renamed.pdf"]
    );
    let unknown = place.run(&["search", "x", "--filter", "@none"]);
    assert!(
        unknown.stderr.contains("name one of them: mine"),
        "{unknown:?}"
    );
    place.run(&["filters", "forget", "mine"]).ok();
    assert_eq!(
        place.run(&["search", "x", "--filter", "@mine"]).code,
        Some(1)
    );
    for bad in ["a:b", "@a", " ", "#"] {
        assert_eq!(place.run(&["tag", bad, NORTHGATE]).code, Some(1), "{bad:?}");
    }
    assert_eq!(
        place.run(&["tag", "lonely"]).code,
        Some(1),
        "nothing is named"
    );
    // One tag, however it is written; a filter of the same name is no tag to give.
    place.run(&["tag", "#AUDITED", "renamed.pdf"]).ok();
    assert_eq!(
        documents(&place, &["--tag", "audited"]),
        [NORTHGATE, "renamed.pdf"]
    );
    place
        .run(&["tag", "Audited", "--tag", "peers", "--remove"])
        .ok();
    assert_eq!(documents(&place, &["--tag", "#audited"]), [NORTHGATE]);
    assert_eq!(place.run(&["tag", "x", "--section", "risk"]).code, Some(1));
    // Figures are of the documents that the user means, as hits are.
    let companies = |more: &[&str]| -> Vec<String> {
        let arguments = [&["grid", "current assets"][..], more].concat();
        let grid = place.json(&arguments);
        let rows = grid["rows"].as_array().unwrap().iter();
        rows.map(|row| row["company"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(companies(&[]).len(), 2);
    assert_eq!(companies(&["--tag", "audited"]).len(), 1);
    assert_eq!(
        companies(&["--filter", "form:10-K"]),
        companies(&["--tag", "audited"])
    );
    // Whom the filter leaves out has no figure in it.
    let asked = "What were Northgate's total current assets in 2023?";
    let left_out = place.run(&["ask", asked, "--tag", "peers"]).ok().stdout;
    assert!(
        left_out.contains("does not say")
            && left_out.contains("leaves out all documents of Northgate"),
        "{left_out}"
    );
    let found = place.run(&["ask", asked, "--tag", "audited"]).ok().stdout;
    assert!(
        found.contains("910") && found.contains("has a tag \"audited\""),
        "{found}"
    );
    let facts = place.run(&["facts", "--tag", "peers", "--json"]).ok();
    let of_it = |fact: &Value| fact["document"] == "renamed.pdf";
    let facts = facts.json_lines();
    assert!(!facts.is_empty() && facts.iter().all(of_it));
    for refused in [["--tag", "nobody"], ["--filter", "section:risk"]] {
        let refused = [&["facts"][..], &refused].concat();
        assert_eq!(place.run(&refused).code, Some(1), "{refused:?}");
    }
    let none = place.json(&["search", "net sales", "--tag", "nobody"]);
    assert!(none["lacks"].as_str().unwrap().contains("nobody"), "{none}");
    // Many at a time lose nothing.
    std::thread::scope(|scope| {
        for at in 0..6 {
            let place = &place;
            scope.spawn(move || {
                place
                    .run(&["filters", "keep", &format!("f{at}"), "tag:peers"])
                    .ok()
            });
        }
    });
    assert_eq!(place.run(&["filters"]).ok().stdout.lines().count(), 6);
}

#[test]
fn the_panes_show_folders_tag_documents_and_keep_filters() {
    let place = two_folders();
    let mut tui = Tui::start(&place, 120, 40, &[]);
    tui.press("\x1b6");
    tui.shows("folders: filings, press");
    tui.press("j");
    tui.press("t");
    tui.shows("a word of yours for this document");
    tui.press("peers");
    tui.press(ENTER);
    tui.shows("#peers given to press/2024");
    tui.until("it is shown", |s| s.contains("· #peers"));
    // Tab completes what is known, and the same tag again is taken off.
    tui.press("kt");
    tui.press("p\t");
    tui.press(ENTER);
    tui.shows("#peers given to NORTHGATE");
    tui.press("t");
    tui.press("peers");
    tui.press(ENTER);
    tui.shows("#peers taken off NORTHGATE");
    // The filter line, which is kept.
    tui.press("\x1b1");
    tui.press("net sales");
    tui.until("both are found", |s| {
        s.contains("NORTHGATE_2023") && s.contains("CALDER_2024Q1")
    });
    tui.press("\x06");
    tui.press("folder:");
    tui.shows("press/2024");
    tui.press(ESCAPE);
    std::thread::sleep(std::time::Duration::from_millis(300));
    tui.press("\x06");
    tui.press("@mine = tag:peers");
    tui.press(ENTER);
    tui.shows("kept as @mine");
    tui.until("the one is found", |s| {
        !s.contains("NORTHGATE_2023") && s.contains("CALDER_2024Q1")
    });
    tui.press(CTRL_C);
    assert!(tui.ended());
    assert!(
        place
            .run(&["filters"])
            .ok()
            .stdout
            .contains("@mine  tag:peers")
    );
}
