//! Tuning: the whole loop in one job and within a time. Questions are written from the library,
//! a model learns them, the library is embedded with it, and it is judged.
//!
//! How much is learnt follows from a short measurement on this machine: the time that is left after
//! all else is what training gets.

mod error;
mod plan;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use error::{Result, TuningError};
pub use plan::Planned;
pub use rows::LEARNT;

use super::context::JobContext;
use super::indexing::Indexing;
use super::models::{Embedder, in_step, load_sound};
use super::pins;
use super::promotion::Promotion;
use super::synthesis::Synthesis;
use super::training::{self, Outcome, Plan, Start};
use super::verdict::Verdict;
use crate::dataset::Format;
use crate::fsio::{Lock, LockError};
use crate::home::Home;
use crate::model::Model;
use crate::synth::negative::Mining;
use crate::synth::set::{self, Settings as SetSettings};
use crate::train::event::Event;
use crate::train::run::{self, About, Run};
use crate::train::settings::Settings;
use crate::train::steer::Steer;
use plan::{DEV_OTHERS, DEV_PAGES, DEV_ROWS, NEGATIVES, Planner, settings};
use rows::{mixed, pick, put};

/// Said where another process tunes, so that no second one is begun.
pub const TUNED_ELSEWHERE: &str = "another tenk is tuning a model of this library";

/// What is to be done.
pub struct Tuning<'a> {
    pub context: &'a JobContext,
    pub name: &'a str,
    pub budget: Duration,
    pub set: &'a SetSettings,
    /// A folder for what is measured in; the caller removes it.
    pub work: &'a Path,
}

