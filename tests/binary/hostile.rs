//! Nothing hostile comes out: whatever folders, files, texts, models, servers and arguments are called or
//! say, no character that acts on a terminal leaves the program, but a line's end and a tab.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::endpoint::server::{Server, finish, say};
use super::pdf::Pdf;
use super::place::{NORTHGATE, Outcome, Place, corpora};

/// Retitles a terminal, fills its clipboard, colours, turns the direction, tags, and goes back to the
/// line's begin. In a shell's argument and a file's name alike.
const HOSTILE: &str = "a\u{1b}]0;owned\u{7}b\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[31m\u{202e}c\u{2066}d\u{9b}2Je\u{e0041}f\rg\nh\u{7f}i";

/// Whether a character acts: written down here anew, so that the program's own list is held to it.
fn acts(c: char) -> bool {
    let number = u32::from(c);
    let is_control = number < 0x20 || (0x7f..0xa0).contains(&number);
    let turns = [0x61c, 0x200e, 0x200f].contains(&number)
        || (0x202a..=0x202e).contains(&number)
        || (0x2066..=0x2069).contains(&number);
    let is_tag = (0xe0000..=0xe007f).contains(&number);
    (is_control && c != '\n' && c != '\t') || turns || is_tag
}

#[track_caller]
fn check(outcome: &Outcome, what: &[&str]) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let found: Vec<char> = text.chars().filter(|c| acts(*c)).collect();
        assert!(found.is_empty(), "{what:?}: {found:?} in {text:?}");
    }
    assert!(
        outcome.code.is_some_and(|code| code < 100),
        "{what:?}: {outcome:?}"
    );
}

/// A library whose folder, files, texts and titles are hostile.
fn library() -> (Place, PathBuf) {
    let place = Place::new();
    let folder = place.root().join(format!("lib{HOSTILE}"));
    std::fs::create_dir(&folder).unwrap();
    let name = |what: &str| folder.join(format!("{what}{HOSTILE}.pdf"));
    std::fs::copy(corpora(NORTHGATE), name("NORTHGATE_2023_10K")).unwrap();
    let text = "net sales \\033]0;owned\\007 \\033[31m rose \\2332J to 5,000";
    let titled = Pdf::text(text).trailer("/Info << /Title (a\\033]0;owned\\007\\233) >>");
    std::fs::write(name("note"), titled.bytes()).unwrap();
    std::fs::write(name("broken"), "no PDF \u{1b}[31m").unwrap();
    (place, folder)
}

