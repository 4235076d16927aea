//! A dataset: examples that a model is trained on or measured by, in one of the formats that
//! sentence-transformers knows too, from JSON lines or CSV.
//!
//! | format | columns |
//! | --- | --- |
//! | pairs | `anchor`, `positive` |
//! | triplets | `anchor`, `positive`, `negative`, or `negative_1`…, or `negatives` as a list |
//! | scored pairs | `sentence1`, `sentence2`, `score` (the cosine wanted) |
//! | labelled pairs | `sentence1`, `sentence2`, `label` (1: both mean the same, 0: they do not) |
//! | labelled texts | `text`, `label` |
//!
//! `sentence1` and `sentence2` alone are pairs whose sides are alike. Other columns are left alone.

mod file;
mod row;
mod split;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::remedy::{Remedied, Remedy};

/// Why a file is no dataset.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{path} cannot be read: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} line {line}: {found}")]
    Row {
        path: String,
        line: usize,
        found: String,
        expected: String,
    },
    #[error("{path}: {found}")]
    File {
        path: String,
        found: String,
        expected: String,
    },
}

impl Remedied for DatasetError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Row { expected, .. } | Self::File { expected, .. } => {
                Some(Remedy::Expected(expected.clone()))
            }
        }
    }
}

pub(crate) type Result<T, E = DatasetError> = std::result::Result<T, E>;

/// What an example is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Pairs,
    Triplets,
    ScoredPairs,
    LabelledPairs,
    LabelledTexts,
}

impl Format {
    pub const ALL: [Format; 5] = [
        Format::Pairs,
        Format::Triplets,
        Format::ScoredPairs,
        Format::LabelledPairs,
        Format::LabelledTexts,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Format::Pairs => "pairs",
            Format::Triplets => "triplets",
            Format::ScoredPairs => "scored pairs",
            Format::LabelledPairs => "labelled pairs",
            Format::LabelledTexts => "labelled texts",
        }
    }
}

/// A positive pair, with negatives or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuple {
    pub anchor: String,
    pub positive: String,
    pub negatives: Vec<String>,
}

/// A pair with its score, or with whether both mean the same (`is`).
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<T> {
    pub first: String,
    pub second: String,
    pub is: T,
}

/// A text and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    pub text: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Examples {
    Tuples(Vec<Tuple>),
    Scored(Vec<Pair<f32>>),
    Same(Vec<Pair<bool>>),
    Labelled(Vec<Labelled>),
}

/// A file's examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    pub examples: Examples,
    /// Both sides of a pair are of one kind (paraphrases, duplicates), so neither is a query.
    pub is_symmetric: bool,
}

impl Dataset {
    /// Reads a `.jsonl`, `.csv` or `.tsv` file; its first row decides the format. Refuses a file
    /// that cannot be read, a row that is not of the format (with its line), and one with no rows.
    ///
    /// ```
    /// use tenk::dataset::{Dataset, Format};
    ///
    /// let path = std::env::temp_dir().join(format!("tenk-doc-{}.csv", std::process::id()));
    /// std::fs::write(&path, "anchor,positive\nWhat is debt?,Debt is what is owed.\n")?;
    /// let set = Dataset::read(&path)?;
    /// assert_eq!((set.format(), set.len()), (Format::Pairs, 1));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: &Path) -> Result<Self> {
        file::read(path)
    }

    pub fn format(&self) -> Format {
        match &self.examples {
            Examples::Tuples(rows) if rows.iter().any(|r| !r.negatives.is_empty()) => {
                Format::Triplets
            }
            Examples::Tuples(_) => Format::Pairs,
            Examples::Scored(_) => Format::ScoredPairs,
            Examples::Same(_) => Format::LabelledPairs,
            Examples::Labelled(_) => Format::LabelledTexts,
        }
    }

    pub fn len(&self) -> usize {
        match &self.examples {
            Examples::Tuples(rows) => rows.len(),
            Examples::Scored(rows) => rows.len(),
            Examples::Same(rows) => rows.len(),
            Examples::Labelled(rows) => rows.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The texts of an example, in the order of its columns.
    pub fn texts(&self, i: usize) -> Vec<&str> {
        match &self.examples {
            Examples::Tuples(rows) => {
                let row = &rows[i];
                let negatives = row.negatives.iter().map(String::as_str);
                [row.anchor.as_str(), &row.positive]
                    .into_iter()
                    .chain(negatives)
                    .collect()
            }
            Examples::Scored(rows) => vec![&rows[i].first, &rows[i].second],
            Examples::Same(rows) => vec![&rows[i].first, &rows[i].second],
            Examples::Labelled(rows) => vec![&rows[i].text],
        }
    }

    /// The examples numbered `rows`, in their order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(all: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&i| all[i].clone()).collect()
        }
        let examples = match &self.examples {
            Examples::Tuples(all) => Examples::Tuples(pick(all, rows)),
            Examples::Scored(all) => Examples::Scored(pick(all, rows)),
            Examples::Same(all) => Examples::Same(pick(all, rows)),
            Examples::Labelled(all) => Examples::Labelled(pick(all, rows)),
        };
        Self {
            examples,
            is_symmetric: self.is_symmetric,
        }
    }
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
