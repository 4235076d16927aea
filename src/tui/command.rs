//! Commands carried out: the threads and processes around the model.

use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::model::{self, Job, JobState, Model};
use super::terminal::Terminal;
use super::update::picture::Answer;
use super::update::{Command, Msg};
use super::{process, runs};
use crate::config::{Config, Library};
use crate::encoder::Encoder;
use crate::index::watch::FolderWatch;
use crate::job::asking::conversation;
use crate::job::asking::worker::AskingWorker;
use crate::job::indexing::Indexing;
use crate::job::models::{Embedder, in_step, load_sound};
use crate::job::pins;
use crate::job::search::{Request, SearchWorker};
use crate::job::sides::SidesWorker;
use crate::pdf::sandbox::Sandbox;
use crate::progress::{CancelToken, Progress};
use crate::remedy::in_words;
use crate::screen::{Screen, Wanted};
use crate::store::from_key;
use crate::train::steer;

/// How long quitting waits for the job to stop at a safe point.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Executor {
    library: Library,
    config: Config,
    /// The base, which cuts the chunks whatever serves.
    base: Arc<Encoder>,
    sender: Sender<Msg>,
    worker: SearchWorker,
    sides: SidesWorker,
    asking: AskingWorker,
    job: Option<JoinHandle<()>>,
    cancel: CancelToken,
    screen: Screen,
    /// Ends the watch over the folder.
    unwatch: CancelToken,
}

impl Executor {
    pub fn new(library: Library, config: Config, base: Arc<Encoder>, sender: Sender<Msg>) -> Self {
        let (cancel, unwatch) = (CancelToken::new(), CancelToken::new());
        let answers = sender.clone();
        let sides = SidesWorker::start(library.clone(), config.clone(), move |answer| {
            // The receiver is gone only when the app is.
            drop(answers.send(Msg::Compared(Box::new(answer))))
        });
        let (tell, threads) = (sender.clone(), base.threads());
        let asking = AskingWorker::start(library.clone(), config.clone(), threads, move |told| {
            drop(tell.send(Msg::Asked(Box::new(told))))
        });
        runs::follow(library.clone(), sender.clone(), unwatch.clone());
        Self {
            worker: searching(&library, &config, &base, &sender),
            screen: Screen::new(&config),
            sides,
            asking,
            library,
            config,
            base,
            sender,
            job: None,
            cancel,
            unwatch,
        }
    }

    /// Pixels that a row of cells is high.
    pub fn row_height(&self) -> u32 {
        self.screen.row_height()
    }

    pub fn run(
        &mut self,
        command: Command,
        terminal: &mut Terminal,
        model: &mut Model,
    ) -> anyhow::Result<()> {
        match command {
            Command::Search { serial, query } => self.worker.ask(Request::Search { serial, query }),
            Command::Page { document, number } => {
                self.worker.ask(Request::Page { document, number })
            }
            Command::Explain {
                query,
                document,
                page,
            } => self.worker.ask(Request::Explain {
                query,
                document,
                page,
            }),
            Command::Refresh => self.worker.ask(Request::Refresh),
            Command::StartIndexing => self.start_indexing(model),
            Command::Watch => self.watch(),
            Command::OpenViewer { document, page } => {
                let path = self.library.folder.join(from_key(&document));
                match open_viewer(self.config.viewer.as_deref(), &path, page) {
                    Ok(said) => model.say(said, false),
                    Err(why) => model.say(why, true),
                }
            }
            Command::Copy { text, what } => {
                terminal.copy(&text)?;
                let shown: String = text.chars().take(60).collect();
                let shown = shown.lines().next().unwrap_or_default();
                model.say(format!("{what} copied (OSC 52): {shown}"), false);
            }
            Command::CaptureMouse(on) => terminal.capture_mouse(on)?,
            Command::Picture { .. } => self.draw_picture(command),
            Command::Compare(request) => self.sides.ask(request),
            Command::Ask(request) => self.asking.ask(request),
            Command::KeepAnswer(kept) => {
                let done = conversation::add(&self.library.home, &kept);
                kept_or_said(model, done);
            }
            Command::KeepAnswers(kept) => {
                let done = conversation::keep(&self.library.home, &kept);
                kept_or_said(model, done);
            }
            Command::StartJob { name, arguments } => {
                if let Err(e) = process::start(&self.library, &name, &arguments) {
                    model.train.job = None;
                    model.say(format!("{name} cannot be started: {e}"), true);
                }
            }
            Command::Steer { name, wanted } => {
                let folder = crate::train::run::folder(&self.library.home).join(name);
                if let Err(e) = steer::tell(&folder, wanted) {
                    model.say(format!("the run cannot be told: {e}"), true);
                }
            }
            Command::Pin(pin) => {
                let what = format!("{} p.{}", pin.document, pin.page);
                match pins::toggle(&self.library.home, pin) {
                    Ok(true) => model.say(
                        format!("pinned with {what}; the next training follows it"),
                        false,
                    ),
                    Ok(false) => model.say("no longer pinned", false),
                    Err(e) => model.say(format!("it cannot be pinned: {e}"), true),
                }
            }
            Command::Serve => {
                self.worker = searching(&self.library, &self.config, &self.base, &self.sender);
            }
            Command::Redraw => terminal.clear()?,
            Command::SaveHistory => model::save_history(&self.library, &model.search.history),
        }
        Ok(())
    }

