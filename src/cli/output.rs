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

/// An error on stderr, and as JSON on stdout when that was asked for.
pub fn report_error(error: &anyhow::Error, json: bool) {
    let (what, remedy) = with_remedy(&told(error));
    eprintln!("error: {what}; {remedy}");
    if json {
        json_error(&what, &remedy);
    }
}

/// An error with its causes; those that it tells itself are not told again.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let gap = if text.is_empty() { "" } else { ": " };
            text.push_str(&format!("{gap}{cause}"));
        }
    }
    text
}

/// Numbers by which systems say that there is no room: ENOSPC, EFBIG, EDQUOT.
const NO_ROOM: [&str; 3] = ["(os error 28)", "(os error 27)", "(os error 122)"];

/// A message and what to do. Most messages carry that behind the first semicolon; those that pass
/// on an error of the system are told apart here.
fn with_remedy(text: &str) -> (String, String) {
    let (what, remedy) = text.split_once("; ").unwrap_or((text, ""));
    let remedy = if NO_ROOM.iter().any(|number| text.contains(number)) {
        "free some space and run the same command again: what is indexed so far is kept"
    } else if !remedy.is_empty() {
        remedy
    } else if text.contains("(os error 2)") {
        "check that the path exists"
    } else if text.contains("(os error 13)") {
        "check its permissions"
    } else {
        "if it goes on, report it with what tenk doctor prints"
    };
    (what.to_owned(), remedy.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_a_remedy() {
        let remedy = |text: &str| with_remedy(text).1;
        assert_eq!(remedy("a is damaged; index it again"), "index it again");
        let full = "cache: No space left on device (os error 28); remove that folder";
        assert!(remedy(full).starts_with("free some space"));
        assert_eq!(remedy("a: gone (os error 2)"), "check that the path exists");
        assert!(!remedy("what a strange day").is_empty());
    }
}
