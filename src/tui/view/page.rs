//! A page as text, the chunk that led to it marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::model::find::places;
use super::super::model::{Model, PageView, PictureView};
use super::super::theme::Theme;
use super::flow::{self, Row};
use super::text;
use crate::pdf::layout::COLUMN_GAP;
use crate::pdf::{LineKind, Page};
use crate::retrieve::snippet;

/// Draws the page with a line of title; `focused` when it has the keys.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect, focused: bool) {
    let theme = model.theme;
    let terms = model.search.terms.clone();
    let wanted = model.search.find.wanted().unwrap_or_default().to_owned();
    let Some(view) = &mut model.search.page else {
        return;
    };
    if area.height == 0 {
        return;
    }
    let title = title(view);
    let style = if focused {
        theme.title()
    } else {
        theme.heading()
    };
    let head = Line::styled(text::fit(&title, area.width as usize), style);
    frame.render_widget(head, Rect { height: 1, ..area });
    let body = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    model.search.page_cells = (body.width, body.height);
    if let Some(picture) = &model.search.picture {
        return draw_picture(frame, picture, theme, body);
    }
    let rows = rows(view, body.width as usize);
    let boxed = boxed(view);
    let height = body.height as usize;
    if view.follow && view.page.is_some() {
        view.scroll = place_to_follow(&rows, &terms, height);
        view.follow = false;
    }
    view.scroll = view
        .scroll
        .min(rows.len().saturating_sub(height.min(rows.len())));
    let lines: Vec<Line<'_>> = rows
        .into_iter()
        .skip(view.scroll)
        .take(height)
        .map(|row| {
            let bar = if row.marked {
                Span::styled("▌", theme.marked())
            } else {
                Span::raw(" ")
            };
            let base = match row.kind {
                LineKind::Running | LineKind::Folio => theme.dim(),
                LineKind::Heading(_) => theme.heading(),
                LineKind::Head => theme.heading(),
                LineKind::Row | LineKind::Note | LineKind::Body => theme.plain(),
            };
            if let (Some(boxed), true) = (&boxed, row.marked)
                && let Some(parts) = boxed.within(&row.text)
            {
                let [before, figure, behind] = parts.map(str::to_owned);
                return Line::from(vec![
                    bar,
                    Span::styled(before, base),
                    Span::styled(figure, theme.selected()),
                    Span::styled(behind, base),
                ]);
            }
            let places = places(&row.text, &wanted);
            if !places.is_empty() {
                let mut line = vec![bar];
                line.extend(shown(&row.text, &places, theme.selected(), base));
                return Line::from(line);
            }
            let marked = snippet::marked(&row.text, &terms)
                .into_iter()
                .map(|(part, matched)| {
                    let style = if matched && row.marked {
                        theme.matched()
                    } else {
                        base
                    };
                    Span::styled(part, style)
                });
            Line::from(std::iter::once(bar).chain(marked).collect::<Vec<_>>())
        })
        .collect();
    frame.render_widget(ratatui::text::Text::from(lines), body);
}

/// A row with what is looked for in a style of its own.
fn shown(text: &str, places: &[(usize, usize)], found: Style, base: Style) -> Vec<Span<'static>> {
    let mut out = Vec::new();
    let mut rest = 0;
    for &(from, to) in places {
        out.push(Span::styled(text[rest..from].to_owned(), base));
        out.push(Span::styled(text[from..to].to_owned(), found));
        rest = to;
    }
    out.push(Span::styled(text[rest..].to_owned(), base));
    out
}

/// The figure that led to a page: in its row the one after so many of the same.
struct Boxed {
    printed: String,
    before: usize,
}

impl Boxed {
    /// A row's text before the figure, the figure, and what is behind it.
    fn within<'a>(&self, text: &'a str) -> Option<[&'a str; 3]> {
        let (at, figure) = text.match_indices(&self.printed).nth(self.before)?;
        Some([&text[..at], figure, &text[at + figure.len()..]])
    }
}

fn boxed(view: &PageView) -> Option<Boxed> {
    let cell = view.cell()?;
    let line = view.page.as_ref()?.lines.get(cell.line as usize)?;
    let cells = line.text.split(COLUMN_GAP).zip(&line.place.cells);
    let left = cells.filter(|(_, edges)| edges.1 <= cell.edges.0 + 0.5);
    Some(Boxed {
        before: left
            .map(|(text, _)| text.matches(&cell.printed).count())
            .sum(),
        printed: cell.printed.clone(),
    })
}

/// The page as a picture, or what is known of it meanwhile.
fn draw_picture(frame: &mut Frame<'_>, picture: &PictureView, theme: Theme, area: Rect) {
    let note = match (&picture.failed, &picture.shown) {
        (Some(why), _) => Line::styled(text::fit(why, area.width as usize), theme.bad()),
        (None, Some(shown)) => {
            return frame.render_widget(shown.widget(), area);
        }
        (None, None) => Line::styled("drawing…", theme.dim()),
    };
    frame.render_widget(note, Rect { height: 1, ..area });
}

/// How far to scroll so that the chunk is in sight: from its start, or where that leaves its most
/// telling row below the screen, around that row.
fn place_to_follow(rows: &[Row], terms: &[String], height: usize) -> usize {
    let marked = || rows.iter().enumerate().filter(|(_, row)| row.marked);
    let first = marked().next().map_or(0, |(at, _)| at);
    let count = |row: &Row| snippet::terms_in(&row.text, terms);
    let most = marked().map(|(_, row)| count(row)).max().unwrap_or(0);
    let best = marked()
        .find(|(_, row)| count(row) == most)
        .map_or(first, |(at, _)| at);
    let start = first.saturating_sub(height / 4);
    if best < start + height.saturating_sub(height / 4) {
        start
    } else {
        best.saturating_sub(height / 3)
    }
}

fn title(view: &PageView) -> String {
    let of = if view.pages > 0 {
        format!(" of {}", view.pages)
    } else {
        String::new()
    };
    let ocr = view.page.as_ref().map(Page::ocr).unwrap_or_default();
    format!(
        "{} · page {}{of}{ocr}",
        text::document_name(&view.document),
        view.number
    )
}

/// The texts of a page's rows on a screen of `width` columns.
pub fn page_rows(view: &PageView, width: usize) -> Vec<String> {
    rows(view, width).into_iter().map(|row| row.text).collect()
}

fn rows(view: &PageView, width: usize) -> Vec<Row> {
    let Some(page) = &view.page else {
        return Vec::new();
    };
    if page.lines.is_empty() {
        let why = page.reason.as_deref().unwrap_or("this page is empty");
        return vec![Row {
            text: why.to_owned(),
            kind: LineKind::Body,
            marked: false,
        }];
    }
    let marked = view.marked.map(|(first, last)| first..=last);
    flow::rows(&page.lines, marked, width.saturating_sub(1))
}
