//! What was told: a model's reply as an answer, its figures held against what it was given, its
//! citations made sources.

use super::super::check::{Checked, Checker, Citation, Place, citation, statements};
use super::super::cite::{Cited, cite};
use super::super::given::Given;
use super::super::{Answer, Body, Figures, Proof, Source};
use super::once::once;
use super::{Bounds, UNPROVED};
use crate::answer::context::{self, Passage};
use crate::answer::{AnswerError, Result};
use crate::generate::{Ending, GenerateError, Reply};

/// What a model says where sources do not answer, in lower case: the prompt gives it the words.
pub const ABSTENTION: &str = "library does not say";

/// Gives the row of a fact and the passage it stands in, by document, page and line.
pub type Rows<'a> = dyn Fn(&str, u32, usize) -> Result<(String, String)> + 'a;

/// Pages that are cited, and the number that each citation has among them.
pub type Numbered = (Vec<Source>, Vec<(Citation, usize)>);

/// A model's reply as an answer, which says where it is broken off.
pub fn answered(
    reply: &Reply,
    bounds: Bounds,
    given: &Given<'_>,
    rows: &Rows<'_>,
) -> Result<Answer> {
    // More than those of the answer, where it has some to think with.
    let tokens = reply.tokens.unwrap_or(0).max(bounds.answer);
    if reply.text.is_empty() {
        return Err(AnswerError::Generate(match reply.ending {
            Ending::OutOfTokens => GenerateError::OnlyThoughts { tokens },
            _ if reply.is_thought_only() => GenerateError::NoAnswer,
            _ => GenerateError::Nothing,
        }));
    }
    let text = context::printable(&reply.text);
    let text = once(&text);
    let mut answer = checked(text, given, rows)?;
    // Of what it said over and over nothing is missing.
    let is_repeated = text.len() < reply.text.trim_end().len();
    let why = match reply.ending {
        Ending::Whole => None,
        Ending::OutOfTokens if is_repeated => None,
        Ending::OutOfTokens => Some(format!("the model used up its {tokens} tokens")),
        Ending::OutOfTime => Some("the endpoint used up its time".to_owned()),
        Ending::BrokenOff => Some("the endpoint did not send the rest".to_owned()),
    };
    if let Some(why) = why {
        answer
            .notes
            .insert(0, format!("the answer is broken off: {why}"));
    }
    Ok(answer)
}

/// A reply as an answer. Where a statement of it abstains, those that are proved are kept.
fn checked(reply: &str, given: &Given<'_>, rows: &Rows<'_>) -> Result<Answer> {
    let checker = Checker::new(given);
    let found = checker.check(reply);
    if !found.text.to_lowercase().contains(ABSTENTION) {
        if found.text.is_empty() {
            return Ok(Answer::abstained());
        }
        return from_checked(found, given, rows, |text, unsupported| Body::Spoken {
            text,
            unsupported,
            cells: Vec::new(),
        });
    }
    let plain = citation::plain(reply, given);
    let is_proved = |statement: &&str| {
        let own = checker.check(statement);
        !own.cited.is_empty() && own.unsupported.is_empty()
    };
    let statements = statements(&plain).into_iter();
    let proved: Vec<&str> = statements
        .filter(|statement| !statement.to_lowercase().contains(ABSTENTION))
        .filter(is_proved)
        .map(str::trim)
        .collect();
    if proved.is_empty() {
        return Ok(Answer::abstained());
    }
    let kept = checker.check(&proved.join(" "));
    let mut out = from_checked(kept, given, rows, |text, unsupported| Body::Partial {
        text,
        figures: Figures::default(),
        unsupported,
    })?;
    let note = "the model finds no answer to the rest of the question in the sources";
    out.notes.push(note.to_owned());
    Ok(out)
}

