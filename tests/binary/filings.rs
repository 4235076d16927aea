//! Real filings, from a folder that `TENK_FILINGS` names:
//! `TENK_FILINGS=/path/to/financebench/pdfs cargo test --release --test binary -- --ignored filings`.
//! Minutes on two cores.

use super::place::{Place, folder_from};

#[test]
#[ignore = "needs a folder of real filings: set TENK_FILINGS"]
fn every_real_filing_is_indexed_and_found() {
    let place = Place::new();
    let folder = folder_from("TENK_FILINGS").canonicalize().unwrap();
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

/// Extraction keeps the quality that benches/RESULTS.md states, held against poppler's `pdftotext`.
/// Evidence is looked at when FinanceBench's questions lie beside the folder.
#[test]
#[ignore = "needs a folder of real filings and poppler: set TENK_FILINGS"]
fn real_filings_are_read_as_well_as_stated() {
    let poppler = std::process::Command::new("pdftotext").arg("-v").output();
    assert!(poppler.is_ok(), "install poppler's pdftotext");
    let place = Place::new();
    let folder = folder_from("TENK_FILINGS").canonicalize().unwrap();
    let questions = folder.join("../questions.jsonl");
    let mut arguments = vec!["bench", "extract", folder.to_str().unwrap()];
    if questions.is_file() {
        arguments.extend(["--questions", questions.to_str().unwrap()]);
    }
    arguments.push("--json");
    let lines = place.run(&arguments).ok().json_lines();
    let ours = lines.iter().find(|l| l["reader"] == "tenk").unwrap();
    let figure = |name: &str| ours[name].as_f64().unwrap();
    assert!(figure("word_f1_mean") >= 0.995, "{ours}");
    assert!(figure("low_share") < 0.001, "{ours}");
    assert_eq!(
        (figure("pages_failed"), figure("unique_lines_lost")),
        (0.0, 0.0)
    );
    if questions.is_file() {
        assert!(figure("evidence_numbers_found") >= 0.995, "{ours}");
        assert!(figure("evidence_rows_whole") >= 0.99, "{ours}");
    }
}
