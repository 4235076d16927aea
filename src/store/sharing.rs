//! What of the store others are to have as well: documents as rows by the names of their columns, so that a store of
//! the same tables can take them in, whatever its own keys are.

use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};
use serde_json::{Map, Value};

use super::schema::VERSION;
use super::{Result, Store};

/// An indexed document as others see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shareable {
    pub id: i64,
    pub path: String,
    /// Of what it says and what it was read by, in 32 hexadecimal digits: two documents that have the same have the
    /// same pages, chunks and facts.
    pub content: String,
    pub chunks: u64,
    /// Its row, its other paths and its tags, by name.
    pub row: Value,
}

/// A chunk as an index knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedChunk {
    pub ordinal: u32,
    pub page: u32,
    /// The statement it is a part of; empty for none.
    pub statement: String,
    pub section: String,
    pub text: String,
}

/// Columns that make a document's content, beside its pages, chunks and facts.
const CONTENT: [&str; 10] = [
    "file_hash",
    "text_hash",
    "copy",
    "chunker",
    "context",
    "facts",
    "hidden",
    "unread",
    "recognised",
    "pages",
];

impl Store {
    /// The documents to share, by path; those that gave no text are none.
    pub fn shareable(&self) -> Result<Vec<Shareable>> {
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT *, (SELECT COUNT(*) FROM chunks WHERE document = documents.id) AS chunk_count,
                 (SELECT json_group_array(path ORDER BY path) FROM paths WHERE document = documents.id) AS others,
                 (SELECT json_group_array(substr(field, 5) ORDER BY field) FROM corrections
                  WHERE path = documents.path AND field GLOB 'tag:*') AS tags
                 FROM documents WHERE state = 'indexed' ORDER BY path",
            )?;
            let names = names(&statement);
            let rows = statement.query_map([], |r| {
                let mut row = object(r, &names)?;
                let mut content = blake3::Hasher::new();
                content.update(&VERSION.to_le_bytes());
                for name in CONTENT {
                    let text = row.get(name).map(Value::to_string).unwrap_or_default();
                    content.update(&(text.len() as u64).to_le_bytes());
                    content.update(text.as_bytes());
                }
                // What this machine alone knows of its file.
                for name in ["id", "mtime_ns", "seen_ns", "chunk_count"] {
                    row.remove(name);
                }
                Ok(Shareable {
                    id: r.get("id")?,
                    path: r.get("path")?,
                    content: content.finalize().to_hex()[..32].to_owned(),
                    chunks: r.get::<_, i64>("chunk_count")? as u64,
                    row: Value::Object(row),
                })
            })?;
            rows.collect()
        };
        self.check(run())
    }

    /// Pages, chunks and facts of a document: an object of tables, each an array of rows. Rows of facts are numbered
    /// from 0, in the place of the store's own keys.
    pub fn bundle(&self, document: i64) -> Result<Value> {
        self.need(document)?;
        let tables = [
            (
                "pages",
                "SELECT * FROM pages WHERE document = ?1 ORDER BY number",
            ),
            (
                "chunks",
                "SELECT * FROM chunks WHERE document = ?1 ORDER BY ordinal",
            ),
            (
                "fact_rows",
                "SELECT * FROM fact_rows WHERE document = ?1 ORDER BY id",
            ),
            (
                "facts",
                "SELECT facts.*, (SELECT COUNT(*) FROM fact_rows before WHERE before.document = ?1
                 AND before.id < facts.row) AS at
                 FROM facts JOIN fact_rows ON fact_rows.id = facts.row
                 WHERE fact_rows.document = ?1 ORDER BY facts.row, facts.\"column\"",
            ),
        ];
        let read = |sql: &str| {
            let mut statement = self.connection.prepare_cached(sql)?;
            let names = names(&statement);
            let rows = statement.query_map([document], |r| {
                let mut row = object(r, &names)?;
                for own in ["id", "document"] {
                    row.remove(own);
                }
                if let Some(at) = row.remove("at") {
                    row.insert("row".to_owned(), at);
                }
                Ok(Value::Object(row))
            })?;
            rows.collect::<rusqlite::Result<Vec<Value>>>()
        };
        let mut bundle = Map::new();
        bundle.insert("version".to_owned(), VERSION.into());
        for (name, sql) in tables {
            bundle.insert(name.to_owned(), self.check(read(sql))?.into());
        }
        Ok(Value::Object(bundle))
    }

    /// The chunks of a document in order, as an index knows them.
    pub fn shared_chunks(&self, document: i64) -> Result<Vec<SharedChunk>> {
        self.need(document)?;
        let run = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT ordinal, page, statement, section, text FROM chunks WHERE document = ?1 ORDER BY ordinal",
            )?;
            let rows = statement.query_map([document], |r| {
                Ok(SharedChunk {
                    ordinal: r.get(0)?,
                    page: r.get(1)?,
                    statement: r.get(2)?,
                    section: r.get(3)?,
                    text: r.get(4)?,
                })
            })?;
            rows.collect()
        };
        self.check(run())
    }
}

fn names(statement: &Statement<'_>) -> Vec<String> {
    let names = statement.column_names();
    names.into_iter().map(str::to_owned).collect()
}

/// A row by the names of its columns; bytes in hexadecimal, behind an `x`.
fn object(row: &Row<'_>, names: &[String]) -> rusqlite::Result<Map<String, Value>> {
    let value = |at: usize| -> rusqlite::Result<Value> {
        Ok(match row.get_ref(at)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            ValueRef::Blob(bytes) => {
                let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
                format!("x{}", digits.collect::<String>()).into()
            }
        })
    };
    let names = names.iter().enumerate();
    names
        .map(|(at, name)| Ok((name.clone(), value(at)?)))
        .collect()
}
