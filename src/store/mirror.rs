//! A mirror: a store that has the documents of a shared library as rows alone, and takes in what they say, one document
//! at a time, when it is first asked for. It is a cache: what it lacks is brought by a `Supply`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use serde_json::{Map, Value};

use super::schema::VERSION;
use super::sound;
use super::{ChunkKey, ChunkPlace, Coverage, ModelId, Result, Store, StoreError};

/// Bits of a chunk's key that tell its place in its document.
const ORDINAL_BITS: u32 = 20;

/// The key of a mirror's chunk.
pub fn key(document: i64, ordinal: i64) -> ChunkKey {
    (document << ORDINAL_BITS) | ordinal
}

/// The document of a mirror's chunk, and the chunk's place in it.
pub fn parts_of(key: ChunkKey) -> (i64, i64) {
    (key >> ORDINAL_BITS, key & ((1 << ORDINAL_BITS) - 1))
}

/// Brings what a document says.
pub trait Supply: Send + Sync {
    /// The bundle of a content, as `Store::bundle` made it; else why it cannot be had.
    fn bundle(&self, content: &str) -> Result<Value, String>;

    /// The embeddings of a content by the model with this fingerprint, by the ordinals of its chunks; else why they cannot
    /// be had.
    fn embeddings(&self, content: &str, fingerprint: &str) -> Result<Embeddings, String>;
}

/// Embeddings by the ordinals of their chunks.
pub type Embeddings = Vec<(i64, Vec<f32>)>;

/// A document of a shared library.
#[derive(Debug, Clone)]
pub struct Mirrored {
    /// The key of its placement, and whose it is.
    pub placement: String,
    pub owner: String,
    pub content: String,
    /// Of its row: another one where that has changed.
    pub mark: String,
    pub chunks: u64,
    /// As `Store::shareable` made it.
    pub row: Value,
}

/// Who supplies the mirrors that this process has open, by their homes.
static SUPPLIES: LazyLock<Mutex<HashMap<PathBuf, Arc<dyn Supply>>>> = LazyLock::new(Mutex::default);

/// Has the mirror in `home` be supplied from now on, whoever opens it.
pub fn supply(home: &Path, by: Arc<dyn Supply>) {
    let mut supplies = SUPPLIES.lock().unwrap_or_else(PoisonError::into_inner);
    supplies.insert(home.to_owned(), by);
}

/// Who supplies the store in `home`; none where it is no mirror.
pub fn supplier(home: &Path) -> Option<Arc<dyn Supply>> {
    let supplies = SUPPLIES.lock().unwrap_or_else(PoisonError::into_inner);
    supplies.get(home).cloned()
}

/// Refuses to change a mirror, which only follows.
pub(super) fn refuse(home: &Path) -> Result<()> {
    match supplier(home) {
        Some(_) => Err(StoreError::Shared),
        None => Ok(()),
    }
}

