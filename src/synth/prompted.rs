//! Prompted questions: a language model is shown a passage and asks about it.
//!
//! A prompt is made of examples and the passage (`assets/prompts`, or a folder of the user's). What
//! a passage is asked, and by whom, follows from the seed; a journal keeps every reply, so that a
//! run that is cut goes on where it was.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::filter::Reason;
use super::source::{Corpus, Source};
use super::{Draft, Kind, Result, SynthError, Voice};
use crate::generate::{Ending, Message, Prompt, Reply, Role};
use crate::statement::table;

const BUNDLED: [&str; 4] = [
    include_str!("../../assets/prompts/figure.toml"),
    include_str!("../../assets/prompts/comparison.toml"),
    include_str!("../../assets/prompts/policy.toml"),
    include_str!("../../assets/prompts/why.toml"),
];

/// Tokens of a question at most.
const MOST_TOKENS: usize = 60;
/// Rows of figures that make a passage a table.
const ROWS: usize = 3;
/// Words of a passage of prose.
const LEAST_WORDS: usize = 40;

/// Which passages a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Suits {
    Tables,
    Prose,
}

/// One way to have a model ask.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    kind: Kind,
    suits: Suits,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    openings: Vec<String>,
    system: String,
    ask: String,
    voices: HashMap<Voice, String>,
    example: Vec<Example>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    company: String,
    period: String,
    voice: Voice,
    #[serde(default)]
    opening: String,
    passage: String,
    question: String,
}

/// The ways of `folder`'s files, or the bundled ones.
pub fn load(folder: Option<&Path>) -> Result<Vec<Way>> {
    let Some(folder) = folder else {
        let bundled = BUNDLED
            .iter()
            .map(|text| parse(text, "the bundled prompts"));
        return bundled.collect();
    };
    let unread = |path: &Path, source| SynthError::Read {
        path: path.display().to_string(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(|e| unread(folder, e))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|x| x == "toml"));
    paths.sort_unstable();
    let read = |path: &PathBuf| {
        let text = crate::fsio::read_small_text(path).map_err(|e| unread(path, e))?;
        parse(&text, &path.display().to_string())
    };
    let ways: Vec<Way> = paths.iter().map(read).collect::<Result<_>>()?;
    if ways.is_empty() {
        return Err(SynthError::Asset {
            path: folder.display().to_string(),
            problem: "no .toml file in it".to_owned(),
        });
    }
    Ok(ways)
}

fn parse(text: &str, path: &str) -> Result<Way> {
    let wrong = |problem: String| SynthError::Asset {
        path: path.to_owned(),
        problem,
    };
    let way: Way = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
    if !way.ask.contains("{passage}") {
        return Err(wrong("ask has no {passage}".to_owned()));
    }
    let mut used = way.example.iter().map(|e| e.voice);
    match used.find(|voice| !way.voices.contains_key(voice)) {
        Some(voice) => Err(wrong(format!("no words for the voice {}", voice.as_str()))),
        None if way.voices.is_empty() => Err(wrong("no voices".to_owned())),
        None => Ok(way),
    }
}

impl Way {
    fn suits(&self, source: &Source) -> bool {
        let text = &source.chunk.text;
        let rows = text.lines().filter(|line| table::is_row(line)).count();
        let fits = match self.suits {
            Suits::Tables => rows >= ROWS,
            Suits::Prose => rows == 0 && text.split_whitespace().count() >= LEAST_WORDS,
        };
        let lower = text.to_lowercase();
        fits && (self.needs.is_empty() || self.needs.iter().any(|word| lower.contains(word)))
    }

    fn filled(&self, slots: &Slots<'_>, voice: Voice) -> String {
        let voice = self.voices.get(&voice).map_or("", String::as_str);
        // The passage last: braces in it are its own.
        self.ask
            .replace("{company}", slots.company)
            .replace("{period}", slots.period)
            .replace("{voice}", voice)
            .replace("{opening}", slots.opening)
            .replace("{passage}", slots.passage)
    }

