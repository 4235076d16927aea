//! The grid pane: what are the figures, side by side, and may they be signed?

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};

use super::super::keymap::{Action, Place};
use super::super::model::Model;
use super::super::model::grid::{Arrangement, Sheet};
use super::super::theme::Theme;
use super::{draw_question, page, text};
use crate::book::grid::text::Scale;
use crate::book::grid::{Columns, State};

/// From this width on the page of the figure stands beside the grid.
const BESIDE: u16 = 140;
/// From this height on there is room for what is known of a figure.
const DETAIL: u16 = 12;
/// A head that is wider is wrapped.
const HEAD: usize = 14;
/// Lines of a head.
const HEAD_ROWS: usize = 3;

/// A line of the screen: a group's name, or a line of the sheet.
enum Entry {
    Group(String),
    Line(usize),
}

/// The sheet laid out for its room: what is in sight, and how wide it is.
struct Laid<'a> {
    sheet: Sheet<'a>,
    entries: Vec<Entry>,
    /// Columns of the screen for the names, and for each column of the sheet.
    label: usize,
    widths: Vec<usize>,
    heads: Vec<Vec<String>>,
    head_rows: usize,
    /// First entry and first column in sight, and one behind the last column.
    top: usize,
    columns: std::ops::Range<usize>,
    has_bars: bool,
}

/// The parts of the pane.
struct Areas {
    head: Rect,
    sheet: Rect,
    page: Option<Rect>,
    detail: Rect,
}

fn areas(model: &Model, area: Rect) -> Areas {
    let detail = if area.height >= DETAIL { 4 } else { 0 };
    let rows = [
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(detail),
    ];
    let [head, body, detail] = Layout::vertical(rows).areas(area);
    let has_page = area.width >= BESIDE && model.search.page.is_some();
    if !has_page {
        let (sheet, page) = (body, None);
        return Areas {
            head,
            sheet,
            page,
            detail,
        };
    }
    let columns = [
        Constraint::Percentage(58),
        Constraint::Length(1),
        Constraint::Fill(1),
    ];
    let [sheet, _, page] = Layout::horizontal(columns).areas(body);
    Areas {
        head,
        sheet,
        page: Some(page),
        detail,
    }
}

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let Areas {
        head,
        sheet,
        page,
        detail,
    } = areas(model, area);
    draw_head(frame, model, head);
    let (lines, kept) = match laid(model, sheet) {
        Some(laid) => {
            let kept = (
                laid.top,
                laid.columns.start,
                sheet.height as usize - laid.head_rows,
            );
            (laid.lines(model, sheet.height as usize), kept)
        }
        None => (nothing(model, sheet.width as usize), (0, 0, 1)),
    };
    (model.grid.top, model.grid.left, model.grid.height) = kept;
    frame.render_widget(ratatui::text::Text::from(lines), sheet);
    draw_detail(frame, model, detail);
    if let Some(room) = page {
        for y in room.y..room.bottom() {
            let bar = Rect::new(room.x - 1, y, 1, 1);
            frame.render_widget(Line::styled("│", model.theme.dim()), bar);
        }
        page::draw(frame, model, room, false);
    }
}

/// The line and column of the sheet at a place of the screen.
pub fn cell_at(model: &Model, area: Rect, x: u16, y: u16) -> Option<(usize, usize)> {
    let room = areas(model, area).sheet;
    if !room.contains((x, y).into()) {
        return None;
    }
    let laid = laid(model, room)?;
    let row = ((y - room.y) as usize).checked_sub(laid.head_rows)?;
    let Some(Entry::Line(line)) = laid.entries.get(laid.top + row) else {
        return None;
    };
    let mut from = laid.label;
    for column in laid.columns.clone() {
        let to = from + laid.widths[column];
        if (from..to).contains(&((x - room.x) as usize)) {
            return Some((*line, column));
        }
        from = to;
    }
    None
}

fn draw_head(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let hint = "add items, companies, years: free cash flow, nike, 2019..2023, quarterly";
    draw_question(frame, model, &model.grid.input, hint, true, area);
    if area.height < 2 {
        return;
    }
    let row = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    let about = text::fit(&about(model), area.width as usize);
    frame.render_widget(Line::styled(about, model.theme.dim()), row);
}

/// What the grid is of.
fn about(model: &Model) -> String {
    let pane = &model.grid;
    let (Some(spec), Some(grid)) = (&pane.spec, &pane.grid) else {
        return String::new();
    };
    let mut parts = vec![pane.arrangement.name().to_owned()];
    if pane.arrangement == Arrangement::OnePeriod {
        let period = grid.columns.get(pane.period).map_or("", String::as_str);
        let key = |action| model.keys.label(Place::Grid, action);
        let keys = [Action::PreviousPeriod, Action::NextPeriod].map(key);
        parts.push(format!("{period} ({})", keys.join(" ")));
    }
    parts.push(match spec.columns {
        Columns::Years => "years".into(),
        Columns::Quarters => "quarters".into(),
        Columns::Trailing => "last twelve months".into(),
    });
    if spec.by_part {
        parts.push("segments, regions, products".into());
    }
    parts.push(if spec.companies.is_empty() {
        "all companies".into()
    } else {
        spec.companies.join(", ")
    });
    let scale = Scale::of(grid).name();
    if !scale.is_empty() {
        parts.push(scale);
    }
    let took = pane.took.map_or(0.0, |took| took.as_secs_f64() * 1e3);
    parts.push(if pane.waiting {
        "…".into()
    } else {
        format!("{took:.0} ms")
    });
    format!("   {}", parts.join(" · "))
}

