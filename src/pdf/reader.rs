//! The reader: one file, both engines, page by page. Runs inside the sandbox child.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::extract::PdfExtract;
use super::glyph::{GlyphPage, GlyphSource};
use super::layout::{self, RawLine};
use super::rescue::{Hayro, LoadError};
use super::stock::Stock;
use super::{Engine, Failure, PageState, Reason};

/// A page as the child sends it to its parent, before the document as a whole is judged.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RawPage {
    pub number: u32,
    pub state: PageState,
    pub reason: Option<String>,
    pub engine: Engine,
    pub lines: Vec<RawLine>,
}

impl RawPage {
    /// A page that could not be read.
    pub fn failed(number: u32, reason: String) -> Self {
        let (state, engine) = (PageState::Failed, Engine::PdfExtract);
        Self {
            number,
            state,
            reason: Some(reason),
            engine,
            lines: Vec::new(),
        }
    }
}

/// Which engines may be used, for measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// pdf-extract first, hayro for the pages it damages.
    #[default]
    Both,
    Only(Engine),
    /// pdf-extract as shipped, its own layout included.
    Stock,
}

/// A loaded file. Engines are loaded when first needed.
pub struct Reader {
    bytes: Vec<u8>,
    choice: EngineChoice,
    first: Option<PdfExtract>,
    stock: Option<Stock>,
    rescue: Option<Result<Hayro, LoadError>>,
}

impl Reader {
    /// Reads and parses `path`; says which kind of bad a bad file is.
    pub fn open(path: &Path, choice: EngineChoice) -> Result<Self, Failure> {
        let bytes = std::fs::read(path)
            .map_err(|e| Failure::new(Reason::Unreadable, format!("{}: {e}", path.display())))?;
        check_header(&bytes)?;
        let mut reader = Self {
            bytes,
            choice,
            first: None,
            stock: None,
            rescue: None,
        };
        if choice == EngineChoice::Stock {
            let loaded = guarded(|| Stock::load(&reader.bytes));
            reader.stock = Some(loaded.map_err(|e| Failure::new(Reason::Damaged, e))?);
            return Ok(reader);
        }
        let mut said = String::new();
        if choice != EngineChoice::Only(Engine::Hayro) {
            match guarded(|| PdfExtract::load(&reader.bytes)) {
                Ok(doc) if doc.page_count() > 0 => reader.first = Some(doc),
                Ok(_) => said = "its page tree leads to no page".into(),
                Err(e) => said = e,
            }
        }
        if reader.first.is_none() {
            reader.load_rescue();
            let whole = choice != EngineChoice::Both || reader.has_end();
            match &reader.rescue {
                Some(Ok(doc)) if doc.page_count() > 0 && whole => {}
                Some(Err(LoadError::Password)) => {
                    return Err(Failure::new(Reason::Encrypted, "it asks for a password"));
                }
                Some(Err(LoadError::UnknownLock)) => {
                    let detail = "it is locked in a way that is not known here";
                    return Err(Failure::new(Reason::Encrypted, detail));
                }
                Some(Ok(_)) if whole && !reader.promises_pages() => {
                    return Err(Failure::new(Reason::Empty, "the PDF has no pages"));
                }
                _ => return Err(reader.unparsable(&said)),
            }
        }
        Ok(reader)
    }

    fn load_rescue(&mut self) {
        if self.rescue.is_some() || self.choice == EngineChoice::Only(Engine::PdfExtract) {
            return;
        }
        let loaded = catch_unwind(AssertUnwindSafe(|| Hayro::load(self.bytes.clone())));
        self.rescue = Some(loaded.unwrap_or(Err(LoadError::Invalid)));
    }

    fn unparsable(&self, said: &str) -> Failure {
        if !self.has_end() {
            let detail = "its end is missing (no %%EOF), so pages may be";
            return Failure::new(Reason::Truncated, detail);
        }
        Failure::new(Reason::Damaged, said.to_owned())
    }

    /// Whether the file closes as a PDF does.
    fn has_end(&self) -> bool {
        let tail = &self.bytes[self.bytes.len().saturating_sub(2048)..];
        tail.windows(5).any(|w| w == b"%%EOF")
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
        if let Some(doc) = &self.stock {
            return doc.page_count();
        }
        match (&self.first, &self.rescue) {
            (Some(doc), _) => doc.page_count(),
            (None, Some(Ok(doc))) => doc.page_count(),
            _ => 0,
        }
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
        if let Some(Ok(page)) = &first
            && page.unmapped == 0
            && page.has_text()
        {
            return finish(number, Engine::PdfExtract, first.and_then(Result::ok));
        }
        self.load_rescue();
        let second = match &mut self.rescue {
            Some(Ok(doc)) => Some(guarded(|| doc.glyphs(number))),
            _ => None,
        };
        match (first, second) {
            (Some(Ok(a)), Some(Ok(b))) => match better(&a, &b) {
                true => finish(number, Engine::Hayro, Some(b)),
                false => finish(number, Engine::PdfExtract, Some(a)),
            },
            (Some(Ok(a)), _) => finish(number, Engine::PdfExtract, Some(a)),
            (_, Some(Ok(b))) => finish(number, Engine::Hayro, Some(b)),
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

/// True when the rescue's page tells more: it maps more glyphs, or has text where there was none.
fn better(first: &GlyphPage, rescue: &GlyphPage) -> bool {
    rescue.has_text() && (!first.has_text() || rescue.unmapped <= first.unmapped)
}

fn finish(number: u32, engine: Engine, page: Option<GlyphPage>) -> RawPage {
    let lines = layout::lines(page.map(|p| p.glyphs).unwrap_or_default());
    judged(number, engine, lines)
}

/// A page of text, or one without.
fn judged(number: u32, engine: Engine, lines: Vec<RawLine>) -> RawPage {
    let readable = lines
        .iter()
        .any(|l| l.text.chars().any(char::is_alphanumeric));
    let (state, reason) = match readable {
        true => (PageState::Text, None),
        false => (
            PageState::NoText,
            Some("no text layer (a picture, or blank)".to_owned()),
        ),
    };
    RawPage {
        number,
        state,
        reason,
        engine,
        lines,
    }
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
