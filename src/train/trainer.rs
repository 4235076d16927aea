//! The trainer: the loop over steps.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::checkpoint::{self, State};
use super::dev::Dev;
use super::event::{Event, Figures, Reason};
use super::loss::{Batch, Loss, normalize_backward, normalize_rows};
use super::material::Material;
use super::optimizer::{self, AdamW};
use super::pin::Pins;
use super::run::Run;
use super::steer::Steer;
use super::{Result, Settings, TrainError, sampler};
use crate::encoder::bert::{Gradients, Layout, TrainableBert, Workers};
use crate::fsio;
use crate::progress::CancelToken;

/// How far apart checkpoints are unless their steps are set.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
/// Steps over which the rate is averaged.
const RATE_OVER: usize = 20;

/// How a run ended, and what came out of it.
pub struct Ended {
    pub reason: Reason,
    /// The parameters of the best step, or of the last where nothing was evaluated.
    pub values: Vec<f32>,
    /// The step they are of.
    pub step: usize,
    /// Figures of the base and of each evaluated step.
    pub figures: Vec<(usize, Figures)>,
}

/// Where events go, besides the run's own file.
pub type Sink<'a> = &'a mut dyn FnMut(&Event);

/// A model in training.
pub struct Trainer<'a> {
    settings: &'a Settings,
    bert: TrainableBert,
    material: &'a Material,
    dev: Option<&'a Dev>,
    pins: Option<Pins>,
    loss: Box<dyn Loss>,
    optimizer: AdamW,
    workers: Workers,
    gradients: Gradients,
    /// Batches of each epoch, and the step before which it begins.
    epochs: Vec<usize>,
    state: State,
    figures: Vec<(usize, Figures)>,
    /// The step at which it was last measured.
    measured: Option<usize>,
}

/// What a step showed.
struct Taken {
    loss: f64,
    norm: f64,
    rate: f32,
    examples: usize,
}

impl<'a> Trainer<'a> {
    /// `bert` is the model to start from; its options are set by `settings`.
    pub fn new(
        settings: &'a Settings,
        mut bert: TrainableBert,
        material: &'a Material,
        dev: Option<&'a Dev>,
    ) -> Self {
        bert.options = settings.options();
        let (optimizer, gradients) = (
            AdamW::new(bert.layout(), settings.weight_decay),
            Gradients::new(bert.layout()),
        );
        let workers = Workers::new(&bert, settings.threads, settings.tape_mb << 20);
        let mut out = Self {
            settings,
            bert,
            material,
            dev,
            pins: None,
            loss: settings.loss(),
            optimizer,
            workers,
            gradients,
            epochs: Vec::new(),
            state: State::default(),
            figures: Vec::new(),
            measured: None,
        };
        let steps = |epoch: usize| {
            out.batches(epoch)
                .len()
                .div_ceil(settings.gradient_accumulation_steps)
        };
        out.epochs = (0..settings.epochs).map(steps).collect();
        out
    }

    fn batches(&self, epoch: usize) -> Vec<Vec<usize>> {
        sampler::epoch(
            self.material,
            self.settings.batch,
            self.settings.seed,
            epoch,
        )
    }

    /// Follows pinned questions: where what answers them stands is told at each evaluation.
    pub fn follow(&mut self, pins: Pins) {
        self.pins = Some(pins).filter(|pins| !pins.is_empty());
    }

    /// Where each parameter lies.
    pub fn layout(&self) -> Arc<Layout> {
        self.bert.layout().clone()
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        let all = self.epochs.iter().sum();
        match self.settings.max_steps {
            0 => all,
            most => most.min(all),
        }
    }

    /// Goes on where the run's checkpoint stands, if it has one.
    pub fn resume(&mut self, run: &mut Run) -> Result<()> {
        let layout = self.bert.layout().clone();
        let found = checkpoint::read(&run.checkpoint(), layout.len())?;
        run.rewind(found.as_ref().map_or(0, |found| found.state.step))?;
        for event in run.events()? {
            match event {
                Event::Evaluated { step, figures, .. } => {
                    self.figures.push((step, figures));
                    self.measured = Some(step);
                }
                Event::Pinned { step, .. } if self.dev.is_none() => self.measured = Some(step),
                _ => {}
            }
        }
        let Some(found) = found else {
            return Ok(());
        };
        let threads = self.settings.threads;
        self.bert
            .update(threads, |values| values.copy_from_slice(&found.values));
        self.optimizer = AdamW::resume(
            &layout,
            self.settings.weight_decay,
            found.state.step as u64,
            found.first,
            found.second,
        );
        self.state = found.state;
        Ok(())
    }

