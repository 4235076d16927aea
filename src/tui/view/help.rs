//! The help overlay: the keys of the pane, searchable, each line can be run.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::super::model::Model;
use super::super::update::place;
use super::text;

pub fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let Some(help) = &model.help else { return };
    let theme = model.theme;
    let rows = model.keys.help(place(model), &help.filter.text);
    let all = rows.iter().map(|told| text::width(&told.key));
    let keys = all.max().unwrap_or(0).min(22);
    let width = area.width.min(84);
    let height = area.height.min(rows.len() as u16 + 3);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    let outer = Rect {
        x,
        y,
        width,
        height,
    };
    frame.render_widget(Clear, outer);
    let block = Block::bordered().title(" keys · type to find · ⏎ runs · Esc ");
    let inner = block.inner(outer);
    frame.render_widget(block, outer);
    if inner.height == 0 {
        return;
    }
    let find = Line::raw(format!(" / {}", help.filter.text));
    frame.render_widget(find, Rect { height: 1, ..inner });
    let visible = inner.height as usize - 1;
    let first = (help.selected + 1).saturating_sub(visible);
    for (i, row) in rows.iter().skip(first).take(visible).enumerate() {
        let gap = " ".repeat(keys.saturating_sub(text::width(&row.key)));
        let line = format!(" {}{gap}  {}", row.key, row.what);
        let selected = first + i == help.selected;
        let style = if selected {
            theme.selected()
        } else {
            theme.plain()
        };
        let line = Line::styled(text::fit(&line, inner.width as usize), style);
        frame.render_widget(
            line,
            Rect {
                y: inner.y + 1 + i as u16,
                height: 1,
                ..inner
            },
        );
    }
}
