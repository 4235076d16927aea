//! Furniture: running headers, footers and page numbers, and whether the line between them and
//! text is drawn where it should be. What recurs must not be in a chunk; what is unique must be.

use std::collections::HashMap;

use crate::chunk::Chunk;
use crate::pdf::structure::line_key;
use crate::pdf::{Document, LineKind, Page};

/// A line that recurs at one place on more pages than this is furniture.
const RECURS_PAGES: usize = 5;
/// A line on at most this many pages is unique.
const UNIQUE_PAGES: usize = 2;
/// Lines within so many points of one another stand at one place.
const PLACE: f32 = 4.0;

/// What went wrong with the lines of a document.
#[derive(Debug, Default)]
pub struct Mistakes {
    /// Lines that recur at one place and are in a chunk: text and number of pages.
    pub kept: Vec<(String, usize)>,
    /// Lines that stand on a page or two and are in no chunk.
    pub lost: Vec<String>,
}

/// Judges a document and the chunks that were cut from it.
pub fn judge(document: &Document, chunks: &[Chunk]) -> Mistakes {
    let mut recurs: HashMap<(String, i32), Vec<(u32, bool)>> = HashMap::new();
    let mut stands: HashMap<String, usize> = HashMap::new();
    for page in &document.pages {
        for line in &page.lines {
            let key = line_key(&line.text);
            *stands.entry(key.clone()).or_default() += 1;
            if key.chars().any(char::is_alphabetic) {
                let place = (line.place.y / PLACE).round() as i32;
                let kept = !line.is_furniture();
                recurs
                    .entry((key, place))
                    .or_default()
                    .push((page.number, kept));
            }
        }
    }
    let mut out = Mistakes::default();
    for ((key, _), mut on) in recurs {
        on.dedup_by_key(|(page, _)| *page);
        if on.len() > RECURS_PAGES && on.iter().any(|(_, kept)| *kept) {
            out.kept.push((key, on.len()));
        }
    }
    out.kept.sort();
    for page in &document.pages {
        let texts = texts_over(chunks, page);
        for line in &page.lines {
            let unique = stands[&line_key(&line.text)] <= UNIQUE_PAGES;
            // A page number is known by its form, and unique by nature.
            let number_alone = !line.text.chars().any(char::is_alphabetic);
            let number_alone = number_alone || line.kind == LineKind::Folio;
            if unique && !number_alone && !texts.contains(&squashed(&line.text)) {
                out.lost
                    .push(format!("page {}: {}", page.number, line.text));
            }
        }
    }
    out
}

/// All text of the chunks that touch a page.
fn texts_over(chunks: &[Chunk], page: &Page) -> String {
    let on_page = |c: &&Chunk| c.page <= page.number && page.number <= c.page_last;
    chunks
        .iter()
        .filter(on_page)
        .map(|c| squashed(&c.text))
        .collect()
}

/// Without what line ends change: spaces and hyphens.
fn squashed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, Line, PageState};

    fn line(text: &str, kind: LineKind) -> Line {
        Line::new(text, kind, true)
    }

    #[test]
    fn what_recurs_and_what_is_lost() {
        let page = |number| Page {
            number,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines: vec![
                line("Northgate 10-K", LineKind::Body),
                line(
                    ["one", "two", "three", "four", "five", "six"][number as usize - 1],
                    LineKind::Running,
                ),
            ],
        };
        let document = Document {
            pages: (1..=6).map(page).collect(),
            ..Document::default()
        };
        let mistakes = judge(&document, &[]);
        assert_eq!(mistakes.kept, [("Northgate10-K".to_owned(), 6)]);
        assert_eq!(mistakes.lost.len(), 6);
    }
}