    fn start_indexing(&mut self, model: &mut Model) {
        model.job = Job {
            state: JobState::Running,
            ..Job::default()
        };
        let (library, config) = (self.library.clone(), self.config.clone());
        let base = Embedder {
            name: crate::model::Model::bundled().stored_name(config.index.precision),
            encoder: self.base.clone(),
        };
        let sender = self.sender.clone();
        let cancel = self.cancel.clone();
        self.job = Some(std::thread::spawn(move || {
            let progress = sender.clone();
            let sink = move |p: Progress| drop(progress.send(Msg::Progress(p)));
            let work = || -> Result<_, String> {
                let program = crate::pdf::sandbox::own_program().map_err(|e| e.to_string())?;
                let mut models = vec![base];
                let (precision, threads) = (config.index.precision, models[0].encoder.threads());
                let others = in_step(&library, precision).map_err(|e| in_words(&e))?;
                models.extend(load_sound(&others, precision, threads, |model, why| {
                    tracing::warn!("{} is left out: {why}", model.name);
                }));
                let job = Indexing {
                    library: &library,
                    config: &config,
                    models: &models,
                    cancel: &cancel,
                    progress: &sink,
                    program,
                };
                job.run().map(Box::new).map_err(|e| in_words(&e))
            };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err("indexing failed unexpectedly; see the log".into()));
            drop(sender.send(Msg::JobEnded(result)));
        }));
    }

    fn draw_picture(&self, command: Command) {
        let Command::Picture {
            document,
            number,
            marked,
            cells,
            top,
            picture,
        } = command
        else {
            return;
        };
        let path = self.library.folder.join(from_key(&document));
        let (screen, config) = (self.screen.clone(), self.config.extract.clone());
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            let work = || -> Result<_, String> {
                let sandbox = Sandbox::new(&config).map_err(|e| e.to_string())?;
                let wanted = Wanted {
                    number,
                    marked,
                    cells,
                    top,
                    picture,
                };
                let shown = screen.show(&sandbox, &path, wanted);
                shown.map_err(|e| in_words(&e))
            };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err("the picture failed unexpectedly; see the log".into()));
            let answer = Answer {
                document,
                number,
                cells,
                result,
            };
            drop(sender.send(Msg::Picture(Box::new(answer))));
        });
    }

    fn watch(&self) {
        let (folder, sender) = (self.library.folder.clone(), self.sender.clone());
        let unwatch = self.unwatch.clone();
        std::thread::spawn(move || {
            let watch = FolderWatch::new(&folder);
            while watch.wait(&unwatch) {
                if sender.send(Msg::FolderChanged).is_err() {
                    return;
                }
            }
        });
    }

    /// Stops the job at its next safe point; what it committed stays.
    pub fn stop(&mut self) {
        self.cancel.cancel();
        self.unwatch.cancel();
        let asked = Instant::now();
        if let Some(job) = self.job.take() {
            while !job.is_finished() && asked.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// An answer that cannot be kept is shown all the same.
fn kept_or_said(model: &mut Model, done: std::io::Result<()>) {
    if let Err(e) = done {
        model.say(format!("the history cannot be written: {e}"), true);
    }
}

/// A search worker with the model that serves; the base where that one cannot be loaded.
fn searching(
    library: &Library,
    config: &Config,
    base: &Arc<Encoder>,
    sender: &Sender<Msg>,
) -> SearchWorker {
    let serving = crate::model::Model::named(&library.home, "serving");
    let encoder = match serving {
        Ok(model) if model.path().is_none() => Ok(base.clone()),
        Ok(model) => model
            .encoder(config.index.precision, base.threads())
            .map(Arc::new),
        Err(e) => Err(e),
    };
    let encoder = encoder.unwrap_or_else(|e| {
        let text = format!("the base answers: {}", in_words(&e));
        drop(sender.send(Msg::Said { text, bad: true }));
        base.clone()
    });
    let answers = sender.clone();
    SearchWorker::start(
        library.clone(),
        encoder,
        config.search.clone(),
        // The receiver is gone only when the app is.
        move |answer| drop(answers.send(Msg::Answer(answer))),
    )
}

/// Opens `path` at `page` in the configured viewer, or the first known one that is installed.
fn open_viewer(
    configured: Option<&str>,
    path: &std::path::Path,
    page: u32,
) -> Result<String, String> {
    const KNOWN: [&str; 6] = [
        "okular -p {page} {path}",
        "evince --page-index={page} {path}",
        "zathura -P {page} {path}",
        "qpdfview --unique {path}#{page}",
        "mupdf {path} {page}",
        "xdg-open {path}",
    ];
    let display =
        std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some();
    let candidates: Vec<&str> = match configured {
        Some(command) => vec![command],
        None if cfg!(target_os = "macos") => vec!["open {path}"],
        None if display => KNOWN.to_vec(),
        None => {
            return Err(format!(
                "no display here to open a viewer on: {} p. {page} (set viewer in the config)",
                path.display()
            ));
        }
    };
    for template in candidates {
        let mut words = template
            .split_whitespace()
            .map(|word| fill(word, path, page));
        let Some(program) = words.next() else {
            continue;
        };
        let started = Process::new(&program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                // Reaped when it ends; the viewer outlives no one's wish but its own.
                std::thread::spawn(move || child.wait());
                let aside = match template.contains("{page}") {
                    true => String::new(),
                    false => format!(" ({} cannot carry the page)", program.to_string_lossy()),
                };
                return Ok(format!("opened at p. {page}{aside}"));
            }
            Err(e) if configured.is_some() => {
                return Err(format!(
                    "{}: {e}; correct viewer in the config",
                    program.to_string_lossy()
                ));
            }
            Err(_) => continue,
        }
    }
    Err("no PDF viewer found; set viewer = \"… {page} {path}\" in the config".into())
}

/// Fills a word of a viewer's template; the path keeps its bytes.
fn fill(word: &str, path: &std::path::Path, page: u32) -> std::ffi::OsString {
    let word = word.replace("{page}", &page.to_string());
    match word.split_once("{path}") {
        Some((before, after)) => {
            let mut out = std::ffi::OsString::from(before);
            out.push(PathBuf::from(path).as_os_str());
            out.push(after);
            out
        }
        None => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_template_is_filled_word_by_word() {
        let path = Path::new("/a b/c.pdf");
        assert_eq!(fill("--page-index={page}", path, 57), "--page-index=57");
        assert_eq!(fill("{path}#{page}", path, 57), "/a b/c.pdf#57");
    }

    #[test]
    fn a_wrong_viewer_is_named() {
        let error = open_viewer(Some("no-such-viewer {path}"), Path::new("x.pdf"), 1).unwrap_err();
        assert!(error.contains("no-such-viewer") && error.contains("viewer in the config"));
    }
}