    /// Trains to the end, or until it is cancelled or can go on no more.
    pub fn run(mut self, run: &mut Run, steer: &Steer, sink: Sink<'_>) -> Result<Ended> {
        let cancel = &steer.cancel;
        let mut tell = |run: &mut Run, event: Event| -> Result<()> {
            run.record(&event)?;
            sink(&event);
            Ok(())
        };
        let (before, began) = (self.state.seconds, Instant::now());
        tell(run, self.began(run))?;
        let (mut saved, mut saved_at) = (Instant::now(), self.state.step);
        let mut recent: VecDeque<(Instant, usize)> = VecDeque::from([(began, 0)]);
        let steps = self.steps();
        let (mut epoch, mut batches) = (usize::MAX, Vec::new());
        let reason = loop {
            let step = self.state.step;
            let finishes = steer.should_finish() && step > 0;
            let measures = (finishes || self.measures_at(step)) && self.measured != Some(step);
            if measures {
                // Not measured, it is put away as it is, and measured when it goes on.
                match self.evaluate(run, cancel, &mut tell) {
                    Err(TrainError::Cancelled(_)) => break Reason::Interrupted,
                    evaluated => evaluated?,
                }
                recent = VecDeque::from([(Instant::now(), 0)]);
            }
            let saves = match self.settings.checkpoint_every {
                0 => measures || saved.elapsed() > CHECKPOINT_EVERY,
                every => step.is_multiple_of(every),
            };
            if saves && step > saved_at && step < steps {
                self.save(run, &mut tell)?;
                (saved, saved_at) = (Instant::now(), step);
            }
            if step >= steps {
                break Reason::Done;
            }
            if self.settings.patience > 0 && self.state.without_gain >= self.settings.patience {
                break Reason::NoGain;
            }
            if cancel.is_cancelled() {
                break Reason::Interrupted;
            }
            if finishes {
                break Reason::Stopped;
            }
            let (now, at) = self.place(self.state.step);
            if now != epoch {
                (epoch, batches) = (now, self.batches(now));
            }
            let accumulate = self.settings.gradient_accumulation_steps;
            let own = &batches[at * accumulate..((at + 1) * accumulate).min(batches.len())];
            let taken = match self.step(own, steps) {
                Ok(taken) => taken,
                Err(error) => {
                    tell(run, self.ended(Reason::NotFinite))?;
                    return Err(error);
                }
            };
            self.state.step += 1;
            self.state.seconds = before + began.elapsed().as_secs_f64();
            recent.push_back((Instant::now(), taken.examples));
            tell(run, self.stepped(taken, epoch, &mut recent, steer.left()))?;
        };
        // Also at the end: what the run made is not put away yet.
        self.save(run, &mut tell)?;
        self.end(run, reason, &mut tell)
    }

    /// Whether the model is measured after `step` steps: before the first, at the end of each epoch
    /// or as often as the settings say, and after the last.
    fn measures_at(&self, step: usize) -> bool {
        let is_due = match self.settings.eval_every {
            0 => self.place(step).1 == 0,
            every => step.is_multiple_of(every),
        };
        is_due || step == self.steps()
    }

    /// The epoch of a step, and its number in there.
    fn place(&self, step: usize) -> (usize, usize) {
        let mut at = step;
        for (epoch, steps) in self.epochs.iter().enumerate() {
            if at < *steps {
                return (epoch, at);
            }
            at -= steps;
        }
        (self.epochs.len(), 0)
    }

    /// Takes one step over `batches`.
    fn step(&mut self, batches: &[Vec<usize>], steps: usize) -> Result<Taken> {
        let settings = self.settings;
        let warmup = (steps as f32 * settings.warmup).round() as usize;
        let rate =
            settings.learning_rate * settings.schedule.factor(self.state.step, steps, warmup);
        self.gradients.clear();
        let mut loss = 0.0;
        for (i, batch) in batches.iter().enumerate() {
            let seed = (self.state.step * settings.gradient_accumulation_steps + i) as u32;
            loss += self.add_batch(batch, seed) / batches.len() as f64;
        }
        let scale = 1.0 / batches.len() as f32;
        let layout = self.bert.layout();
        let norm = optimizer::norm(layout, &self.gradients) * f64::from(scale);
        for (what, number) in [("loss", loss), ("gradient", norm)] {
            if !number.is_finite() {
                let step = self.state.step + 1;
                return Err(TrainError::NotFinite { step, what, rate });
            }
        }
        let clip = f64::from(settings.max_grad_norm);
        let clipping = if clip > 0.0 && norm > clip {
            (clip / norm) as f32
        } else {
            1.0
        };
        let scale = scale * clipping;
        let threads = settings.threads;
        self.optimizer
            .step(&mut self.bert, &self.gradients, scale, rate, threads);
        Ok(Taken {
            loss,
            norm,
            rate,
            examples: batches.iter().map(Vec::len).sum(),
        })
    }

