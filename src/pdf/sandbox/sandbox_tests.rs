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
refuse() {{ printf '\036{{"Refused":{{"reason":"damaged","detail":"no table"}}}}\n'; exit; }}
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
fn a_page_that_hangs_one_engine_costs_itself_alone_where_the_other_refuses_the_file() {
    let body = ": never opens; [ $engine = both ] || refuse; [ $n -eq $from ] && opened; \
                [ $n -eq 2 ] && exec sleep 30; page";
    let document = read(body).unwrap();
    assert_eq!(states(&document), [Text, Failed, Text]);
    let why = document.pages[1].reason.as_deref().unwrap();
    assert!(why.contains("page 2 took over 2s"), "{why}");
}

#[test]
fn a_deadline_runs_for_each_page_at_work() {
    let limit = Duration::from_millis(200);
    let mut watch = reading::Watch::new(limit);
    watch.begin(5, 2);
    watch.begin(6, 2);
    watch.begin(7, 2);
    assert_eq!((watch.overdue(), watch.only()), (None, None));
    watch.finish(6);
    assert_eq!(watch.only(), Some(5));
    std::thread::sleep(limit * 2);
    watch.begin(6, 2);
    // Others may begin and finish: the one that hangs is named all the same.
    assert_eq!((watch.overdue(), watch.is_idle()), (Some(5), false));
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

/// How a file ends whose child writes `body` in place of its second page.
fn second_page(body: &str) -> Result<Document, Failure> {
    read(&format!("[ $n -eq 2 ] && {{ {body}; }} || page"))
}

fn reason_of_second(body: &str) -> String {
    let document = second_page(body).unwrap();
    assert_eq!(states(&document), [Text, Failed, Text]);
    document.pages[1].reason.clone().unwrap()
}

#[test]
fn a_message_without_end_is_not_awaited() {
    let why = reason_of_second(r"printf '\036'; exec tr '\0' a < /dev/zero");
    assert!(why.contains("more text"), "{why}");
    // What is no message may go on as long as the page's time lasts.
    let why = reason_of_second(r"exec tr '\0' a < /dev/zero");
    assert!(why.contains("took over"), "{why}");
}

#[test]
fn garbage_in_place_of_a_page_costs_that_page() {
    for garbage in [
        r"printf '\036{{\036\377\n'; exit 0",
        r#"printf '\036{"Page":{"number":2}}\n'; exit 0"#,
        r#"printf '\036{"Page":[[[[\n'; exit 0"#,
        r#"printf '\036{"Page":{"number":2,"state":"text","reason":null,"engine":"hayro","lines":[{"text":"far","y":1e300,"size":9,"cells":[[0,9]]}]}}\n'"#,
        r#"printf '\036{"Page":{"number":2,"state":"text","reason":null,"engine":"hayro","lines":[{"text":"nowhere","y":9,"size":9,"cells":[]}]}}\n'"#,
    ] {
        reason_of_second(garbage);
    }
}

#[test]
fn pages_that_nobody_asked_for_are_passed_over() {
    let page = |number: u32| {
        format!(
            r#"printf '\036{{"Page":{{"number":{number},"state":"text","reason":null,"engine":"hayro","lines":[]}}}}\n'; "#
        )
    };
    let body = [page(0), page(99), page(4_294_967_295), "page".to_owned()].concat();
    let document = read(&body).unwrap();
    assert_eq!(states(&document), [Text, Text, Text]);
}

#[test]
fn what_a_child_says_is_printable() {
    let line = r#"printf '\036{"Page":{"number":2,"state":"text","reason":null,"engine":"hayro","lines":[{"text":"a\\u001b[31mb\\u202ec","y":9,"size":9,"cells":[[0,9]]}]}}\n'"#;
    let document = second_page(line).unwrap();
    assert_eq!(document.pages[1].text(true), "a[31mbc");
    let refused = read(
        r#": never opens; printf '\036{"Refused":{"reason":"damaged","detail":"x\\u001b[2Jy"}}\n'"#,
    );
    assert_eq!(refused.unwrap_err().detail, "x[2Jy");
}

#[test]
fn a_file_over_its_caps_is_refused() {
    let many = read(r#": never opens; printf '\036{"Opened":{"pages":4000000000}}\n'"#);
    assert_eq!(many.unwrap_err().reason, Reason::TooLarge);
    let long = r#"
text=$(head -c 3000000 /dev/zero | tr '\0' a)
while :; do printf '\036{"Page":{"number":1,"state":"text","reason":null,"engine":"hayro","lines":[{"text":"%s","y":9,"size":9,"cells":[[0,9]]}]}}\n' "$text"; done"#;
    let long = read(long).unwrap_err();
    assert_eq!(long.reason, Reason::TooLarge);
    assert!(long.detail.contains("MiB"), "{long}");
}

/// Sends that all that follows comes from bytes that hash to 32 times `$1`.
const HASHED: &str = r#"hashed() { printf '\036{"Read":['; i=0; while [ $i -lt 31 ]; do printf "$1,"; i=$((i+1)); done; printf "$1]}\n"; }; "#;

#[test]
fn what_changes_while_it_is_read_is_read_another_time() {
    let changes = format!("{HASHED} [ $engine = both ] && {{ hashed 1; exit 1; }}; hashed 2; page");
    let failure = read(&changes).unwrap_err();
    assert_eq!(failure.reason, Reason::Unreadable);
    assert!(failure.detail.contains("changes"), "{failure}");
    let (_dir, sandbox) = child(&format!("{HASHED} hashed 7; page"));
    let path = sandbox.program.clone();
    let as_hashed = |byte: u8| sandbox.raw(&path, Some([byte; 32]), &CancelToken::new());
    assert!(as_hashed(7).unwrap().is_some());
    let swapped = as_hashed(8).unwrap_err();
    assert_eq!(swapped.reason, Reason::Unreadable);
}