/// What happens on the way.
#[derive(Debug)]
pub enum Stage<'a> {
    Measuring,
    Planned(&'a Planned),
    Training(&'a Event),
    Embedding,
    Judging {
        what: &'a str,
        done: usize,
        of: usize,
    },
}

/// What came out.
#[derive(Debug)]
pub struct Tuned {
    /// None where it goes on with what was planned before.
    pub planned: Option<Planned>,
    /// The step that the model is of; none where it was trained before.
    pub step: Option<usize>,
    pub verdict: Verdict,
    pub seconds: f64,
}

/// True where the run began as a part of a tuning.
pub fn is_part(about: &About) -> bool {
    about.data.path.ends_with(LEARNT)
}

/// The tuning that was begun last and got as far as training: the name of its run.
pub fn last(home: &Home) -> Option<String> {
    let mut begun = run::list(home).into_iter().rev().map(|(about, _)| about);
    begun.find(is_part).map(|about| about.name)
}

impl Tuning<'_> {
    /// Does all of it.
    ///
    /// # Errors
    ///
    /// Where a step fails, the budget is too short, or it is cancelled.
    pub fn run(&self, on: &mut dyn FnMut(Stage<'_>)) -> Result<Tuned> {
        let planner = self.planner();
        let _lock = self.lock()?;
        crate::model::check_new(&self.context.library.home, self.name)?;
        on(Stage::Measuring);
        let serving = self.serving()?;
        let pace = planner.measure(&serving)?;
        planner.check(&pace)?;
        let set = self.write_questions(&serving, planner.drafts(&pace))?;
        let train = set.join("train.jsonl");
        let base = Model::filings();
        on(Stage::Measuring);
        let planned = planner.plan(&base, &pace, &train)?;
        on(Stage::Planned(&planned));
        let run = self.begin(base, &set, planned.rows, planned.epochs)?;
        // Whatever was expected: training ends where the rest needs the time that is left.
        let deadline = pace.deadline(planner.began, self.budget);
        let outcome = self.train(run, Some(deadline), on)?;
        let verdict = self.judge(&outcome.model, &serving, on)?;
        Ok(Tuned {
            planned: Some(planned),
            step: Some(outcome.step),
            verdict,
            seconds: planner.began.elapsed().as_secs_f64(),
        })
    }

    /// Goes on with one that was stopped, within a new budget: with its training where that has not ended, and
    /// with all that follows.
    ///
    /// # Errors
    ///
    /// As `run`, and where there is no run of this name.
    pub fn resume(&self, on: &mut dyn FnMut(Stage<'_>)) -> Result<Tuned> {
        let planner = self.planner();
        let _lock = self.lock()?;
        let home = &self.context.library.home;
        let serving = self.serving()?;
        on(Stage::Measuring);
        let pace = planner.measure(&serving)?;
        planner.check_rest(&pace)?;
        let (model, step) = if home.model(self.name).is_dir() {
            (Model::named(home, self.name)?, None)
        } else {
            let run = training::resume(home, Some(self.name))?;
            let deadline = pace.deadline(planner.began, self.budget);
            let outcome = self.train(run, Some(deadline), on)?;
            (outcome.model, Some(outcome.step))
        };
        let verdict = self.judge(&model, &serving, on)?;
        Ok(Tuned {
            planned: None,
            step,
            verdict,
            seconds: planner.began.elapsed().as_secs_f64(),
        })
    }

    /// Has the base learn `rows` questions about the library at most, and no more: how `filings` is made.
    ///
    /// # Errors
    ///
    /// As `run`.
    pub fn make(&self, rows: usize, on: &mut dyn FnMut(Stage<'_>)) -> Result<Outcome> {
        let base = Model::base();
        let set = self.write_questions(&self.context.embedder(&base)?, 0)?;
        let run = self.begin(base, &set, rows, 1)?;
        self.train(run, None, on)
    }

    /// Keeps others from tuning here meanwhile.
    fn lock(&self) -> Result<Lock> {
        let path = self.context.library.home.tuning_lock();
        Lock::acquire(&path).map_err(|error| match error {
            LockError::Held(pid) => TuningError::Running { pid },
            LockError::Io(source) => TuningError::Write {
                path: path.display().to_string(),
                source,
            },
        })
    }

    fn planner(&self) -> Planner<'_> {
        Planner {
            context: self.context,
            work: self.work,
            seed: self.set.seed,
            budget: self.budget,
            began: Instant::now(),
        }
    }

    fn serving(&self) -> Result<Embedder> {
        let base = Model::named(&self.context.library.home, "serving")?;
        Ok(self.context.embedder(&base)?)
    }

    /// Embeds the library with the new model, and measures it.
    fn judge(
        &self,
        model: &Model,
        serving: &Embedder,
        on: &mut dyn FnMut(Stage<'_>),
    ) -> Result<Verdict> {
        on(Stage::Embedding);
        let tuned = self.context.embedder(model)?;
        self.embed(&tuned)?;
        let stages = std::cell::RefCell::new(on);
        let promotion = Promotion {
            context: self.context,
            serving,
            tuned: &tuned,
            name: self.name,
            questions: None,
            work: self.work,
            on: &|what, done, of| (stages.borrow_mut())(Stage::Judging { what, done, of }),
        };
        Ok(promotion.judge()?)
    }

    /// Writes the set, of `drafts` questions at most; its folder.
    fn write_questions(&self, serving: &Embedder, drafts: usize) -> Result<PathBuf> {
        let settings = &SetSettings {
            drafts,
            ..self.set.clone()
        };
        Synthesis {
            context: self.context,
            name: self.name,
            settings,
            encoder: Arc::clone(&serving.encoder),
            generator: None,
        }
        .run()?;
        Ok(set::find(&self.context.library.home, self.name)?)
    }

    /// Puts `rows` rows to learn, `epochs` times, and those to measure by away, and begins the run.
    fn begin(&self, base: Model, set: &Path, rows: usize, epochs: usize) -> Result<Run> {
        let data = set.join(LEARNT);
        let seed = self.set.seed;
        let picked = pick(&set.join("train.jsonl"), rows, seed)?;
        put(&data, &mixed(picked))?;
        let dev = set.join("measured.jsonl");
        let held = pick(&set.join("dev.jsonl"), DEV_ROWS, seed)?;
        let has_dev = !held.is_empty();
        if has_dev {
            put(&dev, &held)?;
        }
        let start = Start::read(base, &data)?;
        let settings = Settings {
            epochs,
            eval_passages: DEV_OTHERS,
            ..settings(&start, self.context.threads)
        };
        let plan = Plan {
            name: self.name.to_owned(),
            dev: has_dev.then_some(dev),
            dev_share: 0.0,
            settings,
            restart: true,
        };
        Ok(training::begin(&self.context.library.home, &start, plan)?)
    }

    fn train(
        &self,
        run: Run,
        deadline: Option<Instant>,
        on: &mut dyn FnMut(Stage<'_>),
    ) -> Result<Outcome> {
        let pinned = pins::prepare(self.context)?;
        let mut steer = Steer::from(&self.context.cancel);
        if let Some(deadline) = deadline {
            steer = steer.until(deadline);
        }
        let home = &self.context.library.home;
        let mut tell = |event: &Event| on(Stage::Training(event));
        Ok(training::train(home, run, &pinned, &steer, &mut tell)?)
    }

    /// Embeds the library with the new model beside those it has.
    fn embed(&self, tuned: &Embedder) -> Result<()> {
        let context = self.context;
        let mut others = in_step(&context.library, context.config.index.precision, &[])?;
        others.retain(|model| model.name != self.name);
        let skipped = |model: &Model, why| tracing::warn!("{} is left out: {why}", model.name);
        let mut models = load_sound(&others, |m| context.embedder(m), skipped)?;
        models.push(tuned.clone());
        let models = &models;
        let summary = Indexing::new(context, models).run()?;
        summary.whole()?;
        Ok(())
    }

    /// What a set is made with for a tuning: by rules, as people search, with few negatives, for they cost time.
    pub fn set(seed: u64) -> SetSettings {
        SetSettings {
            format: Format::Triplets,
            dev_share: 0.25,
            dev_rows: DEV_ROWS,
            dev_pages: DEV_PAGES,
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
