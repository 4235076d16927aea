//! Messages: what a child sends its parent, a line of JSON each.
//!
//! The child has read a hostile file and may be in its hands, so nothing that it sends is taken on
//! trust: a line is read up to a length, few lines wait at a time, and what is no message is passed
//! over.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use serde::{Deserialize, Serialize};

use crate::pdf::cap::{Excess, MAX_PAGE_MESSAGE, MAX_PICTURE_MESSAGE};
use crate::pdf::copy::SentCopy;
use crate::pdf::reader::RawPage;
use crate::pdf::{Failure, Reason};

/// Marks a line of the protocol; a PDF crate's own prints lack it.
const MARK: u8 = 0x1E;
/// Messages that wait for the parent; the child waits while there are more.
const WAITING: usize = 8;

#[derive(Serialize, Deserialize)]
pub enum Message {
    /// The hash of the bytes that all that follows comes from.
    Read([u8; 32]),
    Opened {
        pages: u32,
        /// The file's title property.
        #[serde(default)]
        title: String,
    },
    /// Work on a page begins: its deadline runs.
    Begun(u32),
    Page(RawPage),
    Picture(Drawn),
    Copied(SentCopy),
    Refused(Failure),
}

/// A picture on its way from the child.
#[derive(Serialize, Deserialize)]
pub struct Drawn {
    pub width: u32,
    pub height: u32,
    /// Three bytes a pixel, or one of grey, as base64.
    pub pixels: String,
    pub lines: Vec<[f32; 4]>,
    /// Pixels of a point.
    pub scale: f32,
}

/// What arrives of a child.
pub enum Arrival {
    /// A message and its length in bytes.
    Message(Message, usize),
    /// A message that is longer than it may be; nothing follows it.
    TooLong,
}

/// Writes a message to the parent.
pub fn send(message: &Message) {
    let Ok(mut json) = serde_json::to_vec(message) else {
        return;
    };
    if let Message::Page(page) = message
        && json.len() + 2 > MAX_PAGE_MESSAGE
    {
        return send(&Message::Page(RawPage::failed(
            page.number,
            Excess::Message,
        )));
    }
    json.insert(0, MARK);
    json.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    if stdout
        .write_all(&json)
        .and_then(|()| stdout.flush())
        .is_err()
    {
        // The parent is gone: nobody waits for the rest.
        std::process::exit(0);
    }
}

/// Parses a child's messages on a thread of their own; the channel closes when the child ends.
pub fn listen(child: &mut Child, picture: bool) -> Receiver<Arrival> {
    let (sender, receiver) = sync_channel(WAITING);
    let longest = if picture {
        MAX_PICTURE_MESSAGE
    } else {
        MAX_PAGE_MESSAGE
    };
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || forward(stdout, longest, &sender));
    }
    receiver
}

fn forward(stdout: ChildStdout, longest: usize, sender: &SyncSender<Arrival>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = stdout
            .by_ref()
            .take(longest as u64 + 1)
            .read_until(b'\n', &mut line);
        if !read.is_ok_and(|read| read > 0) {
            return;
        }
        let whole = line.len() <= longest;
        let arrival = match line.strip_prefix(&[MARK]) {
            Some(_) if !whole => Arrival::TooLong,
            Some(json) => match serde_json::from_slice(json) {
                Ok(message) => Arrival::Message(message, line.len()),
                Err(_) => continue,
            },
            // The rest of an endless line that is no message.
            None if !whole && stdout.skip_until(b'\n').is_err() => return,
            None => continue,
        };
        let last = matches!(arrival, Arrival::TooLong);
        if sender.send(arrival).is_err() || last {
            return;
        }
    }
}

/// The first part of what a child writes to stderr, once it has ended.
pub fn complaints(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let _ = sender.send(head_of(stderr));
        });
    }
    receiver
}

fn head_of(mut stderr: ChildStderr) -> String {
    let mut head = Vec::new();
    let _ = stderr.by_ref().take(8192).read_to_end(&mut head);
    // Keep draining, or a child that prints without end would block instead of dying.
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&head).into_owned()
}

/// Why a child ended, by its complaint and its exit status.
pub fn cause_of_death(complaint: &str, status: &str) -> Failure {
    if complaint.contains("memory allocation of") || complaint.contains("capacity overflow") {
        return Failure::new(Reason::TooLarge, "it needs more memory than the limit");
    }
    if complaint.contains("overflowed its stack") {
        return Failure::new(Reason::Crashed, "its objects are nested without end");
    }
    let detail = format!("the reading process ended with {status}");
    Failure::new(Reason::Crashed, detail)
}
