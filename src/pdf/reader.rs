//! The reader: one file, both engines, page by page. Runs inside the sandbox child.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hayro_interpret::hayro_syntax::Pdf;

use super::cap::{
    Excess, MAX_LINE_CELLS, MAX_LINE_TEXT, MAX_PAGE_LINES, MAX_PAGE_TEXT, MAX_REASON,
    MAX_RULED_CELLS,
};
use super::engine::hayro::{Hayro, LoadError};
use super::engine::pdf_extract::PdfExtract;
use super::engine::stock::Stock;
use super::glyph::{Glyph, GlyphPage, GlyphSource};
use super::layout::{self, RawLine};
use super::ruled::Ruled;
use super::{Doubt, Engine, Failure, PageState, Reason, clean};

/// A page as the child sends it to its parent, before the document as a whole is judged.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RawPage {
    pub number: u32,
    pub state: PageState,
    pub reason: Option<String>,
    pub engine: Engine,
    pub lines: Vec<RawLine>,
    /// Letters that nobody sees, left out.
    #[serde(default)]
    pub hidden: usize,
    /// Most of what is drawn on it stands for no text that is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_garbled: bool,
    /// Its tables that are drawn in lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ruled: Vec<Ruled>,
    /// Pictures take as much of it as a scan does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_scan: bool,
    /// How sure OCR is of it, in percent.
    #[serde(skip)]
    pub sure: Option<u8>,
    /// Middles, on the baseline, of figures that OCR is not sure of.
    #[serde(skip)]
    pub doubts: Vec<(f32, f32)>,
}

impl RawPage {
    /// A page that could not be read.
    pub fn failed(number: u32, reason: impl ToString) -> Self {
        let (state, engine) = (PageState::Failed, Engine::PdfExtract);
        Self {
            number,
            state,
            reason: Some(clean::excerpt(&reason.to_string(), MAX_REASON)),
            engine,
            lines: Vec::new(),
            hidden: 0,
            is_garbled: false,
            is_scan: false,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
        }
    }

    /// Whether more than a few words, such as a running head or a page number, stand on it.
    pub fn says_something(&self) -> bool {
        let words = self
            .lines
            .iter()
            .flat_map(|line| line.text.split_whitespace());
        let telling = words.filter(|word| word.chars().any(char::is_alphanumeric));
        telling.count() > MOST_WORDS_OF_FURNITURE
    }

    /// The lines that its doubtful figures stand in.
    pub fn doubts(&self) -> Vec<Doubt> {
        let on = |(x, y): &(f32, f32), line: &RawLine| {
            (line.y - y).abs() < 0.5 * line.size
                && line.cells.iter().any(|(x0, x1)| (*x0..=*x1).contains(x))
        };
        let placed = self.doubts.iter().filter_map(|at| {
            let line = self.lines.iter().position(|line| on(at, line))?;
            Some(Doubt { line, x: at.0 })
        });
        placed.collect()
    }

    /// The page if it keeps to the caps, its text printable; otherwise a failed one. The parent asks
    /// this of every page that it is sent.
    pub fn admitted(mut self) -> Self {
        if let Err(excess) = self.keeps_to_caps() {
            return Self::failed(self.number, excess);
        }
        for line in &mut self.lines {
            clean::make_printable(&mut line.text);
        }
        self.reason = self.reason.map(|r| clean::excerpt(&r, MAX_REASON));
        self
    }

    fn keeps_to_caps(&self) -> Result<(), Excess> {
        if self.lines.len() > MAX_PAGE_LINES {
            return Err(Excess::Lines);
        }
        let long = |l: &RawLine| l.text.len() > MAX_LINE_TEXT || l.cells.len() > MAX_LINE_CELLS;
        if self.lines.iter().any(long) {
            return Err(Excess::Line);
        }
        if self.lines.iter().map(|l| l.text.len()).sum::<usize>() > 2 * MAX_PAGE_TEXT {
            return Err(Excess::Text);
        }
        if self
            .ruled
            .iter()
            .map(|table| table.cells.len())
            .sum::<usize>()
            > MAX_RULED_CELLS
        {
            return Err(Excess::Cells);
        }
        let is_placed = self.lines.iter().all(RawLine::is_placed);
        if !is_placed || !self.ruled.iter().all(Ruled::is_placed) {
            return Err(Excess::Place);
        }
        Ok(())
    }
}

/// A scan often has a typed head and number on it.
const MOST_WORDS_OF_FURNITURE: usize = 12;

/// Which engines may be used, for measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// hayro first, pdf-extract for what it cannot read.
    #[default]
    Both,
    Only(Engine),
    /// pdf-extract as shipped, its own layout included.
    Stock,
}

