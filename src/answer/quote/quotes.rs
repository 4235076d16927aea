//! Quotes that are being put together, each with its source.

use super::super::body::{Figures, NEAREST};
use super::super::{Answer, Body, Proof, Source};
use super::candidate::Candidate;
use super::row::Row;
use crate::retrieve::Hit;

/// What stands before quotes that are nearest and may not answer.
const DOUBTFUL: &str = "Perhaps; these pages come nearest, in other words than the question's:";
/// What stands before rows of one name that tell different figures of one period.
const UNCLEAR: &str = "Perhaps; the document has rows of this name with different figures:";

/// Quotes of an answer.
#[derive(Default)]
pub struct Quotes {
    lines: Vec<String>,
    sources: Vec<Source>,
}

impl Quotes {
    /// Adds a quote with its source; the figures of the periods asked for are marked.
    pub fn add(&mut self, candidate: &Candidate<'_>) {
        let proof = Proof {
            text: candidate.text.clone(),
            line: candidate.row.as_ref().map(|row| row.line),
            marks: candidate.row.as_ref().map(Row::marks).unwrap_or_default(),
            places: candidate.row.as_ref().map(Row::places).unwrap_or_default(),
        };
        let number = self.cite(candidate.hit, proof);
        self.lines
            .push(format!("{} [{number}]", candidate.in_words()));
    }

    /// The number of the source that is the hit's passage, with `proof` among what it proves.
    fn cite(&mut self, hit: &Hit, proof: Proof) -> usize {
        let chunk = &hit.chunk;
        let is_here = |s: &&mut Source| s.chunk_id == chunk.chunk_id;
        if let Some(source) = self.sources.iter_mut().find(is_here) {
            source.proofs.push(proof);
            return source.number;
        }
        let number = self.sources.len() + 1;
        self.sources.push(Source {
            number,
            document: chunk.document.clone(),
            page: chunk.page,
            page_last: chunk.page_last,
            chunk_id: chunk.chunk_id.clone(),
            line_first: chunk.line_first,
            line_last: chunk.line_last,
            proofs: vec![proof],
        });
        number
    }

    /// What comes near and is no answer, and why.
    pub fn into_nearest(self, why: Option<String>) -> Answer {
        let why = why.map_or(String::new(), |why| format!(" ({why})"));
        Answer {
            body: Body::Abstained {
                figures: Figures::default(),
                nearest: Some(format!("{NEAREST}{why}:\n{}", self.lines.join("\n"))),
            },
            notes: Vec::new(),
            sources: self.sources,
        }
    }

    /// What may answer and says so in other words.
    pub fn into_doubtful(mut self) -> Answer {
        self.lines.insert(0, DOUBTFUL.to_owned());
        self.into_answer()
    }

    /// What goes by one name and is not the same.
    pub fn into_unclear(mut self) -> Answer {
        self.lines.insert(0, UNCLEAR.to_owned());
        self.into_answer()
    }

    pub fn into_answer(self) -> Answer {
        Answer {
            body: Body::Quoted {
                text: self.lines.join("\n"),
            },
            notes: Vec::new(),
            sources: self.sources,
        }
    }
}
