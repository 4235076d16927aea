//! The sandbox: PDFs are read in a child process of this same binary, under a memory limit and a
//! deadline for each page, so that a file that hangs, overflows the stack or eats memory costs
//! itself alone. A page that kills the child is marked failed and the rest is read by another.
//! `child` is what runs there, `picture` a page drawn there.

mod child;
mod picture;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use child::{ChildTask, child_main};
pub use picture::Picture;

use super::reader::{EngineChoice, RawPage};
use super::{Document, Engine, Failure, Page, Reason, structure};
use crate::config::ExtractConfig;
use crate::progress::CancelToken;

/// The hidden subcommand that a parent starts.
pub const SUBCOMMAND: &str = "__extract";
/// Marks a line of the protocol; a PDF crate's own prints lack it.
const MARK: char = '\u{1e}';
/// How often a child may die before the file is given up.
const MAX_DEATHS: usize = 7;

/// Limits of one extraction.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Longest time without a page finished, loading included.
    pub page: Duration,
    /// Longest time for a file.
    pub file: Duration,
    /// Address space of the child, in MiB.
    pub memory_mb: u64,
    /// Largest file that is tried, in MiB.
    pub file_mb: u64,
}

impl From<&ExtractConfig> for Limits {
    fn from(config: &ExtractConfig) -> Self {
        // A day bounds what a typing error could ask for; Duration refuses worse.
        let seconds = |s: f64| Duration::from_secs_f64(s.clamp(0.01, 86_400.0));
        Self {
            page: seconds(config.page_seconds),
            file: seconds(config.file_seconds),
            memory_mb: config.memory_mb.max(64),
            file_mb: config.file_mb,
        }
    }
}

/// Reads PDFs in child processes of `program`.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub program: PathBuf,
    pub limits: Limits,
    pub engine: EngineChoice,
    /// Pages of one file that are read at a time.
    pub threads: usize,
}

#[derive(Serialize, Deserialize)]
enum Message {
    Opened { pages: u32 },
    Page(RawPage),
    Picture(picture::Drawn),
    Refused(Failure),
}

/// This program's own file, to start children of. On Linux by a name that still leads to it after
/// an upgrade replaced the file.
pub fn own_program() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match cfg!(target_os = "linux") && running.exists() {
        true => Ok(running.to_owned()),
        false => std::env::current_exe(),
    }
}

impl Sandbox {
    /// Children of this program, both engines, one page at a time.
    pub fn new(config: &ExtractConfig) -> std::io::Result<Self> {
        Ok(Self {
            program: own_program()?,
            limits: config.into(),
            engine: EngineChoice::Both,
            threads: 1,
        })
    }

    /// Reads `path`. A page that fails is listed as such; `Err` when the whole file gives nothing,
    /// `Ok(None)` when cancelled.
    pub fn read(&self, path: &Path, cancel: &CancelToken) -> Result<Option<Document>, Failure> {
        let size = std::fs::metadata(path)
            .map_err(|e| Failure::new(Reason::Unreadable, e.to_string()))?
            .len();
        if size > self.limits.file_mb << 20 {
            let detail = format!("{} MiB; the limit is {}", size >> 20, self.limits.file_mb);
            return Err(Failure::new(Reason::TooLarge, detail));
        }
        let began = Instant::now();
        let mut pages: BTreeMap<u32, RawPage> = BTreeMap::new();
        let mut killers: Vec<Failure> = Vec::new();
        let (mut total, mut engine) = (None, self.engine);
        let mut task = Task::rest(1, engine);
        task.threads = self.threads.max(1);
        loop {
            match self.run_child(path, task, began, &mut pages, cancel) {
                Ended::Done if task.last == u32::MAX => break,
                Ended::Done => {}
                Ended::Cancelled => return Ok(None),
                Ended::Refused(failure) => {
                    return Err(killers.into_iter().next().unwrap_or(failure));
                }
                Ended::Died { failure, opened } => {
                    total = opened.or(total);
                    let page = next_page(&pages);
                    let late = began.elapsed() > self.limits.file;
                    if task.threads > 1 && !late {
                        // Which page it was shows when they are read one by one.
                        task = Task::rest(page, task.engine);
                        continue;
                    }
                    killers.push(failure.clone());
                    if task.engine == EngineChoice::Both && !late {
                        // The other engine may survive this page, or the file as a whole.
                        let other = EngineChoice::Only(Engine::PdfExtract);
                        task = Task::rest(page, other);
                        match opened {
                            Some(_) => task.last = page,
                            None => engine = other,
                        }
                        continue;
                    }
                    let hopeless = total.is_none_or(|total| page > total);
                    if hopeless || late || killers.len() > MAX_DEATHS {
                        return Err(killers.swap_remove(0));
                    }
                    pages.insert(page, RawPage::failed(page, failure.to_string()));
                }
            }
            let next = next_page(&pages);
            if total.is_some_and(|total| next > total) {
                break;
            }
            task = Task::rest(next, engine);
        }
        let document = assemble(pages.into_values().collect());
        // A file whose pages all killed the child fails by the child's reason, not as damaged.
        document
            .require_text()
            .map(Some)
            .map_err(|e| killers.into_iter().next().unwrap_or(e))
    }

