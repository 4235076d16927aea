//! Promotion: whether a tuned model may take the place of the one that serves. `verdict` says what decides; here it
//! is measured: questions that the model did not learn from, those of other subjects, and those of the bundled
//! corpus, each as people search and in the dense arm as they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::bundled;
use super::context::JobContext;
use super::evaluation::{self, EvaluationError, Level, Setting};
use super::indexing::IndexingError;
use super::models::Embedder;
use super::passages;
use super::verdict::{Asked, HeldOut, Judged, Trial, Verdict, Way};
use crate::config::{ConfigError, Library, SearchConfig};
use crate::dataset::{Dataset, Examples};
use crate::encoder::Encoder;
use crate::eval::question::{Question, QuestionSet};
use crate::eval::{EvalError, Metric, Qrels, Run, values};
use crate::job::training::{self, TrainingError};
use crate::model::ModelError;
use crate::query::filter::is_named;
use crate::query::{Intent, QueryError};
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::{Aids, Arm, Query, RetrieveError, Retriever};
use crate::store::{DocumentRow, Store, StoreError};
use crate::train::TrainError;
use crate::train::run::{self, About};

/// Passages of the training rows that held-out questions are put to, beside their own.
const OTHERS: usize = 1000;

#[derive(Debug, thiserror::Error)]
pub enum PromotionError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error(transparent)]
    Indexing(#[from] IndexingError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error("{path} cannot be written: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
    #[error("{name} has embedded {encoded} of {chunks} chunks of this library")]
    NotEmbedded {
        name: String,
        encoded: u64,
        chunks: u64,
        folder: PathBuf,
    },
}

impl Remedied for PromotionError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Model(error) => error.remedy(),
            Self::Eval(error) => error.remedy(),
            Self::Retrieve(error) => error.remedy(),
            Self::Query(error) => error.remedy(),
            Self::Evaluation(error) => error.remedy(),
            Self::Config(error) => error.remedy(),
            Self::Indexing(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Training(error) => error.remedy(),
            Self::Train(error) => error.remedy(),
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::NotEmbedded { name, folder, .. } => Some(Remedy::Embed {
                folder: folder.clone(),
                model: Some(name.clone()),
            }),
        }
    }
}

type Result<T, E = PromotionError> = std::result::Result<T, E>;

/// What is asked, and where.
pub struct Promotion<'a> {
    pub context: &'a JobContext,
    /// The model that serves, and the one that would.
    pub serving: &'a Embedder,
    pub tuned: &'a Embedder,
    /// The tuned model's name, which is its run's.
    pub name: &'a str,
    /// A file of questions in place of what the run held out.
    pub questions: Option<&'a Path>,
    /// A folder for libraries that are made to be asked; the caller removes it.
    pub work: &'a Path,
    /// Told what is measured now, and how many of its questions have been asked of how many.
    pub on: &'a dyn Fn(&str, usize, usize),
}

