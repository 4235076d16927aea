//! The page as a picture: asked for, answered, scrolled, closed.

use super::super::keymap::{Action, Place};
use super::super::model::{Model, PictureView};
use super::Command;
use crate::pdf::Page;
use crate::screen::Shown;

/// A picture that was asked for.
pub struct Answer {
    pub document: String,
    pub number: u32,
    pub cells: (u16, u16),
    pub result: Result<Shown, NotShown>,
}

/// Why there is no picture.
#[derive(Debug)]
pub enum NotShown {
    /// Nobody could read it: the text is shown.
    TooCoarse,
    Failed(String),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Of the pixels nothing is worth printing.
        let result = self.result.as_ref().map(|shown| shown.top);
        write!(f, "{}:{} {result:?}", self.document, self.number)
    }
}

/// Text to picture, and back. Sixel has no clear, so the cells beneath are drawn anew.
pub fn toggle(model: &mut Model) -> Vec<Command> {
    match model.search.picture.take() {
        Some(_) => vec![Command::Redraw],
        None => ask(model, None),
    }
}

/// Asks for the page on the screen, from a row of pixels on.
pub fn ask(model: &mut Model, top: Option<u32>) -> Vec<Command> {
    let Some(view) = &model.search.page else {
        return Vec::new();
    };
    let cells = model.search.page_cells;
    let before = model
        .search
        .picture
        .take()
        .filter(|p| p.document == view.document && p.number == view.number && p.cells == cells);
    let shown = before.and_then(|p| p.shown);
    let command = Command::Picture {
        document: view.document.clone(),
        number: view.number,
        marked: view.marked,
        boxed: view.boxed(),
        cells,
        top,
        places: view
            .page
            .as_ref()
            .map(Page::places_by_ocr)
            .unwrap_or_default(),
        picture: shown.as_ref().map(|s| s.picture.clone()),
    };
    model.search.picture = Some(PictureView {
        document: view.document.clone(),
        number: view.number,
        cells,
        shown,
        failed: None,
    });
    vec![command]
}

/// Takes in an answer, unless something else is wanted by now.
pub fn answered(model: &mut Model, answer: Answer) -> Vec<Command> {
    let wanted = model.search.picture.as_mut().filter(|p| {
        (&p.document, p.number, p.cells) == (&answer.document, answer.number, answer.cells)
    });
    let Some(picture) = wanted else {
        return Vec::new();
    };
    match answer.result {
        Ok(shown) => (picture.shown, picture.failed) = (Some(shown), None),
        Err(NotShown::Failed(why)) => picture.failed = Some(why),
        Err(NotShown::TooCoarse) => {
            model.search.picture = None;
            let key = model.keys.label(Place::Page, Action::OpenViewer);
            let why =
                format!("the text: a picture is too coarse to read here; {key} opens the PDF");
            model.say(why, false);
            return vec![Command::Redraw];
        }
    }
    Vec::new()
}

/// Scrolls by rows of cells; none when no picture has the keys.
pub fn scroll(model: &mut Model, by: isize) -> Option<Vec<Command>> {
    let picture = model.search.picture.as_ref()?;
    let Some(shown) = &picture.shown else {
        return Some(Vec::new());
    };
    let rows = by as i64 * i64::from(model.search.row_height);
    let last = i64::from(shown.picture.height);
    let top = (i64::from(shown.top) + rows).clamp(0, last) as u32;
    if top == shown.top {
        Some(Vec::new())
    } else {
        Some(ask(model, Some(top)))
    }
}

/// Asks again when the screen has another size than the picture was made for.
pub fn refit(model: &mut Model) -> Vec<Command> {
    let cells = model.search.page_cells;
    match &model.search.picture {
        Some(picture) if picture.cells != cells && cells.0 > 0 && cells.1 > 0 => ask(model, None),
        _ => Vec::new(),
    }
}
