//! The graph: HNSW (Malkov and Yashunin 2018) by `hnsw_rs`.
//!
//! It cannot delete, so removed chunks stay as tombstones and are filtered out. Its loader ends the process on some
//! damaged files, so a dump is only loaded when its checksum holds.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hnsw_rs::anndists::dist::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::HnswIo;

use crate::index::Found;
use crate::index::cache::{Cache, Stamp};
use crate::store::ChunkKey;

/// Edges of a point; twice as many on the ground layer.
const MAX_CONNECTIONS: usize = 24;
const MAX_LAYER: usize = 16;
/// Width of the search at construction.
const EF_CONSTRUCTION: usize = 200;
/// The basename of its files.
const NAME: &str = "graph";

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

/// The graph over all embeddings that were ever put into it.
pub struct Graph(Hnsw<'static, f32, Cosine>);

impl Graph {
    /// An empty graph, to be filled with about `points`.
    pub fn new(points: usize) -> Self {
        let (edges, width) = (MAX_CONNECTIONS, EF_CONSTRUCTION);
        Self(Hnsw::new(edges, points, MAX_LAYER, width, Cosine))
    }

    /// Loads a dump whose checksum holds. `name` is what `dump` gave.
    pub fn load<T>(cache: &Cache, stamp: &Stamp<T>, name: &str) -> io::Result<Self> {
        for kind in ["graph", "data"] {
            cache.check_file(stamp, &format!("{name}.hnsw.{kind}"))?;
        }
        // The graph borrows from its loader, which holds two short strings: let it live on.
        let loader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(&cache.path(stamp), name)));
        let load = || loader.load_hnsw_with_dist::<f32, Cosine>(Cosine);
        let loaded = catch_unwind(AssertUnwindSafe(load));
        let Ok(Ok(mut graph)) = loaded else {
            return Err(io::Error::other("hnsw_rs cannot read its graph"));
        };
        graph.set_searching_mode(true);
        Ok(Self(graph))
    }

    /// Writes its two files into `folder`; their basename.
    pub fn dump(&self, folder: &Path) -> Result<String, String> {
        self.0.file_dump(folder, NAME).map_err(|e| e.to_string())
    }

    pub fn insert(&mut self, new: &[(ChunkKey, Vec<f32>)]) {
        let points: Vec<(&Vec<f32>, usize)> = new
            .iter()
            .map(|(key, vector)| (vector, *key as usize))
            .collect();
        self.0.set_searching_mode(false);
        self.0.parallel_insert(&points);
        self.0.set_searching_mode(true);
    }

    /// Up to `top_k` near chunks, best first, of those that `allows` lets through; fewer where it starves.
    pub fn search(
        &self,
        query: &[f32],
        top_k: usize,
        ef: usize,
        allows: impl Fn(ChunkKey) -> bool,
    ) -> Vec<Found> {
        let is_allowed = |id: &usize| allows(*id as ChunkKey);
        // One more than wanted: the point at which the search enters takes a place even where the
        // filter forbids it.
        let filter: &dyn Fn(&usize) -> bool = &is_allowed;
        let found = self
            .0
            .search_filter(query, top_k + 1, ef.max(top_k + 1), Some(&filter));
        found
            .into_iter()
            // Not left to hnsw_rs alone, whose filtered search has returned forbidden points.
            .filter(|near| is_allowed(&near.d_id))
            .map(|near| Found {
                key: near.d_id as ChunkKey,
                score: 1.0 - near.distance,
            })
            .take(top_k)
            .collect()
    }
}
