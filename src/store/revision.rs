//! Revisions: the states that a store has been in, one for each committed change.
//!
//! A cache carries the revision that it reflects. Their number alone would not do: a database that
//! was moved away begins at 1 again, and one that was restored from an older copy comes to the same
//! numbers a second time, with other content under the same keys.

use rusqlite::{OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};

use super::{Result, Store};

/// Revisions remembered. A cache that is further behind is made anew.
const KEPT: i64 = 10_000;

/// A state of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Of the database, random, made when it was created.
    pub identity: String,
    /// The number of committed changes.
    pub generation: i64,
    /// Random, made with the change that led here.
    pub mark: String,
}

impl Revision {
    /// Of what is no store's.
    pub fn none() -> Self {
        Self {
            identity: String::new(),
            generation: 0,
            mark: String::new(),
        }
    }
}

impl Store {
    /// The state that the store is in.
    pub fn revision(&self) -> Result<Revision> {
        let row = self.connection.query_row(
            "SELECT (SELECT value FROM meta WHERE key = 'identity'), generation, mark
             FROM revisions ORDER BY generation DESC LIMIT 1",
            [],
            |r| {
                Ok(Revision {
                    identity: r.get(0)?,
                    generation: r.get(1)?,
                    mark: r.get(2)?,
                })
            },
        );
        self.check(row)
    }

    /// The number of committed changes.
    pub fn generation(&self) -> Result<i64> {
        self.ask("SELECT MAX(generation) FROM revisions")
    }

    /// Whether this store is, or once was, in the state `earlier`: then what was stored under a key
    /// at that time is what is stored under it now, if anything is.
    pub fn has_been_at(&self, earlier: &Revision) -> Result<bool> {
        let mark = self.connection.query_row(
            "SELECT mark FROM revisions WHERE generation = ?1
             AND ?2 = (SELECT value FROM meta WHERE key = 'identity')",
            rusqlite::params![earlier.generation, earlier.identity],
            |r| r.get::<_, String>(0),
        );
        let mark = self.check(mark.optional())?;
        Ok(mark.as_ref() == Some(&earlier.mark))
    }
}

/// Makes a new revision, the last step of a change.
pub fn advance(t: &Transaction<'_>) -> rusqlite::Result<()> {
    t.execute(
        "INSERT INTO revisions
         SELECT MAX(generation) + 1, lower(hex(randomblob(8))) FROM revisions",
        [],
    )?;
    t.execute(
        "DELETE FROM revisions WHERE generation <= (SELECT MAX(generation) FROM revisions) - ?1",
        [KEPT],
    )?;
    Ok(())
}
