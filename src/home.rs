//! The home of a library's state: which file lies where, said once.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::fsio;

/// The folder that holds all of a library but its documents. It reads as a path; what lies in it is
/// asked for by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home(PathBuf);

/// Characters of a model's fingerprint that name its cache.
const FINGERPRINT: usize = 16;

impl Home {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The database: documents, pages, chunks and embeddings.
    pub fn store(&self) -> PathBuf {
        self.0.join("tenk.db")
    }

    /// Locked by the one process that writes the store.
    pub fn writer_lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The cache of the words: a folder.
    pub fn lexical_cache(&self) -> PathBuf {
        self.0.join("cache").join("lexical")
    }

    /// The cache of the embeddings of the model with this fingerprint: a folder.
    pub fn dense_cache(&self, fingerprint: &str) -> PathBuf {
        let short = &fingerprint[..FINGERPRINT.min(fingerprint.len())];
        self.0.join("cache").join(format!("dense-{short}"))
    }

    /// Words that OCR has read, by the contents of the files: a folder.
    pub fn recognised(&self) -> PathBuf {
        self.0.join("cache").join("ocr")
    }

    /// The library's own models, a folder each.
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    pub fn model(&self, name: &str) -> PathBuf {
        self.models().join(name)
    }

    /// Which model serves, and those before it.
    pub fn serving(&self) -> PathBuf {
        self.0.join("serving.json")
    }

    /// The training runs, a folder each.
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    pub fn run(&self, name: &str) -> PathBuf {
        self.runs().join(name)
    }

    /// The sets of synthetic questions, a folder each.
    pub fn sets(&self) -> PathBuf {
        self.0.join("sets")
    }

    pub fn set(&self, name: &str) -> PathBuf {
        self.sets().join(name)
    }

    /// The classifiers, a file each.
    pub fn classifiers(&self) -> PathBuf {
        self.0.join("classifiers")
    }

    pub fn classifier(&self, name: &str) -> PathBuf {
        self.classifiers().join(format!("{name}.json"))
    }

    /// The job that was started last as a process of its own: what it prints, its log and its name.
    pub fn jobs(&self) -> PathBuf {
        self.0.join("jobs")
    }

    /// Questions asked, with their answers.
    pub fn conversation(&self) -> PathBuf {
        self.0.join("asked.jsonl")
    }

    /// Questions searched for.
    pub fn history(&self) -> PathBuf {
        self.0.join("history.json")
    }

    /// What the grid pane shows.
    pub fn grid(&self) -> PathBuf {
        self.0.join("grid.json")
    }

    /// Questions that trainings follow.
    pub fn pins(&self) -> PathBuf {
        self.0.join("pins.json")
    }

    /// The folders that were added to the library's own.
    pub fn folders(&self) -> PathBuf {
        self.0.join("folders.json")
    }

    /// Locked by the one process that changes which folders, or which filters, there are.
    pub fn names_lock(&self) -> PathBuf {
        self.0.join("names.lock")
    }

    /// Filters that are kept under a name.
    pub fn filters(&self) -> PathBuf {
        self.0.join("filters.json")
    }

    /// Proofs of answers, a folder each.
    pub fn proofs(&self) -> PathBuf {
        self.0.join("proofs")
    }

    /// Locked by the one process that tunes a model: a second one would make the other's time too short.
    pub fn tuning_lock(&self) -> PathBuf {
        self.0.join("tuning.lock")
    }

    /// What is only needed while a job runs: a folder each.
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Sees to it that nobody else reads what lies here, and removes what killed processes left.
    pub fn tend(&self) {
        // A file, or a link to one, keeps every cache from being made again.
        let caches = self.0.join("cache");
        if caches.metadata().is_ok_and(|found| !found.is_dir()) {
            let _ = std::fs::remove_file(&caches);
        }
        // What cannot be changed or removed is another's, or the disk's to say where it matters.
        if self.0.file_name().is_some_and(|name| name == Self::NAME) {
            let _ = fsio::make_private(&self.0);
        } else {
            for name in Self::entries() {
                let _ = fsio::make_private(&self.0.join(name));
            }
        }
        let folders = [self.models(), self.classifiers(), self.work(), self.jobs()];
        let parents = [self.runs(), self.sets()];
        let below = parents.iter().filter_map(|p| std::fs::read_dir(p).ok());
        let below = below.flatten().flatten().map(|entry| entry.path());
        for folder in std::iter::once(self.0.clone())
            .chain(folders)
            .chain(parents.clone())
            .chain(below)
        {
            fsio::sweep(&folder);
        }
    }

    /// A home's name inside its library.
    pub const NAME: &str = ".tenk";

    /// What goes with the database where a state goes on in another place; locks and what is under way stay.
    pub const CARRIED: [&str; 13] = [
        "cache",
        "models",
        "serving.json",
        "runs",
        "sets",
        "classifiers",
        "asked.jsonl",
        "history.json",
        "grid.json",
        "pins.json",
        "folders.json",
        "filters.json",
        "proofs",
    ];

    /// What does not go with it, and the database.
    const STAYING: [&str; 8] = [
        "tenk.db",
        "tenk.db-wal",
        "tenk.db-shm",
        "lock",
        "jobs",
        "names.lock",
        "tuning.lock",
        "work",
    ];

    /// All that a home holds.
    fn entries() -> impl Iterator<Item = &'static str> {
        Self::CARRIED.into_iter().chain(Self::STAYING)
    }
}

impl Deref for Home {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for Home {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<std::ffi::OsStr> for Home {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.0.as_os_str()
    }
}

impl From<&Path> for Home {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl PartialEq<PathBuf> for Home {
    fn eq(&self, other: &PathBuf) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where things lay before must be where they lie: a library outlives the program.
    #[test]
    fn what_a_library_holds_lies_where_it_always_did() {
        let home = Home::at("h");
        let fingerprint = "0123456789abcdef0123";
        let places = [
            (home.store(), "tenk.db"),
            (home.writer_lock(), "lock"),
            (home.lexical_cache(), "cache/lexical"),
            (
                home.dense_cache(fingerprint),
                "cache/dense-0123456789abcdef",
            ),
            (home.dense_cache("01"), "cache/dense-01"),
            (home.recognised(), "cache/ocr"),
            (home.model("m"), "models/m"),
            (home.serving(), "serving.json"),
            (home.run("r"), "runs/r"),
            (home.set("s"), "sets/s"),
            (home.classifier("c"), "classifiers/c.json"),
            (home.jobs(), "jobs"),
            (home.conversation(), "asked.jsonl"),
            (home.history(), "history.json"),
            (home.grid(), "grid.json"),
            (home.pins(), "pins.json"),
            (home.folders(), "folders.json"),
            (home.filters(), "filters.json"),
            (home.proofs(), "proofs"),
            (home.names_lock(), "names.lock"),
            (home.tuning_lock(), "tuning.lock"),
            (home.work(), "work"),
        ];
        for (path, expected) in places {
            assert_eq!(path, Path::new("h").join(expected));
            let first = expected.split('/').next().unwrap();
            assert!(
                Home::entries().any(|name| name == first),
                "{first} stays private"
            );
        }
    }
}
