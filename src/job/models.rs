//! The models that a library is embedded with: the one that serves, and those beside it.

use std::sync::Arc;

use crate::config::{Library, Precision};
use crate::encoder::Encoder;
use crate::model::{self, Model, ModelError};
use crate::store::Store;

/// A model, loaded, under the name that the library keeps its embeddings by.
#[derive(Clone)]
pub struct Embedder {
    pub name: String,
    pub encoder: Arc<Encoder>,
}

/// The models that a sync keeps in step: those that the library has embeddings of and that are still there, and the
/// one that serves. A bundled one comes first: it cuts the chunks. A new library begins with `filings`, or with the
/// bundled one that is `named`.
///
/// # Errors
///
/// Where the models cannot be listed.
pub fn in_step(
    library: &Library,
    precision: Precision,
    named: &[Model],
) -> Result<Vec<Model>, ModelError> {
    // Where it cannot be read, the sync that follows says why.
    let store = Store::open(&library.folder, &library.home);
    let known = store.and_then(|store| store.models());
    let known = known.unwrap_or_default();
    // One that is gone does not keep the others from being in step.
    let serves = Model::named(&library.home, "serving");
    let serves = serves.ok().filter(|_| !known.is_empty());
    let mut models = model::list(&library.home)?;
    models.retain(|model| {
        let name = model.stored_name(precision);
        let is_known = known.iter().any(|known| known.name == name);
        is_known || serves.as_ref() == Some(model)
    });
    if !models.first().is_some_and(Model::is_bundled) {
        let named = named.iter().find(|model| model.is_bundled());
        models.insert(0, named.cloned().unwrap_or_else(Model::filings));
    }
    Ok(models)
}

/// Loads `models`, which a sync keeps in step. One whose files are damaged is left out, and `skipped` hears why: it
/// must not keep the library from being indexed with the others.
///
/// # Errors
///
/// Where the first cannot be loaded, without which there is no sync.
pub fn load_sound<E>(
    models: &[Model],
    load: impl Fn(&Model) -> Result<Embedder, E>,
    mut skipped: impl FnMut(&Model, E),
) -> Result<Vec<Embedder>, E> {
    let mut out = Vec::with_capacity(models.len());
    for model in models {
        match load(model) {
            Ok(embedder) => out.push(embedder),
            Err(why) if out.is_empty() => return Err(why),
            Err(why) => skipped(model, why),
        }
    }
    Ok(out)
}
