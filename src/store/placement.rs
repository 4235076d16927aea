//! Placements: the paths at which the folder has a document's file. Equal files are one document: it goes
//! by its first path, and the others lead to it as well.
//!
//! Corrections stand with the first path, and go where it goes.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Result, Seen, Store, composed, correction};

/// A path of a document beside its first, and what its file was seen as.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherPath {
    pub document: i64,
    pub path: String,
    pub seen: Seen,
}

/// The paths that a document is to have.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    pub document: i64,
    /// All of its paths, the one it goes by first.
    pub paths: Vec<(String, Seen)>,
    /// Documents of the same content, which are dropped. Where this one has no correction of a field,
    /// theirs counts.
    pub joined: Vec<i64>,
    /// Its former first path has another file now, which is corrected as the former one was.
    pub replaced: bool,
}

/// Field and value.
type Corrections = Vec<(String, String)>;

/// What a document takes with it from its former paths.
struct Moving {
    /// The path that it goes by is another.
    /// The path it had.
    former: String,
    is_renamed: bool,
    own: Corrections,
    of_joined: Corrections,
}

impl Store {
    /// The paths of documents beside their first.
    pub fn other_paths(&self) -> Result<Vec<OtherPath>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT p.document, p.path, d.size, p.mtime_ns, d.file_hash, p.seen_ns
                 FROM paths p JOIN documents d ON d.id = p.document ORDER BY p.path",
            )?;
            let rows = statement.query_map([], |r| {
                Ok(OtherPath {
                    document: r.get(0)?,
                    path: r.get(1)?,
                    seen: Seen {
                        size: r.get::<_, i64>(2)? as u64,
                        mtime_ns: r.get(3)?,
                        file_hash: r.get(4)?,
                        seen_ns: r.get(5)?,
                    },
                })
            })?;
            rows.collect()
        };
        self.check(run())
    }

    /// Notes that the file at `path` was looked at again and holds what it held.
    pub fn touch(&mut self, path: &str, seen: &Seen) -> Result<()> {
        for table in ["documents", "paths"] {
            self.check(self.connection.execute(
                &format!("UPDATE {table} SET mtime_ns = ?2, seen_ns = ?3 WHERE path = ?1"),
                params![path, seen.mtime_ns, seen.seen_ns],
            ))?;
        }
        Ok(())
    }

    /// Gives documents their paths, all in one step: they may change places. What else was at one of
    /// these leaves it.
    pub fn place_documents(&mut self, placements: &[Placement]) -> Result<()> {
        self.change(|t| {
            let moving = placements.iter().map(|placement| leave(t, placement));
            let moving = moving.collect::<rusqlite::Result<Vec<_>>>()?;
            for (placement, moving) in placements.iter().zip(&moving) {
                arrive(t, placement, moving)?;
            }
            Ok(())
        })
    }

    /// The id of the document that has `path` among its paths: as it is written, else however it is
    /// composed.
    pub(super) fn document_at(&self, path: &str) -> Result<Option<i64>> {
        let exact = "SELECT id FROM documents WHERE path = ?1
                     UNION ALL SELECT document FROM paths WHERE path = ?1 LIMIT 1";
        let run = || {
            let mut exact = self.connection.prepare_cached(exact)?;
            let found = exact.query_row([path], |r| r.get(0)).optional()?;
            // Letters beyond ASCII alone can be composed in two ways.
            if found.is_some() || path.is_ascii() {
                return Ok(found);
            }
            let mut all = self.connection.prepare_cached(
                "SELECT id, path FROM documents UNION ALL SELECT document, path FROM paths",
            )?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                if composed(row.get_ref(1)?.as_str()?) == composed(path) {
                    return Ok(Some(row.get(0)?));
                }
            }
            Ok(None)
        };
        self.check(run())
    }
}

