//! Questions with what answers them, in the two shapes that evaluation takes: with the pages of
//! documents that hold the answer, or with the passage itself (`context`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{EvalError, Result, each_line};

const EXPECTED: &str =
    "{\"id\", \"question\", \"evidence\": [{\"doc\", \"page\"}]} or {\"question\", \"context\"}";
const PASSAGE: &str = "{\"context\"}";

#[derive(Deserialize)]
struct Row {
    id: Option<serde_json::Value>,
    #[serde(alias = "query", alias = "anchor")]
    question: String,
    document: Option<String>,
    kind: Option<String>,
    evidence: Option<Vec<Evidence>>,
    #[serde(alias = "positive", alias = "passage")]
    context: Option<String>,
    #[serde(default, deserialize_with = "text")]
    answer: Option<String>,
    #[serde(default, deserialize_with = "text")]
    reasoning: Option<String>,
    #[serde(default, deserialize_with = "number")]
    value: Option<f64>,
}

/// A text, whatever else may stand there.
fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number, whatever else may stand there.
fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_f64())
}

#[derive(Deserialize)]
struct Evidence {
    #[serde(alias = "document")]
    doc: String,
    page: u32,
}

fn empty(path: &Path) -> EvalError {
    EvalError::Empty {
        path: path.display().to_string(),
        expected: EXPECTED,
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub id: String,
    pub text: String,
    /// What it asks for, where the file says so.
    pub kind: Option<String>,
    /// Where the search is to stay, by the file itself.
    pub document: Option<String>,
    /// Documents, as the file names them, and pages (from 1) that hold the answer.
    pub pages: Vec<(String, u32)>,
    /// Index of the passage that holds the answer, for questions of that shape.
    pub passage: Option<usize>,
    /// What is to be answered, where the file says so, and how one comes by it.
    pub answer: Option<String>,
    pub reasoning: Option<String>,
    /// The figure that is to be answered, in single units (a share as .14), where the file has it apart.
    pub value: Option<f64>,
}

impl Question {
    /// What it asks for, as a group of questions is called.
    pub fn kind_name(&self) -> &str {
        self.kind.as_deref().unwrap_or("of no kind")
    }
}

/// A file of questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuestionSet {
    pub questions: Vec<Question>,
    /// Questions that nothing answers: their list of pages is empty.
    pub unanswerable: Vec<Question>,
    /// The distinct passages; empty when the questions name pages.
    pub passages: Vec<String>,
}

impl QuestionSet {
    /// Reads a file of questions, some of which have an answer; `more` are files whose passages are searched as well.
    pub fn read(path: &Path, more: &[impl AsRef<Path>]) -> Result<Self> {
        let mut out = Self::read_any(path)?;
        if out.questions.is_empty() {
            return Err(empty(path));
        }
        let passages = out.passages.iter().cloned().enumerate();
        let mut known = passages.map(|(at, text)| (text, at)).collect();
        for path in more {
            out.add_passages(path.as_ref(), &mut known)?;
        }
        Ok(out)
    }

    /// Reads a file of questions, all of which may be without an answer.
    pub fn read_any(path: &Path) -> Result<Self> {
        let mut out = Self::default();
        let mut known = BTreeMap::new();
        each_row(path, EXPECTED, |line, row: Row| {
            let id = match row.id {
                Some(serde_json::Value::String(id)) => id,
                Some(id) => id.to_string(),
                None => format!("line-{line}"),
            };
            let passage = row.context.map(|text| out.add(&mut known, text));
            let before = out.questions.last().map(|q| q.passage.is_some());
            let shapes_differ = before.is_some_and(|before| before != passage.is_some());
            let pages = row.evidence.as_ref().map(Vec::len);
            let is_unanswerable = pages == Some(0) && passage.is_none();
            let has_pages = pages.is_some_and(|count| count > 0);
            if !is_unanswerable && (has_pages == passage.is_some() || shapes_differ) {
                return Err("neither shape, or another than the lines before".to_owned());
            }
            let known_ids = out.questions.iter().chain(&out.unanswerable);
            if known_ids.into_iter().any(|q| q.id == id) {
                return Err(format!("the id {id:?} again"));
            }
            let evidence = row.evidence.into_iter().flatten();
            let pages = evidence.map(|e| (e.doc, e.page));
            let list = if is_unanswerable {
                &mut out.unanswerable
            } else {
                &mut out.questions
            };
            list.push(Question {
                id,
                text: row.question,
                kind: row.kind,
                document: row.document,
                pages: pages.collect(),
                passage,
                answer: row.answer,
                reasoning: row.reasoning,
                value: row.value,
            });
            Ok(())
        })?;
        if out.questions.is_empty() && out.unanswerable.is_empty() {
            return Err(empty(path));
        }
        Ok(out)
    }

