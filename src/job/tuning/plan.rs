//! How much is learnt in a time: what is left when questions are written, the library is embedded and the model
//! judged, as a short measurement on this machine tells.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::error::{Result, TuningError};
use super::rows::{count, pick, put};
use crate::home::Home;
use crate::job::context::JobContext;
use crate::job::indexing::IndexingError;
use crate::job::models::Embedder;
use crate::job::promotion::rows_apart;
use crate::job::training::{self, Plan, Start};
use crate::model::Model;
use crate::progress::Cancelled;
use crate::store::Store;
use crate::train::event::Event;
use crate::train::settings::Settings;
use crate::train::steer::Steer;

/// Rows that are measured by while it trains, and passages beside theirs: few, for they cost time.
pub const DEV_ROWS: usize = 400;
pub const DEV_OTHERS: usize = 100;
/// Pages of the documents that they are about, at least: questions that one page answers count as one.
pub const DEV_PAGES: usize = 60;
/// Rows learnt from: fewer teach nothing, more add little.
const LEAST: usize = 64;
const MOST: usize = 20_000;
/// Rows from which tuning has gained what can be told from chance; 340 gained nothing (`benches/RESULTS.md`).
const ENOUGH: usize = 900;
/// Epochs at most.
const EPOCHS: usize = 2;
/// Hard negatives of a question: a model that knows filings learns from rows that have them, and forgets by others
/// (`benches/RESULTS.md`).
pub const NEGATIVES: usize = 2;
/// Steps of the measurement, and rows of each: fewer than are learnt from at a time, for it takes a while.
const TRIAL_STEPS: usize = 3;
const TRIAL_BATCH: usize = 16;
/// Passages embedded to measure.
const TRIAL_PASSAGES: usize = 96;
/// Putting a question to the library takes about as long as embedding so many chunks.
const PUTTING: f64 = 1.0;
/// Questions put to the library at least, and for each row that there is time to learn with its hard negatives: some
/// are held out, some are dropped, and few rows may be left of a kind.
const LEAST_PUT: usize = 3000;
const PUT_FOR_A_ROW: f64 = 2.5;
/// Rows with hard negatives that are learnt while a chunk is embedded.
const LEARNT_A_CHUNK: f64 = 0.04;
/// How much longer a passage takes by f32, in which the dev rows are embedded.
const F32: f64 = 2.5;
/// Seconds that judging takes however fast the machine is: opening models and indexes.
const JUDGING: f64 = 10.0;
/// Chunks embedded for judging, by each of two models: questions of other subjects, and the bundled corpus.
/// They are shorter than those of filings.
const OTHER_CHUNKS: f64 = 400.0;
/// Questions asked in judging beside those that are held out.
const OTHER_QUESTIONS: usize = 400;
/// Searches for each: by two models, as people search and in the dense arm.
const SEARCHES: f64 = 4.0;
/// Chunks embedded in the time of a search: of its question, and of looking through each chunk of a library.
const SEARCH: f64 = 0.25;
const SEARCH_A_CHUNK: f64 = 1.5e-5;
/// Share of the time that is kept for what takes longer than expected: before anything is done, and when it is known
/// how fast is learnt. What was not refused at first is not to be refused later.
const RESERVE_AT_FIRST: f64 = 0.15;
const RESERVE: f64 = 0.08;

/// What the library takes here whatever is learnt.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub chunks_per_second: f64,
    /// Seconds for embedding the library; for measuring by the dev rows once, which is done before, between and after
    /// the epochs; and for judging.
    pub embedding: f64,
    pub measuring: f64,
    pub judging: f64,
    chunks: f64,
}

impl Pace {
    /// Of a library of so many chunks.
    fn new(chunks: f64, chunks_per_second: f64) -> Self {
        let out = Self {
            chunks_per_second,
            embedding: chunks / chunks_per_second,
            measuring: 0.0,
            judging: 0.0,
            chunks,
        };
        out.held(DEV_ROWS)
    }

    /// The same with so many questions held out.
    fn held(self, held: usize) -> Self {
        let held = held.min(DEV_ROWS);
        let searches = SEARCHES * (held + OTHER_QUESTIONS) as f64;
        let searching = searches * (SEARCH + SEARCH_A_CHUNK * self.chunks);
        Self {
            measuring: F32 * (held + DEV_OTHERS) as f64 / self.chunks_per_second,
            judging: JUDGING + (2.0 * OTHER_CHUNKS + searching) / self.chunks_per_second,
            ..self
        }
    }

    /// Seconds for all that follows training, and the measurement that ends it.
    fn rest(&self) -> f64 {
        self.embedding + self.measuring + self.judging
    }

