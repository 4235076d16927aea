//! The explanation overlay: why a page was found, or not.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Clear};

use super::super::model::Model;
use super::text;

pub fn draw(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let Some(explanation) = &model.search.explanation else {
        return;
    };
    let width = area.width.min(76);
    let room = (width as usize).saturating_sub(4);
    let wrapped = explanation.iter().flat_map(|line| text::wrap(line, room));
    let lines: Vec<Line<'_>> = wrapped.map(|line| Line::raw(format!(" {line}"))).collect();
    let height = area.height.min(lines.len() as u16 + 2);
    let outer = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, outer);
    let block = Block::bordered().title(" why · any key closes ");
    let inner = block.inner(outer);
    frame.render_widget(block, outer);
    frame.render_widget(Text::from(lines), inner);
}