impl Promotion<'_> {
    /// Measures everything.
    ///
    /// # Errors
    ///
    /// Where a library or a model cannot be read, or it is cancelled.
    pub fn judge(&self) -> Result<Verdict> {
        let mut out = Verdict::default();
        let library = &self.context.library;
        let documents = Store::open(&library.folder, &library.home)?.documents()?;
        if let Some((what, set)) = self.held_out(&documents)? {
            let told = self.told(&what, &set);
            let both = match set.passages.is_empty() {
                true => self.by_pages(&set, library, &told)?,
                false => self.by_passages(&set, &told)?,
            };
            out.held_out = Some(HeldOut::new(
                both.judged(&what, Way::Served),
                &both.asked(&set, &self.intents(&set)?),
            ));
        }
        let general = self.read("general.jsonl", bundled::GENERAL)?;
        let what = "questions of other subjects";
        let told = self.told(what, &general);
        let both = self.by_passages(&general, &told)?;
        out.others.push(both.judged(what, Way::Raw));
        if !bundled::is_it(&documents) {
            let what = "the bundled corpus's questions";
            let set = self.read("questions.jsonl", bundled::QUESTIONS)?;
            let told = self.told(what, &set);
            let models = [self.serving.clone(), self.tuned.clone()];
            let folder = self.work.join("corpora");
            let library = bundled::library(self.context, &folder, &models)?;
            let both = self.by_pages(&set, &library, &told)?;
            out.others.push(both.judged(what, Way::Served));
        }
        Ok(out)
    }

    /// Says that `set` is measured by, and counts what is asked of it.
    fn told(&self, what: &str, set: &QuestionSet) -> impl Fn() {
        // By two models, as people search and in the dense arm.
        let of = 4 * set.questions.len();
        (self.on)(what, 0, of);
        let done = std::cell::Cell::new(0);
        move || {
            done.set(done.get() + 1);
            (self.on)(what, done.get(), of);
        }
    }

    fn read(&self, name: &str, text: &str) -> Result<QuestionSet> {
        let path = self.work.join(name);
        std::fs::write(&path, text).map_err(|source| PromotionError::Io {
            path: path.display().to_string(),
            source,
        })?;
        Ok(QuestionSet::read(&path, &[] as &[&Path])?)
    }

    /// Questions that the model did not learn from: those named, or its run's dev rows.
    fn held_out(&self, documents: &[DocumentRow]) -> Result<Option<(String, QuestionSet)>> {
        if let Some(path) = self.questions {
            let what = format!("questions of {}", path.display());
            return Ok(Some((what, QuestionSet::read(path, &[] as &[&Path])?)));
        }
        let Some(about) = run_of(&self.context.library, self.name)? else {
            return Ok(None);
        };
        let what = "held-out questions".to_owned();
        if let Some(dev) = &about.dev {
            dev.check()?;
            if let Some(set) = on_pages(&dev.path, documents) {
                return Ok(Some((what, set)));
            }
        }
        let (learnt, held) = training::parts(&about)?;
        Ok(from_tuples(&learnt, &held).map(|set| (what, set)))
    }

    fn by_pages(&self, set: &QuestionSet, library: &Library, asked: &dyn Fn()) -> Result<Both> {
        let ask = |model: &Embedder| -> Result<Side> {
            let encoder = model.encoder.clone();
            // As commands name it: without the precision that the store adds.
            let name = model.name.split(' ').next().unwrap_or_default();
            let retriever = whole(library, name, encoder, &self.context.config.search)?;
            self.side(&retriever, set, Level::Page, asked)
        };
        Ok(Both {
            base: ask(self.serving)?,
            tuned: ask(self.tuned)?,
        })
    }

    fn by_passages(&self, set: &QuestionSet, asked: &dyn Fn()) -> Result<Both> {
        let ask = |model: &Embedder, name: &str| -> Result<Side> {
            let folder = self.work.join(name);
            // What an earlier trial left.
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).map_err(|source| PromotionError::Io {
                path: folder.display().to_string(),
                source,
            })?;
            let encoder = model.encoder.clone();
            let context = self.context.silent_on(passages::library(&folder)?);
            passages::index(&context, &set.passages, Some(&encoder))?;
            let settings = context.config.search.clone();
            let retriever =
                Retriever::open(&context.library, Some(Arc::clone(&encoder)), settings)?;
            self.side(&retriever, set, Level::Chunk, asked)
        };
        Ok(Both {
            base: ask(self.serving, "passages-base")?,
            tuned: ask(self.tuned, "passages-tuned")?,
        })
    }

    /// What each question wants.
    fn intents(&self, set: &QuestionSet) -> Result<BTreeMap<String, Intent>> {
        let settings = self.context.config.search.clone();
        let reader = Retriever::open(&self.context.library, None, settings)?;
        let read = |question: &Question| -> Result<(String, Intent)> {
            Ok((question.id.clone(), reader.parse(&question.text)?.intent()))
        };
        set.questions.iter().map(read).collect()
    }

    /// What one model finds.
    fn side(
        &self,
        retriever: &Retriever,
        set: &QuestionSet,
        level: Level,
        asked: &dyn Fn(),
    ) -> Result<Side> {
        let ask = |arm: Arm, aids: Aids| -> Result<Run> {
            let query = Query {
                arm,
                aids,
                ..Query::default()
            };
            let setting = Setting {
                query,
                within: false,
            };
            let mut runs = evaluation::run(retriever, set, &setting, &self.context.cancel, asked)?;
            Ok(runs.remove(&level).unwrap_or_default())
        };
        let served = ask(Arm::Hybrid, Aids::ALL)?;
        let raw = ask(Arm::Dense, Aids::NONE)?;
        Ok(Side {
            qrels: evaluation::qrels(set, level, &retriever.store().documents()?),
            served,
            raw,
        })
    }
}

/// What one model finds of a set of questions.
struct Side {
    qrels: Qrels,
    served: Run,
    raw: Run,
}

