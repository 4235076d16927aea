//! The train pane's keys, and what its runs and jobs report.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::model::train::Form;
use super::super::model::{JobView, Model};
use super::{Command, edit, moved};
use crate::job::runs::{RunView, State};
use crate::model::free_name;
use crate::train::steer::Order;

/// Opens the form for a new training.
pub fn open_form(model: &mut Model) {
    let pane = &mut model.train;
    let taken: Vec<&str> = pane
        .runs
        .iter()
        .map(|run| run.about.name.as_str())
        .collect();
    pane.form = Some(Form::new(&free_name(|name| taken.contains(&name))));
}

/// Keys while the form is open.
pub fn on_form_key(model: &mut Model, key: KeyEvent) -> Vec<Command> {
    let sets = model.train.sets.clone();
    let Some(form) = &mut model.train.form else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => model.quit = true,
        KeyCode::Esc => model.train.form = None,
        KeyCode::Up | KeyCode::BackTab => form.row = form.row.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => {
            form.row = (form.row + 1).min(form.fields().len() - 1);
        }
        KeyCode::Enter => return submit(model),
        KeyCode::Left if form.input().is_none() => form.turn(-1, sets.len()),
        KeyCode::Right | KeyCode::Char(' ') if form.input().is_none() => form.turn(1, sets.len()),
        code => {
            let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
            match (form.input(), code) {
                (Some(input), KeyCode::Char('u')) if is_control => input.set(""),
                (Some(input), KeyCode::Char('w')) if is_control => input.delete_word(),
                (Some(input), code) if !is_control => edit(input, code),
                _ => {}
            }
        }
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

/// Pauses the selected run, or has it go on.
pub fn pause(model: &mut Model) -> Vec<Command> {
    let order = match model.train.run().map(|run| run.state) {
        Some(State::Running) => Order::Pause,
        Some(State::Paused) => Order::Go,
        _ => return Vec::new(),
    };
    steer(model, order)
}

/// Ends the selected run, with its model or at once.
pub fn stop(model: &mut Model, at_once: bool) -> Vec<Command> {
    let goes = |run: &RunView| matches!(run.state, State::Running | State::Paused);
    match (model.train.run().is_some_and(goes), at_once) {
        (false, _) => Vec::new(),
        (true, true) => {
            model.say("stopping; c resumes from the checkpoint", false);
            steer(model, Order::Stop)
        }
        (true, false) => {
            model.say(
                "finishing after this step, with the best model so far",
                false,
            );
            steer(model, Order::Finish)
        }
    }
}

fn steer(model: &Model, order: Order) -> Vec<Command> {
    let name = model.train.run().map(|run| run.about.name.clone());
    let command = name.map(|name| Command::Steer { name, order });
    command.into_iter().collect()
}

/// Goes on with a run that was stopped.
pub fn resume(model: &mut Model) -> Vec<Command> {
    let Some(run) = model.train.run().filter(|run| run.state == State::Stopped) else {
        return Vec::new();
    };
    let name = run.about.name.clone();
    let arguments = [
        "train".to_owned(),
        format!("--resume={name}"),
        "--background".to_owned(),
    ];
    start(model, name, arguments.to_vec())
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
    start(model, "rollback".to_owned(), arguments.to_vec())
}

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
    },
    Job(JobView),
}

pub fn reported(model: &mut Model, report: Report) -> Vec<Command> {
    match report {
        Report::Runs {
            runs,
            sets,
            serving,
        } => {
            let changed = model.train.serving != serving;
            model.train.take(runs);
            model.train.sets = sets;
            model.train.serving = serving;
            if changed {
                vec![Command::Refresh]
            } else {
                Vec::new()
            }
        }
        Report::Job(job) => {
            let ended = !job.is_running && model.train.job.as_ref().is_some_and(|j| j.is_running);
            if ended {
                let failed = job.status.starts_with("error");
                model.say(format!("{}: {}", job.name, job.status), failed);
            }
            model.train.job = Some(job);
            Vec::new()
        }
    }
}
