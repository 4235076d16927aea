//! A job of its own process: what the train pane starts. It goes on when the app ends, and what it
//! says lies in the library's home, so that an app that is opened later shows it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::model::JobView;
use crate::config::Library;
use crate::fsio::{self, Lock};
use crate::home::Home;
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
    // Whoever looks whether it is locked has it locked for that moment.
    for _ in 0..20 {
        if file.try_lock().is_ok() {
            file.set_len(0)?;
            return Ok(file);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(io::Error::other("a job is running already"))
}

/// The job that was started last and what it says; none where none was.
pub fn read(home: &Home) -> Option<JobView> {
    let folder = home.jobs();
    let name = fsio::read_small_text(folder.join(NAME)).ok()?;
    // Looked at first: what it printed before it ended is then all there.
    let is_running = Lock::is_held(&folder.join(OUTPUT));
    let output = fsio::read_text_limited(folder.join(OUTPUT), fsio::ROWS).unwrap_or_default();
    let log = fsio::read_text_limited(folder.join(LOG), fsio::ROWS).unwrap_or_default();
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
        .take(200)
        .collect();
    for value in values {
        if let Some(error) = value["error"].as_str() {
            out.status = match value["remedy"].as_str().unwrap_or_default() {
                "" => format!("error: {error}"),
                remedy => format!("error: {error}; {remedy}"),
            };
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
            out.status = format!("{serving} is the default model now");
            out.offers = false;
        }
    }
    out
}

/// The figures of a judgement, a line each, led by what is searched with.
fn verdict(value: &Value) -> Vec<String> {
    let others = value["others"].as_array().into_iter().flatten();
    let all = std::iter::once(&value["held_out"]).chain(others);
    let judged = |judged: &Value| -> Vec<String> {
        let what = judged["what"].as_str().unwrap_or_default();
        if judged["decides"] == "raw" {
            return trial(what, &judged["raw"]).into_iter().collect();
        }
        let served = trial(what, &judged["served"]);
        let raw = trial("  dense alone, as they are", &judged["raw"]);
        served.into_iter().chain(raw).collect()
    };
    let mut out: Vec<String> = all.flat_map(judged).collect();
    let held = &value["held_out"];
    if let (Some(lost), Some(gained)) = (held["lost"].as_array(), held["gained"].as_u64()) {
        out.insert(1, format!("  {gained} gained, {} lost", lost.len()));
    }
    out
}

/// One setting by both models, with its sign: `▲` surely better, `▼` surely worse.
fn trial(what: &str, trial: &Value) -> Option<String> {
    let test = &trial["test"];
    let (low, high) = (test["low"].as_f64()?, test["high"].as_f64()?);
    let sign = match (low > 0.0, high < 0.0) {
        (true, _) => '▲',
        (_, true) => '▼',
        _ => '·',
    };
    Some(format!(
        "{what}: {:.3} → {:.3} {sign} {:+.3} [{low:+.3}, {high:+.3}]",
        trial["base"].as_f64()?,
        trial["tuned"].as_f64()?,
        test["difference"].as_f64()?,
    ))
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
        let trial =
            r#"{"base": 0.5, "tuned": 0.6, "test": {"difference": 0.1, "low": 0.02, "high": 0.2}}"#;
        let trial = format!(
            r#"{{"what": "held-out questions", "served": {trial}, "raw": {trial}, "gained": 3, "lost": []}}"#
        );
        let output = format!(
            "{{\"held_out\": {trial}, \"others\": []}}\n{{\"model\": \"m\", \"verdict\": {{\"held_out\": {trial}, \
             \"others\": []}}, \"refused\": [], \"promoted\": false}}\n"
        );
        let shown = view("m", &output, "measuring\n", false);
        assert!(shown.offers && !shown.is_running);
        assert_eq!(
            shown.verdict,
            [
                "held-out questions: 0.500 → 0.600 ▲ +0.100 [+0.020, +0.200]",
                "  3 gained, 0 lost",
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
