//! The body of an answer: what is said, by how it came about.

use serde::{Deserialize, Serialize};

use super::worked::Worked;
use super::{Answer, Source};

/// What stands where nothing answers.
pub const ABSTAINED: &str = "The library does not say.";
/// What stands over pages that come near and do not answer.
pub const NEAREST: &str = "The library does not say. Nearest, not an answer";

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// From figures of the statements.
    Worked,
    /// Rows and sentences as they stand.
    Quoted,
    /// In the words of a language model.
    Spoken,
    /// Some of it: figures are missing, or a model says that sources do not answer all of it.
    Partial,
    /// The library does not say. Histories of earlier versions call it silent.
    #[serde(alias = "silent")]
    Abstained,
}

/// What was worked out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// The figure that answers, where one surely does.
    pub figure: Option<String>,
    /// How it was worked out, a line each: the formula, then each operand with its page.
    pub steps: Vec<String>,
    /// Of one company and one measure.
    pub worked: Option<Worked>,
    /// Where it is of several companies, measures or parts: each.
    pub each: Vec<Worked>,
}

/// A cell of a table in a language model's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub company: String,
    pub item: String,
    pub period: String,
    /// As the model writes it; none where it says that nothing which it was given has it.
    pub figure: Option<String>,
    /// It stands in its sources, and is of this company and period there as far as they tell.
    pub is_supported: bool,
    /// Numbers of the answer's sources.
    pub sources: Vec<usize>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Worked {
        text: String,
        figures: Figures,
    },
    Quoted {
        text: String,
    },
    Spoken {
        text: String,
        /// Figures of the text that stand nowhere in what the model was given, or are of something else there.
        unsupported: Vec<String>,
        /// Of a table, those that were asked for.
        cells: Vec<Cell>,
    },
    Partial {
        /// What the pages say, or what of a model's words is proved.
        text: String,
        /// The operands that were found where others are missing.
        figures: Figures,
        unsupported: Vec<String>,
    },
    Abstained {
        figures: Figures,
        /// What comes near, under words that say so.
        nearest: Option<String>,
    },
}

impl Body {
    pub fn kind(&self) -> Kind {
        match self {
            Body::Worked { .. } => Kind::Worked,
            Body::Quoted { .. } => Kind::Quoted,
            Body::Spoken { cells, .. } if cells.iter().any(|cell| cell.figure.is_none()) => {
                Kind::Partial
            }
            Body::Spoken { .. } => Kind::Spoken,
            Body::Partial { .. } => Kind::Partial,
            Body::Abstained { .. } => Kind::Abstained,
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Body::Worked { text, .. }
            | Body::Quoted { text }
            | Body::Spoken { text, .. }
            | Body::Partial { text, .. } => text,
            Body::Abstained { nearest, .. } => nearest.as_deref().unwrap_or(ABSTAINED),
        }
    }

    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Body::Worked { figures, .. }
            | Body::Partial { figures, .. }
            | Body::Abstained { figures, .. } => Some(figures),
            Body::Quoted { .. } | Body::Spoken { .. } => None,
        }
    }

    /// The figure that answers, where one surely does.
    pub fn figure(&self) -> Option<&str> {
        self.figures()?.figure.as_deref()
    }

    pub fn steps(&self) -> &[String] {
        self.figures().map_or(&[], |figures| &figures.steps)
    }

    pub fn worked(&self) -> Option<&Worked> {
        self.figures()?.worked.as_ref()
    }

    /// All that was worked out.
    pub fn all_worked(&self) -> impl Iterator<Item = &Worked> {
        let figures = self.figures().into_iter();
        figures.flat_map(|own| own.worked.iter().chain(&own.each))
    }

    pub fn unsupported(&self) -> &[String] {
        match self {
            Body::Spoken { unsupported, .. } | Body::Partial { unsupported, .. } => unsupported,
            _ => &[],
        }
    }

    /// The cells of a table in a model's words; empty where it is none.
    pub fn cells(&self) -> &[Cell] {
        match self {
            Body::Spoken { cells, .. } => cells,
            _ => &[],
        }
    }

    /// Quotes, or none, beside the figures of `incomplete`, which lacks `missing`. A quote answers for a figure of which
    /// nothing else was found.
    pub(super) fn with_incomplete(self, incomplete: Body, missing: &str) -> Self {
        let figures = incomplete.figures().cloned().unwrap_or_default();
        let has_operands = figures
            .worked
            .as_ref()
            .is_some_and(|worked| !worked.operands.is_empty());
        match self {
            Body::Quoted { text } if has_operands => Body::Partial {
                text: match missing {
                    "" => format!("Found in part. The pages say:\n{text}"),
                    missing => format!("Found in part, without {missing}. The pages say:\n{text}"),
                },
                figures,
                unsupported: Vec::new(),
            },
            Body::Abstained { nearest, .. } => Body::Abstained { figures, nearest },
            other => other,
        }
    }
}

