//! Embeddings in the store, keyed by the hash of a passage and a model: the same passage in a
//! renamed or re-saved file is never encoded again.

use rusqlite::{OptionalExtension, params};

use super::{ChunkKey, DocumentRow, Result, Store, StoreError, correction};
use crate::chunk::passage::{content_hash, passage};
use crate::statement::Statement;

/// A model's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelId(pub(super) i64);

/// A passage without an embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub content_hash: [u8; 32],
    pub passage: String,
}

/// How much of the library a model has embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    pub encoded: u64,
    pub chunks: u64,
}

/// A model that has embedded something of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownModel {
    pub id: ModelId,
    pub fingerprint: String,
    pub name: String,
    pub dim: usize,
}

/// Page and line on it at which a chunk begins.
pub type ChunkStart = (u32, u32);

impl Store {
    /// The row of a model, made when absent.
    pub fn register_model(&mut self, fingerprint: &str, name: &str, dim: usize) -> Result<ModelId> {
        if let Some(id) = self.model(fingerprint, dim)? {
            return Ok(id);
        }
        self.change(|t| {
            t.execute(
                "INSERT INTO models (fingerprint, name, dim) VALUES (?1, ?2, ?3)",
                params![fingerprint, name, dim as i64],
            )?;
            Ok(ModelId(t.last_insert_rowid()))
        })
    }

