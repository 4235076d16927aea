//! `tenk redline`: what one document says otherwise than another.

use std::io::Write;

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{RedlineArgs, RedlineFormat};
use super::remedy::refuse;
use super::{Ended, Session, document_named, output};
use crate::job::redlining::{earlier, redline};
use crate::redline::{Change, Count, Kind, Redline, Run, Side, titled};
use crate::report::redline::{HEADS, Marks, Page, counts, to_html, to_markdown};
use crate::store::{DocumentRow, Store};
use crate::{fsio, printable};

pub fn run(session: &Session, args: &RedlineArgs) -> anyhow::Result<Ended> {
    let format = format(session, args)?;
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let (a, b) = documents(&store, &args.documents)?;
    let first = args.section.first().map(String::as_str);
    let second = args.section.get(1).map(String::as_str).or(first);
    let found = redline(&store, (&a, first), (&b, second))?;
    let page = Page {
        a: &a.path,
        b: &b.path,
        redline: &found,
        only: &args.only,
        is_full: args.full,
    };
    let text = match format {
        RedlineFormat::Text => text(&page),
        RedlineFormat::Md => to_markdown(&page),
        RedlineFormat::Html => to_html(&page),
        RedlineFormat::Json => {
            let wanted =
                |change: &&Change| args.only.is_empty() || args.only.contains(&change.kind);
            let lines = found.changes.iter().filter(wanted);
            let lines: Vec<Value> = lines
                .map(|change| value(change, &a.path, &b.path))
                .collect();
            match &args.output {
                None => {
                    return lines
                        .iter()
                        .try_for_each(output::json)
                        .map(|()| Ended::Done);
                }
                Some(_) => lines.iter().map(|line| format!("{line}\n")).collect(),
            }
        }
    };
    match &args.output {
        Some(path) => {
            let bytes = printable::shown(&text);
            fsio::export(path, bytes.as_bytes()).with_context(|| path.display().to_string())?;
            note!("{} → {}: {}", a.path, b.path, path.display());
        }
        None if format == RedlineFormat::Text => output::text(&text)?,
        None => std::io::stdout()
            .lock()
            .write_all(printable::shown(&text).as_bytes())?,
    }
    Ok(Ended::Done)
}

/// The two documents that are named, or the one and the report before it.
fn documents(store: &Store, named: &[String]) -> anyhow::Result<(DocumentRow, DocumentRow)> {
    match named {
        [b] => {
            let b = document_named(store, b)?;
            Ok((earlier(store, &b)?, b))
        }
        [a, b, ..] => Ok((document_named(store, a)?, document_named(store, b)?)),
        [] => Err(refuse(
            "no document is named",
            "name two, the older one first",
        )),
    }
}

/// The format that is asked for, or that the name of the output says.
fn format(session: &Session, args: &RedlineArgs) -> anyhow::Result<RedlineFormat> {
    let by_name = || {
        let name = args.output.as_ref()?.extension()?.to_str()?.to_lowercase();
        Some(match name.as_str() {
            "md" | "markdown" => RedlineFormat::Md,
            "html" | "htm" => RedlineFormat::Html,
            "json" | "jsonl" => RedlineFormat::Json,
            _ => return None,
        })
    };
    let is_text = |x: &std::ffi::OsStr| ["txt", "text", "diff"].iter().any(|own| x == *own);
    let strange = args
        .output
        .as_ref()
        .and_then(|path| path.extension())
        .filter(|x| !is_text(x));
    if let (Some(_), None, None, Some(path)) = (strange, args.format, by_name(), &args.output) {
        return Err(refuse(
            format!("{} is no kind of file that is written", path.display()),
            "name a file that ends in .html, .md, .json or .txt",
        ));
    }
    match (args.format, session.global.json) {
        (None | Some(RedlineFormat::Json), true) => Ok(RedlineFormat::Json),
        (Some(_), true) => Err(refuse(
            "--json and another --format were both asked for",
            "leave one of them out",
        )),
        (Some(format), false) => Ok(format),
        (None, false) => Ok(by_name().unwrap_or(RedlineFormat::Text)),
    }
}

/// A change as the command line's contract has it.
fn value(change: &Change, a: &str, b: &str) -> Value {
    let side = |side: &Option<Side>, document: &str| {
        side.as_ref().map(|side| {
            json!({
                "document": document, "page": side.page, "page_last": side.page_last, "line": side.line,
                "section": side.section, "text": side.text,
            })
        })
    };
    let run = |run: &Run| json!([run.fate, run.text]);
    json!({
        "kind": change.kind,
        "section": change.section,
        "a": side(&change.a, a),
        "b": side(&change.b, b),
        "runs": change.runs.iter().map(run).collect::<Vec<_>>(),
        "words": change.words,
        "table": change.is_table,
        "dates": change.is_dates,
        "moved": change.is_moved,
    })
}

/// For a terminal: the counts, then change by change with the marks of wdiff.
fn text(page: &Page<'_>) -> String {
    let marks = Marks {
        removed: &|text| output::dim(&format!("[-{text}-]")),
        added: &|text| output::bold(&format!("{{+{text}+}}")),
        plain: &str::to_owned,
    };
    let mut out = format!("{} → {}\n\n{}", page.a, page.b, table(page.redline));
    if let Some(pictures) = page.pictures() {
        out += &format!("\n{pictures}\n");
    }
    let mut last = None;
    for change in page.changes() {
        if last != Some(&change.section) {
            out += &format!("\n{}\n", output::bold(titled(&change.section)));
            last = Some(&change.section);
        }
        let head = format!("{}, {}", change.called(), change.pages());
        out += &format!(
            "\n{}\n{}\n",
            output::dim(&head),
            page.marked(change, &marks)
        );
    }
    let left = page.left_out();
    if page.changes().next().is_none() {
        out += match left {
            Some(_) => "\nNo change of these kinds.\n",
            None => "\nNo difference.\n",
        };
    }
    if let Some(left) = left {
        let words = format!("not shown: {left} (--only {})", kinds());
        out += &format!("\n{}\n", output::dim(&words));
    }
    if page.only.contains(&Kind::Added) && !page.only.contains(&Kind::Changed) {
        out += "added are whole paragraphs: what was put into others is shown by --only changed\n";
    }
    out
}

/// All kinds, as `--only` takes them.
fn kinds() -> String {
    Kind::ALL.map(|kind| kind.as_str()).join(",")
}

/// Sections with what differs in each; those without any difference are counted alone.
fn table(redline: &Redline) -> String {
    let differs = |count: &&Count| counts(count)[..HEADS.len() - 1].iter().any(|n| *n > 0);
    let mut out: String = HEADS.iter().map(|head| format!("{head:>8}")).collect();
    out += "  section\n";
    for count in redline.sections.iter().filter(differs) {
        out += &counts(count).map(|n| format!("{n:>8}")).concat();
        out += &format!("  {}\n", titled(&count.section));
    }
    let same = redline
        .sections
        .iter()
        .filter(|count| !differs(count))
        .count();
    if same > 0 {
        out += &format!(
            "{same:>width$}  {} without a difference\n",
            if same == 1 { "section" } else { "sections" },
            width = 8 * HEADS.len()
        );
    }
    out
}
