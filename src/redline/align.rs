//! Alignment: which paragraph of one document is which of the other.
//!
//! First, in order, those that are the same but for figures (patience diff over their skeletons); then, wherever they
//! stand, those with the same words; then those that are alike by their words and by the embeddings of the chunks that
//! they stand in, the most alike first. What then breaks the order of the others has moved.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use similar::{Algorithm, capture_diff_slices_deadline};

use super::paragraph::{Paragraph, Weights};
use super::word::{Vocabulary, WordId};

/// A document to be aligned: its paragraphs, and for each the embedding of its chunk, normalised.
pub struct Text<'a> {
    pub paragraphs: &'a [Paragraph],
    pub vectors: &'a [Option<&'a [f32]>],
}

/// Two paragraphs that are one, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    pub a: usize,
    pub b: usize,
}

/// How alike two paragraphs have to be.
const ALIKE: f32 = 0.5;
/// What words count for of it, and what embeddings do.
const OF_WORDS: f32 = 0.8;
const OF_MEANING: f32 = 0.2;
/// The cosine of what is not alike at all.
const UNLIKE: f32 = 0.6;
/// What it counts that two stand between the same others, and in one section.
const IN_PLACE: f32 = 0.15;
const IN_SECTION: f32 = 0.05;
/// Without a common word by this weight two are not alike, wherever they stand.
const LEAST: f32 = 0.25;
/// A paragraph of fewer words has not moved: another of the same words stands there.
const MOVED: usize = 6;
/// Rarest words by which others are looked for, and paragraphs that are looked at.
const RAREST: usize = 12;
const NEAREST: usize = 8;
/// How long the order is compared.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pairs of two documents, by `a`.
pub fn align(a: &Text<'_>, b: &Text<'_>, vocabulary: &Vocabulary) -> Vec<Pair> {
    let mut table = Table::new(a.paragraphs.len(), b.paragraphs.len());
    in_order(a.paragraphs, b.paragraphs, &mut table, |p| {
        p.skeleton(vocabulary)
    });
    only_ones(a.paragraphs, b.paragraphs, &mut table, by_words);
    alike(a, b, &mut table, vocabulary);
    only_ones(a.paragraphs, b.paragraphs, &mut table, |p| {
        by_label(p, vocabulary)
    });
    table.pairs()
}

/// Who is whose partner.
struct Table {
    a: Vec<Option<usize>>,
    b: Vec<Option<usize>>,
}

impl Table {
    fn new(a: usize, b: usize) -> Self {
        Self {
            a: vec![None; a],
            b: vec![None; b],
        }
    }

    fn is_free(&self, a: usize, b: usize) -> bool {
        self.a[a].is_none() && self.b[b].is_none()
    }

    fn join(&mut self, a: usize, b: usize) {
        (self.a[a], self.b[b]) = (Some(b), Some(a));
    }

    fn pairs(&self) -> Vec<Pair> {
        let pairs = self.a.iter().enumerate();
        pairs
            .filter_map(|(a, b)| Some(Pair { a, b: (*b)? }))
            .collect()
    }

    /// For each paragraph of `a`, the partners of the nearest before and behind it that have one.
    fn gaps(&self) -> Vec<(usize, usize)> {
        let mut out = vec![(0, self.b.len()); self.a.len()];
        let mut before = 0;
        for (at, partner) in self.a.iter().enumerate() {
            out[at].0 = before;
            before = partner.unwrap_or(before);
        }
        let mut behind = self.b.len();
        for (at, partner) in self.a.iter().enumerate().rev() {
            out[at].1 = behind;
            behind = partner.unwrap_or(behind);
        }
        out
    }
}

fn in_order(a: &[Paragraph], b: &[Paragraph], table: &mut Table, key: impl Fn(&Paragraph) -> u64) {
    let keys = |all: &[Paragraph]| all.iter().map(&key).collect::<Vec<u64>>();
    let deadline = Some(Instant::now() + PATIENCE);
    for op in capture_diff_slices_deadline(Algorithm::Patience, &keys(a), &keys(b), deadline) {
        if let similar::DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = op
        {
            (0..len).for_each(|at| table.join(old_index + at, new_index + at));
        }
    }
}

