//! The writer's lock: one process at a time changes a library.

use std::path::Path;

use super::{Result, StoreError};
use crate::fsio::{Lock, LockError};
use crate::home::Home;

/// Held while a process changes a library.
#[derive(Debug)]
pub struct WriterLock {
    _held: Lock,
}

impl WriterLock {
    /// True while a process changes the library in `home`.
    pub fn is_held(home: &Path) -> bool {
        Lock::is_held(&home.join("lock"))
    }

    /// Takes the lock of `home` or says who has it.
    pub fn acquire(home: &Path) -> Result<Self> {
        let path = Home::from(home).writer_lock();
        super::mirror::refuse(home)?;
        super::file::refuse_read_only(home)?;
        super::file::refuse_special(&path)?;
        match Lock::acquire(&path) {
            Ok(held) => Ok(Self { _held: held }),
            Err(LockError::Held(pid)) => Err(StoreError::Locked { pid }),
            Err(LockError::Io(source)) => Err(StoreError::Io { path, source }),
        }
    }
}
