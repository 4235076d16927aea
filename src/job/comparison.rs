//! The comparison: two models on one library, question by question, and in an ablation: every
//! setting of the search measured with both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::context::JobContext;
use super::evaluation::{self, Level, Setting};
use super::promotion::{PromotionError, whole};
use crate::eval::movement::{Movement, movements};
use crate::eval::question::{Question, QuestionSet};
use crate::eval::significance::{Paired, bootstrap, paired};
use crate::eval::{Metric, Qrels, Run, mean, values};
use crate::model::Model;
use crate::query::filter::is_named;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::word::words;
use crate::retrieve::{Aids, Arm, Hit, Query, Retriever};
use crate::store::{DocumentRow, Store};

type Result<T, E = PromotionError> = std::result::Result<T, E>;

/// A page in one model's list, by its best hit, and its rank in the other's.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'a> {
    pub hit: &'a Hit,
    /// Among the pages, from 1.
    pub rank: usize,
    pub other: Option<usize>,
}

/// The first hit of each page, in their order.
fn pages(hits: &[Hit]) -> Vec<&Hit> {
    let mut seen = BTreeSet::new();
    let is_new = |hit: &&Hit| seen.insert((hit.chunk.document_id, hit.chunk.page));
    hits.iter().filter(is_new).collect()
}

/// Each page of `own` with its rank in `other`.
pub fn placed<'a>(own: &'a [Hit], other: &[Hit]) -> Vec<Placed<'a>> {
    let page = |hit: &Hit| (hit.chunk.document_id, hit.chunk.page);
    let others = pages(other).into_iter().enumerate();
    let ranks: BTreeMap<(i64, u32), usize> = others.map(|(at, h)| (page(h), at + 1)).collect();
    let place = |(at, hit): (usize, &'a Hit)| Placed {
        hit,
        rank: at + 1,
        other: ranks.get(&page(hit)).copied(),
    };
    pages(own).into_iter().enumerate().map(place).collect()
}

/// A setting of the ablation, and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    pub arm: Arm,
    /// `base` or `tuned`; none for BM25.
    pub model: Option<&'static str>,
    /// Dimensions of an embedding that are compared; none for all.
    pub dim: Option<usize>,
    /// The model's prompt stands before questions.
    pub prompt: bool,
    /// Questions are read: found filters, synonyms, parts.
    pub aids: bool,
    /// Means with their 95 % intervals.
    pub metrics: BTreeMap<String, (f64, f64, f64)>,
    /// Tuned against base in the same setting.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub compared: BTreeMap<String, Paired>,
}

impl Measured {
    /// Not measured yet.
    fn new(arm: Arm, prompt: bool, aids: bool) -> Self {
        Self {
            arm,
            model: None,
            dim: None,
            prompt,
            aids,
            metrics: BTreeMap::new(),
            compared: BTreeMap::new(),
        }
    }

    /// With the figures of `run`, and of a paired test against `other`.
    fn measured(
        mut self,
        metrics: &[Metric],
        qrels: &Qrels,
        run: &Run,
        other: Option<&Run>,
    ) -> Self {
        for &metric in metrics {
            let own = values(metric, qrels, run);
            let (low, high) = bootstrap(&own);
            let name = metric.to_string();
            if let Some(other) = other {
                let test = paired(&own, &values(metric, qrels, other));
                self.compared.insert(name.clone(), test);
            }
            self.metrics.insert(name, (mean(&own), low, high));
        }
        self
    }

    /// True of what people search with.
    pub fn is_usual(&self) -> bool {
        self.arm == Arm::Hybrid && self.prompt && self.aids && self.dim.is_none()
    }

    /// `hybrid tuned`, or `bm25`.
    pub fn name(&self) -> String {
        match self.model {
            Some(model) => format!("{} {model}", self.arm.as_str()),
            None => self.arm.as_str().to_owned(),
        }
    }
}

/// Two models, to be compared on a library that both have embedded.
pub struct Comparison<'a> {
    pub context: &'a JobContext,
    pub base: &'a Model,
    pub tuned: &'a Model,
    /// Dimensions of an embedding to compare by; empty for all of them alone.
    pub dims: &'a [usize],
    pub metrics: &'a [Metric],
}

