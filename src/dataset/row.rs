//! A row's columns: which part each plays, by the names that datasets of others use too, and what
//! is refused.

use serde_json::{Map, Value};

use super::{Dataset, Examples, Labelled, Pair, Tuple};

const ANCHOR: [&str; 4] = ["anchor", "query", "question", "sentence"];
/// Where several are there the first counts: an `answer` beside a `context` is no passage.
const POSITIVE: [&str; 5] = ["positive", "context", "passage", "answer", "response"];
const NEGATIVE: [&str; 3] = ["negative", "negatives", "hard_negatives"];
const FIRST: [&str; 4] = ["sentence1", "sentence_1", "sentence_A", "text1"];
const SECOND: [&str; 4] = ["sentence2", "sentence_2", "sentence_B", "text2"];
const SCORE: [&str; 3] = ["score", "similarity_score", "similarity"];
const TEXT: [&str; 2] = ["text", "sentence"];
const LABEL: [&str; 2] = ["label", "class"];

/// What is wrong with a row: what was found, what was expected.
pub(super) struct Refused {
    pub found: String,
    pub expected: String,
}

fn refuse<T>(found: impl Into<String>, expected: impl Into<String>) -> Result<T, Refused> {
    Err(Refused {
        found: found.into(),
        expected: expected.into(),
    })
}

pub(super) type Row = Map<String, Value>;

/// The formats by their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anchor and positive, with negatives or without.
    Tuple,
    /// Two sentences and nothing more.
    Alike,
    Scored,
    Same,
    Labelled,
}

const COLUMNS: &str = "the columns anchor and positive (and negative), sentence1 and sentence2 \
                       (and score or label), or text and label";

fn has(row: &Row, names: &[&str]) -> bool {
    names.iter().any(|name| row.contains_key(*name))
}

impl Shape {
    /// The format of a file whose first row this is.
    pub(super) fn from_row(row: &Row) -> Result<Self, Refused> {
        if has(row, &FIRST) && has(row, &SECOND) {
            // A label with a fraction is a score by another name.
            let graded = column(row, &LABEL).is_some_and(|(_, label)| is_fraction(label));
            return Ok(if has(row, &SCORE) || graded {
                Shape::Scored
            } else if has(row, &LABEL) {
                Shape::Same
            } else {
                Shape::Alike
            });
        }
        if has(row, &ANCHOR) && has(row, &POSITIVE) {
            return Ok(Shape::Tuple);
        }
        if has(row, &TEXT) && has(row, &LABEL) {
            return Ok(Shape::Labelled);
        }
        let names: Vec<&str> = row.keys().map(String::as_str).collect();
        refuse(format!("the columns {}", names.join(", ")), COLUMNS)
    }

    pub(super) fn empty(self) -> Dataset {
        let examples = match self {
            Shape::Tuple | Shape::Alike => Examples::Tuples(Vec::new()),
            Shape::Scored => Examples::Scored(Vec::new()),
            Shape::Same => Examples::Same(Vec::new()),
            Shape::Labelled => Examples::Labelled(Vec::new()),
        };
        Dataset {
            examples,
            is_symmetric: self != Shape::Tuple,
        }
    }

    /// Adds a row to a dataset made by `empty`.
    pub(super) fn add(self, row: &Row, to: &mut Dataset) -> Result<(), Refused> {
        match (&mut to.examples, self) {
            (Examples::Tuples(rows), Shape::Tuple) => rows.push(tuple(row)?),
            (Examples::Tuples(rows), _) => rows.push(Tuple {
                anchor: text(row, &FIRST)?,
                positive: text(row, &SECOND)?,
                negatives: Vec::new(),
            }),
            (Examples::Scored(rows), _) => rows.push(pair(row, score)?),
            (Examples::Same(rows), _) => rows.push(pair(row, same)?),
            (Examples::Labelled(rows), _) => rows.push(Labelled {
                text: text(row, &TEXT)?,
                label: label(row)?,
            }),
        }
        Ok(())
    }
}

