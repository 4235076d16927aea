//! Fetching a model: its commit, then its files, each gone on with where it was cut and checked
//! against the hash that the hub states.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::Digest;

use super::{
    Choose, HubError, NEEDED, Result, cache, cached, hub_home, parse, repository, variable,
};
use crate::http;
use crate::model::Model;
use crate::printable::is_active;
use crate::progress::CancelToken;

/// How far a pull has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched<'a> {
    pub file: &'a str,
    pub bytes: u64,
    pub of: u64,
}

/// A server that sends nothing for as long is not waited for.
const SILENCE: Duration = Duration::from_secs(60);
/// Between two looks whether the user wants no more.
const LOOK: Duration = Duration::from_millis(100);

/// Files that a model may have.
const OPTIONAL: [&str; 7] = [
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "README.md",
    "LICENSE",
];

fn token() -> Option<String> {
    let file = || {
        let path = variable("HF_TOKEN_PATH").map(PathBuf::from);
        let path = path.or_else(|| Some(hub_home()?.join("token")))?;
        crate::fsio::read_small_text(path).ok()
    };
    let token = variable("HF_TOKEN").or_else(file)?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
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
    agent: http::Agent,
    endpoint: String,
    id: String,
    folder: PathBuf,
    cancel: &'a CancelToken,
}

