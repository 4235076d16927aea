//! The ask pane: a conversation with the library, an answer at a time.

use std::time::Instant;

use super::{Ahead, Input};
use crate::answer::Source;
use crate::job::asking::conversation::Kept;
use crate::job::asking::worker::{AskRequest, QUOTES};
use crate::progress::CancelToken;

pub struct AskPane {
    pub input: Input,
    /// What was asked, the last one last.
    pub turns: Vec<Kept>,
    /// The turn on the screen; none before the first.
    pub at: Option<usize>,
    /// The source under the cursor.
    pub source: usize,
    /// First line of the answer on the screen, bounded by the view.
    pub scroll: usize,
    /// The view should bring the source under the cursor into sight.
    pub follow: bool,
    pub asking: Option<Asking>,
    /// Why the last question has no answer.
    pub failed: Option<String>,
    pub serial: u64,
    /// What the last question waits for, and the question, where it is to be asked again.
    pub ahead: Option<Ahead>,
    pub request: Option<AskRequest>,
    /// A question that could not be asked yet: it is as soon as something is indexed.
    pub waits: Option<String>,
    /// Who may put answers in words: nobody first.
    pub writers: Vec<String>,
    pub writer: usize,
    /// Retrieve with the base, and not with the model that serves.
    pub by_base: bool,
    /// The next question begins a new conversation.
    pub fresh: bool,
    /// The turn that goes where it is asked for once more.
    pub removing: Option<usize>,
}

/// A question that is being answered.
#[derive(Debug)]
pub struct Asking {
    pub question: String,
    /// What was said so far, and in how many pieces: a token each.
    pub text: String,
    pub pieces: usize,
    /// It is sure to be the answer, and no thought of the model.
    pub sure: bool,
    pub began: Instant,
    /// When the first piece came.
    pub first: Option<Instant>,
    pub cancel: CancelToken,
    pub model: String,
    pub writer: String,
    pub begins: bool,
}

impl Default for AskPane {
    fn default() -> Self {
        Self {
            input: Input::default(),
            turns: Vec::new(),
            at: None,
            source: 0,
            scroll: 0,
            follow: false,
            asking: None,
            failed: None,
            serial: 0,
            ahead: None,
            request: None,
            waits: None,
            writers: vec![QUOTES.to_owned()],
            writer: 0,
            by_base: false,
            fresh: true,
            removing: None,
        }
    }
}

impl AskPane {
    /// The turn on the screen, unless a question is being answered.
    pub fn turn(&self) -> Option<&Kept> {
        let at = self.at.filter(|_| self.asking.is_none())?;
        self.turns.get(at)
    }

    /// The source under the cursor.
    pub fn cited(&self) -> Option<&Source> {
        self.turn()?.answer.sources.get(self.source)
    }

    pub fn writer(&self) -> &str {
        self.writers.get(self.writer).map_or(QUOTES, String::as_str)
    }

    /// The turns of the conversation that goes on.
    pub fn conversation(&self) -> &[Kept] {
        if self.fresh {
            return &[];
        }
        let first = self.turns.iter().rposition(|turn| turn.begins);
        &self.turns[first.unwrap_or(0)..]
    }
}
