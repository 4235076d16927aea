//! `tenk status`: what the library holds.

use super::output;
use super::{Ended, Session};
use crate::model::Model;
use crate::store::{DocumentState, Store};
use crate::units::thousands;

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
        let models: Vec<_> = models
            .iter()
            .map(|(name, c)| serde_json::json!({"name": name, "encoded": c.encoded}))
            .collect();
        let failed: Vec<_> = failed
            .iter()
            .map(
                |r| serde_json::json!({"document": r.path, "reason": r.reason, "detail": r.detail}),
            )
            .collect();
        output::json(&serde_json::json!({
            "library": library.folder.to_string_lossy(),
            "home": library.home.to_string_lossy(),
            "documents": indexed,
            "failed": failed,
            "pages": pages,
            "chunks": chunks,
            "models": models,
            "serving": serving.stored_name(session.config.index.precision),
            "generation": store.generation()?,
        }))?;
        return Ok(Ended::Done);
    }
    output::line(&format!("library    {}", library.folder.display()))?;
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
            "model      {name}: {} of {} chunks embedded",
            thousands(c.encoded),
            thousands(c.chunks)
        );
        output::line(&line)?;
    }
    for row in failed {
        let why = row.detail.as_deref().unwrap_or_default();
        output::line(&format!("failed     {}: {why}", row.path))?;
    }
    Ok(Ended::Done)
}
