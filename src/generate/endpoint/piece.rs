//! A piece of an answer, as OpenAI's protocol has it: a line `data: {…}` of a stream, or the answer in
//! one. Servers that know thoughts tell them beside the answer, in fields of their own.

use serde_json::Value;

use super::super::Ending;

/// A piece, or the whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The model thought; what, is not kept.
    pub thought: bool,
    /// How the answer ends, where it does here.
    pub ending: Option<Ending>,
    pub tokens: Option<usize>,
}

/// A line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Piece(Piece),
    /// The stream is whole.
    Done,
    /// Nothing of an answer.
    Other,
}

/// Fields of a message that hold thoughts.
const THOUGHTS: [&str; 3] = ["reasoning_content", "reasoning", "thinking"];

/// Reads a line of a stream.
///
/// # Errors
///
/// What the server says went wrong in the middle of its answer, or that it is not understood.
pub fn line(line: &str) -> Result<Line, String> {
    let Some(data) = line.strip_prefix("data:").map(str::trim) else {
        return Ok(Line::Other);
    };
    match data {
        "" => return Ok(Line::Other),
        "[DONE]" => return Ok(Line::Done),
        _ => {}
    }
    let value: Value = serde_json::from_str(data).map_err(|e| e.to_string())?;
    if value["error"].is_object() || value["error"].is_string() {
        return Err(error_message(data));
    }
    Ok(Line::Piece(piece(&value, "delta")))
}

/// Reads an answer in one piece.
///
/// # Errors
///
/// What there is in its place.
pub fn whole(text: &str) -> Result<Piece, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if !value["choices"][0]["message"].is_object() {
        return Err(format!("no choices in it: {}", error_message(text)));
    }
    Ok(piece(&value, "message"))
}

fn piece(value: &Value, field: &str) -> Piece {
    let (choice, usage) = (&value["choices"][0], &value["usage"]);
    let message = &choice[field];
    let (text, thinks) = content(&message["content"]);
    let is_said = |name: &&str| message[*name].as_str().is_some_and(|t| !t.is_empty());
    let tells = THOUGHTS.iter().any(is_said);
    let hidden = usage["completion_tokens_details"]["reasoning_tokens"].as_u64();
    Piece {
        text,
        thought: thinks || tells || hidden > Some(0),
        ending: choice["finish_reason"].as_str().map(ending),
        tokens: usage["completion_tokens"].as_u64().map(|n| n as usize),
    }
}

/// A message's text, and whether it holds thoughts: a text, or a list of parts with their types.
fn content(value: &Value) -> (String, bool) {
    let Some(parts) = value.as_array() else {
        return (value.as_str().unwrap_or_default().to_owned(), false);
    };
    let is = |part: &Value, kind: &str| part["type"] == kind;
    let texts = parts.iter().filter(|part| is(part, "text"));
    let text = texts.filter_map(|part| part["text"].as_str()).collect();
    let mut others = parts.iter();
    let thinks = others.any(|part| is(part, "thinking") || is(part, "reasoning"));
    (text, thinks)
}

fn ending(reason: &str) -> Ending {
    match reason {
        "length" | "max_tokens" => Ending::OutOfTokens,
        "content_filter" | "error" | "abort" => Ending::BrokenOff,
        _ => Ending::Whole,
    }
}

/// A server's own description of an error, in one line.
pub fn error_message(text: &str) -> String {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let message = value.as_ref().and_then(|v| {
        let error = &v["error"];
        let own = error["message"].as_str().or(error.as_str());
        own.or(v["message"].as_str()).or(v["detail"].as_str())
    });
    let message = message.unwrap_or(text);
    let words = message.split_whitespace().collect::<Vec<_>>();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(text: &str) -> Piece {
        match line(&format!("data: {text}")) {
            Ok(Line::Piece(piece)) => piece,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pieces_tell_text_thoughts_and_how_it_ends() {
        let piece = delta(r#"{"choices": [{"delta": {"content": "It "}}]}"#);
        assert_eq!(
            (piece.text.as_str(), piece.thought, piece.ending),
            ("It ", false, None)
        );
        for thought in [
            r#"{"reasoning_content": "hm", "content": null}"#,
            r#"{"reasoning": "hm", "content": ""}"#,
            r#"{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}"#,
        ] {
            let piece = delta(&format!(r#"{{"choices": [{{"delta": {thought}}}]}}"#));
            assert_eq!(
                (piece.text.as_str(), piece.thought),
                ("", true),
                "{thought}"
            );
        }
        let last = delta(
            r#"{"choices": [{"delta": {}, "finish_reason": "length"}],
                "usage": {"completion_tokens": 7, "completion_tokens_details": {"reasoning_tokens": 7}}}"#,
        );
        assert_eq!(
            (last.ending, last.tokens),
            (Some(Ending::OutOfTokens), Some(7))
        );
        assert!(last.thought);
    }

    #[test]
    fn lines_that_are_no_pieces_are_known() {
        for other in [": keep-alive", "event: x", "data:"] {
            assert_eq!(line(other), Ok(Line::Other));
        }
        assert_eq!(line("data: [DONE]"), Ok(Line::Done));
        let error = line(r#"data: {"error": {"message": "out of memory"}}"#);
        assert_eq!(error, Err("out of memory".to_owned()));
        assert!(line("data: {broken").is_err());
    }

    #[test]
    fn an_answer_in_one_is_read_and_errors_in_a_line() {
        let text = r#"{"choices": [{"message": {"content": "Why? ", "reasoning": "hm"}, "finish_reason": "stop"}],
            "usage": {"completion_tokens": 7}}"#;
        let expected = Piece {
            text: "Why? ".to_owned(),
            thought: true,
            ending: Some(Ending::Whole),
            tokens: Some(7),
        };
        assert_eq!(whole(text), Ok(expected));
        assert!(whole("{}").is_err() && whole("<html>").is_err());
        assert_eq!(
            error_message(r#"{"error": {"message": "no such\n model"}}"#),
            "no such model"
        );
        assert_eq!(error_message(r#"{"error": "busy"}"#), "busy");
    }
}
