//! A redline: what one document says otherwise than another, paragraph by paragraph. Two years of one company, or two
//! companies' same section.
//!
//! `paragraph` cuts pages into what is aligned, `align` says which paragraph is which, `difference` marks the words,
//! `section` says what stands where and counts.

mod align;
mod difference;
mod paragraph;
mod section;
mod verbatim;
mod word;

use std::collections::HashSet;

use serde::Serialize;

use crate::pdf::Page;
use align::{Pair, Text, align, in_place};
use difference::{Difference, difference, shortened};
pub use difference::{Fate, Run};
use paragraph::{Paragraph, Weights, paragraphs};
use section::is_of_risks;
pub use section::{Count, titled, top};
use verbatim::Verbatim;
use word::Vocabulary;

/// What became of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Added,
    Removed,
    Changed,
    Moved,
    /// Figures and dates differ, and no word.
    Figure,
}

impl Kind {
    pub const ALL: [Self; 5] = [
        Self::Added,
        Self::Removed,
        Self::Changed,
        Self::Moved,
        Self::Figure,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Figure => "figure",
        }
    }
}

/// A paragraph of one of the documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub section: String,
    pub page: u32,
    pub page_last: u32,
    /// Its first line on `page` and its last on `page_last`, counted from 0.
    pub line: u32,
    pub line_last: u32,
    pub text: String,
}

/// What differs at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    /// The section of the second document that it belongs to; of what was removed, that in which its neighbours stand.
    pub section: String,
    pub a: Option<Side>,
    pub b: Option<Side>,
    pub runs: Vec<Run>,
    /// Words removed and added.
    pub words: usize,
    /// Of a table.
    pub is_table: bool,
    /// Dates and numbers of notes alone have moved on.
    pub is_dates: bool,
    /// It stands elsewhere; what was changed as well has words.
    pub is_moved: bool,
}

/// All that differs, in the order of the second document, what is new of the risks before all else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Redline {
    pub changes: Vec<Change>,
    /// By the outermost heading of the second document, in its order.
    pub sections: Vec<Count>,
    /// Pages of either document that OCR has read from pictures: what differs there may be misread.
    pub recognised: [usize; 2],
}

/// A document to be compared: its pages, and a vector for a line of a page.
pub struct Source<'a> {
    pub pages: &'a [Page],
    /// Only what stands in sections with these words in their name.
    pub section: Option<&'a str>,
    pub vector: &'a dyn Fn(u32, u32) -> Option<&'a [f32]>,
}

/// A document that has no section of the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSection {
    pub of_second: bool,
    /// The outermost headings that it has.
    pub sections: Vec<String>,
}

impl<'a> Source<'a> {
    fn vectors(&self, all: &[Paragraph]) -> Vec<Option<&'a [f32]>> {
        all.iter().map(|p| (self.vector)(p.page, p.line)).collect()
    }
}

impl Redline {
    /// Compares two documents.
    ///
    /// # Errors
    ///
    /// Where one has no section of the name asked for.
    pub fn new(a: &Source<'_>, b: &Source<'_>) -> Result<Self, NoSection> {
        let mut vocabulary = Vocabulary::default();
        let mut read = |source: &Source<'_>, of_second| {
            let all = paragraphs(source.pages, &mut vocabulary);
            let no_section = |sections| NoSection {
                of_second,
                sections,
            };
            section::within(all, source.section).map_err(no_section)
        };
        let (mut old, mut new) = (read(a, false)?, read(b, true)?);
        let (old_vectors, new_vectors) = (a.vectors(&old), b.vectors(&new));
        let text = |paragraphs, vectors| Text {
            paragraphs,
            vectors,
        };
        let pairs = align(
            &text(&old, &old_vectors),
            &text(&new, &new_vectors),
            &vocabulary,
        );
        let pairs = whole(&mut old, &mut new, pairs, &mut vocabulary);
        let pairs = unshifted(&mut old, &mut new, pairs, &mut vocabulary);
        let recognised = [a.pages, b.pages].map(|pages| {
            let own = pages.iter().filter(|page| page.sure.is_some());
            own.count()
        });
        Ok(Self {
            recognised,
            ..put_together(&old, &new, &pairs, &vocabulary)
        })
    }
}

