//! Soundness: whether a row is as it was written. SQLite finds a damaged structure, and takes an altered letter or
//! digit for what was meant; a digest in the row tells them apart.
//!
//! A row's digest is of what it says and of whose it is: of a page, a passage, a row of a table the text that it is a part
//! of, of a figure its row. It is not of the store's own keys, so that it goes with the row wherever that goes: into a shared
//! library, and out of it again. A document's is written by a trigger whenever it changes, and has how many rows are its.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Result, Store, StoreError};

/// The text of the document that a row of `{}` is of.
const TEXT_OF: &str = "(SELECT text_hash FROM documents WHERE id = {}.document)";
/// Columns of a document, but for its key and what its file was seen as.
const DOCUMENT: &str = "{}.path, {}.file_hash, {}.state, {}.reason, {}.detail, {}.text_hash, {}.copy, {}.chunker, \
    {}.pages, {}.company, {}.form, {}.year, {}.quarter, {}.ticker, {}.context, {}.title, {}.employer, {}.registrants, \
    {}.aliases, {}.period_end, {}.months, {}.confidence, {}.facts, {}.hidden, {}.unread, {}.recognised, {}.holds";
const PAGE: &str =
    "{}.number, {}.state, {}.reason, {}.engine, {}.text, {}.kinds, {}.places, {}.sure, {}.doubts";
const CHUNK: &str = "{}.ordinal, {}.chunk_id, {}.page, {}.page_last, {}.line_first, {}.line_last, {}.section, {}.text, \
    {}.statement";
const FACT_ROW: &str = "{}.page, {}.line, {}.\"table\", {}.run, {}.\"row\", {}.statement, {}.entity, {}.label, {}.over, \
    {}.recognised";
const FACT: &str = "{}.\"column\", {}.x0, {}.x1, {}.head, {}.item, {}.axis, {}.member, {}.period_end, {}.months, \
    {}.printed, {}.value, {}.scale, {}.unit, {}.adjusted, {}.passed, {}.failed";

/// A table whose rows have digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    Documents,
    Pages,
    Chunks,
    FactRows,
    Facts,
}

impl Sealed {
    const ALL: [Sealed; 5] = [
        Sealed::Documents,
        Sealed::Pages,
        Sealed::Chunks,
        Sealed::FactRows,
        Sealed::Facts,
    ];

    fn table(self) -> &'static str {
        match self {
            Sealed::Documents => "documents",
            Sealed::Pages => "pages",
            Sealed::Chunks => "chunks",
            Sealed::FactRows => "fact_rows",
            Sealed::Facts => "facts",
        }
    }

    /// The digest of the row called `name` in a statement.
    fn digest(self, name: &str) -> String {
        // That of its row says whose a figure is.
        let row = format!("(SELECT digest FROM fact_rows WHERE id = {name}.\"row\")");
        self.digest_with(name, &row)
    }

    /// As `digest`; of a figure, where the digest of its row is `of_row`.
    fn digest_with(self, name: &str, of_row: &str) -> String {
        let columns = match self {
            Sealed::Documents => DOCUMENT.to_owned(),
            Sealed::Pages => format!("{TEXT_OF}, {PAGE}"),
            Sealed::Chunks => format!("{TEXT_OF}, {CHUNK}"),
            Sealed::FactRows => format!("{TEXT_OF}, {FACT_ROW}"),
            Sealed::Facts => format!("{of_row}, {FACT}"),
        };
        format!("digest({})", columns.replace("{}", name))
    }

    /// What to select to know whether the row called `name` in a statement is as it was written.
    pub fn is_sound(self, name: &str) -> String {
        format!("{name}.digest IS {}", self.digest(name))
    }

    /// As `is_sound`, of a figure whose row is there as `row`.
    pub fn is_sound_in(self, name: &str, row: &str) -> String {
        let digest = self.digest_with(name, &format!("{row}.digest"));
        format!("{name}.digest IS {digest}")
    }
}

