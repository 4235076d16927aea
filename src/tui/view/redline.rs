//! The redline pane: a list of changes, and the one under the cursor with its words marked.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::model::{JobState, Model};
use super::text;
use crate::job::redlining::Compared;
use crate::redline::{Change, Fate, Kind, titled};

/// From this width on the list and the text stand side by side.
const WIDE: u16 = 120;
/// Columns of a section's name at most.
const SECTION: usize = 40;

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    if area.height < 2 {
        return;
    }
    let head = Rect { height: 1, ..area };
    let body = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let line = match &model.redline.compared {
        Some(compared) => summary(model, compared),
        None => " redline: what a report says otherwise than the one before it".to_owned(),
    };
    let line = text::fit(&line, area.width as usize);
    frame.render_widget(Line::styled(line, model.theme.heading()), head);
    if model.redline.compared.is_none() {
        return draw_pairs(frame, model, body);
    }
    let [list, detail] = if body.width >= WIDE {
        Layout::horizontal([Constraint::Percentage(42), Constraint::Fill(1)]).areas(body)
    } else {
        Layout::vertical([Constraint::Percentage(38), Constraint::Fill(1)]).areas(body)
    };
    draw_changes(frame, model, list);
    draw_detail(frame, model, detail);
}

/// What is compared, and what of it is shown.
fn summary(model: &Model, compared: &Compared) -> String {
    let pane = &model.redline;
    let name = text::document_name;
    // Of a section its name matters more than those of the reports, which are known.
    let of = match pane.section.as_deref() {
        Some(section) => text::fit(section, SECTION),
        None => format!("{} → {}", name(&compared.a), name(&compared.b)),
    };
    // What OCR has read may be misread.
    let pictures = match compared.redline.recognised {
        [0, 0] => "",
        _ => "pages by OCR · ",
    };
    format!(
        " {of} · {pictures}{} of {} · {}",
        pane.lines(),
        compared.redline.changes.len(),
        pane.shown.name(),
    )
}

fn draw_pairs(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let pane = &model.redline;
    let note = match (&pane.failed, pane.waiting, &model.job.state) {
        (Some(why), ..) => format!(" {why}"),
        (_, true, _) => " comparing …".to_owned(),
        (_, _, JobState::Running) if pane.pairs.is_empty() => " the folder is still being read".to_owned(),
        _ if pane.pairs.is_empty() => {
            " no company here has two reports of a kind: d on two documents of the Library pane compares them".to_owned()
        }
        _ => " ⏎ compares the two; for others press d on both in the Library pane".to_owned(),
    };
    let note = text::fit(&note, area.width as usize);
    frame.render_widget(
        Line::styled(note, model.theme.dim()),
        Rect { height: 1, ..area },
    );
    let list = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let name = text::document_name;
    let lines = pane
        .pairs
        .iter()
        .map(|(a, b)| format!(" {} → {}", name(a), name(b)));
    let lines: Vec<String> = lines.collect();
    draw_list(frame, model, list, &lines);
}

/// A list with the cursor in sight.
fn draw_list(frame: &mut Frame<'_>, model: &mut Model, area: Rect, lines: &[String]) {
    let height = area.height.max(1) as usize;
    let pane = &mut model.redline;
    pane.offset = pane
        .offset
        .min(pane.selected)
        .max((pane.selected + 1).saturating_sub(height));
    for (i, line) in lines.iter().enumerate().skip(pane.offset).take(height) {
        let style = if i == pane.selected {
            model.theme.selected()
        } else {
            model.theme.plain()
        };
        let row = Rect {
            y: area.y + (i - pane.offset) as u16,
            height: 1,
            ..area
        };
        let text = text::fit(line, area.width as usize);
        frame.render_widget(Line::styled(text, style), row);
    }
}

fn draw_changes(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let lines: Vec<String> = model
        .redline
        .changes()
        .iter()
        .map(|change| told(change))
        .collect();
    if lines.is_empty() {
        let text = text::fit(" no change of this kind here", area.width as usize);
        frame.render_widget(
            Line::styled(text, model.theme.dim()),
            Rect { height: 1, ..area },
        );
        return;
    }
    draw_list(frame, model, area, &lines);
}

