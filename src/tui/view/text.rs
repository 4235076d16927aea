//! Text fitted to columns, by display width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` cut to `room` columns, an ellipsis where something was cut.
pub fn fit(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > room {
            break;
        }
        used += w;
        out.push(c);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// A document's name without its folder and its `.pdf`.
pub fn document_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, end)) if end.eq_ignore_ascii_case("pdf") => stem,
        _ => name,
    }
}

/// Lines of at most `room` columns; a table row's gaps are narrowed before it is broken.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(4);
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let mut out = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) > room && !line.is_empty() {
            out.push(std::mem::take(&mut line));
        } else if gap > 0 {
            line.push(' ');
        }
        for c in word.chars() {
            if width(&line) + c.width().unwrap_or(0) > room {
                out.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    out.push(line);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_and_wrapping_by_width() {
        assert_eq!(fit("balance", 7), "balance");
        assert_eq!(fit("balance", 4), "bal…");
        assert_eq!(fit("資産合計", 5), "資産…");
        assert_eq!(wrap("net cash provided", 8), ["net cash", "provided"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert!(wrap("", 0).len() == 1);
    }

    #[test]
    fn a_name_without_folder_and_ending() {
        assert_eq!(document_name("a/b/NORTH_2023.PDF"), "NORTH_2023");
    }
}