/// All settings, and the questions that moved between base and tuned as they are searched by default.
#[derive(Debug, Clone, Serialize)]
pub struct Ablation {
    pub settings: Vec<Measured>,
    pub questions: Vec<Moved>,
}

/// A question, where it moved, and what stands before its answer now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    pub question: String,
    /// Pages that answer it, as `DOCUMENT:PAGE`.
    pub gold: Vec<String>,
    #[serde(flatten)]
    pub movement: Movement,
    /// The tuned model's first page, where it is none of these, and what is wrong with it.
    pub first: Option<String>,
    pub cause: Option<Cause>,
}

/// What is wrong with a page that stands before the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    WrongYear,
    WrongCompany,
    /// The right document, and a page that does not name the line item asked for.
    WrongItem,
    /// The right document.
    WrongPage,
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::WrongYear => "wrong year",
            Cause::WrongCompany => "wrong company",
            Cause::WrongItem => "wrong line item",
            Cause::WrongPage => "right document, wrong page",
        }
    }
}

impl Comparison<'_> {
    /// Measures every setting, that which people search with first, each handed to `on` as it is known.
    ///
    /// # Errors
    ///
    /// Where the library or a model cannot be read, or it is cancelled.
    pub fn ablate(&self, set: &QuestionSet, on: &mut dyn FnMut(&Measured)) -> Result<Ablation> {
        let documents = self.documents()?;
        let qrels = evaluation::qrels(set, Level::Page, &documents);
        let mut settings = Vec::new();
        let mut put = |measured: Measured| {
            on(&measured);
            settings.push(measured);
        };
        let mut usual: Option<[Run; 2]> = None;
        for prompt in [true, false] {
            let base = self.open(self.base, prompt)?;
            let tuned = self.open(self.tuned, prompt)?;
            for aids in [true, false] {
                let arms = [Arm::Hybrid, Arm::Dense];
                for (dim, arm) in self.dims().into_iter().flat_map(|d| arms.map(|a| (d, a))) {
                    let setting = |model| Measured {
                        model: Some(model),
                        dim,
                        ..Measured::new(arm, prompt, aids)
                    };
                    let (for_base, for_tuned) = (setting("base"), setting("tuned"));
                    let base = self.ask(&base, set, &for_base)?;
                    let tuned = self.ask(&tuned, set, &for_tuned)?;
                    put(for_base.measured(self.metrics, &qrels, &base, None));
                    put(for_tuned.measured(self.metrics, &qrels, &tuned, Some(&base)));
                    if prompt && aids && arm == Arm::Hybrid && usual.is_none() {
                        usual = Some([base, tuned]);
                    }
                }
                if prompt {
                    let words = Measured::new(Arm::Bm25, prompt, aids);
                    let run = self.ask(&base, set, &words)?;
                    put(words.measured(self.metrics, &qrels, &run, None));
                }
            }
        }
        let questions = match &usual {
            Some([base, tuned]) => self.moved(set, &qrels, base, tuned, &documents)?,
            None => Vec::new(),
        };
        Ok(Ablation {
            settings,
            questions,
        })
    }

    /// The questions alone, as both models are searched by default.
    ///
    /// # Errors
    ///
    /// As `ablate`.
    pub fn questions(&self, set: &QuestionSet) -> Result<Vec<Moved>> {
        let documents = self.documents()?;
        let qrels = evaluation::qrels(set, Level::Page, &documents);
        let usual = Measured::new(Arm::Hybrid, true, true);
        let ask = |model: &Model| self.ask(&self.open(model, true)?, set, &usual);
        let (base, tuned) = (ask(self.base)?, ask(self.tuned)?);
        self.moved(set, &qrels, &base, &tuned, &documents)
    }

    fn documents(&self) -> Result<Vec<DocumentRow>> {
        let library = &self.context.library;
        Ok(Store::open(&library.folder, &library.home)?.documents()?)
    }

    /// The dimensions in turn; the whole embedding where none is named.
    fn dims(&self) -> Vec<Option<usize>> {
        if self.dims.is_empty() {
            vec![None]
        } else {
            self.dims.iter().copied().map(Some).collect()
        }
    }

    fn open(&self, model: &Model, prompt: bool) -> Result<Retriever> {
        let context = self.context;
        let encoder = if prompt {
            context.encoder(model)?
        } else {
            // Another prompt makes it another encoder, which nobody shares.
            let precision = context.config.index.precision;
            let mut own = model.encoder(precision, context.threads)?;
            own.set_query_prompt("");
            Arc::new(own)
        };
        whole(
            &context.library,
            &model.name,
            encoder,
            &context.config.search,
        )
    }

    fn ask(&self, retriever: &Retriever, set: &QuestionSet, how: &Measured) -> Result<Run> {
        let setting = Setting {
            query: Query {
                arm: how.arm,
                dim: how.dim,
                aids: if how.aids { Aids::ALL } else { Aids::NONE },
                ..Query::default()
            },
            within: false,
        };
        let mut runs = evaluation::run(retriever, set, &setting, &self.context.cancel, &|| ())?;
        Ok(runs.remove(&Level::Page).unwrap_or_default())
    }

    /// All questions, those that moved most first.
    fn moved(
        &self,
        set: &QuestionSet,
        qrels: &Qrels,
        base: &Run,
        tuned: &Run,
        documents: &[DocumentRow],
    ) -> Result<Vec<Moved>> {
        let library = &self.context.library;
        let store = Store::open(&library.folder, &library.home)?;
        let lexicon = Lexicon::load(self.context.config.search.lexicon.as_deref())?;
        let by_id: BTreeMap<&str, &Question> =
            set.questions.iter().map(|q| (q.id.as_str(), q)).collect();
        let mut out = Vec::new();
        for movement in movements(qrels, base, tuned) {
            let question = by_id[movement.id.as_str()];
            let gold: Vec<String> = qrels[&movement.id].keys().cloned().collect();
            let first = tuned.get(&movement.id).and_then(|run| run.first());
            let first = first.filter(|first| !gold.contains(first)).cloned();
            let judge = |first: &String| cause(first, question, documents, &store, &lexicon);
            out.push(Moved {
                question: question.text.clone(),
                cause: first.as_ref().and_then(judge),
                gold,
                movement,
                first,
            });
        }
        Ok(out)
    }
}

