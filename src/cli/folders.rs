//! `tenk folders`: the folders that a library has.

use super::args::{FoldersAction, FoldersArgs};
use super::remedy::options;
use super::{Ended, Session, output};
use crate::config::Library;
use crate::folders::{self, Folders};
use crate::job::indexing;
use crate::store::{DocumentRow, Store, StoreError, WriterLock, to_key};
use crate::units::count;

pub fn run(session: &Session, args: &FoldersArgs) -> anyhow::Result<Ended> {
    match &args.action {
        None => list(session, &session.library(None)?),
        Some(FoldersAction::Add { folder, name }) => {
            let library = session.library_to_write(None)?;
            library.create_home()?;
            let _held = folders::hold(&library.home)?;
            let mut folders = Folders::of(&library)?;
            let added = folders.add(&library.home, folder, name.as_deref())?;
            let at = options(&session.global);
            if session.global.json {
                output::json(
                    &serde_json::json!({"name": added.name, "folder": to_key(&added.path)}),
                )?;
            } else {
                output::line(&format!("{} is {} now", added.path.display(), added.name))?;
                note!("its documents come with the next index: tenk index{at}");
            }
            Ok(Ended::Done)
        }
        Some(FoldersAction::Remove { name }) => remove(session, name),
    }
}

/// Takes a folder out, and its documents: a sync would ask whether an empty folder is meant.
fn remove(session: &Session, name: &str) -> anyhow::Result<Ended> {
    let library = session.library_to_write(None)?;
    Folders::of(&library)?.place_of(name)?;
    let _held = folders::hold(&library.home)?;
    let mut folders = Folders::of(&library)?;
    let before = folders.clone();
    let is_below = |path: &String| before.holding(path).is_some_and(|added| added.name == name);
    let _lock = WriterLock::acquire(&library.home)?;
    // First, so that a run that comes between does not read them again.
    let gone = folders.remove(&library.home, name)?;
    let mut removed = 0;
    if library.home.store().is_file() {
        let mut store = Store::create(&library.home)?;
        // One that lies in another folder too stays; the next run sees to its paths.
        let rows = store.documents()?.into_iter();
        let ids: Vec<i64> = rows
            .filter(|row| row.paths.iter().all(is_below))
            .map(|row| row.id)
            .collect();
        removed = ids.len();
        store.remove_documents(&ids)?;
        indexing::settle(&mut store)?;
        indexing::publish(&library, &store)?;
    }
    if session.global.json {
        output::json(
            &serde_json::json!({"name": name, "folder": to_key(&gone.path), "removed": removed}),
        )?;
    } else {
        let documents = count(removed as u64, "document");
        output::line(&format!(
            "{} is out of the library, with {documents}",
            gone.path.display()
        ))?;
    }
    Ok(Ended::Done)
}

fn list(session: &Session, library: &Library) -> anyhow::Result<Ended> {
    let folders = Folders::of(library)?;
    let rows = match Store::open(&library.folder, &library.home) {
        Ok(store) => store.documents()?,
        Err(StoreError::Missing { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let own = (folders.own_name(), folders.own(), None);
    let added = folders.added().iter();
    let added = added.map(|added| (added.name.clone(), added.path.as_path(), Some(added)));
    for (name, path, added) in std::iter::once(own).chain(added) {
        let lies = |row: &&DocumentRow| row.paths.iter().any(|path| folders.holding(path) == added);
        let documents = rows.iter().filter(lies).count();
        let is_there = path.is_dir();
        if session.global.json {
            output::json(&serde_json::json!({
                "name": name,
                "folder": to_key(path),
                "own": added.is_none(),
                "there": is_there,
                "documents": documents,
            }))?;
            continue;
        }
        let note = match (added, is_there) {
            (None, _) => "  (its own)",
            (_, false) => "  (it is gone, or its disk: its documents are kept)",
            _ => "",
        };
        let documents = count(documents as u64, "document");
        output::line(&format!("{name}  {}  {documents}{note}", path.display()))?;
    }
    Ok(Ended::Done)
}
