//! A call of a tool: what is asked, by what it is cancelled, and where its answer goes. One worker reads the library,
//! whoever calls, one call after the other.

use std::sync::Mutex;

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::refusal::Refused;
use super::tool::Opened;
use crate::job::worker::Work;
use crate::progress::CancelToken;

/// What a tool answers; none where there is no such tool.
pub type Answered = Option<Result<String, Refused>>;

pub struct Call {
    name: String,
    given: Map<String, Value>,
    cancel: CancelToken,
    /// Taken when it is answered.
    answer: Mutex<Option<oneshot::Sender<Answered>>>,
}

impl Call {
    /// A call, and what its answer comes by.
    pub fn new(
        name: &str,
        given: Map<String, Value>,
        cancel: CancelToken,
    ) -> (Self, oneshot::Receiver<Answered>) {
        let (sender, receiver) = oneshot::channel();
        let call = Self {
            name: name.to_owned(),
            given,
            cancel,
            answer: Mutex::new(Some(sender)),
        };
        (call, receiver)
    }

    fn answer(&self, answer: Answered) {
        let sender = self.answer.lock().ok().and_then(|mut sender| sender.take());
        if let Some(sender) = sender {
            // Nobody waits any more for a call that was cancelled.
            let _ = sender.send(answer);
        }
    }
}

impl Work for Opened {
    type Request = Call;
    type Reply = ();

    const NAME: &'static str = "the tool";

    fn token(call: &Call) -> CancelToken {
        call.cancel.clone()
    }

    fn handle(&mut self, call: &Call, cancel: &CancelToken, _: &dyn Fn(())) {
        call.answer(self.call(&call.name, &call.given, cancel));
    }

    fn failed(call: &Call, why: String) {
        call.answer(Some(Err(anyhow::anyhow!(why).into())));
    }
}

/// Cancels when it is dropped: whoever waited for the work is gone, or has its answer.
pub struct Leash(pub CancelToken);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
