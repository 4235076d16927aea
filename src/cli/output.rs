//! How results and errors are printed.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Prints one JSON object as a line on stdout.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string(value)?;
    line(&text)
}

/// Prints a line on stdout.
pub fn line(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// `{"error", "remedy"}` on stdout.
pub fn json_error(error: &str, remedy: &str) {
    // A closed stdout leaves nobody to tell.
    let _ = json(&serde_json::json!({ "error": error, "remedy": remedy }));
}

/// An error on stderr, and as JSON on stdout when that was asked for. Messages carry their remedy
/// behind the first semicolon.
pub fn report_error(error: &anyhow::Error, json: bool) {
    let text = format!("{error:#}");
    eprintln!("error: {text}");
    if json {
        let (what, remedy) = text.split_once("; ").unwrap_or((&text, ""));
        json_error(what, remedy);
    }
}

/// True when the reader of stdout went away, which is no failure of ours.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether stdout takes colours and links.
pub fn is_styled() -> bool {
    let off = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !off && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// Bold, when stdout takes it.
pub fn bold(text: &str) -> String {
    if is_styled() {
        format!("\x1b[1m{text}\x1b[22m")
    } else {
        text.to_owned()
    }
}

/// Dim, when stdout takes it.
pub fn dim(text: &str) -> String {
    if is_styled() {
        format!("\x1b[2m{text}\x1b[22m")
    } else {
        text.to_owned()
    }
}

/// A link to a page of a file (OSC 8), when stdout takes it.
pub fn link(path: &std::path::Path, page: u32, text: &str) -> String {
    if !is_styled() {
        return text.to_owned();
    }
    let url: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|&b| match b {
            b'/' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("\x1b]8;;file://{url}#page={page}\x1b\\{text}\x1b]8;;\x1b\\")
}

/// A number with thousands separators.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A span of time in words: `8 s`, `3 min 20 s`, `1 h 5 min`.
pub fn span(seconds: f64) -> String {
    let s = seconds.round().max(0.0) as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_spans() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(span(8.4), "8 s");
        assert_eq!(span(200.0), "3 min 20 s");
        assert_eq!(span(3900.0), "1 h 5 min");
    }
}
