//! Work: the files of a folder as a list in the shared library, from which any number of workers take.
//!
//! There is no coordinator. A worker takes a file by writing its name and a time into the file's row, and looks a moment
//! later whether the name is still there; the time it moves on for as long as it lives. A file whose time has run out
//! was a dead worker's, and is anybody's. Engines have no compare-and-swap, so two may take one file in the same
//! moment: both write the same content under the same names, and all that is lost is the time of one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::Result;
use super::engine::{Engine, Entity};
use super::publish::placement;
use super::sweep::now;
use super::tables::{self, PLACEMENTS, WORK, any, number, text, unsearched};

/// Whose placements the files of the list are, whichever worker reads them.
pub const OWNER: &str = "workers";

/// From writing a name to looking whether it is still there: longer than it takes another to write its own.
const SETTLE: Duration = Duration::from_millis(500);
/// Rows that go in one call.
const AT_ONCE: usize = 200;
/// Bytes of the reason why a file could not be read.
const DETAIL: usize = 2_000;

const WAITING: &str = "waiting";
const TAKEN: &str = "taken";
const DONE: &str = "done";
const FAILED: &str = "failed";

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkFile {
    /// In the folder, with `/`.
    pub path: String,
    /// Of the version that it is: another one where it has changed.
    pub mark: String,
}

/// How far the list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Standing {
    pub waiting: usize,
    pub taken: usize,
    pub done: usize,
    pub failed: usize,
}

/// The list, as one worker sees it.
pub struct WorkList<'a> {
    pub engine: &'a Engine,
    /// Of no other worker.
    pub worker: &'a str,
    /// For how long a file is a worker's that does not speak of it.
    pub lease: Duration,
}

impl WorkList<'_> {
    /// Adds files that the list lacks or has in another version.
    pub fn fill(&self, files: &[WorkFile]) -> Result<()> {
        let rows = self.rows("", &["id", "mark"])?;
        let known: HashMap<&str, &str> = rows
            .iter()
            .map(|row| (text(row, "id"), text(row, "mark")))
            .collect();
        let is_new = |file: &&WorkFile| known.get(key(&file.path).as_str()) != Some(&&*file.mark);
        let new: Vec<Value> = files
            .iter()
            .filter(is_new)
            .map(|file| row(&file.path, &file.mark, WAITING, "", 0, ""))
            .collect();
        for some in new.chunks(AT_ONCE) {
            self.engine.upsert(WORK.name, some.to_vec())?;
        }
        Ok(())
    }

    /// Forgets files that the folder has no more, and their documents: how many.
    pub fn forget_others(&self, files: &[WorkFile]) -> Result<usize> {
        let here: HashSet<String> = files.iter().map(|file| key(&file.path)).collect();
        let rows = self.rows("", &["id"])?;
        let ids = rows.iter().map(|row| text(row, "id").to_owned());
        let gone: Vec<String> = ids.filter(|id| !here.contains(id)).collect();
        for some in gone.chunks(AT_ONCE) {
            // A file goes by one key in both.
            let some = any("id", some.iter());
            self.engine.delete(PLACEMENTS.name, &some)?;
            self.engine.delete(WORK.name, &some)?;
        }
        Ok(gone.len())
    }

    /// Takes files that are nobody's, as many at most; none where there are none, or others were faster.
    pub fn take(&self, most: usize) -> Result<Vec<WorkFile>> {
        let free = format!(
            "state == \"{WAITING}\" or (state == \"{TAKEN}\" and until < {})",
            now()
        );
        let mut rows = self.rows(&free, &["id", "path", "mark"])?;
        // Each worker in an order of its own, so that they do not meet.
        rows.sort_by_key(|row| {
            let order = format!("{} {}", self.worker, text(row, "id"));
            *blake3::hash(order.as_bytes()).as_bytes()
        });
        rows.truncate(most);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let files: Vec<WorkFile> = rows
            .iter()
            .map(|row| WorkFile {
                path: text(row, "path").to_owned(),
                mark: text(row, "mark").to_owned(),
            })
            .collect();
        self.hold(&files)?;
        std::thread::sleep(SETTLE);
        self.held(files)
    }

    /// Those of some files that are this worker's.
    fn held(&self, files: Vec<WorkFile>) -> Result<Vec<WorkFile>> {
        let ids: Vec<String> = files.iter().map(|file| key(&file.path)).collect();
        let rows = self.rows(&any("id", ids.iter()), &["id", "worker", "state"])?;
        let is_own =
            |row: &&Entity| text(row, "worker") == self.worker && text(row, "state") == TAKEN;
        let own: HashSet<&str> = rows
            .iter()
            .filter(is_own)
            .map(|row| text(row, "id"))
            .collect();
        let is_own = |file: &WorkFile| own.contains(key(&file.path).as_str());
        Ok(files.into_iter().filter(is_own).collect())
    }

    /// Says that files are this worker's for a while from now on.
    pub fn hold(&self, files: &[WorkFile]) -> Result<()> {
        let until = now() + self.lease.as_secs().cast_signed();
        let rows = files
            .iter()
            .map(|file| row(&file.path, &file.mark, TAKEN, self.worker, until, ""));
        self.engine.upsert(WORK.name, rows.collect())
    }

    /// Gives files back that were not worked on.
    pub fn give_back(&self, files: &[WorkFile]) -> Result<()> {
        let rows = files
            .iter()
            .map(|file| row(&file.path, &file.mark, WAITING, "", 0, ""));
        self.engine.upsert(WORK.name, rows.collect())
    }

    /// Says what became of a file: read, or why not.
    pub fn finish(&self, file: &WorkFile, failure: Option<&str>) -> Result<()> {
        let state = if failure.is_some() { FAILED } else { DONE };
        let detail = failure.unwrap_or_default();
        let detail = &detail[..detail.floor_char_boundary(DETAIL)];
        let row = row(&file.path, &file.mark, state, self.worker, 0, detail);
        self.engine.upsert(WORK.name, vec![row])
    }

    /// How far the list is.
    pub fn standing(&self) -> Result<Standing> {
        let mut standing = Standing::default();
        for row in self.rows("", &["state"])? {
            match text(&row, "state") {
                WAITING => standing.waiting += 1,
                TAKEN => standing.taken += 1,
                FAILED => standing.failed += 1,
                _ => standing.done += 1,
            }
        }
        Ok(standing)
    }

    fn rows(&self, filter: &str, fields: &[&str]) -> Result<Vec<Entity>> {
        self.engine.rows(WORK.name, filter, "id", fields)
    }
}

/// The seconds until the first file that is taken is anybody's; none where none is.
pub fn next_free(engine: &Engine) -> Result<Option<Duration>> {
    let taken = tables::is("state", TAKEN);
    let rows = engine.rows(WORK.name, &taken, "id", &["until"])?;
    let first = rows.iter().map(|row| number(row, "until")).min();
    Ok(first.map(|until| Duration::from_secs((until - now()).max(0).unsigned_abs())))
}

fn key(path: &str) -> String {
    placement(OWNER, path)
}

fn row(path: &str, mark: &str, state: &str, worker: &str, until: i64, detail: &str) -> Value {
    unsearched(json!({
        "id": key(path),
        "path": path,
        "mark": mark,
        "state": state,
        "worker": worker,
        "until": until,
        "detail": detail,
    }))
}
