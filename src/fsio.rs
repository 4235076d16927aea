//! File system work that must not lose anything: atomic writes under names that nobody else has,
//! reading within a limit, locks, and what kind of file system a path lies on.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes `bytes` to `path` so that a reader, or a crash, sees the old file or the new one and
/// never a part: temporary file beside it, fsync, rename, fsync of the folder.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |temporary| fs::write(temporary, bytes))
}

/// As `write_atomic`, of a file that `write` makes at the path it is given.
pub fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = unique(parent, &name, |temporary| File::create_new(temporary))?;
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

/// Makes a folder in `parent` that was not there, hidden, its name with `name` in it.
pub fn create_unique_folder(parent: &Path, name: &str) -> io::Result<PathBuf> {
    unique(parent, name, |folder| fs::create_dir(folder))
}

/// Has `create` make, in `parent`, what must not be there yet, under a name that neither another
/// thread, another process nor one of the past with this process's number has.
fn unique<T>(
    parent: &Path,
    name: &str,
    create: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<PathBuf> {
    const TRIES: usize = 16;
    // File systems take names of 255 bytes.
    let most = name.floor_char_boundary(100);
    let mut tries = 0;
    loop {
        let path = parent.join(format!(".{}.{}.tmp", &name[..most], unique_part()));
        tries += 1;
        match create(&path) {
            Ok(_) => return Ok(path),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {}
            Err(e) => return Err(e),
        }
    }
}

/// This process, this call in it, and when: the first two tell apart what runs now, the time and
/// chance what ran before.
fn unique_part() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_nanos() as u64);
    let (process, chance) = (std::process::id(), fastrand::u32(..));
    format!("{process}-{call}-{now:x}-{chance:x}")
}

/// Bytes of a file of settings, words, a switch or a state at most.
pub const SMALL: u64 = 32 << 20;
/// Bytes of a file of rows at most: a dataset, a journal, the events of a run.
pub const ROWS: u64 = 1 << 30;

/// Reads a file of at most `limit` bytes whole. One that is longer, or has no end (`/dev/zero`), is
/// refused before it has taken more memory than that.
pub fn read_limited(path: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let detail = format!(
            "it is larger than {} MiB, the most that is read",
            limit >> 20
        );
        io::Error::new(io::ErrorKind::FileTooLarge, detail)
    };
    let file = File::open(path)?;
    let stated = file.metadata()?.len();
    if stated > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(stated as usize);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// As `read_limited`, of UTF-8 text.
pub fn read_text_limited(path: impl AsRef<Path>, limit: u64) -> io::Result<String> {
    as_text(read_limited(path, limit)?)
}

fn as_text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let detail = format!("it is no UTF-8 text from byte {at} on");
        io::Error::new(io::ErrorKind::InvalidData, detail)
    })
}

/// A small file, whole. A pipe is none: opening it would wait for whoever writes into it.
pub fn read_small(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    refuse_pipe(path.as_ref())?;
    read_limited(path, SMALL)
}

#[cfg(unix)]
fn refuse_pipe(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    if fs::metadata(path)?.file_type().is_fifo() {
        let detail = "it is a pipe and no file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, detail));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_pipe(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A small file of text, whole.
pub fn read_small_text(path: impl AsRef<Path>) -> io::Result<String> {
    as_text(read_small(path)?)
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
    /// Another process has it, of this number where it has written that already.
    Held(Option<u32>),
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
                return Err(LockError::Held(pid.trim().parse().ok()));
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
    let probe = unique(folder, "tenk-probe", |probe| File::create_new(probe));
    probe.is_ok_and(|probe| fs::remove_file(probe).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_no_small_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let error = read_small_text(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

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
                        assert!(is_writable(path.parent().unwrap()));
                    }
                });
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() == 10_000 && bytes.iter().all(|b| *b == bytes[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_another_process_left_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let tries = std::cell::RefCell::new(Vec::new());
        let made = unique(folder.path(), "a", |path| {
            tries.borrow_mut().push(path.to_owned());
            if tries.borrow().len() == 1 {
                fs::write(path, "another's")?;
            }
            File::create_new(path)
        });
        let tries = tries.into_inner();
        assert_eq!(tries.len(), 2);
        assert_eq!(made.unwrap(), tries[1]);
        assert_eq!(fs::read(&tries[0]).unwrap(), b"another's");
        assert_eq!(fs::read(&tries[1]).unwrap(), b"");
    }

    #[test]
    fn a_long_name_has_a_temporary_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("é".repeat(125));
        write_atomic(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn a_file_is_read_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.txt");
        fs::write(&path, "net sales").unwrap();
        assert_eq!(read_text_limited(&path, 9).unwrap(), "net sales");
        let error = read_limited(&path, 8).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        fs::write(&path, b"ab\xff").unwrap();
        let error = read_small_text(&path).unwrap_err().to_string();
        assert!(error.contains("byte 2"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read_small("/dev/zero").unwrap_err().to_string();
        assert!(error.contains("larger than 32 MiB"), "{error}");
    }
}
