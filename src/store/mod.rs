//! The store: SQLite, the one source of truth. Documents, their pages' text, chunks, and the
//! embeddings of each chunk under each model. The dense and lexical indexes are caches of it.
//!
//! One process writes at a time (`WriterLock`), any number read. Each committed change makes a new
//! `Revision` of the store, by which a cache knows whether it is current, and whose it is.

mod carried;
mod chunk;
mod correction;
mod document;
mod embedding;
mod fact;
mod file;
mod lock;
pub mod mirror;
mod path;
mod place;
mod placement;
mod reader;
mod rescue;
mod revision;
mod schema;
mod sharing;
mod sound;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::fsio::{self, FileSystem};
use crate::home::Home;
use crate::remedy::{self, Remedied, Remedy};

pub use chunk::{ChunkKey, ChunkPlace, StoredChunk};
pub use correction::Field;
pub use document::{DocumentRow, DocumentState, NewDocument, PageLines, Seen};
pub use embedding::{ChunkStart, Coverage, KnownModel, ModelId, Pending};
pub use fact::Which;
pub use lock::WriterLock;
pub use path::{composed, from_key, to_key};
pub use placement::{OtherPath, Placement};
pub use rescue::rescue;
pub use revision::Revision;
pub use sharing::{Shareable, SharedChunk};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the library's database {path}: {source}")]
    Sqlite {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("the disk is full at {path}")]
    DiskFull { path: PathBuf },
    #[error("the disk at {path} refuses to read or write ({source}), it is full or fails")]
    DiskFails {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("{path} was written by a newer tenk (tables {found}, this one knows {known})")]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("{path} was written by an earlier tenk, and cannot be changed to what this one reads")]
    Older { path: PathBuf },
    #[error("{path} is no tenk database or is damaged ({detail})")]
    Damaged { path: PathBuf, detail: String },
    #[error("{what} in {path} is not as tenk has written it")]
    Altered { path: PathBuf, what: String },
    #[error(
        "the last changes of {path} are in its log, which cannot be read where nothing can be written"
    )]
    Unfinished { path: PathBuf },
    #[error("{path} is no regular file, where one of the library's own belongs")]
    NoFile { path: PathBuf },
    #[error("nothing can be written in {home}, where the library's state lies")]
    ReadOnly { home: PathBuf },
    #[error("what a document says cannot be had from the shared library ({detail})")]
    Unsupplied { content: String, detail: String },
    #[error("a shared library is only read here")]
    Shared,
    #[error("{folder} has no library yet")]
    Missing { folder: PathBuf },
    #[error("another tenk{} is changing this library", remedy::process(*pid))]
    Locked { pid: Option<u32> },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the library holds embeddings of {expected} dimensions for this model, received {received}"
    )]
    Dimension { expected: usize, received: usize },
}

impl Remedied for StoreError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Sqlite { source, .. } => match source.sqlite_error_code()? {
                ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                    Some(Remedy::CheckPermissions)
                }
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Remedy::Wait(None)),
                _ => None,
            },
            Self::DiskFull { .. } => Some(Remedy::FreeSpace),
            Self::DiskFails { .. } => Remedy::advice(
                "see to its space and health and try again: what is indexed so far is kept",
            ),
            Self::Newer { .. } => Some(Remedy::Update),
            Self::Older { .. } => Remedy::advice("copy its folder to where it can be written"),
            Self::Damaged { .. } | Self::Altered { .. } => Some(Remedy::Check),
            Self::NoFile { .. } => Remedy::advice("move it away: it is none of the library's"),
            Self::ReadOnly { .. } => Remedy::advice(
                "make it writable (where its disk is not, tenk index goes on in a copy of the state)",
            ),
            Self::Unfinished { .. } => Remedy::advice(
                "search it once where it can be written, or copy its folder to such a place",
            ),
            Self::Unsupplied { .. } => {
                Remedy::advice("see that the engine runs and can be reached, and try again")
            }
            Self::Shared => Remedy::advice(
                "change it in the library that it was published from, and publish again",
            ),
            Self::Missing { folder } => Some(Remedy::Index(folder.clone())),
            Self::Locked { pid } => Some(Remedy::Wait(*pid)),
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::Dimension { .. } => None,
        }
    }
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An open database.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// The file behind the path when it was opened.
    file: Option<fsio::FileId>,
    /// Who brings what its documents say, where it is a mirror.
    supply: Option<Arc<dyn mirror::Supply>>,
}

impl Store {
    /// Opens the database in `home` for writing, creating it when absent. Hold a `WriterLock`.
    pub fn create(home: &Path) -> Result<Self> {
        mirror::refuse(home)?;
        Self::create_any(home)
    }

    /// As `create`, of a mirror too.
    fn create_any(home: &Path) -> Result<Self> {
        let path = Home::from(home).store();
        file::refuse_read_only(home)?;
        file::refuse_special_database(&path)?;
        if !path.exists() {
            file::begin(&path)?;
        }
        file::free_log(&path);
        let connection = Connection::open(&path).map_err(|e| StoreError::from_sqlite(&path, e))?;
        let store = Self::connected(connection, path);
        store.prepare(true)?;
        store.upgrade()?;
        store.check_version()?;
        Ok(store)
    }

