//! Reports: pages to hand to a colleague. That of what tuning changed has the ablation of its settings, how the run
//! went, the questions that moved most, and what all of it was made with; `redline` has what a document says otherwise
//! than another.

mod chart;
pub mod html;
pub mod markdown;
pub mod redline;

use crate::eval::movement::counts;
use crate::job::comparison::{Ablation, Measured, Moved};
use crate::train::event::Event;
use crate::train::run::About;

/// Points by step.
type Curve = Vec<(f64, f64)>;

/// All that is written down.
pub struct Report {
    /// The library's name; no path of it.
    pub library: String,
    pub documents: usize,
    pub chunks: u64,
    /// Where the questions come from, and how many they are.
    pub questions: String,
    pub count: usize,
    /// Names of both models with their fingerprints.
    pub base: (String, String),
    pub tuned: (String, String),
    pub metrics: Vec<String>,
    pub ablation: Ablation,
    /// The run that made the tuned model, where it is known here.
    pub run: Option<(About, Vec<Event>)>,
    /// Questions that are shown.
    pub list: usize,
}

impl Report {
    /// What changed, in a sentence.
    fn summary(&self) -> String {
        let movements: Vec<_> = self
            .ablation
            .questions
            .iter()
            .map(|m| m.movement.clone())
            .collect();
        let counts = counts(&movements).map(|(change, n)| format!("{} {n}", change.as_str()));
        format!(
            "As people search (hybrid, questions read): {}{}.",
            self.served(),
            counts.join(", ")
        )
    }

    /// What the setting that people search with came to, by the first metric.
    fn served(&self) -> String {
        let metric = self.metrics.first();
        let settings = self.ablation.settings.iter();
        let mut tests = settings
            .filter(|measured| measured.is_usual())
            .filter_map(|measured| Some((metric?, measured.compared.get(metric?)?)));
        let Some((metric, test)) = tests.next() else {
            return String::new();
        };
        let word = match (test.is_surely_better(), test.is_surely_worse()) {
            (true, _) => "surely better",
            (_, true) => "surely worse",
            _ => "within chance",
        };
        format!("{metric} {}, {word}; ", test.written(3))
    }

    fn shown(&self) -> impl Iterator<Item = &Moved> {
        let moved = |m: &&Moved| m.movement.distance != 0.0;
        self.ablation.questions.iter().filter(moved).take(self.list)
    }

    /// Of the run: steps with their loss, and the dev metric with its name and steps.
    fn curves(&self) -> (Curve, String, Curve) {
        let events = self.run.iter().flat_map(|(_, events)| events);
        let (mut losses, mut name, mut values) = (Vec::new(), String::new(), Vec::new());
        for event in events {
            match event {
                Event::Step { step, loss, .. } => losses.push((*step as f64, *loss)),
                Event::Evaluated {
                    step,
                    figure,
                    value,
                    ..
                } => {
                    name.clone_from(figure);
                    values.push((*step as f64, *value));
                }
                _ => {}
            }
        }
        (losses, name, values)
    }
}

/// A setting in words.
fn setting(measured: &Measured) -> String {
    let mut out = measured.name();
    if let Some(dim) = measured.dim {
        out += &format!(", {dim} numbers");
    }
    out += if measured.aids {
        ", questions read"
    } else {
        ", questions as they are"
    };
    if !measured.prompt {
        out += ", no prompt";
    }
    out
}

fn rank(rank: Option<usize>) -> String {
    rank.map_or("none".to_owned(), |rank| rank.to_string())
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
