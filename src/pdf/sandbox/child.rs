//! The child's side: it limits itself, reads the pages of its task and sends messages.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::copying;
use super::message::{Message, send};
use super::picture::{self, Drawing};
use crate::pdf::reader::{self, EngineChoice, Reader};
use crate::pdf::{Failure, copy};

/// Stack of the reading thread.
const STACK: usize = 64 << 20;
/// Fewer pages than this are no work for another thread.
const PAGES_A_THREAD: usize = 16;

/// What a child is to do.
pub struct ChildTask {
    pub path: PathBuf,
    pub pages: RangeInclusive<u32>,
    pub memory_mb: u64,
    pub engine: EngineChoice,
    /// Pages read at a time.
    pub threads: usize,
    /// Draw the first of the pages, and read none.
    pub drawing: Option<Drawing>,
    /// Copy pages, as stdin says, and read none.
    pub copies: bool,
}

/// Reads those of the task's pages that its file has.
pub fn child_main(task: ChildTask) {
    limit_memory(task.memory_mb);
    end_with_parent();
    // The parent learns of a panic from the page's state.
    std::panic::set_hook(Box::new(|_| {}));
    let reading = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || read_all(&task));
    if let Ok(thread) = reading {
        // A panic outside a page ends the child early, which the parent reports.
        let _ = thread.join();
    }
}

fn read_all(task: &ChildTask) {
    let bytes = match reader::bytes_of(&task.path) {
        Ok(bytes) => bytes,
        Err(failure) => return send(&Message::Refused(failure)),
    };
    send(&Message::Read(*blake3::hash(&bytes).as_bytes()));
    let mut reader = match Reader::load(bytes, task.engine) {
        Ok(reader) => reader,
        Err(failure) => return send(&Message::Refused(failure)),
    };
    let pages = reader.page_count();
    let title = reader.title();
    send(&Message::Opened { pages, title });
    let last = pages.min(*task.pages.end());
    if task.drawing.is_some() || task.copies {
        return match done(task, &mut reader) {
            Ok(message) => send(&message),
            Err(failure) => send(&Message::Refused(failure)),
        };
    }
    let next = AtomicU32::new(*task.pages.start());
    let work = |reader: &mut Reader| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > last {
                return;
            }
            send(&Message::Begun(number));
            send(&Message::Page(reader.page(number)));
        }
    };
    let helpers = (task.threads.max(1) - 1).min(pages as usize / PAGES_A_THREAD);
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            let bytes = reader.bytes().to_vec();
            let helper = || {
                // A reader of its own: the engines are not made to be shared.
                if let Ok(mut reader) = Reader::load(bytes, task.engine) {
                    work(&mut reader);
                }
            };
            let builder = std::thread::Builder::new().stack_size(STACK);
            // Without a helper the pages are read all the same.
            let _ = builder.spawn_scoped(scope, helper);
        }
        work(&mut reader);
    });
}

/// What the one thing comes to that the child was started for.
fn done(task: &ChildTask, reader: &mut Reader) -> Result<Message, Failure> {
    let number = *task.pages.start();
    let drawn = match task.drawing {
        None => return Ok(Message::Copied(copy::copy(reader, &copying::told()?)?)),
        Some(Drawing::Width(width)) => {
            let page = reader.page(number);
            picture::draw(reader.pdf(), &page, width)?
        }
        Some(Drawing::Grey { dpi }) => picture::draw_grey(reader.pdf(), number, dpi)?,
    };
    Ok(Message::Picture(drawn))
}

#[cfg(unix)]
fn limit_memory(memory_mb: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let bytes = memory_mb << 20;
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    // Some systems (macOS) refuse this limit; the deadline still holds there.
    let _ = setrlimit(Resource::As, limit);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

#[cfg(not(unix))]
fn limit_memory(_: u64) {}

/// A killed parent takes its child with it, where the system offers that; elsewhere the child ends
/// at its next write.
fn end_with_parent() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}
