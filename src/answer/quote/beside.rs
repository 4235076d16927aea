//! Passages beside those found: the ones before and behind them on their page, of the same section. A page is found by one
//! of its passages; the cause of what that tells, or the list that it leads to, may stand in the next one.

use std::collections::HashSet;

use super::super::Result;
use super::asked::Asked;
use crate::retrieve::{Hit, Outcome, Retriever};
use crate::store::StoredChunk;

/// Pages whose passages are looked at, the first ones found.
const PAGES: usize = 3;
/// Lines that may lie between two passages.
const APART: u32 = 4;

/// The passages beside those found, where words answer and no figure; each as far ahead as the page's own.
pub fn passages(retriever: &Retriever, outcome: &Outcome, asked: &Asked) -> Result<Vec<Hit>> {
    if !asked.wants_prose || asked.wants_number {
        return Ok(Vec::new());
    }
    let store = retriever.store();
    let mut known: HashSet<i64> = outcome.hits.iter().map(|hit| hit.chunk.key).collect();
    let mut out = Vec::new();
    for hit in outcome.hits.iter().take(PAGES) {
        let own = &hit.chunk;
        let before = own.line_first.checked_sub(1).map(|line| (own.page, line));
        let behind = (1..=APART).map(|by| (own.page_last, own.line_last + by));
        for (page, line) in before.into_iter().chain(behind) {
            let found = store.chunk_at(own.document_id, page, line as usize)?;
            let Some((key, _)) = found.filter(|(key, _)| !known.contains(key)) else {
                continue;
            };
            known.insert(key);
            let is_beside =
                |other: &StoredChunk| other.page == page && other.section == own.section;
            out.extend(store.chunk(key)?.filter(is_beside).map(|chunk| Hit {
                chunk,
                ..hit.clone()
            }));
        }
    }
    Ok(out)
}
