//! Update: a message changes the model and asks for commands. Pure, tested without a terminal.

pub mod ask;
mod compare;
mod filter;
mod find;
mod grid;
mod line;
mod page;
pub mod picture;
mod redline;
mod report;
mod tag;
pub mod train;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::keymap::{Action, Place};
use super::model::{Help, Input, Model, Pane};
use super::view;
use crate::index::watch::How;
use crate::job::asking::conversation::Kept;
use crate::job::asking::worker::{AskReply, AskRequest};
use crate::job::grids::{GridReply, GridRequest};
use crate::job::indexing::Summary;
use crate::job::pins::Pin;
use crate::job::redlining::{RedlineReply, RedlineRequest};
use crate::job::search::SearchReply;
use crate::job::side_by_side::{SideBySideReply, SideBySideRequest};
use crate::pdf::{self, sandbox::Picture};
use crate::progress::Progress;
use crate::proof::Claim;
use crate::query;
use crate::retrieve::Query;
use crate::retrieve::scope::Scope;
use crate::train::steer::Order;
use page::{copy_citation, copy_text, open_viewer, preview, show_hit, show_page, turn};
use report::{on_job_ended, on_progress, on_search, start_indexing, watch, watched};

/// How long after the last key a question is asked.
const DEBOUNCE: Duration = Duration::from_millis(120);
/// Hits asked for.
const TOP_K: usize = 20;

/// What happened.
#[derive(Debug)]
pub enum Msg {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Resize,
    Tick(Instant),
    Search(SearchReply),
    Progress(Progress),
    JobEnded(Result<Box<Summary>, String>),
    FolderChanged,
    /// The folder is watched, so.
    Watched(How),
    Picture(Box<picture::Answer>),
    SideBySide(Box<SideBySideReply>),
    Train(Box<train::Report>),
    Ask(Box<AskReply>),
    Grid(GridReply),
    Redline(RedlineReply),
    /// A document was tagged, or the tag taken off it; the error why not.
    Tagged(Result<String, String>),
    /// A message to show: from a viewer that was started.
    Said {
        text: String,
        bad: bool,
    },
}

/// What must be done outside the model.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Search {
        serial: u64,
        query: Query,
        again: bool,
    },
    Page {
        document: String,
        number: u32,
    },
    Refresh,
    StartIndexing,
    Watch,
    Unwatch,
    OpenViewer {
        document: String,
        page: u32,
    },
    Copy {
        text: String,
        what: String,
    },
    CaptureMouse(bool),
    SaveHistory,
    Explain {
        query: Query,
        document: String,
        page: u32,
    },
    /// Draw a page as a picture.
    Picture {
        document: String,
        number: u32,
        marked: Option<(u32, u32)>,
        boxed: Option<(f32, f32)>,
        cells: (u16, u16),
        top: Option<u32>,
        places: Vec<pdf::Place>,
        picture: Option<Arc<Picture>>,
    },
    /// Ask the comparison worker.
    Compare(SideBySideRequest),
    /// Run this program for itself, so that it goes on when the app is closed.
    StartJob {
        name: String,
        arguments: Vec<String>,
    },
    /// An order to a run, or to the job that goes on.
    Steer {
        run: Option<String>,
        order: Order,
    },
    /// Follow a question through trainings, or no more.
    Pin(Pin),
    /// Ask the worker that answers.
    Ask(AskRequest),
    /// Ask the worker that fills grids.
    Grid(GridRequest),
    /// Ask the worker that compares documents.
    Redline(RedlineRequest),
    /// Have the worker write a proof.
    Prove(Box<Claim>),
    /// Put an answer into the library's history, or keep these alone.
    KeepAnswer(Box<Kept>),
    KeepAnswers(Vec<Kept>),
    /// Keep a filter under a name.
    KeepFilter {
        name: String,
        line: String,
    },
    /// Give a document a tag, or take it off it.
    Tag {
        document: String,
        tag: String,
    },
    /// Look for words in the other pages of a document.
    Find {
        document: String,
        from: u32,
        wanted: String,
        forward: bool,
    },
    /// Give the terminal back to the shell until it is taken up again.
    Suspend,
    /// Draw the whole screen anew: pictures are not cells that are overwritten.
    Redraw,
}

