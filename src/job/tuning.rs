//! Tuning: the whole loop in one job and within a time. Questions are written from the library,
//! a model learns them, the library is embedded with it, and it is judged.
//!
//! How much is learnt follows from a short measurement on this machine: the time that is left after
//! all else is what training gets.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::indexing::{Indexing, IndexingError};
use super::models::{Embedder, in_step};
use super::promotion::{Promotion, PromotionError, Verdict};
use super::synthesis::Synthesis;
use super::training::{self, Outcome, Plan, Start, TrainingError};
use crate::config::{Config, Library};
use crate::dataset::Format;
use crate::model::{Model, ModelError};
use crate::progress::ProgressSink;
use crate::store::{Store, StoreError};
use crate::synth::SynthError;
use crate::synth::set::{self, Settings as SetSettings};
use crate::train::event::Event;
use crate::train::settings::Settings;
use crate::train::steer::Steer;

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
    #[error("{path} cannot be written: {source}; free some space or check its permissions")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "{budget} are too short: embedding and judging take about {needed} here; allow more with \
         --budget"
    )]
    Budget { budget: String, needed: String },
    #[error(
        "the questions came to {0} rows, too few to learn from; index more documents, or write some \
         with a language model: tenk synth --model smollm2"
    )]
    TooFew(usize),
}

type Result<T, E = TuningError> = std::result::Result<T, E>;

/// Rows that are measured by while it trains, and passages beside theirs: few, for they cost time.
const DEV_ROWS: usize = 200;
const DEV_OTHERS: usize = 200;
/// Rows learnt from: fewer teach nothing, more add little.
const LEAST: usize = 64;
const MOST: usize = 20_000;
/// Epochs at most.
const EPOCHS: usize = 2;
/// Steps and rows of the measurement.
const TRIAL_STEPS: usize = 3;
const TRIAL_ROWS: usize = 96;
/// Passages embedded to measure.
const TRIAL_PASSAGES: usize = 96;
/// Seconds that judging takes besides embedding: the other questions, and opening indexes.
const JUDGING: f64 = 30.0;
/// Share of the time that is kept for what takes longer than expected.
const RESERVE: f64 = 0.08;

/// What is to be done.
pub struct Tuning<'a> {
    pub library: &'a Library,
    pub config: &'a Config,
    pub name: &'a str,
    pub budget: Duration,
    pub threads: usize,
    pub set: &'a SetSettings,
    /// A folder for what is measured in; the caller removes it.
    pub work: &'a Path,
    pub steer: &'a Steer,
    pub progress: &'a (dyn ProgressSink + 'a),
}

