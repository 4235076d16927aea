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
    /// Nothing but dates differ.
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
    let mut changed: Vec<WordId> = Vec::new();
    for region in &regions {
        if region.is_kept {
            push(Fate::Kept, text(b, region.new));
            continue;
        }
        push(Fate::Removed, text(a, region.old));
        push(Fate::Added, text(b, region.new));
        changed.extend(&old[region.old.0..region.old.1]);
        changed.extend(&new[region.new.0..region.new.1]);
    }
    let kinds = || changed.iter().map(|id| vocabulary.kind(*id));
    out.words = changed.len();
    out.is_figures = kinds().all(|kind| kind != WordKind::Word);
    out.is_dates = kinds().all(|kind| kind == WordKind::Date);
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
            last.old.1 = region.old.1;
            last.new.1 = region.new.1;
        }
        None => out.push(region),
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
    fn both_texts_can_be_read_from_the_runs() {
        let (a, b) = ("One, two (three) 4.", "Two three; 5 and six.");
        let runs = compared(a, b).runs;
        let of = |but: Fate| -> String {
            runs.iter()
                .filter(|r| r.fate != but)
                .map(|r| r.text.trim().to_owned() + " ")
                .collect()
        };
        assert!(of(Fate::Removed).contains("5 and six."));
        assert!(of(Fate::Added).contains('4'));
    }
}
