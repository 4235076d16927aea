//! Counts: in how many of its chunks a library has each word, by which BM25 weighs them.
//!
//! Engines score by counts of their own, of pieces of what they hold, and say none of them. So each content has a list of
//! its words with the number of its chunks that have each, and a reader adds these up: of all contents up to
//! [`SAMPLED`], beyond that of as many, taken as they come by their hashes. A word that none of a sample has is
//! counted by the engine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;

use super::documents::Documents;
use super::engine::Engine;
use super::tables::{WORDS, has, is};
use super::words::{HEADING, plain};
use super::{Result, Shared, parts};
use crate::fsio;
use crate::index::lexical::{Counts, Part};
use crate::store::StoreError;

/// The number of the first part of a content that has its counts; those before are what it says.
pub const COUNTS: usize = 1_000_000;
/// Contents whose counts are added up at most.
const SAMPLED: usize = 200;
/// Bytes of a content's counts at most.
const MOST: u64 = 64 << 20;

/// The counts of a content whose chunks have these words: the number of chunks, of words in texts and in headings, then
/// each word with the number of chunks that have it, a line each, sorted.
pub fn of_content(chunks: &[String]) -> Vec<u8> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut texts, mut headings) = (0u64, 0u64);
    for chunk in chunks {
        let mut own = HashSet::new();
        for word in chunk.split(' ').filter(|word| !word.is_empty()) {
            match word.starts_with(HEADING) {
                true => headings += 1,
                false => texts += 1,
            }
            own.insert(word);
        }
        for word in own {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut out = format!("{} {texts} {headings}\n", chunks.len());
    for (word, count) in counts {
        // Memory takes what is written.
        let _ = writeln!(out, "{word} {count}");
    }
    out.into_bytes()
}

/// Counts of a content, read again.
struct OfContent {
    chunks: u64,
    texts: u64,
    headings: u64,
    /// Words and numbers, a line each, sorted.
    words: String,
}

impl OfContent {
    fn parse(text: String) -> Option<Self> {
        let (first, words) = text.split_once('\n')?;
        let mut numbers = first.split(' ').map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        Some(Self {
            chunks: next()?,
            texts: next()?,
            headings: next()?,
            words: words.to_owned(),
        })
    }

    /// How many chunks have a word.
    fn count(&self, word: &str) -> u64 {
        let bytes = self.words.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        // Both stand where a line begins.
        while low < high {
            let middle = low + (high - low) / 2;
            let before = bytes[low..middle].iter().rposition(|byte| *byte == b'\n');
            let begin = before.map_or(low, |at| low + at + 1);
            let line = self.words[begin..].split('\n').next().unwrap_or_default();
            let (own, count) = line.split_once(' ').unwrap_or((line, "0"));
            match own.cmp(word) {
                std::cmp::Ordering::Equal => return count.parse().unwrap_or(0),
                std::cmp::Ordering::Less => low = begin + line.len() + 1,
                std::cmp::Ordering::Greater => high = begin,
            }
        }
        0
    }
}

/// Counts of a shared library.
pub struct OfLibrary {
    chunks: u64,
    sample: Vec<OfContent>,
    /// Whether the sample is all of it.
    is_whole: bool,
    /// In documents' names: how many chunks have a word, and words in all.
    names: HashMap<String, u64>,
    words_of_names: u64,
    engine: Shared,
    /// What was counted before.
    known: Mutex<HashMap<(bool, String), u64>>,
}

impl OfLibrary {
    /// Reads the counts of a library's contents; what was read before lies in `folder`.
    pub fn read(engine: &Shared, folder: &Path, documents: &Documents) -> Result<Self> {
        let contents = &documents.by_content;
        let mut sorted: Vec<&String> = contents.keys().collect();
        sorted.sort();
        sorted.truncate(SAMPLED);
        let io = |source| StoreError::Io {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(io)?;
        let mut sample = Vec::new();
        for content in &sorted {
            let path = folder.join(content);
            let text = match fsio::read_text_limited(&path, MOST) {
                Ok(text) => text,
                Err(_) => {
                    let text = fetch(&engine.lock(), content)?;
                    fsio::write_atomic(&path, text.as_bytes()).map_err(io)?;
                    text
                }
            };
            match OfContent::parse(text) {
                Some(counts) => sample.push(counts),
                // Read again the next time.
                None => drop(std::fs::remove_file(&path)),
            }
        }
        forget(folder, &sorted);
        let (mut names, mut words_of_names) = (HashMap::new(), 0);
        for document in documents.all.values() {
            words_of_names += document.words.len() as u64 * document.chunks;
            for word in document.words.iter().collect::<HashSet<_>>() {
                *names.entry(word.clone()).or_default() += document.chunks;
            }
        }
        Ok(Self {
            chunks: contents.values().map(|(_, chunks)| chunks).sum(),
            is_whole: sample.len() == contents.len(),
            sample,
            names,
            words_of_names,
            engine: engine.clone(),
            known: Mutex::default(),
        })
    }

    /// What the sample's number is for the whole library.
    fn scaled(&self, number: u64) -> u64 {
        let sampled: u64 = self.sample.iter().map(|content| content.chunks).sum();
        match self.is_whole || sampled == 0 {
            true => number,
            false => (number as f64 * self.chunks as f64 / sampled as f64).round() as u64,
        }
    }

    fn count(&self, is_heading: bool, word: &str) -> u64 {
        let mark = if is_heading { HEADING } else { "" };
        let word = format!("{mark}{}", plain(word));
        let found: u64 = self.sample.iter().map(|content| content.count(&word)).sum();
        if found > 0 || self.is_whole {
            return self.scaled(found);
        }
        // A word that cannot be counted counts as one that stands nowhere.
        let filter = has(&word);
        self.engine.lock().count(WORDS.name, &filter).unwrap_or(0)
    }
}

impl Counts for OfLibrary {
    fn chunks(&self) -> u64 {
        self.chunks
    }

    fn words(&self, part: Part) -> u64 {
        let sum = |of: fn(&OfContent) -> u64| self.scaled(self.sample.iter().map(of).sum());
        match part {
            Part::Text => sum(|content| content.texts),
            Part::Heading => sum(|content| content.headings),
            Part::Name => self.words_of_names,
        }
    }

    fn frequency(&self, part: Part, word: &str) -> u64 {
        if part == Part::Name {
            return self.names.get(word).copied().unwrap_or(0);
        }
        let key = (part == Part::Heading, word.to_owned());
        let known = |counts: &Self| {
            let known = counts.known.lock();
            known.ok()?.get(&key).copied()
        };
        if let Some(count) = known(self) {
            return count;
        }
        let count = self.count(key.0, word);
        if let Ok(mut known) = self.known.lock() {
            known.insert(key, count);
        }
        count
    }
}

fn fetch(engine: &Engine, content: &str) -> Result<String> {
    let filter = format!("{} and number >= {COUNTS}", is("content", content));
    let bytes = parts::read(engine, &filter, MOST)?;
    String::from_utf8(bytes).map_err(|error| engine.strange(error.to_string()))
}

/// Removes the counts of contents that are none of `kept`.
fn forget(folder: &Path, kept: &[&String]) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !kept.iter().any(|content| **content == name) {
            // Who removes it the next time is as good.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_the_chunks_that_have_it() {
        let chunks = ["net sale net h0item", "sale", "h0item h0eight cash"];
        let chunks: Vec<String> = chunks.iter().map(|chunk| chunk.to_string()).collect();
        let text = String::from_utf8(of_content(&chunks)).unwrap();
        let counts = OfContent::parse(text).unwrap();
        assert_eq!((counts.chunks, counts.texts, counts.headings), (3, 5, 3));
        for (word, count) in [("net", 1), ("sale", 2), ("h0item", 2), ("h0eight", 1)] {
            assert_eq!(counts.count(word), count, "{word}");
        }
        for word in ["", "a", "ne", "nets", "zz", "h0"] {
            assert_eq!(counts.count(word), 0, "{word}");
        }
    }
}