/// The bytes of the file at `path`.
pub fn bytes_of(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |e| Failure::new(Reason::Unreadable, format!("{}: {e}", path.display()));
    crate::fsio::refuse_special(path).map_err(failed)?;
    std::fs::read(path).map_err(failed)
}

/// A loaded file. The second engine is loaded when it is first needed.
pub struct Reader {
    bytes: Vec<u8>,
    choice: EngineChoice,
    first: Option<Hayro>,
    second: Option<Result<PdfExtract, String>>,
    stock: Option<Stock>,
}

impl Reader {
    /// Reads and parses `path`; says which kind of bad a bad file is.
    pub fn open(path: &Path, choice: EngineChoice) -> Result<Self, Failure> {
        Self::load(bytes_of(path)?, choice)
    }

    /// Parses what a file holds.
    pub fn load(bytes: Vec<u8>, choice: EngineChoice) -> Result<Self, Failure> {
        check_header(&bytes)?;
        let mut reader = Self {
            bytes,
            choice,
            first: None,
            second: None,
            stock: None,
        };
        if choice == EngineChoice::Stock {
            let loaded = guarded(|| Stock::load(&reader.bytes));
            reader.stock = Some(loaded.map_err(|e| Failure::new(Reason::Damaged, e))?);
            return Ok(reader);
        }
        let first = reader.load_first();
        // hayro makes something of a file whose end is missing, but not all of it.
        let whole = choice != EngineChoice::Both || reader.has_end();
        let error = match first {
            Ok(doc) => {
                reader.first = Some(doc);
                if whole {
                    return Ok(reader);
                }
                None
            }
            Err(error) => Some(error),
        };
        let second_error = match reader.second() {
            Some(Ok(_)) => return Ok(reader),
            Some(Err(error)) => error.clone(),
            None => String::new(),
        };
        Err(reader.refusal(error, second_error))
    }

    /// Loads the file with hayro; a file without pages counts as not loaded.
    fn load_first(&self) -> Result<Hayro, LoadError> {
        if self.choice == EngineChoice::Only(Engine::PdfExtract) {
            return Err(LoadError::Invalid);
        }
        let loaded = catch_unwind(AssertUnwindSafe(|| Hayro::load(self.bytes.clone())));
        match loaded.unwrap_or(Err(LoadError::Invalid))? {
            doc if doc.page_count() == 0 => Err(LoadError::NoPages),
            doc => Ok(doc),
        }
    }

    /// The file as pdf-extract loads it, if that engine may be used.
    fn second(&mut self) -> Option<&mut Result<PdfExtract, String>> {
        if self.choice == EngineChoice::Only(Engine::Hayro) {
            return None;
        }
        let bytes = &self.bytes;
        Some(
            self.second
                .get_or_insert_with(|| match guarded(|| PdfExtract::load(bytes))? {
                    doc if doc.page_count() == 0 => Err("its page tree leads to no page".into()),
                    doc => Ok(doc),
                }),
        )
    }

