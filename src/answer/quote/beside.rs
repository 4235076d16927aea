//! Passages beside those found: the ones before and behind them on their page, of the same section. A page is found by one
//! of its passages; the cause of what that tells, or the list that it leads to, may stand in the next one.

use std::collections::HashSet;

use super::super::Result;
use super::asked::Asked;
use super::candidate::leads_to_list;
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
    let mut out = match asked.wants_list {
        true => lists(retriever, outcome)?,
        false => Vec::new(),
    };
    let store = retriever.store();
    let mut known: HashSet<i64> = outcome.hits.iter().map(|hit| hit.chunk.key).collect();
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

/// The passages found whose last words lead to a list, with the passage behind that has it.
fn lists(retriever: &Retriever, outcome: &Outcome) -> Result<Vec<Hit>> {
    let store = retriever.store();
    let mut out = Vec::new();
    for hit in &outcome.hits {
        let own = &hit.chunk;
        if !own.text.lines().last().is_some_and(leads_to_list) {
            continue;
        }
        for by in 1..=APART {
            let line = (own.line_last + by) as usize;
            let found = store.chunk_at(own.document_id, own.page_last, line)?;
            let Some((key, _)) = found.filter(|(key, _)| *key != own.key) else {
                continue;
            };
            out.extend(store.chunk(key)?.map(|behind| {
                let mut hit = hit.clone();
                hit.chunk.text = format!("{}\n{}", own.text, behind.text);
                hit.chunk.line_last = behind.line_last;
                hit
            }));
            break;
        }
    }
    Ok(out)
}
