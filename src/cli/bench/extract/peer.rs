//! The readers that are compared: ours, poppler's `pdftotext -layout`, and pdf-extract as shipped;
//! what each made of a folder's files and what that cost.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Context;

use crate::cli::bench::cpu_seconds;
use crate::cli::remedy::Refusal;
use crate::pdf::Document;
use crate::pdf::reader::EngineChoice;
use crate::pdf::sandbox::Sandbox;
use crate::progress::CancelToken;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Ours, by the engines named.
    Tenk(EngineChoice),
    Poppler,
}

/// What a reader made of one file: its text page by page, raw.
pub struct Reading {
    pub pages: Vec<String>,
    /// Ours alone know more than text.
    pub document: Option<Document>,
}

/// All readings in the order of the files, and their cost in seconds.
pub struct Readings {
    pub files: Vec<Reading>,
    pub cpu: f64,
    pub wall: f64,
}

/// Reads every file, `threads` of them at a time, each in a process of its own.
pub fn read_all(
    peer: Peer,
    sandbox: &Sandbox,
    files: &[PathBuf],
    threads: usize,
) -> anyhow::Result<Readings> {
    let began = (Instant::now(), cpu_seconds() + children_cpu_seconds());
    let next = Mutex::new(0..files.len());
    let read: Mutex<Vec<(usize, anyhow::Result<Reading>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(at) = next.lock().ok().and_then(|mut n| n.next()) {
                    let reading = read_one(peer, sandbox, &files[at]);
                    if let Ok(mut read) = read.lock() {
                        read.push((at, reading));
                    }
                }
            });
        }
    });
    let (wall, cpu) = (
        began.0.elapsed().as_secs_f64(),
        cpu_seconds() + children_cpu_seconds() - began.1,
    );
    let mut read = read.into_inner().unwrap_or_default();
    read.sort_by_key(|(at, _)| *at);
    let files = read.into_iter().map(|(_, r)| r).collect::<Result<_, _>>()?;
    Ok(Readings { files, cpu, wall })
}

fn read_one(peer: Peer, sandbox: &Sandbox, file: &Path) -> anyhow::Result<Reading> {
    match peer {
        Peer::Poppler => poppler(file),
        Peer::Tenk(engine) => {
            let sandbox = Sandbox {
                engine,
                ..sandbox.clone()
            };
            let document = match sandbox.read(file, &CancelToken::new()) {
                Ok(document) => document.context("not cancelled")?,
                // A file of pictures is no error of the measurement: it has no text.
                Err(_) => Document::default(),
            };
            Ok(Reading {
                pages: document.pages.iter().map(|p| p.text(true)).collect(),
                document: Some(document),
            })
        }
    }
}

fn poppler(file: &Path) -> anyhow::Result<Reading> {
    let output = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8"])
        .arg(file)
        .arg("-")
        .output()
        .context(Refusal::new(
            "pdftotext cannot be started",
            "install poppler-utils to compare with it",
        ))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    // Each page ends in a form feed.
    pages.pop();
    Ok(Reading {
        pages,
        document: None,
    })
}

/// CPU seconds of all children that have ended, by the system's own account (10 ms steps).
fn children_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, the program's name, may hold spaces; it ends in the last parenthesis.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = rest
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}
