//! Frames: sentences with slots, by which the rules ask. Their data is `assets/frames.toml`, or a
//! file of the user's.
//!
//! Frames are of two sides: those that a model learns from, and those by which held-out documents
//! are asked. A model that was judged by the sentences that it learnt would gain what it learnt of
//! them, and people do not use them.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::{Kind, Result, SynthError, Voice};

const BUNDLED: &str = include_str!("../../assets/frames.toml");

/// Which lines of a table a frame suits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lines {
    /// Amounts over a period.
    Flow,
    /// Amounts at a date.
    Stock,
    Any,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    frame: Vec<Row>,
    #[serde(default)]
    reword: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: Kind,
    voice: Voice,
    #[serde(rename = "of")]
    lines: Lines,
    #[serde(default)]
    held: bool,
    asks: Vec<String>,
}

/// What may stand in a frame's braces.
const SLOTS: [&str; 11] = [
    "company",
    "company's",
    "period",
    "prior",
    "item",
    "other",
    "total",
    "measure",
    "thing",
    "act",
    "verb",
];

/// A way to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// `figure/plain/3`.
    pub id: String,
    pub kind: Kind,
    pub voice: Voice,
    pub lines: Lines,
    /// Whether held-out documents are asked by it, and no others.
    held: bool,
    text: String,
}

impl Frame {
    fn needs(&self) -> impl Iterator<Item = &str> {
        self.text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
    }
}

/// What fills a frame.
#[derive(Debug, Clone, Default)]
pub struct Slots<'a> {
    pub company: &'a str,
    pub period: String,
    pub prior: String,
    pub item: String,
    pub other: String,
    pub total: String,
    pub measure: String,
    pub thing: String,
    pub act: String,
    pub verb: String,
}

impl Slots<'_> {
    fn get(&self, slot: &str) -> String {
        match slot {
            "company" => self.company.to_owned(),
            "company's" if self.company.is_empty() => String::new(),
            "company's" => possessive(self.company),
            "period" => self.period.clone(),
            "prior" => self.prior.clone(),
            "item" => self.item.clone(),
            "other" => self.other.clone(),
            "total" => self.total.clone(),
            "measure" => self.measure.clone(),
            "thing" => self.thing.clone(),
            "act" => self.act.clone(),
            "verb" => self.verb.clone(),
            _ => String::new(),
        }
    }
}

/// `Northgate's`, `Calder Foods'`.
fn possessive(name: &str) -> String {
    let end = if name.ends_with('s') { "'" } else { "'s" };
    format!("{name}{end}")
}

/// All frames, and how often each was used.
#[derive(Debug, Clone)]
pub struct Frames {
    frames: Vec<Frame>,
    used: Vec<usize>,
    /// Words, on lower case, and what may stand in their place.
    reword: HashMap<String, Vec<String>>,
}

