//! The command line. Machine output on stdout alone, everything else on stderr; one file a
//! subcommand.

#[macro_use]
mod output;

mod args;
mod ask;
mod bench;
mod classify;
mod compare;
mod completions;
mod doctor;
mod embed;
mod eval;
mod explain;
mod extract;
mod facts;
mod filters;
mod folders;
mod generator;
mod grid;
mod index;
mod list;
mod mcp;
mod models;
mod own_file;
mod promote;
mod proof;
#[cfg(feature = "milvus")]
mod publish;
mod redline;
mod remedy;
mod report;
mod search;
mod set;
mod settings;
mod show;
mod similar;
mod status;
mod synth;
mod tables;
mod tag;
mod train;
mod tune;
mod usage;
#[cfg(feature = "milvus")]
mod work;
mod workbook;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::Context;
use clap::{CommandFactory, Parser};

use crate::config::{self, Config, ConfigError, Library};
use crate::encoder::{Encoder, Precision};
use crate::fsio::{self, WorkFolder};
use crate::job::carrying;
use crate::job::context::JobContext;
use crate::job::encoders::Encoders;
use crate::job::indexing::IndexingError;
use crate::job::models::Embedder;
use crate::model::Model;
use crate::pdf::sandbox::Sandbox;
use crate::printable::Shown;
use crate::progress::{self, CancelToken, ProgressSink, Silent};
use crate::query::company::Directory;
use crate::query::filter::{self, named};
use crate::query::near::near;
use crate::remedy::Remedy;
use crate::store::{DocumentRow, Store, mirror};
use crate::train::settings::MOST_THREADS;
use args::{Cli, Command, Global, OfArgs};
use remedy::{Refusal, refuse};

/// How a command ended, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Done, but some documents failed.
    Partly,
    Interrupted,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        ExitCode::from(match ended {
            Ended::Done => 0,
            Ended::Partly => 3,
            Ended::Interrupted => 130,
        })
    }
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// What every command works with.
#[derive(Clone)]
pub struct Session {
    pub global: Global,
    pub config: Config,
    pub cancel: CancelToken,
    /// The models that this process has loaded.
    pub encoders: Arc<Encoders>,
}