#[test]
fn no_command_lets_out_what_acts_on_a_terminal() {
    let (place, folder) = library();
    let folder = folder.to_str().unwrap();
    let h = HOSTILE;
    let file = place.root().join(format!("file{h}.jsonl"));
    let row = json!({"id": h, "question": format!("net sales {h}"), "answer": h,
        "evidence": [{"doc": format!("NORTHGATE_2023_10K{h}"), "page": 3}]});
    std::fs::write(&file, row.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let export = place.root().join(format!("out{h}.csv"));
    let (export, pdf) = (export.to_str().unwrap(), format!("{folder}/note{h}.pdf"));
    let broken = format!("{folder}/broken{h}.pdf");
    let set = format!("company=Acme{h}");
    let cases: Vec<Vec<&str>> = vec![
        vec!["index"],
        vec!["index", "--dry-run"],
        vec!["index", h],
        vec!["search", h],
        vec!["search", "net sales", "--plain"],
        vec!["search", "net sales", "--company", h],
        vec!["search", "--queries", file],
        vec!["search", "net sales", "--arm", h],
        vec!["explain", h],
        vec!["ask", h],
        vec!["ask", "What were Northgate's net sales in 2023?"],
        vec!["ask", "--questions", file],
        vec!["ask", "x", "--writer", h],
        vec!["ask", "x", "--writer", h, "--endpoint", h],
        vec!["eval", "--questions", file],
        vec!["eval", "--questions", h],
        vec!["show", h],
        vec!["show", "note:1"],
        vec!["show", "NORTHGATE_2023_10K:3"],
        vec!["extract", &pdf],
        vec!["extract", "--raw", &pdf],
        vec!["extract", &broken],
        vec!["extract", "--tables", "csv", &pdf],
        vec!["embed", "--model", h],
        vec!["train", "--data", h],
        vec!["train", "--data", file, "--name", h],
        vec!["synth", "--name", h],
        vec!["synth", "--stats", "--name", h],
        vec!["models", "list"],
        vec!["models", "show", h],
        vec!["models", "show", "base"],
        vec!["models", "import", h],
        vec!["models", "pull", h],
        vec!["similar", h, "b"],
        vec!["similar", "--data", file],
        vec!["classify", "--name", h, h],
        vec!["set", "note", &set],
        vec!["set", h, &set],
        vec!["list"],
        vec!["tag", h, "note"],
        vec!["tag", "peers", h],
        vec!["tag", "peers", "note"],
        vec!["tag"],
        vec!["folders", "add", h],
        vec!["folders", "add", h, "--name", h],
        vec!["folders", "remove", h],
        vec!["folders"],
        vec!["filters", "keep", h, h],
        vec!["filters", "keep", "x", h],
        vec!["filters", "forget", h],
        vec!["filters"],
        vec!["search", "net sales", "--filter", h],
        vec!["search", "net sales", "--folder", h, "--tag", h],
        vec!["list", "--company", h],
        vec!["facts"],
        vec!["facts", h],
        vec!["grid", "revenue"],
        vec!["grid", h],
        vec!["grid", "revenue", "-o", export],
        vec!["redline", h],
        vec!["redline", h, h],
        vec!["redline", "note", "NORTHGATE_2023_10K"],
        vec!["redline", "NORTHGATE_2023_10K", "note", "--section", h],
        vec!["status"],
        vec!["config"],
        vec!["doctor"],
        vec!["bench", "figures", file],
        vec!["bench", "extract", h],
        vec!["compare", h],
        vec!["tune", "--name", h],
        vec!["report", h],
        vec!["completions", h],
        vec!["completions", "bash"],
        vec!["man"],
        vec!["man", "--folder", h],
        vec!["mcp"],
        vec!["help", h],
        vec![h],
        vec!["--no-such-flag", h],
    ];
    for case in &cases {
        for json in [&[][..], &["--json"]] {
            let arguments = [&["-L", folder][..], case, json].concat();
            check(&place.run(&arguments), &arguments);
        }
    }
    // The log as well.
    let log = place.root().join("data/tenk/tenk.log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    assert!(!log.chars().any(acts), "{log:?}");
    for name in place.commands() {
        let is_run = cases.iter().any(|case| case[0] == name);
        assert!(is_run, "tenk {name} is given nothing hostile here");
    }
}

#[test]
fn a_hostile_name_leads_back_to_its_file() {
    let (place, folder) = library();
    let folder = folder.to_str().unwrap();
    place.run(&["-L", folder, "index"]);
    let hits = place.run(&["-L", folder, "search", "net sales", "--json"]);
    let hits = hits.last_json();
    let named = |hit: &serde_json::Value| hit["document"].as_str().unwrap().to_owned();
    let names: Vec<String> = hits["hits"].as_array().unwrap().iter().map(named).collect();
    let note = names.iter().find(|name| name.starts_with("note"));
    let note = note.unwrap_or_else(|| panic!("{names:?}"));
    assert!(note.contains("\\x1b]0;owned\\x07"), "{note}");
    // A page is drawn from the file that the name leads to.
    let target = format!("{note}:1");
    let shown = place.run(&["-L", folder, "show", &target, "--image"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let again = place.run(&["-L", folder, "index", "--json"]).last_json();
    assert_eq!(again["extracted"], 0, "{again}");
}

#[test]
fn what_a_server_says_acts_on_nothing() {
    let (place, folder) = library();
    place.run(&["-L", folder.to_str().unwrap(), "index"]);
    let ask = |server: &Server, json: bool| {
        let mut arguments = vec!["-L", folder.to_str().unwrap(), "ask", "--endpoint"];
        arguments.extend([server.host.as_str(), "--writer", "m", "What rose?"]);
        arguments.extend(json.then_some("--json"));
        let outcome = place.run(&arguments);
        check(&outcome, &arguments);
    };
    let talks = Server::start(|_, _, out| {
        super::endpoint::server::begin(out);
        say(out, &format!("Sales rose {HOSTILE} [1]."));
        finish(out, "stop");
    });
    let refuses = Server::start(|_, _, out| {
        super::endpoint::server::refuse(out, 400, json!({"message": HOSTILE}));
    });
    for server in [&talks, &refuses] {
        ask(server, true);
        ask(server, false);
    }
}

/// What leaves the folder of a test must be private to its user.
#[cfg(unix)]
#[test]
fn state_is_its_users_alone_and_exports_are_not() {
    use std::os::unix::fs::PermissionsExt;
    fn each(path: &Path, visit: &mut impl FnMut(&Path, u32)) {
        let meta = std::fs::symlink_metadata(path).unwrap();
        visit(path, meta.permissions().mode());
        if meta.is_dir() {
            for entry in std::fs::read_dir(path).unwrap().flatten() {
                each(&entry.path(), visit);
            }
        }
    }
    let place = Place::with(&[NORTHGATE]);
    place.run(&["index"]).ok();
    place.run(&["synth", "--name", "s"]).ok();
    super::model::import(&place);
    let private = |when: &str| {
        each(&place.path(".tenk"), &mut |path, mode| {
            assert_eq!(mode & 0o077, 0, "{when}: {} {mode:o}", path.display());
        });
    };
    private("as it is made");
    // A home of an earlier version.
    each(&place.path(".tenk"), &mut |path, mode| {
        let open = std::fs::Permissions::from_mode(mode | 0o044);
        std::fs::set_permissions(path, open).unwrap();
    });
    place.run(&["index"]).ok();
    private("as it is met");
    place
        .run(&["grid", "revenue", "--format", "csv", "-o", "grid.csv"])
        .ok();
    place.run(&["models", "export", "base", "model"]).ok();
    // As any other program's file is.
    place.write("plain", "");
    std::fs::create_dir(place.path("folder")).unwrap();
    let mode = |name: &str| {
        let meta = std::fs::metadata(place.path(name)).unwrap();
        meta.permissions().mode() & 0o777
    };
    for export in ["grid.csv", "model/model.safetensors"] {
        assert_eq!(mode(export), mode("plain"), "{export}");
    }
    assert_eq!(mode("model"), mode("folder"));
}
