use super::super::{COARSE_NS, list};
use super::*;
use crate::chunk::Chunk;
use crate::metadata::Metadata;
use crate::pdf::{EXTRACTOR_VERSION, Failure, Reason};
use crate::store::{Field, NewDocument, Store};

/// The same name composed in two ways.
const NFC: &str = "soci\u{e9}t\u{e9}.pdf";
const NFD: &str = "socie\u{301}te\u{301}.pdf";

/// A folder, and a library of it whose documents have a chunk: what their file says.
struct Place {
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
    store: Store,
    chunker: String,
}

impl Place {
    fn with(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            store: Store::create(home.path()).unwrap(),
            _home: home,
            chunker: format!("{EXTRACTOR_VERSION}.1/256"),
        };
        files
            .iter()
            .for_each(|(name, text)| place.write(name, text));
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|name| self.folder.path().join(name));
        std::fs::rename(from, to).unwrap();
    }

    fn compare(&self) -> Changes {
        let (documents, others) = (self.store.documents(), self.store.other_paths());
        let listing = list(self.folder.path());
        compare(listing, &documents.unwrap(), &others.unwrap())
    }

    /// Compares and does what follows, as indexing does; a file that says `bad` cannot be read.
    fn run(&mut self) -> Changes {
        let changes = self.compare();
        for (path, seen) in &changes.touched {
            self.store.touch(path, seen).unwrap();
        }
        self.store.remove_documents(&changes.removed).unwrap();
        self.store.place_documents(&changes.placed).unwrap();
        for ToExtract { file, seen, copies } in &changes.extract {
            let text = std::fs::read_to_string(&file.path).unwrap();
            if text == "bad" {
                let failure = Failure::new(Reason::Truncated, "");
                let own = (file.key.clone(), seen.clone());
                for (path, seen) in std::iter::once(&own).chain(copies) {
                    self.store.put_failure(path, seen, &failure).unwrap();
                }
            } else {
                self.put(&file.key, seen, copies, &text);
            }
        }
        let again = self.compare();
        assert!(again.is_empty(), "it is as the folder is: {again:?}");
        changes
    }

    fn put(&mut self, path: &str, seen: &Seen, copies: &[(String, Seen)], text: &str) {
        let chunk = Chunk {
            ordinal: 0,
            page: 1,
            page_last: 1,
            line_first: 0,
            line_last: 0,
            section: String::new(),
            text: text.to_owned(),
            tokens: 1,
            statement: None,
        };
        let new = NewDocument {
            path,
            seen,
            copies,
            chunker: &self.chunker,
            metadata: &Metadata::default(),
            context: "",
            pages: &[],
            text_hash: *blake3::hash(text.as_bytes()).as_bytes(),
            chunks: &[chunk],
            hidden: 0,
        };
        self.store.put_document(&new).unwrap();
    }

    /// The paths of every document.
    fn paths(&self) -> Vec<Vec<String>> {
        let rows = self.store.documents().unwrap();
        rows.into_iter().map(|row| row.paths).collect()
    }

    fn id(&self, path: &str) -> i64 {
        self.store.document(path).unwrap().unwrap().id
    }

    fn correct(&mut self, path: &str, field: Field, value: &str) {
        let row = self.store.document(path).unwrap().unwrap();
        let corrections = [(field, Some(value.to_owned()))];
        let found = Metadata::default();
        self.store.correct(&row, &corrections, &found).unwrap();
    }

    fn metadata(&self, path: &str) -> Metadata {
        self.store.document(path).unwrap().unwrap().metadata
    }

    /// Two documents of one content, as earlier versions stored copies.
    fn with_two_rows(names: [&str; 2], extractor: u32) -> Self {
        let mut place = Self::with(&names.map(|name| (name, "one")));
        let now = std::mem::replace(&mut place.chunker, format!("{extractor}.1/256"));
        let listing = list(place.folder.path());
        for name in names {
            let file = listing.files.iter().find(|f| f.key == name).unwrap();
            let seen = look(file).unwrap();
            place.put(name, &seen, &[], "one");
        }
        assert_eq!(place.paths().len(), 2);
        place.chunker = now;
        place
    }
}

fn read(changes: &Changes) -> Vec<&str> {
    changes
        .extract
        .iter()
        .map(|e| e.file.key.as_str())
        .collect()
}

#[test]
fn an_unchanged_folder_needs_nothing() {
    let files = [
        ("a.pdf", "one"),
        ("deep/B.PDF", "two"),
        ("notes.txt", "no"),
        (".tenk/x.pdf", "state"),
    ];
    let mut place = Place::with(&files);
    place.run();
    assert_eq!(place.paths(), [["a.pdf"], ["deep/B.PDF"]]);
    let changes = place.compare();
    assert!(changes.is_empty() && changes.unchanged == 2);
}

