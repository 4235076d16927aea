//! Asking beside an app: questions answered on a worker one after the other, none left out, with the
//! libraries and the language model that it has opened before.

use std::sync::Arc;

use super::{Answered, AskError, Asker, bounds};
use crate::answer::spoken::{Said, Turn};
use crate::job::ahead;
use crate::job::open::Open;
use crate::job::worker::Work;
use crate::job::writer::{self, Writer};
use crate::progress::{CancelToken, is_cancelled};
use crate::remedy;
use crate::retrieve::Query;

/// Tokens of the sources that a model reads, and of its answer.
const SOURCES: usize = 2400;
const ANSWER: usize = 300;
/// The name under which no model writes.
pub const QUOTES: &str = "quotes";

/// A question, and who answers it.
#[derive(Debug, Clone)]
pub struct AskRequest {
    pub serial: u64,
    pub query: Query,
    pub history: Vec<Turn>,
    /// The model that retrieves.
    pub model: String,
    /// The language model, or `quotes`.
    pub writer: String,
    pub cancel: CancelToken,
    /// The same once more, by what was embedded for it since.
    pub again: bool,
}

/// A request is known by its number.
impl PartialEq for AskRequest {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

#[derive(Debug)]
pub enum AskReply {
    /// More of the answer; where it is not sure to be one, it may still turn out to be a thought.
    Text {
        serial: u64,
        text: String,
        sure: bool,
    },
    /// What was said so far was a thought, and no answer.
    Anew {
        serial: u64,
    },
    Done {
        serial: u64,
        answered: Box<Answered>,
        /// Chunks that are embedded before the rest for it; none where it was asked again.
        ahead: Option<usize>,
    },
    Failed {
        serial: u64,
        why: String,
    },
    Cancelled {
        serial: u64,
    },
}

/// A library that is asked.
pub struct Asking {
    open: Open,
    /// The one that wrote last, by the name it was asked for by.
    writer: Option<(String, Arc<Writer>)>,
}

impl Asking {
    pub fn new(open: Open) -> Self {
        Self { open, writer: None }
    }
}

type Error = Box<dyn std::error::Error>;

impl Work for Asking {
    type Request = AskRequest;
    type Reply = AskReply;

    const NAME: &'static str = "answering";

    fn token(request: &AskRequest) -> CancelToken {
        request.cancel.clone()
    }

    fn handle(
        &mut self,
        request: &AskRequest,
        cancel: &CancelToken,
        reply: &dyn Fn(AskReply),
    ) -> AskReply {
        let serial = request.serial;
        match self.answer(request, cancel, reply) {
            Ok(answered) => AskReply::Done {
                serial,
                ahead: (!request.again).then(|| self.want_ahead(request, &answered)),
                answered: Box::new(answered),
            },
            Err(error) if is_cancelled(&*error) => AskReply::Cancelled { serial },
            Err(error) => {
                let known = error.downcast_ref::<AskError>();
                let why = known.map_or_else(|| error.to_string(), remedy::in_words);
                Self::failed(request, why)
            }
        }
    }

    fn failed(request: &AskRequest, why: String) -> AskReply {
        let serial = request.serial;
        AskReply::Failed { serial, why }
    }
}

impl Asking {
    /// Has what an answered question points to embedded before the rest: the number of chunks.
    fn want_ahead(&mut self, request: &AskRequest, answered: &Answered) -> usize {
        let query = Query {
            text: answered.outcome.question.text.clone(),
            ..request.query.clone()
        };
        let ahead = self.open.context.ahead.clone();
        let Ok(retriever) = self.open.as_last_read(&request.model) else {
            return 0;
        };
        // Its answer is there; what could not be looked up for it is no failure of it.
        ahead::want(&ahead, retriever, &query).unwrap_or(0)
    }

    fn answer(
        &mut self,
        request: &AskRequest,
        cancel: &CancelToken,
        reply: &dyn Fn(AskReply),
    ) -> Result<Answered, Error> {
        let writer = self.writer(&request.writer)?;
        let generator = writer.as_ref().map(|writer| writer.generator.as_ref());
        let retriever = match request.again {
            true => {
                let retriever = self.open.as_last_read(&request.model)?;
                retriever.follow()?;
                retriever
            }
            false => self.open.retriever(&request.model)?,
        };
        let asker = Asker {
            retriever,
            writer: generator,
            works: true,
            bounds: bounds(generator, SOURCES, ANSWER),
        };
        let serial = request.serial;
        let mut on = |said: Said<'_>| {
            reply(match said {
                Said::More { text, sure } => AskReply::Text {
                    serial,
                    text: text.to_owned(),
                    sure,
                },
                Said::Anew => AskReply::Anew { serial },
            });
        };
        Ok(asker.ask(&request.query, &request.history, cancel, &mut on)?)
    }

    fn writer(&mut self, name: &str) -> Result<Option<Arc<Writer>>, Error> {
        if name == QUOTES {
            return Ok(None);
        }
        if let Some((known, writer)) = &self.writer
            && known == name
        {
            return Ok(Some(writer.clone()));
        }
        // Two models at a time may be more than the memory takes.
        self.writer = None;
        let context = &self.open.context;
        let config = &context.config.generate;
        // The settings' own model may be behind their endpoint.
        let named = (config.model.as_deref() != Some(name)).then_some(name);
        let writer = writer::open(config, named, None, context.threads)?.map(Arc::new);
        self.writer = writer.clone().map(|writer| (name.to_owned(), writer));
        Ok(writer)
    }
}
