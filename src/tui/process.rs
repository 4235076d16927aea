//! A job of its own process: what the train pane starts. It goes on when the app ends, and what it
//! says lies in the library's home, so that an app that is opened later shows it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use super::model::JobView;
use crate::config::Library;
use crate::fsio::{self, Lock};
use crate::home::Home;
use crate::job::verdict::{Judged, Lost, Trial, Verdict, Way};
use crate::printable::on_a_line;
use crate::train::steer::{self, Order};

/// Its lines of JSON. The job has the file locked: its standard output is the same open file, so
/// the lock lasts as long as it lives, whoever started it.
const OUTPUT: &str = "said.jsonl";
const LOG: &str = "log.txt";
const NAME: &str = "name.txt";

/// Runs this program with `arguments` on the library.
///
/// # Errors
///
/// Where the files cannot be written, the program not be started, or a job is running already.
pub fn start(library: &Library, name: &str, arguments: &[String]) -> io::Result<()> {
    let folder = library.home.jobs();
    std::fs::create_dir_all(&folder)?;
    let output = locked(&folder.join(OUTPUT))?;
    steer::send(&folder, Order::Go)?;
    std::fs::write(folder.join(NAME), name)?;
    let mut command = Command::new(crate::pdf::sandbox::own_program()?);
    command
        .args(arguments)
        .args(["--json", "--background", "-L"])
        .arg(&library.folder)
        .arg("--home")
        .arg(&library.home)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(File::create(folder.join(LOG))?);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // A group of its own: Ctrl-C and the end of this terminal are not meant for it.
        command.process_group(0);
    }
    let mut child = command.spawn()?;
    // Waited for, lest it stay in the system's table when it has ended.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The file `path`, empty and locked.
fn locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    if fsio::lock_soon(&file).is_err() {
        return Err(io::Error::other("a job is running already"));
    }
    file.set_len(0)?;
    Ok(file)
}

/// The job that was started last and what it says; none where none was.
pub fn read(home: &Home) -> Option<JobView> {
    let folder = home.jobs();
    let name = fsio::read_small_text(folder.join(NAME)).ok()?;
    // Looked at first: what it printed before it ended is then all there.
    let is_running = Lock::is_held(&folder.join(OUTPUT));
    let output = fsio::read_own_text(folder.join(OUTPUT)).unwrap_or_default();
    let log = fsio::read_own_text(folder.join(LOG)).unwrap_or_default();
    Some(JobView {
        order: steer::last_order(&folder),
        ..view(&name, &output, &log, is_running)
    })
}

/// A job by its lines of JSON, and the last line of its log while it works.
fn view(name: &str, output: &str, log: &str, is_running: bool) -> JobView {
    let values = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut out = JobView {
        name: name.to_owned(),
        is_running,
        ..JobView::default()
    };
    let is_shown = |line: &&str| !line.trim().is_empty();
    let last = log.lines().rev().find(is_shown).unwrap_or("working");
    out.status = last
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(400)
        .collect();
    for value in values {
        if let Some(error) = value["error"].as_str() {
            out.status = match value["remedy"].as_str().unwrap_or_default() {
                "" => format!("error: {error}"),
                remedy => format!("error: {error}; {remedy}"),
            };
        }
        let judged = match &value["verdict"] {
            Value::Null => &value,
            verdict => verdict,
        };
        if let Ok(judged) = Verdict::deserialize(judged) {
            out.verdict = verdict(&judged);
            let refused = value["refused"].as_array().is_none_or(|r| !r.is_empty());
            out.offers = !refused && value["promoted"] == Value::Bool(false);
        }
        if let Some(serving) = value["serving"].as_str() {
            out.status = format!("{serving} is the default model now");
            out.offers = false;
        }
    }
    out
}

/// Lost questions that are shown.
const LOST: usize = 3;

