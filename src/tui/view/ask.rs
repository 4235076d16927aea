//! The ask pane: what does the library say, and where does it say so?

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::keymap::{Action, Place};
use super::super::model::Model;
use super::super::model::ask::AskPane;
use super::{draw_question, page, search, text};
use crate::answer::Source;
use crate::job::asking::conversation::Kept;

/// From this width on the cited page stands beside the answer.
const BESIDE: u16 = 110;

pub fn draw(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let head = 2 + u16::from(model.search.filter.is_shown());
    let rows = [Constraint::Length(head), Constraint::Fill(1)];
    let [head, body] = Layout::vertical(rows).areas(area);
    draw_head(frame, model, head);
    let has_page = model.search.page.is_some() && model.ask.cited().is_some();
    if area.width >= BESIDE && has_page {
        let columns = [
            Constraint::Fill(1),
            Constraint::Length(1),
            Constraint::Fill(1),
        ];
        let [left, gap, right] = Layout::horizontal(columns).areas(body);
        draw_answer(frame, model, left);
        for y in gap.y..gap.bottom() {
            let bar = Line::styled("│", model.theme.dim());
            frame.render_widget(
                bar,
                Rect {
                    y,
                    height: 1,
                    ..gap
                },
            );
        }
        page::draw(frame, model, right, false);
        return;
    }
    draw_answer(frame, model, body);
}

fn draw_head(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (theme, pane) = (model.theme, &model.ask);
    draw_question(
        frame,
        model,
        &pane.input,
        "ask the library; ⏎ answers",
        true,
        area,
    );
    if area.height < 2 {
        return;
    }
    let retrieves = if pane.by_base {
        "the model that served before"
    } else {
        "the model that serves"
    };
    let about = format!(" · in words: {} · retrieved by {retrieves}", pane.writer());
    let row = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    let about = format!("{}{}{about}", state(model), progress(model));
    let about = format!("   {}", about.trim_start_matches(" · "));
    let about = text::fit(&about, area.width as usize);
    frame.render_widget(Line::styled(about, theme.dim()), row);
    if area.height > 2 {
        let row = Rect {
            y: area.y + 2,
            height: 1,
            ..area
        };
        search::draw_filter(frame, model, row);
    }
}

/// Why the answer may be another one soon: what is still read, or embedded for it.
fn state(model: &Model) -> String {
    let pane = &model.ask;
    if let Some((done, of)) = model.still_reading() {
        return format!(" · so far: {done} of {of} files are read");
    }
    let is_last = pane.at.map(|at| at + 1) == Some(pane.turns.len());
    let ahead = pane.ahead.as_ref().filter(|_| is_last);
    ahead.map_or_else(String::new, |ahead| ahead.told("another answer"))
}

/// How fast the answer comes, or came.
fn progress(model: &Model) -> String {
    let pane = &model.ask;
    if let Some(asking) = &pane.asking {
        let since = asking
            .first
            .map(|first| model.now.saturating_duration_since(first).as_secs_f64());
        return match since.filter(|s| *s > 0.2) {
            Some(seconds) => format!(
                " · {:.0} tokens/s · Esc stops it",
                asking.pieces as f64 / seconds
            ),
            None => " · looking … · Esc stops it".to_owned(),
        };
    }
    let Some(turn) = pane.turn() else {
        return String::new();
    };
    let speed = turn.tokens.map_or(String::new(), |tokens| {
        format!(", {:.0} tokens/s", tokens as f64 / turn.seconds.max(1e-3))
    });
    let by = turn
        .writer
        .as_ref()
        .map_or(String::new(), |writer| format!(" by {writer}"));
    let at = pane.at.map_or(0, |at| at + 1);
    format!(
        " · {at} of {}: {:.0} ms{speed}{by}",
        pane.turns.len(),
        turn.seconds * 1e3
    )
}

fn draw_answer(frame: &mut Frame<'_>, model: &mut Model, area: Rect) {
    let width = (area.width as usize).saturating_sub(2).max(8);
    let lines = lines(model, width);
    let room = area.height as usize;
    if std::mem::take(&mut model.ask.follow) {
        let is_chosen = |line: &Line<'_>| line.spans.iter().any(|s| s.content.starts_with('▸'));
        let at = lines.iter().position(is_chosen).unwrap_or(0);
        let scroll = &mut model.ask.scroll;
        *scroll = (*scroll).min(at).max((at + 3).saturating_sub(room));
    }
    model.ask.scroll = model.ask.scroll.min(lines.len().saturating_sub(room));
    let shown = lines.into_iter().skip(model.ask.scroll).take(room);
    for (at, line) in shown.enumerate() {
        let row = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        frame.render_widget(line, row);
    }
}

