//! Held-out questions: those that a model did not learn from, by which it is judged.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use super::error::Result;
use crate::config::Library;
use crate::dataset::{Dataset, Examples};
use crate::eval::Qrels;
use crate::eval::question::QuestionSet;
use crate::job::evaluation::{self, Level};
use crate::job::training;
use crate::job::verdict::apart;
use crate::query::filter::is_named;
use crate::store::DocumentRow;
use crate::train::run::{self, About};

/// Passages of the training rows that held-out questions are put to, beside their own.
const OTHERS: usize = 1000;

/// Questions to judge by.
pub struct Held {
    /// What they are called.
    pub what: String,
    pub set: QuestionSet,
    /// Whether rules or a language model wrote them.
    pub is_synthetic: bool,
}

/// The questions of `file`, or what the run of the model `name` held out.
pub fn read(
    library: &Library,
    name: &str,
    file: Option<&Path>,
    documents: &[DocumentRow],
) -> Result<Option<Held>> {
    if let Some(path) = file {
        let mut set = QuestionSet::read(path, &[] as &[&Path])?;
        let left_out = leave_out(&mut set, documents);
        let what = match left_out {
            0 => format!("questions of {}", path.display()),
            n => format!(
                "questions of {} without {n} about documents that are not here",
                path.display()
            ),
        };
        return Ok(Some(Held {
            what,
            set,
            is_synthetic: false,
        }));
    }
    let Some(about) = run_of(library, name)? else {
        return Ok(None);
    };
    let what = "held-out questions".to_owned();
    if let Some(dev) = &about.dev {
        dev.check()?;
        if let Some(held) = with_pages(&dev.path, documents) {
            return Ok(Some(Held { what, ..held }));
        }
    }
    let (learnt, held) = training::parts(&about)?;
    Ok(from_tuples(&learnt, &held).map(|set| Held {
        what,
        set,
        is_synthetic: false,
    }))
}

/// Leaves out the questions that no document here answers, which no model can find; how many there were.
fn leave_out(set: &mut QuestionSet, documents: &[DocumentRow]) -> usize {
    let all = set.questions.len();
    if set.passages.is_empty() {
        let is_here = |name: &str| documents.iter().any(|row| is_named(row, name));
        set.questions
            .retain(|question| question.pages.iter().any(|(name, _)| is_here(name)));
    }
    all - set.questions.len()
}

/// How many of a set's rows stand apart as questions; none where they do not name pages of these documents.
pub fn rows_apart(path: &Path, documents: &[DocumentRow]) -> Option<usize> {
    Some(set_apart(&with_pages(path, documents)?.set, documents))
}

/// How many of a set's questions stand apart.
pub fn set_apart(set: &QuestionSet, documents: &[DocumentRow]) -> usize {
    let qrels = evaluation::qrels(set, Level::judged(set)[0], documents);
    apart(&groups(set, &qrels))
}

/// Numbers of groups, in the order of `qrels`: questions of one text, whatever its marks and cases, and questions that
/// one page or passage answers are of one group.
pub fn groups(set: &QuestionSet, qrels: &Qrels) -> Vec<usize> {
    let words = |text: &str| -> String {
        let own = text.split(|c: char| !c.is_alphanumeric());
        let own: Vec<String> = own
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect();
        own.join(" ")
    };
    let texts: HashMap<&str, String> = set
        .questions
        .iter()
        .map(|question| (question.id.as_str(), words(&question.text)))
        .collect();
    // Of each number the one that it was joined to.
    let mut joined: Vec<usize> = (0..qrels.len()).collect();
    let mut known: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for (at, (id, items)) in qrels.iter().enumerate() {
        let text = texts.get(id.as_str()).map(|text| (true, text.as_str()));
        let items = items.keys().map(|item| (false, item.as_str()));
        for key in text.into_iter().chain(items) {
            let other = *known.entry(key).or_insert(at);
            let (own, other) = (root(&joined, at), root(&joined, other));
            joined[own.max(other)] = own.min(other);
        }
    }
    (0..joined.len()).map(|at| root(&joined, at)).collect()
}

fn root(joined: &[usize], mut at: usize) -> usize {
    while joined[at] != at {
        at = joined[at];
    }
    at
}

/// What the run of the model `name` held out, as questions with pages; none where it held none out
/// or not in this form.
pub fn on_pages(
    library: &Library,
    name: &str,
    documents: &[DocumentRow],
) -> Result<Option<QuestionSet>> {
    let dev = run_of(library, name)?.and_then(|about| about.dev);
    let held = dev.and_then(|dev| with_pages(&dev.path, documents));
    Ok(held.map(|held| held.set))
}

/// What the run of the model `name` began with.
fn run_of(library: &Library, name: &str) -> Result<Option<About>> {
    Ok(run::read(&library.home, name)?.map(|(about, _)| about))
}

/// The rows of a synthetic set as questions with pages, where the library has all of their
/// documents.
fn with_pages(path: &Path, documents: &[DocumentRow]) -> Option<Held> {
    #[derive(Deserialize)]
    struct Row {
        anchor: String,
        /// The question as it was written, where the anchor is what dense search is asked for it.
        written: Option<String>,
        document: String,
        page: u32,
        /// Who wrote the question, where `synth` had it written.
        writer: Option<String>,
    }
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS).ok()?;
    let rows: Vec<Row> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .ok()?;
    let known = |row: &Row| documents.iter().any(|d| is_named(d, &row.document));
    let whole = !rows.is_empty() && rows.iter().all(known);
    let is_synthetic = rows.iter().any(|row| row.writer.is_some());
    whole.then(|| Held {
        what: String::new(),
        set: QuestionSet::from_pages(
            rows.into_iter()
                .map(|r| (r.written.unwrap_or(r.anchor), r.document, r.page)),
        ),
        is_synthetic,
    })
}

/// Held-out rows as questions about their own passages, among those of the rows learnt from; none
/// of a format that asks nothing.
fn from_tuples(learnt: &Dataset, held: &Dataset) -> Option<QuestionSet> {
    let (Examples::Tuples(learnt), Examples::Tuples(held)) = (&learnt.examples, &held.examples)
    else {
        return None;
    };
    let pairs = held
        .iter()
        .map(|row| (row.anchor.clone(), row.positive.clone()));
    let others = learnt.iter().take(OTHERS).map(|row| row.positive.clone());
    (!held.is_empty()).then(|| QuestionSet::from_passages(pairs, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_one_text_or_one_page_are_of_one_group() {
        let rows = [
            ("What were sales?", "A", 1),
            ("what were  sales", "B", 7),
            ("Why did margins fall?", "A", 2),
            ("Which lenders?", "B", 7),
            ("Who audits?", "C", 1),
        ];
        let rows = rows.map(|(text, document, page)| (text.to_owned(), document.to_owned(), page));
        let set = QuestionSet::from_pages(rows.into_iter());
        let item = |(document, page): &(String, u32)| (format!("{document}:{page}"), 1);
        let qrels: Qrels = set
            .questions
            .iter()
            .map(|q| (q.id.clone(), q.pages.iter().map(item).collect()))
            .collect();
        assert_eq!(groups(&set, &qrels), [0, 0, 2, 0, 4]);
    }
}
