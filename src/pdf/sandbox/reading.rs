//! Reading: one file's way through as many children as it needs.
//!
//! A child reads a span of pages that are missing. One that ends early, or is ended because a page
//! took too long, leaves a page to blame: the other engine tries that page alone, otherwise it is
//! marked failed, and the next child reads on behind it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::message::{Arrival, Message, cause_of_death, complaints, listen};
use super::{RawDocument, Sandbox, Task};
use crate::pdf::cap::{MAX_FILE_MESSAGES, MAX_PAGES, MAX_REASON, MAX_TITLE};
use crate::pdf::reader::{EngineChoice, RawPage};
use crate::pdf::{Engine, Failure, Reason, clean};
use crate::progress::CancelToken;

/// How often a child may die before the file is given up.
const MAX_DEATHS: usize = 15;
/// How often the parent looks whether a deadline has passed.
const TICK: Duration = Duration::from_millis(50);

/// A file that is being read.
pub struct Reading<'a> {
    sandbox: &'a Sandbox,
    path: &'a Path,
    /// The hash of what the file is to hold.
    expected: Option<[u8; 32]>,
    cancel: &'a CancelToken,
    began: Instant,
    pages: BTreeMap<u32, RawPage>,
    /// Bytes of all pages as they arrived.
    bytes: usize,
    /// Pages of the file, once a child has opened it.
    total: Option<u32>,
    title: String,
    /// Which engines read it; the second alone when the first cannot open it.
    engine: EngineChoice,
    /// What ended children, in order.
    deaths: Vec<Failure>,
}

/// How a child ended.
enum Ended {
    /// All pages of its task are there.
    Done,
    Cancelled,
    /// It does not open the file.
    Refused(Failure),
    /// The file is over a cap.
    Over(Failure),
    Died {
        failure: Failure,
        /// The page that it was at, where that is known.
        page: Option<u32>,
        opened: bool,
    },
}

impl<'a> Reading<'a> {
    pub fn new(
        sandbox: &'a Sandbox,
        path: &'a Path,
        expected: Option<[u8; 32]>,
        cancel: &'a CancelToken,
    ) -> Self {
        Self {
            sandbox,
            path,
            expected,
            cancel,
            began: Instant::now(),
            pages: BTreeMap::new(),
            bytes: 0,
            total: None,
            title: String::new(),
            engine: sandbox.engine,
            deaths: Vec::new(),
        }
    }

    /// Reads all pages; `Ok(None)` when cancelled.
    pub fn run(mut self) -> Result<Option<RawDocument>, Failure> {
        let mut task = Task {
            threads: self.sandbox.threads.max(1),
            ..self.missing()
        };
        loop {
            match self.run_child(task) {
                Ended::Cancelled => return Ok(None),
                Ended::Over(failure) => return Err(failure),
                Ended::Done => {}
                Ended::Refused(failure) => self.refused(task, failure)?,
                Ended::Died {
                    failure,
                    page,
                    opened,
                } => {
                    if let Some(next) = self.died(task, failure, page, opened)? {
                        task = next;
                        continue;
                    }
                }
            }
            task = self.missing();
            if self.total.is_some_and(|total| task.from > total) {
                break;
            }
        }
        Ok(Some(RawDocument {
            // A child says what it has read before anything else.
            hash: self.expected.unwrap_or_default(),
            title: self.title,
            pages: self.pages.into_values().collect(),
            death: self.deaths.into_iter().next(),
        }))
    }

    /// The first span of pages that are missing, one by one.
    fn missing(&self) -> Task {
        let from = self.next_page(1);
        let known = self.pages.range(from..).next();
        Task {
            from,
            last: known.map_or(u32::MAX, |(page, _)| page - 1),
            engine: self.engine,
            threads: 1,
        }
    }

    /// The first missing page from one on.
    fn next_page(&self, from: u32) -> u32 {
        let known = self.pages.range(from..).map(|(page, _)| *page);
        from + (from..).zip(known).take_while(|(a, b)| a == b).count() as u32
    }