/// The answer with its steps, notes and sources, in lines of `width`.
fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let (theme, pane) = (model.theme, &model.ask);
    let mut out = Vec::new();
    let mut put = |text: &str, style: Style, indent: &str| {
        for line in text
            .lines()
            .flat_map(|line| text::wrap(line, width.saturating_sub(indent.len())))
        {
            out.push(Line::styled(format!(" {indent}{line}"), style));
        }
    };
    if let Some(why) = &pane.failed {
        // What was asked before stays on the screen.
        put(why, theme.bad(), "");
        put(" ", theme.plain(), "");
        if pane.turn().is_none() {
            return out;
        }
    }
    if let Some(asking) = &pane.asking {
        put(&asking.question, theme.heading(), "");
        if asking.sure {
            put(&asking.text, theme.plain(), "");
        } else {
            put("(as it comes; it may be a thought still)", theme.dim(), "");
            put(&asking.text, theme.dim(), "");
        }
        return out;
    }
    let Some(turn) = pane.turn() else {
        let key = |action| model.keys.label(Place::Ask, action);
        let [writer, up, down, enter, copy] = [
            Action::NextWriter,
            Action::Up,
            Action::Down,
            Action::Enter,
            Action::CopyAnswer,
        ]
        .map(key);
        let hints = [
            String::new(),
            "A figure or a ratio of a company's statements is worked out, with its operands and their pages.".to_owned(),
            format!("Anything else is quoted, or put in words by a language model ({writer}), from sources that are checked."),
            String::new(),
            format!("{up} {down} go through the pages that prove it, {enter} reads them, {copy} copies the answer as Markdown."),
        ];
        hints.iter().for_each(|hint| put(hint, theme.dim(), "  "));
        return out;
    };
    put(&turn.question, theme.heading(), "");
    if !turn.taken_as.is_empty() && turn.taken_as != turn.question {
        put(&format!("asking: {}", turn.taken_as), theme.dim(), "");
    }
    let answer = &turn.answer;
    let style = if answer.is_abstained() {
        theme.dim()
    } else {
        theme.plain()
    };
    put(answer.text(), style, "");
    for step in answer.body.steps() {
        put(step, theme.dim(), "  ");
    }
    for note in &answer.notes {
        put(&format!("note: {note}"), theme.dim(), "  ");
    }
    let unsupported = answer.body.unsupported();
    if !unsupported.is_empty() {
        let list = unsupported.join(", ");
        put(&format!("unsupported: {list}"), theme.bad(), "  ");
    }
    out.extend(sources(pane, turn, model, width));
    out
}

/// The sources, the one under the cursor marked, each with the rows that prove it.
fn sources(pane: &AskPane, turn: &Kept, model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut out = Vec::new();
    for (at, source) in turn.answer.sources.iter().enumerate() {
        out.push(Line::raw(""));
        let (mark, style) = if at == pane.source {
            ("▸", theme.selected())
        } else {
            (" ", theme.title())
        };
        let head = format!("{mark} [{}] {}", source.number, name(source));
        out.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(text::fit(&head, width), style),
        ]));
        for proof in source.proofs.iter().filter(|own| !turn.answer.shows(own)) {
            for line in text::wrap(&proof.text, width.saturating_sub(6)) {
                out.push(marked(&line, &proof.marks, model));
            }
        }
    }
    out
}

fn name(source: &Source) -> String {
    let pages = if source.page == source.page_last {
        format!("p. {}", source.page)
    } else {
        format!("p. {}–{}", source.page, source.page_last)
    };
    format!("{}, {pages}", text::document_name(&source.document))
}

/// A line of a proof with the figures that answer made to stand out.
fn marked(line: &str, marks: &[String], model: &Model) -> Line<'static> {
    let theme = model.theme;
    let mut spans = vec![Span::raw("      ")];
    let mut rest = line;
    loop {
        let found = marks
            .iter()
            .filter_map(|mark| Some((rest.find(mark.as_str())?, mark)));
        let Some((at, mark)) = found
            .min_by_key(|(at, _)| *at)
            .filter(|(_, mark)| !mark.is_empty())
        else {
            break;
        };
        spans.push(Span::styled(rest[..at].to_owned(), theme.dim()));
        spans.push(Span::styled(mark.clone(), theme.marked()));
        rest = &rest[at + mark.len()..];
    }
    spans.push(Span::styled(rest.to_owned(), theme.dim()));
    Line::from(spans)
}
