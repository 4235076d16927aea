//! Promotion: whether a tuned model may take the place of the one that serves. `verdict` says what decides; here it
//! is measured: questions that the model did not learn from, those of other subjects, and those of the bundled
//! corpus, each as people search and in the dense arm as they are.

mod error;
mod held_out;
mod kept;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use error::{PromotionError, Result};
pub use held_out::{on_pages as held_out_on_pages, rows_apart};
pub use kept::{kept, last_judged};

use super::bundled;
use super::context::JobContext;
use super::evaluation::{self, Level, Setting};
use super::models::Embedder;
use super::passages;
use super::verdict::{self, Asked, HeldOut, Judged, Trial, Verdict, Way, apart};
use crate::config::{Library, SearchConfig};
use crate::encoder::Encoder;
use crate::eval::question::{Question, QuestionSet};
use crate::eval::{Metric, Qrels, Run, values};
use crate::query::Intent;
use crate::retrieve::{Aids, Arm, Query, Retriever};
use crate::store::Store;

/// Refuses, before anything is embedded or measured, what the questions of `file`, or those that the run of the model
/// `name` held out, cannot decide.
///
/// # Errors
///
/// Where there are none, or too few, or the library or they cannot be read.
pub fn check(library: &Library, name: &str, file: Option<&Path>) -> Result<()> {
    let documents = Store::open(&library.folder, &library.home)?.documents()?;
    let Some(held) = held_out::read(library, name, file, &documents)? else {
        return Err(PromotionError::NoneHeld {
            name: name.to_owned(),
        });
    };
    let apart = held_out::set_apart(&held.set, &documents);
    match verdict::few(&held.what, apart) {
        None => Ok(()),
        Some(why) => Err(PromotionError::Few {
            why,
            are_named: file.is_some(),
        }),
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
    /// Told what is measured now, and how many of its questions have been asked of how many.
    pub on: &'a dyn Fn(&str, usize, usize),
}

impl Promotion<'_> {
    /// Measures everything, and keeps what came out beside the model's run.
    ///
    /// # Errors
    ///
    /// Where a library or a model cannot be read, what came out cannot be kept, or it is cancelled.
    pub fn judge(&self) -> Result<Verdict> {
        let verdict = self.measure()?;
        kept::keep(&self.context.library.home, self.name, &verdict)?;
        Ok(verdict)
    }

    fn measure(&self) -> Result<Verdict> {
        let mut out = Verdict {
            against: named(self.serving).to_owned(),
            ..Verdict::default()
        };
        let library = &self.context.library;
        let documents = Store::open(&library.folder, &library.home)?.documents()?;
        if let Some(held) = held_out::read(library, self.name, self.questions, &documents)? {
            let set = &held.set;
            let told = self.told(&held.what, set);
            let both = match set.passages.is_empty() {
                true => self.by_pages(set, library, &told)?,
                false => self.by_passages(set, &told)?,
            };
            let judged = Judged {
                is_synthetic: held.is_synthetic,
                ..both.judged(&held.what, Way::Served)
            };
            out.held_out = Some(HeldOut::new(judged, &both.asked(set, &self.intents(set)?)));
        }
        let general = self.read("general.jsonl", bundled::GENERAL)?;
        let what = "questions of other subjects";
        let told = self.told(what, &general);
        let both = self.by_passages(&general, &told)?;
        out.others.push(both.judged(what, Way::Raw));
        // Where the library is that corpus, what it held out is asked of it; whoever names questions names some of them.
        if self.questions.is_some() || !bundled::is_it(&documents) {
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

    fn by_pages(&self, set: &QuestionSet, library: &Library, asked: &dyn Fn()) -> Result<Both> {
        let ask = |model: &Embedder| -> Result<Side> {
            let encoder = model.encoder.clone();
            let retriever = whole(library, named(model), encoder, &self.context.config.search)?;
            self.side(&retriever, set, Level::Page, asked)
        };
        Ok(Both::new(set, ask(self.serving)?, ask(self.tuned)?))
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
        let base = ask(self.serving, "passages-base")?;
        Ok(Both::new(set, base, ask(self.tuned, "passages-tuned")?))
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

/// The model as commands name it: without the precision that the store adds.
fn named(model: &Embedder) -> &str {
    model.name.split(' ').next().unwrap_or_default()
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
    /// Of each question, in the order of the sides' `qrels`.
    groups: Vec<usize>,
}

impl Both {
    fn new(set: &QuestionSet, base: Side, tuned: Side) -> Self {
        Self {
            groups: held_out::groups(set, &base.qrels),
            base,
            tuned,
        }
    }

    fn judged(&self, what: &str, decides: Way) -> Judged {
        let trial = |run: fn(&Side) -> &Run| {
            let of = |side: &Side| side.values(run(side));
            Trial::new(&of(&self.base), &of(&self.tuned), &self.groups)
        };
        Judged {
            what: what.to_owned(),
            questions: self.base.qrels.len(),
            apart: apart(&self.groups),
            decides,
            is_synthetic: false,
            served: trial(|side| &side.served),
            raw: trial(|side| &side.raw),
        }
    }

    /// Each question as people search.
    fn asked(&self, set: &QuestionSet, intents: &BTreeMap<String, Intent>) -> Vec<Asked> {
        let own = |side: &Side| side.values(&side.served);
        let both = own(&self.base).into_iter().zip(own(&self.tuned));
        let rows = self.base.qrels.keys().zip(both).zip(&self.groups);
        let text = |id: &str| {
            let found = set.questions.iter().find(|question| question.id == id);
            found.map_or(id, |question| &question.text).to_owned()
        };
        rows.map(|((id, (base, tuned)), group)| Asked {
            question: text(id),
            group: *group,
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
