//! Copies: pages of a file copied in the child, which is told on its stdin what they are to have.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;

use super::errand::Errand;
use super::message::Message;
use super::{Sandbox, Task};
use crate::pdf::cap::MAX_TASK;
use crate::pdf::copy::{Copied, CopyTask};
use crate::pdf::reader::EngineChoice;
use crate::pdf::{Failure, Reason};
use crate::progress::CancelToken;

impl Sandbox {
    /// Copies pages of `path`, which hashes to `expected`; `Ok(None)` when cancelled.
    ///
    /// # Errors
    ///
    /// Where the file is another by now, or cannot be taken apart.
    pub fn copy(
        &self,
        path: &Path,
        expected: [u8; 32],
        task: &CopyTask,
        cancel: &CancelToken,
    ) -> Result<Option<Copied>, Failure> {
        let told = serde_json::to_vec(task).unwrap_or_default();
        if told.len() as u64 > MAX_TASK {
            let detail = "there is too much to mark on its pages";
            return Err(Failure::new(Reason::TooLarge, detail));
        }
        let whole = Task::page(1, EngineChoice::Both);
        let mut command = self.command(whole);
        command.arg("--copy").stdin(Stdio::piped());
        let mut child = self.sent_out(command, path)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A child that does not listen ends, or is ended, and says why.
            std::thread::spawn(move || stdin.write_all(&told));
        }
        let errand = Errand {
            what: "copying its pages",
            longest: self.limits.file,
            expected: Some(expected),
            changed: "it has changed since it was indexed",
        };
        let sent = errand.run(child, cancel, |message| match message {
            Message::Copied(sent) => Some(sent),
            _ => None,
        })?;
        sent.map(|sent| sent.decoded(task)).transpose()
    }
}

/// What a copy is to have, as the parent says it. Runs in the child.
pub fn told() -> Result<CopyTask, Failure> {
    let unknown = |error: String| Failure::new(Reason::Crashed, error);
    let mut text = Vec::new();
    let read = std::io::stdin().take(MAX_TASK).read_to_end(&mut text);
    read.map_err(|error| unknown(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unknown(error.to_string()))
}
