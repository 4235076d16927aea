//! Runs as a pane shows them, read from their folders: whoever trains, here or in another terminal,
//! now or last week.

use super::promotion;
use super::verdict::Verdict;
use crate::home::Home;
use crate::model::{Model, ModelError};
use crate::remedy::in_words;
use crate::train::event::{Event, Reason};
use crate::train::run::{self, About};
use crate::train::steer::{self, Order};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    /// Its process is gone, and it can go on.
    Stopped,
    Done,
    Failed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Paused => "paused",
            State::Stopped => "stopped",
            State::Done => "done",
            State::Failed => "failed",
        }
    }
}

/// A run and all that happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    pub about: About,
    pub state: State,
    pub events: Vec<Event>,
    /// What its model was found to be, where it was judged.
    pub verdict: Option<Verdict>,
    /// Its model is there: it was put away, and not removed since.
    pub has_model: bool,
}

/// Points by step.
pub type Curve = Vec<(f64, f64)>;

impl RunView {
    /// Loss by step.
    pub fn losses(&self) -> Curve {
        let loss = |event: &Event| match event {
            Event::Step { step, loss, .. } => Some((*step as f64, *loss)),
            _ => None,
        };
        self.events.iter().filter_map(loss).collect()
    }

    /// The dev figure by step, the base's first.
    pub fn figures(&self) -> Curve {
        let figure = |event: &Event| match event {
            Event::Evaluated { step, value, .. } => Some((*step as f64, *value)),
            _ => None,
        };
        self.events.iter().filter_map(figure).collect()
    }

    /// The dev figure's name.
    pub fn figure(&self) -> &str {
        let name = |event: &'_ Event| matches!(event, Event::Evaluated { .. });
        match self.events.iter().find(|e| name(e)) {
            Some(Event::Evaluated { figure, .. }) => figure,
            _ => "dev figure",
        }
    }

    /// The base's figure, and the best step's with its step.
    pub fn compared(&self) -> Option<(f64, (f64, f64))> {
        let figures = self.figures();
        let base = figures.first()?.1;
        let best = figures[1..]
            .iter()
            .copied()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        Some((base, best?))
    }

    /// Each pinned question with its ranks, the base's first.
    pub fn pinned(&self) -> Vec<(String, Vec<usize>)> {
        let mut out: Vec<(String, Vec<usize>)> = Vec::new();
        for event in &self.events {
            let Event::Pinned { ranks, .. } = event else {
                continue;
            };
            for (question, rank) in ranks {
                match out.iter_mut().find(|(known, _)| known == question) {
                    Some((_, all)) => all.push(*rank),
                    None => out.push((question.clone(), vec![*rank])),
                }
            }
        }
        out
    }

    /// The last step that was reported.
    pub fn last_step(&self) -> Option<&Event> {
        let is_step = |event: &&Event| matches!(event, Event::Step { .. });
        self.events.iter().rev().find(is_step)
    }
}

/// The tuned model of a home: the library's own that is promoted, else the last one trained that is there, else
/// `filings` where that serves; none where none of these is.
pub fn tuned(home: &Home) -> Result<Option<Model>, ModelError> {
    let promoted = match Model::named(home, "tuned") {
        Err(ModelError::NotPromoted) => None,
        Ok(model) if model.is_bundled() => Some(model),
        found => return found.map(Some),
    };
    let runs = run::list(home);
    let trained = runs.into_iter().rev().map(|(about, _)| about.name);
    let last = trained.into_iter().find(|name| home.model(name).is_dir());
    let last = last.map(|name| Model::named(home, &name)).transpose()?;
    Ok(last.or(promoted))
}

/// What `tuned` is compared with: the model that serves, or that served before it did.
pub fn untuned(home: &Home, tuned: &str) -> Result<Model, ModelError> {
    match Model::named(home, "serving") {
        Ok(serving) if serving.name != tuned => Ok(serving),
        _ => Model::named(home, "before"),
    }
}

/// All runs of a home, the last one begun first; and, in words, what is wrong with each that cannot be shown.
pub fn read(home: &Home) -> (Vec<RunView>, Vec<String>) {
    let (runs, damaged) = run::list_all(home);
    let view = |(about, events): (About, Vec<Event>)| RunView {
        state: state(home, &about.name, &events),
        verdict: promotion::kept(home, &about.name),
        has_model: home.model(&about.name).is_dir(),
        about,
        events,
    };
    let views = runs.into_iter().rev().map(view).collect();
    (views, damaged.iter().map(in_words).collect())
}

fn state(home: &Home, name: &str, events: &[Event]) -> State {
    let has_ended = matches!(events.last(), Some(Event::Ended { .. }));
    if !has_ended && run::is_running(home, name) {
        return match steer::last_order(&home.run(name)) {
            Order::Pause => State::Paused,
            _ => State::Running,
        };
    }
    match events.last() {
        Some(Event::Ended { reason, .. }) => match reason {
            Reason::Done | Reason::NoGain | Reason::Stopped => State::Done,
            Reason::Interrupted => State::Stopped,
            Reason::NotFinite => State::Failed,
        },
        _ => State::Stopped,
    }
}
