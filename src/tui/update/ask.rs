//! The ask pane's keys and answers.

use super::super::keymap::{Action, Place};
use super::super::model::ask::Asking;
use super::super::model::{Ahead, ChunkPlace, Input, JobState, Model};
use super::page::show_page;
use super::{Command, moved};
use crate::job::asking::Answered;
use crate::job::asking::conversation::Kept;
use crate::job::asking::worker::{AskReply, AskRequest, QUOTES};
use crate::progress::CancelToken;
use crate::proof::Claim;
use crate::retrieve::{Aids, Query};

/// Pages that an answer may rest on.
const TOP_K: usize = 10;

/// Asks what stands in the input; without a question, reads the page under the cursor.
pub fn enter(model: &mut Model) -> Vec<Command> {
    let question = model.ask.input.text.trim().to_owned();
    if question.is_empty() {
        if model.ask.cited().is_none() {
            return Vec::new();
        }
        model.search.reading = true;
        return show_source(model);
    }
    if model.ask.asking.is_some() {
        model.say("an answer is on its way; Esc stops it", true);
        return Vec::new();
    }
    let filter = match model.search.filter.filter(&model.library.names) {
        Ok(filter) => filter,
        Err(why) => {
            model.say(format!("filter: {why}"), true);
            return Vec::new();
        }
    };
    let pane = &mut model.ask;
    pane.input = Input::default();
    pane.serial += 1;
    let history = pane.conversation().iter().map(Kept::turn).collect();
    let retrieves = if pane.by_base { "before" } else { "serving" };
    let cancel = CancelToken::new();
    pane.asking = Some(Asking {
        question: question.clone(),
        text: String::new(),
        pieces: 0,
        sure: true,
        began: model.now,
        first: None,
        cancel: cancel.clone(),
        model: retrieves.to_owned(),
        writer: pane.writer().to_owned(),
        begins: pane.fresh,
    });
    (pane.scroll, pane.source, pane.failed) = (0, 0, None);
    let request = AskRequest {
        serial: pane.serial,
        query: Query {
            text: question,
            top_k: TOP_K,
            filter,
            aids: Aids::ALL,
            ..Query::default()
        },
        history,
        model: retrieves.to_owned(),
        writer: pane.writer().to_owned(),
        cancel,
        again: false,
    };
    (pane.ahead, pane.waits) = (None, None);
    // What a language model has said is not said again unasked.
    pane.request = (request.writer == QUOTES).then(|| request.clone());
    vec![Command::Ask(request)]
}

/// The last question again, by what was embedded for it since; its answer takes the place of the first.
pub fn again(model: &mut Model) -> Vec<Command> {
    let pane = &mut model.ask;
    let (None, Some(request)) = (&pane.asking, &pane.request) else {
        return Vec::new();
    };
    pane.serial += 1;
    vec![Command::Ask(AskRequest {
        serial: pane.serial,
        again: true,
        ..request.clone()
    })]
}

/// Something was indexed while the last question may still wait for it: it is asked again, or for the first time.
pub fn anew(model: &mut Model) -> Vec<Command> {
    if model.ask.asking.is_some() {
        return Vec::new();
    }
    if let Some(question) = model.ask.waits.take() {
        let is_free = model.ask.input.text.trim().is_empty();
        if is_free {
            model.ask.input.set(&question);
            return enter(model);
        }
    }
    let is_running = model.job.state == JobState::Running;
    let pane = &mut model.ask;
    let Some(request) = pane.request.clone().filter(|_| is_running) else {
        return Vec::new();
    };
    pane.serial += 1;
    vec![Command::Ask(AskRequest {
        serial: pane.serial,
        ..request
    })]
}

/// Puts the answer to a question that was asked again in the place of its first.
fn sharpened(model: &mut Model, answered: Answered) -> Vec<Command> {
    let pane = &mut model.ask;
    let last = pane.turns.last_mut();
    let Some(last) = last.filter(|last| last.answer != answered.answer) else {
        return Vec::new();
    };
    last.answer = answered.answer;
    if let Some(ahead) = &mut pane.ahead {
        ahead.changed = true;
    }
    let mut out = vec![Command::KeepAnswers(pane.turns.clone())];
    if pane.at.map(|at| at + 1) == Some(pane.turns.len()) {
        pane.source = 0;
        out.extend(show_source(model));
    }
    out
}

