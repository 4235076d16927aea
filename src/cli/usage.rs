//! Wrong usage: what the parser of arguments refuses, in one line, and what to do about it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::args::Cli;
use super::remedy::{Described, refuse};

/// The refusal of `arguments`, the program's own name first.
pub fn describe(error: &clap::Error, arguments: impl IntoIterator<Item = OsString>) -> Described {
    let (name, command) = command_of(arguments);
    let help = format!("see {name} --help");
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    ) {
        let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        return Described {
            error: format!("{name} needs to be told what to do"),
            remedy: format!("name one of {}; {help}", known.join(", ")),
        };
    }
    Described {
        error: message(&error.render().to_string()),
        remedy: match meant(error) {
            Some(meant) => format!("did you mean {meant}? {help}"),
            None => help,
        },
    }
}

/// The first paragraph as a line: what is refused, and the list under it.
fn message(rendered: &str) -> String {
    let mut lines = rendered.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let text = format!("{first} {}", rest.join(", "));
    text.trim_start_matches("error: ").trim().to_owned()
}

/// What the parser knows that is spelt much the same.
fn meant(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(all) => Some(all.join(" or ")),
        _ => None,
    })
}

/// The command that arguments name, and how it is called: `tenk models pull`.
fn command_of(arguments: impl IntoIterator<Item = OsString>) -> (String, Command) {
    let (mut name, mut command) = ("tenk".to_owned(), Cli::command());
    for argument in arguments.into_iter().skip(1) {
        if let Some(found) = command.find_subcommand(&argument).cloned() {
            name = format!("{name} {}", found.get_name());
            command = found;
        }
    }
    (name, command)
}

/// A question of words.
///
/// # Errors
///
/// Where it has none.
pub fn question(words: &[String]) -> anyhow::Result<String> {
    let text = words.join(" ");
    if text.chars().any(char::is_alphanumeric) {
        return Ok(text);
    }
    let why = format!("{:?} asks for nothing", text.trim());
    Err(refuse(why, "write the question in words"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn failure(arguments: &[&str]) -> Described {
        let all = || std::iter::once("tenk").chain(arguments.iter().copied());
        let error = Cli::try_parse_from(all()).unwrap_err();
        describe(&error, all().map(OsString::from))
    }

    #[test]
    fn nothing_is_cut_and_the_help_is_that_of_the_command() {
        let missing = failure(&["classify"]);
        assert!(!missing.error.ends_with(':'), "{missing}");
        assert!(missing.error.contains("--name"), "{missing}");
        assert!(missing.remedy.contains("tenk classify --help"), "{missing}");
        let value = failure(&["search", "x", "--arm", "bm26"]);
        assert!(value.error.contains("possible values: hybrid, dense, bm25"));
        assert_eq!(value.remedy, "did you mean bm25? see tenk search --help");
        let flag = failure(&["index", "--dry-rum"]);
        assert!(flag.remedy.starts_with("did you mean --dry-run?"), "{flag}");
        let none = failure(&["models"]);
        assert!(none.error.contains("tenk models needs"), "{none}");
        assert!(none.remedy.contains("pull"), "{none}");
    }
}
