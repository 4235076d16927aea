//! The dense index: an HNSW graph (Malkov and Yashunin 2018) over the chunks' embeddings.
//!
//! `hnsw_rs` cannot delete, so removed chunks stay in the graph as tombstones and are filtered
//! out; beyond a fifth of them the graph is built anew. Its loader ends the process on some
//! damaged files, so a dump is only loaded when its checksum holds.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hnsw_rs::anndists::dist::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::HnswIo;
use serde::{Deserialize, Serialize};

use super::cache::{Cache, Draft, Stamp};
use super::{Found, IndexError, Result};
use crate::store::{ChunkKey, ModelId, Revision, Store};

/// Edges of a point; twice as many on the ground layer.
const MAX_CONNECTIONS: usize = 24;
const MAX_LAYER: usize = 16;
/// Width of the search at construction.
const EF_CONSTRUCTION: usize = 200;
/// Where fewer than one in so many embeddings is new, each is asked for by itself.
const FEW: usize = 8;
/// Share of tombstones beyond which the graph is built anew.
const MAX_DEAD: f64 = 0.2;
/// A filter that leaves this many chunks or fewer is scanned exactly.
const SCAN: usize = 20_000;

/// 1 − cosine of normalised vectors, never under zero (rounding could take it there, on which
/// hnsw_rs panics).
#[derive(Default, Clone, Copy)]
pub struct Cosine;

impl Distance<f32> for Cosine {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        (1.0 - dot(a, b)).max(0.0)
    }
}

/// Dot product in sixteen lanes, which the compiler vectorises.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (mut x, mut y) = (a.chunks_exact(16), b.chunks_exact(16));
    let mut lanes = [0.0f32; 16];
    for (x, y) in (&mut x).zip(&mut y) {
        for i in 0..16 {
            lanes[i] += x[i] * y[i];
        }
    }
    let rest: f32 = x
        .remainder()
        .iter()
        .zip(y.remainder())
        .map(|(x, y)| x * y)
        .sum();
    lanes.iter().sum::<f32>() + rest
}

type Graph = Hnsw<'static, f32, Cosine>;

/// Embeddings by key, the graph over them, and which of them still stand for a chunk.
pub struct DenseIndex {
    /// All keys ever inserted, ascending, tombstones included.
    keys: Vec<ChunkKey>,
    /// Their vectors, end to end.
    vectors: Vec<f32>,
    /// None when the index is empty, or has no graph because it is asked once.
    graph: Option<Graph>,
    dead: HashSet<ChunkKey>,
    dim: usize,
    /// The state of the store that it reflects.
    reflects: Revision,
}

/// How much of a dump to load. The graph pays when it is asked many times; one question is
/// answered sooner by a scan, which is exact as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    WithGraph,
    VectorsOnly,
}

/// What the stamp of a dump says besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Dump {
    dim: usize,
    points: usize,
    dead: Vec<ChunkKey>,
    /// Of the graph's two files; none when there are no points.
    basename: Option<String>,
}

/// Version of the cache.
const FORMAT: u32 = 3;
const VECTORS: &str = "vectors";
/// Numbers that are read or written at a time.
const BLOCK: usize = 1 << 14;

impl DenseIndex {
    fn empty(dim: usize, reflects: Revision) -> Self {
        let (keys, vectors, dead) = (Vec::new(), Vec::new(), HashSet::new());
        Self {
            keys,
            vectors,
            graph: None,
            dead,
            dim,
            reflects,
        }
    }

    /// The state of the store that the cache in `folder` reflects.
    pub fn stamped(folder: &Path) -> Option<Revision> {
        let stamp: Option<Stamp<Dump>> = Cache::new(folder, FORMAT).stamp();
        stamp.map(|stamp| stamp.reflects)
    }

