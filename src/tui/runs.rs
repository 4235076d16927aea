//! Runs and jobs beside the app: a thread looks at the runs' folders and at what the job that was
//! started last has said, so that the pane shows the same after it was closed and opened again.

use std::sync::mpsc::Sender;
use std::time::Duration;

use super::model::JobView;
use super::process;
use super::update::Msg;
use super::update::train::Report;
use crate::config::Library;
use crate::fsio::Lock;
use crate::home::Home;
use crate::job::runs::{self, RunView};
use crate::job::tuning;
use crate::job::worker::caught;
use crate::model::serving::Serving;
use crate::progress::CancelToken;
use crate::synth::set;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(600);

/// Sends how the runs and the job of `library` stand, whenever that changes; ends with `cancel`. A
/// panic is reported once, and the next look tries again.
pub fn follow(library: Library, sender: Sender<Msg>, cancel: CancelToken) {
    std::thread::spawn(move || {
        let (mut looks, mut has_failed) = (Looks::default(), false);
        while !cancel.is_cancelled() {
            let messages = match caught("following the runs", || looks.changes(&library.home)) {
                Ok(reports) => {
                    let message = |report| Msg::Train(Box::new(report));
                    reports.into_iter().map(message).collect()
                }
                Err(_) if has_failed => Vec::new(),
                Err(text) => {
                    has_failed = true;
                    vec![Msg::Said { text, bad: true }]
                }
            };
            for message in messages {
                if sender.send(message).is_err() {
                    return;
                }
            }
            std::thread::sleep(EVERY);
        }
    });
}

/// Runs, sets, the serving model, and what else is to be known.
type Seen = (Vec<RunView>, Vec<String>, Option<String>, Vec<String>);

/// What was seen at the last look.
#[derive(Default)]
struct Looks {
    runs: Option<Seen>,
    job: Option<JobView>,
}

impl Looks {
    /// Reports of what is otherwise than at the last look.
    fn changes(&mut self, home: &Home) -> Vec<Report> {
        let mut reports = Vec::new();
        let serving = Serving::read(home).ok().and_then(|serving| serving.tuned);
        let job = process::read(home);
        let (runs, mut notes) = runs::read(home);
        let has_job = job.as_ref().is_some_and(|job| job.is_running);
        if !has_job && Lock::is_held(&home.tuning_lock()) {
            notes.push(tuning::TUNED_ELSEWHERE.to_owned());
        }
        let seen = (runs, set::list(home), serving, notes);
        if self.runs.as_ref() != Some(&seen) {
            let (runs, sets, serving, notes) = seen.clone();
            self.runs = Some(seen);
            reports.push(Report::Runs {
                runs,
                sets,
                serving,
                notes,
            });
        }
        if self.job != job {
            self.job = job.clone();
            reports.push(Report::Job(job));
        }
        reports
    }
}
