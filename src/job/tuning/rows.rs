//! The rows of a set that are learnt.

use std::path::Path;

use serde_json::Value;

use super::error::{Result, TuningError};
use crate::synth::SynthError;
use crate::synth::balance::balanced;

/// The file in a set's folder that a tuning learns.
pub const LEARNT: &str = "learnt.jsonl";

/// `count` of a file's rows, as many of each kind, all where there are fewer; without their negatives
/// unless these are wanted. Rows that have none are left out where they are.
pub fn pick(path: &Path, count: usize, negatives: bool, seed: u64) -> Result<Vec<Value>> {
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS).map_err(|source| {
        SynthError::Read {
            path: path.display().to_string(),
            source,
        }
    })?;
    let mut rows: Vec<Value> = Vec::new();
    for line in text.lines() {
        let Ok(Value::Object(mut row)) = serde_json::from_str(line) else {
            continue;
        };
        let has = |row: &serde_json::Map<String, Value>| {
            let own = row.get("negatives").and_then(Value::as_array);
            own.is_some_and(|own| !own.is_empty())
        };
        if !negatives {
            row.remove("negatives");
            row.remove("relations");
        } else if !has(&row) {
            continue;
        }
        rows.push(Value::Object(row));
    }
    let drawn = balanced(&rows, count, seed).into_iter();
    Ok(drawn.map(|at| rows[at].take()).collect())
}

/// Has every second row ask as it was written: a question in which no company is found is put to dense search as it
/// is, and `similar` and other programs ask so.
pub fn mixed(mut rows: Vec<Value>) -> Vec<Value> {
    for row in rows.iter_mut().skip(1).step_by(2) {
        let written = row["written"].take();
        if written.is_string() {
            row["anchor"] = written;
        }
    }
    rows
}

/// Writes rows, one a line.
pub fn put(path: &Path, rows: &[Value]) -> Result<()> {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    crate::fsio::write_atomic(path, text.as_bytes()).map_err(|source| TuningError::Write {
        path: path.display().to_string(),
        source,
    })
}
