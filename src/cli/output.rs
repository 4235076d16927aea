//! How results and errors are printed. All that a command says goes through here, and nothing of it acts
//! on a terminal but what this module writes itself.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::remedy::Described;
use crate::pattern;
use crate::printable;
use crate::printable::letters::Letters;

/// Prints one JSON object as a line on stdout.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    json_text(&serde_json::to_string(value)?)
}

/// Prints a text of JSON, and ends its line.
pub fn json_text(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{}", printable::json(text))?;
    Ok(())
}

/// Prints a line on stdout.
pub fn line(text: &str) -> anyhow::Result<()> {
    let is_terminal = io::stdout().is_terminal();
    writeln!(
        io::stdout().lock(),
        "{}",
        letters(is_terminal).shown(&shown(text))
    )?;
    Ok(())
}

/// What a stream can show: a file or another program takes all letters, a terminal those that it has.
fn letters(is_terminal: bool) -> Letters {
    static OF_TERMINAL: LazyLock<Letters> = LazyLock::new(Letters::of_environment);
    if is_terminal {
        *OF_TERMINAL
    } else {
        Letters::All
    }
}

/// Prints a text on stdout as it stands, its line breaks among it.
pub fn text(text: &str) -> anyhow::Result<()> {
    let is_terminal = io::stdout().is_terminal();
    write!(
        io::stdout().lock(),
        "{}",
        letters(is_terminal).shown(&shown(text))
    )?;
    Ok(())
}

/// Prints a line of a page's picture: colours and blocks, and nobody's text.
pub fn picture(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}")?;
    Ok(())
}

/// Says something on stderr: `note!` with the words of `format!`.
pub fn note(words: fmt::Arguments<'_>) {
    piece(&format!("{words}\n"));
}

/// Says a piece of something on stderr, which may go on.
pub fn piece(text: &str) {
    let letters = letters(io::stderr().is_terminal());
    let mut stderr = io::stderr().lock();
    // A closed stderr leaves nobody to tell.
    let _ = write!(stderr, "{}", letters.shown(&shown(text))).and_then(|()| stderr.flush());
}

/// What `bold`, `dim` and `link` write.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern::compiled(r"\x1b\[(?:1|2|22)m|\x1b\]8;;(?:file://[A-Za-z0-9/%._~#=-]*)?\x1b\\")
});

/// `text` as it is shown: where stdout takes styles, ours stay.
fn shown(text: &str) -> Cow<'_, str> {
    if !is_styled() {
        return printable::shown(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    for own in OWN.find_iter(text) {
        out.push_str(&printable::shown(&text[rest..own.start()]));
        out.push_str(own.as_str());
        rest = own.end();
    }
    out.push_str(&printable::shown(&text[rest..]));
    Cow::Owned(out)
}

/// Says a line on stderr.
macro_rules! note {
    ($($words:tt)*) => { $crate::cli::output::note(format_args!($($words)*)) };
}

/// What the parser of arguments refuses, on stderr; in its own styles where nothing in it is others'.
pub fn usage(error: &clap::Error) {
    let text = error.render();
    if text
        .to_string()
        .chars()
        .any(|c| c != '\n' && printable::is_active(c))
    {
        piece(&text.to_string());
    } else {
        // A closed stderr leaves nobody to tell.
        let _ = error.print();
    }
}

/// An error on stderr, and as `{"error", "remedy"}` on stdout when that was asked for.
pub fn report_error(failure: &Described, is_json: bool) {
    note!("error: {failure}");
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

/// Whether the terminal shows lines alone, and cannot change what it has shown.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Whether stdout takes colours and links.
pub fn is_styled() -> bool {
    let off = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !off && !is_dumb()
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
    let url = printable::address(path);
    format!("\x1b]8;;file://{url}#page={page}\x1b\\{text}\x1b]8;;\x1b\\")
}
