//! The tools for questions: the pages that answer one, and an answer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::argument::{Argument, Kind};
use super::refusal::Refused;
use super::scope::{COMPANY, DOCUMENT, FORM, Scope, TAG, YEAR};
use super::tool::{Asked, Given, Tool};
use crate::cli::ask;
use crate::job::asking::Asker;
use crate::query;
use crate::query::filter::Filter;
use crate::retrieve::{Aids, Arm, Hit, Query};

/// Hits of one answer at most, unless fewer are asked for, and of all answers to one question.
const HITS: usize = 50;
const FURTHEST: usize = 200;
const TOP_K: usize = 10;
/// Characters of a hit's text; its page has the rest.
const TEXT: usize = 2_000;

const SECTION: Argument =
    Argument::new("section", Kind::Text, "Only under headings that hold this");

pub fn tools() -> [Tool; 2] {
    let query = Argument::new("query", Kind::Text, "The question, in plain words");
    let question = Argument::new("question", Kind::Text, "In plain words");
    let top_k = Argument::new(
        "top_k",
        Kind::Number(1, HITS as i64),
        "Hits of one answer at most, 10 unless given",
    );
    let arm = Argument::new(
        "arm",
        Kind::Choice(&["hybrid", "dense", "bm25"]),
        "What looks for them, hybrid unless given",
    );
    let scope = [DOCUMENT, COMPANY, FORM, YEAR, TAG, SECTION];
    let with = |own: &[Argument]| [own, &scope].concat();
    [
        Tool::new(
            "search",
            "Find the pages of financial filings in this library that answer a question. Companies, years, forms and \
             ratios in the question are understood. Hits come best first. Where there are more, cursor goes on.",
            &with(&[query.required(), top_k, arm]),
            search,
        ),
        Tool::new(
            "ask",
            "Answer a question from the filings without a language model: figures and ratios worked out from the \
             statements with their operands, or the rows and sentences that answer, each with its document and page. \
             What the library does not say, it does not say.",
            &with(&[question.required()]),
            answer,
        ),
    ]
}

#[derive(Deserialize)]
struct Search {
    query: String,
    top_k: Option<usize>,
    arm: Option<String>,
    #[serde(flatten)]
    scope: Scope,
}

fn search(asked: &Asked<'_>) -> Result<Given, Refused> {
    let Search {
        query,
        top_k,
        arm,
        scope,
    } = asked.typed()?;
    let most = top_k.unwrap_or(TOP_K);
    let at = asked.cursor.at;
    if at >= FURTHEST {
        return Err(asked.cursor.is_beyond());
    }
    let query = Query {
        arm: match arm.as_deref() {
            Some("dense") => Arm::Dense,
            Some("bm25") => Arm::Bm25,
            _ => Arm::Hybrid,
        },
        // One more tells whether there is more.
        top_k: (at + most + 1).min(FURTHEST),
        ..query_of(query, scope.filter(asked.retriever().directory())?)
    };
    let outcome = asked.retriever().search(&query)?;
    let head = json!({
        "note": query::cut(&query.text),
        "arm": query.arm.as_str(),
        "model": asked.opened.role,
        "found": outcome.scope.chips(),
        "lacks": outcome.lacks(),
    });
    let hits = outcome.hits.iter().map(hit).collect();
    Ok(Given::Whole(Answer {
        most: Some(most),
        ..Answer::new(head, vec![("hits", hits)])
    }))
}

fn query_of(text: String, filter: Filter) -> Query {
    Query {
        text,
        filter,
        aids: Aids::ALL,
        ..Query::default()
    }
}

fn hit(hit: &Hit) -> Value {
    let chunk = &hit.chunk;
    let text: String = chunk.text.chars().take(TEXT).collect();
    let is_cut = text.len() < chunk.text.len();
    json!({
        "rank": hit.rank,
        "document": chunk.document,
        "page": chunk.page,
        "page_last": Some(chunk.page_last).filter(|last| *last != chunk.page),
        "chunk_id": chunk.chunk_id,
        "section": chunk.section,
        "score": hit.score,
        "text": text,
        "is_cut": is_cut.then_some(true),
    })
}

#[derive(Deserialize)]
struct Ask {
    question: String,
    #[serde(flatten)]
    scope: Scope,
}

fn answer(asked: &Asked<'_>) -> Result<Given, Refused> {
    let Ask { question, scope } = asked.typed()?;
    let asker = Asker::quoting(asked.retriever());
    let query = Query {
        top_k: TOP_K,
        ..query_of(question, scope.filter(asked.retriever().directory())?)
    };
    let answered = asker.ask(&query, &[], asked.cancel, &mut |_| {})?;
    let mut head = ask::answer_json(&answered.answer);
    // The answer says the same, with citations.
    head["text"].take();
    let mut list = |pointer: &str| -> Vec<Value> {
        let list = head.pointer_mut(pointer).map(Value::take);
        let list = list.and_then(|list| list.as_array().cloned());
        list.unwrap_or_default()
    };
    let lists = vec![
        ("operands", list("/worked/operands")),
        ("missing", list("/worked/missing")),
        ("citations", list("/citations")),
    ];
    head["model"] = json!(asked.opened.role);
    Ok(Given::Whole(Answer::new(head, lists)))
}
