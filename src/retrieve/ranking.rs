//! What a search has found, list by list: each arm's chunks as the pages they stand on, and the
//! hits that the fused order makes of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::fuse::{Ranked, Unit, reciprocal_rank_fusion};
use super::part::Part;
use super::scope::Scope;
use super::{Arm, Hit, Query, Result, Retriever};
use crate::index::Found;
use crate::index::lexical::{LexicalQuery, Only};
use crate::query::ParsedQuestion;
use crate::statement::Statement;
use crate::store::ChunkKey;

/// What the arms are asked, as far as the query's aids go.
#[derive(Default)]
pub(super) struct Plan {
    pub question: ParsedQuestion,
    /// What both arms search for.
    pub text: String,
    /// What BM25 makes of it.
    pub lexical: LexicalQuery,
    pub scope: Scope,
    pub parts: Vec<Part>,
    /// The book says where the figures stand: the parts are named and not searched for.
    pub is_answered: bool,
    /// Companies that the library lacks.
    pub strangers: Vec<String>,
    /// A table of contents may answer it.
    pub contents: bool,
}

impl Plan {
    /// The parts that are searched for.
    pub fn asked(&self) -> &[Part] {
        if self.is_answered { &[] } else { &self.parts }
    }
}

/// The chunks a search is over.
#[derive(Default)]
pub(super) struct Pool {
    pub documents: Vec<i64>,
    /// Whether these are all of the library.
    pub is_all: bool,
    /// Ascending, where the documents alone do not say which chunks: a section was named.
    pub keys: Option<Vec<ChunkKey>>,
}

impl Pool {
    /// Of some chunks, ascending.
    pub fn of(keys: Vec<ChunkKey>) -> Self {
        Self {
            keys: Some(keys),
            ..Self::default()
        }
    }

    pub fn only(&self) -> Only<'_> {
        match &self.keys {
            Some(keys) => Only::Chunks(keys),
            None if self.is_all => Only::All,
            None => Only::Documents(&self.documents),
        }
    }

    /// Whether a chunk of a document is among them.
    pub fn has(&self, key: ChunkKey, document: i64) -> bool {
        match &self.keys {
            Some(keys) => keys.binary_search(&key).is_ok(),
            None => self.is_all || self.documents.contains(&document),
        }
    }
}

/// Everything that a query found, before it is cut.
#[derive(Default)]
pub(super) struct Ranking {
    pub plan: Plan,
    pub pool: Pool,
    pub dense: List,
    pub bm25: List,
    /// What each part found.
    pub parts: Vec<List>,
    /// Pages that state the figures which answer.
    pub known: List,
    /// The share of the first pages that both arms name; none where one arm alone was asked.
    pub agreement: Option<f32>,
    /// Best first.
    pub order: Vec<Ranked>,
}

impl Ranking {
    /// The chunk that speaks for a page: the row that a part asked for, else where it ranked best.
    pub(super) fn speaks(&self, unit: Unit) -> Option<&Found> {
        if let Some(found) = self.known.chunks.get(&unit) {
            return Some(found);
        }
        let parts = self.parts.iter();
        let of_parts = parts.filter_map(|part| Some((part.rank(unit)?, part)));
        let first = of_parts.min_by_key(|(rank, _)| *rank).map(|(_, part)| part);
        let arm = match (self.dense.rank(unit), self.bm25.rank(unit)) {
            (Some(d), Some(b)) if b < d => &self.bm25,
            (None, _) => &self.bm25,
            _ => &self.dense,
        };
        first.unwrap_or(arm).chunks.get(&unit)
    }
}

/// One list of chunks, as the units they belong to.
#[derive(Default)]
pub(super) struct List {
    pub ranked: Vec<Ranked>,
    /// How many of them the arm itself put first; the others were scored for the other arm's sake.
    pub first: usize,
    /// The best chunk of each unit, and its score there.
    pub chunks: HashMap<Unit, Found>,
    /// The chunks that are not their unit's best, in their order.
    pub rest: Vec<Found>,
    pub weight: f32,
}

impl List {
    pub fn rank(&self, unit: Unit) -> Option<usize> {
        let first = &self.ranked[..self.first];
        first.iter().position(|r| r.unit == unit).map(|at| at + 1)
    }

