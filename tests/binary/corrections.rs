//! `tenk set`: what a user says of a document wins, at once and for good.

use serde_json::Value;

use super::place::{CALDER, NORTHGATE, Place};

/// The documents found when only one company's, or one year's, are searched.
fn found(place: &Place, filter: [&str; 2]) -> Vec<String> {
    let answer = place.json(&["search", "net sales", filter[0], filter[1]]);
    let hits = answer["hits"].as_array().unwrap().iter();
    let mut documents: Vec<String> = hits
        .map(|h| h["document"].as_str().unwrap().to_owned())
        .collect();
    documents.dedup();
    documents
}

#[test]
fn a_correction_is_searched_by_at_once_and_embedded_by_the_next_run() {
    let place = Place::shared(&[CALDER, NORTHGATE]).copy();
    let said = place.json(&[
        "set",
        "CALDER_2024Q1_EARNINGS",
        "company=Zephyr Mills",
        "year=2031",
    ]);
    assert_eq!(
        (&said["company"], &said["year"]),
        (&"Zephyr Mills".into(), &2031.into())
    );
    assert_eq!(found(&place, ["--company", "zephyr"]), [CALDER]);
    assert_eq!(found(&place, ["--year", "2031"]), [CALDER]);
    // BM25 knows the name, although no page has it.
    let bm25 = place.json(&["search", "Zephyr", "--arm", "bm25"]);
    assert_eq!(bm25["hits"][0]["document"], CALDER);
    let again = place.json(&["index"]);
    assert_eq!(again["extracted"], 0);
    // Its passages carry the company and the year; the other document's stay as they are.
    let own = place.json(&["search", "cash", "--company", "zephyr", "--top-k", "99"]);
    let chunks = own["hits"].as_array().unwrap().len();
    assert_eq!(again["encoded"], chunks);
    assert_eq!(place.json(&["index"])["encoded"], 0);
    assert_eq!(again["covered"], again["chunks"]);
}

/// The calendar of its company says another year each time; a run that changes nothing writes nothing.
#[test]
fn a_corrected_year_is_no_change_in_every_run() {
    let place = Place::shared(&[NORTHGATE]).copy();
    place.json(&["set", NORTHGATE, "year=2031"]);
    let generation = || place.json(&["status"])["generation"].clone();
    place.json(&["index"]);
    let settled = generation();
    place.json(&["index"]);
    assert_eq!(generation(), settled);
    assert_eq!(place.json(&["set", NORTHGATE])["year"], 2031);
}

#[test]
fn a_correction_survives_a_new_version_of_the_file_and_a_rename() {
    let place = Place::shared(&[NORTHGATE]).copy();
    place.json(&["set", NORTHGATE, "company=Zephyr Mills", "quarter=3"]);
    let mut bytes = std::fs::read(place.path(NORTHGATE)).unwrap();
    bytes.extend(b"\n% another version\n");
    place.write(NORTHGATE, bytes);
    assert_eq!(place.json(&["index"])["extracted"], 1);
    assert_eq!(place.json(&["set", NORTHGATE])["company"], "Zephyr Mills");
    std::fs::rename(place.path(NORTHGATE), place.path("other.pdf")).unwrap();
    assert_eq!(place.json(&["index"])["renamed"], 1);
    let moved = place.json(&["set", "other"]);
    assert_eq!(
        (&moved["company"], &moved["quarter"]),
        (&"Zephyr Mills".into(), &3.into())
    );
}

#[test]
fn a_correction_taken_back_leaves_what_the_pages_say() {
    let place = Place::shared(&[NORTHGATE]).copy();
    let before = place.json(&["set", NORTHGATE]);
    assert_eq!(before["ticker"], "NGTI");
    place.json(&["set", NORTHGATE, "company=X", "ticker=Y", "year=1999"]);
    let after = place.json(&["set", NORTHGATE, "company=", "ticker=", "year="]);
    assert_eq!(after, before);
}

#[test]
fn what_cannot_be_set_is_refused_and_nothing_changes() {
    let place = Place::shared(&[NORTHGATE]).copy();
    let before = place.json(&["set", NORTHGATE]);
    let wrong = ["year=soon", "quarter=5", "colour=red", "company"];
    for wrong in wrong {
        let refused = place.run(&["set", NORTHGATE, "company=X", wrong, "--json"]);
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        let error: Value = refused.last_json();
        assert!(
            error["remedy"].as_str().is_some_and(|r| !r.is_empty()),
            "{error}"
        );
    }
    assert_eq!(place.json(&["set", NORTHGATE]), before);
}

/// Every score of a search of meaning alone.
fn cosines(place: &Place) -> Vec<String> {
    let found = place.json(&["search", "cash", "--arm", "dense", "--plain"]);
    let hits = found["hits"].as_array().unwrap().iter();
    let shown = |hit: &Value| format!("{} {}", hit["document"], hit["cosine"]);
    hits.map(shown).collect()
}

/// A document of which nothing is known goes by its file's name, whatever was said of it meanwhile.
#[test]
fn a_correction_that_is_taken_back_leaves_nothing_behind() {
    let page = "BT /F1 12 Tf 72 720 Td (Cash is what is at hand and what is owed at once.) Tj ET";
    let place = Place::new();
    place.write("1_note.pdf", super::pdf::Pdf::page(page).bytes());
    place.json(&["index"]);
    let before = cosines(&place);
    place.json(&["set", "1_note.pdf", "company=Zephyr Mills", "year=2013"]);
    assert_eq!(place.json(&["index"])["encoded"], 1);
    assert_ne!(cosines(&place), before);
    place.json(&["set", "1_note.pdf", "company=", "year="]);
    place.json(&["index"]);
    assert_eq!(cosines(&place), before);
    // A year without a company stands in the passages as well.
    place.json(&["set", "1_note.pdf", "year=2013"]);
    assert_eq!(place.json(&["index"])["encoded"], 1);
}