impl Store {
    /// Opens the mirror in `home` for its rows to be brought up, creating it when absent.
    pub fn mirror_at(home: &Path) -> Result<Self> {
        let store = Self::create_any(home)?;
        let made = store.connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS mirror (
                 document INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
                 placement TEXT NOT NULL UNIQUE, content TEXT NOT NULL, mark TEXT NOT NULL,
                 chunks INTEGER NOT NULL,
                 pulled INTEGER NOT NULL DEFAULT 0 -- whether what it says was taken in
             );
             CREATE TABLE IF NOT EXISTS mirrored_models (
                 model INTEGER PRIMARY KEY REFERENCES models(id) ON DELETE CASCADE,
                 chunks INTEGER NOT NULL -- embedded there
             );
             CREATE TABLE IF NOT EXISTS mirrored_embeddings ( -- which were taken in
                 document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
                 model INTEGER NOT NULL REFERENCES models(id) ON DELETE CASCADE,
                 PRIMARY KEY (document, model)
             ) WITHOUT ROWID",
        );
        store.check(made)?;
        Ok(store)
    }

    /// The placements that the mirror has, each with its content and mark.
    pub fn mirrored(&self) -> Result<HashMap<String, (String, String)>> {
        let run = || {
            let mut statement = self
                .connection
                .prepare("SELECT placement, content, mark FROM mirror")?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))?;
            rows.collect()
        };
        self.check(run())
    }

    /// Takes out the documents of some placements and takes others in, in one step.
    pub fn mirror(&mut self, gone: &[String], come: &[Mirrored]) -> Result<()> {
        if gone.is_empty() && come.is_empty() {
            return Ok(());
        }
        self.change(|t| {
            for placement in gone.iter().chain(come.iter().map(|new| &new.placement)) {
                t.execute(
                    "DELETE FROM documents WHERE id = (SELECT document FROM mirror WHERE placement = ?1)",
                    [placement],
                )?;
            }
            for new in come {
                take_row(t, new)?;
            }
            Ok(())
        })
    }

    /// Whether it is a mirror, whose documents say nothing until they are asked.
    pub fn is_mirror(&self) -> bool {
        self.supply.is_some()
    }

    /// Has what a document says taken in, where it is a mirror's and was not yet.
    pub(super) fn need(&self, document: i64) -> Result<()> {
        let Some(supply) = &self.supply else {
            return Ok(());
        };
        let lacking = self.connection.query_row(
            "SELECT content FROM mirror WHERE document = ?1 AND NOT pulled",
            [document],
            |r| r.get::<_, String>(0),
        );
        let Some(content) = self.check(lacking.optional())? else {
            return Ok(());
        };
        let failed = |detail: String| StoreError::Unsupplied {
            content: content.clone(),
            detail,
        };
        let bundle = supply.bundle(&content).map_err(failed)?;
        if bundle["version"].as_i64() != Some(VERSION) {
            return Err(failed(format!(
                "it was published by another version of tenk ({})",
                bundle["version"]
            )));
        }
        self.taken(|t| take_bundle(t, document, &bundle))
    }

    /// Takes something in, in one step: by a savepoint, for whoever asks may be in a transaction.
    fn taken(&self, take: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        self.check(self.connection.execute_batch("SAVEPOINT pull"))?;
        let taken = take(&self.connection);
        let end = match taken {
            Ok(()) => "RELEASE pull",
            Err(_) => "ROLLBACK TO pull; RELEASE pull",
        };
        self.check(self.connection.execute_batch(end))?;
        self.check(taken)
    }

    /// The documents with their contents and how many chunks each has, by id.
    pub fn mirrored_contents(&self) -> Result<Vec<(i64, String, u64)>> {
        let run = || {
            let mut statement = self
                .connection
                .prepare("SELECT document, content, chunks FROM mirror ORDER BY document")?;
            let rows = statement.query_map([], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get::<_, i64>(2)?.unsigned_abs()))
            })?;
            rows.collect()
        };
        self.check(run())
    }

    /// Notes how many chunks a model has embedded in the shared library.
    pub fn mirror_model(&mut self, model: ModelId, chunks: u64) -> Result<()> {
        let put = self.connection.execute(
            "INSERT OR REPLACE INTO mirrored_models VALUES (?1, ?2)",
            params![model.0, chunks as i64],
        );
        self.check(put.map(drop))
    }

    /// How much of the shared library a model has embedded.
    pub(super) fn mirrored_coverage(&self, model: ModelId) -> Result<Coverage> {
        let chunks = self.chunk_count()?;
        let encoded = self.connection.query_row(
            "SELECT chunks FROM mirrored_models WHERE model = ?1",
            [model.0],
            |r| r.get::<_, i64>(0),
        );
        let encoded = self.check(encoded.optional())?.unwrap_or(0).unsigned_abs();
        Ok(Coverage {
            encoded: encoded.min(chunks),
            chunks,
        })
    }

    /// Where a chunk stands that was taken in; none where it was not.
    pub fn chunk_place(&self, key: ChunkKey) -> Result<Option<ChunkPlace>> {
        let found = self.connection.query_row(
            "SELECT id, document, page, statement FROM chunks WHERE id = ?1",
            [key],
            super::chunk::place_row,
        );
        self.check(found.optional())
    }

    /// Has the embeddings of a document by a model taken in, where it is a mirror's and they were not yet.
    pub(super) fn need_embeddings(&self, model: ModelId, document: i64) -> Result<()> {
        self.need(document)?;
        let Some(supply) = &self.supply else {
            return Ok(());
        };
        let lacking = self.connection.query_row(
            "SELECT content, (SELECT fingerprint FROM models WHERE id = ?2) FROM mirror
             WHERE document = ?1 AND NOT EXISTS
             (SELECT 1 FROM mirrored_embeddings WHERE document = ?1 AND model = ?2)",
            params![document, model.0],
            |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)),
        );
        let Some((content, fingerprint)) = self.check(lacking.optional())? else {
            return Ok(());
        };
        let embeddings = supply.embeddings(&content, &fingerprint);
        let embeddings = embeddings.map_err(|detail| StoreError::Unsupplied { content, detail })?;
        self.taken(|t| take_embeddings(t, model, document, &embeddings))
    }

    /// As `need`, of the document of a chunk.
    pub(super) fn need_chunk(&self, key: ChunkKey) -> Result<()> {
        match self.is_mirror() {
            true => self.need(parts_of(key).0),
            false => Ok(()),
        }
    }

    /// The chunks of each document by what was published; none where it is no mirror.
    pub(super) fn mirrored_chunks(&self) -> Result<HashMap<i64, u32>> {
        if !self.is_mirror() {
            return Ok(HashMap::new());
        }
        let run = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT document, chunks FROM mirror")?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            rows.collect()
        };
        self.check(run())
    }
}

