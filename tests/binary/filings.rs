//! Real filings, where the environment names their folder:
//! `TENK_FILINGS=/path/to/financebench/pdfs cargo test --release`. Minutes on two cores.

use std::path::PathBuf;

use super::place::Place;

fn filings() -> Option<PathBuf> {
    let folder = std::env::var_os("TENK_FILINGS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: TENK_FILINGS does not name a folder of real filings");
    }
    folder
}

#[test]
fn every_real_filing_is_indexed_and_found() {
    let Some(folder) = filings() else { return };
    let place = Place::new();
    let folder = folder.canonicalize().unwrap();
    let (folder, home) = (folder.to_str().unwrap(), place.root().join("state"));
    let home = home.to_str().unwrap();
    let pdfs = std::fs::read_dir(folder).unwrap().flatten();
    let pdfs = pdfs
        .filter(|e| e.path().extension().is_some_and(|x| x == "pdf"))
        .count();
    let first = place.json(&["index", folder, "--home", home]);
    assert_eq!(
        (&first["documents"], &first["failed"]),
        (&pdfs.into(), &serde_json::json!([]))
    );
    assert_eq!(first["failed_pages"], 0);
    let second = place.json(&["index", folder, "--home", home]);
    assert_eq!(
        (&second["extracted"], &second["encoded"]),
        (&0.into(), &0.into())
    );
    let seconds = second["seconds"].as_f64().unwrap();
    eprintln!("unchanged: {seconds:.3} s");
    let question = "total revenue net sales";
    let found = place.json(&["search", question, "-L", folder, "--home", home]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 10);
}