/// How many rows are a document's: chunks, rows of tables, figures.
const HOLDS: &str = "(SELECT COUNT(*) FROM chunks WHERE document = documents.id) || ' ' ||
    (SELECT COUNT(*) FROM fact_rows WHERE document = documents.id) || ' ' ||
    (SELECT COUNT(*) FROM facts f JOIN fact_rows r ON r.id = f.\"row\" WHERE r.document = documents.id)";

/// What makes the tables of version 8 those of version 9: a digest in each row, as it is now.
pub fn upgrade() -> String {
    let mut sql =
        String::from("ALTER TABLE documents ADD COLUMN holds TEXT NOT NULL DEFAULT '';\n");
    for sealed in Sealed::ALL {
        sql += &format!(
            "ALTER TABLE {} ADD COLUMN digest INTEGER;\n",
            sealed.table()
        );
    }
    sql += &format!("UPDATE documents SET holds = {HOLDS};\n");
    for sealed in Sealed::ALL {
        sql += &seal(sealed, "");
    }
    let columns = DOCUMENT.replace("{}.", "");
    let seal = seal(Sealed::Documents, "WHERE id = NEW.id");
    sql + &format!(
        "CREATE TRIGGER seal_new AFTER INSERT ON documents BEGIN {seal} END;
         CREATE TRIGGER seal AFTER UPDATE OF {columns} ON documents BEGIN {seal} END;\n"
    )
}

/// Writes digests of rows as they are.
fn seal(sealed: Sealed, only: &str) -> String {
    let table = sealed.table();
    let digest = sealed.digest(table);
    format!("UPDATE {table} SET digest = {digest} {only};\n")
}

/// Has the tables of version 8 be read as they are, where they cannot be brought up: by views for as long as the
/// connection stands.
pub fn read_earlier() -> String {
    let mut sql = String::from("PRAGMA temp_store = MEMORY;\n");
    for sealed in Sealed::ALL {
        let (table, digest) = (sealed.table(), sealed.digest(sealed.table()));
        let rows = match sealed {
            Sealed::Documents => "(SELECT *, '' AS holds FROM main.documents)".to_owned(),
            _ => format!("main.{table}"),
        };
        sql += &format!(
            "CREATE TEMP VIEW {table} AS SELECT *, {digest} AS digest FROM {rows} AS {table};\n"
        );
    }
    sql
}

/// Writes the digests of what a document has just got, and how much that is.
pub fn seal_rows(t: &Connection, document: i64, tables: &[Sealed]) -> rusqlite::Result<()> {
    for sealed in tables {
        let only = match sealed {
            Sealed::Facts => "WHERE \"row\" IN (SELECT id FROM fact_rows WHERE document = ?1)",
            _ => "WHERE document = ?1",
        };
        t.prepare_cached(&seal(*sealed, only))?
            .execute([document])?;
    }
    t.prepare_cached(&format!(
        "UPDATE documents SET holds = {HOLDS} WHERE id = ?1"
    ))?
    .execute([document])?;
    Ok(())
}

/// As `seal_rows`, of one chunk.
pub fn seal_chunk(t: &Connection, key: i64) -> rusqlite::Result<()> {
    t.prepare_cached(&seal(Sealed::Chunks, "WHERE id = ?1"))?
        .execute([key])?;
    Ok(())
}

/// Gives a connection the SQL function `digest`, of any number of values.
pub fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
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

    /// Refuses a document of which rows are not there.
    pub(super) fn check_holds(&self, document: i64) -> Result<()> {
        let sql = format!("SELECT holds IN ('', {HOLDS}) FROM documents WHERE id = ?1");
        let whole = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let whole = statement.query_row([document], |r| r.get::<_, bool>(0));
            match whole.optional()?.unwrap_or(true) {
                true => Ok(()),
                false => Err(rusqlite::Error::UserFunctionError("what is stored".into())),
            }
        };
        self.check_of(document, whole())
    }

    /// The documents of which something is not as it was written, or is not there, by path. All that the store has is
    /// read for it.
    pub fn altered(&self) -> Result<Vec<(i64, String)>> {
        let mut selects = vec![format!(
            "SELECT id FROM documents WHERE state = 'indexed' AND (holds IS NOT {HOLDS}
             OR pages IS NOT (SELECT COUNT(*) FROM pages WHERE document = documents.id))"
        )];
        for sealed in Sealed::ALL {
            let document = match sealed {
                Sealed::Documents => "t.id",
                Sealed::Facts => "(SELECT document FROM fact_rows WHERE id = t.row)",
                _ => "t.document",
            };
            let (table, is_sound) = (sealed.table(), sealed.is_sound("t"));
            selects.push(format!(
                "SELECT {document} FROM {table} t WHERE NOT ({is_sound})"
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

    /// Removes rows of documents that are not there: whoever has them keeps others from being written.
    pub fn remove_orphans(&mut self) -> Result<()> {
        self.change(|t| {
            let gone = "NOT IN (SELECT id FROM documents)";
            t.execute_batch(&format!(
                "DELETE FROM facts WHERE \"row\" NOT IN (SELECT id FROM fact_rows);
                 DELETE FROM fact_rows WHERE document {gone};
                 DELETE FROM chunks WHERE document {gone};
                 DELETE FROM pages WHERE document {gone};
                 DELETE FROM paths WHERE document {gone};"
            ))
        })
    }
}