/// What the worker replies to the question that is being answered; of others nothing counts.
pub fn replied(model: &mut Model, reply: AskReply) -> Vec<Command> {
    let serial = match &reply {
        AskReply::Text { serial, .. }
        | AskReply::Anew { serial }
        | AskReply::Done { serial, .. }
        | AskReply::Failed { serial, .. }
        | AskReply::Cancelled { serial } => *serial,
    };
    let is_coming = model.is_coming();
    let pane = &mut model.ask;
    if serial != pane.serial {
        return Vec::new();
    }
    if let AskReply::Text { text, sure, .. } = reply {
        if let Some(asking) = &mut pane.asking {
            asking.sure = sure;
            asking.text.push_str(&text);
            asking.pieces += 1;
            asking.first.get_or_insert(model.now);
        }
        return Vec::new();
    }
    if let AskReply::Anew { .. } = reply {
        if let Some(asking) = &mut pane.asking {
            asking.text.clear();
        }
        return Vec::new();
    }
    let Some(asking) = pane.asking.take() else {
        return match reply {
            AskReply::Done {
                answered, ahead, ..
            } => {
                if let Some(of) = ahead {
                    pane.ahead = Ahead::of(of);
                }
                sharpened(model, *answered)
            }
            _ => Vec::new(),
        };
    };
    match reply {
        AskReply::Done {
            answered, ahead, ..
        } => {
            pane.ahead = ahead.and_then(Ahead::of);
            let kept = Kept {
                question: asking.question,
                taken_as: answered.taken_as(),
                answer: answered.answer,
                model: asking.model,
                writer: answered.tokens.is_some().then_some(asking.writer),
                seconds: answered.took.as_secs_f64(),
                tokens: answered.tokens,
                begins: asking.begins,
            };
            pane.fresh = false;
            pane.turns.push(kept.clone());
            pane.at = Some(pane.turns.len() - 1);
            let mut out = vec![Command::KeepAnswer(Box::new(kept))];
            out.extend(show_source(model));
            out
        }
        AskReply::Failed { .. } if is_coming => {
            let why = "the folder is still being read: the answer comes as soon as more of it is";
            pane.failed = Some(why.to_owned());
            pane.waits = Some(asking.question);
            Vec::new()
        }
        AskReply::Failed { why, .. } => {
            pane.input.set(&asking.question);
            pane.failed = Some(why);
            Vec::new()
        }
        AskReply::Cancelled { .. } | AskReply::Text { .. } | AskReply::Anew { .. } => Vec::new(),
    }
}

/// Stops the answer that is on its way; the question comes back. False where none is.
pub fn stop(model: &mut Model) -> bool {
    let pane = &mut model.ask;
    let Some(asking) = pane.asking.take() else {
        return false;
    };
    asking.cancel.cancel();
    // What still comes of it is stale.
    pane.serial += 1;
    pane.input.set(&asking.question);
    model.say("stopped", false);
    true
}

/// Esc: stops an answer, whose question comes back to be changed, or clears the question. False where
/// there is neither.
pub fn back(model: &mut Model) -> bool {
    if stop(model) {
        return true;
    }
    if let Some(question) = model.ask.waits.take() {
        model.ask.input.set(&question);
        model.ask.failed = None;
        return true;
    }
    let had = !model.ask.input.text.is_empty();
    model.ask.input = Input::default();
    had
}

/// Shows the page of the source under the cursor, its lines marked.
pub fn show_source(model: &mut Model) -> Vec<Command> {
    let Some(source) = model.ask.cited().cloned() else {
        if !model.search.reading {
            model.search.page = None;
        }
        return Vec::new();
    };
    let figures = source.proofs.iter().flat_map(|proof| &proof.marks);
    model.search.terms = figures.cloned().collect();
    let text: Vec<&str> = source.proofs.iter().map(|p| p.text.as_str()).collect();
    let place = ChunkPlace {
        page: source.page,
        page_last: source.page_last,
        line_first: source.line_first,
        line_last: source.line_last,
        text: text.join("\n"),
        cell: None,
    };
    show_page(model, source.document, source.page, Some(place))
}

