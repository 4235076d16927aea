//! The listing: which PDFs a folder has.
//!
//! Links are followed, and each folder is listed once: one that lies in the library under its own name
//! alone, another where the first link leads to it. So no loop of links hides anything, and links that
//! lead to each other do not multiply what they lead to.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder};

use super::nanoseconds;

use crate::config::STATE;
use crate::folders::{Added, Folders};
use crate::fsio;
use crate::store::{DocumentRow, to_key};

/// Names what is left out of a folder, as `.gitignore` does.
const IGNORE: &str = ".tenkignore";
/// Bytes of such a file.
const MOST_IGNORED: u64 = 1 << 20;
/// A prefix that no document's name has.
const NOWHERE: &str = "/";

/// A PDF in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderFile {
    /// Path relative to the library, with `/`: the document's name.
    pub key: String,
    pub path: PathBuf,
    pub size: u64,
    /// When it last changed, as far as the file system tells: what it holds, or what else is known of it.
    pub mtime_ns: i64,
    /// When what it holds was last written: a rename leaves it as it is.
    pub written_ns: i64,
}

/// What a walk over the folder found.
#[derive(Debug, Default)]
pub struct Listing {
    pub files: Vec<FolderFile>,
    /// Folders that could not be read, as prefixes of names, with the reason.
    pub unlisted: Vec<(String, String)>,
    /// Files that are left for later, by their names: they count as they were.
    pub waiting: Vec<String>,
    /// Files that are larger than any that is read, by the settings, and bytes of the largest that is.
    pub too_large: Vec<FolderFile>,
    pub largest: u64,
    /// Folders outside of the library that links lead to, and those that were added to it.
    pub linked: Vec<PathBuf>,
    /// The folders that were listed.
    pub folders: Folders,
}

/// Lists the PDFs of all of a library's folders. An added one that is not there, or cannot be listed, keeps its
/// documents.
pub fn list_all(folders: &Folders) -> Listing {
    let mut all = list(folders.own());
    for Added { name, path } in folders.added() {
        let below = |key: &str| match key {
            "" => name.clone(),
            key => format!("{name}/{key}"),
        };
        // Documents of the same names would lie there: the added folder was there first.
        if folders.own().join(name).is_dir() {
            let hidden = |key: &str| {
                folders
                    .holding(key)
                    .is_some_and(|added| added.name == *name)
            };
            all.files.retain(|file| !hidden(&file.key));
            let own = folders.own().join(name);
            let why = format!(
                "{} goes by the name of the added folder {}",
                own.display(),
                path.display()
            );
            all.unlisted.push((NOWHERE.to_owned(), why));
        }
        let its = match path.is_dir() {
            true => list(path),
            false => Listing {
                unlisted: vec![(
                    String::new(),
                    format!("{} is gone, or its disk", path.display()),
                )],
                ..Listing::default()
            },
        };
        all.files
            .extend(its.files.into_iter().map(|file| FolderFile {
                key: below(&file.key),
                ..file
            }));
        let unlisted = its.unlisted.into_iter();
        all.unlisted
            .extend(unlisted.map(|(prefix, why)| (below(&prefix), why)));
        all.linked.extend(its.linked);
        all.linked.extend(path.is_dir().then(|| path.clone()));
    }
    all.folders = folders.clone();
    all.files.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

/// Lists the PDFs below `folder`, `.tenkignore` honoured, hidden files and the state left out.
pub fn list(folder: &Path) -> Listing {
    if let Some(why) = bad_ignore_file(folder) {
        return Listing {
            unlisted: vec![(String::new(), why)],
            ..Listing::default()
        };
    }
    let visited = Arc::new(Visited::new(folder));
    let mut listing = Listing::default();
    let enter = visited.clone();
    let walk = walk(folder)
        .follow_links(true)
        .filter_entry(move |entry| is_ours(entry) && enter.enters(entry))
        .build();
    for entry in walk {
        match entry {
            Ok(entry) => match file(entry.path(), folder) {
                Some(file) => listing.files.push(file),
                // A pipe, a device.
                None if is_pdf(entry.path()) && !entry.path().is_dir() => {
                    let key = to_key(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
                    let why = format!("{} is no file", entry.path().display());
                    listing.unlisted.push((key, why));
                }
                None => {}
            },
            // What a link leads back to is listed there.
            Err(error) if is_loop(&error) => {}
            Err(error) => {
                let prefix = prefix_of(&error, folder);
                if may_hold_pdfs(&prefix) {
                    listing.unlisted.push((prefix, error.to_string()));
                }
            }
        }
    }
    listing.files.sort_by(|a, b| a.key.cmp(&b.key));
    let Walked { linked, refused } = visited.walked();
    listing.linked = linked.into_iter().collect();
    for (path, why) in refused {
        let key = to_key(path.strip_prefix(folder).unwrap_or(&path));
        listing.unlisted.push((key, why));
    }
    listing
}

impl Listing {
    /// Keeps the documents of added folders that have no PDF any more: such a folder may not be what it was.
    pub fn keep_emptied(&mut self, documents: &[DocumentRow]) {
        for added in self.folders.added() {
            let is_in = |key: &String| self.folders.holding(key) == Some(added);
            let files = self.files.iter().map(|file| &file.key);
            let has_files = files.chain(&self.waiting).any(is_in);
            let lost = documents.iter().filter(|row| row.paths.iter().any(is_in));
            let lost = lost.count();
            if !has_files && lost > 0 && !self.unlisted.iter().any(|(key, _)| *key == added.name) {
                let path = added.path.display();
                let why = format!("{path} has no PDF any more, what it had ({lost}) is kept");
                self.unlisted.push((added.name.clone(), why));
            }
        }
    }

    /// Sets apart what is larger than `most` bytes: it is not so much as looked at.
    pub fn up_to(mut self, most: u64) -> Self {
        let (large, files) = self.files.into_iter().partition(|file| file.size > most);
        (self.files, self.too_large, self.largest) = (files, large, most);
        self
    }

    /// Leaves files for later that `is_unsettled` says may not be whole.
    pub fn hold_back(mut self, is_unsettled: impl Fn(&FolderFile) -> bool) -> Self {
        let (waiting, files): (Vec<_>, Vec<_>) = self.files.into_iter().partition(is_unsettled);
        self.waiting
            .extend(waiting.into_iter().map(|file| file.key));
        Self { files, ..self }
    }

    /// Whether a file of this name may be there although it is not listed.
    pub fn hides(&self, key: &str) -> bool {
        let mut unlisted = self.unlisted.iter();
        let is_below = unlisted.any(|(prefix, _)| {
            let rest = key.strip_prefix(prefix.as_str());
            prefix.is_empty() || rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
        });
        is_below || self.waiting.iter().any(|waiting| waiting == key)
    }
}

fn walk(folder: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false)
        .hidden(true)
        .add_custom_ignore_filename(IGNORE)
        .sort_by_file_name(std::cmp::Ord::cmp);
    walk
}

fn is_ours(entry: &DirEntry) -> bool {
    entry.file_name() != STATE
}

/// Whether a file of this name is looked at: a PDF, or what names files to be left out.
pub fn is_listed(path: &Path) -> bool {
    is_pdf(path) || path.file_name().is_some_and(|name| name == IGNORE)
}

fn is_pdf(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"))
}

/// The PDF at `path`, if it is a file.
fn file(path: &Path, folder: &Path) -> Option<FolderFile> {
    if !is_pdf(path) {
        return None;
    }
    let meta = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(FolderFile {
        key: to_key(path.strip_prefix(folder).unwrap_or(path)),
        path: path.to_owned(),
        size: meta.len(),
        mtime_ns: changed(&meta),
        written_ns: meta.modified().map_or(0, nanoseconds),
    })
}

/// When a file changed. A tool may set back the time of its content; the system's own time it cannot.
fn changed(meta: &std::fs::Metadata) -> i64 {
    let content = meta.modified().map_or(0, nanoseconds);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let status = meta.ctime().saturating_mul(1_000_000_000);
        content.max(status.saturating_add(meta.ctime_nsec()))
    }
    #[cfg(not(unix))]
    content
}

