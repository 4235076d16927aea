//! The figure: a question for one of the statements, answered for each company and measure that it
//! means, each operand with its page.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::body::{Body, Figures};
use super::cite::{self, Cited, cite};
use super::several;
use super::together::{Beside, foremost, in_part, sum, together, without};
use super::worked::{self, Entry, Worked};
use super::{Answer, Result, Source, render};
use crate::book::is_total;
use crate::pattern::compiled;
use crate::query::word::words;
use crate::query::{CompanyMention, Over, ParsedQuestion, Task, nameless};
use crate::retrieve::{Outcome, Query, Retriever};
use crate::store::DocumentRow;

/// What sets one part of a company against another.
static AGAINST: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\b(?:vs\.?|versus|against|compared (?:to|with)|or)\s+[A-Z][a-z]"));
/// Income before interest and taxes, which is not always what operations come to.
static EBIT: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)^EBIT\b|\bbefore interest\b"));

/// Companies whose figures are put beside each other at most.
const COMPARED: usize = 3;

/// The answer to a question for a figure of the statements, its own figure none where something is
/// missing; none where the question asks for none, or not of one company.
pub fn figure(retriever: &Retriever, query: &Query, outcome: &Outcome) -> Result<Option<Answer>> {
    let scope = &outcome.scope;
    // Of two companies the one that the library has is found, as if it alone had been asked for.
    let absent = match scope.companies.is_empty() {
        true => &[],
        false => outcome.strangers.as_slice(),
    };
    let alone = match absent {
        [] => None,
        absent => Some(retriever.parse(&without(&outcome.question.text, absent))?),
    };
    let question = alone.as_ref().unwrap_or(&outcome.question);
    let Some(mut task) = question.task.clone() else {
        return Ok(None);
    };
    // A name that is no company's may be a part's, which has to be found then.
    if task.part.is_empty() && outcome.is_about_strangers() {
        return Ok(None);
    }
    let allowed = |row: &&DocumentRow| query.filter.matches(row);
    let in_scope = |row: &&DocumentRow| scope.companies.is_empty() || scope.weight(row.id) > 0.0;
    let rows = retriever
        .documents()
        .iter()
        .filter(allowed)
        .filter(in_scope);
    let rows: Vec<&DocumentRow> = rows.collect();
    // By the company, and not by its name: `American Express Credit` is another than `American Express`.
    let mut companies: BTreeMap<Option<usize>, Vec<&DocumentRow>> = BTreeMap::new();
    for row in &rows {
        let company = retriever.directory().calendars().company(row.id);
        companies.entry(company).or_default().push(row);
    }
    // Whose figure is meant must be known.
    if companies.is_empty() || companies.len() > COMPARED {
        return Ok(None);
    }
    // "Intel's revenue from Apple" is no comparison of the two.
    let mut mentions = question.companies.iter();
    if companies.len() > 1 && mentions.any(|own| question.has_behind(own, &["from"])) {
        return Ok(None);
    }
    if let [own] = companies.values().collect::<Vec<_>>().as_slice()
        && let Some(parts) = of_parts(retriever, question, &task, own)?
    {
        return Ok(Some(parts));
    }
    // "Consumer vs Business" asks for two parts of one company.
    if companies.len() < 2 && !task.part.is_empty() && AGAINST.is_match(&question.core) {
        return Ok(None);
    }
    if companies.len() + absent.len() > 1 && task.periods.all.len() < 2 {
        // "Who earned the higher margin in 2023?" compares companies, not years.
        task.over = Over::Each;
    }
    let mut answers = Vec::new();
    for own in companies.values() {
        let task = &of_company(&task, question, own, retriever);
        let spoken = spoken(own);
        for subject in &task.subjects {
            let subject = (task, subject);
            let Some(worked) = worked::work(retriever, question, subject, &spoken, own.clone())?
            else {
                return Ok(None);
            };
            answers.push(from_worked(worked, question));
        }
    }
    // EBIT of a company that prints one is not what its operations come to.
    let is_ebit = |answer: &Answer| {
        let worked = answer.body.worked();
        worked.is_some_and(|own| !own.derived.is_empty() && EBIT.is_match(&own.subject.name))
    };
    if answers.iter().any(is_ebit) {
        return Ok(None);
    }
    if !absent.is_empty() {
        return Ok(Some(in_part(together(answers, None), absent)));
    }
    // "Best Buy" is not the best.
    let core = nameless(&question.text, &question.companies, "");
    let beside = match companies.len() {
        1 => Beside::Measures,
        _ => Beside::Companies,
    };
    let first = foremost(&core, &answers, beside);
    let first = first.or_else(|| sum(&core, &answers, beside));
    Ok(Some(together(answers, first)))
}

/// How the company of these documents is called.
fn spoken(rows: &[&DocumentRow]) -> String {
    let own = rows.iter().map(|row| row.metadata.spoken());
    own.min_by_key(String::len).unwrap_or_default()
}

