//! The search pane: where does it stand?

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};

use super::super::keymap::{Action, Place};
use super::super::model::{JobState, Model};
use super::draw_question;
use super::{page, text};
use crate::query::filter;
use crate::retrieve::Hit;
use crate::retrieve::snippet;
use crate::units::count;

/// From this width on the page stands beside the list.
const BESIDE: u16 = 110;
/// Under this width the list stands alone.
const ALONE: u16 = 60;
/// Rows of one hit: its place, and a line of its text.
const HIT_ROWS: u16 = 2;

struct Parts {
    input: Rect,
    list: Rect,
    page: Option<Rect>,
}

fn parts(area: Rect, model: &Model) -> Parts {
    let rows = 2 + u16::from(model.search.filter.is_shown());
    let [input, below] =
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(area);
    if area.width >= BESIDE {
        let columns = [
            Constraint::Percentage(46),
            Constraint::Length(2),
            Constraint::Fill(1),
        ];
        let [list, _, page] = Layout::horizontal(columns).areas(below);
        return Parts {
            input,
            list,
            page: Some(page),
        };
    }
    if area.width < ALONE || below.height < 14 {
        return Parts {
            input,
            list: below,
            page: None,
        };
    }
    let rows = [
        Constraint::Percentage(50),
        Constraint::Length(1),
        Constraint::Fill(1),
    ];
    let [list, _, page] = Layout::vertical(rows).areas(below);
    Parts {
        input,
        list,
        page: Some(page),
    }
}

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let beside = area.width >= BESIDE;
    if model.search.reading && !beside {
        page::draw(frame, model, area, true);
        return;
    }
    let parts = parts(area, model);
    draw_input(frame, model, parts.input);
    draw_list(frame, model, parts.list);
    if let Some(area) = parts.page
        && model.search.page.is_some()
    {
        let reading = model.search.reading;
        page::draw(frame, model, area, reading);
    }
}

/// The hit at a place of the screen.
pub fn hit_at(model: &Model, area: Rect, column: u16, row: u16) -> Option<usize> {
    let list = parts(area, model).list;
    if !list.contains(Position::new(column, row)) {
        return None;
    }
    let index = model.search.offset + ((row - list.y) / HIT_ROWS) as usize;
    (index < model.search.hits.len()).then_some(index)
}

fn draw_input(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let search = &model.search;
    let has_cursor = !search.reading && !search.filter.open;
    draw_question(
        frame,
        model,
        &search.input,
        "ask the library",
        has_cursor,
        area,
    );
    let row = |at: u16| Rect {
        y: area.y + at,
        height: 1,
        ..area
    };
    if area.height > 1 {
        let text = facts(model, area.width as usize);
        frame.render_widget(Line::styled(text, theme.dim()), row(1));
    }
    if area.height > 2 {
        draw_filter(frame, model, row(2));
    }
}

/// The filter line, with what the word being typed may become.
pub fn draw_filter(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (theme, filter) = (model.theme, &model.search.filter);
    let mut spans = vec![
        Span::styled("   filter ❯ ", theme.title()),
        Span::raw(filter.input.text.clone()),
    ];
    if filter.open {
        let before: String = filter
            .input
            .text
            .chars()
            .take(filter.input.cursor)
            .collect();
        let x = area.x + 12 + text::width(&before) as u16;
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
        let completions = filter.completions(&model.library);
        let first: Vec<&str> = completions.iter().take(4).map(String::as_str).collect();
        if let Err(why) = filter.filter(&model.library.names) {
            spans.push(Span::styled(format!("   {why}"), theme.bad()));
        } else {
            let mut hint = String::new();
            if !first.is_empty() {
                hint = format!("   Tab: {}", first.join(" · "));
            }
            if !filter.input.text.trim().is_empty() && filter.kept_as().is_none() {
                hint.push_str("   (@name = before it keeps it)");
            }
            spans.push(Span::styled(hint, theme.dim()));
        }
    }
    frame.render_widget(Line::from(spans), area);
}

/// Arm, how many hits, how long, and how much of the library the dense arm sees.
fn facts(model: &Model, room: usize) -> String {
    let search = &model.search;
    let mut out = format!("   {}", search.arm.as_str());
    if search.waiting {
        out.push_str(" · …");
    } else if let Some(took) = search.took {
        let ms = took.as_secs_f64() * 1e3;
        let hits = count(search.hits.len() as u64, "hit");
        out.push_str(&format!(" · {hits} · {ms:.0} ms"));
    }
    let c = model.library.coverage;
    if let Some(ahead) = &search.ahead {
        out.push_str(&ahead.told("another page leads"));
    } else if c.encoded < c.chunks {
        let percent = c.encoded * 100 / c.chunks.max(1);
        out.push_str(&format!(" · {percent} % embedded, the rest by words only"));
    }
    let found = search.scope.chips();
    let drops = model.keys.label(Place::Search, Action::Scope);
    if let Some(lacks) = search.lacks.as_ref().filter(|_| !search.hits.is_empty()) {
        let so_far = if model.still_reading().is_some() {
            ", so far"
        } else {
            ""
        };
        out.push_str(&format!(" · {lacks}{so_far}"));
    }
    if !search.aids.scope {
        out.push_str(&format!(" · whole library ({drops})"));
    } else if !found.is_empty() {
        out.push_str(&format!(" · about {} ({drops} drops)", found.join(", ")));
    }
    if !search.parts.is_empty() {
        let asked: Vec<&str> = search.parts.iter().map(|part| part.text.as_str()).collect();
        out.push_str(&format!(" · parts: {}", asked.join("; ")));
    }
    text::fit(&out, room)
}