    /// Seconds for measuring by the dev rows, before, between and after so many epochs.
    fn all_measuring(&self, epochs: usize) -> f64 {
        self.measuring * (epochs + 1) as f64
    }

    /// When training has to end, for the rest to be done within `budget` of `began`.
    pub fn deadline(&self, began: Instant, budget: Duration) -> Instant {
        began + budget.saturating_sub(Duration::from_secs_f64(self.rest()))
    }

    /// The shortest budget, in seconds.
    fn least(&self) -> f64 {
        // The rules write about a question for each chunk.
        let writing = self
            .embedding
            .min(LEAST_PUT as f64 / self.chunks_per_second)
            * PUTTING;
        let rows = TRIAL_STEPS * TRIAL_BATCH + LEAST;
        let learning = rows as f64 / (self.chunks_per_second * LEARNT_A_CHUNK);
        let all = self.embedding + self.all_measuring(1) + self.judging + writing + learning;
        all / (1.0 - RESERVE_AT_FIRST)
    }
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
    /// Held-out questions that stand apart, by which the model will be judged.
    pub held_apart: usize,
    /// Where more rows would be wanted than there is time for.
    pub wanted: Option<Wanted>,
}

/// Rows that tuning is likely to gain by, and the seconds it takes in all to learn them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Wanted {
    pub rows: usize,
    pub budget: f64,
}

impl Wanted {
    /// What is wanted instead of learning `rows` of at most `most`, with `rest` seconds for all else.
    fn beyond(rows: usize, most: usize, rows_per_second: f64, rest: f64) -> Option<Self> {
        let wanted = most.min(ENOUGH);
        (rows < wanted).then(|| Self {
            rows: wanted,
            budget: budget_for(wanted, rows_per_second, rest),
        })
    }
}

/// Seconds that learning `rows` takes in all, with `rest` seconds for all else.
fn budget_for(rows: usize, rows_per_second: f64, rest: f64) -> f64 {
    (rest + rows as f64 / rows_per_second) / (1.0 - RESERVE)
}

impl Planned {
    /// Seconds in all.
    pub fn total(&self) -> f64 {
        self.spent + self.training + self.embedding + self.judging
    }
}

/// What is measured with, and for what.
pub struct Planner<'a> {
    pub context: &'a JobContext,
    /// A folder for trials.
    pub work: &'a Path,
    pub seed: u64,
    pub budget: Duration,
    pub began: Instant,
}

