//! A store that goes on in another place, and whether it still goes on from where it was.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::{Result, Store, StoreError};

impl Store {
    /// As `copy_to`, for the copy to go on in the store's place: it remembers what it was made of.
    pub fn carry_to(&self, path: &Path) -> Result<()> {
        let told = self.told()?;
        self.copy_to(path)?;
        let failed = |e| StoreError::from_sqlite(path, e);
        let copy = Connection::open(path).map_err(failed)?;
        copy.pragma_update(None, "journal_mode", "MEMORY")
            .and_then(|()| {
                copy.execute("INSERT OR REPLACE INTO meta VALUES ('carried', ?1)", [told])
            })
            .map_err(failed)?;
        Ok(())
    }

    /// Whether it goes on from the store `own`, which was not changed since it was carried.
    pub fn goes_on_from(&self, own: &Self) -> Result<bool> {
        let carried =
            self.connection
                .query_row("SELECT value FROM meta WHERE key = 'carried'", [], |r| {
                    r.get::<_, String>(0)
                });
        let carried = self.check(carried.optional())?;
        Ok(carried == Some(own.told()?))
    }

    /// A hash of its state, and of what users have told it, which is no part of that.
    fn told(&self) -> Result<String> {
        let revision = self.revision()?;
        let run = || {
            let mut statement = self
                .connection
                .prepare("SELECT path, field, value FROM corrections ORDER BY path, field")?;
            let mut rows = statement.query([])?;
            let mut hash = blake3::Hasher::new();
            hash.update(revision.identity.as_bytes());
            hash.update(revision.mark.as_bytes());
            while let Some(row) = rows.next()? {
                for column in 0..3 {
                    let text = row.get_ref(column)?.as_bytes()?;
                    hash.update(&(text.len() as u64).to_le_bytes());
                    hash.update(text);
                }
            }
            Ok(hash.finalize().to_hex().to_string())
        };
        self.check(run())
    }
}
