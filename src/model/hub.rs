//! The hub: models fetched by their ids (`BAAI/bge-base-en-v1.5`) into the cache that other
//! programs share, laid out as `huggingface_hub` does it: `blobs/<hash>`, and for each commit a
//! folder of links to them under `snapshots`.
//!
//! A branch's name is turned into its commit first and every file asked for by that, so that files
//! of two versions never meet; each file's hash is the one that the hub states for it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::Digest;

use super::{Model, Place};
use crate::http;
use crate::progress::CancelToken;

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(
        "{url} cannot be reached: {detail}; fetch the model where there is a network and take its \
         folder in with tenk models import"
    )]
    Unreachable { url: String, detail: String },
    #[error("no network is wanted here (TENK_OFFLINE or HF_HUB_OFFLINE is set); unset it to pull")]
    Offline,
    #[error("{url} answers {status}; {remedy}")]
    Status {
        url: String,
        status: u16,
        remedy: &'static str,
    },
    #[error("{url} answers what is not understood: {detail}")]
    Answer { url: String, detail: String },
    #[error("{id:?} is no model's id; expected owner/name, such as BAAI/bge-base-en-v1.5")]
    Id { id: String },
    #[error(
        "{id} has no {file}, so it cannot be used; choose a sentence-transformers BERT with safetensors"
    )]
    Lacks { id: String, file: String },
    #[error(
        "{file} arrived damaged: its hash is {received}, expected {expected}; it was removed, pull again"
    )]
    Hash {
        file: String,
        expected: String,
        received: String,
    },
    #[error("{path}: {source}; free some space or check its permissions")]
    Io {
        path: String,
        source: std::io::Error,
    },
    #[error("no home folder of the user is known; say with HF_HOME where the cache is to lie")]
    NoHome,
    #[error("stopped; what arrived is kept, and the same command goes on")]
    Interrupted,
}

type Result<T, E = HubError> = std::result::Result<T, E>;

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched<'a> {
    pub file: &'a str,
    pub bytes: u64,
    pub of: u64,
}

/// Files that a model needs, and those that it may have.
const NEEDED: [&str; 5] = [
    "modules.json",
    "config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
    "model.safetensors",
];
const OPTIONAL: [&str; 7] = [
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "README.md",
    "LICENSE",
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

fn token() -> Option<String> {
    let file = || {
        let path = variable("HF_TOKEN_PATH").map(PathBuf::from);
        let path = path.or_else(|| Some(hub_home()?.join("token")))?;
        fs::read_to_string(path).ok()
    };
    let token = variable("HF_TOKEN").or_else(file)?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// An id and the revision behind its `@`, `main` where there is none.
fn parse(id: &str) -> Result<(String, String)> {
    let (name, revision) = id.split_once('@').unwrap_or((id, "main"));
    let name = match name.contains('/') {
        true => name.to_owned(),
        // The sizes of the bundled model's family go by their short names.
        false if name.starts_with("bge-") => format!("BAAI/{name}"),
        false => name.to_owned(),
    };
    let plain = |part: &str| {
        let ok = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(ok)
    };
    let is_good = name
        .split_once('/')
        .is_some_and(|(owner, model)| plain(owner) && plain(model));
    match is_good && plain(revision) {
        true => Ok((name, revision.to_owned())),
        false => Err(HubError::Id { id: id.to_owned() }),
    }
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
    let commit = fs::read_to_string(folder.join("refs").join(&revision));
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
        let text = fs::read(self.path()?.join("config.json")).ok()?;
        crate::encoder::config::Config::parse(&text).ok()
    }
}

/// What the hub says of a model at a commit.
#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
}

/// A pull on its way.
struct Pull<'a> {
    agent: ureq::Agent,
    endpoint: String,
    id: String,
    folder: PathBuf,
    cancel: &'a CancelToken,
}

