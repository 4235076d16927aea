//! Atomic writes: the old file or the new one, never a part.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::work::unique;

/// Writes `bytes` to `path` so that a reader, or a crash, sees the old file or the new one and
/// never a part: temporary file beside it, fsync, rename, fsync of the folder.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |temporary| fs::write(temporary, bytes))
}

/// As `write_atomic`, of a file that `write` makes at the path it is given.
pub fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    replace_by(path, |error| error, write)
}

/// As `replace`, for a writer with errors of its own; `failed` makes one of the system's.
pub fn replace_by<E>(
    path: &Path,
    failed: impl Fn(io::Error) -> E,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary =
        unique(parent, &name, |temporary| File::create_new(temporary)).map_err(&failed)?;
    let put = || {
        File::open(&temporary)?.sync_all()?;
        fs::rename(&temporary, path)
    };
    let written = write(&temporary).and_then(|()| put().map_err(&failed));
    if written.is_err() {
        // The write's own error is the one to report.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(parent).map_err(failed)
}

/// Makes a rename or a removal in `folder` durable. Systems that cannot open a folder skip it.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(handle) => handle.sync_all().or(Ok(())),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atomic_write_replaces_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("state.json");
        assert!(write_atomic(&path, b"x").is_err());
        assert!(!path.exists());
    }

    #[test]
    fn threads_that_write_one_file_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        std::thread::scope(|scope| {
            for thread in 0..8u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..25 {
                        write_atomic(path, &vec![thread; 10_000]).unwrap();
                    }
                });
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() == 10_000 && bytes.iter().all(|b| *b == bytes[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_long_name_has_a_temporary_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("é".repeat(125));
        write_atomic(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }
}
