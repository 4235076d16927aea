//! Documents that are not about finance: a folder of clinical guidelines, of judgments or recipes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::pdf::Pdf;
use crate::place::Place;

/// The pairs of `assets/general.jsonl` by subject: questions, and the passage that answers each.
fn pairs() -> BTreeMap<String, Vec<(String, String)>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/general.jsonl");
    let mut out: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let pair: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| pair[key].as_str().unwrap().to_owned();
        let of_subject = out.entry(text("subject")).or_default();
        of_subject.push((text("question"), text("context")));
    }
    out
}

/// A page's content: the passage in lines of about eighty letters.
fn content(passage: &str) -> String {
    let mut lines = vec![String::new()];
    for word in passage.split(' ') {
        let last = lines.last_mut().unwrap();
        if last.len() + word.len() > 80 {
            lines.push(word.to_owned());
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    let ascii = |c: char| if c.is_ascii() { c } else { '?' };
    let shown = lines.iter().map(|line| {
        let text: String = line.trim().chars().map(ascii).collect();
        format!("({}) Tj T*", text.replace(['(', ')'], " "))
    });
    let shown: Vec<String> = shown.collect();
    format!("BT /F1 10 Tf 14 TL 72 700 Td {} ET", shown.join(" "))
}

#[test]
fn a_library_of_other_subjects_is_searched_as_well() {
    let place = Place::new();
    let mut questions = String::new();
    for (subject, pairs) in pairs() {
        let contents: Vec<String> = pairs.iter().map(|(_, passage)| content(passage)).collect();
        place.write(&format!("{subject}.pdf"), Pdf::pages(&contents).bytes());
        for (at, (question, _)) in pairs.iter().enumerate() {
            let evidence = json!([{ "doc": subject, "page": at + 1 }]);
            let row = json!({ "question": question, "evidence": evidence });
            questions += &format!("{row}\n");
        }
    }
    let indexed = place.json(&["index"]);
    assert_eq!(indexed["documents"], 7);
    assert_eq!(indexed["failed"], json!([]));
    let file = place.root().join("questions.jsonl");
    std::fs::write(&file, questions).unwrap();
    let eval = ["--json", "eval", "--questions", file.to_str().unwrap()];
    let reports = place.run(&eval).ok().json_lines();
    let figure = |at: usize, metric: &str| reports[at]["metrics"]["page"][metric].as_f64().unwrap();
    assert_eq!(reports[0]["setting"], "hybrid");
    // Questions and passages share few words on purpose.
    assert!(figure(0, "recall@5") >= 0.8, "{}", reports[0]);
    assert!(figure(0, "recall@10") >= 0.9, "{}", reports[0]);
    let plain = "Which vaccine is given to people without a spleen?";
    place.run(&["search", plain, "--explain=medicine:13"]).ok();
    place.run(&["show", "medicine.pdf:13"]).ok();
    place.run(&["status"]).ok();
}
