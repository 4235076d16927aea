//! A tool: what clients are told of it, and what answers its calls. Each takes arguments that it knows and no others, and
//! reads the library; none changes anything.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::argument::{Argument, Kind, typed};
use super::cursor::Cursor;
use super::refusal::Refused;
use crate::cli::Session;
use crate::config::Library;
use crate::progress::CancelToken;
use crate::retrieve::Retriever;

/// A tool as clients are told of it.
pub struct Tool {
    pub name: &'static str,
    pub what: &'static str,
    pub arguments: Vec<Argument>,
    pub answer: fn(&Asked<'_>) -> Result<Given, Refused>,
}

/// What a tool gives: an answer that is still to be cut to the budget, or a piece that is.
pub enum Given {
    Whole(Answer),
    Piece(Value),
}

impl Tool {
    /// Every tool can be asked to go on.
    pub fn new(
        name: &'static str,
        what: &'static str,
        own: &[Argument],
        answer: fn(&Asked<'_>) -> Result<Given, Refused>,
    ) -> Self {
        const CURSOR: Argument = Argument::new(
            "cursor",
            Kind::Text,
            "To go on where an answer stopped: its cursor, with the same arguments",
        );
        Self {
            name,
            what,
            arguments: own.iter().copied().chain([CURSOR]).collect(),
            answer,
        }
    }
}

/// A call as a tool reads it.
pub struct Asked<'a> {
    pub opened: &'a Opened,
    pub arguments: Map<String, Value>,
    /// Where the answer is to begin.
    pub cursor: Cursor,
    pub cancel: &'a CancelToken,
}

impl Asked<'_> {
    /// The arguments as the tool's own struct.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        typed(&self.arguments)
    }

    pub fn retriever(&self) -> &Retriever {
        &self.opened.retriever
    }
}

/// The library behind the tools.
pub struct Opened {
    pub session: Session,
    pub library: Library,
    pub retriever: Retriever,
    /// What the model is called that serves.
    pub role: String,
}
