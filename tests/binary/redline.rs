//! Redlines: what a report says otherwise than the one before it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::place::{NORTHGATE, Place};

const BEFORE: &str = "NORTHGATE_2022_10K.pdf";

fn both() -> &'static Place {
    Place::shared(&[BEFORE, NORTHGATE])
}

/// Words alone, as a page and a paragraph of it have them both.
fn words(text: &str) -> String {
    let text = text.replace('-', "");
    text.split_whitespace().collect::<Vec<_>>().concat()
}

#[test]
fn every_text_stands_on_the_page_that_is_named() {
    let place = both();
    let changes = place
        .run(&["redline", BEFORE, NORTHGATE, "--json"])
        .ok()
        .json_lines();
    assert!(changes.len() > 100, "{}", changes.len());
    let mut pages: BTreeMap<(String, u64), String> = BTreeMap::new();
    let mut page = |document: &str, number: u64| {
        let key = (document.to_owned(), number);
        let shown = || {
            words(
                &place
                    .run(&["show", &format!("{document}:{number}")])
                    .ok()
                    .stdout,
            )
        };
        pages.entry(key).or_insert_with(shown).clone()
    };
    for change in &changes {
        let kind = change["kind"].as_str().unwrap();
        let sides = [("a", BEFORE), ("b", NORTHGATE)];
        let there: Vec<_> = sides
            .iter()
            .filter(|(side, _)| !change[*side].is_null())
            .collect();
        let expected = match kind {
            "added" | "removed" => 1,
            _ => 2,
        };
        assert_eq!(there.len(), expected, "{change}");
        for (side, document) in there {
            let side = &change[*side];
            assert_eq!(side["document"], *document);
            let (first, last) = (
                side["page"].as_u64().unwrap(),
                side["page_last"].as_u64().unwrap(),
            );
            let text: String = (first..=last)
                .map(|number| page(document, number))
                .collect();
            let found = words(side["text"].as_str().unwrap());
            // Over a page's end a running line stands between.
            assert!(first < last || text.contains(&found), "{change}");
        }
    }
    // What is new of the risks comes first.
    let is_new =
        |c: &Value| c["kind"] == "added" && c["section"].as_str().unwrap().contains("Risk Factors");
    let first = changes.iter().take_while(|c| is_new(c)).count();
    assert_eq!(first, changes.iter().filter(|c| is_new(c)).count());
    assert!(first > 3);
    // Runs are the texts again.
    for change in changes.iter().filter(|c| c["kind"] == "changed") {
        let of = |but: &str| -> String {
            let runs = change["runs"].as_array().unwrap().iter();
            runs.filter(|r| r[0] != but)
                .map(|r| r[1].as_str().unwrap())
                .collect()
        };
        assert_eq!(
            words(&of("removed")),
            words(change["b"]["text"].as_str().unwrap())
        );
    }
}

#[test]
fn the_report_before_it_is_found() {
    let place = both();
    let named = place.run(&["redline", BEFORE, NORTHGATE, "--json"]).ok();
    let alone = place.run(&["redline", "NORTHGATE_2023_10K", "--json"]).ok();
    assert_eq!(named.stdout, alone.stdout);
    let first = place.run(&["redline", BEFORE]);
    assert_eq!(first.code, Some(1));
    assert!(
        first.stderr.contains("no earlier report"),
        "{}",
        first.stderr
    );
}

#[test]
fn a_document_has_no_difference_from_itself() {
    let found = both()
        .run(&["redline", NORTHGATE, NORTHGATE, "--json"])
        .ok();
    assert_eq!(found.stdout, "");
    let found = both().run(&["redline", NORTHGATE, NORTHGATE]).ok();
    assert!(found.stdout.contains("No difference."), "{}", found.stdout);
}

#[test]
fn parts_of_it() {
    let place = both();
    let kinds = |arguments: &[&str]| {
        let all = [&["redline", NORTHGATE, "--json"], arguments].concat();
        let changes = place.run(&all).ok().json_lines();
        assert!(!changes.is_empty(), "{arguments:?}");
        changes
    };
    let only = kinds(&["--only", "added,figure"]);
    assert!(
        only.iter()
            .all(|c| c["kind"] == "added" || c["kind"] == "figure")
    );
    let risks = kinds(&["--section", "risk factors"]);
    let is_of_risks = |c: &Value| c["section"].as_str().unwrap().contains("Risk Factors");
    assert!(risks.iter().all(is_of_risks));
    let none = place.run(&["redline", NORTHGATE, "--section", "crypto assets"]);
    assert_eq!(none.code, Some(1));
    assert!(
        none.stderr.contains("Item 1A. Risk Factors"),
        "{}",
        none.stderr
    );
    let wrong = place.run(&["redline", NORTHGATE, "--only", "new"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
}

#[test]
fn a_page_to_hand_over() {
    let place = both().copy();
    for (file, removed, added) in [("r.html", "<del>", "<ins>"), ("r.md", "~~", "**")] {
        place.run(&["redline", NORTHGATE, "-o", file]).ok();
        let text = fs::read_to_string(place.path(file)).unwrap();
        assert!(text.contains(removed) && text.contains(added), "{text}");
        assert!(text.contains("Item 1A. Risk Factors"), "{text}");
        assert!(text.contains("p. "), "{text}");
    }
    let both = place.run(&["redline", NORTHGATE, "--json", "--format", "md"]);
    assert_eq!(both.code, Some(1));
}
