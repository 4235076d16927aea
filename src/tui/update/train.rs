//! The train pane's keys, and what its runs and jobs report.

use super::super::keymap::Action;
use super::super::model::train::Form;
use super::super::model::{JobView, Model, Pane};
use super::{Command, moved};
use crate::job::runs::{RunView, State};
use crate::job::side_by_side::SideBySideRequest;
use crate::job::tuning::{self, TUNED_ELSEWHERE};
use crate::model::free_name;
use crate::train::steer::Order;

/// Opens the form for a new training.
pub fn open_form(model: &mut Model) {
    if model.train.notes.iter().any(|note| note == TUNED_ELSEWHERE) {
        return model.say(format!("{TUNED_ELSEWHERE}: wait until it is done"), true);
    }
    let pane = &mut model.train;
    let taken: Vec<&str> = pane
        .runs
        .iter()
        .map(|run| run.about.name.as_str())
        .collect();
    pane.form = Some(Form::new(&free_name(|name| taken.contains(&name))));
}

/// What is done while the form is open.
pub fn act_in_form(model: &mut Model, action: Action) -> Vec<Command> {
    let sets = model.train.sets.len();
    let Some(form) = &mut model.train.form else {
        return Vec::new();
    };
    match action {
        Action::Back => model.train.form = None,
        Action::Up => form.row = form.row.saturating_sub(1),
        Action::Down => form.row = (form.row + 1).min(form.fields().len() - 1),
        Action::Enter => return submit(model),
        Action::Left if form.input().is_none() => form.turn(-1, sets),
        Action::Right if form.input().is_none() => form.turn(1, sets),
        _ => {}
    }
    Vec::new()
}

/// Starts what the form says; one that cannot be stays open, as it is, with the cursor on what is wrong.
fn submit(model: &mut Model) -> Vec<Command> {
    let sets = &model.train.sets;
    let done = |run: &&RunView| run.state == State::Done;
    let done = model.train.runs.iter().filter(done);
    let taken: Vec<&str> = done.map(|run| run.about.name.as_str()).collect();
    let Some(form) = &model.train.form else {
        return Vec::new();
    };
    if let Some((row, why)) = form.fault(&taken) {
        if let Some(form) = &mut model.train.form {
            form.row = row;
        }
        model.say(why, true);
        return Vec::new();
    }
    let (name, arguments) = (form.name.text.trim().to_owned(), form.arguments(sets));
    let commands = start(model, name, arguments);
    if !commands.is_empty() {
        model.train.form = None;
    }
    commands
}

fn start(model: &mut Model, name: String, arguments: Vec<String>) -> Vec<Command> {
    if model.train.job.as_ref().is_some_and(|job| job.is_running) {
        model.say("a job is running already; it has to end first", true);
        return Vec::new();
    }
    model.train.job = Some(JobView {
        name: name.clone(),
        is_running: true,
        status: "starting".to_owned(),
        ..JobView::default()
    });
    vec![Command::StartJob { name, arguments }]
}

/// What goes on, for which orders are.
struct Going {
    name: String,
    /// A run that trains; else the job that was started here is at something else.
    trains: bool,
    is_paused: bool,
}

impl Going {
    fn order(&self, order: Order) -> Vec<Command> {
        let run = self.trains.then(|| self.name.clone());
        vec![Command::Steer { run, order }]
    }
}

fn going(model: &mut Model) -> Option<Going> {
    let run = model.train.run();
    let run = run.filter(|run| matches!(run.state, State::Running | State::Paused));
    let job = model.train.job.as_ref().filter(|job| job.is_running);
    let run = run.map(|run| Going {
        name: run.about.name.clone(),
        trains: true,
        is_paused: run.state == State::Paused,
    });
    let job = job.map(|job| Going {
        name: job.name.clone(),
        trains: false,
        is_paused: job.order == Order::Pause,
    });
    let going = run.or(job);
    if going.is_none() {
        model.say("nothing goes on that could be paused or stopped", false);
    }
    going
}

/// Pauses what goes on, or has it go on.
pub fn pause(model: &mut Model) -> Vec<Command> {
    let Some(going) = going(model) else {
        return Vec::new();
    };
    let name = &going.name;
    let (order, said) = match going.is_paused {
        true => (Order::Go, format!("{name} goes on")),
        false => (Order::Pause, format!("pausing {name}; Space goes on")),
    };
    model.say(said, false);
    going.order(order)
}