    /// A file that no child has opened is refused; of one that was, the second engine alone may
    /// refuse it for a page that ended the first.
    fn refused(&mut self, task: Task, failure: Failure) -> Result<(), Failure> {
        let retried = task.from == task.last && task.engine != self.engine;
        match self.deaths.last() {
            Some(death) if retried => {
                let reason = death.to_string();
                self.fail(task.from, &reason);
                Ok(())
            }
            Some(_) => Err(self.deaths.swap_remove(0)),
            None => Err(failure),
        }
    }

    fn fail(&mut self, page: u32, reason: &str) {
        self.pages.insert(page, RawPage::failed(page, reason));
    }

    /// What to do after a child's death: a task, or none when the page is marked failed and the
    /// others are next. `Err` when there is no point in going on.
    fn died(
        &mut self,
        task: Task,
        failure: Failure,
        page: Option<u32>,
        opened: bool,
    ) -> Result<Option<Task>, Failure> {
        let late = self.began.elapsed() > self.sandbox.limits.file;
        if task.threads > 1 && page.is_none() && !late {
            // Which page it was shows when they are read one by one.
            return Ok(Some(self.missing()));
        }
        let page = page.unwrap_or_else(|| self.next_page(task.from));
        self.deaths.push(failure.clone());
        if late || self.deaths.len() > MAX_DEATHS {
            return Err(self.deaths.swap_remove(0));
        }
        if task.engine == EngineChoice::Both {
            // The other engine may survive this page, or the file as a whole.
            let other = EngineChoice::Only(Engine::PdfExtract);
            if opened {
                return Ok(Some(Task::page(page, other)));
            }
            self.engine = other;
            return Ok(Some(self.missing()));
        }
        if self.total.is_none_or(|total| page > total) {
            return Err(self.deaths.swap_remove(0));
        }
        self.fail(page, &failure.to_string());
        Ok(None)
    }