    /// Opens the database of the library at `folder` for reading.
    pub fn open(folder: &Path, home: &Path) -> Result<Self> {
        let path = Home::from(home).store();
        file::refuse_special_database(&path)?;
        match path.metadata() {
            Ok(found) if found.is_file() => {}
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io { path, source });
            }
            _ => {
                return Err(StoreError::Missing {
                    folder: folder.to_owned(),
                });
            }
        }
        let connection = reader::connect(&path)?;
        let mut store = Self::connected(connection, path);
        store.supply = mirror::supplier(home);
        store.prepare(false)?;
        match store.upgrade() {
            Err(error) if error.is_read_only() => store.read_as_this()?,
            upgraded => {
                upgraded?;
                store.check_version()?;
            }
        }
        Ok(store)
    }

    fn connected(connection: Connection, path: PathBuf) -> Self {
        let file = fsio::file_id(&path);
        Self {
            connection,
            path,
            file,
            supply: None,
        }
    }

    /// True where the path leads to another file by now, or to none: a library that was removed and made anew.
    pub fn is_replaced(&self) -> bool {
        fsio::file_id(&self.path) != self.file
    }

    fn prepare(&self, writer: bool) -> Result<()> {
        let c = &self.connection;
        self.check(sound::prepare(c))?;
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
            let Some(step) = schema::upgrade(found) else {
                let is_this = found == schema::VERSION;
                let made = is_this.then(|| self.connection.execute_batch(schema::PATHS));
                return self.check(made.unwrap_or(Ok(())));
            };
            // Another process may have taken the step meanwhile: ask again under the lock.
            self.check(self.connection.execute_batch("BEGIN IMMEDIATE"))?;
            let now: i64 = self.ask("PRAGMA user_version")?;
            let sql = if now == found {
                format!("{step} PRAGMA user_version = {}; COMMIT;", found + 1)
            } else {
                "COMMIT;".to_owned()
            };
            if let Err(error) = self.check(self.connection.execute_batch(&sql)) {
                // The first error says more than a failure to roll back.
                let _ = self.connection.execute_batch("ROLLBACK");
                return Err(error);
            }
        }
    }

    /// Has the tables of an earlier version, which cannot be brought up to this one's, be read as they are.
    fn read_as_this(&self) -> Result<()> {
        let found: i64 = self.ask("PRAGMA user_version")?;
        if found != schema::VERSION - 1 {
            let path = self.path.clone();
            return Err(StoreError::Older { path });
        }
        self.check(self.connection.execute_batch(&sound::read_earlier()))
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

    /// Runs `read` on the store as it is now, whatever another process commits meanwhile.
    pub fn snapshot<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let _held = self.check(self.connection.unchecked_transaction())?;
        read(self)
    }

    /// Looks whether the database is whole: its tables say what its indexes say.
    ///
    /// # Errors
    ///
    /// `Damaged`, with what SQLite finds first.
    pub fn check_whole(&self) -> Result<()> {
        let found: String = self.ask("PRAGMA integrity_check(1)")?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Damaged {
                path: self.path.clone(),
                detail: found.replace('\n', ", "),
            }),
        }
    }

    /// Writes all that is committed into a new database at `path`, where nothing may be.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        let path = path.to_string_lossy();
        // One of its own: views that lend an earlier version this one's columns cannot be copied.
        let copied = reader::connect(&self.path)?.execute("VACUUM INTO ?1", [path]);
        self.check(copied.map(drop))
    }

    fn ask<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T> {
        self.check(self.connection.query_row(sql, [], |r| r.get(0)))
    }

    fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|e| StoreError::from_sqlite(&self.path, e))
    }

    /// Runs `work` in one transaction that also makes a new revision.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let run = || {
            // The lock at once: one that reads first and finds that another connection has written since cannot
            // take it later.
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let out = work(&transaction)?;
            revision::advance(&transaction)?;
            transaction.commit()?;
            Ok(out)
        };
        let result: rusqlite::Result<T> = run();
        result.map_err(|e| StoreError::from_sqlite(&self.path, e))
    }
}

impl StoreError {
    /// Whether it is that the database may only be read.
    fn is_read_only(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => source.sqlite_error_code() == Some(ErrorCode::ReadOnly),
            _ => false,
        }
    }

    fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if let Some(what) = sound::refused(&source) {
            return Self::Altered { path, what };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            // Its tables are not as they were made, where this program's own statements do not fit them.
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) => {
                Self::Damaged {
                    path,
                    detail: source.to_string(),
                }
            }
            Some(ErrorCode::ConstraintViolation) => Self::Altered {
                path,
                what: "a row in another's place".to_owned(),
            },
            // The log's memory has more of it than its file.
            Some(ErrorCode::SystemIoFailure) if reader::is_short(&source) => Self::Damaged {
                path,
                detail: "its log, or it, is shorter than it was".to_owned(),
            },
            Some(ErrorCode::SystemIoFailure) => Self::DiskFails { path, source },
            _ if let rusqlite::Error::SqlInputError { msg, .. } = &source => Self::Damaged {
                detail: msg.clone(),
                path,
            },
            // What was written there was sound, and is not as it was.
            _ if is_unsound(&source) => Self::Damaged {
                path,
                detail: source.to_string(),
            },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// Whether a value is none of those that its column has.
fn is_unsound(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows,
        Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | QueryReturnedNoRows
            | Utf8Error(..)
    )
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
