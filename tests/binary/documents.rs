//! The documents of the repository: links lead somewhere, and commands have the flags that are named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::place::Place;

/// Every page for people, from the repository's root, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = |folder: PathBuf| {
        let files = std::fs::read_dir(folder).unwrap().flatten();
        files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|x| x == "md"))
    };
    let all = pages(root.to_owned()).chain(pages(root.join("docs")));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    all.map(read).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut count = 0;
    for (path, text) in documents() {
        for after in text.split("](").skip(1) {
            let target = after.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let file = path.parent().unwrap().join(target);
            assert!(file.exists(), "{} links to {target}", path.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count} links");
}

/// The words of a command before its comment, and of those behind `;` and `|`, quotes taken whole.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut out, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut quote = None;
    for c in line.chars() {
        let ends = c.is_whitespace() || "|;<>".contains(c);
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' && word.is_empty() => break,
            None if ends => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                if !c.is_whitespace() {
                    out.push(std::mem::take(&mut words));
                }
            }
            None => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    out.push(words);
    out.retain(|words| words.first().is_some_and(|first| first == "tenk"));
    out
}

#[test]
fn commands_have_the_flags_that_the_documents_name() {
    let place = Place::new();
    let mut helps: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut count = 0;
    for (path, text) in documents() {
        let shell = text.split("```sh\n").skip(1);
        let lines = shell.flat_map(|block| block.split("```").next().unwrap().lines());
        for words in lines.flat_map(commands) {
            // `tenk FOLDER` has no subcommand, `tenk models list` has two.
            let is_name = |word: &&String| word.chars().all(|c| c.is_ascii_lowercase());
            let depth = match words.get(1).map(String::as_str) {
                Some("models" | "config" | "bench") => 2,
                _ => 1,
            };
            let command: Vec<String> = words[1..]
                .iter()
                .take(depth)
                .take_while(is_name)
                .cloned()
                .collect();
            let help = helps.entry(command.clone()).or_insert_with(|| {
                let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
                arguments.push("--help");
                place.run(&arguments).ok().stdout
            });
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                let flag = flag.split('=').next().unwrap();
                let is_known = help.split([' ', ',', '[', '=', '\n']).any(|w| w == flag);
                assert!(is_known, "{}: {flag} in {words:?}\n{help}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} flags");
}

#[test]
fn a_line_of_shell_is_read_as_its_commands() {
    let line = "echo \"tenk; # no\" | tenk embed --query; tenk doctor   # a remark; tenk no";
    let expected = [vec!["tenk", "embed", "--query"], vec!["tenk", "doctor"]];
    assert_eq!(commands(line), expected);
}