    /// Why a file that no engine loads is refused.
    fn refusal(&self, first: Option<LoadError>, second: String) -> Failure {
        match first {
            Some(LoadError::Password) => Failure::new(Reason::Encrypted, "it asks for a password"),
            Some(LoadError::UnknownLock) => Failure::new(
                Reason::Encrypted,
                "it is locked in a way that is not known here",
            ),
            _ if !self.has_end() => {
                let detail = "its end is missing (no %%EOF), so pages may be";
                Failure::new(Reason::Truncated, detail)
            }
            Some(LoadError::NoPages) if !self.promises_pages() => {
                Failure::new(Reason::Empty, "the PDF has no pages")
            }
            _ => Failure::new(Reason::Damaged, second),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the file closes as a PDF does.
    fn has_end(&self) -> bool {
        let tail = &self.bytes[self.bytes.len().saturating_sub(2048)..];
        tail.windows(5).any(|w| w == b"%%EOF")
    }

    /// The file's title property; empty where the first engine did not load it.
    pub fn title(&self) -> String {
        self.first.as_ref().map_or_else(String::new, Hayro::title)
    }

    /// Whether a page tree names children, even if none of them can be reached.
    fn promises_pages(&self) -> bool {
        let text = String::from_utf8_lossy(&self.bytes);
        text.match_indices("/Kids").any(|(at, kids)| {
            let list = text[at + kids.len()..].trim_start();
            let first = list.strip_prefix('[').unwrap_or(list).trim_start();
            !first.starts_with(']')
        })
    }

    pub fn page_count(&self) -> u32 {
        match (&self.stock, &self.first, &self.second) {
            (Some(doc), ..) => doc.page_count(),
            (None, Some(doc), _) => doc.page_count(),
            (None, None, Some(Ok(doc))) => doc.page_count(),
            _ => 0,
        }
    }

    /// Whether hayro sees operators that show text on a page.
    fn shows_text(&self, number: u32) -> bool {
        let seen = |doc: &Hayro| guarded(|| Ok(doc.shows_text(number))).unwrap_or(true);
        self.first.as_ref().is_none_or(seen)
    }

    /// The file as parsed for drawing, if hayro could.
    pub fn pdf(&self) -> Option<&'static Pdf> {
        self.first.as_ref().map(Hayro::pdf)
    }

    /// What `engine` draws on page `number`; nothing where it fails.
    pub fn glyphs(&mut self, number: u32, engine: Engine) -> Vec<Glyph> {
        let read = match engine {
            Engine::Hayro => self
                .first
                .as_mut()
                .map(|doc| guarded(|| doc.glyphs(number))),
            _ => match self.second() {
                Some(Ok(doc)) => Some(guarded(|| doc.glyphs(number))),
                _ => None,
            },
        };
        let page = read.and_then(Result::ok).unwrap_or_default();
        page.glyphs
    }

    /// Reads page `number`, counted from 1; a page that cannot be read is `Failed` and says why.
    pub fn page(&mut self, number: u32) -> RawPage {
        if let Some(doc) = &self.stock {
            return match guarded(|| doc.lines(number)) {
                Ok(lines) => judged(number, Engine::PdfExtract, lines),
                Err(reason) => RawPage::failed(number, reason),
            };
        }
        let first = self
            .first
            .as_mut()
            .map(|doc| guarded(|| doc.glyphs(number)));
        // A page that says too much says it to every engine.
        if let Some(Ok(page)) = &first
            && let Some(excess) = page.excess()
        {
            return RawPage::failed(number, excess);
        }
        if let Some(Ok(page)) = &first
            && page.unmapped == 0
            && (page.has_text() || !self.shows_text(number))
        {
            return finish(number, Engine::Hayro, first.and_then(Result::ok));
        }
        let second = match self.second() {
            Some(Ok(doc)) => Some(guarded(|| doc.glyphs(number))),
            _ => None,
        };
        match (first, second) {
            (Some(Ok(a)), Some(Ok(b))) if better(&a, &b) => {
                finish(number, Engine::PdfExtract, Some(b))
            }
            (Some(Ok(a)), _) => finish(number, Engine::Hayro, Some(a)),
            (_, Some(Ok(b))) => finish(number, Engine::PdfExtract, Some(b)),
            (a, b) => {
                let reason = [b, a].into_iter().flatten().find_map(Result::err);
                RawPage::failed(
                    number,
                    reason.unwrap_or_else(|| "no engine reads it".into()),
                )
            }
        }
    }
}

/// True when the second engine's page tells more: it maps more glyphs, or has text where there was
/// none.
fn better(first: &GlyphPage, second: &GlyphPage) -> bool {
    second.has_text() && (!first.has_text() || second.unmapped < first.unmapped)
}

fn finish(number: u32, engine: Engine, page: Option<GlyphPage>) -> RawPage {
    let page = page.unwrap_or_default();
    if let Some(excess) = page.excess() {
        return RawPage::failed(number, excess);
    }
    let is_garbled = page.unmapped > page.glyphs.len() / 2;
    let is_scan = page.is_scan;
    match guarded(|| Ok(layout::sheet(page.glyphs, &page.rules))) {
        Ok(sheet) => RawPage {
            hidden: sheet.hidden,
            is_garbled,
            is_scan,
            ruled: sheet.ruled,
            ..judged(number, engine, sheet.lines)
        },
        Err(reason) => RawPage::failed(number, reason),
    }
}

/// A page of text, or one without.
pub fn judged(number: u32, engine: Engine, lines: Vec<RawLine>) -> RawPage {
    let readable = lines
        .iter()
        .any(|l| l.text.chars().any(char::is_alphanumeric));
    let (state, reason) = if readable {
        (PageState::Text, None)
    } else {
        let reason = "no text layer (a picture, or blank)".to_owned();
        (PageState::NoText, Some(reason))
    };
    let page = RawPage {
        number,
        state,
        reason,
        engine,
        lines,
        hidden: 0,
        is_garbled: false,
        is_scan: false,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
    };
    page.admitted()
}

/// Turns a panic of an engine into an error with its message.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("panic");
            Err(text.chars().take(200).collect())
        }
    }
}

fn check_header(bytes: &[u8]) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Err(Failure::new(Reason::Empty, "the file has no bytes"));
    }
    let head = &bytes[..bytes.len().min(1024)];
    if !head.windows(5).any(|w| w == b"%PDF-") {
        return Err(Failure::new(
            Reason::NotAPdf,
            "it does not begin with %PDF-",
        ));
    }
    Ok(())
}
