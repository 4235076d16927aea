//! A parameter of a request, and what becomes of those that a server refuses: some models take no
//! temperature, some servers no seed or no JSON schema, and newer ones have another name for the most
//! tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Message, Prompt};

/// What a server may refuse without the answer being another one, but for how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// Goes by its newer name then.
    MaxTokens,
    Temperature,
    Seed,
    /// The JSON schema of an answer: without it prose is asked for.
    Format,
}

impl Parameter {
    pub const ALL: [Parameter; 4] = [Self::MaxTokens, Self::Temperature, Self::Seed, Self::Format];

    fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::Temperature => "temperature",
            Self::Seed => "seed",
            Self::Format => "response_format",
        }
    }

    /// True where an error's `name` means it: `response_format.json_schema` is a part of one.
    fn is_called(self, name: &str) -> bool {
        let whole = name.split(['.', '[']).next().unwrap_or_default();
        whole == self.name() || self == Self::Format && whole == "json_schema"
    }

    /// True where the words of an error tell of it.
    fn is_told(self, text: &str) -> bool {
        has_word(text, self.name())
            || self == Self::Format
                && ["json_schema", "schema", "grammar", "guided", "structured"]
                    .iter()
                    .any(|word| has_word(&text.to_lowercase(), word))
    }
}

/// True where a request says in which JSON it wants its answer.
pub fn asks_format(prompt: &Prompt, refused: &Refused) -> bool {
    prompt.format.is_some() && !refused.contains(&Parameter::Format)
}

/// The conversation, with what the format asks for behind its last message where that is sent.
fn messages(prompt: &Prompt, refused: &Refused) -> Vec<Message> {
    let mut out = prompt.messages.clone();
    let format = prompt.format.as_ref();
    let format = format.filter(|_| asks_format(prompt, refused));
    if let (Some(format), Some(last)) = (format, out.last_mut()) {
        last.content.push_str(&format!("\n\n{}", format.ask));
    }
    out
}

/// Those that an endpoint does not take as they are.
pub type Refused = BTreeSet<Parameter>;

/// What a request says. Texts that end the answer are not in it: where a server looks for them, they
/// end a model in the middle of its thoughts.
pub fn body(model: &str, prompt: &Prompt, stream: bool, refused: &Refused) -> String {
    let mut body = json!({
        "model": model,
        "messages": messages(prompt, refused),
        "stream": stream,
    });
    let name = match refused.contains(&Parameter::MaxTokens) {
        true => "max_completion_tokens",
        false => Parameter::MaxTokens.name(),
    };
    body[name] = json!(prompt.max_tokens);
    let others = [
        (Parameter::Temperature, json!(prompt.temperature)),
        (Parameter::Seed, json!(prompt.seed)),
    ];
    for (parameter, value) in others {
        if !refused.contains(&parameter) {
            body[parameter.name()] = value;
        }
    }
    if let Some(format) = prompt.format.as_ref()
        && asks_format(prompt, refused)
    {
        body[Parameter::Format.name()] = format.as_parameter();
    }
    body.to_string()
}

/// The parameters that an answer of `status` refuses, of those that were sent as they are. Where
/// nothing says what is wrong with a request that asks for a format, the format is: few servers that
/// know none say so.
pub fn refused_by(status: u16, text: &str, before: &Refused, asks_format: bool) -> Refused {
    if ![400, 422].contains(&status) {
        return Refused::new();
    }
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let error = &value["error"];
    let named = names(&value);
    // A conversation that is too long is refused for what it is, whatever the words.
    let code = error["code"].as_str().unwrap_or_default();
    if code.contains("context_length") || text.contains("context length") {
        return Refused::new();
    }
    let message = error["message"].as_str().or(error.as_str());
    let message = message
        .or(value["detail"].as_str())
        .or(value["message"].as_str());
    let is_named = |parameter: &Parameter| match &named[..] {
        [] => parameter.is_told(message.unwrap_or(text)),
        named => named.iter().any(|name| parameter.is_called(name)),
    };
    let is_sent = |parameter: &Parameter| {
        !before.contains(parameter) && (*parameter != Parameter::Format || asks_format)
    };
    let all = Parameter::ALL.into_iter();
    let found: Refused = all.filter(is_sent).filter(is_named).collect();
    if found.is_empty() && asks_format && named.is_empty() {
        return Refused::from([Parameter::Format]);
    }
    found
}

