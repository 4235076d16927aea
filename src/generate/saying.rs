//! A saying: what a model says on its way to being an answer, piece by piece. Its thoughts are taken
//! out, and the texts that end an answer end it.
//!
//! Those texts are looked for here, behind the thoughts, and not by a server: it would end a model in
//! the middle of its thoughts.

use super::thought::{Part, Thoughts};
use super::{Ending, Prompt, Reply};

/// Bytes that a token has at most, on the mean: who says more than it was allowed is ended.
const BYTES: usize = 32;

/// What is new of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// More of it; where it is not sure, what comes may show that it was a thought.
    More { text: &'a str, sure: bool },
    /// What was told so far was a thought.
    Anew,
}

/// What is known of a model's template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It opens thoughts before the model says its first word.
    Thoughts,
    Answer,
    Unknown,
}

/// An answer that is being said.
#[derive(Debug)]
pub struct Saying<'a> {
    prompt: &'a Prompt,
    thoughts: Thoughts,
    answer: String,
    /// Bytes of the answer that were told.
    told: usize,
    /// A text that ends the answer came.
    is_stopped: bool,
    is_too_long: bool,
    /// Nothing is told before the thoughts have ended.
    waits: bool,
}

impl<'a> Saying<'a> {
    pub fn new(prompt: &'a Prompt, opening: Opening) -> Self {
        Self {
            prompt,
            thoughts: match opening {
                Opening::Answer => Thoughts::settled(),
                Opening::Thoughts | Opening::Unknown => Thoughts::default(),
            },
            answer: String::new(),
            told: 0,
            is_stopped: false,
            is_too_long: false,
            waits: opening == Opening::Thoughts,
        }
    }

    /// Takes in more of what the model says, and tells what is new of its answer.
    pub fn take(&mut self, text: &str, on: &mut dyn FnMut(Change<'_>)) {
        let mut thoughts = std::mem::take(&mut self.thoughts);
        thoughts.take(text, &mut |part| self.part(part, on));
        self.thoughts = thoughts;
        self.tell(on);
    }

    /// The model thinks, and says so elsewhere.
    pub fn think(&mut self) {
        self.thoughts.are_elsewhere();
    }

    /// True once nothing that comes can make thoughts of what was told.
    pub fn is_sure(&self) -> bool {
        self.thoughts.is_settled()
    }

    /// True once nothing that comes can change the answer.
    pub fn is_over(&self) -> bool {
        self.is_too_long || (self.is_stopped && self.is_sure())
    }

    /// True where nothing of an answer has come so far.
    pub fn is_empty(&self) -> bool {
        self.answer.is_empty()
    }

    /// True where thoughts ended that nothing had begun.
    pub fn was_opened(&self) -> bool {
        self.waits
    }

    /// The whole; `ending` is how it came to its end, where no text ended it.
    pub fn reply(mut self, tokens: Option<usize>, ending: Ending) -> Reply {
        let mut thoughts = std::mem::take(&mut self.thoughts);
        thoughts.end(&mut |part| self.part(part, &mut |_| {}));
        let ending = match ending {
            _ if self.is_too_long => Ending::OutOfTokens,
            _ if self.is_stopped => Ending::Whole,
            ending => ending,
        };
        // Thoughts that the template has opened and that do not end are known by their being cut.
        let is_thought = self.waits && !thoughts.is_settled() && ending != Ending::Whole;
        let text = if is_thought { "" } else { self.answer.trim() };
        Reply {
            text: text.to_owned(),
            tokens,
            thought: thoughts.seen() || is_thought,
            ending,
        }
    }

    fn part(&mut self, part: Part<'_>, on: &mut dyn FnMut(Change<'_>)) {
        match part {
            Part::Answer(text) => self.add(text),
            Part::Anew => {
                self.waits |= !self.answer.is_empty();
                self.answer.clear();
                self.is_stopped = false;
                if std::mem::take(&mut self.told) > 0 {
                    on(Change::Anew);
                }
            }
        }
    }

    fn add(&mut self, text: &str) {
        if self.is_stopped || self.is_too_long {
            return;
        }
        let text = match self.answer.as_str() {
            "" => text.trim_start(),
            _ => text,
        };
        let stops = &self.prompt.stop;
        let longest = stops.iter().map(String::len).max().unwrap_or(0);
        let from = self.answer.len().saturating_sub(longest);
        let from = self.answer.floor_char_boundary(from);
        self.answer.push_str(text);
        let found = stops
            .iter()
            .filter_map(|stop| self.answer[from..].find(stop.as_str()));
        if let Some(at) = found.min() {
            self.answer.truncate(from + at);
            self.is_stopped = true;
        }
        let most = self.prompt.max_tokens.saturating_mul(BYTES);
        if self.answer.len() > most {
            self.answer.truncate(self.answer.floor_char_boundary(most));
            self.is_too_long = true;
        }
    }