/// How often paragraphs are joined with their neighbours.
const ROUNDS: usize = 3;

/// Joins what one document has in two paragraphs and the other in one: a paragraph without a partner goes with the one
/// before or behind it, where the two together are more like what that is aligned with.
fn whole(
    old: &mut Vec<Paragraph>,
    new: &mut Vec<Paragraph>,
    mut pairs: Vec<Pair>,
    vocabulary: &mut Vocabulary,
) -> Vec<Pair> {
    let weights = Weights::new(&[old, new], vocabulary);
    let swapped = |pairs: Vec<Pair>| -> Vec<Pair> {
        let swap = |pair: Pair| Pair {
            a: pair.b,
            b: pair.a,
        };
        let mut out: Vec<Pair> = pairs.into_iter().map(swap).collect();
        out.sort_unstable();
        out
    };
    for _ in 0..ROUNDS {
        let before = old.len() + new.len();
        pairs = gathered(old, new, pairs, &weights, vocabulary);
        pairs = swapped(gathered(new, old, swapped(pairs), &weights, vocabulary));
        if old.len() + new.len() == before {
            break;
        }
    }
    pairs
}

/// Whether a paragraph is the rest of the one before it.
fn is_cut(first: &Paragraph, second: &Paragraph) -> bool {
    let ends = first.text.trim_end().ends_with(['.', ':', '!', '?', ';']);
    !ends || second.text.starts_with(char::is_lowercase)
}

/// How much more alike two have to be for a paragraph more.
const MORE: f32 = 0.02;

/// Joins paragraphs of `own` that go together, and numbers those of the pairs anew.
fn gathered(
    own: &mut Vec<Paragraph>,
    other: &[Paragraph],
    pairs: Vec<Pair>,
    weights: &Weights,
    vocabulary: &mut Vocabulary,
) -> Vec<Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; own.len()];
    pairs.iter().for_each(|pair| partner[pair.a] = Some(pair.b));
    let mut out: Vec<Paragraph> = Vec::with_capacity(own.len());
    let mut partners: Vec<Option<usize>> = Vec::new();
    for (paragraph, partner) in std::mem::take(own).into_iter().zip(partner) {
        let fits = |first: &Paragraph, second: &Paragraph, with: usize, known: &Paragraph| {
            let is_whole = first.is_heading == second.is_heading
                && (first.is_heading || first.section == second.section);
            if first.is_table || second.is_table || !is_whole {
                return false;
            }
            let both = [&first.words[..], &second.words[..]].concat();
            let other = &other[with].words;
            let more = if is_cut(first, second) { 0.0 } else { MORE };
            weights.likeness(&both, other) > weights.likeness(&known.words, other) + more
        };
        let joins = match (out.last(), partners.last().copied().flatten(), partner) {
            (Some(last), Some(with), None) => fits(last, &paragraph, with, last),
            (Some(last), None, Some(with)) => fits(last, &paragraph, with, &paragraph),
            _ => false,
        };
        match (out.last_mut(), partners.last_mut()) {
            (Some(last), Some(own)) if joins => {
                last.join(&paragraph, vocabulary);
                *own = own.or(partner);
            }
            _ => {
                out.push(paragraph);
                partners.push(partner);
            }
        }
    }
    *own = out;
    let pairs = partners.into_iter().enumerate();
    pairs.filter_map(|(a, b)| Some(Pair { a, b: b? })).collect()
}

/// Of the words that two neighbours differ in, so much at most is left where they differ in where one ends.
const BETWEEN: f32 = 0.7;

