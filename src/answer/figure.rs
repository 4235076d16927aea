//! The figure: a question for one of the statements, answered for each company and measure that it
//! means, each operand with its page.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::body::{Body, Figures};
use super::cite::{self, Cited, cite};
use super::worked::{self, Entry, Worked};
use super::{Answer, Result, Source, render};
use crate::book::is_total;
use crate::pattern::compiled;
use crate::query::{Over, ParsedQuestion, nameless};
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
        let spoken = own.iter().map(|row| row.metadata.spoken());
        let spoken = spoken.min_by_key(String::len).unwrap_or_default();
        for subject in &task.subjects {
            let subject = (&task, subject);
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
    let first = foremost(&core, &answers, companies.len() > 1);
    let first = first.or_else(|| sum(&core, &answers, companies.len() > 1));
    Ok(Some(together(answers, first)))
}

/// The one that a question after the highest or the lowest of several means, in a sentence, and its
/// figure.
fn foremost(question: &str, answers: &[Answer], of_companies: bool) -> Option<(String, String)> {
    static MOST: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:most|higher|highest|larger|largest|greater|greatest|bigger|biggest|better|best)\b",
        )
    });
    static LEAST: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(?:least|lower|lowest|smaller|smallest|worse|worst|fewest)\b")
    });
    // "The most, or lost the least" asks for the most.
    let sign = match (MOST.is_match(question), LEAST.is_match(question)) {
        (true, _) => 1.0,
        (false, true) => -1.0,
        (false, false) => return None,
    };
    if answers.len() < 2 {
        return None;
    }
    let value = |answer: &Answer| Some(sign * answer.body.worked()?.result?);
    let values: Option<Vec<f64>> = answers.iter().map(value).collect();
    let values = values?;
    let (at, _) = values
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))?;
    let worked = answers[at].body.worked()?;
    let what = if of_companies {
        &worked.company
    } else {
        &worked.subject.name
    };
    let how = if sign > 0.0 { "highest" } else { "lowest" };
    let figure = answers[at].body.figure()?;
    let sentence = format!("The {how}: {what}, {figure}.");
    Some((sentence, figure.to_owned()))
}

/// What the figures of several companies come to, in a sentence, and the figure, where a question asks for it.
fn sum(question: &str, answers: &[Answer], of_companies: bool) -> Option<(String, String)> {
    static SUM: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(?:sum|combined|together|in (?:total|aggregate)|altogether)\b")
    });
    if !of_companies || !SUM.is_match(question) {
        return None;
    }
    let all: Option<Vec<&Worked>> = answers.iter().map(|own| own.body.worked()).collect();
    let all = all?;
    let is_one =
        |own: &&Worked| own.over == Over::Each && own.periods.len() == 1 && own.is_amount();
    let signs: Vec<&str> = all.iter().map(|own| render::currency(own)).collect();
    let is_alike = signs.windows(2).all(|two| two[0] == two[1])
        && all
            .windows(2)
            .all(|two| two[0].subject.expr == two[1].subject.expr);
    let values: Option<Vec<f64>> = all.iter().map(|own| own.result).collect();
    if !is_alike || !all.iter().all(is_one) {
        return None;
    }
    let mut whole = (*all.first()?).clone();
    whole.result = Some(values?.iter().sum());
    let figure = render::figure(&whole, crate::query::Presentation::default())?;
    Some((format!("Together: {figure}."), figure))
}

/// Answers about several companies or measures as one; `foremost`, where one of them is meant, stands
/// over them, and else it has no figure of its own. Where some of them lack a figure, that is said first.
fn together(mut answers: Vec<Answer>, foremost: Option<(String, String)>) -> Answer {
    if answers.len() == 1 {
        return answers.remove(0);
    }
    let missing: Vec<String> = answers.iter().filter_map(missing).collect();
    let is_found = answers.iter().any(|answer| !answer.is_abstained());
    let mut out = Answer::abstained();
    let (sentence, figure) = foremost.unzip();
    let mut lines: Vec<String> = sentence.into_iter().collect();
    if is_found && !missing.is_empty() {
        lines.push(format!("Found in part, without {}.", missing.join(" and ")));
    }
    let mut steps = Vec::new();
    for answer in answers {
        let before = out.sources.len();
        steps.extend_from_slice(answer.body.steps());
        // From the last number down, lest one that was changed is changed again.
        let mut text = answer.text().to_owned();
        for source in answer.sources.iter().rev() {
            let (old, new) = (source.number, source.number + before);
            text = text.replace(&format!("[{old}]"), &format!("[{new}]"));
        }
        lines.extend((!answer.is_abstained()).then_some(text));
        out.sources
            .extend(answer.sources.into_iter().map(|mut source| {
                source.number += before;
                source
            }));
        out.notes.extend(answer.notes);
    }
    let mut figures = Figures {
        steps,
        ..Figures::default()
    };
    let text = lines.join("\n");
    out.body = match (is_found, missing.is_empty()) {
        (true, true) => {
            figures.figure = figure;
            Body::Worked { text, figures }
        }
        (true, false) => Body::Partial {
            text,
            figures,
            unsupported: Vec::new(),
        },
        (false, _) => Body::Abstained {
            figures,
            nearest: None,
        },
    };
    out
}

/// A question without companies that are named in it, and without what sets them beside others.
fn without(question: &str, names: &[String]) -> String {
    let mut out = question.to_owned();
    for name in names {
        let name = regex::escape(name);
        let beside = r"(?:,\s*(?:and\s+|or\s+)?|and|or|vs\.?|versus|against|with|to|than)";
        for own in [
            format!(r"(?i)\s*\b{beside}\s+{name}\b(?:['’]s)?"),
            format!(r"(?i)\b{name}\b(?:['’]s)?\s*{beside}\s"),
            format!(r"(?i)\b{name}\b(?:['’]s)?"),
        ] {
            let found = Regex::new(&own).map(|own| own.replacen(&out, 1, " ").into_owned());
            match found {
                Ok(text) if text != out => {
                    out = text;
                    break;
                }
                _ => {}
            }
        }
    }
    out.trim().to_owned()
}

/// An answer of those companies that the library has, which says first whom it lacks.
fn in_part(mut answer: Answer, absent: &[String]) -> Answer {
    let names = absent.join(", ");
    let lines = |text: &str| {
        format!("Found in part, without {names}: the library has no document of it.\n{text}")
    };
    answer.body = match answer.body {
        Body::Worked { text, figures } => Body::Partial {
            text: lines(&text),
            figures: Figures {
                figure: None,
                ..figures
            },
            unsupported: Vec::new(),
        },
        Body::Partial {
            text,
            figures,
            unsupported,
        } => Body::Partial {
            text: lines(&text),
            figures,
            unsupported,
        },
        body => body,
    };
    answer
}

/// Whose figure an answer lacks; none where it has one.
fn missing(answer: &Answer) -> Option<String> {
    let worked = answer.body.worked().filter(|_| answer.is_abstained())?;
    Some(format!("{}'s {}", worked.company, worked.subject.name))
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
