//! What BM25 counts: chunks, their words, and in how many of them a word stands.
//!
//! Tantivy counts removed chunks until their segment is written anew, and estimates the words of one
//! that was. Here only living chunks count, and exactly: the scores after any history of additions
//! and removals are those of an index made at once.

use std::sync::Arc;

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::{Fields, schema};

/// Where a word stands in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Text,
    Heading,
    /// The name of its document.
    Name,
}

impl Part {
    /// In the order of the index's fields.
    const ALL: [Part; 3] = [Part::Text, Part::Heading, Part::Name];
}

/// What BM25 counts in a library.
pub trait Counts: Send + Sync {
    /// All chunks.
    fn chunks(&self) -> u64;

    /// The words of all chunks in a part.
    fn words(&self, part: Part) -> u64;

    /// How many chunks have a stemmed word in a part.
    fn frequency(&self, part: Part, word: &str) -> u64;
}

/// What is counted.
pub enum Statistics {
    Own(Own),
    /// Of a library of which the searcher has some chunks.
    Given(Arc<dyn Counts>),
}

/// Counts of the living chunks of a searcher.
pub struct Own {
    searcher: Searcher,
    chunks: u64,
    /// Words of all chunks in each text field.
    words: Vec<(Field, u64)>,
}

impl Statistics {
    /// Counts chunks and words, which reads three columns.
    pub fn count(searcher: Searcher, fields: &Fields) -> tantivy::Result<Self> {
        let mut words = Vec::new();
        for field in &fields.texts {
            let mut sum = 0;
            for segment in searcher.segment_readers() {
                let name = segment.schema().get_field_name(field.length);
                let lengths = segment.fast_fields().u64(name)?;
                let of_chunks = segment.doc_ids_alive().filter_map(|d| lengths.first(d));
                sum += of_chunks.sum::<u64>();
            }
            words.push((field.text, sum));
        }
        Ok(Self::Own(Own {
            chunks: searcher.num_docs(),
            searcher,
            words,
        }))
    }

    pub fn chunks(&self) -> u64 {
        match self {
            Self::Own(own) => own.chunks,
            Self::Given(counts) => counts.chunks(),
        }
    }
}

/// The part of a chunk that a text field has.
fn part_of(field: Field) -> Option<Part> {
    let (_, fields) = schema();
    let at = fields.texts.iter().position(|own| own.text == field)?;
    Part::ALL.get(at).copied()
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(match self {
            Self::Own(own) => {
                let of_field = own.words.iter().find(|(of, _)| *of == field);
                of_field.map_or(0, |(_, words)| *words)
            }
            Self::Given(counts) => part_of(field).map_or(0, |part| counts.words(part)),
        })
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.chunks())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        match self {
            Self::Own(own) => own.doc_freq(term),
            Self::Given(counts) => {
                let value = term.value();
                let word = value.as_str().zip(part_of(term.field()));
                Ok(word.map_or(0, |(word, part)| counts.frequency(part, word)))
            }
        }
    }
}

impl Own {
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut sum = 0;
        for segment in self.searcher.segment_readers() {
            let words = segment.inverted_index(term.field())?;
            sum += match segment.alive_bitset() {
                None => words.doc_freq(term)?,
                Some(alive) => words
                    .read_postings(term, IndexRecordOption::Basic)?
                    .map_or(0, |postings| postings.doc_freq_given_deletes(alive)),
            };
        }
        Ok(u64::from(sum))
    }
}
