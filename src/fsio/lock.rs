//! Locks: files that one process at a time holds.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// A lock file that this process holds. The system drops the lock with the process, so a killed one
/// leaves nothing behind.
#[derive(Debug)]
pub struct Lock(File);

/// How often a lock that is held is tried again, and how long after.
const TRIES: usize = 5;
const BETWEEN: Duration = Duration::from_millis(5);

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
        let mut tries = 0;
        while let Err(error) = file.try_lock() {
            match error {
                // Whoever looks whether it is held has it for that moment.
                TryLockError::WouldBlock if tries < TRIES => std::thread::sleep(BETWEEN),
                TryLockError::WouldBlock => {
                    let mut pid = String::new();
                    let _ = file.read_to_string(&mut pid);
                    return Err(LockError::Held(pid.trim().parse().ok()));
                }
                TryLockError::Error(source) => return Err(LockError::Io(source)),
            }
            tries += 1;
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
