//! The generator: a language model that answers a conversation, from a file on this machine
//! (`local`) or behind an endpoint that speaks OpenAI's protocol (`endpoint`).
//!
//! `gguf` reads the file, `tokenizer` and `template` turn a conversation into tokens as the model
//! was trained to see it, `decoder` computes what follows.

pub mod decoder;
pub mod endpoint;
pub mod gguf;
mod gguf_head;
pub mod local;
pub mod template;
pub mod tokenizer;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::progress::CancelToken;
use crate::remedy::{Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("{path} cannot be read: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not understood as GGUF: {detail}")]
    Format { path: PathBuf, detail: String },
    #[error("{path} is {what}")]
    Unsupported { path: PathBuf, what: String },
    #[error("{path} needs about {needed} MiB of memory and {free} are free")]
    Memory {
        path: PathBuf,
        needed: u64,
        free: u64,
    },
    #[error("the model's chat template does not take this conversation: {0}")]
    Template(String),
    #[error("the prompt comes out empty: the model's chat template leaves nothing of it")]
    Empty,
    #[error("the prompt has {received} tokens, the model takes {limit}")]
    TooLong { received: usize, limit: usize },
    #[error("no endpoint is known")]
    NoEndpoint,
    #[error("{url:?} is no address")]
    Address { url: String },
    #[error("{url} cannot be reached: {detail}")]
    Unreachable { url: String, detail: String },
    #[error("{url} answers {status}: {detail}")]
    Status {
        url: String,
        status: u16,
        detail: String,
        remedy: &'static str,
    },
    #[error("{url} answers what is not understood: {detail}")]
    Answer { url: String, detail: String },
}

impl Remedied for GenerateError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Format { .. } => Remedy::advice("fetch it again, or choose another file"),
            Self::Unsupported { .. } => {
                Remedy::advice("choose a GGUF of a llama, qwen2, qwen3 or gemma3 instruct model")
            }
            Self::Memory { .. } => Some(Remedy::SmallerModel),
            Self::Template(_) | Self::Empty => Remedy::advice("choose another file of the model"),
            Self::TooLong { .. } => Remedy::advice("shorten it"),
            Self::NoEndpoint => Some(Remedy::NameEndpoint),
            Self::Address { .. } => Some(Remedy::Expected(
                "one such as http://localhost:11434/v1".to_owned(),
            )),
            Self::Unreachable { .. } => {
                Remedy::advice("is the server running, and the address right?")
            }
            Self::Status { remedy, .. } => Remedy::advice(*remedy),
            Self::Answer { .. } => {
                Remedy::advice("check that a server of language models answers at this address")
            }
        }
    }
}

pub(crate) type Result<T, E = GenerateError> = std::result::Result<T, E>;

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
    /// Texts that end the answer; they are no part of it.
    pub stop: Vec<String>,
    /// 0 takes the likeliest token each time.
    pub temperature: f32,
    pub seed: u64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub text: String,
    /// Tokens generated; none where an endpoint does not say.
    pub tokens: Option<usize>,
}

/// What a generator tells on its way; `prompt` is an index into those it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// More of an answer.
    Text { prompt: usize, text: &'a str },
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

    /// Answers all of `prompts`, in any order; returns early when cancelled.
    fn generate(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()>;
}
