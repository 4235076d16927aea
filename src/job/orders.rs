//! Orders to a job of its own process, of whatever phase: to wait, to go on, to stop. The app that started it, or one
//! that was opened later, leaves them in the home's folder of jobs.

use std::path::Path;
use std::time::Duration;

use crate::home::Home;
use crate::progress::CancelToken;
use crate::train::steer::{Order, last_order};

/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);

/// Follows the orders in `home` until this process ends.
pub fn follow(home: &Home, cancel: CancelToken) {
    let folder = home.jobs();
    std::thread::spawn(move || {
        loop {
            obey(&folder, &cancel);
            std::thread::sleep(EVERY);
        }
    });
}

fn obey(folder: &Path, cancel: &CancelToken) {
    match last_order(folder) {
        Order::Pause => cancel.pause(),
        Order::Stop => cancel.cancel(),
        // An end with what there is, is for a training, which looks itself.
        Order::Go | Order::Finish => cancel.go_on(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::steer::send;

    #[test]
    fn a_stop_ends_a_pause() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::from(place.path());
        std::fs::create_dir_all(home.jobs()).unwrap();
        let cancel = CancelToken::new();
        send(&home.jobs(), Order::Pause).unwrap();
        follow(&home, cancel.clone());
        std::thread::sleep(EVERY * 3);
        let (done, answer) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(cancel.is_cancelled()));
        assert!(answer.recv_timeout(EVERY).is_err(), "it waits");
        send(&home.jobs(), Order::Stop).unwrap();
        assert_eq!(answer.recv_timeout(Duration::from_secs(300)), Ok(true));
    }
}
