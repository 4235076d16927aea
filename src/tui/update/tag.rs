//! Tags: what the user calls the document under the cursor, typed in a line.

use super::super::keymap::Action;
use super::super::model::Model;
use super::Command;

/// Opens the line for the document under the cursor.
pub fn open(model: &mut Model) {
    if model.library.entry().and_then(|entry| entry.row).is_none() {
        model.say("no document is here to tag", true);
        return;
    }
    model.library.tag.clear();
    model.library.tag.open = true;
}

/// What is done while the line is typed.
pub fn act(model: &mut Model, action: Action) -> Vec<Command> {
    match action {
        Action::Enter => return enter(model),
        Action::Back => model.library.tag.clear(),
        Action::Complete => {
            if let Some(first) = model.library.tags().into_iter().next() {
                model.library.tag.input.set(&first);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn enter(model: &mut Model) -> Vec<Command> {
    let tag = model.library.tag.wanted().map(str::to_owned);
    model.library.tag.clear();
    let document = model.library.entry().map(|entry| entry.path.to_owned());
    let both = document.zip(tag);
    both.map(|(document, tag)| Command::Tag { document, tag })
        .into_iter()
        .collect()
}

/// It is done, or could not be.
pub fn done(model: &mut Model, done: Result<String, String>) -> Vec<Command> {
    match done {
        Ok(said) => {
            model.say(said, false);
            vec![Command::Refresh]
        }
        Err(why) => {
            model.say(why, true);
            Vec::new()
        }
    }
}
