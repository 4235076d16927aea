//! A `Chunk` is the piece of a document that is embedded, indexed and cited: whole sentences and
//! whole table rows, cut at headings, never over the token budget, with the pages and lines it
//! stands on.

pub mod block;
mod contents;
mod hyphen;
pub mod outline;
pub mod passage;
pub mod sentence;
mod statement;

use crate::encoder::tokenizer::Tokenizer;
use crate::pdf::Page;
use crate::statement::Statement;
use block::{Piece, PieceKind};
use outline::Outline;
use passage::CONTEXT_TOKENS;

/// Changes when the same pages would give other chunks; part of the document's state, so that an
/// upgrade chunks again from the stored pages without reading a PDF.
pub const CHUNKER_VERSION: u32 = 4;

/// A chunk under this many tokens does not end at a heading.
const SMALL: usize = 64;

/// A piece of a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    pub ordinal: u32,
    /// First and last page, counted from 1.
    pub page: u32,
    pub page_last: u32,
    /// First line on `page` and last line on `page_last`, counted from 0 among all lines.
    pub line_first: u32,
    pub line_last: u32,
    /// The headings it stands under, outermost first, joined by ` › `.
    pub section: String,
    pub text: String,
    /// Tokens of the text, `[CLS]` and `[SEP]` included, the passage's context not.
    pub tokens: u32,
    /// The financial statement it is a part of.
    pub statement: Option<Statement>,
}

impl Chunk {
    /// The text as encoded, in a document of this context.
    pub fn passage(&self, context: &str) -> String {
        passage::passage(context, &self.section, self.statement, &self.text)
    }
}

