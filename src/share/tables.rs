//! What a shared library keeps, as collections of the engine.
//!
//! ```text
//! about           one row a key: the version of these tables, the models, which served
//! placements      one row a file of a publisher: its path, origin and tags, and its content
//! contents        one row a content: whether it is whole, and how much it has
//! parts           pages, chunks and facts of a content, compressed, in rows of text
//! words           one row a chunk: its words, scored by BM25
//! vectors_<model> one row a chunk: its embedding by a model
//! embedded        one row a content and model: how many of its chunks are embedded
//! work            one row a file of a folder that workers share: who reads it, and until when
//! ```

use serde_json::{Value, json};

use super::engine::{Engine, Entity, Kind, Table, Vector};
use super::{Result, ShareError};

/// Version of these tables.
pub const VERSION: i64 = 2;
const VERSION_KEY: &str = "version";
/// What is kept of a model lies under this and its short name.
pub const MODEL: &str = "model/";

pub const ABOUT: Table<'_> = Table {
    name: "about",
    fields: &[("id", Kind::Text(200)), ("value", Kind::Text(65_535))],
    vector: Vector::None,
};
pub const PLACEMENTS: Table<'_> = Table {
    name: "placements",
    fields: &[
        ("id", Kind::Text(64)),
        ("owner", Kind::Text(64)),
        ("content", Kind::Text(64)),
        ("mark", Kind::Text(64)),
        ("row", Kind::Text(65_535)),
    ],
    vector: Vector::None,
};
pub const CONTENTS: Table<'_> = Table {
    name: "contents",
    fields: &[
        ("id", Kind::Text(64)),
        ("state", Kind::Text(16)),
        ("chunks", Kind::Number),
        ("parts", Kind::Number),
        // Seconds since 1970: when it was begun, and since when nobody has it; 0 while somebody has.
        ("begun", Kind::Number),
        ("left", Kind::Number),
    ],
    vector: Vector::None,
};
pub const PARTS: Table<'_> = Table {
    name: "parts",
    fields: &[
        ("id", Kind::Text(80)),
        ("content", Kind::Text(64)),
        ("number", Kind::Number),
        ("data", Kind::Text(65_535)),
    ],
    vector: Vector::None,
};
pub const WORDS: Table<'_> = Table {
    name: "words",
    fields: &[
        ("id", Kind::Text(80)),
        ("content", Kind::Text(64)),
        ("ordinal", Kind::Number),
        ("page", Kind::Number),
        ("statement", Kind::Text(64)),
        ("section", Kind::Text(8192)),
        ("body", Kind::Text(65_535)),
        ("words", Kind::Words),
    ],
    vector: Vector::Bm25,
};
pub const EMBEDDED: Table<'_> = Table {
    name: "embedded",
    fields: &[
        ("id", Kind::Text(100)),
        ("model", Kind::Text(32)),
        ("content", Kind::Text(64)),
        ("chunks", Kind::Number),
    ],
    vector: Vector::None,
};
pub const WORK: Table<'_> = Table {
    name: "work",
    fields: &[
        ("id", Kind::Text(64)),
        ("path", Kind::Text(8192)),
        ("mark", Kind::Text(64)),
        ("state", Kind::Text(16)),
        ("worker", Kind::Text(64)),
        // Seconds since 1970, until when it is the worker's.
        ("until", Kind::Number),
        ("detail", Kind::Text(8192)),
    ],
    vector: Vector::None,
};
/// Fields of each collection of vectors.
const VECTOR_FIELDS: &[(&str, Kind)] = &[
    ("id", Kind::Text(80)),
    ("content", Kind::Text(64)),
    ("ordinal", Kind::Number),
    ("page", Kind::Number),
    ("statement", Kind::Text(64)),
    ("section", Kind::Text(8192)),
];

/// States of a content.
pub const WRITING: &str = "writing";
pub const WHOLE: &str = "whole";

/// The collections of vectors begin so.
const VECTORS: &str = "vectors_";
/// Characters of a fingerprint that name a model there.
const FINGERPRINT: usize = 16;

/// A model's short name in keys.
pub fn model_key(fingerprint: &str) -> &str {
    &fingerprint[..FINGERPRINT.min(fingerprint.len())]
}

/// The collection of a model's vectors.
pub fn vectors(fingerprint: &str) -> String {
    format!("{VECTORS}{}", model_key(fingerprint))
}

