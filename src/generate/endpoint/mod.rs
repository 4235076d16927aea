//! The endpoint: a server that speaks OpenAI's chat protocol (Ollama, llama.cpp, vLLM, …).
//!
//! An `exchange` is one request and its answer. Several are on their way at a time; what may pass by
//! itself (a server that is busy, starting or out of reach for a moment) is tried again, after longer
//! and longer pauses; what it refuses of a request is left out of it from then on (`parameter`).

mod address;
mod exchange;
mod parameter;
mod piece;
mod secret;
mod stream;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

pub use address::{is_here, without_secrets};

use self::address::Address;
use self::exchange::{Exchange, Failed, Help, Listener};
use self::parameter::{Parameter, Refused};
use self::secret::Secrets;
use super::saying::Change;
use super::{Event, Generator, Prompt, Reply, Result};
use crate::http;
use crate::progress::CancelToken;

/// Times that a request is sent at most, when it is refused for nothing that it says.
const TRIES: u32 = 4;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// A longer pause than this is not waited for, whatever the server asks.
const LONGEST: Duration = Duration::from_secs(60);
/// The deadlines of an answer come first: this one only frees the thread that reads it.
const GRACE: Duration = Duration::from_secs(5);

/// What an endpoint is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests at a time.
    pub parallel: usize,
    /// Longest time until it is connected, until the first token of a streamed answer, and until an
    /// answer is whole, with all tries that it takes.
    pub connect: Duration,
    pub first: Duration,
    pub total: Duration,
    /// Tokens beside those of an answer.
    pub thinking: usize,
}

/// A model behind an address.
#[derive(Debug)]
pub struct Endpoint {
    address: Address,
    model: String,
    secrets: Secrets,
    limits: Limits,
    agent: http::Agent,
    /// What it was found to refuse.
    refused: Mutex<Refused>,
    /// Its template was found to open thoughts before the model's first word.
    opens_thoughts: AtomicBool,
}

impl Endpoint {
    /// The model `model` behind `base`, or where that is empty behind `OPENAI_BASE_URL` or
    /// `OLLAMA_HOST`; the key is `OPENAI_API_KEY`, where there is one.
    pub fn new(base: &str, model: &str, limits: Limits) -> Result<Self> {
        let address = Address::find(base)?;
        Ok(Self {
            model: model.to_owned(),
            secrets: Secrets::new(address.secrets()),
            address,
            limits,
            agent: http::agent_that_stays(limits.connect, limits.total + GRACE),
            refused: Mutex::default(),
            opens_thoughts: AtomicBool::new(false),
        })
    }

    /// The address, without what is secret in it.
    pub fn base(&self) -> String {
        self.address.shown()
    }

    /// As errors have it.
    fn url(&self) -> String {
        format!("{}/chat/completions", self.base())
    }

    fn opens_thoughts(&self) -> bool {
        self.opens_thoughts.load(Ordering::Relaxed)
    }

    fn note_opened(&self) {
        self.opens_thoughts.store(true, Ordering::Relaxed);
    }

    fn refused(&self) -> Refused {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_refused(&self, refused: Refused) {
        let known = self.refused.lock();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .extend(refused);
    }

    /// Sends a prompt until it is answered, or what is wrong does not pass by itself; none when it
    /// was cancelled.
    fn ask(
        &self,
        prompt: &Prompt,
        stream: bool,
        cancel: &CancelToken,
        on: Listener<'_>,
    ) -> Result<Option<Reply>> {
        let until = Instant::now() + self.limits.total;
        let prompt = &Prompt {
            max_tokens: prompt.max_tokens.saturating_add(self.limits.thinking),
            ..prompt.clone()
        };
        let mut refused = self.refused();
        let (mut tries, mut pause, mut before) = (1, PAUSE, None);
        loop {
            let exchange = Exchange {
                endpoint: self,
                prompt,
                stream,
                refused: &refused,
                until,
            };
            let Failed { error, help } = match exchange.run(cancel, on) {
                Ok(reply) => {
                    // What it takes now, it takes from now on.
                    self.note_refused(refused);
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            let asked = match help {
                // Why it was asked again says more than that the time is up.
                Help::None if error.is_late() => return Err(before.unwrap_or(error)),
                Help::None => return Err(error),
                Help::Without(parameters) => {
                    refused.extend(parameters);
                    continue;
                }
                Help::Again(asked) => asked.unwrap_or(pause).min(LONGEST),
            };
            if tries == TRIES || Instant::now() + asked >= until {
                return Err(error);
            }
            if !sleep(asked, cancel) {
                return Ok(None);
            }
            (tries, pause, before) = (tries + 1, pause * 2, Some(error));
        }
    }
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
        format!("{} at {}", self.model, self.base())
    }

    fn takes_formats(&self) -> bool {
        !self.refused().contains(&Parameter::Format)
    }

    fn generate(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        if let [prompt] = prompts {
            // Somebody waits for it, and sees it come.
            let mut pass_on = |change: Change<'_>| {
                on(match change {
                    Change::More { text, sure } => Event::Text {
                        prompt: 0,
                        text,
                        sure,
                    },
                    Change::Anew => Event::Anew { prompt: 0 },
                });
            };
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
            for _ in 0..self.limits.parallel.min(prompts.len()) {
                let send = send.clone();
                scope.spawn(|| work(send));
            }
            drop(send);
            let mut first = Ok(());
            for answer in receive {
                match answer {
                    Ok((prompt, reply)) => {
                        on(Event::Text {
                            prompt,
                            text: &reply.text,
                            sure: true,
                        });
                        on(Event::Done { prompt, reply });
                    }
                    Err(error) => first = first.and(Err(error)),
                }
            }
            first
        })
    }
}
