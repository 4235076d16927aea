//! Searching beside an app: queries, pages and explanations, answered on a worker; of each kind only
//! the latest request counts.

use std::mem::discriminant;
use std::time::{Duration, Instant};

use super::ahead::want as want_ahead;
use super::models::in_step;
use super::open::{Open, OpenError};
use super::worker::Work;
use crate::config::Library;
use crate::progress::CancelToken;
use crate::query::filter::Names;
use crate::remedy::in_words;
use crate::retrieve::explain::Explanation;
use crate::retrieve::{Outcome, Query, Retriever};
use crate::store::{Coverage, DocumentRow, PageLines, Store};

/// The model that answers.
const SERVING: &str = "serving";

#[derive(Debug, Clone, PartialEq)]
pub enum SearchRequest {
    /// The reply carries `serial` back, so that a stale one is recognised. The same question `again`, by what was
    /// embedded since, keeps what it waits for.
    Search {
        serial: u64,
        query: Query,
        again: bool,
    },
    Page {
        document: String,
        number: u32,
    },
    /// The page of a document that has these words next, behind page `from` or before it, and round.
    Find {
        document: String,
        from: u32,
        wanted: String,
        forward: bool,
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

#[derive(Debug, Clone)]
pub enum SearchReply {
    Hits {
        serial: u64,
        outcome: Box<Outcome>,
        terms: Vec<String>,
        took: Duration,
        coverage: Coverage,
        /// Chunks that are embedded before the rest for it; none where it was asked again.
        ahead: Option<usize>,
    },
    Page(Option<Box<PageLines>>),
    /// None where no page has them.
    Found {
        document: String,
        page: Option<u32>,
        forward: bool,
    },
    Explained(Box<Explanation>),
    Documents {
        rows: Vec<DocumentRow>,
        coverage: Coverage,
        by_document: Vec<(i64, Coverage)>,
        /// What a filter may name besides; the error where a file that says it cannot be read.
        names: Result<Names, String>,
    },
    /// The model that serves cannot be loaded, and why: a bundled one answers.
    BundledAnswers(String),
    Failed(String),
}

/// A library that is searched.
pub struct Searching {
    open: Open,
    /// Why a bundled model answers, as it was last replied.
    fell_back: Option<String>,
}

impl Searching {
    pub fn new(open: Open) -> Self {
        Self {
            open,
            fell_back: None,
        }
    }
}

impl Work for Searching {
    type Request = SearchRequest;
    type Reply = SearchReply;

    const NAME: &'static str = "searching";

    fn supersedes(newer: &SearchRequest, waiting: &SearchRequest) -> bool {
        discriminant(newer) == discriminant(waiting)
    }

    fn handle(
        &mut self,
        request: &SearchRequest,
        _: &CancelToken,
        reply: &dyn Fn(SearchReply),
    ) -> SearchReply {
        let answered = self.answer(request, reply);
        answered.unwrap_or_else(|e| SearchReply::Failed(in_words(&e)))
    }

    fn failed(_: &SearchRequest, why: String) -> SearchReply {
        SearchReply::Failed(why)
    }
}

impl Searching {
    fn answer(
        &mut self,
        request: &SearchRequest,
        reply: &dyn Fn(SearchReply),
    ) -> Result<SearchReply, OpenError> {
        let ahead = self.open.context.ahead.clone();
        let library = self.open.context.library.clone();
        let retriever = self.retriever(*request == SearchRequest::Refresh, reply)?;
        Ok(match request {
            SearchRequest::Search {
                serial,
                query,
                again,
            } => {
                let began = Instant::now();
                match *again || ahead.is_served() {
                    true => retriever.follow()?,
                    // Another process may have changed anything.
                    false => retriever.refresh()?,
                }
                let outcome = retriever.search(query)?;
                let took = began.elapsed();
                SearchReply::Hits {
                    serial: *serial,
                    terms: retriever.marks(&query.text, &outcome.parts),
                    outcome: Box::new(outcome),
                    took,
                    coverage: retriever.coverage()?,
                    // Last, so that what comes of it comes behind this.
                    ahead: match again {
                        true => None,
                        false => Some(want_ahead(&ahead, retriever, query)?),
                    },
                }
            }
            SearchRequest::Page { document, number } => {
                let page = retriever.store().page(document, *number);
                SearchReply::Page(
                    page.map_err(crate::retrieve::RetrieveError::from)?
                        .map(Box::new),
                )
            }
            SearchRequest::Find {
                document,
                from,
                wanted,
                forward,
            } => SearchReply::Found {
                page: found(retriever.store(), document, *from, wanted, *forward)
                    .map_err(crate::retrieve::RetrieveError::from)?,
                document: document.clone(),
                forward: *forward,
            },
            SearchRequest::Explain {
                query,
                document,
                page,
            } => {
                let mut explained = retriever.explain(query, &[(document.clone(), *page)])?;
                SearchReply::Explained(Box::new(explained.remove(0)))
            }
            SearchRequest::Refresh => documents(retriever, &library)?,
        })
    }

    /// The library as the model that serves sees it; where that one cannot be loaded, a bundled
    /// one that the library is embedded with does.
    fn retriever(
        &mut self,
        is_refreshed: bool,
        reply: &dyn Fn(SearchReply),
    ) -> Result<&mut Retriever, OpenError> {
        let usable = match self.open.as_last_read(SERVING) {
            Ok(_) => SERVING.to_owned(),
            Err(OpenError::Model(e)) => {
                let why = in_words(&e);
                if self.fell_back.as_ref() != Some(&why) {
                    reply(SearchReply::BundledAnswers(why.clone()));
                    self.fell_back = Some(why);
                }
                let context = &self.open.context;
                let beside = in_step(&context.library, context.config.index.precision, &[])?;
                beside[0].name.clone()
            }
            Err(e) => return Err(e),
        };
        if usable == SERVING {
            self.fell_back = None;
        }
        if is_refreshed {
            // A model that served before is not kept in memory.
            self.open.keep_only(&usable)?;
            self.open.retriever(&usable)
        } else {
            self.open.as_last_read(&usable)
        }
    }
}

/// The page of `document` that has `wanted` next, from the one behind `from` on, or before it, and round to it.
fn found(
    store: &Store,
    document: &str,
    from: u32,
    wanted: &str,
    forward: bool,
) -> crate::store::Result<Option<u32>> {
    let wanted = wanted.to_lowercase();
    let pages = store.document(document)?.map_or(0, |row| row.pages);
    for step in 1..=pages {
        // Counted from 0, so that it goes round.
        let by = if forward { step } else { pages - step };
        let number = (from.saturating_sub(1) + by) % pages + 1;
        let page = store.page(document, number)?;
        let mut lines = page.iter().flat_map(|found| &found.page.lines);
        if lines.any(|line| line.text.to_lowercase().contains(&wanted)) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// What the library holds, and how much of it the model has embedded.
fn documents(retriever: &Retriever, library: &Library) -> crate::retrieve::Result<SearchReply> {
    let store = retriever.store();
    let model = match retriever.encoder() {
        Some(encoder) => store.model(encoder.fingerprint().as_str(), encoder.dim())?,
        None => None,
    };
    Ok(SearchReply::Documents {
        by_document: match model {
            Some(model) => store.coverage_by_document(model)?,
            None => Vec::new(),
        },
        rows: store.documents()?,
        coverage: retriever.coverage()?,
        names: Names::of(library).map_err(|e| in_words(&e)),
    })
}
