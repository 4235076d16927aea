//! A parameter of a request, and what becomes of those that a server refuses: some models take no
//! temperature, some servers no seed, and newer ones have another name for the most tokens.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Prompt;

/// What a server may refuse without the answer being another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// Goes by its newer name then.
    MaxTokens,
    Temperature,
    Seed,
}

impl Parameter {
    pub const ALL: [Parameter; 3] = [Self::MaxTokens, Self::Temperature, Self::Seed];

    fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::Temperature => "temperature",
            Self::Seed => "seed",
        }
    }
}

/// Those that an endpoint does not take as they are.
pub type Refused = BTreeSet<Parameter>;

/// What a request says. Texts that end the answer are not in it: where a server looks for them, they
/// end a model in the middle of its thoughts.
pub fn body(model: &str, prompt: &Prompt, stream: bool, refused: &Refused) -> String {
    let mut body = json!({
        "model": model,
        "messages": prompt.messages,
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
    body.to_string()
}

/// The parameters that an answer of `status` refuses, of those that were sent as they are.
pub fn refused_by(status: u16, text: &str, before: &Refused) -> Refused {
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
        [] => has_word(message.unwrap_or(text), parameter.name()),
        named => named.iter().any(|name| name == parameter.name()),
    };
    let all = Parameter::ALL.into_iter();
    all.filter(|p| !before.contains(p))
        .filter(is_named)
        .collect()
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

    fn refused(text: &str) -> Vec<Parameter> {
        refused_by(400, text, &Refused::new()).into_iter().collect()
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
        assert!(refused_by(500, text, &Refused::new()).is_empty());
        assert!(
            refused_by(422, text, &Refused::from([Seed])).is_empty(),
            "once each"
        );
    }

    #[test]
    fn a_request_has_what_was_not_refused() {
        let prompt = Prompt {
            messages: Vec::new(),
            max_tokens: 9,
            stop: vec!["\n".to_owned()],
            temperature: 0.0,
            seed: 4,
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
        let least = body(&Parameter::ALL);
        assert_eq!(least["max_completion_tokens"], 9);
        for gone in ["max_tokens", "temperature", "seed"] {
            assert!(least[gone].is_null(), "{gone}");
        }
    }
}
