//! An index opened: loaded from its cache, or made in memory, and asked.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::graph::{Graph, dot};
use super::rows::{Form, Rows, by_score, cosine_of_prefix};
use crate::index::cache::{Cache, Stamp};
use crate::index::{Found, IndexError, Result};
use crate::store::{self, ChunkKey, ModelId, Revision, Store};

/// Version of the cache.
const FORMAT: u32 = 4;
/// The file of keys and values.
pub(super) const ROWS: &str = "rows";
/// Most chunks of which there is a graph. A hundred thousand take a minute to build and a gigabyte, and are scanned
/// in codes in less time than a graph is asked.
pub(super) const MOST_IN_GRAPH: usize = 100_000;
/// A filter that leaves this many chunks or fewer is scanned exactly.
const SCAN: usize = 20_000;
/// Of coded rows so many more than wanted are scored again, and half as many again.
const SPARE: usize = 50;

/// Gives the embedding of a chunk as the store has it; none where it has none (any more). Asked where the index
/// holds codes alone.
pub type Exact<'a> = &'a dyn Fn(ChunkKey) -> store::Result<Option<Vec<f32>>>;

/// Embeddings by key, the graph over them, and which of them still stand for a chunk.
pub struct DenseIndex {
    /// All that was ever inserted, tombstones included.
    pub(super) rows: Rows,
    /// None when the index is empty, coded, or has no graph because it is asked once.
    pub(super) graph: Option<Graph>,
    /// Tombstones.
    pub(super) dead: HashSet<ChunkKey>,
    /// The state of the store that it reflects.
    pub(super) reflects: Revision,
    /// The number of the last embedding of the store that it has; none where that was not kept.
    pub(super) last: Option<i64>,
    /// What was embedded since: scanned, until a writer puts it with the rest.
    tail: Rows,
}

/// How much of a cache to load. The graph pays when it is asked many times; one question is
/// answered sooner by a scan, which is exact as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    WithGraph,
    VectorsOnly,
}

/// What the stamp of the cache says besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dump {
    pub dim: usize,
    pub form: Form,
    pub rows: usize,
    pub dead: Vec<ChunkKey>,
    /// Basename of the graph's two files; none when there is no graph.
    pub graph: Option<String>,
    /// The number of the last embedding of the store that it has.
    #[serde(default)]
    pub last: Option<i64>,
}

pub(super) fn cache(folder: &Path) -> Cache {
    Cache::new(folder, FORMAT)
}

/// The form for a library of so many chunks, of which there is an index of the form `had`. One that shrinks a
/// little keeps its form.
pub(super) fn form(chunks: usize, had: Option<Form>, most_in_graph: usize) -> Form {
    let most = match had {
        Some(Form::Coded) => most_in_graph / 2,
        _ => most_in_graph,
    };
    match chunks > most {
        true => Form::Coded,
        false => Form::Whole,
    }
}

impl DenseIndex {
    pub(super) fn empty(dim: usize, form: Form, reflects: Revision) -> Self {
        Self {
            rows: Rows::new(dim, form),
            graph: None,
            dead: HashSet::new(),
            reflects,
            last: Some(0),
            tail: Rows::new(dim, Form::Whole),
        }
    }

    /// The state of the store that the cache in `folder` reflects.
    pub fn stamped(folder: &Path) -> Option<Revision> {
        let stamp: Option<Stamp<Dump>> = cache(folder).stamp();
        stamp.map(|stamp| stamp.reflects)
    }

