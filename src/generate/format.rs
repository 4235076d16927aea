//! A format: the JSON that an answer is asked for in, where whoever answers can be held to one. It is
//! a wish: a server may refuse it or pay it no heed, and a model in a file is never held to it. So a
//! prompt asks for prose, and what the format asks for is added only where it is sent.

use serde::Serialize;
use serde_json::{Value, json};

/// The JSON that an answer is asked for in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Format {
    /// Letters and underscores, as servers want it.
    pub name: &'static str,
    /// A JSON schema of an object.
    pub schema: Value,
    /// What is said behind the last message where the format is sent.
    pub ask: String,
}

impl Format {
    /// As OpenAI's protocol has it.
    pub(super) fn as_parameter(&self) -> Value {
        json!({
            "type": "json_schema",
            "json_schema": {"name": self.name, "strict": true, "schema": self.schema},
        })
    }

    /// The object that a reply is; none where it is something else, or lacks what the schema requires
    /// of it. What is inside is for whoever asked to look at.
    pub fn read(&self, reply: &str) -> Option<Value> {
        let value: Value = serde_json::from_str(unfenced(reply)).ok()?;
        let object = value.as_object()?;
        let required = self.schema["required"].as_array().into_iter().flatten();
        let mut required = required.filter_map(Value::as_str);
        required
            .all(|name| object.contains_key(name))
            .then_some(value)
    }

    /// True for a text that begins as such a reply does, however it goes on.
    pub fn is_begun(text: &str) -> bool {
        text.trim_start().starts_with(['{', '`'])
    }
}

/// A text without the fence that Markdown puts around code.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```") else {
        return text;
    };
    let inner = inner.strip_prefix("json").unwrap_or(inner);
    inner.trim_end().trim_end_matches("```").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_where_it_is_what_was_asked_for() {
        let format = Format {
            name: "cells",
            schema: json!({"type": "object", "required": ["cells"]}),
            ask: String::new(),
        };
        let cells = json!({"cells": [1]});
        for reply in ["{\"cells\": [1]}", " ```json\n{\"cells\": [1]}\n```\n"] {
            assert_eq!(format.read(reply), Some(cells.clone()), "{reply}");
            assert!(Format::is_begun(reply));
        }
        for reply in [
            "It was 5 [1].",
            "{\"cells\": [1",
            "{\"rows\": []}",
            "[1]",
            "",
        ] {
            assert_eq!(format.read(reply), None, "{reply}");
        }
        assert!(!Format::is_begun("It was {5}"));
        assert_eq!(format.as_parameter()["json_schema"]["strict"], true);
    }
}
