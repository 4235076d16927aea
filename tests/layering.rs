//! The architecture, held by reading the sources: which module may import which, and that big crates
//! stay behind one door. A new import across modules needs a line here; a line that nothing needs any
//! more has to go.

#[path = "layering/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use source::{Module, ModulePath, crate_modules, read_module};

/// Every top-level module with those that it may import, which all stand above it: so there is no
/// circle among them.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("remedy", ""),
    ("progress", "remedy"),
    ("fsio", ""),
    ("printable", ""),
    ("home", "fsio"),
    ("units", ""),
    ("http", ""),
    ("kernel", ""),
    ("pattern", ""),
    ("config", "fsio home remedy"),
    ("pdf", "config fsio pattern printable progress remedy"),
    ("ocr", "config fsio pattern pdf progress remedy"),
    ("encoder", "config kernel progress remedy"),
    ("statement", "pattern pdf"),
    ("metadata", "pattern pdf"),
    ("fact", "metadata pattern pdf statement"),
    ("chunk", "encoder metadata pdf statement"),
    (
        "store",
        "chunk fact fsio home metadata pdf printable remedy statement",
    ),
    ("folders", "config fsio home printable remedy store"),
    (
        "index",
        "config folders fsio home kernel pdf progress remedy statement store",
    ),
    (
        "model",
        "config encoder fsio home http printable progress remedy",
    ),
    (
        "query",
        "config fact folders fsio home index metadata pattern printable remedy statement store",
    ),
    (
        "book",
        "fact metadata pattern progress query remedy statement store units",
    ),
    (
        "retrieve",
        "book config encoder fact index metadata query remedy statement store units",
    ),
    (
        "share",
        "fsio home index model progress remedy statement store",
    ),
    ("redline", "chunk pattern pdf"),
    ("dataset", "fsio remedy"),
    ("generate", "http kernel progress remedy"),
    ("eval", "fsio remedy units"),
    (
        "answer",
        "book chunk encoder fact generate index metadata pattern progress query remedy retrieve statement store \
         units",
    ),
    (
        "synth",
        "chunk dataset encoder fsio generate home index metadata pattern pdf progress query remedy \
         retrieve statement store",
    ),
    ("train", "dataset encoder eval fsio home progress remedy"),
    ("classify", "eval fsio home remedy"),
    (
        "job",
        "answer book chunk config dataset encoder eval fact folders fsio generate home index metadata model ocr pdf \
         progress query redline remedy retrieve store synth train units",
    ),
    ("report", "eval job redline train units"),
    (
        "proof",
        "answer book config folders fsio job pdf printable progress remedy report store",
    ),
    ("screen", "config pdf progress remedy"),
    (
        "tui",
        "answer book config eval folders fsio home index job metadata model pdf printable progress proof query redline remedy \
         retrieve screen store synth train units",
    ),
    (
        "cli",
        "answer book chunk classify config dataset encoder eval fact folders fsio generate index job kernel metadata \
         model ocr pattern pdf printable progress proof query redline remedy report retrieve screen share store synth train tui units",
    ),
    ("main", "cli"),
];

/// Sub-modules that import each other in a circle, by the module that they are parts of.
const CIRCLES: &[(&str, &[&str])] = &[
    ("encoder/bert", &["attention", "forward"]),
    ("tui", &["update", "view"]),
];

/// Crates, and the only places that may name them.
const DOORS: &[(&str, &[&str])] = &[
    ("rmcp", &["cli/mcp"]),
    ("tokio", &["cli/mcp", "share/engine.rs"]),
    ("milvus", &["share/engine.rs"]),
    ("hyper", &["cli/mcp/http"]),
    ("hyper_util", &["cli/mcp/http"]),
    ("http_body_util", &["cli/mcp/http"]),
    ("minijinja", &["generate/template.rs"]),
    (
        "tokenizers",
        &["encoder/tokenizer.rs", "generate/tokenizer.rs"],
    ),
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
    ("rust_xlsxwriter", &["cli/workbook.rs", "cli/tables.rs"]),
];

static MODULES: LazyLock<BTreeMap<ModulePath, Module>> =
    LazyLock::new(|| crate_modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));