/// Applies a message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Command> {
    match msg {
        Msg::Key(key) => on_key(model, key),
        Msg::Mouse(mouse) => on_mouse(model, mouse),
        Msg::Paste(text) => {
            let clean = text.replace(['\n', '\r', '\t'], " ");
            if let Some(cut) = query::cut(&clean) {
                model.say(cut, true);
            }
            let at = place(model);
            for c in query::capped(&clean).chars() {
                line::typed(model, at, c);
            }
            Vec::new()
        }
        Msg::Resize => Vec::new(),
        Msg::Tick(now) => on_tick(model, now),
        Msg::Search(reply) => on_search(model, reply),
        Msg::Progress(progress) => on_progress(model, progress),
        Msg::JobEnded(result) => on_job_ended(model, result),
        Msg::FolderChanged => start_indexing(model),
        Msg::Watched(how) => watched(model, how),
        Msg::Picture(answer) => picture::answered(model, *answer),
        Msg::SideBySide(reply) => compare::replied(model, *reply),
        Msg::Train(report) => train::reported(model, *report),
        Msg::Ask(reply) => ask::replied(model, *reply),
        Msg::Grid(reply) => grid::replied(model, reply),
        Msg::Redline(reply) => redline::replied(model, reply),
        Msg::Tagged(done) => tag::done(model, done),
        Msg::Said { text, bad } => {
            model.say(text, bad);
            Vec::new()
        }
    }
}

/// Where keys go.
pub fn place(model: &Model) -> Place {
    match model.pane {
        _ if model.search.reading && model.search.find.open => Place::Find,
        _ if model.search.reading => Place::Page,
        Pane::Search | Pane::Ask if model.search.filter.open => Place::Filter,
        Pane::Search => Place::Search,
        Pane::Compare => Place::Compare,
        Pane::Train if model.train.form.is_some() => Place::Form,
        Pane::Train => Place::Train,
        Pane::Ask => Place::Ask,
        Pane::Grid => Place::Grid,
        Pane::Library if model.library.find.open => Place::Find,
        Pane::Library if model.library.tag.open => Place::Tag,
        Pane::Library => Place::Library,
        Pane::Redline => Place::Redline,
    }
}

fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Command> {
    model.take_read();
    if model.help.is_some() {
        return on_help_key(model, key);
    }
    if model.search.explanation.take().is_some() {
        return Vec::new();
    }
    let at = place(model);
    let has_text = line::has_text(model, at);
    let action = model.keys.action(at, key, has_text);
    if action != Some(Action::RemoveTurn) {
        model.ask.removing = None;
    }
    match action {
        Some(Action::Edit(edit)) => {
            line::edit(model, at, edit);
            Vec::new()
        }
        Some(action) => act_at(model, at, action),
        None => {
            if let (KeyCode::Char(c), true) = (key.code, is_plain(key)) {
                line::typed(model, at, c);
            }
            Vec::new()
        }
    }
}

/// Whether a key is text, and no shortcut.
fn is_plain(key: KeyEvent) -> bool {
    key.modifiers.difference(KeyModifiers::SHIFT).is_empty()
}

/// What an action does that means something of its own at a place where a line is typed beside a pane.
fn act_at(model: &mut Model, at: Place, action: Action) -> Vec<Command> {
    match (at, action) {
        (_, Action::Quit | Action::Suspend | Action::Help) => act(model, action),
        (Place::Filter, action) => filter::act(model, action),
        (Place::Form, action) => train::act_in_form(model, action),
        (Place::Find, Action::Enter) => find::enter(model),
        (Place::Find, Action::Back) => {
            find::back(model);
            Vec::new()
        }
        (Place::Find, _) => Vec::new(),
        (Place::Tag, action) => tag::act(model, action),
        _ => act(model, action),
    }
}

fn ask_soon(model: &mut Model) {
    model.search.due = Some(model.now + DEBOUNCE);
    model.search.recalled = None;
    model.search.waiting = true;
}

/// Keys of the help overlay: it can be searched, and each line be run.
fn on_help_key(model: &mut Model, key: KeyEvent) -> Vec<Command> {
    let at = place(model);
    let Some(help) = &mut model.help else {
        return Vec::new();
    };
    let rows = model.keys.help(at, &help.filter.text);
    let has_text = !help.filter.text.is_empty();
    match model.keys.action(Place::Find, key, has_text) {
        Some(Action::Back | Action::Help) => model.help = None,
        Some(action @ (Action::Quit | Action::Suspend)) => return act(model, action),
        Some(Action::Up) => help.selected = help.selected.saturating_sub(1),
        Some(Action::Down) => {
            help.selected = (help.selected + 1).min(rows.len().saturating_sub(1));
        }
        Some(Action::Enter) => {
            let chosen = rows.get(help.selected).map(|told| told.action);
            model.help = None;
            return match chosen {
                Some(Action::Edit(edit)) => {
                    line::edit(model, at, edit);
                    Vec::new()
                }
                Some(action) => act_at(model, at, action),
                None => Vec::new(),
            };
        }
        Some(Action::Edit(edit)) => {
            help.filter.edit(edit);
            help.selected = 0;
        }
        Some(_) => {}
        None => {
            if let (KeyCode::Char(c), true) = (key.code, is_plain(key)) {
                help.filter.insert(c);
                help.selected = 0;
            }
        }
    }
    Vec::new()
}