fn draw_list(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    if model.search.hits.is_empty() {
        let theme = model.theme;
        let lines: Vec<Line<'_>> = empty_text(model)
            .into_iter()
            .flat_map(|t| text::wrap(&t, (area.width as usize).saturating_sub(4)))
            .take(area.height as usize)
            .map(|t| Line::styled(format!("   {t}"), theme.dim()))
            .collect();
        frame.render_widget(ratatui::text::Text::from(lines), area);
        return;
    }
    let visible = (area.height / HIT_ROWS).max(1) as usize;
    let search = &mut model.search;
    search.offset = search
        .offset
        .min(search.selected)
        .max((search.selected + 1).saturating_sub(visible));
    for (row, index) in (search.offset..search.hits.len()).take(visible).enumerate() {
        let y = area.y + row as u16 * HIT_ROWS;
        let height = HIT_ROWS.min(area.bottom().saturating_sub(y));
        draw_hit(frame, model, index, Rect { y, height, ..area });
    }
}

fn empty_text(model: &Model) -> Vec<String> {
    let asked = !model.search.input.text.trim().is_empty();
    let indexing = model.job.state == JobState::Running && model.library.rows.is_empty();
    if model.is_empty() {
        return vec![
            format!("No PDF in {} yet.", model.folder.display()),
            "Put some in: they are indexed as they come.".into(),
            "Another folder is opened by its name: tenk FOLDER".into(),
        ];
    }
    if let (true, Some((done, of))) = (asked && !indexing, model.still_reading()) {
        return vec![format!("Nothing found yet: {done} of {of} files are read.")];
    }
    match (asked, indexing) {
        (_, true) => vec![
            "The library is being indexed for the first time.".into(),
            "Words can be searched as soon as the first document is read; meaning follows.".into(),
        ],
        (true, _) if model.search.waiting => Vec::new(),
        (true, _) if model.search.lacks.is_some() => {
            let lacks = model.search.lacks.as_deref().unwrap_or_default();
            let key = model.keys.label(Place::Search, Action::Scope);
            vec![format!("{lacks}; {key} searches the others.")]
        }
        (true, _)
            if model
                .search
                .ahead
                .as_ref()
                .is_some_and(|ahead| !ahead.is_done()) =>
        {
            vec!["No passage has these words; what means the same is being looked for.".into()]
        }
        (true, _) => vec![format!("Nothing found: {}.", why_nothing(model))],
        (false, _) => vec![
            "Type a question, for example: how is goodwill tested for impairment?".into(),
            "Hits appear as you type; Enter reads the page.".into(),
        ],
    }
}

/// Why a question that was asked has no hits.
fn why_nothing(model: &Model) -> String {
    let search = &model.search;
    let filter = search
        .filter
        .filter(&model.library.names)
        .unwrap_or_default();
    if let Some(why) = filter::unmet(&filter, model.library.rows.iter()) {
        return why;
    }
    let other = model.keys.label(Place::Search, Action::CycleArm);
    let within = if filter.is_empty() {
        ""
    } else {
        " that the filter lets through"
    };
    let section = filter
        .section
        .map(|s| format!(", under a heading with {s:?}"));
    format!(
        "no passage{within}{} has these words; try others, or another arm ({other})",
        section.unwrap_or_default()
    )
}

fn draw_hit(frame: &mut Frame<'_>, model: &Model, index: usize, area: Rect) {
    let theme = model.theme;
    let hit = &model.search.hits[index];
    let selected = index == model.search.selected;
    let room = area.width as usize;
    let mark = if selected { "▸" } else { " " };
    let ranks = ranks(hit);
    let name = text::document_name(&hit.chunk.document);
    let place = format!("p.{}", hit.chunk.page);
    // The innermost heading tells most; of a statement that has none of its own, what it is.
    let section = hit.chunk.heading();
    let head_room = room.saturating_sub(ranks.len() + 1);
    let head = text::fit(
        &format!("{mark}{:>2} {name}  {place}  {section}", hit.rank),
        head_room,
    );
    let pad = " ".repeat(head_room.saturating_sub(text::width(&head)));
    let style = if selected {
        theme.selected()
    } else {
        theme.heading()
    };
    let line = Line::from(vec![
        Span::styled(format!("{head}{pad}"), style),
        Span::styled(format!(" {ranks}"), theme.dim()),
    ]);
    frame.render_widget(line, Rect { height: 1, ..area });
    if area.height > 1 {
        let terms = &model.search.terms;
        let best = snippet::best_lines(&hit.chunk.text, terms, 1)
            .into_iter()
            .next();
        let mut spans = vec![Span::raw("     ")];
        let mut left = room.saturating_sub(6);
        for (part, matched) in best.unwrap_or_default() {
            let shown = text::fit(&part, left);
            left = left.saturating_sub(text::width(&shown));
            let style = if matched {
                theme.matched()
            } else {
                theme.plain()
            };
            spans.push(Span::styled(shown, style));
        }
        let row = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        frame.render_widget(Line::from(spans), row);
    }
}

/// Which arm found it: `d1 b7`, a dash where an arm did not.
fn ranks(hit: &Hit) -> String {
    let rank = |r: Option<usize>| r.map_or("–".to_owned(), |r| r.to_string());
    format!("d{} b{}", rank(hit.dense_rank), rank(hit.bm25_rank))
}
