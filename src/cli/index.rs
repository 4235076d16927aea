//! `tenk index`: bring a folder's index up to date, once or for as long as it is watched.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::IndexArgs;
use super::{Ended, Session};
use super::{output, remedy};
use crate::config::Library;
use crate::index::sync::Changes;
use crate::index::watch::{FolderWatch, Settling, Woken};
use crate::job::indexing::{self, Indexing, IndexingError, Summary};
use crate::job::models::{Embedder, in_step, load_sound};
use crate::model::Model;
use crate::ocr::Ocr;
use crate::printable::letters::Letters;
use crate::printable::{on_a_line, shown};
use crate::progress::{self, Progress, ProgressSink};
use crate::store::{Coverage, DocumentRow, Store};
use crate::units::{count, span, thousands};

pub fn run(session: &Session, args: &IndexArgs) -> anyhow::Result<Ended> {
    let folder = args.folder.as_deref();
    if args.dry_run {
        return dry_run(session, &session.library(folder)?, args.allow_empty);
    }
    let library = session.library_to_write(folder)?;
    let models = args.model.as_deref();
    if args.watch {
        return watch(session, &library, models, args.allow_empty);
    }
    run_once(session, &library, models, |job| {
        let job = job.may_empty(args.allow_empty);
        job.checking(args.check).run()
    })
}

/// Indexes, and again whenever the folder changes, until it is interrupted. What goes wrong later than in
/// the first run is said, and tried again with the next change.
fn watch(
    session: &Session,
    library: &Library,
    models: Option<&[String]>,
    may_empty: bool,
) -> anyhow::Result<Ended> {
    let settling = Arc::new(Settling::default());
    let mut watch = FolderWatch::new(library, settling.clone());
    let mut is_first = true;
    // One that begins with an empty folder is none yet.
    let mut was_there = false;
    let mut last = Summary::default();
    loop {
        let run = run_silently(session, library, models, |job| {
            let job = job.may_empty(may_empty).settling(&settling);
            job.was_there(was_there).run_when_free()
        });
        was_there |= library.home.store().is_file();
        match run.and_then(|run| Ok(run?)) {
            Ok(summary) => {
                // A file that is copied in for minutes is looked at again and again: that is said once.
                if is_first || session.global.json || summary.differs(&last) {
                    tell(session, library, &summary)?;
                }
                if summary.cancelled {
                    return Ok(Ended::Interrupted);
                }
                last = summary;
            }
            Err(error) if is_first || progress::is_cancelled(&*error) => return Err(error),
            Err(error) => {
                note!("error: {}", remedy::describe(&error, &session.global));
            }
        }
        if std::mem::take(&mut is_first) {
            let folder = library.folder.display();
            note!("watching {folder} {} (Ctrl-C ends it)", watch.how());
        }
        match watch.wait(&session.cancel) {
            Woken::Changed => {}
            Woken::Otherwise(how) => note!("watching it {how}"),
            Woken::Cancelled => return Ok(Ended::Interrupted),
        }
    }
}

/// The models that are in step, and beside them those named.
pub(super) fn embedders(
    session: &Session,
    library: &Library,
    named: Option<&[String]>,
) -> anyhow::Result<Vec<Embedder>> {
    let names = named.unwrap_or_default().iter();
    let wanted = names.map(|name| session.model(name, Some(library)));
    let wanted = wanted.collect::<anyhow::Result<Vec<Model>>>()?;
    let mut models = in_step(library, session.config.index.precision, &wanted)?;
    let load = |model: &Model| session.embedder(model);
    let embedders = if named.is_none() {
        load_sound(&models, load, |model, why| {
            note!("note: indexing goes on without {}: {why}", model.name);
        })?
    } else {
        models.truncate(1);
        models.extend(wanted);
        let mut seen = BTreeSet::new();
        models.retain(|model| seen.insert(model.name.clone()));
        models.iter().map(load).collect::<anyhow::Result<_>>()?
    };
    let tokens = session.config.index.chunk_tokens;
    for embedder in &embedders {
        let most = embedder.encoder.tokenizer().max_tokens();
        if most < tokens {
            note!(
                "note: {} reads {most} tokens of a passage; those beyond are cut off (chunks have up \
                 to {tokens}: index.chunk_tokens)",
                embedder.name
            );
        }
    }
    Ok(embedders)
}

