//! The train pane: is it getting better, when is it done, may I trust it?

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use super::super::keymap::Place;
use super::super::model::Model;
use super::super::model::train::{DIMS, Field, Form, LOSSES};
use super::super::theme::Theme;
use super::super::update::train::ROLLBACK;
use super::{text, verdict};
use crate::job::runs::{Curve, RunView, State};
use crate::printable::letters::Letters;
use crate::train::Event;
use crate::train::event::Figures;
use crate::train::steer::Order;
use crate::units::{count, ends, signed, span};

/// From this width on the charts stand side by side.
const BESIDE: u16 = 78;

pub fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    if let Some(form) = &model.train.form {
        draw_form(frame, model, form, area);
        return;
    }
    let Some(run) = model.train.run() else {
        draw_empty(frame, model, area);
        return;
    };
    let history = (model.train.runs.len() as u16 + 1)
        .min(area.height / 4)
        .max(2);
    let (verdict, table) = match run.state {
        State::Done => (judgement(model, run, area.width), table(run)),
        _ => (Vec::new(), Vec::new()),
    };
    let pinned = run.pinned().len() as u16;
    let said = said(model, area.width);
    let rows = [
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(pinned.min(area.height / 4)),
        Constraint::Length((table.len() as u16).min(area.height / 4)),
        Constraint::Length((verdict.len() as u16).min(area.height / 3)),
        Constraint::Length(said.len() as u16),
        Constraint::Length(history),
    ];
    let [head, charts, facts, pins, figures, judged, job, history] =
        Layout::vertical(rows).areas(area);
    draw_head(frame, model, run, head);
    draw_charts(frame, model, run, charts);
    draw_facts(frame, model, run, facts);
    draw_pins(frame, model, run, pins);
    draw_lines(frame, table, model.theme, figures);
    draw_lines(frame, verdict, model.theme, judged);
    draw_lines(frame, said, model.theme, job);
    draw_history(frame, model, history);
}

/// Lines that a job's status takes at most.
const STATUS: usize = 4;

/// Lines, those with the sign of a judgement in its colour: green is what is surely better.
fn draw_lines(frame: &mut Frame<'_>, lines: Vec<String>, theme: Theme, area: Rect) {
    for (at, line) in lines.into_iter().take(area.height as usize).enumerate() {
        let row = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        let style = match line.chars().find(|c| "▲▼".contains(*c)) {
            Some('▲') => theme.good(),
            Some(_) => theme.bad(),
            None => theme.plain(),
        };
        let line = text::fit(&line, area.width as usize);
        frame.render_widget(Line::styled(line, style), row);
    }
}

fn draw_empty(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let mut lines = vec![
        String::new(),
        "   No model was trained on this library yet.".to_owned(),
        String::new(),
        "   n  a new training: questions are written from your documents by rules, the".to_owned(),
        "      model learns them, and it is measured on documents that it did not see".to_owned(),
        String::new(),
    ];
    lines.extend(said(model, area.width));
    draw_lines(frame, lines, model.theme, area);
}

/// What the job that was started here says, and what else is to be known.
fn said(model: &Model, width: u16) -> Vec<String> {
    let mut out = job_lines(model, width);
    let wrapped =
        |note: &String| text::wrap(&format!("! {note}"), usize::from(width.saturating_sub(2)));
    let notes = model.train.notes.iter().flat_map(wrapped);
    out.extend(notes.map(|line| format!(" {line}")));
    out
}

/// What the job that was started here says, whole: why it ended, and what would help, is at its end.
fn job_lines(model: &Model, width: u16) -> Vec<String> {
    let Some(job) = &model.train.job else {
        return Vec::new();
    };
    if !job.is_running && (job.has_judged || job.name == ROLLBACK) {
        // It was said when it ended, and what it did is seen.
        return Vec::new();
    }
    let state = match (job.is_running, job.order) {
        (true, Order::Pause) => "‖ paused",
        (true, Order::Stop) => "■ stopping",
        (true, Order::Go | Order::Finish) => "▶",
        (false, _) => "■",
    };
    let status = format!("{state} {}: {}", job.name, job.status);
    let lines = text::wrap(&status, usize::from(width.saturating_sub(2)));
    let lines = lines.iter().take(STATUS);
    lines.map(|line| format!(" {line}")).collect()
}

