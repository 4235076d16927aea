//! The rows of a set that are learnt.

use std::path::Path;

use serde_json::Value;

use super::error::{Result, TuningError};
use crate::synth::SynthError;
use crate::synth::balance::balanced;

/// The file in a set's folder that a tuning learns.
pub const LEARNT: &str = "learnt.jsonl";

/// `count` of a file's rows that have hard negatives, as many of each kind, all where there are fewer.
pub fn pick(path: &Path, count: usize, seed: u64) -> Result<Vec<Value>> {
    let text = read(path)?;
    let parsed = |line: &str| serde_json::from_str::<Value>(line).ok();
    let has = |row: &Value| {
        row["negatives"]
            .as_array()
            .is_some_and(|own| !own.is_empty())
    };
    // Of all only the kinds are kept: a set's texts take many times what is learnt of it.
    let (mut lines, mut kinds) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Some(row) = parsed(line).filter(&has) else {
            continue;
        };
        lines.push(line);
        kinds.push(row["kind"].as_str().unwrap_or_default().to_owned());
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let drawn = balanced(&kinds, count, seed).into_iter();
    Ok(drawn.filter_map(|at| parsed(lines[at])).collect())
}

/// The number of a set's rows.
pub fn count(path: &Path) -> Result<usize> {
    let text = read(path)?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).count())
}

fn read(path: &Path) -> Result<String> {
    let read = crate::fsio::read_text_limited(path, crate::fsio::ROWS);
    Ok(read.map_err(|source| SynthError::Read {
        path: path.display().to_string(),
        source,
    })?)
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
