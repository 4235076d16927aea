//! The difference of two texts, word by word.

use std::time::{Duration, Instant};

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::paragraph::Paragraph;
use super::word::{Vocabulary, WordId, WordKind};

/// What became of a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Kept,
    Removed,
    Added,
}

/// A run of words of one fate; of two texts all that is not added makes the first again, all that is not removed the
/// second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    pub fate: Fate,
    pub text: String,
}

/// How two texts differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    pub runs: Vec<Run>,
    /// Words removed and added, figures and dates among them.
    pub words: usize,
    /// Nothing but figures and dates differ.
    pub is_figures: bool,
    /// Nothing but dates and numbers of notes differ.
    pub is_dates: bool,
}

/// Words between two changes that are too few to tell them apart, at most.
const ISLAND: usize = 5;
/// How long two texts are compared: what is left then counts as changed.
const PATIENCE: Duration = Duration::from_millis(100);

/// A run of words by their numbers.
#[derive(Clone, Copy)]
struct Region {
    old: (usize, usize),
    new: (usize, usize),
    is_kept: bool,
}

/// Compares two paragraphs by Myers' algorithm.
pub fn difference(a: &Paragraph, b: &Paragraph, vocabulary: &Vocabulary) -> Difference {
    let (old, new) = (a.ids(), b.ids());
    let deadline = Some(Instant::now() + PATIENCE);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    let mut regions = regions(&ops);
    loop {
        let before = regions.len();
        regions = without_islands(regions, &old, vocabulary);
        if regions.len() == before {
            break;
        }
    }
    let mut out = Difference {
        is_figures: true,
        is_dates: true,
        ..Difference::default()
    };
    let text = |p: &Paragraph, (from, to): (usize, usize)| {
        let words = &p.words[from..to];
        words
            .iter()
            .map(|w| &p.text[w.at.clone()])
            .collect::<String>()
    };
    let mut push = |fate, text: String| {
        if !text.is_empty() {
            out.runs.push(Run { fate, text });
        }
    };
    let mut changed: Vec<WordKind> = Vec::new();
    for region in &regions {
        if region.is_kept {
            push(Fate::Kept, text(b, region.new));
            continue;
        }
        push(Fate::Removed, text(a, region.old));
        push(Fate::Added, text(b, region.new));
        for (text, (from, to)) in [(a, region.old), (b, region.new)] {
            changed.extend((from..to).map(|at| vocabulary.kind_at(&text.words, at)));
        }
    }
    out.words = changed.len();
    out.is_figures = changed.iter().all(|kind| *kind != WordKind::Word);
    out.is_dates = changed.iter().all(|kind| *kind == WordKind::Date);
    out
}

/// Changes that touch as one, and what is kept between them.
fn regions(ops: &[DiffOp]) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::new();
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let region = Region {
            old: (old.start, old.end),
            new: (new.start, new.end),
            is_kept: matches!(op, DiffOp::Equal { .. }),
        };
        join(&mut out, region);
    }
    out
}

fn join(out: &mut Vec<Region>, region: Region) {
    match out.last_mut().filter(|last| last.is_kept == region.is_kept) {
        Some(last) => {
            last.old = united(last.old, region.old);
            last.new = united(last.new, region.new);
        }
        None => out.push(region),
    }
}

/// Two ranges as one. An empty one says nothing: what was removed alone may stand anywhere in the other text.
fn united(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    match (a.0 == a.1, b.0 == b.1) {
        (true, _) => b,
        (_, true) => a,
        _ => (a.0.min(b.0), a.1.max(b.1)),
    }
}

/// What is kept between two longer changes of words goes with them where it is a few words: a sentence that was
/// written anew keeps its `the` and `of`.
fn without_islands(regions: Vec<Region>, old: &[WordId], vocabulary: &Vocabulary) -> Vec<Region> {
    let size = |region: &Region| (region.old.1 - region.old.0) + (region.new.1 - region.new.0);
    let has_words = |region: &Region| {
        let words = &old[region.old.0..region.old.1];
        words
            .iter()
            .any(|id| vocabulary.kind(*id) == WordKind::Word)
    };
    let mut out: Vec<Region> = Vec::new();
    for (at, region) in regions.iter().enumerate() {
        let kept = region.old.1 - region.old.0;
        let between = at
            .checked_sub(1)
            .and_then(|before| Some((regions.get(before)?, regions.get(at + 1)?)));
        let is_island = |(before, behind): (&Region, &Region)| {
            let both = [before, behind];
            both.iter().all(|r| size(r) > 2 * kept && has_words(r))
        };
        let is_island = region.is_kept && kept <= ISLAND && between.is_some_and(is_island);
        let is_kept = region.is_kept && !is_island;
        join(&mut out, Region { is_kept, ..*region });
    }
    out
}

