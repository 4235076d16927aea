//! Locks: files that one process at a time holds.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use super::read::refuse_special;

/// A lock file that this process holds. The system drops the lock with the process, so a killed one
/// leaves nothing behind.
#[derive(Debug)]
pub struct Lock(File);

/// How often a lock that is held is tried, and how long apart.
const TRIES: usize = 20;
const APART: Duration = Duration::from_millis(5);

/// Locks an open file, until it is closed by all who have it.
///
/// # Errors
///
/// Where another has it for longer than whoever looks whether it is held, who has it for that moment.
pub fn lock_soon(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(APART),
            tried => return tried,
        }
    }
    file.try_lock()
}

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
        // A pipe would be waited for.
        let file = refuse_special(path).and_then(|()| File::open(path));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the lock file `path`, made when absent.
    pub fn acquire(path: &Path) -> Result<Self, LockError> {
        refuse_special(path).map_err(LockError::Io)?;
        let mut file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::Io)?;
        match lock_soon(&file) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_a_pipe_in_the_place_of_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!Lock::is_held(&path));
        let held = Lock::acquire(&path).unwrap();
        assert!(Lock::is_held(&path));
        drop(held);
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(!Lock::is_held(&path));
        assert!(matches!(Lock::acquire(&path), Err(LockError::Io(_))));
    }
}
