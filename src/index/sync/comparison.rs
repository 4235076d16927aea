//! The comparison of a listing with the store: which document each file belongs to.
//!
//! A document follows its content. Files that hold the same are one document: the path that it goes by
//! stays while that file holds its content; then it goes on under another of its paths, else under the
//! shortest path that has it. A document that could not be read has one path; so it can be told of each
//! file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::{Changes, FolderFile, Listing, ToExtract, is_as_seen, look};
use crate::pdf::{Failure, Reason};
use crate::store::{DocumentRow, DocumentState, OtherPath, Placement, Seen, composed};

/// Compares a listing with the store's documents and their other paths.
pub fn compare(listing: Listing, documents: &[DocumentRow], others: &[OtherPath]) -> Changes {
    let mut comparison = Comparison::new(&listing, documents, others);
    for (hash, holders) in comparison.contents() {
        comparison.settle(&hash, holders);
    }
    for document in documents {
        comparison.leave(document);
    }
    let mut changes = comparison.changes;
    changes.renamed.sort();
    changes.copied.sort();
    changes.extract.sort_by_key(|e| e.file.size);
    changes.emptied = emptied(&listing, documents, &changes.removed);
    changes.unlisted = listing.unlisted.into_iter().map(|(_, why)| why).collect();
    changes.waiting = listing.waiting;
    changes
}

/// The first folder of the library that loses all of its documents, and how many these are.
fn emptied(
    listing: &Listing,
    documents: &[DocumentRow],
    removed: &[i64],
) -> Option<(PathBuf, usize)> {
    let folders = &listing.folders;
    let holding = |key: &str| folders.holding(key).map(|added| added.name.as_str());
    let names = folders
        .added()
        .iter()
        .map(|added| Some(added.name.as_str()));
    names.chain([None]).find_map(|name| {
        let files = listing.files.iter().map(|file| &file.key);
        let has_files = files
            .chain(&listing.waiting)
            .any(|key| holding(key) == name);
        let gone = documents
            .iter()
            .filter(|row| removed.contains(&row.id) && holding(&row.path) == name);
        let count = gone.count();
        let is_emptied = !has_files && count > 0;
        is_emptied.then(|| (folders.named(name).to_owned(), count))
    })
}

/// A path of a document, and what its file was seen as.
#[derive(Clone, Copy)]
struct Place<'a> {
    document: &'a DocumentRow,
    path: &'a str,
    seen: &'a Seen,
}

impl Place<'_> {
    fn is_first(&self) -> bool {
        self.path == self.document.path
    }
}

/// A file with a content; none where it lies in a part of the folder that could not be listed.
struct Holder<'a> {
    key: &'a str,
    file: Option<&'a FolderFile>,
    /// The path that the store knows it by.
    place: Option<Place<'a>>,
    seen: Seen,
}

impl Holder<'_> {
    /// The document that the store has at its path, where that has the content which the file holds.
    fn document(&self) -> Option<&DocumentRow> {
        let known = self.place.map(|place| place.document);
        known.filter(|d| d.seen.file_hash == self.seen.file_hash)
    }

    fn is_path_of(&self, document: &DocumentRow) -> bool {
        self.place.is_some_and(|p| p.document.id == document.id)
    }

    /// The order in which files are to name their document.
    fn rank(&self) -> (bool, usize, &str) {
        (self.file.is_none(), self.key.chars().count(), self.key)
    }

    fn placed(&self) -> (String, Seen) {
        (self.key.to_owned(), self.seen.clone())
    }
}

struct Comparison<'a> {
    listing: &'a Listing,
    present: HashSet<&'a str>,
    /// The documents that were read, by the content of their files.
    by_hash: HashMap<[u8; 32], Vec<&'a DocumentRow>>,
    places: Vec<Place<'a>>,
    /// The path that the store knows each listed file by.
    known: HashMap<&'a str, Place<'a>>,
    /// The listed file at the path that a document goes by.
    at_first: HashMap<i64, &'a str>,
    /// Documents of which it is decided what becomes of them.
    decided: HashSet<i64>,
    /// Files that keep what the store has at their path, or put something else there when they are read.
    own: HashSet<&'a str>,
    changes: Changes,
}