/// Indexes once, with progress on stderr and the summary on stdout.
pub fn sync(
    session: &Session,
    library: &Library,
    models: Option<&[String]>,
) -> anyhow::Result<Ended> {
    run_once(session, library, models, |job| job.run())
}

/// As `sync`, by `run`, without a word on stdout.
fn run_silently(
    session: &Session,
    library: &Library,
    models: Option<&[String]>,
    run: impl FnOnce(Indexing<'_>) -> Result<Summary, IndexingError>,
) -> anyhow::Result<Result<Summary, IndexingError>> {
    let embedders = embedders(session, library, models)?;
    let sink = Arc::new(Sink::of(session));
    let context = session.job(library, sink.clone());
    let result = run(Indexing::new(&context, &embedders));
    sink.finish();
    Ok(result)
}

/// As `sync`, by `run`.
fn run_once(
    session: &Session,
    library: &Library,
    models: Option<&[String]>,
    run: impl FnOnce(Indexing<'_>) -> Result<Summary, IndexingError>,
) -> anyhow::Result<Ended> {
    let summary = run_silently(session, library, models, run)??;
    tell(session, library, &summary)?;
    Ok(ended(&summary))
}

/// Says what a run came to.
fn tell(session: &Session, library: &Library, summary: &Summary) -> anyhow::Result<()> {
    if session.global.json {
        output::json(summary)?;
    } else {
        print_summary(library, summary)?;
    }
    for why in &summary.unlisted {
        note!("not listed: {why}");
    }
    for name in &summary.altered {
        note!("not as it was written, and read again where its file is there: {name}");
    }
    for name in &summary.waiting {
        note!("not whole yet: {name}");
    }
    // Indexing goes on without it, and every search would be refused.
    if let Err(error) = Model::named(&library.home, "serving") {
        let why = remedy::describe(&error.into(), &session.global);
        note!("note: nothing can be searched by meaning as it is: {why}");
    }
    Ok(())
}

fn ended(summary: &Summary) -> Ended {
    match summary {
        s if s.cancelled => Ended::Interrupted,
        s if !s.failed.is_empty() || !s.unlisted.is_empty() => Ended::Partly,
        _ => Ended::Done,
    }
}

/// Embeds the library with the bundled model `name` where it has nothing of it: a library begins with one of them, and
/// whoever names the other is to get its answers, not those of the words alone. Where that cannot be, it is said.
///
/// # Errors
///
/// Where there is no such model, or it is interrupted.
pub(super) fn embed_first(session: &Session, library: &Library, name: &str) -> anyhow::Result<()> {
    let model = session.model(name, Some(library))?;
    if !model.is_bundled() {
        return Ok(());
    }
    let store = Store::open(&library.folder, &library.home)?;
    let is_new = store.models()?.is_empty();
    if store.is_mirror() {
        // What is embedded there is its publishers' to say.
        return Ok(());
    }
    let covered = covered(session, library, &model)?;
    if is_new || covered.is_some_and(|c| c.encoded > 0) {
        return Ok(());
    }
    note!("embedding the library with {name} first, once");
    let models = [name.to_owned()];
    match run_silently(session, library, Some(&models), |job| job.run())? {
        Ok(summary) => drop(summary.whole()?),
        Err(error) => note!("note: it cannot be embedded now: {error}"),
    }
    Ok(())
}

/// How much of the library is embedded with `model`; none where nothing ever was.
pub(super) fn covered(
    session: &Session,
    library: &Library,
    model: &Model,
) -> anyhow::Result<Option<Coverage>> {
    let fingerprint = model.fingerprint(session.config.index.precision)?;
    Ok(Store::open(&library.folder, &library.home)?.coverage_by(fingerprint.as_str())?)
}

fn print_summary(library: &Library, s: &Summary) -> anyhow::Result<()> {
    if !library.home.store().is_file() {
        let folder = library.folder.display();
        return output::line(&format!(
            "{folder} has no PDF: put some in and index it again"
        ));
    }
    let counts = format!(
        "{}, {}, {}",
        count(s.documents as u64, "document"),
        count(s.pages, "page"),
        count(s.chunks, "chunk")
    );
    output::line(&format!("{}: {counts}", library.folder.display()))?;
    match s.copies {
        0 => {}
        1 => output::line("1 file is a copy of another")?,
        n => output::line(&format!(
            "{} files are copies of others",
            thousands(n as u64)
        ))?,
    }
    let mut did = format!(
        "{} read, {} unchanged, {} renamed, {} removed, {} embedded in {}",
        s.extracted,
        s.unchanged,
        s.renamed,
        s.removed,
        count(s.encoded as u64, "chunk"),
        span(s.seconds)
    );
    if s.cancelled {
        did.push_str("; stopped, the next run goes on here");
    }
    output::line(&did)?;
    if s.covered < s.chunks {
        let line = format!(
            "{} of {} embedded so far",
            thousands(s.covered),
            count(s.chunks, "chunk")
        );
        output::line(&line)?;
    }
    if s.recognised > 0 {
        output::line(&match s.recognised {
            1 => "1 page is a picture that OCR has read (tenk list)".to_owned(),
            n => format!(
                "{} are pictures that OCR has read (tenk list)",
                count(n, "page")
            ),
        })?;
    }
    if s.failed_pages > 0 {
        let pages = count(s.failed_pages, "page");
        output::line(&format!("{pages} could not be read"))?;
    }
    for failed in &s.failed {
        output::line(&format!(
            "failed: {}: {} ({}); {}",
            failed.document, failed.reason, failed.detail, failed.remedy
        ))?;
    }
    Ok(())
}

fn dry_run(session: &Session, library: &Library, may_empty: bool) -> anyhow::Result<Ended> {
    let has_ocr = Ocr::open(&session.config.ocr, 1, None)?.is_some();
    let changes = indexing::plan(library, &session.config.extract, has_ocr, may_empty)?;
    let documents = match changes.removed.is_empty() {
        true => Vec::new(),
        false => Store::open(&library.folder, &library.home)?.documents()?,
    };
    let is_removed = |row: &&DocumentRow| changes.removed.contains(&row.id);
    let removed = documents
        .iter()
        .filter(is_removed)
        .map(|row| row.path.clone());
    let removed: Vec<String> = removed.collect();
    // As the run itself would end.
    let ended = match changes.unreadable.is_empty() && changes.unlisted.is_empty() {
        true => Ended::Done,
        false => Ended::Partly,
    };
    if session.global.json {
        output::json(&serde_json::json!({
            "extract": changes.extract.iter().map(|e| &e.file.key).collect::<Vec<_>>(),
            "rename": changes.renamed.iter().map(|(_, name)| name).collect::<Vec<_>>(),
            "copies": changes.copied.iter().map(|(copy, _)| copy).collect::<Vec<_>>(),
            "remove": removed.len(),
            "removed": removed,
            "unchanged": changes.unchanged,
            "unreadable": changes.unreadable.iter().map(|(f, _)| &f.key).collect::<Vec<_>>(),
            "unlisted": changes.unlisted,
            "emptied": changes.emptied.is_some(),
        }))?;
        return refused_if_emptied(changes, may_empty).map(|()| ended);
    }
    for item in &changes.extract {
        output::line(&format!("read    {}", item.file.key))?;
    }
    for (from, name) in &changes.renamed {
        output::line(&format!("rename  {name}, from {from}"))?;
    }
    let is_asked = changes.emptied.is_some() && !may_empty;
    for name in removed.iter().filter(|_| !is_asked) {
        output::line(&format!("remove  {name}"))?;
    }
    for (copy, document) in &changes.copied {
        output::line(&format!("copy    {copy}, of {document}"))?;
    }
    for (file, failure) in &changes.unreadable {
        output::line(&format!("refuse  {}: {failure}", file.key))?;
    }
    output::line(&format!(
        "{} to read, {} to rename, {} to remove, {} unchanged",
        changes.extract.len(),
        changes.renamed.len(),
        if is_asked { 0 } else { changes.removed.len() },
        changes.unchanged
    ))?;
    for why in &changes.unlisted {
        note!("not listed: {why}");
    }
    refused_if_emptied(changes, may_empty).map(|()| ended)
}

/// Ends as the run itself would, which asks before it forgets the documents of a folder that has lost all of them.
fn refused_if_emptied(changes: Changes, may_empty: bool) -> anyhow::Result<()> {
    match changes.emptied {
        Some((folder, documents)) if !may_empty => {
            Err(IndexingError::Emptied { folder, documents }.into())
        }
        _ => Ok(()),
    }
}

/// How often a bar is drawn at least.
const TICK: Duration = Duration::from_millis(200);

/// Progress on stderr: a bar on a terminal, lines that only append elsewhere.
pub(super) struct Sink {
    bar: Option<ProgressBar>,
    /// When the last plain line was written, and how far apart they are, so that a log does not drown.
    last: Mutex<Option<std::time::Instant>>,
    apart: Duration,
}

impl Sink {
    pub(super) fn new() -> Self {
        let has_bar = std::io::stderr().is_terminal() && !output::is_dumb();
        let bar = has_bar.then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}");
            bar.set_style(style.expect("the template is well formed").progress_chars(
                match Letters::of_environment() {
                    Letters::All => "━╸ ",
                    _ => "=> ",
                },
            ));
            bar.enable_steady_tick(TICK);
            bar
        });
        Self {
            bar,
            last: Mutex::new(None),
            apart: Duration::from_secs(10),
        }
    }

    /// One whose lines an app shows, the last one each, as they come.
    pub(super) fn of(session: &Session) -> Self {
        let apart = Duration::from_secs(if session.global.background { 1 } else { 10 });
        Self {
            apart,
            ..Self::new()
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub(super) fn show(&self, position: usize, length: usize, message: String, always: bool) {
        match &self.bar {
            Some(bar) => {
                if bar.is_finished() {
                    // What it showed before is done, and this is something else.
                    bar.reset();
                    bar.enable_steady_tick(TICK);
                }
                bar.set_length(length as u64);
                bar.set_position(position as u64);
                let letters = Letters::of_environment();
                bar.set_message(letters.shown(&on_a_line(&message)).into_owned());
            }
            None => {
                let Ok(mut last) = self.last.lock() else {
                    return;
                };
                if always || last.is_none_or(|at| at.elapsed() > self.apart) {
                    note!("{position}/{length} {message}");
                    *last = Some(std::time::Instant::now());
                }
            }
        }
    }

    pub(super) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(Letters::of_environment().shown(&shown(text))),
            None => note!("{text}"),
        }
    }
}

