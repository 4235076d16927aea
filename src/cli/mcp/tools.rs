//! The tools of the server: each takes parameters that it knows and no others, reads the library and
//! answers with the fields that the command line has. None of them changes anything.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::figures;
use super::tool::{Described, Refused, schema};
use crate::cli::{Session, ask, search, status};
use crate::config::Library;
use crate::job::asking::Asker;
use crate::query::filter::Filter;
use crate::retrieve::{Aids, Arm, Query, Retriever};

/// Hits of one answer at most, and of all its pages together.
const HITS: usize = 50;
const FURTHEST: usize = 200;
/// Characters of a page that one answer holds, and of a hit's text.
const PAGE: usize = 16_000;
const TEXT: usize = 2_000;

/// All tools.
pub fn described() -> Vec<Described> {
    let scope = json!({
        "document": {"type": "string", "description": "Only this document"},
        "company": {"type": "string", "description": "Only this company"},
        "form": {"type": "string", "description": "Only this form: 10-K, 10-Q, 8-K"},
        "year": {"type": "integer", "description": "Only this fiscal year"},
        "section": {"type": "string", "description": "Only under headings that hold this"},
    });
    let with = |own: Value| {
        let mut all = own.as_object().cloned().unwrap_or_default();
        all.extend(scope.as_object().cloned().unwrap_or_default());
        Value::Object(all)
    };
    let mut all = vec![
        Described {
            name: "search",
            what: "Find the pages of financial filings in this library that answer a question. Companies, years, \
                   forms and ratios in the question are understood. Hits come best first; next_offset says where \
                   more begin.",
            schema: schema(
                with(json!({
                    "query": {"type": "string", "description": "The question, in plain words"},
                    "top_k": {"type": "integer", "minimum": 1, "maximum": HITS, "default": 10},
                    "offset": {"type": "integer", "minimum": 0, "default": 0},
                    "arm": {"type": "string", "enum": ["hybrid", "dense", "bm25"], "default": "hybrid"},
                })),
                &["query"],
            ),
        },
        Described {
            name: "page",
            what: "Read a page of a document as text, by the document's name and the page's number from 1.",
            schema: schema(
                json!({
                    "document": {"type": "string"},
                    "page": {"type": "integer", "minimum": 1},
                    "offset": {"type": "integer", "minimum": 0, "default": 0,
                        "description": "Characters to leave out: next_offset of the answer before"},
                }),
                &["document", "page"],
            ),
        },
        Described {
            name: "ask",
            what: "Answer a question from the filings without a language model: figures and ratios worked out from \
                   the statements with their operands, or the rows and sentences that answer, each with its document \
                   and page. What the library does not say, it does not say.",
            schema: schema(with(json!({"question": {"type": "string"}})), &["question"]),
        },
        Described {
            name: "status",
            what: "What this library holds: documents, pages, failed files, the model that serves.",
            schema: schema(json!({}), &[]),
        },
    ];
    all.extend(figures::described());
    all
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchParameters {
    query: String,
    #[serde(default = "ten")]
    top_k: usize,
    #[serde(default)]
    offset: usize,
    arm: Option<String>,
    document: Option<String>,
    company: Option<String>,
    form: Option<String>,
    year: Option<i32>,
    section: Option<String>,
}

fn ten() -> usize {
    10
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageParameters {
    document: String,
    page: u32,
    #[serde(default)]
    offset: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskParameters {
    question: String,
    document: Option<String>,
    company: Option<String>,
    form: Option<String>,
    year: Option<i32>,
    section: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

fn parameters<T: DeserializeOwned>(given: Map<String, Value>) -> Result<T, Refused> {
    serde_json::from_value(Value::Object(given)).map_err(|e| Refused::Parameters(e.to_string()))
}

/// The library behind the tools.
pub struct Tools {
    pub session: Session,
    pub library: Library,
    pub retriever: Retriever,
    pub role: String,
}

impl Tools {
    /// Calls the tool named `name`; none where there is no such tool.
    pub fn call(
        &mut self,
        name: &str,
        given: Map<String, Value>,
    ) -> Option<Result<Value, Refused>> {
        let refreshed = self.retriever.refresh();
        Some(match name {
            _ if refreshed.is_err() => refreshed.map(|()| Value::Null).map_err(Refused::from),
            "search" => parameters(given).and_then(|p| self.search(p)),
            "page" => parameters(given).and_then(|p| self.page(&p)),
            "ask" => parameters(given).and_then(|p| self.ask(p)),
            "facts" => parameters(given).and_then(|p| figures::facts(&self.retriever, p)),
            "grid" => parameters(given).and_then(|p| figures::grid(&self.retriever, p)),
            "status" => parameters::<NoParameters>(given).and_then(|_| self.status()),
            _ => return None,
        })
    }

    fn search(&self, p: SearchParameters) -> Result<Value, Refused> {
        if p.query.trim().is_empty() {
            return Err(Refused::Parameters(
                "query is empty; write a question".to_owned(),
            ));
        }
        let arm = match p.arm.as_deref().unwrap_or("hybrid") {
            "hybrid" => Arm::Hybrid,
            "dense" => Arm::Dense,
            "bm25" => Arm::Bm25,
            other => {
                let why = format!("there is no arm {other:?}; name hybrid, dense or bm25");
                return Err(Refused::Parameters(why));
            }
        };
        if !(1..=HITS).contains(&p.top_k) || p.offset + p.top_k > FURTHEST {
            let why = format!("top_k is 1 to {HITS}, and offset with it at most {FURTHEST}");
            return Err(Refused::Parameters(why));
        }
        let query = Query {
            text: p.query,
            arm,
            // One more tells whether there is more.
            top_k: p.offset + p.top_k + 1,
            filter: Filter {
                document: p.document,
                company: p.company,
                form: p.form,
                year: p.year,
                section: p.section,
            },
            dim: None,
            aids: Aids::ALL,
        };
        let outcome = self.retriever.search(&query)?;
        let more = outcome.hits.len() > p.offset + p.top_k && p.offset + 2 * p.top_k <= FURTHEST;
        let shown = outcome.hits.iter().skip(p.offset).take(p.top_k);
        let hits: Vec<Value> = shown
            .map(|hit| {
                let mut value = json!(search::json_hit(hit));
                let text: String = hit.chunk.text.chars().take(TEXT).collect();
                value["text"] = json!(text);
                value
            })
            .collect();
        Ok(json!({
            "query": query.text,
            "arm": arm.as_str(),
            "model": self.role,
            "found": outcome.scope.chips(),
            "lacks": outcome.lacks(),
            "hits": hits,
            "next_offset": more.then_some(p.offset + p.top_k),
        }))
    }

    fn page(&self, p: &PageParameters) -> Result<Value, Refused> {
        let row = crate::cli::document_named(self.retriever.store(), &p.document)?;
        let Some(found) = self.retriever.store().page(&row.path, p.page)? else {
            let why = format!(
                "{} has no page {}; it has {} pages",
                row.path, p.page, row.pages
            );
            return Err(Refused::Parameters(why));
        };
        let text = found.page.text(false);
        let kept: String = text.chars().skip(p.offset).take(PAGE).collect();
        let end = p.offset + kept.chars().count();
        Ok(json!({
            "document": row.path,
            "page": p.page,
            "pages": found.pages,
            "state": found.page.state,
            "reason": found.page.reason,
            "text": kept,
            "next_offset": (end < text.chars().count()).then_some(end),
        }))
    }

    fn ask(&self, p: AskParameters) -> Result<Value, Refused> {
        if p.question.trim().is_empty() {
            return Err(Refused::Parameters(
                "question is empty; write one".to_owned(),
            ));
        }
        let asker = Asker::quoting(&self.retriever);
        let query = Query {
            text: p.question,
            top_k: 10,
            filter: Filter {
                document: p.document,
                company: p.company,
                form: p.form,
                year: p.year,
                section: p.section,
            },
            ..Query::default()
        };
        let answered = asker.ask(&query, &[], &self.session.cancel, &mut |_| {})?;
        let mut out = ask::answer_json(&answered.answer);
        out["question"] = json!(query.text);
        out["model"] = json!(self.role);
        Ok(out)
    }

    fn status(&self) -> Result<Value, Refused> {
        Ok(status::json(
            &self.session,
            &self.library,
            self.retriever.store(),
        )?)
    }
}
