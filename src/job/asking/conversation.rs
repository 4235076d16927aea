//! The conversation with a library: questions and their answers, kept in its home, a line each.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::answer::spoken::Turn;
use crate::fsio;
use crate::home::Home;

/// A question that was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub question: String,
    /// What it was taken to mean.
    #[serde(default)]
    pub taken_as: String,
    pub answer: Answer,
    /// The model that retrieved, and the one that wrote.
    pub model: String,
    pub writer: Option<String>,
    pub seconds: f64,
    pub tokens: Option<usize>,
    /// The first question of a conversation: nothing before it is meant.
    #[serde(default)]
    pub begins: bool,
}

impl Kept {
    pub fn turn(&self) -> Turn {
        Turn {
            question: self.question.clone(),
            answer: self.answer.text().to_owned(),
        }
    }
}

/// Questions that are kept at most.
const MOST: usize = 200;

/// What was asked before, the last one last; a line that cannot be read is passed over.
pub fn read(home: &Home) -> Vec<Kept> {
    let text = fsio::read_own_text(home.conversation()).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut out: Vec<Kept> = lines.collect();
    out.drain(..out.len().saturating_sub(MOST));
    out
}

/// Adds one.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn add(home: &Home, kept: &Kept) -> std::io::Result<()> {
    let mut line = serde_json::to_string(kept)?;
    line.push('\n');
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.conversation())?;
    file.write_all(line.as_bytes())
}

/// Keeps these alone; none removes the file.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn keep(home: &Home, kept: &[Kept]) -> std::io::Result<()> {
    let path = home.conversation();
    if kept.is_empty() {
        return match std::fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        };
    }
    let mut text = String::new();
    for one in kept {
        text.push_str(&serde_json::to_string(one)?);
        text.push('\n');
    }
    fsio::write_atomic(&path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_kept_and_can_be_removed() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::from(place.path());
        assert!(read(&home).is_empty());
        let kept = |question: &str| Kept {
            question: question.to_owned(),
            taken_as: String::new(),
            answer: Answer::abstained(),
            model: "base".to_owned(),
            writer: None,
            seconds: 0.1,
            tokens: None,
            begins: false,
        };
        add(&home, &kept("a")).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(home.conversation())
            .unwrap()
            .write_all(b"{cut\n")
            .unwrap();
        add(&home, &kept("b")).unwrap();
        assert_eq!(read(&home), [kept("a"), kept("b")]);
        keep(&home, &[kept("b")]).unwrap();
        assert_eq!(read(&home), [kept("b")]);
        keep(&home, &[]).unwrap();
        assert!(!home.conversation().exists());
    }
}
