//! `tenk train`: fine-tune a model, or go on with a run that was stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::args::{LossArgs, MemoryArgs, StepArgs, TrainArgs};
use super::index::Sink;
use super::remedy::{options, refuse};
use super::{Ended, Reading, Session, output};
use crate::config::Library;
use crate::job::pins;
use crate::job::training::{self, Outcome, Plan, Start};
use crate::progress::Silent;
use crate::synth::set;
use crate::train::event::{Event, Figures};
use crate::train::run::Run;
use crate::train::settings::Settings;
use crate::train::steer::Steer;
use crate::train::trainer::peak_memory;
use crate::units::{count, span, thousands};

/// A loss that is shown as nothing.
const NOTHING: f64 = 0.00005;

pub fn run(session: &Session, args: &TrainArgs) -> anyhow::Result<Ended> {
    let library = session.library_to_write(None)?;
    library.create_home()?;
    session.follow_orders(&library);
    let run = match (&args.resume, &args.data) {
        (Some(name), _) => {
            let name = Some(name.as_str()).filter(|name| !name.is_empty());
            training::resume(&library.home, name)?
        }
        (None, Some(data)) => begin(session, &library, args, data)?,
        (None, None) => unreachable!("clap asks for --data or --resume"),
    };
    let name = run.about.name.clone();
    note!("run {name}: {}", run.folder.display());
    let mut shown = Shown::new(session);
    let pinned = pins::prepare(&session.job(&library, Arc::new(Silent)))?;
    let outcome = training::train(
        &library.home,
        run,
        &pinned,
        &Steer::from(&session.cancel),
        &mut |event| {
            shown.show(event);
        },
    );
    shown.sink.finish();
    let outcome = super::note_interruption(outcome, || {
        let at = options(&session.global);
        match session.global.background {
            true => "stopped with a checkpoint".to_owned(),
            false => {
                format!("stopped with a checkpoint; tenk train --resume={name}{at} goes on there")
            }
        }
    })?;
    conclude(session, &name, &outcome)?;
    Ok(Ended::Done)
}

fn begin(
    session: &Session,
    library: &Library,
    args: &TrainArgs,
    data: &Path,
) -> anyhow::Result<Run> {
    super::check_dev_share(args.dev_share)?;
    let base = session.model(&args.model, Some(library))?;
    let (data, dev) = &files(library, data, args.dev.as_deref())?;
    let reading = Reading::begin(&session.cancel)?;
    let start = Start::read(base, data)?;
    drop(reading);
    let mut settings = start.settings(session.threads());
    let format = start.dataset.format();
    let by_default = settings.loss;
    change_loss(&mut settings, &args.loss);
    change_steps(&mut settings, &args.steps);
    change_memory(&mut settings, &args.memory);
    let why = match args.loss.loss {
        None => format!(" (the default for {})", format.as_str()),
        Some(loss) if loss == by_default => String::new(),
        Some(_) => format!(" (the default would be {})", by_default.as_str()),
    };
    note!(
        "{} {} from {}; loss {}{why}; {}",
        thousands(start.dataset.len() as u64),
        format.as_str(),
        data.display(),
        settings.loss.as_str(),
        if settings.prompt.is_empty() {
            "no prompt before anchors".to_owned()
        } else {
            format!("before anchors {:?}", settings.prompt)
        }
    );
    let named = args.data.as_deref().and_then(Path::file_stem);
    let name = match (&args.name, named) {
        (Some(name), _) => name.clone(),
        (None, Some(stem)) => stem.to_string_lossy().replace([' ', '@'], "-"),
        (None, None) => {
            return Err(refuse(
                format!("{} has no name", data.display()),
                "name the model with --name",
            ));
        }
    };
    let plan = Plan {
        name,
        dev: dev.clone(),
        dev_share: args.dev_share,
        settings,
        restart: args.restart,
    };
    training::begin(&library.home, &start, plan)
        .with_context(|| format!("{} is not trained on", data.display()))
}

/// The files to learn from and to measure by: those named, or those of the set that is named.
fn files(
    library: &Library,
    data: &Path,
    dev: Option<&Path>,
) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let is_name = data.components().count() == 1 && data.extension().is_none();
    if data.exists() || !is_name {
        return Ok((data.to_owned(), dev.map(Path::to_owned)));
    }
    let folder = set::find(&library.home, &data.to_string_lossy())?;
    let own =
        Some(folder.join("dev.jsonl")).filter(|path| path.metadata().is_ok_and(|m| m.len() > 0));
    Ok((folder.join("train.jsonl"), dev.map(Path::to_owned).or(own)))
}

/// Puts what was named in place of a default.
fn change<T: Clone>(setting: &mut T, named: &Option<T>) {
    if let Some(named) = named {
        setting.clone_from(named);
    }
}

fn change_loss(settings: &mut Settings, args: &LossArgs) {
    if let Some(loss) = args.loss {
        settings.loss = loss;
        settings.margin = loss.margin();
    }
    settings.matryoshka.clone_from(&args.matryoshka);
    settings.matryoshka.sort_unstable_by(|a, b| b.cmp(a));
    settings.matryoshka.dedup();
    change(&mut settings.scale, &args.scale);
    change(&mut settings.distance, &args.distance);
    change(&mut settings.margin, &args.margin);
    change(&mut settings.prompt, &args.prompt);
    settings.symmetric = args.symmetric;
    settings.soft_margin = args.soft_margin;
    if args.no_prompt {
        settings.prompt.clear();
        settings.passage_prompt.clear();
    }
}

