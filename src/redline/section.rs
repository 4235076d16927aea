//! Sections: which of two documents' are the same, by heading and by what stands in them; what differs in each.

use std::collections::{BTreeMap, HashMap};

use super::align::Pair;
use super::paragraph::Paragraph;
use super::{Change, Kind};
use crate::chunk::outline::UNDER;

/// What differs in a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    pub section: String,
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub moved: usize,
    /// Paragraphs of which figures or dates differ, and rows of tables.
    pub figures: usize,
    pub rows: usize,
    /// Paragraphs that are as they were.
    pub same: usize,
}

/// The outermost heading of a section's name.
pub fn top(section: &str) -> &str {
    section.split(UNDER).next().unwrap_or(section)
}

/// What the section on risks is called, in a 10-K and elsewhere.
const RISKS: [&str; 4] = [
    "risk factors",
    "principal risks",
    "risks and uncertainties",
    "key risks",
];

/// Whether a section is that on risks.
pub fn is_of_risks(section: &str) -> bool {
    let name = section.to_lowercase();
    // Part of a discussion of something else is none.
    let outer = name.split(UNDER).take(2);
    outer
        .into_iter()
        .any(|name| RISKS.iter().any(|risks| name.contains(risks)))
}

/// The paragraphs in sections whose name has these words; all where none are wanted.
///
/// # Errors
///
/// With the outermost headings where none is.
pub fn within(all: Vec<Paragraph>, wanted: Option<&str>) -> Result<Vec<Paragraph>, Vec<String>> {
    let Some(wanted) = wanted.map(folded) else {
        return Ok(all);
    };
    let has = |p: &Paragraph| folded(&p.section).contains(&wanted);
    if all.iter().any(has) {
        return Ok(all.into_iter().filter(has).collect());
    }
    let mut names: Vec<String> = all.iter().map(|p| top(&p.section).to_owned()).collect();
    names.retain(|name| !name.is_empty());
    names.dedup();
    Err(names)
}

/// Letters and digits alone, in lower case, with one space between words.
fn folded(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// For each section of the first document, that of the second: of the same name, or where most of its paragraphs are.
pub fn names(old: &[Paragraph], new: &[Paragraph], pairs: &[Pair]) -> HashMap<String, String> {
    let same: HashMap<String, &str> = new
        .iter()
        .map(|p| (folded(&p.section), p.section.as_str()))
        .collect();
    let mut votes: HashMap<&str, BTreeMap<&str, usize>> = HashMap::new();
    for pair in pairs {
        let (a, b) = (&old[pair.a], &new[pair.b]);
        *votes
            .entry(&a.section)
            .or_default()
            .entry(&b.section)
            .or_default() += b.words.len();
    }
    let mut out = HashMap::new();
    for paragraph in old {
        let section = paragraph.section.as_str();
        if out.contains_key(section) {
            continue;
        }
        let by_votes = || {
            Some(
                *votes
                    .get(section)?
                    .iter()
                    .max_by_key(|(_, words)| **words)?
                    .0,
            )
        };
        if let Some(name) = same.get(&folded(section)).copied().or_else(by_votes) {
            out.insert(section.to_owned(), name.to_owned());
        }
    }
    out
}

/// What differs in each section of the second document, by its outermost heading and in its order.
pub fn counted(new: &[Paragraph], changes: &[Change], same: &[&Paragraph]) -> Vec<Count> {
    let mut out = Counts::default();
    for paragraph in new {
        out.of(&paragraph.section);
    }
    for change in changes {
        let own = out.of(&change.section);
        *match change.kind {
            _ if change.is_table => &mut own.rows,
            Kind::Added => &mut own.added,
            Kind::Removed => &mut own.removed,
            Kind::Changed => &mut own.changed,
            Kind::Moved => &mut own.moved,
            Kind::Figure => &mut own.figures,
        } += 1;
    }
    for paragraph in same {
        out.of(&paragraph.section).same += 1;
    }
    out.all
}

/// Counts by section, in the order in which these were first asked for.
#[derive(Default)]
struct Counts {
    all: Vec<Count>,
    at: HashMap<String, usize>,
}

impl Counts {
    fn of(&mut self, section: &str) -> &mut Count {
        let name = top(section);
        let at = *self.at.entry(folded(name)).or_insert_with(|| {
            self.all.push(Count {
                section: name.to_owned(),
                ..Count::default()
            });
            self.all.len() - 1
        });
        &mut self.all[at]
    }
}

/// What a section is called where it is shown: what stands before the first heading has no name.
pub fn titled(name: &str) -> &str {
    if name.is_empty() {
        "before the first heading"
    } else {
        name
    }
}

/// What has moved together, unchanged, as one.
pub fn runs(changes: Vec<Change>) -> Vec<Change> {
    let mut out: Vec<Change> = Vec::new();
    for change in changes {
        let is_whole = |c: &Change| c.kind == Kind::Moved && c.runs.is_empty();
        let follows = |last: &&mut Change| {
            let sides = |c: &Change| Some((c.a.clone()?, c.b.clone()?));
            let (Some(last_sides), Some(sides)) = (sides(last), sides(&change)) else {
                return false;
            };
            let near = |a: u32, b: u32| b >= a && b - a <= 1;
            is_whole(last)
                && is_whole(&change)
                && last.section == change.section
                && near(last_sides.0.page_last, sides.0.page)
                && near(last_sides.1.page_last, sides.1.page)
        };
        match out.last_mut().filter(follows) {
            Some(last) => {
                for (own, more) in [(&mut last.a, change.a), (&mut last.b, change.b)] {
                    if let (Some(own), Some(more)) = (own, more) {
                        own.text.push('\n');
                        own.text.push_str(&more.text);
                        (own.page_last, own.line_last) = (more.page_last, more.line_last);
                    }
                }
            }
            None => out.push(change),
        }
    }
    out
}
