//! An errand: one thing that a child is started for, a page drawn or pages copied, and what comes of it.

use std::process::Child;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::message::{Arrival, Message, complaints, listen};
use crate::pdf::cap::MAX_REASON;
use crate::pdf::{Failure, Reason, clean};
use crate::progress::CancelToken;

/// What an errand is for, and how long it may take.
pub struct Errand<'a> {
    /// As it is said where it takes too long: `drawing`.
    pub what: &'a str,
    pub longest: Duration,
    /// The hash of what the file is to hold.
    pub expected: Option<[u8; 32]>,
    /// What is said where it holds something else.
    pub changed: &'a str,
}

impl Errand<'_> {
    /// Waits for what `take` takes of the child's messages; `Ok(None)` when cancelled.
    pub fn run<T>(
        &self,
        mut child: Child,
        cancel: &CancelToken,
        take: impl Fn(Message) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let arrivals = listen(&mut child, true);
        // Drained, or a child that complains would block.
        let _complaints = complaints(&mut child);
        let (began, what) = (Instant::now(), self.what);
        let result = loop {
            if cancel.is_cancelled() {
                break Ok(None);
            }
            if began.elapsed() > self.longest {
                let detail = format!("{what} took over {:?}", self.longest);
                break Err(Failure::new(Reason::TooSlow, detail));
            }
            match arrivals.recv_timeout(Duration::from_millis(50)) {
                Ok(Arrival::Message(Message::Read(hash), _)) => {
                    if self.expected.is_some_and(|expected| expected != hash) {
                        break Err(Failure::new(Reason::Unreadable, self.changed));
                    }
                }
                Ok(Arrival::Message(Message::Refused(failure), _)) => {
                    let detail = clean::excerpt(&failure.detail, MAX_REASON);
                    break Err(Failure { detail, ..failure });
                }
                Ok(Arrival::TooLong) => {
                    let detail = format!("what {what} gives is too large");
                    break Err(Failure::new(Reason::TooLarge, detail));
                }
                Ok(Arrival::Message(message, _)) => {
                    if let Some(taken) = take(message) {
                        break Ok(Some(taken));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let detail = format!("{what} ended the reading process");
                    break Err(Failure::new(Reason::Crashed, detail));
                }
            }
        };
        // Already gone is as good as killed.
        let _ = child.kill();
        let _ = child.wait();
        result
    }
}
