//! Ahead: the chunks that a question points to and that the model has not embedded yet, so that they can be
//! embedded before the rest of a library.

use std::collections::HashSet;

use super::ranking::unit;
use super::{Arm, Query, Result, Retriever};
use crate::query::capped;
use crate::store::{ChunkKey, ChunkPlace};

/// Chunks of BM25's list that are looked at, and pages of the first of them that are wanted whole.
const DEPTH: usize = 200;
const WHOLE_PAGES: usize = 10;
/// Chunks wanted for one question at most: some minutes' work.
const MOST: usize = 2_000;

impl Retriever {
    /// What would have to be embedded for dense search to answer `query` as if everything were: first what its words
    /// find, page by page, and the statements behind its parts, then the rest of the documents that it is about.
    /// Empty where everything is embedded, or the query asks for words alone.
    pub fn wanted(&self, query: &Query) -> Result<Vec<ChunkKey>> {
        // What a shared library lacks is its publishers' to embed.
        let is_own = !self.store.is_mirror() && query.arm != Arm::Bm25;
        let Some(model) = self.model.filter(|_| is_own) else {
            return Ok(Vec::new());
        };
        let query = &Query {
            text: capped(&query.text).to_owned(),
            arm: Arm::Hybrid,
            ..query.clone()
        };
        let plan = self.plan(query)?;
        let pool = self.pool(&query.filter, &plan.scope)?;
        if query.text.trim().is_empty() || pool.documents.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.bm25_arm(query, &plan.lexical, DEPTH, &pool)?;
        let found: Vec<ChunkKey> = found.iter().map(|found| found.key).collect();
        let mut wanted = Wanted::default();
        wanted.extend(self.on_pages_of(&found));
        for part in plan.asked() {
            wanted.extend(self.statements(part, &plan.scope, &pool)?);
        }
        wanted.extend(found);
        if pool.keys.is_some() || !pool.is_all {
            let documents: HashSet<i64> = pool.documents.iter().copied().collect();
            let in_pool = |place: &&ChunkPlace| match &pool.keys {
                Some(keys) => keys.binary_search(&place.key).is_ok(),
                None => documents.contains(&place.document),
            };
            let places = self.index.places().iter().filter(in_pool);
            let weight = |place: &ChunkPlace| plan.scope.weight(place.document);
            let mut rest: Vec<(f32, ChunkKey)> =
                places.map(|place| (weight(place), place.key)).collect();
            rest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            wanted.extend(rest.into_iter().map(|(_, key)| key));
        }
        let mut lacking = self.store.unembedded(model, &wanted.keys)?;
        lacking.truncate(MOST);
        Ok(lacking)
    }

    /// All chunks of the first pages on which `found` stand, page by page.
    fn on_pages_of(&self, found: &[ChunkKey]) -> Vec<ChunkKey> {
        let mut pages = Vec::new();
        for place in found.iter().filter_map(|key| self.index.place(*key)) {
            let page = unit(place.document, place.page);
            if !pages.contains(&page) {
                pages.push(page);
            }
            if pages.len() == WHOLE_PAGES {
                break;
            }
        }
        let chunks = self.index.places().iter();
        let mut here: Vec<(usize, ChunkKey)> = chunks
            .filter_map(|place| {
                let page = unit(place.document, place.page);
                let at = pages.iter().position(|known| *known == page)?;
                Some((at, place.key))
            })
            .collect();
        here.sort_unstable();
        here.into_iter().map(|(_, key)| key).collect()
    }
}

/// Keys in the order in which they are first named.
#[derive(Default)]
struct Wanted {
    keys: Vec<ChunkKey>,
    known: HashSet<ChunkKey>,
}

impl Wanted {
    fn extend(&mut self, keys: impl IntoIterator<Item = ChunkKey>) {
        let known = &mut self.known;
        let new = keys.into_iter().filter(|key| known.insert(*key));
        self.keys.extend(new);
    }
}