/// Fetches the model `id` (`owner/name`, maybe with `@revision`) into the hub's cache; what is
/// there already is not fetched again.
pub fn pull(id: &str, cancel: &CancelToken, report: &mut dyn FnMut(Fetched<'_>)) -> Result<Model> {
    let (pull, revision) = Pull::new(id, cancel)?;
    let info = pull.info(&revision)?;
    let find = |file: &str| info.siblings.iter().find(|s| s.rfilename == file);
    let lacks = |file: &str| HubError::Lacks {
        id: pull.id.clone(),
        file: file.to_owned(),
    };
    if let Some(file) = NEEDED.iter().find(|file| find(file).is_none()) {
        return Err(lacks(file));
    }
    for sibling in NEEDED.iter().chain(&OPTIONAL).filter_map(|file| find(file)) {
        pull.file(&info.sha, sibling, report)?;
    }
    pull.name(&revision, &info.sha)?;
    cached(id)?.ok_or_else(|| lacks("snapshot"))
}

/// Fetches one file of a repository (`owner/name`, maybe with `:tag`) into the hub's cache.
pub fn pull_file(
    name: &str,
    choose: Choose<'_>,
    cancel: &CancelToken,
    report: &mut dyn FnMut(Fetched<'_>),
) -> Result<PathBuf> {
    let (id, tag) = name.split_once(':').unwrap_or((name, ""));
    let (pull, revision) = Pull::new(id, cancel)?;
    let info = pull.info(&revision)?;
    let files: Vec<&str> = info.siblings.iter().map(|s| s.rfilename.as_str()).collect();
    let chosen = choose(&files, tag);
    let sibling = info
        .siblings
        .iter()
        .find(|s| Some(s.rfilename.as_str()) == chosen);
    let sibling = sibling.ok_or_else(|| HubError::Lacks {
        id: pull.id.clone(),
        file: format!(
            "GGUF file in one piece{}{tag}",
            if tag.is_empty() { "" } else { " for " }
        ),
    })?;
    let path = pull.file(&info.sha, sibling, report)?;
    pull.name(&revision, &info.sha)?;
    Ok(path)
}

pub(in crate::model) fn io_error(path: &Path) -> impl Fn(std::io::Error) -> HubError + use<> {
    let path = path.display().to_string();
    move |source| HubError::Io {
        path: path.clone(),
        source,
    }
}

impl<'a> Pull<'a> {
    /// A pull of `id`, and the revision that it means.
    fn new(id: &str, cancel: &'a CancelToken) -> Result<(Self, String)> {
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
        Ok((pull, revision))
    }

    /// Says which commit a revision is.
    fn name(&self, revision: &str, commit: &str) -> Result<()> {
        let path = self.folder.join("refs").join(revision);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(io_error(&path))?;
        crate::fsio::write_atomic(&path, commit.as_bytes()).map_err(io_error(&path))
    }

    fn get(&self, url: &str, from: u64) -> Result<http::Response> {
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
        if info.sha.len() >= 7 && info.sha.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(info);
        }
        Err(answer(format!("the commit {:?}", info.sha)))
    }

    /// Fetches one file, unless it is there, and links it into the commit's folder.
    fn file(
        &self,
        commit: &str,
        file: &Sibling,
        report: &mut dyn FnMut(Fetched<'_>),
    ) -> Result<PathBuf> {
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
        // Both become names of files, here and nowhere else.
        let is_hash = hash.len() >= 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash || !is_below(name) {
            let detail = format!("the hash {hash:?} for {name:?}");
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
        let folder = partial.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(io_error(folder))?;
        let there = partial.metadata().map(|m| m.len()).ok();
        if there.is_none() || there != file.size {
            // More than there is to come is no part of it.
            let from = there.filter(|there| file.size.is_some_and(|size| *there < size));
            self.receive(url, file, &partial, from.unwrap_or(0), report)?;
        }
        check(&partial, blob, file)?;
        fs::rename(&partial, blob).map_err(io_error(&partial))
    }

    /// Receives what follows the first `from` bytes, or all of it where the hub sends that.
    fn receive(
        &self,
        url: &str,
        file: &Sibling,
        partial: &Path,
        from: u64,
        report: &mut dyn FnMut(Fetched<'_>),
    ) -> Result<()> {
        let failed = io_error(partial);
        let answer = self.get(url, from)?;
        let goes_on = answer.status().as_u16() == 206;
        let mut options = OpenOptions::new();
        let options = if goes_on {
            options.append(true)
        } else {
            options.write(true).create(true).truncate(true)
        };
        let mut out = options.open(partial).map_err(&failed)?;
        let mut bytes = if goes_on { from } else { 0 };
        let unreachable = |detail: String| HubError::Unreachable {
            url: url.to_owned(),
            detail,
        };
        let arriving = arriving(answer);
        let mut silent = Instant::now();
        while !self.cancel.is_cancelled() {
            let piece = match arriving.recv_timeout(LOOK) {
                Ok(piece) => piece.map_err(|e| unreachable(e.to_string()))?,
                Err(RecvTimeoutError::Timeout) if silent.elapsed() < SILENCE => continue,
                Err(_) => {
                    let detail = format!("it sent nothing for {} seconds", SILENCE.as_secs());
                    return Err(unreachable(detail));
                }
            };
            silent = Instant::now();
            if piece.is_empty() {
                return out.sync_all().map_err(&failed);
            }
            bytes += piece.len() as u64;
            if file.size.is_some_and(|size| bytes > size) {
                let detail = "it sends more than it stated".to_owned();
                return Err(unreachable(detail));
            }
            out.write_all(&piece).map_err(&failed)?;
            report(Fetched {
                file: &file.rfilename,
                bytes,
                of: file.size.unwrap_or(bytes),
            });
        }
        Err(HubError::Interrupted)
    }

    /// Links a blob into the commit's folder; where links are not to be had it is copied.
    fn link(&self, commit: &str, name: &str, hash: &str, blob: &Path) -> Result<PathBuf> {
        let path = self.folder.join("snapshots").join(commit).join(name);
        if path.exists() {
            return Ok(path);
        }
        let failed = io_error(&path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(&failed)?;
        // A link to what is not there any more.
        let _ = fs::remove_file(&path);
        let linked = if cfg!(unix) {
            let up = "../".repeat(2 + name.matches('/').count());
            symlink(&format!("{up}blobs/{hash}"), &path)
        } else {
            fs::copy(blob, &path).map(|_| ())
        };
        linked.map_err(&failed)?;
        Ok(path)
    }
}

/// Whether a file of this name lies below the folder that it is put into.
fn is_below(name: &str) -> bool {
    let plain = |part: &str| !part.starts_with('.') && !part.is_empty();
    let odd = |c: char| is_active(c) || "\\:".contains(c);
    name.split('/').all(plain) && !name.contains(odd)
}

/// The body of an answer as it arrives, read beside whoever waits for it: piece by piece, the last one
/// empty.
fn arriving(answer: http::Response) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, arriving) = sync_channel(4);
    std::thread::spawn(move || {
        let mut body = answer.into_body().into_reader();
        loop {
            let mut piece = vec![0; 1 << 16];
            let read = body.read(&mut piece).map(|n| {
                piece.truncate(n);
                piece
            });
            let is_last = read.as_ref().map_or(true, Vec::is_empty);
            // Nobody waits any more.
            if sender.send(read).is_err() || is_last {
                return;
            }
        }
    });
    arriving
}

/// Refuses a file whose hash is not `blob`'s name: SHA-256 of a large one, git's of a small one.
fn check(partial: &Path, blob: &Path, file: &Sibling) -> Result<()> {
    let expected = blob.file_name().unwrap_or_default().to_string_lossy();
    let failed = io_error(partial);
    let received = if file.lfs.is_some() {
        sha256(partial)?
    } else {
        let mut from = File::open(partial).map_err(&failed)?;
        let len = from.metadata().map_err(&failed)?.len();
        let mut hasher = sha1::Sha1::new();
        hasher.update(format!("blob {len}\0"));
        std::io::copy(&mut from, &mut hasher).map_err(&failed)?;
        hex(&hasher.finalize())
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

/// The SHA-256 of a file, in hexadecimal.
pub(in crate::model) fn sha256(path: &Path) -> Result<String> {
    let mut from = File::open(path).map_err(io_error(path))?;
    let mut hasher = sha2::Sha256::new();
    std::io::copy(&mut from, &mut hasher).map_err(io_error(path))?;
    Ok(hex(&hasher.finalize()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_below_its_folder() {
        for good in ["model.safetensors", "1_Pooling/config.json", "Q4_K-M.gguf"] {
            assert!(is_below(good), "{good}");
        }
        for bad in [
            "../evil.gguf",
            "a/../../evil.gguf",
            "/etc/evil.gguf",
            "a//b.gguf",
            ".ssh/x.gguf",
            "C:\\evil.gguf",
            "C:evil.gguf",
            "a\u{1b}.gguf",
            "",
        ] {
            assert!(!is_below(bad), "{bad:?}");
        }
    }
}
