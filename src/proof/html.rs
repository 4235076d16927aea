//! The note as one HTML page that needs nothing beside it but the copies that it leads to, and runs nothing.

use super::note::{Block, Span};
use crate::printable;
use crate::report::html::plain;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;\
    color:#1a1a1a;background:#fff}h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}\
    table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
    th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd;vertical-align:top}\
    blockquote{margin:.5em 0;padding:.3em .8em;border-left:4px solid #f2d94e;background:#fffbe6;\
    white-space:pre-wrap}code{overflow-wrap:anywhere}@media print{body{margin:0}}";

pub fn write(title: &str, blocks: &[Block]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style></head><body>\n",
        escaped(title)
    );
    for block in blocks {
        out += &match block {
            Block::Title(text) => format!("<h1>{}</h1>\n", escaped(text)),
            Block::Head(text) => format!("<h2>{text}</h2>\n"),
            Block::Text(spans) => format!("<p>{}</p>\n", line(spans)),
            Block::Quote(spans) => format!("<blockquote>{}</blockquote>\n", line(spans)),
            Block::List(items) => {
                let items = items.iter().map(|item| format!("<li>{}</li>", line(item)));
                format!("<ul>{}</ul>\n", items.collect::<String>())
            }
            Block::Table { heads, rows } => table(heads, rows),
        };
    }
    out + "</body></html>\n"
}

fn table(heads: &[String], rows: &[Vec<Vec<Span>>]) -> String {
    let heads = heads
        .iter()
        .map(|head| format!("<th>{}</th>", escaped(head)));
    let row = |cells: &Vec<Vec<Span>>| {
        let cells = cells.iter().map(|cell| format!("<td>{}</td>", line(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    format!(
        "<table><tr>{}</tr>\n{}</table>\n",
        heads.collect::<String>(),
        rows.iter().map(row).collect::<String>()
    )
}

fn escaped(text: &str) -> String {
    plain(&printable::on_a_line(text))
}

fn line(spans: &[Span]) -> String {
    let written = spans.iter().map(|span| match span {
        Span::Plain(text) => escaped(text),
        Span::Strong(text) => format!("<strong>{}</strong>", escaped(text)),
        Span::Code(text) => format!("<code>{}</code>", escaped(text)),
        Span::Link(text, to) => format!("<a href=\"{}\">{}</a>", escaped(to), escaped(text)),
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        let blocks = [Block::Quote(vec![
            Span::Strong("<script>\u{202e}x</script>".to_owned()),
            Span::Link("p. 3".to_owned(), "a.pdf#page=\"1".to_owned()),
        ])];
        let page = write("a & b", &blocks);
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
        assert!(page.contains("<a href=\"a.pdf#page=&quot;1\">"));
        assert!(page.contains("<title>a &amp; b</title>"));
    }
}
