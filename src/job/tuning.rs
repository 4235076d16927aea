//! Tuning: the whole loop in one job and within a time. Questions are written from the library,
//! a model learns them, the library is embedded with it, and it is judged.
//!
//! How much is learnt follows from a short measurement on this machine: the time that is left after
//! all else is what training gets.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::context::JobContext;
use super::indexing::{Indexing, IndexingError};
use super::models::{Embedder, in_step, load_sound};
use super::open::OpenError;
use super::pins;
use super::promotion::{Promotion, PromotionError};
use super::synthesis::Synthesis;
use super::training::{self, Outcome, Plan, Start, TrainingError};
use super::verdict::Verdict;
use crate::dataset::Format;
use crate::home::Home;
use crate::model::{Model, ModelError};
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::store::{Store, StoreError};
use crate::synth::SynthError;
use crate::synth::balance::balanced;
use crate::synth::negative::Mining;
use crate::synth::set::{self, Settings as SetSettings};
use crate::train::event::Event;
use crate::train::pin::Pinned;
use crate::train::settings::Settings;
use crate::train::steer::Steer;
use crate::units::span;

#[derive(Debug, thiserror::Error)]
pub enum TuningError {
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Indexing(#[from] IndexingError),
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "a budget of {budget} is too short: questions, embedding and judging take about {needed} here"
    )]
    Budget { budget: String, needed: String },
    #[error("the questions came to {0} rows, too few to learn from")]
    TooFew(usize),
}

impl Remedied for TuningError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Synth(error) => error.remedy(),
            Self::Training(error) => error.remedy(),
            Self::Indexing(error) => error.remedy(),
            Self::Promotion(error) => error.remedy(),
            Self::Model(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
            Self::Open(error) => error.remedy(),
            Self::Cancelled(_) => None,
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Budget { .. } => Some(Remedy::MoreTime),
            Self::TooFew(_) => Some(Remedy::MoreQuestions),
        }
    }
}

type Result<T, E = TuningError> = std::result::Result<T, E>;

/// Rows that are measured by while it trains, and passages beside theirs: few, for they cost time.
const DEV_ROWS: usize = 400;
const DEV_OTHERS: usize = 100;
/// Rows learnt from: fewer teach nothing, more add little.
const LEAST: usize = 64;
const MOST: usize = 20_000;
/// So many rows with their hard negatives teach more than all without.
const ENOUGH: usize = 1000;
/// Epochs at most.
const EPOCHS: usize = 2;
/// Hard negatives of a question, where there is time for them.
const NEGATIVES: usize = 2;
/// Steps and rows of the measurement.
const TRIAL_STEPS: usize = 3;
const TRIAL_ROWS: usize = 96;
/// Passages embedded to measure.
const TRIAL_PASSAGES: usize = 96;
/// Writing questions takes about this share of what embedding the library does.
const WRITING: f64 = 0.8;
/// Seconds that judging takes besides embedding: the other questions, and opening indexes.
const JUDGING: f64 = 30.0;
/// Share of the time that is kept for what takes longer than expected.
const RESERVE: f64 = 0.08;

/// What is to be done.
pub struct Tuning<'a> {
    pub context: &'a JobContext,
    pub name: &'a str,
    pub budget: Duration,
    pub set: &'a SetSettings,
    /// A folder for what is measured in; the caller removes it.
    pub work: &'a Path,
}

/// What the library takes here whatever is learnt.
struct Pace {
    chunks_per_second: f64,
    /// Seconds for embedding the library, and for judging.
    embedding: f64,
    judging: f64,
}

fn too_short(budget: f64, needed: f64) -> TuningError {
    TuningError::Budget {
        budget: span(budget),
        needed: span(needed),
    }
}

