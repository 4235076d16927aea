//! `tenk doctor`: what a bug report needs.

use super::list::MUCH_HIDDEN;
use super::status::CHOOSE;
use super::{Ended, Session, output};
use crate::config::{Config, Library};
use crate::encoder::bundled;
use crate::fsio;
use crate::kernel::Isa;
use crate::model::serving;
use crate::ocr;
use crate::store::Store;

pub fn run(session: &Session) -> anyhow::Result<Ended> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let library = session.library(None).ok();
    let file_system = library
        .as_ref()
        .map(|l| format!("{:?}", fsio::file_system(&l.folder)));
    let sets: Vec<String> = Isa::available().iter().map(|i| format!("{i:?}")).collect();
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| "unset".into());
    let facts = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        (
            "system",
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
        ("cores", cores.to_string()),
        ("kernels", sets.join(", ")),
        ("model", bundled::NAME.to_owned()),
        ("TERM", variable("TERM")),
        ("COLORTERM", variable("COLORTERM")),
        ("tmux", std::env::var_os("TMUX").is_some().to_string()),
        (
            "library's file system",
            file_system.unwrap_or_else(|| "no library here".into()),
        ),
        (
            "OCR",
            ocr::installed().unwrap_or_else(|| "tesseract is not installed".into()),
        ),
        ("documents with much hidden text", hidden(library.as_ref())),
        ("choice of a model", choice(library.as_ref())),
        (
            "settings file",
            Config::path().is_some_and(|p| p.is_file()).to_string(),
        ),
    ];
    if session.global.json {
        let map: serde_json::Map<String, serde_json::Value> = facts
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.into()))
            .collect();
        output::json(&map)?;
        return Ok(Ended::Done);
    }
    for (name, value) in facts {
        output::line(&format!("{name:<22} {value}"))?;
    }
    Ok(Ended::Done)
}

/// Whether it is known which model is to answer in the library.
fn choice(library: Option<&Library>) -> String {
    let Some(library) = library else {
        return "no library here".into();
    };
    let store = Store::open(&library.folder, &library.home);
    let models = store.and_then(|store| store.models()).unwrap_or_default();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    match serving::unchosen(&library.home, &names) {
        Some(why) => format!("{why}: {CHOOSE}"),
        None => "as it is to be".into(),
    }
}

/// How many documents have much text that nobody sees; `tenk list` names them.
fn hidden(library: Option<&Library>) -> String {
    let rows = library.and_then(|l| Store::open(&l.folder, &l.home).ok()?.documents().ok());
    let rows = rows.unwrap_or_default();
    let count = rows.iter().filter(|row| row.hidden >= MUCH_HIDDEN).count();
    match count {
        0 => "none".into(),
        n => format!("{n} (tenk list marks them)"),
    }
}
