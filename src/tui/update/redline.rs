//! The redline pane's keys and what the worker replies.

use super::super::model::redline::RedlinePane;
use super::super::model::{ChunkPlace, Model, Pane};
use super::page::show_page;
use super::{Command, go_to, moved};
use crate::job::redlining::{RedlineReply, RedlineRequest};

/// Looks for reports that can be compared, when the pane is seen without a comparison.
pub fn enter_pane(model: &mut Model) -> Vec<Command> {
    if model.redline.compared.is_some() {
        return Vec::new();
    }
    ask(model, None)
}

fn ask(model: &mut Model, documents: Option<(Option<String>, String)>) -> Vec<Command> {
    let pane = &mut model.redline;
    pane.serial += 1;
    pane.waiting = true;
    pane.failed = None;
    let serial = pane.serial;
    vec![Command::Redline(match documents {
        None => RedlineRequest::Pairs { serial },
        Some((a, b)) => RedlineRequest::Compare { serial, a, b },
    })]
}

/// Marks the document of the library under the cursor as the older one; where one is marked, compares the two, and
/// one that is named twice with the report before it.
pub fn of_document(model: &mut Model) -> Vec<Command> {
    let row = model.library.entry().and_then(|entry| entry.row);
    let Some(row) = row.filter(|row| row.pages > 0) else {
        model.say("nothing to compare: it has no text", true);
        return Vec::new();
    };
    let own = row.path.clone();
    let Some(older) = model.redline.older.take() else {
        model.say(
            format!("{own}: d on a newer one compares the two, d again the report before it"),
            false,
        );
        model.redline.older = Some(own);
        return Vec::new();
    };
    let older = Some(older).filter(|older| *older != own);
    compare(model, older, own)
}

/// Compares the two on the screen again: one of them may be another by now.
pub fn anew(model: &mut Model) -> Vec<Command> {
    let pair = model.redline.compared.as_ref();
    let pair = pair.map(|own| (Some(own.a.clone()), own.b.clone()));
    match pair {
        Some(pair) => ask(model, Some(pair)),
        None => Vec::new(),
    }
}

fn compare(model: &mut Model, a: Option<String>, b: String) -> Vec<Command> {
    model.redline.compared = None;
    let mut out = go_to(model, Pane::Redline);
    out.clear();
    out.extend(ask(model, Some((a, b))));
    out
}

/// Compares the pair under the cursor, or reads the page of the change.
pub fn enter(model: &mut Model) -> Vec<Command> {
    if model.redline.compared.is_some() {
        return read(model, false);
    }
    let Some((a, b)) = model.redline.pairs.get(model.redline.selected).cloned() else {
        return Vec::new();
    };
    model.redline.pair = model.redline.selected;
    compare(model, Some(a), b)
}

/// Reads the page of the change under the cursor, in the older document where that is wanted.
pub fn read(model: &mut Model, of_older: bool) -> Vec<Command> {
    let Some((document, side)) = model.redline.side(of_older) else {
        return Vec::new();
    };
    let (document, side) = (document.to_owned(), side.clone());
    let place = ChunkPlace {
        page: side.page,
        page_last: side.page_last,
        line_first: side.line,
        line_last: side.line_last,
        text: side.text,
        cell: None,
    };
    model.search.terms.clear();
    model.search.reading = true;
    show_page(model, document, side.page, Some(place))
}

/// From the page of a change in one report to that in the other.
pub fn turn_over(model: &mut Model) -> Vec<Command> {
    let (Pane::Redline, Some(compared)) = (model.pane, &model.redline.compared) else {
        return Vec::new();
    };
    let view = model.search.page.as_ref();
    let is_older = view.is_some_and(|view| view.document == compared.a);
    let own = if is_older { &compared.b } else { &compared.a };
    let other = model.redline.side(!is_older).map(|(document, _)| document);
    if other != Some(own.as_str()) {
        model.say("it stands in this report alone", true);
        return Vec::new();
    }
    read(model, !is_older)
}

/// What the worker replies to the last request; of others nothing counts.
pub fn replied(model: &mut Model, reply: RedlineReply) -> Vec<Command> {
    if reply.serial() != model.redline.serial {
        return Vec::new();
    }
    model.redline.waiting = false;
    match reply {
        RedlineReply::Pairs { pairs, .. } => {
            model.redline.pairs = pairs;
            model.redline.selected = model
                .redline
                .selected
                .min(model.redline.lines().saturating_sub(1));
        }
        RedlineReply::Compared { compared, .. } => {
            // Compared anew, and nothing has changed: the cursor stays.
            if model.redline.compared.as_ref() == Some(&*compared) {
                return Vec::new();
            }
            model.redline = RedlinePane {
                compared: Some(*compared),
                pairs: std::mem::take(&mut model.redline.pairs),
                pair: model.redline.pair,
                serial: model.redline.serial,
                ..RedlinePane::default()
            };
        }
        RedlineReply::Failed { why, .. } => {
            model.redline.compared = None;
            model.redline.failed = Some(why.clone());
            model.say(why, true);
        }
    }
    Vec::new()
}

pub fn step(model: &mut Model, by: isize) {
    let pane = &mut model.redline;
    pane.selected = moved(pane.selected, by, pane.lines());
    pane.scroll = 0;
}

/// Scrolls the text of the change.
pub fn scroll(model: &mut Model, by: isize) {
    // The view keeps it within the text.
    model.redline.scroll = model.redline.scroll.saturating_add_signed(by);
}

pub fn next_kind(model: &mut Model) {
    model.redline.shown = model.redline.shown.next();
    model.redline.rewind();
}

/// Copies the change as it stands there, with its pages.
pub fn copy(model: &mut Model) -> Vec<Command> {
    let Some(compared) = &model.redline.compared else {
        return Vec::new();
    };
    let Some(change) = model.redline.change() else {
        return Vec::new();
    };
    let sides = [(&compared.a, &change.a), (&compared.b, &change.b)];
    let text = sides.iter().filter_map(|(document, side)| {
        let side = side.as_ref()?;
        Some(format!("[{document}, p. {}] {}", side.page, side.text))
    });
    let text = text.collect::<Vec<_>>().join("\n");
    vec![Command::Copy {
        text,
        what: change.kind.as_str().to_owned(),
    }]
}

/// Leaves the comparison for the list of those that can be made; none where there is no comparison.
pub fn back(model: &mut Model) -> Option<Vec<Command>> {
    model.redline.compared.take()?;
    model.redline.rewind();
    model.redline.selected = model.redline.pair;
    Some(ask(model, None))
}

#[cfg(test)]
#[path = "redline_tests.rs"]
mod tests;