/// Parses, runs, and turns errors into messages and exit codes.
pub fn main() -> ExitCode {
    fsio::work_privately();
    let json = std::env::args_os().any(|a| a == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            match usage::misspelt(&error, std::env::args_os()) {
                Some(refused) => output::report_error(&refused, json),
                None => {
                    output::usage(&error);
                    if json {
                        // A closed stdout leaves nobody to tell.
                        let _ = output::json(&usage::describe(&error, std::env::args_os()));
                    }
                }
            }
            return ExitCode::from(USAGE);
        }
        Err(help) => {
            // Help asked for goes to stdout; a closed pipe there is no failure.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    if let Some(Command::Extractor(child)) = cli.command {
        extract::child(child);
        return ExitCode::SUCCESS;
    }
    let global = cli.global.clone();
    match run(cli) {
        Ok(ended) => ended.into(),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        // Whoever sent the signal knows; the command has said what can be done now.
        Err(error) if progress::is_cancelled(&*error) => Ended::Interrupted.into(),
        Err(error) => {
            output::report_error(&remedy::describe(&error, &global), json);
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Ended> {
    let mut config = Config::load()?;
    if let Some(mode) = cli.command.as_ref().and_then(Command::ocr) {
        config.ocr.mode = mode;
    }
    let threads = threads(&cli.global, &config);
    let context = Session {
        global: cli.global,
        config,
        cancel: listen_for_signals()?,
        encoders: Arc::new(Encoders::new(threads)),
    };
    #[cfg(unix)]
    if context.global.background {
        // What is not granted costs nothing.
        let _ = rustix::process::nice(10);
    }
    if let (Some(folder), Some(_)) = (&cli.folder, &cli.command) {
        return Err(refuse(
            format!("{} before a command names nothing", folder.display()),
            "name the library with -L",
        ));
    }
    match cli.command {
        None => tui_or_index(&context, cli.folder),
        Some(Command::Index(args)) => index::run(&context, &args),
        Some(Command::Search(args)) => search::run(&context, &args),
        Some(Command::Explain(args)) => explain::run(&context, &args),
        Some(Command::Ask(args)) => ask::run(&context, &args),
        Some(Command::Eval(args)) => eval::run(&context, &args),
        Some(Command::Show(args)) => show::run(&context, &args),
        Some(Command::Extract(args)) => extract::run(&context, &args),
        Some(Command::Embed(args)) => embed::run(&context, &args),
        Some(Command::Train(args)) => train::run(&context, &args),
        Some(Command::Synth(args)) => synth::run(&context, &args),
        Some(Command::Compare(args)) => compare::run(&context, &args),
        Some(Command::Tune(args)) => tune::run(&context, &args),
        Some(Command::Report(args)) => report::run(&context, &args),
        Some(Command::Similar(args)) => similar::run(&context, &args),
        Some(Command::Classify(args)) => classify::run(&context, &args),
        Some(Command::Models(args)) => models::run(&context, &args),
        Some(Command::Set(args)) => set::run(&context, &args),
        Some(Command::Mcp(args)) => mcp::run(context, &args),
        Some(Command::List(args)) => list::run(&context, &args),
        Some(Command::Facts(args)) => facts::run(&context, &args),
        Some(Command::Grid(args)) => grid::run(&context, &args),
        Some(Command::Tag(args)) => tag::run(&context, &args),
        Some(Command::Folders(args)) => folders::run(&context, &args),
        Some(Command::Filters(args)) => filters::run(&context, &args),
        Some(Command::Redline(args)) => redline::run(&context, &args),
        #[cfg(feature = "milvus")]
        Some(Command::Publish(args)) => publish::run(&context, &args),
        #[cfg(feature = "milvus")]
        Some(Command::Work(args)) => work::run(&context, &args),
        Some(Command::Status) => status::run(&context),
        Some(Command::Config(args)) => settings::run(&context, &args),
        Some(Command::Doctor) => doctor::run(&context),
        Some(Command::Bench(args)) => bench::run(&context, &args),
        Some(Command::Completions { shell }) => completions::run(shell),
        Some(Command::Man { folder }) => man(folder),
        Some(Command::Extractor(_)) => unreachable!("handled before anything is loaded"),
    }
}

/// Without a subcommand: the TUI; without a terminal: index, and say how to search.
fn tui_or_index(context: &Session, folder: Option<PathBuf>) -> anyhow::Result<Ended> {
    use std::io::IsTerminal;
    let terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let has_panes = terminal && !output::is_dumb() && !context.global.json;
    let library = match has_panes {
        true => context.library(folder.as_deref()),
        false => context.library_to_write(folder.as_deref()),
    };
    let library = library.map_err(|error| {
        let is_missing = matches!(error.downcast_ref(), Some(ConfigError::NoFolder(_)));
        // A command that was misspelt is taken for a folder.
        match &folder {
            Some(named) if is_missing && named.components().count() == 1 => {
                let refused = usage::neither(&named.display().to_string());
                refuse(refused.error, refused.remedy)
            }
            _ => error,
        }
    })?;
    if !has_panes && mirror::supplier(&library.home).is_some() {
        return Err(refuse(
            "a shared library is opened in a terminal",
            "search and ask answer without one: tenk ask -L ADDRESS QUESTION",
        ));
    }
    if terminal && output::is_dumb() {
        note!("note: this terminal shows lines alone (TERM=dumb), and no panes");
    }
    if has_panes {
        start_log();
        crate::tui::run(context.job(&library, Arc::new(Silent)))?;
        return Ok(Ended::Done);
    }
    let ended = index::sync(context, &library, None)?;
    if !library.home.store().is_file() {
        return Ok(ended);
    }
    let shown = folder.unwrap_or_else(|| library.folder.clone());
    note!(
        "search it:  tenk search -L {} \"What was total revenue?\"",
        shown.display()
    );
    note!("browse it:  tenk {}   (in a terminal)", shown.display());
    Ok(ended)
}

/// Ctrl-C asks to stop, a second one stops at once.
fn listen_for_signals() -> anyhow::Result<CancelToken> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, AT_ONCE.clone())
            .and_then(|_| {
                signal_hook::flag::register_conditional_shutdown(signal, 130, flag.clone())
            })
            .and_then(|_| signal_hook::flag::register(signal, flag.clone()))
            .context("signals cannot be handled on this system")?;
    }
    Ok(CancelToken::from_flag(flag))
}

/// Set while a signal may end the program where it stands.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Reading what may never come, with nothing that would be left half done: one signal is enough then. It lasts as long
/// as this is kept.
pub(crate) struct Reading(());

impl Reading {
    pub fn begin(cancel: &CancelToken) -> Result<Self, progress::Cancelled> {
        AT_ONCE.store(true, Ordering::Relaxed);
        let begun = Self(());
        // One that came before is enough as well.
        cancel.check()?;
        Ok(begun)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        AT_ONCE.store(false, Ordering::Relaxed);
    }
}

fn man(folder: Option<PathBuf>) -> anyhow::Result<Ended> {
    let command = Cli::command();
    match folder {
        Some(folder) => clap_mangen::generate_to(command, &folder)
            .with_context(|| format!("{} cannot be written", folder.display()))?,
        None => clap_mangen::Man::new(command).render(&mut std::io::stdout())?,
    }
    Ok(Ended::Done)
}