/// Edges between top-level modules, each with the first place that makes it.
fn edges() -> BTreeMap<(String, String), String> {
    let mut out = BTreeMap::new();
    for (path, module) in MODULES.iter() {
        // `lib.rs` declares all of them.
        let Some(own) = path.first() else { continue };
        for named in &module.inside {
            let Some(other) = named.path.first().filter(|other| *other != own) else {
                continue;
            };
            out.entry((own.clone(), other.clone()))
                .or_insert_with(|| format!("src/{} line {}", module.file, named.line));
        }
    }
    out
}

/// Edges between the modules right below `room`, what each holds counted with it.
fn edges_within(room: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let depth = room.len();
    let child = |path: &[String]| -> Option<String> {
        let is_below = path.len() > depth && path[..depth] == *room;
        let is_module = is_below && MODULES.contains_key(&path[..=depth]);
        is_module.then(|| path[depth].clone())
    };
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, module) in MODULES.iter() {
        let Some(own) = child(path) else { continue };
        let others = module.inside.iter().filter_map(|named| child(&named.path));
        let others = others.filter(|other| *other != own);
        out.entry(own.clone()).or_default().extend(others);
    }
    out
}

/// Groups of modules that reach each other.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach = |from: &String| -> BTreeSet<&String> {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(at) = left.pop() {
            for other in edges.get(at).into_iter().flatten() {
                if seen.insert(other) {
                    left.push(other);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        edges.keys().map(|name| (name, reach(name))).collect();
    let both = |a: &String, b: &String| {
        let leads = |a, b| reached.get(a).is_some_and(|all| all.contains(b));
        leads(a, b) && leads(b, a)
    };
    let mut out: Vec<Vec<String>> = Vec::new();
    for name in edges.keys().filter(|name| both(name, name)) {
        match out.iter_mut().find(|group| both(&group[0], name)) {
            Some(group) => group.push(name.clone()),
            None => out.push(vec![name.clone()]),
        }
    }
    out
}

#[test]
fn modules_import_what_the_list_allows_and_nothing_else() {
    let found = edges();
    let allowed: BTreeSet<(String, String)> = MAY_IMPORT
        .iter()
        .flat_map(|(own, others)| {
            let others = others.split_whitespace();
            others.map(|other| ((*own).to_owned(), other.to_owned()))
        })
        .collect();
    let mut wrong = Vec::new();
    for ((own, other), place) in &found {
        if !allowed.contains(&(own.clone(), other.clone())) {
            wrong.push(format!("{own} imports {other} ({place})"));
        }
    }
    for (own, other) in &allowed {
        if !found.contains_key(&(own.clone(), other.clone())) {
            wrong.push(format!("{own} no longer imports {other}: take it out"));
        }
    }
    assert!(
        wrong.is_empty(),
        "MAY_IMPORT and the sources differ:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_list_goes_upward() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (own, others) in MAY_IMPORT {
        for other in others.split_whitespace() {
            assert!(
                below.contains(other),
                "{own} imports {other}, which does not stand above it in MAY_IMPORT"
            );
        }
        assert!(below.insert(own), "{own} is there twice");
    }
    let modules: BTreeSet<&str> = MODULES
        .keys()
        .filter(|path| path.len() == 1)
        .map(|path| path[0].as_str())
        .collect();
    assert_eq!(below, modules, "every top-level module has its line");
}

#[test]
fn no_new_circle_among_the_parts_of_a_module() {
    let mut found: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    for room in MODULES.keys().filter(|path| !path.is_empty()) {
        for circle in circles(&edges_within(room)) {
            found.insert((room.join("/"), circle));
        }
    }
    let known: BTreeSet<(String, Vec<String>)> = CIRCLES
        .iter()
        .map(|(room, parts)| {
            let parts = parts.iter().map(|part| (*part).to_owned()).collect();
            ((*room).to_owned(), parts)
        })
        .collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "import each other in a circle: {new:#?}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "take it out of CIRCLES: {gone:#?}");
}

#[test]
fn each_big_crate_stays_behind_its_door() {
    for (dependency, doors) in DOORS {
        let names = |module: &&Module| {
            module
                .outside
                .iter()
                .any(|named| named.path[0] == *dependency)
        };
        let files: Vec<&str> = MODULES
            .values()
            .filter(names)
            .map(|module| module.file.as_str())
            .collect();
        for file in &files {
            let is_inside = doors.iter().any(|door| file.starts_with(door));
            assert!(is_inside, "{file} names {dependency}");
        }
        for door in *doors {
            let is_used = files.iter().any(|file| file.starts_with(door));
            assert!(
                is_used,
                "nothing in {door} names {dependency}: take it out of DOORS"
            );
        }
    }
}

/// Nothing under `src` escapes the walk but files of tests.
#[test]
fn every_source_file_is_looked_at() {
    fn files(folder: &Path, out: &mut Vec<String>, root: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                files(&path, out, root);
            } else if path.extension().is_some_and(|x| x == "rs") {
                let below = path.strip_prefix(root).unwrap().to_string_lossy();
                out.push(below.replace('\\', "/"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all, &root);
    let seen: BTreeSet<&str> = MODULES.values().map(|m| m.file.as_str()).collect();
    assert!(seen.len() > 50);
    all.retain(|file| !seen.contains(file.as_str()) && !file.ends_with("_tests.rs"));
    assert!(all.is_empty(), "in no module of the crate: {all:?}");
}

/// The paths that a text names from the crate's root, as the module `a::b`.
fn inside(text: &str) -> Vec<String> {
    let at = ["a".to_owned(), "b".to_owned()];
    let module = read_module(text, &at, "a/b.rs");
    let path = |named: &source::Named| named.path.join("::");
    module.inside.iter().map(path).collect()
}

#[test]
fn paths_are_found_wherever_code_names_them() {
    assert_eq!(inside("use crate::store::Store;"), ["store::Store"]);
    assert_eq!(
        inside("pub use crate::{store::{self, Lock as L}, pdf::*};"),
        ["store", "store::Lock", "pdf"]
    );
    assert_eq!(inside("use super::{c, super::store};"), ["a::c", "store"]);
    assert_eq!(
        inside("fn f(x: &super::super::pdf::Page) {}"),
        ["pdf::Page"]
    );
    assert_eq!(inside("fn main() { tenk::cli::main() }"), ["cli::main"]);
    assert_eq!(
        inside("mod inner { use super::x; fn f() { super::super::y::z() } } use super::w;"),
        ["a::b::x", "a::y::z", "a::w"]
    );
    assert_eq!(inside("vec![crate::kernel::dot(a, b)]"), ["kernel::dot"]);
    let lines = read_module("\n/* \n */ use crate::x;", &[], "x.rs");
    assert_eq!(lines.inside[0].line, 3);
}

#[test]
fn what_is_no_code_names_nothing() {
    for text in [
        "// use crate::store;",
        "/* use crate::store; /* nested */ crate::pdf::x */",
        "/// [`crate::store::Store`]\nstruct X;",
        r#"const A: &str = "crate::store::x \" crate::pdf::y";"#,
        "const A: &str = r#\"\" crate::store::x\"#;",
        r#"const A: (char, &[u8]) = ('"', b"crate::store::x");"#,
        "fn f<'a>(x: &'a str) -> char { '\\'' }",
        "fn f() { mycrate::store::x() }",
    ] {
        assert_eq!(inside(text), [""; 0], "{text}");
    }
    let text = "#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests { use crate::store; }\nuse crate::pdf;";
    assert_eq!(inside(text), ["pdf"]);
    assert_eq!(inside("#[cfg(all(test, unix))] use crate::store;"), [""; 0]);
    assert_eq!(inside("#[cfg(not(test))] use crate::pdf;"), ["pdf"]);
    let text =
        "#[cfg(test)] pub fn f() -> Map<A, B> { crate::store::x() } fn g() { crate::pdf::y() }";
    assert_eq!(inside(text), ["pdf::y"]);
    assert_eq!(
        inside("struct A { #[cfg(test)] x: crate::store::S, y: crate::pdf::P }"),
        ["pdf::P"]
    );
}

#[test]
fn a_circle_is_found_and_a_line_is_none() {
    let graph = |edges: &[(&str, &str)]| {
        let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in edges {
            out.entry((*to).to_owned()).or_default();
            let own = out.entry((*from).to_owned()).or_default();
            own.insert((*to).to_owned());
        }
        out
    };
    assert!(circles(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circles(&graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]));
    assert_eq!(found, [["a", "b", "c"]]);
}