/// Words of what was kept that are shown before and behind a change.
const AROUND: usize = 14;

/// Of what was kept, the words beside a change alone.
pub fn shortened(runs: &[Run]) -> Vec<Run> {
    let last = runs.len().saturating_sub(1);
    let short = |(at, run): (usize, &Run)| {
        if run.fate != Fate::Kept {
            return run.clone();
        }
        let words: Vec<&str> = run.text.split_inclusive(' ').collect();
        let before = if at == 0 { 0 } else { AROUND };
        let behind = if at == last { 0 } else { AROUND };
        if words.len() <= before + behind + 3 {
            return run.clone();
        }
        let (first, rest) = words.split_at(before);
        let text = format!(
            "{}… {}",
            first.concat(),
            rest[rest.len() - behind..].concat()
        );
        Run {
            fate: Fate::Kept,
            text,
        }
    };
    runs.iter().enumerate().map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redline::test_pages::prose;

    fn compared(a: &str, b: &str) -> Difference {
        let mut vocabulary = Vocabulary::default();
        let (a, b) = (prose(&[a], &mut vocabulary), prose(&[b], &mut vocabulary));
        difference(&a[0], &b[0], &vocabulary)
    }

    /// As wdiff writes it.
    fn written(a: &str, b: &str) -> String {
        let runs = compared(a, b).runs.into_iter();
        let text = runs.map(|run| match run.fate {
            Fate::Kept => run.text,
            Fate::Removed => format!("[-{}-] ", run.text.trim()),
            Fate::Added => format!("{{+{}+}} ", run.text.trim()),
        });
        text.collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn words_that_changed_are_marked() {
        let found = written(
            "We lease our stores in Oslo.",
            "We own our stores in Oslo and Bergen.",
        );
        assert_eq!(
            found,
            "We [-lease-] {+own+} our stores in Oslo {+and Bergen.+}"
        );
    }

    #[test]
    fn figures_are_told_from_words() {
        let a = "Sales rose 5% to $1.2 billion in 2022.";
        assert!(compared(a, "Sales rose 7% to $980 million in 2023.").is_figures);
        assert!(!compared(a, "Sales fell 5% to $1.2 billion in 2022.").is_figures);
        let dates = compared(
            "At May 31, 2022 we had 3 stores.",
            "At June 30, 2023 we had 3 stores.",
        );
        assert!(dates.is_dates);
        assert_eq!(dates.words, 6);
        assert!(!compared(a, "Sales rose 6% to $1.2 billion in 2023.").is_dates);
    }

    #[test]
    fn a_word_kept_between_two_rewritten_parts_goes_with_them() {
        let found = written(
            "many small shops of the north remain open",
            "several large banks of old towns remain open",
        );
        assert_eq!(
            found,
            "[-many small shops of the north-] {+several large banks of old towns+} remain open"
        );
    }

    #[test]
    fn a_small_count_is_no_date() {
        let are = |a: &str, b: &str| compared(a, b).is_dates;
        assert!(!are("We have 12 stores.", "We have 25 stores."));
        assert!(!are("A lease of 3 years.", "A lease of 9 years."));
        assert!(are("Due on May 3, 2022.", "Due on May 9, 2023."));
        assert!(are("Due on 3 May 2022.", "Due on 9 May 2023."));
        assert!(are("See Note 12 for more.", "See Note 13 for more."));
    }

    /// Whatever the words: what is not added is the first text, what is not removed the second.
    #[test]
    fn both_texts_can_be_read_from_the_runs() {
        let mut state = 1_u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        for _ in 0..3000 {
            let mut text = || -> String {
                let words = ["the", "of", "income", "taxes", "testing", "5", "rates"];
                let length = 1 + next(14);
                let words: Vec<&str> = (0..length).map(|_| words[next(words.len())]).collect();
                words.join(" ")
            };
            let (a, b) = (text(), text());
            let runs = compared(&a, &b).runs;
            let of = |but: Fate| -> String {
                let own = runs.iter().filter(|run| run.fate != but);
                let words = own.flat_map(|run| run.text.split_whitespace());
                words.collect::<Vec<_>>().join(" ")
            };
            assert_eq!((of(Fate::Added), of(Fate::Removed)), (a, b), "{runs:?}");
        }
    }
}