impl ProgressSink for Sink {
    fn report(&self, progress: Progress) {
        match progress {
            Progress::Planned {
                to_extract,
                unchanged,
                ..
            } => {
                let files = to_extract.len();
                if files > 0 {
                    let files = count(files as u64, "file");
                    self.say(&format!("{files} to read, {unchanged} unchanged"));
                }
            }
            Progress::Extracted {
                document,
                pages,
                chunks,
                done,
                of,
            } => {
                self.show(
                    done,
                    of,
                    format!(
                        "read {document}: {}, {}",
                        count(pages as u64, "page"),
                        count(chunks as u64, "chunk")
                    ),
                    true,
                );
            }
            Progress::Recognised {
                document,
                done,
                of,
                seconds,
            } => {
                let left = seconds / done.max(1) as f64 * of.saturating_sub(done) as f64;
                let message = format!("pages of {document} read by OCR, {} left", span(left));
                self.show(done, of, message, done == of);
            }
            Progress::Failed {
                document,
                reason,
                detail,
            } => {
                self.say(&format!("failed {document}: {reason} ({detail})"));
            }
            Progress::Encoded {
                chunks,
                of,
                tokens,
                seconds,
            } => {
                let rate = tokens as f64 / seconds.max(1e-3);
                let left = seconds / chunks.max(1) as f64 * of.saturating_sub(chunks) as f64;
                let message = format!(
                    "chunks embedded, {} tokens/s, {} left",
                    thousands(rate as u64),
                    span(left)
                );
                self.show(chunks, of, message, chunks == of);
            }
            Progress::Worked {
                what,
                done,
                of,
                seconds,
            } => {
                let rate = done as f64 / seconds.max(1e-3);
                let left = of.saturating_sub(done) as f64 / rate.max(1e-9);
                let message = format!("{what}, {rate:.1} a second, {} left", span(left));
                self.show(done, of, message, done == of);
            }
            Progress::Busy { process } => self.say(&format!(
                "another tenk{} is changing this library: waiting for it",
                crate::remedy::process(process)
            )),
            Progress::Ahead { .. } | Progress::Indexing { .. } | Progress::Visible { .. } => {}
        }
    }
}
