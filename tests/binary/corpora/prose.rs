//! No paragraph stands twice, and no two documents share their sentences.

use std::collections::{BTreeMap, BTreeSet};

use super::sources;

/// What every annual report says, word for word: the form's own cover and item headings.
const BOILERPLATE: [&str; 2] = ["SECURITIES AND EXCHANGE COMMISSION", "# Item "];

/// The paragraphs of a source, tables, covers and headings aside.
fn paragraphs(source: &str) -> Vec<String> {
    let blocks = source.split("\n\n").flat_map(|block| block.split('\n'));
    let is_prose = |line: &&str| {
        let mark = ["|", "#", "^", "%", "@", "-", "=", "!"];
        !mark.iter().any(|m| line.starts_with(m)) && !BOILERPLATE.iter().any(|b| line.contains(b))
    };
    blocks
        .filter(is_prose)
        .map(str::to_owned)
        .filter(|l| !l.trim().is_empty())
        .collect()
}

/// Words in lower case, figures and names (a capital inside a sentence) masked.
fn masked(paragraph: &str) -> Vec<String> {
    let mut opens = true;
    let mut out = Vec::new();
    for word in paragraph.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let named = !opens && bare.starts_with(char::is_uppercase);
        opens = word.ends_with(['.', '?', ':']);
        out.push(match bare {
            "" => continue,
            _ if bare.contains(|c: char| c.is_ascii_digit()) => "#".to_owned(),
            _ if named => "Name".to_owned(),
            _ => bare.to_lowercase(),
        });
    }
    out
}

#[test]
fn no_paragraph_stands_twice() {
    let mut known: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (document, source) in sources() {
        for paragraph in paragraphs(&source) {
            let words = masked(&paragraph);
            if words.len() < 25 {
                continue;
            }
            let before = known.insert(words, document.clone());
            assert_eq!(before, None, "{document}: {paragraph}");
        }
    }
    assert!(known.len() >= 450, "{}", known.len());
}

#[test]
fn documents_share_few_of_their_five_word_shingles() {
    let shingles = |source: &str| -> BTreeSet<Vec<String>> {
        let of = |p: &String| {
            masked(p)
                .windows(5)
                .map(<[String]>::to_vec)
                .collect::<Vec<_>>()
        };
        paragraphs(source).iter().flat_map(of).collect()
    };
    let sets: Vec<_> = sources()
        .into_iter()
        .map(|(d, s)| (d, shingles(&s)))
        .collect();
    for (at, (a, first)) in sets.iter().enumerate() {
        for (b, second) in &sets[at + 1..] {
            let shared = first.intersection(second).count();
            let least = first.len().min(second.len());
            let (shared, least) = (shared as f64, least as f64);
            assert!(
                shared <= 0.3 * least,
                "{a} and {b} share {shared} of {least}"
            );
        }
    }
}
