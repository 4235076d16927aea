//! Evidence: what analysts copied from the gold page of a question. Its numbers must be on that
//! page, and each of its table rows on one line of it.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::words::{bag, is_number, numbers, shared};
use crate::cli::remedy::Refusal;

/// A piece of evidence and the page it was copied from, counted from 1.
#[derive(Debug, Clone, Deserialize)]
pub struct Evidence {
    pub doc: String,
    pub page: usize,
    #[serde(default)]
    pub text: String,
}

/// A label (letters and digits alone) and the figures behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub label: String,
    pub figures: Vec<String>,
}

/// All evidence of a file of `{"evidence": [{"doc", "page", "text"}]}` lines.
pub fn read(file: &Path) -> anyhow::Result<Vec<Evidence>> {
    #[derive(Deserialize)]
    struct Question {
        evidence: Vec<Evidence>,
    }
    let text = crate::fsio::read_text_limited(file, crate::fsio::ROWS)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let mut out = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let question: Question = serde_json::from_str(line).with_context(|| {
            Refusal::new(
                format!("{} is no file of evidence", file.display()),
                "expected lines of {\"evidence\"}",
            )
        })?;
        out.extend(question.evidence);
    }
    Ok(out)
}

/// The table rows of an evidence text, in which each cell stands on a line of its own: a line with
/// letters, then two figures or more. Rows of years alone are column heads. A row of a multiple of
/// the figures that most rows of the text have is followed by a total without a label, which is a
/// row of its own.
pub fn rows(text: &str) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::new();
    for line in text.lines() {
        if line.chars().any(char::is_alphabetic) {
            out.push(Row {
                label: letters(line),
                figures: Vec::new(),
            });
        } else if let Some(row) = out.last_mut() {
            row.figures.extend(numbers(line));
        }
    }
    out.retain(|row| row.figures.len() >= 2 && !row.figures.iter().all(|f| is_year(f)));
    let usual = bag(out.iter().map(|r| r.figures.len()));
    let usual = usual.into_iter().max_by_key(|&(len, n)| (n, len));
    for row in &mut out {
        if let Some((usual, _)) = usual
            && row.figures.len() % usual == 0
        {
            row.figures.truncate(usual);
        }
    }
    out
}

fn is_year(figure: &str) -> bool {
    figure.len() == 4
        && figure
            .parse::<u32>()
            .is_ok_and(|y| (1980..2100).contains(&y))
}

/// Letters and digits on lower case: spaces, leaders and marks do not tell labels apart.
fn letters(text: &str) -> String {
    let small = text.to_lowercase();
    small.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// How many of the evidence's numbers are on the page, of how many.
pub fn numbers_found(text: &str, page: &str) -> (usize, usize) {
    let wanted = bag(numbers(text));
    let had = bag(numbers(page));
    (shared(&wanted, &had), wanted.values().sum())
}

/// Whether one line of the page holds the row's label and, behind one another, its figures.
pub fn stands_whole(row: &Row, page: &str) -> bool {
    page.lines()
        .any(|line| letters(line).contains(&row.label) && in_order(&row.figures, &numbers(line)))
}

fn in_order(wanted: &[String], had: &[String]) -> bool {
    let mut had = had.iter().filter(|w| is_number(w));
    wanted.iter().all(|w| had.any(|h| h == w))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CONSOLIDATED BALANCE SHEETS\nNovember 27,\n2015\n2014\nCash......... $\n876,560\n$\n\
                        1,117,400\nGoodwill of $7,293\n(5,366)\n4,721\nSold\n12\n";

    #[test]
    fn rows_of_an_evidence_text() {
        let rows = rows(TEXT);
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert_eq!(rows[0].label, "cash");
        assert_eq!(rows[0].figures, ["876,560", "1,117,400"]);
        assert_eq!(rows[1].figures, ["5,366", "4,721"]);
    }

    #[test]
    fn a_row_stands_whole_or_not() {
        let row = &rows(TEXT)[0];
        assert!(stands_whole(row, "x\nCash ....   $ 876,560   $ 1,117,400"));
        assert!(!stands_whole(row, "Cash ....   $ 876,560\n$ 1,117,400"));
        assert!(!stands_whole(row, "Cash   1,117,400   876,560"));
        assert!(!stands_whole(row, "Stock   876,560   1,117,400"));
    }

    #[test]
    fn numbers_are_counted_as_often_as_they_stand() {
        assert_eq!(numbers_found("12 12 (3.5)", "12, 3.5%"), (2, 3));
    }
}
