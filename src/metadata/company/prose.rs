//! What sentences and the matter around the statements say of the company: whom the auditor addresses, whose
//! subsidiaries are consolidated, who signs, whom "we" means, who holds the copyright.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Vote, vote};
use crate::metadata::name::{self, has_legal_ending, key, run_before};
use crate::metadata::text::{Text, compact};
use crate::pattern::compiled;

static ADDRESSEE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:report .{0,60})?to (?:the )?(?:[a-z ,’'-]*?)(?:board of (?:directors|trustees)|(?:stock|share)(?:holders|owners)|members|partners|management|audit committee)\b[a-z ,’'-]*? of(?: the)?(?:\s+(?P<name>\S.*))?$",
    )
});
static SUBSIDIARIES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?P<name>.{2,80}?),?\s+(?:and|&)\s+(?:its\s+)?(?:consolidated\s+|wholly.owned\s+)?subsidiar(?:y|ies)\b",
    )
});
/// `(the “Company”)`, `(“we,” “us”)`: the name before it is whose filing it is.
static DEFINED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\s*\((?:collectively,?\s+|together\s+with[^()]{0,60}|hereinafter[^()]{0,30}|including[^()]{0,60})?(?:the\s+|our\s+)?[“\x22'‘](?:the\s+)?(?P<what>Company|Corporation|Registrant|Issuer|Borrower|Group|Bank|Trust|we|us|our|We)\b",
    )
});
/// `“we,” “us” and “our” refer to Calder Foods Group`
static REFERS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:[“\x22]?(?:we|us|our|the company|company|the registrant)[,.]?[”\x22]?)\s*,?\s*(?:refers?|means?|are used to refer|is used to refer|references?)\s+(?:collectively\s+|only\s+)?(?:to\s+)?(?P<name>[^.;]{2,90})",
    )
});
static COPYRIGHT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?:©|Copyright)\s*(?:©\s*)?(?:(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?,?\s*)?(?:by\s+)?(?P<name>[^|]{2,80}?)(?:\.\s|,?\s+[Aa]ll\s+|\s*$)",
    )
});
/// A name with its legal ending, in a sentence.
static WITH_ENDING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\b(?:[A-Z0-9][\w&’'\-]*(?:\.com)?,? (?:& |and |of )?){1,4}(?:Inc\.|Corp\.|N\.V\.|S\.A\.|Co\.|L\.P\.|(?:Inc|Incorporated|Corporation|PLC|plc|Limited|Ltd|AG|SE|Company|LLC)\b)",
    )
});

/// `Net income attributable to Calder Foods, Inc.`
static ATTRIBUTABLE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"attributable to (?:the )?(?P<name>[A-Z][^;:()]{2,60})"));

pub fn votes(text: &Text<'_>) -> Vec<Vote> {
    let mut out = Vec::new();
    out.extend(repeated(
        addressees(text),
        3.5,
        "whom the auditor addresses",
    ));
    out.extend(repeated(subsidiaries(text), 2.5, "whose subsidiaries"));
    out.extend(repeated(signatures(text), 4.0, "the signature"));
    out.extend(repeated(defined(text), 2.5, "whom “the Company” means"));
    out.extend(repeated(
        attributed(text),
        1.5,
        "whom the income is attributed to",
    ));
    out.extend(repeated(copyrights(text), 1.0, "the copyright"));
    out.extend(mentions(text));
    out
}

/// Names a place has, each once: the one it has most often with the full weight, others by their share.
fn repeated(names: Vec<String>, weight: f32, place: &'static str) -> Vec<Vote> {
    let mut counts: Vec<(String, f32)> = Vec::new();
    for name in names {
        match counts
            .iter_mut()
            .find(|(known, _)| key(known) == key(&name))
        {
            Some((_, count)) => *count += 1.0,
            None => counts.push((name, 1.0)),
        }
    }
    let most = counts.iter().map(|(_, c)| *c).fold(1.0, f32::max);
    let voted = counts.into_iter();
    voted
        .map(|(name, count)| vote(name, weight * count / most, place))
        .collect()
}

fn addressees(text: &Text<'_>) -> Vec<String> {
    let lines = &text.lines;
    let name = |(at, line): (usize, &&str)| {
        if !line.starts_with(['T', 't', 'R', 'I']) {
            return None;
        }
        let found = ADDRESSEE.captures(line)?;
        let next = lines.get(at + 1).copied().unwrap_or_default();
        match found.name("name") {
            Some(name) => name::parse(name.as_str().trim_end_matches([':', ',', '.']), text),
            None => name::parse(next, text),
        }
    };
    lines.iter().enumerate().filter_map(name).collect()
}

fn subsidiaries(text: &Text<'_>) -> Vec<String> {
    const LONGEST: usize = 110;
    let lines = text.lines.iter().filter(|l| l.len() <= LONGEST);
    let name = |line: &&str| name::parse(&SUBSIDIARIES.captures(line)?["name"], text);
    lines.filter_map(name).collect()
}