fn change_steps(settings: &mut Settings, args: &StepArgs) {
    change(&mut settings.epochs, &args.epochs);
    change(&mut settings.max_steps, &args.max_steps);
    change(&mut settings.batch, &args.batch);
    change(&mut settings.gradient_accumulation_steps, &args.accumulate);
    change(&mut settings.learning_rate, &args.rate);
    change(&mut settings.schedule, &args.schedule);
    change(&mut settings.warmup, &args.warmup);
    change(&mut settings.weight_decay, &args.weight_decay);
    change(&mut settings.max_grad_norm, &args.clip);
    change(&mut settings.dropout, &args.dropout);
    change(&mut settings.max_tokens, &args.max_tokens);
    change(&mut settings.seed, &args.seed);
    change(&mut settings.eval_every, &args.eval_every);
    change(&mut settings.patience, &args.patience);
    change(&mut settings.checkpoint_every, &args.checkpoint_every);
}

fn change_memory(settings: &mut Settings, args: &MemoryArgs) {
    change(&mut settings.tape_mb, &args.tape_mb);
    change(&mut settings.frozen_layers, &args.freeze_layers);
    settings.checkpointing = args.checkpointing;
    settings.freeze_embeddings = args.freeze_embeddings;
}

/// A run's events, as lines of JSON on stdout or as progress on stderr.
struct Shown {
    json: bool,
    sink: Sink,
    /// The figure of what it began with, where that was measured in this run and not before it was resumed; and the
    /// last one.
    base: Option<f64>,
    last: Option<f64>,
}

impl Shown {
    fn new(session: &Session) -> Self {
        Self {
            json: session.global.json,
            sink: Sink::of(session),
            base: None,
            last: None,
        }
    }

    fn show(&mut self, event: &Event) {
        if self.json {
            // Who closed stdout does not want to know.
            let _ = output::json(event);
        }
        match event {
            Event::Began {
                step,
                steps,
                examples,
                dev_examples,
                tokens,
                ..
            } => {
                let goes_on = match step {
                    0 => String::new(),
                    step => format!(", on from step {step}"),
                };
                self.sink.say(&format!(
                    "{} of {tokens:.0} tokens on the mean, {} held out to measure by; {}{goes_on}",
                    count(*examples as u64, "row"),
                    thousands(*dev_examples as u64),
                    count(*steps as u64, "step")
                ));
            }
            Event::Step {
                step,
                steps,
                loss,
                rate,
                examples_per_second,
                seconds_left,
                ..
            } => {
                if *step == 1 && *loss < NOTHING {
                    self.sink.say(
                        "warning: the loss is 0.0000 from the first step: these rows teach the model nothing it lacks",
                    );
                }
                let last = self.last.map(|last| format!(" · dev {last:.4}"));
                let base = self.base.map(|base| format!(" (base {base:.4})"));
                let figure = last.unwrap_or_default() + &base.unwrap_or_default();
                let line = format!(
                    "loss {loss:.4} · rate {rate:.1e} · {examples_per_second:.1} rows/s · {} left{figure}",
                    span(*seconds_left)
                );
                self.sink.show(*step, *steps, line, step == steps);
            }
            Event::Evaluated {
                step,
                figure,
                value,
                best,
                ..
            } => {
                if *step == 0 {
                    self.base = Some(*value);
                }
                self.last = Some(*value);
                let what = match (step, best) {
                    (0, _) => "the base".to_owned(),
                    (step, true) => format!("step {step}, the best so far"),
                    (step, false) => format!("step {step}"),
                };
                self.sink.say(&format!("{figure} {value:.4}: {what}"));
            }
            Event::Pinned { ranks, .. } => {
                for (question, rank) in ranks {
                    self.sink.say(&format!("rank {rank}: {question}"));
                }
            }
            Event::Saved { .. } => {}
            Event::Ended { seconds, .. } => {
                let memory = peak_memory().map_or(String::new(), |mb| {
                    format!(", {} MiB of memory at the most", thousands(mb))
                });
                self.sink
                    .say(&format!("{} of training{memory}", span(*seconds)));
            }
        }
    }
}

/// Says what came out.
fn conclude(session: &Session, name: &str, outcome: &Outcome) -> anyhow::Result<()> {
    if session.global.json {
        let path = outcome.model.path();
        let figures = |pick: fn((&Figures, &Figures)) -> Figures| outcome.compared().map(pick);
        return output::json(&serde_json::json!({
            "model": name,
            "path": path,
            "step": outcome.step,
            "base": figures(|(base, _)| base.clone()),
            "tuned": figures(|(_, tuned)| tuned.clone()),
        }));
    }
    if let Some((base, tuned)) = outcome.compared() {
        output::line(&format!(
            "{:>5}  {:<18} {:>7} {:>7}",
            "dim", "on the dev rows", "base", "tuned"
        ))?;
        for (dim, figures) in base.iter().rev() {
            for (figure, before) in figures {
                let after = tuned.get(dim).and_then(|figures| figures.get(figure));
                let after = after.copied().unwrap_or(f64::NAN);
                output::line(&format!(
                    "{dim:>5}  {figure:<18} {before:>7.4} {after:>7.4}"
                ))?;
            }
        }
        if is_worse(base, tuned) {
            note!(
                "warning: no step was better than the base by the dev figure; more rows, a lower --rate \
                 or fewer --epochs may help"
            );
        }
    }
    output::line(&format!("model {name}, of step {}", outcome.step))?;
    let at = options(&session.global);
    note!("use it:  tenk index --model {name}{at} && tenk search --model {name}{at} \"…\"");
    note!("take it: tenk models export {name} FOLDER{at}");
    Ok(())
}

/// By the first figure of the largest dimension.
fn is_worse(base: &Figures, tuned: &Figures) -> bool {
    let first = |figures: &Figures| {
        let largest = figures.values().next_back()?;
        largest.get("ndcg@10").or(largest.values().next()).copied()
    };
    first(tuned) <= first(base)
}
