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
    let lock = WriterLock::acquire(to)?;
    if to.store().is_file() {
        if goes_on(library, from) {
            return Ok(());
        }
        // Of another library that lay here, or of this one before it was changed where it lies.
        let aside = set_aside(to);
        drop(lock);
        aside.map_err(|source| CarryingError::Copy {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
            source,
        })?;
        return carry(read, library);
    }
    let failed = |source| CarryingError::Copy {
        from: from.to_path_buf(),
        to: to.to_path_buf(),
        source,
    };
    for name in Home::CARRIED {
        copy(&from.join(name), &to.join(name), DEEPEST).map_err(failed)?;
    }
    let path = to.store();
    fsio::replace_by(&path, failed, |temporary| {
        let copied = store.carry_to(temporary);
        // It is the copy's disk, whoever was writing.
        copied.map_err(|error| match error {
            StoreError::DiskFull { .. } => StoreError::DiskFull { path: path.clone() }.into(),
            StoreError::DiskFails { source, .. } => {
                let path = path.clone();
                StoreError::DiskFails { path, source }.into()
            }
            error => error.into(),
        })
    })
}

/// The state that a library which cannot be written goes by, where there are two: the copy, as long as that in the
/// folder is what it was made of; else that in the folder.
pub fn choose(library: Library) -> Library {
    let inside = library.inside();
    let has_two = library.elsewhere.is_some() && library.home != inside && inside.store().is_file();
    match has_two && !goes_on(&library, &inside) {
        true => Library {
            home: inside,
            ..library
        },
        false => library,
    }
}

/// Whether the state in the library's home goes on from that in `inside`. Of one that cannot be read nothing else does.
fn goes_on(library: &Library, inside: &Home) -> bool {
    let Ok(own) = Store::open(&library.folder, inside) else {
        return true;
    };
    let copy = Store::open(&library.folder, &library.home);
    copy.is_ok_and(|copy| copy.goes_on_from(&own).unwrap_or(false))
}

/// Moves a state out of the way, beside where it lies.
fn set_aside(home: &Home) -> io::Result<()> {
    let name = home.file_name().unwrap_or_default().to_string_lossy();
    let aside = (1..1000).map(|number| home.with_file_name(format!("{name}.{number}")));
    let aside = aside.into_iter().find(|path| !path.exists());
    fs::rename(home, aside.ok_or(io::ErrorKind::AlreadyExists)?)
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
