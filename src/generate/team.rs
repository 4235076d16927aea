//! A team: threads that share one piece of work after the other, some hundred of them a token.
//!
//! A token of a small model takes a few milliseconds in pieces of some ten microseconds, less than it
//! takes to wake a thread. So members wait awake for a moment before they sleep. Who comes late, on a
//! machine that is busy, is not waited for: a piece is parted into portions that whoever is there
//! takes, and it is done when the portions taken are.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Looks for work with the processor kept, then with it offered to others, before a member sleeps:
/// some fifty microseconds and a few hundred.
const SPINS: usize = 2_000;
const YIELDS: usize = 500;

/// Of a state: members at work, whether more may join them, and the number of the piece above both.
const AT_WORK: u64 = (1 << 31) - 1;
const OPEN: u64 = 1 << 31;
const ONE_PIECE: u64 = 1 << 32;

/// Threads that wait for work; the one that has it is one of them.
pub struct Team {
    shared: Arc<Shared>,
    /// Held by who has work.
    turn: Mutex<()>,
    members: Vec<JoinHandle<()>>,
}

/// What every member of the team does at once.
type Piece = *const (dyn Fn() + Sync);

struct Shared {
    state: AtomicU64,
    /// Written only while no member is at work and none may join.
    piece: UnsafeCell<Option<Piece>>,
    has_panicked: AtomicBool,
    is_over: AtomicBool,
    asleep: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

// SAFETY: `piece` is written while nobody reads it, see `Team::run`, and points to what is `Sync`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Team {
    /// `threads` of them, the caller's included; at least that one.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            state: AtomicU64::new(0),
            piece: UnsafeCell::new(None),
            has_panicked: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            asleep: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        });
        let member = |at: usize| {
            let shared = Arc::clone(&shared);
            let builder = std::thread::Builder::new().name(format!("generate-{at}"));
            let started = builder.spawn(move || shared.work());
            started.expect("threads can be started")
        };
        Self {
            members: (1..threads).map(member).collect(),
            turn: Mutex::new(()),
            shared,
        }
    }

    /// Threads at most.
    pub fn threads(&self) -> usize {
        self.members.len() + 1
    }

    /// Has `f` take each of the portions, on whichever thread comes to it. Several may call this at a
    /// time and have their turns; `f` may not.
    ///
    /// Panics where `f` does, after the portions that others have taken are done.
    pub fn each<T: Send>(&self, portions: Vec<T>, f: impl Fn(T) + Sync) {
        if self.members.is_empty() || portions.len() < 2 {
            return portions.into_iter().for_each(f);
        }
        let left = Mutex::new(portions.into_iter());
        self.run(&|| {
            loop {
                let portion = held(&left).next();
                match portion {
                    Some(portion) => f(portion),
                    None => return,
                }
            }
        });
    }

    /// As `each`, with what `f` makes of the portions, in their order.
    pub fn map<T: Send, U: Send>(&self, portions: Vec<T>, f: impl Fn(T) -> U + Sync) -> Vec<U> {
        let mut out: Vec<Option<U>> = portions.iter().map(|_| None).collect();
        let places = portions.into_iter().zip(&mut out).collect();
        self.each(places, |(portion, place)| *place = Some(f(portion)));
        out.into_iter().flatten().collect()
    }

    /// Does `piece` here and on every member that comes before this one is done with it.
    fn run(&self, piece: &(dyn Fn() + Sync)) {
        let turn = held(&self.turn);
        let shared = &*self.shared;
        // SAFETY: only the lifetime is taken away. Members call it between joining, which they can
        // while the state is open, and leaving; this function closes the state and waits until all
        // have left, whatever happens, before the borrow ends.
        let piece_of_any_life: Piece =
            unsafe { std::mem::transmute::<&(dyn Fn() + Sync), &'static (dyn Fn() + Sync)>(piece) };
        // SAFETY: this thread has the turn, and the last one to have it left the state closed and
        // without members at work: nobody reads this.
        unsafe { *shared.piece.get() = Some(piece_of_any_life) };
        let number = shared.state.load(Ordering::Relaxed) / ONE_PIECE;
        let opened = number.wrapping_add(1).wrapping_mul(ONE_PIECE) | OPEN;
        shared.state.store(opened, Ordering::SeqCst);
        // A member says that it sleeps before it looks at the state for the last time.
        if shared.asleep.load(Ordering::SeqCst) > 0 {
            drop(held(&shared.lock));
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(piece));
        shared.state.fetch_and(!OPEN, Ordering::AcqRel);
        let mut looks = 0;
        while shared.state.load(Ordering::Acquire) & AT_WORK > 0 {
            pause(&mut looks);
        }
        let other = shared.has_panicked.swap(false, Ordering::Relaxed);
        drop(turn);
        if let Err(panic) = own {
            resume_unwind(panic);
        }
        if other {
            let panic: Box<dyn Any + Send> = Box::new("a thread of the team panicked");
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        drop(held(&self.shared.lock));
        self.shared.wake.notify_all();
        for member in self.members.drain(..) {
            // A member catches what panics in it.
            let _ = member.join();
        }
    }
}

impl Shared {
    /// What a member does all its life.
    fn work(&self) {
        let mut seen = 0;
        while let Some(mut state) = self.next(seen) {
            seen = state / ONE_PIECE;
            while state / ONE_PIECE == seen && state & OPEN > 0 {
                let joined = self.state.compare_exchange(
                    state,
                    state + 1,
                    Ordering::Acquire,
                    Ordering::Relaxed,
                );
                if let Err(changed) = joined {
                    state = changed;
                    continue;
                }
                // SAFETY: the piece was written before the state was opened, and neither it nor what
                // it points to changes before this member has left.
                let done = catch_unwind(AssertUnwindSafe(|| unsafe {
                    if let Some(piece) = *self.piece.get() {
                        (*piece)();
                    }
                }));
                if done.is_err() {
                    self.has_panicked.store(true, Ordering::Relaxed);
                }
                self.state.fetch_sub(1, Ordering::Release);
                break;
            }
        }
    }

    /// Waits for a piece after `seen`; the state then, or none where the team is over.
    fn next(&self, seen: u64) -> Option<u64> {
        let mut looks = 0;
        loop {
            let state = self.state.load(Ordering::SeqCst);
            if self.is_over.load(Ordering::SeqCst) {
                return None;
            }
            if state / ONE_PIECE != seen {
                return Some(state);
            }
            if looks < SPINS + YIELDS {
                pause(&mut looks);
                continue;
            }
            let mut guard = held(&self.lock);
            self.asleep.fetch_add(1, Ordering::SeqCst);
            let is_same = || {
                let state = self.state.load(Ordering::SeqCst);
                state / ONE_PIECE == seen && !self.is_over.load(Ordering::SeqCst)
            };
            while is_same() {
                let woken = self.wake.wait(guard);
                guard = woken.unwrap_or_else(PoisonError::into_inner);
            }
            self.asleep.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A moment between two looks.
fn pause(looks: &mut usize) {
    *looks += 1;
    if *looks < SPINS {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

/// A lock whose last holder may have panicked: what is under these holds nothing by halves.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_portion_is_taken_once() {
        for threads in [1, 2, 5] {
            let team = Team::new(threads);
            assert_eq!(team.threads(), threads);
            for count in [0, 1, 2, 3, 100] {
                for _ in 0..200 {
                    let squares = team.map((0..count).collect(), |x: usize| x * x);
                    assert!(squares.into_iter().eq((0..count).map(|x| x * x)));
                }
            }
        }
    }

    #[test]
    fn sleepers_are_woken_and_several_have_turns() {
        let team = Team::new(3);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                        let sum = AtomicUsize::new(0);
                        team.each((0..9).collect(), |x| {
                            sum.fetch_add(x, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 36);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(2);
        for bad in [0, 1, 7] {
            let work = || {
                team.each((0..8).collect(), |x| {
                    std::thread::yield_now();
                    assert!(x != bad, "portion {x}");
                });
            };
            assert!(catch_unwind(AssertUnwindSafe(work)).is_err(), "{bad}");
            assert_eq!(team.map(vec![1, 2, 3], |x| x + 1), [2, 3, 4]);
        }
    }
}
