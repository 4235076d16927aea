//! The sandbox: PDFs are read in a child process of this same binary, under a memory limit, a deadline
//! for each page and one for the file, so that a file that hangs, overflows the stack or eats memory
//! costs itself alone, and a page that does so costs that page: the child is ended, the other engine
//! tries the page, and the rest is read by another child.
//!
//! `child` is what runs there, `message` what it sends and how much of that is taken, `reading` one
//! file's way through as many children as it needs, `errand` one thing that a child is started for: `picture` a page
//! drawn there, `copying` pages copied.

mod child;
mod copying;
mod errand;
mod message;
mod picture;
mod reading;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub use child::{ChildTask, child_main};
pub use picture::{Drawing, GreyPicture, Picture};

use super::reader::{EngineChoice, RawPage};
use super::{Document, Engine, Failure, Line, Page, PageState, Reason, structure};
use crate::config::ExtractConfig;
use crate::progress::CancelToken;
use reading::Reading;

/// The hidden subcommand that a parent starts.
pub const SUBCOMMAND: &str = "__extract";

/// Limits of one extraction.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Longest time for one page, and for loading the file.
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

/// This program's own file, to start children of. On Linux by a name that still leads to it after
/// an upgrade replaced the file.
pub fn own_program() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        Ok(running.to_owned())
    } else {
        std::env::current_exe()
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
        let raw = self.raw(path, None, cancel)?;
        raw.map(RawDocument::finish).transpose()
    }

    /// The pages of `path` before they are judged together; `Err` as well where the file no longer holds what
    /// hashes to `expected`.
    pub fn raw(
        &self,
        path: &Path,
        expected: Option<[u8; 32]>,
        cancel: &CancelToken,
    ) -> Result<Option<RawDocument>, Failure> {
        let size = std::fs::metadata(path)
            .map_err(|e| Failure::new(Reason::Unreadable, e.to_string()))?
            .len();
        if size > self.limits.file_mb << 20 {
            let detail = format!("{} MiB; the limit is {}", size >> 20, self.limits.file_mb);
            return Err(Failure::new(Reason::TooLarge, detail));
        }
        Reading::new(self, path, expected, cancel).run()
    }

    /// Starts a child that reads pages.
    fn spawn(&self, path: &Path, task: Task) -> std::io::Result<Child> {
        started(self.command(task), path)
    }

    /// A child, but for the file that it is to read.
    fn command(&self, task: Task) -> Command {
        let engine = match task.engine {
            EngineChoice::Both => "both",
            EngineChoice::Only(Engine::Hayro) => "hayro",
            EngineChoice::Only(_) => "pdf-extract",
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
            .stdin(Stdio::null());
        command
    }

    /// Starts a child for an errand.
    fn sent_out(&self, command: Command, path: &Path) -> Result<Child, Failure> {
        started(command, path).map_err(|e| {
            let detail = format!("cannot start {}: {e}", self.program.display());
            Failure::new(Reason::Unreadable, detail)
        })
    }
}

/// Starts a child that reads `path`.
fn started(mut command: Command, path: &Path) -> std::io::Result<Child> {
    command
        .arg("--")
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Which pages a child reads, and by which engine.
#[derive(Debug, Clone, Copy)]
struct Task {
    from: u32,
    /// `u32::MAX` stands for the file's last page.
    last: u32,
    engine: EngineChoice,
    /// Pages read at a time.
    threads: usize,
}

impl Task {
    /// One page.
    fn page(number: u32, engine: EngineChoice) -> Self {
        Self {
            from: number,
            last: number,
            engine,
            threads: 1,
        }
    }
}

/// The pages of a file as they were read.
#[derive(Debug)]
pub struct RawDocument {
    /// Hash of what was read.
    pub hash: [u8; 32],
    title: String,
    pub pages: Vec<RawPage>,
    /// What ended the first child that ended early.
    death: Option<Failure>,
}

/// More lines than this are no running heads and page numbers alone.
const MOST_FURNITURE: usize = 10;

impl RawDocument {
    /// Whether each page, by its place, has text that comes to nothing in the light of the others: running heads and
    /// page numbers.
    pub fn silent(&self) -> Vec<bool> {
        let is_short =
            |page: &RawPage| page.state == PageState::Text && page.lines.len() <= MOST_FURNITURE;
        if !self.pages.iter().any(is_short) {
            return vec![false; self.pages.len()];
        }
        let lines = self.pages.iter().map(|page| page.lines.clone()).collect();
        let judged = self.pages.iter().zip(structure::classify(lines));
        let is_silent = |(page, lines): (&RawPage, Vec<Line>)| {
            page.state == PageState::Text && lines.iter().all(Line::is_furniture)
        };
        judged.map(is_silent).collect()
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// Where no page of it has text.
    pub fn finish(self) -> Result<Document, Failure> {
        let document = assemble(self.pages, self.title);
        // A file whose pages all killed the child fails by the child's reason, not as damaged.
        document.require_text().map_err(|e| self.death.unwrap_or(e))
    }
}

/// Judges lines over the whole document.
fn assemble(raw: Vec<RawPage>, title: String) -> Document {
    let hidden = raw
        .iter()
        .map(|page| page.hidden)
        .fold(0, usize::saturating_add);
    let mut pages = Vec::with_capacity(raw.len());
    let mut lines = Vec::with_capacity(raw.len());
    for page in raw {
        pages.push(Page {
            number: page.number,
            state: page.state,
            doubts: page.doubts(),
            reason: page.reason,
            engine: page.engine,
            sure: page.sure,
            ruled: page.ruled,
            lines: Vec::new(),
        });
        lines.push(page.lines);
    }
    let judged = pages.into_iter().zip(structure::classify(lines));
    let pages = judged
        .map(|(page, lines)| Page { lines, ..page }.without_text_if_silent())
        .collect();
    Document {
        title,
        pages,
        hidden,
    }
}

#[cfg(all(test, unix))]
#[path = "sandbox_tests.rs"]
mod tests;
