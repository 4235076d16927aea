//! Clean text: what characters of a PDF are text, and a line as it is read.
//!
//! Text from a PDF is hostile: escape sequences would reach a terminal, bidirectional overrides would
//! show another text than is stored. None of them leaves this module.

use unicode_normalization::UnicodeNormalization;

use super::glyph::is_private;
use crate::printable::is_active;

/// What stands between two cells of a row in the text.
pub const COLUMN_GAP: &str = "   ";

const SOFT_HYPHEN: char = '\u{AD}';

/// Appends `text` with ligatures unfolded and characters that carry no text left out. Soft hyphens
/// stay, for `tidy`.
pub fn push_clean(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\u{FB00}'..='\u{FB06}' | '\u{FF01}'..='\u{FF5E}' => {
                out.extend(std::iter::once(c).nfkc());
            }
            '\u{2010}' | '\u{2011}' => out.push('-'),
            c if c.is_whitespace() => out.push(' '),
            c if is_unprintable(c) => {}
            c => out.push(c),
        }
    }
}

/// Composes accents, trims, and folds runs of spaces. A soft hyphen at the end, where it parts a
/// word, is a hyphen; within, where it only could have, nothing.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = text.trim_end();
    let (text, parted) = match text.strip_suffix(SOFT_HYPHEN) {
        Some(text) => (text, true),
        None => (text, false),
    };
    for word in text.split_whitespace() {
        let at = out.len();
        if word.is_ascii() {
            out.push_str(word);
        } else {
            out.extend(word.chars().filter(|c| *c != SOFT_HYPHEN).nfc());
        }
        // A word of soft hyphens alone is none.
        if at > 0 && out.len() > at {
            out.insert(at, ' ');
        }
    }
    if parted && !out.is_empty() {
        out.push('-');
    }
    out
}

/// Characters that act on what shows them, or show nothing: invisible formatting, tags, private use.
fn is_unprintable(c: char) -> bool {
    is_active(c)
        || is_private(c)
        || matches!(c,
            '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFD}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Takes out of `text` what `push_clean` never lets in. Text that arrives from the child has passed
/// there, if the child is what it should be.
pub fn make_printable(text: &mut String) {
    if text.chars().any(is_unprintable) {
        text.retain(|c| !is_unprintable(c));
    }
}

/// The beginning of `text`, printable, of at most `length` characters.
pub fn excerpt(text: &str, length: usize) -> String {
    let printable = text.chars().filter(|c| !is_unprintable(*c));
    printable.take(length).collect()
}

/// `line` without leader dots, `)` and `%` closed up to their figure.
pub fn reading(line: &str) -> String {
    let line = without_leaders(line);
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let closes = c == ' '
            && after.starts_with(['%', ')'])
            && out.ends_with(|c: char| c.is_ascii_digit() || c == ')' || c == '—');
        if !closes {
            out.push(c);
        }
        rest = after;
    }
    out
}

/// A cell that holds nothing: two or three dots.
pub fn is_nil(cell: &str) -> bool {
    matches!(cell, ".." | "...")
}

/// Dots that lead the eye from a label to its figure: four or more of them, spaced or not.
fn without_leaders(line: &str) -> String {
    if !line.contains("...") && !line.contains(". .") {
        return line.to_owned();
    }
    if !line.split(COLUMN_GAP).any(is_nil) {
        return without_leaders_of(line);
    }
    // What is nil in one column leads to none.
    let each = |cell: &str| match is_nil(cell) {
        true => cell.to_owned(),
        false => without_leaders_of(cell),
    };
    let cells: Vec<String> = line.split(COLUMN_GAP).map(each).collect();
    cells.join(COLUMN_GAP)
}

fn without_leaders_of(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('.') {
        let run = &rest[start..];
        let end = run.find(|c| c != '.' && c != ' ').unwrap_or(run.len());
        let dots = run[..end].bytes().filter(|b| *b == b'.').count();
        if dots >= 4 {
            out.push_str(rest[..start].trim_end());
            // The gap behind the leaders stays a gap between cells.
            let spaces = run[..end].len() - run[..end].trim_end().len();
            if end < run.len() {
                let gap = spaces >= COLUMN_GAP.len();
                out.push_str(if gap { COLUMN_GAP } else { " " });
            }
        } else {
            out.push_str(&rest[..start + end]);
        }
        rest = &run[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        let mut out = String::new();
        push_clean(&mut out, text);
        tidy(&out)
    }

    #[test]
    fn soft_hyphens_count_at_the_end_alone() {
        assert_eq!(cleaned("Mit\u{AD}arbei\u{AD}ter"), "Mitarbeiter");
        assert_eq!(cleaned("of our Mit\u{AD} "), "of our Mit-");
        assert_eq!(cleaned("a \u{AD} b"), "a b");
        assert_eq!(cleaned("\u{AD}"), "");
        assert_eq!(cleaned("long-term"), "long-term");
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_is_text() {
        let hostile =
            "a\u{1b}[31mb\u{7}c\u{9b}0md\u{202e}e\u{2066}f\u{61c}g\u{e0041}h\u{7f}i\u{fff9}j";
        assert_eq!(cleaned(hostile), "a[31mbc0mdefghij");
        let mut text = hostile.to_owned();
        make_printable(&mut text);
        assert_eq!(text, "a[31mbc0mdefghij");
        assert_eq!(excerpt(hostile, 5), "a[31m");
        assert_eq!(cleaned("line\u{2028}two\tthree"), "line two three");
    }

    #[test]
    fn leaders_go_and_figures_close() {
        assert_eq!(
            reading("Cash........ $ 352,371   (5,612 )"),
            "Cash $ 352,371   (5,612)"
        );
        assert_eq!(
            reading("Total . . . . . .   12 %   (3) %"),
            "Total   12%   (3)%"
        );
        assert_eq!(
            reading("No. 5... and U.S. firms."),
            "No. 5... and U.S. firms."
        );
        assert_eq!(reading("Notes (a) and ) alone"), "Notes (a) and ) alone");
        assert_eq!(
            reading("Coal......   ..   ...   550.00"),
            "Coal   ..   ...   550.00"
        );
    }
}
