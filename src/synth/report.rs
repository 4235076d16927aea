//! The report: what a set holds, and what was dropped on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Draft;
use super::filter::{Reason, shared};
use super::negative::Relation;
use super::set::Kept;
use super::source::Corpus;
use crate::statement::table;

/// Counts of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub written: usize,
    pub kept: usize,
    /// Good ones that were more than was asked for.
    pub set_aside: usize,
    pub train_rows: usize,
    pub dev_rows: usize,
    pub seconds: f64,
    /// What a language model did: replies given and taken from an earlier run, their tokens, and
    /// the time for those given.
    pub model_replies: usize,
    pub model_again: usize,
    pub model_tokens: usize,
    pub model_seconds: f64,
    /// Dropped drafts by reason, in words.
    pub dropped: BTreeMap<String, usize>,
    pub by_writer: BTreeMap<String, usize>,
    pub by_kind: BTreeMap<String, usize>,
    /// Of the dev rows, which are balanced.
    pub dev_by_kind: BTreeMap<String, usize>,
    pub by_voice: BTreeMap<String, usize>,
    pub by_frame: BTreeMap<String, usize>,
    pub by_document: BTreeMap<String, usize>,
    pub negatives: BTreeMap<String, usize>,
    /// Pages that hold rows of figures, and questions asked of those pages.
    pub pages_with_tables: usize,
    pub questions_of_tables: usize,
    /// Words of a question: fewest, mean, most.
    pub words: (usize, f64, usize),
    /// Mean share of a question's telling words that its passage has.
    pub overlap: f64,
    /// Different first two words of questions.
    pub openings: usize,
}

/// Rows of figures that make a page one with tables.
const ROWS: usize = 3;

impl Report {
    /// Counts what was kept and dropped.
    pub fn count(&mut self, kept: &[Kept], dropped: &[(Draft, Reason)], corpus: &Corpus) {
        let out = self;
        out.kept = kept.len();
        for reason in Reason::ALL {
            let count = dropped.iter().filter(|(_, r)| *r == reason).count();
            out.dropped.insert(reason.as_str().to_owned(), count);
        }
        let tables = pages_with_tables(corpus);
        out.pages_with_tables = tables.len();
        let (mut words, mut overlap) = (Vec::new(), 0.0);
        let mut openings = BTreeSet::new();
        for Kept {
            draft, negatives, ..
        } in kept
        {
            let source = &corpus.sources[draft.source];
            let count = |map: &mut BTreeMap<String, usize>, key: &str| {
                *map.entry(key.to_owned()).or_default() += 1;
            };
            count(&mut out.by_writer, &draft.writer);
            count(&mut out.by_kind, draft.kind.as_str());
            count(&mut out.by_voice, draft.voice.as_str());
            count(&mut out.by_frame, &draft.frame);
            count(&mut out.by_document, &source.chunk.document);
            negatives
                .iter()
                .for_each(|n| count(&mut out.negatives, n.relation.as_str()));
            let on_table = tables.contains(&(source.document, source.chunk.page));
            out.questions_of_tables += usize::from(on_table);
            let own: Vec<&str> = draft.question.split_whitespace().collect();
            openings.insert(
                own.iter()
                    .take(2)
                    .map(|w| w.to_lowercase())
                    .collect::<Vec<_>>(),
            );
            words.push(own.len());
            overlap += f64::from(shared(&draft.question, source).0);
        }
        for relation in Relation::ALL {
            out.negatives
                .entry(relation.as_str().to_owned())
                .or_default();
        }
        let count = kept.len().max(1) as f64;
        out.words = (
            words.iter().copied().min().unwrap_or_default(),
            words.iter().sum::<usize>() as f64 / count,
            words.iter().copied().max().unwrap_or_default(),
        );
        out.overlap = overlap / count;
        out.openings = openings.len();
    }

    /// Counts the rows that are learnt from and those that are held out.
    pub fn held_out(&mut self, train: usize, dev: &[Value]) {
        (self.train_rows, self.dev_rows) = (train, dev.len());
        for kind in dev.iter().filter_map(|row| row["kind"].as_str()) {
            *self.dev_by_kind.entry(kind.to_owned()).or_default() += 1;
        }
    }

    /// The frame used most, and its share of the questions.
    pub fn most_used(&self) -> Option<(&str, f64)> {
        let most = self.by_frame.iter().max_by_key(|(_, n)| **n)?;
        Some((most.0, *most.1 as f64 / self.kept.max(1) as f64))
    }

    /// Questions for each page with tables.
    pub fn per_page(&self) -> f64 {
        self.questions_of_tables as f64 / self.pages_with_tables.max(1) as f64
    }
}

/// Pages, by document, that have at least three rows of figures.
fn pages_with_tables(corpus: &Corpus) -> BTreeSet<(usize, u32)> {
    let mut rows: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    for source in &corpus.sources {
        let count = source
            .chunk
            .text
            .lines()
            .filter(|line| table::is_row(line))
            .count();
        *rows
            .entry((source.document, source.chunk.page))
            .or_default() += count;
    }
    rows.retain(|_, n| *n >= ROWS);
    rows.into_keys().collect()
}
