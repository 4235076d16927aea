//! The comparison worker: asks several models the same question on a thread of its own, each with
//! an open library that is kept.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::comparison::{Ladder, Moved};
use super::open::Open;
pub use super::open::WORDS;
use super::promotion::held_out_on_pages;
use crate::config::{Config, Library};
use crate::eval::question::QuestionSet;
use crate::model::{self, Model};
use crate::progress::CancelToken;
use crate::remedy;
use crate::retrieve::{Arm, Hit, Query};
use crate::store::Store;

/// A file of questions that is measured by where the library has one.
const QUESTIONS: &str = "questions.jsonl";

/// What the worker is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The same question to each model named.
    Ask {
        serial: u64,
        query: Query,
        models: Vec<String>,
    },
    /// Questions whose pages are known, by how far they move between two models.
    Walk { left: String, right: String },
    /// Which models there are.
    Models,
}

/// A column of hits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    pub model: String,
    pub hits: Vec<Hit>,
    pub took: Duration,
    /// Why it has none.
    pub failed: Option<String>,
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Sides {
        serial: u64,
        sides: Vec<Side>,
    },
    Walked {
        left: String,
        right: String,
        questions: Result<Vec<Moved>, String>,
    },
    /// Names that a column may have, the base first, and the tuned one to begin with.
    Models {
        names: Vec<String>,
        tuned: Option<String>,
    },
}

/// A handle to the worker; dropping it ends the worker.
pub struct SidesWorker {
    requests: Sender<Request>,
}

impl SidesWorker {
    /// Starts the worker; `answer` is called on its thread.
    pub fn start(
        library: Library,
        config: Config,
        answer: impl Fn(Answer) + Send + 'static,
    ) -> Self {
        let (requests, received) = channel();
        std::thread::spawn(move || {
            let mut worker = Worker {
                open: Open::new(library, config),
            };
            while let Some(request) = next(&received) {
                // A panic must not take the terminal with it.
                let handled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    worker.handle(request)
                }));
                if let Ok(handled) = handled {
                    answer(handled);
                }
            }
        });
        Self { requests }
    }

    /// Asks; a dead worker is noticed by its silence.
    pub fn ask(&self, request: Request) {
        let _ = self.requests.send(request);
    }
}

/// The next request; of questions that wait only the last.
fn next(received: &Receiver<Request>) -> Option<Request> {
    let mut request = received.recv().ok()?;
    while matches!(request, Request::Ask { .. }) {
        match received.try_recv() {
            Ok(newer) => request = newer,
            Err(_) => break,
        }
    }
    Some(request)
}

struct Worker {
    open: Open,
}

impl Worker {
    fn handle(&mut self, request: Request) -> Answer {
        match request {
            Request::Ask {
                serial,
                query,
                models,
            } => {
                let sides = models.iter().map(|model| self.side(model, &query));
                Answer::Sides {
                    serial,
                    sides: sides.collect(),
                }
            }
            Request::Walk { left, right } => {
                let questions = self.walk(&left, &right).map_err(|e| remedy::in_words(&e));
                Answer::Walked {
                    left,
                    right,
                    questions,
                }
            }
            Request::Models => self.models(),
        }
    }

    fn models(&self) -> Answer {
        let home = &self.open.library.home;
        let own = model::list(home).unwrap_or_default();
        let mut names: Vec<String> = own.into_iter().map(|model| model.name).collect();
        names.push(WORDS.to_owned());
        let tuned = super::runs::tuned(home).ok().flatten();
        Answer::Models {
            names,
            tuned: tuned.map(|model| model.name),
        }
    }

    fn side(&mut self, model: &str, query: &Query) -> Side {
        let opened = self.open.by(model).map_err(|e| remedy::in_words(&e));
        let found = opened.and_then(|retriever| {
            let mut query = query.clone();
            if model == WORDS {
                query.arm = Arm::Bm25;
            }
            let began = Instant::now();
            let outcome = retriever.search(&query).map_err(|e| remedy::in_words(&e))?;
            Ok((outcome.hits, began.elapsed()))
        });
        let mut out = Side {
            model: model.to_owned(),
            ..Side::default()
        };
        match found {
            Ok((hits, took)) => (out.hits, out.took) = (hits, took),
            Err(why) => out.failed = Some(why),
        }
        out
    }

    /// The library's own file of questions, or what the right model's run held out.
    fn walk(
        &self,
        left: &str,
        right: &str,
    ) -> Result<Vec<Moved>, super::promotion::PromotionError> {
        let home = &self.open.library.home;
        let (base, tuned) = (Model::named(home, left)?, Model::named(home, right)?);
        let file = self.open.library.folder.join(QUESTIONS);
        let documents = Store::open(&self.open.library.folder, home)?.documents()?;
        let set = match file.is_file() {
            true => Some(QuestionSet::read(&file, &[] as &[&Path])?),
            false => held_out_on_pages(&self.open.library, right, &documents)?,
        };
        let Some(set) = set.filter(|set| set.passages.is_empty()) else {
            return Ok(Vec::new());
        };
        let ladder = Ladder {
            library: &self.open.library,
            search: &self.open.config.search,
            base: &base,
            tuned: &tuned,
            precision: self.open.config.index.precision,
            threads: 2,
            dims: &[],
            metrics: &[],
            cancel: &CancelToken::new(),
        };
        Ok(ladder.questions(&set)?.unwrap_or_default())
    }
}
