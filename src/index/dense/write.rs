//! The cache of an index kept in step with the store.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::graph::Graph;
use super::read::{DenseIndex, Dump, Load, MOST_IN_GRAPH, ROWS, cache, form};
use super::rows::Form;
use crate::index::cache::{Cache, Draft, Stamp};
use crate::index::{IndexError, Result};
use crate::store::{ChunkKey, ModelId, Revision, Store};

/// Where fewer than one in so many embeddings is new, each is asked for by itself.
const FEW: usize = 8;
/// Share of tombstones beyond which the index is built anew.
const MAX_DEAD: f64 = 0.2;

impl DenseIndex {
    /// Brings the cache in `folder` up to the store. Where that fails, it is made anew beside the
    /// earlier state, which stays when that fails as well. Hold the `WriterLock`.
    pub fn update(folder: &Path, store: &Store, model: ModelId, dim: usize) -> Result<()> {
        Self::update_within(folder, store, model, dim, MOST_IN_GRAPH)
    }

    /// As `update`, with codes beyond `most` chunks.
    pub(super) fn update_within(
        folder: &Path,
        store: &Store,
        model: ModelId,
        dim: usize,
        most: usize,
    ) -> Result<()> {
        let revision = store.revision()?;
        let cache = cache(folder);
        let stamp: Option<Stamp<Dump>> = cache.stamp();
        let is_current = |s: &Stamp<Dump>| s.reflects == revision && s.more.dim == dim;
        if stamp
            .as_ref()
            .is_some_and(|s| is_current(s) && cache.look(s).is_ok())
        {
            return Ok(());
        }
        let last = store.last_embedding()?;
        let embedded = store.embedded_keys(model)?;
        let had = stamp.as_ref().map(|stamp| stamp.more.form);
        let form = form(embedded.len(), had, most);
        if let Some(stamp) = stamp.filter(|stamp| stamp.more.form == form)
            && let Some(current) = Self::load(&cache, &stamp, dim, Load::WithGraph)
        {
            if current.reflects == revision {
                return Ok(());
            }
            if store.has_been_at(&current.reflects)? {
                let at = (&revision, last);
                let work = || current.advance(&cache, stamp, store, model, at, &embedded);
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
            let mut fresh = Self::empty(dim, form, revision);
            fresh.fill(store, model, &embedded)?;
            fresh.last = Some(last);
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

    /// Fills an empty index with all `embedded` chunks.
    fn fill(&mut self, store: &Store, model: ModelId, embedded: &[ChunkKey]) -> Result<()> {
        let (dim, form) = (self.rows.dim(), self.rows.form());
        match form {
            Form::Whole => drop(self.insert(store, model, embedded)?),
            // All at once would be six times the codes' room.
            Form::Coded => {
                self.rows = Self::streamed(store, model, dim, form, embedded.len())?.rows;
            }
        }
        Ok(())
    }

    /// Brings the index up to the store and dumps it; false when it is better built anew.
    fn advance(
        mut self,
        cache: &Cache,
        mut stamp: Stamp<Dump>,
        store: &Store,
        model: ModelId,
        (revision, last): (&Revision, i64),
        embedded: &[ChunkKey],
    ) -> Result<bool> {
        let wanted: HashSet<ChunkKey> = embedded.iter().copied().collect();
        let dead = self.rows.keys().iter().filter(|key| !wanted.contains(key));
        self.dead = dead.copied().collect();
        if self.dead.len() as f64 > MAX_DEAD * self.rows.keys().len() as f64 {
            return Ok(false);
        }
        let new = embedded.len() - self.len();
        if self.rows.form() == Form::Coded && new * FEW >= embedded.len() {
            return Ok(false);
        }
        self.reflects = revision.clone();
        self.last = Some(last);
        if self.insert(store, model, embedded)? {
            self.dump(cache)?;
        } else {
            // The files stay as they are.
            stamp.reflects = revision.clone();
            stamp.more.dead = self.tombstones();
            stamp.more.last = self.last;
            let put = cache.put(&stamp);
            put.map_err(|e| IndexError::io(cache.folder(), e))?;
        }
        Ok(true)
    }

    /// Inserts all `embedded` chunks that the index has not; false when there are none.
    fn insert(&mut self, store: &Store, model: ModelId, embedded: &[ChunkKey]) -> Result<bool> {
        let new = self.lacking(store, model, embedded)?;
        if new.is_empty() {
            return Ok(false);
        }
        if self.rows.form() == Form::Whole {
            let graph = self.graph.get_or_insert_with(|| Graph::new(new.len()));
            graph.insert(&new);
        }
        self.rows.merge(&new);
        Ok(true)
    }

    /// Keys, ascending, and vectors of those of the `embedded` chunks that the index has not.
    fn lacking(
        &self,
        store: &Store,
        model: ModelId,
        embedded: &[ChunkKey],
    ) -> Result<Vec<(ChunkKey, Vec<f32>)>> {
        let mut new: Vec<(ChunkKey, Vec<f32>)> = Vec::new();
        let mut wrong = None;
        let mut take = |key: ChunkKey, vector: Vec<f32>| {
            if vector.len() != self.rows.dim() {
                wrong = Some(vector.len());
            } else if vector.iter().all(|x| x.is_finite()) {
                new.push((key, vector));
            }
        };
        let is_new = |key: &ChunkKey| !self.rows.has(*key);
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
                expected: self.rows.dim(),
                received,
            }),
            None => Ok(new),
        }
    }

    /// Writes the index as a new state of the cache.
    fn dump(&self, cache: &Cache) -> Result<()> {
        let io = |source| IndexError::io(cache.folder(), source);
        let draft = cache.begin().map_err(io)?;
        let dump = Dump {
            dim: self.rows.dim(),
            form: self.rows.form(),
            rows: self.rows.keys().len(),
            dead: self.tombstones(),
            graph: self.write(&draft, cache.folder())?,
            last: self.last,
        };
        let published = cache.publish(draft, None, self.reflects.clone(), dump);
        published.map(drop).map_err(io)
    }

    /// Writes graph and rows; the basename of the graph's files, none when there is no graph.
    fn write(&self, draft: &Draft, folder: &Path) -> Result<Option<String>> {
        if self.rows.keys().is_empty() {
            return Ok(None);
        }
        let dumped = self.graph.as_ref().map(|graph| graph.dump(draft.path()));
        let basename = dumped.transpose().map_err(|detail| IndexError::Dense {
            path: folder.to_owned(),
            detail,
        })?;
        let write = || -> std::io::Result<()> {
            let file = File::create(draft.path().join(ROWS))?;
            let mut file = BufWriter::with_capacity(1 << 20, file);
            self.rows.write(&mut file)?;
            file.flush()
        };
        write().map_err(|e| IndexError::io(folder, e))?;
        Ok(basename)
    }

    fn tombstones(&self) -> Vec<ChunkKey> {
        let mut dead: Vec<ChunkKey> = self.dead.iter().copied().collect();
        dead.sort_unstable();
        dead
    }
}
