//! A PDF as text: `Document` is a list of `Page`s, a page a list of `Line`s in reading order.
//!
//! Two engines yield positioned glyphs (`engine`: hayro-interpret, and pdf-extract for what it
//! cannot read), one layout turns glyphs into lines, `structure` says which lines are running
//! headers, headings or table rows. All of it runs in a child process (`sandbox`), because any
//! PDF parser can hang, overflow the stack or eat the memory on a bad file.

pub mod cap;
mod clean;
pub mod copy;
pub mod engine;
pub mod glyph;
pub mod layout;
pub mod reader;
pub mod ruled;
pub mod sandbox;
pub mod structure;
pub mod table;
mod unit;

use serde::{Deserialize, Serialize};

use crate::config::OcrMode;
use crate::remedy::{Remedied, Remedy};
use ruled::Ruled;

/// Changes when the same PDF would give other lines or kinds: documents read by an earlier one are
/// read again.
pub const EXTRACTOR_VERSION: u32 = 7;

/// How the reason of a page begins that OCR could not read.
pub const OCR_FAILED: &str = "OCR failed";

/// Why a whole document, or a page of one, gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Encrypted,
    /// Pictures that OCR was not tried on.
    Scanned,
    /// Pictures in which OCR found no words.
    Illegible,
    /// A form that a viewer fills in when it is opened (XFA): its pages say that one has to wait.
    DynamicForm,
    Empty,
    Truncated,
    NotAPdf,
    Damaged,
    TooSlow,
    TooLarge,
    Crashed,
    Unreadable,
}

impl Reason {
    /// The name used in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Encrypted => "encrypted",
            Reason::Scanned => "scanned",
            Reason::Illegible => "illegible",
            Reason::DynamicForm => "dynamic_form",
            Reason::Empty => "empty",
            Reason::Truncated => "truncated",
            Reason::NotAPdf => "not_a_pdf",
            Reason::Damaged => "damaged",
            Reason::TooSlow => "too_slow",
            Reason::TooLarge => "too_large",
            Reason::Crashed => "crashed",
            Reason::Unreadable => "unreadable",
        }
    }

    /// The reason of a name that `as_str` gave.
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }

    /// What a user can do about it who has OCR as `mode` says.
    pub fn remedy_by(self, mode: OcrMode) -> Remedy {
        match (self, mode) {
            (Reason::Scanned, OcrMode::Never) => Remedy::Advice(
                "OCR is switched off (ocr.mode): switch it on and index again, it reads scans"
                    .into(),
            ),
            _ => self.remedy(),
        }
    }

    /// What a user can do about it.
    pub fn remedy(self) -> Remedy {
        let words = match self {
            Reason::TooSlow => return Remedy::RaiseLimit("extract.page_seconds"),
            Reason::TooLarge => return Remedy::RaiseLimit("extract.memory_mb"),
            Reason::Encrypted => "save a copy without the password and put it in the folder",
            Reason::Scanned => {
                "install tesseract (Debian's package is tesseract-ocr) and index again: it reads scans"
            }
            Reason::Illegible => "fetch a better copy, or one with text",
            Reason::DynamicForm => "open it in Adobe's Reader, and print it to a PDF",
            Reason::Empty => "the file has no content: fetch it again",
            Reason::Truncated => "the file ends early: fetch it again",
            Reason::NotAPdf => "not a PDF despite its name: remove or rename it",
            Reason::Damaged => "try to repair it (for example qpdf or a print to PDF)",
            Reason::Crashed => "try to repair it (for example qpdf or a print to PDF)",
            Reason::Unreadable => "check that the file exists and may be read",
        };
        Remedy::Advice(words.into())
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Reason::Encrypted => "encrypted",
            Reason::Scanned => "scanned or unreadable: no page has text",
            Reason::Illegible => "no page has text, and OCR found no words",
            Reason::DynamicForm => "a form that is filled in by its viewer (XFA)",
            Reason::Empty => "empty",
            Reason::Truncated => "truncated",
            Reason::NotAPdf => "not a PDF",
            Reason::Damaged => "damaged",
            Reason::TooSlow => "too slow to read",
            Reason::TooLarge => "too large to read",
            Reason::Crashed => "the PDF reader crashed on it",
            Reason::Unreadable => "cannot be opened",
        })
    }
}

/// A document that gave nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Failure {
    pub reason: Reason,
    pub detail: String,
}

impl Remedied for Failure {
    fn remedy(&self) -> Option<Remedy> {
        Some(self.reason.remedy())
    }
}

impl Failure {
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// Which engine read a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    PdfExtract,
    Hayro,
    /// The page is a picture: OCR (`ocr`).
    Tesseract,
}

impl Engine {
    /// The name used in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::PdfExtract => "pdf-extract",
            Engine::Hayro => "hayro",
            Engine::Tesseract => "tesseract",
        }
    }

    /// The engine of a name that `as_str` gave.
    pub fn named(name: &str) -> Self {
        match name {
            "hayro" => Engine::Hayro,
            "tesseract" => Engine::Tesseract,
            _ => Engine::PdfExtract,
        }
    }
}

/// What a line is within its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineKind {
    /// Recurs on many pages at one place: left out of chunks.
    Running,
    /// The printed page number: left out of chunks.
    Folio,
    /// Level 1 (Part, Item) to 3.
    Heading(u8),
    /// Over a table: its unit, periods, names of columns.
    Head,
    /// A row of a table, or a label between its rows.
    Row,
    /// A footnote.
    Note,
    Body,
}

/// Where a line stands on its page, in points, `y` the baseline's height over the page's foot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    pub y: f32,
    /// Font size.
    pub size: f32,
    /// Left and right edge of each cell.
    pub cells: Vec<(f32, f32)>,
}