fn act(model: &mut Model, action: Action) -> Vec<Command> {
    match action {
        Action::Quit => {
            model.quit = true;
            return vec![Command::SaveHistory];
        }
        Action::Suspend => return vec![Command::Suspend],
        Action::Help => model.help = Some(Help::default()),
        Action::Pane(number) => {
            let pane = usize::from(number).checked_sub(1);
            let pane = pane.and_then(|at| Pane::ALL.get(at)).copied();
            return pane.map_or_else(Vec::new, |pane| go_to(model, pane));
        }
        Action::NextPane | Action::PreviousPane => {
            let at = Pane::ALL.iter().position(|pane| *pane == model.pane);
            let by = if action == Action::NextPane {
                1
            } else {
                Pane::ALL.len() - 1
            };
            let next = (at.unwrap_or(0) + by) % Pane::ALL.len();
            return go_to(model, Pane::ALL[next]);
        }
        Action::Up => return step(model, -1),
        Action::Down => return step(model, 1),
        Action::PageUp => return step(model, -10),
        Action::PageDown => return step(model, 10),
        Action::First => return step(model, isize::MIN / 2),
        Action::Last => return step(model, isize::MAX / 2),
        Action::Enter => return enter(model),
        Action::Back => return back(model),
        Action::CycleArm if model.pane == Pane::Compare => {
            model.compare.arm = model.compare.arm.next();
            return compare::ask(model);
        }
        Action::CycleArm => {
            model.search.arm = model.search.arm.next();
            return ask(model);
        }
        Action::Filter => return filter::toggle(model),
        Action::Scope => return filter::toggle_scope(model),
        Action::Explain => return filter::explain(model),
        Action::OpenViewer => return open_viewer(model),
        Action::CopyCitation => return copy_citation(model),
        Action::CopyText => return copy_text(model),
        Action::HistoryBack if model.pane == Pane::Ask => return ask::turn(model, -1),
        Action::HistoryForward if model.pane == Pane::Ask => return ask::turn(model, 1),
        Action::NextWriter => ask::next_writer(model),
        Action::OtherRetrieval => return ask::other_retrieval(model),
        Action::NewConversation => return ask::begin(model),
        Action::RemoveTurn => return ask::remove(model),
        Action::CopyAnswer => return ask::copy(model),
        Action::Left => return grid::sideways(model, -1),
        Action::Right => return grid::sideways(model, 1),
        Action::Arrange => return grid::arrange(model),
        Action::NextColumns => return grid::next_columns(model),
        Action::Parts => return grid::parts(model),
        Action::PreviousPeriod => return grid::turn(model, -1),
        Action::NextPeriod => return grid::turn(model, 1),
        Action::PreviousSource => return grid::next_source(model, -1),
        Action::NextSource => return grid::next_source(model, 1),
        Action::RemoveItem => return grid::remove_item(model),
        Action::RemoveCompany => return grid::remove_company(model),
        Action::Widen => return grid::widen(model),
        Action::CopyTable => return grid::copy_table(model),
        Action::CopyFigure => return grid::copy_figure(model),
        Action::Redline => return redline::of_document(model),
        Action::ReadOlder if model.search.reading => return redline::turn_over(model),
        Action::ReadOlder => return redline::read(model, true),
        Action::NextKind => redline::next_kind(model),
        Action::NextSection => model.redline.turn_section(true),
        Action::PreviousSection => model.redline.turn_section(false),
        Action::WholeText => model.redline.is_full = !model.redline.is_full,
        Action::ScrollUp => redline::scroll(model, -5),
        Action::ScrollDown => redline::scroll(model, 5),
        Action::CopyChange => return redline::copy(model),
        Action::Prove if model.pane == Pane::Grid => return grid::prove(model),
        Action::Prove => return ask::prove(model),
        Action::HistoryBack => recall(model, true),
        Action::HistoryForward => recall(model, false),
        Action::PreviousPage => return turn(model, -1),
        Action::NextPage => return turn(model, 1),
        Action::Picture => return picture::toggle(model),
        Action::ReleaseMouse => {
            model.mouse = !model.mouse;
            let text = if model.mouse {
                "mouse: clicks and scrolling go to tenk"
            } else {
                "mouse: text can be selected as usual; the same key gives it back to tenk"
            };
            model.say(text, false);
            return vec![Command::CaptureMouse(model.mouse)];
        }
        Action::Reindex => return start_indexing(model),
        Action::Watch => return watch(model),
        Action::NextQuestion => return compare::walk(model, 1),
        Action::PreviousQuestion => return compare::walk(model, -1),
        Action::NextModel => return compare::cycle(model, 1),
        Action::ThirdColumn => return compare::cycle(model, 2),
        Action::NextColumn => compare::turn(model),
        Action::Pin => return compare::pin(model),
        Action::NewTraining => train::open_form(model),
        Action::PauseTraining => return train::pause(model),
        Action::FinishTraining => return train::stop(model, false),
        Action::StopTraining => return train::stop(model, true),
        Action::ResumeTraining => return train::resume(model),
        Action::Promote => return train::promote(model),
        Action::RollBack => return train::roll_back(model),
        Action::Overlay => train::overlay(model),
        Action::Tag => tag::open(model),
        Action::Find => find::open(model),
        Action::FindNext => return find::next(model, true),
        Action::FindPrevious => return find::next(model, false),
        // These are done where a line is typed.
        Action::Complete | Action::Edit(_) => {}
    }
    Vec::new()
}