/// What was checked as an answer: the pages that it cites, numbered in their order. Where a figure of
/// it is supported by nothing, that is said before anything else.
fn from_checked(
    found: Checked,
    given: &Given<'_>,
    rows: &Rows<'_>,
    body: impl FnOnce(String, Vec<String>) -> Body,
) -> Result<Answer> {
    let (sources, numbers) = sources(&found.cited, &found.places, given, rows)?;
    let number = |own: Citation| {
        let at = numbers.iter().find(|(cited, _)| *cited == own);
        at.map(|(_, number)| format!("[{number}]"))
    };
    let mut text = citation::rewritten(&found.text, number);
    if !found.unsupported.is_empty() {
        text = format!("{UNPROVED}\n{text}");
    }
    let mut notes = found.otherwise;
    if found.matched > 0 {
        let what = match found.matched {
            1 => "one statement's source was".to_owned(),
            n => format!("the sources of {n} statements were"),
        };
        notes.push(format!("{what} found by its words, not named by the model"));
    }
    if sources.is_empty() {
        notes.push("the model cites no source; nothing that it says is proved".to_owned());
    }
    Ok(Answer {
        body: body(text, found.unsupported),
        notes,
        sources,
    })
}

/// What is cited as pages, each once, with the number that each citation has among them.
pub fn sources(
    cited: &[Citation],
    places: &[(usize, Place)],
    given: &Given<'_>,
    rows: &Rows<'_>,
) -> Result<Numbered> {
    let (mut out, mut numbers): (Vec<Source>, _) = (Vec::new(), Vec::new());
    for own in cited {
        let (document, page) = match *own {
            Citation::Passage(number) => {
                let Some(passage) = given.passage(number) else {
                    continue;
                };
                add(&mut out, passage, proofs(places, passage));
                (&passage.document, passage.page)
            }
            Citation::Fact(id) => {
                let Some(fact) = given.fact(id) else {
                    continue;
                };
                let (row, chunk_id) = rows(&fact.document, fact.page, fact.line)?;
                let cited = Cited {
                    document: &fact.document,
                    page: fact.page,
                    line: fact.line,
                    row,
                    printed: &fact.printed,
                    place: None,
                    chunk_id,
                };
                cite(&mut out, cited);
                (&fact.document, fact.page)
            }
        };
        let is_here = |source: &&Source| (&source.document, source.page) == (document, page);
        let number = out.iter().find(is_here).map(|source| source.number);
        numbers.extend(number.map(|number| (*own, number)));
    }
    Ok((out, numbers))
}

/// Adds a passage to the pages cited; one of a page that is cited for a fact is that page.
fn add(out: &mut Vec<Source>, passage: &Passage, proofs: Vec<Proof>) {
    let (line_first, line_last) = passage.lines;
    let is_here = |s: &Source| s.document == passage.document && s.page == passage.page;
    let Some(known) = out.iter_mut().find(|own| is_here(own)) else {
        out.push(Source {
            number: out.len() + 1,
            document: passage.document.clone(),
            page: passage.page,
            page_last: passage.page_last,
            chunk_id: passage.chunk_id.clone(),
            line_first,
            line_last,
            proofs,
        });
        return;
    };
    known.page_last = known.page_last.max(passage.page_last);
    // Its first line says nothing beside one that has a figure.
    for proof in proofs.into_iter().filter(|own| !own.marks.is_empty()) {
        let same = known.proofs.iter_mut().find(|own| own.text == proof.text);
        match same {
            Some(own) => {
                let marks = proof.marks.into_iter();
                let new: Vec<String> = marks.filter(|mark| !own.marks.contains(mark)).collect();
                own.marks.extend(new);
            }
            None => known.proofs.push(proof),
        }
    }
}

/// The lines of a passage where figures of the answer stand, marked; else its first line.
fn proofs(places: &[(usize, Place)], passage: &Passage) -> Vec<Proof> {
    const MOST: usize = 4;
    let own = places.iter();
    let own = own.filter(|(number, _)| *number == passage.number);
    let mut out: Vec<Proof> = Vec::new();
    for (_, place) in own {
        match out.iter_mut().find(|proof| proof.text == place.text) {
            Some(known) if !known.marks.contains(&place.printed) => {
                known.marks.push(place.printed.clone());
            }
            Some(_) => {}
            None => out.push(Proof {
                text: place.text.clone(),
                line: place.line,
                marks: vec![place.printed.clone()],
                places: Vec::new(),
            }),
        }
    }
    out.truncate(MOST);
    if out.is_empty() {
        let first = passage.text.lines().next();
        out.extend(first.map(|line| Proof {
            text: line.to_owned(),
            ..Proof::default()
        }));
    }
    out
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
