//! Which model answers in a shared library: an alias of the engine leads to the vectors of one. Switching it, and going
//! back, is one step, and embeds nothing.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::engine::{Engine, Entity};
use super::tables::{
    self, EMBEDDED, PARTS, PLACEMENTS, WORK, is, model_key, text, unsearched, vectors,
};
use super::{Result, ShareError, parts};
use crate::fsio;
use crate::home::Home;
use crate::model;
use crate::model::serving::{self as local, Serving};
use crate::store::{ModelId, Store, StoreError};

/// The alias of the vectors that answer.
const SERVING: &str = "serving";
/// Where those that served before are kept.
const BEFORE: &str = "before";
/// A file beside those of a model that was fetched, with its short name: they are all there.
const MARK: &str = "fetched";
/// Parts of a model that one call brings, and bytes of one of its files at most.
const PARTS_AT_ONCE: usize = 50;
const MOST: u64 = 8 << 30;

/// The model whose embeddings are published.
#[derive(Debug, Clone)]
pub struct SharedModel {
    pub name: String,
    /// The name that its embeddings are kept under.
    pub stored: String,
    pub fingerprint: String,
    pub dimensions: usize,
    pub id: ModelId,
    /// Where its files are, which readers need to embed a question as it does; none of a bundled one, which every tenk has.
    pub folder: Option<PathBuf>,
}

/// A model as readers know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptModel {
    pub name: String,
    /// The name that its embeddings are kept under.
    pub stored: String,
    pub fingerprint: String,
    pub dimensions: usize,
    /// Its files, by their paths in its folder, and in how many parts each is kept; none of a bundled one.
    pub files: Vec<(String, usize)>,
}

fn key(short: &str) -> String {
    format!("{}{short}", tables::MODEL)
}

/// Keeps what readers need of a model, its files first.
pub fn put_model(engine: &Engine, model: &SharedModel) -> Result<()> {
    let short = model_key(&model.fingerprint);
    if tables::get(engine, &key(short))?.is_some() {
        return Ok(());
    }
    let mut files = Vec::new();
    let paths = model.folder.as_deref().map(model_files).transpose()?;
    for (at, (name, path)) in paths.into_iter().flatten().enumerate() {
        let rows = parts::apart(&read(&path)?);
        for (number, data) in rows.iter().enumerate() {
            // Below 0, where no content's are.
            let row = json!({
                "id": format!("model-{short}/{at}/{number}"),
                "content": format!("model-{short}"),
                "number": -1 - number.cast_signed(),
                "data": data,
            });
            engine.upsert(PARTS.name, vec![unsearched(row)])?;
        }
        files.push((name, rows.len()));
    }
    let kept = KeptModel {
        name: model.name.clone(),
        stored: model.stored.clone(),
        fingerprint: model.fingerprint.clone(),
        dimensions: model.dimensions,
        files,
    };
    tables::put(engine, &key(short), &json!(kept))
}

/// The model that answers; none where nothing was published yet.
pub fn serves(engine: &Engine) -> Result<Option<KeptModel>> {
    match engine.alias(SERVING)? {
        Some(collection) => kept(engine, tables::model_of(&collection)).map(Some),
        None => Ok(None),
    }
}

fn kept(engine: &Engine, short: &str) -> Result<KeptModel> {
    let value = tables::get(engine, &key(short))?;
    let value =
        value.ok_or_else(|| engine.strange(format!("a model {short} that it says nothing of")))?;
    serde_json::from_value(value).map_err(|error| engine.strange(error.to_string()))
}

/// Has a reader's mirror know which model answers, with its files where it is no bundled one, and how much it has
/// embedded.
pub fn follow(engine: &Engine, home: &Home, store: &mut Store) -> Result<()> {
    let Some(model) = serves(engine)? else {
        return Ok(());
    };
    choose(engine, home, &model)?;
    let known = store.register_model(&model.fingerprint, &model.stored, model.dimensions)?;
    let short = model_key(&model.fingerprint);
    let rows = engine.rows(EMBEDDED.name, &is("model", short), "content", &["chunks"])?;
    let chunks: i64 = rows.iter().map(|row| tables::number(row, "chunks")).sum();
    Ok(store.mirror_model(known, chunks.unsigned_abs())?)
}

/// Has a worker's library embed by the model that serves, where one does, and makes what the list of its work needs.
pub fn prepare(engine: &Engine, home: &Home) -> Result<()> {
    engine.create(&WORK)?;
    if !engine.has(tables::ABOUT.name)? {
        return Ok(());
    }
    let Some(model) = serves(engine)? else {
        return Ok(());
    };
    choose(engine, home, &model)
}

/// Has a model serve in a home, with its files where it is no bundled one.
fn choose(engine: &Engine, home: &Home, model: &KeptModel) -> Result<()> {
    if !model.files.is_empty() {
        fetch(engine, home, model)?;
    }
    if Serving::read(home).ok().and_then(|serving| serving.tuned) != served(model) {
        match served(model) {
            Some(name) => drop(local::promote(home, &name)?),
            None => drop(std::fs::remove_file(home.serving())),
        }
    }
    Ok(())
}

