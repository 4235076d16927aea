//! The note as Markdown.

use super::note::{Block, Span};
use crate::printable;
use crate::report::markdown::plain;

pub fn write(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        match block {
            Block::Title(text) => out += &format!("# {}\n", escaped(text)),
            Block::Head(text) => out += &format!("## {text}\n"),
            Block::Text(spans) => out += &format!("{}\n", line(spans)),
            Block::Quote(spans) => out += &format!("> {}\n", line(spans)),
            Block::List(items) => {
                for item in items {
                    out += &format!("- {}\n", line(item));
                }
            }
            Block::Table { heads, rows } => {
                let heads = heads.iter().map(|head| escaped(head));
                out += &row(heads.collect());
                out += &row(vec!["---".to_owned(); rows.first().map_or(1, Vec::len)]);
                for cells in rows {
                    out += &row(cells.iter().map(|cell| line(cell)).collect());
                }
            }
        }
    }
    out
}

fn row(cells: Vec<String>) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Text that is no markup and moves nothing in a terminal.
fn escaped(text: &str) -> String {
    plain(&printable::on_a_line(text))
}

fn line(spans: &[Span]) -> String {
    let written = spans.iter().map(|span| match span {
        Span::Plain(text) => escaped(text),
        Span::Strong(text) => strong(text),
        Span::Code(text) => {
            let text = printable::on_a_line(text).replace(['`', '|'], "'");
            format!("`{text}`")
        }
        Span::Link(text, to) => format!("[{}]({to})", escaped(text)),
    });
    written.collect()
}

/// Bold, with the blanks around it outside: inside of the stars they would make them plain.
fn strong(text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let (before, behind) = text.split_once(inner).unwrap_or_default();
    format!("{before}**{}**{behind}", escaped(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        let blocks = [
            Block::Title("What of <b>it</b>\u{1b}[31m?".to_owned()),
            Block::Text(vec![
                Span::Strong("It was *5*. ".to_owned()),
                Span::Link("[A, p. 3]".to_owned(), "A%20b.pdf#page=1".to_owned()),
            ]),
            Block::Table {
                heads: vec!["a|b".to_owned()],
                rows: vec![vec![vec![Span::Code("x | y`".to_owned())]]],
            },
        ];
        let text = write(&blocks);
        assert!(text.contains("# What of \\<b\\>it\\</b\\>"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(
            text.contains("**It was \\*5\\*.** [\\[A, p. 3\\]](A%20b.pdf#page=1)"),
            "{text}"
        );
        assert!(text.contains("| a\\|b |\n| --- |\n| `x ' y'` |"), "{text}");
    }
}
