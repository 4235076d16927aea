//! The endpoint: a server that speaks OpenAI's chat protocol (Ollama, llama.cpp, vLLM, …).
//!
//! Several requests are on their way at a time; what may pass by itself (a server that is busy,
//! starting or out of reach for a moment) is tried again, after longer and longer pauses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod stream;

use super::{Event, GenerateError, Generator, Prompt, Reply, Result};
use crate::http;
use crate::progress::CancelToken;
use stream::{Pieces, ServerEvent};

/// Times that a request is sent at most.
const TRIES: u32 = 4;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// A longer pause than this is not waited for, whatever the server asks.
const LONGEST: Duration = Duration::from_secs(60);

/// A model behind an address.
pub struct Endpoint {
    base: String,
    model: String,
    key: Option<String>,
    /// Requests at a time.
    parallel: usize,
    agent: http::Agent,
}

/// The address to ask: the one given, or where it is empty `OPENAI_BASE_URL` or `OLLAMA_HOST`.
/// A bare host gets `http://` before it and `/v1` behind it.
pub fn address(given: &str) -> Result<String> {
    let variable = |name| std::env::var(name).ok().filter(|v: &String| !v.is_empty());
    let given = if given.is_empty() {
        variable("OPENAI_BASE_URL")
            .or_else(|| variable("OLLAMA_HOST"))
            .ok_or(GenerateError::NoEndpoint)?
    } else {
        given.to_owned()
    };
    completed(given.trim()).ok_or(GenerateError::Address { url: given })
}

fn completed(given: &str) -> Option<String> {
    let url = if given.contains("://") {
        given.to_owned()
    } else {
        format!("http://{given}")
    };
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let is_host = |c: char| c.is_alphanumeric() || ".-_:[]@".contains(c);
    let is_good =
        ["http", "https"].contains(&scheme) && !host.is_empty() && host.chars().all(is_host);
    is_good.then(|| match path {
        "" => format!("{scheme}://{host}/v1"),
        path => format!("{scheme}://{host}/{path}"),
    })
}

/// True where what is sent to `url` stays on this machine.
pub fn is_here(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name
        .parse()
        .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    is_loopback || ["localhost", "0.0.0.0"].contains(&name)
}

impl Endpoint {
    /// The model `model` behind `base` (see `address`); the key is `OPENAI_API_KEY`, where there
    /// is one. An answer must be whole within `timeout`.
    pub fn new(base: &str, model: &str, parallel: usize, timeout: Duration) -> Result<Self> {
        let key = std::env::var("OPENAI_API_KEY").ok();
        Ok(Self {
            base: address(base)?,
            model: model.to_owned(),
            key: key.map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()),
            parallel: parallel.max(1),
            agent: http::agent_within(timeout),
        })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    fn url(&self) -> String {
        format!("{}/chat/completions", self.base)
    }

    /// Sends a prompt until it is answered, or what is wrong does not pass by itself.
    fn ask(
        &self,
        prompt: &Prompt,
        stream: bool,
        cancel: &CancelToken,
        on: &mut dyn FnMut(&str),
    ) -> Result<Option<Reply>> {
        let mut pause = PAUSE;
        for left in (0..TRIES).rev() {
            let (error, asked) = match self.send(prompt, stream, cancel, on) {
                Ok(reply) => return Ok(reply),
                Err(Failed {
                    error,
                    passes: false,
                    ..
                }) => return Err(error),
                Err(Failed { error, after, .. }) => (error, after),
            };
            if left == 0 {
                return Err(error);
            }
            if !sleep(asked.unwrap_or(pause).min(LONGEST), cancel) {
                break;
            }
            pause *= 2;
        }
        Ok(None)
    }

    /// What a request says.
    fn body(&self, prompt: &Prompt, stream: bool) -> String {
        let mut body = json!({
            "model": self.model,
            "messages": prompt.messages,
            "max_tokens": prompt.max_tokens,
            "temperature": prompt.temperature,
            "seed": prompt.seed,
            "stream": stream,
        });
        if !prompt.stop.is_empty() {
            body["stop"] = json!(prompt.stop);
        }
        body.to_string()
    }

