//! The company that a document speaks of: each place that names one votes for it.
//!
//! No place is there on every document: a cover's name may be a picture, a press release has no cover, an
//! annual report's first page a slogan. So all places that name a company are asked (`cover`, `prose`,
//! `press`), each vote has the weight of its place, and votes for one name written differently count
//! together.

mod cover;
mod press;
mod prose;

pub use cover::employer;
pub use press::{TICKER, is_press_release};

use super::name::{self, key};
use super::text::{Text, compact};

/// A place's vote for a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    pub name: String,
    pub weight: f32,
    /// The place, for people: `the registrant's line`.
    pub place: &'static str,
}

/// What the votes came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Company {
    pub name: String,
    /// Companies that file with it.
    pub registrants: Vec<String>,
    /// How sure the name is, from 0 to 1.
    pub confidence: f32,
    /// The places that voted for it, the weightiest first.
    pub places: Vec<&'static str>,
}

/// Weight that the absence of any name has: a lone weak vote is no certainty.
const DOUBT: f32 = 1.5;

/// The company, by all votes.
pub fn find(text: &Text<'_>) -> Company {
    let cover = cover::votes(text);
    let registrants = cover.registrants;
    let mut votes = cover.votes;
    votes.extend(press::votes(text));
    votes.extend(prose::votes(text));
    votes.extend(by_file(text));
    let sum = |name: &str| support(&votes, name, text);
    let mut names: Vec<&Vote> = votes.iter().collect();
    names.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut best: Option<(&Vote, f32)> = None;
    for vote in &names {
        let weight = sum(&vote.name);
        if best.is_none_or(|(_, most)| weight > most + 1e-3) {
            best = Some((vote, weight));
        }
    }
    let Some((chosen, weight)) = best else {
        return by_file_name(text);
    };
    let own = key(&chosen.name);
    // Who files with it speaks not against it.
    let with_it: Vec<String> = registrants.iter().map(|n| key(n)).collect();
    let others = names.iter().filter(|v| {
        let other = key(&v.name);
        kinship(&own, &other) == 0.0 && !with_it.contains(&other)
    });
    let against = others.map(|v| sum(&v.name)).fold(0.0, f32::max);
    let for_it = names.iter().filter(|v| kinship(&own, &key(&v.name)) > 0.0);
    let mut places: Vec<&'static str> = for_it.map(|v| v.place).collect();
    places.dedup();
    Company {
        name: chosen.name.clone(),
        registrants: others_than(&chosen.name, registrants),
        confidence: weight / (weight + against + DOUBT),
        places,
    }
}

/// The registrants but the company itself, each once: a partnership may bear its trust's name.
fn others_than(company: &str, registrants: Vec<String>) -> Vec<String> {
    let mut seen = vec![compact(company)];
    let mut out = registrants;
    out.retain(|name| {
        let own = compact(name);
        let is_new = !seen.contains(&own) && key(name) != compact(company);
        seen.push(own);
        is_new
    });
    out
}

/// The weight of all votes for `name`, and of what the file's name and the web address say of it.
fn support(votes: &[Vote], name: &str, text: &Text<'_>) -> f32 {
    let own = key(name);
    let votes: f32 = votes
        .iter()
        .map(|v| v.weight * kinship(&own, &key(&v.name)))
        .sum();
    let file = file_words(text.stem).concat().to_lowercase();
    let is_in_file = file.len() >= 3 && (own.starts_with(&file) || file.starts_with(&own));
    let has_site = own.len() >= 4 && text.lower.contains(&format!("www.{own}."));
    votes + f32::from(u8::from(is_in_file)) + f32::from(u8::from(has_site))
}

/// How far a vote for one name is one for the other: a name and its beginning are often one company's.
fn kinship(a: &str, b: &str) -> f32 {
    let shorter = a.len().min(b.len());
    if a == b {
        1.0
    } else if shorter >= 4 && (a.starts_with(b) || b.starts_with(a)) {
        0.4
    } else {
        0.0
    }
}

/// A file's name that the document says as well.
fn by_file(text: &Text<'_>) -> Option<Vote> {
    let name = file_words(text.stem).join(" ");
    let is_said = name.len() >= 4 && text.says_again(&name);
    is_said.then(|| vote(name, 0.6, "the file's name"))
}

/// Where no page names a company its file may.
fn by_file_name(text: &Text<'_>) -> Company {
    let words = file_words(text.stem);
    if words.is_empty() {
        return Company::default();
    }
    Company {
        name: words.join(" "),
        confidence: 1.0 / (1.0 + DOUBT),
        places: vec!["the file's name"],
        ..Company::default()
    }
}

/// The words of a file's name that may be a company's: those before figures and what kinds of files are called.
pub fn file_words(stem: &str) -> Vec<&str> {
    const KINDS: &str = "document filing glossary policy guide handbook manual minutes letter presentation slides transcript deck \
        memo agreement contract report annual quarterly earnings form scan file final download copy proxy \
        prospectus release press results statement interim exhibit fy full year";
    let is_mark = |w: &&str| {
        let lower = w.to_lowercase();
        w.bytes().any(|b| b.is_ascii_digit()) || KINDS.split_whitespace().any(|kind| kind == lower)
    };
    let words = stem.split(['_', ' ', '-', '.']).filter(|w| !w.is_empty());
    let own: Vec<&str> = words.take_while(|w| !is_mark(w)).collect();
    let letters = compact(&own.concat()).len();
    if letters < 2 || own.len() > 6 {
        Vec::new()
    } else {
        own
    }
}

/// `name` as a vote.
fn vote(name: String, weight: f32, place: &'static str) -> Vote {
    Vote {
        name,
        weight,
        place,
    }
}

/// What else the filing calls the company: its former name, a short form in quotes.
pub fn aliases(text: &Text<'_>, company: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for alias in prose::aliases(text, company) {
        let is_new = key(&alias) != key(company) && !out.iter().any(|o| key(o) == key(&alias));
        if is_new {
            out.push(alias);
        }
    }
    out
}

/// A name in a line that has one, for places whose line may hold other cells.
fn first_name(line: &str, text: &Text<'_>) -> Option<String> {
    name::in_line(line, text).into_iter().next()
}
