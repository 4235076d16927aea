//! Evaluation: how good a ranking is, and how sure that is.
//!
//! `Qrels` say which items are relevant to which query, a `Run` is what a system returned for each;
//! `Metric` compares the two query by query, and `significance` says what the mean of it is worth.
//! Items are names: chunks, pages (`DOCUMENT:PAGE`) or documents.

pub mod agreement;
pub mod figure;
pub mod metric;
pub mod movement;
pub mod question;
pub mod significance;
pub mod trec;

pub use metric::Metric;

use std::collections::BTreeMap;
use std::path::Path;

use crate::remedy::{Remedied, Remedy};

/// Relevant items by query, each with its gain (0: judged, and not relevant).
pub type Qrels = BTreeMap<String, BTreeMap<String, u32>>;

/// Items by query, best first.
pub type Run = BTreeMap<String, Vec<String>>;

#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    #[error("{path} cannot be read: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} line {line}: {found}")]
    Line {
        path: String,
        line: usize,
        found: String,
        expected: &'static str,
    },
    #[error("{path} holds no question")]
    Empty {
        path: String,
        expected: &'static str,
    },
    #[error("there is no metric {0:?}")]
    Metric(String),
}

impl Remedied for EvalError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Line { expected, .. } => Some(Remedy::Expected((*expected).to_owned())),
            Self::Empty { expected, .. } => Some(Remedy::Expected(format!("lines of {expected}"))),
            Self::Metric(_) => Remedy::advice("name ndcg@K, mrr@K, recall@K, precision@K or map@K"),
        }
    }
}

pub(crate) type Result<T, E = EvalError> = std::result::Result<T, E>;

/// The metric's value for every query of `qrels`, in their order; one that the run lacks counts 0.
pub fn values(metric: Metric, qrels: &Qrels, run: &Run) -> Vec<f64> {
    let value = |(query, gains): (&String, &BTreeMap<String, u32>)| {
        run.get(query)
            .map_or(0.0, |ranked| metric.value(ranked, gains))
    };
    qrels.iter().map(value).collect()
}

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Calls `each` with the number and the text of every line that is not empty; it says what it found
/// there that was not `expected`.
fn each_line(
    path: &Path,
    expected: &'static str,
    mut each: impl FnMut(usize, &str) -> Result<(), String>,
) -> Result<()> {
    let name = path.display().to_string();
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS).map_err(|source| {
        EvalError::Read {
            path: name.clone(),
            source,
        }
    })?;
    // Some editors begin a file with a mark of its encoding.
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = index + 1;
        each(line_number, line).map_err(|found| EvalError::Line {
            path: name.clone(),
            line: line_number,
            found,
            expected,
        })?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "eval_tests.rs"]
mod tests;