    /// Takes in units that were scored besides.
    pub fn extend(&mut self, other: List) {
        self.ranked.extend(other.ranked);
        self.chunks.extend(other.chunks);
    }
}
impl Retriever {
    /// Chunks as the pages they stand on, each page at its best chunk. Tables of contents, which
    /// name everything and answer nothing, wait among the further passages unless `contents`.
    pub(super) fn list(&self, found: Vec<Found>, contents: bool) -> List {
        let mut list = List {
            ranked: Vec::with_capacity(found.len()),
            first: 0,
            chunks: HashMap::with_capacity(found.len()),
            rest: Vec::new(),
            weight: 1.0,
        };
        for found in found {
            // What the store has no more is passed over, however far behind a cache may be.
            let Some(place) = self.index.place(found.key) else {
                continue;
            };
            let unit = unit(place.document, place.page);
            if !contents && place.statement == Some(Statement::Contents) {
                list.rest.push(found);
                continue;
            }
            match list.chunks.entry(unit) {
                Entry::Occupied(_) => list.rest.push(found),
                Entry::Vacant(entry) => {
                    entry.insert(found);
                    list.ranked.push(Ranked {
                        unit,
                        score: found.score,
                    });
                }
            }
        }
        list.first = list.ranked.len();
        list
    }

    /// The first `top_k` pages, and where the search is over fewer, further passages of theirs.
    pub(super) fn hits(&self, query: &Query, ranking: &Ranking) -> Result<Vec<Hit>> {
        let top_k = query.top_k;
        let mut hits = Vec::with_capacity(top_k);
        for &Ranked { unit, score } in ranking.order.iter().take(top_k) {
            let Some(found) = ranking.speaks(unit) else {
                continue;
            };
            hits.extend(self.hit(ranking, unit, found, score)?);
        }
        if hits.len() < top_k {
            let lowest = hits.last().map_or(0.0, |hit| hit.score);
            for (unit, found) in self.further(ranking) {
                let shown = |hit: &Hit| hit.chunk.key == found.key;
                if hits.len() < top_k && !hits.iter().any(shown) {
                    hits.extend(self.hit(ranking, unit, &found, lowest)?);
                }
            }
        }
        for (index, hit) in hits.iter_mut().enumerate() {
            hit.rank = index + 1;
            // An arm alone, its aids included, ranks by itself.
            match query.arm {
                Arm::Hybrid => {}
                Arm::Dense => hit.dense_rank = Some(hit.rank),
                Arm::Bm25 => hit.bm25_rank = Some(hit.rank),
            }
        }
        Ok(hits)
    }

    /// A page as a hit; none when its chunk is gone meanwhile.
    fn hit(&self, ranking: &Ranking, unit: Unit, found: &Found, score: f32) -> Result<Option<Hit>> {
        let Ranking {
            dense, bm25, parts, ..
        } = ranking;
        let rank = |(at, part): (usize, &List)| Some((at, part.rank(unit)?));
        let chunk = self.store.chunk(found.key)?;
        Ok(chunk.map(|chunk| Hit {
            rank: 0,
            weight: ranking.plan.scope.weight(chunk.document_id),
            chunk,
            dense_rank: dense.rank(unit),
            bm25_rank: bm25.rank(unit),
            cosine: dense.chunks.get(&unit).map(|f| f.score),
            bm25_score: bm25.chunks.get(&unit).map(|f| f.score),
            parts: parts.iter().enumerate().filter_map(rank).collect(),
            score,
        }))
    }

    /// Chunks of pages that another chunk speaks for, best first.
    fn further(&self, ranking: &Ranking) -> Vec<(Unit, Found)> {
        let list = |list: &List| -> Vec<Ranked> {
            let ranked = list.rest.iter().map(|f| Ranked {
                unit: f.key,
                score: f.score,
            });
            ranked.collect()
        };
        let (dense, bm25) = (list(&ranking.dense), list(&ranking.bm25));
        let fused = reciprocal_rank_fusion(&[(&dense, 1.0), (&bm25, 1.0)], self.settings.rrf_k);
        let found = fused.into_iter().filter_map(|Ranked { unit: key, score }| {
            let place = self.index.place(key)?;
            Some((unit(place.document, place.page), Found { key, score }))
        });
        found.collect()
    }
}

/// The number of a page.
pub(super) fn unit(document: i64, page: u32) -> Unit {
    document << 24 | i64::from(page)
}

/// The document of a page by its number.
pub(super) fn document(unit: Unit) -> i64 {
    unit >> 24
}
