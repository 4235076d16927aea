//! Reading: files in child processes, as many at a time as there are threads; then those that are pictures, by OCR, one
//! after the other with all threads for its pages, so that what has text is searchable first.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use crate::index::sync::ToExtract;
use crate::job::context::JobContext;
use crate::ocr::{Ocr, Recognised};
use crate::pdf::sandbox::{RawDocument, Sandbox};
use crate::pdf::{Document, Failure};
use crate::progress::Progress;

/// A file as it was read.
pub type Read = (ToExtract, Result<Document, Failure>);

/// Files that are being read, by several threads.
pub struct Reading<'a> {
    pub sandbox: &'a Sandbox,
    pub recogniser: Option<&'a Ocr>,
    pub files: Mutex<std::vec::IntoIter<ToExtract>>,
    /// Files of which pages wait for OCR.
    pub pictures: Mutex<VecDeque<(ToExtract, RawDocument)>>,
    /// Held by the thread whose file is with OCR.
    pub turn: Mutex<()>,
    pub context: &'a JobContext,
    pub began: Instant,
}

impl Reading<'_> {
    /// One thread's share: reads until nothing is left, `send` takes no more, or it is cancelled.
    pub fn run(&self, send: &dyn Fn(Read) -> bool) {
        while let Some(file) = next(&self.files, Iterator::next) {
            let hash = Some(file.seen.file_hash);
            let raw = match self
                .sandbox
                .raw(&file.file.path, hash, &self.context.cancel)
            {
                Ok(Some(raw)) => raw,
                Ok(None) => return,
                Err(failure) => {
                    if !send((file, Err(failure))) {
                        return;
                    }
                    continue;
                }
            };
            if self.recogniser.is_some_and(|ocr| ocr.has_work(&raw)) {
                next(&self.pictures, |waiting| {
                    waiting.push_back((file, raw));
                    Some(())
                });
            } else if !send((file, raw.finish())) {
                return;
            }
        }
        while let Some((file, raw)) = next(&self.pictures, VecDeque::pop_front) {
            let read = self.recognised(&file, raw);
            if !read.is_some_and(|read| send((file, read))) {
                return;
            }
        }
    }

    /// A document with its pictures read; none when cancelled.
    fn recognised(
        &self,
        file: &ToExtract,
        mut raw: RawDocument,
    ) -> Option<Result<Document, Failure>> {
        let ocr = self.recogniser?;
        let _turn = self.turn.lock();
        let on = |Recognised { done, of }: Recognised| {
            self.context.progress.report(Progress::Recognised {
                document: file.file.key.clone(),
                done,
                of,
                seconds: self.began.elapsed().as_secs_f64(),
            });
        };
        let (path, cancel) = (&file.file.path, &self.context.cancel);
        let done = ocr.complete(self.sandbox, path, &mut raw, cancel, &on);
        done.ok().map(|()| raw.finish())
    }
}

/// What `take` makes of what is shared.
fn next<S, T>(shared: &Mutex<S>, take: impl FnOnce(&mut S) -> Option<T>) -> Option<T> {
    shared.lock().ok().and_then(|mut shared| take(&mut shared))
}
