//! Connections that have not shown the token yet: where all places are taken, the one that came first gives up its own,
//! so that who says nothing keeps nobody out.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;

#[derive(Default)]
pub struct Guests(Mutex<BTreeMap<u64, AbortHandle>>);

impl Guests {
    /// A connection came, the `number`th.
    pub fn came(&self, number: u64, task: AbortHandle) {
        self.list().insert(number, task);
    }

    /// It has shown the token, or is gone.
    pub fn known(&self, number: u64) {
        self.list().remove(&number);
    }

    /// Ends the one that came first.
    pub fn dismiss(&self) {
        if let Some((_, task)) = self.list().pop_first() {
            task.abort();
        }
    }

    fn list(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