    /// The row of the model with this fingerprint, whose embeddings must have `dim` numbers.
    pub fn model(&self, fingerprint: &str, dim: usize) -> Result<Option<ModelId>> {
        let row = self.connection.query_row(
            "SELECT id, dim FROM models WHERE fingerprint = ?1",
            [fingerprint],
            |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as usize)),
        );
        match self.check(row.optional())? {
            Some((_, expected)) if expected != dim => Err(StoreError::Dimension {
                expected,
                received: dim,
            }),
            found => Ok(found.map(|(id, _)| ModelId(id))),
        }
    }

    /// Fingerprint and dimension of the model last registered under `name`.
    pub fn fingerprint(&self, name: &str) -> Result<Option<(String, usize)>> {
        let row = self.connection.query_row(
            "SELECT fingerprint, dim FROM models WHERE name = ?1 ORDER BY id DESC LIMIT 1",
            [name],
            |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as usize)),
        );
        self.check(row.optional())
    }

    /// The models known here, the last one that came to be known last.
    pub fn models(&self) -> Result<Vec<KnownModel>> {
        let run = || {
            let mut statement = self
                .connection
                .prepare("SELECT id, fingerprint, name, dim FROM models ORDER BY id")?;
            let row = |r: &rusqlite::Row<'_>| {
                Ok(KnownModel {
                    id: ModelId(r.get(0)?),
                    fingerprint: r.get(1)?,
                    name: r.get(2)?,
                    dim: r.get::<_, i64>(3)? as usize,
                })
            };
            statement.query_map([], row)?.collect()
        };
        self.check(run())
    }

    /// Forgets the models of these names and all that they embedded; returns their fingerprints.
    pub fn forget_models(&mut self, names: &[String]) -> Result<Vec<String>> {
        self.change(|t| {
            let mut out = Vec::new();
            for name in names {
                let mut statement =
                    t.prepare("SELECT id, fingerprint FROM models WHERE name = ?1")?;
                let rows = statement.query_map([name], |r| Ok((r.get(0)?, r.get(1)?)))?;
                for (id, fingerprint) in rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()? {
                    t.execute("DELETE FROM embeddings WHERE model = ?1", [id])?;
                    t.execute("DELETE FROM models WHERE id = ?1", [id])?;
                    out.push(fingerprint);
                }
            }
            Ok(out)
        })
    }

    /// The models known here by name, and how much each has embedded.
    pub fn model_coverage(&self) -> Result<Vec<(String, Coverage)>> {
        let models = self.models()?.into_iter();
        models
            .map(|model| Ok((model.name, self.coverage(model.id)?)))
            .collect()
    }

    /// How much the model with this fingerprint has embedded; none where it is not known.
    pub fn coverage_by(&self, fingerprint: &str) -> Result<Option<Coverage>> {
        let models = self.models()?;
        let own = models.iter().find(|model| model.fingerprint == fingerprint);
        own.map(|model| self.coverage(model.id)).transpose()
    }

    pub fn coverage(&self, model: ModelId) -> Result<Coverage> {
        if self.is_mirror() {
            return self.mirrored_coverage(model);
        }
        let run = || {
            self.connection
                .prepare_cached(
                    "SELECT COUNT(e.id), COUNT(*) FROM chunks c
                     LEFT JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1",
                )?
                .query_row([model.0], |r| {
                    let (encoded, chunks): (i64, i64) = (r.get(0)?, r.get(1)?);
                    Ok(Coverage {
                        encoded: encoded as u64,
                        chunks: chunks as u64,
                    })
                })
        };
        self.check(run())
    }

    /// Embedded and all chunks of each document, by document id.
    pub fn coverage_by_document(&self, model: ModelId) -> Result<Vec<(i64, Coverage)>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.document, COUNT(e.id), COUNT(*) FROM chunks c
                 LEFT JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1
                 GROUP BY c.document",
            )?;
            let rows = statement.query_map([model.0], |r| {
                let (encoded, chunks): (i64, i64) = (r.get(1)?, r.get(2)?);
                Ok((
                    r.get(0)?,
                    Coverage {
                        encoded: encoded as u64,
                        chunks: chunks as u64,
                    },
                ))
            })?;
            rows.collect()
        };
        self.check(run())
    }

    /// Chunks that stand for the distinct passages which `model` has not embedded, in document
    /// order.
    pub fn pending(&self, model: ModelId) -> Result<Vec<ChunkKey>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT MIN(c.id) FROM chunks c
                 WHERE NOT EXISTS (SELECT 1 FROM embeddings e
                                   WHERE e.content_hash = c.content_hash AND e.model = ?1)
                 GROUP BY c.content_hash ORDER BY 1",
            )?;
            let rows = statement.query_map([model.0], |r| r.get(0))?;
            rows.collect()
        };
        self.check(run())
    }

    /// The passages of `keys`, to be embedded.
    pub fn passages(&self, keys: &[ChunkKey]) -> Result<Vec<Pending>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.content_hash, d.context, c.section, c.statement, c.text
                     FROM chunks c JOIN documents d ON d.id = c.document WHERE c.id = ?1",
            )?;
            let row = |key: &ChunkKey| {
                statement.query_row([key], |r| {
                    Ok(Pending {
                        content_hash: r.get(0)?,
                        passage: stored_passage(r, 1)?,
                    })
                })
            };
            keys.iter().map(row).collect()
        };
        self.check(run())
    }

    /// Gives documents the contexts that `wanted` says, each in one step: the passages of those whose
    /// context changes are other passages, not embedded yet.
    pub fn put_contexts(&mut self, wanted: impl Fn(&DocumentRow) -> String) -> Result<()> {
        for row in self.documents()? {
            let context = wanted(&row);
            if context == row.context {
                continue;
            }
            self.change(|t| {
                t.execute(
                    "UPDATE documents SET context = ?2 WHERE id = ?1",
                    params![row.id, context],
                )?;
                let mut chunks = t.prepare_cached(
                    "SELECT c.id, d.context, c.section, c.statement, c.text
                     FROM chunks c JOIN documents d ON d.id = c.document WHERE d.id = ?1",
                )?;
                let hashes = chunks.query_map([row.id], |r| {
                    Ok((
                        r.get::<_, ChunkKey>(0)?,
                        content_hash(&stored_passage(r, 1)?),
                    ))
                })?;
                let hashes: Vec<(ChunkKey, [u8; 32])> = hashes.collect::<Result<_, _>>()?;
                let mut update =
                    t.prepare_cached("UPDATE chunks SET content_hash = ?2 WHERE id = ?1")?;
                for (key, hash) in &hashes {
                    update.execute(params![key, &hash[..]])?;
                }
                // The dense cache knows a chunk's vector by its key.
                correction::key_again(t, row.id)
            })?;
        }
        Ok(())
    }

    /// Stores embeddings in one step, but for those that are there; returns how many that are.
    pub fn put_embeddings<'a>(
        &mut self,
        model: ModelId,
        embeddings: impl Iterator<Item = (&'a [u8; 32], &'a [f32])>,
    ) -> Result<usize> {
        self.change(|t| {
            let mut statement = t.prepare_cached(
                "INSERT INTO embeddings (model, content_hash, vector) VALUES (?1, ?2, ?3)
                 ON CONFLICT (content_hash, model) DO NOTHING",
            )?;
            let mut stored = 0;
            for (hash, vector) in embeddings {
                let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
                stored += statement.execute(params![model.0, &hash[..], bytes])?;
            }
            Ok(stored)
        })
    }

    /// Those of `keys`, in their order, that `model` has not embedded.
    pub fn unembedded(&self, model: ModelId, keys: &[ChunkKey]) -> Result<Vec<ChunkKey>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT 1 FROM chunks c
                 WHERE c.id = ?2 AND NOT EXISTS (SELECT 1 FROM embeddings e
                                                 WHERE e.content_hash = c.content_hash AND e.model = ?1)",
            )?;
            let mut out = Vec::new();
            for key in keys {
                if statement.exists(params![model.0, key])? {
                    out.push(*key);
                }
            }
            Ok(out)
        };
        self.check(run())
    }

    /// The number of the embedding that was stored last, by any model; 0 where there is none.
    pub fn last_embedding(&self) -> Result<i64> {
        self.ask("SELECT IFNULL(MAX(id), 0) FROM embeddings")
    }

    /// Keys, ascending, and vectors of the chunks whose embedding by `model` was stored after that of the number
    /// `after`.
    pub fn embeddings_after(
        &self,
        model: ModelId,
        after: i64,
    ) -> Result<Vec<(ChunkKey, Vec<f32>)>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.id, e.vector FROM embeddings e
                 CROSS JOIN chunks c ON c.content_hash = e.content_hash
                 WHERE e.id > ?2 AND e.model = ?1 ORDER BY c.id",
            )?;
            let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, floats(r.get_ref(1)?.as_blob()?)));
            statement.query_map(params![model.0, after], row)?.collect()
        };
        self.check(run())
    }

    /// Calls `each` with key and vector of every chunk that `model` has embedded, by ascending key.
    pub fn for_embeddings(
        &self,
        model: ModelId,
        mut each: impl FnMut(ChunkKey, Vec<f32>),
    ) -> Result<()> {
        let mut run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.id, e.vector FROM chunks c
                 JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1
                 ORDER BY c.id",
            )?;
            let mut rows = statement.query([model.0])?;
            while let Some(row) = rows.next()? {
                each(row.get(0)?, floats(row.get_ref(1)?.as_blob()?));
            }
            Ok(())
        };
        self.check(run())
    }

    /// Keys of the chunks that `model` has embedded, ascending.
    pub fn embedded_keys(&self, model: ModelId) -> Result<Vec<ChunkKey>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.id FROM chunks c
                 JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1
                 ORDER BY c.id",
            )?;
            statement.query_map([model.0], |r| r.get(0))?.collect()
        };
        self.check(run())
    }

    /// The vector of one chunk under `model`.
    pub fn embedding(&self, model: ModelId, key: ChunkKey) -> Result<Option<Vec<f32>>> {
        let run = || {
            self.connection
                .prepare_cached(
                    "SELECT e.vector FROM chunks c
                     JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1
                     WHERE c.id = ?2",
                )?
                .query_row(params![model.0, key], |r| {
                    Ok(floats(r.get_ref(0)?.as_blob()?))
                })
                .optional()
        };
        self.check(run())
    }

    /// For each chunk of a document in order, where it begins (page, line) and its vector under `model`; those
    /// without one left out.
    pub fn embeddings_of(
        &self,
        model: ModelId,
        document: i64,
    ) -> Result<Vec<(ChunkStart, Vec<f32>)>> {
        self.vectors_of(model, document, |r| Ok((r.get(0)?, r.get(1)?)))
    }

    /// As `embeddings_of`, by the ordinals of the chunks.
    pub fn embeddings_by_ordinal(
        &self,
        model: ModelId,
        document: i64,
    ) -> Result<Vec<(u32, Vec<f32>)>> {
        self.vectors_of(model, document, |r| r.get(2))
    }

    /// The vectors of a document's chunks in order, each with what `key` takes of page, first line and ordinal.
    fn vectors_of<K>(
        &self,
        model: ModelId,
        document: i64,
        key: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<K>,
    ) -> Result<Vec<(K, Vec<f32>)>> {
        self.need_embeddings(model, document)?;
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT c.page, c.line_first, c.ordinal, e.vector FROM chunks c
                 JOIN embeddings e ON e.content_hash = c.content_hash AND e.model = ?1
                 WHERE c.document = ?2 ORDER BY c.ordinal",
            )?;
            let row = |r: &rusqlite::Row<'_>| Ok((key(r)?, floats(r.get_ref(3)?.as_blob()?)));
            statement
                .query_map(params![model.0, document], row)?
                .collect()
        };
        self.check(run())
    }

    /// Drops embeddings that no chunk uses once they outnumber those in use: a file that comes
    /// back costs no encoding, and the store does not grow without end.
    pub fn prune_embeddings(&mut self) -> Result<usize> {
        let used = "EXISTS (SELECT 1 FROM chunks c WHERE c.content_hash = embeddings.content_hash)";
        let unused: i64 = self.ask(&format!("SELECT COUNT(*) FROM embeddings WHERE NOT {used}"))?;
        let all: i64 = self.ask("SELECT COUNT(*) FROM embeddings")?;
        if unused * 2 <= all || unused < 1000 {
            return Ok(0);
        }
        self.change(|t| t.execute(&format!("DELETE FROM embeddings WHERE NOT {used}"), []))
    }
}

/// The passage in the columns context, section, statement and text, from column `at` on.
fn stored_passage(r: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<String> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(r.get_ref(at + column)?.as_str()?);
    let statement = Statement::from_name(text(2)?);
    Ok(passage(text(0)?, text(1)?, statement, text(3)?))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
