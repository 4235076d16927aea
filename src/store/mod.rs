//! The store: SQLite, the one source of truth. Documents, their pages' text, chunks, and the
//! embeddings of each chunk under each model. The dense and lexical indexes are caches of it.
//!
//! One process writes at a time (`WriterLock`), any number read. Each committed change moves the
//! store's generation, by which a cache knows whether it is current.

mod chunk;
mod correction;
mod document;
mod embedding;
mod lock;
mod path;
mod schema;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::fsio::{self, FileSystem};
use crate::home::Home;

pub use chunk::{ChunkKey, ChunkPlace, StoredChunk};
pub use correction::Field;
pub use document::{DocumentRow, DocumentState, NewDocument, PageLines, Seen};
pub use embedding::{Coverage, ModelId, Pending};
pub use lock::WriterLock;
pub use path::{from_key, to_key};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the library's database {path}: {source}")]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "the disk is full at {path}; free some space and run the same command again: what is indexed so far is kept"
    )]
    DiskFull { path: PathBuf },
    #[error(
        "the disk at {path} refuses to read or write ({source}), it is full or fails; see to its space and health and run the same command again: what is indexed so far is kept"
    )]
    DiskFails {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "{path} was written by a newer tenk (tables {found}, this one knows {known}); update tenk, or index into another place with --home"
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error(
        "{path} is no tenk database or is damaged ({detail}); move it away and index again: the PDFs are untouched"
    )]
    Damaged { path: PathBuf, detail: String },
    #[error("{folder} has no library yet; make one with: tenk index {folder}")]
    Missing { folder: PathBuf },
    #[error(
        "another tenk (process {pid}) is changing this library; wait for it or stop it, then run this again. Searching works meanwhile"
    )]
    Locked { pid: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the library holds embeddings of {expected} numbers for this model, received {received}"
    )]
    Dimension { expected: usize, received: usize },
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An open database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the database in `home` for writing, creating it when absent. Hold a `WriterLock`.
    pub fn create(home: &Path) -> Result<Self> {
        let path = Home::from(home).store();
        let connection = Connection::open(&path).map_err(|e| StoreError::from_sqlite(&path, e))?;
        let store = Self { connection, path };
        store.prepare(true)?;
        let version: i64 = store.ask("PRAGMA user_version")?;
        if version == 0 {
            store.check(store.connection.execute_batch(&format!(
                "BEGIN; {} PRAGMA user_version = {}; COMMIT;",
                schema::CREATE,
                schema::VERSION
            )))?;
        }
        store.upgrade()?;
        store.check_version()?;
        Ok(store)
    }

    /// Opens the database of the library at `folder` for reading.
    pub fn open(folder: &Path, home: &Path) -> Result<Self> {
        let path = Home::from(home).store();
        if !path.is_file() {
            return Err(StoreError::Missing {
                folder: folder.to_owned(),
            });
        }
        // Readers open read-write so that SQLite may use the shared memory of its log; nothing
        // but queries runs on them.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|e| StoreError::from_sqlite(&path, e))?;
        let store = Self { connection, path };
        store.prepare(false)?;
        store.upgrade()?;
        store.check_version()?;
        Ok(store)
    }

    fn prepare(&self, writer: bool) -> Result<()> {
        let c = &self.connection;
        self.check(c.busy_timeout(Duration::from_secs(10)))?;
        // The log's shared memory does not work over a network; only --home leads there.
        let mode = match fsio::file_system(&self.path) {
            FileSystem::Network(_) => "TRUNCATE",
            FileSystem::Local => "WAL",
        };
        if writer {
            self.check(c.pragma_update(None, "journal_mode", mode))?;
        }
        self.check(c.pragma_update(None, "synchronous", "FULL"))?;
        self.check(c.pragma_update(None, "foreign_keys", "ON"))?;
        self.check(c.pragma_update(None, "cache_size", -32_768))
    }

    /// Brings an earlier version's tables up to this one, each step whole or not at all.
    fn upgrade(&self) -> Result<()> {
        loop {
            let found: i64 = self.ask("PRAGMA user_version")?;
            let step = usize::try_from(found - 1)
                .ok()
                .and_then(|at| schema::UPGRADES.get(at));
            let Some(step) = step else {
                return Ok(());
            };
            // Another process may have taken the step meanwhile: ask again under the lock.
            self.check(self.connection.execute_batch("BEGIN IMMEDIATE"))?;
            let now: i64 = self.ask("PRAGMA user_version")?;
            let sql = match now == found {
                true => format!("{step} PRAGMA user_version = {}; COMMIT;", found + 1),
                false => "COMMIT;".to_owned(),
            };
            if let Err(error) = self.check(self.connection.execute_batch(&sql)) {
                // The first error says more than a failure to roll back.
                let _ = self.connection.execute_batch("ROLLBACK");
                return Err(error);
            }
        }
    }

    fn check_version(&self) -> Result<()> {
        let found: i64 = self.ask("PRAGMA user_version")?;
        match found {
            schema::VERSION => Ok(()),
            0 => Err(StoreError::Damaged {
                path: self.path.clone(),
                detail: "it has no tables".into(),
            }),
            _ => Err(StoreError::Newer {
                path: self.path.clone(),
                found,
                known: schema::VERSION,
            }),
        }
    }

    /// The number of committed changes; caches carry the one they reflect.
    pub fn generation(&self) -> Result<i64> {
        let value = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'generation'", [], |r| {
                r.get(0)
            })
            .optional();
        Ok(self.check(value)?.unwrap_or(0))
    }

    fn ask<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T> {
        self.check(self.connection.query_row(sql, [], |r| r.get(0)))
    }

    fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| StoreError::from_sqlite(&self.path, e))
    }

    /// Runs `work` in one transaction that also moves the generation.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let run = || {
            let transaction = self.connection.transaction()?;
            let out = work(&transaction)?;
            transaction.execute(
                "INSERT INTO meta VALUES ('generation', 1)
                 ON CONFLICT (key) DO UPDATE SET value = value + 1",
                [],
            )?;
            transaction.commit()?;
            Ok(out)
        };
        let result: rusqlite::Result<T> = run();
        result.map_err(|e| StoreError::from_sqlite(&self.path, e))
    }
}

impl StoreError {
    fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                detail: source.to_string(),
            },
            Some(ErrorCode::SystemIoFailure) => Self::DiskFails { path, source },
            _ => Self::Sqlite { path, source },
        }
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