/// As the switch of a library has it: none stands for the base.
fn served(model: &KeptModel) -> Option<String> {
    (model.name != "base").then(|| model.name.clone())
}

/// Brings the files of a model where they are not there yet.
fn fetch(engine: &Engine, home: &Home, model: &KeptModel) -> Result<()> {
    // It becomes a folder's name.
    model::check_name(&model.name)?;
    let folder = home.model(&model.name);
    let short = model_key(&model.fingerprint);
    let mark = folder.join(MARK);
    if fsio::read_small_text(&mark).is_ok_and(|own| own == short) {
        return Ok(());
    }
    let io = |source| {
        ShareError::Store(StoreError::Io {
            path: folder.clone(),
            source,
        })
    };
    std::fs::create_dir_all(&folder).map_err(io)?;
    // Of the model that had the name before.
    let _ = std::fs::remove_file(&mark);
    for (at, (name, parts)) in model.files.iter().enumerate() {
        let mut steps = Path::new(name).components();
        if !steps.all(|step| matches!(step, Component::Normal(_))) {
            return Err(engine.strange(format!("a model's file is called {name:?}")));
        }

        let ids: Vec<String> = (0..*parts)
            .map(|number| format!("model-{short}/{at}/{number}"))
            .collect();
        let mut data = Vec::new();
        for some in ids.chunks(PARTS_AT_ONCE) {
            let filter = tables::any("id", some.iter());
            data.extend(engine.rows(PARTS.name, &filter, "id", &["number", "data"])?);
        }
        data.sort_by_key(|row| std::cmp::Reverse(tables::number(row, "number")));
        let bytes = parts::together(data.iter().map(|row| text(row, "data")), MOST);
        let bytes = bytes.ok_or_else(|| engine.strange(format!("parts of {name} are missing")))?;
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(io)?;
        fsio::write_atomic(&path, &bytes).map_err(io)?;
    }
    fsio::write_atomic(&mark, short.as_bytes()).map_err(io)
}

/// Has a model answer where none does yet. The name of the one that does then.
pub fn begin(engine: &Engine, fingerprint: &str) -> Result<String> {
    if let Some(model) = serves(engine)? {
        return Ok(model.name);
    }
    engine.point(SERVING, &vectors(fingerprint))?;
    Ok(kept(engine, model_key(fingerprint))?.name)
}

/// Has a model answer from now on.
///
/// # Errors
///
/// `Behind`, where documents are there that it has not embedded and `is_forced` is not said.
pub fn promote(engine: &Engine, fingerprint: &str, is_forced: bool) -> Result<KeptModel> {
    let short = model_key(fingerprint);
    let model = kept(engine, short)?;
    let rows = engine.rows(EMBEDDED.name, &is("model", short), "content", &["content"])?;
    let embedded: HashSet<&str> = rows.iter().map(|row| text(row, "content")).collect();
    let placements = engine.rows(PLACEMENTS.name, "", "id", &["content"])?;
    let has = |row: &&Entity| embedded.contains(text(row, "content"));
    let has = placements.iter().filter(has).count();
    if has < placements.len() && !is_forced {
        return Err(ShareError::Behind {
            name: model.name,
            embedded: has,
            documents: placements.len(),
        });
    }
    let now = serves(engine)?;
    if let Some(now) = now.filter(|now| now.fingerprint != fingerprint) {
        let mut before = before(engine)?;
        before.push(now.fingerprint);
        tables::put(engine, BEFORE, &json!(before))?;
    }
    engine.point(SERVING, &vectors(fingerprint))?;
    Ok(model)
}

/// Has the model answer that did before.
///
/// # Errors
///
/// `NothingBefore`.
pub fn roll_back(engine: &Engine) -> Result<KeptModel> {
    let mut before = before(engine)?;
    let now = serves(engine)?.map(|now| now.fingerprint);
    // A switch that was killed halfway has noted the model that still serves.
    let earlier = loop {
        match before.pop() {
            Some(earlier) if Some(&earlier) == now.as_ref() => {}
            Some(earlier) => break earlier,
            None => return Err(ShareError::NothingBefore),
        }
    };
    let model = kept(engine, model_key(&earlier))?;
    engine.point(SERVING, &vectors(&earlier))?;
    tables::put(engine, BEFORE, &json!(before))?;
    Ok(model)
}

fn before(engine: &Engine) -> Result<Vec<String>> {
    let kept = tables::get(engine, BEFORE)?.unwrap_or_else(|| json!([]));
    serde_json::from_value(kept).map_err(|error| engine.strange(error.to_string()))
}

/// The files of a model's folder and of those in it, by their paths there with `/` between, sorted.
fn model_files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((before, folder)) = folders.pop() {
        let failed = |source| {
            ShareError::Store(StoreError::Io {
                path: folder.clone(),
                source,
            })
        };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let own = path.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{before}{own}");
            match path.is_dir() {
                true => folders.push((format!("{name}/"), path)),
                false => files.push((name, path)),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file of a model.
fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| {
        ShareError::Store(StoreError::Io {
            path: path.to_owned(),
            source,
        })
    })
}