/// The short name of the model whose vectors a collection has.
pub fn model_of(collection: &str) -> &str {
    collection.trim_start_matches(VECTORS)
}

/// The table of a model's vectors, in `collection`.
pub fn vectors_table(collection: &str, dimensions: usize) -> Table<'_> {
    Table {
        name: collection,
        fields: VECTOR_FIELDS,
        vector: Vector::Dense(dimensions as u32),
    }
}

/// A row with the vector that the engine wants of a table that is not searched.
pub fn unsearched(mut row: Value) -> Value {
    if let Some(fields) = row.as_object_mut() {
        fields.insert("vector".to_owned(), json!([0.0, 1.0]));
    }
    row
}

/// A filter for a field that has this value. What is filtered by is made of letters and digits.
pub fn is(field: &str, value: &str) -> String {
    debug_assert!(
        value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c))
    );
    format!("{field} == \"{value}\"")
}

/// A filter for a field that has one of some values, of letters, digits and slashes.
pub fn any<'a>(field: &str, values: impl Iterator<Item = &'a String>) -> String {
    let values: Vec<String> = values.map(|value| format!("\"{value}\"")).collect();
    format!("{field} in [{}]", values.join(", "))
}

/// A filter for chunks that have a word.
pub fn has(word: &str) -> String {
    format!("text_match(words, '{word}')")
}

/// Makes what is lacking, for a model of as many dimensions too.
///
/// # Errors
///
/// `Newer`, where a later tenk has made them.
pub fn make(engine: &Engine, fingerprint: &str, dimensions: usize) -> Result<()> {
    engine.create(&ABOUT)?;
    version(engine)?;
    for table in [PLACEMENTS, CONTENTS, PARTS, WORDS, EMBEDDED] {
        engine.create(&table)?;
    }
    engine.create(&vectors_table(&vectors(fingerprint), dimensions))?;
    // Last: with it the tables are there.
    put(engine, VERSION_KEY, &VERSION.into())
}

/// Looks whether this is a shared library that can be read.
///
/// # Errors
///
/// `Newer`, and `Strange` where nothing was published.
pub fn check(engine: &Engine) -> Result<()> {
    let is_there = engine.has(ABOUT.name)?;
    if is_there {
        for table in [ABOUT, PLACEMENTS, CONTENTS, PARTS, WORDS, EMBEDDED] {
            // Who may only read may not do this: what is not ready then says so itself.
            let _ = engine.load(table.name);
        }
    }
    if !is_there || version(engine)?.is_none() {
        return Err(engine.strange("nothing was published there"));
    }
    Ok(())
}

/// The version of its tables; none before they are made. That of a later tenk is refused.
fn version(engine: &Engine) -> Result<Option<Value>> {
    let version = get(engine, VERSION_KEY)?;
    match version.as_ref().and_then(Value::as_i64) {
        Some(found) if found > VERSION => Err(ShareError::Newer {
            address: engine.address().to_string(),
            found,
            known: VERSION,
        }),
        Some(found) if found < VERSION => {
            Err(engine.strange("an earlier tenk has published it: publish into a new one"))
        }
        _ => Ok(version),
    }
}

/// The short names of the models that it has vectors of.
pub fn models(engine: &Engine) -> Result<Vec<String>> {
    let rows = engine.rows(ABOUT.name, "", "id", &["id"])?;
    let names = rows
        .iter()
        .filter_map(|row| text(row, "id").strip_prefix(MODEL));
    Ok(names.map(str::to_owned).collect())
}

/// What is kept under a key.
pub fn get(engine: &Engine, key: &str) -> Result<Option<Value>> {
    let rows = engine.rows(ABOUT.name, &is("id", key), "id", &["value"])?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let value = serde_json::from_str(text(row, "value"));
    value
        .map(Some)
        .map_err(|error| engine.strange(format!("{key}: {error}")))
}

/// Keeps a value under a key.
pub fn put(engine: &Engine, key: &str, value: &Value) -> Result<()> {
    let row = json!({"id": key, "value": value.to_string()});
    engine.upsert(ABOUT.name, vec![unsearched(row)])
}

/// A field of text; empty where it is none.
pub fn text<'a>(row: &'a Entity, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A field of a number; 0 where it is none.
pub fn number(row: &Entity, field: &str) -> i64 {
    row.get(field).and_then(Value::as_i64).unwrap_or_default()
}
