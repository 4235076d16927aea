//! The library pane: what is in here, what failed, is it up to date?

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::model::{Entry, EntryState, JobState, Model};
use super::{job_text, text};
use crate::index::watch::How;
use crate::metadata::Metadata;
use crate::pdf::Reason;
use crate::store::{DocumentRow, DocumentState};

/// Rows above the list: its head.
const HEAD: u16 = 1;
/// Rows below it: on the selected document.
const DETAIL: u16 = 2;

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let theme = model.theme;
    if area.height < 2 {
        return;
    }
    let columns = Columns::for_width(area.width as usize);
    let head = columns.line([
        "document", "state", "pages", "chunks", "embedded", "form", "year", "company",
    ]);
    frame.render_widget(Line::styled(head, theme.dim()), Rect { height: 1, ..area });
    let list = list_area(model, area);
    let notes = notes(model);
    let first = area.bottom() - notes.len() as u16;
    for (y, note) in (first..).zip(notes) {
        let line = text::fit(&note, area.width as usize);
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        frame.render_widget(Line::styled(line, theme.dim()), row);
    }
    if model.library.entries().is_empty() {
        let text = match model.job.state {
            JobState::Running => "   reading the folder …",
            _ if model.library.find.wanted().is_some() => "   no document has that in its name",
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
    let last = pane.entries().len().saturating_sub(visible);
    pane.offset = pane
        .offset
        .min(pane.selected)
        .min(last)
        .max((pane.selected + 1).saturating_sub(visible));
    let pane = &model.library;
    let entries = pane.entries();
    for (i, entry) in entries.iter().skip(pane.offset).take(visible).enumerate() {
        let row = Rect {
            y: list.y + i as u16,
            height: 1,
            ..list
        };
        let selected = pane.offset + i == pane.selected;
        draw_row(frame, model, entry, selected, &columns, row);
    }
    if area.height > 4 {
        draw_detail(
            frame,
            model,
            Rect {
                y: list.bottom(),
                height: DETAIL,
                ..area
            },
        );
    }
}

/// Why a file may not be there yet: how the folder is watched, where not by the system's notices, and what is not whole.
fn notes(model: &Model) -> Vec<String> {
    let how = model.library.watched.as_ref();
    let looks = how.filter(|how| matches!(how, How::Looks(_)));
    let waiting = match &model.job.state {
        JobState::Done(summary) => summary.waiting.as_slice(),
        _ => &[],
    };
    let waits = (!waiting.is_empty()).then(|| {
        format!(
            " ! not whole yet, looked at again soon: {}",
            waiting.join(", ")
        )
    });
    let looks = looks.map(|how| format!(" ! watched {how}"));
    // The foot of the screen has no room for all of it.
    let job = (model.job.state == JobState::Running).then(|| format!(" {}", job_text(model)));
    let names = &model.library.names;
    let shown = |name: &String| match names.away.contains(name) {
        true => format!("{name} (gone, its documents are kept)"),
        false => name.clone(),
    };
    let added: Vec<String> = names.added.iter().map(shown).collect();
    let folders =
        (!added.is_empty()).then(|| format!(" folders: {}, {}", names.own, added.join(", ")));
    folders
        .into_iter()
        .chain(looks)
        .chain(waits)
        .chain(job)
        .collect()
}

fn list_area(model: &Model, area: Rect) -> Rect {
    let detail = if area.height > 4 { DETAIL } else { 0 };
    let foot = notes(model).len() as u16;
    Rect {
        y: area.y + HEAD,
        height: area.height.saturating_sub(HEAD + detail + foot),
        ..area
    }
}

/// The document at a row of the screen.
pub fn row_at(model: &Model, area: Rect, row: u16) -> Option<usize> {
    let list = list_area(model, area);
    if row < list.y || row >= list.bottom() {
        return None;
    }
    let index = model.library.offset + (row - list.y) as usize;
    (index < model.library.entries().len()).then_some(index)
}

/// Which columns fit, and how wide the first is.
struct Columns {
    name: usize,
    counts: bool,
    origin: bool,
    company: usize,
}

impl Columns {
    fn for_width(width: usize) -> Self {
        let counts = width >= 60;
        let origin = width >= 100;
        let fixed = 9 + if counts { 25 } else { 0 } + if origin { 20 } else { 0 };
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
                pad(year, 8),
                pad(company, self.company)
            ));
        }
        out
    }
}

