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

use super::model::{Input, JobState, Model, Pane};
use crate::units::{span as time_span, thousands};

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
            x += width + 2;
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
const NAMED: u16 = 74;

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
        spans.push(Span::raw("  "));
    }
    let left = Line::from(spans);
    let room = area.width.saturating_sub(left.width() as u16);
    frame.render_widget(left, area);
    let chunks = model.library.coverage;
    let documents = model.library.rows.len();
    let full = format!(
        "{}/ · {documents} docs · {} chunks · {} ",
        model.name,
        thousands(chunks.chunks),
        model.train.serving.as_deref().unwrap_or("base")
    );
    let short = format!("{documents} docs ");
    let right = if text::width(&full) < room as usize {
        full
    } else {
        short
    };
    if text::width(&right) < room as usize {
        frame.render_widget(Line::styled(right, theme.dim()).right_aligned(), area);
    }
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
    let theme = model.theme;
    let room = (area.width as usize).saturating_sub(4);
    let skip = input.cursor.saturating_sub(room.saturating_sub(1));
    let shown: String = input.text.chars().skip(skip).collect();
    let span = if input.text.is_empty() {
        Span::styled(text::fit(hint, room), theme.dim())
    } else {
        Span::raw(text::fit(&shown, room))
    };
    let line = Line::from(vec![Span::styled(" ❯ ", theme.title()), span]);
    frame.render_widget(line, Rect { height: 1, ..area });
    if has_cursor && model.help.is_none() {
        let before: String = shown.chars().take(input.cursor - skip).collect();
        let x = area.x + 3 + text::width(&before) as u16;
        let x = x.min(area.right().saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }
}

fn draw_status(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let right = " F1 help ";
    let room = (area.width as usize).saturating_sub(text::width(right));
    let (text, style) = match &model.toast {
        Some(toast) if toast.bad => (format!(" {}", toast.text), theme.bad()),
        Some(toast) => (format!(" {}", toast.text), theme.good()),
        None => (status_text(model, room), theme.dim()),
    };
    frame.render_widget(Line::styled(text::fit(&text, room), style), area);
    frame.render_widget(Line::styled(right, theme.plain()).right_aligned(), area);
}

/// The job's progress, else the keys that matter here.
fn status_text(model: &Model, room: usize) -> String {
    let keys = match model.pane {
        _ if model.search.reading => {
            " ⏎ picture  ←→ page  ↑↓ scroll  y cite  o open  e why  Esc back"
        }
        Pane::Search => " ↑↓ hit  ⏎ page  ^Y cite  ^A arm  ^F filter  ^E why  Tab compare",
        Pane::Compare => " Tab question  ↑↓ hit  ⏎ page  ^L column  ^G ^B models  ^A arm  Esc back",
        Pane::Train if model.train.form.is_some() => " ⏎ start  ↑↓ row  ←→ choice  Esc cancel",
        Pane::Train => " n new  Space pause  s finish  S stop  c resume  P promote  o overlay",
        Pane::Ask if model.ask.asking.is_some() => " Esc stops the answer",
        Pane::Ask => {
            " ⏎ ask, or read  ↑↓ source  ^Y copy  ^G writer  ^B base/tuned  ^K new  ^P ^N turn"
        }
        Pane::Grid => {
            " ⏎ add, or page  ↑↓←→ figure  ^L arrange  ^G periods  ^B parts  ^D ^X out  ^Y copy"
        }
        Pane::Library if model.library.watched.is_none() => {
            " ↑↓ document  ⏎ read  o open  d redline  r reindex  w watch"
        }
        Pane::Library => " ↑↓ document  ⏎ read  o open  d redline  r reindex  w unwatch",
        Pane::Redline if model.redline.compared.is_none() => " ↑↓ reports  ⏎ compare  Tab search",
        Pane::Redline => " ↑↓ change  ⏎ page  a older  f kind  s section  t whole  ←→ text  Esc",
    };
    match &model.job.state {
        JobState::Running => {
            let job = job_text(model);
            if room >= text::width(keys) + text::width(&job) + 3 {
                format!("{keys} · {job}")
            } else {
                format!(" {job}")
            }
        }
        JobState::Stopped(_) => format!("{keys} · not indexing"),
        JobState::Done(_) | JobState::Idle => keys.to_owned(),
    }
}

fn job_text(model: &Model) -> String {
    let job = &model.job;
    if let Some((done, of, tokens, seconds)) = job.encoded {
        let rate = tokens as f64 / seconds.max(1e-3);
        let left = seconds / done.max(1) as f64 * of.saturating_sub(done) as f64;
        return format!(
            "embedding {} of {} chunks · {} tokens/s · {} left",
            thousands(done as u64),
            thousands(of as u64),
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
    format!(
        "reading {done} of {of} files · {} pages · {} chunks",
        job.pages, job.chunks
    )
}

#[cfg(test)]
pub use redline::tests::compared as redline_sample;
pub use train::marker;

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