/// Fetches the model `id` (`owner/name`, maybe with `@revision`) into the hub's cache; what is
/// there already is not fetched again.
pub fn pull(id: &str, cancel: &CancelToken, report: &mut dyn FnMut(Fetched<'_>)) -> Result<Model> {
    let (name, revision) = parse(id)?;
    if http::is_offline() {
        return Err(HubError::Offline);
    }
    let endpoint = variable("HF_ENDPOINT").unwrap_or("https://huggingface.co".to_owned());
    let pull = Pull {
        agent: http::agent(),
        endpoint: endpoint.trim_end_matches('/').to_owned(),
        folder: repository(&cache().ok_or(HubError::NoHome)?, &name),
        id: name,
        cancel,
    };
    let info = pull.info(&revision)?;
    let find = |file: &str| info.siblings.iter().find(|s| s.rfilename == file);
    for file in NEEDED {
        if find(file).is_none() {
            return Err(HubError::Lacks {
                id: pull.id,
                file: file.to_owned(),
            });
        }
    }
    for sibling in NEEDED.iter().chain(&OPTIONAL).filter_map(|file| find(file)) {
        pull.file(&info.sha, sibling, report)?;
    }
    pull.write(
        &pull.folder.join("refs").join(&revision),
        info.sha.as_bytes(),
    )?;
    cached(id)?.ok_or(HubError::Lacks {
        id: pull.id,
        file: "snapshot".to_owned(),
    })
}

fn io_error(path: &Path) -> impl Fn(std::io::Error) -> HubError {
    let path = path.display().to_string();
    move |source| HubError::Io {
        path: path.clone(),
        source,
    }
}

impl Pull<'_> {
    fn get(&self, url: &str, from: u64) -> Result<ureq::http::Response<ureq::Body>> {
        let mut request = self.agent.get(url);
        if let Some(token) = token() {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let answer = request.call().map_err(|e| HubError::Unreachable {
            url: url.to_owned(),
            detail: e.to_string(),
        })?;
        let status = answer.status().as_u16();
        let remedy = match status {
            200 | 206 => return Ok(answer),
            401 | 403 => {
                "the id is wrong or the model is not open to all: set HF_TOKEN to a token that may read it"
            }
            404 => "check the id and the revision",
            429 => "the hub asks for a pause; try again in some minutes, or set HF_TOKEN",
            _ => "try again later, or name another HF_ENDPOINT",
        };
        Err(HubError::Status {
            url: url.to_owned(),
            status,
            remedy,
        })
    }

    /// The commit behind a revision, and its files.
    fn info(&self, revision: &str) -> Result<Info> {
        let url = format!(
            "{}/api/models/{}/revision/{revision}?blobs=true",
            self.endpoint, self.id
        );
        let answer = |detail: String| HubError::Answer {
            url: url.clone(),
            detail,
        };
        let body = self.get(&url, 0)?.into_body().read_to_string();
        let body = body.map_err(|e| answer(e.to_string()))?;
        let info: Info = serde_json::from_str(&body).map_err(|e| answer(e.to_string()))?;
        // It becomes the name of a folder.
        match info.sha.len() >= 7 && info.sha.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => Ok(info),
            false => Err(answer(format!("the commit {:?}", info.sha))),
        }
    }

    /// Fetches one file, unless it is there, and links it into the commit's folder.
    fn file(
        &self,
        commit: &str,
        file: &Sibling,
        report: &mut dyn FnMut(Fetched<'_>),
    ) -> Result<()> {
        let name = &file.rfilename;
        let url = format!("{}/{}/resolve/{commit}/{name}", self.endpoint, self.id);
        let hash = match (&file.lfs, &file.blob) {
            (Some(lfs), _) => &lfs.sha256,
            (None, Some(blob)) => blob,
            (None, None) => {
                return Err(HubError::Answer {
                    url,
                    detail: format!("no hash for {name}"),
                });
            }
        };
        if !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            let detail = format!("the hash {hash:?} for {name}");
            return Err(HubError::Answer { url, detail });
        }
        let blob = self.folder.join("blobs").join(hash);
        if !blob.exists() {
            self.fetch(&url, file, &blob, report)?;
        }
        self.link(commit, name, hash, &blob)
    }

    fn fetch(
        &self,
        url: &str,
        file: &Sibling,
        blob: &Path,
        report: &mut dyn FnMut(Fetched<'_>),
    ) -> Result<()> {
        let partial = blob.with_extension("incomplete");
        let failed = io_error(&partial);
        fs::create_dir_all(partial.parent().unwrap_or(Path::new("."))).map_err(&failed)?;
        let mut there = partial.metadata().map_or(0, |m| m.len());
        if file.size.is_some_and(|size| there >= size) {
            // All of it, or more than there is: hashed below, or begun anew.
            if file.size != Some(there) {
                there = 0;
            }
        }
        if file.size != Some(there) || there == 0 {
            let answer = self.get(url, there)?;
            let goes_on = answer.status().as_u16() == 206;
            let mut out = OpenOptions::new()
                .create(true)
                .append(goes_on)
                .write(true)
                .truncate(!goes_on)
                .open(&partial)
                .map_err(&failed)?;
            let mut bytes = if goes_on { there } else { 0 };
            let mut body = answer.into_body().into_reader();
            let mut buffer = vec![0; 1 << 16];
            loop {
                if self.cancel.is_cancelled() {
                    return Err(HubError::Interrupted);
                }
                let n = body.read(&mut buffer).map_err(|e| HubError::Unreachable {
                    url: url.to_owned(),
                    detail: e.to_string(),
                })?;
                if n == 0 {
                    break;
                }
                out.write_all(&buffer[..n]).map_err(&failed)?;
                bytes += n as u64;
                report(Fetched {
                    file: &file.rfilename,
                    bytes,
                    of: file.size.unwrap_or(bytes),
                });
            }
            out.sync_all().map_err(&failed)?;
        }
        check(&partial, blob, file)?;
        fs::rename(&partial, blob).map_err(&failed)
    }

    /// Links a blob into the commit's folder; where links are not to be had it is copied.
    fn link(&self, commit: &str, name: &str, hash: &str, blob: &Path) -> Result<()> {
        let path = self.folder.join("snapshots").join(commit).join(name);
        if path.exists() {
            return Ok(());
        }
        let failed = io_error(&path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(&failed)?;
        // A link to what is not there any more.
        let _ = fs::remove_file(&path);
        match cfg!(unix) {
            true => symlink(
                &format!(
                    "{}blobs/{hash}",
                    "../".repeat(2 + name.matches('/').count())
                ),
                &path,
            ),
            false => fs::copy(blob, &path).map(|_| ()),
        }
        .map_err(&failed)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(io_error(path))?;
        crate::fsio::write_atomic(path, bytes).map_err(io_error(path))
    }
}

/// Refuses a file whose hash is not `blob`'s name: SHA-256 of a large one, git's of a small one.
fn check(partial: &Path, blob: &Path, file: &Sibling) -> Result<()> {
    let expected = blob.file_name().unwrap_or_default().to_string_lossy();
    let failed = io_error(partial);
    let mut from = File::open(partial).map_err(&failed)?;
    let received = match file.lfs.is_some() {
        true => {
            let mut hasher = sha2::Sha256::new();
            std::io::copy(&mut from, &mut hasher).map_err(&failed)?;
            hex(&hasher.finalize())
        }
        false => {
            let len = from.metadata().map_err(&failed)?.len();
            let mut hasher = sha1::Sha1::new();
            hasher.update(format!("blob {len}\0"));
            std::io::copy(&mut from, &mut hasher).map_err(&failed)?;
            hex(&hasher.finalize())
        }
    };
    if received == *expected {
        return Ok(());
    }
    fs::remove_file(partial).map_err(&failed)?;
    Err(HubError::Hash {
        file: file.rfilename.clone(),
        expected: expected.into_owned(),
        received,
    })
}

#[cfg(unix)]
fn symlink(to: &str, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_: &str, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
