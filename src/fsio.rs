//! File system work that must not lose anything: atomic writes, and what kind of file system a
//! path lies on.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` so that a reader, or a crash, sees the old file or the new one and
/// never a part: temporary file beside it, fsync, rename, fsync of the folder.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |temporary| fs::write(temporary, bytes))
}

/// As `write_atomic`, of a file that `write` makes at the path it is given.
pub fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = parent.join(name);
    let written = (|| {
        write(&temporary)?;
        File::open(&temporary)?.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The write's own error is the one to report.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(parent)
}

/// Makes a rename or a removal in `folder` durable. Systems that cannot open a folder skip it.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(handle) => handle.sync_all().or(Ok(())),
        Err(_) => Ok(()),
    }
}

/// A lock file that this process holds. The system drops the lock with the process, so a killed one
/// leaves nothing behind.
#[derive(Debug)]
pub struct Lock(File);

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process, of this number, has it.
    Held(String),
    Io(io::Error),
}

impl Lock {
    /// True where a process has the lock file `path`; its content stays as it is.
    pub fn is_held(path: &Path) -> bool {
        let file = File::open(path);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the lock file `path`, made when absent.
    pub fn acquire(path: &Path) -> Result<Self, LockError> {
        let mut file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                return Err(LockError::Held(pid.trim().to_owned()));
            }
            Err(TryLockError::Error(source)) => return Err(LockError::Io(source)),
        }
        // The number is only for the message to others; a failed write costs that alone.
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = write!(file, "{}", std::process::id());
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// The kind of file system a path lies on, as far as SQLite's locks and shared memory care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    Local,
    /// NFS, SMB, FUSE or 9p: shared memory and file locks cannot be relied on.
    Network(&'static str),
}

/// Looks at the file system of the nearest existing ancestor of `path`.
#[cfg(target_os = "linux")]
pub fn file_system(path: &Path) -> FileSystem {
    const KNOWN: [(u64, &str); 6] = [
        (0x6969, "NFS"),
        (0x517B, "SMB"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB2"),
        (0x6573_5546, "FUSE"),
        (0x0102_1997, "9p"),
    ];
    let Some(existing) = path.ancestors().find(|p| p.exists()) else {
        return FileSystem::Local;
    };
    let existing = if existing.as_os_str().is_empty() {
        Path::new(".")
    } else {
        existing
    };
    let Ok(found) = rustix::fs::statfs(existing) else {
        return FileSystem::Local;
    };
    // The field's width and sign differ between targets.
    let magic = (found.f_type as u64) & 0xFFFF_FFFF;
    KNOWN
        .iter()
        .find(|(known, _)| *known == magic)
        .map_or(FileSystem::Local, |(_, name)| FileSystem::Network(name))
}

#[cfg(not(target_os = "linux"))]
pub fn file_system(_path: &Path) -> FileSystem {
    FileSystem::Local
}

/// True when a file can be created in `folder`.
pub fn is_writable(folder: &Path) -> bool {
    let probe: PathBuf = folder.join(format!(".tenk-probe-{}", std::process::id()));
    match File::create(&probe) {
        Ok(_) => fs::remove_file(&probe).is_ok(),
        Err(_) => false,
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
}
