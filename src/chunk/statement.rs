//! Which statement a chunk is a part of.

use super::Chunk;
use super::contents::is_contents;
use crate::pdf::Page;
use crate::pdf::layout::COLUMN_GAP;
use crate::statement::Statement;
use crate::statement::section::{self, Section};

/// Rows of figures that make of a chunk under a segment's heading a part of the segment note.
const SEGMENT_ROWS: usize = 4;

/// The statement of each chunk of a document.
pub fn mark(pages: &[Page], chunks: &mut [Chunk]) {
    let sections = section::sections(pages);
    for chunk in chunks {
        if is_contents(&chunk.text) {
            chunk.statement = Some(Statement::Contents);
            continue;
        }
        let last = if chunk.page_last == chunk.page {
            chunk.line_last as usize + 1
        } else {
            usize::MAX
        };
        let first = chunk.line_first as usize;
        let lines = last.saturating_sub(first);
        let overlap = |s: &&Section| s.to.min(last).saturating_sub(s.from.max(first)) * 2 >= lines;
        let here = sections
            .iter()
            .filter(|s| s.page == chunk.page)
            .find(overlap);
        let segment = || {
            let named = chunk.section.to_lowercase().contains("segment");
            let rows = chunk
                .text
                .lines()
                .filter(|l| l.contains(COLUMN_GAP))
                .count();
            (named && rows >= SEGMENT_ROWS).then_some(Statement::Segment)
        };
        chunk.statement = here.map(|s| s.statement).or_else(segment);
    }
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