impl Side {
    fn values(&self, run: &Run) -> Vec<f64> {
        values(Metric::Ndcg(10), &self.qrels, run)
    }

    /// The best rank of what answers a question, from 1.
    fn rank(&self, question: &str) -> Option<usize> {
        let right = self.qrels.get(question)?;
        let found = self.served.get(question)?;
        let at = found.iter().position(|item| right.contains_key(item))?;
        Some(at + 1)
    }
}

struct Both {
    base: Side,
    tuned: Side,
}

impl Both {
    fn judged(&self, what: &str, decides: Way) -> Judged {
        let trial = |run: fn(&Side) -> &Run| {
            let of = |side: &Side| side.values(run(side));
            Trial::new(&of(&self.base), &of(&self.tuned))
        };
        Judged {
            what: what.to_owned(),
            questions: self.base.qrels.len(),
            decides,
            served: trial(|side| &side.served),
            raw: trial(|side| &side.raw),
        }
    }

    /// Each question as people search.
    fn asked(&self, set: &QuestionSet, intents: &BTreeMap<String, Intent>) -> Vec<Asked> {
        let own = |side: &Side| side.values(&side.served);
        let both = own(&self.base).into_iter().zip(own(&self.tuned));
        let rows = self.base.qrels.keys().zip(both);
        let text = |id: &str| {
            let found = set.questions.iter().find(|question| question.id == id);
            found.map_or(id, |question| &question.text).to_owned()
        };
        rows.map(|(id, (base, tuned))| Asked {
            question: text(id),
            intent: intents.get(id).copied().unwrap_or(Intent::Event),
            base,
            tuned,
            base_rank: self.base.rank(id),
            tuned_rank: self.tuned.rank(id),
        })
        .collect()
    }
}

/// Opens a library that `encoder`, of the model `name`, has embedded all of.
pub fn whole(
    library: &Library,
    name: &str,
    encoder: Arc<Encoder>,
    search: &SearchConfig,
) -> Result<Retriever> {
    let retriever = Retriever::open(library, Some(encoder), search.clone())?;
    let covered = retriever.coverage()?;
    if covered.encoded < covered.chunks {
        return Err(PromotionError::NotEmbedded {
            name: name.to_owned(),
            encoded: covered.encoded,
            chunks: covered.chunks,
            folder: library.folder.clone(),
        });
    }
    Ok(retriever)
}

/// What the run of the model `name` held out, as questions with pages; none where it held none out
/// or not in this form.
pub fn held_out_on_pages(
    library: &Library,
    name: &str,
    documents: &[DocumentRow],
) -> Result<Option<QuestionSet>> {
    let dev = run_of(library, name)?.and_then(|about| about.dev);
    Ok(dev.and_then(|dev| on_pages(&dev.path, documents)))
}

/// What the run of the model `name` began with.
fn run_of(library: &Library, name: &str) -> Result<Option<About>> {
    let mut runs = run::list(&library.home)?.into_iter();
    Ok(runs.find_map(|(about, _)| (about.name == name).then_some(about)))
}

/// The rows of a synthetic set as questions with pages, where the library has all of their
/// documents.
fn on_pages(path: &PathBuf, documents: &[DocumentRow]) -> Option<QuestionSet> {
    #[derive(Deserialize)]
    struct Row {
        anchor: String,
        /// The question as it was written, where the anchor is what dense search is asked for it.
        written: Option<String>,
        document: String,
        page: u32,
    }
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS).ok()?;
    let rows: Vec<Row> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .ok()?;
    let known = |row: &Row| documents.iter().any(|d| is_named(d, &row.document));
    let whole = !rows.is_empty() && rows.iter().all(known);
    whole.then(|| {
        QuestionSet::from_pages(
            rows.into_iter()
                .map(|r| (r.written.unwrap_or(r.anchor), r.document, r.page)),
        )
    })
}

/// Held-out rows as questions about their own passages, among those of the rows learnt from; none
/// of a format that asks nothing.
fn from_tuples(learnt: &Dataset, held: &Dataset) -> Option<QuestionSet> {
    let (Examples::Tuples(learnt), Examples::Tuples(held)) = (&learnt.examples, &held.examples)
    else {
        return None;
    };
    let pairs = held
        .iter()
        .map(|row| (row.anchor.clone(), row.positive.clone()));
    let others = learnt.iter().take(OTHERS).map(|row| row.positive.clone());
    (!held.is_empty()).then(|| QuestionSet::from_passages(pairs, others))
}