fn draw_head(frame: &mut Frame<'_>, model: &Model, run: &RunView, area: Rect) {
    let theme = model.theme;
    let settings = &run.about.settings;
    let dims = if settings.matryoshka.is_empty() {
        String::new()
    } else {
        let dims: Vec<String> = settings.matryoshka.iter().map(usize::to_string).collect();
        format!(" + Matryoshka {}", dims.join("·"))
    };
    let place = match run.last_step() {
        Some(Event::Step {
            step, steps, epoch, ..
        }) => format!(
            "   epoch {epoch} / {}   step {step} / {steps}",
            settings.epochs
        ),
        _ => String::new(),
    };
    let rows = run.events.iter().find_map(|event| match event {
        Event::Began { examples, .. } => Some(*examples),
        _ => None,
    });
    let rows = rows.map_or(String::new(), |n| format!("   {}", count(n as u64, "row")));
    let serves = model.train.serving.as_ref() == Some(&run.about.name);
    let mark = if serves { " (serves)" } else { "" };
    let text = format!(
        " {}{mark}   {}{dims}{rows}{place}",
        run.about.name,
        settings.loss.as_str()
    );
    let state = match run.state {
        State::Running => "▶ running ",
        State::Paused => "‖ paused ",
        State::Stopped => "■ stopped ",
        State::Done => "✓ done ",
        State::Failed => "✗ failed ",
    };
    let room = (area.width as usize).saturating_sub(text::width(state));
    frame.render_widget(Line::styled(text::fit(&text, room), theme.heading()), area);
    frame.render_widget(Line::styled(state, theme.title()).right_aligned(), area);
}

fn draw_charts(frame: &mut Frame<'_>, model: &Model, run: &RunView, area: Rect) {
    if area.height < 4 {
        return;
    }
    let other = model
        .train
        .overlaid()
        .filter(|other| other.about.name != run.about.name);
    let [left, right] = if area.width >= BESIDE {
        Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area)
    } else {
        Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area)
    };
    let losses = run.losses();
    let other_losses = other.map(RunView::losses).unwrap_or_default();
    let last = losses
        .last()
        .map_or(String::new(), |(_, loss)| format!(" {loss:.2}"));
    let theme = model.theme;
    let plot = |points: Curve, style: Style, dots: bool| Plot {
        points,
        style,
        dots,
    };
    let plots = vec![
        plot(smooth(&other_losses), theme.dim(), false),
        plot(smooth(&losses), theme.curve(), false),
    ];
    draw_chart(frame, model, left, &format!("loss{last}"), plots);
    let figures = run.figures();
    let title = match run.compared() {
        Some((base, (step, best))) => {
            let now = figures.last().map_or(best, |p| p.1);
            let best = match best > base {
                true => format!("best {best:.3} @ {step:.0}"),
                false => "none better".to_owned(),
            };
            format!("{} {now:.3}  base ┈ {base:.3}  {best}", run.figure())
        }
        None => format!("{} of rows not learnt from", run.figure()),
    };
    let steps = losses.last().map_or(1.0, |p| p.0).max(1.0);
    let base: Curve = match figures.first() {
        Some((_, base)) => dashed(*base, steps),
        None => Vec::new(),
    };
    let other_figures = other.map(RunView::figures).unwrap_or_default();
    let plots = vec![
        plot(base, theme.dim(), true),
        plot(other_figures, theme.dim(), false),
        plot(figures, theme.curve(), false),
    ];
    draw_chart(frame, model, right, &title, plots);
}

/// A line or dots of a chart.
struct Plot {
    points: Curve,
    style: Style,
    dots: bool,
}

/// A level as dots.
fn dashed(level: f64, steps: f64) -> Curve {
    (0..=24)
        .map(|i| (steps * f64::from(i) / 24.0, level))
        .collect()
}

/// The mean of each point and those before it, so that a trend is seen through the noise.
fn smooth(points: &[(f64, f64)]) -> Curve {
    let over = (points.len() / 20).clamp(1, 20);
    let mean = |at: usize| {
        let own = &points[(at + 1).saturating_sub(over)..=at];
        own.iter().map(|p| p.1).sum::<f64>() / own.len() as f64
    };
    (0..points.len())
        .map(|at| (points[at].0, mean(at)))
        .collect()
}

