//! The train pane: runs, and what is started from here.

use super::Input;
use crate::job::runs::RunView;
use crate::model::check_name;
use crate::remedy::in_words;
use crate::train::steer::Order;
use crate::units;

#[derive(Default)]
pub struct TrainPane {
    /// The last one begun first.
    pub runs: Vec<RunView>,
    pub selected: usize,
    /// A second run whose curves are laid over the selected one's.
    pub overlay: Option<String>,
    pub form: Option<Form>,
    /// Sets that can be trained on.
    pub sets: Vec<String>,
    /// The promoted model, where one serves.
    pub serving: Option<String>,
    /// What else is to be known: runs that cannot be shown, and what another process does here.
    pub notes: Vec<String>,
    /// The last job that was started here, in words, and whether it goes on.
    pub job: Option<JobView>,
}

/// A job of its own process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobView {
    pub name: String,
    pub is_running: bool,
    /// What it was told last.
    pub order: Order,
    /// What it does, or how it ended, in its own words.
    pub status: String,
    /// It judged a model: what it found stands with the model's run.
    pub has_judged: bool,
}

impl TrainPane {
    /// Whether a model serves that was tuned to this library, and none that every library begins with.
    pub fn has_tuned(&self) -> bool {
        let bundled = crate::model::Model::filings().name;
        self.serving.as_ref().is_some_and(|name| *name != bundled)
    }

    pub fn run(&self) -> Option<&RunView> {
        self.runs.get(self.selected)
    }

    pub fn overlaid(&self) -> Option<&RunView> {
        let name = self.overlay.as_ref()?;
        self.runs.iter().find(|run| run.about.name == *name)
    }

    /// Takes the runs as they are now; the cursor stays on its run, or goes to a new one.
    pub fn take(&mut self, runs: Vec<RunView>) {
        let name = self.run().map(|run| run.about.name.clone());
        let is_new = runs.len() > self.runs.len();
        let place = runs
            .iter()
            .position(|run| Some(&run.about.name) == name.as_ref());
        self.selected = if is_new { 0 } else { place.unwrap_or(0) };
        self.runs = runs;
    }
}

/// What a new training is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    pub row: usize,
    /// 0 tunes: questions are written first; the others are the sets.
    pub data: usize,
    pub name: Input,
    pub budget: Input,
    pub epochs: Input,
    pub loss: usize,
    pub dims: usize,
}

/// Losses that pairs and triplets take.
pub const LOSSES: [&str; 2] = ["multiple-negatives-ranking", "triplet"];
/// Dimensions that are trained at once.
pub const DIMS: [&str; 3] = ["all dimensions", "384,256,128,64", "384,128"];

/// Rows of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Data,
    Name,
    Budget,
    Epochs,
    Loss,
    Dims,
}

impl Form {
    pub fn new(name: &str) -> Self {
        let input = |text: &str| {
            let mut input = Input::default();
            input.set(text);
            input
        };
        Self {
            row: 0,
            data: 0,
            name: input(name),
            budget: input("20m"),
            epochs: input("1"),
            loss: 0,
            dims: 0,
        }
    }

