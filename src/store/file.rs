//! The database as a file: what may lie in its place, how it begins, who may write it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Result, StoreError, schema, sound};
use crate::fsio;

/// Refuses a folder, a pipe, a device in the place of a file: what the system says of one names neither, if it says
/// anything.
pub fn refuse_special(path: &Path) -> Result<()> {
    fsio::refuse_special(path).map_err(|_| StoreError::NoFile {
        path: path.to_owned(),
    })
}

/// As `refuse_special`, of a database and what SQLite keeps beside it.
pub fn refuse_special_database(path: &Path) -> Result<()> {
    ["", "-wal", "-shm", "-journal"]
        .iter()
        .try_for_each(|end| refuse_special(&beside(path, end)))
}

/// What SQLite keeps beside a database, by the end of its name.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Where a damaged database is put aside: beside it, under a name that nothing has.
pub fn free_place(path: &Path) -> PathBuf {
    let mut names = (1..).map(|number| beside(path, &format!(".damaged-{number}")));
    let free = names.find(|name| !name.exists());
    free.expect("numbers do not end")
}

/// Refuses a home that cannot be written: a file in it that cannot be opened would say less.
pub fn refuse_read_only(home: &Path) -> Result<()> {
    match home.is_dir() && !fsio::is_writable(home) {
        true => Err(StoreError::ReadOnly {
            home: home.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Gives back the right to write the log, and what readers share of it, to whoever may write the database: a reader that
/// came while nobody might has made them so that nobody can.
pub fn free_log(path: &Path) {
    #[cfg(unix)]
    for end in ["-wal", "-shm"] {
        use std::os::unix::fs::PermissionsExt;
        let name = beside(path, end);
        let found = std::fs::metadata(&name).map(|meta| meta.permissions().mode());
        if let Ok(mode) = found.map(|mode| mode & 0o7777)
            && mode & 0o200 == 0
        {
            // Where it is another's, opening the database says so.
            let _ = std::fs::set_permissions(&name, std::fs::Permissions::from_mode(mode | 0o600));
        }
    }
}

/// Makes an empty library's database in one step: one without tables is damaged, and no library that has just begun.
pub fn begin(path: &Path) -> Result<()> {
    let io = |source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    fsio::replace_by(path, io, |temporary| {
        let made = Connection::open(temporary).and_then(|connection| {
            // It is this process's alone: what is left of it where that is killed is no more than one file.
            connection.pragma_update(None, "journal_mode", "MEMORY")?;
            sound::prepare(&connection)?;
            connection.execute_batch(&format!("BEGIN; {} COMMIT;", schema::create()))
        });
        made.map_err(|e| StoreError::from_sqlite(path, e))
    })
}
