//! A page on the screen: shown for a hit, a source or a document, turned, opened and copied from.

use super::super::model::{ChunkPlace, Model, PageView, Pane};
use super::{Command, picture};
use crate::retrieve::Hit;

/// Asks for the page of the selected hit.
pub fn preview(model: &mut Model) -> Vec<Command> {
    let Some(hit) = model.hit().cloned() else {
        model.search.page = None;
        return Vec::new();
    };
    show_hit(model, &hit)
}

pub fn show_hit(model: &mut Model, hit: &Hit) -> Vec<Command> {
    let chunk = ChunkPlace {
        page: hit.chunk.page,
        page_last: hit.chunk.page_last,
        line_first: hit.chunk.line_first,
        line_last: hit.chunk.line_last,
        text: hit.chunk.text.clone(),
        cell: None,
    };
    let (document, number) = (hit.chunk.document.clone(), hit.chunk.page);
    show_page(model, document, number, Some(chunk))
}

pub fn show_page(
    model: &mut Model,
    document: String,
    number: u32,
    chunk: Option<ChunkPlace>,
) -> Vec<Command> {
    let marked = chunk.as_ref().and_then(|c| c.lines_on(number));
    let pages = model
        .search
        .page
        .as_ref()
        .filter(|p| p.document == document)
        .map_or(0, |p| p.pages);
    model.search.page = Some(PageView {
        document: document.clone(),
        number,
        pages,
        page: None,
        marked,
        scroll: 0,
        follow: true,
        chunk,
    });
    model.search.found = None;
    let mut commands = vec![Command::Page { document, number }];
    if model.search.picture.is_some() {
        commands.extend(picture::ask(model, None));
    }
    commands
}

pub fn turn(model: &mut Model, by: i64) -> Vec<Command> {
    let Some(view) = &model.search.page else {
        return Vec::new();
    };
    let next = (i64::from(view.number) + by).clamp(1, i64::from(view.pages.max(1))) as u32;
    if next == view.number {
        return Vec::new();
    }
    let (document, chunk) = (view.document.clone(), view.chunk.clone());
    show_page(model, document, next, chunk)
}

/// Document and page that the keys o and y mean.
pub fn here(model: &Model) -> Option<(String, u32)> {
    if model.search.reading {
        return model
            .search
            .page
            .as_ref()
            .map(|p| (p.document.clone(), p.number));
    }
    match model.pane {
        Pane::Search => model
            .hit()
            .map(|h| (h.chunk.document.clone(), h.chunk.page)),
        Pane::Compare => model
            .compare
            .hit()
            .map(|h| (h.chunk.document.clone(), h.chunk.page)),
        Pane::Train => None,
        Pane::Ask => model
            .ask
            .cited()
            .map(|source| (source.document.clone(), source.page)),
        Pane::Grid => model
            .grid
            .source()
            .map(|source| (source.document.clone(), source.page)),
        Pane::Library => model
            .library
            .entry()
            .map(|entry| (entry.path.to_owned(), 1)),
        Pane::Redline => model
            .redline
            .side(false)
            .map(|(document, side)| (document.to_owned(), side.page)),
    }
}

pub fn open_viewer(model: &mut Model) -> Vec<Command> {
    here(model)
        .map(|(document, page)| Command::OpenViewer { document, page })
        .into_iter()
        .collect()
}

pub fn copy_citation(model: &mut Model) -> Vec<Command> {
    here(model)
        .map(|(document, page)| Command::Copy {
            text: format!("[{document}, p. {page}]"),
            what: "citation".into(),
        })
        .into_iter()
        .collect()
}

pub fn copy_text(model: &mut Model) -> Vec<Command> {
    let chunk = model.search.page.as_ref().and_then(|p| p.chunk.as_ref());
    chunk
        .map(|c| Command::Copy {
            text: c.text.clone(),
            what: "passage".into(),
        })
        .into_iter()
        .collect()
}