/// What this machine is expected to do in the time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// Questions there are, and of these the rows learnt from, so many times.
    pub questions: usize,
    pub rows: usize,
    pub epochs: usize,
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
    /// Does all of it; none when it was cancelled.
    pub fn run(&self, on: &mut dyn FnMut(Stage<'_>)) -> Result<Option<Tuned>> {
        let began = Instant::now();
        let home = &self.library.home;
        let cancel = &self.steer.cancel;
        crate::model::check_new(home, self.name)?;
        let base = Model::named(home, "serving")?;
        let precision = self.config.index.precision;
        let serving = Embedder::load(&base, precision, self.threads)?;
        let Some(set) = self.write_questions(&serving)? else {
            return Ok(None);
        };
        let train = set.join("train.jsonl");
        let start = Start::read(Model::bundled(), &train)?;
        let questions = start.dataset.len();
        if questions < LEAST {
            return Err(TuningError::TooFew(questions));
        }
        let Some(planned) = self.plan(&start, &serving, &train, began)? else {
            return Ok(None);
        };
        on(Stage::Planned(&planned));
        let Some(outcome) = self.train(&start, &set, &planned, began, on)? else {
            return Ok(None);
        };
        on(Stage::Embedding);
        let tuned = Model::named(home, self.name)?;
        let tuned = Embedder::load(&tuned, precision, self.threads)?;
        if !self.embed(&tuned)? {
            return Ok(None);
        }
        let told = std::cell::RefCell::new(on);
        let promotion = Promotion {
            library: self.library,
            config: self.config,
            serving: &serving,
            tuned: &tuned,
            name: self.name,
            questions: None,
            work: self.work,
            cancel,
            on: &|what| (told.borrow_mut())(Stage::Judging(what)),
        };
        let Some(verdict) = promotion.judge()? else {
            return Ok(None);
        };
        Ok(Some(Tuned {
            planned,
            step: outcome.step,
            verdict,
            seconds: began.elapsed().as_secs_f64(),
        }))
    }

    /// Writes the set; its folder, or none when it was cancelled.
    fn write_questions(&self, serving: &Embedder) -> Result<Option<std::path::PathBuf>> {
        let made = Synthesis {
            library: self.library,
            name: self.name,
            settings: self.set,
            config: &self.config.synth,
            search: &self.config.search,
            encoder: Arc::clone(&serving.encoder),
            generator: None,
            threads: self.threads,
            cancel: &self.steer.cancel,
            progress: self.progress,
        }
        .run()?;
        match made {
            None => Ok(None),
            Some(_) => Ok(Some(set::find(&self.library.home, self.name)?)),
        }
    }

    /// Measures what this machine does, and decides how much is learnt.
    fn plan(
        &self,
        start: &Start,
        serving: &Embedder,
        train: &Path,
        began: Instant,
    ) -> Result<Option<Planned>> {
        let store = Store::open(&self.library.folder, &self.library.home)?;
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
        let embedding = Instant::now();
        serving
            .encoder
            .encode_passages(&texts, &self.steer.cancel)
            .map_err(IndexingError::Encoder)?;
        let seconds = embedding.elapsed().as_secs_f64().max(1e-6);
        let chunks_per_second = texts.len() as f64 / seconds;
        let Some(rows_per_second) = self.trial(start, train)? else {
            return Ok(None);
        };
        let embedding = chunks as f64 / chunks_per_second;
        // The dev rows are embedded in f32 before, between and after the epochs.
        let measured = (2 * DEV_ROWS + DEV_OTHERS) as f64 * (EPOCHS + 1) as f64;
        let judging = JUDGING + measured / (2.0 * rows_per_second);
        let spent = began.elapsed().as_secs_f64();
        let budget = self.budget.as_secs_f64();
        let left = budget * (1.0 - RESERVE) - spent - embedding - judging;
        let questions = start.dataset.len();
        let within = (left.max(0.0) * rows_per_second) as usize;
        let most = questions.min(MOST);
        let rows = within.min(most);
        if rows < LEAST.min(questions) {
            let span = crate::units::span;
            return Err(TuningError::Budget {
                budget: span(budget),
                needed: span(spent + embedding + judging + LEAST as f64 / rows_per_second),
            });
        }
        let epochs = (within / rows.max(1)).clamp(1, EPOCHS);
        Ok(Some(Planned {
            questions,
            rows,
            epochs,
            rows_per_second,
            chunks_per_second,
            training: (rows * epochs) as f64 / rows_per_second,
            embedding,
            judging,
            spent,
        }))
    }

    /// Rows trained on a second, by some steps that are forgotten; none when it was cancelled.
    fn trial(&self, start: &Start, train: &Path) -> Result<Option<f64>> {
        let rows = pick(train, TRIAL_ROWS)?;
        let data = self.work.join("trial.jsonl");
        self.put(&data, &rows)?;
        let start = Start {
            base: start.base.clone(),
            ..Start::read(start.base.clone(), &data)?
        };
        let settings = Settings {
            max_steps: TRIAL_STEPS,
            epochs: TRIAL_STEPS,
            ..start.settings(self.threads)
        };
        let home = self.work.join("home");
        let plan = Plan {
            name: "trial".to_owned(),
            dev: None,
            dev_share: 0.0,
            settings,
            restart: true,
        };
        let run = training::begin(&home, &start, plan)?;
        let mut rate = 0.0;
        let steer = Steer::from(&self.steer.cancel);
        training::train(&home, run, &steer, &mut |event| {
            if let Event::Step {
                examples_per_second,
                ..
            } = event
            {
                rate = *examples_per_second;
            }
        })?;
        Ok((!self.steer.cancel.is_cancelled()).then_some(rate))
    }

    fn train(
        &self,
        start: &Start,
        set: &Path,
        planned: &Planned,
        began: Instant,
        on: &mut dyn FnMut(Stage<'_>),
    ) -> Result<Option<Outcome>> {
        let data = set.join("learnt.jsonl");
        self.put(&data, &pick(&set.join("train.jsonl"), planned.rows)?)?;
        let dev = set.join("measured.jsonl");
        let held = pick(&set.join("dev.jsonl"), DEV_ROWS)?;
        let has_dev = !held.is_empty();
        if has_dev {
            self.put(&dev, &held)?;
        }
        let start = Start::read(start.base.clone(), &data)?;
        let settings = Settings {
            epochs: planned.epochs,
            eval_passages: DEV_OTHERS,
            ..start.settings(self.threads)
        };
        let plan = Plan {
            name: self.name.to_owned(),
            dev: has_dev.then_some(dev),
            dev_share: 0.0,
            settings,
            restart: true,
        };
        let run = training::begin(&self.library.home, &start, plan)?;
        // Whatever was expected: training ends where the rest needs the time that is left.
        let rest = planned.embedding + planned.judging;
        let deadline = began + self.budget.saturating_sub(Duration::from_secs_f64(rest));
        let steer = self.steer.until(deadline);
        let outcome = training::train(&self.library.home, run, &steer, &mut |event| {
            on(Stage::Training(event));
        })?;
        Ok(outcome.model.is_some().then_some(outcome))
    }

    /// Embeds the library with the new model beside those it has; false when it was cancelled.
    fn embed(&self, tuned: &Embedder) -> Result<bool> {
        let precision = self.config.index.precision;
        let load = |model: &Model| Embedder::load(model, precision, self.threads);
        let mut models = vec![load(&Model::bundled())?];
        for model in in_step(self.library, precision)? {
            if model.name != self.name {
                models.push(load(&model)?);
            }
        }
        models.push(tuned.clone());
        let summary = Indexing {
            library: self.library,
            config: self.config,
            models: &models,
            cancel: &self.steer.cancel,
            progress: self.progress,
            program: crate::pdf::sandbox::own_program().map_err(IndexingError::Program)?,
        }
        .run()?;
        Ok(!summary.cancelled)
    }

    fn put(&self, path: &Path, lines: &[String]) -> Result<()> {
        let text = lines.join("\n") + "\n";
        crate::fsio::write_atomic(path, text.as_bytes()).map_err(|source| TuningError::Write {
            path: path.display().to_string(),
            source,
        })
    }

    /// What a set is made with for a tuning: pairs, by rules.
    pub fn set(seed: u64) -> SetSettings {
        SetSettings {
            format: Format::Pairs,
            dev_share: 0.2,
            dev_rows: 400,
            seed,
            ..SetSettings::default()
        }
    }
}

/// `count` of a file's lines at even distances, all where there are fewer.
fn pick(path: &Path, count: usize) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|source| SynthError::Read {
        path: path.display().to_string(),
        source,
    })?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let wanted = count.min(lines.len());
    let at = |i: usize| lines[i * lines.len() / wanted.max(1)].to_owned();
    Ok((0..wanted).map(at).collect())
}