    /// The rows that matter for what is chosen.
    pub fn fields(&self) -> &'static [Field] {
        match self.data {
            0 => &[Field::Data, Field::Name, Field::Budget],
            _ => &[
                Field::Data,
                Field::Name,
                Field::Epochs,
                Field::Loss,
                Field::Dims,
            ],
        }
    }

    pub fn field(&self) -> Field {
        self.fields()[self.row.min(self.fields().len() - 1)]
    }

    /// The first row that cannot be, and why: names of models that are there are `taken`.
    pub fn fault(&self, taken: &[&str]) -> Option<(usize, String)> {
        let wrong = |field: Field| -> Option<String> {
            let text = |input: &Input| input.text.trim().to_owned();
            match field {
                Field::Name => {
                    let name = text(&self.name);
                    if taken.contains(&name.as_str()) {
                        return Some(format!("there is a model {name} already"));
                    }
                    check_name(&name).err().map(|error| in_words(&error))
                }
                Field::Budget => units::time(&text(&self.budget)).err(),
                Field::Epochs => {
                    let epochs: Option<usize> = text(&self.epochs).parse().ok();
                    let is_possible = epochs.is_some_and(|epochs| epochs > 0);
                    (!is_possible).then(|| "write a whole number of epochs, such as 2".to_owned())
                }
                Field::Data | Field::Loss | Field::Dims => None,
            }
        };
        let mut rows = self.fields().iter().enumerate();
        rows.find_map(|(row, field)| Some((row, wrong(*field)?)))
    }

    /// The text under edit, where the row has one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self.field() {
            Field::Name => Some(&mut self.name),
            Field::Budget => Some(&mut self.budget),
            Field::Epochs => Some(&mut self.epochs),
            _ => None,
        }
    }

    /// The row's next choice, or the one before.
    pub fn turn(&mut self, by: isize, sets: usize) {
        let next = |at: usize, count: usize| (at as isize + by).rem_euclid(count as isize) as usize;
        match self.field() {
            Field::Data => self.data = next(self.data, sets + 1),
            Field::Loss => self.loss = next(self.loss, LOSSES.len()),
            Field::Dims => self.dims = next(self.dims, DIMS.len()),
            _ => {}
        }
    }

    /// The command line that does it.
    pub fn arguments(&self, sets: &[String]) -> Vec<String> {
        let text = |input: &Input| input.text.trim().to_owned();
        let mut out: Vec<String> = match self.data.checked_sub(1).and_then(|at| sets.get(at)) {
            None => vec!["tune".into(), "--budget".into(), text(&self.budget)],
            Some(set) => {
                let mut out: Vec<String> = vec!["train".into(), "--data".into(), set.clone()];
                out.extend(["--epochs".into(), text(&self.epochs)]);
                out.extend([
                    "--loss".into(),
                    LOSSES[self.loss].into(),
                    "--restart".into(),
                ]);
                if self.dims > 0 {
                    out.extend(["--matryoshka".into(), DIMS[self.dims].into()]);
                }
                out
            }
        };
        out.extend(["--name".into(), text(&self.name)]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_command_line() {
        let sets = ["mine".to_owned()];
        let mut form = Form::new(&crate::model::free_name(|name| name == "tuned-1"));
        assert_eq!(
            form.arguments(&sets),
            ["tune", "--budget", "20m", "--name", "tuned-2"]
        );
        form.turn(1, sets.len());
        form.row = 4;
        form.turn(1, sets.len());
        assert_eq!(form.field(), Field::Dims);
        let line = form.arguments(&sets).join(" ");
        assert!(
            line.starts_with("train --data mine --epochs 1 --loss multiple"),
            "{line}"
        );
        assert!(
            line.contains("--matryoshka 384,256,128,64 --name tuned-2"),
            "{line}"
        );
        form.row = 0;
        form.turn(1, sets.len());
        assert_eq!(form.data, 0, "round again");
    }

    #[test]
    fn what_cannot_be_is_named_with_its_row() {
        let mut form = Form::new("tuned-1");
        assert_eq!(form.fault(&[]), None);
        let fault = |form: &Form| form.fault(&["mine"]).map(|(row, _)| form.fields()[row]);
        form.budget.set("soon");
        assert_eq!(fault(&form), Some(Field::Budget));
        form.name.set("mine");
        assert_eq!(fault(&form), Some(Field::Name));
        form.name.set("no spaces");
        assert_eq!(fault(&form), Some(Field::Name));
        form.name.set("other");
        form.turn(1, 1);
        form.epochs.set("0");
        assert_eq!(
            fault(&form),
            Some(Field::Epochs),
            "the budget does not matter"
        );
    }
}