    /// Adds the gradients of one batch, and returns its loss.
    fn add_batch(&mut self, examples: &[usize], seed: u32) -> f64 {
        let (texts, groups) = self.material.batch(examples);
        let dim = self.bert.dim();
        let seed = seed ^ (self.settings.seed as u32).rotate_left(16);
        let mut rows = self.workers.forward(&self.bert, &texts, seed);
        let lengths = normalize_rows(&mut rows, dim);
        let mut d = vec![0.0; rows.len()];
        let batch = Batch {
            embeddings: &rows,
            dim,
            groups: &groups,
        };
        let value = self.loss.add_gradient(batch, &mut d);
        normalize_backward(&rows, &lengths, dim, &mut d);
        self.workers.backward(&self.bert, &d, &mut self.gradients);
        value
    }

    /// Measures the model as it is.
    fn evaluate(
        &mut self,
        run: &mut Run,
        cancel: &CancelToken,
        tell: &mut impl FnMut(&mut Run, Event) -> Result<()>,
    ) -> Result<()> {
        cancel.check()?;
        let (step, dims) = (self.state.step, self.settings.dims(self.bert.dim()));
        let figures = match self.dev {
            Some(dev) => {
                let figures = dev.figures(&self.bert, &mut self.workers, &dims, cancel)?;
                Some((dev.figure(), figures))
            }
            None => None,
        };
        self.measured = Some(step);
        if let Some(pins) = &self.pins {
            let ranks = pins.ranks(&self.bert, &mut self.workers);
            tell(run, Event::Pinned { step, ranks })?;
        }
        let Some((figure, figures)) = figures else {
            return Ok(());
        };
        let value = figures[&dims[0]][figure];
        // The base's own figure is what the steps are compared with, not one of them.
        let best = step > 0 && self.state.best.is_none_or(|(_, best)| value > best);
        if best {
            self.state.best = Some((step, value));
            self.state.without_gain = 0;
            let file = self.bert.layout().write(self.bert.values())?;
            let path = run.best();
            fsio::write_atomic(&path, &file).map_err(|source| TrainError::Write {
                path: path.display().to_string(),
                source,
            })?;
        } else {
            self.state.without_gain += usize::from(step > 0);
        }
        self.figures.push((step, figures.clone()));
        let event = Event::Evaluated {
            step,
            figure: figure.to_owned(),
            value,
            best,
            figures,
        };
        tell(run, event)
    }

    fn save(
        &mut self,
        run: &mut Run,
        tell: &mut impl FnMut(&mut Run, Event) -> Result<()>,
    ) -> Result<()> {
        let moments = [&self.optimizer.first[..], &self.optimizer.second];
        let vectors = [self.bert.values(), moments[0], moments[1]];
        checkpoint::write(&run.checkpoint(), &self.state, vectors)?;
        let step = self.state.step;
        tell(run, Event::Saved { step })
    }

    fn end(
        self,
        run: &mut Run,
        reason: Reason,
        tell: &mut impl FnMut(&mut Run, Event) -> Result<()>,
    ) -> Result<Ended> {
        tell(run, self.ended(reason))?;
        let step = self.state.best.map_or(self.state.step, |(step, _)| step);
        let values = if step == self.state.step || reason == Reason::Interrupted {
            self.bert.values().to_vec()
        } else {
            let path = run.best();
            let file = std::fs::read(&path).map_err(|source| TrainError::Read {
                path: path.display().to_string(),
                source,
            })?;
            self.bert.layout().read(&file.into())?
        };
        Ok(Ended {
            reason,
            values,
            step,
            figures: self.figures,
        })
    }

    fn began(&self, run: &Run) -> Event {
        let all = 0..self.material.len();
        let tokens: usize = all.map(|e| self.material.tokens(e)).sum();
        Event::Began {
            run: run.about.name.clone(),
            step: self.state.step,
            steps: self.steps(),
            examples: self.material.len(),
            dev_examples: self.dev.map_or(0, Dev::len),
            tokens: tokens as f64 / self.material.len().max(1) as f64,
        }
    }

    fn stepped(
        &self,
        taken: Taken,
        epoch: usize,
        recent: &mut VecDeque<(Instant, usize)>,
        left: Option<Duration>,
    ) -> Event {
        while recent.len() > RATE_OVER + 1 {
            recent.pop_front();
        }
        let spent = recent[0].0.elapsed().as_secs_f64().max(1e-6);
        let examples: usize = recent.iter().skip(1).map(|(_, n)| n).sum();
        let (step, steps) = (self.state.step, self.steps());
        let needed = spent / (recent.len() - 1).max(1) as f64 * (steps - step) as f64;
        Event::Step {
            step,
            steps,
            epoch: epoch + 1,
            loss: taken.loss,
            rate: taken.rate,
            norm: taken.norm,
            examples_per_second: examples as f64 / spent,
            seconds: self.state.seconds,
            seconds_left: left.map_or(needed, |left| needed.min(left.as_secs_f64())),
            peak_mb: peak_memory(),
        }
    }

    fn ended(&self, reason: Reason) -> Event {
        Event::Ended {
            step: self.state.step,
            reason,
            seconds: self.state.seconds,
            peak_mb: peak_memory(),
        }
    }
}

/// The most memory that this process had, in MiB, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
#[path = "trainer_tests.rs"]
mod tests;
