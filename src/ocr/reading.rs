//! Reading: the pages of one file that have no text, recognised side by side.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use compact_str::CompactString;

use super::figure;
use super::kept::{Kept, KeptPage};
use super::sheet::Sheet;
use super::tesseract::{Fault, Run};
use super::upright::upright;
use super::{Ocr, Result, Word};
use crate::pdf::glyph::{Glyph, Sight};
use crate::pdf::reader::{RawPage, judged};
use crate::pdf::sandbox::{RawDocument, Sandbox};
use crate::pdf::{Engine, OCR_FAILED, PageState, Reason, layout};
use crate::progress::{CancelToken, Cancelled};

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognised {
    /// Pages recognised now, and those that were to be.
    pub done: usize,
    pub of: usize,
}

impl Ocr {
    /// Whether pages of `document` are to be recognised.
    pub fn has_work(&self, document: &RawDocument) -> bool {
        !self.wanted(document).is_empty()
    }

    /// The places of the pages that are to be recognised. One that has a running head alone, as pictures have, is tried
    /// too: it would count as one without text.
    fn wanted(&self, document: &RawDocument) -> Vec<usize> {
        let silent = document.silent();
        let pages = document.pages.iter().enumerate();
        let wanted = pages.filter(|(at, page)| silent[*at] || self.is_wanted(page));
        wanted.map(|(at, _)| at).collect()
    }

    fn is_wanted(&self, page: &RawPage) -> bool {
        let lacks_text = match page.state {
            PageState::Text => page.is_garbled || (page.is_scan && !page.says_something()),
            PageState::NoText => true,
            // What cannot be read cannot be drawn.
            PageState::Failed => return false,
        };
        lacks_text || self.is_always
    }

    /// Recognises the pages of the file at `path` that have no text and puts them in place of those; `on` is told
    /// after each page.
    ///
    /// # Errors
    ///
    /// When cancelled; what was recognised is kept.
    pub fn complete(
        &self,
        sandbox: &Sandbox,
        path: &Path,
        document: &mut RawDocument,
        cancel: &CancelToken,
        on: &(dyn Fn(Recognised) + Sync),
    ) -> Result<()> {
        let wanted = self.wanted(document);
        let (recipe, hash) = (self.recipe(), document.hash);
        let kept = Mutex::new(Kept::open(self.folder.as_deref(), &document.hash, &recipe));
        let pages: Vec<Mutex<&mut RawPage>> = document.pages.iter_mut().map(Mutex::new).collect();
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let of = wanted.len();
        let work = || -> Result<(), Cancelled> {
            while let Some(&at) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                cancel.check()?;
                let Ok(mut page) = pages[at].lock() else {
                    continue;
                };
                let known = kept.lock().ok().and_then(|k| k.get(page.number).cloned());
                let words = match known {
                    Some(words) => Ok(words),
                    None => self
                        .words(sandbox, (path, hash), page.number, cancel)?
                        .inspect(|words| {
                            if let Ok(mut kept) = kept.lock() {
                                kept.put(&KeptPage {
                                    page: page.number,
                                    recipe: recipe.clone(),
                                    words: words.clone(),
                                });
                            }
                        }),
                };
                **page = recognised(&page, words);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                on(Recognised { done, of });
            }
            Ok(())
        };
        let ended = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..self.threads.min(of))
                .map(|_| scope.spawn(work))
                .collect();
            let own = work();
            helpers
                .into_iter()
                .fold(own, |all, helper| all.and(helper.join().unwrap_or(Ok(()))))
        });
        Ok(ended?)
    }

    /// The words of a page; the inner error says why there are none.
    fn words(
        &self,
        sandbox: &Sandbox,
        (path, hash): (&Path, [u8; 32]),
        number: u32,
        cancel: &CancelToken,
    ) -> Result<Result<Vec<Word>, Fault>, Cancelled> {
        let drawn = match sandbox.drawn_grey(path, hash, number, self.dpi, cancel) {
            Ok(Some(drawn)) => drawn,
            Ok(None) => return Err(Cancelled),
            Err(failure) => {
                return Ok(Err(Fault {
                    // A file that is another one by now is read again.
                    is_passing: failure.reason == Reason::Unreadable,
                    reason: failure.to_string(),
                }));
            }
        };
        let sheet = Sheet {
            width: drawn.width as usize,
            height: drawn.height as usize,
            grey: drawn.pixels,
        };
        if sheet.is_blank() {
            return Ok(Ok(Vec::new()));
        }
        let run = Run {
            program: &self.program,
            languages: &self.languages,
            dpi: self.dpi,
            limit: self.page,
            cancel,
        };
        let found = match upright(&run, sheet) {
            Ok(Some(found)) => found,
            Ok(None) => return Err(Cancelled),
            Err(fault) => return Ok(Err(fault)),
        };
        Ok(Ok(found.words(drawn.scale)))
    }
}