    /// Opens the cache in `folder` for reading; none where there is none, or one that is damaged or
    /// not of this store.
    pub fn open(folder: &Path, store: &Store, dim: usize, load: Load) -> Result<Option<Self>> {
        let cache = Cache::new(folder, FORMAT);
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
            let mut index = Self::empty(dim, store.revision()?);
            let keys = store.embedded_keys(model)?;
            let new = index.lacking(store, model, &keys)?;
            index.append(new);
            Ok(index)
        })
    }

    /// Loads a dump, or none when it is not whole.
    fn load(cache: &Cache, stamp: &Stamp<Dump>, dim: usize, load: Load) -> Option<Self> {
        let damaged = |error: &dyn std::fmt::Display| {
            let folder = cache.folder().display();
            tracing::warn!("vector index in {folder}: {error}, it is made again");
        };
        let dump = &stamp.more;
        if dump.dim != dim {
            return None;
        }
        let mut index = Self::empty(dim, stamp.reflects.clone());
        let Some(basename) = &dump.basename else {
            return Some(index);
        };
        let read = cache.read(stamp, VECTORS, |file| {
            index.keys = numbers(file, dump.points, i64::from_le_bytes)?;
            index.vectors = numbers(file, dump.points * dim, f32::from_le_bytes)?;
            Ok(())
        });
        read.inspect_err(|e| damaged(e)).ok()?;
        index.dead = dump.dead.iter().copied().collect();
        if load == Load::WithGraph {
            let graph = load_graph(cache, stamp, basename);
            index.graph = Some(graph.inspect_err(|e| damaged(e)).ok()?);
        }
        Some(index)
    }

    /// Brings the cache in `folder` up to the store. Where that fails, it is made anew beside the
    /// earlier state, which stays when that fails as well. Hold the `WriterLock`.
    pub fn update(folder: &Path, store: &Store, model: ModelId, dim: usize) -> Result<()> {
        let revision = store.revision()?;
        let cache = Cache::new(folder, FORMAT);
        let stamp: Option<Stamp<Dump>> = cache.stamp();
        let is_current = |s: &Stamp<Dump>| s.reflects == revision && s.more.dim == dim;
        if stamp
            .as_ref()
            .is_some_and(|s| is_current(s) && cache.look(s).is_ok())
        {
            return Ok(());
        }
        let loaded = stamp
            .as_ref()
            .and_then(|s| Self::load(&cache, s, dim, Load::WithGraph));
        if let (Some(current), Some(stamp)) = (loaded, stamp) {
            if current.reflects == revision {
                return Ok(());
            }
            if store.has_been_at(&current.reflects)? {
                let work = || current.advance(&cache, stamp, store, model, &revision);
                match catch_unwind(AssertUnwindSafe(work)) {
                    Ok(Ok(true)) => return Ok(()),
                    Ok(Ok(false)) => {}
                    Ok(Err(error @ (IndexError::Store(_) | IndexError::Dimension { .. }))) => {
                        return Err(error);
                    }
                    Ok(Err(error)) => tracing::warn!("{error}"),
                    Err(_) => tracing::warn!("the vector index panicked"),
                }
            }
        }
        let make = || {
            let mut fresh = Self::empty(dim, revision);
            fresh.insert(store, model, &store.embedded_keys(model)?)?;
            fresh.dump(&cache)
        };
        match catch_unwind(AssertUnwindSafe(make)) {
            Ok(Err(error @ (IndexError::Store(_) | IndexError::Dimension { .. }))) => Err(error),
            Ok(Err(error)) => Err(IndexError::unmade("vector index", folder, &error)),
            Ok(made) => made,
            Err(_) => {
                let path = folder.to_owned();
                let detail = "hnsw_rs panicked".to_owned();
                let error = IndexError::Dense { path, detail };
                Err(IndexError::unmade("vector index", folder, &error))
            }
        }
    }

    /// Brings the index up to the store and dumps it; false when it is better built anew.
    fn advance(
        mut self,
        cache: &Cache,
        mut stamp: Stamp<Dump>,
        store: &Store,
        model: ModelId,
        revision: &Revision,
    ) -> Result<bool> {
        let embedded = store.embedded_keys(model)?;
        let wanted: HashSet<ChunkKey> = embedded.iter().copied().collect();
        let dead = self.keys.iter().filter(|key| !wanted.contains(key));
        self.dead = dead.copied().collect();
        if self.dead.len() as f64 > MAX_DEAD * self.keys.len() as f64 {
            return Ok(false);
        }
        self.reflects = revision.clone();
        if self.insert(store, model, &embedded)? {
            self.dump(cache)?;
        } else {
            // The files stay as they are.
            stamp.reflects = revision.clone();
            stamp.more.dead = self.tombstones();
            let put = cache.put(&stamp);
            put.map_err(|e| IndexError::io(cache.folder(), e))?;
        }
        Ok(true)
    }

    /// Vectors and keys of those of the `embedded` chunks that the index has not.
    fn lacking(
        &self,
        store: &Store,
        model: ModelId,
        embedded: &[ChunkKey],
    ) -> Result<Vec<(Vec<f32>, usize)>> {
        let mut new: Vec<(Vec<f32>, usize)> = Vec::new();
        let mut wrong = None;
        let mut take = |key: ChunkKey, vector: Vec<f32>| {
            if vector.len() != self.dim {
                wrong = Some(vector.len());
            } else if vector.iter().all(|x| x.is_finite()) {
                new.push((vector, key as usize));
            }
        };
        let is_new = |key: &ChunkKey| self.keys.binary_search(key).is_err();
        let missing: Vec<ChunkKey> = embedded.iter().copied().filter(is_new).collect();
        if missing.len() * FEW < embedded.len() {
            for key in missing {
                if let Some(vector) = store.embedding(model, key)? {
                    take(key, vector);
                }
            }
        } else {
            store.for_embeddings(model, |key, vector| {
                if is_new(&key) {
                    take(key, vector);
                }
            })?;
        }
        match wrong {
            Some(received) => Err(IndexError::Dimension {
                expected: self.dim,
                received,
            }),
            None => Ok(new),
        }
    }

    /// Inserts all `embedded` chunks that the index has not; false when there are none.
    fn insert(&mut self, store: &Store, model: ModelId, embedded: &[ChunkKey]) -> Result<bool> {
        let new = self.lacking(store, model, embedded)?;
        if new.is_empty() {
            return Ok(false);
        }
        let graph = self.graph.get_or_insert_with(|| {
            Graph::new(
                MAX_CONNECTIONS,
                new.len(),
                MAX_LAYER,
                EF_CONSTRUCTION,
                Cosine,
            )
        });
        graph.set_searching_mode(false);
        let refs: Vec<(&Vec<f32>, usize)> = new.iter().map(|(v, key)| (v, *key)).collect();
        graph.parallel_insert(&refs);
        graph.set_searching_mode(true);
        self.append(new);
        Ok(true)
    }

    /// Adds vectors in the order of their keys; a late embedding of an old chunk has a key
    /// between those that are there.
    fn append(&mut self, new: Vec<(Vec<f32>, usize)>) {
        let first = new
            .first()
            .map_or(ChunkKey::MAX, |(_, key)| *key as ChunkKey);
        // Those behind the first new one are put in again, in turn with the new ones.
        let at = self.keys.partition_point(|key| *key < first);
        let old_keys = self.keys.split_off(at);
        let old_vectors = self.vectors.split_off(at * self.dim);
        let mut old = old_keys
            .iter()
            .zip(old_vectors.chunks_exact(self.dim))
            .peekable();
        self.keys.reserve_exact(old_keys.len() + new.len());
        self.vectors
            .reserve_exact((old_keys.len() + new.len()) * self.dim);
        for (vector, key) in new {
            let key = key as ChunkKey;
            while let Some((before, vector)) = old.next_if(|(old, _)| **old < key) {
                self.keys.push(*before);
                self.vectors.extend_from_slice(vector);
            }
            self.keys.push(key);
            self.vectors.extend_from_slice(&vector);
        }
        for (key, vector) in old {
            self.keys.push(*key);
            self.vectors.extend_from_slice(vector);
        }
    }

    /// Writes the index as a new state of the cache.
    fn dump(&self, cache: &Cache) -> Result<()> {
        let io = |source| IndexError::io(cache.folder(), source);
        let draft = cache.begin().map_err(io)?;
        let dump = Dump {
            dim: self.dim,
            points: self.keys.len(),
            dead: self.tombstones(),
            basename: self.write(&draft, cache.folder())?,
        };
        let published = cache.publish(draft, None, self.reflects.clone(), dump);
        published.map(drop).map_err(io)
    }

    /// Writes graph and vectors; the basename of the graph's files, none when there is no graph.
    fn write(&self, draft: &Draft, folder: &Path) -> Result<Option<String>> {
        let Some(graph) = &self.graph else {
            return Ok(None);
        };
        let dumped = graph.file_dump(draft.path(), "graph");
        let basename = dumped.map_err(|e| IndexError::Dense {
            path: folder.to_owned(),
            detail: e.to_string(),
        })?;
        let write = || -> std::io::Result<()> {
            let file = std::fs::File::create(draft.path().join(VECTORS))?;
            let mut file = std::io::BufWriter::with_capacity(1 << 20, file);
            for key in &self.keys {
                file.write_all(&key.to_le_bytes())?;
            }
            let mut bytes = Vec::with_capacity(BLOCK * 4);
            for block in self.vectors.chunks(BLOCK) {
                bytes.clear();
                bytes.extend(block.iter().flat_map(|number| number.to_le_bytes()));
                file.write_all(&bytes)?;
            }
            file.flush()
        };
        write().map_err(|e| IndexError::io(folder, e))?;
        Ok(Some(basename))
    }

    fn tombstones(&self) -> Vec<ChunkKey> {
        let mut dead: Vec<ChunkKey> = self.dead.iter().copied().collect();
        dead.sort_unstable();
        dead
    }

    /// Number of chunks that can be found.
    pub fn len(&self) -> usize {
        self.keys.len() - self.dead.len()
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
    ) -> Result<Vec<Found>> {
        if query.len() != self.dim {
            return Err(IndexError::Dimension {
                expected: self.dim,
                received: query.len(),
            });
        }
        if let Some(only) = only
            && only.len() <= SCAN
        {
            return Ok(self.scan(query, top_k, only));
        }
        let out = self.search_graph(query, top_k, ef_search, only);
        if out.len() < top_k.min(only.map_or(self.len(), <[ChunkKey]>::len)) {
            // There is no graph, or it starved behind the filter.
            return Ok(self.scan(query, top_k, only.unwrap_or(&self.keys)));
        }
        Ok(out)
    }

    /// What the graph finds, living and among `only`; fewer than `top_k` where it starves.
    fn search_graph(
        &self,
        query: &[f32],
        top_k: usize,
        ef_search: usize,
        only: Option<&[ChunkKey]>,
    ) -> Vec<Found> {
        let Some(graph) = &self.graph else {
            return Vec::new();
        };
        let living = |id: &usize| {
            let key = *id as ChunkKey;
            !self.dead.contains(&key) && only.is_none_or(|o| o.binary_search(&key).is_ok())
        };
        // One more than wanted: the point at which the search enters takes a place even where the
        // filter forbids it.
        let ef = ef_search.max(top_k + 1 + self.dead.len().min(top_k));
        let found = graph.search_filter(query, top_k + 1, ef, Some(&living));
        found
            .into_iter()
            // Not left to hnsw_rs alone, whose filtered search has returned forbidden points.
            .filter(|n| living(&n.d_id))
            .map(|n| Found {
                key: n.d_id as ChunkKey,
                score: 1.0 - n.distance,
            })
            .take(top_k)
            .collect()
    }

    /// As `search` over the first `query.len()` numbers of each embedding, normalised again
    /// (Matryoshka truncation, Kusupati et al. 2022): always exact.
    pub fn search_truncated(
        &self,
        query: &[f32],
        top_k: usize,
        only: Option<&[ChunkKey]>,
    ) -> Vec<Found> {
        let keys = only.unwrap_or(&self.keys);
        let dim = query.len().min(self.dim);
        let score = |v: &[f32]| {
            let v = &v[..dim];
            dot(&query[..dim], v) / dot(v, v).sqrt().max(1e-12)
        };
        self.rank(keys, top_k, score)
    }

    fn scan(&self, query: &[f32], top_k: usize, keys: &[ChunkKey]) -> Vec<Found> {
        self.rank(keys, top_k, |v| dot(query, v))
    }

    fn rank(&self, keys: &[ChunkKey], top_k: usize, score: impl Fn(&[f32]) -> f32) -> Vec<Found> {
        let mut out: Vec<Found> = keys
            .iter()
            .filter(|key| !self.dead.contains(key))
            .filter_map(|key| {
                let at = self.keys.binary_search(key).ok()? * self.dim;
                Some(Found {
                    key: *key,
                    score: score(&self.vectors[at..at + self.dim]),
                })
            })
            .collect();
        out.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
        out.truncate(top_k);
        out
    }
}

