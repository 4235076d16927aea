//! The set: a folder with what was written, `sets/<name>` in the library's home.
//!
//! `set.toml` says how it was made, `train.jsonl` and `dev.jsonl` are datasets of one format, of
//! different documents; `dropped.jsonl` keeps what was dropped with its reason, `report.json` the
//! counts, `written.jsonl` a language model's replies. The same settings and library make the same
//! rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::filter::{Limits, Reason, shared};
use super::negative::{Mining, Negative};
use super::source::Corpus;
use super::{Draft, Result, SynthError};
use crate::dataset::Format;
use crate::fsio::{self, Lock, LockError, WorkFolder};
use crate::home::Home;
use crate::retrieve::Trace;

/// How a set is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Of the program.
    pub version: String,
    pub format: Format,
    /// Rows at most, drawn evenly; 0 for all.
    pub most: usize,
    /// Questions of rules that are put to the library, as many of each kind; 0 for all.
    #[serde(default)]
    pub drafts: usize,
    pub seed: u64,
    /// Share of the documents that make up the dev rows, and dev rows at most.
    pub dev_share: f64,
    pub dev_rows: usize,
    /// Pages of dev documents at least, where half of the documents have them.
    #[serde(default)]
    pub dev_pages: usize,
    /// Documents written about (empty: all), and those left out.
    pub only: Vec<String>,
    pub exclude: Vec<String>,
    /// Whether rules write.
    pub rules: bool,
    /// The language model that writes, empty where none does; questions of it that are kept at most,
    /// and voices that ask about a passage.
    pub model: String,
    pub questions: usize,
    pub voices: usize,
    /// Questions of rules for a page with tables, a passage and a document.
    pub per_page: usize,
    pub per_passage: usize,
    pub topics: f32,
    pub per_document: usize,
    pub limits: Limits,
    pub mining: Mining,
    /// Whether anchors are what dense search is asked for a question, and negatives what the whole search puts
    /// beside its page.
    #[serde(default)]
    pub as_served: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            format: Format::Triplets,
            most: 0,
            drafts: 0,
            seed: 42,
            dev_share: 0.1,
            dev_rows: 500,
            dev_pages: 0,
            only: Vec::new(),
            exclude: Vec::new(),
            rules: true,
            model: String::new(),
            questions: 500,
            voices: 2,
            per_page: 12,
            per_passage: 2,
            topics: 0.3,
            per_document: 30,
            limits: Limits::default(),
            mining: Mining::default(),
            as_served: false,
        }
    }
}

/// A set that this process may write.
pub struct SetFolder {
    folder: PathBuf,
    _lock: Lock,
}

const ABOUT: &str = "set.toml";
/// Held while the set is made.
const LOCK: &str = "lock";
/// A language model's replies.
pub const JOURNAL: &str = "written.jsonl";
/// What a set keeps from the one before.
const KEPT: [&str; 2] = [LOCK, JOURNAL];

/// The same file under another name: locked, and open, as it is.
fn keep(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(from, to) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // A file system without such names.
        Err(_) => std::fs::copy(from, to).map(|_| ()),
        Ok(()) => Ok(()),
    }
}

fn write_error(path: &Path) -> impl FnOnce(std::io::Error) -> SynthError {
    let path = path.display().to_string();
    move |source| SynthError::Write { path, source }
}

/// Names of a home's sets.
pub fn list(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.sets())
        .into_iter()
        .flatten()
        .flatten();
    let sets = entries.filter(|entry| entry.path().join(ABOUT).is_file());
    let mut out: Vec<String> = sets
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    out.sort_unstable();
    out
}

/// The folder of the set `name`.
pub fn find(home: &Home, name: &str) -> Result<PathBuf> {
    let known = list(home);
    if known.iter().any(|n| n == name) {
        return Ok(home.set(name));
    }
    Err(SynthError::NoSet {
        name: name.to_owned(),
        known,
    })
}

