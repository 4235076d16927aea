//! The bundled corpus held to what it promises: tables that add up and agree, prose that is its
//! own, questions whose evidence stands where they say.

mod prose;
mod questions;
mod tables;

use std::path::Path;

use crate::place::{Place, corpora};

/// The sources, by the name of their document.
fn sources() -> Vec<(String, String)> {
    let files = std::fs::read_dir(corpora("src")).unwrap();
    let mut out: Vec<(String, String)> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|x| x == "txt"))
        .map(|path| (stem(&path), std::fs::read_to_string(&path).unwrap()))
        .collect();
    out.sort();
    out
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The first word of a document's name, which documents of one issuer share.
fn issuer(document: &str) -> &str {
    document.split('_').next().unwrap_or(document)
}

/// A document's pages as `extract` gives them: number and text.
fn pages(document: &str) -> Vec<(u64, String)> {
    let pdf = corpora(&format!("{document}.pdf"));
    let arguments = ["extract", "--json", pdf.to_str().unwrap()];
    let pages = Place::new().run(&arguments).ok().json_lines();
    let page = |page: &serde_json::Value| {
        let text = page["text"].as_str().unwrap();
        (page["page"].as_u64().unwrap(), text.to_owned())
    };
    pages.iter().map(page).collect()
}

#[test]
fn the_corpus_has_pages_enough_and_one_that_is_only_a_picture() {
    let (mut documents, mut count, mut bytes, mut empty) = (0, 0, 0, Vec::new());
    for (name, _) in sources() {
        bytes += std::fs::metadata(corpora(&format!("{name}.pdf")))
            .unwrap()
            .len();
        let pages = pages(&name);
        (documents, count) = (documents + 1, count + pages.len());
        let bare = pages.iter().filter(|(_, text)| text.is_empty());
        empty.extend(bare.map(|(page, _)| format!("{name} {page}")));
    }
    assert!(
        documents >= 12 && count >= 150,
        "{documents} documents, {count} pages"
    );
    assert!(bytes < 12_000_000, "{bytes} bytes");
    assert_eq!(empty, ["GREYFRIARS_2023_RESERVING 10"]);
}
