//! A worker: a thread of its own that answers requests one after the other, with what it has opened
//! before. It outlives a panic, and ends when its handle is dropped.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::progress::CancelToken;

/// What a worker does.
pub trait Work: Send + 'static {
    type Request: Send + 'static;
    type Reply;

    /// In a word or two, for the thread's name and for what is said when it fails.
    const NAME: &'static str;

    /// Whether `waiting` need not be answered, now that `newer` is asked. Nothing else takes a
    /// request out of the queue.
    fn supersedes(_newer: &Self::Request, _waiting: &Self::Request) -> bool {
        false
    }

    /// What `request` is cancelled by, besides by the worker.
    fn token(_request: &Self::Request) -> CancelToken {
        CancelToken::new()
    }

    /// Answers `request`; what is returned is the last of its replies, `reply` takes those before.
    fn handle(
        &mut self,
        request: &Self::Request,
        cancel: &CancelToken,
        reply: &dyn Fn(Self::Reply),
    ) -> Self::Reply;

    /// The reply to a request whose handling panicked.
    fn failed(request: &Self::Request, why: String) -> Self::Reply;
}

/// A handle to a worker. Dropping it cancels the request that is handled, forgets those that wait
/// and ends the thread, without waiting for it.
pub struct Worker<W: Work> {
    shared: Arc<Shared<W::Request>>,
}

struct Shared<R> {
    queue: Mutex<Queue<R>>,
    /// Something was asked, or done, or the handle is gone.
    changed: Condvar,
}

struct Queue<R> {
    waiting: VecDeque<(R, CancelToken)>,
    /// By what the request that is handled now is cancelled.
    running: Option<CancelToken>,
    has_ended: bool,
}

impl<R> Shared<R> {
    fn lock(&self) -> MutexGuard<'_, Queue<R>> {
        // No step leaves the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a request; none when the handle is gone.
    fn next(&self) -> Option<(R, CancelToken)> {
        let mut queue = self.lock();
        queue.running = None;
        self.changed.notify_all();
        loop {
            if queue.has_ended {
                return None;
            }
            if let Some((request, cancel)) = queue.waiting.pop_front() {
                queue.running = Some(cancel.clone());
                return Some((request, cancel));
            }
            let woken = self.changed.wait(queue);
            queue = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<W: Work> Worker<W> {
    /// Starts the thread; `reply` is called on it.
    pub fn start(mut work: W, reply: impl Fn(W::Reply) + Send + 'static) -> Self {
        let queue = Queue {
            waiting: VecDeque::new(),
            running: None,
            has_ended: false,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            changed: Condvar::new(),
        });
        let own = shared.clone();
        let thread = std::thread::Builder::new().name(W::NAME.to_owned());
        let started = thread.spawn(move || {
            while let Some((request, cancel)) = own.next() {
                let last = caught(W::NAME, || work.handle(&request, &cancel, &reply));
                reply(last.unwrap_or_else(|why| W::failed(&request, why)));
            }
        });
        started.expect("the system has room for a thread");
        Self { shared }
    }

    /// Queues a request, in place of those that it supersedes.
    pub fn ask(&self, request: W::Request) {
        let mut queue = self.shared.lock();
        queue
            .waiting
            .retain(|(waiting, _)| !W::supersedes(&request, waiting));
        let cancel = W::token(&request);
        queue.waiting.push_back((request, cancel));
        self.shared.changed.notify_all();
    }

    /// Cancels the request that is handled now, and those that wait: each is replied to all the
    /// same.
    pub fn cancel(&self) {
        let queue = self.shared.lock();
        let waiting = queue.waiting.iter().map(|(_, cancel)| cancel);
        waiting.chain(&queue.running).for_each(CancelToken::cancel);
    }

    /// Cancels everything and waits for its end, `patience` at most; true where it came.
    pub fn stop(&self, patience: Duration) -> bool {
        self.cancel();
        let until = Instant::now() + patience;
        let mut queue = self.shared.lock();
        while queue.running.is_some() || !queue.waiting.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.shared.changed.wait_timeout(queue, left);
            queue = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl<W: Work> Drop for Worker<W> {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.has_ended = true;
        queue.waiting.clear();
        queue.running.iter().for_each(CancelToken::cancel);
        self.shared.changed.notify_all();
    }
}

/// Does `work`; a panic in it becomes a message, and its own words go to the log.
pub fn caught<T>(what: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        let words = words.unwrap_or_else(|| "without a word".to_owned());
        tracing::error!("{what} panicked: {words}");
        format!("{what} failed unexpectedly ({words}); this is a fault of tenk: please report it")
    })
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
