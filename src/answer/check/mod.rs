//! The check of what a language model said: its citations name what it was given, and its figures are
//! figures of that: of the facts, and of the passages cited beside them.
//!
//! `statement` takes an answer apart, `citation` reads the marks behind one, `written` the figures in it, `claim` what it says
//! that they are of; `support` looks them up.

pub mod citation;
mod claim;
mod statement;
mod support;
pub mod written;

use super::given::{Given, GivenFact};
use crate::index::lexical::tokens;
pub use citation::Citation;
use citation::cited;
pub use claim::{Claim, years_of};
pub use statement::statements;
use statement::{attributed, behind, topics, without_citations};
use support::Figured;
pub use support::Place;
use written::{Written, figures};

/// What stands behind a figure that nothing supports, as any terminal shows it.
pub const MARK: &str = " [unsupported]";

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The text, citations of nothing taken out, figures that nothing supports marked.
    pub text: String,
    /// What is cited, in the order of the text.
    pub cited: Vec<Citation>,
    /// Figures, as they stand in the text, that nothing which was given supports.
    pub unsupported: Vec<String>,
    /// Statements without a citation whose source was found by what they say.
    pub matched: usize,
    /// Where the figures stand in the passages, by the passage's number.
    pub places: Places,
    /// What figures are of that are said to be of something else, in words.
    pub otherwise: Vec<String>,
}

/// Where figures stand in passages, by the passage's number.
pub type Places = Vec<(usize, Place)>;

/// What supports a figure: what it is cited from, and where in the passages it stands.
pub type Support = (Vec<Citation>, Places);

/// Looks figures up in what was given.
pub struct Checker<'a> {
    given: &'a Given<'a>,
    passages: Vec<Figured<'a>>,
    question: Vec<String>,
}

/// What a figure was found to be.
enum Found {
    Fact(usize),
    Passage(usize, Place),
    /// It is a fact of something else than what is said of it.
    Otherwise(String),
    Nowhere,
}

impl<'a> Checker<'a> {
    pub fn new(given: &'a Given<'a>) -> Self {
        let passages = given.passages.iter();
        Self {
            given,
            passages: passages.map(|own| Figured::new(own, given)).collect(),
            question: topics(&given.question),
        }
    }

    /// Checks what was said.
    pub fn check(&self, text: &str) -> Checked {
        let plain = citation::plain(text, self.given);
        let (text, matched) = attributed(plain.trim(), &self.given.passages);
        let mut out = Checked {
            matched,
            ..Checked::default()
        };
        let all = cited(&text);
        for line in text.split_inclusive('\n') {
            let body = line.trim_end_matches('\n');
            for statement in statements(body) {
                let checked = self.statement(statement, &all, &mut out);
                out.text.push_str(&checked);
            }
            out.text.push_str(&line[body.len()..]);
        }
        for own in cited(&out.text) {
            if !out.cited.contains(&own) {
                out.cited.push(own);
            }
        }
        out
    }

    /// A statement with its figures marked where nothing supports them, and with the facts that do where
    /// it cites nothing which does. One without a citation leans on `all` of the answer's.
    fn statement(&self, statement: &str, all: &[Citation], out: &mut Checked) -> String {
        let own = cited(statement);
        let by = if own.is_empty() { all } else { &own };
        let found = figures(&without_citations(statement));
        let claims = claim::claims(statement, &found, self.given);
        let topics = topics(statement);
        let mut facts = Vec::new();
        let (mut text, mut from) = (String::new(), 0);
        for (figure, claim) in found.iter().zip(&claims) {
            text.push_str(&statement[from..figure.range.end]);
            from = figure.range.end;
            match self.find(figure, claim, by, &topics) {
                Found::Fact(id) => {
                    let mark = Citation::Fact(id);
                    if !by.contains(&mark) && !facts.contains(&mark) {
                        facts.push(mark);
                    }
                }
                Found::Passage(number, place) => out.places.push((number, place)),
                missing => {
                    text.push_str(MARK);
                    let told = &statement[figure.range.clone()];
                    let told = match figure.is_negative {
                        true => told,
                        // An aside.
                        false => told.trim_matches(['(', ')']),
                    };
                    if let Found::Otherwise(what) = missing {
                        let what = format!("{told} is {what}");
                        out.otherwise
                            .extend(Some(what).filter(|own| !out.otherwise.contains(own)));
                    }
                    if !out.unsupported.iter().any(|own| own == told) {
                        out.unsupported.push(told.to_owned());
                    }
                }
            }
        }
        text.push_str(&statement[from..]);
        out.matched += usize::from(own.is_empty() && !facts.is_empty());
        behind(&text, &facts)
    }