    /// Questions (text, document, page), numbered from 1.
    pub fn from_pages(rows: impl Iterator<Item = (String, String, u32)>) -> Self {
        let question = |(at, (text, document, page)): (usize, (String, String, u32))| Question {
            id: (at + 1).to_string(),
            text,
            kind: None,
            document: None,
            pages: vec![(document, page)],
            passage: None,
            answer: None,
            reasoning: None,
            value: None,
        };
        Self {
            unanswerable: Vec::new(),
            questions: rows.enumerate().map(question).collect(),
            passages: Vec::new(),
        }
    }

    /// Questions with their passages, numbered from 1; `others` are searched as well.
    pub fn from_passages(
        pairs: impl Iterator<Item = (String, String)>,
        others: impl Iterator<Item = String>,
    ) -> Self {
        let mut out = Self::default();
        let mut known = BTreeMap::new();
        for (at, (text, passage)) in pairs.enumerate() {
            let passage = out.add(&mut known, passage);
            out.questions.push(Question {
                kind: None,
                id: (at + 1).to_string(),
                text,
                document: None,
                pages: Vec::new(),
                passage: Some(passage),
                answer: None,
                reasoning: None,
                value: None,
            });
        }
        for passage in others {
            out.add(&mut known, passage);
        }
        out
    }

    fn add_passages(&mut self, path: &Path, known: &mut BTreeMap<String, usize>) -> Result<()> {
        #[derive(Deserialize)]
        struct Passage {
            #[serde(alias = "positive", alias = "passage")]
            context: String,
        }
        each_row(path, PASSAGE, |_, row: Passage| {
            self.add(known, row.context);
            Ok(())
        })
    }

    fn add(&mut self, known: &mut BTreeMap<String, usize>, text: String) -> usize {
        let next = self.passages.len();
        let index = *known.entry(text.clone()).or_insert(next);
        if index == next {
            self.passages.push(text);
        }
        index
    }
}

/// Calls `each` with every line's number and what it holds.
fn each_row<T: for<'a> Deserialize<'a>>(
    path: &Path,
    expected: &'static str,
    mut each: impl FnMut(usize, T) -> Result<(), String>,
) -> Result<()> {
    each_line(path, expected, |number, line| {
        let row = serde_json::from_str(line).map_err(|e| e.to_string())?;
        each(number, row)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<QuestionSet> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.jsonl");
        std::fs::write(&path, text).unwrap();
        QuestionSet::read(&path, &[] as &[&Path])
    }

    #[test]
    fn both_shapes() {
        let set = read(
            "{\"id\": 7, \"question\": \"a\", \"evidence\": [{\"doc\": \"X\", \"page\": 3, \"text\": \"…\"}]}\n",
        )
        .unwrap();
        assert_eq!(set.questions[0].id, "7");
        assert_eq!(set.questions[0].pages, [("X".to_owned(), 3)]);
        let set = read(
            "{\"question\": \"a\", \"context\": \"p\"}\n\n{\"question\": \"b\", \"context\": \"q\"}\n\
             {\"question\": \"c\", \"context\": \"p\"}\n",
        )
        .unwrap();
        assert_eq!(set.passages, ["p", "q"]);
        let found: Vec<_> = set.questions.iter().map(|q| q.passage).collect();
        assert_eq!(found, [Some(0), Some(1), Some(0)]);
        assert_eq!(set.questions[1].id, "line-3");
    }

    #[test]
    fn what_cannot_be_judged_is_refused_with_its_line() {
        let page =
            "{\"id\": \"1\", \"question\": \"a\", \"evidence\": [{\"doc\": \"X\", \"page\": 3}]}";
        for (bad, expected) in [
            ("{\"question\": \"a\"}", "neither shape"),
            ("{\"question\": \"a\", \"context\": \"p\"}", "another than"),
            ("{\"evidence\": []}", "missing field `question`"),
            (page, "again"),
            ("nonsense", "expected"),
        ] {
            let error = read(&format!("{page}\n{bad}\n")).unwrap_err().to_string();
            assert!(
                error.contains("line 2") && error.contains(expected),
                "{error}"
            );
        }
        assert!(read("\n").unwrap_err().to_string().contains("no question"));
    }
}
