//! Tesseract, the program: found on the path, run on one picture at a time.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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
/// Bytes of an answer that are read: a page has some hundred kilobytes.
const MOST: u64 = 32 << 20;
/// Address space that it may take, in MiB: a page takes some hundred.
#[cfg(target_os = "linux")]
const MEMORY_MB: u64 = 2048;

/// Where it is, and its version; none where it is not installed or does not start.
pub fn find() -> Option<(PathBuf, String)> {
    let paths = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&paths).map(|folder| folder.join(PROGRAM));
    let program = files.find(|file| file.is_file())?;
    let text = output_of(&program, "--version")?;
    let version = text.lines().next()?.trim().to_owned();
    Some((program, version))
}

/// Languages that it has data for.
pub fn languages(program: &Path) -> Vec<String> {
    let text = output_of(program, "--list-langs").unwrap_or_default();
    let lines = text.lines().skip(1).map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// What it prints for an option, on either stream: versions differ in that.
fn output_of(program: &Path, option: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(option)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&text).into_owned())
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
        let writer = child.stdin.take().map(|mut stdin| {
            // A program that ends early closes its end, which is no fault of this one.
            std::thread::spawn(move || drop(stdin.write_all(&picture)))
        });
        let reader = |stream: Option<Box<dyn Read + Send>>| {
            stream.map(|stream| {
                std::thread::spawn(move || {
                    let mut bytes = Vec::new();
                    let _ = stream.take(MOST).read_to_end(&mut bytes);
                    String::from_utf8_lossy(&bytes).into_owned()
                })
            })
        };
        let out = reader(
            child
                .stdout
                .take()
                .map(|s| Box::new(s) as Box<dyn Read + Send>),
        );
        let complaint = reader(
            child
                .stderr
                .take()
                .map(|s| Box::new(s) as Box<dyn Read + Send>),
        );
        let ended = self.wait(&mut child);
        let text = |thread: Option<std::thread::JoinHandle<String>>| {
            thread.and_then(|t| t.join().ok()).unwrap_or_default()
        };
        let (out, complaint) = (text(out), text(complaint));
        if let Some(writer) = writer {
            let _ = writer.join();
        }
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
        // A group of its own: Ctrl-C in the terminal stops the parent, which stops it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
            // Pages are read side by side, which is faster than threads within one.
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    /// Whether it ended well; none when cancelled.
    fn wait(&self, child: &mut Child) -> Result<Option<bool>, Fault> {
        let began = Instant::now();
        let result = loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(Some(status.success())),
                Ok(None) if self.cancel.is_cancelled() => break Ok(None),
                Ok(None) if began.elapsed() > self.limit => {
                    break Err(Fault {
                        reason: format!("tesseract took over {:?}", self.limit),
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
