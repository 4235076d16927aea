//! The Model Context Protocol as far as a server of tools speaks it: JSON-RPC 2.0, a message a line.
//!
//! Requests are answered one after the other, in the order in which they come.

use std::io::{self, BufRead, Write};

use serde_json::{Map, Value, json};

/// Versions of the protocol that are spoken, the newest first. What a server of tools says has been the
/// same in all of them.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// JSON-RPC's codes of errors.
const NO_JSON: i32 = -32700;
const NO_REQUEST: i32 = -32600;
const NO_METHOD: i32 = -32601;
const WRONG_PARAMETERS: i32 = -32602;
const INTERNAL: i32 = -32603;

/// What a server says of itself.
pub struct Identity {
    pub name: &'static str,
    pub version: &'static str,
    pub instructions: &'static str,
}

/// An error as the protocol has it: the request failed, not the tool.
#[derive(Debug)]
pub struct ProtocolError {
    code: i32,
    message: String,
}

impl ProtocolError {
    /// The request's parameters are not those that it takes.
    pub fn parameters(message: impl Into<String>) -> Self {
        Self {
            code: WRONG_PARAMETERS,
            message: message.into(),
        }
    }

    /// The server itself is at fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            code: INTERNAL,
            message: message.into(),
        }
    }
}

/// What a tool came to.
pub enum Outcome {
    Done(Value),
    /// The tool could not do it; the client's model is told why.
    Failed(Value),
}

/// The tools that a server has.
pub trait Handler {
    /// Their descriptions, as `tools/list` gives them.
    fn list(&self) -> Vec<Value>;

    /// Calls the tool `name`.
    fn call(&mut self, name: &str, arguments: Map<String, Value>)
    -> Result<Outcome, ProtocolError>;
}

/// Serves until the client closes `input`.
///
/// # Errors
///
/// Where `input` cannot be read or `output` cannot be written.
pub fn serve(
    identity: &Identity,
    handler: &mut impl Handler,
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Some(answer) = answer(identity, handler, &line) {
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
    }
}

/// The answer to a line. Notifications, which have no id, and answers, which have no method, want none.
fn answer(identity: &Identity, handler: &mut impl Handler, line: &[u8]) -> Option<Value> {
    let mut message = match serde_json::from_slice(line) {
        Ok(Value::Object(message)) => message,
        Ok(_) => return Some(refusal(Value::Null, NO_REQUEST, "a message is an object")),
        Err(e) => return Some(refusal(Value::Null, NO_JSON, &e.to_string())),
    };
    let id = message.remove("id")?;
    let method = match message.remove("method")? {
        Value::String(method) => method,
        _ => return Some(refusal(id, NO_REQUEST, "a method is a string")),
    };
    let parameters = match message.remove("params") {
        None => Map::new(),
        Some(Value::Object(parameters)) => parameters,
        Some(_) => return Some(refusal(id, WRONG_PARAMETERS, "params are an object")),
    };
    let result = match method.as_str() {
        "initialize" => Ok(greeting(identity, &parameters)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": handler.list()})),
        "tools/call" => called(handler, parameters),
        _ => Err(ProtocolError {
            code: NO_METHOD,
            message: format!("there is no method {method}"),
        }),
    };
    Some(match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => refusal(id, error.code, &error.message),
    })
}

/// The version that the client asks for where it is known, else the newest.
fn greeting(identity: &Identity, parameters: &Map<String, Value>) -> Value {
    let wanted = parameters.get("protocolVersion").and_then(Value::as_str);
    let known = VERSIONS.into_iter().find(|known| Some(*known) == wanted);
    json!({
        "protocolVersion": known.unwrap_or(VERSIONS[0]),
        "capabilities": {"tools": {}},
        "serverInfo": {"name": identity.name, "version": identity.version},
        "instructions": identity.instructions,
    })
}

fn called(
    handler: &mut impl Handler,
    mut parameters: Map<String, Value>,
) -> Result<Value, ProtocolError> {
    let Some(Value::String(name)) = parameters.remove("name") else {
        return Err(ProtocolError::parameters("tools/call has no name"));
    };
    let arguments = match parameters.remove("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(ProtocolError::parameters("arguments are no object")),
    };
    let (value, failed) = match handler.call(&name, arguments)? {
        Outcome::Done(value) => (value, false),
        Outcome::Failed(value) => (value, true),
    };
    // As text as well, for clients from before there was structured content.
    let text = value.to_string();
    Ok(json!({
        "content": [{"type": "text", "text": text}],
        "structuredContent": value,
        "isError": failed,
    }))
}

