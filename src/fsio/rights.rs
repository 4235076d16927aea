//! Rights: what tenk keeps is its user's alone. Files are made for nobody else, but those that the user
//! names a place for get the rights that the user's own umask gives.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
#[cfg(unix)]
use std::sync::atomic::{AtomicU32, Ordering};

use super::atomic::replace;
use super::work::sweep;

/// The umask that the process was started with.
#[cfg(unix)]
static USERS: AtomicU32 = AtomicU32::new(0o022);

/// What others may do with a file, all told.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// From here on this process, and those that it starts, make files for their user alone.
pub fn work_privately() {
    #[cfg(unix)]
    {
        let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(OTHERS));
        USERS.store(before.bits(), Ordering::Relaxed);
    }
}

/// Writes a file that the user has named, whole or not at all. What is there keeps its rights; a link is
/// followed, and what is no file (a pipe, a device) is written into.
pub fn export(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        sweep(folder);
    }
    let Ok(meta) = fs::metadata(path) else {
        return replace(path, |temporary| {
            fs::write(temporary, bytes)?;
            share(temporary)
        });
    };
    if !meta.is_file() {
        let mut file = fs::OpenOptions::new().write(true).open(path)?;
        return file.write_all(bytes);
    }
    replace(&path.canonicalize()?, |temporary| {
        fs::write(temporary, bytes)?;
        fs::set_permissions(temporary, meta.permissions())
    })
}

/// Gives a file, or a folder with all in it, the rights that the user's umask gives.
pub fn share(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    each(path, &mut |path, is_folder, _| {
        let all = if is_folder { 0o777 } else { 0o666 };
        set_mode(path, all & !USERS.load(Ordering::Relaxed))
    })?;
    Ok(())
}

/// Takes from others all rights to a file, or to a folder with all in it.
pub fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    each(path, &mut |path, _, mode| match mode & OTHERS {
        0 => Ok(()),
        _ => set_mode(path, mode & !OTHERS & 0o7777),
    })?;
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Has `visit` see `path` and all in it, with whether it is a folder and its mode. Links lead elsewhere.
#[cfg(unix)]
fn each(path: &Path, visit: &mut impl FnMut(&Path, bool, u32) -> io::Result<()>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let meta = fs::symlink_metadata(path)?;
    if meta.is_symlink() {
        return Ok(());
    }
    visit(path, meta.is_dir(), meta.permissions().mode())?;
    if meta.is_dir() {
        for entry in fs::read_dir(path)? {
            each(&entry?.path(), visit)?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_kept_is_private_and_what_is_exported_is_not() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        fs::create_dir(path("kept")).unwrap();
        fs::write(path("kept/a"), "").unwrap();
        set_mode(&path("kept"), 0o755).unwrap();
        set_mode(&path("kept/a"), 0o644).unwrap();
        std::os::unix::fs::symlink("/nowhere", path("kept/link")).unwrap();
        make_private(&path("kept")).unwrap();
        assert_eq!((mode(&path("kept")), mode(&path("kept/a"))), (0o700, 0o600));
        share(&path("kept")).unwrap();
        assert_eq!((mode(&path("kept")), mode(&path("kept/a"))), (0o755, 0o644));
        export(&path("new"), b"one").unwrap();
        assert_eq!(mode(&path("new")), 0o644);
        set_mode(&path("new"), 0o640).unwrap();
        std::os::unix::fs::symlink(path("new"), path("link")).unwrap();
        export(&path("link"), b"two").unwrap();
        assert!(path("link").is_symlink());
        assert_eq!(fs::read(path("new")).unwrap(), b"two");
        assert_eq!(mode(&path("new")), 0o640);
        assert!(export(place.path(), b"x").is_err());
        export(Path::new("/dev/null"), b"x").unwrap();
    }
}