#[test]
fn changed_renamed_removed_and_new_are_told_apart() {
    let names = ["changed.pdf", "moved.pdf", "gone.pdf", "same.pdf"];
    let mut place = Place::with(&names.map(|name| (name, name)));
    place.run();
    let (moved, gone) = (place.id("moved.pdf"), place.id("gone.pdf"));
    place.write("changed.pdf", "another content");
    place.rename("moved.pdf", "here.pdf");
    place.remove("gone.pdf");
    place.write("new.pdf", "new");
    let changes = place.run();
    assert_eq!(read(&changes), ["new.pdf", "changed.pdf"], "smallest first");
    let renamed = ("moved.pdf".to_owned(), "here.pdf".to_owned());
    assert_eq!(changes.renamed, [renamed]);
    assert_eq!(place.id("here.pdf"), moved);
    assert_eq!(changes.removed, [gone]);
    assert_eq!(changes.unchanged, 1);
}

#[test]
fn a_file_written_in_the_instant_it_was_read_is_looked_at_again() {
    let mut place = Place::with(&[("a.pdf", "one")]);
    place.run();
    let listing = list(place.folder.path());
    let mut rows = place.store.documents().unwrap();
    for (later, looked) in [(0, 1), (10 * COARSE_NS, 0)] {
        rows[0].seen.seen_ns = rows[0].seen.mtime_ns + later;
        let listing = Listing {
            files: listing.files.clone(),
            ..Listing::default()
        };
        let changes = compare(listing, &rows, &[]);
        assert!(changes.is_empty());
        assert_eq!(changes.touched.len(), looked, "found the same");
    }
}

#[test]
fn files_that_hold_the_same_are_one_document_of_the_shortest_path() {
    let files = ["z/copy.pdf", "b.pdf", "a.pdf", "z/a.pdf"];
    let mut place = Place::with(&files.map(|name| (name, "one")));
    let changes = place.run();
    assert_eq!(read(&changes), ["a.pdf"], "one is read");
    assert_eq!(changes.copied.len(), 3);
    let paths = place.paths();
    assert_eq!(paths, [["a.pdf", "b.pdf", "z/a.pdf", "z/copy.pdf"]]);
    assert_eq!(place.store.chunk_count().unwrap(), 1);
    assert_eq!(place.id("z/copy.pdf"), place.id("a.pdf"));
}

#[test]
fn a_copy_that_comes_later_is_a_path_and_the_first_stays_first() {
    let mut place = Place::with(&[("deep/original.pdf", "one")]);
    place.run();
    let id = place.id("deep/original.pdf");
    place.write("a.pdf", "one");
    let changes = place.run();
    assert!(changes.extract.is_empty() && changes.renamed.is_empty());
    assert_eq!(place.paths(), [["deep/original.pdf", "a.pdf"]]);
    assert_eq!(place.id("a.pdf"), id);
    assert_eq!(place.compare().unchanged, 1);
}

#[test]
fn a_document_goes_on_under_another_path_when_its_first_is_gone() {
    let mut place = Place::with(&[
        ("a.pdf", "one"),
        ("deep/c.pdf", "one"),
        ("deep/b.pdf", "one"),
    ]);
    place.run();
    place.correct("a.pdf", Field::Company, "Calder");
    let keys = place.store.chunk_keys().unwrap();
    place.remove("a.pdf");
    let changes = place.run();
    assert!(changes.extract.is_empty() && changes.removed.is_empty());
    assert_eq!(place.paths(), [["deep/b.pdf", "deep/c.pdf"]]);
    assert_eq!(place.store.chunk_keys().unwrap(), keys);
    assert_eq!(place.metadata("deep/c.pdf").company, "Calder");
    // What comes to the former path is another document, which nobody corrected.
    place.write("a.pdf", "two");
    place.run();
    assert_eq!(place.metadata("a.pdf").company, "");
}

#[test]
fn a_document_goes_on_under_another_path_when_its_first_changes() {
    let mut place = Place::with(&[("a.pdf", "one"), ("b.pdf", "one")]);
    place.run();
    place.correct("b.pdf", Field::Company, "Calder");
    let (id, keys) = (place.id("a.pdf"), place.store.chunk_keys().unwrap());
    place.write("a.pdf", "two");
    let changes = place.run();
    assert_eq!(read(&changes), ["a.pdf"]);
    assert_eq!(place.paths(), [["a.pdf"], ["b.pdf"]]);
    assert_eq!(place.id("b.pdf"), id);
    assert!(place.store.chunk_keys().unwrap().starts_with(&keys));
    // A correction is kept by the document, and by the new version of the file.
    for path in ["a.pdf", "b.pdf"] {
        assert_eq!(place.metadata(path).company, "Calder", "{path}");
    }
}

