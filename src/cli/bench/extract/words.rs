//! Words of a page, and how much two readings of it share.

use std::collections::HashMap;

/// Words on lower case: runs of letters, digits and `.,%$()-` with a letter or digit in them.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || ".,%$()-".contains(c)))
        .filter(|w| w.bytes().any(|b| b.is_ascii_alphanumeric()))
        .map(str::to_owned)
        .collect()
}

/// The numbers of a text as written, without what only surrounds them: `(1,577)` is `1,577`.
pub fn numbers(text: &str) -> Vec<String> {
    words(text)
        .iter()
        .map(|w| w.trim_matches(|c| "$()%-.,".contains(c)).to_owned())
        .filter(|w| is_number(w))
        .collect()
}

pub fn is_number(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
}

pub fn bag<T: std::hash::Hash + Eq>(items: impl IntoIterator<Item = T>) -> HashMap<T, usize> {
    let mut bag = HashMap::new();
    for item in items {
        *bag.entry(item).or_default() += 1;
    }
    bag
}

/// How many of `wanted` are in `had`, each as often as it stands there.
pub fn shared(wanted: &HashMap<String, usize>, had: &HashMap<String, usize>) -> usize {
    wanted
        .iter()
        .map(|(w, n)| (*n).min(had.get(w).copied().unwrap_or(0)))
        .sum()
}

/// Harmonic mean of precision and recall of two bags of words; 1 when both are empty.
pub fn f1(ours: &[String], reference: &[String]) -> f64 {
    let total = ours.len() + reference.len();
    if total == 0 {
        return 1.0;
    }
    let both = shared(&bag(reference.iter().cloned()), &bag(ours.iter().cloned()));
    2.0 * both as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_of_a_row() {
        let row = "Cost of Sales… $ (1,577.5) 4.2% — Q2";
        assert_eq!(
            words(row),
            ["cost", "of", "sales", "(1,577.5)", "4.2%", "q2"]
        );
        assert_eq!(numbers(row), ["1,577.5", "4.2"]);
    }

    #[test]
    fn f1_counts_each_word_as_often_as_it_stands() {
        let (a, b) = (words("a b b c"), words("a b c d"));
        assert_eq!(f1(&a, &b), 0.75);
        assert_eq!(f1(&a, &a), 1.0);
        assert_eq!(f1(&[], &[]), 1.0);
        assert_eq!(f1(&a, &[]), 0.0);
    }
}
