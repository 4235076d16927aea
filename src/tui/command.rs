//! Commands carried out: the threads and processes around the model.

use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::model::{self, Job, JobState, Model as Panes};
use super::terminal::Terminal;
use super::update::picture::{Answer, NotShown};
use super::update::{Command, Msg};
use super::{process, runs};
use crate::config::Library;
use crate::folders::{self, path_of};
use crate::index::watch::{FolderWatch, Settling, Woken};
use crate::job::asking::conversation;
use crate::job::asking::worker::Asking;
use crate::job::context::JobContext;
use crate::job::grids::Grids;
use crate::job::indexing::{Indexing, Summary};
use crate::job::models::{Embedder, in_step, load_sound};
use crate::job::open::Open;
use crate::job::pins;
use crate::job::redlining::Redlining;
use crate::job::search::{SearchRequest, Searching};
use crate::job::side_by_side::SideBySide;
use crate::job::worker::{Work, Worker, caught};
use crate::model::Model;
use crate::pdf::sandbox::Sandbox;
use crate::progress::{CancelToken, Progress};
use crate::proof::worker::Proving;
use crate::query::filter::{self, FilterError, Names};
use crate::remedy::in_words;
use crate::screen::{PageRequest, Screen, ScreenError};
use crate::store::{Store, StoreError};
use crate::train::steer;

/// How long quitting waits for the job to stop at a safe point.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Executor {
    context: JobContext,
    sender: Sender<Msg>,
    searching: Worker<Searching>,
    side_by_side: Worker<SideBySide>,
    asking: Worker<Asking>,
    grids: Worker<Grids>,
    redlining: Worker<Redlining>,
    proving: Worker<Proving>,
    indexing: Worker<IndexLibrary>,
    screen: Screen,
    /// Files that are on their way into the folder.
    settling: Arc<Settling>,
    /// Ends the look after runs of other processes.
    following: CancelToken,
    /// Ends the watch over the folder.
    unwatch: CancelToken,
}

