//! The library pane's state: documents, and files that wait to become one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Finder;
use super::find::places;
use crate::index::watch::How;
use crate::query::filter::Names;
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
    /// What a filter may name besides.
    pub names: Names,
    /// The tag that is typed for the document under the cursor.
    pub tag: Finder,
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
                let by_name = row.paths.iter().any(|path| has(path)) || has(&row.metadata.company);
                by_name || row.tags.iter().any(|tag| has(tag))
            };
            entries.retain(|entry| has(entry.path) || entry.row.is_some_and(is_meant));
        }
        entries.sort_by(|a, b| a.path.cmp(b.path));
        entries
    }

    /// The library's tags that begin as what is typed, each once.
    pub fn tags(&self) -> Vec<String> {
        let begun = self.tag.wanted().unwrap_or_default().to_lowercase();
        let all = self.rows.iter().flat_map(|row| &row.tags);
        let meant = all.filter(|tag| tag.to_lowercase().starts_with(&begun));
        let sorted: BTreeSet<&String> = meant.collect();
        sorted.into_iter().cloned().collect()
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