/// The first of `names` that the row has.
fn column<'a>(row: &'a Row, names: &[&str]) -> Option<(String, &'a Value)> {
    let has = |name: &&str| row.get(*name).map(|value| ((*name).to_owned(), value));
    names.iter().find_map(has)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.trim().is_empty() => "an empty text".to_owned(),
        other => other.to_string(),
    }
}

fn words(name: &str, value: &Value) -> Result<String, Refused> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        other => refuse(format!("{name} is {}", shown(other)), "a text with words"),
    }
}

fn text(row: &Row, names: &[&str]) -> Result<String, Refused> {
    match column(row, names) {
        Some((name, value)) => words(&name, value),
        None => refuse(
            format!("no {} (the lines before have one)", names[0]),
            format!("a text under {}", names.join(" or ")),
        ),
    }
}

fn tuple(row: &Row) -> Result<Tuple, Refused> {
    let (anchor, positive) = (text(row, &ANCHOR)?, text(row, &POSITIVE)?);
    let mut negatives = Vec::new();
    let numbered = |name: &str| {
        let tail = name.strip_prefix("negative_");
        tail.is_some_and(|n| n.parse::<u32>().is_ok())
    };
    let mut columns: Vec<_> = row
        .iter()
        .filter(|(name, _)| NEGATIVE.contains(&name.as_str()) || numbered(name))
        .collect();
    // negative_10 after negative_9.
    columns.sort_by_key(|(name, _)| (name.len(), name.as_str()));
    for (name, value) in columns {
        match value {
            // Files of mined negatives have fewer in some rows.
            Value::Null => {}
            Value::Array(list) => {
                for value in list {
                    negatives.push(words(name, value)?);
                }
            }
            value => negatives.push(words(name, value)?),
        }
    }
    if negatives.contains(&positive) {
        return refuse("a negative that is the positive", "negatives that differ");
    }
    Ok(Tuple {
        anchor,
        positive,
        negatives,
    })
}

fn pair<T>(row: &Row, is: impl Fn(&Row) -> Result<T, Refused>) -> Result<Pair<T>, Refused> {
    Ok(Pair {
        first: text(row, &FIRST)?,
        second: text(row, &SECOND)?,
        is: is(row)?,
    })
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|x| x.is_finite())
}

fn is_fraction(value: &Value) -> bool {
    value.is_f64() && number(value).is_some_and(|x| (-1.0..=1.0).contains(&x))
}

fn score(row: &Row) -> Result<f32, Refused> {
    let expected = "a number from -1 to 1, the cosine wanted (divide other scales by their top)";
    let Some((name, value)) = column(row, &SCORE).or_else(|| column(row, &LABEL)) else {
        return refuse("no score (the lines before have one)", expected);
    };
    match number(value) {
        Some(score) if (-1.0..=1.0).contains(&score) => Ok(score as f32),
        _ => refuse(format!("{name} is {}", shown(value)), expected),
    }
}

fn same(row: &Row) -> Result<bool, Refused> {
    let expected = "1 for pairs that mean the same, 0 for the others";
    let Some((name, value)) = column(row, &LABEL) else {
        return refuse("no label (the lines before have one)", expected);
    };
    match (value, number(value)) {
        (Value::Bool(same), _) => Ok(*same),
        (_, Some(0.0)) => Ok(false),
        (_, Some(1.0)) => Ok(true),
        _ => refuse(format!("{name} is {}", shown(value)), expected),
    }
}

fn label(row: &Row) -> Result<String, Refused> {
    let expected = "a label: a name or a number";
    match column(row, &LABEL) {
        Some((_, Value::String(label))) if !label.trim().is_empty() => Ok(label.trim().to_owned()),
        Some((_, label @ (Value::Number(_) | Value::Bool(_)))) => Ok(label.to_string()),
        Some((name, value)) => refuse(format!("{name} is {}", shown(value)), expected),
        None => refuse("no label (the lines before have one)", expected),
    }
}