impl Planner<'_> {
    /// Measures what embedding the library and judging take here.
    pub fn measure(&self, serving: &Embedder) -> Result<Pace> {
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
        Ok(Pace::new(chunks as f64, chunks_per_second))
    }

    /// Questions that are worth putting to the library, for what can be learnt in the time.
    pub fn drafts(&self, pace: &Pace) -> usize {
        let rest = pace.embedding + pace.all_measuring(1) + pace.judging;
        let left = self.budget.as_secs_f64() * (1.0 - RESERVE) - rest;
        let rows = left.max(0.0) * pace.chunks_per_second * LEARNT_A_CHUNK;
        LEAST_PUT.max((rows * PUT_FOR_A_ROW) as usize)
    }

    /// Refuses a budget that is too short for what follows training.
    pub fn check_rest(&self, pace: &Pace) -> Result<()> {
        let (needed, budget) = (pace.rest(), self.budget.as_secs_f64());
        if budget < needed {
            return Err(TuningError::Budget { budget, needed });
        }
        Ok(())
    }

    /// Refuses a budget that is too short even for writing questions, learning the least that is learnt, embedding and
    /// judging: before any of it is begun.
    pub fn check(&self, pace: &Pace) -> Result<()> {
        let (needed, budget) = (pace.least(), self.budget.as_secs_f64());
        if budget < needed {
            return Err(TuningError::Budget { budget, needed });
        }
        Ok(())
    }

    /// Measures how fast is learnt, and decides how much.
    pub fn plan(&self, base: &Model, pace: &Pace, train: &Path) -> Result<Planned> {
        let held = count(&train.with_file_name("dev.jsonl")).unwrap_or(DEV_ROWS);
        let pace = pace.held(held);
        let Pace {
            chunks_per_second,
            embedding,
            judging,
            ..
        } = pace;
        let budget = self.budget.as_secs_f64();
        let questions = count(train)?;
        if questions < LEAST {
            return Err(TuningError::TooFew(questions));
        }
        let most = questions.min(MOST);
        let rows_per_second = self.trial(base, train)?;
        let spent = self.began.elapsed().as_secs_f64();
        let rest = spent + embedding + pace.all_measuring(1) + judging;
        let left = budget * (1.0 - RESERVE) - rest;
        let mut within = (left.max(0.0) * rows_per_second) as usize;
        if within < LEAST && rest + LEAST as f64 / rows_per_second <= budget {
            // What was kept in reserve is needed.
            within = LEAST;
        }
        let rows = within.min(most);
        if rows < LEAST {
            let needed = budget_for(LEAST, rows_per_second, rest);
            return Err(TuningError::Budget { budget, needed });
        }
        // A further epoch is measured as well.
        let spare = within as f64 - pace.measuring * rows_per_second;
        let epochs = (spare as usize / rows.max(1)).clamp(1, EPOCHS);
        Ok(Planned {
            questions,
            rows,
            epochs,
            rows_per_second,
            chunks_per_second,
            training: (rows * epochs) as f64 / rows_per_second + pace.all_measuring(epochs),
            embedding,
            judging,
            spent,
            held_apart: self.held_apart(train)?,
            wanted: Wanted::beyond(rows, most, rows_per_second, rest),
        })
    }

    /// Questions of the set of these rows that are held out and stand apart.
    fn held_apart(&self, train: &Path) -> Result<usize> {
        let library = &self.context.library;
        let documents = Store::open(&library.folder, &library.home)?.documents()?;
        let held = train.with_file_name("dev.jsonl");
        Ok(rows_apart(&held, &documents).unwrap_or(0))
    }

    /// Rows trained on a second, by some steps that are forgotten.
    fn trial(&self, base: &Model, train: &Path) -> Result<f64> {
        let data = self.work.join("trial.jsonl");
        put(&data, &pick(train, TRIAL_STEPS * TRIAL_BATCH, self.seed)?)?;
        let start = Start::read(base.clone(), &data)?;
        let settings = Settings {
            max_steps: TRIAL_STEPS,
            epochs: TRIAL_STEPS,
            batch: TRIAL_BATCH,
            ..settings(&start, self.context.threads)
        };
        let home = Home::at(self.work.join("home"));
        let plan = Plan {
            name: "trial".to_owned(),
            dev: None,
            dev_share: 0.0,
            settings,
            restart: true,
        };
        let run = training::begin(&home, &start, plan)?;
        // The first step takes longer: memory is fetched and the CPU's clock rises.
        let (mut first, mut last) = (None, None);
        let steer = Steer::from(&self.context.cancel);
        training::train(&home, run, &[], &steer, &mut |event| {
            if let Event::Step {
                seconds,
                examples_per_second,
                ..
            } = event
            {
                // Batches may be smaller than wanted: passages of one page are not set against each other.
                last = Some((seconds * examples_per_second, *seconds));
                first = first.or(last);
            }
        })?;
        let ((before, began), (rows, ended)) = first.zip(last).unwrap_or_default();
        Ok(match ended > began {
            true => (rows - before) / (ended - began),
            // One step was all.
            false => rows / ended.max(1e-6),
        })
    }
}

/// How is learnt, besides how much. The table of words stays as it is: what few rows say of a word is no reason to move
/// it away from those that no row has, and it need not be kept twice.
pub fn settings(start: &Start, threads: usize) -> Settings {
    Settings {
        freeze_embeddings: true,
        ..start.settings(threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_that_a_refusal_names_would_do() {
        for chunks in [400.0, 24_000.0] {
            for chunks_per_second in [5.0, 40.0, 200.0] {
                let pace = Pace::new(chunks, chunks_per_second);
                let budget = pace.least();
                // What the rest came to, where nothing was faster or slower than it was expected.
                let writing = chunks.min(LEAST_PUT as f64) / chunks_per_second * PUTTING;
                let rows_per_second = chunks_per_second * LEARNT_A_CHUNK;
                let trial = (TRIAL_STEPS * TRIAL_BATCH) as f64 / rows_per_second;
                let rest = pace.embedding + pace.all_measuring(1) + pace.judging + writing + trial;
                assert!(budget_for(LEAST, rows_per_second, rest) <= budget);
            }
        }
    }

    #[test]
    fn few_rows_are_said_with_the_time_that_more_would_take() {
        // 340 rows of 1,993 at 1.4 a second, 13 minutes for all else.
        let wanted = Wanted::beyond(340, 1993, 1.4, 780.0).unwrap();
        assert_eq!(wanted.rows, ENOUGH);
        assert_eq!(wanted.budget.round(), 1547.0);
        // Enough, or all that the library has.
        assert_eq!(Wanted::beyond(ENOUGH, 1993, 1.4, 780.0), None);
        assert_eq!(Wanted::beyond(200, 200, 1.4, 780.0), None);
        let wanted = Wanted::beyond(100, 200, 1.0, 720.0).unwrap();
        assert_eq!((wanted.rows, wanted.budget), (200, 1000.0));
    }
}
