//! What the cover of a filing says of who files it: the registrant's line, the table of co-registrants,
//! the line below the Commission's file number, names at the top of the first page.

use std::sync::LazyLock;

use regex::Regex;

use super::{Vote, first_name, vote};
use crate::metadata::name::{self, EMPLOYER, has_legal_ending};
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

impl Cover {
    /// Adds registrants in their order, the parent first.
    fn add(&mut self, names: Vec<String>, weight: f32, place: &'static str) {
        for (at, name) in names.iter().enumerate() {
            let weight = if at == 0 { weight } else { weight / 3.0 };
            self.votes.push(vote(name.clone(), weight, place));
        }
        self.registrants.extend(names);
    }
}

pub fn votes(text: &Text<'_>) -> Cover {
    let mut out = Cover::default();
    let rows = rows(text);
    let labels = if rows.is_empty() {
        labels(&text.cover)
    } else {
        Vec::new()
    };
    out.add(rows, 7.0, "the table of registrants");
    for (number, at) in labels.iter().enumerate() {
        let weight = if number == 0 { 7.0 } else { 2.5 };
        let names = above(text, *at);
        out.add(names, weight, "the registrant's line");
    }
    out.votes.extend(by_file_number(text));
    out.votes.extend(at_the_top(text));
    out.votes.extend(before_title(text));
    out.votes.extend(in_property(text));
    out
}

/// The lines that say "exact name of registrant" or the like.
fn labels(cover: &[CoverLine<'_>]) -> Vec<usize> {
    let is_label = |line: &CoverLine<'_>| {
        let c = &line.compact;
        let named = [
            "exactnameof",
            "nameofregistrantasspecified",
            "nameoftheregistrantasspecified",
            "nameofeachregistrant",
        ];
        // A sentence that mentions the label is none.
        line.text.len() < 160
            && named.iter().any(|label| c.contains(label))
            && !c.contains("nameofperson")
    };
    let found = cover.iter().enumerate().filter(|(_, l)| is_label(l));
    found.map(|(at, _)| at).collect()
}

/// The names in a table of registrants: the rows that have the Commission's number and the tax office's.
fn rows(text: &Text<'_>) -> Vec<String> {
    const LINES: usize = 50;
    let row = |line: &CoverLine<'_>| {
        let rest = ROW.captures(line.text)?.name("rest")?.as_str();
        first_name(rest, text).filter(|_| EMPLOYER.is_match(rest))
    };
    text.cover.iter().take(LINES).filter_map(row).collect()
}

/// The first employer's number of the cover, which is the parent's.
pub fn employer(text: &Text<'_>) -> String {
    const LINES: usize = 60;
    let lines = text.cover.iter().take(LINES);
    let found = lines.filter_map(|l| EMPLOYER.find(l.text)).next();
    found.map_or_else(String::new, |number| number.as_str().replace(' ', "-"))
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
    // Where a name must stand it need not look like one: `lululemon athletica inc.`, `1-800-FLOWERS.COM`.
    let right_above = at.checked_sub(1).map_or("", |i| cover[i].text);
    if first_name(right_above, text).is_none()
        && let Some(name) = name::in_its_place(right_above, text)
    {
        return vec![name];
    }
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
    let is_said = text.compact.matches(&compact(&whole)).count() > 1;
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

/// A name with its legal ending among the first lines; else one that the document has again, which says little.
fn at_the_top(text: &Text<'_>) -> Option<Vote> {
    const LINES: usize = 10;
    let place = "the top of the first page";
    let lines = text.cover.iter().take(LINES);
    let in_line = |l: &CoverLine<'_>| name::in_line(l.text, text).into_iter();
    let names = lines.flat_map(|l| in_line(l).map(|name| (l.page, name)));
    let mut again = None;
    for (page, name) in names {
        if has_legal_ending(&name) {
            return Some(vote(name, 2.0, place));
        }
        if again.is_none() && page == 0 && text.says_again(&name) {
            again = Some(name);
        }
    }
    again.map(|name| vote(name, 0.3, place))
}

/// The file's title property, where the document says its name as well: many a title is a tool's.
fn in_property(text: &Text<'_>) -> Option<Vote> {
    let name = name::parse(text.title, text).filter(|n| text.says_again(n))?;
    Some(vote(name, 1.0, "the file's title"))
}

/// `Tesco PLC Annual Report 2023`, `SAP Integrated Report 2022`: a running head, or a title.
fn before_title(text: &Text<'_>) -> Option<Vote> {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^(?:\d+\s+)?(?P<name>.{2,60}?)\s+[|–—-]?\s*(?:(?:19|20)\d\d\s+)?(?:(?:annual|interim|integrated|half.year|quarterly)\s+(?:integrated\s+|financial\s+)?(?:report|review)|form\s+10-[kq])\b",
        )
    });
    let lines = text.cover.iter().filter(|l| l.text.len() < 120);
    let named = |line: &CoverLine<'_>| name::parse(&TITLE.captures(line.text)?["name"], text);
    let found = lines.filter_map(named).find(|n| text.says_again(n));
    found.map(|n| vote(n, 2.5, "the running head"))
}