/// The library, after the user was told where its state lies if that is not in it.
fn said(library: Library) -> Library {
    if let Some(note) = library.note() {
        note!("note: {note}");
    }
    library
}

/// Whether a library's name is the address of a shared one.
fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.starts_with("milvus"))
}

/// The mirror of a shared library, brought up to it; opened once in a process.
#[cfg(feature = "milvus")]
fn shared(address: &str) -> anyhow::Result<Library> {
    use crate::share::address::{Address, Credentials};
    use crate::share::{Engine, reading};
    let address = Address::parse(address)?;
    let name = address.to_string();
    let short = &blake3::hash(name.as_bytes()).to_hex()[..12];
    let folder = config::cache_home()?
        .join("shared")
        .join(format!("{}-{short}", address.database));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let library = Library::at(&folder, Some(&folder.join(config::STATE)))?;
    if mirror::supplier(&library.home).is_none() {
        let engine = Engine::connect(&address, &Credentials::from_environment(), false)?;
        reading::open(engine, &library.folder, &library.home)?;
    }
    Ok(library)
}

#[cfg(not(feature = "milvus"))]
fn shared(address: &str) -> anyhow::Result<Library> {
    Err(refuse(
        format!("{address} is a shared library, which this tenk was built without"),
        "build it with --features milvus",
    ))
}

impl Session {
    /// The library a command works on: `folder`, else `--library`, else the nearest one.
    pub fn library(&self, folder: Option<&std::path::Path>) -> anyhow::Result<Library> {
        Ok(said(self.find(folder)?))
    }

    /// As `library`, with its state where it can be written: carried there, where it only can be read.
    pub fn library_to_write(&self, folder: Option<&std::path::Path>) -> anyhow::Result<Library> {
        let found = self.find(folder)?;
        let library = found.clone().to_write()?;
        if found.is_only_read() {
            carrying::carry(&found, &library)?;
            note!(
                "note: the state in {} goes on in a copy",
                found.home.display()
            );
        }
        Ok(said(library))
    }

    /// The library of a command that changes it, if `changes`.
    pub fn library_to(&self, changes: bool) -> anyhow::Result<Library> {
        match changes {
            true => self.library_to_write(None),
            false => self.library(None),
        }
    }

    fn find(&self, folder: Option<&std::path::Path>) -> anyhow::Result<Library> {
        let folder = match folder.or(self.global.library.as_deref()) {
            Some(folder) => folder.to_owned(),
            None => Library::find(&std::env::current_dir().context(Refusal::new(
                "the current folder is gone",
                "go to one that there is, or name the library with -L",
            ))?),
        };
        if let Some(address) = folder.to_str().filter(|text| is_address(text)) {
            return shared(address);
        }
        let library = Library::at(&folder, self.global.home.as_deref())?;
        Ok(carrying::choose(library))
    }

    /// A job that an app started obeys its orders.
    pub fn follow_orders(&self, library: &Library) {
        if self.global.background {
            crate::job::orders::follow(&library.home, self.cancel.clone());
        }
    }

    /// The model that `name` stands for in `library`, else in the library a command works on.
    pub fn model(&self, name: &str, library: Option<&Library>) -> anyhow::Result<Model> {
        Ok(match (name, library) {
            // The bundled one needs no library.
            ("base", _) => Model::base(),
            (_, Some(library)) => Model::named(&library.home, name)?,
            (_, None) => Model::named(&self.library(None)?.home, name)?,
        })
    }

    /// What a model is called in results: `base`, or its own name.
    pub fn role(&self, name: &str, library: &Library) -> anyhow::Result<String> {
        let model = self.model(name, Some(library))?;
        Ok(match (name, model == Model::base()) {
            ("serving", true) => "base".to_owned(),
            ("serving", false) => model.name,
            (name, _) => name.to_owned(),
        })
    }

    /// The model named by `--model`, loaded in a given precision.
    pub fn encoder_in(&self, name: &str, precision: Precision) -> anyhow::Result<Encoder> {
        Ok(self.model(name, None)?.encoder(precision, self.threads())?)
    }

    /// `model` as the library keeps its embeddings.
    pub fn embedder(&self, model: &Model) -> anyhow::Result<Embedder> {
        let precision = self.config.index.precision;
        Ok(Embedder {
            name: model.stored_name(precision),
            encoder: self.encoders.get(model, precision)?,
        })
    }