impl Frames {
    /// The user's frames, or the bundled ones.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::parse(BUNDLED).expect("a test reads the bundled frames"));
        };
        let name = path.display().to_string();
        let text = crate::fsio::read_small_text(path).map_err(|source| SynthError::Read {
            path: name.clone(),
            source,
        })?;
        Self::parse(&text).map_err(|problem| SynthError::Asset {
            path: name,
            problem,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut frames: Vec<Frame> = Vec::new();
        for row in file.frame {
            for text in row.asks {
                let (kind, voice, lines, held) = (row.kind, row.voice, row.lines, row.held);
                let alike = |f: &&Frame| f.kind == kind && f.voice == voice;
                let number = frames.iter().filter(alike).count() + 1;
                let id = format!("{}/{}/{number}", kind.as_str(), voice.as_str());
                let frame = Frame {
                    id,
                    kind,
                    voice,
                    lines,
                    held,
                    text,
                };
                if let Some(slot) = frame.needs().find(|slot| !SLOTS.contains(slot)) {
                    return Err(format!("{:?} has {{{slot}}}, which is no slot", frame.text));
                }
                frames.push(frame);
            }
        }
        if let Some(few) = file.reword.iter().find(|group| group.len() < 2) {
            return Err(format!("the group {few:?} needs two words or more"));
        }
        let mut reword: HashMap<String, Vec<String>> = HashMap::new();
        for group in file.reword {
            let (word, others) = group.split_first().expect("two or more");
            reword.insert(word.to_lowercase(), others.to_vec());
        }
        if frames.is_empty() {
            return Err("no [[frame]] in it".to_owned());
        }
        Ok(Self {
            used: vec![0; frames.len()],
            frames,
            reword,
        })
    }

    /// Whether there are frames for held-out documents; a file without them asks all documents alike.
    pub fn have_held(&self) -> bool {
        self.frames.iter().any(|frame| frame.held)
    }

    /// Asks by the frame that was used least among those of its side (`held`) that `slots` can fill;
    /// of equals `random` chooses. None where there is no such frame.
    pub fn ask(
        &mut self,
        kind: Kind,
        lines: Lines,
        held: bool,
        slots: &Slots<'_>,
        random: &mut fastrand::Rng,
    ) -> Option<(&Frame, String)> {
        let held = held && self.have_held();
        let fits = |frame: &Frame| {
            frame.kind == kind
                && frame.held == held
                && (frame.lines == lines || frame.lines == Lines::Any)
                && frame.needs().all(|slot| !slots.get(slot).is_empty())
        };
        let fitting: Vec<usize> = (0..self.frames.len())
            .filter(|&i| fits(&self.frames[i]))
            .collect();
        let least = fitting.iter().map(|&i| self.used[i]).min()?;
        let equal: Vec<usize> = fitting
            .into_iter()
            .filter(|&i| self.used[i] == least)
            .collect();
        let chosen = equal[random.usize(..equal.len())];
        self.used[chosen] += 1;
        let frame = &self.frames[chosen];
        let mut text = frame.text.clone();
        for slot in SLOTS {
            text = text.replace(&format!("{{{slot}}}"), &slots.get(slot));
        }
        Some((frame, capital(&text)))
    }

    /// The text with one or two of its words put otherwise, where the frames know others.
    pub fn reworded(&self, text: &str, random: &mut fastrand::Rng) -> String {
        let word = |word: &str| -> String {
            let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
            match self.reword.get(&plain.to_lowercase()) {
                Some(others) if !plain.is_empty() && random.f32() < 0.7 => {
                    word.replace(plain, &others[random.usize(..others.len())])
                }
                _ => word.to_owned(),
            }
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

/// The text with a capital at its head.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Slots<'static> {
        Slots {
            company: "Calder Foods",
            period: "FY2023".to_owned(),
            item: "net sales".to_owned(),
            ..Slots::default()
        }
    }

    #[test]
    fn the_bundled_frames_are_many_and_balanced() {
        let mut frames = Frames::load(None).unwrap();
        assert!(frames.frames.len() >= 100, "{}", frames.frames.len());
        for kind in Kind::ALL {
            assert!(frames.frames.iter().any(|f| f.kind == kind), "{kind:?}");
        }
        let mut random = fastrand::Rng::with_seed(1);
        let mut used: HashMap<String, usize> = HashMap::new();
        for _ in 0..300 {
            let (frame, text) = frames
                .ask(Kind::Figure, Lines::Flow, false, &slots(), &mut random)
                .unwrap();
            assert!(!text.contains(['{', '}']), "{text}");
            *used.entry(frame.id.clone()).or_default() += 1;
        }
        let most = used.values().max().unwrap();
        assert!(
            used.len() >= 25 && *most <= 300 / used.len() + 1,
            "{used:?}"
        );
    }

    #[test]
    fn a_frame_whose_slots_are_empty_is_not_taken() {
        let mut frames = Frames::load(None).unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        assert!(
            frames
                .ask(Kind::Ratio, Lines::Any, false, &slots(), &mut random)
                .is_none()
        );
        let unnamed = Slots {
            company: "",
            ..slots()
        };
        let (_, text) = frames
            .ask(Kind::Figure, Lines::Flow, false, &unnamed, &mut random)
            .unwrap();
        assert!(
            text.to_lowercase().contains("net sales") && text.contains("FY2023"),
            "{text}"
        );
    }

    #[test]
    fn held_out_documents_are_asked_in_words_of_their_own() {
        let frames = Frames::load(None).unwrap();
        let (held, learnt): (Vec<&Frame>, Vec<&Frame>) = frames.frames.iter().partition(|f| f.held);
        for frame in &learnt {
            let counterpart = held.iter().any(|other| {
                other.kind == frame.kind && [Lines::Any, frame.lines].contains(&other.lines)
            });
            assert!(counterpart, "{} has no held-out counterpart", frame.id);
            assert!(
                held.iter().all(|other| other.text != frame.text),
                "{}",
                frame.text
            );
        }
        let own =
            "[[frame]]\nkind = \"figure\"\nvoice = \"plain\"\nof = \"any\"\nasks = [\"{item}?\"]";
        let mut alike = Frames::parse(own).unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let asked = alike.ask(Kind::Figure, Lines::Flow, true, &slots(), &mut random);
        assert!(
            asked.is_some(),
            "a file without held-out frames asks all documents alike"
        );
    }

    #[test]
    fn broken_frames_are_refused() {
        for (text, expected) in [
            ("frame = []", "no [[frame]]"),
            (
                "[[frame]]\nkind = \"figure\"\nvoice = \"plain\"\nof = \"any\"\nasks = [\"{what}?\"]",
                "no slot",
            ),
            (
                "[[frame]]\nkind = \"riddle\"\nvoice = \"plain\"\nof = \"any\"\nasks = []",
                "riddle",
            ),
            (
                "reword = [[\"a\"]]\n[[frame]]\nkind = \"figure\"\nvoice = \"plain\"\nof = \"any\"\nasks = [\"{item}?\"]",
                "two words",
            ),
        ] {
            let error = Frames::parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
