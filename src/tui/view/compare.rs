//! The compare pane: did tuning help this question, and why?

use std::cmp::Ordering;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::super::model::Model;
use super::{draw_question, text};
use crate::eval::movement::counts;
use crate::job::comparison::{Placed, placed};
use crate::job::side_by_side::Column;
use crate::retrieve::Hit;
use crate::units::count;

/// Columns of the lines that join a hit's two places.
const GUTTER: u16 = 7;
/// Ranks on the right to which lines lead.
const RISEN: usize = 5;
/// Columns of a hit's rank and star, and of a name that is told at the least.
const LEAST_NAME: usize = 10;
/// Under this width a list is told without its lines.
const LINES: u16 = 70;

pub fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let rows = [
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [head, body, foot] = Layout::vertical(rows).areas(area);
    draw_head(frame, model, head);
    draw_columns(frame, model, body);
    draw_foot(frame, model, foot);
}

fn draw_head(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (theme, pane) = (model.theme, &model.compare);
    let hint = "ask both models; Tab shows the questions whose rank moved most";
    draw_question(frame, model, &pane.input, hint, true, area);
    if area.height < 2 {
        return;
    }
    let walked = pane.at.and_then(|at| Some((at, pane.walked.get(at)?)));
    let about = match walked {
        Some((at, moved)) => {
            let rank = |rank: Option<usize>| rank.map_or("none".to_owned(), |r| r.to_string());
            let cause = moved
                .cause
                .map_or(String::new(), |c| format!(" · first now: {}", c.as_str()));
            format!(
                "   question {} of {} · ★ {} · rank {} → {} ({}){cause}",
                at + 1,
                pane.walked.len(),
                moved.gold.join(", "),
                rank(moved.movement.base),
                rank(moved.movement.tuned),
                moved.movement.change.as_str()
            )
        }
        None => format!(
            "   {}{}",
            pane.arm.as_str(),
            if pane.waiting { " · …" } else { "" }
        ),
    };
    let row = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    let about = text::fit(&about, area.width as usize);
    frame.render_widget(Line::styled(about, theme.dim()), row);
}

fn draw_columns(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let pane = &model.compare;
    let count = pane.models.len().max(1);
    let gutter = if area.width >= LINES { GUTTER } else { 1 };
    let mut constraints = Vec::new();
    for at in 0..count {
        if at > 0 {
            constraints.push(Constraint::Length(gutter));
        }
        constraints.push(Constraint::Fill(1));
    }
    let areas = Layout::horizontal(constraints).split(area);
    for at in 0..count {
        let name = pane.models.get(at).map_or("", String::as_str);
        let column = pane.columns.get(at).filter(|column| column.model == name);
        let base = pane.columns.first().filter(|_| at > 0);
        draw_column(frame, model, areas[at * 2], (at, name), column, base);
        if at > 0 && gutter > 1 {
            let pair = pane.columns.get(at - 1).zip(column);
            draw_lines(frame, model, areas[at * 2 - 1], pair);
        }
    }
}

/// Hits of a column; `base` is the first one, which the others' ranks are compared with.
fn draw_column(
    frame: &mut Frame<'_>,
    model: &Model,
    area: Rect,
    (number, name): (usize, &str),
    column: Option<&Column>,
    base: Option<&Column>,
) {
    let (theme, pane) = (model.theme, &model.compare);
    let mark = ["◆", "◇", "○"][number.min(2)];
    let time = column.map_or(String::new(), |s| {
        format!(" · {:.0} ms", s.took.as_secs_f64() * 1e3)
    });
    let width = area.width as usize;
    let title = text::fit(&format!("{mark} {name}{time}"), width);
    frame.render_widget(
        Line::styled(title, theme.heading()),
        Rect { height: 1, ..area },
    );
    let Some(column) = column else { return };
    let row = |at: usize| Rect {
        y: area.y + 1 + at as u16,
        height: 1,
        ..area
    };
    if let Some(why) = &column.failed {
        for (at, line) in text::wrap(why, width).into_iter().enumerate() {
            if row(at).y < area.bottom() {
                frame.render_widget(Line::styled(line, theme.bad()), row(at));
            }
        }
        return;
    }
    let other = match (number, pane.columns.get(1)) {
        (0, Some(right)) => &right.hits[..],
        _ => base.map_or(&[][..], |base| &base.hits),
    };
    for (at, placed) in placed(&column.hits, other).iter().enumerate() {
        if row(at).y >= area.bottom() {
            break;
        }
        let gold = is_gold(model, placed.hit);
        let change = if number == 0 {
            alone(placed)
        } else {
            moved(placed)
        };
        let star = if gold { "★" } else { " " };
        // The page is what is looked for: a long name makes way for it.
        let page = format!(" p.{}", placed.hit.chunk.page);
        let least = LEAST_NAME + text::width(&page);
        // And where there is no room for both, so does what moved.
        let change = match width > least + text::width(&change) {
            true => change,
            false => change.split(' ').next().unwrap_or_default().to_owned(),
        };
        let room = width.saturating_sub(text::width(&change) + 1);
        let name = text::document_name(&placed.hit.chunk.document);
        let place = text::fit(
            &format!("{:>2} {star} {name}", placed.rank),
            room.saturating_sub(text::width(&page)),
        );
        let place = place.trim_end().to_owned() + &page;
        let style = if (number, at) == (pane.column, pane.row) {
            theme.selected()
        } else if gold {
            theme.marked()
        } else {
            theme.plain()
        };
        // Where a passage moved is no proof: green is kept for what is surely better.
        let change_style = if gold { theme.heading() } else { theme.dim() };
        let place = text::fit(&place, room);
        let gap = " ".repeat(room.saturating_sub(text::width(&place)) + 1);
        let line = vec![
            Span::styled(place, style),
            Span::raw(gap),
            Span::styled(change, change_style),
        ];
        frame.render_widget(Line::from(line), row(at));
    }
}