/// The page as it was recognised.
fn recognised(page: &RawPage, words: Result<Vec<Word>, Fault>) -> RawPage {
    let without = |reason: String, engine: Engine| RawPage {
        // What it says besides, a running head, stays.
        lines: page.lines.clone(),
        state: PageState::NoText,
        reason: Some(reason),
        engine,
        ..RawPage::failed(page.number, "")
    };
    let words = match words {
        Ok(words) if words.is_empty() => {
            return without(
                "blank, or a picture without words".into(),
                Engine::Tesseract,
            );
        }
        Ok(mut words) => {
            figure::mend(&mut words);
            words
        }
        Err(fault) => {
            // One that is not marked as tried is tried again.
            let engine = match fault.is_passing {
                true => page.engine,
                false => Engine::Tesseract,
            };
            return without(format!("{OCR_FAILED}: {}", fault.reason), engine);
        }
    };
    let letters = |word: &Word| word.text.chars().count();
    let all: usize = words.iter().map(letters).sum();
    let sum: usize = words
        .iter()
        .map(|word| usize::from(word.sure) * letters(word))
        .sum();
    let sure = u8::try_from(sum / all.max(1)).unwrap_or(100).min(100);
    let middle = |word: &Word| (word.x + word.width / 2.0, word.y);
    let doubts = words
        .iter()
        .filter(|word| figure::is_doubtful(word))
        .map(middle)
        .collect();
    let glyphs = words.iter().flat_map(glyphs).collect();
    RawPage {
        sure: Some(sure),
        doubts,
        ..judged(page.number, Engine::Tesseract, layout::lines(glyphs))
    }
}

/// A word as glyphs, a character each: as if all were of one width.
fn glyphs(word: &Word) -> impl Iterator<Item = Glyph> + '_ {
    let advance = word.width / word.text.chars().count().max(1) as f32;
    let mut letters: Vec<char> = word.text.chars().collect();
    if letters.iter().any(|c| layout::is_right_to_left(*c)) {
        // As they are drawn.
        letters.reverse();
    }
    letters.into_iter().enumerate().map(move |(at, c)| Glyph {
        x: word.x + at as f32 * advance,
        y: word.y,
        advance,
        size: word.size,
        angle: 0.0,
        text: CompactString::from_iter([c]),
        sight: Sight::Seen,
        bold: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, x: f32, y: f32, sure: u8) -> Word {
        Word {
            text: text.into(),
            x,
            y,
            width: 5.0 * text.len() as f32,
            size: 10.0,
            sure,
        }
    }

    #[test]
    fn words_become_lines_with_cells_and_the_page_says_how_sure() {
        let page = RawPage::failed(7, "");
        let words = vec![
            word("Net", 72.0, 700.0, 96),
            word("sales", 90.0, 700.0, 90),
            word("1,234", 300.0, 700.3, 80),
            word("Cost", 72.0, 686.0, 96),
            word("567", 310.0, 686.2, 96),
        ];
        let read = recognised(&page, Ok(words));
        let texts: Vec<&str> = read.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["Net sales   1,234", "Cost   567"]);
        assert_eq!(
            (read.number, read.state, read.engine),
            (7, PageState::Text, Engine::Tesseract)
        );
        assert_eq!(read.sure, Some(90));
        let nothing = recognised(&page, Ok(Vec::new()));
        assert_eq!(
            (nothing.state, nothing.engine),
            (PageState::NoText, Engine::Tesseract)
        );
        let fault = |is_passing| Fault {
            reason: "no memory".into(),
            is_passing,
        };
        let failed = recognised(&page, Err(fault(false)));
        assert!(
            failed
                .reason
                .is_some_and(|reason| reason.contains("no memory"))
        );
        assert_eq!(failed.engine, Engine::Tesseract);
        let failed = recognised(&page, Err(fault(true)));
        assert_eq!(
            (failed.engine, failed.state),
            (page.engine, PageState::NoText)
        );
    }
}
