//! Traces: where a chunk that is known to answer comes out, and what each arm puts first instead.
//! For many questions whose embeddings are at hand.

use super::ranking::unit;
use super::{Query, Result, Retriever};
use crate::encoder::Embedding;
use crate::index::Found;
use crate::index::door::Nearest;
use crate::index::lexical::Only;
use crate::store::ChunkKey;

/// What a question finds, seen from one chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The rank of the chunk's page in the fused list, from 1; none below the arms' depth.
    pub rank: Option<usize>,
    /// Cosine of question and chunk; none where the chunk is not embedded.
    pub cosine: Option<f32>,
    /// The first chunk of each page, in the order of each arm.
    pub dense: Vec<Found>,
    pub bm25: Vec<Found>,
    /// The chunk that speaks for each page, in the fused order.
    pub fused: Vec<ChunkKey>,
}

impl Retriever {
    /// What dense search is asked for `query`: the question without its wrapping, and without what the scope
    /// that is found settles.
    pub fn dense_text(&self, query: &Query) -> Result<String> {
        Ok(self.plan(query)?.text)
    }

    /// Asks `query`, whose embedding (of length 1, prompt included) is `embedding`, and looks for
    /// the chunk under `key` among the first `depth` of each arm. Parts are not asked for.
    pub fn trace(
        &self,
        query: &Query,
        embedding: &Embedding,
        key: ChunkKey,
        depth: usize,
    ) -> Result<Trace> {
        let ranking = self.rank_by(query, depth, |_| Ok(Some(vec![embedding.clone()])))?;
        let place = self.index.place(key);
        let wanted = place.map(|place| unit(place.document, place.page));
        let rank = ranking.order.iter().position(|r| Some(r.unit) == wanted);
        let first = |list: &super::ranking::List| -> Vec<Found> {
            let own = list.ranked[..list.first].iter();
            own.filter_map(|r| list.chunks.get(&r.unit).copied())
                .collect()
        };
        let order = ranking.order.iter().take(depth);
        let fused = order
            .filter_map(|r| Some(ranking.speaks(r.unit)?.key))
            .collect();
        let nearest = Nearest {
            embedding,
            is_cut: false,
            top_k: 1,
            ef_search: 1,
        };
        let exact = |key| self.embedding_of(key);
        let only = Only::Chunks(&[key]);
        let cosine = self.index.by_vector(nearest, only, &exact)?;
        Ok(Trace {
            rank: rank.map(|at| at + 1),
            cosine: cosine.first().map(|found| found.score),
            dense: first(&ranking.dense),
            bm25: first(&ranking.bm25),
            fused,
        })
    }
}
