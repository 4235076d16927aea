use super::*;
use crate::metadata::Metadata;

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Documents as a first sync would store them, looked at long after they were written.
fn stored(folder: &Path) -> Vec<DocumentRow> {
    let changes = compare(list(folder), &[]);
    let rows = changes
        .extract
        .into_iter()
        .enumerate()
        .map(|(i, e)| DocumentRow {
            id: i as i64 + 1,
            path: e.file.key,
            seen: Seen {
                seen_ns: e.seen.seen_ns + 10 * COARSE_NS,
                ..e.seen
            },
            state: DocumentState::Indexed,
            reason: None,
            detail: None,
            chunker: format!("{}.1/256", crate::pdf::EXTRACTOR_VERSION),
            pages: 1,
            chunks: 1,
            metadata: Metadata::default(),
            context: String::new(),
        });
    rows.collect()
}

#[test]
fn an_unchanged_folder_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.pdf", "one");
    write(folder.path(), "deep/B.PDF", "two");
    write(folder.path(), "notes.txt", "no");
    write(folder.path(), ".tenk/x.pdf", "state");
    let rows = stored(folder.path());
    let names: Vec<&str> = rows.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(names, ["a.pdf", "deep/B.PDF"]);
    let changes = compare(list(folder.path()), &rows);
    assert!(changes.is_empty() && changes.unchanged == 2);
}

#[test]
fn changed_renamed_removed_and_new_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["changed.pdf", "moved.pdf", "gone.pdf", "same.pdf"] {
        write(folder.path(), name, name);
    }
    let rows = stored(folder.path());
    let id = |name: &str| rows.iter().find(|r| r.path == name).unwrap().id;
    write(folder.path(), "changed.pdf", "another content");
    std::fs::rename(
        folder.path().join("moved.pdf"),
        folder.path().join("here.pdf"),
    )
    .unwrap();
    std::fs::remove_file(folder.path().join("gone.pdf")).unwrap();
    write(folder.path(), "new.pdf", "new");
    let changes = compare(list(folder.path()), &rows);
    let keys: Vec<&str> = changes
        .extract
        .iter()
        .map(|e| e.file.key.as_str())
        .collect();
    assert_eq!(keys, ["new.pdf", "changed.pdf"], "smallest first");
    assert_eq!(changes.renamed[0].0, id("moved.pdf"));
    assert_eq!(changes.renamed[0].1.key, "here.pdf");
    assert_eq!(changes.removed, [id("gone.pdf")]);
    assert_eq!(changes.unchanged, 1);
}

#[test]
fn a_copy_is_a_document_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.pdf", "one");
    let rows = stored(folder.path());
    write(folder.path(), "copy.pdf", "one");
    let changes = compare(list(folder.path()), &rows);
    assert_eq!(changes.extract.len(), 1);
    assert!(changes.renamed.is_empty() && changes.removed.is_empty());
}

#[test]
fn a_file_written_in_the_instant_it_was_read_is_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.pdf", "one");
    let mut rows = stored(folder.path());
    rows[0].seen.seen_ns = rows[0].seen.mtime_ns;
    let changes = compare(list(folder.path()), &rows);
    assert!(changes.is_empty());
    assert_eq!(changes.touched.len(), 1, "hashed again, found the same");
}

#[test]
fn an_ignore_file_is_honoured() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.pdf", "one");
    write(folder.path(), "drafts/b.pdf", "two");
    write(folder.path(), ".tenkignore", "drafts/\n");
    assert_eq!(list(folder.path()).files.len(), 1);
}
