//! A stream of server-sent events: an answer as it comes, a line `data: {…}` each piece.
//!
//! Lines are read on a thread of their own, so that a cancelled question returns at once, however
//! long the server is silent.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use super::super::Reply;
use crate::http::Response;
use crate::progress::CancelToken;

/// Bytes of an answer at most; what a server sends beyond them is not read.
const MOST: u64 = 64 << 20;
/// Between two looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// What comes from a server, line by line.
pub enum ServerEvent {
    /// The answer's status, and how long to wait before another try where it is none.
    Status(u16, Option<u64>),
    Line(String),
    /// It ended, or broke off with this error.
    Broken(String),
    Ended,
}

/// Calls `send` on a thread of its own and hands over what the server answers. The thread ends with the answer,
/// or at the next line when nobody listens any more.
pub fn listen(
    send: impl FnOnce() -> Result<Response, String> + Send + 'static,
) -> Receiver<ServerEvent> {
    let (sender, events) = channel();
    std::thread::spawn(move || {
        let answer = match send() {
            Ok(answer) => answer,
            Err(why) => return drop(sender.send(ServerEvent::Broken(why))),
        };
        let after = answer.headers().get("retry-after");
        let after = after.and_then(|v| v.to_str().ok()?.trim().parse().ok());
        if sender
            .send(ServerEvent::Status(answer.status().as_u16(), after))
            .is_err()
        {
            return;
        }
        for line in BufReader::new(answer.into_body().into_reader().take(MOST)).lines() {
            let event = match line {
                Ok(line) => ServerEvent::Line(line),
                Err(e) => ServerEvent::Broken(e.to_string()),
            };
            if sender.send(event).is_err() {
                return;
            }
        }
        drop(sender.send(ServerEvent::Ended));
    });
    events
}

/// Waits for the next event; none when it was cancelled.
pub fn next(events: &Receiver<ServerEvent>, cancel: &CancelToken) -> Option<ServerEvent> {
    loop {
        if cancel.is_cancelled() {
            return None;
        }
        match events.recv_timeout(LOOK) {
            Ok(event) => return Some(event),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Some(ServerEvent::Ended),
        }
    }
}

/// An answer that is put together from its pieces; what the model thinks aloud is no part of it.
#[derive(Default)]
pub struct Pieces {
    whole: String,
    /// Bytes of the answer that were handed on.
    emitted: usize,
    pieces: usize,
    tokens: Option<usize>,
}

impl Pieces {
    /// Takes in a line; what is new of the answer.
    ///
    /// # Errors
    ///
    /// What the server says went wrong in the middle of its answer.
    pub fn take(&mut self, line: &str) -> Result<Option<String>, String> {
        let Some(data) = line.strip_prefix("data:").map(str::trim) else {
            return Ok(None);
        };
        if data == "[DONE]" {
            return Ok(None);
        }
        let value: Value = serde_json::from_str(data).map_err(|e| e.to_string())?;
        if value["error"].is_object() || value["error"].is_string() {
            return Err(super::error_message(data));
        }
        let usage = value["usage"]["completion_tokens"].as_u64();
        self.tokens = usage.map(|n| n as usize).or(self.tokens);
        let Some(piece) = value["choices"][0]["delta"]["content"].as_str() else {
            return Ok(None);
        };
        self.whole.push_str(piece);
        self.pieces += 1;
        let answer = self.answer();
        let new = answer.get(self.emitted..).unwrap_or_default().to_owned();
        self.emitted = answer.len().max(self.emitted);
        Ok((!new.is_empty()).then_some(new))
    }

    /// What is an answer already.
    fn answer(&self) -> &str {
        let begun = self.whole.trim_start();
        // It may still become a thought.
        if "<think>".starts_with(begun) && begun.len() < "<think>".len() {
            return "";
        }
        super::without_thoughts(&self.whole).trim_start()
    }

    pub fn is_empty(&self) -> bool {
        self.pieces == 0
    }

    pub fn reply(self) -> Reply {
        Reply {
            text: self.answer().trim_end().to_owned(),
            // Servers send a token a piece where they do not say.
            tokens: self.tokens.or(Some(self.pieces)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> String {
        format!(
            "data: {}",
            serde_json::json!({"choices": [{"delta": {"content": text}}]})
        )
    }

    #[test]
    fn pieces_become_an_answer_without_its_thoughts() {
        let mut pieces = Pieces::default();
        let lines = ["", ": keep-alive", "event: x"];
        assert!(lines.iter().all(|line| pieces.take(line) == Ok(None)));
        let mut answer = String::new();
        for text in ["<th", "ink>let me", " see</think>", "\n\nIt ", "was 5."] {
            answer.extend(pieces.take(&piece(text)).unwrap());
        }
        assert_eq!(answer, "It was 5.");
        assert_eq!(pieces.take("data: [DONE]"), Ok(None));
        let reply = pieces.reply();
        assert_eq!((reply.text.as_str(), reply.tokens), ("It was 5.", Some(5)));
    }

    #[test]
    fn what_goes_wrong_in_the_middle_is_an_error() {
        let mut pieces = Pieces::default();
        pieces.take(&piece("a")).unwrap();
        let error = pieces.take(r#"data: {"error": {"message": "out of memory"}}"#);
        assert_eq!(error, Err("out of memory".to_owned()));
        assert!(pieces.take("data: {broken").is_err());
    }
}
