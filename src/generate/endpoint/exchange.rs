//! An exchange: one request to an endpoint, and its answer as it comes.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::super::saying::{Change, Opening, Saying};
use super::super::{Ending, GenerateError, Prompt, Reply};
use super::Endpoint;
use super::parameter::{self, Parameter, Refused};
use super::piece::{self, Line, Piece};
use super::stream::{self, Head, ServerEvent};
use crate::progress::CancelToken;

/// Characters of a server's message that are shown.
const SHOWN: usize = 200;
/// What may still come behind the last piece of an answer: how many tokens it had.
const AFTER: Duration = Duration::from_secs(2);

/// Gets what is new of an answer.
pub type Listener<'a> = &'a mut dyn FnMut(Change<'_>);

/// Why a request was not answered, and what may help.
pub struct Failed {
    pub error: GenerateError,
    pub help: Help,
}

pub enum Help {
    None,
    /// The same request again, after this time where the server says so.
    Again(Option<Duration>),
    /// Without these, or by another name.
    Without(Refused),
}

/// A request that was sent.
pub struct Exchange<'a> {
    pub endpoint: &'a Endpoint,
    pub prompt: &'a Prompt,
    pub stream: bool,
    pub refused: &'a Refused,
    /// When the answer must be whole.
    pub until: Instant,
}

impl Exchange<'_> {
    /// Sends the request and hands over the answer as it comes; none when it was cancelled.
    pub fn run(&self, cancel: &CancelToken, on: Listener<'_>) -> Result<Option<Reply>, Failed> {
        let events = self.send();
        // An answer in one piece begins when it is whole.
        let begins = match self.stream {
            true => self.until.min(Instant::now() + self.endpoint.limits.first),
            false => self.until,
        };
        let mut incoming = Incoming::new(self, begins);
        loop {
            let event = match stream::next(&events, cancel, incoming.until) {
                None => return Ok(None),
                Some(event) => event,
            };
            if let Some(end) = incoming.take(event, on)? {
                return incoming.reply(end, on).map(Some);
            }
        }
    }

    fn send(&self) -> Receiver<ServerEvent> {
        let endpoint = self.endpoint;
        let url = endpoint.address.of("chat/completions");
        let mut request = endpoint
            .agent
            .post(url)
            .header("Content-Type", "application/json");
        if let Some(value) = endpoint.secrets.authorization() {
            request = request.header("Authorization", value);
        }
        let body = parameter::body(&endpoint.model, self.prompt, self.stream, self.refused);
        stream::listen(move || request.send(body).map_err(|e| e.to_string()))
    }

    fn shown(&self, detail: &str) -> String {
        let struck = self.endpoint.secrets.strike(detail);
        struck
            .chars()
            .filter(|c| !c.is_control())
            .take(SHOWN)
            .collect()
    }

    fn url(&self) -> String {
        self.endpoint.url()
    }

    fn not_understood(&self, detail: &str) -> Failed {
        let (url, detail) = (self.url(), self.shown(detail));
        Failed {
            error: GenerateError::Answer { url, detail },
            help: Help::None,
        }
    }

    /// Nothing that was told is lost by another try.
    fn unreachable(&self, detail: &str) -> Failed {
        let (url, detail) = (self.url(), self.shown(detail));
        Failed {
            error: GenerateError::Unreachable { url, detail },
            help: Help::Again(None),
        }
    }
}

/// An answer on its way.
struct Incoming<'a> {
    of: &'a Exchange<'a>,
    head: Head,
    saying: Saying<'a>,
    /// What came and is no line of a stream.
    text: String,
    pieces: usize,
    is_stream: bool,
    tokens: Option<usize>,
    ending: Option<Ending>,
    /// When the next must have come.
    until: Instant,
}

impl<'a> Incoming<'a> {
    fn new(of: &'a Exchange<'a>, until: Instant) -> Self {
        let opening = match of.stream && of.endpoint.opens_thoughts() {
            true => Opening::Thoughts,
            false => Opening::Unknown,
        };
        Self {
            of,
            head: Head::default(),
            saying: Saying::new(of.prompt, opening),
            text: String::new(),
            pieces: 0,
            is_stream: false,
            tokens: None,
            ending: None,
            until,
        }
    }

