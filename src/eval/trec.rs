//! The files of TREC: qrels (`query 0 item gain`) and runs (`query Q0 item rank score tag`), which
//! other tools of the field read and write. Names are percent-encoded where they hold white space.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::{EvalError, Qrels, Result, Run, each_line};

const QRELS: &str = "`query 0 item gain`";
const RUN: &str = "`query Q0 item rank score tag`";

fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '%' => out.push_str("%25"),
            c if c.is_whitespace() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn decoded(name: &str) -> String {
    let (bytes, mut out, mut at) = (name.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let hex = name.get(at + 1..at + 3);
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| name.to_owned())
}

/// Calls `each` with the fields of every line; none back means that they are others than expected.
fn fields(
    path: &Path,
    expected: &'static str,
    mut each: impl FnMut(&[&str]) -> Option<()>,
) -> Result<()> {
    each_line(path, expected, |_, line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        each(&fields).ok_or_else(|| format!("{line:?}"))
    })
}

pub fn read_qrels(path: &Path) -> Result<Qrels> {
    let mut out = Qrels::new();
    fields(path, QRELS, |fields| {
        let [query, _, item, gain] = fields else {
            return None;
        };
        // TREC marks some items with a negative gain: judged and useless.
        let gain = gain.parse::<i64>().ok()?.max(0) as u32;
        let gains = out.entry(decoded(query)).or_default();
        gains.insert(decoded(item), gain);
        Some(())
    })?;
    Ok(out)
}

/// As `trec_eval` reads a run: by score, ties by name from the end of the alphabet; the column of
/// ranks is not looked at.
pub fn read_run(path: &Path) -> Result<Run> {
    let mut scored: BTreeMap<String, Vec<(f64, String)>> = BTreeMap::new();
    fields(path, RUN, |fields| {
        let [query, _, item, _, score, _] = fields else {
            return None;
        };
        let score = score.parse::<f64>().ok().filter(|s| s.is_finite())?;
        let items = scored.entry(decoded(query)).or_default();
        items.push((score, decoded(item)));
        Some(())
    })?;
    let ranked = |mut items: Vec<(f64, String)>| {
        items.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1)));
        items.into_iter().map(|(_, item)| item).collect()
    };
    Ok(scored
        .into_iter()
        .map(|(query, items)| (query, ranked(items)))
        .collect())
}

fn write(path: &Path, text: &str) -> Result<()> {
    crate::fsio::export(path, text.as_bytes()).map_err(|source| EvalError::Write {
        path: path.display().to_string(),
        source,
    })
}

pub fn write_qrels(path: &Path, qrels: &Qrels) -> Result<()> {
    let mut text = String::new();
    for (query, gains) in qrels {
        for (item, gain) in gains {
            let _ = writeln!(text, "{} 0 {} {gain}", encoded(query), encoded(item));
        }
    }
    write(path, &text)
}

/// Scores are written as falling whole numbers, so that the order is kept by any reader.
pub fn write_run(path: &Path, run: &Run, tag: &str) -> Result<()> {
    let mut text = String::new();
    for (query, items) in run {
        for (index, item) in items.iter().enumerate() {
            let (query, item, score) = (encoded(query), encoded(item), items.len() - index);
            let _ = writeln!(text, "{query} Q0 {item} {} {score} {tag}", index + 1);
        }
    }
    write(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let item = |name: &str| name.to_owned();
        let run = Run::from([(item("q 1"), vec![item("a b.pdf:3"), item("50%20.pdf:1")])]);
        write_run(&path, &run, "tenk").unwrap();
        assert_eq!(read_run(&path).unwrap(), run);
        let gains = BTreeMap::from([(item("a b.pdf:3"), 2), (item("c"), 0)]);
        let qrels = Qrels::from([(item("q 1"), gains)]);
        write_qrels(&path, &qrels).unwrap();
        assert_eq!(read_qrels(&path).unwrap(), qrels);
    }

    #[test]
    fn a_bad_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for bad in ["q Q0 a 1 high t", "q Q0 a 1", "q Q0 a 1 NaN t"] {
            std::fs::write(&path, format!("q Q0 a 1 2.5 t\n{bad}\n")).unwrap();
            let error = crate::remedy::in_words(&read_run(&path).unwrap_err());
            assert!(
                error.contains("line 2") && error.contains("score"),
                "{error}"
            );
        }
    }
}
