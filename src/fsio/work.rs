//! Work that is under way: files and folders under names of their own until they are whole, and what
//! a killed process left of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::lock::{Lock, LockError};

/// How long a process may work on what it has begun, where it cannot be asked whether it still does.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// In a folder, held by the process that works in it.
const LOCK: &str = "lock";

/// Makes a folder in `parent` that was not there, hidden, its name with `name` in it.
pub fn create_unique_folder(parent: &Path, name: &str) -> io::Result<PathBuf> {
    unique(parent, name, |folder| fs::create_dir(folder))
}

/// Has `create` make, in `parent`, what must not be there yet, under a name that neither another
/// thread, another process nor one of the past with this process's number has.
pub(super) fn unique<T>(
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
    // Noted before the first name is made.
    began();
    let now = now();
    let (process, chance) = (std::process::id(), fastrand::u32(..));
    format!("{process}-{call}-{now:x}-{chance:x}")
}

/// A folder to work in, removed when it is dropped, or by the next `sweep` where its process was killed.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
    _lock: Lock,
}

impl WorkFolder {
    /// Makes one in `parent`, which is made where it is not there, and swept.
    pub fn new(parent: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        sweep(parent);
        let path = create_unique_folder(parent, name)?;
        let lock = Lock::acquire(&path.join(LOCK)).map_err(|error| match error {
            LockError::Held(_) => io::ErrorKind::ResourceBusy.into(),
            LockError::Io(error) => error,
        })?;
        Ok(Self { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept later.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Puts folder `a` in the place of folder `b` and the other way round: in one step where the system can.
pub fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    let parent = b.parent().unwrap_or(Path::new("."));
    let aside = create_unique_folder(parent, "exchanged")?.join("folder");
    fs::rename(b, &aside)?;
    let placed = fs::rename(a, b).and_then(|()| fs::rename(&aside, a));
    if placed.is_err() && !b.exists() {
        // The error of the step that failed is the one to report.
        let _ = fs::rename(&aside, b);
    }
    if let Some(folder) = aside.parent() {
        // Empty but where the last step failed: then it is swept.
        let _ = fs::remove_dir(folder);
    }
    placed
}

/// Removes a folder so that no half of it is ever met under its name.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    let aside = create_unique_folder(parent, "removed")?;
    if let Err(error) = fs::rename(folder, aside.join("folder")) {
        let _ = fs::remove_dir(&aside);
        return Err(error);
    }
    fs::remove_dir_all(&aside)
}

/// Removes, in `folder`, what processes left under a name of `unique` that are no more.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let left = name.to_str().and_then(maker).is_some_and(is_over);
        let path = entry.path();
        if left && !Lock::is_held(&path.join(LOCK)) {
            // What cannot be removed now is in nobody's way.
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
    }
}

/// Number and time of the process that made the file of a name of `unique`.
fn maker(name: &str) -> Option<(u32, u64)> {
    let part = name.strip_prefix('.')?.strip_suffix(".tmp")?;
    let mut parts = part.rsplit_once('.')?.1.split('-');
    let process = parts.next()?.parse().ok()?;
    let time = u64::from_str_radix(parts.nth(1)?, 16).ok()?;
    (parts.next().is_some() && parts.next().is_none()).then_some((process, time))
}

/// Whether the process of this number that made something at this time is no more.
fn is_over((process, time): (u32, u64)) -> bool {
    if process == std::process::id() {
        // The number was another's before.
        return time < began();
    }
    let longest = LONGEST.as_nanos() as u64;
    !is_running(process) || time.saturating_add(longest) < now()
}

#[cfg(unix)]
fn is_running(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_running(_: u32) -> bool {
    true
}

/// When this process began its work, as nearly as it knows: nothing of its own is older.
fn began() -> u64 {
    static BEGAN: OnceLock<u64> = OnceLock::new();
    *BEGAN.get_or_init(now)
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<String> = entries
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_the_dead_left_is_swept_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let work = WorkFolder::new(folder, "mine").unwrap();
        let young = unique(folder, "young", |path| fs::File::create_new(path)).unwrap();
        // No system gives numbers as high as this.
        for left in [
            ".a.json.4294967294-0-1-1.tmp",
            ".b.4294967294-7-18f-ab.tmp",
            ".c.4294967294-7-18f.tmp",
            "d.4294967294-7-18f-ab.tmp",
            "e.tmp",
        ] {
            fs::write(folder.join(left), "").unwrap();
        }
        let dead = folder.join(".set.4294967294-0-1-1.tmp");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("rows"), "").unwrap();
        // This process, in another life.
        let before = folder.join(format!(".f.{}-0-1-1.tmp", std::process::id()));
        fs::write(&before, "").unwrap();
        let held = folder.join(".held.4294967294-0-1-1.tmp");
        fs::create_dir(&held).unwrap();
        let _lock = Lock::acquire(&held.join(LOCK)).unwrap();
        sweep(folder);
        let left = names(folder);
        assert_eq!(left.len(), 6, "{left:?}");
        for kept in [work.path(), &young, &held] {
            assert!(kept.exists(), "{}", kept.display());
        }
        drop(work);
        assert_eq!(names(folder).len(), 5);
    }

    #[test]
    fn folders_change_places() {
        let place = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| place.path().join(name));
        for folder in [&a, &b] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(a.join("new"), "").unwrap();
        fs::write(b.join("old"), "").unwrap();
        exchange(&a, &b).unwrap();
        assert_eq!(
            (names(&a), names(&b)),
            (vec!["old".into()], vec!["new".into()])
        );
        remove_folder(&a).unwrap();
        assert_eq!(names(place.path()), ["b"]);
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
            fs::File::create_new(path)
        });
        let tries = tries.into_inner();
        assert_eq!(tries.len(), 2);
        assert_eq!(made.unwrap(), tries[1]);
        assert_eq!(fs::read(&tries[0]).unwrap(), b"another's");
        assert_eq!(fs::read(&tries[1]).unwrap(), b"");
    }
}