    /// The conversation that has a passage asked about.
    fn prompt(&self, source: &Source, choice: &Choice, seed: u64) -> Prompt {
        let mut messages = vec![Message::new(Role::System, &self.system)];
        for example in &self.example {
            let slots = Slots {
                company: &example.company,
                period: &example.period,
                opening: &example.opening,
                passage: &example.passage,
            };
            messages.push(Message::new(Role::User, self.filled(&slots, example.voice)));
            messages.push(Message::new(Role::Assistant, &example.question));
        }
        let slots = Slots {
            company: match source.company.as_str() {
                "" => "The company",
                name => name,
            },
            period: &period(source),
            opening: self.openings.get(choice.opening).map_or("", String::as_str),
            passage: &passage(source),
        };
        messages.push(Message::new(Role::User, self.filled(&slots, choice.voice)));
        Prompt {
            messages,
            max_tokens: MOST_TOKENS,
            stop: vec!["\n".to_owned()],
            temperature: 0.0,
            seed,
            format: None,
        }
    }
}

/// What is filled into a way's words.
struct Slots<'a> {
    company: &'a str,
    period: &'a str,
    opening: &'a str,
    passage: &'a str,
}

/// A choice of what to ask, by places in the corpus and among the ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    source: usize,
    way: usize,
    voice: Voice,
    opening: usize,
}

/// The passage with its heading, as the model is shown it.
fn passage(source: &Source) -> String {
    match source.heading() {
        "" => source.chunk.text.clone(),
        heading => format!("{heading}\n{}", source.chunk.text),
    }
}

/// What the document is about, as people say it.
fn period(source: &Source) -> String {
    match (source.chunk.year, source.chunk.quarter) {
        (Some(year), Some(quarter)) => format!("quarter {quarter} of {year}"),
        (Some(year), None) => format!("fiscal {year}"),
        (None, _) => "its report".to_owned(),
    }
}

/// A question to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub source: usize,
    pub kind: Kind,
    pub voice: Voice,
    pub prompt: Prompt,
}

impl Task {
    /// The question in a model's reply: its first line, without what models put around it.
    pub fn draft(&self, reply: &str, writer: &str) -> Draft {
        let line = reply.lines().map(str::trim).find(|line| !line.is_empty());
        let mut text = line.unwrap_or_default();
        for label in ["Question:", "Q:", "-", "*", "1."] {
            text = text.strip_prefix(label).unwrap_or(text).trim_start();
        }
        let text = text.trim_matches(|c: char| "\"“”*".contains(c) || c.is_whitespace());
        // Of two questions in one line, the first.
        let end = text.find('?').map_or(text.len(), |at| at + 1);
        let plain = text[..end].chars().filter(|c| !c.is_control());
        Draft {
            question: plain.collect(),
            kind: self.kind,
            voice: self.voice,
            writer: writer.to_owned(),
            frame: format!("prompt/{}/{}", self.kind.as_str(), self.voice.as_str()),
            source: self.source,
            answer: String::new(),
            item: String::new(),
        }
    }
}

/// Why a reply to a task is none, whatever its draft says.
pub fn fault(reply: &Reply, draft: &Draft) -> Option<Reason> {
    if reply.is_thought_only() {
        return Some(Reason::OnlyThoughts);
    }
    // What follows the question is not missed.
    let is_cut = reply.ending != Ending::Whole && !draft.question.ends_with('?');
    is_cut.then_some(Reason::BrokenOff)
}

