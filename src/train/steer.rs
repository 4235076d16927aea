//! Steering: orders to a run while it goes. The process that has the run can stop it or set it a
//! time; any other leaves its order in a file of the run's folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::progress::CancelToken;

/// What a run obeys.
#[derive(Debug, Clone, Default)]
pub struct Steer {
    /// Stops at once; the run can go on later.
    pub cancel: CancelToken,
    /// When the run is to finish with what it has by then.
    deadline: Option<Instant>,
    /// Where other processes leave their orders.
    folder: Option<PathBuf>,
}

/// The file's name in a run's folder.
const FILE: &str = "steer";

/// An order to a run that another process has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Go,
    Pause,
    /// End after this step, with the model that it has made so far.
    Finish,
    /// Stop now; it can go on later.
    Stop,
}

impl Order {
    fn as_str(self) -> &'static str {
        match self {
            Order::Go => "go",
            Order::Pause => "pause",
            Order::Finish => "finish",
            Order::Stop => "stop",
        }
    }
}

/// Leaves an order for the run in `folder`, whichever process has it; it looks before each step.
pub fn send(folder: &Path, order: Order) -> std::io::Result<()> {
    crate::fsio::write_atomic(&folder.join(FILE), order.as_str().as_bytes())
}

/// The last order to the run in `folder`; `Go` where there is none.
pub fn last_order(folder: &Path) -> Order {
    let text = crate::fsio::read_small_text(folder.join(FILE)).unwrap_or_default();
    let all = [Order::Pause, Order::Finish, Order::Stop];
    let named = all.into_iter().find(|order| order.as_str() == text.trim());
    named.unwrap_or(Order::Go)
}

impl From<&CancelToken> for Steer {
    fn from(cancel: &CancelToken) -> Self {
        Self {
            cancel: cancel.clone(),
            ..Self::default()
        }
    }
}

impl Steer {
    /// The same steering, which also has the run finish at `deadline`.
    pub fn until(&self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// The same steering, which also follows the orders of other processes to the run in `folder`;
    /// those to an earlier one are forgotten.
    pub fn listening(&self, folder: &Path) -> Self {
        // Where there is none there is nothing to forget.
        let _ = std::fs::remove_file(folder.join(FILE));
        Self {
            folder: Some(folder.to_owned()),
            ..self.clone()
        }
    }

    /// What is left until the deadline; none where there is none.
    pub(super) fn left(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Waits while the run is paused; true where it is to finish.
    pub(super) fn should_finish(&self) -> bool {
        loop {
            let order = self.folder.as_deref().map_or(Order::Go, last_order);
            if order == Order::Stop {
                self.cancel.cancel();
            }
            if order != Order::Pause || self.cancel.is_cancelled() {
                let is_late = self.left().is_some_and(|left| left.is_zero());
                return is_late || order == Order::Finish;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_another_process_holds_until_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        send(folder.path(), Order::Finish).unwrap();
        let steer = Steer::default().listening(folder.path());
        assert!(!steer.should_finish(), "an earlier order is forgotten");
        send(folder.path(), Order::Pause).unwrap();
        let other = steer.clone();
        let (done, finished) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(other.should_finish()));
        let early = finished.recv_timeout(Duration::from_millis(120));
        assert!(early.is_err(), "it waits");
        send(folder.path(), Order::Finish).unwrap();
        assert_eq!(finished.recv_timeout(Duration::from_secs(300)), Ok(true));
        send(folder.path(), Order::Stop).unwrap();
        steer.should_finish();
        assert!(steer.cancel.is_cancelled());
        assert!(Steer::default().until(Instant::now()).should_finish());
    }
}
