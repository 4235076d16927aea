//! A stream: what comes from a server, line by line, as long as it keeps to what a server may send.
//!
//! Lines are read on a thread of their own, so that a cancelled question returns at once, and a
//! deadline holds, however long the server is silent.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::http::Response;
use crate::progress::CancelToken;

/// Bytes of a line and of an answer at most: an answer in one piece is one line.
const LONGEST: u64 = 4 << 20;
const MOST: u64 = 16 << 20;
/// Lines that wait to be read; the server waits then.
const AHEAD: usize = 64;
/// Between two looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// What comes from a server.
#[derive(Debug, PartialEq, Eq)]
pub enum ServerEvent {
    Head(Head),
    /// A line that is not empty.
    Line(String),
    /// More than a server may send.
    Excess(&'static str),
    /// It broke off with this error.
    Broken(String),
    Ended,
    /// Nothing came in time.
    Late,
}

/// The head of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// How long to wait before another try, where it says so.
    pub after: Option<Duration>,
    /// Where it sends on to.
    pub location: Option<String>,
}

/// Calls `send` on a thread of its own and hands over what the server answers. The thread ends with the answer,
/// or at the next line when nobody listens any more.
pub fn listen(
    send: impl FnOnce() -> Result<Response, String> + Send + 'static,
) -> Receiver<ServerEvent> {
    let (sender, events) = sync_channel(AHEAD);
    std::thread::spawn(move || {
        // Who asked may be gone.
        let _ = match send() {
            Ok(answer) => pass_on(answer, &sender),
            Err(why) => sender.send(ServerEvent::Broken(why)).map_err(drop),
        };
    });
    events
}

/// Hands over an answer; an error where nobody listens.
fn pass_on(answer: Response, to: &SyncSender<ServerEvent>) -> Result<(), ()> {
    let header = |name| answer.headers().get(name)?.to_str().ok();
    let after = header("retry-after").and_then(|value| value.trim().parse().ok());
    let head = Head {
        status: answer.status().as_u16(),
        after: after.map(Duration::from_secs),
        location: header("location").map(str::to_owned),
    };
    let send = |event| to.send(event).map_err(drop);
    send(ServerEvent::Head(head))?;
    let mut lines = Lines::of(answer.into_body().into_reader());
    loop {
        let event = match lines.next() {
            Ok(Some(line)) if line.trim().is_empty() => continue,
            Ok(Some(line)) => ServerEvent::Line(line),
            Ok(None) => return send(ServerEvent::Ended),
            Err(Stopped::Excess(what)) => return send(ServerEvent::Excess(what)),
            Err(Stopped::Broken(why)) => return send(ServerEvent::Broken(why)),
        };
        send(event)?;
    }
}

/// Lines of bounded length, and bounded in all.
struct Lines<R> {
    from: BufReader<R>,
    left: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Stopped {
    Excess(&'static str),
    Broken(String),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl<R: Read> Lines<R> {
    fn of(from: R) -> Self {
        Self {
            from: BufReader::new(from),
            left: MOST,
        }
    }

    fn next(&mut self) -> Result<Option<String>, Stopped> {
        let mut line = Vec::new();
        let read = self
            .from
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)? as u64;
        if read == LONGEST {
            return Err(Stopped::Excess("a line of more than 4 MiB"));
        }
        if read > self.left {
            return Err(Stopped::Excess("more than 16 MiB"));
        }
        self.left -= read;
        let text = String::from_utf8_lossy(&line);
        Ok((read > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// Waits for the next event, until `until` at most; none when it was cancelled.
pub fn next(
    events: &Receiver<ServerEvent>,
    cancel: &CancelToken,
    until: Instant,
) -> Option<ServerEvent> {
    loop {
        if cancel.is_cancelled() {
            return None;
        }
        let left = until.saturating_duration_since(Instant::now());
        match events.recv_timeout(LOOK.min(left)) {
            Ok(event) => return Some(event),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return Some(ServerEvent::Late),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Some(ServerEvent::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_measure() {
        let mut lines = Lines::of(&b"data: 1\r\n\nlast"[..]);
        let mut next = || lines.next().unwrap();
        assert_eq!(next().as_deref(), Some("data: 1"));
        assert_eq!(next().as_deref(), Some(""));
        assert_eq!((next().as_deref(), next()), (Some("last"), None));
        let mut endless = Lines::of(io::repeat(b'a'));
        assert_eq!(
            endless.next(),
            Err(Stopped::Excess("a line of more than 4 MiB"))
        );
        let mut many = Lines::of(io::repeat(b'\n').take(MOST + 1));
        let mut stopped = None;
        for _ in 0..=MOST {
            stopped = stopped.or(many.next().err());
        }
        assert_eq!(stopped, Some(Stopped::Excess("more than 16 MiB")));
    }

    #[test]
    fn who_waits_is_late_or_cancelled() {
        let (_sender, events) = sync_channel(1);
        let cancel = CancelToken::new();
        let soon = Instant::now() + Duration::from_millis(30);
        assert_eq!(next(&events, &cancel, soon), Some(ServerEvent::Late));
        cancel.cancel();
        assert_eq!(next(&events, &cancel, soon), None);
    }
}