/// Why there is no sheet, or no line in it.
fn nothing(model: &Model, width: usize) -> Vec<Line<'static>> {
    let pane = &model.grid;
    let (why, style) = match (&pane.failed, pane.waiting) {
        (Some(why), _) => (why.clone(), model.theme.bad()),
        (None, true) => ("   filling the grid …".to_owned(), model.theme.dim()),
        (None, false) => {
            let why =
                "   no company of this library has such a figure: type another item, or more years";
            (why.to_owned(), model.theme.dim())
        }
    };
    let lines = text::wrap(&why, width);
    lines
        .into_iter()
        .map(|line| Line::styled(line, style))
        .collect()
}

fn laid(model: &Model, area: Rect) -> Option<Laid<'_>> {
    let pane = &model.grid;
    let sheet = pane.sheet().filter(|sheet| !sheet.lines.is_empty())?;
    let mut entries = Vec::new();
    for (at, line) in sheet.lines.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| sheet.lines[at].group);
        if before != Some(line.group) && !line.group.is_empty() {
            entries.push(Entry::Group(line.group.to_owned()));
        }
        entries.push(Entry::Line(at));
    }
    let room = area.width as usize;
    let names = sheet.lines.iter().map(|line| text::width(&line.name) + 3);
    let label = names.max().unwrap_or(0).clamp(12, (room * 2 / 5).max(12));
    let widths = widths(&sheet);
    let heads: Vec<Vec<String>> = sheet
        .heads
        .iter()
        .zip(&widths)
        .map(|(head, width)| text::wrap(head, width - 2))
        .collect();
    let head_rows = heads.iter().map(Vec::len).max().unwrap_or(1).min(HEAD_ROWS);
    let columns = in_sight(&widths, room.saturating_sub(label), pane.left, pane.column);
    let used = label + widths[columns.clone()].iter().sum::<usize>();
    let bars = sheet.lines.iter().filter_map(|line| line.bars.as_ref());
    let bars = bars.map(|bars| bars.chars().count() + 2).max();
    // Braille and blocks need a terminal that has them.
    let has_bars = model.marker == Marker::Braille && bars.is_some_and(|bars| used + bars <= room);
    let height = (area.height as usize).saturating_sub(head_rows).max(1);
    let is_here = |entry: &Entry| matches!(entry, Entry::Line(line) if *line == pane.line);
    let here = entries.iter().position(is_here).unwrap_or(0);
    // The name of the group stays in sight with its first line.
    let first = match here.checked_sub(1).map(|at| &entries[at]) {
        Some(Entry::Group(_)) => here - 1,
        _ => here,
    };
    let top = pane.top.min(first).max((here + 1).saturating_sub(height));
    Some(Laid {
        sheet,
        entries,
        label,
        widths,
        heads,
        head_rows,
        top,
        columns,
        has_bars,
    })
}

/// Room of each column, a gap of two included: that of its figures and of its wrapped head.
fn widths(sheet: &Sheet<'_>) -> Vec<usize> {
    let of = |at: usize| {
        let figures = sheet.lines.iter().filter_map(|line| line.cells[at]);
        let widest = figures
            .map(|(row, cell)| text::width(&sheet.scale.cell(row, cell)))
            .max();
        let words = sheet.heads[at].split(' ').map(text::width).max();
        let head = text::width(&sheet.heads[at]).min(HEAD.max(words.unwrap_or(0)));
        widest.unwrap_or(0).max(head) + 2
    };
    (0..sheet.heads.len()).map(of).collect()
}

/// The columns in sight, that under the cursor among them.
fn in_sight(widths: &[usize], room: usize, left: usize, cursor: usize) -> std::ops::Range<usize> {
    let fits = |from: usize, to: usize| widths[from..to].iter().sum::<usize>() <= room;
    let mut from = left.min(cursor);
    while from < cursor && !fits(from, cursor + 1) {
        from += 1;
    }
    let mut to = (from + 1).min(widths.len());
    while to < widths.len() && fits(from, to + 1) {
        to += 1;
    }
    // What has come free at the right is used.
    while from > 0 && to == widths.len() && fits(from - 1, to) {
        from -= 1;
    }
    from..to
}