/// Loads a graph whose checksum holds.
fn load_graph(cache: &Cache, stamp: &Stamp<Dump>, basename: &str) -> std::io::Result<Graph> {
    for kind in ["graph", "data"] {
        cache.check_file(stamp, &format!("{basename}.hnsw.{kind}"))?;
    }
    // The graph borrows from its loader, which holds two short strings: let it live on.
    let loader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(&cache.path(stamp), basename)));
    let load = || loader.load_hnsw_with_dist::<f32, Cosine>(Cosine);
    let loaded = catch_unwind(AssertUnwindSafe(load));
    let Ok(Ok(mut graph)) = loaded else {
        return Err(std::io::Error::other("hnsw_rs cannot read its graph"));
    };
    graph.set_searching_mode(true);
    Ok(graph)
}

/// The next `count` numbers of `file`, of `N` bytes each.
fn numbers<T, const N: usize>(
    file: &mut dyn Read,
    count: usize,
    number: impl Fn([u8; N]) -> T,
) -> std::io::Result<Vec<T>> {
    // A count that is damaged must not take memory that the file does not fill.
    let mut out = Vec::with_capacity(count.min(1 << 28));
    let mut block = vec![0; BLOCK * N];
    while out.len() < count {
        let bytes = &mut block[..(count - out.len()).min(BLOCK) * N];
        file.read_exact(bytes)?;
        let each = bytes.chunks_exact(N).map(|b| b.try_into());
        out.extend(each.map(|b| number(b.expect("a chunk has its size"))));
    }
    Ok(out)
}

#[cfg(test)]
#[path = "dense_tests.rs"]
mod tests;
