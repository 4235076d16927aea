//! A tool: what clients are told of it, and why it may refuse.

use serde_json::{Value, json};

/// Why a tool did not answer.
#[derive(Debug)]
pub enum Refused {
    /// The parameters are not those of the tool.
    Parameters(String),
    /// The library could not be read.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A tool as clients are told of it.
pub struct Described {
    pub name: &'static str,
    pub what: &'static str,
    pub schema: Value,
}

/// A schema of an object with these properties and no others.
pub fn schema(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
