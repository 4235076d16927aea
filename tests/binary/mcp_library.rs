//! `tenk mcp` while something happens to the library under it.

use std::fs::{self, OpenOptions};

use serde_json::{Value, json};

use super::mcp::{Client, items, library};
use super::place::{NORTHGATE, files_under};

#[test]
fn a_word_index_that_is_cut_short_under_it_is_made_again_in_memory() {
    let place = library().copy();
    let mut client = Client::start(&place);
    let asked = json!({"query": "goodwill impairment", "arm": "bm25"});
    let whole = client.answer("search", asked.clone());
    assert!(!items(std::slice::from_ref(&whole), "hits").is_empty());
    let files = files_under(&place.path(".tenk/cache/lexical"));
    let mut lengths = Vec::new();
    for file in &files {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        lengths.push(file.metadata().unwrap().len());
        file.set_len(0).unwrap();
    }
    assert!(lengths.iter().any(|length| *length > 4096), "{files:?}");
    assert_eq!(client.answer("search", asked), whole);
    let other = json!({"query": "auditor", "arm": "bm25"});
    assert!(!items(&[client.answer("search", other)], "hits").is_empty());
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_library_that_was_made_anew_is_the_one_that_is_asked() {
    let place = library().copy();
    let mut client = Client::start(&place);
    let asked = json!({"query": "net sales"});
    assert!(!items(&[client.answer("search", asked.clone())], "hits").is_empty());
    fs::remove_dir_all(place.path(".tenk")).unwrap();
    let (error, _) = client.refusal("search", asked.clone());
    assert!(error.contains("no library"), "{error}");
    fs::remove_file(place.path(NORTHGATE)).unwrap();
    place.run(&["index"]).ok();
    let hits = items(&[client.answer("search", asked)], "hits");
    let of_it = |hit: &Value| hit["document"] == "TARRANT_2023_10K.pdf";
    assert!(!hits.is_empty() && hits.iter().all(of_it), "{hits:?}");
    assert_eq!(client.leave(), Some(0));
}