    fn run_child(
        &self,
        path: &Path,
        task: Task,
        began: Instant,
        pages: &mut BTreeMap<u32, RawPage>,
        cancel: &CancelToken,
    ) -> Ended {
        let mut child = match self.spawn(path, task, None) {
            Ok(child) => child,
            Err(e) => {
                let detail = format!("cannot start {}: {e}", self.program.display());
                return Ended::Refused(Failure::new(Reason::Unreadable, detail));
            }
        };
        let messages = listen(&mut child);
        let complaint = complaints(&mut child);
        let (mut opened, mut received) = (None, 0);
        let mut last = Instant::now();
        let outcome = loop {
            if cancel.is_cancelled() {
                break Ended::Cancelled;
            }
            if last.elapsed() > self.limits.page || began.elapsed() > self.limits.file {
                let page = next_page(pages);
                let detail = format!("page {page} took over {:?}", self.limits.page);
                let failure = Failure::new(Reason::TooSlow, detail);
                break Ended::Died { failure, opened };
            }
            match messages.recv_timeout(Duration::from_millis(50)) {
                Ok(Message::Opened { pages }) => opened = Some(pages),
                Ok(Message::Page(page)) => {
                    let last = task.last.min(opened.unwrap_or(u32::MAX));
                    pages.insert(page.number, page);
                    received += 1;
                    if received > last - task.from {
                        break Ended::Done;
                    }
                }
                Ok(Message::Picture(_)) => {}
                Ok(Message::Refused(failure)) => break Ended::Refused(failure),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.wait().map(|s| s.to_string()).unwrap_or_default();
                    let said = complaint
                        .recv_timeout(Duration::from_secs(1))
                        .unwrap_or_default();
                    break Ended::Died {
                        failure: cause_of_death(&said, &status),
                        opened,
                    };
                }
            }
            last = Instant::now();
        };
        // Already gone is as good as killed.
        let _ = child.kill();
        let _ = child.wait();
        outcome
    }

    /// Starts a child; with a `width` it also draws its page, so many pixels wide.
    fn spawn(&self, path: &Path, task: Task, width: Option<u32>) -> std::io::Result<Child> {
        let engine = match task.engine {
            EngineChoice::Both => "both",
            EngineChoice::Only(Engine::PdfExtract) => "pdf-extract",
            EngineChoice::Only(Engine::Hayro) => "hayro",
            EngineChoice::Stock => "stock",
        };
        let mut command = Command::new(&self.program);
        // A group of its own: Ctrl-C in the terminal stops the parent, which stops the child.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
            .arg(SUBCOMMAND)
            .args(["--from", &task.from.to_string()])
            .args(["--last", &task.last.to_string()])
            .args(["--memory-mb", &self.limits.memory_mb.to_string()])
            .args(["--engine", engine])
            .args(["--workers", &task.threads.to_string()])
            .args(width.map(|width| format!("--picture={width}")))
            .arg("--")
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
}

/// Which pages a child reads, and by which engine.
#[derive(Clone, Copy)]
struct Task {
    from: u32,
    last: u32,
    engine: EngineChoice,
    /// Pages read at a time.
    threads: usize,
}

impl Task {
    /// All pages from one on, one by one.
    fn rest(from: u32, engine: EngineChoice) -> Self {
        let last = u32::MAX;
        let threads = 1;
        Self {
            from,
            last,
            engine,
            threads,
        }
    }
}

/// The first page that has not been read.
fn next_page(pages: &BTreeMap<u32, RawPage>) -> u32 {
    let missing = (1..).zip(pages.keys()).find(|(want, have)| want != *have);
    missing.map_or(pages.len() as u32 + 1, |(want, _)| want)
}

enum Ended {
    Done,
    Cancelled,
    Refused(Failure),
    Died {
        failure: Failure,
        opened: Option<u32>,
    },
}

/// Parses the child's messages on a thread of their own; the channel closes when the child ends.
fn listen(child: &mut Child) -> Receiver<Message> {
    let (sender, receiver) = channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let Ok(text) = std::str::from_utf8(&line) else {
                    continue;
                };
                let Some(json) = text.strip_prefix(MARK) else {
                    continue;
                };
                let Ok(message) = serde_json::from_str(json) else {
                    continue;
                };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

/// The first part of what the child writes to stderr.
fn complaints(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(mut stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut head = Vec::new();
            let _ = (&mut stderr).take(8192).read_to_end(&mut head);
            let _ = sender.send(String::from_utf8_lossy(&head).into_owned());
            // Keep draining, or a child that prints without end would block instead of dying.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        });
    }
    receiver
}

fn cause_of_death(said: &str, status: &str) -> Failure {
    if said.contains("memory allocation of") || said.contains("capacity overflow") {
        return Failure::new(Reason::TooLarge, "it needs more memory than the limit");
    }
    if said.contains("overflowed its stack") {
        return Failure::new(Reason::Crashed, "its objects are nested without end");
    }
    Failure::new(
        Reason::Crashed,
        format!("the reading process ended with {status}"),
    )
}

/// Judges lines over the whole document.
fn assemble(raw: Vec<RawPage>) -> Document {
    let mut heads = Vec::with_capacity(raw.len());
    let mut lines = Vec::with_capacity(raw.len());
    for page in raw {
        heads.push((page.number, page.state, page.reason, page.engine));
        lines.push(page.lines);
    }
    let pages = heads
        .into_iter()
        .zip(structure::classify(lines))
        .map(|((number, state, reason, engine), lines)| {
            let page = Page {
                number,
                state,
                reason,
                engine,
                lines,
            };
            page.without_text_if_silent()
        })
        .collect();
    Document { pages }
}

#[cfg(all(test, unix))]
#[path = "sandbox_tests.rs"]
mod tests;