#[test]
fn of_a_copy_that_is_removed_the_path_alone_goes() {
    let mut place = Place::with(&[("a.pdf", "one"), ("b.pdf", "one")]);
    place.run();
    let keys = place.store.chunk_keys().unwrap();
    place.remove("b.pdf");
    let changes = place.run();
    assert!(changes.extract.is_empty() && changes.removed.is_empty());
    assert_eq!(
        (place.paths(), changes.unchanged),
        (vec![vec!["a.pdf".to_owned()]], 1)
    );
    assert_eq!(place.store.chunk_keys().unwrap(), keys);
}

#[test]
fn a_copy_that_changes_is_a_document_of_its_own() {
    let mut place = Place::with(&[("a.pdf", "one"), ("deep/b.pdf", "one")]);
    place.run();
    let id = place.id("a.pdf");
    place.write("deep/b.pdf", "two");
    let changes = place.run();
    assert_eq!(read(&changes), ["deep/b.pdf"]);
    assert_eq!(place.paths(), [["a.pdf"], ["deep/b.pdf"]]);
    assert_eq!(place.id("a.pdf"), id);
    assert_ne!(place.id("deep/b.pdf"), id);
}

#[test]
fn of_two_paths_either_may_be_renamed() {
    let mut place = Place::with(&[("a.pdf", "one"), ("b.pdf", "one")]);
    place.run();
    let id = place.id("a.pdf");
    place.rename("b.pdf", "c.pdf");
    assert!(place.run().renamed.is_empty());
    assert_eq!(place.paths(), [["a.pdf", "c.pdf"]]);
    place.rename("a.pdf", "0.pdf");
    let changes = place.run();
    assert!(changes.extract.is_empty());
    assert_eq!(place.paths(), [["c.pdf", "0.pdf"]], "one that it has wins");
    assert_eq!(place.id("0.pdf"), id);
}

#[test]
fn documents_change_places() {
    let mut place = Place::with(&[("a.pdf", "one"), ("b.pdf", "two"), ("c.pdf", "two")]);
    place.run();
    place.correct("a.pdf", Field::Company, "One");
    place.correct("b.pdf", Field::Company, "Two");
    let (one, two) = (place.id("a.pdf"), place.id("b.pdf"));
    place.remove("c.pdf");
    place.rename("a.pdf", "x.pdf");
    place.rename("b.pdf", "a.pdf");
    place.rename("x.pdf", "b.pdf");
    let changes = place.run();
    assert!(changes.extract.is_empty() && changes.removed.is_empty());
    assert_eq!((place.id("b.pdf"), place.id("a.pdf")), (one, two));
    assert_eq!(place.metadata("b.pdf").company, "One");
    assert_eq!(place.metadata("a.pdf").company, "Two");
}

#[test]
fn a_file_that_becomes_a_copy_leaves_its_own_document() {
    let mut place = Place::with(&[("a.pdf", "one"), ("b.pdf", "two")]);
    place.run();
    let (one, two) = (place.id("a.pdf"), place.id("b.pdf"));
    place.correct("b.pdf", Field::Company, "Two");
    place.write("b.pdf", "one");
    let changes = place.run();
    assert_eq!(changes.removed, [two]);
    assert_eq!(place.paths(), [["a.pdf", "b.pdf"]]);
    assert_eq!(place.id("b.pdf"), one);
    assert_eq!(
        place.metadata("b.pdf").company,
        "",
        "it was of another content"
    );
}

#[test]
fn two_documents_of_one_content_become_one_that_keeps_what_both_were_corrected_to() {
    let mut place = Place::with_two_rows(["deep/a.pdf", "b.pdf"], EXTRACTOR_VERSION);
    let id = place.id("deep/a.pdf");
    place.correct("deep/a.pdf", Field::Company, "Calder");
    place.correct("b.pdf", Field::Company, "Another");
    place.correct("b.pdf", Field::Year, "2023");
    let changes = place.run();
    assert!(changes.extract.is_empty() && changes.removed.is_empty());
    assert_eq!(place.paths(), [["deep/a.pdf", "b.pdf"]]);
    assert_eq!(place.id("b.pdf"), id, "the first that was indexed");
    let metadata = place.metadata("b.pdf");
    assert_eq!(
        (metadata.company.as_str(), metadata.year),
        ("Calder", Some(2023))
    );
    assert_eq!(place.store.chunk_count().unwrap(), 1);
}

