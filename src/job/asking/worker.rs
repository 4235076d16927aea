//! The asking worker: answers questions on a thread of its own, with the libraries and the language
//! model that it has opened before.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::{Asked, Asker, bounds};
use crate::answer::spoken::Turn;
use crate::config::{Config, Library};
use crate::job::open::Open;
use crate::job::writer::{self, Writer};
use crate::progress::CancelToken;
use crate::remedy;
use crate::retrieve::Query;

/// Tokens of the sources that a model reads, and of its answer.
const SOURCES: usize = 2400;
const ANSWER: usize = 300;
/// The name under which no model writes.
pub const QUOTES: &str = "quotes";

/// A question, and who answers it.
#[derive(Debug, Clone)]
pub struct Request {
    pub serial: u64,
    pub query: Query,
    pub history: Vec<Turn>,
    /// The model that retrieves.
    pub model: String,
    /// The language model, or `quotes`.
    pub writer: String,
    pub cancel: CancelToken,
}

/// A request is known by its number.
impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial
    }
}

/// What the worker tells.
#[derive(Debug)]
pub enum Told {
    /// More of the answer.
    Text {
        serial: u64,
        text: String,
    },
    Done {
        serial: u64,
        asked: Box<Asked>,
    },
    Failed {
        serial: u64,
        why: String,
    },
    Cancelled {
        serial: u64,
    },
}

/// A handle to the worker; dropping it ends the worker.
pub struct AskingWorker {
    requests: Sender<Request>,
}

impl AskingWorker {
    /// Starts the worker; `tell` is called on its thread.
    pub fn start(
        library: Library,
        config: Config,
        threads: usize,
        tell: impl Fn(Told) + Send + 'static,
    ) -> Self {
        let (requests, received): (_, Receiver<Request>) = channel();
        std::thread::spawn(move || {
            let mut worker = Worker {
                open: Open::new(library, config),
                threads,
                writer: None,
            };
            while let Ok(request) = received.recv() {
                let serial = request.serial;
                // A panic must not take the terminal with it.
                let answered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    worker.answer(&request, &tell)
                }));
                tell(match answered {
                    Ok(Ok(Some(asked))) => Told::Done {
                        serial,
                        asked: Box::new(asked),
                    },
                    Ok(Ok(None)) => Told::Cancelled { serial },
                    Ok(Err(why)) => Told::Failed { serial, why },
                    Err(_) => Told::Failed {
                        serial,
                        why: "answering failed unexpectedly; see the log".to_owned(),
                    },
                });
            }
        });
        Self { requests }
    }

    /// Asks; a dead worker is noticed by its silence.
    pub fn ask(&self, request: Request) {
        let _ = self.requests.send(request);
    }
}

struct Worker {
    open: Open,
    threads: usize,
    /// The one that wrote last, by the name it was asked for by.
    writer: Option<(String, Arc<Writer>)>,
}

impl Worker {
    fn answer(&mut self, request: &Request, tell: &impl Fn(Told)) -> Result<Option<Asked>, String> {
        let writer = self.writer(&request.writer)?;
        let generator = writer.as_ref().map(|writer| writer.generator.as_ref());
        let retriever = self
            .open
            .by(&request.model)
            .map_err(|e| remedy::in_words(&e))?;
        let asker = Asker {
            retriever,
            writer: generator,
            works: true,
            bounds: bounds(generator, SOURCES, ANSWER),
        };
        let serial = request.serial;
        let mut on = |text: &str| {
            tell(Told::Text {
                serial,
                text: text.to_owned(),
            });
        };
        asker
            .ask(&request.query, &request.history, &request.cancel, &mut on)
            .map_err(|e| remedy::in_words(&e))
    }

    fn writer(&mut self, name: &str) -> Result<Option<Arc<Writer>>, String> {
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
        let config = &self.open.config.generate;
        // The settings' own model may be behind their endpoint.
        let named = (config.model.as_deref() != Some(name)).then_some(name);
        let opened =
            writer::open(config, named, None, self.threads).map_err(|e| remedy::in_words(&e))?;
        let writer = opened.map(Arc::new);
        self.writer = writer.clone().map(|writer| (name.to_owned(), writer));
        Ok(writer)
    }
}