fn draw_chart(frame: &mut Frame<'_>, model: &Model, area: Rect, title: &str, plots: Vec<Plot>) {
    let points = || plots.iter().flat_map(|plot| &plot.points);
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let title = text::fit(&format!(" {title}"), area.width as usize);
    frame.render_widget(Line::styled(title, model.theme.dim()), head);
    if points().count() == 0 {
        return;
    }
    let fold = |of: fn(&(f64, f64)) -> f64| {
        points()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            })
    };
    let (left, right) = fold(|p| p.0);
    let (low, high) = fold(|p| p.1);
    let (right, high) = (right.max(left + 1.0), high.max(low + 1e-3));
    let sets = plots.iter().map(|plot| {
        Dataset::default()
            .marker(model.marker)
            .graph_type(if plot.dots {
                GraphType::Scatter
            } else {
                GraphType::Line
            })
            .style(plot.style)
            .data(&plot.points)
    });
    let y = Axis::default()
        .bounds([low, high])
        .labels(ends(low, high, 2));
    let x = Axis::default().bounds([left, right]);
    frame.render_widget(Chart::new(sets.collect()).x_axis(x).y_axis(y), body);
}

fn draw_facts(frame: &mut Frame<'_>, model: &Model, run: &RunView, area: Rect) {
    let mut facts = Vec::new();
    if let Some(Event::Step {
        rate,
        examples_per_second,
        seconds_left,
        seconds,
        peak_mb,
        ..
    }) = run.last_step()
    {
        facts.push(format!("rate {rate:.1e}"));
        facts.push(format!("{examples_per_second:.1} rows/s"));
        facts.push(match run.state {
            State::Running | State::Paused => format!("{} left", span(*seconds_left)),
            _ => format!("took {}", span(*seconds)),
        });
        facts.extend(peak_mb.map(|mb| format!("{:.1} GB", mb as f64 / 1024.0)));
    }
    if let Some(p95) = model.search.p95() {
        facts.push(format!("searches p95 {:.0} ms", p95.as_secs_f64() * 1e3));
    }
    let line = text::fit(&format!(" {}", facts.join("   ")), area.width as usize);
    frame.render_widget(Line::styled(line, model.theme.dim()), area);
}

/// Pinned questions and how the rank of their answer went: the base's first, then each evaluation's.
fn draw_pins(frame: &mut Frame<'_>, model: &Model, run: &RunView, area: Rect) {
    let theme = model.theme;
    for (at, (question, ranks)) in run.pinned().into_iter().enumerate() {
        let (Some(first), Some(last)) = (ranks.first(), ranks.last()) else {
            continue;
        };
        // One question's rank is no proof: no colour says that it is one.
        let mark = match first.cmp(last) {
            std::cmp::Ordering::Greater => "▲",
            std::cmp::Ordering::Less => "▼",
            std::cmp::Ordering::Equal => "=",
        };
        let ends = format!("{first} → {last}");
        let line = Line::from(vec![
            Span::styled(format!(" {mark} rank {ends:<9} "), theme.heading()),
            Span::styled(sparkline(&ranks, model.marker), theme.curve()),
            Span::styled(format!("  {question}"), theme.plain()),
        ]);
        let row = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        if row.y < area.bottom() {
            frame.render_widget(line, row);
        }
    }
}

/// Evaluations that a sparkline shows at most, the last ones.
const CLIMB: usize = 24;

/// Ranks as a row of bars, the higher the better: a full one is the first place, and each step down
/// twice as far behind. Digits where the terminal has not all of the bars.
fn sparkline(ranks: &[usize], marker: Marker) -> String {
    let level = |rank: usize| 7_u32.saturating_sub(rank.max(1).next_power_of_two().ilog2());
    let bar = |rank: usize| match marker {
        Marker::Dot | Marker::Block => char::from_digit(level(rank) + 1, 10).unwrap_or('1'),
        _ => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][level(rank) as usize],
    };
    let from = ranks.len().saturating_sub(CLIMB);
    ranks[from..].iter().map(|rank| bar(*rank)).collect()
}

/// What the run's model was found to be, where it was judged.
fn judgement(model: &Model, run: &RunView, width: u16) -> Vec<String> {
    let name = &run.about.name;
    if !run.has_model {
        return vec![" its model was removed".to_owned()];
    }
    if run.verdict.is_none() {
        return vec![
            " it has learnt, and is not judged yet: P embeds the library with it and judges it"
                .to_owned(),
        ];
    }
    let serves = model.train.serving.as_ref() == Some(name);
    let lines = |found| verdict::lines(found, name, serves, width);
    run.verdict.as_ref().map_or_else(Vec::new, lines)
}