    fn run_child(&mut self, task: Task) -> Ended {
        let mut child = match self.sandbox.spawn(self.path, task) {
            Ok(child) => child,
            Err(e) => {
                let detail = format!("cannot start {}: {e}", self.sandbox.program.display());
                return Ended::Refused(Failure::new(Reason::Unreadable, detail));
            }
        };
        let arrivals = listen(&mut child, false);
        let complaint = complaints(&mut child);
        let mut watch = Watch::new(self.sandbox.limits.page);
        let ended = loop {
            if self.cancel.is_cancelled() {
                break Ended::Cancelled;
            }
            if let Some(died) = self.deadline(task, &watch) {
                break died;
            }
            match arrivals.recv_timeout(TICK) {
                Ok(arrival) => {
                    if let Some(ended) = self.take(task, arrival, &mut watch) {
                        break ended;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    break Ended::Died {
                        failure: failure_of(&mut child, &complaint),
                        page: watch.only(),
                        opened: watch.opened,
                    };
                }
            }
        };
        // Already gone is as good as killed.
        let _ = child.kill();
        let _ = child.wait();
        ended
    }

    /// The end of a child that is over a deadline.
    fn deadline(&self, task: Task, watch: &Watch) -> Option<Ended> {
        let limits = &self.sandbox.limits;
        let (page, detail) = if self.began.elapsed() > limits.file {
            (watch.only(), format!("reading took over {:?}", limits.file))
        } else if let Some(page) = watch.overdue() {
            (
                Some(page),
                format!("page {page} took over {:?}", limits.page),
            )
        } else if watch.is_idle() {
            let page = self.next_page(task.from);
            (None, format!("page {page} took over {:?}", limits.page))
        } else {
            return None;
        };
        Some(Ended::Died {
            failure: Failure::new(Reason::TooSlow, detail),
            page,
            opened: watch.opened,
        })
    }

    /// Takes what arrived; says how the child ended if it is at its end.
    fn take(&mut self, task: Task, arrival: Arrival, watch: &mut Watch) -> Option<Ended> {
        let (message, bytes) = match arrival {
            Arrival::Message(message, bytes) => (message, bytes),
            Arrival::TooLong => {
                let detail = "a page has more text than a page can have";
                return Some(Ended::Died {
                    failure: Failure::new(Reason::TooLarge, detail),
                    page: watch.only(),
                    opened: watch.opened,
                });
            }
        };
        let last = task.last.min(self.total.unwrap_or(u32::MAX));
        match message {
            Message::Read(hash) if *self.expected.get_or_insert(hash) != hash => {
                let failure = Failure::new(Reason::Unreadable, "it changes while it is read");
                return Some(Ended::Over(failure));
            }
            Message::Opened { pages, .. } if pages > MAX_PAGES => {
                let detail = format!("{pages} pages; the most is {MAX_PAGES}");
                return Some(Ended::Over(Failure::new(Reason::TooLarge, detail)));
            }
            Message::Opened { pages, title } => {
                watch.open();
                self.title = clean::excerpt(&title, MAX_TITLE);
                // The engines may count differently; who opens the file first is right.
                self.total.get_or_insert(pages);
            }
            Message::Begun(page) if (task.from..=last).contains(&page) => {
                watch.begin(page, task.threads);
            }
            Message::Page(page) if (task.from..=last).contains(&page.number) => {
                watch.finish(page.number);
                self.bytes += bytes;
                if self.bytes > MAX_FILE_MESSAGES {
                    let detail = format!("its text is over {} MiB", MAX_FILE_MESSAGES >> 20);
                    return Some(Ended::Over(Failure::new(Reason::TooLarge, detail)));
                }
                self.pages
                    .entry(page.number)
                    .or_insert_with(|| page.admitted());
            }
            Message::Refused(mut failure) => {
                failure.detail = clean::excerpt(&failure.detail, MAX_REASON);
                return Some(Ended::Refused(failure));
            }
            // A page that was not asked for, a picture, a copy.
            Message::Read(_)
            | Message::Begun(_)
            | Message::Page(_)
            | Message::Picture(_)
            | Message::Copied(_) => {}
        }
        let last = task.last.min(self.total?);
        watch.next = self.next_page(watch.next.max(task.from));
        (watch.opened && watch.next > last).then_some(Ended::Done)
    }
}

/// What a child is at, and since when.
pub(super) struct Watch {
    limit: Duration,
    opened: bool,
    /// Pages begun and not finished.
    at_work: BTreeMap<u32, Instant>,
    /// When it last finished something.
    last: Instant,
    /// No page of the task before this one is missing.
    next: u32,
}

impl Watch {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            opened: false,
            at_work: BTreeMap::new(),
            last: Instant::now(),
            next: 0,
        }
    }

    fn open(&mut self) {
        self.opened = true;
        self.last = Instant::now();
    }

    /// As many pages are at work as the task has threads; a child that says otherwise is not heard.
    pub(super) fn begin(&mut self, page: u32, threads: usize) {
        if self.at_work.len() < threads {
            self.at_work.entry(page).or_insert_with(Instant::now);
        }
    }

    pub(super) fn finish(&mut self, page: u32) {
        self.at_work.remove(&page);
        self.last = Instant::now();
    }

    /// A page that is over its time.
    pub(super) fn overdue(&self) -> Option<u32> {
        let over = |(_, since): &(&u32, &Instant)| since.elapsed() > self.limit;
        self.at_work.iter().find(over).map(|(page, _)| *page)
    }

    /// Whether nothing was begun or finished for too long: the file does not load.
    pub(super) fn is_idle(&self) -> bool {
        self.at_work.is_empty() && self.last.elapsed() > self.limit
    }

    /// The one page at work, if it is one.
    pub(super) fn only(&self) -> Option<u32> {
        let mut pages = self.at_work.keys();
        pages.next().copied().filter(|_| pages.next().is_none())
    }
}

/// Why a child that closed its pipe ended.
fn failure_of(child: &mut Child, complaint: &Receiver<String>) -> Failure {
    // One that closed its pipe and lives on is no reader any more.
    let _ = child.kill();
    let status = child.wait().map(|s| s.to_string()).unwrap_or_default();
    let complaint = complaint
        .recv_timeout(Duration::from_secs(1))
        .unwrap_or_default();
    cause_of_death(&complaint, &status)
}