fn refusal(id: Value, code: i32, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl Handler for Echo {
        fn list(&self) -> Vec<Value> {
            vec![json!({"name": "echo"})]
        }

        fn call(
            &mut self,
            name: &str,
            arguments: Map<String, Value>,
        ) -> Result<Outcome, ProtocolError> {
            match name {
                "echo" => Ok(Outcome::Done(Value::Object(arguments))),
                "fail" => Ok(Outcome::Failed(json!({"error": "it broke"}))),
                _ => Err(ProtocolError::parameters("no such tool")),
            }
        }
    }

    const IDENTITY: Identity = Identity {
        name: "test",
        version: "1",
        instructions: "Ask.",
    };

    /// What is answered to `lines`, a value for each line of it.
    fn said(lines: &[&str]) -> Vec<Value> {
        let mut output = Vec::new();
        serve(
            &IDENTITY,
            &mut Echo,
            lines.join("\n").as_bytes(),
            &mut output,
        )
        .unwrap();
        let lines = output.split(|byte| *byte == b'\n');
        lines
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    #[test]
    fn a_client_is_greeted_in_its_own_version_or_in_the_newest() {
        let greet = |version: &str| {
            let line = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": version}});
            said(&[&line.to_string()])[0]["result"].clone()
        };
        let old = greet("2024-11-05");
        assert_eq!(old["protocolVersion"], "2024-11-05");
        assert_eq!(old["serverInfo"], json!({"name": "test", "version": "1"}));
        assert_eq!(old["capabilities"], json!({"tools": {}}));
        assert_eq!(old["instructions"], "Ask.");
        assert_eq!(greet("2099-01-01")["protocolVersion"], VERSIONS[0]);
    }

    #[test]
    fn requests_are_answered_in_order_and_notifications_are_not() {
        let answers = said(&[
            r#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#,
            r#"{"jsonrpc": "2.0", "id": "a", "method": "ping"}"#,
            "",
            r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}"#,
            r#"{"jsonrpc": "2.0", "id": 3, "result": {}}"#,
        ]);
        assert_eq!(
            answers,
            [
                json!({"jsonrpc": "2.0", "id": "a", "result": {}}),
                json!({"jsonrpc": "2.0", "id": 2, "result": {"tools": [{"name": "echo"}]}}),
            ]
        );
    }

    #[test]
    fn a_tool_answers_fails_or_is_refused() {
        let call = |parameters: Value| {
            let line =
                json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters});
            said(&[&line.to_string()])[0].clone()
        };
        let done = call(json!({"name": "echo", "arguments": {"x": 1}}));
        assert_eq!(done["result"]["structuredContent"], json!({"x": 1}));
        assert_eq!(done["result"]["content"][0]["text"], r#"{"x":1}"#);
        assert_eq!(done["result"]["isError"], false);
        assert_eq!(
            call(json!({"name": "echo"}))["result"]["structuredContent"],
            json!({})
        );
        let failed = call(json!({"name": "fail"}));
        assert_eq!(failed["result"]["isError"], true);
        assert_eq!(failed["result"]["structuredContent"]["error"], "it broke");
        for wrong in [
            json!({"name": "other"}),
            json!({}),
            json!({"name": "echo", "arguments": [1]}),
        ] {
            assert_eq!(call(wrong)["error"]["code"], WRONG_PARAMETERS);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_and_the_next_is_answered() {
        let answers = said(&[
            "{",
            "[1]",
            r#"{"id": 4, "method": 5}"#,
            r#"{"id": 5, "method": "resources/list"}"#,
            r#"{"id": 6, "method": "ping", "params": {}}"#,
        ]);
        let codes: Vec<_> = answers.iter().map(|a| a["error"]["code"].clone()).collect();
        let expected = [NO_JSON, NO_REQUEST, NO_REQUEST, NO_METHOD].map(|code| json!(code));
        assert_eq!(codes[..4], expected);
        assert_eq!(answers[2]["id"], 4);
        assert_eq!(answers[4]["result"], json!({}));
    }
}
