//! Readers: connections that only ask. They work where nothing can be written as well: on a full disk, in a
//! home without the right to write, from a read-only disk.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::file::beside;
use super::{Result, StoreError};
use crate::printable;

/// Connects to the database at `path` for reading.
///
/// A reader shares the log's memory with the writer, so it opens a file for writing that it never writes
/// itself. Where that cannot be had it takes the log as it stands; and where there is none, as a writer
/// leaves it that has ended, the database for one that does not change.
pub fn connect(path: &Path) -> Result<Connection> {
    let open = |flags| try_to(path, flags);
    let failed = |error| StoreError::from_sqlite(path, error);
    let first = match open(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(error) if is_unwritable(&error) => failed(error),
        other => return other.map_err(failed),
    };
    if let Ok(connection) = open(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        return Ok(connection);
    }
    if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
        let path = path.to_owned();
        return Err(StoreError::Unfinished { path });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    try_to(unchanging(path), flags).map_err(|_| first)
}

/// Connects and asks for something: only that opens the log.
fn try_to(place: impl AsRef<Path>, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(place, flags)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Whether a file of the database has ended before what was to be read of it.
pub fn is_short(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_IOERR_SHORT_READ)
}

fn is_unwritable(error: &rusqlite::Error) -> bool {
    !is_short(error)
        && matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DiskFull
            )
        )
}

/// The address of a database that nobody changes.
fn unchanging(path: &Path) -> String {
    format!("file:{}?immutable=1", printable::address(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_any_path() {
        let address = unchanging(Path::new("/a b/50%?#é.db"));
        assert_eq!(address, "file:/a%20b/50%25%3F%23%C3%A9.db?immutable=1");
    }

    #[test]
    fn what_is_no_database_stays_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(connect(&folder.path().join("gone.db")).is_err());
        let path = folder.path().join("tenk.db");
        std::fs::write(
            &path,
            "no database at all, but long enough to be taken for one",
        )
        .unwrap();
        let error = connect(&path).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}
