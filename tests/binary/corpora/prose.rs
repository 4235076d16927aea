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

/// What is compared, of each paragraph of 25 words or more: where it is from, its first words, its shingles.
fn shingles() -> Vec<(String, BTreeSet<Vec<String>>)> {
    let mut all = Vec::new();
    for (document, source) in sources() {
        for paragraph in paragraphs(&source) {
            let words = masked(&paragraph);
            if words.len() >= 25 {
                let five = words.windows(5).map(<[String]>::to_vec).collect();
                all.push((format!("{document}: {paragraph}"), five));
            }
        }
    }
    all
}

#[test]
fn paragraphs_share_few_of_their_five_word_shingles() {
    let all = shingles();
    let mut holders: BTreeMap<&Vec<String>, Vec<usize>> = BTreeMap::new();
    for (at, (_, five)) in all.iter().enumerate() {
        for shingle in five {
            holders.entry(shingle).or_default().push(at);
        }
    }
    let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for within in holders.values() {
        for (at, first) in within.iter().enumerate() {
            for second in &within[at + 1..] {
                *shared.entry((*first, *second)).or_default() += 1;
            }
        }
    }
    assert!(!shared.is_empty());
    for ((a, b), shared) in shared {
        let least = all[a].1.len().min(all[b].1.len());
        assert!(
            shared as f64 <= 0.3 * least as f64,
            "{shared} of {least} shared:\n{}\n{}",
            all[a].0,
            all[b].0
        );
    }
}
