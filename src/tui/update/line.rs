//! The line under edit: which one it is, and what typing in it brings about.

use super::super::keymap::{Edit, Place};
use super::super::model::{Input, Model};
use super::{ask_soon, compare};

/// The line that typing at `place` goes to.
pub fn line(model: &mut Model, place: Place) -> Option<&mut Input> {
    match place {
        Place::Search => Some(&mut model.search.input),
        Place::Filter => Some(&mut model.search.filter.input),
        Place::Compare => Some(&mut model.compare.input),
        Place::Ask => Some(&mut model.ask.input),
        Place::Grid => Some(&mut model.grid.input),
        Place::Form => model.train.form.as_mut()?.input(),
        Place::Find if model.search.reading => Some(&mut model.search.find.input),
        Place::Find => Some(&mut model.library.find.input),
        Place::Tag => Some(&mut model.library.tag.input),
        Place::Everywhere
        | Place::Line
        | Place::Page
        | Place::Train
        | Place::Library
        | Place::Redline => None,
    }
}

/// Whether a line is typed at `place` and has text.
pub fn has_text(model: &mut Model, place: Place) -> bool {
    line(model, place).is_some_and(|input| !input.text.is_empty())
}

/// Types a letter.
pub fn typed(model: &mut Model, place: Place, c: char) {
    change(model, place, |input| input.insert(c));
}

/// Edits the line.
pub fn edit(model: &mut Model, place: Place, edit: Edit) {
    change(model, place, |input| input.edit(edit));
}

fn change(model: &mut Model, place: Place, change: impl FnOnce(&mut Input)) {
    let Some(input) = line(model, place) else {
        return;
    };
    let before = input.text.clone();
    change(input);
    if input.text == before {
        return;
    }
    match place {
        Place::Search | Place::Filter => ask_soon(model),
        Place::Compare => {
            model.compare.at = None;
            compare::ask_soon(model);
        }
        Place::Find if !model.search.reading => model.library.selected = 0,
        _ => {}
    }
}