fn draw_row(
    frame: &mut Frame<'_>,
    model: &Model,
    entry: &Entry<'_>,
    selected: bool,
    columns: &Columns,
    area: Rect,
) {
    let theme = model.theme;
    let coverage = entry
        .row
        .and_then(|row| model.library.by_document.get(&row.id));
    let embedded = match coverage {
        Some(c) if c.chunks > 0 => format!("{} %", c.encoded * 100 / c.chunks),
        _ => "–".to_owned(),
    };
    let count = |of: fn(&DocumentRow) -> u32| {
        let counted = entry.row.map(|row| of(row).to_string());
        counted.unwrap_or_else(|| "–".into())
    };
    let metadata = entry.row.map(|row| &row.metadata);
    let period = metadata.map(period).unwrap_or_default();
    let doubtful = metadata.is_some_and(Metadata::is_doubtful);
    let line = columns.line([
        &format!("{}{}", if doubtful { "?" } else { " " }, entry.path),
        match entry.state {
            EntryState::New => "new",
            EntryState::Changed => "changed",
            EntryState::Indexed => "indexed",
            EntryState::Failed => "failed",
        },
        &count(|row| row.pages),
        &count(|row| row.chunks),
        &embedded,
        metadata.map_or("", |m| &m.form),
        &period,
        &entry.row.map(company).unwrap_or_default(),
    ]);
    let style = match entry.state {
        _ if selected => theme.selected(),
        EntryState::Failed => theme.bad(),
        EntryState::New | EntryState::Changed => theme.dim(),
        EntryState::Indexed => theme.plain(),
    };
    frame.render_widget(Line::styled(line, style), area);
}

/// `2024 Q2`.
fn period(known: &Metadata) -> String {
    match (known.year, known.quarter) {
        (Some(year), Some(quarter)) => format!("{year} Q{quarter}"),
        (Some(year), None) => year.to_string(),
        (None, _) => String::new(),
    }
}

/// The company, with a question mark before it where it is not sure, and the document's tags.
fn company(row: &DocumentRow) -> String {
    let doubt = if row.metadata.is_doubtful() { "? " } else { "" };
    let tags: String = row.tags.iter().map(|tag| format!(" #{tag}")).collect();
    format!("{doubt}{}{tags}", row.metadata.company)
}

/// What of a document has no text of its own, and what became of it.
fn pictures(row: &DocumentRow) -> String {
    let said = |count: u32, what: &str| match count {
        0 => String::new(),
        1 => format!("1 page {what}"),
        n => format!("{n} pages {what}"),
    };
    let both = [
        said(row.recognised, "recognised by OCR"),
        said(row.unread, "without text"),
    ];
    both.join(" · ").trim_matches([' ', '·']).to_owned()
}

/// Two lines on the selected document: why it failed and what to do, or its name in full.
fn draw_detail(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let theme = model.theme;
    let Some(row) = model.library.entry().and_then(|entry| entry.row) else {
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
            let reason = row.reason.as_deref().and_then(Reason::named);
            let what = reason.map_or_else(|| "failed".to_owned(), |r| r.to_string());
            let detail = row.detail.clone().unwrap_or_default();
            let why = text::fit(&format!(" {}: {what} ({detail})", row.path), room);
            frame.render_widget(Line::styled(why, theme.bad()), Rect { height: 1, ..area });
            let remedy = reason.map_or(String::new(), |reason| {
                reason.remedy_by(model.ocr).to_string()
            });
            frame.render_widget(Line::raw(text::fit(&format!(" {remedy}"), room)), second);
        }
        DocumentState::Indexed => {
            let m = &row.metadata;
            let period = period(m);
            let end = m
                .period_end
                .map_or_else(String::new, |day| format!("to {day}"));
            let pictures = pictures(row);
            let tags: Vec<String> = row.tags.iter().map(|tag| format!("#{tag}")).collect();
            let tags = tags.join(" ");
            let known = [
                &m.company, &m.ticker, &m.form, &period, &end, &tags, &pictures,
            ];
            let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
            let known: Vec<&str> = known.into_iter().filter(|k| !k.is_empty()).collect();
            // Whoever looks at a doubtful one is told how to put it right.
            let doubt = if m.is_doubtful() {
                format!("  (not sure: tenk set \"{}\" company=…)", row.path)
            } else {
                String::new()
            };
            let about = format!(" {}{doubt}", known.join(" · "));
            let name = Span::styled(format!(" {}", row.path), theme.heading());
            let others = row.paths.get(1..).unwrap_or_default().iter();
            let others = others.map(|path| Span::styled(format!("  = {path}"), theme.dim()));
            let names = Line::from_iter(std::iter::once(name).chain(others));
            frame.render_widget(names, Rect { height: 1, ..area });
            frame.render_widget(Line::styled(text::fit(&about, room), theme.dim()), second);
        }
    }
}
