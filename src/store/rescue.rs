//! Rescue: what a damaged database still has that nothing else could say again. Documents are read from their files anew;
//! tags and corrections are the user's, and go on in a new database, while the damaged one stays beside it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::file::{begin, beside, free_place};
use super::{Result, Store, StoreError, reader};
use crate::fsio;
use crate::home::Home;

/// Field and value of a path.
type Told = Vec<(String, String, String)>;

/// Begins a damaged database anew, with what users have told of their documents: where the damaged one lies now. Hold a
/// `WriterLock`.
///
/// # Errors
///
/// Where that cannot be read either, or nothing be written: then it is left as it is.
pub fn rescue(home: &Path) -> Result<PathBuf> {
    let path = Home::from(home).store();
    let told = told(&path)?;
    let io = |source| StoreError::Io {
        path: path.clone(),
        source,
    };
    let aside = free_place(&path);
    std::fs::copy(&path, &aside).map_err(io)?;
    let log = beside(&path, "-wal");
    if log.is_file() {
        std::fs::copy(&log, beside(&aside, "-wal")).map_err(io)?;
    }
    // A log is no other database's: with it gone this one is what it was, damaged, until the new one is in its place.
    for end in ["-wal", "-shm"] {
        match std::fs::remove_file(beside(&path, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    let fresh = fsio::WorkFolder::new(home, "rescue").map_err(io)?;
    let made = Home::from(fresh.path()).store();
    begin(&made)?;
    let failed = |error| StoreError::from_sqlite(&made, error);
    let mut connection = Connection::open(&made).map_err(failed)?;
    tell(&mut connection, &told).map_err(failed)?;
    drop(connection);
    std::fs::rename(&made, &path).map_err(io)?;
    fsio::sync_folder(home).map_err(io)?;
    Ok(aside)
}

/// What users have told of documents.
fn told(path: &Path) -> Result<Told> {
    let connection = reader::connect(path)?;
    let read = || -> rusqlite::Result<Told> {
        let mut statement = connection.prepare("SELECT path, field, value FROM corrections")?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        rows.collect()
    };
    read().map_err(|error| StoreError::from_sqlite(path, error))
}

fn tell(connection: &mut Connection, told: &Told) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    let t = connection.transaction()?;
    for (path, field, value) in told {
        t.execute(
            "INSERT OR REPLACE INTO corrections VALUES (?1, ?2, ?3)",
            [path, field, value],
        )?;
    }
    t.commit()
}

impl Store {
    /// Makes the indexes of the database anew: they may be all that is damaged.
    ///
    /// # Errors
    ///
    /// `Damaged`, where they are not.
    pub fn reindex(&self) -> Result<()> {
        self.check(self.connection.execute_batch("REINDEX"))?;
        self.check_whole()
    }
}