/// All that may be asked of a corpus, in the order in which it should be: each passage once, by
/// `voices` voices one after the other, documents in turn, and neighbours by the same way, whose
/// examples a model then reads once.
pub fn tasks(corpus: &Corpus, ways: &[Way], voices: usize, seed: u64) -> Vec<Choice> {
    let mut random = fastrand::Rng::with_seed(seed);
    // Of each document its passages in a random order, each with one of the ways that suit it.
    let mut by_document: Vec<Vec<(usize, usize)>> = Vec::new();
    for (_, mut sources) in corpus.by_document() {
        random.shuffle(&mut sources);
        let mut own = Vec::new();
        for at in sources {
            let suits = |way: &usize| ways[*way].suits(&corpus.sources[at]);
            let fitting: Vec<usize> = (0..ways.len()).filter(suits).collect();
            own.extend(random.choice(&fitting).map(|way| (at, *way)));
        }
        by_document.push(own);
    }
    let longest = by_document.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = Vec::new();
    for turn in 0..longest {
        for own in &by_document {
            let Some((at, way)) = own.get(turn) else {
                continue;
            };
            let mut all: Vec<Voice> = Voice::ALL.into_iter().collect();
            all.retain(|voice| ways[*way].voices.contains_key(voice));
            random.shuffle(&mut all);
            let mut openings: Vec<usize> = (0..ways[*way].openings.len().max(1)).collect();
            random.shuffle(&mut openings);
            let both = all.into_iter().zip(openings.into_iter().cycle());
            out.extend(both.take(voices.max(1)).map(|(voice, opening)| Choice {
                source: *at,
                way: *way,
                voice,
                opening,
            }));
        }
    }
    out
}

/// The prompts of `chosen`, those of one way side by side.
pub fn prepared(corpus: &Corpus, ways: &[Way], chosen: &[Choice], seed: u64) -> Vec<Task> {
    let mut chosen = chosen.to_vec();
    chosen.sort_by_key(|choice| choice.way);
    let task = |choice: Choice| {
        let way = &ways[choice.way];
        Task {
            source: choice.source,
            kind: way.kind,
            voice: choice.voice,
            prompt: way.prompt(&corpus.sources[choice.source], &choice, seed),
        }
    };
    chosen.into_iter().map(task).collect()
}

/// Replies that were given, kept beside the set as they come.
pub struct Journal {
    path: PathBuf,
    file: File,
    replies: HashMap<String, Reply>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    reply: String,
    /// How it ended; journals of earlier versions do not say.
    #[serde(default)]
    ending: Ending,
}

impl Journal {
    /// Opens or makes the journal at `path`; a line that was cut is left out.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| SynthError::Write {
            path: path.display().to_string(),
            source,
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        let text = crate::fsio::read_kept(path, crate::fsio::ROWS).map_err(failed)?;
        let text = String::from_utf8_lossy(&text);
        let entries = text
            .lines()
            .filter_map(|l| serde_json::from_str::<Entry>(l).ok());
        let reply = |entry: Entry| {
            let (text, ending) = (entry.reply, entry.ending);
            let reply = Reply {
                text,
                ending,
                ..Reply::default()
            };
            (entry.key, reply)
        };
        let replies = entries.map(reply).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            replies,
        })
    }

    /// What a reply is known by: who gave it, and to what.
    pub fn key(fingerprint: &str, prompt: &Prompt) -> String {
        let prompt = serde_json::to_string(prompt).expect("a prompt is plain data");
        let mut hasher = blake3::Hasher::new();
        hasher.update(fingerprint.as_bytes());
        hasher.update(&[0]);
        hasher.update(prompt.as_bytes());
        hasher.finalize().to_hex()[..32].to_owned()
    }

    pub fn get(&self, key: &str) -> Option<&Reply> {
        self.replies.get(key)
    }

    /// Keeps a reply; on the disk when this returns, but for what the system holds back. One that is
    /// only thoughts is asked for again by the next run: the server may have been told not to think.
    pub fn put(&mut self, key: &str, reply: &Reply) -> Result<()> {
        self.replies.insert(key.to_owned(), reply.clone());
        if reply.is_thought_only() {
            return Ok(());
        }
        let entry = Entry {
            key: key.to_owned(),
            reply: reply.text.clone(),
            ending: reply.ending,
        };
        let line = serde_json::to_string(&entry).expect("an entry is plain data") + "\n";
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|source| SynthError::Write {
            path: self.path.display().to_string(),
            source,
        })
    }
}

#[cfg(test)]
#[path = "prompted_tests.rs"]
mod tests;
