//! Completions: what a shell offers behind `tenk`. Of what is hidden it knows nothing.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::{Ended, output};

pub fn run(shell: Shell) -> anyhow::Result<Ended> {
    output::text(&script(shell))?;
    Ok(Ended::Done)
}

/// The command line without the folder that may stand in the place of a command: a shell that counts arguments would
/// take every command for one.
pub fn commands() -> Command {
    shown(&Cli::command(), false, &|id| id == "folder")
}

fn script(shell: Shell) -> String {
    // Bash would offer the names of arguments as words to be typed; without them it offers files.
    let mut command = match shell {
        Shell::Bash => shown(&commands(), true, &|_| false),
        _ => commands(),
    };
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, "tenk", &mut out);
    let text = String::from_utf8_lossy(&out);
    match shell {
        // The first word may be a folder as well. What begins with a blank is called as it stands.
        Shell::Zsh => text.replace(
            r#"":: :_tenk_commands" \"#,
            r#"":: : _alternative 'commands:command:_tenk_commands' 'folders:folder:_files -/'" \"#,
        ),
        _ => text.into_owned(),
    }
}

/// A command with what of it is shown: no hidden command or flag, no argument that is left out; where `is_bare`, none
/// that stands by its place and has no list of values.
fn shown(of: &Command, is_bare: bool, is_left_out: &dyn Fn(&str) -> bool) -> Command {
    let mut out = Command::new(of.get_name().to_owned());
    if let Some(about) = of.get_about() {
        out = out.about(about.clone());
    }
    if let Some(version) = of.get_version() {
        out = out.version(version.to_owned());
    }
    let arguments = of.get_arguments().filter(|own| {
        let is_free = own.is_positional() && own.get_possible_values().is_empty();
        !(own.is_hide_set() || is_left_out(own.get_id().as_str()) || is_bare && is_free)
    });
    let commands = of.get_subcommands().filter(|own| !own.is_hide_set());
    out.args(arguments.cloned())
        .subcommands(commands.map(|own| shown(own, is_bare, &|_| false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELLS: [Shell; 5] = [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::Elvish,
        Shell::PowerShell,
    ];

    #[test]
    fn what_is_hidden_is_in_no_completion() {
        for shell in SHELLS {
            let text = script(shell);
            for hidden in ["__extract", "background", "worker"] {
                assert!(!text.contains(&format!("{hidden}'")), "{shell}: {hidden}");
                assert!(!text.contains(&format!("{hidden}[")), "{shell}: {hidden}");
                assert!(!text.contains(&format!("{hidden} ")), "{shell}: {hidden}");
            }
            assert!(
                text.contains("search") && text.contains("dry-run"),
                "{shell}"
            );
        }
        assert!(script(Shell::Zsh).contains("_alternative"));
    }
}