/// Figures by dimension, base against the best step, of a run that is done.
fn table(run: &RunView) -> Vec<String> {
    let Some((_, (best, _))) = run.compared() else {
        return Vec::new();
    };
    let at = |wanted: f64| -> Option<&Figures> {
        run.events.iter().find_map(|event| match event {
            Event::Evaluated { step, figures, .. } if *step as f64 == wanted => Some(figures),
            _ => None,
        })
    };
    let (Some(base), Some(tuned)) = (at(0.0), at(best)) else {
        return Vec::new();
    };
    let mut out = vec![format!(
        " {:>5}  {:<14} {:>7} {:>7}",
        "dim", "held-out rows", "base", "tuned"
    )];
    for (dim, figures) in base.iter().rev() {
        for (name, before) in figures {
            let after = tuned.get(dim).and_then(|figures| figures.get(name));
            if let Some(after) = after {
                out.push(format!(
                    " {dim:>5}  {name:<14} {before:>7.4} {after:>7.4}  {}",
                    signed(after - before, 4)
                ));
            }
        }
    }
    out
}

fn draw_history(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let (theme, pane) = (model.theme, &model.train);
    let head = text::fit(
        " runs: name, state, epochs, rate, base → best",
        area.width as usize,
    );
    frame.render_widget(Line::styled(head, theme.dim()), Rect { height: 1, ..area });
    let room = area.height.saturating_sub(1) as usize;
    let first = (pane.selected + 1).saturating_sub(room.max(1));
    for (at, run) in pane.runs.iter().enumerate().skip(first).take(room) {
        let figures = run.compared().map_or(String::new(), |(base, (_, best))| {
            let worse = if best > base { "" } else { " no better" };
            format!("{base:.3} → {best:.3}{worse}")
        });
        let overlaid = pane.overlay.as_ref() == Some(&run.about.name);
        let line = format!(
            " {}{} {:<20} {:<8} epochs {:<3} {:.0e}  {figures}",
            if pane.serving.as_ref() == Some(&run.about.name) {
                "★"
            } else {
                " "
            },
            if overlaid { "~" } else { " " },
            text::fit(&run.about.name, 20),
            run.state.as_str(),
            run.about.settings.epochs,
            run.about.settings.learning_rate,
        );
        let style = if at == pane.selected {
            theme.selected()
        } else {
            theme.plain()
        };
        let row = Rect {
            y: area.y + 1 + (at - first) as u16,
            height: 1,
            ..area
        };
        frame.render_widget(
            Line::styled(text::fit(&line, area.width as usize), style),
            row,
        );
    }
}

fn draw_form(frame: &mut Frame<'_>, model: &Model, form: &Form, area: Rect) {
    let theme = model.theme;
    let sets = &model.train.sets;
    let value = |field: Field| match field {
        Field::Data => match form.data.checked_sub(1).and_then(|at| sets.get(at)) {
            None => "◂ questions written now, by rules ▸".to_owned(),
            Some(set) => format!("◂ the set {set} ▸"),
        },
        Field::Name => form.name.text.clone(),
        Field::Budget => form.budget.text.clone(),
        Field::Epochs => form.epochs.text.clone(),
        Field::Loss => format!("◂ {} ▸", LOSSES[form.loss]),
        Field::Dims => format!("◂ {} ▸", DIMS[form.dims]),
    };
    let label = |field: Field| match field {
        Field::Data => "data",
        Field::Name => "name",
        Field::Budget => "time budget",
        Field::Epochs => "epochs",
        Field::Loss => "loss",
        Field::Dims => "dimensions",
    };
    let mut lines = vec![
        Line::styled(" A new training", theme.heading()),
        Line::raw(""),
    ];
    for field in form.fields() {
        let chosen = *field == form.field();
        let style = if chosen {
            theme.selected()
        } else {
            theme.plain()
        };
        lines.push(Line::from(vec![
            Span::styled(format!("   {:<12}", label(*field)), theme.dim()),
            Span::styled(format!(" {} ", value(*field)), style),
        ]));
    }
    let what = match form.data {
        0 => "writes questions, trains, embeds the library, and evaluates before and after",
        _ => "trains on the rows of the set; P then evaluates the model and makes it the default",
    };
    let keys = model.keys.footer(Place::Form, 60, text::width);
    let keys = keys.trim();
    for line in [
        "",
        what,
        "it continues when this window is closed",
        "",
        keys,
    ] {
        lines.push(Line::styled(format!("   {line}"), theme.dim()));
    }
    for (at, line) in lines.into_iter().take(area.height as usize).enumerate() {
        let row = Rect {
            y: area.y + at as u16,
            height: 1,
            ..area
        };
        frame.render_widget(line, row);
    }
}

/// Braille where the terminal shows it, else blocks, else dots.
pub fn marker(letters: Letters) -> Marker {
    match letters {
        Letters::All => Marker::Braille,
        Letters::Console => Marker::Block,
        Letters::Ascii => Marker::Dot,
    }
}
