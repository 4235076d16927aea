//! Tesseract, the program: found on the path, run on one picture at a time.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::sheet::Sheet;
use crate::progress::CancelToken;

const PROGRAM: &str = if cfg!(windows) {
    "tesseract.exe"
} else {
    "tesseract"
};
/// Between two looks whether it is done.
const TICK: Duration = Duration::from_millis(20);
/// Longest time for what it says of itself, and for the rest of what it wrote once it has ended.
const ANSWERS: Duration = Duration::from_secs(10);
const DRAIN: Duration = Duration::from_secs(3);
/// Bytes of an answer that are read: a page has some hundred kilobytes.
const MOST: u64 = 32 << 20;
/// Address space that it may take, in MiB: a page takes some hundred.
#[cfg(target_os = "linux")]
const MEMORY_MB: u64 = 2048;

/// Where it is; none where it is not installed.
pub fn program() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&paths).map(|folder| folder.join(PROGRAM));
    files.find(|file| file.is_file())
}

/// Its version; none where it does not start.
pub fn version(program: &Path) -> Option<String> {
    let text = output_of(program, "--version")?;
    Some(text.lines().next()?.trim().to_owned())
}

/// Languages that it has data for; none where it does not start.
pub fn languages(program: &Path) -> Option<Vec<String>> {
    let text = output_of(program, "--list-langs")?;
    let lines = text.lines().skip(1).map(|line| line.trim().to_owned());
    Some(lines.filter(|line| !line.is_empty()).collect())
}

/// What it prints for an option, on either stream: versions differ in that.
fn output_of(program: &Path, option: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.arg(option).stdin(Stdio::null());
    let mut child = started(&mut command).ok()?;
    let streams = Streams::of(&mut child);
    let ended = wait(&mut child, ANSWERS, None);
    let (out, complaint) = streams.texts();
    let text = if out.is_empty() { complaint } else { out };
    (ended == Ok(Some(true))).then_some(text)
}

/// Starts it in a group of its own: Ctrl-C in the terminal stops the parent, which stops it.
fn started(command: &mut Command) -> std::io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// What it writes, read on threads of their own, so that it never waits for this process.
struct Streams {
    out: Receiver<String>,
    complaint: Receiver<String>,
}

impl Streams {
    fn of(child: &mut Child) -> Self {
        Self {
            out: gathered(child.stdout.take()),
            complaint: gathered(child.stderr.take()),
        }
    }

    /// All of it, once the program has ended. What it has started may hold the pipes open: that is not waited for.
    fn texts(self) -> (String, String) {
        let text = |stream: Receiver<String>| stream.recv_timeout(DRAIN).unwrap_or_default();
        (text(self.out), text(self.complaint))
    }
}

fn gathered(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(stream) = stream {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.take(MOST).read_to_end(&mut bytes);
            sender.send(String::from_utf8_lossy(&bytes).into_owned())
        });
    }
    receiver
}

/// How it is to take a picture.
pub enum Task {
    /// Find all text: its places as hOCR.
    Words,
    /// Say which way is up.
    Orientation,
}

/// Why a page could not be recognised.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub reason: String,
    /// Another run may fare better.
    pub is_passing: bool,
}

impl Fault {
    pub fn passing(reason: String) -> Self {
        Self {
            reason,
            is_passing: true,
        }
    }
}

/// One run on one picture.
pub struct Run<'a> {
    pub program: &'a Path,
    pub languages: &'a str,
    pub dpi: u32,
    pub limit: Duration,
    pub cancel: &'a CancelToken,
}

impl Run<'_> {
    /// What it answers; `Err` says why it did not, `Ok(None)` when cancelled.
    pub fn answer(&self, sheet: &Sheet, task: &Task) -> Result<Option<String>, Fault> {
        let mut child = self
            .spawn(task)
            .map_err(|e| Fault::passing(format!("tesseract does not start: {e}")))?;
        limit_memory(&child);
        let picture = sheet.as_pgm();
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends early closes its end, which is no fault of this one.
            std::thread::spawn(move || drop(stdin.write_all(&picture)));
        }
        let streams = Streams::of(&mut child);
        let ended = wait(&mut child, self.limit, Some(self.cancel));
        let (out, complaint) = streams.texts();
        match ended? {
            None => Ok(None),
            Some(true) => Ok(Some(out)),
            Some(false) => {
                let last = complaint.lines().rfind(|line| !line.trim().is_empty());
                Err(Fault::passing(format!(
                    "tesseract failed: {}",
                    last.unwrap_or("it says nothing")
                )))
            }
        }
    }

    fn spawn(&self, task: &Task) -> std::io::Result<Child> {
        let mut command = Command::new(self.program);
        command.args(["stdin", "stdout", "--dpi", &self.dpi.to_string()]);
        match task {
            Task::Words => command
                .args(["-l", self.languages, "--psm", "3"])
                .args(["-c", "tessedit_create_hocr=1"]),
            Task::Orientation => command.args(["--psm", "0"]),
        };
        // Pages are read side by side, which is faster than threads within one.
        command.env("OMP_THREAD_LIMIT", "1").stdin(Stdio::piped());
        started(&mut command)
    }
}

/// Whether it ended well; none when cancelled. What it has started is ended with it.
fn wait(
    child: &mut Child,
    limit: Duration,
    cancel: Option<&CancelToken>,
) -> Result<Option<bool>, Fault> {
    let began = Instant::now();
    let result = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Ok(Some(status.success())),
            Ok(None) if cancel.is_some_and(CancelToken::is_cancelled) => break Ok(None),
            Ok(None) if began.elapsed() > limit => {
                break Err(Fault {
                    reason: format!("tesseract took over {limit:?}"),
                    is_passing: false,
                });
            }
            Ok(None) => std::thread::sleep(TICK),
            Err(e) => break Err(Fault::passing(format!("tesseract is lost: {e}"))),
        }
    };
    kill(child);
    let _ = child.wait();
    result
}

/// Ends it with all that it has started: a child that lives on would hold its pipes open.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    // Already gone is as good as killed.
    let _ = child.kill();
}

/// A picture that makes it eat the memory costs its page.
#[cfg(target_os = "linux")]
fn limit_memory(child: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let bytes = Some(MEMORY_MB << 20);
    let limit = Rlimit {
        current: bytes,
        maximum: bytes,
    };
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = prlimit(Some(pid), Resource::As, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: &Child) {}