impl Laid<'_> {
    /// The lines of the screen.
    fn lines(&self, model: &Model, height: usize) -> Vec<Line<'static>> {
        let theme = model.theme;
        let mut out: Vec<Line<'static>> = (0..self.head_rows)
            .map(|row| Line::styled(self.head(row), theme.dim()))
            .collect();
        let visible = self.entries.iter().skip(self.top);
        for entry in visible.take(height.saturating_sub(self.head_rows)) {
            out.push(match entry {
                Entry::Group(name) => {
                    let name = text::fit(name, self.label + 40);
                    Line::styled(format!(" {name}"), theme.heading())
                }
                Entry::Line(at) => self.line(model, *at),
            });
        }
        out
    }

    /// A row of the heads, which stand on the last one.
    fn head(&self, row: usize) -> String {
        let more = if self.columns.start > 0 { "‹" } else { " " };
        let mut out = " ".repeat(self.label - 1);
        out.push_str(more);
        for column in self.columns.clone() {
            let lines = &self.heads[column];
            let behind = self.head_rows - row;
            let line = lines.len().checked_sub(behind).map_or("", |at| &lines[at]);
            out.push_str(&pad_left(line, self.widths[column]));
        }
        if self.columns.end < self.widths.len() {
            out.push('›');
        }
        out
    }

    fn line(&self, model: &Model, at: usize) -> Line<'static> {
        let (theme, pane) = (model.theme, &model.grid);
        let line = &self.sheet.lines[at];
        let is_here = at == pane.line;
        let mark = if is_here { "▸" } else { " " };
        let name = text::fit(&line.name, self.label.saturating_sub(3));
        let mut spans = vec![Span::raw(pad(&format!(" {mark} {name}"), self.label))];
        for column in self.columns.clone() {
            let width = self.widths[column];
            let (shown, style) = match line.cells[column] {
                Some((row, cell)) => (self.sheet.scale.cell(row, cell), style(theme, cell.state)),
                None => (String::new(), theme.plain()),
            };
            let gap = width.saturating_sub(text::width(&shown));
            spans.push(Span::raw(" ".repeat(gap)));
            let is_cursor = is_here && column == pane.column;
            // An empty cell shows the cursor as well.
            let shown = if is_cursor && shown.is_empty() {
                " ".into()
            } else {
                shown
            };
            spans.push(Span::styled(
                shown,
                if is_cursor { theme.selected() } else { style },
            ));
        }
        if self.has_bars
            && let Some(bars) = &line.bars
        {
            spans.push(Span::styled(format!("  {bars}"), theme.dim()));
        }
        Line::from(spans)
    }
}

fn style(theme: Theme, state: State) -> Style {
    match state {
        State::Stated | State::Derived => theme.plain(),
        State::Restated => theme.matched(),
        State::Unchecked => theme.bad(),
        State::NoRatio | State::Missing => theme.dim(),
    }
}

fn pad(text: &str, width: usize) -> String {
    let text = text::fit(text, width);
    format!(
        "{text}{}",
        " ".repeat(width.saturating_sub(text::width(&text)))
    )
}

fn pad_left(text: &str, width: usize) -> String {
    let text = text::fit(text, width);
    format!(
        "{}{text}",
        " ".repeat(width.saturating_sub(text::width(&text)))
    )
}

/// What is known of the figure under the cursor: its state, and the figures that it is made of with their pages.
fn draw_detail(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (theme, pane) = (model.theme, &model.grid);
    let (Some((row, cell)), Some(sheet), true) = (pane.cell(), pane.sheet(), area.height > 1)
    else {
        return;
    };
    let width = area.width as usize;
    let state = match cell.state {
        State::Stated => "stated, and it adds up",
        State::Derived => "derived",
        State::Restated => "restated",
        State::Unchecked => "unchecked",
        State::NoRatio => "no meaningful ratio",
        State::Missing => "missing",
    };
    let figure = sheet.scale.figure(row, cell.value);
    let counted = cell.value.map(|_| sheet.scale.counted(row));
    let head = format!(
        " {} · {} · {}   {figure} {}  {state}",
        row.company,
        row.name(),
        cell.period.label(),
        counted.unwrap_or_default(),
    );
    let mut lines = vec![Line::styled(text::fit(&head, width), theme.heading())];
    if !cell.why.is_empty() {
        let why = format!("   {}", cell.why);
        lines.push(Line::styled(text::fit(&why, width), theme.plain()));
    }
    let room = (area.height as usize).saturating_sub(lines.len());
    let first = pane.source.saturating_sub(room.saturating_sub(1));
    for (at, source) in cell.sources.iter().enumerate().skip(first).take(room) {
        let mark = if at == pane.source { "▸" } else { " " };
        let less = if source.is_less { "less " } else { "" };
        let told = format!(
            " {mark} {less}{}  {} p. {}  {}  {}",
            source.period,
            text::document_name(&source.document),
            source.page,
            source.label,
            source.printed
        );
        lines.push(Line::styled(text::fit(&told, width), theme.dim()));
    }
    frame.render_widget(ratatui::text::Text::from(lines), area);
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
