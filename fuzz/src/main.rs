//! Fuzzing on stable Rust: `tenk-fuzz TARGET|all [INPUTS|SECONDSs] [--seed N]`, or `tenk-fuzz TARGET FILE` for one input.
//!
//! Each target runs in a process of its own, for stack overflows and refused allocations end it. An input that
//! ends it, panics, or takes longer than ten seconds is kept in `fuzz/artifacts/` and the exit status is 1.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tenk_fuzz::{TARGETS, Target, mutation, target};

/// Longest time that one input may take, in seconds.
const PATIENCE: u64 = 10;
/// Largest piece of memory that an input may ask for, in bytes.
const LARGEST: usize = 1 << 30;
/// Marks the process that runs one target.
const WORKER: &str = "TENK_FUZZ_WORKER";

/// The system's memory, but for pieces that no honest input needs.
struct Bounded;

// SAFETY: every call is the system allocator's, or refused by a null pointer, which the contract allows.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's layout, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's layout, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > LARGEST {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's piece and layout, passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the piece came from the system's allocator.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static MEMORY: Bounded = Bounded;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// How long a target is run, its seeds not counted.
#[derive(Clone, Copy)]
enum Length {
    /// So many mutations: the same ones on any machine.
    Inputs(usize),
    Time(Duration),
}

impl Length {
    /// `3000` or `10s`.
    fn parse(word: &str) -> Option<Length> {
        match word.strip_suffix('s') {
            Some(seconds) => seconds
                .parse()
                .ok()
                .map(Duration::from_secs)
                .map(Length::Time),
            None => word.parse().ok().map(Length::Inputs),
        }
    }
}

/// False where a fault was found.
fn run() -> Result<bool> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut seed = 1;
    if let Some(at) = words.iter().position(|word| word == "--seed") {
        ensure!(at + 1 < words.len(), "--seed has no number");
        seed = words
            .remove(at + 1)
            .parse()
            .context("--seed takes a number")?;
        words.remove(at);
    }
    let names = || TARGETS.map(|t| t.name).join(", ");
    let Some(name) = words.first() else {
        bail!(
            "usage: tenk-fuzz TARGET|all [INPUTS|SECONDSs] [--seed N], or tenk-fuzz TARGET FILE; targets: {}",
            names()
        );
    };
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|t| name == "all" || t.name == name)
        .collect();
    ensure!(
        !chosen.is_empty(),
        "no target {name:?}; there are {}",
        names()
    );
    let word = words.get(1).map_or("10s", String::as_str);
    let Some(length) = Length::parse(word) else {
        return replay(chosen[0], Path::new(word));
    };
    if std::env::var_os(WORKER).is_some() {
        return work(chosen[0], length, seed);
    }
    let mut sound = true;
    for target in chosen {
        sound &= watch(target, word, seed)?;
    }
    Ok(sound)
}

/// One input from a file.
fn replay(target: &Target, path: &Path) -> Result<bool> {
    let input = std::fs::read(path).with_context(|| path.display().to_string())?;
    watch_time();
    STARTED.store(now(), Ordering::Relaxed);
    Ok(catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_ok())
}

/// Runs `target` in a process of its own, and keeps the input that ends it.
fn watch(target: &Target, length: &str, seed: u64) -> Result<bool> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([target.name, length, "--seed", &seed.to_string()])
        .env(WORKER, "1")
        .spawn()?;
    let folder = std::env::temp_dir().join(format!("tenk-fuzz-{}", child.id()));
    let status = child.wait()?;
    if !status.success() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
        std::fs::create_dir_all(&kept)?;
        let kept = kept.join(format!("{}-{seed}-{length}", target.name));
        let found = std::fs::copy(folder.join(CURRENT), &kept);
        found.with_context(|| format!("{}: {status}, before an input was tried", target.name))?;
        println!("{}: {status}; the input is {}", target.name, kept.display());
    }
    // What is left in the temporary folder is of no use.
    let _ = std::fs::remove_dir_all(folder);
    Ok(status.success())
}

const CURRENT: &str = "current";
/// When the current input began, in milliseconds of `now`; 0 between inputs.
static STARTED: AtomicU64 = AtomicU64::new(0);

/// Milliseconds since the first call, from 1.
fn now() -> u64 {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}

/// Ends the process when an input takes too long.
fn watch_time() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let started = STARTED.load(Ordering::Relaxed);
            if started > 0 && now() - started > PATIENCE * 1000 {
                eprintln!("an input took more than {PATIENCE} s");
                std::process::abort();
            }
        }
    });
}

/// The seeds as they are, then mutations of them.
fn work(target: &Target, length: Length, seed: u64) -> Result<bool> {
    let seeds = (target.seeds)();
    ensure!(!seeds.is_empty(), "{} has no seeds", target.name);
    let current = target::folder().join(CURRENT);
    watch_time();
    let mut random = fastrand::Rng::with_seed(seed);
    let changed = std::iter::repeat_with(|| mutation::mutated(&mut random, &seeds, target.words));
    let mut done = 0;
    let mut mutating = Instant::now();
    for input in seeds.iter().cloned().chain(changed) {
        // The length is that of the mutations: the seeds are all tried.
        if done == seeds.len() {
            mutating = Instant::now();
        }
        let is_over = match length {
            Length::Inputs(count) => done >= seeds.len() + count,
            Length::Time(time) => done >= seeds.len() && mutating.elapsed() >= time,
        };
        if is_over {
            break;
        }
        keep(&current, &input)?;
        STARTED.store(now(), Ordering::Relaxed);
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            return Ok(false);
        }
        STARTED.store(0, Ordering::Relaxed);
        done += 1;
    }
    println!("{}: {done} inputs, no fault (seed {seed})", target.name);
    Ok(true)
}

/// Writes the input down before it is tried: what ends the process leaves no time to.
fn keep(path: &PathBuf, input: &[u8]) -> Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(input)?;
    Ok(())
}