impl Executor {
    /// Starts the workers, which share the models of `context`.
    pub fn new(context: JobContext, sender: Sender<Msg>) -> Self {
        let following = CancelToken::new();
        runs::follow(context.library.clone(), sender.clone(), following.clone());
        let settling = Arc::new(Settling::default());
        let open = || Open::new(context.clone());
        let progress = sender.clone();
        let indexing = context.reporting_to(Arc::new(move |p: Progress| {
            drop(progress.send(Msg::Progress(p)));
        }));
        Self {
            searching: start(Searching::new(open()), &sender, Msg::Search),
            side_by_side: start(SideBySide::new(open()), &sender, |reply| {
                Msg::SideBySide(Box::new(reply))
            }),
            asking: start(Asking::new(open()), &sender, |reply| {
                Msg::Ask(Box::new(reply))
            }),
            grids: start(Grids::new(context.clone()), &sender, Msg::Grid),
            redlining: start(Redlining::new(context.clone()), &sender, Msg::Redline),
            proving: start(Proving::new(context.clone()), &sender, |reply| {
                let bad = reply.is_err();
                let text = reply.unwrap_or_else(|why| why);
                Msg::Said { text, bad }
            }),
            indexing: start(
                IndexLibrary {
                    context: indexing,
                    settling: settling.clone(),
                    was_there: false,
                    first: None,
                },
                &sender,
                Msg::JobEnded,
            ),
            screen: Screen::new(&context.config),
            context,
            sender,
            following,
            settling,
            unwatch: CancelToken::new(),
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
        model: &mut Panes,
    ) -> anyhow::Result<()> {
        match command {
            Command::Search {
                serial,
                query,
                again,
            } => self.searching.ask(SearchRequest::Search {
                serial,
                query,
                again,
            }),
            Command::Page { document, number } => {
                self.searching.ask(SearchRequest::Page { document, number });
            }
            Command::Explain {
                query,
                document,
                page,
            } => self.searching.ask(SearchRequest::Explain {
                query,
                document,
                page,
            }),
            Command::Find {
                document,
                from,
                wanted,
                forward,
            } => self.searching.ask(SearchRequest::Find {
                document,
                from,
                wanted,
                forward,
            }),
            Command::Suspend => {
                if !terminal.suspend()? {
                    model.say("nothing here to suspend to: no shell has started it", true);
                }
            }
            Command::Refresh => self.searching.ask(SearchRequest::Refresh),
            Command::StartIndexing => self.start_indexing(model),
            Command::Watch => self.watch(),
            Command::Unwatch => self.unwatch.cancel(),
            Command::OpenViewer { document, page } => {
                let path = path_of(&self.context.library, &document);
                match open_viewer(self.context.config.viewer.as_deref(), &path, page) {
                    Ok(note) => model.say(note, false),
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
            Command::Compare(request) => self.side_by_side.ask(request),
            Command::Ask(request) => self.asking.ask(request),
            Command::Grid(request) => self.grids.ask(request),
            Command::Redline(request) => self.redlining.ask(request),
            Command::Prove(claim) => self.proving.ask(*claim),
            Command::KeepAnswer(kept) => {
                let done = conversation::add(&self.context.library.home, &kept);
                kept_or_said(model, done);
            }
            Command::KeepAnswers(kept) => {
                let done = conversation::keep(&self.context.library.home, &kept);
                kept_or_said(model, done);
            }
            Command::StartJob { name, arguments } => {
                if let Err(e) = process::start(&self.context.library, &name, &arguments) {
                    model.train.job = None;
                    model.say(format!("{name} cannot be started: {e}"), true);
                }
            }
            Command::Steer { run, order } => {
                let home = &self.context.library.home;
                let folder = run.map_or_else(|| home.jobs(), |name| home.run(&name));
                if let Err(e) = steer::send(&folder, order) {
                    let place = folder.display();
                    model.say(format!("the order cannot be left in {place}: {e}"), true);
                }
            }
            Command::Pin(pin) => {
                let what = format!("{} p.{}", pin.document, pin.page);
                match pins::toggle(&self.context.library.home, pin) {
                    Ok(true) => model.say(
                        format!("pinned with {what}; the next training follows it"),
                        false,
                    ),
                    Ok(false) => model.say("no longer pinned", false),
                    Err(e) => model.say(format!("it cannot be pinned: {e}"), true),
                }
            }
            Command::Tag { document, tag } => self.tag(document, tag),
            Command::KeepFilter { name, line } => {
                match keep_filter(&self.context.library, &name, &line) {
                    Ok(()) => model.say(format!("kept as @{name}"), false),
                    Err(e) => model.say(in_words(&e), true),
                }
                self.searching.ask(SearchRequest::Refresh);
            }
            Command::Redraw => terminal.clear()?,
            Command::SaveHistory => {
                model::save_history(&self.context.library, &model.search.history)
            }
        }
        Ok(())
    }

    fn start_indexing(&mut self, model: &mut Panes) {
        model.job = Job {
            state: JobState::Running,
            ..Job::default()
        };
        self.indexing.ask(());
    }

    /// Gives a document a tag, or takes it off where it has it, on a thread: the store may be written to.
    fn tag(&self, document: String, tag: String) {
        let (library, sender) = (self.context.library.clone(), self.sender.clone());
        std::thread::spawn(move || {
            let done = toggle_tag(&library, &document, &tag);
            drop(sender.send(Msg::Tagged(done)));
        });
    }

    fn draw_picture(&self, command: Command) {
        let Command::Picture {
            document,
            number,
            marked,
            boxed,
            cells,
            top,
            places,
            picture,
        } = command
        else {
            return;
        };
        let path = path_of(&self.context.library, &document);
        let (screen, config) = (self.screen.clone(), self.context.config.extract.clone());
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            let work = || -> Result<_, NotShown> {
                let sandbox = Sandbox::new(&config).map_err(|e| NotShown::Failed(e.to_string()))?;
                let request = PageRequest {
                    number,
                    marked,
                    boxed,
                    cells,
                    top,
                    places,
                    picture,
                };
                let shown = screen.show(&sandbox, &path, request);
                shown.map_err(|error| match error {
                    ScreenError::TooCoarse => NotShown::TooCoarse,
                    other => NotShown::Failed(in_words(&other)),
                })
            };
            let result = caught("drawing the page", work).map_err(NotShown::Failed);
            let result = result.and_then(|drawn| drawn);
            let answer = Answer {
                document,
                number,
                cells,
                result,
            };
            drop(sender.send(Msg::Picture(Box::new(answer))));
        });
    }

    fn watch(&mut self) {
        let (library, sender) = (self.context.library.clone(), self.sender.clone());
        self.unwatch.cancel();
        self.unwatch = CancelToken::new();
        let (unwatch, settling) = (self.unwatch.clone(), self.settling.clone());
        std::thread::spawn(move || {
            let mut watch = FolderWatch::new(&library, settling);
            let mut message = Msg::Watched(watch.how().clone());
            loop {
                // The receiver is gone only when the app is.
                if unwatch.is_cancelled() || sender.send(message).is_err() {
                    return;
                }
                message = match watch.wait(&unwatch) {
                    Woken::Changed => Msg::FolderChanged,
                    Woken::Otherwise(how) => Msg::Watched(how),
                    Woken::Cancelled => return,
                };
            }
        });
    }

    /// Stops the job at its next safe point; what it committed stays.
    pub fn stop(&mut self) {
        self.unwatch.cancel();
        self.following.cancel();
        self.indexing.stop(PATIENCE);
    }
}

/// Starts a worker whose replies are messages to the app.
fn start<W: Work>(
    work: W,
    sender: &Sender<Msg>,
    message: impl Fn(W::Reply) -> Msg + Send + 'static,
) -> Worker<W> {
    let sender = sender.clone();
    // The receiver is gone only when the app is.
    Worker::start(work, move |reply| drop(sender.send(message(reply))))
}

/// Brings the library up to its folder, with all models that it is embedded with.
struct IndexLibrary {
    context: JobContext,
    settling: Arc<Settling>,
    /// It was indexed before.
    was_there: bool,
    /// What cuts the chunks whatever serves: kept, so that no run loads it again.
    first: Option<Embedder>,
}

impl Work for IndexLibrary {
    type Request = ();
    type Reply = Result<Box<Summary>, String>;

