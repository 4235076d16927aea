//! Pages for tests.

use super::paragraph::{Paragraph, paragraphs};
use super::word::Vocabulary;
use crate::pdf::{Engine, Line, LineKind, Page, PageState};

/// A page of lines, each of which begins a paragraph; `# `, `## ` and `| ` say which are headings and rows.
pub fn page(number: u32, lines: &[&str]) -> Page {
    let line = |text: &&str| match (text.strip_prefix("# "), text.strip_prefix("| ")) {
        _ if text.starts_with("## ") => Line::new(&text[3..], LineKind::Heading(2), true),
        (Some(text), _) => Line::new(text, LineKind::Heading(1), true),
        (_, Some(text)) => Line::new(text.replace('|', "   "), LineKind::Row, true),
        _ => Line::new(*text, LineKind::Body, true),
    };
    Page {
        number,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
        lines: lines.iter().map(line).collect(),
    }
}

/// The paragraphs of a page of prose.
pub fn prose(lines: &[&str], vocabulary: &mut Vocabulary) -> Vec<Paragraph> {
    paragraphs(&[page(1, lines)], vocabulary)
}
