//! Labelled rows: those of the whole document whose label says what a figure is asked of, wherever they stand. The search
//! finds passages; a row that is called just what the question calls it may stand in a table that no passage tells of.

use std::collections::HashSet;

use super::super::Result;
use super::asked::Asked;
use super::verdict::LEAST_OF_LABEL;
use crate::index::lexical::tokens;
use crate::retrieve::{Hit, Outcome, Retriever};

/// Documents that are looked through, those that weigh most for the question.
const DOCUMENTS: usize = 3;
/// Passages that are added at most.
const ADDED: usize = 3;
/// What the added passages count as among those found.
const RANK: usize = 3;

/// The passages with rows that are called what `asked` asks for, of those that the search has not found.
pub fn passages(retriever: &Retriever, outcome: &Outcome, asked: &Asked) -> Result<Vec<Hit>> {
    let [_] = outcome.scope.companies.as_slice() else {
        return Ok(Vec::new());
    };
    let Some(word) = asked.longest_word().filter(|_| asked.wants_number) else {
        return Ok(Vec::new());
    };
    let store = retriever.store();
    let mut places = Vec::new();
    for (id, weight) in documents(outcome, asked, retriever) {
        for row in store.rows_called(id, word)? {
            let whole = tokens(&format!("{} {}", row.over, row.label));
            let share = asked.share_of(&row.label);
            if share >= LEAST_OF_LABEL && asked.is_all_named(&whole) {
                places.push((share, weight, id, row));
            }
        }
    }
    // Of equals the first of the document that weighs most.
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut known: HashSet<i64> = outcome.hits.iter().map(|hit| hit.chunk.key).collect();
    let mut out = Vec::new();
    for (_, weight, id, row) in places {
        let Some((key, _)) = store.chunk_at(id, row.page, row.line)? else {
            continue;
        };
        if out.len() == ADDED || !known.insert(key) {
            continue;
        }
        out.extend(store.chunk(key)?.map(|chunk| Hit {
            rank: RANK,
            chunk,
            dense_rank: None,
            bm25_rank: None,
            cosine: None,
            bm25_score: None,
            parts: Vec::new(),
            weight,
            score: 0.0,
        }));
    }
    Ok(out)
}

/// The documents that weigh most, each with its weight; of equals the newest where no period is asked for.
fn documents(outcome: &Outcome, asked: &Asked, retriever: &Retriever) -> Vec<(i64, f32)> {
    let weights = &outcome.scope.weights;
    let mut own: Vec<(f32, i32, i64)> = retriever
        .documents()
        .iter()
        .filter_map(|row| {
            let weight = *weights.get(&row.id).filter(|weight| **weight > 0.0)?;
            let year = row.metadata.year.unwrap_or_default();
            Some((weight, if asked.has_period() { 0 } else { -year }, row.id))
        })
        .collect();
    own.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    own.into_iter()
        .take(DOCUMENTS)
        .map(|(weight, _, id)| (id, weight))
        .collect()
}
