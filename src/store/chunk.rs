//! Chunks in the store.

use rusqlite::{OptionalExtension, Row, params};

use super::sound::{self, Sealed};
use super::{Result, Store};
use crate::chunk::outline::UNDER;
use crate::statement::{Statement, kind::named_in};

/// A chunk's row id: the one key under which both arms of a search know it. Ids only grow.
pub type ChunkKey = i64;

/// A chunk with its document.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredChunk {
    pub key: ChunkKey,
    pub chunk_id: String,
    pub document_id: i64,
    pub document: String,
    pub page: u32,
    pub page_last: u32,
    pub line_first: u32,
    pub line_last: u32,
    pub section: String,
    pub text: String,
    pub company: String,
    pub form: String,
    pub year: Option<i32>,
    pub quarter: Option<u8>,
    pub statement: Option<Statement>,
}

/// Where a chunk stands, and nothing of what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    pub key: ChunkKey,
    pub document: i64,
    pub page: u32,
    pub statement: Option<Statement>,
}

/// What `chunk_row` reads.
fn columns() -> String {
    format!("{COLUMNS}, {}", Sealed::Chunks.is_sound("c"))
}

const COLUMNS: &str = "c.id, c.chunk_id, c.document, d.path, c.page, c.page_last, c.line_first, \
    c.line_last, c.section, c.text, d.company, d.form, d.year, d.quarter, \
    c.statement";

impl StoredChunk {
    /// The innermost heading that it stands under. A statement may stand under the last heading of what is before it
    /// ("Accounting for income taxes"): it goes by what it is then.
    pub fn heading(&self) -> &str {
        let heading = self.section.rsplit(UNDER).next().unwrap_or_default();
        match self.statement {
            Some(Statement::Segment | Statement::Contents) | None => heading,
            Some(statement) if named_in(&heading.to_lowercase()).is_none() => statement.as_str(),
            Some(_) => heading,
        }
    }
}

impl Store {
    pub fn chunk_count(&self) -> Result<u64> {
        let count = match self.is_mirror() {
            true => "SELECT COALESCE(SUM(chunks), 0) FROM mirror",
            false => "SELECT COUNT(*) FROM chunks",
        };
        Ok(self.ask::<i64>(count)? as u64)
    }

    /// The keys of all chunks, ascending.
    pub fn chunk_keys(&self) -> Result<Vec<ChunkKey>> {
        let run = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id FROM chunks ORDER BY id")?;
            statement.query_map([], |r| r.get(0))?.collect()
        };
        self.check(run())
    }

    /// The places of all chunks, by key.
    pub fn chunk_places(&self) -> Result<Vec<ChunkPlace>> {
        let run = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, document, page, statement FROM chunks ORDER BY id")?;
            statement.query_map([], place_row)?.collect()
        };
        self.check(run())
    }

    /// The chunk under `key`, or none when it is gone (a cache may be behind).
    pub fn chunk(&self, key: ChunkKey) -> Result<Option<StoredChunk>> {
        self.need_chunk(key)?;
        self.one_chunk("c.id = ?1", &key)
    }

    /// The chunk with the public name `chunk_id`, or with the only name that begins so.
    pub fn chunk_by_id(&self, chunk_id: &str) -> Result<Option<StoredChunk>> {
        self.one_chunk("c.chunk_id = ?1", &chunk_id)
    }

    /// The chunks that begin on a page, in their order.
    pub fn chunks_on(&self, document: i64, page: u32) -> Result<Vec<StoredChunk>> {
        self.need(document)?;
        let run = || {
            let sql = format!(
                "SELECT {} FROM chunks c JOIN documents d ON d.id = c.document
                 WHERE c.document = ?1 AND c.page = ?2 ORDER BY c.ordinal",
                columns()
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement
                .query_map(params![document, page], chunk_row)?
                .collect()
        };
        self.check(run())
    }

    /// The key and the name of the chunk that holds a line of a page, the last that begins before it.
    pub fn chunk_at(
        &self,
        document: i64,
        page: u32,
        line: usize,
    ) -> Result<Option<(ChunkKey, String)>> {
        self.need(document)?;
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT id, chunk_id FROM chunks WHERE document = ?1 AND (page, line_first) <= (?2, ?3)
                 ORDER BY ordinal DESC LIMIT 1",
            )?;
            statement
                .query_row(params![document, page, line as i64], |r| {
                    Ok((r.get(0)?, r.get(1)?))
                })
                .optional()
        };
        self.check(run())
    }

    fn one_chunk(&self, by: &str, value: &dyn rusqlite::ToSql) -> Result<Option<StoredChunk>> {
        let run = || {
            let sql = format!(
                "SELECT {} FROM chunks c JOIN documents d ON d.id = c.document WHERE {by}",
                columns()
            );
            self.connection
                .prepare_cached(&sql)?
                .query_row([value], chunk_row)
                .optional()
        };
        self.check(run())
    }

    /// Calls `each` with the first `limit` chunks whose key is over `after`, by ascending key.
    pub fn for_chunks_after(
        &self,
        after: ChunkKey,
        limit: usize,
        mut each: impl FnMut(StoredChunk),
    ) -> Result<()> {
        let mut run = || {
            let sql = format!(
                "SELECT {} FROM chunks c JOIN documents d ON d.id = c.document
                 WHERE c.id > ?1 ORDER BY c.id LIMIT ?2",
                columns()
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![after, limit as i64])?;
            while let Some(row) = rows.next()? {
                each(chunk_row(row)?);
            }
            Ok(())
        };
        self.check(run())
    }

    /// The chunks of the given documents whose headings hold `section`, any case; ascending.
    pub fn chunks_in_section(&self, documents: &[i64], section: &str) -> Result<Vec<ChunkKey>> {
        let wanted = section.to_lowercase();
        let run = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, section FROM chunks WHERE document = ?1")?;
            let mut out: Vec<ChunkKey> = Vec::new();
            for id in documents {
                let mut rows = statement.query([id])?;
                while let Some(row) = rows.next()? {
                    let section = row.get_ref(1)?.as_str()?;
                    if section.to_lowercase().contains(&wanted) {
                        out.push(row.get(0)?);
                    }
                }
            }
            out.sort_unstable();
            Ok(out)
        };
        self.check(run())
    }
}

/// Where a chunk stands: key, document, page, statement.
pub(super) fn place_row(r: &Row<'_>) -> rusqlite::Result<ChunkPlace> {
    Ok(ChunkPlace {
        key: r.get(0)?,
        document: r.get(1)?,
        page: r.get(2)?,
        statement: Statement::from_name(r.get_ref(3)?.as_str()?),
    })
}

fn chunk_row(r: &Row<'_>) -> rusqlite::Result<StoredChunk> {
    sound::check(r, 15, || {
        let document = r.get::<_, String>(3).unwrap_or_default();
        let page = r.get::<_, i64>(4).unwrap_or_default();
        format!("a passage on page {page} of {document}")
    })?;
    Ok(StoredChunk {
        key: r.get(0)?,
        chunk_id: r.get(1)?,
        document_id: r.get(2)?,
        document: r.get(3)?,
        page: r.get(4)?,
        page_last: r.get(5)?,
        line_first: r.get(6)?,
        line_last: r.get(7)?,
        section: r.get(8)?,
        text: r.get(9)?,
        company: r.get(10)?,
        form: r.get(11)?,
        year: r.get(12)?,
        quarter: r.get(13)?,
        statement: Statement::from_name(r.get_ref(14)?.as_str()?),
    })
}