/// Joins neighbours in both documents between which words have changed sides: the paragraph ends elsewhere, and says
/// the same.
fn unshifted(
    old: &mut [Paragraph],
    new: &mut [Paragraph],
    pairs: Vec<Pair>,
    vocabulary: &mut Vocabulary,
) -> Vec<Pair> {
    let mut out: Vec<Pair> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let last = out.last().copied();
        let follows = |last: &Pair| pair.a == last.a + 1 && pair.b == last.b + 1;
        let differs = |pair: &Pair| {
            let (a, b) = (&old[pair.a], &new[pair.b]);
            !a.is_table && !b.is_table && a.exact() != b.exact()
        };
        let Some(last) = last.filter(|last| follows(last) && differs(last) && differs(&pair))
        else {
            out.push(pair);
            continue;
        };
        let apart = [last, pair].map(|p| difference(&old[p.a], &new[p.b], vocabulary).words);
        let (mut a, mut b) = (old[last.a].clone(), new[last.b].clone());
        a.join(&old[pair.a], vocabulary);
        b.join(&new[pair.b], vocabulary);
        let together = difference(&a, &b, vocabulary).words as f32;
        if together > BETWEEN * apart.iter().sum::<usize>() as f32 {
            out.push(pair);
            continue;
        }
        // The later one has all of the text, so that the next can join it.
        (old[pair.a], new[pair.b]) = (a, b);
        old[last.a].words.clear();
        new[last.b].words.clear();
        out.pop();
        out.push(pair);
    }
    out
}

/// The changes of aligned documents, in order.
fn put_together(
    old: &[Paragraph],
    new: &[Paragraph],
    pairs: &[Pair],
    vocabulary: &Vocabulary,
) -> Redline {
    let names = section::names(old, new, pairs);
    let in_place = in_place(pairs, |pair| new[pair.b].words.len());
    // Where each stands in the second document; what was removed stands behind what it stood behind.
    let mut places: Vec<(usize, usize, Change)> = Vec::new();
    let mut partner = vec![None; old.len()];
    let mut is_new = vec![true; new.len()];
    let mut same = Vec::new();
    for (pair, in_place) in pairs.iter().zip(in_place) {
        partner[pair.a] = Some(pair.b).filter(|_| in_place);
        is_new[pair.b] = false;
        let (a, b) = (&old[pair.a], &new[pair.b]);
        match changed(a, b, !in_place, vocabulary) {
            Some(change) => places.push((pair.b + 1, 0, change)),
            None => same.push(b),
        }
    }
    // A heading that stands elsewhere too says nothing, and no text that does is new or gone.
    let headings = |all: &[Paragraph]| -> HashSet<u64> {
        let own = all.iter().filter(|paragraph| paragraph.is_heading);
        own.map(Paragraph::exact).collect()
    };
    let (in_old, in_new) = (headings(old), headings(new));
    let is_said = |paragraph: &Paragraph, headings: &HashSet<u64>| {
        paragraph.is_heading && headings.contains(&paragraph.exact())
    };
    let (verbatim_old, verbatim_new) = (Verbatim::new(old), Verbatim::new(new));
    let mut behind = 0;
    let is_paired: HashSet<usize> = pairs.iter().map(|pair| pair.a).collect();
    for (at, paragraph) in old.iter().enumerate() {
        behind = partner[at].map_or(behind, |b| b + 1);
        if !is_paired.contains(&at) && !paragraph.words.is_empty() {
            if is_said(paragraph, &in_new) {
                continue;
            }
            let mut change = match verbatim_new.find(paragraph).filter(|_| !paragraph.is_table) {
                Some(place) => Change::moved(paragraph, &new[place]),
                None => Change::of(Kind::Removed, Some(paragraph), None),
            };
            change
                .section
                .clone_from(names.get(&paragraph.section).unwrap_or(&paragraph.section));
            places.push((behind, 1 + at, change));
        }
    }
    for (at, paragraph) in new.iter().enumerate() {
        if !is_new[at] || paragraph.words.is_empty() || is_said(paragraph, &in_old) {
            continue;
        }
        let change = match verbatim_old.find(paragraph).filter(|_| !paragraph.is_table) {
            Some(place) => Change::moved(&old[place], paragraph),
            None => Change::of(Kind::Added, None, Some(paragraph)),
        };
        places.push((at + 1, 0, change));
    }
    places.sort_by_key(|(place, order, _)| (*place, *order));
    let changes: Vec<Change> = places.into_iter().map(|(_, _, change)| change).collect();
    let mut changes = section::runs(changes);
    let sections = section::counted(new, &changes, &same);
    // What is new of the risks is read first.
    changes.sort_by_key(|change| !(change.kind == Kind::Added && is_of_risks(&change.section)));
    Redline {
        changes,
        sections,
        recognised: [0, 0],
    }
}

