//! Runs and jobs beside the app: a thread looks at the runs' folders and at what a job that was
//! started here has said, so that the pane shows the same after it was closed and opened again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::Duration;

use serde_json::Value;

use super::model::JobView;
use super::update::Msg;
use super::update::train::Report;
use crate::config::Library;
use crate::job::runs;
use crate::model::serving::Serving;
use crate::progress::CancelToken;
use crate::synth::set;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(600);

/// The job that was started last.
struct Job {
    name: String,
    child: Child,
}

/// Starts jobs and follows them.
pub struct Follower {
    library: Library,
    job: std::sync::Arc<Mutex<Option<Job>>>,
}

/// Where jobs write what they say.
fn folder(home: &Path) -> PathBuf {
    home.join("jobs")
}

impl Follower {
    /// Starts to follow; ends with `cancel`.
    pub fn start(library: Library, sender: Sender<Msg>, cancel: CancelToken) -> Self {
        let job = std::sync::Arc::new(Mutex::new(None));
        let (own, home) = (job.clone(), library.home.clone());
        std::thread::spawn(move || {
            let mut told = None;
            while !cancel.is_cancelled() {
                let runs = runs::read(&home);
                let sets = set::list(&home);
                let serving = Serving::read(&home).ok().and_then(|serving| serving.tuned);
                let seen = (runs, sets, serving);
                if told.as_ref() != Some(&seen) {
                    let (runs, sets, serving) = seen.clone();
                    told = Some(seen);
                    let report = Report::Runs {
                        runs,
                        sets,
                        serving,
                    };
                    if sender.send(Msg::Train(Box::new(report))).is_err() {
                        return;
                    }
                }
                let view = own.lock().ok().and_then(|mut job| look(&home, &mut job));
                if let Some(view) = view
                    && sender
                        .send(Msg::Train(Box::new(Report::Job(view))))
                        .is_err()
                {
                    return;
                }
                std::thread::sleep(EVERY);
            }
        });
        Self { library, job }
    }

    /// Runs this program with `arguments` on the library, for itself: it goes on when this one ends.
    pub fn run(&self, name: &str, arguments: &[String]) -> std::io::Result<()> {
        let folder = folder(&self.library.home);
        std::fs::create_dir_all(&folder)?;
        let mut command = Process::new(crate::pdf::sandbox::own_program()?);
        command
            .args(arguments)
            .arg("--json")
            .arg("-L")
            .arg(&self.library.folder)
            .arg("--home")
            .arg(&self.library.home)
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("said.jsonl"))?)
            .stderr(File::create(folder.join("log.txt"))?);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // A group of its own: Ctrl-C and the end of this terminal are not meant for it.
            command.process_group(0);
        }
        let child = command.spawn()?;
        if let Ok(mut job) = self.job.lock() {
            *job = Some(Job {
                name: name.to_owned(),
                child,
            });
        }
        Ok(())
    }
}

/// What the job says now; none where there is none, or it ended and that was told.
fn look(home: &Path, job: &mut Option<Job>) -> Option<JobView> {
    let own = job.as_mut()?;
    let ended = own.child.try_wait().ok().flatten();
    let said = std::fs::read_to_string(folder(home).join("said.jsonl")).unwrap_or_default();
    let log = std::fs::read_to_string(folder(home).join("log.txt")).unwrap_or_default();
    let view = view(&own.name, &said, &log, ended.is_none());
    if ended.is_some() {
        *job = None;
    }
    Some(view)
}

/// A job by its lines of JSON, and the last line of its log while it works.
fn view(name: &str, said: &str, log: &str, is_running: bool) -> JobView {
    let values = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut out = JobView {
        name: name.to_owned(),
        is_running,
        ..JobView::default()
    };
    let is_shown = |line: &&str| !line.trim().is_empty();
    let last = log.lines().rev().find(is_shown).unwrap_or("working");
    out.said = last
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    for value in values {
        if let Some(error) = value["error"].as_str() {
            out.said = format!("error: {error}");
        }
        let judged = if value["verdict"].is_object() {
            &value["verdict"]
        } else {
            &value
        };
        if judged["others"].is_array() {
            out.verdict = verdict(judged);
            let refused = value["refused"].as_array().is_none_or(|r| !r.is_empty());
            out.offers = !refused && value["promoted"] == Value::Bool(false);
        }
        if let Some(serving) = value["serving"].as_str() {
            out.said = format!("{serving} serves now");
            out.offers = false;
        }
    }
    out
}

/// The figures of a judgement, a line each.
fn verdict(value: &Value) -> Vec<String> {
    let others = value["others"].as_array().into_iter().flatten();
    let all = std::iter::once(&value["held_out"]).chain(others);
    let line = |trial: &Value| -> Option<String> {
        let number = |value: &Value| value.as_f64();
        let test = &trial["test"];
        Some(format!(
            "{}: {:.3} → {:.3}  {:+.3} [{:+.3}, {:+.3}]",
            trial["what"].as_str()?,
            number(&trial["base"])?,
            number(&trial["tuned"])?,
            number(&test["difference"])?,
            number(&test["low"])?,
            number(&test["high"])?
        ))
    };
    all.filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_told_by_its_lines() {
        let trial = r#"{"what": "held-out questions", "base": 0.5, "tuned": 0.6,
            "test": {"difference": 0.1, "low": 0.02, "high": 0.2}}"#
            .replace('\n', "");
        let said = format!(
            "{{\"held_out\": {trial}, \"others\": []}}\n{{\"model\": \"m\", \"verdict\": {{\"held_out\": {trial}, \
             \"others\": []}}, \"refused\": [], \"promoted\": false}}\n"
        );
        let told = view("m", &said, "measuring\n", false);
        assert!(told.offers && !told.is_running);
        assert_eq!(
            told.verdict,
            ["held-out questions: 0.500 → 0.600  +0.100 [+0.020, +0.200]"]
        );
        let told = view(
            "m",
            "{\"error\": \"no room\", \"remedy\": \"\"}\n",
            "error: no room",
            false,
        );
        assert_eq!(told.said, "error: no room");
        assert!(!told.offers);
        let told = view("m", "", "reading\n\n5/10 steps\n", true);
        assert_eq!(told.said, "5/10 steps");
    }
}
