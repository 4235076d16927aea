//! Asking: a question to the library, answered by the statements, by quotes or by a language model,
//! and a file of questions whose answers are known.

pub mod conversation;
pub mod judge;
pub mod worker;

use std::time::{Duration, Instant};

use crate::answer::spoken::{Bounds, Said, Speaker, Turn};
use crate::answer::{self, Answer, AnswerError, Kind};
use crate::generate::Generator;
use crate::progress::{CancelToken, Cancelled};
use crate::query::{self, filter};
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::{Outcome, Query, Retriever};

/// How questions are answered.
pub struct Asker<'a> {
    pub retriever: &'a Retriever,
    /// None quotes.
    pub writer: Option<&'a dyn Generator>,
    /// Figures of the statements are worked out before a model is asked.
    pub works: bool,
    /// Tokens of the sources that a model reads, and of its answer.
    pub bounds: Bounds,
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

impl AskError {
    /// True where a language model was asked and gave no answer: another question may have one.
    pub fn is_unanswered(&self) -> bool {
        match self {
            Self::Answer(AnswerError::Generate(error)) => error.is_unanswered(),
            _ => false,
        }
    }
}

impl Remedied for AskError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Answer(error) => error.remedy(),
            Self::Cancelled(error) => error.remedy(),
        }
    }
}

/// An answer with what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub answer: Answer,
    pub outcome: Outcome,
    pub took: Duration,
    /// What the model generated, where one did.
    pub tokens: Option<usize>,
}

impl Answered {
    /// What the question was taken to mean: `Best Buy, free cash flow, FY2023`, or the words that were searched for.
    pub fn taken_as(&self) -> String {
        self.outcome.question.taken_as()
    }
}

/// What is left for the sources in a model's window, when the answer and what is said around them
/// have theirs.
pub fn bounds(writer: Option<&dyn Generator>, sources: usize, answer: usize) -> Bounds {
    const AROUND: usize = 500;
    let window = writer.and_then(Generator::window);
    let room = window.map_or(usize::MAX, |window| window.saturating_sub(answer + AROUND));
    Bounds {
        sources: sources.min(room),
        answer,
    }
}

impl<'a> Asker<'a> {
    /// Answers without a language model.
    pub fn quoting(retriever: &'a Retriever) -> Self {
        Self {
            retriever,
            writer: None,
            works: true,
            bounds: bounds(None, 0, 0),
        }
    }

    /// Answers `query`, which follows `history`; `on` gets a model's text as it comes.
    pub fn ask(
        &self,
        query: &Query,
        history: &[Turn],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Said<'_>),
    ) -> Result<Answered, AskError> {
        let began = Instant::now();
        let answered = |mut answer: Answer, outcome, tokens| -> Result<Answered, AskError> {
            answer.note_pictures(self.retriever)?;
            answer.notes.extend(query::cut(&query.text));
            let unmet = || filter::unmet(&query.filter, self.retriever.documents().iter());
            let told = filter::told(&query.filter).map(|told| unmet().unwrap_or(told));
            answer.notes.extend(told);
            Ok(Answered {
                answer,
                outcome,
                took: began.elapsed(),
                tokens,
            })
        };
        let query = Query {
            text: self.standalone(history, query::capped(&query.text))?,
            ..query.clone()
        };
        cancel.check()?;
        let Some(writer) = self.writer else {
            let (answer, outcome) = answer::extract(self.retriever, &query)?;
            return answered(answer, outcome, None);
        };
        let outcome = self.retriever.search(&query).map_err(AnswerError::from)?;
        if outcome.is_about_left_out() {
            let answer = Answer::of_left_out(&outcome);
            return answered(answer, outcome, None);
        }
        if self.works
            && let Some(answer) = answer::computed(self.retriever, &query, &outcome)?
            && !answer.is_abstained()
        {
            return answered(answer, outcome, None);
        }
        let speaker = Speaker {
            retriever: self.retriever,
            generator: writer,
            bounds: self.bounds,
        };
        let spoken = speaker.answer(&query.text, history, &outcome, cancel, on)?;
        let (mut answer, tokens) = spoken.ok_or(Cancelled)?;
        if answer.kind() == Kind::Spoken && answer.sources.is_empty() {
            answer.add_quotes(answer::quote(self.retriever, &outcome)?);
        }
        answered(answer, outcome, tokens)
    }

    /// `question` as it would be asked without those before it, each of which may lean on the one before.
    fn standalone(&self, history: &[Turn], question: &str) -> Result<String, AnswerError> {
        let mut whole = String::new();
        let rows = self.retriever.documents().iter();
        let names: Vec<String> = rows.map(|row| row.metadata.spoken()).collect();
        let is_company = |name: &str| query::near::is_near(name, &names);
        let asked = history.iter().map(|turn| turn.question.as_str());
        for text in asked.chain([question]).map(str::trim) {
            whole = match whole.as_str() {
                "" => text.to_owned(),
                before => {
                    let parse = |text: &str| self.retriever.parse(text);
                    query::standalone(&parse(before)?, &parse(text)?, &is_company)
                }
            };
        }
        Ok(whole)
    }
}