    /// The context of a job on `library` that reports to `progress`.
    pub fn job(&self, library: &Library, progress: Arc<dyn ProgressSink>) -> JobContext {
        JobContext {
            library: library.clone(),
            config: Arc::new(self.config.clone()),
            threads: self.threads(),
            cancel: self.cancel.clone(),
            progress,
            encoders: self.encoders.clone(),
            ahead: Arc::default(),
        }
    }

    /// What reads PDFs, by the settings.
    pub fn sandbox(&self) -> anyhow::Result<Sandbox> {
        Ok(Sandbox::new(&self.config.extract).map_err(IndexingError::Program)?)
    }

    /// Worker threads: what was asked for, or one a core.
    pub fn threads(&self) -> usize {
        threads(&self.global, &self.config)
    }
}

fn threads(global: &Global, config: &Config) -> usize {
    match global.threads.unwrap_or(config.index.threads) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n.min(MOST_THREADS),
    }
}

/// Says `note` where the work was interrupted: what stands, and how it goes on.
fn note_interruption<T, E: std::error::Error + 'static>(
    result: Result<T, E>,
    note: impl FnOnce() -> String,
) -> Result<T, E> {
    if let Err(error) = &result
        && progress::is_cancelled(error)
    {
        note!("{}", note());
    }
    result
}

/// A folder for what is made to be measured, in the library's home; of no library, or of one that cannot
/// be written, in the user's data folder or that of the system for such things.
fn work_folder(library: Option<&Library>, what: &str) -> anyhow::Result<WorkFolder> {
    let own = library.map(|library| library.home.work());
    let data = config::data_home().ok().map(|data| data.join("work"));
    let places = own.into_iter().chain(data);
    for place in places {
        if let Ok(folder) = WorkFolder::new(&place, what) {
            return Ok(folder);
        }
    }
    let place = std::env::temp_dir();
    let refusal = || Refusal::new("there is no room to work in", "free some, or set TMPDIR");
    WorkFolder::new(&place, &format!("tenk-{what}")).with_context(refusal)
}

/// Refuses a share of the data that leaves nothing to learn from.
fn check_dev_share(share: f64) -> anyhow::Result<()> {
    if !(0.0..1.0).contains(&share) {
        return Err(refuse(
            format!("--dev-share {share} is not possible"),
            "name a share from 0 to below 1",
        ));
    }
    Ok(())
}

/// The documents of a library that `of` lets through, by their companies.
fn directory(library: &Library, store: &Store, of: &OfArgs) -> anyhow::Result<Directory> {
    let filter = of.filter(library)?;
    if filter.section.is_some() {
        return Err(refuse(
            "figures are of whole documents, and a section is a part of one",
            "leave it out",
        ));
    }
    let mut rows = store.documents()?;
    let why = filter::unmet(&filter, rows.iter()).filter(|_| !filter.is_empty());
    if let Some(why) = why {
        return Err(refuse(why, "see tenk list"));
    }
    rows.retain(|row| filter.matches(row));
    Ok(Directory::new(rows))
}

/// The document that `name` names: its path, the end of it, or its file name without `.pdf`.
fn document_named(store: &Store, name: &str) -> anyhow::Result<DocumentRow> {
    let rows = store.documents()?;
    match named(&rows, name)[..] {
        [row] => Ok(row.clone()),
        [] => {
            let all: Vec<String> = rows.iter().map(|row| row.path.clone()).collect();
            // Of many the ones that it may be.
            let like = near(name, all.iter().cloned());
            let all = if like.is_empty() { all } else { like };
            Err(refuse(
                format!("no document {name:?} in the library"),
                Remedy::NameDocument(all).to_string(),
            ))
        }
        ref matching => {
            let n = matching.len();
            let paths: Vec<&str> = matching.iter().map(|row| row.path.as_str()).collect();
            Err(refuse(
                format!("{name:?} names {n} documents"),
                format!("write one of: {}", paths.join(", ")),
            ))
        }
    }
}

/// Starts the log, a file in the user's data folder; `TENK_LOG` names the levels that it keeps.
fn start_log() {
    let Ok(folder) = config::data_home() else {
        return;
    };
    let open = || -> std::io::Result<std::fs::File> {
        std::fs::create_dir_all(&folder)?;
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("tenk.log"))
    };
    let Ok(file) = open() else { return };
    let levels = std::env::var("TENK_LOG").unwrap_or_else(|_| "warn".into());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(levels))
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(Shown(file)))
        .finish();
    // A second start in one process (tests) keeps the first.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_folder() {
        for text in [
            "milvus://localhost/filings",
            "milvus+tls://db.example:443/a_1/",
            "milvus://[::1]:19531/x",
        ] {
            assert!(is_address(text), "{text}");
        }
        for text in ["milvus-stuff", "milvus", "file://milvus", "~/filings"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
