//! A cache on disk: a stamp, and the folder of files that it names.
//!
//! ```text
//! <cache>/stamp        checksum, then JSON: the store's revision, the state's name, its files
//! <cache>/state-7/     the files
//! ```
//!
//! The files that a stamp names are never changed. What is new is written into a folder of its own
//! and becomes the cache when the stamp is replaced, in one step: a process that is killed, or a
//! disk that is full, leaves the earlier state whole. The stamp has size, time and checksum of each
//! file, so that whatever else becomes of them is seen.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fsio;
use crate::store::Revision;

const STAMP: &str = "stamp";
const STATE: &str = "state-";
/// Locks that tantivy puts beside its files.
const LOCKS: &str = ".tantivy-";
/// Bytes of a cache that are summed in a tenth of a second.
const AT_ONCE: u64 = 256 << 20;

/// The place of a cache.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// Version of what the files hold; a stamp of another one is none.
    format: u32,
}

/// What a cache holds and which state of the store it reflects, with `more` of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stamp<T> {
    format: u32,
    pub reflects: Revision,
    state: String,
    files: Vec<FileStamp>,
    pub more: T,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FileStamp {
    name: String,
    size: u64,
    /// Nanoseconds since 1970; none where the system has no such time.
    modified: Option<u64>,
    /// BLAKE3, in hexadecimal.
    sum: String,
}

/// How much of a file is looked at to see that it is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Every byte.
    Bytes,
    /// Size and time, and the bytes where the time differs: cheap enough for each reader.
    Times,
}

/// A state that is being written. Removed when dropped before it was published.
#[derive(Debug)]
pub struct Draft {
    name: String,
    path: PathBuf,
    published: bool,
}

impl Cache {
    pub fn new(folder: &Path, format: u32) -> Self {
        let folder = folder.to_owned();
        Self { folder, format }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The stamp; none where there is none, or a damaged one, or one of another format.
    pub fn stamp<T: DeserializeOwned>(&self) -> Option<Stamp<T>> {
        let text = crate::fsio::read_small_text(self.folder.join(STAMP)).ok()?;
        let (sum, json) = text.split_once('\n')?;
        if sum != blake3::hash(json.as_bytes()).to_hex().as_str() {
            return None;
        }
        let stamp: Stamp<T> = serde_json::from_str(json).ok()?;
        (stamp.format == self.format).then_some(stamp)
    }

    /// The folder of a stamp's files.
    pub fn path<T>(&self, stamp: &Stamp<T>) -> PathBuf {
        self.folder.join(&stamp.state)
    }

    /// Looks whether all of a stamp's files are as they were; the error names the first that is not.
    pub fn check<T>(&self, stamp: &Stamp<T>, check: Check) -> io::Result<()> {
        let path = self.path(stamp);
        stamp.files.iter().try_for_each(|f| f.check(&path, check))
    }

    /// Looks whether a stamp's files are as they were, for a writer that has nothing to write: at every byte
    /// where that takes a moment, else at sizes and times.
    pub fn look<T>(&self, stamp: &Stamp<T>) -> io::Result<()> {
        let bytes: u64 = stamp.files.iter().map(|file| file.size).sum();
        let check = if bytes <= AT_ONCE {
            Check::Bytes
        } else {
            Check::Times
        };
        self.check(stamp, check)
    }

    /// Has `parse` read one file, and sees that it is as it was when it was stamped.
    pub fn read<T, O>(
        &self,
        stamp: &Stamp<T>,
        name: &str,
        parse: impl FnOnce(&mut dyn Read) -> io::Result<O>,
    ) -> io::Result<O> {
        let file = stamp.file(name)?;
        let path = self.path(stamp).join(name);
        // A pipe would be waited for, a device read for ever.
        if look(&path)?.0 != file.size {
            return Err(damaged(name));
        }
        let mut summed = Summed {
            file: File::open(path)?,
            hasher: blake3::Hasher::new(),
        };
        let parsed = parse(&mut BufReader::with_capacity(1 << 20, &mut summed))?;
        // What it did not want counts as well.
        io::copy(&mut summed, &mut io::sink())?;
        if summed.hasher.finalize().to_hex().as_str() != file.sum {
            return Err(damaged(name));
        }
        Ok(parsed)
    }

    /// Looks whether the bytes of one file are as they were.
    pub fn check_file<T>(&self, stamp: &Stamp<T>, name: &str) -> io::Result<()> {
        stamp.file(name)?.check(&self.path(stamp), Check::Bytes)
    }

    /// Begins a new state: an empty folder.
    pub fn begin(&self) -> io::Result<Draft> {
        // A library that was taken away meanwhile is not made anew.
        let home = self.folder.ancestors().nth(2);
        if home.is_some_and(|home| !home.as_os_str().is_empty() && !home.is_dir()) {
            return Err(ErrorKind::NotFound.into());
        }
        if let Err(error) = fs::create_dir_all(&self.folder) {
            if !self.folder.is_file() {
                return Err(error);
            }
            fs::remove_file(&self.folder)?;
            fs::create_dir_all(&self.folder)?;
        }
        let last = fs::read_dir(&self.folder)?.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_prefix(STATE)?.parse::<u32>().ok()
        });
        let mut number = u64::from(last.max().unwrap_or(0)) + 1;
        while self.folder.join(format!("{STATE}{number}")).exists() {
            number += 1;
        }
        let name = format!("{STATE}{number}");
        let path = self.folder.join(&name);
        fs::create_dir(&path)?;
        Ok(Draft {
            name,
            path,
            published: false,
        })
    }

    /// Begins a new state with the files of an earlier one, which take no room twice where the file
    /// system has hard links. Files that are there must be replaced, not written into.
    pub fn begin_from<T>(&self, stamp: &Stamp<T>) -> io::Result<Draft> {
        let draft = self.begin()?;
        let path = self.path(stamp);
        for file in &stamp.files {
            let (from, to) = (path.join(&file.name), draft.path.join(&file.name));
            if fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to)?;
            }
        }
        Ok(draft)
    }

    /// Makes a draft the cache. Files that it has from the state `before` are not read again.
    pub fn publish<T: Serialize>(
        &self,
        mut draft: Draft,
        before: Option<&Stamp<T>>,
        reflects: Revision,
        more: T,
    ) -> io::Result<Stamp<T>> {
        let known = before.map_or(&[][..], |stamp| &stamp.files[..]);
        let mut files = Vec::new();
        for entry in fs::read_dir(&draft.path)? {
            let name = entry?.file_name();
            let name = name.to_str().ok_or_else(|| damaged("a file's name"))?;
            if !name.starts_with(LOCKS) {
                files.push(FileStamp::new(&draft.path, name, known)?);
            }
        }
        fsio::sync_folder(&draft.path)?;
        let stamp = Stamp {
            format: self.format,
            reflects,
            state: draft.name.clone(),
            files,
            more,
        };
        self.put(&stamp)?;
        draft.published = true;
        Ok(stamp)
    }

    /// Writes a stamp, whose files are there, and removes everything that it does not name.
    pub fn put<T: Serialize>(&self, stamp: &Stamp<T>) -> io::Result<()> {
        let json = serde_json::to_string(stamp)?;
        let text = format!("{}\n{json}", blake3::hash(json.as_bytes()).to_hex());
        let path = self.folder.join(STAMP);
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        }
        fsio::write_atomic(&path, text.as_bytes())?;
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let name = entry.file_name();
            if name != STAMP && *name != *stamp.state {
                // A reader may hold it open; where that forbids removal the next stamp tries again.
                let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
            }
        }
        Ok(())
    }
}

