//! Encoders in memory: each model once in a process, whoever asks for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::encoder::{Encoder, Precision};
use crate::model::{Model, ModelError, Place};

/// A model's slot: locked while it is loaded, so that two who ask at once load it once.
type Slot = Arc<Mutex<Weak<Encoder>>>;

/// The encoders that somebody in this process holds; one that nobody holds any more is freed, and
/// loaded again when it is asked for.
pub struct Encoders {
    threads: usize,
    slots: Mutex<BTreeMap<String, Slot>>,
}

impl Encoders {
    /// Each encoder works with `threads` threads.
    pub fn new(threads: usize) -> Self {
        Self {
            threads,
            slots: Mutex::default(),
        }
    }

    /// `model` in this precision: the one in memory, else loaded now.
    ///
    /// # Errors
    ///
    /// Where its files cannot be read or are no model.
    pub fn get(&self, model: &Model, precision: Precision) -> Result<Arc<Encoder>, ModelError> {
        let slot = self.slot(key(model, precision)?);
        let mut loaded = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoder) = loaded.upgrade() {
            return Ok(encoder);
        }
        let encoder = Arc::new(model.encoder(precision, self.threads)?);
        *loaded = Arc::downgrade(&encoder);
        Ok(encoder)
    }

    fn slot(&self, key: String) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(key).or_default().clone()
    }
}

/// What tells encoders apart: the fingerprint, since a name may come to stand for other files. The
/// bundled models' files never change, so they are not hashed again.
fn key(model: &Model, precision: Precision) -> Result<String, ModelError> {
    match model.place {
        Place::Bundled(_) => Ok(format!("{} {}", model.name, precision.as_str())),
        _ => Ok(model.fingerprint(precision)?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_loaded_once_by_whoever_asks_and_freed_when_nobody_holds_it() {
        let encoders = Encoders::new(1);
        let model = Model::base();
        let both: Vec<Arc<Encoder>> = std::thread::scope(|scope| {
            let ask = || encoders.get(&model, Precision::Int8).unwrap();
            let asked = [scope.spawn(ask), scope.spawn(ask)];
            asked.map(|a| a.join().unwrap()).into()
        });
        assert!(Arc::ptr_eq(&both[0], &both[1]));
        let other = encoders.get(&model, Precision::F32).unwrap();
        assert!(
            !Arc::ptr_eq(&both[0], &other),
            "another precision is another encoder"
        );
        let held = Arc::downgrade(&both[0]);
        drop(both);
        assert!(held.upgrade().is_none());
        assert!(encoders.get(&model, Precision::Int8).is_ok());
    }

    #[test]
    fn the_same_files_under_two_names_are_one_model() {
        let place = tempfile::tempdir().unwrap();
        let named = |name: &str| {
            let folder = place.path().join(name);
            crate::model::export(&Model::base(), &folder).unwrap();
            Model {
                name: name.to_owned(),
                place: Place::Own(folder),
            }
        };
        let encoders = Encoders::new(1);
        let a = encoders.get(&named("a"), Precision::Int8).unwrap();
        let b = encoders.get(&named("b"), Precision::Int8).unwrap();
        assert!(Arc::ptr_eq(&a, &b));
    }
}
