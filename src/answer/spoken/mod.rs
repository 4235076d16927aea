//! The answer in a language model's words: from numbered passages and facts alone, streamed as it
//! comes, checked when it is whole.
//!
//! `gather` chooses what it is given, `prompt` puts it to the model, `told` makes an answer of its
//! words. Where the question wants figures beside each other, a `table` is asked for, and `cells` makes
//! the answer.

mod cells;
mod gather;
mod once;
mod prompt;
mod shown;
mod table;
mod told;

use super::context;
use super::{Answer, Result};
use crate::generate::{Event, Format, Generator, Prompt, Reply};
use crate::progress::CancelToken;
use crate::query::word::words;
use crate::retrieve::{Outcome, Retriever};
use once::once;
use table::Table;

/// A question that was answered before, in the same conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub question: String,
    pub answer: String,
}

/// What bounds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Tokens of all sources, facts among them.
    pub sources: usize,
    /// Tokens of the answer.
    pub answer: usize,
}

/// An answer on its way. It is a preview: what counts is what is handed over when it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// More of it; where it is not sure, it may still turn out to be a thought.
    More { text: &'a str, sure: bool },
    /// What was said so far was a thought of the model: the answer begins here.
    Anew,
}

/// What stands before words of which a figure is supported by nothing.
const UNPROVED: &str = "Not all of this is proved: what is marked stands in nothing that the model was given, or is of something else.";

/// Who answers in words, from what.
pub struct Speaker<'a> {
    pub retriever: &'a Retriever,
    pub generator: &'a dyn Generator,
    pub bounds: Bounds,
}

impl Speaker<'_> {
    /// Has the model answer `question`, which follows `history`, from what was found; `on` gets the text
    /// as it comes. None when it was cancelled.
    ///
    /// # Errors
    ///
    /// Where the model cannot be asked, or thinks and does not answer: that says nothing of the library.
    pub fn answer(
        &self,
        question: &str,
        history: &[Turn],
        outcome: &Outcome,
        cancel: &CancelToken,
        on: &mut dyn FnMut(Said<'_>),
    ) -> Result<Option<(Answer, Option<usize>)>> {
        let named = |text: &str| self.documents_of(text);
        let count = |text: &str| self.generator.count(text);
        let budget = (self.bounds.sources, &count as &dyn Fn(&str) -> usize);
        let given = gather::gather(self.retriever, outcome, budget, &named)?;
        if given.is_empty() {
            return Ok(Some((Answer::abstained(), None)));
        }
        let rows = |document: &str, page: u32, line: usize| self.row(document, page, line);
        let prompt = prompt::prompt(question, history, &given, self.bounds);
        let table = Table::asked(&outcome.question).filter(|_| self.generator.takes_formats());
        if let Some(table) = table {
            let format = table.format(&given);
            let asked = Prompt {
                max_tokens: prompt.max_tokens.max(table.tokens()),
                format: Some(format.clone()),
                ..prompt.clone()
            };
            let Some(reply) = self.said(&asked, cancel, on)? else {
                return Ok(None);
            };
            if let Some(cells) = format.read(&reply.text)
                && let Some(answer) = table.answer(&cells, &given, &rows)?
            {
                return Ok(Some((answer, reply.tokens)));
            }
            if !Format::is_begun(&reply.text) {
                // Whoever takes no format answers in prose.
                let answer = told::answered(&reply, self.bounds, &given, &rows)?;
                return Ok(Some((answer, reply.tokens)));
            }
            // JSON that is broken off, or of something else: prose is asked for.
        }
        let Some(reply) = self.said(&prompt, cancel, on)? else {
            return Ok(None);
        };
        let answer = told::answered(&reply, self.bounds, &given, &rows)?;
        Ok(Some((answer, reply.tokens)))
    }

    /// What the model says; none when it was cancelled.
    fn said(
        &self,
        prompt: &Prompt,
        cancel: &CancelToken,
        on: &mut dyn FnMut(Said<'_>),
    ) -> Result<Option<Reply>> {
        let stop = cancel.part();
        let (mut whole, mut said, mut pieces, mut repeats) = (None, String::new(), 0, false);
        self.generator.generate(
            std::slice::from_ref(prompt),
            &stop,
            &mut |event| match event {
                Event::Text { text, sure, .. } => {
                    pieces += 1;
                    if repeats {
                        return;
                    }
                    let text = context::printable(text);
                    said.push_str(&text);
                    // Nobody reads JSON as it comes, and its lines are much alike.
                    if prompt.format.is_some() && Format::is_begun(&said) {
                        return;
                    }
                    on(Said::More { text: &text, sure });
                    // Small models fall into saying one thing over and over. Thoughts may, and end.
                    repeats = once(&said).len() < said.trim_end().len();
                    if repeats && sure {
                        stop.cancel();
                    }
                }
                Event::Anew { .. } => {
                    (said, repeats) = (String::new(), false);
                    on(Said::Anew);
                }
                Event::Done { reply, .. } => whole = Some(reply),
            },
        )?;
        if cancel.is_cancelled() {
            return Ok(None);
        }
        Ok(Some(whole.unwrap_or_else(|| Reply {
            text: said,
            tokens: Some(pieces),
            ..Reply::default()
        })))
    }

    /// The documents of the companies that a text names, and those of which nobody knows the company;
    /// empty where it names none.
    fn documents_of(&self, text: &str) -> Vec<i64> {
        let directory = self.retriever.directory();
        let mentions = directory.mentions(&words(text)).into_iter();
        let mut out: Vec<i64> = mentions.flat_map(|own| own.documents).collect();
        if !out.is_empty() {
            let all = directory.documents().iter();
            let unknown = all.filter(|row| row.metadata.company.is_empty());
            out.extend(unknown.map(|row| row.id));
        }
        out
    }

    /// The row of a fact, and the passage that it stands in.
    fn row(&self, document: &str, page: u32, line: usize) -> Result<(String, String)> {
        let store = self.retriever.store();
        let own = store.page(document, page)?;
        let row = own.and_then(|own| own.page.lines.into_iter().nth(line));
        let mut all = self.retriever.documents().iter();
        let id = all.find(|row| row.path == document).map(|row| row.id);
        let chunk = match id {
            Some(id) => store.chunk_at(id, page, line)?,
            None => None,
        };
        let chunk = chunk.map(|(_, name)| name).unwrap_or_default();
        Ok((row.map(|row| row.text).unwrap_or_default(), chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Passage;
    use super::*;

    pub const BOUNDS: Bounds = Bounds {
        sources: 100,
        answer: 50,
    };

    pub fn passage(number: usize, text: &str) -> Passage {
        Passage {
            number,
            document_id: 1,
            document: "a.pdf".to_owned(),
            page: number as u32,
            page_last: number as u32,
            chunk_id: format!("c{number}"),
            lines: (0, 0),
            section: "Notes".to_owned(),
            text: text.to_owned(),
        }
    }
}