impl<'a> Comparison<'a> {
    fn new(
        listing: &'a Listing,
        documents: &'a [DocumentRow],
        others: &'a [OtherPath],
    ) -> Comparison<'a> {
        let by_id: HashMap<i64, &DocumentRow> = documents.iter().map(|d| (d.id, d)).collect();
        let first = documents.iter().map(|document| Place {
            document,
            path: &document.path,
            seen: &document.seen,
        });
        let other = others.iter().filter_map(|other| {
            Some(Place {
                document: by_id.get(&other.document)?,
                path: &other.path,
                seen: &other.seen,
            })
        });
        let places: Vec<Place<'a>> = first.chain(other).collect();
        let present = listing.files.iter().map(|f| f.key.as_str()).collect();
        let known = known(listing, &present, &places);
        let at_first = known.iter().filter(|(_, place)| place.is_first());
        let at_first = at_first.map(|(key, place)| (place.document.id, *key));
        let mut by_hash: HashMap<[u8; 32], Vec<&DocumentRow>> = HashMap::new();
        for document in documents {
            if document.state == DocumentState::Indexed {
                let same = by_hash.entry(document.seen.file_hash).or_default();
                same.push(document);
            }
        }
        Comparison {
            listing,
            present,
            by_hash,
            at_first: at_first.collect(),
            known,
            places,
            decided: HashSet::new(),
            own: HashSet::new(),
            changes: Changes::default(),
        }
    }

    /// The files by what they hold. Those that may have changed are looked at.
    fn contents(&mut self) -> BTreeMap<[u8; 32], Vec<Holder<'a>>> {
        let mut contents: BTreeMap<[u8; 32], Vec<Holder<'a>>> = BTreeMap::new();
        for file in &self.listing.too_large {
            self.own.insert(&file.key);
            let (size, most) = (file.size >> 20, self.listing.largest >> 20);
            let detail = format!("{size} MiB, extract.file_mb allows {most}");
            let failure = Failure::new(Reason::TooLarge, detail);
            self.changes.unreadable.push((file.clone(), failure));
        }
        for file in &self.listing.files {
            let place = self.known.get(file.key.as_str()).copied();
            let as_seen = place.filter(|place| is_as_seen(file, place.seen));
            let seen = match as_seen.map_or_else(|| look(file), |place| Ok(place.seen.clone())) {
                Ok(seen) => seen,
                Err(failure) => {
                    self.own.insert(&file.key);
                    self.changes.unreadable.push((file.clone(), failure));
                    continue;
                }
            };
            if let Some(place) = place.filter(|p| as_seen.is_none() && p.path == file.key)
                && place.seen.file_hash == seen.file_hash
            {
                let touched = (file.key.clone(), seen.clone());
                self.changes.touched.push(touched);
            }
            contents.entry(seen.file_hash).or_default().push(Holder {
                key: &file.key,
                file: Some(file),
                place,
                seen,
            });
        }
        let listed: HashSet<&str> = self.known.values().map(|place| place.path).collect();
        let unlisted = self.places.iter();
        for place in unlisted.filter(|p| !listed.contains(p.path) && self.listing.hides(p.path)) {
            let holders = contents.entry(place.seen.file_hash).or_default();
            holders.push(Holder {
                key: place.path,
                file: None,
                place: Some(*place),
                seen: place.seen.clone(),
            });
        }
        contents
    }

    /// Decides what becomes of files that hold the same.
    fn settle(&mut self, hash: &[u8; 32], holders: Vec<Holder<'a>>) {
        let of_content = self.by_hash.get(hash).into_iter().flatten().copied();
        let is_held = |d: &DocumentRow| holders.iter().any(|h| h.is_path_of(d));
        // The first that was indexed.
        let kept = of_content.min_by_key(|d| (!is_held(d), !d.is_current(), d.id));
        match kept {
            Some(document) => self.hold(document, holders),
            None => self.begin(holders),
        }
    }

    /// A content that no document has. What could not be read is tried again when another file has it.
    fn begin(&mut self, holders: Vec<Holder<'a>>) {
        self.own.extend(holders.iter().map(|h| h.key));
        if holders.iter().all(|h| h.document().is_some()) {
            let listed = holders.iter().filter(|h| h.file.is_some());
            self.changes.unchanged += listed.count();
            return;
        }
        let first = holders.iter().min_by_key(|h| h.rank());
        let first = first.expect("a content has a holder");
        let rest = holders.iter().filter(|h| h.key != first.key);
        let copies = rest
            .clone()
            .map(|h| (h.key.to_owned(), first.key.to_owned()));
        self.changes.copied.extend(copies);
        self.extract(first, rest.map(Holder::placed).collect());
    }

    fn extract(&mut self, first: &Holder<'a>, copies: Vec<(String, Seen)>) {
        // One that is not listed now is read when it is.
        if let Some(file) = first.file {
            self.changes.extract.push(ToExtract {
                file: file.clone(),
                seen: first.seen.clone(),
                copies,
            });
        }
    }

    /// The files that hold what `document` has are its paths.
    fn hold(&mut self, document: &'a DocumentRow, mut holders: Vec<Holder<'a>>) {
        let is_first = |h: &Holder<'_>| {
            h.is_path_of(document) && h.place.is_some_and(|place| place.is_first())
        };
        let order = |h: &Holder<'a>| {
            (
                !is_first(h),
                !h.is_path_of(document),
                h.rank().0,
                h.rank().1,
            )
        };
        holders.sort_by(|a, b| order(a).cmp(&order(b)).then(a.key.cmp(b.key)));
        holders[1..].sort_by(|a, b| a.key.cmp(b.key));
        let (first, rest) = holders.split_first().expect("a content has a holder");
        let joined = joined(document, &holders);
        self.decided.insert(document.id);
        self.decided.extend(&joined);
        let is_renamed = self.name(document, first, rest);
        if document.paths.iter().ne(holders.iter().map(|h| h.key)) || !joined.is_empty() {
            let is_listed = self.present.contains(document.path.as_str());
            self.changes.placed.push(Placement {
                document: document.id,
                paths: holders.iter().map(Holder::placed).collect(),
                joined,
                replaced: first.key != document.path && is_listed,
            });
        }
        if !document.is_current() {
            self.extract(first, rest.iter().map(Holder::placed).collect());
        } else if !is_renamed {
            self.changes.unchanged += 1;
        }
    }

    /// Notes what a document and its copies are called now; true where it was called otherwise.
    fn name(&mut self, document: &DocumentRow, first: &Holder<'_>, rest: &[Holder<'_>]) -> bool {
        let new = rest.iter().filter(|h| !h.is_path_of(document));
        let copies = new.map(|h| (h.key.to_owned(), first.key.to_owned()));
        self.changes.copied.extend(copies);
        let is_renamed = composed(&document.path) != composed(first.key);
        if is_renamed {
            let names = (document.path.clone(), first.key.to_owned());
            self.changes.renamed.push(names);
        }
        is_renamed
    }

    /// Decides what becomes of a document whose content no file has.
    fn leave(&mut self, document: &DocumentRow) {
        match self.at_first.get(&document.id).copied() {
            _ if self.decided.contains(&document.id) => {}
            // It is found until the file at its path is read.
            Some(key) if self.own.contains(key) => {
                if document.paths != [key] {
                    self.changes.placed.push(Placement {
                        document: document.id,
                        paths: vec![(key.to_owned(), document.seen.clone())],
                        joined: Vec::new(),
                        replaced: false,
                    });
                }
            }
            None if self.listing.hides(&document.path) => {}
            _ => self.changes.removed.push(document.id),
        }
    }
}

/// The path that the store knows each listed file by: the same, or else one that is the same when it is
/// composed, and that no file has.
fn known<'a>(
    listing: &'a Listing,
    present: &HashSet<&str>,
    places: &[Place<'a>],
) -> HashMap<&'a str, Place<'a>> {
    let by_path: HashMap<&str, Place<'a>> = places.iter().map(|p| (p.path, *p)).collect();
    let absent = places.iter().filter(|p| !present.contains(p.path));
    let mut absent: HashMap<Cow<'_, str>, Place<'a>> =
        absent.map(|p| (composed(p.path), *p)).collect();
    let mut out = HashMap::new();
    for file in &listing.files {
        let exact = by_path.get(file.key.as_str()).copied();
        if let Some(place) = exact.or_else(|| absent.remove(&composed(&file.key))) {
            out.insert(file.key.as_str(), place);
        }
    }
    out
}

/// Other documents of the content of `document`, at whose paths it is found.
fn joined(document: &DocumentRow, holders: &[Holder<'_>]) -> Vec<i64> {
    let others = holders.iter().filter_map(Holder::document);
    let mut out: Vec<i64> = others
        .map(|d| d.id)
        .filter(|id| *id != document.id)
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
