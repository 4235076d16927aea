//! The library pane: what is in here, what failed, is it up to date?

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::model::{JobState, Model};
use super::text;
use crate::pdf::Reason;
use crate::store::{DocumentRow, DocumentState};

/// Rows above the list: its head.
const HEAD: u16 = 1;

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let theme = model.theme;
    if area.height < 2 {
        return;
    }
    let columns = Columns::of(area.width as usize);
    let head = columns.line([
        "document", "state", "pages", "chunks", "embedded", "form", "year", "company",
    ]);
    frame.render_widget(Line::styled(head, theme.dim()), Rect { height: 1, ..area });
    let list = list_area(area);
    if model.library.rows.is_empty() {
        let text = match model.job.state {
            JobState::Running => "   reading the folder …",
            _ => "   no PDF in this folder yet: put some in, they are indexed as they come",
        };
        frame.render_widget(
            Line::styled(text::fit(text, area.width as usize), theme.dim()),
            list,
        );
        return;
    }
    let visible = list.height.max(1) as usize;
    let pane = &mut model.library;
    pane.offset = pane
        .offset
        .min(pane.selected)
        .max((pane.selected + 1).saturating_sub(visible));
    for (i, index) in (pane.offset..pane.rows.len()).take(visible).enumerate() {
        let row = Rect {
            y: list.y + i as u16,
            height: 1,
            ..list
        };
        draw_row(frame, model, index, &columns, row);
    }
    if area.height > 4 {
        draw_detail(
            frame,
            model,
            Rect {
                y: area.bottom() - 2,
                height: 2,
                ..area
            },
        );
    }
}

fn list_area(area: Rect) -> Rect {
    let detail = if area.height > 4 { 2 } else { 0 };
    Rect {
        y: area.y + HEAD,
        height: area.height.saturating_sub(HEAD + detail),
        ..area
    }
}

/// The document at a row of the screen.
pub fn row_at(model: &Model, area: Rect, row: u16) -> Option<usize> {
    let list = list_area(area);
    if row < list.y || row >= list.bottom() {
        return None;
    }
    let index = model.library.offset + (row - list.y) as usize;
    (index < model.library.rows.len()).then_some(index)
}

/// Which columns fit, and how wide the first is.
struct Columns {
    name: usize,
    counts: bool,
    origin: bool,
    company: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let counts = width >= 60;
        let origin = width >= 100;
        let fixed = 9 + if counts { 25 } else { 0 } + if origin { 18 } else { 0 };
        let left = width.saturating_sub(fixed);
        let company = if origin { (left / 3).min(40) } else { 0 };
        Self {
            name: left.saturating_sub(company),
            counts,
            origin,
            company,
        }
    }

    fn line(&self, cells: [&str; 8]) -> String {
        let [name, state, pages, chunks, embedded, form, year, company] = cells;
        let pad = |s: &str, n: usize| {
            let s = text::fit(s, n.saturating_sub(1));
            format!("{s}{}", " ".repeat(n.saturating_sub(text::width(&s))))
        };
        let mut out = format!("{}{}", pad(name, self.name), pad(state, 9));
        if self.counts {
            out.push_str(&format!("{pages:>6} {chunks:>7} {embedded:>9}  "));
        }
        if self.origin {
            out.push_str(&format!(
                "{}{}{}",
                pad(form, 12),
                pad(year, 6),
                pad(company, self.company)
            ));
        }
        out
    }
}

fn draw_row(frame: &mut Frame<'_>, model: &Model, index: usize, columns: &Columns, area: Rect) {
    let theme = model.theme;
    let row = &model.library.rows[index];
    let failed = row.state == DocumentState::Failed;
    let coverage = model
        .library
        .by_document
        .get(&row.id)
        .copied()
        .unwrap_or_default();
    let embedded = match coverage.chunks {
        0 => "–".to_owned(),
        n => format!("{} %", coverage.encoded * 100 / n),
    };
    let year = row.metadata.year.map(|y| y.to_string()).unwrap_or_default();
    let line = columns.line([
        &format!(" {}", row.path),
        if failed { "failed" } else { "indexed" },
        &row.pages.to_string(),
        &row.chunks.to_string(),
        &embedded,
        &row.metadata.form,
        &year,
        &row.metadata.company,
    ]);
    let style = match (index == model.library.selected, failed) {
        (true, _) => theme.selected(),
        (false, true) => theme.bad(),
        (false, false) => theme.plain(),
    };
    frame.render_widget(Line::styled(line, style), area);
}

/// Two lines on the selected document: why it failed and what to do, or its name in full.
fn draw_detail(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let Some(row) = model.library.rows.get(model.library.selected) else {
        return;
    };
    let room = area.width as usize;
    let second = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    match row.state {
        DocumentState::Failed => {
            let reason = reason_of(row);
            let what = reason.map_or_else(|| "failed".to_owned(), |r| r.to_string());
            let detail = row.detail.clone().unwrap_or_default();
            let why = text::fit(&format!(" {}: {what} ({detail})", row.path), room);
            frame.render_widget(Line::styled(why, theme.bad()), Rect { height: 1, ..area });
            let remedy = reason.map(Reason::remedy).unwrap_or_default();
            frame.render_widget(Line::raw(text::fit(&format!(" {remedy}"), room)), second);
        }
        DocumentState::Indexed => {
            let m = &row.metadata;
            let year = m.year.map(|y| format!(" · {y}")).unwrap_or_default();
            let about = format!(" {} · {}{year}", m.company, m.form);
            let name = Span::styled(format!(" {}", row.path), theme.heading());
            frame.render_widget(Line::from(name), Rect { height: 1, ..area });
            frame.render_widget(Line::styled(text::fit(&about, room), theme.dim()), second);
        }
    }
}

fn reason_of(row: &DocumentRow) -> Option<Reason> {
    let name = row.reason.as_ref()?;
    serde_json::from_value(serde_json::Value::String(name.clone())).ok()
}
