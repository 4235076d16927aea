//! A run: one training with its folder, `runs/<name>` in the library's home.
//!
//! `run.toml` says what it began with, `events.jsonl` what happened, `checkpoint.safetensors` is
//! where it goes on, and `best.safetensors` the parameters of its best step.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::event::{Event, Reason};
use super::settings::Settings;
use super::{Result, TrainError};
use crate::fsio::{self, Lock, LockError};
use crate::home::Home;
use crate::remedy::Remedy;

/// A file that a run depends on, and what was in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub path: PathBuf,
    pub blake3: String,
}

impl Source {
    pub fn from_file(path: &Path) -> Result<Self> {
        let failed = |source| TrainError::Read {
            path: path.display().to_string(),
            source,
        };
        let path = std::path::absolute(path).map_err(failed)?;
        let bytes = fsio::read_limited(&path, fsio::ROWS).map_err(failed)?;
        Ok(Self {
            path,
            blake3: blake3::hash(&bytes).to_hex().to_string(),
        })
    }

    /// Refuses a file that is not what it was.
    pub fn check(&self) -> Result<()> {
        if Self::from_file(&self.path)?.blake3 == self.blake3 {
            return Ok(());
        }
        Err(TrainError::Changed {
            path: self.path.display().to_string(),
        })
    }
}

/// What a run began with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Of the run, and of the model that it makes.
    pub name: String,
    /// Of the program.
    pub version: String,
    /// The model it starts from, and that model's fingerprint.
    pub base: String,
    pub base_fingerprint: String,
    pub data: Source,
    pub dev: Option<Source>,
    /// Share of the data that is held out where no dev file is named.
    pub dev_share: f64,
    pub settings: Settings,
}

/// A run whose folder this process may write.
pub struct Run {
    pub folder: PathBuf,
    pub about: About,
    events: File,
    _lock: Lock,
}

const ABOUT: &str = "run.toml";
const EVENTS: &str = "events.jsonl";
const CHECKPOINT: &str = "checkpoint.safetensors";

fn write_error(path: &Path) -> impl FnOnce(std::io::Error) -> TrainError {
    let path = path.display().to_string();
    move |source| TrainError::Write { path, source }
}

impl Run {
    /// Begins the run `about.name`; one of that name that is over is forgotten, and one that could
    /// go on as well when `restart` says so.
    pub fn create(home: &Home, about: About, restart: bool) -> Result<Self> {
        let folder = home.run(&about.name);
        if folder.join(ABOUT).exists() {
            if !restart && !is_over(&folder)? {
                return Err(TrainError::Unfinished { run: about.name });
            }
            let _lock = lock(&folder, &about.name)?;
            fsio::remove_folder(&folder).map_err(write_error(&folder))?;
        }
        std::fs::create_dir_all(&folder).map_err(write_error(&folder))?;
        let path = folder.join(ABOUT);
        let text = toml::to_string(&about).expect("settings are plain data");
        fsio::write_atomic(&path, text.as_bytes()).map_err(write_error(&path))?;
        Self::open(folder, about)
    }

    /// Opens a run to go on with it: the one named, or the last that has not ended.
    pub fn resume(home: &Home, name: Option<&str>) -> Result<Option<Self>> {
        for (about, _) in list(home)?.into_iter().rev() {
            let folder = home.run(&about.name);
            let is_meant = name.is_none_or(|name| name == about.name);
            if is_meant && !is_over(&folder)? {
                return Ok(Some(Self::open(folder, about)?));
            }
        }
        Ok(None)
    }

