use super::*;
use std::sync::mpsc::{Receiver, channel};

const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Request {
    /// Holds the worker until the test lets it go on.
    Hold,
    Search(u32),
    Page(u32),
    /// Each one counts.
    Question(u32),
    Panic,
    /// Waits to be cancelled.
    UntilCancelled,
}

#[derive(Debug, PartialEq)]
enum Reply {
    Began,
    Done(Request),
    Cancelled,
    Failed(String),
}

struct Tested {
    go_on: Receiver<()>,
}

impl Work for Tested {
    type Request = Request;
    type Reply = Reply;

    const NAME: &'static str = "testing";

    fn supersedes(newer: &Request, waiting: &Request) -> bool {
        let is_one_kind = std::mem::discriminant(newer) == std::mem::discriminant(waiting);
        is_one_kind && !matches!(newer, Request::Question(_))
    }

    fn handle(&mut self, request: &Request, cancel: &CancelToken, reply: &dyn Fn(Reply)) -> Reply {
        match *request {
            Request::Hold => {
                reply(Reply::Began);
                self.go_on.recv_timeout(WAIT).unwrap();
                Reply::Done(Request::Hold)
            }
            Request::Search(n) => Reply::Done(Request::Search(n)),
            Request::Page(n) => Reply::Done(Request::Page(n)),
            Request::Question(n) => Reply::Done(Request::Question(n)),
            Request::Panic => panic!("out of {}", "luck"),
            Request::UntilCancelled => {
                reply(Reply::Began);
                let until = Instant::now() + WAIT;
                while !cancel.is_cancelled() && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Reply::Cancelled
            }
        }
    }

    fn failed(_: &Request, why: String) -> Reply {
        Reply::Failed(why)
    }
}

/// A worker, its replies, and what lets a `Hold` go on.
fn worker() -> (Worker<Tested>, Receiver<Reply>, std::sync::mpsc::Sender<()>) {
    let (let_go, go_on) = channel();
    let (sender, replies) = channel();
    let worker = Worker::start(Tested { go_on }, move |reply| drop(sender.send(reply)));
    (worker, replies, let_go)
}

fn next(replies: &Receiver<Reply>) -> Reply {
    replies.recv_timeout(WAIT).unwrap()
}

#[test]
fn a_panic_becomes_a_message_and_the_worker_goes_on() {
    let (worker, replies, _let_go) = worker();
    worker.ask(Request::Panic);
    worker.ask(Request::Search(1));
    let Reply::Failed(why) = next(&replies) else {
        panic!("a panic is replied to");
    };
    assert!(
        why.starts_with("testing failed unexpectedly (out of luck)"),
        "{why}"
    );
    assert_eq!(next(&replies), Reply::Done(Request::Search(1)));
}

#[test]
fn of_a_kind_that_may_the_latest_is_answered_and_of_the_others_all() {
    let (worker, replies, let_go) = worker();
    worker.ask(Request::Hold);
    assert_eq!(next(&replies), Reply::Began);
    let asked = [
        Request::Search(1),
        Request::Question(1),
        Request::Page(1),
        Request::Search(2),
        Request::Page(2),
        Request::Question(2),
        Request::Search(3),
    ];
    asked.into_iter().for_each(|request| worker.ask(request));
    let_go.send(()).unwrap();
    let answered: Vec<Reply> = (0..5).map(|_| next(&replies)).collect();
    let expected = [
        Request::Hold,
        Request::Question(1),
        Request::Page(2),
        Request::Question(2),
        Request::Search(3),
    ];
    assert_eq!(answered, expected.map(Reply::Done));
    assert!(replies.try_recv().is_err());
}

#[test]
fn a_question_is_not_lost_because_a_request_of_another_kind_follows() {
    let (worker, replies, let_go) = worker();
    worker.ask(Request::Hold);
    assert_eq!(next(&replies), Reply::Began);
    worker.ask(Request::Search(1));
    worker.ask(Request::Page(1));
    let_go.send(()).unwrap();
    let answered = [next(&replies), next(&replies), next(&replies)];
    let expected = [Request::Hold, Request::Search(1), Request::Page(1)];
    assert_eq!(answered, expected.map(Reply::Done));
}

#[test]
fn what_is_handled_and_what_waits_can_be_cancelled() {
    let (worker, replies, _let_go) = worker();
    worker.ask(Request::UntilCancelled);
    assert_eq!(next(&replies), Reply::Began);
    worker.cancel();
    assert_eq!(next(&replies), Reply::Cancelled);
    worker.ask(Request::UntilCancelled);
    assert_eq!(
        next(&replies),
        Reply::Began,
        "what is asked later is not cancelled"
    );
    assert!(worker.stop(WAIT));
    assert_eq!(next(&replies), Reply::Cancelled);
    worker.ask(Request::Hold);
    assert_eq!(next(&replies), Reply::Began);
    assert!(
        !worker.stop(Duration::from_millis(5)),
        "it does not look at its token"
    );
}

#[test]
fn dropping_the_handle_cancels_what_is_handled_and_ends_the_thread() {
    let (worker, replies, let_go) = worker();
    worker.ask(Request::UntilCancelled);
    worker.ask(Request::Search(1));
    assert_eq!(next(&replies), Reply::Began);
    drop(worker);
    assert_eq!(next(&replies), Reply::Cancelled);
    // The thread held the other end: that it is gone shows in both channels.
    assert_eq!(
        replies.recv_timeout(WAIT),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
    );
    assert!(let_go.send(()).is_err());
}
