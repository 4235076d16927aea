//! Citing: rows of pages as sources, each page once.

use super::{Proof, Source};

/// A row that proves a figure.
pub struct Cited<'a> {
    pub document: &'a str,
    pub page: u32,
    /// From 0.
    pub line: usize,
    /// The row, and the figure in it.
    pub row: String,
    pub printed: &'a str,
    /// Left and right edge of the figure, in points, where that is known.
    pub place: Option<(f32, f32)>,
    pub chunk_id: String,
}

/// Adds a row to the pages cited.
pub fn cite(sources: &mut Vec<Source>, row: Cited<'_>) {
    let is_here = |s: &Source| s.document == row.document && s.page == row.page;
    let at = sources.iter().position(is_here).unwrap_or(sources.len());
    let line = row.line as u32;
    if at == sources.len() {
        sources.push(Source {
            number: at + 1,
            document: row.document.to_owned(),
            page: row.page,
            page_last: row.page,
            chunk_id: row.chunk_id,
            line_first: line,
            line_last: line,
            proofs: Vec::new(),
        });
    }
    let source = &mut sources[at];
    source.line_first = source.line_first.min(line);
    source.line_last = source.line_last.max(line);
    let mut proofs = source.proofs.iter_mut();
    if let Some(known) = proofs.find(|own| own.line == Some(row.line)) {
        return known.mark(row.printed, row.place);
    }
    let mut proof = Proof {
        text: row.row,
        line: Some(row.line),
        ..Proof::default()
    };
    proof.mark(row.printed, row.place);
    source.proofs.push(proof);
}

/// The numbers of sources, as they stand behind a sentence.
pub fn numbers(sources: &[Source]) -> String {
    sources
        .iter()
        .map(|own| format!(" [{}]", own.number))
        .collect()
}