/// Below "the registrant has duly caused this report to be signed".
fn signatures(text: &Text<'_>) -> Vec<String> {
    const NEAR: usize = 8;
    let mut out = Vec::new();
    for (at, line) in text.lines.iter().enumerate() {
        let plain = line.to_lowercase();
        let is_end = plain.contains("duly caused") || plain.contains("thereunto duly authorized");
        if is_end {
            let below = text.lines[at + 1..].iter().take(NEAR);
            let below = below.filter(|l| !l.contains("/s/") && !l.starts_with("By"));
            out.extend(below.filter_map(|l| super::first_name(l, text)).next());
        }
        if plain.trim() == "(registrant)" && at > 0 {
            out.extend(super::first_name(text.lines[at - 1], text));
        }
    }
    out
}

fn defined(text: &Text<'_>) -> Vec<String> {
    const MOST: usize = 12;
    let body = &text.body;
    let before = DEFINED.find_iter(body).take(MOST);
    let mut out: Vec<String> = before
        .filter_map(|found| run_before(&body[..found.start()], text))
        .collect();
    let refers = REFERS.captures_iter(body).take(MOST);
    out.extend(refers.filter_map(|found| opening_name(&found["name"], text)));
    out
}

/// The name that a text opens with: its first words up to one that no name has.
fn opening_name(rest: &str, text: &Text<'_>) -> Option<String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let is_on = |w: &&&str| name::is_name_word(w) && !w.starts_with(['(', '“', '"']);
    let count = words.iter().take_while(is_on).count();
    let mut end = count;
    while end > 0 && ["and", "the", "of", "for", "in", "&"].contains(&words[end - 1]) {
        end -= 1;
    }
    name::parse(words[..end].join(" ").trim_end_matches(','), text)
}

fn attributed(text: &Text<'_>) -> Vec<String> {
    let found = ATTRIBUTABLE.captures_iter(&text.body).take(12);
    found
        .filter_map(|c| opening_name(&c["name"], text))
        .collect()
}

fn copyrights(text: &Text<'_>) -> Vec<String> {
    let lines = text
        .lines
        .iter()
        .filter(|l| l.contains('©') || l.contains("Copyright"));
    let name = |line: &&str| name::parse(&COPYRIGHT.captures(line)?["name"], text);
    lines.filter_map(name).collect()
}

/// The name with a legal ending that is written most; weightier the more often, and light.
fn mentions(text: &Text<'_>) -> Vec<Vote> {
    let mut counts: HashMap<String, (String, u32)> = HashMap::new();
    for found in WITH_ENDING.find_iter(&text.body) {
        if let Some(name) = name::parse(found.as_str(), text).filter(|n| has_legal_ending(n)) {
            counts.entry(key(&name)).or_insert((name, 0)).1 += 1;
        }
    }
    let mut counts: Vec<(String, u32)> = counts.into_values().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let weight = |count: u32| (count as f32).ln_1p().min(2.0) / 2.0;
    let most = counts.into_iter().take(3);
    most.map(|(name, count)| vote(name, weight(count), "the text"))
        .collect()
}

/// Short names in quotes behind the company's, and former names.
pub fn aliases(text: &Text<'_>, company: &str) -> Vec<String> {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"[“\x22](?P<name>[A-Z0-9][^”\x22]{1,40}?),?[”\x22]"));
    static FORMER: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i:formerly(?: known as)?|f/k/a|previously known as|changed (?:its|our) (?:corporate )?name from|name change from)[:,]?\s+[“\x22]?(?P<name>[A-Z0-9][^”\x22();:]{1,60})",
        )
    });
    let own = key(company);
    let mut out = Vec::new();
    for found in DEFINED_ANY.find_iter(&text.body).take(60) {
        let before = run_before(&text.body[..found.start()], text);
        if before.is_none_or(|name| !key(&name).ends_with(&own)) {
            continue;
        }
        for quoted in QUOTED.captures_iter(found.as_str()) {
            out.extend(own_alias(&quoted["name"]));
        }
    }
    let openings = text
        .body
        .char_indices()
        .nth(60_000)
        .map_or(text.body.len(), |(at, _)| at);
    for found in FORMER.captures_iter(&text.body[..openings]).take(6) {
        // Whose former name it is: the company's, if its name stands before it.
        let start = found.get(0).map_or(0, |m| m.start());
        let from = text.body[..start]
            .char_indices()
            .rev()
            .nth(120)
            .map_or(0, |(at, _)| at);
        let near = compact(&text.body[from..start]);
        if near.contains(&own) || near.ends_with("wewere") || near.ends_with("we") {
            out.extend(opening_name(&found["name"], text));
        }
    }
    out
}

/// A parenthesis with quotes in it, behind a name.
static DEFINED_ANY: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\s*\([^()]{0,80}[“\x22][^()]{1,80}[”\x22][^()]{0,60}\)"));

/// A quoted short form that is a name and not a role.
fn own_alias(quoted: &str) -> Option<String> {
    const ROLES: &str = "company corporation registrant issuer borrower group bank trust we us our parent utility \
        partnership guarantor holdings fund board plan agreement notes lender seller buyer purchaser exchange act sec \
        operating partnership gaap code adviser";
    let plain = quoted.trim_start_matches("the ").trim_start_matches("The ");
    let lower = plain.to_lowercase();
    let is_role = lower
        .split_whitespace()
        .any(|w| ROLES.split_whitespace().any(|r| r == w));
    (!is_role && plain.split_whitespace().count() <= 3 && plain.len() >= 2)
        .then(|| plain.to_owned())
}