/// A judgement, led by what is searched with; what is lost stands before all that is not searched with.
fn verdict(verdict: &Verdict) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(held) = &verdict.held_out {
        let mut figures = figures(&held.judged).into_iter();
        out.extend(figures.next());
        out.push(format!(
            "  {} gained, {} lost",
            held.gained,
            held.lost.len()
        ));
        out.extend(held.lost.iter().take(LOST).map(lost));
        out.extend(figures);
    }
    out.extend(verdict.others.iter().flat_map(figures));
    out
}

fn lost(lost: &Lost) -> String {
    let now = match lost.tuned_rank {
        Some(rank) => rank.to_string(),
        None => "not found".to_owned(),
    };
    let question = on_a_line(&lost.question);
    format!("  lost: {} → {now}  {question}", lost.base_rank)
}

/// What decides, then what stands beside.
fn figures(judged: &Judged) -> Vec<String> {
    let Judged {
        what, served, raw, ..
    } = judged;
    match judged.decides {
        Way::Served => vec![
            trial(what, served),
            trial("  dense alone, as they are", raw),
        ],
        Way::Raw => vec![trial(what, raw)],
    }
}

/// One setting by both models, with its sign.
fn trial(what: &str, trial: &Trial) -> String {
    let Trial { base, tuned, test } = trial;
    format!(
        "{what}: {base:.3} → {tuned:.3} {} {:+.3} [{:+.3}, {:+.3}]",
        test.sign(),
        test.difference,
        test.low,
        test.high
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::significance::Paired;
    use crate::job::verdict::HeldOut;

    #[test]
    fn a_job_is_seen_by_whoever_looks_and_only_one_runs() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::from(place.path());
        assert!(read(&home).is_none());
        std::fs::create_dir_all(home.jobs()).unwrap();
        std::fs::write(home.jobs().join(NAME), "m").unwrap();
        let path = home.jobs().join(OUTPUT);
        let output = locked(&path).unwrap();
        assert!(read(&home).unwrap().is_running);
        let error = locked(&path).unwrap_err();
        assert!(error.to_string().contains("running already"), "{error}");
        drop(output);
        assert!(!read(&home).unwrap().is_running);
    }

    #[test]
    fn a_job_is_shown_by_its_lines() {
        let test = Paired {
            difference: 0.1,
            low: 0.02,
            high: 0.2,
            p: 0.01,
            better: 3,
            same: 0,
            worse: 1,
        };
        let trial = Trial {
            base: 0.5,
            tuned: 0.6,
            test,
        };
        let judged = Judged {
            what: "held-out questions".to_owned(),
            questions: 4,
            apart: 4,
            decides: Way::Served,
            is_synthetic: true,
            served: trial.clone(),
            raw: trial,
        };
        let held_out = Some(HeldOut {
            judged,
            by_intent: Vec::new(),
            lost: vec![Lost {
                question: "how is\ngoodwill tested?".to_owned(),
                base_rank: 2,
                tuned_rank: None,
            }],
            gained: 3,
        });
        let verdict = Verdict {
            held_out,
            others: Vec::new(),
        };
        let last =
            serde_json::json!({"model": "m", "verdict": verdict, "refused": [], "promoted": false});
        let output = format!("{}\n{last}\n", serde_json::json!(verdict));
        let shown = view("m", &output, "measuring\n", false);
        assert!(shown.offers && !shown.is_running);
        assert_eq!(
            shown.verdict,
            [
                "held-out questions: 0.500 → 0.600 ▲ +0.100 [+0.020, +0.200]",
                "  3 gained, 1 lost",
                "  lost: 2 → not found  how is goodwill tested?",
                "  dense alone, as they are: 0.500 → 0.600 ▲ +0.100 [+0.020, +0.200]",
            ]
        );
        let shown = view(
            "m",
            "{\"error\": \"no room\", \"remedy\": \"\"}\n",
            "error: no room",
            false,
        );
        assert_eq!(shown.status, "error: no room");
        assert!(!shown.offers);
        let shown = view("m", "", "reading\n\n5/10 steps\n", true);
        assert_eq!(shown.status, "5/10 steps");
    }
}
