//! Runs and jobs beside the app: a thread looks at the runs' folders and at what the job that was
//! started last has said, so that the pane shows the same after it was closed and opened again.

use std::sync::mpsc::Sender;
use std::time::Duration;

use super::process;
use super::update::Msg;
use super::update::train::Report;
use crate::config::Library;
use crate::job::runs;
use crate::model::serving::Serving;
use crate::progress::CancelToken;
use crate::synth::set;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(600);

/// Tells how the runs and the job of `library` stand, whenever that changes; ends with `cancel`.
pub fn follow(library: Library, sender: Sender<Msg>, cancel: CancelToken) {
    std::thread::spawn(move || {
        let home = library.home;
        let (mut told, mut told_job) = (None, None);
        while !cancel.is_cancelled() {
            let serving = Serving::read(&home).ok().and_then(|serving| serving.tuned);
            let seen = (runs::read(&home), set::list(&home), serving);
            let mut reports = Vec::new();
            if told.as_ref() != Some(&seen) {
                let (runs, sets, serving) = seen.clone();
                told = Some(seen);
                reports.push(Report::Runs {
                    runs,
                    sets,
                    serving,
                });
            }
            let job = process::read(&home);
            if told_job != job {
                told_job = job.clone();
                reports.extend(job.map(Report::Job));
            }
            for report in reports {
                if sender.send(Msg::Train(Box::new(report))).is_err() {
                    return;
                }
            }
            std::thread::sleep(EVERY);
        }
    });
}