    /// Sends a prompt and hands over the answer as it comes; none when it was cancelled.
    fn send(
        &self,
        prompt: &Prompt,
        stream: bool,
        cancel: &CancelToken,
        on: &mut dyn FnMut(&str),
    ) -> Result<Option<Reply>, Failed> {
        let url = self.url();
        let mut request = self
            .agent
            .post(&url)
            .header("Content-Type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let body = self.body(prompt, stream);
        let lines = stream::listen(move || request.send(body).map_err(|e| e.to_string()));
        let (mut status, mut after, mut text) = (0, None, String::new());
        let mut pieces = Pieces::default();
        let broken = |detail: String, passes: bool| Failed {
            error: if passes {
                let url = url.clone();
                GenerateError::Unreachable { url, detail }
            } else {
                let url = url.clone();
                GenerateError::Answer { url, detail }
            },
            passes,
            after: None,
        };
        loop {
            match stream::next(&lines, cancel) {
                None => return Ok(None),
                Some(ServerEvent::Ended) => break,
                Some(ServerEvent::Status(code, wait)) => (status, after) = (code, wait),
                // What was handed on already cannot be taken back by another try.
                Some(ServerEvent::Broken(why)) => return Err(broken(why, pieces.is_empty())),
                Some(ServerEvent::Line(line)) if status == 200 && line.starts_with("data:") => {
                    let new = pieces.take(&line).map_err(|why| broken(why, false))?;
                    new.iter().for_each(|piece| on(piece));
                }
                Some(ServerEvent::Line(line)) => {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        if status != 200 {
            return Err(Failed {
                passes: matches!(status, 408 | 409 | 425 | 429 | 500..=599),
                after: after.map(Duration::from_secs),
                error: GenerateError::Status {
                    url,
                    status,
                    detail: error_message(&text),
                    remedy: remedy(status),
                },
            });
        }
        if !pieces.is_empty() {
            return Ok(Some(pieces.reply()));
        }
        // A server that does not stream answers in one piece.
        let reply = reply(&text).map_err(|detail| broken(detail, false))?;
        on(&reply.text);
        Ok(Some(reply))
    }
}

/// Why a request was not answered, and whether it is worth another.
struct Failed {
    error: GenerateError,
    passes: bool,
    after: Option<Duration>,
}

fn remedy(status: u16) -> &'static str {
    match status {
        401 | 403 => "set OPENAI_API_KEY to a key that the server takes",
        404 => "check the address and the model's name",
        400 | 422 => "check that the model takes conversations of this length",
        429 => "the server is asked too much; lower [generate] parallel in the settings",
        _ => "look at the server's own log, and try again",
    }
}

/// A server's own description of an error, in one line.
fn error_message(text: &str) -> String {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let message = value.as_ref().and_then(|v| {
        let error = &v["error"];
        error["message"].as_str().or(error.as_str())
    });
    let message = message.unwrap_or(text);
    let line: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn reply(text: &str) -> Result<Reply, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let content = value["choices"][0]["message"]["content"].as_str();
    let content = content.ok_or_else(|| format!("no choices in it: {}", error_message(text)))?;
    Ok(Reply {
        text: without_thoughts(content).trim().to_owned(),
        tokens: value["usage"]["completion_tokens"]
            .as_u64()
            .map(|n| n as usize),
    })
}

/// What a model says after it has thought aloud.
fn without_thoughts(text: &str) -> &str {
    if !text.trim_start().starts_with("<think>") {
        return text;
    }
    text.split_once("</think>").map_or("", |(_, rest)| rest)
}

/// Waits; false when it was cancelled.
fn sleep(time: Duration, cancel: &CancelToken) -> bool {
    let until = Instant::now() + time;
    while !cancel.is_cancelled() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    !cancel.is_cancelled()
}

impl Generator for Endpoint {
    fn name(&self) -> &str {
        &self.model
    }

    fn fingerprint(&self) -> String {
        format!("{} at {}", self.model, self.base)
    }

    fn generate(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        if let [prompt] = prompts {
            // Somebody waits for it, and sees it come.
            let mut pass_on = |text: &str| on(Event::Text { prompt: 0, text });
            let reply = self.ask(prompt, true, cancel, &mut pass_on)?;
            if let Some(reply) = reply {
                on(Event::Done { prompt: 0, reply });
            }
            return Ok(());
        }
        let next = AtomicUsize::new(0);
        let failed = CancelToken::default();
        let (send, receive) = mpsc::channel();
        let work = |send: mpsc::Sender<Result<(usize, Reply)>>| {
            while !cancel.is_cancelled() && !failed.is_cancelled() {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(prompt) = prompts.get(at) else { break };
                let answer = match self.ask(prompt, false, cancel, &mut |_| {}) {
                    Ok(None) => break,
                    Ok(Some(reply)) => Ok((at, reply)),
                    Err(error) => {
                        failed.cancel();
                        Err(error)
                    }
                };
                if send.send(answer).is_err() {
                    break;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.parallel.min(prompts.len()) {
                let send = send.clone();
                scope.spawn(|| work(send));
            }
            drop(send);
            let mut first = Ok(());
            for answer in receive {
                match answer {
                    Ok((prompt, reply)) => {
                        let text = &reply.text;
                        on(Event::Text { prompt, text });
                        on(Event::Done { prompt, reply });
                    }
                    Err(error) => first = first.and(Err(error)),
                }
            }
            first
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_becomes_an_address() {
        let full = |given: &str| completed(given).unwrap_or_default();
        assert_eq!(full("localhost:11434"), "http://localhost:11434/v1");
        assert_eq!(full("http://10.0.0.2:8000/"), "http://10.0.0.2:8000/v1");
        assert_eq!(
            full("https://x.example/api/v3/"),
            "https://x.example/api/v3"
        );
        assert_eq!(full("[::1]:80"), "http://[::1]:80/v1");
        assert_eq!(full("ftp://x"), "");
        assert_eq!(full("http://a b"), "");
        assert_eq!(full(""), "");
    }

    #[test]
    fn it_is_known_what_leaves_the_machine() {
        assert!(is_here("http://localhost:11434/v1") && is_here("http://[::1]/v1"));
        assert!(is_here("http://127.0.0.2/v1") && is_here("http://user@0.0.0.0:1/v1"));
        assert!(!is_here("https://localhost.example.com/v1") && !is_here("http://10.0.0.2/v1"));
    }

    #[test]
    fn answers_are_read_without_thoughts_and_errors_in_a_line() {
        let text = r#"{"choices": [{"message": {"content": "<think>hm\n</think>\n\nWhy? "}}],
            "usage": {"completion_tokens": 7}}"#;
        let expected = Reply {
            text: "Why?".to_owned(),
            tokens: Some(7),
        };
        assert_eq!(reply(text), Ok(expected));
        assert!(reply("{}").is_err() && reply("<html>").is_err());
        assert_eq!(
            error_message(r#"{"error": {"message": "no such\n model"}}"#),
            "no such model"
        );
        assert_eq!(error_message(r#"{"error": "busy"}"#), "busy");
    }
}