    /// Takes in what came; how the answer ended, where it did.
    fn take(&mut self, event: ServerEvent, on: Listener<'_>) -> Result<Option<Ending>, Failed> {
        let of = self.of;
        match event {
            ServerEvent::Head(head) => self.head = head,
            ServerEvent::Line(line) if self.head.status == 200 && line.starts_with("data:") => {
                return self.line(&line, on);
            }
            ServerEvent::Line(line) => {
                self.text.push_str(&line);
                self.text.push('\n');
            }
            ServerEvent::Excess(what) => {
                return Err(of.not_understood(&format!("it sends {what}")));
            }
            ServerEvent::Broken(why) if self.saying.is_empty() => return Err(of.unreachable(&why)),
            ServerEvent::Broken(_) => return Ok(Some(Ending::BrokenOff)),
            ServerEvent::Ended => return Ok(Some(self.ending.unwrap_or(Ending::BrokenOff))),
            ServerEvent::Late => return self.late().map(Some),
        }
        Ok(None)
    }

    fn line(&mut self, line: &str, on: Listener<'_>) -> Result<Option<Ending>, Failed> {
        self.is_stream = true;
        match piece::line(line).map_err(|why| self.of.not_understood(&why))? {
            Line::Other => {}
            Line::Done => return Ok(Some(self.ending.unwrap_or_default())),
            Line::Piece(piece) => self.piece(&piece, on),
        }
        Ok(self.saying.is_over().then_some(Ending::Whole))
    }

    fn piece(&mut self, piece: &Piece, on: Listener<'_>) {
        if piece.thought {
            self.saying.think();
        }
        self.saying.take(&piece.text, on);
        self.tokens = piece.tokens.or(self.tokens);
        let has_come = piece.thought || !piece.text.is_empty();
        self.pieces += usize::from(has_come);
        if has_come {
            self.until = self.of.until;
        }
        if piece.ending.is_some() {
            self.ending = piece.ending;
            self.until = self.of.until.min(Instant::now() + AFTER);
        }
    }

    /// Nothing came in time: what there is counts, where it is an answer.
    fn late(&self) -> Result<Ending, Failed> {
        let (url, limits) = (self.of.url(), &self.of.endpoint.limits);
        let error = match self.ending {
            Some(ending) => return Ok(ending),
            None if !self.saying.is_empty() => return Ok(Ending::OutOfTime),
            None if self.until < self.of.until => GenerateError::Silent {
                url,
                seconds: limits.first.as_secs(),
            },
            None => GenerateError::Slow {
                url,
                seconds: limits.total.as_secs(),
            },
        };
        let help = Help::None;
        Err(Failed { error, help })
    }

    /// The whole answer, which ended so.
    fn reply(mut self, ending: Ending, on: Listener<'_>) -> Result<Reply, Failed> {
        if self.head.status != 200 {
            return Err(self.refusal());
        }
        let mut ending = ending;
        if !self.is_stream {
            let piece = piece::whole(&self.text).map_err(|why| self.of.not_understood(&why))?;
            self.piece(&piece, on);
            ending = piece.ending.unwrap_or_default();
            self.pieces = 0;
        }
        let of = self.of;
        if self.saying.was_opened() {
            of.endpoint.note_opened();
        }
        // Servers send a token a piece where they do not say.
        let tokens = self.tokens.or((self.pieces > 0).then_some(self.pieces));
        let was_said = self.ending.is_some();
        let reply = self.saying.reply(tokens, ending);
        if reply.ending == Ending::BrokenOff && reply.text.is_empty() && !was_said {
            return Err(of.unreachable("it breaks off before it answers"));
        }
        // Who pays no heed to a format is not asked for one again; what it says is prose.
        if let Some(format) = of.prompt.format.as_ref()
            && parameter::asks_format(of.prompt, of.refused)
            && reply.ending == Ending::Whole
            && !reply.text.is_empty()
            && format.read(&reply.text).is_none()
        {
            of.endpoint.note_refused(Refused::from([Parameter::Format]));
        }
        Ok(reply)
    }

    fn refusal(&self) -> Failed {
        let (of, url) = (self.of, self.of.url());
        let status = self.head.status;
        if let (300..=399, Some(to)) = (status, &self.head.location) {
            let to = of.shown(to);
            return Failed {
                error: GenerateError::Redirect { url, to },
                help: Help::None,
            };
        }
        let asks_format = parameter::asks_format(of.prompt, of.refused);
        let without = parameter::refused_by(status, &self.text, of.refused, asks_format);
        let help = match status {
            _ if !without.is_empty() => Help::Without(without),
            408 | 409 | 425 | 429 | 500..=599 => Help::Again(self.head.after),
            _ => Help::None,
        };
        let error = GenerateError::Status {
            url,
            status,
            detail: of.shown(&piece::error_message(&self.text)),
            remedy: remedy(status),
        };
        Failed { error, help }
    }
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