/// A file, and the sum of what was read of it.
struct Summed {
    file: File,
    hasher: blake3::Hasher,
}

impl Read for Summed {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(to)?;
        self.hasher.update(&to[..n]);
        Ok(n)
    }
}

impl<T> Stamp<T> {
    fn file(&self, name: &str) -> io::Result<&FileStamp> {
        let file = self.files.iter().find(|file| file.name == name);
        file.ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Draft {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now goes with the next stamp.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl FileStamp {
    /// The stamp of a file, made durable; that of `known` where size and time say that it is the same.
    fn new(folder: &Path, name: &str, known: &[FileStamp]) -> io::Result<Self> {
        let path = folder.join(name);
        let (size, modified) = look(&path)?;
        let same = |f: &&FileStamp| f.name == name && f.size == size && f.modified == modified;
        if let Some(known) = known.iter().find(same).filter(|_| modified.is_some()) {
            return Ok(known.clone());
        }
        File::open(&path)?.sync_all()?;
        Ok(Self {
            name: name.to_owned(),
            size,
            modified,
            sum: sum(&path)?,
        })
    }

    fn check(&self, folder: &Path, check: Check) -> io::Result<()> {
        let path = folder.join(&self.name);
        let (size, modified) = look(&path)?;
        let trusted = check == Check::Times && modified.is_some() && modified == self.modified;
        if size != self.size || !(trusted || sum(&path)? == self.sum) {
            return Err(damaged(&self.name));
        }
        Ok(())
    }
}

/// Size and time of a file.
fn look(path: &Path) -> io::Result<(u64, Option<u64>)> {
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(damaged(&path.to_string_lossy()));
    }
    let since = meta.modified().ok().map(|t| t.duration_since(UNIX_EPOCH));
    let modified = since.and_then(Result::ok).map(|d| d.as_nanos() as u64);
    Ok((meta.len(), modified))
}

fn sum(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn damaged(name: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{name} is damaged"))
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