/// Takes a document off its paths, and drops those that are joined to it.
fn leave(t: &Transaction<'_>, placement: &Placement) -> rusqlite::Result<Moving> {
    let id = placement.document;
    let path_of = |id: i64| -> rusqlite::Result<String> {
        t.query_row("SELECT path FROM documents WHERE id = ?1", [id], |r| {
            r.get(0)
        })
    };
    let former = path_of(id)?;
    let mut of_joined = Corrections::new();
    for other in &placement.joined {
        let path = path_of(*other)?;
        of_joined.extend(corrections(t, &path)?);
        t.execute("DELETE FROM corrections WHERE path = ?1", [path])?;
        t.execute("DELETE FROM documents WHERE id = ?1", [other])?;
    }
    let is_renamed = placement.paths.first().is_none_or(|(p, _)| *p != former);
    let own = corrections(t, &former)?;
    if is_renamed && !placement.replaced {
        t.execute("DELETE FROM corrections WHERE path = ?1", [&former])?;
    }
    // A name that no file has: nothing begins with a slash.
    t.execute("UPDATE documents SET path = '/' || id WHERE id = ?1", [id])?;
    t.execute("DELETE FROM paths WHERE document = ?1", [id])?;
    Ok(Moving {
        former,
        is_renamed,
        own,
        of_joined,
    })
}

/// Puts a document that left its paths where it is to be.
fn arrive(t: &Transaction<'_>, placement: &Placement, moving: &Moving) -> rusqlite::Result<()> {
    let id = placement.document;
    for (path, _) in &placement.paths {
        release(t, path)?;
    }
    let Some(((path, seen), others)) = placement.paths.split_first() else {
        t.execute("DELETE FROM documents WHERE id = ?1", [id])?;
        return Ok(());
    };
    t.execute(
        "UPDATE documents SET path = ?2, mtime_ns = ?3, seen_ns = ?4 WHERE id = ?1",
        params![id, path, seen.mtime_ns, seen.seen_ns],
    )?;
    add(t, id, others)?;
    if file_name(&moving.former) != file_name(path) {
        // What its pages say of it is read again, by other rules as it were: what its name said before counts no more.
        t.execute(
            "UPDATE documents SET chunker = chunker || '~' WHERE id = ?1",
            [id],
        )?;
    }
    if moving.is_renamed {
        t.execute("DELETE FROM corrections WHERE path = ?1", [path])?;
        correct(t, path, &moving.own)?;
    }
    if correct(t, path, &moving.of_joined)? > 0 {
        correction::apply(t, id)?;
        correction::key_again(t, id)?;
    }
    Ok(())
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Gives a document further paths, at which there is nothing else.
pub fn add(t: &Transaction<'_>, document: i64, paths: &[(String, Seen)]) -> rusqlite::Result<()> {
    for (path, seen) in paths {
        t.execute(
            "INSERT INTO paths (path, document, mtime_ns, seen_ns) VALUES (?1, ?2, ?3, ?4)",
            params![path, document, seen.mtime_ns, seen.seen_ns],
        )?;
    }
    Ok(())
}

/// Takes `path` from the document that has it. One without another path is dropped; one with others
/// goes by the shortest of them, corrected as it was.
pub fn release(t: &Transaction<'_>, path: &str) -> rusqlite::Result<()> {
    t.execute("DELETE FROM paths WHERE path = ?1", [path])?;
    let next = t.query_row(
        "SELECT p.path FROM paths p JOIN documents d ON d.id = p.document
         WHERE d.path = ?1 ORDER BY length(p.path), p.path LIMIT 1",
        [path],
        |r| r.get::<_, String>(0),
    );
    let Some(next) = next.optional()? else {
        t.execute("DELETE FROM documents WHERE path = ?1", [path])?;
        return Ok(());
    };
    t.execute(
        "UPDATE documents SET (path, mtime_ns, seen_ns) =
         (SELECT path, mtime_ns, seen_ns FROM paths WHERE path = ?2) WHERE path = ?1",
        [path, &next],
    )?;
    t.execute("DELETE FROM paths WHERE path = ?1", [&next])?;
    t.execute("DELETE FROM corrections WHERE path = ?1", [&next])?;
    correct(t, &next, &corrections(t, path)?)?;
    Ok(())
}

/// The corrections that stand with `path`.
fn corrections(t: &Transaction<'_>, path: &str) -> rusqlite::Result<Corrections> {
    let mut statement = t.prepare_cached("SELECT field, value FROM corrections WHERE path = ?1")?;
    let rows = statement.query_map([path], |r| Ok((r.get(0)?, r.get(1)?)))?;
    rows.collect()
}

/// Adds corrections to those of `path`, which win; how many were new.
fn correct(t: &Transaction<'_>, path: &str, corrections: &Corrections) -> rusqlite::Result<usize> {
    let mut added = 0;
    for (field, value) in corrections {
        added += t.execute(
            "INSERT OR IGNORE INTO corrections VALUES (?1, ?2, ?3)",
            [path, field, value],
        )?;
    }
    Ok(added)
}
