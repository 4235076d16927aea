//! The architecture, held by reading the sources: imports go downward, big crates have one door.

use std::path::{Path, PathBuf};

/// Modules from the lowest layer up; a module imports from layers below its own, or itself.
const LAYERS: [&[&str]; 13] = [
    &["progress", "fsio", "units", "http", "kernel"],
    &["config"],
    &["pdf", "encoder"],
    &["chunk"],
    &["store"],
    &["index", "model"],
    &["retrieve", "dataset", "generate"],
    &["answer", "eval", "synth"],
    &["train", "classify"],
    &["job"],
    &["report"],
    &["screen"],
    &["cli", "tui"],
];

/// Crates, and the only places that may name them.
const DOORS: [(&str, &[&str]); 17] = [
    ("minijinja", &["generate/template.rs"]),
    (
        "tokenizers",
        &["encoder/tokenizer.rs", "generate/tokenizer.rs"],
    ),
    ("rayon", &["generate"]),
    ("ureq", &["http.rs"]),
    ("candle_core", &["encoder", "generate/gguf.rs"]),
    ("candle_nn", &["encoder"]),
    ("candle_transformers", &["encoder"]),
    ("hnsw_rs", &["index/dense"]),
    ("tantivy", &["index/lexical", "index/mod.rs"]),
    ("pdf_extract", &["pdf"]),
    ("hayro_interpret", &["pdf"]),
    ("hayro", &["pdf"]),
    ("ratatui_image", &["screen"]),
    ("image", &["screen"]),
    ("rusqlite", &["store"]),
    ("ratatui", &["tui", "screen"]),
    ("clap", &["cli"]),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => sources(&path, out),
            path if path.extension().is_some_and(|x| x == "rs") => out.push(path),
            _ => {}
        }
    }
}

/// Each source file with its path below `src`, tests left out.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let name = |path: &Path| {
        path.strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/")
    };
    let read = |path: PathBuf| (name(&path), std::fs::read_to_string(&path).unwrap());
    let files: Vec<_> = paths.into_iter().map(read).collect();
    assert!(files.len() > 50);
    files
        .into_iter()
        .filter(|(name, _)| !name.ends_with("_tests.rs"))
        .collect()
}

fn module(name: &str) -> &str {
    name.split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer(module: &str) -> usize {
    let at = LAYERS.iter().position(|layer| layer.contains(&module));
    at.unwrap_or_else(|| panic!("{module} has no place in the layers"))
}

/// Paths that follow `prefix`, where it is not part of a longer name.
fn mentions<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let code = |at: usize| {
        let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
        !text[line..at].trim_start().starts_with("//")
    };
    let alone =
        |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    text.match_indices(prefix)
        .filter(|(at, _)| code(*at) && alone(*at))
        .map(|(at, found)| {
            let rest = &text[at + found.len()..];
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn imports_go_downward() {
    for (name, text) in files() {
        let own = module(&name);
        if ["main", "lib"].contains(&own) {
            continue;
        }
        // The command line opens the TUI: the one step sideways.
        let opens = |other: &str| own == "cli" && other == "tui" && name == "cli/mod.rs";
        for other in mentions(&text, "crate::") {
            let below = layer(other) < layer(own) || other == own;
            assert!(below || opens(other), "{name} imports crate::{other}");
        }
    }
}

#[test]
fn each_big_crate_stays_behind_its_door() {
    for (name, text) in files() {
        for (dependency, doors) in DOORS {
            let inside = doors.iter().any(|door| name.starts_with(door));
            let named = !mentions(&text, &format!("{dependency}::")).is_empty();
            assert!(inside || !named, "{name} names {dependency}");
        }
    }
}

#[test]
fn a_mention_is_found_where_it_counts() {
    let text = "use crate::store::Store;\n// crate::tui is above\nlet x = mycrate::pdf();";
    assert_eq!(mentions(text, "crate::"), ["store"]);
}
