//! Models side by side: the same question to several of them, answered on a worker, each with an
//! open library that is kept.

use std::path::Path;
use std::time::{Duration, Instant};

use super::comparison::{Comparison, Moved};
use super::open::Open;
pub use super::open::WORDS;
use super::promotion::{PromotionError, held_out_on_pages};
use super::worker::Work;
use crate::eval::question::QuestionSet;
use crate::model::{self, Model};
use crate::progress::CancelToken;
use crate::remedy::in_words;
use crate::retrieve::{Arm, Hit, Query};
use crate::store::Store;

/// A file of questions that is measured by where the library has one.
const QUESTIONS: &str = "questions.jsonl";

#[derive(Debug, Clone, PartialEq)]
pub enum SideBySideRequest {
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

/// A column of hits: what one model finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    pub model: String,
    pub hits: Vec<Hit>,
    pub took: Duration,
    /// Why it has none.
    pub failed: Option<String>,
}

impl Column {
    fn failed(model: &str, why: String) -> Self {
        Self {
            model: model.to_owned(),
            failed: Some(why),
            ..Self::default()
        }
    }
}

#[derive(Debug, Clone)]
pub enum SideBySideReply {
    Columns {
        serial: u64,
        columns: Vec<Column>,
    },
    Walked {
        left: String,
        right: String,
        questions: Result<Vec<Moved>, String>,
    },
    /// Names that a column may have, and those to begin with.
    Models {
        names: Vec<String>,
        untuned: String,
        tuned: Option<String>,
    },
    /// It is not known which models there are.
    Failed(String),
}

/// A library that several models search.
pub struct SideBySide {
    open: Open,
}

impl SideBySide {
    pub fn new(open: Open) -> Self {
        Self { open }
    }
}

impl Work for SideBySide {
    type Request = SideBySideRequest;
    type Reply = SideBySideReply;

    const NAME: &'static str = "comparing";

    /// Of the questions that wait only the latest counts.
    fn supersedes(newer: &SideBySideRequest, waiting: &SideBySideRequest) -> bool {
        let is_question = |r: &SideBySideRequest| matches!(r, SideBySideRequest::Ask { .. });
        is_question(newer) && is_question(waiting)
    }

    fn handle(
        &mut self,
        request: &SideBySideRequest,
        cancel: &CancelToken,
        _: &dyn Fn(SideBySideReply),
    ) -> SideBySideReply {
        match request {
            SideBySideRequest::Ask {
                serial,
                query,
                models,
            } => SideBySideReply::Columns {
                serial: *serial,
                columns: models.iter().map(|m| self.column(m, query)).collect(),
            },
            SideBySideRequest::Walk { left, right } => SideBySideReply::Walked {
                left: left.clone(),
                right: right.clone(),
                questions: self.walk(left, right, cancel).map_err(|e| in_words(&e)),
            },
            SideBySideRequest::Models => self.models(),
        }
    }

    fn failed(request: &SideBySideRequest, why: String) -> SideBySideReply {
        match request {
            SideBySideRequest::Ask { serial, models, .. } => {
                let column = |model: &String| Column::failed(model, why.clone());
                SideBySideReply::Columns {
                    serial: *serial,
                    columns: models.iter().map(column).collect(),
                }
            }
            SideBySideRequest::Walk { left, right } => SideBySideReply::Walked {
                left: left.clone(),
                right: right.clone(),
                questions: Err(why),
            },
            SideBySideRequest::Models => SideBySideReply::Failed(why),
        }
    }
}

impl SideBySide {
    fn models(&self) -> SideBySideReply {
        let home = &self.open.context.library.home;
        let own = model::list(home).unwrap_or_default();
        let mut names: Vec<String> = own.into_iter().map(|model| model.name).collect();
        names.push(WORDS.to_owned());
        let tuned = super::runs::tuned(home).ok().flatten();
        // The other bundled one is embedded when somebody wants it.
        let tuned = tuned.filter(|model| !model.is_bundled());
        let tuned = tuned.map(|model| model.name);
        let untuned = super::runs::untuned(home, tuned.as_deref().unwrap_or_default());
        SideBySideReply::Models {
            names,
            untuned: untuned.unwrap_or_else(|_| Model::base()).name,
            tuned,
        }
    }