/// The public name of a chunk: a hash of its document's text, its place and its own text, so that
/// it is the same on every machine and survives a rename.
pub fn chunk_id(text_hash: &[u8; 32], copy: u32, chunk: &Chunk) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(text_hash);
    hasher.update(&copy.to_le_bytes());
    hasher.update(&chunk.ordinal.to_le_bytes());
    hasher.update(chunk.text.as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Hash of all the text of a document, running lines included.
pub fn text_hash(pages: &[Page]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for page in pages {
        hasher.update(&page.number.to_le_bytes());
        for line in &page.lines {
            hasher.update(line.text.as_bytes());
            hasher.update(b"\n");
        }
    }
    *hasher.finalize().as_bytes()
}

/// Cuts a document into chunks of at most `max_tokens` tokens.
pub fn chunk(pages: &[Page], tokenizer: &Tokenizer, max_tokens: usize) -> Vec<Chunk> {
    let budget = max_tokens
        .min(tokenizer.max_tokens().saturating_sub(CONTEXT_TOKENS))
        .saturating_sub(2)
        .max(8);
    let mut packer = Packer::new(budget);
    for piece in block::pieces(pages) {
        for piece in fitted(piece, tokenizer, budget) {
            packer.add(piece);
        }
    }
    let mut chunks = packer.finish();
    statement::mark(pages, &mut chunks);
    chunks
}

/// A piece with its token count.
struct Counted {
    piece: Piece,
    tokens: usize,
}

/// Splits a piece that alone is over the budget at its words.
fn fitted(piece: Piece, tokenizer: &Tokenizer, budget: usize) -> Vec<Counted> {
    let tokens = tokenizer.count(&piece.text);
    if tokens <= budget {
        return vec![Counted { piece, tokens }];
    }
    let words: Vec<&str> = piece.text.split(' ').collect();
    if words.len() < 2 {
        // One endless word: cut by characters. Every character is at most a token or two.
        let half = piece.text.chars().count() / 2;
        let cut = piece
            .text
            .char_indices()
            .nth(half.max(1))
            .map_or(piece.text.len(), |c| c.0);
        let (a, b) = piece.text.split_at(cut);
        return halves(&piece, a.to_owned(), b.to_owned(), tokenizer, budget);
    }
    let (a, b) = words.split_at(words.len() / 2);
    halves(&piece, a.join(" "), b.join(" "), tokenizer, budget)
}

fn halves(
    piece: &Piece,
    a: String,
    b: String,
    tokenizer: &Tokenizer,
    budget: usize,
) -> Vec<Counted> {
    [a, b]
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .flat_map(|text| {
            fitted(
                Piece {
                    text,
                    ..piece.clone()
                },
                tokenizer,
                budget,
            )
        })
        .collect()
}

/// Fills chunks with pieces in order.
struct Packer {
    budget: usize,
    out: Vec<Chunk>,
    current: Vec<Counted>,
    tokens: usize,
    /// Headings, heads and labels wait for what they stand over: a chunk never ends in one.
    headings: Vec<Counted>,
    /// The title, unit and column heads of the table that is being packed, for its later chunks.
    table: Vec<(String, usize)>,
    /// Those that open the current chunk.
    repeated: Vec<String>,
    outline: Outline,
    section: String,
}

impl Packer {
    fn new(budget: usize) -> Self {
        Self {
            budget,
            out: Vec::new(),
            current: Vec::new(),
            tokens: 0,
            headings: Vec::new(),
            table: Vec::new(),
            repeated: Vec::new(),
            outline: Outline::default(),
            section: String::new(),
        }
    }

    fn add(&mut self, counted: Counted) {
        self.note_table(&counted);
        match counted.piece.kind {
            PieceKind::Heading(level) => {
                if self.tokens >= SMALL {
                    self.flush();
                }
                self.outline.enter(level, &counted.piece.text);
                return self.wait(counted);
            }
            PieceKind::Head | PieceKind::Label => return self.wait(counted),
            PieceKind::Row | PieceKind::Sentence => {}
        }
        let new_page = self
            .current
            .last()
            .is_some_and(|c| c.piece.page < counted.piece.page);
        if new_page {
            // A citation names one page: what stands on the next one begins a chunk.
            self.flush();
        }
        if self.tokens + self.waiting() + counted.tokens > self.budget {
            self.flush();
        }
        for heading in std::mem::take(&mut self.headings) {
            self.place(heading);
        }
        self.place(counted);
    }

    fn waiting(&self) -> usize {
        self.headings.iter().map(|h| h.tokens).sum()
    }

    /// Keeps a piece until what it stands over comes.
    fn wait(&mut self, counted: Counted) {
        let page = self.headings.last().map(|h| h.piece.page);
        let turned = page.is_some_and(|page| page != counted.piece.page);
        if turned || self.waiting() + counted.tokens > self.budget / 2 {
            // A run of headings (a title page) is text of its own.
            let headings = std::mem::take(&mut self.headings);
            headings.into_iter().for_each(|h| self.place(h));
        }
        self.headings.push(counted);
    }

    /// Keeps what a table's later chunks repeat: its heads, and the heading right over them.
    fn note_table(&mut self, counted: &Counted) {
        let heading = |c: &&Counted| matches!(c.piece.kind, PieceKind::Heading(_));
        match counted.piece.kind {
            PieceKind::Head => {
                let last = self.headings.last();
                if !last.is_some_and(|c| c.piece.kind == PieceKind::Head) {
                    self.table.clear();
                    let title = last.filter(heading);
                    self.table
                        .extend(title.map(|t| (t.piece.text.clone(), t.tokens)));
                }
                self.table
                    .push((counted.piece.text.clone(), counted.tokens));
            }
            PieceKind::Row | PieceKind::Label => {}
            PieceKind::Heading(_) | PieceKind::Sentence => self.table.clear(),
        }
    }

    /// Opens a chunk in the middle of a table with the table's title and heads, if they leave room
    /// for a piece of `needed` tokens.
    fn repeat_heads(&mut self, needed: usize) {
        let tokens: usize = self.table.iter().map(|(_, tokens)| tokens).sum();
        if tokens <= self.budget / 2 && tokens + needed <= self.budget {
            self.repeated = self.table.iter().map(|(text, _)| text.clone()).collect();
            self.tokens += tokens;
        }
    }

    fn place(&mut self, counted: Counted) {
        if self.tokens + counted.tokens > self.budget {
            self.flush();
        }
        if self.current.is_empty() {
            self.section = self.outline.name();
            if matches!(counted.piece.kind, PieceKind::Row | PieceKind::Label) {
                self.repeat_heads(counted.tokens);
            }
        }
        self.tokens += counted.tokens;
        self.current.push(counted);
    }

    fn flush(&mut self) {
        let pieces = std::mem::take(&mut self.current);
        let tokens = std::mem::take(&mut self.tokens);
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let mut text = std::mem::take(&mut self.repeated).join("\n");
        for Counted { piece, .. } in &pieces {
            if !text.is_empty() {
                text.push(if piece.starts_line { '\n' } else { ' ' });
            }
            text.push_str(&piece.text);
        }
        self.out.push(Chunk {
            ordinal: self.out.len() as u32,
            page: first.piece.page,
            page_last: last.piece.page_last,
            line_first: first.piece.line_first,
            line_last: last.piece.line_last,
            section: std::mem::take(&mut self.section),
            text,
            tokens: tokens as u32 + 2,
            statement: None,
        });
    }

    fn finish(mut self) -> Vec<Chunk> {
        for heading in std::mem::take(&mut self.headings) {
            self.place(heading);
        }
        self.flush();
        self.out
    }
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