fn go_to(model: &mut Model, pane: Pane) -> Vec<Command> {
    model.pane = pane;
    model.search.reading = false;
    model.search.picture = None;
    match pane {
        Pane::Library => vec![Command::Refresh],
        Pane::Search => preview(model),
        Pane::Compare => compare::enter(model),
        Pane::Ask => ask::show_source(model),
        Pane::Grid => grid::enter_pane(model),
        Pane::Redline => redline::enter_pane(model),
        Pane::Train => Vec::new(),
    }
}

fn clear(model: &mut Model) {
    model.search.input = Input::default();
    ask_soon(model);
}

/// Esc: from the page to the hits, from a question to none.
fn back(model: &mut Model) -> Vec<Command> {
    if model.search.picture.is_some() {
        return picture::toggle(model);
    }
    if find::back(model) {
        return Vec::new();
    }
    if model.search.reading {
        model.search.reading = false;
        return match model.pane {
            Pane::Search => preview(model),
            _ => Vec::new(),
        };
    }
    if model.pane == Pane::Ask && ask::back(model) {
        return Vec::new();
    }
    if model.pane == Pane::Grid && grid::back(model) {
        return Vec::new();
    }
    if model.pane == Pane::Redline
        && let Some(commands) = redline::back(model)
    {
        return commands;
    }
    if matches!(
        model.pane,
        Pane::Compare | Pane::Ask | Pane::Grid | Pane::Redline
    ) {
        return go_to(model, Pane::Search);
    }
    if model.pane == Pane::Search {
        clear(model);
        return ask(model);
    }
    Vec::new()
}

fn moved(at: usize, by: isize, len: usize) -> usize {
    at.saturating_add_signed(by).min(len.saturating_sub(1))
}

fn step(model: &mut Model, by: isize) -> Vec<Command> {
    if model.search.reading {
        if let Some(commands) = picture::scroll(model, by) {
            return commands;
        }
        if let Some(page) = &mut model.search.page {
            let lines = page.page.as_ref().map_or(0, |p| p.lines.len());
            page.scroll = moved(page.scroll, by, lines.max(1) * 2);
            page.follow = false;
        }
        return Vec::new();
    }
    match model.pane {
        Pane::Search => {
            let by = by.clamp(-5, 5);
            let next = moved(model.search.selected, by, model.search.hits.len());
            if next != model.search.selected {
                model.search.selected = next;
                return preview(model);
            }
        }
        Pane::Compare => compare::step(model, by),
        Pane::Train => train::step(model, by),
        Pane::Ask => return ask::step(model, by),
        Pane::Grid => return grid::step(model, by),
        Pane::Redline => redline::step(model, by),
        Pane::Library => {
            let lines = model.library.entries().len();
            model.library.selected = moved(model.library.selected, by, lines);
        }
    }
    Vec::new()
}

