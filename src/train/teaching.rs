//! What cannot teach: rows from which nothing is learnt, or by which nothing is measured, however long it is trained.

use std::collections::HashSet;
use std::path::Path;

use super::{Result, TrainError};
use crate::dataset::{Dataset, Examples};

/// Refuses rows of `path` that teach nothing.
pub fn check(path: &Path, rows: &Dataset) -> Result<()> {
    let all_same = match &rows.examples {
        // With negatives of its own a row teaches by itself.
        Examples::Tuples(own) if own.iter().any(|row| !row.negatives.is_empty()) => None,
        Examples::Tuples(own) => {
            let anchors = own.iter().map(|row| row.anchor.as_str());
            let positives = own.iter().map(|row| row.positive.as_str());
            if is_one(anchors) {
                Some("anchor")
            } else {
                is_one(positives).then_some("positive")
            }
        }
        Examples::Scored(own) => is_one(own.iter().map(|row| row.is.to_bits())).then_some("score"),
        // One label in all rows is refused where they are read.
        Examples::Same(_) | Examples::Labelled(_) => None,
    };
    match all_same {
        Some(column) => Err(TrainError::AllSame {
            path: path.display().to_string(),
            column,
        }),
        None => Ok(()),
    }
}

/// Refuses rows to measure by, from `path`, that are among the `learnt` ones.
pub fn check_held(path: &Path, held: &Dataset, learnt: &Dataset) -> Result<()> {
    let known: HashSet<Vec<&str>> = (0..learnt.len()).map(|at| core(learnt, at)).collect();
    let leaking = (0..held.len()).filter(|at| known.contains(&core(held, *at)));
    match leaking.count() {
        0 => Ok(()),
        leaking => Err(TrainError::Leaking {
            path: path.display().to_string(),
            leaking,
            rows: held.len(),
        }),
    }
}

/// Refuses rows of `path` of which none can be held out, where a `share` of them is to be.
pub fn check_split(path: &Path, rows: &Dataset, share: f64, most: usize) -> Result<()> {
    if share > 0.0 && rows.split_rows(share, most, 0).1.is_empty() {
        let path = path.display().to_string();
        return Err(TrainError::NoneHeld { path });
    }
    Ok(())
}

/// The texts that make an example what it is: without its negatives.
fn core(rows: &Dataset, at: usize) -> Vec<&str> {
    let mut texts = rows.texts(at);
    texts.truncate(2);
    texts
}

/// True where there are two or more and all are the same.
fn is_one<T: PartialEq>(mut all: impl Iterator<Item = T>) -> bool {
    let first = all.next();
    let mut others = all.peekable();
    others.peek().is_some() && others.all(|other| Some(other) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Dataset {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("rows.jsonl");
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path).unwrap()
    }

    #[test]
    fn rows_that_are_all_alike_in_what_tells_them_apart_are_refused() {
        let refused = [
            (
                "anchor",
                r#"{"anchor": "a", "positive": "p"}
                   {"anchor": "a", "positive": "q"}"#,
            ),
            (
                "positive",
                r#"{"anchor": "a", "positive": "p"}
                   {"anchor": "b", "positive": "p"}"#,
            ),
            (
                "score",
                r#"{"sentence1": "a", "sentence2": "b", "score": 0.5}
                   {"sentence1": "c", "sentence2": "d", "score": 0.5}"#,
            ),
        ];
        for (column, text) in refused {
            let error = check(Path::new("f"), &rows(text)).unwrap_err();
            assert!(error.to_string().contains(column), "{error}");
        }
        for text in [
            r#"{"anchor": "a", "positive": "p", "negative": "n"}
               {"anchor": "a", "positive": "q", "negative": "m"}"#,
            r#"{"anchor": "a", "positive": "p"}
               {"anchor": "b", "positive": "q"}"#,
            r#"{"sentence1": "a", "sentence2": "b", "score": 0.5}
               {"sentence1": "c", "sentence2": "d", "score": 0.6}"#,
        ] {
            assert!(check(Path::new("f"), &rows(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn rows_that_are_learnt_measure_nothing() {
        let learnt = rows(
            r#"{"anchor": "a", "positive": "p"}
               {"anchor": "b", "positive": "q"}"#,
        );
        let held = rows(
            r#"{"anchor": "a", "positive": "q"}
               {"anchor": "b", "positive": "q"}"#,
        );
        let error = check_held(Path::new("dev"), &held, &learnt).unwrap_err();
        assert!(error.to_string().contains("1 of its 2 rows"), "{error}");
        let other = held.pick(&[0]);
        assert!(check_held(Path::new("dev"), &other, &learnt).is_ok());
    }
}