/// The figures of several parts of one company; none where the question names no several, or one of them is none.
fn of_parts(
    retriever: &Retriever,
    question: &ParsedQuestion,
    task: &Task,
    rows: &[&DocumentRow],
) -> Result<Option<Answer>> {
    let named = several::parts(question, task);
    let Some(subject) = task.subjects.first().filter(|_| !named.is_empty()) else {
        return Ok(None);
    };
    // "Automotive and other" is one.
    let whole = worked::work(
        retriever,
        question,
        (task, subject),
        &spoken(rows),
        rows.to_vec(),
    )?;
    let whole = whole.and_then(|own| own.part).unwrap_or_default();
    if task.part.iter().all(|word| has_word(&whole, word)) {
        return Ok(None);
    }
    let mut answers = Vec::new();
    let mut found: Vec<Option<String>> = Vec::new();
    for (subject, part) in task
        .subjects
        .iter()
        .flat_map(|own| named.iter().map(move |part| (own, part)))
    {
        let own = Task {
            part: part.clone(),
            over: Over::Each,
            ..task.clone()
        };
        let rows = rows.to_vec();
        let worked = worked::work(retriever, question, (&own, subject), &spoken(&rows), rows)?;
        // "Productivity and Business Processes" is one.
        let Some(worked) = worked.filter(|own| !found.contains(&own.part)) else {
            return Ok(None);
        };
        found.push(worked.part.clone());
        answers.push(from_worked(worked, question));
    }
    if answers.is_empty() {
        return Ok(None);
    }
    let first = foremost(&question.core, &answers, Beside::Parts);
    let first = first.or_else(|| sum(&question.core, &answers, Beside::Parts));
    Ok(Some(together(answers, first)))
}

fn has_word(name: &str, word: &str) -> bool {
    words(name)
        .iter()
        .any(|own| own.text.eq_ignore_ascii_case(word))
}

/// The task for one of several companies: of its own period, where each has one.
fn of_company(
    task: &Task,
    question: &ParsedQuestion,
    rows: &[&DocumentRow],
    retriever: &Retriever,
) -> Task {
    let is_of = |own: &&CompanyMention| rows.iter().any(|row| own.documents.contains(&row.id));
    let own = question.companies.iter().find(is_of);
    let period = own.and_then(|own| own.period.as_ref());
    let calendar = rows
        .first()
        .and_then(|row| retriever.directory().calendar(row.id));
    let mut task = task.clone();
    if let Some(periods) = period.and_then(|own| own.fiscal(calendar)) {
        // What is set beside another company's year is the year's figure, and no change to it.
        if periods.all.len() == 1 {
            task.over = Over::Each;
        }
        task.periods = periods;
    }
    task
}

/// A worked task as an answer.
fn from_worked(mut worked: Worked, question: &ParsedQuestion) -> Answer {
    let mut notes = Vec::new();
    let reported = as_reported(&worked, question);
    if let Some(entry) = &reported {
        let own = render::figure(&worked, question.presentation).unwrap_or_default();
        notes.push(format!("by the formula it is {own}"));
        worked.result = Some(entry.value);
        worked.periods[0].value = Some(entry.value);
        worked.printed.clear();
    }
    notes.extend(super::notes::notes(&worked));
    let mut sources: Vec<Source> = Vec::new();
    let operands = worked.operands.iter().map(|operand| &operand.entry);
    // What the company prints itself proves the figure once more.
    let agreeing = worked.printed.iter().filter(|own| own.agrees);
    let agreeing = agreeing.map(|own| &own.entry);
    for entry in reported.iter().chain(operands).chain(agreeing) {
        cite(&mut sources, cited(entry));
    }
    let presentation = question.presentation;
    let sentence = render::sentence(&worked, presentation);
    let by = match (reported, worked.printed.as_slice()) {
        (Some(entry), _) => format!(" As the company prints it: \"{}\".", entry.label),
        // A ratio by the company's own definition is said with ours.
        (None, [own]) if !own.agrees && !worked.is_amount() => {
            cite(&mut sources, cited(&own.entry));
            format!(
                " The company prints {}, by a definition of its own.",
                own.entry.printed
            )
        }
        (None, _) => String::new(),
    };
    let found = render::found(&worked, presentation);
    let figures = Figures {
        figure: render::figure(&worked, presentation),
        steps: render::steps(&worked),
        worked: Some(worked),
        each: Vec::new(),
    };
    let body = match sentence {
        Some(sentence) => Body::Worked {
            text: format!("{sentence}{by}{}", cite::numbers(&sources)),
            figures,
        },
        None => match found {
            Some(found) => Body::Partial {
                text: format!("{found}{}", cite::numbers(&sources)),
                figures,
                unsupported: Vec::new(),
            },
            None => Body::Abstained {
                figures,
                nearest: None,
            },
        },
    };
    Answer {
        body,
        notes,
        sources,
    }
}

/// A figure's row, to cite.
fn cited(entry: &Entry) -> Cited<'_> {
    Cited {
        document: &entry.document,
        page: entry.page,
        line: entry.line,
        row: entry.row.clone(),
        printed: &entry.printed,
        place: Some(entry.place),
        chunk_id: entry.chunk_id.clone(),
    }
}

/// The company's own figure of a measure, where the question asks for what it reported.
fn as_reported(worked: &Worked, question: &ParsedQuestion) -> Option<Entry> {
    static REPORTED: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)\b(?:report(?:s|ed)?|disclosed?|printed?|its own)\b"));
    let is_one = worked.periods.len() == 1 && worked.over == Over::Each;
    let [own] = worked.printed.as_slice() else {
        return None;
    };
    let is_other = is_one && !own.agrees && worked.is_amount();
    // Of what counts as nothing the company's own total may have something.
    let is_short = worked.missing.iter().any(|missing| missing.is_nothing);
    let is_more = worked.result.is_some_and(|result| own.entry.value > result);
    let is_meant =
        REPORTED.is_match(&question.core) || is_short && is_total(&own.entry.label) && is_more;
    (is_other && is_meant).then(|| own.entry.clone())
}
