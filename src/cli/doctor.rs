//! `tenk doctor` and `tenk config show`: what a bug report needs, and the settings.

use super::args::{ConfigAction, ConfigArgs};
use super::list::MUCH_HIDDEN;
use super::{Ended, Session, output};
use crate::config::{Config, Library};
use crate::encoder::bundled;
use crate::fsio;
use crate::generate::endpoint;
use crate::kernel::Isa;
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

pub fn config(session: &Session, args: &ConfigArgs) -> anyhow::Result<Ended> {
    let ConfigAction::Show = args.action;
    let path = Config::path();
    let mut written: toml::Table = path
        .as_ref()
        .and_then(|p| crate::fsio::read_small_text(p).ok())
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let mut all = toml::Table::try_from(&session.config)?;
    for table in [&mut written, &mut all] {
        let values = table.iter_mut().filter_map(|(_, of)| of.as_table_mut());
        for value in values.flat_map(|section| section.iter_mut().map(|(_, value)| value)) {
            if let toml::Value::String(text) = value {
                *text = endpoint::without_secrets(text);
            }
        }
    }
    let shown = path.map_or("no settings file is looked for".into(), |p| {
        p.display().to_string()
    });
    if session.global.json {
        output::json(&serde_json::json!({"file": shown, "settings": all, "written": written}))?;
        return Ok(Ended::Done);
    }
    output::line(&format!("# {shown}"))?;
    for (section, value) in &all {
        let Some(table) = value.as_table() else {
            output::line(&format!("{section} = {value}"))?;
            continue;
        };
        for (key, value) in table {
            let from = written
                .get(section)
                .and_then(|s| s.get(key))
                .map_or("default", |_| "file");
            output::line(&format!("{section}.{key} = {value}  # {from}"))?;
        }
    }
    Ok(Ended::Done)
}
