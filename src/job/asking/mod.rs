//! Asking: a question to the library, answered by the statements, by quotes or by a language model,
//! and a file of questions whose answers are known.

pub mod conversation;
pub mod worker;

use std::time::{Duration, Instant};

use crate::answer::spoken::{self, Bounds, Said, Turn};
use crate::answer::{self, Answer, AnswerError, Kind};
use crate::eval::figure;
use crate::eval::question::Question;
use crate::generate::Generator;
use crate::progress::{CancelToken, Cancelled};
use crate::query;
use crate::query::filter::is_document;
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

/// What is left for the sources in a model's window, when the answer and what is said around them
/// have theirs.
pub fn bounds(writer: Option<&dyn Generator>, sources: usize, answer: usize) -> Bounds {
    const AROUND: usize = 400;
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
        let answered = |answer, outcome, tokens| Answered {
            answer,
            outcome,
            took: began.elapsed(),
            tokens,
        };
        let query = Query {
            text: self.standalone(history, &query.text)?,
            ..query.clone()
        };
        cancel.check()?;
        let Some(writer) = self.writer else {
            let (answer, outcome) = answer::extract(self.retriever, &query)?;
            return Ok(answered(answer, outcome, None));
        };
        let outcome = self.retriever.search(&query).map_err(AnswerError::from)?;
        if self.works
            && let Some(answer) = answer::figure(self.retriever, &query, &outcome)?
            && !answer.is_abstained()
        {
            return Ok(answered(answer, outcome, None));
        }
        let spoken = spoken::answer(
            writer,
            &query.text,
            history,
            &outcome,
            self.bounds,
            cancel,
            on,
        )?;
        let (mut answer, tokens) = spoken.ok_or(Cancelled)?;
        if answer.kind() == Kind::Spoken && answer.sources.is_empty() {
            answer.add_quotes(answer::quote(self.retriever, &outcome)?);
        }
        Ok(answered(answer, outcome, tokens))
    }

    /// `question` as it would be asked without those before it.
    fn standalone(&self, history: &[Turn], question: &str) -> Result<String, AnswerError> {
        let before = history.last().map(|turn| turn.question.as_str());
        let Some(before) = before.filter(|before| !before.trim().is_empty()) else {
            return Ok(question.to_owned());
        };
        let parse = |text: &str| self.retriever.parse(text);
        Ok(query::standalone(&parse(before)?, &parse(question)?))
    }
}

/// What a question of a file wants for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wants {
    /// A figure that stands in a table.
    Figure,
    /// A figure to be computed.
    Computed,
    /// Words.
    Words,
}

/// An answer beside what was wanted.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Judged {
    pub wants: Wants,
    /// A page that answers is among those found, and among those cited.
    pub retrieved: bool,
    pub cited: bool,
    /// The answer holds the figure that was wanted; none where none was.
    pub holds: Option<bool>,
    /// The figure that it gives for the answer is that one; none where it gives none, or no figure
    /// was wanted.
    pub right: Option<bool>,
}

/// What `question` wants: how its answer is come by as the file says, and a figure only where its
/// answer is written as one.
pub fn wants(question: &Question) -> Wants {
    let reasoning = question
        .reasoning
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let answer = question.answer.as_deref().unwrap_or_default();
    let has_figure = !figure::figures(answer).is_empty();
    // A bare figure; a sentence that has one wants more than it.
    let is_bare = answer.split_whitespace().count() <= 2;
    if has_figure && reasoning.contains("numerical") {
        Wants::Computed
    } else if has_figure && is_bare {
        Wants::Figure
    } else {
        Wants::Words
    }
}

/// Judges an answer. The figure that it gives is right where it is one of those of the wanted
/// answer; so is a change where it is told by the figures between which it lies.
pub fn judge(question: &Question, answered: &Answered) -> Judged {
    let is_gold = |document: &str, first: u32, last: u32| {
        let mut pages = question.pages.iter();
        pages.any(|(doc, page)| is_document(document, doc) && (first..=last).contains(page))
    };
    let hits = answered.outcome.hits.iter().take(10).map(|hit| &hit.chunk);
    let wanted = figure::figures(question.answer.as_deref().unwrap_or_default());
    let answer = &answered.answer;
    let wants = wants(question);
    let is_wanted = |value: f64| wanted.iter().any(|w| figure::matches(value, *w));
    let in_text = figure::figures(answer.text());
    let holds = in_text
        .iter()
        .any(|own| wanted.iter().any(|w| figure::same(*own, *w)));
    let worked = answer
        .body
        .worked()
        .filter(|_| answer.kind() == Kind::Worked);
    let right = match worked {
        Some(worked) => worked.result.map(|result| {
            let last = worked.periods.last().and_then(|y| y.value);
            let of = [Some(result), worked.growth, last];
            of.into_iter().flatten().any(is_wanted)
        }),
        // One of several: what is said of it.
        None => answer.body.figure().map(|given| {
            let mut given = figure::figures(given).into_iter();
            given.any(|t| wanted.iter().any(|w| figure::same(t, *w)))
        }),
    };
    let wants_figure = wants != Wants::Words;
    Judged {
        wants,
        retrieved: hits
            .into_iter()
            .any(|c| is_gold(&c.document, c.page, c.page_last)),
        cited: answer
            .sources
            .iter()
            .any(|s| is_gold(&s.document, s.page, s.page_last)),
        holds: wants_figure.then_some(holds || right == Some(true)),
        right: right.filter(|_| wants_figure),
    }
}
