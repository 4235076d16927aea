//! Views only draw. The layout of a screen is a function of its size and the model, so that a
//! click can be led back to what stands there.

mod ask;
mod compare;
mod explain;
mod flow;
mod grid;
mod help;
mod library;
mod page;
mod redline;
mod search;
mod text;
mod train;
mod verdict;

use std::cell::Cell;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};

use super::keymap::{Action, Place};
use super::model::{Input, JobState, Model, Pane};
use super::update::place;
use crate::store::{DocumentRow, DocumentState};
use crate::units::{count, span as time_span, thousands};

/// What a click meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Tab(Pane),
    Hit(usize),
    Row(usize),
    /// A cell of the grid, by line and column of its sheet.
    Cell {
        line: usize,
        column: usize,
    },
}

thread_local! {
    /// The size that was drawn last, for clicks.
    static SIZE: Cell<Rect> = const { Cell::new(Rect::ZERO) };
}

/// The rows of a screen.
struct Areas {
    tabs: Rect,
    body: Rect,
    status: Rect,
}

fn areas(area: Rect) -> Areas {
    let rows = [
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [tabs, body, status] = Layout::vertical(rows).areas(area);
    Areas { tabs, body, status }
}

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let area = frame.area();
    SIZE.with(|size| size.set(area));
    let Areas { tabs, body, status } = areas(area);
    draw_tabs(frame, model, tabs);
    match model.pane {
        Pane::Search => search::draw(frame, model, body),
        _ if model.search.reading => page::draw(frame, model, body, true),
        Pane::Compare => compare::draw(frame, model, body),
        Pane::Train => train::draw(frame, model, body),
        Pane::Ask => ask::draw(frame, model, body),
        Pane::Grid => grid::draw(frame, model, body),
        Pane::Library => library::draw(frame, model, body),
        Pane::Redline => redline::draw(frame, model, body),
    }
    draw_status(frame, model, status);
    explain::draw(frame, model, area);
    if model.help.is_some() {
        help::draw(frame, model, area);
    }
}

/// What stands at a place of the screen that was drawn last.
pub fn target(model: &Model, column: u16, row: u16) -> Option<Target> {
    let Areas { tabs, body, .. } = areas(SIZE.with(Cell::get));
    if row == tabs.y {
        let mut x = tabs.x + 6;
        for pane in Pane::ALL {
            let width = tab(model, pane, tabs.width).len() as u16;
            if (x..x + width).contains(&column) {
                return Some(Target::Tab(pane));
            }
            x += width + gap(tabs.width);
        }
        return None;
    }
    match model.pane {
        _ if model.search.reading => None,
        Pane::Search => search::hit_at(model, body, column, row).map(Target::Hit),
        Pane::Library => library::row_at(model, body, row).map(Target::Row),
        Pane::Grid => grid::cell_at(model, body, column, row)
            .map(|(line, column)| Target::Cell { line, column }),
        Pane::Compare | Pane::Train | Pane::Ask | Pane::Redline => None,
    }
}

/// From this width on every pane is named.
const NAMED: u16 = 70;
/// From this width on two columns stand between them.
const APART: u16 = 100;

fn gap(width: u16) -> u16 {
    if width < APART { 1 } else { 2 }
}

/// A pane's tab: its number and name, or the number alone where there is little room.
fn tab(model: &Model, pane: Pane, width: u16) -> String {
    let number = Pane::ALL
        .iter()
        .position(|p| *p == pane)
        .map_or(0, |at| at + 1);
    if width >= NAMED || pane == model.pane {
        format!("{number} {}", pane.name())
    } else {
        number.to_string()
    }
}

fn draw_tabs(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let mut spans = vec![Span::styled(" tenk ", theme.title())];
    for pane in Pane::ALL {
        let style = if pane == model.pane {
            theme.selected()
        } else {
            theme.plain()
        };
        spans.push(Span::styled(tab(model, pane, area.width), style));
        spans.push(Span::raw(" ".repeat(usize::from(gap(area.width)))));
    }
    let left = Line::from(spans);
    let room = area.width.saturating_sub(left.width() as u16);
    frame.render_widget(left, area);
    let right = header(model, room as usize);
    if text::width(&right) < room as usize {
        frame.render_widget(Line::styled(right, theme.dim()).right_aligned(), area);
    }
}

/// What the library holds, as much of it as fits: how many documents of the folder are indexed, and how far the job is.
fn header(model: &Model, room: usize) -> String {
    let pane = &model.library;
    let is_indexed = |row: &&DocumentRow| row.state == DocumentState::Indexed;
    let indexed = pane.rows.iter().filter(is_indexed).count();
    let known = pane.rows.iter().map(|row| row.path.as_str());
    let waiting = pane
        .unread
        .keys()
        .filter(|path| !known.clone().any(|own| own == *path));
    let all = pane.rows.len() + waiting.count();
    let documents = match all == indexed {
        true => count(indexed as u64, "doc"),
        false => format!("{indexed} of {}", count(all as u64, "doc")),
    };
    let chunks = count(pane.coverage.chunks, "chunk");
    let serving = model.train.serving.as_deref().unwrap_or("base");
    let is_running = model.job.state == JobState::Running;
    let job = if is_running {
        job_in_short(model)
    } else {
        String::new()
    };
    let written = |parts: &[&str]| {
        let parts: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
        format!("{} ", parts.join(" · "))
    };
    // With the least room: what of the documents is still to come, or what the job does with them.
    let least = match is_running && all == indexed {
        true => &job,
        false => &documents,
    };
    let lines = [
        written(&[
            &format!("{}/", model.name),
            &documents,
            &chunks,
            serving,
            &job,
        ]),
        written(&[&documents, &chunks, serving, &job]),
        written(&[&documents, &chunks, &job]),
        written(&[&documents, &job]),
        written(&[least]),
        format!("{indexed}/{all} "),
    ];
    let fits = lines.iter().find(|line| text::width(line) < room);
    fits.or(lines.last()).cloned().unwrap_or_default()
}

