//! The dense index: an HNSW graph (Malkov and Yashunin 2018) over the chunks' embeddings.
//!
//! `hnsw_rs` cannot delete, so removed chunks stay in the graph as tombstones and are filtered
//! out; beyond a fifth of them the graph is built anew. Its loader ends the process on some
//! damaged files, so a dump is only loaded when its checksum holds.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use hnsw_rs::anndists::dist::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::HnswIo;
use serde::{Deserialize, Serialize};

use super::{Found, IndexError, Result};
use crate::fsio;
use crate::store::{ChunkKey, ModelId, Store};

/// Edges of a point; twice as many on the ground layer.
const MAX_CONNECTIONS: usize = 24;
const MAX_LAYER: usize = 16;
/// Width of the search at construction.
const EF_CONSTRUCTION: usize = 200;
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
    /// None when the index is empty, or was loaded for a single question.
    graph: Option<Graph>,
    dead: HashSet<ChunkKey>,
    dim: usize,
    generation: i64,
}

/// How much of a dump to load. The graph pays when it is asked many times; one question is
/// answered sooner by a scan, which is exact as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    WithGraph,
    VectorsOnly,
}

/// What a dump reflects, stored beside it.
#[derive(Serialize, Deserialize)]
struct Stamp {
    version: u32,
    generation: i64,
    dim: usize,
    basename: String,
    points: usize,
    dead: Vec<ChunkKey>,
    /// Hash of the graph's two files, and of the vectors'.
    graph_sum: String,
    vectors_sum: String,
}

const STAMP_VERSION: u32 = 2;
const STAMP: &str = "stamp.json";

impl DenseIndex {
    fn empty(dim: usize) -> Self {
        let (keys, vectors, dead) = (Vec::new(), Vec::new(), HashSet::new());
        Self {
            keys,
            vectors,
            graph: None,
            dead,
            dim,
            generation: -1,
        }
    }

    /// The store's generation that the dump in `folder` reflects.
    pub fn dumped(folder: &Path) -> Option<i64> {
        let stamp = fsio::read_small(folder.join(STAMP)).ok()?;
        let stamp: Stamp = serde_json::from_slice(&stamp).ok()?;
        Some(stamp.generation)
    }

