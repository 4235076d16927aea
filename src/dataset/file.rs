//! Files of examples, row by row.

use std::path::Path;

use serde_json::{Map, Value};

use super::row::{Refused, Row, Shape};
use super::{Dataset, DatasetError, Examples, Result};

pub(super) fn read(path: &Path) -> Result<Dataset> {
    let name = path.display().to_string();
    let refused = |found: &str, expected: &str| DatasetError::File {
        path: name.clone(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    let read = crate::fsio::read_rows(path).map_err(|source| DatasetError::Read {
        path: name.clone(),
        source,
    })?;
    let text = std::str::from_utf8(&read).map_err(|e| {
        let line = read[..e.valid_up_to()]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        row_error(&name, line + 1, "bytes that are no UTF-8", "UTF-8 text")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        name: &name,
        dataset: None,
    };
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" | "json" => reader.json_lines(text)?,
        "csv" => reader.table(text, b',')?,
        "tsv" => reader.table(text, b'\t')?,
        other => {
            let found = format!("a file named .{other}");
            return Err(refused(&found, "a .jsonl, .csv or .tsv file"));
        }
    }
    let Some((_, dataset)) = reader.dataset else {
        return Err(refused("no rows", "at least two"));
    };
    match unusable(&dataset) {
        Some((found, expected)) => Err(refused(found, expected)),
        None => Ok(dataset),
    }
}

/// What is missing in the file as a whole.
fn unusable(dataset: &Dataset) -> Option<(&'static str, &'static str)> {
    match &dataset.examples {
        Examples::Same(rows) if rows.iter().all(|r| r.is == rows[0].is) => Some((
            "one label in all rows",
            "pairs that mean the same and pairs that do not",
        )),
        Examples::Labelled(rows) if rows.iter().all(|r| r.label == rows[0].label) => {
            Some(("one label in all rows", "at least two labels"))
        }
        _ => None,
    }
}

fn row_error(path: &str, line: usize, found: &str, expected: &str) -> DatasetError {
    DatasetError::Row {
        path: path.to_owned(),
        line,
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

struct Reader<'a> {
    name: &'a str,
    dataset: Option<(Shape, Dataset)>,
}

impl Reader<'_> {
    fn add(&mut self, line: usize, row: &Row) -> Result<()> {
        let added = (|| {
            let (shape, dataset) = match &mut self.dataset {
                Some(known) => known,
                none => {
                    let shape = Shape::from_row(row)?;
                    none.insert((shape, shape.empty()))
                }
            };
            shape.add(row, dataset)
        })();
        added.map_err(|Refused { found, expected }| row_error(self.name, line, &found, &expected))
    }

    fn json_lines(&mut self, text: &str) -> Result<()> {
        let lines = text.lines().enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let refused =
                |found: String| row_error(self.name, index + 1, &found, "one JSON object a line");
            match serde_json::from_str(line) {
                Ok(Value::Object(row)) => self.add(index + 1, &row)?,
                Ok(Value::Array(_)) => return Err(refused("a list".to_owned())),
                Ok(_) => return Err(refused("JSON that is no object".to_owned())),
                Err(e) => return Err(refused(e.to_string())),
            }
        }
        Ok(())
    }

    fn table(&mut self, text: &str, delimiter: u8) -> Result<()> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let refused = |line: usize, found: String| {
            row_error(
                self.name,
                line,
                &found,
                "a table with a row of column names",
            )
        };
        // An open quote swallows the rest of the file, which then is one long cell.
        if !text.matches('"').count().is_multiple_of(2) {
            let line = text
                .rfind('"')
                .map_or(1, |at| text[..at].matches('\n').count() + 1);
            return Err(refused(line, "a quote that is not closed".to_owned()));
        }
        let names = reader
            .headers()
            .map_err(|e| refused(1, e.to_string()))?
            .clone();
        let mut sorted: Vec<&str> = names.iter().collect();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(refused(1, format!("the column {:?} twice", twice[0])));
        }
        for record in reader.records() {
            let record = record.map_err(|e| {
                let line = e.position().map_or(1, |p| p.line() as usize);
                let found = match e.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => {
                        format!("{len} cells under {expected_len} column names")
                    }
                    _ => e.to_string(),
                };
                refused(line, found)
            })?;
            let line = record.position().map_or(1, |p| p.line() as usize);
            let cells = names.iter().zip(&record);
            let row: Map<String, Value> = cells
                .map(|(name, cell)| (name.trim().to_owned(), cell_value(name.trim(), cell)))
                .collect();
            self.add(line, &row)?;
        }
        Ok(())
    }
}

/// A cell as JSON would have it: an empty negative is none, and what stands for a number is one
/// where a number may stand.
fn cell_value(name: &str, cell: &str) -> Value {
    let numeric = ["score", "similarity", "similarity_score", "label"].contains(&name);
    if name.starts_with("negative") && cell.trim().is_empty() {
        return Value::Null;
    }
    match serde_json::from_str(cell.trim()) {
        Ok(number @ (Value::Number(_) | Value::Bool(_))) if numeric => number,
        _ => Value::String(cell.to_owned()),
    }
}
