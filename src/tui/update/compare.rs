//! The compare pane's keys and answers.

use super::super::model::Model;
use super::{Command, DEBOUNCE, moved};
use crate::job::comparison::placed;
use crate::job::pins::Pin;
use crate::job::side_by_side::{SideBySideReply, SideBySideRequest, WORDS};
use crate::retrieve::{Aids, Query};

/// Hits of a column.
const TOP_K: usize = 20;

/// Opens the pane: the question of the search pane comes along where it has none of its own.
pub fn enter(model: &mut Model) -> Vec<Command> {
    let text = model.search.input.text.clone();
    let pane = &mut model.compare;
    if pane.input.text.is_empty() && !text.is_empty() {
        pane.input.set(&text);
    }
    vec![Command::Compare(SideBySideRequest::Models)]
}

pub fn ask_soon(model: &mut Model) {
    model.compare.due = Some(model.now + DEBOUNCE);
    model.compare.waiting = true;
}

/// Asks all columns.
pub fn ask(model: &mut Model) -> Vec<Command> {
    let pane = &mut model.compare;
    pane.due = None;
    pane.serial += 1;
    (pane.row, pane.waiting) = (0, true);
    if pane.input.text.trim().is_empty() || pane.models.is_empty() {
        pane.columns.clear();
        pane.waiting = false;
        return Vec::new();
    }
    vec![Command::Compare(SideBySideRequest::Ask {
        serial: pane.serial,
        query: Query {
            text: pane.input.text.clone(),
            arm: pane.arm,
            top_k: TOP_K,
            aids: Aids::ALL,
            ..Query::default()
        },
        models: pane.models.clone(),
    })]
}

pub fn replied(model: &mut Model, reply: SideBySideReply) -> Vec<Command> {
    let pane = &mut model.compare;
    match reply {
        SideBySideReply::Columns { serial, columns } => {
            if serial == pane.serial {
                pane.columns = columns;
                pane.waiting = false;
            }
            Vec::new()
        }
        SideBySideReply::Walked {
            left,
            right,
            questions,
        } => {
            pane.walked_for = (left, right);
            match questions {
                Err(why) => model.say(why, true),
                Ok(none) if none.is_empty() => {
                    let why = "no questions with pages: put a questions.jsonl into the folder";
                    model.say(why, true);
                }
                Ok(found) => {
                    pane.walked = found;
                    return walk(model, 1);
                }
            }
            Vec::new()
        }
        SideBySideReply::Models {
            names,
            untuned,
            tuned,
        } => {
            pane.names = names;
            let known = |name: &String| pane.names.contains(name);
            let is_first = pane.tuned.is_none() && tuned.is_some();
            if !pane.models.iter().all(known) || pane.models.len() < 2 || is_first {
                let right = tuned.clone().unwrap_or_else(|| WORDS.to_owned());
                pane.models = vec![untuned, right];
            }
            pane.tuned = tuned;
            if std::mem::take(&mut pane.wants_walk) {
                walk(model, 1)
            } else {
                ask(model)
            }
        }
        SideBySideReply::Failed(why) => {
            model.say(why, true);
            Vec::new()
        }
    }
}

/// The question that stands `by` further among those that move.
pub fn walk(model: &mut Model, by: isize) -> Vec<Command> {
    let pane = &mut model.compare;
    let [left, right] = match &pane.models[..] {
        [left, right, ..] => [left.clone(), right.clone()],
        _ => {
            pane.wants_walk = true;
            return Vec::new();
        }
    };
    if [&left, &right].contains(&&WORDS.to_owned()) {
        model.say(
            "questions are put to two models, and bm25 is none: Tab for another",
            true,
        );
        return Vec::new();
    }
    if pane.walked_for != (left.clone(), right.clone()) {
        pane.walked.clear();
        pane.at = None;
        pane.walked_for = (left.clone(), right.clone());
        model.say("putting the questions to both models …", false);
        return vec![Command::Compare(SideBySideRequest::Walk { left, right })];
    }
    if pane.walked.is_empty() {
        return Vec::new();
    }
    let at = match pane.at {
        None => 0,
        Some(at) => (at as isize + by).rem_euclid(pane.walked.len() as isize) as usize,
    };
    pane.at = Some(at);
    let text = pane.walked[at].question.clone();
    pane.input.set(&text);
    ask(model)
}

/// Another model for the right column, or for the third, which comes and goes.
pub fn cycle(model: &mut Model, column: usize) -> Vec<Command> {
    let pane = &mut model.compare;
    match pane.models.get(column).cloned() {
        None => pane.models.push(WORDS.to_owned()),
        Some(name) => {
            let next = pane.after(&name);
            // A third column goes when every model had its turn.
            match next {
                Some(next) if column < 2 || next != WORDS => {
                    pane.models[column] = next;
                }
                _ => drop(pane.models.remove(column)),
            }
        }
    }
    ask(model)
}

pub fn step(model: &mut Model, by: isize) {
    let pane = &mut model.compare;
    let column = pane.columns.get(pane.column);
    let len = column.map_or(0, |column| placed(&column.hits, &[]).len());
    pane.row = moved(pane.row, by.clamp(-5, 5), len);
}

/// The cursor into the next column.
pub fn turn(model: &mut Model) {
    let pane = &mut model.compare;
    pane.column = (pane.column + 1) % pane.models.len().max(1);
    step(model, 0);
}

/// Pins the question with the page that answers it, or with the hit under the cursor.
pub fn pin(model: &mut Model) -> Vec<Command> {
    let pane = &model.compare;
    let known = pane.gold().first().and_then(|page| {
        let (document, page) = page.rsplit_once(':')?;
        Some((document.to_owned(), page.parse().ok()?))
    });
    let chosen = pane
        .hit()
        .map(|hit| (hit.chunk.document.clone(), hit.chunk.page));
    let Some((document, page)) = known.or(chosen) else {
        model.say("ask first: a question is pinned with a page", true);
        return Vec::new();
    };
    let question = pane.input.text.trim().to_owned();
    vec![Command::Pin(Pin {
        question,
        document,
        page,
    })]
}
