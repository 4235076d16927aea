//! The search worker: answers queries on a thread of its own, the latest one first; those that a
//! newer one overtook are dropped unanswered.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::config::{Library, SearchConfig};
use crate::encoder::Encoder;
use crate::remedy;
use crate::retrieve::explain::Explanation;
use crate::retrieve::{Outcome, Query, Retriever};
use crate::store::{Coverage, DocumentRow, ModelId, PageLines};

/// What the worker is asked.
pub enum Request {
    /// Answers carry `serial` back, so that a stale one can be told.
    Search {
        serial: u64,
        query: Query,
    },
    Page {
        document: String,
        number: u32,
    },
    /// Why a page was found, or not.
    Explain {
        query: Query,
        document: String,
        page: u32,
    },
    /// Re-reads the library: something was indexed.
    Refresh,
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Hits {
        serial: u64,
        outcome: Outcome,
        terms: Vec<String>,
        took: Duration,
        coverage: Coverage,
    },
    Page(Option<Box<PageLines>>),
    Explained(Box<Explanation>),
    Documents {
        rows: Vec<DocumentRow>,
        coverage: Coverage,
        by_document: Vec<(i64, Coverage)>,
    },
    Failed(String),
}

/// A handle to the worker; dropping it ends the worker.
pub struct SearchWorker {
    requests: Sender<Request>,
}

impl SearchWorker {
    /// Starts the worker; `answer` is called on its thread.
    pub fn start(
        library: Library,
        encoder: Arc<Encoder>,
        settings: SearchConfig,
        answer: impl Fn(Answer) + Send + 'static,
    ) -> Self {
        let (requests, received) = channel();
        std::thread::spawn(move || {
            let mut worker = Worker {
                library,
                encoder,
                settings,
                retriever: None,
            };
            while let Some(batch) = next_batch(&received) {
                for request in batch {
                    // A panic must not take the terminal with it: it becomes a message.
                    let handled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        worker.handle(request)
                    }));
                    answer(handled.unwrap_or_else(|_| {
                        Answer::Failed("the search failed unexpectedly; see the log".into())
                    }));
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

/// Waits for a request, then takes all that came meanwhile; of searches and of pages only the
/// latest counts.
fn next_batch(received: &Receiver<Request>) -> Option<Vec<Request>> {
    let mut batch = vec![received.recv().ok()?];
    batch.extend(received.try_iter());
    let last = |wanted: fn(&Request) -> bool| batch.iter().rposition(wanted);
    let search = last(|r| matches!(r, Request::Search { .. }));
    let page = last(|r| matches!(r, Request::Page { .. }));
    let refresh = last(|r| matches!(r, Request::Refresh));
    let explain = last(|r| matches!(r, Request::Explain { .. }));
    let keep = |i: usize| [search, page, refresh, explain].contains(&Some(i));
    Some(
        batch
            .into_iter()
            .enumerate()
            .filter(|(i, _)| keep(*i))
            .map(|(_, r)| r)
            .collect(),
    )
}

struct Worker {
    library: Library,
    encoder: Arc<Encoder>,
    settings: SearchConfig,
    retriever: Option<Retriever>,
}

impl Worker {
    fn handle(&mut self, request: Request) -> Answer {
        self.answer(request)
            .unwrap_or_else(|e| Answer::Failed(remedy::in_words(&e)))
    }

    fn answer(&mut self, request: Request) -> crate::retrieve::Result<Answer> {
        let fresh = matches!(request, Request::Refresh);
        let retriever = match &mut self.retriever {
            Some(retriever) => {
                if fresh {
                    retriever.refresh()?;
                }
                retriever
            }
            none => {
                let encoder = self.encoder.clone();
                // The first question must not pay for paging the weights in.
                let _ = encoder.encode_query("warm up");
                let settings = self.settings.clone();
                none.insert(Retriever::open(&self.library, Some(encoder), settings)?)
            }
        };
        match request {
            Request::Search { serial, query } => {
                let began = Instant::now();
                let outcome = retriever.search(&query)?;
                let took = began.elapsed();
                let terms = retriever.marks(&query.text, &outcome.parts);
                Ok(Answer::Hits {
                    serial,
                    outcome,
                    terms,
                    took,
                    coverage: retriever.coverage()?,
                })
            }
            Request::Page { document, number } => Ok(Answer::Page(
                retriever.store().page(&document, number)?.map(Box::new),
            )),
            Request::Explain {
                query,
                document,
                page,
            } => {
                let mut explained = retriever.explain(&query, &[(document, page)])?;
                Ok(Answer::Explained(Box::new(explained.remove(0))))
            }
            Request::Refresh => {
                let store = retriever.store();
                let fingerprint = self.encoder.fingerprint().as_str();
                let model: Option<ModelId> = store.model(fingerprint, self.encoder.dim())?;
                let by_document = match model {
                    Some(model) => store.coverage_by_document(model)?,
                    None => Vec::new(),
                };
                let (rows, coverage) = (store.documents()?, retriever.coverage()?);
                Ok(Answer::Documents {
                    rows,
                    coverage,
                    by_document,
                })
            }
        }
    }
}