fn enter(model: &mut Model) -> Vec<Command> {
    match model.pane {
        Pane::Search => {
            remember(model);
            if model.search.due.is_some() || model.search.waiting {
                // Asked by hand: no waiting for the debounce.
                return ask(model);
            }
            if model.hit().is_none() {
                return Vec::new();
            }
            model.search.reading = true;
            preview(model)
        }
        Pane::Compare if model.compare.due.is_some() => compare::ask(model),
        Pane::Compare => {
            let Some(hit) = model.compare.hit().cloned() else {
                return Vec::new();
            };
            model.search.reading = true;
            show_hit(model, &hit)
        }
        Pane::Train => Vec::new(),
        Pane::Ask => ask::enter(model),
        Pane::Grid => grid::enter(model),
        Pane::Redline => redline::enter(model),
        Pane::Library => {
            let Some(entry) = model.library.entry() else {
                return Vec::new();
            };
            let Some(row) = entry.row.filter(|row| row.pages > 0) else {
                let detail = entry.row.and_then(|row| row.detail.clone());
                let why = detail.unwrap_or_else(|| "it is still to be read".into());
                model.say(format!("nothing to read: {why}"), true);
                return Vec::new();
            };
            let document = row.path.clone();
            model.search.reading = true;
            show_page(model, document, 1, None)
        }
    }
}

fn remember(model: &mut Model) {
    let text = model.search.input.text.trim().to_owned();
    if !text.is_empty() {
        model.search.history.retain(|h| *h != text);
        model.search.history.push(text);
    }
}

fn recall(model: &mut Model, earlier: bool) {
    let len = model.search.history.len();
    let at = match (model.search.recalled, earlier) {
        (None, true) if len > 0 => len - 1,
        (Some(at), true) => at.saturating_sub(1),
        (Some(at), false) if at + 1 < len => at + 1,
        _ => return,
    };
    let text = model.search.history[at].clone();
    model.search.input.set(&text);
    ask_soon(model);
    model.search.recalled = Some(at);
}

fn ask(model: &mut Model) -> Vec<Command> {
    model.search.due = None;
    model.search.serial += 1;
    model.search.ahead = None;
    if model.search.input.text.trim().is_empty() {
        model.search.waiting = false;
        model.search.hits.clear();
        model.search.answered.clear();
        model.search.took = None;
        model.search.selected = 0;
        // Nothing of the old question stays on the screen.
        model.search.scope = Scope::default();
        model.search.parts.clear();
        model.search.terms.clear();
        model.search.lacks = None;
        if !model.search.reading {
            model.search.page = None;
        }
        return Vec::new();
    }
    model.search.waiting = true;
    let query = filter::query(model, TOP_K);
    vec![Command::Search {
        serial: model.search.serial,
        query,
        again: false,
    }]
}

/// The same question once more: `again` by what was embedded for it since, else by what is indexed since, for which it
/// may wait anew.
fn repeat(model: &mut Model, again: bool) -> Vec<Command> {
    if model.search.waiting {
        return Vec::new();
    }
    vec![Command::Search {
        serial: model.search.serial,
        query: filter::query(model, TOP_K),
        again,
    }]
}

fn on_tick(model: &mut Model, now: Instant) -> Vec<Command> {
    model.now = now;
    if model.toast.as_ref().is_some_and(|t| t.until <= now) {
        model.toast = None;
        model.mark_dirty();
    }
    match model.search.due {
        Some(due) if due <= now => {
            model.mark_dirty();
            ask(model)
        }
        _ if model.compare.due.is_some_and(|due| due <= now) => {
            model.mark_dirty();
            compare::ask(model)
        }
        _ => picture::refit(model),
    }
}

fn on_mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Command> {
    match mouse.kind {
        MouseEventKind::ScrollDown => step(model, if model.search.reading { 3 } else { 1 }),
        MouseEventKind::ScrollUp => step(model, if model.search.reading { -3 } else { -1 }),
        MouseEventKind::Down(MouseButton::Left) => {
            match view::target(model, mouse.column, mouse.row) {
                Some(view::Target::Tab(pane)) => go_to(model, pane),
                Some(view::Target::Hit(index)) if index == model.search.selected => enter(model),
                Some(view::Target::Hit(index)) => {
                    model.search.selected = index;
                    preview(model)
                }
                Some(view::Target::Row(index)) if index == model.library.selected => enter(model),
                Some(view::Target::Row(index)) => {
                    model.library.selected = index;
                    Vec::new()
                }
                Some(view::Target::Cell { line, column }) => grid::clicked(model, line, column),
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
