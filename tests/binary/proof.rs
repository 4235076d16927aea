//! `--proof`: the pages that an answer rests on as a PDF of their own, row and figure marked, and a note beside them.

use std::collections::BTreeMap;
use std::path::Path;

use pdf_extract::{Dictionary, Document, Object};
use serde_json::Value;

use super::pdf::Pdf;
use super::place::{NORTHGATE, Place};

const RATIO: &str = "What is the FY2023 current ratio of Northgate?";

/// What the copy of a document's pages is called.
fn copy_of(document: &str) -> String {
    document.replace(".pdf", "_pages.pdf")
}

/// The copy of the pages of that report.
const COPY: &str = "NORTHGATE_2023_10K_pages.pdf";

fn library() -> &'static Place {
    Place::shared(&[NORTHGATE, "TARRANT_2023_10K.pdf"])
}

/// All files of a folder with what they hold.
fn held(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, std::fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

/// What an annotation says, and the rectangle around it.
fn told(annotation: &Dictionary) -> (String, [f32; 4]) {
    let says = pdf_extract::decode_text_string(annotation.get(b"Contents").unwrap());
    let rect = annotation.get(b"Rect").unwrap().as_array().unwrap();
    let rect: Vec<f32> = rect.iter().map(|own| own.as_float().unwrap()).collect();
    let quads = annotation.get(b"QuadPoints").unwrap().as_array().unwrap();
    assert_eq!(quads.len() % 8, 0);
    assert!(annotation.has(b"AP"));
    (says.unwrap(), rect.try_into().unwrap())
}

/// The highlights of each page of a PDF.
fn highlights(file: &Path) -> Vec<Vec<(String, [f32; 4])>> {
    let copy = Document::load(file).unwrap();
    let own = |page| {
        let all = copy.get_page_annotations(page).unwrap();
        let is_one = |own: &&Dictionary| {
            own.get(b"Subtype").and_then(Object::as_name).unwrap() == b"Highlight"
        };
        all.into_iter().filter(is_one).map(told).collect()
    };
    copy.get_pages().into_values().map(own).collect()
}

#[test]
fn the_pages_of_a_ratio_are_copied_with_each_operand_marked() {
    let place = library();
    let folder = place.root().join("ratio");
    let asked = place.json(&["ask", RATIO, "--proof", folder.to_str().unwrap()]);
    assert_eq!(asked["proof"]["warnings"], serde_json::json!([]));
    assert_eq!(asked["proof"]["folder"], folder.to_str().unwrap());
    let files: Vec<String> = held(&folder).into_keys().collect();
    assert_eq!(files, [COPY, "note.html", "note.md", "proof.json"]);
    let operands = asked["worked"]["operands"].as_array().unwrap();
    let mut pages: Vec<u64> = operands
        .iter()
        .map(|own| own["page"].as_u64().unwrap())
        .collect();
    pages.dedup();
    assert_eq!(asked["proof"]["pages"], pages.len());
    let copy = folder.join(COPY);
    let marked = highlights(&copy);
    assert_eq!(marked.len(), pages.len());
    let all: Vec<_> = marked.iter().flatten().collect();
    assert_eq!(all.len(), 2 * operands.len());
    for operand in operands {
        let printed = operand["printed"].as_str().unwrap();
        let item = operand["item"].as_str().unwrap();
        let row = all
            .iter()
            .find(|(says, _)| says.contains(operand["label"].as_str().unwrap()));
        let figure = format!("{item} FY2023: {printed} ");
        let figure = all.iter().find(|(says, _)| says.contains(&figure)).unwrap();
        assert!(figure.0.contains("(of Northgate"), "{}", figure.0);
        let (_, [x0, y0, x1, y1]) = figure;
        let (_, [left, foot, right, top]) = row.unwrap();
        assert!(left < x0 && x1 <= &(right + 1.0) && x1 - x0 < 0.3 * (right - left));
        assert!((y0 - foot).abs() < 1.0 && (y1 - top).abs() < 1.0);
        assert!((6.0..30.0).contains(&(y1 - y0)), "a line is as high as one");
    }
}

#[test]
fn the_note_says_what_was_asked_answered_and_of_which_file() {
    let place = library();
    let folder = place.root().join("note");
    let asked = place.json(&["ask", RATIO, "--proof", folder.to_str().unwrap()]);
    let held = held(&folder);
    let text = |name: &str| String::from_utf8(held[name].clone()).unwrap();
    let (note, page) = (text("note.md"), text("note.html"));
    let figure = asked["figure"].as_str().unwrap();
    let hash = blake3::hash(&std::fs::read(place.path(NORTHGATE)).unwrap()).to_hex();
    for said in [
        RATIO,
        figure,
        "[total current assets] / [total current liabilities]",
        hash.as_str(),
    ] {
        assert!(page.contains(said), "{said} in {page}");
        assert!(note.replace('\\', "").contains(said), "{said} in {note}");
    }
    for operand in asked["worked"]["operands"].as_array().unwrap() {
        assert!(note.contains(operand["printed"].as_str().unwrap()));
    }
    assert!(note.contains("NORTHGATE_2023_10K_pages.pdf#page=1)"));
    assert!(page.contains("href=\"NORTHGATE_2023_10K_pages.pdf#page=1\""));
    assert!(!page.contains("<script") && !page.contains(place.root().to_str().unwrap()));
    let record: Value = serde_json::from_slice(&held["proof.json"]).unwrap();
    assert_eq!(record["documents"][0]["blake3"], hash.as_str());
}

#[test]
fn a_copied_page_says_what_the_page_says() {
    let place = library();
    let folder = place.root().join("same");
    let asked = place.json(&["ask", RATIO, "--proof", folder.to_str().unwrap()]);
    let number = &asked["worked"]["operands"][0]["page"];
    let page = |file: &Path, number: &Value| {
        let lines = place.run(&["extract", "--raw", "--json", file.to_str().unwrap()]);
        let mut pages = lines.ok().json_lines().into_iter();
        let own = pages.find(|own| own["page"] == *number).unwrap();
        own["text"].as_str().unwrap().to_owned()
    };
    let original = page(&place.path(NORTHGATE), number);
    assert!(original.len() > 200);
    assert_eq!(page(&folder.join(COPY), &Value::from(1)), original);
}

#[test]
fn the_lines_of_a_quoted_sentence_are_marked() {
    let place = library();
    let folder = place.root().join("quoted");
    let question = "Why did Northgate's net sales change in fiscal 2023?";
    let asked = place.json(&["ask", question, "--proof", folder.to_str().unwrap()]);
    assert_eq!(asked["kind"], "quoted", "{asked}");
    assert_eq!(asked["proof"]["warnings"], serde_json::json!([]));
    let document = asked["citations"][0]["document"].as_str().unwrap();
    let marked = highlights(&folder.join(copy_of(document)));
    let said = asked["citations"][0]["proofs"][0]["text"].as_str().unwrap();
    let mut all = marked.iter().flatten();
    assert!(all.any(|(says, _)| says.contains(said)), "{marked:?}");
}

#[test]
fn what_the_library_does_not_say_has_a_note_and_no_pages() {
    let place = library();
    let folder = place.root().join("nothing");
    let question = "What is the capital of Mongolia?";
    let asked = place.json(&["ask", question, "--proof", folder.to_str().unwrap()]);
    assert_eq!(asked["kind"], "abstained");
    assert_eq!(asked["proof"]["pages"], 0);
    let held = held(&folder);
    assert_eq!(held.len(), 3);
    let note = String::from_utf8(held["note.md"].clone()).unwrap();
    assert!(note.contains("The library does not say"), "{note}");
}

#[test]
fn several_companies_have_a_copy_each_and_so_has_a_grid() {
    let place = library();
    let folder = place.root().join("several");
    let at = folder.to_str().unwrap();
    let question = "Compare the current ratio of Northgate and Tarrant in FY2023";
    place.run(&["ask", question, "--proof", at]).ok();
    let copies = [COPY, "TARRANT_2023_10K_pages.pdf"];
    for copy in copies {
        assert!(!highlights(&folder.join(copy))[0].is_empty());
    }
    let note = std::fs::read_to_string(folder.join("note.md")).unwrap();
    assert!(note.matches("total current assets").count() >= 2, "{note}");
    // An earlier proof makes room for the next.
    let grid = place.json(&["grid", "total assets", "--years", "2023", "--proof", at]);
    let pages = grid["proof"]["pages"].as_u64().unwrap();
    assert!(pages >= 2, "{grid}");
    let note = std::fs::read_to_string(folder.join("note.md")).unwrap();
    let columns = |row: &str| row.matches('|').count();
    for table in note.split("\n\n").filter(|part| part.starts_with('|')) {
        let mut rows = table.lines();
        let heads = columns(rows.next().unwrap());
        assert!(rows.all(|row| columns(row) == heads), "{table}");
    }
    assert!(
        place
            .run(&["grid", "total assets", "--years", "2023", "--proof", at])
            .stderr
            .contains("in place of the earlier")
    );
    let stated = &grid["rows"][0]["cells"][0];
    let copy = copy_of(stated["document"].as_str().unwrap());
    let marked = highlights(&folder.join(copy));
    let printed = stated["sources"][0]["printed"].as_str().unwrap();
    assert!(
        marked
            .iter()
            .flatten()
            .any(|(says, _)| says.contains(printed))
    );
}

#[test]
fn a_folder_that_holds_something_else_is_refused_and_left_as_it_is() {
    let place = library();
    let folder = place.root().join("foreign");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mine.txt"), "mine").unwrap();
    let before = held(&folder);
    for arguments in [vec!["ask", RATIO], vec!["grid", "total assets"]] {
        let mut all = arguments.clone();
        all.extend(["--proof", folder.to_str().unwrap()]);
        let refused = place.run(&all);
        assert_eq!(refused.code, Some(1));
        assert!(refused.stderr.contains("holds mine.txt"), "{refused:?}");
        assert_eq!(held(&folder), before);
    }
    // A note that somebody has written into is theirs.
    let own = place.root().join("edited");
    let at = own.to_str().unwrap();
    place.run(&["ask", RATIO, "--proof", at]).ok();
    std::fs::write(own.join("note.md"), "checked by me").unwrap();
    let refused = place.json(&["ask", RATIO, "--proof", at]);
    assert!(
        refused["error"].as_str().unwrap().contains("note.md"),
        "{refused}"
    );
    assert_eq!(
        std::fs::read_to_string(own.join("note.md")).unwrap(),
        "checked by me"
    );
}

#[test]
fn a_file_that_has_changed_since_is_not_copied_and_the_note_says_so() {
    let place = library().copy();
    std::fs::write(place.path(NORTHGATE), Pdf::text("another").bytes()).unwrap();
    let folder = place.root().join("changed");
    let outcome = place.run(&["ask", RATIO, "--proof", folder.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(
        outcome.stderr.contains("changed since it was indexed"),
        "{outcome:?}"
    );
    let held = held(&folder);
    assert!(!held.contains_key(COPY));
    let note = String::from_utf8(held["note.md"].clone()).unwrap();
    assert!(
        note.contains("Warning") && note.contains("changed since"),
        "{note}"
    );
}

#[test]
fn a_proof_in_the_library_is_no_document_of_it_and_a_hostile_name_is_harmless() {
    let place = Place::new();
    let name = "NORTHGATE_2023_10K \u{1b}[31m<b>\u{202e}'#.pdf";
    std::fs::copy(super::place::corpora(NORTHGATE), place.path(name)).unwrap();
    place.run(&["index"]).ok();
    let folder = place.path("proof");
    let outcome = place.run(&["ask", RATIO, "--proof", "proof"]).ok();
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stderr.contains('\u{202e}'));
    let held = held(&folder);
    let copy = held.keys().find(|name| name.ends_with(".pdf")).unwrap();
    assert!(
        copy.chars()
            .all(|c| c.is_alphanumeric() || "._-".contains(c)),
        "{copy}"
    );
    let marked = highlights(&folder.join(copy));
    assert_eq!(marked.iter().flatten().count(), 4);
    for note in ["note.md", "note.html", "proof.json"] {
        let text = String::from_utf8(held[note].clone()).unwrap();
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{note}"
        );
        assert!(
            !text.contains("<b>") || note == "proof.json",
            "{note}: {text}"
        );
    }
    let listed = place.run(&["index", "--json"]).ok().last_json();
    assert_eq!(listed["documents"], 1);
}