/// Joins those that are left and have one key, where each is the only one of its document that has it.
fn only_ones<K: Hash + Eq>(
    a: &[Paragraph],
    b: &[Paragraph],
    table: &mut Table,
    key: impl Fn(&Paragraph) -> Option<K>,
) {
    let left = |all: &[Paragraph], partners: &[Option<usize>]| {
        let mut out: HashMap<K, Vec<usize>> = HashMap::new();
        let free = (0..all.len()).filter(|at| partners[*at].is_none());
        for (at, key) in free.filter_map(|at| Some((at, key(&all[at])?))) {
            out.entry(key).or_default().push(at);
        }
        out
    };
    let (old, new) = (left(a, &table.a), left(b, &table.b));
    for (key, at) in &old {
        if let ([a], Some([b])) = (&at[..], new.get(key).map(|v| &v[..])) {
            table.join(*a, *b);
        }
    }
}

/// The words of a longer text, which is the same one wherever it stands.
fn by_words(p: &Paragraph) -> Option<u64> {
    (!p.is_table && p.words.len() >= MOVED).then(|| p.exact())
}

/// The label of a row with its section: the order of rows may change.
fn by_label(p: &Paragraph, vocabulary: &Vocabulary) -> Option<(u64, String)> {
    let key = || (p.skeleton(vocabulary), p.section.to_lowercase());
    p.is_table.then(key)
}

/// Joins those that are alike, the most alike first.
fn alike(a: &Text<'_>, b: &Text<'_>, table: &mut Table, vocabulary: &Vocabulary) {
    let weights = Weights::new(&[a.paragraphs, b.paragraphs], vocabulary);
    let gaps = table.gaps();
    let index = Index::new(b.paragraphs, &table.b, &weights);
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    for (at, paragraph) in a.paragraphs.iter().enumerate() {
        if table.a[at].is_some() {
            continue;
        }
        let gap = gaps[at];
        let mut near = index.near(paragraph, &weights);
        near.extend(meant(a.vectors[at], b, &table.b));
        near.extend(
            (gap.0..gap.1)
                .take(NEAREST)
                .filter(|other| table.b[*other].is_none()),
        );
        near.sort_unstable();
        near.dedup();
        for other in near {
            let score = score((a, at), (b, other), gap, &weights);
            found.extend((score >= ALIKE).then_some((score, at, other)));
        }
    }
    found.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    for (_, a, b) in found {
        if table.is_free(a, b) {
            table.join(a, b);
        }
    }
}

