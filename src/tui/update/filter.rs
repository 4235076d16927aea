//! The filter line, the found filters and explanations: what narrows a search, and what it did.

use super::super::keymap::Action;
use super::super::model::Model;
use super::page::here;
use super::{Command, ask, ask_soon};
use crate::query::filter::{FilterError, check_name};
use crate::retrieve::Query;
use crate::retrieve::explain::Explanation;

/// Opens the line, or closes it; what it says goes on to hold.
pub fn toggle(model: &mut Model) -> Vec<Command> {
    model.search.filter.open = !model.search.filter.open;
    Vec::new()
}

/// What is done while the line is edited.
pub fn act(model: &mut Model, action: Action) -> Vec<Command> {
    let before = model.search.filter.input.text.clone();
    match action {
        Action::Enter | Action::Filter => match checked(model) {
            Err(why) => model.say(format!("filter: {why}"), true),
            Ok(()) => {
                model.search.filter.open = false;
                if let Some(command) = keep(model) {
                    ask_soon(model);
                    return vec![command];
                }
            }
        },
        Action::Scope => return toggle_scope(model),
        Action::Back => {
            model.search.filter.open = false;
            model.search.filter.input.set("");
        }
        Action::Complete => model.search.filter.complete(&model.library),
        _ => {}
    }
    if model.search.filter.input.text != before {
        ask_soon(model);
    }
    Vec::new()
}

/// The filter as written, and the name that it is to be kept under.
fn checked(model: &Model) -> Result<(), FilterError> {
    let line = &model.search.filter;
    line.filter(&model.library.names)?;
    line.kept_as().map_or(Ok(()), |(name, _)| check_name(name))
}

/// Has a filter that is written `@peers = company:nike` kept, and leaves the filter itself in the line.
fn keep(model: &mut Model) -> Option<Command> {
    let (name, line) = model.search.filter.kept_as()?;
    let (name, line) = (name.to_owned(), line.to_owned());
    model.search.filter.input.set(&line);
    Some(Command::KeepFilter { name, line })
}

/// Drops what was found in the question, or finds it again.
pub fn toggle_scope(model: &mut Model) -> Vec<Command> {
    model.search.aids.scope = !model.search.aids.scope;
    let note = if model.search.aids.scope {
        "companies and periods named in the question narrow the search"
    } else {
        "the whole library is searched, whatever the question names"
    };
    model.say(note, false);
    ask(model)
}

/// The question as it stands in the pane. A filter that cannot be read is said, and left out.
pub fn query(model: &mut Model, top_k: usize) -> Query {
    let filter = model.search.filter.filter(&model.library.names);
    let filter = filter.unwrap_or_else(|why| {
        if !model.search.filter.open {
            model.say(format!("filter: {why}"), true);
        }
        Default::default()
    });
    Query {
        text: model.search.input.text.clone(),
        arm: model.search.arm,
        top_k,
        filter,
        dim: None,
        aids: model.search.aids,
    }
}

/// Asks why the hit, or the page being read, stands where it does.
pub fn explain(model: &mut Model) -> Vec<Command> {
    let Some((document, page)) = here(model).filter(|_| !model.search.input.text.trim().is_empty())
    else {
        model.say(
            "ask a question first; then this says why a page was found, or not",
            false,
        );
        return Vec::new();
    };
    let query = query(model, 1);
    vec![Command::Explain {
        query,
        document,
        page,
    }]
}

pub fn explained(model: &mut Model, explanation: &Explanation) -> Vec<Command> {
    model.search.explanation = Some(explanation.lines());
    Vec::new()
}