/// A change on one line: its sign, its page, how it begins.
fn told(change: &Change) -> String {
    let page = change
        .b
        .as_ref()
        .or(change.a.as_ref())
        .map_or(0, |side| side.page);
    // Of a text that changed, what changed.
    let marked = change.runs.iter().filter_map(|run| match run.fate {
        Fate::Kept => None,
        Fate::Removed => Some(format!("[-{}-]", run.text.trim())),
        Fate::Added => Some(format!("{{+{}+}}", run.text.trim())),
    });
    let marked = marked.collect::<Vec<_>>().join(" ");
    let text = if marked.is_empty() {
        change.text()
    } else {
        &marked
    };
    let text = text.replace('\n', " ");
    format!(" {} {page:>4}  {text}", sign(change.kind))
}

fn sign(kind: Kind) -> char {
    match kind {
        Kind::Added => '+',
        Kind::Removed => '-',
        Kind::Changed => '~',
        Kind::Moved => '>',
        Kind::Figure => '#',
    }
}

fn draw_detail(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let Some(change) = model.redline.change() else {
        return;
    };
    let theme = model.theme;
    let width = (area.width as usize).saturating_sub(2);
    let section = titled(&change.section);
    let head = format!("{}, {} · {section}", change.called(), change.pages());
    let mut lines: Vec<Line<'_>> = vec![Line::raw("")];
    let heads = text::wrap(&head, width).into_iter();
    lines.extend(heads.map(|text| Line::styled(text, theme.dim())));
    lines.push(Line::raw(""));
    lines.extend(flowed(&words(model, change), width));
    let room = area.height as usize;
    let most = lines.len().saturating_sub(room);
    let scroll = model.redline.scroll.min(most);
    model.redline.scroll = scroll;
    for (line, y) in lines.into_iter().skip(scroll).zip(area.y..area.bottom()) {
        let row = Rect {
            x: area.x + 1,
            y,
            width: area.width.saturating_sub(2),
            height: 1,
        };
        frame.render_widget(line, row);
    }
}

/// The words of a change with their styles; signs as well, where colours are not seen.
fn words(model: &Model, change: &Change) -> Vec<(String, Style)> {
    let theme = model.theme;
    let mut out = Vec::new();
    for run in change.told(model.redline.is_full) {
        let (style, before, behind) = match run.fate {
            Fate::Kept => (theme.plain(), "", ""),
            Fate::Removed => (theme.bad().add_modifier(Modifier::CROSSED_OUT), "[-", "-]"),
            Fate::Added => (theme.marked(), "{+", "+}"),
        };
        let lines = run.text.trim().split('\n');
        let texts = lines.enumerate().flat_map(|(at, line)| {
            let breaks = (at > 0).then(|| "\n".to_owned());
            let words = line.split(' ').filter(|word| !word.is_empty());
            breaks.into_iter().chain(words.map(str::to_owned))
        });
        let mut texts: Vec<String> = texts.collect();
        if let Some(first) = texts.first_mut() {
            first.insert_str(0, before);
        }
        if let Some(last) = texts.last_mut() {
            last.push_str(behind);
        }
        out.extend(texts.into_iter().map(|text| (text, style)));
    }
    out
}

/// Words in lines of a width.
fn flowed(words: &[(String, Style)], width: usize) -> Vec<Line<'static>> {
    let mut out: Vec<Line<'static>> = Vec::new();
    let mut line: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (word, style) in words {
        if word == "\n" {
            out.push(Line::from(std::mem::take(&mut line)));
            used = 0;
            continue;
        }
        for piece in text::wrap(word, width) {
            let gap = usize::from(used > 0);
            if used + gap + text::width(&piece) > width && used > 0 {
                out.push(Line::from(std::mem::take(&mut line)));
                used = 0;
            }
            if used > 0 {
                // A line under or through goes on between words of one fate.
                let joins = line.last().is_some_and(|last| last.style == *style);
                let style = if joins { *style } else { Style::new() };
                line.push(Span::styled(" ", style));
                used += 1;
            }
            used += text::width(&piece);
            line.push(Span::styled(piece, *style));
        }
    }
    out.push(Line::from(line));
    out
}

#[cfg(test)]
#[path = "redline_tests.rs"]
pub mod tests;
