//! How results and errors are printed.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::remedy::Described;

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

/// An error on stderr, and as `{"error", "remedy"}` on stdout when that was asked for.
pub fn report_error(failure: &Described, is_json: bool) {
    eprintln!("error: {failure}");
    if is_json {
        // A closed stdout leaves nobody to tell.
        let _ = json(failure);
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
