//! The comparison: two models on one library, question by question and as a ladder of settings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::evaluation::{self, Level, Setting};
use super::promotion::{PromotionError, whole};
use crate::config::{Library, Precision, SearchConfig};
use crate::eval::movement::{Movement, movements};
use crate::eval::question::{Question, QuestionSet};
use crate::eval::significance::{Paired, bootstrap, paired};
use crate::eval::{Metric, Qrels, Run, mean, values};
use crate::model::Model;
use crate::progress::CancelToken;
use crate::query::filter::is_document;
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
    let of = |(at, hit): (usize, &'a Hit)| Placed {
        hit,
        rank: at + 1,
        other: ranks.get(&page(hit)).copied(),
    };
    pages(own).into_iter().enumerate().map(of).collect()
}

/// A setting of the ladder, and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rung {
    pub arm: Arm,
    /// `base` or `tuned`; none for BM25.
    pub model: Option<&'static str>,
    /// Numbers of an embedding that are compared.
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

impl Rung {
    /// `hybrid tuned`, or `bm25`.
    pub fn name(&self) -> String {
        match self.model {
            Some(model) => format!("{} {model}", self.arm.as_str()),
            None => self.arm.as_str().to_owned(),
        }
    }
}

/// What is compared, and how.
pub struct Ladder<'a> {
    pub library: &'a Library,
    pub search: &'a SearchConfig,
    pub base: &'a Model,
    pub tuned: &'a Model,
    pub precision: Precision,
    pub threads: usize,
    /// Numbers of an embedding to compare by; empty for all of them alone.
    pub dims: &'a [usize],
    pub metrics: &'a [Metric],
    pub cancel: &'a CancelToken,
}

/// All rungs, and the questions that moved between base and tuned as they are searched by default.
#[derive(Debug, Clone, Serialize)]
pub struct Climbed {
    pub rungs: Vec<Rung>,
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

impl Ladder<'_> {
    /// Measures every rung, each told to `on` as it is known; none when it was cancelled.
    pub fn climb(&self, set: &QuestionSet, on: &mut dyn FnMut(&Rung)) -> Result<Option<Climbed>> {
        let documents = Store::open(&self.library.folder, &self.library.home)?.documents()?;
        let qrels = evaluation::qrels(set, Level::Page, &documents);
        let mut rungs = Vec::new();
        let mut usual: Option<[Run; 2]> = None;
        for prompt in [true, false] {
            let pair = [
                self.open(self.base, prompt)?,
                self.open(self.tuned, prompt)?,
            ];
            for aids in [false, true] {
                if prompt {
                    let Some(run) = self.ask(&pair[0], set, Arm::Bm25, None, aids)? else {
                        return Ok(None);
                    };
                    rungs.push(self.rung(
                        &qrels,
                        Arm::Bm25,
                        None,
                        None,
                        (prompt, aids),
                        &run,
                        None,
                    ));
                    on(&rungs[rungs.len() - 1]);
                }
                for dim in self.steps() {
                    for arm in [Arm::Dense, Arm::Hybrid] {
                        let base = self.ask(&pair[0], set, arm, dim, aids)?;
                        let tuned = self.ask(&pair[1], set, arm, dim, aids)?;
                        let Some((base, tuned)) = base.zip(tuned) else {
                            return Ok(None);
                        };
                        let how = (prompt, aids);
                        rungs.push(self.rung(&qrels, arm, Some("base"), dim, how, &base, None));
                        on(&rungs[rungs.len() - 1]);
                        let against = Some(&base);
                        rungs.push(self.rung(
                            &qrels,
                            arm,
                            Some("tuned"),
                            dim,
                            how,
                            &tuned,
                            against,
                        ));
                        on(&rungs[rungs.len() - 1]);
                        if prompt && aids && arm == Arm::Hybrid && usual.is_none() {
                            usual = Some([base, tuned]);
                        }
                    }
                }
            }
        }
        let questions = match &usual {
            Some([base, tuned]) => self.moved(set, &qrels, base, tuned, &documents)?,
            None => Vec::new(),
        };
        Ok(Some(Climbed { rungs, questions }))
    }

    /// The questions alone, as both models are searched by default; none when it was cancelled.
    pub fn questions(&self, set: &QuestionSet) -> Result<Option<Vec<Moved>>> {
        let documents = Store::open(&self.library.folder, &self.library.home)?.documents()?;
        let qrels = evaluation::qrels(set, Level::Page, &documents);
        let ask = |model: &Model| {
            let retriever = self.open(model, true)?;
            self.ask(&retriever, set, Arm::Hybrid, None, true)
        };
        let Some((base, tuned)) = ask(self.base)?.zip(ask(self.tuned)?) else {
            return Ok(None);
        };
        Ok(Some(self.moved(set, &qrels, &base, &tuned, &documents)?))
    }

    /// The dimensions in turn, the whole embedding first.
    fn steps(&self) -> Vec<Option<usize>> {
        match self.dims.is_empty() {
            true => vec![None],
            false => self.dims.iter().copied().map(Some).collect(),
        }
    }

    fn open(&self, model: &Model, prompt: bool) -> Result<Retriever> {
        let mut encoder = model.encoder(self.precision, self.threads)?;
        if !prompt {
            encoder.set_query_prompt("");
        }
        whole(self.library, &model.name, Arc::new(encoder), self.search)
    }

    fn ask(
        &self,
        retriever: &Retriever,
        set: &QuestionSet,
        arm: Arm,
        dim: Option<usize>,
        aids: bool,
    ) -> Result<Option<Run>> {
        let setting = Setting {
            query: Query {
                arm,
                dim,
                aids: if aids { Aids::ALL } else { Aids::NONE },
                ..Query::default()
            },
            within: false,
        };
        let runs = evaluation::run(retriever, set, &setting, self.cancel)?;
        Ok(runs.and_then(|mut runs| runs.remove(&Level::Page)))
    }

    #[allow(clippy::too_many_arguments)] // What a rung is.
    fn rung(
        &self,
        qrels: &Qrels,
        arm: Arm,
        model: Option<&'static str>,
        dim: Option<usize>,
        (prompt, aids): (bool, bool),
        run: &Run,
        against: Option<&Run>,
    ) -> Rung {
        let (mut metrics, mut compared) = (BTreeMap::new(), BTreeMap::new());
        for &metric in self.metrics {
            let own = values(metric, qrels, run);
            let (low, high) = bootstrap(&own);
            metrics.insert(metric.to_string(), (mean(&own), low, high));
            if let Some(other) = against {
                let test = paired(&own, &values(metric, qrels, other));
                compared.insert(metric.to_string(), test);
            }
        }
        Rung {
            arm,
            model,
            dim,
            prompt,
            aids,
            metrics,
            compared,
        }
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
        let store = Store::open(&self.library.folder, &self.library.home)?;
        let lexicon = Lexicon::load(self.search.lexicon.as_deref())?;
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
        .filter_map(|name| documents.iter().find(|row| is_document(&row.path, name)))
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
        return Some(match lacks_items(&question.text, &text, lexicon) {
            true => Cause::WrongItem,
            false => Cause::WrongPage,
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