/// Ends what goes on, with a model or at once.
pub fn stop(model: &mut Model, at_once: bool) -> Vec<Command> {
    let Some(going) = going(model) else {
        return Vec::new();
    };
    let name = &going.name;
    let (order, said) = match (going.trains, at_once) {
        (true, true) => (
            Some(Order::Stop),
            "stopping; c resumes from the checkpoint".to_owned(),
        ),
        (true, false) => (
            Some(Order::Finish),
            "finishing after this step, with the best model so far".to_owned(),
        ),
        (false, true) => (
            Some(Order::Stop),
            format!("stopping {name}; what is embedded is kept"),
        ),
        (false, false) => (None, format!("{name} is not training now; S stops it")),
    };
    model.say(said, false);
    order.map_or_else(Vec::new, |order| going.order(order))
}

/// Goes on with a run that was stopped, and with what was to follow it.
pub fn resume(model: &mut Model) -> Vec<Command> {
    let Some(run) = model.train.run() else {
        return Vec::new();
    };
    let name = run.about.name.clone();
    let job = if tuning::is_part(&run.about) {
        "tune"
    } else {
        "train"
    };
    match run.state {
        State::Stopped => {
            let arguments = vec![job.to_owned(), format!("--resume={name}")];
            start(model, name, arguments)
        }
        State::Done => {
            let said = format!("{name} has learnt; P embeds with it, judges it and has it serve");
            model.say(said, false);
            Vec::new()
        }
        State::Running | State::Paused => {
            let said = format!("{name} goes on still; c resumes it once it has stopped");
            model.say(said, false);
            Vec::new()
        }
        State::Failed => {
            model.say(
                format!("{name} failed and cannot go on; n begins another"),
                true,
            );
            Vec::new()
        }
    }
}

/// Has the selected run's model judged, and serve where its figures allow it.
pub fn promote(model: &mut Model) -> Vec<Command> {
    let Some(run) = model.train.run().filter(|run| run.state == State::Done) else {
        model.say("only a run that is done has a model to promote", true);
        return Vec::new();
    };
    let name = run.about.name.clone();
    let arguments = ["models".to_owned(), "promote".to_owned(), name.clone()];
    start(model, name, arguments.to_vec())
}

/// Has the model serve again that did before.
pub fn roll_back(model: &mut Model) -> Vec<Command> {
    let arguments = ["models".to_owned(), "rollback".to_owned()];
    start(model, ROLLBACK.to_owned(), arguments.to_vec())
}

/// What going back is called among the jobs.
pub const ROLLBACK: &str = "rollback";

/// Lays the selected run's curves under those that are selected next, or takes them away.
pub fn overlay(model: &mut Model) {
    let pane = &mut model.train;
    pane.overlay = match (&pane.overlay, pane.run()) {
        (Some(_), _) => None,
        (None, run) => run.map(|run| run.about.name.clone()),
    };
}

pub fn step(model: &mut Model, by: isize) {
    let pane = &mut model.train;
    pane.selected = moved(pane.selected, by, pane.runs.len());
}

/// What a job of its own process reports.
#[derive(Debug)]
pub enum Report {
    Runs {
        runs: Vec<RunView>,
        sets: Vec<String>,
        serving: Option<String>,
        notes: Vec<String>,
    },
    /// None where the last one is history.
    Job(Option<JobView>),
}

pub fn reported(model: &mut Model, report: Report) -> Vec<Command> {
    match report {
        Report::Runs {
            runs,
            sets,
            serving,
            notes,
        } => {
            let changed = model.train.serving != serving;
            let done = |runs: &[RunView]| runs.iter().filter(|r| r.state == State::Done).count();
            let is_more = done(&runs) > done(&model.train.runs);
            model.train.take(runs);
            model.train.sets = sets;
            model.train.notes = notes;
            model.train.serving = serving;
            let mut commands = Vec::new();
            if changed {
                commands.push(Command::Refresh);
            }
            if changed || is_more {
                commands.extend(refreshed(model));
            }
            commands
        }
        Report::Job(job) => {
            let was_running = model.train.job.as_ref().is_some_and(|job| job.is_running);
            let ended = was_running && job.as_ref().is_none_or(|job| !job.is_running);
            if let Some(job) = job.as_ref().filter(|_| ended) {
                let failed = job.status.starts_with("error");
                model.say(format!("{}: {}", job.name, job.status), failed);
            }
            model.train.job = job;
            // It may have embedded the library with another model.
            if ended { refreshed(model) } else { Vec::new() }
        }
    }
}

/// Has the compare pane, where it is in view, look which models there are.
fn refreshed(model: &Model) -> Vec<Command> {
    let is_seen = model.pane == Pane::Compare;
    let look = Command::Compare(SideBySideRequest::Models);
    is_seen.then_some(look).into_iter().collect()
}
