//! The generator: a language model that answers a conversation, from a file on this machine
//! (`local`) or behind an endpoint that speaks OpenAI's protocol (`endpoint`).
//!
//! `gguf` reads the file, `tokenizer` and `template` turn a conversation into tokens as the model
//! was trained to see it, `decoder` computes what follows. What a model says is its answer but for
//! its thoughts (`thought`), up to a text that ends it (`saying`), wherever the model is. Of an
//! endpoint it may be asked for as JSON (`format`).

pub mod decoder;
pub mod endpoint;
mod error;
mod format;
pub mod gguf;
mod gguf_head;
pub mod local;
mod saying;
pub mod team;
pub mod template;
mod thought;
pub mod tokenizer;

use serde::{Deserialize, Serialize};

use crate::progress::CancelToken;

pub use error::GenerateError;
pub(crate) use error::Result;
pub use format::Format;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    System,
    User,
    Assistant,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// What is said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
        }
    }
}

/// A conversation to be answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prompt {
    pub messages: Vec<Message>,
    /// Tokens of the answer at most.
    pub max_tokens: usize,
    /// Texts that end the answer, not the thoughts before it; they are no part of it.
    pub stop: Vec<String>,
    /// 0 takes the likeliest token each time.
    pub temperature: f32,
    pub seed: u64,
    /// The JSON that it is asked for in, where whoever answers takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
}

/// How an answer came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By the model, or by a text that ends it.
    #[default]
    Whole,
    /// The tokens that it may have were used up.
    OutOfTokens,
    /// The time that it may take was.
    OutOfTime,
    /// What it came through ended before it did.
    BrokenOff,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    pub text: String,
    /// Tokens generated, those of thoughts too; none where an endpoint does not say.
    pub tokens: Option<usize>,
    /// The model has thought; of that the text has nothing.
    pub thought: bool,
    pub ending: Ending,
}

impl Reply {
    /// True where the model has thought, and not answered. Tokens that are used up without a word
    /// were used for thoughts that are not shown.
    pub fn is_thought_only(&self) -> bool {
        self.text.is_empty() && (self.thought || self.ending == Ending::OutOfTokens)
    }
}

/// What a generator tells on its way; `prompt` is an index into those it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// More of an answer, as far as can be told; where it is not `sure`, what follows may show that it
    /// was a thought.
    Text {
        prompt: usize,
        text: &'a str,
        sure: bool,
    },
    /// It was: what was told so far of this answer is none of it.
    Anew { prompt: usize },
    /// An answer is whole.
    Done { prompt: usize, reply: Reply },
}

/// Answers conversations.
pub trait Generator: Send + Sync {
    /// As reports have it.
    fn name(&self) -> &str;

    /// What makes two generators answer alike: a journal's answers are those of one of these.
    fn fingerprint(&self) -> String;

    /// Tokens of a text, or about as many where the model is elsewhere.
    fn count(&self, text: &str) -> usize {
        // Filings have some three and a half characters to a token, tables fewer.
        text.len().div_ceil(3)
    }

    /// Tokens of a conversation at most, its answer included, where that is known.
    fn window(&self) -> Option<usize> {
        None
    }

    /// True where it may be held to a [`Format`]; whoever is not gives prose.
    fn takes_formats(&self) -> bool {
        false
    }

    /// Answers all of `prompts`, in any order; returns early when cancelled.
    fn generate(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()>;
}
