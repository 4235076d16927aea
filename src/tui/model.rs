//! The model: all that the screen shows, and nothing of how.

mod ahead;
pub mod ask;
mod compare;
mod filter;
pub mod find;
pub mod grid;
mod input;
mod library;
mod picture;
pub mod redline;
pub mod train;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ratatui::symbols::Marker;

use super::keymap::Keymap;
use super::theme::Theme;
use crate::config::{Library, OcrMode};
use crate::job::indexing::Summary;
use crate::pdf::Page;
use crate::retrieve::scope::Scope;
use crate::retrieve::{Aids, Arm, Hit, Part};
pub use ahead::Ahead;
pub use ask::AskPane;
pub use compare::ComparePane;
pub use filter::FilterLine;
pub use find::Finder;
pub use grid::GridPane;
pub use input::Input;
pub use library::{Entry, EntryState, LibraryPane};
pub use picture::PictureView;
pub use redline::RedlinePane;
pub use train::{JobView, TrainPane};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Search,
    Compare,
    Train,
    Ask,
    Grid,
    Library,
    Redline,
}

impl Pane {
    pub const ALL: [Pane; 7] = [
        Pane::Search,
        Pane::Compare,
        Pane::Train,
        Pane::Ask,
        Pane::Grid,
        Pane::Library,
        Pane::Redline,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Pane::Search => "Search",
            Pane::Compare => "Compare",
            Pane::Train => "Train",
            Pane::Ask => "Ask",
            Pane::Grid => "Grid",
            Pane::Library => "Library",
            Pane::Redline => "Redline",
        }
    }
}

pub struct Model {
    pub pane: Pane,
    pub search: SearchPane,
    pub compare: ComparePane,
    pub train: TrainPane,
    pub ask: AskPane,
    pub grid: GridPane,
    pub library: LibraryPane,
    pub redline: RedlinePane,
    pub job: Job,
    pub help: Option<Help>,
    pub toast: Option<Toast>,
    pub theme: Theme,
    pub keys: Keymap,
    /// What charts are drawn with.
    pub marker: Marker,
    /// The library's folder, and its name for the tab row.
    pub folder: PathBuf,
    pub name: String,
    pub mouse: bool,
    /// Which pages OCR reads, by the settings.
    pub ocr: OcrMode,
    pub quit: bool,
    pub now: Instant,
    dirty: bool,
}

#[derive(Default)]
pub struct SearchPane {
    pub input: Input,
    pub arm: Arm,
    pub aids: Aids,
    pub filter: FilterLine,
    /// Why a page was found, or not, a fact a line.
    pub explanation: Option<Vec<String>>,
    pub hits: Vec<Hit>,
    pub selected: usize,
    /// First hit on the screen, kept by the view.
    pub offset: usize,
    pub terms: Vec<String>,
    /// What the question was found to be about, and what was asked for besides.
    pub scope: Scope,
    pub parts: Vec<Part>,
    /// What the question is about and the library lacks.
    pub lacks: Option<String>,
    pub took: Option<Duration>,
    /// How long the last searches took.
    pub times: VecDeque<Duration>,
    /// The question that `hits` answer.
    pub answered: String,
    /// The number it was asked by; asked again, it keeps it.
    pub answered_serial: u64,
    /// What it waits for.
    pub ahead: Option<Ahead>,
    /// Number of the last question asked; older answers are stale.
    pub serial: u64,
    /// When the question in the input will be asked.
    pub due: Option<Instant>,
    pub waiting: bool,
    pub page: Option<PageView>,
    /// The page as a picture, over its text.
    pub picture: Option<PictureView>,
    /// Room for the page in cells, kept by the view, and the pixels of a row of them.
    pub page_cells: (u16, u16),
    pub row_height: u32,
    /// The page has the keys.
    pub reading: bool,
    /// Words that are looked for on it, the row of the last place that was shown, and, of a page that was asked for
    /// because it has them, whether the first place is wanted or the last.
    pub find: Finder,
    pub found: Option<usize>,
    pub found_on: Option<bool>,
    pub history: Vec<String>,
    /// Place in the history while it is walked.
    pub recalled: Option<usize>,
}

/// A page on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct PageView {
    pub document: String,
    pub number: u32,
    pub pages: u32,
    pub page: Option<Page>,
    /// Lines of the chunk on this page, counted from 0.
    pub marked: Option<(u32, u32)>,
    pub scroll: usize,
    /// The view should bring the marked lines into sight.
    pub follow: bool,
    /// The chunk that led here, to mark it again when its page comes back.
    pub chunk: Option<ChunkPlace>,
}

impl PageView {
    /// The figure that led here, where it stands on this page.
    pub fn cell(&self) -> Option<&CellPlace> {
        let chunk = self
            .chunk
            .as_ref()
            .filter(|chunk| chunk.page == self.number)?;
        chunk.cell.as_ref()
    }