    /// Loads the dump in `folder`, or none when there is no whole one.
    pub fn load(folder: &Path, dim: usize, load: Load) -> Option<Self> {
        let stamp: Stamp =
            serde_json::from_slice(&fsio::read_small(folder.join(STAMP)).ok()?).ok()?;
        if stamp.version != STAMP_VERSION || stamp.dim != dim {
            return None;
        }
        let mut index = Self::empty(dim);
        index.generation = stamp.generation;
        if stamp.points == 0 {
            return Some(index);
        }
        let bytes = std::fs::read(vectors_path(folder, &stamp.basename)).ok()?;
        let whole = bytes.len() == stamp.points * (8 + 4 * dim)
            && blake3::hash(&bytes).to_hex().as_str() == stamp.vectors_sum;
        if !whole {
            tracing::warn!(
                "vector index in {} is damaged, it is made again",
                folder.display()
            );
            return None;
        }
        let (keys, vectors) = bytes.split_at(stamp.points * 8);
        index.keys = keys
            .chunks_exact(8)
            .map(|b| i64::from_le_bytes(array(b)))
            .collect();
        index.vectors = vectors
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(array(b)))
            .collect();
        index.dead = stamp.dead.into_iter().collect();
        if load == Load::WithGraph {
            index.graph = Some(load_graph(folder, &stamp.basename, &stamp.graph_sum)?);
        }
        Some(index)
    }

    /// Brings the index in `folder` up to the store and dumps it when that changed anything.
    pub fn update(folder: &Path, store: &Store, model: ModelId, dim: usize) -> Result<Self> {
        let generation = store.generation()?;
        if let Some(mut current) = Self::load(folder, dim, Load::WithGraph) {
            if current.generation == generation {
                return Ok(current);
            }
            let wanted: HashSet<ChunkKey> = store.embedded_keys(model)?.into_iter().collect();
            let had: HashSet<ChunkKey> = current.keys.iter().copied().collect();
            let dead: HashSet<ChunkKey> = had.difference(&wanted).copied().collect();
            if dead.len() as f64 <= MAX_DEAD * had.len() as f64 {
                let same = dead == current.dead && wanted.is_subset(&had);
                current.dead = dead;
                current.generation = generation;
                if !same {
                    current.insert(store, model, &had)?;
                    current.dump(folder)?;
                } else {
                    current.restamp(folder)?;
                }
                return Ok(current);
            }
        }
        let mut fresh = Self::empty(dim);
        fresh.generation = generation;
        fresh.insert(store, model, &HashSet::new())?;
        fresh.dump(folder)?;
        Ok(fresh)
    }

    /// Inserts all embedded chunks that are not in `had`.
    fn insert(&mut self, store: &Store, model: ModelId, had: &HashSet<ChunkKey>) -> Result<()> {
        let mut new: Vec<(Vec<f32>, usize)> = Vec::new();
        let mut wrong = None;
        store.for_embeddings(model, |key, vector| {
            if vector.len() != self.dim {
                wrong = Some(vector.len());
            } else if !had.contains(&key) && vector.iter().all(|x| x.is_finite()) {
                new.push((vector, key as usize));
            }
        })?;
        if let Some(received) = wrong {
            return Err(IndexError::Dimension {
                expected: self.dim,
                received,
            });
        }
        if new.is_empty() {
            return Ok(());
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
        Ok(())
    }

    /// Adds vectors in the order of their keys; a late embedding of an old chunk has a key
    /// between those that are there.
    fn append(&mut self, new: Vec<(Vec<f32>, usize)>) {
        for (vector, key) in new {
            let key = key as ChunkKey;
            let at = self.keys.partition_point(|k| *k < key);
            self.keys.insert(at, key);
            let from = at * self.dim;
            self.vectors.splice(from..from, vector);
        }
    }

    /// Writes graph and vectors under a new name, then the stamp that makes them the current
    /// ones, then removes the earlier files.
    fn dump(&self, folder: &Path) -> Result<()> {
        let io = |source| IndexError::Io {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(io)?;
        let mut basename = format!("graph-{}", self.generation);
        let (mut graph_sum, mut vectors_sum) = (String::new(), String::new());
        if let Some(graph) = &self.graph {
            basename = graph
                .file_dump(folder, &basename)
                .map_err(|e| IndexError::Dense {
                    path: folder.to_owned(),
                    detail: e.to_string(),
                })?;
            graph_sum = graph_checksum(folder, &basename).map_err(io)?;
            let mut bytes = Vec::with_capacity(self.keys.len() * (8 + 4 * self.dim));
            bytes.extend(self.keys.iter().flat_map(|k| k.to_le_bytes()));
            bytes.extend(self.vectors.iter().flat_map(|x| x.to_le_bytes()));
            vectors_sum = blake3::hash(&bytes).to_hex().to_string();
            fsio::write_atomic(&vectors_path(folder, &basename), &bytes).map_err(io)?;
        }
        self.stamp(folder, basename, graph_sum, vectors_sum)
    }

    /// As `dump` where only the generation moved.
    fn restamp(&self, folder: &Path) -> Result<()> {
        let io = |source| IndexError::Io {
            path: folder.to_owned(),
            source,
        };
        let bytes = fsio::read_small(folder.join(STAMP)).map_err(io)?;
        match serde_json::from_slice::<Stamp>(&bytes) {
            Ok(old) => self.stamp(folder, old.basename, old.graph_sum, old.vectors_sum),
            Err(_) => self.dump(folder),
        }
    }

    fn stamp(
        &self,
        folder: &Path,
        basename: String,
        graph_sum: String,
        vectors_sum: String,
    ) -> Result<()> {
        let io = |source| IndexError::Io {
            path: folder.to_owned(),
            source,
        };
        let mut dead: Vec<ChunkKey> = self.dead.iter().copied().collect();
        dead.sort_unstable();
        let stamp = Stamp {
            version: STAMP_VERSION,
            generation: self.generation,
            dim: self.dim,
            points: self.keys.len(),
            dead,
            graph_sum,
            vectors_sum,
            basename,
        };
        let json = serde_json::to_vec(&stamp).map_err(|e| io(e.into()))?;
        fsio::write_atomic(&folder.join(STAMP), &json).map_err(io)?;
        for entry in std::fs::read_dir(folder).map_err(io)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("graph-") && !name.starts_with(&format!("{}.", stamp.basename)) {
                // A reader may hold it open; where that forbids removal the next dump tries again.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Number of chunks that can be found.
    pub fn len(&self) -> usize {
        self.keys.len() - self.dead.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn generation(&self) -> i64 {
        self.generation
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
        let Some(graph) = &self.graph else {
            return Ok(self.scan(query, top_k, only.unwrap_or(&self.keys)));
        };
        let living = |id: &usize| {
            let key = *id as ChunkKey;
            !self.dead.contains(&key) && only.is_none_or(|o| o.binary_search(&key).is_ok())
        };
        let ef = ef_search.max(top_k + self.dead.len().min(top_k));
        let found = graph.search_filter(query, top_k, ef, Some(&living));
        let out: Vec<Found> = found
            .into_iter()
            .map(|n| Found {
                key: n.d_id as ChunkKey,
                score: 1.0 - n.distance,
            })
            .collect();
        if out.len() < top_k.min(only.map_or(self.len(), <[ChunkKey]>::len)) {
            // The graph starved behind the filter.
            return Ok(self.scan(query, top_k, only.unwrap_or(&self.keys)));
        }
        Ok(out)
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
fn load_graph(folder: &Path, basename: &str, sum: &str) -> Option<Graph> {
    if graph_checksum(folder, basename).ok()? != sum {
        tracing::warn!(
            "vector graph in {} is damaged, it is made again",
            folder.display()
        );
        return None;
    }
    // The graph borrows from its loader, which holds two short strings: let it live on.
    let loader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(folder, basename)));
    let load = || loader.load_hnsw_with_dist::<f32, Cosine>(Cosine);
    let loaded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(load));
    let Ok(Ok(mut graph)) = loaded else {
        return None;
    };
    graph.set_searching_mode(true);
    Some(graph)
}

fn graph_checksum(folder: &Path, basename: &str) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for kind in ["graph", "data"] {
        let path = folder.join(format!("{basename}.hnsw.{kind}"));
        hasher.update(&std::fs::read(path)?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn vectors_path(folder: &Path, basename: &str) -> PathBuf {
    folder.join(format!("{basename}.vectors"))
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("chunks_exact gives whole chunks")
}

#[cfg(test)]
#[path = "dense_tests.rs"]
mod tests;
