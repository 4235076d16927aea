//! `tenk work`: index a folder's files into a shared library, beside other workers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::args::WorkArgs;
use super::index::embedders;
use super::publish::shared_model;
use super::remedy::refuse;
use super::{Ended, Session, output};
use crate::config::{self, Library};
use crate::fsio::WorkFolder;
use crate::index::sync::{self, FolderFile};
use crate::job::indexing::Indexing;
use crate::progress::Silent;
use crate::share::Engine;
use crate::share::address::{Address, Credentials};
use crate::share::publish::Publisher;
use crate::share::serving;
use crate::share::work::{OWNER, WorkFile, WorkList, next_free};
use crate::store::{DocumentState, Store};
use crate::units::{count, span};

/// Files that a worker takes at once.
const BATCH: usize = 4;
/// The longest wait for a file that another has taken.
const WAIT: Duration = Duration::from_secs(5);

/// What a worker has done.
#[derive(Debug, Default, serde::Serialize)]
struct Done {
    documents: usize,
    failed: usize,
    chunks: u64,
    removed: usize,
    seconds: f64,
}

pub fn run(session: &Session, args: &WorkArgs) -> anyhow::Result<Ended> {
    let address = Address::parse(&args.address)?;
    let credentials = Credentials::from_environment();
    let folder = std::path::absolute(&args.folder)?;
    if !folder.is_dir() {
        return Err(refuse(
            format!("{} is no folder", folder.display()),
            "name the folder whose files are to be shared",
        ));
    }
    let engine = Engine::connect(&address, &credentials, true)?;
    let keeper = Engine::connect(&address, &credentials, true)?;
    let worker = format!("{:016x}", fastrand::u64(..));
    let place = WorkFolder::new(&config::cache_home()?.join("work"), "work")?;
    let worker = Worker {
        session,
        list: WorkList {
            engine: &engine,
            worker: &worker,
            lease: Duration::from_secs(args.lease),
        },
        keeper: WorkList {
            engine: &keeper,
            worker: &worker,
            lease: Duration::from_secs(args.lease),
        },
        folder: &folder,
        library: Library::at(
            &made(place.path(), "files")?,
            Some(&made(place.path(), "state")?),
        )?,
    };
    worker.run()
}

fn made(folder: &Path, name: &str) -> anyhow::Result<std::path::PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
    Ok(path)
}

struct Worker<'a> {
    session: &'a Session,
    list: WorkList<'a>,
    /// The list as the thread sees it that keeps what is taken.
    keeper: WorkList<'a>,
    folder: &'a Path,
    /// Of the files that are at work.
    library: Library,
}

impl Worker<'_> {
    fn run(&self) -> anyhow::Result<Ended> {
        let began = Instant::now();
        let mut done = Done::default();
        let listing = sync::list(self.folder);
        self.prepare()?;
        let files: Vec<WorkFile> = listing.files.iter().map(work_file).collect();
        self.list.fill(&files)?;
        // What cannot be listed is not gone.
        if !files.is_empty() && listing.unlisted.is_empty() {
            done.removed = self.list.forget_others(&files)?;
        }
        loop {
            self.session.cancel.check()?;
            let taken = self.list.take(BATCH)?;
            if taken.is_empty() {
                match next_free(self.list.engine)? {
                    None => break,
                    Some(free) => std::thread::sleep(free.clamp(Duration::from_millis(200), WAIT)),
                }
                continue;
            }
            self.work(&taken, &mut done)?;
        }
        done.seconds = began.elapsed().as_secs_f64();
        self.tell(&done)
    }

    /// Has this worker embed by the model that serves there; by what a new library begins with, where nothing does.
    fn prepare(&self) -> anyhow::Result<()> {
        self.library.create_home()?;
        serving::prepare(self.list.engine, &self.library.home)?;
        Ok(())
    }

    /// Reads, embeds and publishes some files, which stay this worker's meanwhile.
    fn work(&self, files: &[WorkFile], done: &mut Done) -> anyhow::Result<()> {
        let is_done = AtomicBool::new(false);
        let worked = std::thread::scope(|scope| {
            scope.spawn(|| self.keep(files, &is_done));
            let worked = self.index(files, done);
            is_done.store(true, Ordering::Relaxed);
            worked
        });
        if worked.is_err() {
            // The first error says more.
            let _ = self.list.give_back(files);
        }
        worked
    }

    /// Says again and again that some files are this worker's.
    fn keep(&self, files: &[WorkFile], is_done: &AtomicBool) {
        let mut said = Instant::now();
        while !is_done.load(Ordering::Relaxed) {
            if said.elapsed() * 3 > self.keeper.lease {
                // Where it cannot be said, another takes them: what both write is the same.
                let _ = self.keeper.hold(files);
                said = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn index(&self, files: &[WorkFile], done: &mut Done) -> anyhow::Result<()> {
        let folder = &self.library.folder;
        std::fs::remove_dir_all(folder)?;
        for file in files {
            let link = folder.join(&file.path);
            std::fs::create_dir_all(link.parent().unwrap_or(folder))?;
            link_file(&self.folder.join(&file.path), &link)?;
        }
        let session = self.session;
        let embedders = embedders(session, &self.library, None)?;
        let context = session.job(&self.library, Arc::new(Silent));
        let summary = Indexing::new(&context, &embedders).may_empty(true).run()?;
        summary.whole()?;
        let store = Store::open(&self.library.folder, &self.library.home)?;
        let model = shared_model(session, &self.library, &store)?;
        let published = Publisher {
            engine: self.list.engine,
            store: &store,
            model: &model,
            owner: Some(OWNER),
            progress: &|_, _| {},
            cancel: &session.cancel,
        }
        .run()?;
        done.chunks += published.chunks;
        let rows = store.documents()?;
        for file in files {
            let row = rows.iter().find(|row| row.paths.contains(&file.path));
            let failure = match row {
                None => Some("it cannot be read".to_owned()),
                Some(row) => (row.state == DocumentState::Failed)
                    .then(|| row.detail.clone().unwrap_or_default()),
            };
            self.list.finish(file, failure.as_deref())?;
            match failure {
                None => {
                    done.documents += 1;
                    note!("done: {}", file.path);
                }
                Some(why) => {
                    done.failed += 1;
                    note!("failed: {}: {why}", file.path);
                }
            }
        }
        Ok(())
    }

    fn tell(&self, done: &Done) -> anyhow::Result<Ended> {
        let standing = self.list.standing()?;
        if self.session.global.json {
            let mut value = serde_json::to_value(done)?;
            value["list"] = serde_json::to_value(standing)?;
            output::json(&value)?;
        } else {
            output::line(&format!(
                "{}, {} read and published by this worker in {}",
                count(done.documents as u64, "document"),
                count(done.chunks, "chunk"),
                span(done.seconds)
            ))?;
            output::line(&format!(
                "the list: {} done, {} failed",
                standing.done, standing.failed
            ))?;
        }
        Ok(match done.failed {
            0 => Ended::Done,
            _ => Ended::Partly,
        })
    }
}

fn work_file(file: &FolderFile) -> WorkFile {
    WorkFile {
        path: file.key.clone(),
        mark: format!("{}-{}", file.size, file.written_ns),
    }
}

#[cfg(unix)]
fn link_file(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link_file(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to).map(drop)
}