    const NAME: &'static str = "indexing";

    /// One run brings everything up to date.
    fn supersedes((): &(), (): &()) -> bool {
        true
    }

    fn handle(&mut self, (): &(), cancel: &CancelToken, _: &dyn Fn(Self::Reply)) -> Self::Reply {
        let context = self.context.cancelled_by(cancel.clone());
        let precision = context.config.index.precision;
        let models = in_step(&context.library, precision, &[]).map_err(|e| in_words(&e))?;
        let skipped = |model: &Model, why| tracing::warn!("{} is left out: {why}", model.name);
        let models = load_sound(&models, |m| context.embedder(m), skipped);
        let models = models.map_err(|e| in_words(&e))?;
        self.first = models.first().cloned();
        let job = Indexing::new(&context, &models).settling(&self.settling);
        let run = job.was_there(self.was_there).run_when_free();
        // One that begins with an empty folder is none yet.
        self.was_there |= context.library.home.store().is_file();
        run.map(Box::new).map_err(|e| in_words(&e))
    }

    fn failed((): &(), why: String) -> Self::Reply {
        Err(why)
    }
}

/// Gives a document a tag, or takes it off where it has it; says which, or why not.
fn toggle_tag(library: &Library, document: &str, tag: &str) -> Result<String, String> {
    let failed = |e: StoreError| in_words(&e);
    Store::open(&library.folder, &library.home).map_err(failed)?;
    let mut store = Store::create(&library.home).map_err(failed)?;
    let rows = store.documents().map_err(failed)?;
    let Some(row) = rows.iter().find(|row| row.path == document) else {
        return Err(format!("{document} is gone meanwhile"));
    };
    let tag = filter::tag(tag, rows.iter()).map_err(|e| in_words(&e))?;
    let is_on = !row.tags.contains(&tag);
    store.tag(&[row], &tag, is_on).map_err(failed)?;
    let done = if is_on { "given to" } else { "taken off" };
    Ok(format!("#{tag} {done} {document}"))
}

fn keep_filter(library: &Library, name: &str, line: &str) -> Result<(), FilterError> {
    let _held = folders::hold(&library.home)?;
    let names = Names::of(library)?;
    names.kept.clone().keep(&library.home, name, line, &names)
}

/// An answer that cannot be kept is shown all the same.
fn kept_or_said(model: &mut Panes, done: std::io::Result<()>) {
    if let Err(e) = done {
        model.say(format!("the history cannot be written: {e}"), true);
    }
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
                let aside = if template.contains("{page}") {
                    String::new()
                } else {
                    format!(
                        " ({} cannot be told the page; go to it by hand)",
                        program.to_string_lossy()
                    )
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
