//! The file system that a path lies on.

#[cfg(not(unix))]
use std::fs::{self, File};
use std::io;
use std::path::Path;

#[cfg(not(unix))]
use super::work::unique;

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

/// What a file or folder is, whatever its name leads to later: device and number.
pub type FileId = (u64, u64);

/// That of what `path` leads to; none where it leads nowhere.
#[cfg(unix)]
pub fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

/// Some where `path` leads somewhere: what it is cannot be told.
#[cfg(not(unix))]
pub fn file_id(path: &Path) -> Option<FileId> {
    path.exists().then_some((0, 0))
}

/// Refuses a file that is not there or that this user may not read, without opening it.
#[cfg(unix)]
pub fn check_readable(file: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, file, Access::READ_OK, AtFlags::EACCESS)?)
}

/// Refuses a file that is not there or cannot be opened.
#[cfg(not(unix))]
pub fn check_readable(file: &Path) -> io::Result<()> {
    File::open(file).map(|_| ())
}

/// True when this user may create files in `folder`, whether or not there is room for them.
#[cfg(unix)]
pub fn is_writable(folder: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    folder.is_dir() && accessat(CWD, folder, rights, AtFlags::EACCESS).is_ok()
}

/// True when a file can be created in `folder`.
#[cfg(not(unix))]
pub fn is_writable(folder: &Path) -> bool {
    let probe = unique(folder, "tenk-probe", |probe| File::create_new(probe));
    probe.is_ok_and(|probe| fs::remove_file(probe).is_ok())
}
