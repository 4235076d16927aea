//! A job of its own process: what the train pane starts. It goes on when the app ends, and what it
//! says lies in the library's home, so that an app that is opened later shows it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde_json::Value;

use super::model::JobView;
use crate::config::Library;
use crate::fsio::{self, Lock};
use crate::home::Home;
use crate::job::promotion;
use crate::train::run;
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

/// The job that was started last and what it says; none where none was, or where it has ended and a run was begun or judged since,
/// by whomever: then it is history.
pub fn read(home: &Home) -> Option<JobView> {
    let folder = home.jobs();
    let name = fsio::read_small_text(folder.join(NAME)).ok()?;
    // Looked at first: what it printed before it ended is then all there.
    let is_running = Lock::is_held(&folder.join(OUTPUT));
    let last = run::last_begun(home).max(promotion::last_judged(home));
    if !is_running && last > last_said(&folder) {
        return None;
    }
    let output = fsio::read_own_text(folder.join(OUTPUT)).unwrap_or_default();
    let log = fsio::read_own_text(folder.join(LOG)).unwrap_or_default();
    Some(JobView {
        order: steer::last_order(&folder),
        ..view(&name, &output, &log, is_running)
    })
}

/// When it said something last.
fn last_said(folder: &Path) -> Option<SystemTime> {
    let times = [OUTPUT, LOG].map(|name| {
        folder
            .join(name)
            .metadata()
            .and_then(|about| about.modified())
    });
    times.into_iter().flat_map(Result::ok).max()
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
        out.has_judged |= !value["refused"].is_null();
        if let Some(serving) = value["serving"].as_str() {
            out.status = format!("{serving} is the default model now");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let shown = view(
            "m",
            "{\"error\": \"no room\", \"remedy\": \"\"}\n",
            "error: no room",
            false,
        );
        assert_eq!(shown.status, "error: no room");
        let shown = view("m", "", "reading\n\n5/10 steps\n", true);
        assert_eq!(shown.status, "5/10 steps");
    }
}