/// What this machine is expected to do in the time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// Questions there are, and of these the rows learnt from, so many times.
    pub questions: usize,
    pub rows: usize,
    pub epochs: usize,
    /// Each with its hard negatives.
    pub negatives: bool,
    /// Rows trained on a second, and chunks embedded a second.
    pub rows_per_second: f64,
    pub chunks_per_second: f64,
    /// Seconds for training, for embedding the library, and for judging.
    pub training: f64,
    pub embedding: f64,
    pub judging: f64,
    /// Seconds spent before: writing questions, and this measurement.
    pub spent: f64,
}

impl Planned {
    /// Seconds in all.
    pub fn total(&self) -> f64 {
        self.spent + self.training + self.embedding + self.judging
    }
}

/// What happens on the way.
#[derive(Debug)]
pub enum Stage<'a> {
    Planned(&'a Planned),
    Training(&'a Event),
    Embedding,
    Judging(&'a str),
}

/// What came out.
#[derive(Debug)]
pub struct Tuned {
    pub planned: Planned,
    pub step: usize,
    pub verdict: Verdict,
    pub seconds: f64,
}

impl Tuning<'_> {
    /// Does all of it.
    ///
    /// # Errors
    ///
    /// Where a step fails, the budget is too short, or it is cancelled.
    pub fn run(&self, on: &mut dyn FnMut(Stage<'_>)) -> Result<Tuned> {
        let began = Instant::now();
        let home = &self.context.library.home;
        crate::model::check_new(home, self.name)?;
        let base = Model::named(home, "serving")?;
        let serving = self.context.embedder(&base)?;
        let pace = self.measure(&serving)?;
        let set = self.write_questions(&serving)?;
        let train = set.join("train.jsonl");
        let start = Start::read(Model::bundled(), &train)?;
        let questions = start.dataset.len();
        if questions < LEAST {
            return Err(TuningError::TooFew(questions));
        }
        let planned = self.plan(&start, &pace, &train, began)?;
        on(Stage::Planned(&planned));
        let pinned = pins::prepare(self.context)?;
        let outcome = self.train(&start, &set, &planned, &pinned, began, on)?;
        on(Stage::Embedding);
        let tuned = self.context.embedder(&outcome.model)?;
        self.embed(&tuned)?;
        let stages = std::cell::RefCell::new(on);
        let promotion = Promotion {
            context: self.context,
            serving: &serving,
            tuned: &tuned,
            name: self.name,
            questions: None,
            work: self.work,
            on: &|what| (stages.borrow_mut())(Stage::Judging(what)),
        };
        let verdict = promotion.judge()?;
        Ok(Tuned {
            planned,
            step: outcome.step,
            verdict,
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// Writes the set; its folder.
    fn write_questions(&self, serving: &Embedder) -> Result<std::path::PathBuf> {
        Synthesis {
            context: self.context,
            name: self.name,
            settings: self.set,
            encoder: Arc::clone(&serving.encoder),
            generator: None,
        }
        .run()?;
        Ok(set::find(&self.context.library.home, self.name)?)
    }

    /// Measures what embedding the library and judging take here, and refuses a budget that is too short even for
    /// these and for writing the questions: before that is begun.
    fn measure(&self, serving: &Embedder) -> Result<Pace> {
        let JobContext {
            library, cancel, ..
        } = self.context;
        let store = Store::open(&library.folder, &library.home)?;
        let mut keys = Vec::new();
        store.for_chunks_after(0, usize::MAX >> 1, |chunk| keys.push(chunk.key))?;
        let chunks = keys.len();
        let stride = (chunks / TRIAL_PASSAGES).max(1);
        let keys: Vec<_> = keys
            .into_iter()
            .step_by(stride)
            .take(TRIAL_PASSAGES)
            .collect();
        let passages = store.passages(&keys)?;
        let texts: Vec<&str> = passages.iter().map(|p| p.passage.as_str()).collect();
        let began = Instant::now();
        serving
            .encoder
            .encode_passages(&texts, cancel)
            .map_err(IndexingError::Encoder)?
            .ok_or(Cancelled)?;
        let seconds = began.elapsed().as_secs_f64().max(1e-6);
        let chunks_per_second = texts.len() as f64 / seconds;
        let embedding = chunks as f64 / chunks_per_second;
        // The dev rows are embedded before, between and after the epochs, by the slower f32.
        let measured = (DEV_ROWS + DEV_OTHERS) as f64 * (EPOCHS + 1) as f64;
        let judging = JUDGING + 2.5 * measured / chunks_per_second;
        let needed = embedding * (1.0 + WRITING) + judging;
        let budget = self.budget.as_secs_f64();
        if budget * (1.0 - RESERVE) < needed {
            return Err(too_short(budget, needed / (1.0 - RESERVE)));
        }
        Ok(Pace {
            chunks_per_second,
            embedding,
            judging,
        })
    }

    /// Measures how fast is learnt, and decides how much.
    fn plan(&self, start: &Start, pace: &Pace, train: &Path, began: Instant) -> Result<Planned> {
        let Pace {
            chunks_per_second,
            embedding,
            judging,
        } = *pace;
        let budget = self.budget.as_secs_f64();
        let questions = start.dataset.len();
        let most = questions.min(MOST);
        // With hard negatives where enough rows can be learnt with them, else without.
        let (mut negatives, mut rows_per_second, mut within) = (true, 0.0, 0);
        for with in [true, false] {
            let rate = self.trial(start, train, with)?;
            let spent = began.elapsed().as_secs_f64();
            let left = budget * (1.0 - RESERVE) - spent - embedding - judging;
            (negatives, rows_per_second) = (with, rate);
            within = (left.max(0.0) * rate) as usize;
            if within >= most.min(ENOUGH) {
                break;
            }
        }
        let spent = began.elapsed().as_secs_f64();
        let rows = within.min(most);
        if rows < LEAST.min(questions) {
            let needed = spent + embedding + judging + LEAST as f64 / rows_per_second;
            return Err(too_short(budget, needed / (1.0 - RESERVE)));
        }
        let epochs = (within / rows.max(1)).clamp(1, EPOCHS);
        Ok(Planned {
            questions,
            rows,
            epochs,
            negatives,
            rows_per_second,
            chunks_per_second,
            training: (rows * epochs) as f64 / rows_per_second,
            embedding,
            judging,
            spent,
        })
    }

    /// Rows trained on a second, by some steps that are forgotten.
    fn trial(&self, start: &Start, train: &Path, negatives: bool) -> Result<f64> {
        let data = self.work.join("trial.jsonl");
        self.put(&data, &pick(train, TRIAL_ROWS, negatives, self.set.seed)?)?;
        let start = Start::read(start.base.clone(), &data)?;
        let settings = Settings {
            max_steps: TRIAL_STEPS,
            epochs: TRIAL_STEPS,
            ..start.settings(self.context.threads)
        };
        let home = Home::at(self.work.join("home"));
        let plan = Plan {
            name: format!("trial-{}", u8::from(negatives)),
            dev: None,
            dev_share: 0.0,
            settings,
            restart: true,
        };
        let run = training::begin(&home, &start, plan)?;
        let mut rate = 0.0;
        let steer = Steer::from(&self.context.cancel);
        training::train(&home, run, &[], &steer, &mut |event| {
            if let Event::Step {
                examples_per_second,
                ..
            } = event
            {
                rate = *examples_per_second;
            }
        })?;
        Ok(rate)
    }

    fn train(
        &self,
        start: &Start,
        set: &Path,
        planned: &Planned,
        pinned: &[Pinned],
        began: Instant,
        on: &mut dyn FnMut(Stage<'_>),
    ) -> Result<Outcome> {
        let data = set.join("learnt.jsonl");
        let (rows, negatives, seed) = (planned.rows, planned.negatives, self.set.seed);
        let picked = pick(&set.join("train.jsonl"), rows, negatives, seed)?;
        self.put(&data, &mixed(picked))?;
        let dev = set.join("measured.jsonl");
        let held = pick(&set.join("dev.jsonl"), DEV_ROWS, negatives, seed)?;
        let has_dev = !held.is_empty();
        if has_dev {
            self.put(&dev, &held)?;
        }
        let start = Start::read(start.base.clone(), &data)?;
        let settings = Settings {
            epochs: planned.epochs,
            eval_passages: DEV_OTHERS,
            ..start.settings(self.context.threads)
        };
        let plan = Plan {
            name: self.name.to_owned(),
            dev: has_dev.then_some(dev),
            dev_share: 0.0,
            settings,
            restart: true,
        };
        let home = &self.context.library.home;
        let run = training::begin(home, &start, plan)?;
        // Whatever was expected: training ends where the rest needs the time that is left.
        let rest = planned.embedding + planned.judging;
        let deadline = began + self.budget.saturating_sub(Duration::from_secs_f64(rest));
        let steer = Steer::from(&self.context.cancel).until(deadline);
        let outcome = training::train(home, run, pinned, &steer, &mut |event| {
            on(Stage::Training(event));
        })?;
        Ok(outcome)
    }

    /// Embeds the library with the new model beside those it has.
    fn embed(&self, tuned: &Embedder) -> Result<()> {
        let context = self.context;
        let base = context.embedder(&Model::bundled())?;
        let others = in_step(&context.library, context.config.index.precision)?;
        let others: Vec<Model> = others.into_iter().filter(|m| m.name != self.name).collect();
        let skipped = |model: &Model, why| tracing::warn!("{} is left out: {why}", model.name);
        let mut models = vec![base];
        models.extend(load_sound(&others, |m| context.embedder(m), skipped));
        models.push(tuned.clone());
        let models = &models;
        let summary = Indexing::new(context, models).run()?;
        summary.whole()?;
        Ok(())
    }

    fn put(&self, path: &Path, rows: &[Value]) -> Result<()> {
        let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
        crate::fsio::write_atomic(path, text.as_bytes()).map_err(|source| TuningError::Write {
            path: path.display().to_string(),
            source,
        })
    }

    /// What a set is made with for a tuning: by rules, as people search, with few negatives, for they cost time.
    pub fn set(seed: u64) -> SetSettings {
        SetSettings {
            format: Format::Triplets,
            dev_share: 0.25,
            dev_rows: DEV_ROWS,
            seed,
            as_served: true,
            mining: Mining {
                count: NEGATIVES,
                ..Mining::default()
            },
            ..SetSettings::default()
        }
    }
}

/// `count` of a file's rows, as many of each kind, all where there are fewer; without their negatives
/// unless these are wanted. Rows that have none are left out where they are.
fn pick(path: &Path, count: usize, negatives: bool, seed: u64) -> Result<Vec<Value>> {
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS).map_err(|source| {
        SynthError::Read {
            path: path.display().to_string(),
            source,
        }
    })?;
    let mut rows: Vec<Value> = Vec::new();
    for line in text.lines() {
        let Ok(Value::Object(mut row)) = serde_json::from_str(line) else {
            continue;
        };
        let has = |row: &serde_json::Map<String, Value>| {
            let own = row.get("negatives").and_then(Value::as_array);
            own.is_some_and(|own| !own.is_empty())
        };
        if !negatives {
            row.remove("negatives");
            row.remove("relations");
        } else if !has(&row) {
            continue;
        }
        rows.push(Value::Object(row));
    }
    let drawn = balanced(&rows, count, seed).into_iter();
    Ok(drawn.map(|at| rows[at].take()).collect())
}

/// Has every second row ask as it was written: a question in which no company is found is put to dense search as it
/// is, and `similar` and other programs ask so.
fn mixed(mut rows: Vec<Value>) -> Vec<Value> {
    for row in rows.iter_mut().skip(1).step_by(2) {
        let written = row["written"].take();
        if written.is_string() {
            row["anchor"] = written;
        }
    }
    rows
}