#[test]
fn two_documents_of_an_earlier_extractor_become_one_that_is_read_once() {
    let mut place = Place::with_two_rows(["a.pdf", "b.pdf"], 0);
    place.correct("b.pdf", Field::Year, "2023");
    let changes = place.run();
    assert_eq!(read(&changes), ["a.pdf"]);
    assert_eq!(place.paths(), [["a.pdf", "b.pdf"]]);
    assert_eq!(place.metadata("a.pdf").year, Some(2023));
    // And a document with two paths is read again as one.
    let others = place.store.other_paths().unwrap().into_iter();
    let copies: Vec<(String, Seen)> = others.map(|o| (o.path, o.seen)).collect();
    let seen = place.store.document("a.pdf").unwrap().unwrap().seen;
    let now = std::mem::replace(&mut place.chunker, "0.1/256".to_owned());
    place.put("a.pdf", &seen, &copies, "one");
    place.chunker = now;
    assert_eq!(read(&place.run()), ["a.pdf"]);
    assert_eq!(place.paths(), [["a.pdf", "b.pdf"]]);
}

#[test]
fn what_cannot_be_read_is_told_of_each_file_and_tried_with_a_new_one() {
    let mut place = Place::with(&[("a.pdf", "bad"), ("b.pdf", "bad")]);
    assert_eq!(read(&place.run()), ["a.pdf"], "one is tried");
    assert_eq!(place.paths(), [["a.pdf"], ["b.pdf"]]);
    assert!(place.run().extract.is_empty());
    place.write("c.pdf", "bad");
    assert_eq!(read(&place.run()), ["a.pdf"]);
    assert_eq!(place.paths().len(), 3);
    place.remove("a.pdf");
    assert_eq!(place.run().removed.len(), 1);
    // One of them can be read after all.
    place.rename("b.pdf", "x.txt");
    let seen = place.store.document("c.pdf").unwrap().unwrap().seen;
    place.put("good.pdf", &seen, &[], "bad");
    place.write("good.pdf", "bad");
    place.run();
    assert_eq!(place.paths(), [["good.pdf", "c.pdf"]]);
}

#[test]
fn a_name_that_is_composed_otherwise_is_the_same_name() {
    let mut place = Place::with(&[(NFD, "one"), ("b.pdf", "two")]);
    place.run();
    place.correct(NFC, Field::Company, "Calder");
    let (id, keys) = (place.id(NFC), place.store.chunk_keys().unwrap());
    for (from, to) in [(NFD, NFC), (NFC, NFD)] {
        place.rename(from, to);
        let changes = place.run();
        assert!(changes.extract.is_empty() && changes.renamed.is_empty());
        assert_eq!(changes.unchanged, 2);
        let row = place.store.document(from).unwrap().unwrap();
        assert_eq!(
            (row.id, row.path.as_str()),
            (id, to),
            "opened by its name on disk"
        );
        assert_eq!(row.metadata.company, "Calder");
        assert_eq!(place.store.chunk_keys().unwrap(), keys);
    }
    // Another content under the other name takes the document's place.
    place.rename(NFD, NFC);
    place.write(NFC, "three");
    assert_eq!(read(&place.run()), [NFC]);
    assert_eq!(place.paths().len(), 2);
    assert_eq!(place.metadata(NFD).company, "Calder");
}

#[test]
fn two_files_whose_names_are_composed_differently_are_both_kept() {
    let mut place = Place::with(&[(NFD, "one"), (NFC, "two")]);
    assert_eq!(place.run().extract.len(), 2);
    assert_eq!(place.paths(), [[NFD], [NFC]]);
    assert_ne!(place.id(NFD), place.id(NFC));
    place.write(NFC, "one");
    place.run();
    assert_eq!(place.paths(), [[NFD, NFC]], "copies like any other");
    place.remove(NFD);
    place.run();
    assert_eq!(place.paths(), [[NFC]]);
}

#[test]
fn nothing_is_lost_with_a_part_of_the_folder_that_cannot_be_listed() {
    let mut place = Place::with(&[
        ("a.pdf", "one"),
        ("deep/b.pdf", "one"),
        ("deep/c.pdf", "two"),
    ]);
    place.run();
    let rows = place.store.documents().unwrap();
    let others = place.store.other_paths().unwrap();
    let mut listing = list(place.folder.path());
    listing.files.retain(|file| !file.key.starts_with("deep"));
    listing.unlisted.push(("deep".into(), "no".into()));
    let hidden = compare(listing, &rows, &others);
    assert!(hidden.is_empty(), "{hidden:?}");
}