/// A question under edit, its cursor kept in sight; `hint` where it is empty.
fn draw_question(
    frame: &mut Frame<'_>,
    model: &Model,
    input: &Input,
    hint: &str,
    has_cursor: bool,
    area: Rect,
) {
    draw_line(frame, model, input, (" ❯ ", hint), has_cursor, area);
}

/// A line under edit behind its mark; a hint where it is empty.
fn draw_line(
    frame: &mut Frame<'_>,
    model: &Model,
    input: &Input,
    (mark, hint): (&'static str, &str),
    has_cursor: bool,
    area: Rect,
) {
    let theme = model.theme;
    let room = (area.width as usize).saturating_sub(text::width(mark) + 1);
    let skip = input.cursor.saturating_sub(room.saturating_sub(1));
    let shown: String = input.text.chars().skip(skip).collect();
    let span = if input.text.is_empty() {
        Span::styled(text::fit(hint, room), theme.dim())
    } else {
        Span::raw(text::fit(&shown, room))
    };
    let line = Line::from(vec![Span::styled(mark, theme.title()), span]);
    frame.render_widget(line, Rect { height: 1, ..area });
    if has_cursor && model.help.is_none() {
        let before: String = shown.chars().take(input.cursor - skip).collect();
        let x = area.x + (text::width(mark) + text::width(&before)) as u16;
        let x = x.min(area.right().saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }
}

/// The line at the foot: what is looked for while it is typed, else a message, else the keys that matter here.
fn draw_status(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let right = format!(
        " {} help ",
        model.keys.label(Place::Everywhere, Action::Help)
    );
    let room = (area.width as usize).saturating_sub(text::width(&right));
    let at = place(model);
    if at == Place::Tag {
        let known = model.library.tags();
        let known: Vec<&str> = known.iter().take(4).map(String::as_str).collect();
        let hint = match known.is_empty() {
            true => "a word of yours for this document".to_owned(),
            false => format!(
                "a word of yours for this document; Tab: {}",
                known.join(" · ")
            ),
        };
        return draw_line(
            frame,
            model,
            &model.library.tag.input,
            (" # ", &hint),
            true,
            area,
        );
    }
    if at == Place::Find {
        let finder = match model.search.reading {
            true => &model.search.find,
            false => &model.library.find,
        };
        return draw_line(frame, model, &finder.input, (" / ", ""), true, area);
    }
    let (text, style) = match &model.toast {
        Some(toast) if toast.bad => (format!(" {}", toast.text), theme.bad()),
        Some(toast) => (format!(" {}", toast.text), theme.good()),
        None => (status_text(model, at, room), theme.dim()),
    };
    frame.render_widget(Line::styled(text::fit(&text, room), style), area);
    frame.render_widget(Line::styled(right, theme.plain()).right_aligned(), area);
}

/// The keys that matter here, and behind them the job's progress where there is room for it.
fn status_text(model: &Model, at: Place, room: usize) -> String {
    if at == Place::Ask && model.ask.asking.is_some() {
        let key = model.keys.label(at, Action::Back);
        return format!(" {key} stops the answer");
    }
    let keys = model.keys.footer(at, room, text::width);
    let job = match &model.job.state {
        JobState::Running => job_text(model),
        JobState::Stopped(_) => "not indexing".to_owned(),
        JobState::Done(_) | JobState::Idle => return keys,
    };
    let both = format!("{keys} · {job}");
    if text::width(&both) <= room {
        both
    } else {
        keys
    }
}

/// How far the job is, in a word or two.
fn job_in_short(model: &Model) -> String {
    let job = &model.job;
    if let Some((done, of, ..)) = job.encoded {
        return format!("embedding {} %", done * 100 / of.max(1));
    }
    if let Some((_, done, of)) = &job.recognised {
        return format!("OCR {done} of {of}");
    }
    match job.documents {
        (_, 0) => "looking".to_owned(),
        (done, of) if done == of => "finding figures".into(),
        (done, of) => format!("reading {done}/{of}"),
    }
}

/// How far the job is.
pub fn job_text(model: &Model) -> String {
    let job = &model.job;
    if let Some((done, of, tokens, seconds)) = job.encoded {
        let rate = tokens as f64 / seconds.max(1e-3);
        let left = seconds / done.max(1) as f64 * of.saturating_sub(done) as f64;
        return format!(
            "embedding {} of {} · {} tokens/s · {} left",
            thousands(done as u64),
            count(of as u64, "chunk"),
            thousands(rate as u64),
            time_span(left)
        );
    }
    if let Some((document, done, of)) = &job.recognised {
        return format!("reading pictures: page {done} of {of} of {document}");
    }
    let (done, of) = job.documents;
    if of == 0 {
        return "looking for changes".into();
    }
    if done == of {
        return format!("finding the figures in {}", count(of as u64, "file"));
    }
    format!(
        "reading {done} of {} · {} · {}",
        count(of as u64, "file"),
        count(job.pages, "page"),
        count(job.chunks, "chunk")
    )
}

pub use page::page_rows;
#[cfg(test)]
pub use redline::tests::compared as redline_sample;
pub use train::marker;

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
