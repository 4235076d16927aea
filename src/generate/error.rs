//! An error of a generator: a file that is none, an endpoint that does not serve, a model that does
//! not answer.

use std::path::PathBuf;

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
    #[error("the model spent its {tokens} tokens thinking")]
    OnlyThoughts { tokens: usize },
    #[error("the model thought and gave no answer")]
    NoAnswer,
    #[error("the model said nothing")]
    Nothing,
    #[error("no endpoint is known")]
    NoEndpoint,
    #[error("{url:?} is no address")]
    Address { url: String },
    #[error("{url:?} has {what} behind it, which no request could keep")]
    AddressEnd { url: String, what: &'static str },
    #[error("{url} cannot be reached: {detail}")]
    Unreachable { url: String, detail: String },
    #[error("{url} says nothing within {seconds} s")]
    Silent { url: String, seconds: u64 },
    #[error("{url} is not done within {seconds} s")]
    Slow { url: String, seconds: u64 },
    #[error("{url} sends on to {to}, where neither passages nor a key are sent unasked")]
    Redirect { url: String, to: String },
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

impl GenerateError {
    /// True where the model was asked and gave no answer: another question may have one.
    pub fn is_unanswered(&self) -> bool {
        matches!(
            self,
            Self::OnlyThoughts { .. } | Self::NoAnswer | Self::Nothing
        )
    }

    /// True where an endpoint took too long.
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Silent { .. } | Self::Slow { .. })
    }
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
            Self::OnlyThoughts { .. } => Some(Remedy::MoreTokens),
            Self::NoAnswer | Self::Nothing => Remedy::advice("ask again, or choose another model"),
            Self::NoEndpoint => Some(Remedy::NameEndpoint),
            Self::Address { .. } | Self::AddressEnd { .. } => Some(Remedy::Expected(
                "one such as http://localhost:11434/v1".to_owned(),
            )),
            Self::Unreachable { .. } => {
                Remedy::advice("is the server running, and the address right?")
            }
            Self::Silent { .. } => Remedy::advice(
                "look at the server's own log, or raise [generate] first_token_seconds in the settings",
            ),
            Self::Slow { .. } => Remedy::advice(
                "look at the server's own log, or raise [generate] timeout_seconds in the settings",
            ),
            Self::Redirect { .. } => Remedy::advice("name that address itself, where you trust it"),
            Self::Status { remedy, .. } => Remedy::advice(*remedy),
            Self::Answer { .. } => {
                Remedy::advice("check that a server of language models answers at this address")
            }
        }
    }
}

pub(crate) type Result<T, E = GenerateError> = std::result::Result<T, E>;