/// Takes in a document's row. Of two publishers' files of one path, the later one's goes by its owner too.
fn take_row(t: &Connection, new: &Mirrored) -> rusqlite::Result<()> {
    let empty = Map::new();
    let row = new.row.as_object().unwrap_or(&empty);
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let own = text("path");
    let is_taken: bool = t.query_row(
        "SELECT EXISTS (SELECT 1 FROM documents WHERE path = ?1) OR EXISTS (SELECT 1 FROM paths WHERE path = ?1)",
        [own],
        |r| r.get(0),
    )?;
    let path = match is_taken {
        true => format!("{}/{own}", &new.owner[..new.owner.floor_char_boundary(8)]),
        false => own.to_owned(),
    };
    let fixed: [(&str, Cell); 4] = [
        ("path", path.clone().into()),
        ("mtime_ns", 0.into()),
        ("seen_ns", 0.into()),
        ("state", "indexed".to_owned().into()),
    ];
    insert(t, "documents", row, &["id"], &fixed)?;
    let document = t.last_insert_rowid();
    t.execute(
        "INSERT INTO mirror (document, placement, content, mark, chunks) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![document, new.placement, new.content, new.mark, new.chunks as i64],
    )?;
    for other in list(text("others")) {
        t.execute(
            "INSERT OR IGNORE INTO paths VALUES (?1, ?2, 0, 0)",
            params![other, document],
        )?;
    }
    t.execute("DELETE FROM corrections WHERE path = ?1", [&path])?;
    for tag in list(text("tags")) {
        t.execute(
            "INSERT OR IGNORE INTO corrections VALUES (?1, 'tag:' || ?2, '')",
            params![path, tag],
        )?;
    }
    Ok(())
}

fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Takes in pages, chunks and facts of a document, in the place of what there is of them.
fn take_bundle(t: &Connection, document: i64, bundle: &Value) -> rusqlite::Result<()> {
    for table in ["pages", "chunks", "fact_rows"] {
        t.execute(
            &format!("DELETE FROM {table} WHERE document = ?1"),
            [document],
        )?;
    }
    let rows = |table: &str| {
        let rows = bundle[table].as_array().into_iter().flatten();
        rows.filter_map(Value::as_object)
    };
    let own = [("document", Cell::from(document))];
    for row in rows("pages") {
        insert(t, "pages", row, &[], &own)?;
    }
    for row in rows("chunks") {
        let ordinal = row
            .get("ordinal")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let name = row
            .get("chunk_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let is_taken: bool = t.query_row(
            "SELECT EXISTS (SELECT 1 FROM chunks WHERE chunk_id = ?1)",
            [name],
            |r| r.get(0),
        )?;
        // Two publishers may have read one file by different versions.
        let name = match is_taken {
            true => blake3::hash(format!("{document} {name}").as_bytes()).to_hex()[..16].to_owned(),
            false => name.to_owned(),
        };
        let fixed = [
            ("id", Cell::from(key(document, ordinal))),
            ("document", document.into()),
            ("chunk_id", name.into()),
        ];
        insert(t, "chunks", row, &[], &fixed)?;
        if is_taken {
            // It is sealed with its name.
            sound::seal_chunk(t, key(document, ordinal))?;
        }
    }
    let mut keys = Vec::new();
    for row in rows("fact_rows") {
        insert(t, "fact_rows", row, &["id"], &own)?;
        keys.push(t.last_insert_rowid());
    }
    for row in rows("facts") {
        let at = row.get("row").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if let Some(key) = keys.get(at as usize) {
            insert(t, "facts", row, &[], &[("row", Cell::from(*key))])?;
        }
    }
    t.execute(
        "UPDATE mirror SET pulled = 1 WHERE document = ?1",
        [document],
    )?;
    Ok(())
}

/// Takes in the embeddings of a document's chunks.
fn take_embeddings(
    t: &Connection,
    model: ModelId,
    document: i64,
    embeddings: &Embeddings,
) -> rusqlite::Result<()> {
    let mut put = t.prepare_cached(
        "INSERT OR IGNORE INTO embeddings (model, content_hash, vector)
         SELECT ?1, content_hash, ?3 FROM chunks WHERE id = ?2",
    )?;
    for (ordinal, vector) in embeddings {
        let bytes: Vec<u8> = vector
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        put.execute(params![model.0, key(document, *ordinal), bytes])?;
    }
    t.execute(
        "INSERT OR IGNORE INTO mirrored_embeddings VALUES (?1, ?2)",
        params![document, model.0],
    )?;
    Ok(())
}

/// Puts a row into a table: of its columns, those that are `fixed` as they are, those `left` out, and the others as
/// the row has them. Names that the table lacks are passed over: they are another's.
fn insert(
    t: &Connection,
    table: &str,
    row: &Map<String, Value>,
    left: &[&str],
    fixed: &[(&str, Cell)],
) -> rusqlite::Result<()> {
    let (mut names, mut cells) = (Vec::new(), Vec::new());
    for (name, is_blob) in columns(t, table)? {
        let cell = match (fixed.iter().find(|(n, _)| *n == name), row.get(&name)) {
            (Some((_, cell)), _) => cell.clone(),
            (None, Some(value)) if !left.contains(&name.as_str()) => cell(value, is_blob),
            _ => continue,
        };
        names.push(format!("\"{name}\""));
        cells.push(cell);
    }
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({places})",
        names.join(", ")
    );
    let cells = cells.iter().map(|cell| cell as &dyn ToSql);
    t.prepare_cached(&sql)?.execute(params_from_iter(cells))?;
    Ok(())
}

/// A table's columns, and whether each holds bytes.
fn columns(t: &Connection, table: &str) -> rusqlite::Result<Vec<(String, bool)>> {
    let mut statement =
        t.prepare_cached("SELECT name, type = 'BLOB' FROM pragma_table_info(?1)")?;
    let rows = statement.query_map([table], |r| Ok((r.get(0)?, r.get(1)?)))?;
    rows.collect()
}

/// A value as SQLite has it; bytes are written in hexadecimal behind an `x`.
fn cell(value: &Value, is_blob: bool) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(is) => i64::from(*is).into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().into(),
        },
        Value::String(text) if is_blob => {
            let digits = text.strip_prefix('x').unwrap_or_default().as_bytes();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            let bytes = digits.chunks(2).map(|pair| byte(pair).unwrap_or_default());
            bytes.collect::<Vec<u8>>().into()
        }
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}
