//! Printable text: nothing in it acts on the terminal or the log that shows it.
//!
//! Names of files, texts of PDFs, models and servers are other people's. An escape sequence in one could
//! retitle a terminal or fill its clipboard, a bidirectional override show `exe.pdf` for `fdp.exe`, a line
//! break forge a line of a log. What is shown passes here on its way out, whatever passed before.

pub mod letters;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// Whether a character acts on what shows it: controls, bidirectional marks and overrides, separators of
/// lines, interlinear and tag characters.
pub fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// `text` with its active characters written out, as `\u{1b}`; line breaks and tabs stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    written(text, |c| is_active(c) && !matches!(c, '\n' | '\t'))
}

/// As `shown`, on one line.
pub fn on_a_line(text: &str) -> Cow<'_, str> {
    written(text, is_active)
}

fn written(text: &str, is_written: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_written) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if is_written(c) => out.push(' '),
            c if is_written(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// `json`, a text of JSON, with active characters in JSON's own escapes: the same value.
pub fn json(json: &str) -> Cow<'_, str> {
    let is_written = |c: char| is_active(c) && !matches!(c, '\n' | '\t');
    if !json.chars().any(is_written) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_written(c) {
            // JSON escapes units of UTF-16.
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `path` as the address of a file has it, its odd bytes in per cents.
pub fn address(path: &Path) -> String {
    let mut out = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Writes what it is given as it is shown.
pub struct Shown<W>(pub W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(shown(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;x\u{7}b\u{202e}c\u{9b}d\re\nf\tg\u{e0041}";

    #[test]
    fn what_acts_is_written_out_and_the_rest_stays() {
        let expected = "a\\u{1b}]0;x\\u{7}b\\u{202e}c\\u{9b}d\\u{d}e\nf\tg\\u{e0041}";
        assert_eq!(shown(HOSTILE), expected);
        assert!(!on_a_line(HOSTILE).contains(['\n', '\t']));
        let harmless = "Zürich — 東京 👩‍👧 فارسی‌ها";
        assert!(matches!(on_a_line(harmless), Cow::Borrowed(_)));
        let mut out = Vec::new();
        Shown(&mut out).write_all(HOSTILE.as_bytes()).unwrap();
        assert_eq!(out, expected.as_bytes());
    }

    #[test]
    fn json_means_the_same_and_has_no_active_character() {
        let plain = serde_json::to_string(HOSTILE).unwrap();
        let escaped = json(&plain);
        assert!(!escaped.chars().any(is_active), "{escaped}");
        let back: String = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back, HOSTILE);
    }
}