impl SetFolder {
    /// Opens or makes the set's folder; what it holds stays until it is written again.
    pub fn open(home: &Home, name: &str) -> Result<Self> {
        let folder = home.set(name);
        std::fs::create_dir_all(&folder).map_err(write_error(&folder))?;
        let path = folder.join(LOCK);
        let lock = Lock::acquire(&path).map_err(|e| match e {
            LockError::Held(pid) => SynthError::Running {
                name: name.to_owned(),
                pid,
            },
            LockError::Io(source) => write_error(&path)(source),
        })?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Where one of the set's files lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts a set made by `settings` in the place of the one before, in one step: `files` are its rows
    /// by the names of their files.
    pub fn replace(&self, settings: &Settings, files: &[(&str, Vec<Value>)]) -> Result<()> {
        let failed = write_error(&self.folder);
        let put = || -> std::io::Result<()> {
            let parent = self.folder.parent().unwrap_or(Path::new("."));
            let name = self.folder.file_name().unwrap_or_default();
            let work = WorkFolder::new(parent, &name.to_string_lossy())?;
            let new = work.path().join("new");
            std::fs::create_dir(&new)?;
            let about = toml::to_string(settings).expect("settings are plain data");
            fsio::write_atomic(&new.join(ABOUT), about.as_bytes())?;
            for (name, rows) in files {
                let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
                fsio::write_atomic(&new.join(name), lines.as_bytes())?;
            }
            for name in KEPT {
                keep(&self.folder.join(name), &new.join(name))?;
            }
            fsio::exchange(&new, &self.folder)?;
            fsio::sync_folder(parent)
        };
        put().map_err(failed)
    }
}

/// A draft that passed, and what is known of it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub draft: Draft,
    pub trace: Trace,
    /// What dense search was asked, where that is what is learnt.
    pub asked: Option<String>,
    pub negatives: Vec<Negative>,
}

/// Which documents' questions are dev rows: about `share` of the documents, at least one of two
/// or more, drawn by `seed`; more, up to half of all, where these have fewer than `pages` pages.
pub fn dev_documents(corpus: &Corpus, share: f64, pages: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = corpus.by_document().into_keys().collect();
    if share <= 0.0 || all.len() < 2 {
        return Vec::new();
    }
    let count = ((all.len() as f64 * share).round() as usize).clamp(1, all.len() - 1);
    fastrand::Rng::with_seed(seed).shuffle(&mut all);
    let mut by_document: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    for source in &corpus.sources {
        by_document
            .entry(source.document)
            .or_default()
            .insert(source.chunk.page);
    }
    let mut seen = 0;
    let are_enough = |document: &usize| {
        let before = seen;
        seen += by_document.get(document).map_or(0, BTreeSet::len);
        before >= pages
    };
    let enough = all.iter().position(are_enough).unwrap_or(all.len());
    let count = count.max(enough.min(all.len() / 2));
    all.truncate(count);
    all.sort_unstable();
    all
}

