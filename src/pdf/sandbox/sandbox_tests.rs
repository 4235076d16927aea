//! Children played by shell scripts that die where we want them to.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::pdf::PageState;

/// A child that runs `body` for each page `$n` of three, with `$engine` as asked for; `page` sends
/// the page.
fn child(body: &str) -> (tempfile::TempDir, Sandbox) {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("child");
    let script = format!(
        r#"#!/bin/sh
from=$3 last=$5 engine=$9
[ "$last" -gt 3 ] && last=3
opened() {{ printf '\036{{"Opened":{{"pages":3}}}}\n'; }}
page() {{ printf '\036{{"Page":{{"number":%d,"state":"text","reason":null,"engine":"hayro","lines":[{{"text":"the %s quarter","y":9,"size":9,"cells":[[0,9]]}}]}}}}\n' $n $word; }}
opens={opens}
$opens && opened
n=$from
while [ $n -le $last ]; do
word=$(echo first second third | cut -d" " -f$n)
{body}
n=$((n+1))
done
"#,
        opens = !body.contains("never opens"),
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let sandbox = Sandbox {
        program,
        limits: Limits {
            page: Duration::from_secs(2),
            ..Limits::from(&ExtractConfig::default())
        },
        engine: EngineChoice::Both,
        threads: 1,
    };
    (dir, sandbox)
}

fn read(body: &str) -> Result<Document, Failure> {
    let (_dir, sandbox) = child(body);
    let read = sandbox.read(&sandbox.program.clone(), &CancelToken::new());
    read.map(|document| document.expect("nothing cancelled it"))
}

fn states(document: &Document) -> Vec<PageState> {
    document.pages.iter().map(|p| p.state).collect()
}

use PageState::{Failed, Text};

#[test]
fn a_page_that_kills_both_engines_costs_itself_alone() {
    let document = read("[ $n -eq 2 ] && exit 134; page").unwrap();
    assert_eq!(states(&document), [Text, Failed, Text]);
    let why = document.pages[1].reason.as_deref().unwrap();
    assert!(why.contains("crashed"), "{why}");
}

#[test]
fn a_page_that_kills_one_engine_is_read_by_the_other() {
    let document = read("[ $n -eq 2 ] && [ $engine = both ] && exit 1; page").unwrap();
    assert_eq!(states(&document), [Text, Text, Text]);
}

#[test]
fn a_file_that_one_engine_cannot_open_is_read_by_the_other() {
    let body = ": never opens; [ $engine = both ] && exit 1; [ $n -eq 1 ] && opened; page";
    assert_eq!(states(&read(body).unwrap()), [Text, Text, Text]);
}

#[test]
fn deaths_are_told_apart() {
    let reason = |body: &str| read(body).unwrap_err();
    let crashed = reason(": never opens; exit 139");
    assert_eq!(crashed.reason, Reason::Crashed);
    assert!(crashed.detail.contains("139"), "{crashed}");
    let stack = reason("echo 'thread main has overflowed its stack' >&2; exit 134");
    assert_eq!(stack.reason, Reason::Crashed);
    assert!(stack.detail.contains("nested"), "{stack}");
    let memory = reason("echo 'memory allocation of 99 bytes failed' >&2; exit 134");
    assert_eq!(memory.reason, Reason::TooLarge);
    assert_eq!(
        reason(": never opens; exec sleep 30").reason,
        Reason::TooSlow
    );
}

#[test]
fn chatter_of_a_library_is_no_message() {
    let document = read("echo 'warning: odd font'; page").unwrap();
    assert_eq!(states(&document), [Text, Text, Text]);
}

#[test]
fn a_cancelled_read_ends_soon() {
    let (_dir, sandbox) = child(": never opens; exec sleep 30");
    let cancel = CancelToken::new();
    cancel.cancel();
    let read = sandbox.read(&sandbox.program.clone(), &cancel);
    assert_eq!(read, Ok(None));
}