fn is_gold(model: &Model, hit: &Hit) -> bool {
    let page = format!("{}:{}", hit.chunk.document, hit.chunk.page);
    model.compare.gold().contains(&page)
}

/// How a hit stands against its place in the first column.
fn moved(placed: &Placed<'_>) -> String {
    match placed.other {
        None => "× new".to_owned(),
        Some(other) if other == placed.rank => "=".to_owned(),
        Some(other) if other > placed.rank => format!("▲ {other}"),
        Some(other) => format!("▼ {other}"),
    }
}

/// What the first column says of a hit that the second has not.
fn alone(placed: &Placed<'_>) -> String {
    match placed.other {
        None => "×".to_owned(),
        Some(_) => String::new(),
    }
}

/// Lines from the places of hits on the left to their places on the right.
fn draw_lines(frame: &mut Frame<'_>, model: &Model, area: Rect, pair: Option<(&Column, &Column)>) {
    let Some((left, right)) = pair else { return };
    let height = area.height.saturating_sub(1) as usize;
    let width = area.width.saturating_sub(2) as usize;
    let mut cells = vec![vec![' '; width]; height];
    for placed in placed(&left.hits, &right.hits) {
        let Some(other) = placed.other else { continue };
        // Of the others only those that came up: all lines together show nothing.
        let shown = is_gold(model, placed.hit) || other < placed.rank && other <= RISEN;
        if shown && placed.rank <= height && other <= height {
            join(&mut cells, placed.rank - 1, other - 1);
        }
    }
    for (at, row) in cells.into_iter().enumerate() {
        let line: String = row.into_iter().collect();
        let place = Rect {
            x: area.x + 1,
            y: area.y + 1 + at as u16,
            width: width as u16,
            height: 1,
        };
        frame.render_widget(Line::styled(line, model.theme.dim()), place);
    }
}

/// A line of characters from row `from` at the left to row `to` at the right.
fn join(cells: &mut [Vec<char>], from: usize, to: usize) {
    let width = cells.first().map_or(0, Vec::len);
    if width == 0 {
        return;
    }
    let slope = to as f64 - from as f64;
    let place =
        |x: usize| (from as f64 + slope * x as f64 / (width - 1).max(1) as f64).round() as usize;
    for x in 0..width {
        let (here, next) = (place(x), place((x + 1).min(width - 1)));
        let mark = match next.cmp(&here) {
            Ordering::Greater => '╲',
            Ordering::Less => '╱',
            Ordering::Equal => '─',
        };
        let put = |cells: &mut [Vec<char>], y: usize, mark: char| {
            let cell = &mut cells[y][x];
            *cell = match (*cell, mark) {
                (' ', mark) => mark,
                (old, mark) if old == mark => mark,
                _ => '┼',
            };
        };
        put(cells, here, mark);
        let (low, high) = (here.min(next), here.max(next));
        for y in low + 1..high {
            put(cells, y, '│');
        }
    }
}

fn draw_foot(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let pane = &model.compare;
    if pane.walked.is_empty() {
        return;
    }
    let movements: Vec<_> = pane.walked.iter().map(|m| m.movement.clone()).collect();
    let counts = counts(&movements).map(|(change, n)| format!("{} {n}", change.as_str()));
    let line = format!(
        " {} by movement · {}",
        count(pane.walked.len() as u64, "question"),
        counts.join(" · ")
    );
    let line = text::fit(&line, area.width as usize);
    frame.render_widget(Line::styled(line, model.theme.dim()), area);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_places() {
        let mut cells = vec![vec![' '; 5]; 4];
        join(&mut cells, 0, 3);
        join(&mut cells, 2, 2);
        let rows: Vec<String> = cells.iter().map(|row| row.iter().collect()).collect();
        assert_eq!(rows, ["╲    ", " ╲   ", "───┼─", "    ─"]);
    }
}