/// Where a row comes from and what the filters saw of it.
fn marks(kept: &Kept, corpus: &Corpus) -> Map<String, Value> {
    let draft = &kept.draft;
    let source = &corpus.sources[draft.source];
    let (overlap, _) = shared(&draft.question, source);
    let value = json!({
        "written": draft.question,
        "source": source.chunk.chunk_id,
        "document": source.chunk.document,
        "page": source.chunk.page,
        "writer": draft.writer,
        "kind": draft.kind,
        "voice": draft.voice,
        "frame": draft.frame,
        "answered_by": draft.answer,
        "filters": {
            "rank": kept.trace.rank,
            "cosine": kept.trace.cosine,
            "overlap": overlap,
        },
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The rows that a question makes in a format.
pub fn rows(kept: &Kept, corpus: &Corpus, format: Format) -> Vec<Value> {
    let passage = |at: usize| corpus.sources[at].passage.clone();
    let row = |own: Vec<(&str, Value)>| -> Value {
        let own = own.into_iter().map(|(k, v)| (k.to_owned(), v));
        Value::Object(own.chain(marks(kept, corpus)).collect())
    };
    let question = || {
        let asked = kept.asked.as_ref();
        Value::from(asked.unwrap_or(&kept.draft.question).clone())
    };
    let positive = || Value::from(passage(kept.draft.source));
    match format {
        Format::Pairs => vec![row(vec![("anchor", question()), ("positive", positive())])],
        Format::Triplets => {
            let negatives: Vec<String> = kept.negatives.iter().map(|n| passage(n.source)).collect();
            let relations: Vec<&str> = kept.negatives.iter().map(|n| n.relation.as_str()).collect();
            vec![row(vec![
                ("anchor", question()),
                ("positive", positive()),
                ("negatives", negatives.into()),
                ("relations", relations.into()),
            ])]
        }
        Format::ScoredPairs | Format::LabelledPairs => {
            let pair = |at: usize, score: f32| {
                let is = match format {
                    Format::ScoredPairs => ("score", f64::from(score).into()),
                    // All but the passage itself are others.
                    _ => ("label", u8::from(score >= 1.0).into()),
                };
                row(vec![
                    ("sentence1", question()),
                    ("sentence2", passage(at).into()),
                    is,
                ])
            };
            let own = std::iter::once(pair(kept.draft.source, 1.0));
            let others = kept
                .negatives
                .iter()
                .map(|n| pair(n.source, n.relation.grade()));
            own.chain(others).collect()
        }
        // Not of questions: see `labelled`.
        Format::LabelledTexts => Vec::new(),
    }
}

/// Passages with what they are a part of: a statement's name, or the heading of the filing's form
/// that they stand under. Labels of fewer than `least` passages are left out.
pub fn labelled(corpus: &Corpus, least: usize) -> Vec<(usize, Value)> {
    let label = |at: usize| -> Option<String> {
        let source = &corpus.sources[at];
        let statement = source.chunk.statement.map(|s| s.as_str().to_owned());
        statement.or_else(|| section(&source.chunk.section).map(str::to_owned))
    };
    let labels: Vec<Option<String>> = (0..corpus.sources.len()).map(label).collect();
    let mut counts: HashMap<&String, usize> = HashMap::new();
    for label in labels.iter().flatten() {
        *counts.entry(label).or_default() += 1;
    }
    let row = |(at, label): (usize, &Option<String>)| {
        let label = label.as_ref().filter(|label| counts[*label] >= least)?;
        let source = &corpus.sources[at];
        let value = json!({
            "text": source.chunk.text,
            "label": label,
            "source": source.chunk.chunk_id,
            "document": source.chunk.document,
            "page": source.chunk.page,
        });
        Some((at, value))
    };
    labels.iter().enumerate().filter_map(row).collect()
}

/// What the parts of filings are called, by words of their headings.
const SECTIONS: [(&str, &[&str]); 14] = [
    ("risk factors", &["risk factor"]),
    ("market risk", &["market risk"]),
    ("legal proceedings", &["legal proceeding", "litigation"]),
    ("properties", &["properties"]),
    ("cybersecurity", &["cybersecurity"]),
    ("executive compensation", &["executive compensation"]),
    ("controls", &["controls and procedures", "internal control"]),
    ("critical estimates", &["critical accounting", "estimates"]),
    ("liquidity", &["liquidity", "capital resources"]),
    (
        "results",
        &[
            "results of operations",
            "management’s discussion",
            "management's discussion",
        ],
    ),
    ("income taxes", &["income tax"]),
    ("leases", &["lease"]),
    ("debt", &["debt", "borrowing", "credit facility"]),
    ("business", &["item 1. business", "business"]),
];

fn section(headings: &str) -> Option<&'static str> {
    let lower = headings.to_lowercase();
    // The innermost heading says most.
    lower
        .split(" › ")
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find_map(|heading| {
            let named = |(_, words): &&(&str, &[&str])| words.iter().any(|w| heading.contains(w));
            SECTIONS.iter().find(named).map(|(name, _)| *name)
        })
}

/// A dropped draft with its reason.
pub fn dropped(draft: &Draft, reason: Reason, corpus: &Corpus) -> Value {
    let source = &corpus.sources[draft.source];
    json!({
        "question": draft.question,
        "reason": reason,
        "writer": draft.writer,
        "kind": draft.kind,
        "frame": draft.frame,
        "answered_by": draft.answer,
        "source": source.chunk.chunk_id,
        "document": source.chunk.document,
        "page": source.chunk.page,
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::{document, source};
    use super::*;

    #[test]
    fn a_split_parts_documents() {
        let rows: Vec<_> = (1..=10)
            .map(|i| document(i, &format!("{i}.pdf"), "N", 2023))
            .collect();
        let sources = rows
            .iter()
            .enumerate()
            .map(|(at, row)| source(row, at, at as i64 + 1, "", "text"));
        let corpus = Corpus::from_sources(rows.clone(), sources.collect());
        assert_eq!(dev_documents(&corpus, 0.2, 0, 1).len(), 2);
        assert_eq!(dev_documents(&corpus, 0.01, 0, 1).len(), 1);
        assert_eq!(dev_documents(&corpus, 0.99, 0, 1).len(), 9);
        assert!(dev_documents(&corpus, 0.0, 0, 1).is_empty());
        // As many as have the pages that are wanted, up to half.
        assert_eq!(dev_documents(&corpus, 0.01, 3, 1).len(), 3);
        assert_eq!(dev_documents(&corpus, 0.01, 1000, 1).len(), 5);
        assert_ne!(
            dev_documents(&corpus, 0.3, 0, 1),
            dev_documents(&corpus, 0.3, 0, 2)
        );
    }

    #[test]
    fn sections_by_their_headings() {
        assert_eq!(
            section("Part I › Item 1A. Risk Factors"),
            Some("risk factors")
        );
        assert_eq!(
            section("Item 1A. Risk Factors › Leases of ours"),
            Some("leases")
        );
        assert_eq!(section("Signatures"), None);
    }
}