    /// Opens the cache in `folder` for reading; none where there is none, or one that is damaged or
    /// not of this store.
    pub fn open(folder: &Path, store: &Store, dim: usize, load: Load) -> Result<Option<Self>> {
        let cache = cache(folder);
        let mut stamp = cache.stamp();
        while let Some(current) = stamp {
            if !store.has_been_at(&current.reflects)? {
                return Ok(None);
            }
            if let Some(index) = Self::load(&cache, &current, dim, load) {
                return Ok(Some(index));
            }
            // A writer may have put another state in its place meanwhile.
            stamp = cache.stamp();
            if stamp
                .as_ref()
                .is_some_and(|s| s.reflects == current.reflects)
            {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// All that `model` has embedded, read from the store and without a graph, for a reader that
    /// finds no cache to open.
    pub fn in_memory(store: &Store, model: ModelId, dim: usize) -> Result<Self> {
        store.snapshot(|store| {
            let chunks = store.embedded_keys(model)?.len();
            let form = form(chunks, None, MOST_IN_GRAPH);
            Self::streamed(store, model, dim, form, chunks)
        })
    }

    /// All of some `chunks` embeddings, read one by one.
    pub(super) fn streamed(
        store: &Store,
        model: ModelId,
        dim: usize,
        form: Form,
        chunks: usize,
    ) -> Result<Self> {
        let mut index = Self::empty(dim, form, store.revision()?);
        index.last = Some(store.last_embedding()?);
        index.rows.reserve(chunks);
        let mut wrong = None;
        store.for_embeddings(model, |key, vector| match vector.len() == dim {
            true if vector.iter().all(|x| x.is_finite()) => index.rows.push(key, &vector),
            true => {}
            false => wrong = Some(vector.len()),
        })?;
        match wrong {
            Some(received) => Err(IndexError::Dimension {
                expected: dim,
                received,
            }),
            None => Ok(index),
        }
    }

    /// Loads a cache, or none when it is not whole.
    pub(super) fn load(cache: &Cache, stamp: &Stamp<Dump>, dim: usize, load: Load) -> Option<Self> {
        let damaged = |error: &dyn std::fmt::Display| {
            let folder = cache.folder().display();
            tracing::warn!("vector index in {folder}: {error}, it is made again");
        };
        let dump = &stamp.more;
        if dump.dim != dim {
            return None;
        }
        let mut index = Self::empty(dim, dump.form, stamp.reflects.clone());
        index.last = dump.last;
        if dump.rows == 0 {
            return Some(index);
        }
        let read = cache.read(stamp, ROWS, |file| {
            Rows::read(file, dim, dump.form, dump.rows)
        });
        index.rows = read.inspect_err(|e| damaged(e)).ok()?;
        index.dead = dump.dead.iter().copied().collect();
        if let (Some(name), Load::WithGraph) = (&dump.graph, load) {
            let graph = Graph::load(cache, stamp, name);
            index.graph = Some(graph.inspect_err(|e| damaged(e)).ok()?);
        }
        Some(index)
    }

    /// Takes in what `model` has embedded since the index was made, so that a reader need not wait for its writer.
    pub fn follow(&mut self, store: &Store, model: ModelId) -> Result<()> {
        let now = store.last_embedding()?;
        let Some(last) = self.last.filter(|last| *last < now) else {
            return Ok(());
        };
        let mut new = store.embeddings_after(model, last)?;
        new.retain(|(key, vector)| {
            let is_sound = vector.len() == self.rows.dim() && vector.iter().all(|x| x.is_finite());
            is_sound && !self.rows.has(*key) && !self.tail.has(*key)
        });
        self.tail.merge(&new);
        self.last = Some(now);
        Ok(())
    }

    /// Number of chunks that can be found.
    pub fn len(&self) -> usize {
        self.in_rows() + self.tail.keys().len()
    }

    /// Those of its rows.
    fn in_rows(&self) -> usize {
        self.rows.keys().len() - self.dead.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state of the store that it reflects.
    pub fn reflects(&self) -> &Revision {
        &self.reflects
    }

    /// The nearest chunks to a normalised `query`, best first. With `only` (ascending keys) the
    /// search is over those alone: scanned exactly when they are few, so that it never starves.
    pub fn search(
        &self,
        query: &[f32],
        top_k: usize,
        ef_search: usize,
        only: Option<&[ChunkKey]>,
        exact: Exact,
    ) -> Result<Vec<Found>> {
        if query.len() != self.rows.dim() {
            return Err(IndexError::Dimension {
                expected: self.rows.dim(),
                received: query.len(),
            });
        }
        if only.is_none_or(|only| only.len() > SCAN) {
            let out = self.search_graph(query, top_k, ef_search, only);
            if out.len() >= top_k.min(only.map_or(self.in_rows(), <[ChunkKey]>::len)) {
                return Ok(self.with_tail(out, query, top_k, only));
            }
            // There is no graph, or it starved behind the filter.
        }
        let out = self.scan(query, top_k, only, exact)?;
        Ok(self.with_tail(out, query, top_k, only))
    }

    /// As `search` over the first `query.len()` numbers of each embedding, normalised again
    /// (Matryoshka truncation, Kusupati et al. 2022): always exact.
    pub fn search_truncated(
        &self,
        query: &[f32],
        top_k: usize,
        only: Option<&[ChunkKey]>,
        exact: Exact,
    ) -> Result<Vec<Found>> {
        let query = &query[..query.len().min(self.rows.dim())];
        let out = self.scan(query, top_k, only, exact)?;
        Ok(self.with_tail(out, query, top_k, only))
    }

    /// What was found among the rows, and what of the tail is as near.
    fn with_tail(
        &self,
        mut found: Vec<Found>,
        query: &[f32],
        top_k: usize,
        only: Option<&[ChunkKey]>,
    ) -> Vec<Found> {
        if !self.tail.keys().is_empty() {
            found.extend(self.tail.nearest(query, top_k, only, &self.dead));
            found.sort_unstable_by(by_score);
            found.truncate(top_k);
        }
        found
    }

    /// What the graph finds, living and among `only`; fewer than `top_k` where it starves.
    pub(super) fn search_graph(
        &self,
        query: &[f32],
        top_k: usize,
        ef_search: usize,
        only: Option<&[ChunkKey]>,
    ) -> Vec<Found> {
        let Some(graph) = &self.graph else {
            return Vec::new();
        };
        let ef = ef_search.max(top_k + 1 + self.dead.len().min(top_k));
        graph.search(query, top_k, ef, |key| {
            !self.dead.contains(&key) && only.is_none_or(|o| o.binary_search(&key).is_ok())
        })
    }

    /// The nearest by a look at all: of codes, more than are wanted, and those again by their whole embeddings.
    fn scan(
        &self,
        query: &[f32],
        top_k: usize,
        only: Option<&[ChunkKey]>,
        exact: Exact,
    ) -> Result<Vec<Found>> {
        if self.rows.form() == Form::Whole {
            return Ok(self.rows.nearest(query, top_k, only, &self.dead));
        }
        let looked_at = top_k.saturating_add(top_k / 2).saturating_add(SPARE);
        let mut out = self.rows.nearest(query, looked_at, only, &self.dead);
        for found in &mut out {
            if let Some(whole) = exact(found.key)? {
                found.score = match query.len() == whole.len() {
                    true => dot(query, &whole),
                    false => cosine_of_prefix(query, &whole),
                };
            }
        }
        out.sort_unstable_by(by_score);
        out.truncate(top_k);
        Ok(out)
    }
}
