//! The library pane's state: documents, and files that wait to become one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Finder;
use super::find::places;
use crate::index::watch::How;
use crate::store::{Coverage, DocumentRow, DocumentState};

#[derive(Default)]
pub struct LibraryPane {
    pub rows: Vec<DocumentRow>,
    pub by_document: HashMap<i64, Coverage>,
    pub coverage: Coverage,
    /// Documents that the running job reads, and whether it has read them.
    pub unread: BTreeMap<String, bool>,
    pub selected: usize,
    pub offset: usize,
    /// What the documents that are listed have in their name or their company's.
    pub find: Finder,
    /// How the folder is watched, if it is.
    pub watched: Option<How>,
}

/// A line of the library pane: a file of the folder, its document, or both.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub path: &'a str,
    /// None for a file that was never read.
    pub row: Option<&'a DocumentRow>,
    pub state: EntryState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    New,
    Changed,
    Indexed,
    Failed,
}

impl LibraryPane {
    /// Documents and files that wait to become one, by name.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let known = self.rows.iter().map(|row| Entry {
            path: &row.path,
            row: Some(row),
            state: match row.state {
                _ if self.unread.contains_key(&row.path) => EntryState::Changed,
                DocumentState::Indexed => EntryState::Indexed,
                DocumentState::Failed => EntryState::Failed,
            },
        });
        let mut entries: Vec<Entry<'_>> = known.collect();
        // A copy that changed is still to become a document of its own.
        let names: HashSet<&str> = entries.iter().map(|e| e.path).collect();
        let new = self
            .unread
            .keys()
            .filter(|path| !names.contains(path.as_str()));
        let new: Vec<Entry<'_>> = new
            .map(|path| Entry {
                path,
                row: None,
                state: EntryState::New,
            })
            .collect();
        entries.extend(new);
        if let Some(wanted) = self.find.wanted() {
            let has = |text: &str| !places(text, wanted).is_empty();
            let is_meant = |row: &DocumentRow| {
                row.paths.iter().any(|path| has(path)) || has(&row.metadata.company)
            };
            entries.retain(|entry| has(entry.path) || entry.row.is_some_and(is_meant));
        }
        entries.sort_by(|a, b| a.path.cmp(b.path));
        entries
    }

    /// Its new state comes with the next rows.
    pub fn mark_read(&mut self, document: &str) {
        if let Some(read) = self.unread.get_mut(document) {
            *read = true;
        }
    }

    /// The line under the cursor.
    pub fn entry(&self) -> Option<Entry<'_>> {
        self.entries().get(self.selected).copied()
    }
}