    fn open(folder: PathBuf, about: About) -> Result<Self> {
        let lock = lock(&folder, &about.name)?;
        let path = folder.join(EVENTS);
        let events = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self {
            folder,
            about,
            events: events.map_err(write_error(&path))?,
            _lock: lock,
        })
    }

    pub fn checkpoint(&self) -> PathBuf {
        self.folder.join(CHECKPOINT)
    }

    /// The parameters of the best step.
    pub fn best(&self) -> PathBuf {
        self.folder.join("best.safetensors")
    }

    /// What happened so far.
    pub fn events(&self) -> Result<Vec<Event>> {
        events(&self.folder.join(EVENTS))
    }

    /// Adds a line to the events.
    pub fn record(&mut self, event: &Event) -> Result<()> {
        let mut line = serde_json::to_string(event).expect("an event is plain data");
        line.push('\n');
        let written = self.events.write_all(line.as_bytes());
        written.map_err(write_error(&self.folder.join(EVENTS)))
    }

    /// Forgets what happened after `step`: it happens again.
    pub fn rewind(&mut self, step: usize) -> Result<()> {
        let path = self.folder.join(EVENTS);
        let mut text = String::new();
        let ended = |event: &Event| matches!(event, Event::Ended { .. });
        for event in events(&path)?
            .iter()
            .filter(|e| e.step() <= step && !ended(e))
        {
            text += &serde_json::to_string(event).expect("an event is plain data");
            text.push('\n');
        }
        fsio::write_atomic(&path, text.as_bytes()).map_err(write_error(&path))?;
        let events = OpenOptions::new().append(true).open(&path);
        self.events = events.map_err(write_error(&path))?;
        Ok(())
    }

    /// Removes what is only needed to go on: the run is over, and its model put away.
    pub fn finish(&self) {
        for path in [self.checkpoint(), self.best()] {
            // What stays takes room and does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// True while a process, this one or another, trains the run `name` of a home.
pub fn is_running(home: &Home, name: &str) -> bool {
    let path = home.run(name).join("lock");
    Lock::is_held(&path)
}

fn lock(folder: &Path, name: &str) -> Result<Lock> {
    let path = folder.join("lock");
    Lock::acquire(&path).map_err(|e| match e {
        LockError::Held(pid) => TrainError::Running {
            run: name.to_owned(),
            pid,
        },
        LockError::Io(source) => write_error(&path)(source),
    })
}

/// True when the run in `folder` cannot go on: it failed, or ended and its model was put away.
fn is_over(folder: &Path) -> Result<bool> {
    let events = events(&folder.join(EVENTS))?;
    Ok(match events.last() {
        Some(Event::Ended { reason, .. }) => match reason {
            Reason::Interrupted => false,
            Reason::NotFinite => true,
            Reason::Done | Reason::NoGain | Reason::Stopped => !folder.join(CHECKPOINT).exists(),
        },
        _ => false,
    })
}

/// The events in a file, in order; a last line cut short by a crash is left out.
fn events(path: &Path) -> Result<Vec<Event>> {
    let text = match fsio::read_own_text(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(TrainError::Read {
                path: path.display().to_string(),
                source,
            });
        }
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(event) => out.push(event),
            Err(_) if i + 1 == lines.len() && !text.ends_with('\n') => {}
            Err(error) => {
                return Err(TrainError::Damaged {
                    path: path.display().to_string(),
                    detail: format!("line {}: {error}", i + 1),
                    remedy: Remedy::Advice("remove that line, or the run's folder".into()),
                });
            }
        }
    }
    Ok(out)
}

/// All runs of a home with their events, by the time they began.
pub fn list(home: &Home) -> Result<Vec<(About, Vec<Event>)>> {
    let Ok(entries) = std::fs::read_dir(home.runs()) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path().join(ABOUT);
        let Ok(text) = fsio::read_small_text(&path) else {
            continue;
        };
        let about: About = toml::from_str(&text).map_err(|e| TrainError::Damaged {
            path: path.display().to_string(),
            detail: e.message().to_owned(),
            remedy: Remedy::Advice("remove the run's folder".into()),
        })?;
        let began = path.metadata().and_then(|m| m.modified()).ok();
        out.push((began, about, events(&entry.path().join(EVENTS))?));
    }
    out.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    Ok(out
        .into_iter()
        .map(|(_, about, events)| (about, events))
        .collect())
}
