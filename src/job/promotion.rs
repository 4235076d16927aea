//! Promotion: whether a tuned model may take the base's place, by figures that are shown.
//!
//! It may where it finds the answers of questions that it did not learn from better than the model
//! that serves (the paired interval of NDCG@10 lies above zero), and where neither questions of
//! other subjects nor those of the bundled corpus lose more than a hundredth. All of it is measured
//! in the dense arm, with the questions as they are: what was trained, and nothing that hides it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bundled;
use super::context::JobContext;
use super::evaluation::{self, EvaluationError, Level, Setting};
use super::indexing::IndexingError;
use super::models::Embedder;
use super::passages;
use crate::config::{ConfigError, Library, SearchConfig};
use crate::dataset::{Dataset, Examples};
use crate::encoder::Encoder;
use crate::eval::question::QuestionSet;
use crate::eval::significance::{Paired, paired};
use crate::eval::{EvalError, Metric, mean, values};
use crate::job::training::{self, TrainingError};
use crate::model::ModelError;
use crate::query::QueryError;
use crate::query::filter::is_named;
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::{Aids, Arm, Query, RetrieveError, Retriever};
use crate::store::{DocumentRow, Store, StoreError};
use crate::train::TrainError;
use crate::train::run::{self, About};

/// What a set of other questions may lose.
pub const TOLERANCE: f64 = 0.01;
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

/// One set of questions, put to both models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    pub what: String,
    pub questions: usize,
    /// NDCG@10 of the model that serves, and of the one that would.
    pub base: f64,
    pub tuned: f64,
    pub test: Paired,
}

/// All that a promotion is decided by.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Questions that it did not learn from; none where the run held none out.
    pub held_out: Option<Trial>,
    pub others: Vec<Trial>,
}

impl Verdict {
    /// Why it should not be promoted; empty where it may.
    pub fn refusals(&self) -> Vec<String> {
        let mut out = Vec::new();
        match &self.held_out {
            None => out.push("no questions were held out to judge it by".to_owned()),
            Some(trial) if trial.test.low <= 0.0 => out.push(format!(
                "{} are not surely better: {:+.4} [{:+.4}, {:+.4}]",
                trial.what, trial.test.difference, trial.test.low, trial.test.high
            )),
            Some(_) => {}
        }
        let falls = |trial: &&Trial| trial.test.difference < -TOLERANCE;
        for trial in self.others.iter().filter(falls) {
            out.push(format!(
                "{} lose {:.4}, more than {TOLERANCE}",
                trial.what, -trial.test.difference
            ));
        }
        out
    }
}

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
    /// Told what is measured now.
    pub on: &'a dyn Fn(&str),
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
            (self.on)(&what);
            out.held_out = Some(if set.passages.is_empty() {
                self.by_pages(&what, &set, library)?
            } else {
                self.by_passages(&what, &set)?
            });
        }
        let general = self.read("general.jsonl", bundled::GENERAL)?;
        let what = "questions of other subjects";
        (self.on)(what);
        out.others.push(self.by_passages(what, &general)?);
        if !bundled::is_it(&documents) {
            let what = "the bundled corpus's questions";
            (self.on)(what);
            let models = [self.serving.clone(), self.tuned.clone()];
            let folder = self.work.join("corpora");
            let library = bundled::library(self.context, &folder, &models)?;
            let set = self.read("questions.jsonl", bundled::QUESTIONS)?;
            out.others.push(self.by_pages(what, &set, &library)?);
        }
        Ok(out)
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

    fn by_pages(&self, what: &str, set: &QuestionSet, library: &Library) -> Result<Trial> {
        let ask = |model: &Embedder| -> Result<Vec<f64>> {
            let encoder = model.encoder.clone();
            // As commands name it: without the precision that the store adds.
            let name = model.name.split(' ').next().unwrap_or_default();
            let retriever = whole(library, name, encoder, &self.context.config.search)?;
            self.values(&retriever, set, Level::Page)
        };
        Ok(trial(what, &ask(self.serving)?, &ask(self.tuned)?))
    }

    fn by_passages(&self, what: &str, set: &QuestionSet) -> Result<Trial> {
        let ask = |model: &Embedder, name: &str| -> Result<Vec<f64>> {
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
            self.values(&retriever, set, Level::Chunk)
        };
        let base = ask(self.serving, "passages-base")?;
        let tuned = ask(self.tuned, "passages-tuned")?;
        Ok(trial(what, &base, &tuned))
    }

    /// NDCG@10 of each question.
    fn values(&self, retriever: &Retriever, set: &QuestionSet, level: Level) -> Result<Vec<f64>> {
        let setting = Setting {
            query: Query {
                arm: Arm::Dense,
                aids: Aids::NONE,
                ..Query::default()
            },
            within: false,
        };
        let runs = evaluation::run(retriever, set, &setting, &self.context.cancel)?;
        let qrels = evaluation::qrels(set, level, &retriever.store().documents()?);
        Ok(values(Metric::Ndcg(10), &qrels, &runs[&level]))
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

fn trial(what: &str, base: &[f64], tuned: &[f64]) -> Trial {
    Trial {
        what: what.to_owned(),
        questions: base.len(),
        base: mean(base),
        tuned: mean(tuned),
        test: paired(tuned, base),
    }
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
    whole.then(|| QuestionSet::from_pages(rows.into_iter().map(|r| (r.anchor, r.document, r.page))))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn trial_of(difference: f64, low: f64) -> Trial {
        Trial {
            what: "these".to_owned(),
            questions: 9,
            base: 0.5,
            tuned: 0.5 + difference,
            test: Paired {
                difference,
                low,
                high: difference + 0.1,
                p: 0.01,
                better: 1,
                same: 1,
                worse: 1,
            },
        }
    }

    #[test]
    fn what_is_not_surely_better_or_forgets_is_refused() {
        let verdict = |held: Option<Trial>, other: f64| Verdict {
            held_out: held,
            others: vec![trial_of(other, 0.0)],
        };
        assert!(
            verdict(Some(trial_of(0.1, 0.02)), -0.009)
                .refusals()
                .is_empty()
        );
        assert_eq!(verdict(Some(trial_of(0.1, 0.0)), 0.0).refusals().len(), 1);
        assert_eq!(verdict(None, 0.0).refusals().len(), 1);
        assert_eq!(
            verdict(Some(trial_of(-0.1, -0.2)), -0.02).refusals().len(),
            2
        );
    }
}