    fn column(&mut self, model: &str, query: &Query) -> Column {
        let opened = self.open.retriever(model).map_err(|e| in_words(&e));
        let found = opened.and_then(|retriever| {
            let mut query = query.clone();
            if model == WORDS {
                query.arm = Arm::Bm25;
            }
            let began = Instant::now();
            let outcome = retriever.search(&query).map_err(|e| in_words(&e))?;
            let took = began.elapsed();
            // Looked at only where it may be so: it counts the chunks.
            let by_words = outcome.hits.iter().all(|hit| hit.dense_rank.is_none());
            if model != WORDS && by_words {
                let covered = retriever.coverage().map_err(|e| in_words(&e))?;
                if covered.encoded == 0 && covered.chunks > 0 {
                    return Err(format!(
                        "nothing is embedded with it: tenk index --model {model}"
                    ));
                }
            }
            Ok((outcome.hits, took))
        });
        match found {
            Ok((hits, took)) => Column {
                model: model.to_owned(),
                hits,
                took,
                failed: None,
            },
            Err(why) => Column::failed(model, why),
        }
    }

    /// The library's own file of questions, or what the right model's run held out.
    fn walk(
        &self,
        left: &str,
        right: &str,
        cancel: &CancelToken,
    ) -> Result<Vec<Moved>, PromotionError> {
        let context = self.open.context.cancelled_by(cancel.clone());
        let library = &context.library;
        let base = Model::named(&library.home, left)?;
        let tuned = Model::named(&library.home, right)?;
        let file = library.folder.join(QUESTIONS);
        let documents = Store::open(&library.folder, &library.home)?.documents()?;
        let set = if file.is_file() {
            Some(QuestionSet::read(&file, &[] as &[&Path])?)
        } else {
            held_out_on_pages(library, right, &documents)?
        };
        let Some(set) = set.filter(|set| set.passages.is_empty()) else {
            return Ok(Vec::new());
        };
        let comparison = Comparison {
            context: &context,
            base: &base,
            tuned: &tuned,
            dims: &[],
            metrics: &[],
        };
        comparison.questions(&set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Library};
    use crate::job::context::JobContext;
    use crate::job::worker::Worker;
    use std::sync::mpsc::channel;

    /// A question used to be lost where another request followed it, and a panic was silent: the
    /// pane waited for ever.
    #[test]
    fn a_question_is_answered_though_a_request_of_another_kind_follows() {
        let ask = |serial| SideBySideRequest::Ask {
            serial,
            query: Query::default(),
            models: vec![WORDS.to_owned()],
        };
        assert!(SideBySide::supersedes(&ask(2), &ask(1)));
        assert!(!SideBySide::supersedes(&SideBySideRequest::Models, &ask(1)));
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(folder.path(), None).unwrap();
        let context = JobContext::new(library, Config::default(), 1);
        let (sender, replies) = channel();
        let worker = Worker::start(SideBySide::new(Open::new(context)), move |reply| {
            drop(sender.send(reply));
        });
        worker.ask(ask(1));
        worker.ask(SideBySideRequest::Models);
        let wait = Duration::from_secs(20);
        let SideBySideReply::Columns { serial, columns } = replies.recv_timeout(wait).unwrap()
        else {
            panic!("the question comes first");
        };
        assert_eq!(serial, 1);
        assert!(
            columns[0].failed.is_some(),
            "there is no library yet, and it says so"
        );
        let SideBySideReply::Models { names, .. } = replies.recv_timeout(wait).unwrap() else {
            panic!("then the models");
        };
        assert!(names.contains(&WORDS.to_owned()));
    }

    #[test]
    fn a_panic_is_said_in_every_column_or_in_place_of_the_questions() {
        let why = || "it broke".to_owned();
        let ask = SideBySideRequest::Ask {
            serial: 7,
            query: Query::default(),
            models: vec!["a".to_owned(), "b".to_owned()],
        };
        let SideBySideReply::Columns { serial: 7, columns } = SideBySide::failed(&ask, why())
        else {
            panic!("columns that failed");
        };
        let failures: Vec<_> = columns
            .iter()
            .map(|c| (&c.model[..], c.failed.as_deref()))
            .collect();
        assert_eq!(failures, [("a", Some("it broke")), ("b", Some("it broke"))]);
        let walk = SideBySideRequest::Walk {
            left: "a".to_owned(),
            right: "b".to_owned(),
        };
        let SideBySideReply::Walked { questions, .. } = SideBySide::failed(&walk, why()) else {
            panic!("a walk that failed");
        };
        assert_eq!(questions.err(), Some(why()));
    }
}