/// What is wrong with the page `first` as an answer, where it can be told.
fn cause(
    first: &str,
    question: &Question,
    documents: &[DocumentRow],
    store: &Store,
    lexicon: &Lexicon,
) -> Option<Cause> {
    let (path, page) = first.rsplit_once(':')?;
    let got = documents.iter().find(|row| row.path == path)?;
    let gold = question.pages.iter().map(|(name, _)| name);
    let gold: Vec<&DocumentRow> = gold
        .filter_map(|name| documents.iter().find(|row| is_named(row, name)))
        .collect();
    if gold.iter().any(|row| row.id == got.id) {
        let page = store.page(path, page.parse().ok()?).ok()??;
        let text: Vec<&str> = page
            .page
            .lines
            .iter()
            .map(|line| line.text.as_str())
            .collect();
        let text = words(&text.join("\n"));
        return Some(if lacks_items(&question.text, &text, lexicon) {
            Cause::WrongItem
        } else {
            Cause::WrongPage
        });
    }
    let company = |row: &DocumentRow| row.metadata.called().to_lowercase();
    let same = gold.iter().find(|row| company(row) == company(got));
    match same {
        None => (!gold.is_empty()).then_some(Cause::WrongCompany),
        Some(row) if row.metadata.year != got.metadata.year => Some(Cause::WrongYear),
        Some(_) => None,
    }
}

/// True where a question names line items and a page none of them.
fn lacks_items(question: &str, page: &[crate::query::word::Word], lexicon: &Lexicon) -> bool {
    let mut items: Vec<usize> = Vec::new();
    for (_, named) in lexicon.find(&words(question)) {
        match named {
            Named::Item(item) => items.push(item),
            Named::Measure(measure) => items.extend(&lexicon.measures[measure].items),
        }
    }
    let names = |item: &usize| {
        let names = &lexicon.items[*item].names;
        names.iter().any(|name| !name.places(page).is_empty())
    };
    !items.is_empty() && !items.iter().any(names)
}
