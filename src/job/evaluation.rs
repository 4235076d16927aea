//! The evaluation job: a file of questions is put to a library, and what comes back becomes a `Run`
//! of chunks, pages and documents.

use std::collections::BTreeMap;

use crate::eval::question::{Question, QuestionSet};
use crate::eval::{Qrels, Run};
use crate::progress::{CancelToken, Cancelled};
use crate::query::filter::is_named;
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::{Hit, Query, RetrieveError, Retriever, Signs};
use crate::store::DocumentRow;

#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
}

impl Remedied for EvaluationError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Retrieve(error) => error.remedy(),
            Self::Cancelled(_) => None,
        }
    }
}

/// What a ranking is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Chunk,
    Page,
    Document,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Chunk => "chunk",
            Level::Page => "page",
            Level::Document => "document",
        }
    }

    /// At which levels a set's questions can be judged.
    pub fn judged(set: &QuestionSet) -> &'static [Level] {
        if set.passages.is_empty() {
            &[Level::Page, Level::Document]
        } else {
            &[Level::Chunk]
        }
    }
}

/// Hits looked at for each question: the deepest cut that is usually reported.
pub const DEPTH: usize = 100;

/// A setting to be measured.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Arm, filter and the rest, without a text.
    pub query: Query,
    /// Ask each question within the document that answers it.
    pub within: bool,
}

/// The library's name of the document that a question file calls `name`; one that is not there
/// keeps its name, and is never found.
fn resolved(documents: &[DocumentRow], name: &str) -> String {
    let found = documents.iter().find(|row| is_named(row, name));
    found.map_or(name, |row| &row.path).to_owned()
}

/// `question` with the library's names of the documents that hold its answer.
pub fn with_own_names(question: &Question, documents: &[DocumentRow]) -> Question {
    let own = |(name, page): &(String, u32)| (resolved(documents, name), *page);
    Question {
        pages: question.pages.iter().map(own).collect(),
        ..question.clone()
    }
}

/// Relevant items of every question.
pub fn qrels(set: &QuestionSet, level: Level, documents: &[DocumentRow]) -> Qrels {
    let items = |question: &Question| -> BTreeMap<String, u32> {
        let passage = question.passage.map(passage_id);
        let pages = question.pages.iter().map(|(name, page)| {
            let document = resolved(documents, name);
            match level {
                Level::Document => document,
                _ => format!("{document}:{page}"),
            }
        });
        pages.chain(passage).map(|item| (item, 1)).collect()
    };
    let row = |question: &Question| (question.id.clone(), items(question));
    set.questions.iter().map(row).collect()
}

/// The documents that questions ask for and the library does not hold.
pub fn missing(set: &QuestionSet, documents: &[DocumentRow]) -> Vec<String> {
    let names = set.questions.iter().flat_map(|q| &q.pages);
    let mut out: Vec<String> = names
        .map(|(name, _)| name)
        .filter(|name| !documents.iter().any(|row| is_named(row, name)))
        .cloned()
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn passage_id(index: usize) -> String {
    format!("passage-{}", index + 1)
}

/// What a hit is at a level. A passage of a question file stands on the page of its number.
fn item(hit: &Hit, level: Level) -> String {
    let chunk = &hit.chunk;
    match level {
        Level::Chunk => format!("passage-{}", chunk.page),
        Level::Page => format!("{}:{}", chunk.document, chunk.page),
        Level::Document => chunk.document.clone(),
    }
}

/// A question with what its search said of itself.
#[derive(Debug, Clone)]
pub struct Judged {
    pub id: String,
    pub signs: Signs,
    /// A page or passage that answers it is among the first ten.
    pub is_found: bool,
}

/// Hits that a confidence is of.
const SURE_OF: usize = 10;

/// Asks every question, those that nothing answers too, for how likely its search takes its hits to be right; those
/// of which it finds nothing are left out.
///
/// # Errors
///
/// Where a search fails, or it is cancelled.
pub fn judged(
    retriever: &Retriever,
    set: &QuestionSet,
    setting: &Setting,
    cancel: &CancelToken,
) -> Result<Vec<Judged>, EvaluationError> {
    let documents = retriever.store().documents().map_err(RetrieveError::from)?;
    let level = Level::judged(set)[0];
    let relevant = qrels(set, level, &documents);
    let mut out = Vec::new();
    for question in set.questions.iter().chain(&set.unanswerable) {
        cancel.check()?;
        let query = Query {
            text: question.text.clone(),
            top_k: SURE_OF,
            ..setting.query.clone()
        };
        let outcome = retriever.search(&query)?;
        let own = relevant.get(&question.id);
        let is_right = |hit: &Hit| own.is_some_and(|own| own.contains_key(&item(hit, level)));
        out.extend(outcome.signs.map(|signs| Judged {
            id: question.id.clone(),
            signs,
            is_found: outcome.hits.iter().any(is_right),
        }));
    }
    Ok(out)
}

/// Asks every question, told of by `asked`; the rankings by level, each item once, at its best place.
///
/// # Errors
///
/// Where a search fails, or it is cancelled.
pub fn run(
    retriever: &Retriever,
    set: &QuestionSet,
    setting: &Setting,
    cancel: &CancelToken,
    asked: &dyn Fn(),
) -> Result<BTreeMap<Level, Run>, EvaluationError> {
    let mut out: BTreeMap<Level, Run> = BTreeMap::new();
    for question in &set.questions {
        cancel.check()?;
        asked();
        let mut query = setting.query.clone();
        query.text.clone_from(&question.text);
        query.top_k = DEPTH;
        let right = question.pages.first().filter(|_| setting.within);
        let document = right.map(|(name, _)| name).or(question.document.as_ref());
        if let Some(document) = document {
            query.filter.document = Some(document.clone());
        }
        let hits = retriever.search(&query)?.hits;
        for &level in Level::judged(set) {
            let mut items: Vec<String> = Vec::new();
            for item in hits.iter().map(|hit| item(hit, level)) {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            let run = out.entry(level).or_default();
            run.insert(question.id.clone(), items);
        }
    }
    Ok(out)
}