    /// Where the figure that led here begins and ends, as shares of its line's length.
    pub fn boxed(&self) -> Option<(f32, f32)> {
        let cell = self.cell()?;
        let line = self.page.as_ref()?.lines.get(cell.line as usize)?;
        let (first, last) = (line.place.cells.first()?, line.place.cells.last()?);
        let (start, length) = (first.0, last.1 - first.0);
        let share = |x: f32| (x - start) / length;
        (length > 0.0).then(|| (share(cell.edges.0), share(cell.edges.1)))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ChunkPlace {
    pub page: u32,
    pub page_last: u32,
    pub line_first: u32,
    pub line_last: u32,
    pub text: String,
    /// The one figure that led here, where one did.
    pub cell: Option<CellPlace>,
}

/// A figure on its page.
#[derive(Debug, Clone, PartialEq)]
pub struct CellPlace {
    pub line: u32,
    /// Left and right edge, in points.
    pub edges: (f32, f32),
    pub printed: String,
}

impl ChunkPlace {
    /// The chunk's lines on page `number`.
    pub fn lines_on(&self, number: u32) -> Option<(u32, u32)> {
        if number < self.page || number > self.page_last {
            return None;
        }
        let first = if number == self.page {
            self.line_first
        } else {
            0
        };
        let last = if number == self.page_last {
            self.line_last
        } else {
            u32::MAX
        };
        Some((first, last))
    }
}

/// The indexing job.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Job {
    pub state: JobState,
    pub documents: (usize, usize),
    pub pages: u64,
    pub chunks: u64,
    /// Embedded, of, tokens, seconds.
    pub encoded: Option<(usize, usize, u64, f64)>,
    /// Of a document that OCR is reading: its name, pages done, and of how many.
    pub recognised: Option<(String, usize, usize)>,
    pub current: String,
    pub failed: usize,
    /// The folder changed while a job ran.
    pub again: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub enum JobState {
    #[default]
    Idle,
    Running,
    Done(Box<Summary>),
    /// Another process has the library, or the job failed: searching goes on.
    Stopped(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Help {
    pub filter: Input,
    pub selected: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    pub text: String,
    /// When it was put there.
    pub since: Instant,
    pub until: Instant,
    pub bad: bool,
}

/// How long a message stays whatever is done.
const READ: Duration = Duration::from_millis(1500);

impl Model {
    pub fn new(library: &Library, theme: Theme) -> Self {
        let name = library
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self {
            pane: Pane::Search,
            search: SearchPane::default(),
            compare: ComparePane::default(),
            train: TrainPane::default(),
            ask: AskPane::default(),
            grid: GridPane::default(),
            library: LibraryPane::default(),
            redline: RedlinePane::default(),
            job: Job::default(),
            help: None,
            toast: None,
            theme,
            keys: Keymap::default(),
            marker: Marker::Braille,
            folder: library.folder.clone(),
            name,
            mouse: true,
            ocr: OcrMode::default(),
            quit: false,
            now: Instant::now(),
            dirty: false,
        }
    }

    /// Shows a message for a while.
    pub fn say(&mut self, text: impl Into<String>, bad: bool) {
        let until = self.now + Duration::from_secs(if bad { 8 } else { 4 });
        self.toast = Some(Toast {
            text: text.into(),
            since: self.now,
            until,
            bad,
        });
        self.dirty = true;
    }

    /// Takes off a message that was there long enough to be read: what is done next it is not about.
    pub fn take_read(&mut self) {
        self.toast
            .take_if(|toast| self.now.duration_since(toast.since) >= READ);
    }

    pub fn mark_dirty(&mut self) {
        self.dirty = true;
    }

    /// True once after something changed that no message showed.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Whether the folder was looked through and has nothing to index.
    pub fn is_empty(&self) -> bool {
        let is_none = |summary: &Summary| summary.documents == 0 && summary.failed.is_empty();
        let is_done = matches!(&self.job.state, JobState::Done(summary) if is_none(summary));
        is_done && self.library.rows.is_empty()
    }

    /// How many of the files that the running job is to read it has read; none once it has all.
    pub fn still_reading(&self) -> Option<(usize, usize)> {
        let (done, of) = self.job.documents;
        let is_running = self.job.state == JobState::Running;
        (is_running && done < of).then_some((done, of))
    }

    /// Whether the running job may still bring what is asked for: something is unread, or there is nothing to ask.
    pub fn is_coming(&self) -> bool {
        let is_bare = self.library.rows.is_empty() || self.library.coverage.encoded == 0;
        let is_running = self.job.state == JobState::Running;
        is_running && (is_bare || self.still_reading().is_some())
    }

    /// The hit under the cursor.
    pub fn hit(&self) -> Option<&Hit> {
        self.search.hits.get(self.search.selected)
    }
}

impl SearchPane {
    /// The time within which 95 of 100 of the last searches were answered.
    pub fn p95(&self) -> Option<Duration> {
        let mut times: Vec<Duration> = self.times.iter().copied().collect();
        times.sort_unstable();
        let at = (times.len() * 95).div_ceil(100).checked_sub(1)?;
        times.get(at).copied()
    }

    /// Takes the time of one more search.
    pub fn timed(&mut self, took: Duration) {
        self.times.push_back(took);
        if self.times.len() > 100 {
            self.times.pop_front();
        }
    }
}

/// How many questions are remembered.
const HISTORY: usize = 200;

/// Earlier questions, oldest first; a missing or damaged file is an empty history.
pub fn load_history(library: &Library) -> Vec<String> {
    crate::fsio::read_small(library.home.history())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// Keeps the last questions.
pub fn save_history(library: &Library, history: &[String]) {
    let last = &history[history.len().saturating_sub(HISTORY)..];
    if let Ok(json) = serde_json::to_vec(last) {
        // A history that cannot be written is no reason to stop.
        let _ = crate::fsio::write_atomic(&library.home.history(), &json);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_over_two_pages_is_marked_on_both() {
        let place = ChunkPlace {
            page: 3,
            page_last: 4,
            line_first: 7,
            line_last: 2,
            text: String::new(),
            cell: None,
        };
        assert_eq!(place.lines_on(2), None);
        assert_eq!(place.lines_on(3), Some((7, u32::MAX)));
        assert_eq!(place.lines_on(4), Some((0, 2)));
    }
}