/// The next or the previous source.
pub fn step(model: &mut Model, by: isize) -> Vec<Command> {
    let pane = &mut model.ask;
    if by.abs() > 1 {
        pane.scroll = pane.scroll.saturating_add_signed(by.clamp(-10, 10));
        return Vec::new();
    }
    let len = pane.turn().map_or(0, |turn| turn.answer.sources.len());
    let next = moved(pane.source, by, len);
    if next == pane.source {
        return Vec::new();
    }
    pane.source = next;
    pane.follow = true;
    show_source(model)
}

/// An earlier or a later turn.
pub fn turn(model: &mut Model, by: isize) -> Vec<Command> {
    let pane = &mut model.ask;
    let Some(at) = pane.at else {
        return Vec::new();
    };
    pane.at = Some(moved(at, by, pane.turns.len()));
    (pane.scroll, pane.source, pane.failed) = (0, 0, None);
    show_source(model)
}

/// Another writer for the next question.
pub fn next_writer(model: &mut Model) {
    let pane = &mut model.ask;
    pane.writer = (pane.writer + 1) % pane.writers.len().max(1);
    if pane.writers.len() < 2 {
        let why = "no language model is here; fetch one: tenk models pull smollm2";
        model.say(why, true);
    }
}

/// The same question retrieved by the other model: the one that served before, or that serves.
pub fn other_retrieval(model: &mut Model) -> Vec<Command> {
    if !model.ask.by_base && !model.train.has_tuned() {
        let why = "no tuned model to ask in place of this one: the Train pane makes one";
        model.say(why, true);
        return Vec::new();
    }
    let pane = &mut model.ask;
    pane.by_base = !pane.by_base;
    if pane.input.text.trim().is_empty()
        && let Some(turn) = pane.turn()
    {
        let question = turn.question.clone();
        pane.input.set(&question);
        return enter(model);
    }
    Vec::new()
}

/// The next question begins a conversation of its own.
pub fn begin(model: &mut Model) -> Vec<Command> {
    stop(model);
    let pane = &mut model.ask;
    (pane.at, pane.fresh, pane.failed) = (None, true, None);
    pane.input = Input::default();
    model.search.page = None;
    let before = model.keys.label(Place::Ask, Action::HistoryBack);
    model.say(
        format!("a new conversation; {before} shows those before"),
        false,
    );
    Vec::new()
}

/// Removes the turn on the screen from the history.
pub fn remove(model: &mut Model) -> Vec<Command> {
    let pane = &mut model.ask;
    let Some(at) = pane.at.filter(|at| *at < pane.turns.len()) else {
        return Vec::new();
    };
    if pane.removing.replace(at) != Some(at) {
        let key = model.keys.label(Place::Ask, Action::RemoveTurn);
        model.say(
            format!("{key} again removes the question and its answer"),
            false,
        );
        return Vec::new();
    }
    pane.removing = None;
    let gone = pane.turns.remove(at);
    (pane.ahead, pane.request) = (None, None);
    // The conversation that it began goes on with the one behind it.
    if let Some(next) = pane.turns.get_mut(at)
        && gone.begins
    {
        next.begins = true;
    }
    pane.at = pane.turns.len().checked_sub(1).map(|last| at.min(last));
    pane.fresh |= pane.turns.is_empty();
    pane.source = 0;
    model.say("removed from the history", false);
    let mut out = vec![Command::KeepAnswers(model.ask.turns.clone())];
    out.extend(show_source(model));
    out
}

/// Copies the answer with its citations, as Markdown.
pub fn copy(model: &Model) -> Vec<Command> {
    let copied = |turn: &Kept| Command::Copy {
        text: turn.answer.markdown(&turn.question),
        what: "answer".into(),
    };
    model.ask.turn().map(copied).into_iter().collect()
}

/// Writes a proof of the answer on the screen.
pub fn prove(model: &mut Model) -> Vec<Command> {
    let Some(turn) = model.ask.turn() else {
        model.say("no answer is there to prove", true);
        return Vec::new();
    };
    let writer = turn.writer.as_deref();
    let claim = Claim::of_answer(&turn.question, &turn.taken_as, &turn.answer, writer);
    model.say("the proof is being written", false);
    vec![Command::Prove(Box::new(claim))]
}
