//! Soundness: whether a row is as it was written. SQLite finds a damaged structure, and takes an altered letter or
//! digit for what was meant; a digest in the row tells them apart.
//!
//! A digest is of what a row says and not of the store's own keys, so that it goes with the row wherever that goes: into
//! a shared library, and out of it again. Rows that were written before there were digests have none, and are believed.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::{Result, Store, StoreError};

/// Columns of a document that its pages say, the ones that a user can correct among them.
pub const DOCUMENT: &str = "company, form, year, quarter, ticker, registrants, aliases, \
    period_end, months, confidence, title, employer";
pub const PAGE: &str = "number, state, reason, engine, text, kinds, places, sure, doubts";
pub const CHUNK: &str = "ordinal, page, page_last, line_first, line_last, section, text, statement";
pub const FACT_ROW: &str =
    "page, line, \"table\", run, \"row\", statement, entity, label, over, recognised";
pub const FACT: &str = "\"column\", x0, x1, head, item, axis, member, period_end, months, printed, \
    value, scale, unit, adjusted, passed, failed";

/// Each table with the columns that its digests are of.
const TABLES: [(&str, &str); 5] = [
    ("documents", DOCUMENT),
    ("pages", PAGE),
    ("chunks", CHUNK),
    ("fact_rows", FACT_ROW),
    ("facts", FACT),
];

/// Gives a connection the SQL function `digest`, of any number of values.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("digest", -1, flags, |values| Ok(digest(values)))
}

/// The first eight bytes of a hash over the values, each with its type and length.
fn digest(values: &Context<'_>) -> i64 {
    let mut bytes = Vec::with_capacity(256);
    for at in 0..values.len() {
        let mut add = |kind: u8, value: &[u8]| {
            bytes.push(kind);
            bytes.extend((value.len() as u64).to_le_bytes());
            bytes.extend(value);
        };
        match values.get_raw(at) {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(number) => add(1, &number.to_le_bytes()),
            // SQLite gives a nought below zero back as one above.
            ValueRef::Real(number) => add(2, &(number + 0.0).to_le_bytes()),
            ValueRef::Text(text) => add(3, text),
            ValueRef::Blob(blob) => add(4, blob),
        }
    }
    let hash = blake3::hash(&bytes);
    let first: [u8; 8] = hash.as_bytes()[..8].try_into().expect("a hash is longer");
    i64::from_le_bytes(first)
}

/// What to select to know whether a row of the table called `name` in a query is as it was written. `columns` are those
/// of its digest.
pub fn is_sound(name: &str, columns: &str) -> String {
    let columns = columns
        .split(", ")
        .map(|column| format!("{name}.{column}"))
        .collect::<Vec<_>>()
        .join(", ");
    format!("coalesce({name}.digest = digest({columns}), 1)")
}

/// Refuses a row whose column `at`, selected by `is_sound`, says that it was altered; `what` names it.
pub fn check(r: &Row<'_>, at: usize, what: impl FnOnce() -> String) -> rusqlite::Result<()> {
    match r.get(at)? {
        true => Ok(()),
        false => Err(rusqlite::Error::UserFunctionError(what().into())),
    }
}

/// What `check` has refused; none for any other error.
pub fn refused(error: &rusqlite::Error) -> Option<String> {
    match error {
        rusqlite::Error::UserFunctionError(what) => Some(what.to_string()),
        _ => None,
    }
}

impl Store {
    /// As `check`, of rows of a document, which is named.
    pub(super) fn check_of<T>(&self, document: i64, result: rusqlite::Result<T>) -> Result<T> {
        self.check(result).map_err(|error| match error {
            StoreError::Altered { path, what } => {
                let named = self.connection.query_row(
                    "SELECT path FROM documents WHERE id = ?1",
                    [document],
                    |r| r.get::<_, String>(0),
                );
                let of = named.map_or(String::new(), |name| format!(" of {name}"));
                let what = what + &of;
                StoreError::Altered { path, what }
            }
            other => other,
        })
    }

    /// The documents of which something is not as it was written, by path. All that the store has is read for it.
    pub fn altered(&self) -> Result<Vec<(i64, String)>> {
        let mut selects = Vec::new();
        for (table, columns) in TABLES {
            let document = match table {
                "documents" => "t.id",
                "facts" => "(SELECT document FROM fact_rows WHERE id = t.row)",
                _ => "t.document",
            };
            let is_sound = is_sound("t", columns);
            selects.push(format!(
                "SELECT {document} FROM {table} t WHERE NOT {is_sound}"
            ));
        }
        let run = || {
            let sql = format!(
                "SELECT id, CAST(path AS BLOB) FROM documents WHERE id IN ({}) ORDER BY path",
                selects.join(" UNION ")
            );
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map([], |r| {
                let path = String::from_utf8_lossy(r.get_ref(1)?.as_blob()?).into_owned();
                Ok((r.get(0)?, path))
            })?;
            rows.collect()
        };
        self.check(run())
    }
}
