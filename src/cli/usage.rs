//! Wrong usage: what the parser of arguments refuses, in one line, and what to do about it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::args::Cli;
use super::completions;
use super::remedy::{Described, refuse};
use crate::query::near::near;

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

/// A word in the place of a command or a folder that is neither, and the command that it may be meant for.
pub fn neither(word: &str) -> Described {
    let known = completions::commands();
    let known = known.get_subcommands().map(|own| own.get_name().to_owned());
    let meant = near(word, known);
    Described {
        error: format!("{word} is neither a folder nor a command"),
        remedy: match &meant[..] {
            [] => "name a folder of PDFs, or see tenk --help".to_owned(),
            meant => format!("did you mean {}? see tenk --help", meant.join(" or ")),
        },
    }
}

/// The refusal of a command that is misspelt, and so was taken for a folder: what stands behind it is then refused.
pub fn misspelt(
    error: &clap::Error,
    arguments: impl IntoIterator<Item = OsString>,
) -> Option<Described> {
    let kinds = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand];
    if !kinds.contains(&error.kind()) {
        return None;
    }
    let word = first_word(arguments)?;
    let is_command = completions::commands().find_subcommand(&word).is_some();
    let is_there = std::path::Path::new(&word).exists();
    (!is_command && !is_there).then(|| neither(&word.to_string_lossy()))
}

/// The first argument that is no flag, and no value of one.
fn first_word(arguments: impl IntoIterator<Item = OsString>) -> Option<OsString> {
    let command = Cli::command();
    let takes_value = |text: &str| {
        let mut flags = command.get_arguments();
        flags.any(|own| {
            let long = own.get_long().map(|long| format!("--{long}"));
            let short = own.get_short().map(|short| format!("-{short}"));
            let is_it = long.as_deref() == Some(text) || short.as_deref() == Some(text);
            is_it && own.get_action().takes_values()
        })
    };
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--") => return arguments.next(),
            Some(flag) if takes_value(flag) => drop(arguments.next()),
            Some(flag) if flag.starts_with('-') => {}
            _ => return Some(argument),
        }
    }
    None
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
    fn a_misspelt_command_is_told_whatever_stands_around_it() {
        let told = |arguments: &[&str]| {
            let all = || std::iter::once("tenk").chain(arguments.iter().copied());
            let error = Cli::try_parse_from(all()).unwrap_err();
            misspelt(&error, all().map(OsString::from))
        };
        for arguments in [
            &["serch", "capex"][..],
            &["-L", "/x", "serch", "what was capex"],
            &["--json", "--home=/x", "serch", "capex", "--arm", "dense"],
        ] {
            let refused = told(arguments).unwrap_or_else(|| panic!("{arguments:?}"));
            assert!(refused.error.starts_with("serch is neither"), "{refused}");
            assert!(
                refused.remedy.starts_with("did you mean search"),
                "{refused}"
            );
        }
        assert!(told(&["search", "x", "--no-such"]).is_none());
        assert!(told(&["/", "capex"]).is_none(), "a folder that is there");
        assert!(neither("quarterly").remedy.contains("tenk --help"));
        assert!(!neither("__extrac").remedy.contains("__extract"));
    }

    #[test]
    fn none_of_a_thing_is_refused() {
        for command in ["search", "ask"] {
            let refused = failure(&[command, "x", "-k", "0"]);
            assert!(refused.error.contains("1 is the least"), "{refused}");
        }
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
