//! Questions: evidence on the page that they name, words of their own, a split that nothing crosses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenk::index::lexical::stem;

use super::{issuer, pages};
use crate::place::corpora;

fn rows(file: std::path::PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {value}"))
}

/// Letters and digits alone: lines, columns and hyphens of the page fall away.
fn bare(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Stems of the words that carry meaning, without the issuers' names.
fn content(text: &str) -> BTreeSet<String> {
    const STOP: &str = "a an the of in on at to for from by with and or is are was were be been do does \
        did has have had it its that this which who whom whose what when where why how than then as not \
        no will would may must can could should much many any all one two into over under after before \
        about against between during per each there their them they out up off if so more less most such \
        own only while since northgate tarrant calder lumetra sable point greyfriars alder street s";
    let stop: BTreeSet<&str> = STOP.split_whitespace().collect();
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '.' && c != ',');
    words
        .map(|w| w.trim_matches(['.', ',']))
        .filter(|w| !w.is_empty() && !stop.contains(w))
        .map(stem)
        .collect()
}

#[test]
fn evidence_stands_on_its_page() {
    let mut known: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    let harder = rows(corpora("harder.jsonl"));
    for question in rows(corpora("questions.jsonl")).iter().chain(&harder) {
        let evidence = question["evidence"].as_array().unwrap();
        let is_nothing = text(question, "kind") == "unanswerable";
        assert_eq!(evidence.is_empty(), is_nothing, "{question}");
        for one in evidence {
            let document = text(one, "doc");
            let pages = known
                .entry(document.to_owned())
                .or_insert_with(|| pages(document));
            let page = one["page"].as_u64().unwrap();
            let (_, on_page) = pages.iter().find(|(number, _)| *number == page).unwrap();
            let quote = text(one, "text");
            assert!(
                bare(on_page).contains(&bare(quote)),
                "{document} {page}: {quote}"
            );
        }
    }
    assert!(known.len() >= 12);
}

#[test]
fn questions_are_many_of_all_kinds_and_split_by_issuer() {
    let questions = rows(corpora("questions.jsonl"));
    assert!(questions.len() >= 240);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut split_of: BTreeMap<&str, &str> = BTreeMap::new();
    let mut splits: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut ids, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for question in &questions {
        *kinds.entry(text(question, "kind")).or_default() += 1;
        let split = text(question, "split");
        *splits.entry(split).or_default() += 1;
        assert!(ids.insert(text(question, "id")) && asked.insert(text(question, "question")));
        assert!(!text(question, "answer").is_empty());
        for one in question["evidence"].as_array().unwrap() {
            let of = *split_of.entry(issuer(text(one, "doc"))).or_insert(split);
            assert_eq!(of, split, "{question}");
        }
    }
    let expected = [
        "companies",
        "computed",
        "definition",
        "figure",
        "policy",
        "risk",
        "years",
    ];
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(splits.keys().copied().collect::<Vec<_>>(), ["dev", "test"]);
    assert!(splits.values().all(|count| *count >= 100), "{splits:?}");
}

#[test]
fn half_of_the_harder_questions_have_no_answer_and_half_are_of_parts() {
    let known = rows(corpora("questions.jsonl"));
    let harder = rows(corpora("harder.jsonl"));
    let of = |kind: &str| harder.iter().filter(|q| text(q, "kind") == kind).count();
    assert!(of("unanswerable") >= 30 && of("segment") >= 30);
    let mut ids: BTreeSet<&str> = known.iter().map(|q| text(q, "id")).collect();
    assert!(harder.iter().all(|q| ids.insert(text(q, "id"))));
}

#[test]
fn half_of_the_questions_hardly_share_words_with_their_evidence() {
    let questions = rows(corpora("questions.jsonl"));
    let own_words = |question: &&Value| {
        let asked = content(text(question, "question"));
        let evidence = question["evidence"].as_array().unwrap().iter();
        let said: BTreeSet<String> = evidence.flat_map(|e| content(text(e, "text"))).collect();
        asked.intersection(&said).count() * 4 <= asked.len()
    };
    let count = questions.iter().filter(own_words).count();
    assert!(
        count * 2 >= questions.len(),
        "{count} of {}",
        questions.len()
    );
}

#[test]
fn the_general_pairs_are_many_and_of_other_subjects() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/general.jsonl");
    let pairs = rows(file.into());
    assert!(pairs.len() >= 200, "{}", pairs.len());
    let mut subjects: BTreeMap<&str, usize> = BTreeMap::new();
    let mut passages = BTreeSet::new();
    for pair in &pairs {
        *subjects.entry(text(pair, "subject")).or_default() += 1;
        assert!(text(pair, "question").ends_with('?'), "{pair}");
        assert!(passages.insert(text(pair, "context")), "{pair}");
    }
    assert!(
        subjects.len() >= 6 && subjects.values().all(|n| *n >= 20),
        "{subjects:?}"
    );
}