/// What differs between two that are one; none where that is nothing.
fn changed(
    a: &Paragraph,
    b: &Paragraph,
    is_moved: bool,
    vocabulary: &Vocabulary,
) -> Option<Change> {
    // That a row or a heading stands elsewhere says nothing.
    let is_moved = is_moved && !b.is_table && !b.is_heading;
    let is_same = a.exact() == b.exact();
    if is_same && !is_moved {
        return None;
    }
    let found = match is_same {
        true => Difference::default(),
        false => difference(a, b, vocabulary),
    };
    let kind = match (is_same, found.is_figures) {
        (true, _) => Kind::Moved,
        (false, true) => Kind::Figure,
        (false, false) if is_moved => Kind::Moved,
        (false, false) => Kind::Changed,
    };
    Some(Change {
        runs: found.runs,
        words: found.words,
        is_dates: found.is_dates && !is_same,
        is_moved,
        ..Change::of(kind, Some(a), Some(b))
    })
}

impl Change {
    fn of(kind: Kind, a: Option<&Paragraph>, b: Option<&Paragraph>) -> Self {
        let own = b.or(a);
        let words = match kind {
            Kind::Added | Kind::Removed => own.map_or(0, |p| p.words.len()),
            _ => 0,
        };
        Self {
            kind,
            section: own.map_or_else(String::new, |p| p.section.clone()),
            a: a.map(Side::from),
            b: b.map(Side::from),
            runs: Vec::new(),
            words,
            is_table: own.is_some_and(|p| p.is_table),
            is_dates: false,
            is_moved: false,
        }
    }

    /// What stands word for word elsewhere.
    fn moved(a: &Paragraph, b: &Paragraph) -> Self {
        Self {
            is_moved: true,
            ..Self::of(Kind::Moved, Some(a), Some(b))
        }
    }

    /// Told only where it is asked for: a row of a table, dates that moved on.
    pub fn is_aside(&self) -> bool {
        self.is_table || self.is_dates
    }

    /// What it is called in a list.
    pub fn called(&self) -> &'static str {
        match self.kind {
            Kind::Moved if !self.runs.is_empty() => "moved and changed",
            Kind::Added if self.is_table => "row added",
            Kind::Removed if self.is_table => "row removed",
            Kind::Changed | Kind::Moved if self.is_table => "row changed",
            Kind::Figure if self.is_table => "figures of a row",
            kind => kind.as_str(),
        }
    }

    /// Its pages: `p. 3`, `p. 3-4 → p. 5`.
    pub fn pages(&self) -> String {
        let page = |side: &Side| match side.page == side.page_last {
            true => format!("p. {}", side.page),
            false => format!("p. {}-{}", side.page, side.page_last),
        };
        let sides = [&self.a, &self.b].into_iter().flatten();
        sides.map(page).collect::<Vec<_>>().join(" → ")
    }

    /// Its words by what became of them; of what was kept, where it is not wanted whole, those beside a change alone.
    pub fn told(&self, is_full: bool) -> Vec<Run> {
        match (&self.runs[..], is_full) {
            ([], _) => vec![Run {
                fate: match self.kind {
                    Kind::Added => Fate::Added,
                    Kind::Removed => Fate::Removed,
                    _ => Fate::Kept,
                },
                text: self.text().to_owned(),
            }],
            (runs, true) => runs.to_vec(),
            (runs, false) => shortened(runs),
        }
    }

    /// Its text as it is now, or as it was.
    pub fn text(&self) -> &str {
        let side = self.b.as_ref().or(self.a.as_ref());
        side.map_or("", |side| &side.text)
    }
}

impl From<&Paragraph> for Side {
    fn from(p: &Paragraph) -> Self {
        Self {
            section: p.section.clone(),
            page: p.page,
            page_last: p.page_last,
            line: p.line,
            line_last: p.line_last,
            text: p.text.clone(),
        }
    }
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod test_pages;
#[cfg(test)]
#[path = "redline_tests.rs"]
mod tests;
