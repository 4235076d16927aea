//! `tenk show`: the page a chunk stands on, or a page of a document.

use super::args::ShowArgs;
use super::{Ended, Session, output};
use crate::store::Store;

pub fn run(session: &Session, args: &ShowArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let chunk = store.chunk_by_id(&args.what)?;
    let (document, number) = match &chunk {
        Some(chunk) => (chunk.document.clone(), chunk.page),
        None => named_page(&store, &args.what)?,
    };
    let Some(found) = store.page(&document, number)? else {
        let row = store.document(&document)?;
        let pages = row.map_or(0, |r| r.pages);
        anyhow::bail!("{document} has no page {number}; it has {pages} pages");
    };
    let text = found.page.text(args.raw);
    if session.global.json {
        output::json(&serde_json::json!({
            "document": document,
            "page": number,
            "pages": found.pages,
            "state": found.page.state,
            "reason": found.page.reason,
            "text": text,
            "chunk_id": chunk.as_ref().map(|c| &c.chunk_id),
            "chunk": chunk.as_ref().map(|c| &c.text),
        }))?;
    } else {
        eprintln!("{document}, page {number} of {}", found.pages);
        output::line(&text)?;
    }
    Ok(Ended::Done)
}

/// Resolves `DOCUMENT:PAGE`; the document may be named by its file name alone.
fn named_page(store: &Store, what: &str) -> anyhow::Result<(String, u32)> {
    let unknown = || {
        anyhow::anyhow!("{what} is neither a chunk's id nor DOCUMENT:PAGE; tenk search prints both")
    };
    let (name, page) = what.rsplit_once(':').ok_or_else(unknown)?;
    let page: u32 = page
        .trim_start_matches("p.")
        .parse()
        .map_err(|_| unknown())?;
    Ok((super::document_named(store, name)?.path, page))
}
