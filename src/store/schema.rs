//! The tables, and the version they carry.

use std::borrow::Cow;

use super::sound;

/// Version of the tables this program writes.
pub const VERSION: i64 = 9;

/// The paths of documents beside their first.
macro_rules! paths {
    () => {
        "
CREATE TABLE IF NOT EXISTS paths (
    path TEXT PRIMARY KEY,              -- another file of the same content; as documents.path
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    mtime_ns INTEGER NOT NULL,
    seen_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paths_document ON paths(document);
"
    };
}

/// Facts: the rows of tables, and the figures in them.
macro_rules! facts {
    () => {
        "
CREATE TABLE IF NOT EXISTS fact_rows (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER NOT NULL, line INTEGER NOT NULL,
    \"table\" INTEGER NOT NULL, run INTEGER NOT NULL, row INTEGER NOT NULL,
    statement TEXT NOT NULL, entity TEXT NOT NULL,
    label TEXT NOT NULL,
    over TEXT NOT NULL                  -- the labels over it, a line each
);
CREATE INDEX IF NOT EXISTS fact_rows_document ON fact_rows(document);
CREATE TABLE IF NOT EXISTS facts (
    row INTEGER NOT NULL REFERENCES fact_rows(id) ON DELETE CASCADE,
    \"column\" INTEGER NOT NULL,
    x0 REAL NOT NULL, x1 REAL NOT NULL, -- its edges on the page
    head TEXT NOT NULL,
    item TEXT,                          -- the line item, by its name in the us-gaap taxonomy
    axis TEXT, member TEXT,             -- the part of the company that it is of
    period_end TEXT, months INTEGER,
    printed TEXT NOT NULL, value REAL NOT NULL, scale REAL NOT NULL, unit TEXT NOT NULL,
    adjusted INTEGER NOT NULL,
    passed INTEGER NOT NULL, failed INTEGER NOT NULL, -- checks, a bit each
    PRIMARY KEY (row, \"column\")
) WITHOUT ROWID;
"
    };
}

/// Whether a row of facts stands on a picture that OCR has read: libraries had facts before they had this.
macro_rules! recognised {
    () => {
        "
ALTER TABLE fact_rows ADD COLUMN recognised INTEGER NOT NULL DEFAULT 0;
"
    };
}

/// Makes the table of paths where it is missing: libraries were made with the other tables of version 5
/// before it had this one.
pub const PATHS: &str = paths!();

/// What makes of each version before the last one the next, the first of them of version 1.
const UPGRADES: [&str; 7] = [
    "
ALTER TABLE documents ADD COLUMN quarter INTEGER;
ALTER TABLE documents ADD COLUMN ticker TEXT NOT NULL DEFAULT '';
CREATE TABLE corrections (
    path TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (path, field)
) WITHOUT ROWID;
",
    "
ALTER TABLE chunks ADD COLUMN statement TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN context TEXT NOT NULL DEFAULT '';
",
    "
CREATE TABLE revisions (generation INTEGER PRIMARY KEY, mark TEXT NOT NULL);
INSERT INTO revisions SELECT COALESCE((SELECT value FROM meta WHERE key = 'generation'), 0),
    lower(hex(randomblob(8)));
DELETE FROM meta WHERE key = 'generation';
INSERT INTO meta VALUES ('identity', lower(hex(randomblob(16))));
",
    concat!(
        "
ALTER TABLE documents ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN employer TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN registrants TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN aliases TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN period_end TEXT;
ALTER TABLE documents ADD COLUMN months INTEGER;
ALTER TABLE documents ADD COLUMN confidence REAL NOT NULL DEFAULT 1;
",
        paths!()
    ),
    concat!(
        "
ALTER TABLE pages ADD COLUMN places BLOB NOT NULL DEFAULT x'';
ALTER TABLE documents ADD COLUMN facts TEXT NOT NULL DEFAULT '';
",
        facts!()
    ),
    "
ALTER TABLE documents ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
",
    concat!(
        recognised!(),
        "
ALTER TABLE pages ADD COLUMN sure INTEGER;
ALTER TABLE pages ADD COLUMN doubts TEXT;
ALTER TABLE documents ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN recognised INTEGER NOT NULL DEFAULT 0;
UPDATE documents SET unread =
    (SELECT COUNT(*) FROM pages WHERE document = documents.id AND state = 'no_text');
"
    ),
];

/// What makes of a version's tables those of the next; none of this version's, or of one that is not known.
pub fn upgrade(found: i64) -> Option<Cow<'static, str>> {
    if found == VERSION - 1 {
        return Some(sound::upgrade().into());
    }
    let at = usize::try_from(found - 1).ok()?;
    UPGRADES.get(at).map(|step| (*step).into())
}

/// Creates everything in an empty database.
pub fn create() -> String {
    format!(
        "{CREATE} {} PRAGMA user_version = {VERSION};",
        sound::upgrade()
    )
}

/// The tables without what `sound` adds.
const CREATE: &str = concat!(
    "
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
-- Tells this database from every other one, and stays with its copies.
INSERT INTO meta VALUES ('identity', lower(hex(randomblob(16))));

-- The last committed changes, by number, each with a random mark: two databases that were one once
-- and went on separately share numbers, never marks.
CREATE TABLE revisions (generation INTEGER PRIMARY KEY, mark TEXT NOT NULL);
INSERT INTO revisions VALUES (0, lower(hex(randomblob(8))));

CREATE TABLE documents (
    -- Ids only grow: an id in a cache never comes to mean another document.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,          -- relative to the library, with '/'; its first, see paths
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    file_hash BLOB NOT NULL,
    seen_ns INTEGER NOT NULL,           -- when size and time were looked at
    state TEXT NOT NULL,                -- 'indexed' or 'failed'
    reason TEXT, detail TEXT,           -- why it failed
    text_hash BLOB,
    copy INTEGER NOT NULL DEFAULT 0,    -- tells documents of the same text apart
    chunker TEXT NOT NULL DEFAULT '',   -- version and budget the chunks were cut with
    pages INTEGER NOT NULL DEFAULT 0,
    company TEXT NOT NULL DEFAULT '', form TEXT NOT NULL DEFAULT '', year INTEGER,
    quarter INTEGER, ticker TEXT NOT NULL DEFAULT '',
    context TEXT NOT NULL DEFAULT '',   -- what its passages are encoded with; '' for nothing
    title TEXT NOT NULL DEFAULT '',     -- the file's title property
    employer TEXT NOT NULL DEFAULT '',  -- the number that the tax office knows the company by
    registrants TEXT NOT NULL DEFAULT '', aliases TEXT NOT NULL DEFAULT '', -- a name a line
    period_end TEXT,                    -- 2023-07-29
    months INTEGER,
    confidence REAL NOT NULL DEFAULT 1, -- of the company
    facts TEXT NOT NULL DEFAULT '',     -- what its facts were read by: version and metadata
    hidden INTEGER NOT NULL DEFAULT 0,  -- letters that stand on its pages and nobody sees
    unread INTEGER NOT NULL DEFAULT 0,  -- pages without text that OCR was not tried on
    recognised INTEGER NOT NULL DEFAULT 0 -- pages that OCR has read
);
CREATE INDEX documents_file_hash ON documents(file_hash);

-- Corrections by a user, by a document's path; they win over what its pages say.
CREATE TABLE corrections (
    path TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (path, field)
) WITHOUT ROWID;

CREATE TABLE pages (
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT, engine TEXT NOT NULL,
    text TEXT NOT NULL,                 -- lines, running ones included
    kinds TEXT NOT NULL,                -- a letter a line
    places BLOB NOT NULL DEFAULT x'',   -- where its lines and their cells stand
    sure INTEGER,                       -- how sure OCR is of it, in percent; NULL where it has text itself
    doubts TEXT,                        -- figures that it is not sure of, as JSON; NULL for none
    PRIMARY KEY (document, number)
) WITHOUT ROWID;

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    chunk_id TEXT NOT NULL UNIQUE,
    content_hash BLOB NOT NULL,
    page INTEGER NOT NULL, page_last INTEGER NOT NULL,
    line_first INTEGER NOT NULL, line_last INTEGER NOT NULL,
    section TEXT NOT NULL, text TEXT NOT NULL, tokens INTEGER NOT NULL,
    statement TEXT NOT NULL DEFAULT ''  -- the financial statement it is a part of
);
CREATE INDEX chunks_document ON chunks(document, ordinal);
CREATE INDEX chunks_content ON chunks(content_hash);

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    dim INTEGER NOT NULL
);

CREATE TABLE embeddings (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models(id) ON DELETE CASCADE,
    content_hash BLOB NOT NULL,
    vector BLOB NOT NULL,               -- little-endian f32
    UNIQUE (content_hash, model)
);
",
    paths!(),
    facts!(),
    recognised!()
);
