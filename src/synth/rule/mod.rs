//! Rules: questions made from table rows, headings and sentences without a model. Exact, fast and
//! the same each time: the seed and the passages decide.

mod figure;
mod prose;
mod ratio;

use std::collections::BTreeMap;

use super::frame::{Frames, Lines, Slots};
use super::source::Corpus;
use super::{Draft, Kind, Source};
use crate::progress::{CancelToken, Cancelled};
use crate::query::lexicon::Lexicon;
use crate::statement::Statement;
use crate::statement::table::{self, Line};

/// Name of this writer.
pub const RULES: &str = "rules";

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amounts {
    /// Questions of figures on a page with tables, before any is dropped.
    pub per_page: usize,
    /// Questions of sentences in a passage.
    pub per_passage: usize,
    /// Share of the passages that are asked for what they are about.
    pub topics: f32,
    /// Ratios of a document.
    pub per_document: usize,
    pub seed: u64,
}

/// Writes by rules.
pub struct Rules<'a> {
    corpus: &'a Corpus,
    lexicon: &'a Lexicon,
    frames: Frames,
    amounts: Amounts,
    /// Numbers of the documents that no model learns from.
    held: &'a [usize],
}

/// What a question is about, before it is put in words.
struct Request<'a> {
    kind: Kind,
    lines: Lines,
    slots: Slots<'a>,
    answer: String,
    item: String,
}

impl<'a> Rules<'a> {
    pub fn new(
        corpus: &'a Corpus,
        lexicon: &'a Lexicon,
        frames: Frames,
        amounts: Amounts,
        held: &'a [usize],
    ) -> Self {
        Self {
            corpus,
            lexicon,
            frames,
            amounts,
            held,
        }
    }

    /// All drafts, in the order of the sources.
    ///
    /// # Errors
    ///
    /// When it was cancelled.
    pub fn write(mut self, cancel: &CancelToken) -> Result<Vec<Draft>, Cancelled> {
        let mut out = Vec::new();
        for (_, sources) in self.corpus.by_document() {
            cancel.check()?;
            let tables: BTreeMap<usize, Vec<Line>> = sources
                .iter()
                .map(|&at| {
                    (at, {
                        let chunk = &self.corpus.sources[at].chunk;
                        table::lines(&chunk.text, chunk.quarter)
                    })
                })
                .filter(|(_, lines)| !lines.is_empty())
                .collect();
            let mut by_page: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for &at in &sources {
                by_page
                    .entry(self.corpus.sources[at].chunk.page)
                    .or_default()
                    .push(at);
            }
            for own in by_page.values() {
                self.figures(own, &tables, &mut out);
                for &at in own {
                    self.prose(at, &mut out);
                }
            }
            self.ratios(&tables, &mut out);
        }
        Ok(out)
    }

    /// A stream of choices of a source's own: what other sources have changes nothing in it.
    fn random(&self, source: usize) -> fastrand::Rng {
        let hash = &self.corpus.sources[source].content_hash;
        let own = u64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
        fastrand::Rng::with_seed(own ^ self.amounts.seed)
    }

    /// Puts a question in words; false where no frame can.
    fn ask(
        &mut self,
        at: usize,
        request: Request<'_>,
        random: &mut fastrand::Rng,
        out: &mut Vec<Draft>,
    ) -> bool {
        let Request { kind, lines, .. } = request;
        let held = self.held.contains(&self.corpus.sources[at].document);
        let Some((frame, question)) = self.frames.ask(kind, lines, held, &request.slots, random)
        else {
            return false;
        };
        out.push(Draft {
            question,
            kind,
            voice: frame.voice,
            writer: RULES.to_owned(),
            frame: frame.id.clone(),
            source: at,
            answer: request.answer,
            item: request.item,
        });
        true
    }
}

/// Whether the lines of a source are amounts at a date or over a period.
fn lines_of(source: &Source) -> Lines {
    match source.chunk.statement {
        Some(Statement::Balance) => Lines::Stock,
        _ => Lines::Flow,
    }
}

#[cfg(test)]
#[path = "../rule_tests.rs"]
mod tests;
