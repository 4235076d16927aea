//! Reading: a shared library's documents as a mirror in the user's cache folder, brought up whenever it is opened. Rows
//! come at once; what a document says comes when it is first asked for.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::counts::COUNTS;
use super::engine::{Engine, Entity};
use super::index::SharedIndex;
use super::tables::{is, number};
use super::{Result, Shared, following, parts, tables};
use crate::fsio;
use crate::home::Home;
use crate::index::{self, door::Index};
use crate::store::StoreError;
use crate::store::mirror::{self, Embeddings, Supply};

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
    following::bring_up(&engine, home)?;
    let engine = Shared::new(engine);
    mirror::supply(home, Arc::new(Supplier(engine.clone())));
    let (folder, own) = (folder.to_owned(), home.clone());
    let index = move || -> Box<dyn Index> {
        let index = SharedIndex::new(engine.clone(), folder.clone(), own.clone());
        Box::new(index)
    };
    index::register(home, Arc::new(index));
    Ok(())
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
