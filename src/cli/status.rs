//! `tenk status`: what the library holds.

use serde_json::{Value, json};

use super::output;
use super::{Ended, Session};
use crate::config::Library;
use crate::model::{Model, serving};
use crate::store::{DocumentRow, DocumentState, Store};
use crate::units::{count, thousands};

pub fn run(session: &Session) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let rows = store.documents()?;
    let indexed = rows
        .iter()
        .filter(|r| r.state == DocumentState::Indexed)
        .count();
    let failed: Vec<_> = rows
        .iter()
        .filter(|r| r.state == DocumentState::Failed)
        .collect();
    let pages: u64 = rows.iter().map(|r| u64::from(r.pages)).sum();
    let chunks = store.chunk_count()?;
    let models = store.model_coverage()?;
    let serving = Model::named(&library.home, "serving")?;
    if session.global.json {
        output::json(&json(session, &library, &store)?)?;
        return Ok(Ended::Done);
    }
    let named = session.global.library.as_ref();
    // A shared one is where its publishers' documents lie, and not where its mirror does.
    let folder = named.filter(|_| store.is_mirror());
    let folder = folder.unwrap_or(&library.folder);
    output::line(&format!("library    {}", folder.display()))?;
    output::line(&format!("state      {}", library.home.display()))?;
    output::line(&format!(
        "documents  {indexed} indexed, {} failed",
        failed.len()
    ))?;
    output::line(&format!("pages      {}", thousands(pages)))?;
    output::line(&format!("chunks     {}", thousands(chunks)))?;
    output::line(&format!("serving    {}", serving.name))?;
    for (name, c) in &models {
        let line = format!(
            "model      {name}: {} of {} embedded",
            thousands(c.encoded),
            count(c.chunks, "chunk")
        );
        output::line(&line)?;
    }
    let names: Vec<&str> = models.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(why) = serving::unchosen(&library.home, &names) {
        output::line(&format!("note       {why}: {CHOOSE}"))?;
    }
    for row in failed {
        let why = row.detail.as_deref().unwrap_or_default();
        output::line(&format!("failed     {}: {why}", row.path))?;
    }
    Ok(Ended::Done)
}

/// How a model is chosen.
pub const CHOOSE: &str = "tenk models promote NAME chooses one";

/// The same as JSON.
pub fn json(session: &Session, library: &Library, store: &Store) -> anyhow::Result<Value> {
    let rows = store.documents()?;
    let is_indexed = |row: &&DocumentRow| row.state == DocumentState::Indexed;
    let failed = rows.iter().filter(|row| row.state == DocumentState::Failed);
    let failed =
        failed.map(|r| json!({"document": r.path, "reason": r.reason, "detail": r.detail}));
    let coverage = store.model_coverage()?;
    let names: Vec<&str> = coverage.iter().map(|(name, _)| name.as_str()).collect();
    let models = coverage
        .iter()
        .map(|(name, c)| json!({"name": name, "encoded": c.encoded}));
    let serving = Model::named(&library.home, "serving")?;
    Ok(json!({
        "library": library.folder.to_string_lossy(),
        "home": library.home.to_string_lossy(),
        "documents": rows.iter().filter(is_indexed).count(),
        "failed": failed.collect::<Vec<_>>(),
        "pages": rows.iter().map(|r| u64::from(r.pages)).sum::<u64>(),
        "chunks": store.chunk_count()?,
        "models": models.collect::<Vec<_>>(),
        "serving": serving.stored_name(session.config.index.precision),
        "note": serving::unchosen(&library.home, &names),
        "generation": store.generation()?,
    }))
}