    /// Tells what is new, but for what may become a text that ends the answer.
    fn tell(&mut self, on: &mut dyn FnMut(Change<'_>)) {
        if self.waits && !self.is_sure() {
            return;
        }
        let begun = |stop: &String| {
            let mut lengths = (1..stop.len()).rev();
            lengths.find(|n| stop.is_char_boundary(*n) && self.answer.ends_with(&stop[..*n]))
        };
        let held = match self.is_stopped {
            true => 0,
            false => self.prompt.stop.iter().filter_map(begun).max().unwrap_or(0),
        };
        let end = self.answer.len() - held;
        if end > self.told {
            on(Change::More {
                text: &self.answer[self.told..end],
                sure: self.is_sure(),
            });
            self.told = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(stop: &[&str]) -> Prompt {
        Prompt {
            messages: Vec::new(),
            max_tokens: 4,
            stop: stop.iter().map(|s| (*s).to_owned()).collect(),
            temperature: 0.0,
            seed: 1,
            format: None,
        }
    }

    /// What is told, a `|` where it begins anew, and the reply.
    fn said(prompt: &Prompt, opening: Opening, pieces: &[&str], ending: Ending) -> (String, Reply) {
        let mut saying = Saying::new(prompt, opening);
        let mut told = String::new();
        for piece in pieces {
            saying.take(piece, &mut |change| match change {
                Change::More { text, .. } => told.push_str(text),
                Change::Anew => told.push('|'),
            });
        }
        (told, saying.reply(None, ending))
    }

    #[test]
    fn stops_end_the_answer_and_no_thoughts() {
        let prompt = prompt(&["\n", "</"]);
        let say = |pieces: &[&str]| said(&prompt, Opening::Unknown, pieces, Ending::OutOfTokens);
        let (told, reply) = say(&["<think>a\nb", "</think>\n\nWhy", "?<", "/x", " more"]);
        assert_eq!((told.as_str(), reply.text.as_str()), ("Why?", "Why?"));
        assert_eq!((reply.thought, reply.ending), (true, Ending::Whole));
        // Not even where it is late to see that they are some.
        let (told, reply) = say(&["So\nwhat", "</thi", "nk>Why?\nI hope"]);
        assert_eq!((told.as_str(), reply.text.as_str()), ("So|Why?", "Why?"));
        let (told, reply) = say(&["It is <", "5"]);
        assert_eq!(
            (told.as_str(), reply.text.as_str()),
            ("It is <5", "It is <5")
        );
        assert_eq!(reply.ending, Ending::OutOfTokens);
    }

    #[test]
    fn it_is_over_once_nothing_can_change_it() {
        let prompt = prompt(&["\n"]);
        let mut saying = Saying::new(&prompt, Opening::Unknown);
        saying.take("Why?\n", &mut |_| {});
        assert!(!saying.is_over(), "it may have been a thought");
        saying.take("</think>Why?\n", &mut |_| {});
        assert!(saying.is_over() && saying.is_sure() && saying.was_opened());
        let mut saying = Saying::new(&prompt, Opening::Answer);
        saying.take("Why?\n", &mut |_| {});
        assert!(saying.is_over());
        // Four tokens never have so many bytes.
        let mut saying = Saying::new(&prompt, Opening::Unknown);
        saying.take(&"é".repeat(1000), &mut |_| {});
        assert!(saying.is_over());
        let reply = saying.reply(None, Ending::Whole);
        assert_eq!((reply.text.len(), reply.ending), (128, Ending::OutOfTokens));
    }

    #[test]
    fn a_template_that_opens_thoughts_has_nothing_told_before_they_end() {
        let prompt = prompt(&[]);
        let say = |pieces: &[&str], ending| said(&prompt, Opening::Thoughts, pieces, ending);
        let (told, reply) = say(&["hm ", "so</think>", "It was 5."], Ending::Whole);
        assert_eq!(
            (told.as_str(), reply.text.as_str()),
            ("It was 5.", "It was 5.")
        );
        let (told, reply) = say(&["hm, so"], Ending::OutOfTokens);
        assert_eq!(
            (told.as_str(), reply.text.as_str(), reply.thought),
            ("", "", true)
        );
        // It came to its end, so it did not think this time.
        let (told, reply) = say(&["It was 5."], Ending::Whole);
        assert_eq!((told.as_str(), reply.text.as_str()), ("", "It was 5."));
    }
}
