//! File system work that must not lose anything, and shows nothing to others: atomic writes under names
//! that nobody else has, reading within a limit, locks, folders to work in, rights, and what kind of file
//! system a path lies on.

mod atomic;
mod lock;
mod read;
mod rights;
mod system;
mod work;

pub use atomic::{replace, replace_by, sync_folder, write_atomic};
pub use lock::{Lock, LockError, lock_soon};
pub use read::{
    ROWS, SMALL, read_at, read_kept, read_limited, read_own_text, read_rows, read_small,
    read_small_text, read_text_limited, refuse_special,
};
pub use rights::{export, make_private, share, work_privately};
pub use system::{FileId, FileSystem, check_readable, file_id, file_system, is_writable};
pub use work::{WorkFolder, create_unique_folder, exchange, remove_folder, sweep};
