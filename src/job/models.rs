//! The models that a library is embedded with: the base, and those beside it.

use std::sync::Arc;

use crate::config::{Library, Precision};
use crate::encoder::Encoder;
use crate::model::{self, Model, ModelError, Place};
use crate::store::Store;

/// A model, loaded, under the name that the library keeps its embeddings by.
#[derive(Clone)]
pub struct Embedder {
    pub name: String,
    pub encoder: Arc<Encoder>,
}

/// The models, the base aside, that the library has embeddings of and that are still there: a sync
/// keeps them in step.
pub fn in_step(library: &Library, precision: Precision) -> Result<Vec<Model>, ModelError> {
    // Where it cannot be read, the sync that follows says why.
    let Ok(store) = Store::open(&library.folder, &library.home) else {
        return Ok(Vec::new());
    };
    let known = store.model_coverage().unwrap_or_default();
    let mut models = model::list(&library.home)?;
    models.retain(|model| {
        let name = model.stored_name(precision);
        model.place != Place::Bundled && known.iter().any(|(known, _)| *known == name)
    });
    Ok(models)
}

/// Those of `models`, which a sync keeps in step, that `load` can load. One whose files are damaged is
/// left out, and `skipped` hears why: it must not keep the library from being indexed with the others.
pub fn load_sound<E>(
    models: &[Model],
    load: impl Fn(&Model) -> Result<Embedder, E>,
    mut skipped: impl FnMut(&Model, E),
) -> Vec<Embedder> {
    let mut out = Vec::with_capacity(models.len());
    for model in models {
        match load(model) {
            Ok(embedder) => out.push(embedder),
            Err(why) => skipped(model, why),
        }
    }
    out
}
