//! Finding: words on the page that is read and on the others of its document, documents by a part of their name.

use super::super::model::find::places;
use super::super::model::{Model, Pane};
use super::super::view;
use super::Command;
use super::page::{show_page, turn};
use crate::units::count;

/// Opens the line; what was looked for before is gone.
pub fn open(model: &mut Model) {
    let finder = match model.search.reading {
        true => &mut model.search.find,
        false => &mut model.library.find,
    };
    finder.clear();
    finder.open = true;
    if !model.search.reading {
        model.library.selected = 0;
    }
}

/// Takes what was typed: the documents that have it are listed alone, the first place on the page from the one in
/// sight on is shown.
pub fn enter(model: &mut Model) -> Vec<Command> {
    if !model.search.reading {
        model.library.find.open = false;
        return Vec::new();
    }
    model.search.find.open = false;
    model.search.found = None;
    if model.search.find.wanted().is_none() {
        return Vec::new();
    }
    // The picture has no words to show.
    let redraw = model.search.picture.take().map(|_| Command::Redraw);
    let mut out: Vec<Command> = redraw.into_iter().collect();
    out.extend(next(model, true));
    out
}

/// Esc: drops what is looked for. False where nothing is.
pub fn back(model: &mut Model) -> bool {
    let finder = match (model.search.reading, model.pane) {
        (true, _) => &mut model.search.find,
        (false, Pane::Library) => &mut model.library.find,
        _ => return false,
    };
    let had = finder.open || finder.wanted().is_some();
    finder.clear();
    model.search.found = None;
    had
}

/// The next place of what is looked for, or the one before; the pages behind, or before, have their turn as well.
/// Where nothing is looked for, the page is turned.
pub fn next(model: &mut Model, forward: bool) -> Vec<Command> {
    let Some(wanted) = model.search.find.wanted().map(str::to_owned) else {
        return turn(model, if forward { 1 } else { -1 });
    };
    let rows = rows_with(model, &wanted);
    let at = model.search.found;
    let further = match forward {
        true => rows.iter().find(|row| at.is_none_or(|at| **row > at)),
        false => rows.iter().rev().find(|row| at.is_none_or(|at| **row < at)),
    };
    // That something else was not found is no longer so.
    model.toast = None;
    if let Some(&row) = further {
        show(model, &rows, row);
        return Vec::new();
    }
    let Some(view) = &model.search.page else {
        return Vec::new();
    };
    vec![Command::Find {
        document: view.document.clone(),
        from: view.number,
        wanted,
        forward,
    }]
}

/// The page of the document that has it next; none has it where there is none.
pub fn answered(
    model: &mut Model,
    document: String,
    page: Option<u32>,
    forward: bool,
) -> Vec<Command> {
    let is_here = |view: &&crate::tui::model::PageView| view.document == document;
    let Some(number) = model.search.page.as_ref().filter(is_here).map(|v| v.number) else {
        return Vec::new();
    };
    let wanted = model.search.find.wanted().unwrap_or_default().to_owned();
    match page {
        None => {
            model.say(format!("{wanted:?} stands nowhere in this document"), true);
            Vec::new()
        }
        // Round to where it began.
        Some(page) if page == number => {
            model.search.found = None;
            let rows = rows_with(model, &wanted);
            let row = if forward { rows.first() } else { rows.last() };
            if let Some(&row) = row {
                show(model, &rows, row);
                model.say("nowhere else in this document", false);
            }
            Vec::new()
        }
        Some(page) => {
            let chunk = model.search.page.as_ref().and_then(|p| p.chunk.clone());
            model.search.found_on = Some(forward);
            show_page(model, document, page, chunk)
        }
    }
}

/// Shows the place on a page that has just come for it.
pub fn arrived(model: &mut Model) {
    let Some(forward) = model.search.found_on.take() else {
        return;
    };
    let Some(wanted) = model.search.find.wanted().map(str::to_owned) else {
        return;
    };
    let rows = rows_with(model, &wanted);
    if let Some(&row) = if forward { rows.first() } else { rows.last() } {
        show(model, &rows, row);
    }
}

/// The rows of the page on the screen that have `wanted`.
fn rows_with(model: &Model, wanted: &str) -> Vec<usize> {
    let Some(view) = &model.search.page else {
        return Vec::new();
    };
    let rows = view::page_rows(view, model.search.page_cells.0 as usize);
    let has = |(at, text): (usize, String)| (!places(&text, wanted).is_empty()).then_some(at);
    rows.into_iter().enumerate().filter_map(has).collect()
}

/// Brings a row into sight, and says which of those on the page it is.
fn show(model: &mut Model, rows: &[usize], row: usize) {
    let at = rows.partition_point(|other| *other < row) + 1;
    model.say(
        format!("{at} of {} here", count(rows.len() as u64, "line")),
        false,
    );
    model.search.found = Some(row);
    let height = model.search.page_cells.1 as usize;
    if let Some(view) = &mut model.search.page {
        view.scroll = row.saturating_sub(height / 3);
        view.follow = false;
    }
}
