//! What the cover of a filing says of who files it: the registrant's line, the table of co-registrants,
//! the line below the Commission's file number, names at the top of the first page.

use std::sync::LazyLock;

use regex::Regex;

use super::{Vote, first_name, vote};
use crate::metadata::name::{self, has_legal_ending};
use crate::metadata::text::{CoverLine, Text, compact};
use crate::pattern::compiled;

/// Votes of the cover, and all companies that it names as filing.
#[derive(Default)]
pub struct Cover {
    pub votes: Vec<Vote>,
    pub registrants: Vec<String>,
}

/// A row of a table of registrants: the Commission's file number, then the name.
static ROW: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^\s*\d{1,3}-\d{3,6}(?:-\d+)?\s+(?P<rest>\D.*)$"));
/// `Commission File Number: 1-13087 (Boston Properties, Inc.)`
static NUMBER_WITH_NAME: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)file n[^:]*:?\s*\d{1,3}-\d{3,6}\s*\((?P<name>[^)]+)\)"));

pub fn votes(text: &Text<'_>) -> Cover {
    let mut out = Cover::default();
    let labels = labels(&text.cover);
    for (number, at) in labels.iter().enumerate() {
        let weight = if number == 0 { 7.0 } else { 2.5 };
        let rows = rows(text, *at);
        let place = if rows.is_empty() {
            "the registrant's line"
        } else {
            "the table of registrants"
        };
        let names = if rows.is_empty() {
            above(text, *at)
        } else {
            rows
        };
        for (at, name) in names.iter().enumerate() {
            // The parent stands first.
            let weight = if at == 0 { weight } else { weight / 3.0 };
            out.votes.push(vote(name.clone(), weight, place));
        }
        out.registrants.extend(names);
    }
    out.votes.extend(by_file_number(text));
    out.votes.extend(at_the_top(text));
    out
}

/// The lines that say "exact name of registrant" or the like.
fn labels(cover: &[CoverLine<'_>]) -> Vec<usize> {
    let is_label = |line: &CoverLine<'_>| {
        let c = &line.compact;
        let named = ["exactnameof", "nameofregistrantasspecified", "nameoftheregistrantasspecified", "nameofeachregistrant"];
        // A sentence that mentions the label is none.
        line.text.len() < 160 && named.iter().any(|label| c.contains(label)) && !c.contains("nameofperson")
    };
    let found = cover.iter().enumerate().filter(|(_, l)| is_label(l));
    found.map(|(at, _)| at).collect()
}

/// The names in a table of registrants around its heads at `at`.
fn rows(text: &Text<'_>, at: usize) -> Vec<String> {
    const NEAR: usize = 16;
    let lines = text.cover.iter().skip(at + 1).take(NEAR);
    let row = |line: &CoverLine<'_>| {
        let rest = ROW.captures(line.text)?.name("rest")?.as_str().to_owned();
        first_name(&rest, text)
    };
    lines.filter_map(row).collect()
}

/// The names above the registrant's label at `at`, the topmost first: one, or all that stand together.
fn above(text: &Text<'_>, at: usize) -> Vec<String> {
    const NEAR: usize = 8;
    let cover = &text.cover;
    let inline = cover[at].text.split('(').next().unwrap_or_default();
    if let Some(name) = name::parse(inline, text) {
        return vec![name];
    }
    let mut out: Vec<String> = Vec::new();
    for line in cover[..at].iter().rev().take(NEAR) {
        match first_name(line.text, text) {
            Some(name) => out.push(name),
            // Names stand together.
            None if !out.is_empty() => break,
            None => {}
        }
    }
    out.reverse();
    joined_or_apart(out, cover[at].compact.contains("registrants"), text)
}

/// Lines above the label are one name over two lines, several registrants', or the last one is the name.
fn joined_or_apart(lines: Vec<String>, plural: bool, text: &Text<'_>) -> Vec<String> {
    if lines.len() < 2 || plural {
        return lines;
    }
    let last = &lines[lines.len() - 1];
    let whole = lines.join(" ");
    // Its lines once, and a sentence that has it.
    let is_said = compact(&text.lower).matches(&compact(&whole)).count() > 1;
    if is_said || is_legal_alone(last) {
        vec![whole]
    } else {
        vec![last.clone()]
    }
}

/// `CORPORATION` on a line of its own.
fn is_legal_alone(line: &str) -> bool {
    let words = line.split_whitespace().map(compact);
    let mut known = words.map(|w| crate::metadata::LEGAL.contains(&w.as_str()));
    known.all(|is| is)
}

/// Some covers have the name right under the Commission's file number alone, or behind it.
fn by_file_number(text: &Text<'_>) -> Vec<Vote> {
    let place = "the line of the file number";
    let cover = &text.cover;
    let mut out = Vec::new();
    for (at, line) in cover.iter().enumerate().take(60) {
        if !line.compact.starts_with("commissionfilen") {
            continue;
        }
        if let Some(found) = NUMBER_WITH_NAME.captures(line.text) {
            out.extend(name::parse(&found["name"], text).map(|n| vote(n, 2.0, place)));
            continue;
        }
        let below = cover[at + 1..].iter().take(3);
        let found = below.filter_map(|l| first_name(l.text, text)).next();
        out.extend(found.map(|n| vote(n, 3.0, place)));
        break;
    }
    out
}

/// A name with its legal ending among the first lines of the first page with any.
fn at_the_top(text: &Text<'_>) -> Option<Vote> {
    const LINES: usize = 10;
    let lines = text.cover.iter().take(LINES);
    let mut names = lines.flat_map(|l| name::in_line(l.text, text));
    names
        .find(|n| has_legal_ending(n))
        .map(|n| vote(n, 2.0, "the top of the first page"))
}
