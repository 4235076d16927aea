//! A run: one training with its folder, `runs/<name>` in the library's home.
//!
//! `run.toml` says what it began with, `events.jsonl` what happened, `checkpoint.safetensors` is
//! where it goes on, and `best.safetensors` the parameters of its best step.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

pub use super::about::{About, Source};
use super::event::{Event, Reason};
use super::{Result, TrainError};
use crate::fsio::{self, Lock, LockError};
use crate::home::Home;
use crate::remedy::Remedy;

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
            if !restart && !is_over(&folder, &events(&folder.join(EVENTS))?) {
                return Err(TrainError::Unfinished { run: about.name });
            }
            let _lock = lock(&folder, &about.name)?;
            fsio::remove_folder(&folder).map_err(write_error(&folder))?;
        }
        std::fs::create_dir_all(&folder).map_err(write_error(&folder))?;
        let path = folder.join(ABOUT);
        let text = toml::to_string(&about.within(home)).expect("settings are plain data");
        fsio::write_atomic(&path, text.as_bytes()).map_err(write_error(&path))?;
        Self::open(folder, about)
    }

    /// Opens a run to go on with it: the one named, or the last that has not ended.
    pub fn resume(home: &Home, name: Option<&str>) -> Result<Option<Self>> {
        let meant = match name {
            Some(name) => read(home, name)?.into_iter().collect(),
            None => list(home),
        };
        for (about, events) in meant.into_iter().rev() {
            let folder = home.run(&about.name);
            if !is_over(&folder, &events) {
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
fn is_over(folder: &Path, events: &[Event]) -> bool {
    match events.last() {
        Some(Event::Ended { reason, .. }) => match reason {
            Reason::Interrupted => false,
            Reason::NotFinite => true,
            Reason::Done | Reason::NoGain | Reason::Stopped => !folder.join(CHECKPOINT).exists(),
        },
        _ => false,
    }
}

/// The events in a file, in order. Lines that a crash or a disk has spoilt are left out: what goes on begins at the
/// checkpoint, and they are only what is shown of the way there.
fn events(path: &Path) -> Result<Vec<Event>> {
    let bytes = match fsio::read_kept(path, fsio::ROWS) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(source) => {
            return Err(TrainError::Read {
                path: path.display().to_string(),
                source,
            });
        }
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// The run `name` with its events; none where there is none.
///
/// # Errors
///
/// Where its files cannot be read, or do not say what it began with.
pub fn read(home: &Home, name: &str) -> Result<Option<(About, Vec<Event>)>> {
    let folder = home.run(name);
    let path = folder.join(ABOUT);
    let text = match fsio::read_small_text(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(TrainError::Read {
                path: path.display().to_string(),
                source,
            });
        }
    };
    let about: About = toml::from_str(&text).map_err(|e| TrainError::Damaged {
        path: path.display().to_string(),
        detail: e.message().to_owned(),
        remedy: Remedy::Advice("remove the run's folder, the others go on without it".into()),
    })?;
    Ok(Some((about.at(home), events(&folder.join(EVENTS))?)))
}

/// The names of all runs of a home, whatever state they are in.
fn names(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.runs())
        .into_iter()
        .flatten()
        .flatten();
    let mut out: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    out.sort_unstable();
    out
}

/// The names of the runs of a home that can go on, the last one begun first.
pub fn unfinished(home: &Home) -> Vec<String> {
    let begun = list(home).into_iter().rev();
    let goes_on = begun.filter(|(about, events)| !is_over(&home.run(&about.name), events));
    goes_on.map(|(about, _)| about.name).collect()
}

/// When a run of a home last began; none where there is none.
pub fn last_begun(home: &Home) -> Option<std::time::SystemTime> {
    let runs = names(home).into_iter();
    runs.filter_map(|name| began(home, &name)).max()
}

/// When a run began.
fn began(home: &Home, name: &str) -> Option<std::time::SystemTime> {
    let about = home.run(name).join(ABOUT).metadata().ok()?;
    about.modified().ok()
}

/// All runs of a home with their events, by the time they began, but for those that cannot be read.
pub fn list(home: &Home) -> Vec<(About, Vec<Event>)> {
    list_all(home).0
}

/// As `list`, with what is wrong with each run that cannot be read.
pub fn list_all(home: &Home) -> (Vec<(About, Vec<Event>)>, Vec<TrainError>) {
    let (mut runs, mut damaged) = (Vec::new(), Vec::new());
    for name in names(home) {
        match read(home, &name) {
            Ok(run) => runs.extend(run),
            Err(error) => damaged.push(error),
        }
    }
    runs.sort_by_cached_key(|(about, _)| began(home, &about.name));
    (runs, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Dataset, Examples};
    use crate::encoder::config::Prompts;
    use crate::train::settings::Settings;

    fn about(home: &Home, name: &str) -> About {
        let set = home.set("s");
        std::fs::create_dir_all(&set).unwrap();
        std::fs::write(set.join("learnt.jsonl"), "rows").unwrap();
        let pairs = Dataset {
            examples: Examples::Tuples(Vec::new()),
            is_symmetric: false,
        };
        About {
            name: name.to_owned(),
            version: "0".to_owned(),
            base: "base".to_owned(),
            base_fingerprint: "f".to_owned(),
            data: Source::from_file(&set.join("learnt.jsonl")).unwrap(),
            dev: None,
            dev_share: 0.1,
            settings: Settings::for_dataset(&pairs, &Prompts::default(), 1),
        }
    }

    #[test]
    fn what_is_damaged_hides_no_other_run_and_no_other_event() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path());
        for name in ["a", "b"] {
            let mut run = Run::create(&home, about(&home, name), false).unwrap();
            for step in 1..4 {
                run.record(&Event::Saved { step }).unwrap();
            }
        }
        let events = home.run("a").join(EVENTS);
        let text = std::fs::read_to_string(&events).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // Cut within a letter, as a full disk may, and gone on after that.
        let torn = [
            lines[0].as_bytes(),
            b"\n{\"event\": \"sa\xc3",
            b"\n",
            lines[2].as_bytes(),
            b"\n{\"ev",
        ];
        std::fs::write(&events, torn.concat()).unwrap();
        let (_, read) = read(&home, "a").unwrap().unwrap();
        assert_eq!(read, [Event::Saved { step: 1 }, Event::Saved { step: 3 }]);
        assert_eq!(unfinished(&home).len(), 2);
        std::fs::write(home.run("a").join(ABOUT), "name = ").unwrap();
        let names: Vec<String> = list(&home)
            .into_iter()
            .map(|(about, _)| about.name)
            .collect();
        assert_eq!(names, ["b"]);
        let [wrong] = &list_all(&home).1[..] else {
            panic!("one is damaged");
        };
        assert!(wrong.to_string().contains("run.toml"), "{wrong}");
    }

    #[test]
    fn a_home_that_is_moved_has_its_own_data() {
        let place = tempfile::tempdir().unwrap();
        let (before, after) = (place.path().join("before"), place.path().join("after"));
        let home = Home::at(&before);
        Run::create(&home, about(&home, "a"), false).unwrap();
        std::fs::rename(&before, &after).unwrap();
        let home = Home::at(&after);
        let (about, _) = read(&home, "a").unwrap().unwrap();
        assert_eq!(about.data.path, home.set("s").join("learnt.jsonl"));
        about.data.check().unwrap();
    }
}
