//! The answer to a question, with the pages that prove it.
//!
//! Three ways lead there. A figure of a statement, or a measure of such figures, is `worked` out from
//! the documents' own statements (`figure`, `line_item`), as the question's task says. Anything else is
//! quoted: the rows and sentences that answer (`quote`). A language model puts it in words (`spoken`),
//! from numbered passages and facts alone (`given`), and what it says is checked against them (`check`).

mod body;
mod check;
mod cite;
mod context;
mod figure;
mod given;
mod notes;
mod parts;
mod quote;
mod render;
mod several;
pub mod spoken;
mod together;
mod which;
mod worked;

pub use body::{ABSTAINED, Body, Cell, Figures, Kind};
use figure::figure;
pub use quote::{Signs, answer as quote, signs};
pub use worked::{Entry, Missing, Operand, Periodic, Worked};

use serde::{Deserialize, Serialize};

use crate::generate::GenerateError;
use crate::remedy::{Remedied, Remedy};
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

impl Remedied for AnswerError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Retrieve(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Generate(error) => error.remedy(),
        }
    }
}

pub(crate) type Result<T, E = AnswerError> = std::result::Result<T, E>;

/// A row or sentence of a page that an answer rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    pub text: String,
    /// The line of the page, from 0, where it is one.
    pub line: Option<usize>,
    /// What in it answers, as it stands there.
    pub marks: Vec<String>,
    /// Left and right edge of each mark, in points, where they are known: a row may print one figure twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<(f32, f32)>,
}

impl Proof {
    /// Marks a figure, once.
    fn mark(&mut self, printed: &str, place: Option<(f32, f32)>) {
        if self.marks.iter().any(|mark| mark == printed) {
            return;
        }
        // Places are of all marks or of none.
        if let Some(place) = place.filter(|_| self.places.len() == self.marks.len()) {
            self.places.push(place);
        } else {
            self.places.clear();
        }
        self.marks.push(printed.to_owned());
    }
}

/// A page that an answer cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        if self.page == self.page_last {
            format!("[{name}, p. {}]", self.page)
        } else {
            format!("[{name}, p. {}–{}]", self.page, self.page_last)
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "body::Record", from = "body::Record")]
pub struct Answer {
    pub body: Body,
    /// What the reader should know: how a formula was read, what is missing.
    pub notes: Vec<String>,
    /// The pages that it cites, by their numbers from 1.
    pub sources: Vec<Source>,
}

impl From<Body> for Answer {
    fn from(body: Body) -> Self {
        Self {
            body,
            notes: Vec::new(),
            sources: Vec::new(),
        }
    }
}

impl Answer {
    /// The library does not say.
    pub fn abstained() -> Self {
        Self::from(Body::Abstained {
            figures: Figures::default(),
            nearest: None,
        })
    }

    /// The filter leaves out whom the question is about.
    pub fn of_left_out(outcome: &Outcome) -> Self {
        Self {
            notes: outcome.lacks().into_iter().collect(),
            ..Self::abstained()
        }
    }

    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    pub fn is_abstained(&self) -> bool {
        self.kind() == Kind::Abstained
    }

    /// Statements, a line each; sources by their number in brackets.
    pub fn text(&self) -> &str {
        self.body.text()
    }

    /// True where the text has the whole of a proof already: a sentence, and no row of figures.
    pub fn shows(&self, proof: &Proof) -> bool {
        self.text().contains(proof.text.as_str())
    }

    /// Puts what the pages say under words that nothing proves.
    pub fn add_quotes(&mut self, quoted: Answer) {
        if let (Body::Spoken { text, .. }, Body::Quoted { text: quotes }) =
            (&mut self.body, quoted.body)
        {
            *text = format!("{text}\n\nThe pages say:\n{quotes}");
            self.sources = quoted.sources;
        }
    }

    /// Notes which of its pages are pictures that OCR has read: whatever it says of them is to be compared with them.
    pub fn note_pictures(&mut self, retriever: &Retriever) -> Result<()> {
        let mut pictures: Vec<String> = Vec::new();
        for source in &self.sources {
            for page in source.page..=source.page_last {
                let stored = retriever.store().page(&source.document, page)?;
                if stored.is_some_and(|own| own.page.sure.is_some()) {
                    pictures.push(format!("{} p. {page}", source.document));
                }
            }
        }
        pictures.dedup();
        if !pictures.is_empty() {
            let pages = pictures.join(", ");
            let note = format!("read by OCR from pictures, and not certain: compare with {pages}");
            self.notes.insert(0, note);
        }
        Ok(())
    }

    /// The answer as Markdown, to be put into somebody's notes: statements with their citations, how
    /// it was worked out, and the rows that prove it.
    pub fn markdown(&self, question: &str) -> String {
        let mut out = format!("**{}**\n\n{}\n", question.trim(), self.cited());
        for step in self.body.steps() {
            out.push_str(&format!("\n- {}", step.trim()));
        }
        for note in &self.notes {
            out.push_str(&format!("\n- note: {note}"));
        }
        let unsupported = self.body.unsupported();
        if !unsupported.is_empty() {
            let list = unsupported.join(", ");
            out.push_str(&format!("\n- unsupported: {list}"));
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
        let mut out = self.text().to_owned();
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
    if outcome.is_about_left_out() {
        return Ok((Answer::of_left_out(&outcome), outcome));
    }
    // One of several companies, that the library lacks.
    let is_in_part = !outcome.strangers.is_empty() && !outcome.is_about_strangers();
    let lacks = outcome.lacks().filter(|_| is_in_part);
    let incomplete = match computed(retriever, &query, &outcome)? {
        Some(mut worked) if !worked.is_abstained() => {
            worked.notes.splice(0..0, lacks);
            return Ok((worked, outcome));
        }
        other => other,
    };
    let mut answer = quote(retriever, &outcome)?;
    answer.notes.splice(0..0, lacks);
    if let Some(incomplete) = incomplete {
        let missing = missing(&incomplete);
        answer.notes.splice(0..0, incomplete.notes);
        answer.body = answer.body.with_incomplete(incomplete.body, &missing);
    }
    Ok((answer, outcome))
}

/// The answer worked out of facts, of a part of the company or of all of it; one without a figure where something is
/// missing, none where no figure is asked for.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn computed(retriever: &Retriever, query: &Query, outcome: &Outcome) -> Result<Option<Answer>> {
    if !outcome.left_out.is_empty() {
        return Ok(None);
    }
    match parts::parts(retriever, query, outcome)? {
        Some(answer) => Ok(Some(answer)),
        None => figure(retriever, query, outcome),
    }
}

/// What a worked answer lacks, in words.
fn missing(incomplete: &Answer) -> String {
    let worked = incomplete.body.worked();
    let lacking = worked.iter().flat_map(|worked| {
        let own = worked.missing.iter().filter(|own| !own.is_nothing);
        own.map(|own| format!("{} of {}", own.item, worked.label(own.period)))
    });
    lacking.collect::<Vec<_>>().join(" and ")
}