/// How alike two paragraphs are, 0 to about 1.
fn score(
    a: (&Text<'_>, usize),
    b: (&Text<'_>, usize),
    gap: (usize, usize),
    weights: &Weights,
) -> f32 {
    let (old, new) = (&a.0.paragraphs[a.1], &b.0.paragraphs[b.1]);
    let is_between = (gap.0..gap.1).contains(&b.1);
    // A row is what it is where it stands; a heading is short, and like many.
    let is_bound = old.is_table || old.is_heading || old.words.len() < MOVED;
    if old.is_table != new.is_table || is_bound && !is_between {
        return 0.0;
    }
    let words = weights.likeness(&old.words, &new.words);
    if words < LEAST {
        return 0.0;
    }
    let meaning = match (a.0.vectors[a.1], b.0.vectors[b.1]) {
        (Some(a), Some(b)) => ((cosine(a, b) - UNLIKE) / (1.0 - UNLIKE)).clamp(0.0, 1.0),
        _ => words,
    };
    let place = if is_between { IN_PLACE } else { 0.0 };
    let section = if old.section == new.section {
        IN_SECTION
    } else {
        0.0
    };
    OF_WORDS * words + OF_MEANING * meaning + place + section
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The paragraphs of `b` without a partner whose chunks are nearest in meaning.
fn meant(vector: Option<&[f32]>, b: &Text<'_>, partners: &[Option<usize>]) -> Vec<usize> {
    let Some(vector) = vector else {
        return Vec::new();
    };
    let free =
        (0..partners.len()).filter(|at| partners[*at].is_none() && !b.paragraphs[*at].is_table);
    let scored = free.filter_map(|at| Some((cosine(vector, b.vectors[at]?), at)));
    let mut scored: Vec<(f32, usize)> = scored.filter(|(cosine, _)| *cosine > UNLIKE).collect();
    scored.sort_by(|x, y| y.0.total_cmp(&x.0));
    scored.into_iter().take(NEAREST).map(|(_, at)| at).collect()
}

/// Which paragraphs have a word.
struct Index(HashMap<WordId, Vec<usize>>);

impl Index {
    fn new(all: &[Paragraph], partners: &[Option<usize>], weights: &Weights) -> Self {
        let mut out: HashMap<WordId, Vec<usize>> = HashMap::new();
        for (at, paragraph) in all.iter().enumerate() {
            if partners[at].is_some() {
                continue;
            }
            for id in distinct(paragraph) {
                if weights.of(id) > 0.0 {
                    out.entry(id).or_default().push(at);
                }
            }
        }
        Self(out)
    }

    /// Those that have the most of its rarest words.
    fn near(&self, paragraph: &Paragraph, weights: &Weights) -> Vec<usize> {
        let mut ids = distinct(paragraph);
        ids.sort_by(|x, y| weights.of(*y).total_cmp(&weights.of(*x)));
        let mut sums: HashMap<usize, f32> = HashMap::new();
        for id in ids.into_iter().take(RAREST) {
            for at in self.0.get(&id).into_iter().flatten() {
                *sums.entry(*at).or_default() += weights.of(id);
            }
        }
        let mut sums: Vec<(usize, f32)> = sums.into_iter().collect();
        sums.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        sums.into_iter().take(NEAREST).map(|(at, _)| at).collect()
    }
}

fn distinct(paragraph: &Paragraph) -> Vec<WordId> {
    let mut ids = paragraph.ids();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Of pairs by `a`, which are in the order of the most words: a longest increasing subsequence, by weight.
pub fn in_place(pairs: &[Pair], words: impl Fn(&Pair) -> usize) -> Vec<bool> {
    // The heaviest chain that ends at or before each place of `b`, kept in a tree of prefixes (Fenwick).
    let size = pairs.iter().map(|pair| pair.b + 1).max().unwrap_or(0);
    let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); size + 1];
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let mut chain = (0, None);
        let mut place = pair.b;
        while place > 0 {
            chain = chain.max(best[place]);
            place -= place & place.wrapping_neg();
        }
        before.push(chain.1);
        let own = (chain.0 + words(pair).max(1), Some(at));
        let mut place = pair.b + 1;
        while place <= size {
            best[place] = best[place].max(own);
            place += place & place.wrapping_neg();
        }
    }
    let mut last = best.iter().max().and_then(|chain| chain.1);
    let mut out = vec![false; pairs.len()];
    while let Some(at) = last {
        out[at] = true;
        last = before[at];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redline::test_pages::prose;

    const FIRE: &str = "A fire in our warehouse at Bergen could stop deliveries for many weeks.";
    const FIRES: &str =
        "A fire or a flood in one of our warehouses could stop deliveries for weeks or months.";
    const RATES: &str =
        "Our loans bear interest at floating rates and so expose us to higher rates.";
    const PEOPLE: &str = "We depend on skilled people and may not be able to keep or replace them.";
    const CLAIMS: &str =
        "Claims by former landlords were settled before a court in Oslo had heard them.";

    fn aligned(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
        let mut vocabulary = Vocabulary::default();
        let (a, b) = (prose(a, &mut vocabulary), prose(b, &mut vocabulary));
        let none = vec![None; a.len().max(b.len())];
        let text = |paragraphs| Text {
            paragraphs,
            vectors: &none,
        };
        let pairs = align(&text(&a), &text(&b), &vocabulary);
        pairs.into_iter().map(|pair| (pair.a, pair.b)).collect()
    }

    #[test]
    fn a_paragraph_that_was_reworded_is_the_same_one() {
        assert_eq!(
            aligned(&[FIRE, RATES], &[PEOPLE, FIRES, RATES]),
            [(0, 1), (1, 2)]
        );
    }

    #[test]
    fn a_paragraph_that_stands_elsewhere_is_found() {
        assert_eq!(
            aligned(&[FIRE, RATES, PEOPLE], &[RATES, PEOPLE, FIRE]),
            [(0, 2), (1, 0), (2, 1)]
        );
    }

    #[test]
    fn what_has_little_in_common_is_not_joined() {
        assert_eq!(aligned(&[FIRE, CLAIMS], &[RATES, PEOPLE]), []);
    }

    #[test]
    fn the_lightest_of_those_out_of_order_have_moved() {
        let pairs: Vec<Pair> = [(0, 3), (1, 0), (2, 1), (3, 2)]
            .map(|(a, b)| Pair { a, b })
            .into();
        assert_eq!(in_place(&pairs, |_| 10), [false, true, true, true]);
        let heavy = |pair: &Pair| if pair.a == 0 { 100 } else { 10 };
        assert_eq!(in_place(&pairs, heavy), [true, false, false, false]);
        assert!(in_place(&[], |_| 1).is_empty());
    }
}
