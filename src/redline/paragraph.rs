//! Paragraphs: what a redline aligns. A paragraph of prose, which may go on over a page's end, a heading, or a row of
//! a table.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use regex::Regex;

use super::word::{Vocabulary, Word, WordId, WordKind, label};
use crate::chunk::block::{Piece, PieceKind, pieces};
use crate::chunk::outline::Outline;
use crate::pattern::compiled;
use crate::pdf::Page;

/// A paragraph of a document.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// The headings that it stands under, as of a chunk.
    pub section: String,
    pub text: String,
    pub page: u32,
    pub page_last: u32,
    /// First line on `page` and last line on `page_last`, counted from 0 among all lines.
    pub line: u32,
    pub line_last: u32,
    /// Of a table: a row, a label, a head.
    pub is_table: bool,
    pub is_heading: bool,
    pub words: Vec<Word>,
}

/// The last items of a 10-K, behind which many file the statements of Item 8, with no heading of it.
static LAST: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)^item\s*1[56]\b"));
static EIGHT: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)^item\s*8\b"));
/// Headings with which those begin.
static STATEMENTS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\breport of independent\b|\b(?:notes|index) to (?:the )?(?:consolidated )?financial statements\b|\bbasis for opinions?\b|^\W*consolidated (?:balance sheets?|(?:income )?statements?)\b",
    )
});

/// Whether the statements stand under Item 8.
fn has_statements(pieces: &[Piece]) -> bool {
    let mut outline = Outline::default();
    pieces.iter().any(|piece| {
        let PieceKind::Heading(level) = piece.kind else {
            return false;
        };
        outline.enter(level, &piece.text);
        EIGHT.is_match(&outline.name()) && STATEMENTS.is_match(&piece.text)
    })
}

/// The paragraphs of a document in reading order.
pub fn paragraphs(pages: &[Page], vocabulary: &mut Vocabulary) -> Vec<Paragraph> {
    let mut out: Vec<Paragraph> = Vec::new();
    let mut outline = Outline::default();
    let mut is_behind = false;
    let pieces = pieces(pages);
    let has_own = has_statements(&pieces);
    for piece in pieces {
        if let PieceKind::Heading(level) = piece.kind {
            outline.enter(level, &piece.text);
            let is_last = !has_own && LAST.is_match(&outline.name());
            is_behind = is_last && (is_behind || STATEMENTS.is_match(&piece.text));
        }
        let goes_on = piece.kind == PieceKind::Sentence && !piece.starts_line;
        match out.last_mut().filter(|_| goes_on) {
            Some(last) => last.append(&piece),
            None => {
                let name = outline.name();
                let behind = || format!("Item 8, filed behind {name}");
                let section = if is_behind { behind() } else { name };
                out.push(Paragraph::new(piece, section));
            }
        }
    }
    for paragraph in &mut out {
        paragraph.words = vocabulary.words(&paragraph.text);
    }
    out.retain(|paragraph| !paragraph.words.is_empty());
    out
}

impl Paragraph {
    fn new(piece: Piece, section: String) -> Self {
        Self {
            section,
            page: piece.page,
            page_last: piece.page_last,
            line: piece.line_first,
            line_last: piece.line_last,
            is_table: matches!(
                piece.kind,
                PieceKind::Row | PieceKind::Label | PieceKind::Head
            ),
            is_heading: matches!(piece.kind, PieceKind::Heading(_)),
            text: piece.text,
            words: Vec::new(),
        }
    }

    fn append(&mut self, piece: &Piece) {
        self.text.push(' ');
        self.text.push_str(&piece.text);
        (self.page_last, self.line_last) = (piece.page_last, piece.line_last);
    }

    /// Takes in the paragraph behind it.
    pub fn join(&mut self, next: &Self, vocabulary: &mut Vocabulary) {
        self.text.push(' ');
        self.text.push_str(&next.text);
        (self.page_last, self.line_last) = (next.page_last, next.line_last);
        self.words = vocabulary.words(&self.text);
    }

    pub fn ids(&self) -> Vec<WordId> {
        self.words.iter().map(|word| word.id).collect()
    }

    /// A hash of its words: the same where two differ in signs and space alone.
    pub fn exact(&self) -> u64 {
        hash(self.words.iter().map(|word| word.id))
    }

    /// A hash of its words with all figures and dates taken for one, of a row its label alone: the same where two
    /// differ in these alone.
    pub fn skeleton(&self, vocabulary: &Vocabulary) -> u64 {
        let end = match self.is_table {
            true => label(&self.text).len(),
            false => self.text.len(),
        };
        let words = self.words.iter().filter(|word| word.at.start < end);
        hash(words.map(|word| match vocabulary.kind(word.id) {
            WordKind::Word => word.id,
            _ => WordId::MAX,
        }))
    }
}

fn hash(ids: impl Iterator<Item = WordId>) -> u64 {
    let mut hasher = DefaultHasher::new();
    ids.for_each(|id| id.hash(&mut hasher));
    hasher.finish()
}

/// How much a word tells of a text: more, the fewer paragraphs have it; nothing of figures, which change.
#[derive(Debug)]
pub struct Weights(Vec<f32>);

impl Weights {
    pub fn new(all: &[&[Paragraph]], vocabulary: &Vocabulary) -> Self {
        let mut counts = vec![0u32; vocabulary.len()];
        let mut total = 0;
        for paragraph in all.iter().copied().flatten() {
            total += 1;
            let mut ids = paragraph.ids();
            ids.sort_unstable();
            ids.dedup();
            ids.iter().for_each(|id| counts[*id as usize] += 1);
        }
        let weigh = |(id, count): (usize, &u32)| match vocabulary.kind(id as WordId) {
            WordKind::Word => (1.0 + total as f32 / *count as f32).ln(),
            _ => 0.0,
        };
        Self(counts.iter().enumerate().map(weigh).collect())
    }

    pub fn of(&self, id: WordId) -> f32 {
        // Words that joining made are not among them.
        self.0.get(id as usize).copied().unwrap_or(0.0)
    }

    fn sum(&self, words: &[Word]) -> f32 {
        words.iter().map(|word| self.of(word.id)).sum()
    }

    /// How much of two texts' words, by weight, both have, 0 to 1 (Dice's coefficient of weighted bags).
    pub fn likeness(&self, a: &[Word], b: &[Word]) -> f32 {
        let mut left: HashMap<WordId, i32> = HashMap::new();
        a.iter()
            .for_each(|word| *left.entry(word.id).or_default() += 1);
        let mut both = 0.0;
        for word in b {
            if let Some(count) = left.get_mut(&word.id).filter(|count| **count > 0) {
                *count -= 1;
                both += self.of(word.id);
            }
        }
        let all = self.sum(a) + self.sum(b);
        if all > 0.0 { 2.0 * both / all } else { 0.0 }
    }
}
