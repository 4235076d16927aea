//! Carrying: a library whose folder cannot be written any more goes on in a copy of its state, where it can be. Made
//! before the first change; what is only asked is asked where it lies.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, Library};
use crate::fsio;
use crate::home::Home;
use crate::remedy::{Remedied, Remedy};
use crate::store::{Store, StoreError, WriterLock};

#[derive(Debug, thiserror::Error)]
pub enum CarryingError {
    #[error("the library's state cannot be copied from {from} to {to}: {source}")]
    Copy {
        from: PathBuf,
        to: PathBuf,
        source: io::Error,
    },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Remedied for CarryingError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Copy { source, .. } => Remedy::to_write(source),
            Self::Config(error) => error.remedy(),
            Self::Store(error) => error.remedy(),
        }
    }
}

/// Folders in folders that a state has, at most: a link may lead round in a circle.
const DEEPEST: usize = 16;

/// Copies the state of `read` into the home of `library`, which is the same library where it can be written. The
/// database comes last, in one step: what a killed process has begun is no state, and is begun again.
///
/// # Errors
///
/// Where either cannot be read or written, or another process carries it at this time.
pub fn carry(read: &Library, library: &Library) -> Result<(), CarryingError> {
    let (from, to) = (&read.home, &library.home);
    let store = Store::open(&read.folder, from)?;
    library.create_home()?;
    let _lock = WriterLock::acquire(to)?;
    if to.store().is_file() {
        return Ok(());
    }
    let failed = |source| CarryingError::Copy {
        from: from.to_path_buf(),
        to: to.to_path_buf(),
        source,
    };
    for name in Home::CARRIED {
        copy(&from.join(name), &to.join(name), DEEPEST).map_err(failed)?;
    }
    let mut copied = Ok(());
    let put = fsio::replace(&to.store(), |temporary| {
        copied = store.copy_to(temporary);
        Ok(())
    });
    copied?;
    put.map_err(failed)
}

/// Copies a file, or a folder with all in it, with the rights that new ones have. What is neither is left out, and so
/// is what a writer has not finished.
fn copy(from: &Path, to: &Path, deepest: usize) -> io::Result<()> {
    let Ok(found) = fs::metadata(from) else {
        return Ok(());
    };
    if found.is_file() {
        io::copy(&mut File::open(from)?, &mut File::create(to)?)?;
    } else if found.is_dir() && deepest > 0 {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name), deepest - 1)?;
        }
    }
    Ok(())
}
