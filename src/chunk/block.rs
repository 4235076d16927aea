//! Pieces: the smallest parts a chunk is made of, a sentence, a table row or a heading, each with
//! the lines it stands on.

use super::hyphen::Words;
use super::sentence;
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::{LineKind, Page};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    Heading(u8),
    Sentence,
    /// Over a table: its unit, periods, names of columns.
    Head,
    Row,
    /// A line between a table's rows that has no figures.
    Label,
}

/// A sentence, a row or a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub kind: PieceKind,
    pub text: String,
    pub page: u32,
    pub page_last: u32,
    pub line_first: u32,
    pub line_last: u32,
    /// False for the second and later sentences of a paragraph.
    pub starts_line: bool,
}

/// Lines of one paragraph, which may go on over a page's end.
#[derive(Default)]
struct Paragraph {
    text: String,
    /// Where each line begins in `text`: (offset, page, line).
    starts: Vec<(usize, u32, u32)>,
}

/// All pieces of a document in reading order, running lines left out.
pub fn pieces(pages: &[Page]) -> Vec<Piece> {
    let mut out = Vec::new();
    let words = Words::from_pages(pages);
    let mut paragraph = Paragraph::default();
    for page in pages {
        let mut first_on_page = true;
        for (index, line) in page.lines.iter().enumerate() {
            let index = index as u32;
            match line.kind {
                LineKind::Running | LineKind::Folio => continue,
                LineKind::Body | LineKind::Note => {
                    let carried = first_on_page && paragraph.goes_on(&line.text);
                    if line.starts_block && !carried {
                        paragraph.finish(&mut out);
                    }
                    paragraph.push(&line.text, page.number, index, &words);
                }
                LineKind::Heading(level) => {
                    paragraph.finish(&mut out);
                    let kind = PieceKind::Heading(level);
                    // A heading set in two lines is one.
                    let goes_on = |p: &&mut Piece| p.kind == kind && !line.starts_block;
                    match out.last_mut().filter(goes_on) {
                        Some(piece) => piece.append(&line.text, index),
                        None => out.push(whole(kind, &line.text, page.number, index)),
                    }
                }
                LineKind::Head => {
                    paragraph.finish(&mut out);
                    out.push(whole(PieceKind::Head, &line.text, page.number, index));
                }
                LineKind::Row => {
                    paragraph.finish(&mut out);
                    let label = !line.text.contains(COLUMN_GAP);
                    let kind = if label {
                        PieceKind::Label
                    } else {
                        PieceKind::Row
                    };
                    // The rest of a label may stand under its figures.
                    let rest = label && line.text.starts_with(char::is_lowercase);
                    let before = out.last_mut().filter(|p| rest && p.kind == PieceKind::Row);
                    match before {
                        Some(row) => row.append(&line.text, index),
                        None => out.push(whole(kind, &line.text, page.number, index)),
                    }
                }
            }
            first_on_page = false;
        }
    }
    paragraph.finish(&mut out);
    out
}

fn whole(kind: PieceKind, text: &str, page: u32, line: u32) -> Piece {
    Piece {
        kind,
        text: text.to_owned(),
        page,
        page_last: page,
        line_first: line,
        line_last: line,
        starts_line: true,
    }
}

impl Piece {
    /// Takes in the line behind it.
    fn append(&mut self, text: &str, line: u32) {
        self.text.push(' ');
        self.text.push_str(text);
        self.line_last = line;
    }
}

impl Paragraph {
    /// True when the paragraph was cut by the page's end: it stops in mid-sentence and the next
    /// page begins in lower case.
    fn goes_on(&self, next: &str) -> bool {
        !self.text.is_empty()
            && !self.text.ends_with(['.', ':', '!', '?'])
            && next.chars().next().is_some_and(char::is_lowercase)
    }

    fn push(&mut self, line: &str, page: u32, index: u32, words: &Words) {
        let joined = words.join(&mut self.text, line);
        if !self.text.is_empty() && !joined {
            self.text.push(' ');
        }
        self.starts.push((self.text.len(), page, index));
        self.text.push_str(line);
    }

    /// Cuts the paragraph into sentences and clears it.
    fn finish(&mut self, out: &mut Vec<Piece>) {
        let mut start = 0;
        for end in sentence::ends(&self.text) {
            let text = self.text[start..end].trim();
            if !text.is_empty() {
                let (_, page, line_first) = self.line_at(start);
                let (_, page_last, line_last) = self.line_at(end.saturating_sub(1));
                out.push(Piece {
                    kind: PieceKind::Sentence,
                    text: text.to_owned(),
                    page,
                    page_last,
                    line_first,
                    line_last,
                    starts_line: start == 0,
                });
            }
            start = end;
        }
        *self = Self::default();
    }

    fn line_at(&self, offset: usize) -> (usize, u32, u32) {
        let after = self
            .starts
            .partition_point(|(begin, _, _)| *begin <= offset);
        self.starts[after.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, Line, PageState};

    fn page(number: u32, lines: &[(&str, bool)]) -> Page {
        let lines = lines
            .iter()
            .map(|(text, starts_block)| Line::new(*text, LineKind::Body, *starts_block))
            .collect();
        Page {
            number,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines,
        }
    }

    #[test]
    fn a_sentence_over_two_pages_is_one_piece() {
        let pages = [
            page(
                3,
                &[("The lease liabil-", true), ("ity grew. It was", false)],
            ),
            page(4, &[("paid in cash.", true), ("Next paragraph.", true)]),
        ];
        let texts: Vec<_> = pieces(&pages)
            .into_iter()
            .map(|p| (p.text, p.page, p.page_last, p.line_first, p.line_last))
            .collect();
        assert_eq!(
            texts,
            [
                ("The lease liabil-ity grew.".to_owned(), 3, 3, 0, 1),
                ("It was paid in cash.".to_owned(), 3, 4, 1, 0),
                ("Next paragraph.".to_owned(), 4, 4, 1, 1),
            ]
        );
    }
}