/// A line of text in reading order.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub text: String,
    pub kind: LineKind,
    /// True when a paragraph or block begins here.
    pub starts_block: bool,
    /// As drawn, where that differs from `text`, which has no leader dots and closed figures. Not
    /// stored.
    pub drawn: Option<String>,
    /// Empty where it is not known.
    pub place: Place,
}

impl Line {
    /// A line whose place is not known.
    pub fn new(text: impl Into<String>, kind: LineKind, starts_block: bool) -> Self {
        Self {
            text: text.into(),
            kind,
            starts_block,
            drawn: None,
            place: Place::default(),
        }
    }

    /// Running headers, footers and page numbers: no part of what the page says.
    pub fn is_furniture(&self) -> bool {
        matches!(self.kind, LineKind::Running | LineKind::Folio)
    }
}

/// Where a figure stands that OCR is not sure of: the number of its line, and its middle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    pub line: usize,
    pub x: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    Text,
    NoText,
    Failed,
}

impl PageState {
    pub fn as_str(self) -> &'static str {
        match self {
            PageState::Text => "text",
            PageState::NoText => "no_text",
            PageState::Failed => "failed",
        }
    }
}

/// A page; `number` is the PDF's own, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub number: u32,
    pub state: PageState,
    /// Why, when the state is not `Text`.
    pub reason: Option<String>,
    pub engine: Engine,
    /// How sure OCR is of what it read, in percent; none where the page has its text itself.
    pub sure: Option<u8>,
    /// Figures that OCR is not sure of.
    pub doubts: Vec<Doubt>,
    /// Its tables that are drawn in lines, as it was read; not stored.
    pub ruled: Vec<Ruled>,
    pub lines: Vec<Line>,
}

impl Page {
    /// Whether there is more on it than page numbers and running heads.
    fn says_something(&self) -> bool {
        self.state == PageState::Text && !self.lines.iter().all(Line::is_furniture)
    }

    /// ` (OCR, 95 % sure)` of a page that OCR has read; else nothing.
    pub fn ocr(&self) -> String {
        let sure = self.sure.map(|sure| format!(" (OCR, {sure} % sure)"));
        sure.unwrap_or_default()
    }

    /// Where its lines stand, if OCR has read them: the file itself does not know.
    pub fn places_by_ocr(&self) -> Vec<Place> {
        let lines = self.lines.iter().filter(|_| self.sure.is_some());
        lines.map(|line| line.place.clone()).collect()
    }

    /// Whether it has no text and OCR was not tried on it.
    pub fn is_unread(&self) -> bool {
        self.state == PageState::NoText && self.engine != Engine::Tesseract
    }

    /// A scanned page often carries a typed number or running head: its text is missing all the
    /// same.
    fn without_text_if_silent(mut self) -> Self {
        if self.state == PageState::Text && !self.says_something() {
            self.state = PageState::NoText;
            self.reason = Some("no text but a running head or page number (a picture)".to_owned());
            self.sure = None;
        }
        self
    }

    /// The page's text, a line a line, an empty line before each block. `raw` keeps running
    /// headers, footers and page numbers, and the lines as drawn.
    pub fn text(&self, raw: bool) -> String {
        let mut out = String::new();
        for line in &self.lines {
            if !raw && line.is_furniture() {
                continue;
            }
            if !out.is_empty() {
                out.push_str(if line.starts_block { "\n\n" } else { "\n" });
            }
            let drawn = line.drawn.as_ref().filter(|_| raw);
            out.push_str(drawn.unwrap_or(&line.text));
        }
        out
    }
}

/// A document's pages, all of them, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// The file's own title property, which is often none or a tool's.
    pub title: String,
    pub pages: Vec<Page>,
    /// Letters that stand on its pages and nobody sees: white, covered, cut off. They are left out.
    pub hidden: usize,
}

impl Document {
    /// Whether it says no more than that a viewer should show something else: the page that Adobe puts before an XFA form.
    fn is_placeholder(&self) -> bool {
        const SAYS: [&str; 2] = [
            "please wait",
            "is not eventually replaced with the proper contents",
        ];
        let [page] = &self.pages[..] else {
            return false;
        };
        let words = page.text(true).to_lowercase();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        SAYS.iter().all(|part| words.contains(part))
    }

    /// Refuses a document of which no page has text, by the most telling reason.
    pub fn require_text(self) -> Result<Self, Failure> {
        if self.is_placeholder() {
            let detail = "its page asks to wait for a content that only Adobe's viewers make";
            return Err(Failure::new(Reason::DynamicForm, detail));
        }
        if self.pages.iter().any(Page::says_something) {
            return Ok(self);
        }
        if self.pages.is_empty() {
            return Err(Failure::new(Reason::Empty, "the PDF has no pages"));
        }
        let failed = self
            .pages
            .iter()
            .filter(|p| p.state == PageState::Failed)
            .count();
        if failed > 0 {
            let first = self
                .pages
                .iter()
                .find_map(|p| p.reason.clone())
                .unwrap_or_default();
            return Err(Failure::new(
                Reason::Damaged,
                format!("no page could be read ({failed} failed; the first: {first})"),
            ));
        }
        let detail = match self.pages.len() {
            1 => "its one page has no text layer".to_owned(),
            n => format!("none of its {n} pages has a text layer"),
        };
        let mut reasons = self.pages.iter().filter_map(|p| p.reason.as_ref());
        let detail = match reasons.find(|reason| reason.starts_with(OCR_FAILED)) {
            Some(failed) => format!("{detail}, {failed}"),
            None => detail,
        };
        let tried = self.pages.iter().any(|p| p.engine == Engine::Tesseract);
        let reason = if tried {
            Reason::Illegible
        } else {
            Reason::Scanned
        };
        Err(Failure::new(reason, detail))
    }
}