/// An answer as it is kept: flat, as histories have had it from the first.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    kind: Kind,
    text: String,
    figure: Option<String>,
    steps: Vec<String>,
    notes: Vec<String>,
    sources: Vec<Source>,
    unsupported: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cells: Vec<Cell>,
}

impl From<Answer> for Record {
    fn from(answer: Answer) -> Self {
        Self {
            kind: answer.kind(),
            text: answer.text().to_owned(),
            figure: answer.body.figure().map(str::to_owned),
            steps: answer.body.steps().to_vec(),
            unsupported: answer.body.unsupported().to_vec(),
            cells: answer.body.cells().to_vec(),
            notes: answer.notes,
            sources: answer.sources,
        }
    }
}

impl From<Record> for Answer {
    fn from(record: Record) -> Self {
        let (text, unsupported, cells) = (record.text, record.unsupported, record.cells);
        let figures = Figures {
            figure: record.figure,
            steps: record.steps,
            ..Figures::default()
        };
        Self {
            body: match record.kind {
                Kind::Worked => Body::Worked { text, figures },
                Kind::Quoted => Body::Quoted { text },
                Kind::Spoken => Body::Spoken {
                    text,
                    unsupported,
                    cells,
                },
                Kind::Partial if !cells.is_empty() => Body::Spoken {
                    text,
                    unsupported,
                    cells,
                },
                Kind::Partial => Body::Partial {
                    text,
                    figures,
                    unsupported,
                },
                Kind::Abstained => Body::Abstained {
                    figures,
                    nearest: Some(text).filter(|text| text != ABSTAINED),
                },
            },
            notes: record.notes,
            sources: record.sources,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_flat_and_comes_back() {
        let figures = Figures {
            figure: Some("$3".to_owned()),
            steps: vec!["= [a]".to_owned()],
            ..Figures::default()
        };
        let text = "capex was $3 [1]".to_owned();
        for body in [
            Body::Worked {
                text: text.clone(),
                figures: figures.clone(),
            },
            Body::Quoted { text: text.clone() },
            Body::Spoken {
                text: text.clone(),
                unsupported: vec!["3".to_owned()],
                cells: Vec::new(),
            },
            // A table of which a cell is missing.
            Body::Spoken {
                text: text.clone(),
                unsupported: Vec::new(),
                cells: vec![Cell::default()],
            },
            Body::Partial {
                text,
                figures: figures.clone(),
                unsupported: Vec::new(),
            },
            Body::Abstained {
                figures: figures.clone(),
                nearest: None,
            },
            Body::Abstained {
                figures,
                nearest: Some(format!("{NEAREST}:\na row [1]")),
            },
        ] {
            let answer = Answer::from(body);
            let kept = serde_json::to_string(&answer).unwrap();
            assert_eq!(serde_json::from_str::<Answer>(&kept).unwrap(), answer);
        }
    }

    #[test]
    fn a_history_of_an_earlier_version_is_read() {
        let kept = r#"{"kind":"silent","text":"The library does not say.","figure":null,"steps":[],"notes":["n"],
            "sources":[],"unsupported":[]}"#;
        let answer: Answer = serde_json::from_str(kept).unwrap();
        assert!(answer.is_abstained());
        assert_eq!((answer.text(), answer.notes.len()), (ABSTAINED, 1));
    }

    #[test]
    fn a_quote_answers_for_a_figure_that_nothing_else_has() {
        let incomplete = Body::Abstained {
            figures: Figures {
                steps: vec!["= [a] / [b]".to_owned()],
                ..Figures::default()
            },
            nearest: None,
        };
        let quoted = Body::Quoted {
            text: "a row [1]".to_owned(),
        };
        let whole = quoted.with_incomplete(incomplete.clone(), "a of FY2022");
        assert_eq!((whole.kind(), whole.text()), (Kind::Quoted, "a row [1]"));
        let none = Answer::abstained().body;
        let none = none.with_incomplete(incomplete, "a of FY2022");
        assert_eq!((none.kind(), none.steps().len()), (Kind::Abstained, 1));
    }
}