    /// What a figure is; one of which nothing says what it is counted in may be counted as the question
    /// wants it.
    fn find(&self, figure: &Written, claim: &Claim, by: &[Citation], topics: &[String]) -> Found {
        let found = self.look_up(figure, claim, by, topics);
        let wanted = self.given.unit;
        match (&found, wanted) {
            (Found::Nowhere, Some(_)) if figure.scale.is_none() && !figure.is_percent => {
                let mut scaled = figure.clone();
                scaled.scale = wanted;
                self.look_up(&scaled, claim, by, topics)
            }
            _ => found,
        }
    }

    /// Looks it up in what is cited beside it, then among the facts that are about the same.
    fn look_up(
        &self,
        figure: &Written,
        claim: &Claim,
        by: &[Citation],
        topics: &[String],
    ) -> Found {
        let mut otherwise = None;
        let mut is_fact = |id: usize| {
            let Some(fact) = self
                .given
                .fact(id)
                .filter(|own| support::is_of(figure, own))
            else {
                return false;
            };
            let may_be = claim.may_be(fact);
            if !may_be && otherwise.is_none() {
                otherwise = Some(told(fact));
            }
            may_be
        };
        for own in by {
            match own {
                Citation::Fact(id) if is_fact(*id) => return Found::Fact(*id),
                _ => {}
            }
        }
        for passage in &self.passages {
            if by.contains(&Citation::Passage(passage.number()))
                && let Some(place) = passage.place(figure, claim)
            {
                return Found::Passage(passage.number(), place);
            }
        }
        let about = |fact: &GivenFact| {
            let own = tokens(&fact.label);
            own.iter()
                .any(|word| topics.contains(word) || self.question.contains(word))
        };
        let all = self.given.facts.iter().enumerate();
        let near = all.filter(|(_, fact)| about(fact)).map(|(at, _)| at + 1);
        for id in near {
            if is_fact(id) {
                return Found::Fact(id);
            }
        }
        if otherwise.is_none() {
            let beside = self.given.beside.iter();
            let mut cited = beside.filter(|(number, _)| by.contains(&Citation::Passage(*number)));
            let found = cited.find(|(_, fact)| support::is_of(figure, fact));
            otherwise = found.map(|(_, fact)| told(fact));
        }
        otherwise.map_or(Found::Nowhere, Found::Otherwise)
    }

    /// What supports all figures of a cell, which is of `claim`: what it cites, and where its figures
    /// stand in that. None where one of them is nowhere.
    pub fn cell(
        &self,
        figure: &str,
        (claim, item): (&Claim, &str),
        by: &[Citation],
    ) -> Option<Support> {
        let (mut cites, mut places) = (Vec::new(), Vec::new());
        let written = figures(figure);
        if written.is_empty() {
            return None;
        }
        for own in &written {
            let cite = match self.find(own, claim, by, &topics(item)) {
                Found::Fact(id) => Citation::Fact(id),
                Found::Passage(number, place) => {
                    places.push((number, place));
                    Citation::Passage(number)
                }
                Found::Otherwise(_) | Found::Nowhere => return None,
            };
            if !cites.contains(&cite) {
                cites.push(cite);
            }
        }
        Some((cites, places))
    }
}

/// What a fact is, in words.
fn told(fact: &GivenFact) -> String {
    let period = match fact.period.as_str() {
        "" => String::new(),
        period => format!(" of {period}"),
    };
    let company = match fact.company.as_str() {
        "" => String::new(),
        company => format!(" ({company})"),
    };
    format!("\"{}\"{period}{company}", fact.label)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
