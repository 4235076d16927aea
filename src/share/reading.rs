//! Reading: a shared library's documents as a mirror in the user's cache folder, brought up whenever it is opened. Rows
//! come at once; what a document says comes when it is first asked for.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::counts::COUNTS;
use super::engine::{Engine, Entity};
use super::index::SharedIndex;
use super::tables::{CONTENTS, PLACEMENTS, any, is, number, text};
use super::{Result, Shared, parts, serving, tables};
use crate::fsio;
use crate::home::Home;
use crate::index::door::{self, Index};
use crate::store::mirror::{self, Embeddings, Mirrored, Supply};
use crate::store::{Store, StoreError};

/// Placements whose rows are asked for in one call.
const AT_ONCE: usize = 200;
/// Bytes of a document's pages, chunks and facts at most.
const MOST: u64 = 1 << 30;

/// Brings the mirror in `home`, of the library at `folder`, up to the shared library, and has it be supplied and searched
/// there.
///
/// # Errors
///
/// Where nothing was ever published there, the engine cannot be reached, or the mirror not be written.
pub fn open(engine: Engine, folder: &Path, home: &Home) -> Result<()> {
    tables::check(&engine)?;
    let io = |source| StoreError::Io {
        path: home.to_path_buf(),
        source,
    };
    std::fs::create_dir_all(home).map_err(io)?;
    fsio::make_private(home).map_err(io)?;
    bring_up(&engine, home)?;
    let engine = Shared::new(engine);
    mirror::supply(home, Arc::new(Supplier(engine.clone())));
    let (folder, own) = (folder.to_owned(), home.clone());
    let index = move || -> Box<dyn Index> {
        let index = SharedIndex::new(engine.clone(), folder.clone(), own.clone());
        Box::new(index)
    };
    door::register(home, Arc::new(index));
    Ok(())
}

/// Brings a mirror's rows up: those that are new or changed are read, those that are gone forgotten.
pub(super) fn bring_up(engine: &Engine, home: &Home) -> Result<()> {
    let mut store = Store::mirror_at(home)?;
    let had = store.mirrored()?;
    let fields = ["id", "content", "mark"];
    let there = engine.rows(PLACEMENTS.name, "", "id", &fields)?;
    let is_same = |row: &&_| {
        let had = had.get(text(row, "id"));
        had.is_some_and(|(content, mark)| {
            content == text(row, "content") && mark == text(row, "mark")
        })
    };
    let ids: HashSet<&str> = there.iter().map(|row| text(row, "id")).collect();
    let gone: Vec<String> = had
        .keys()
        .filter(|id| !ids.contains(id.as_str()))
        .cloned()
        .collect();
    let wanted: Vec<String> = there
        .iter()
        .filter(|row| !is_same(row))
        .map(|row| text(row, "id").to_owned())
        .collect();
    let contents = match wanted.is_empty() {
        true => Vec::new(),
        false => engine.rows(CONTENTS.name, "", "id", &["id", "chunks"])?,
    };
    let chunks: HashMap<&str, i64> = contents
        .iter()
        .map(|row| (text(row, "id"), number(row, "chunks")))
        .collect();
    let mut come = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        let fields = ["id", "owner", "content", "mark", "row"];
        for row in engine.rows(PLACEMENTS.name, &any("id", some.iter()), "id", &fields)? {
            let content = text(&row, "content");
            come.push(Mirrored {
                placement: text(&row, "id").to_owned(),
                owner: text(&row, "owner").to_owned(),
                content: content.to_owned(),
                mark: text(&row, "mark").to_owned(),
                chunks: chunks.get(content).copied().unwrap_or(0).unsigned_abs(),
                row: serde_json::from_str(text(&row, "row")).unwrap_or(Value::Null),
            });
        }
    }
    // Of two files of one path the same one goes by its own name, whoever asks.
    come.sort_by(|a, b| a.placement.cmp(&b.placement));
    store.mirror(&gone, &come)?;
    serving::follow(engine, home, &mut store)
}

/// An engine that brings what documents say.
struct Supplier(Shared);

impl Supply for Supplier {
    fn bundle(&self, content: &str) -> Result<Value, String> {
        bundle(&self.0.lock(), content).map_err(|error| error.to_string())
    }

    fn embeddings(&self, content: &str, fingerprint: &str) -> Result<Embeddings, String> {
        embeddings(&self.0.lock(), content, fingerprint).map_err(|error| error.to_string())
    }
}

fn embeddings(engine: &Engine, content: &str, fingerprint: &str) -> Result<Embeddings> {
    let collection = tables::vectors(fingerprint);
    // Who may only read may not do this: what is not ready then says so itself.
    let _ = engine.load(&collection);
    let fields = ["ordinal", "vector"];
    let rows = engine.rows(&collection, &is("content", content), "id", &fields)?;
    let vector = |row: &Entity| {
        let values = row
            .get("vector")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let values = values.filter_map(Value::as_f64).map(|value| value as f32);
        (number(row, "ordinal"), values.collect())
    };
    Ok(rows.iter().map(vector).collect())
}

fn bundle(engine: &Engine, content: &str) -> Result<Value> {
    let filter = format!("{} and number < {COUNTS}", is("content", content));
    let bytes = parts::read(engine, &filter, MOST)?;
    serde_json::from_slice(&bytes).map_err(|error| engine.strange(error.to_string()))
}
