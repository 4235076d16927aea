//! `tenk show`: the page a chunk stands on, or a page of a document.

use std::io::IsTerminal;

use anyhow::Context;

use super::args::ShowArgs;
use super::own_file::note_gone;
use super::remedy::refuse;
use super::{Ended, Session, output};
use crate::config::Library;
use crate::folders::{Folders, path_of};
use crate::pdf::Place;
use crate::screen::{self, PageRequest, Screen, ScreenError};
use crate::store::Store;
use crate::units::count;

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
        return Err(refuse(
            format!("{document} has no page {number}"),
            format!("it has {}", count(pages.into(), "page")),
        ));
    };
    if args.image {
        let marked = chunk.as_ref().map(|c| {
            let last = if c.page_last > number {
                u32::MAX
            } else {
                c.line_last
            };
            (c.line_first, last)
        });
        let places = found.page.places_by_ocr();
        match image(session, &library, (&document, number), marked, places) {
            Err(error) if is_too_coarse(&error) => {
                note!("note: a picture would be too coarse to read here: this is the page's text");
            }
            shown => return shown,
        }
    }
    note_gone(
        &store,
        &Folders::known(&library),
        std::iter::once(document.as_str()),
    );
    let text = found.page.text(args.raw);
    if session.global.json {
        output::json(&serde_json::json!({
            "document": document,
            "page": number,
            "pages": found.pages,
            "state": found.page.state,
            "reason": found.page.reason,
            "sure": found.page.sure,
            "text": text,
            "chunk_id": chunk.as_ref().map(|c| &c.chunk_id),
            "chunk": chunk.as_ref().map(|c| &c.text),
        }))?;
    } else {
        note!(
            "{document}, page {number} of {}{}",
            found.pages,
            found.page.ocr()
        );
        output::line(&text)?;
    }
    Ok(Ended::Done)
}

fn is_too_coarse(error: &anyhow::Error) -> bool {
    let found = error.chain().find_map(|cause| cause.downcast_ref());
    matches!(found, Some(ScreenError::TooCoarse))
}

/// Cells that a picture fills where stdout is no terminal.
const CELLS: (u16, u16) = (100, 60);

/// Shows a page as a picture, as wide as the terminal; with `--json` only its size and where its
/// lines stand.
fn image(
    session: &Session,
    library: &Library,
    (document, number): (&str, u32),
    marked: Option<(u32, u32)>,
    places: Vec<Place>,
) -> anyhow::Result<Ended> {
    let cells = screen::room()
        .filter(|_| std::io::stdout().is_terminal())
        // The last row is the prompt's.
        .map_or(CELLS, |(columns, rows)| {
            (columns, rows.saturating_sub(2).max(1))
        });
    let request = PageRequest {
        number,
        marked,
        boxed: None,
        cells,
        top: None,
        places,
        picture: None,
    };
    let path = path_of(library, document);
    let screen = Screen::new(&session.config);
    let is_read = std::io::stdout().is_terminal() && !session.global.json;
    let screen = if is_read {
        screen
    } else {
        screen.for_no_reader()
    };
    let shown = screen
        .show(&session.sandbox()?, &path, request)
        .with_context(|| path.display().to_string())?;
    if session.global.json {
        output::json(&serde_json::json!({
            "document": document,
            "page": number,
            "width": shown.picture.width,
            "height": shown.picture.height,
            "lines": shown.picture.lines,
            "marked": marked,
        }))?;
        return Ok(Ended::Done);
    }
    note!("{document}, page {number}");
    for line in shown.lines() {
        output::picture(&line)?;
    }
    Ok(Ended::Done)
}

/// Resolves `DOCUMENT:PAGE`; the document may be named by its file name alone.
pub(super) fn named_page(store: &Store, what: &str) -> anyhow::Result<(String, u32)> {
    let unknown = || {
        refuse(
            format!("{what:?} is neither a chunk's id nor DOCUMENT:PAGE"),
            "tenk search prints both",
        )
    };
    let (name, page) = what.rsplit_once(':').ok_or_else(unknown)?;
    let page: u32 = page
        .trim_start_matches("p.")
        .parse()
        .map_err(|_| unknown())?;
    Ok((super::document_named(store, name)?.path, page))
}