/// Why the ignore file of a folder cannot be read, where it cannot: opening a pipe would wait for ever.
fn bad_ignore_file(folder: &Path) -> Option<String> {
    let path = folder.join(IGNORE);
    let meta = path.metadata().ok()?;
    // What is no text would end the list where it begins, without a word.
    let why = match meta.is_file() {
        true => fsio::read_text_limited(&path, MOST_IGNORED)
            .err()?
            .to_string(),
        false => "it is no file".to_owned(),
    };
    let path = path.display();
    Some(format!("{path}: {why}, so nothing of its folder is read"))
}

/// The folders that a walk has been in, by where they really are.
struct Visited {
    /// Those that lie in the library, with the path that they have there.
    own: HashMap<PathBuf, PathBuf>,
    walked: Mutex<Walked>,
}

/// What a walk has met.
#[derive(Debug, Default)]
struct Walked {
    /// Folders elsewhere that links lead to.
    linked: HashSet<PathBuf>,
    /// Folders that are left out, and why: what they are to leave out cannot be read.
    refused: Vec<(PathBuf, String)>,
}

impl Visited {
    fn new(folder: &Path) -> Self {
        let enters = |entry: &DirEntry| is_ours(entry) && bad_ignore_file(entry.path()).is_none();
        let entries = walk(folder).filter_entry(enters).build().flatten();
        let folders =
            entries.filter(|e| e.depth() == 0 || e.file_type().is_some_and(|t| t.is_dir()));
        let own = folders.filter_map(|entry| {
            let path = entry.into_path();
            Some((path.canonicalize().ok()?, path))
        });
        Self {
            own: own.collect(),
            walked: Mutex::default(),
        }
    }

    /// Whether the walk goes on into an entry.
    fn enters(&self, entry: &DirEntry) -> bool {
        if !entry.file_type().is_some_and(|t| t.is_dir()) {
            return true;
        }
        if let Some(why) = bad_ignore_file(entry.path()) {
            self.with(|walked| walked.refused.push((entry.path().to_owned(), why)));
            return false;
        }
        // One that cannot be found is the walk's to report.
        let Ok(real) = entry.path().canonicalize() else {
            return true;
        };
        match self.own.get(&real) {
            Some(own) => own == entry.path(),
            None => self.with(|walked| walked.linked.insert(real)),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Walked) -> T) -> T {
        work(&mut self.walked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn walked(&self) -> Walked {
        self.with(std::mem::take)
    }
}

fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => is_loop(err),
        _ => false,
    }
}

/// The document names that an unreadable part of the folder would have.
fn prefix_of(error: &ignore::Error, folder: &Path) -> String {
    match error {
        ignore::Error::WithPath { path, .. } => {
            path.strip_prefix(folder).map(to_key).unwrap_or_default()
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            prefix_of(err, folder)
        }
        _ => String::new(),
    }
}

/// Whether what has this name may be a folder or a PDF: a link that leads nowhere says not what it was.
fn may_hold_pdfs(key: &str) -> bool {
    let extension = Path::new(key).extension();
    extension.is_none_or(|x| x.eq_ignore_ascii_case("pdf") || x.to_string_lossy().contains(' '))
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
