//! The answer to a question, with the pages that prove it.
//!
//! Three ways lead there. A figure of a statement, or a measure of such figures, is `worked` out from
//! the documents' own statements (`task`, `definition`, `ledger`). Anything else is quoted: the rows
//! and sentences that answer (`quote`). A language model puts it in words (`spoken`), from numbered
//! sources alone, and what it says is checked against them (`check`).

mod around;
mod check;
mod context;
#[doc(hidden)]
pub mod definition;
mod figure;
mod ledger;
mod quote;
pub mod spoken;
mod standalone;
mod task;
mod words;
mod worked;

pub use figure::figure;
pub use ledger::Entry;
pub use quote::answer as quote;
pub use standalone::standalone;
pub use worked::{Missing, Operand, Worked, Yearly};

use serde::{Deserialize, Serialize};

use crate::generate::GenerateError;
use crate::retrieve::{Outcome, Query, RetrieveError, Retriever};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encoder(#[from] crate::encoder::EncoderError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

pub(crate) type Result<T, E = AnswerError> = std::result::Result<T, E>;

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// From figures of the statements.
    Worked,
    /// Rows and sentences as they stand.
    Quoted,
    /// In the words of a language model.
    Spoken,
    /// The library does not say.
    Silent,
}

/// A row or sentence of a page that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub text: String,
    /// The line of the page, from 0, where it is one.
    pub line: Option<usize>,
    /// What in it answers, as it stands there.
    pub marks: Vec<String>,
}

/// A page that an answer cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// As the answer's text has it, `[1]`.
    pub number: usize,
    pub document: String,
    pub page: u32,
    pub page_last: u32,
    pub chunk_id: String,
    /// Its lines on its first and its last page, from 0.
    pub line_first: u32,
    pub line_last: u32,
    pub proofs: Vec<Proof>,
}

impl Source {
    /// `[ADOBE_2015_10K, p. 59]`.
    pub fn citation(&self) -> String {
        let name = self.document.rsplit('/').next().unwrap_or(&self.document);
        let name = name.strip_suffix(".pdf").unwrap_or(name);
        match self.page == self.page_last {
            true => format!("[{name}, p. {}]", self.page),
            false => format!("[{name}, p. {}–{}]", self.page, self.page_last),
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub kind: Kind,
    /// Statements, a line each; sources by their number in brackets.
    pub text: String,
    /// The figure that answers, where one surely does.
    pub figure: Option<String>,
    #[serde(skip)]
    pub worked: Option<Worked>,
    /// How it was worked out, a line each: the formula, then each operand with its page.
    pub steps: Vec<String>,
    /// What the reader should know: how a formula was read, what is missing.
    pub notes: Vec<String>,
    pub sources: Vec<Source>,
    /// Figures of the text that stand in no source that it cites.
    pub unsupported: Vec<String>,
}

/// What is said where nothing answers.
pub const SILENT: &str = "The library does not say.";

impl Answer {
    /// The library does not say.
    pub fn silent() -> Self {
        Self {
            kind: Kind::Silent,
            text: SILENT.to_owned(),
            figure: None,
            worked: None,
            steps: Vec::new(),
            notes: Vec::new(),
            sources: Vec::new(),
            unsupported: Vec::new(),
        }
    }

    /// It says something, and nothing that it was worked out from is missing.
    pub fn is_whole(&self) -> bool {
        self.text != SILENT
    }

    /// Puts what the pages say under words that nothing proves.
    pub fn add_quotes(&mut self, quoted: Answer) {
        if quoted.is_whole() {
            self.text = format!("{}\n\nThe pages say:\n{}", self.text, quoted.text);
            self.sources = quoted.sources;
        }
    }

    /// The answer as Markdown, to be put into somebody's notes: statements with their citations, how
    /// it was worked out, and the rows that prove it.
    pub fn markdown(&self, question: &str) -> String {
        let mut out = format!("**{}**\n\n{}\n", question.trim(), self.cited());
        for step in &self.steps {
            out.push_str(&format!("\n- {}", step.trim()));
        }
        for note in &self.notes {
            out.push_str(&format!("\n- note: {note}"));
        }
        if !self.unsupported.is_empty() {
            let list = self.unsupported.join(", ");
            out.push_str(&format!("\n- unsupported by what is cited: {list}"));
        }
        for source in &self.sources {
            for proof in &source.proofs {
                out.push_str(&format!("\n> {} {}\n", proof.text, source.citation()));
            }
        }
        out
    }

    /// The text with `[document, p. N]` in place of the sources' numbers.
    pub fn cited(&self) -> String {
        self.cited_as(Source::citation)
    }

    /// The text with what `write` makes of each source in place of its number.
    pub fn cited_as(&self, write: impl Fn(&Source) -> String) -> String {
        let mut out = self.text.clone();
        for source in &self.sources {
            out = out.replace(&format!("[{}]", source.number), &write(source));
        }
        out
    }
}

/// Pages that are looked at for quotes.
const PAGES: usize = 8;

/// Answers without a language model: works the figure out, or quotes.
pub fn extract(retriever: &Retriever, query: &Query) -> Result<(Answer, Outcome)> {
    let query = Query {
        top_k: query.top_k.max(PAGES),
        ..query.clone()
    };
    let outcome = retriever.search(&query)?;
    let worked = figure(retriever, &query, &outcome)?;
    let partial = match worked {
        Some(answer) if answer.is_whole() => return Ok((answer, outcome)),
        partial => partial,
    };
    let mut answer = quote::answer(retriever, &query, &outcome)?;
    if let Some(partial) = partial {
        answer.notes.splice(0..0, partial.notes);
        answer.steps = partial.steps;
        answer.worked = partial.worked;
    }
    Ok((answer, outcome))
}