/// What an error says itself that it is about: OpenAI's `param`, the `loc` of FastAPI.
fn names(value: &Value) -> Vec<String> {
    let own = value["error"]["param"].as_str().or(value["param"].as_str());
    let places = value["detail"].as_array().into_iter().flatten();
    let places = places
        .filter_map(|problem| problem["loc"].as_array())
        .flatten();
    let all = own.into_iter().chain(places.filter_map(Value::as_str));
    all.filter(|name| !["", "body"].contains(name))
        .map(str::to_owned)
        .collect()
}

/// True where `name` stands in a text as a word of its own.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Format, Role};

    fn refused(text: &str) -> Vec<Parameter> {
        let found = refused_by(400, text, &Refused::new(), false);
        found.into_iter().collect()
    }

    #[test]
    fn a_format_is_refused_by_name_by_its_words_or_for_want_of_any() {
        let of = |text: &str, before: &Refused| {
            let found = refused_by(400, text, before, true);
            found.into_iter().collect::<Vec<_>>()
        };
        let none = Refused::new();
        for text in [
            r#"{"error": {"message": "no", "param": "response_format"}}"#,
            r#"{"error": {"message": "no", "param": "response_format.json_schema.schema"}}"#,
            r#"{"detail": [{"loc": ["body", "response_format", "type"], "msg": "literal"}]}"#,
            r#"{"error": {"message": "'response_format.type' must be 'json_object'"}}"#,
            r#"{"error": "Failed to parse grammar"}"#,
            r#"{"error": "Invalid schema"}"#,
            "bad request",
        ] {
            assert_eq!(of(text, &none), [Parameter::Format], "{text}");
            assert!(refused(text).is_empty(), "it was not sent: {text}");
        }
        let seed = r#"{"error": {"message": "no", "param": "seed"}}"#;
        assert_eq!(of(seed, &none), [Parameter::Seed]);
        for text in [
            r#"{"error": {"message": "no", "param": "messages"}}"#,
            r#"{"error": {"message": "the maximum context length is 9"}}"#,
        ] {
            assert!(of(text, &none).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_is_refused_is_named_by_the_error() {
        use Parameter::{MaxTokens, Seed, Temperature};
        for (text, expected) in [
            (
                r#"{"error": {"message": "no", "param": "temperature"}}"#,
                vec![Temperature],
            ),
            // Said of another one: the message says more than it means.
            (
                r#"{"error": {"message": "temperature of model", "param": "model"}}"#,
                vec![],
            ),
            (
                r#"{"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "param": null}}"#,
                vec![MaxTokens],
            ),
            (r#"{"error": "unknown field `seed`"}"#, vec![Seed]),
            (
                r#"{"detail": [{"loc": ["body", "seed"], "msg": "extra", "input": {"temperature": 0}}]}"#,
                vec![Seed],
            ),
            (
                "temperature and seed are not taken",
                vec![Temperature, Seed],
            ),
            ("max_completion_tokens must be less", vec![]),
            (
                r#"{"error": {"message": "'max_tokens' is too large: the maximum context length is 9"}}"#,
                vec![],
            ),
            ("bad request", vec![]),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
        let text = r#"{"error": {"param": "seed"}}"#;
        assert!(refused_by(500, text, &Refused::new(), true).is_empty());
        assert!(
            refused_by(422, text, &Refused::from([Seed]), false).is_empty(),
            "once each"
        );
    }

    #[test]
    fn a_request_has_what_was_not_refused() {
        let prompt = Prompt {
            messages: vec![Message::new(Role::User, "Why?")],
            max_tokens: 9,
            stop: vec!["\n".to_owned()],
            temperature: 0.0,
            seed: 4,
            format: Some(Format {
                name: "cells",
                schema: json!({"type": "object"}),
                ask: "As JSON.".to_owned(),
            }),
        };
        let body = |refused: &[Parameter]| -> Value {
            let refused = refused.iter().copied().collect();
            serde_json::from_str(&super::body("m", &prompt, true, &refused)).unwrap()
        };
        let whole = body(&[]);
        assert_eq!(
            (&whole["max_tokens"], &whole["seed"]),
            (&9.into(), &4.into())
        );
        assert!(whole["stop"].is_null() && whole["stream"] == true);
        let asked = |body: &Value| body["messages"][0]["content"].clone();
        assert_eq!(whole["response_format"]["type"], "json_schema");
        assert_eq!(asked(&whole), "Why?\n\nAs JSON.");
        let least = body(&Parameter::ALL);
        assert_eq!(least["max_completion_tokens"], 9);
        for gone in ["max_tokens", "temperature", "seed", "response_format"] {
            assert!(least[gone].is_null(), "{gone}");
        }
        assert_eq!(asked(&least), "Why?", "prose is asked for");
    }
}
