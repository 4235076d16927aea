use super::*;
use crate::chunk::Chunk;
use crate::home::Home;
use crate::metadata::Metadata;
use crate::pdf::{Engine, Failure, Line, LineKind, Page, PageState, Reason};

fn seen(n: u8) -> Seen {
    Seen {
        size: 10,
        mtime_ns: 5,
        file_hash: [n; 32],
        seen_ns: 6,
    }
}

fn page() -> Page {
    let line = |text: &str, kind, starts_block| Line::new(text, kind, starts_block);
    let lines = vec![
        line("Head", LineKind::Running, true),
        line("Item 7. Results", LineKind::Heading(1), true),
        line("Sales   5   4", LineKind::Row, false),
        line("Text", LineKind::Body, true),
        line("3", LineKind::Folio, true),
    ];
    Page {
        number: 1,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
        lines,
    }
}

fn chunk(ordinal: u32, text: &str) -> Chunk {
    let section = "S".to_owned();
    Chunk {
        ordinal,
        page: 1,
        page_last: 1,
        line_first: 0,
        line_last: 1,
        section,
        text: text.into(),
        tokens: 4,
        statement: None,
    }
}

fn put(store: &mut Store, path: &str, hash: u8, texts: &[&str]) {
    let chunks: Vec<Chunk> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| chunk(i as u32, text))
        .collect();
    let new = NewDocument {
        path,
        copies: &[],
        seen: &seen(hash),
        chunker: "1/256",
        metadata: &Metadata::default(),
        context: "",
        pages: &[page()],
        text_hash: [hash; 32],
        chunks: &chunks,
        hidden: 0,
    };
    store.put_document(&new).unwrap();
}

#[test]
fn an_index_that_says_otherwise_than_its_table_is_damage() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one", "two"]);
    store.check_whole().unwrap();
    // As after a flipped bit: what the index holds is not what its table has.
    let lie = "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'content_hash', 'section') WHERE name = 'chunks_content';";
    store.connection.execute_batch(lie).unwrap();
    drop(store);
    let store = Store::create(home.path()).unwrap();
    let error = store.check_whole().unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_value_that_no_column_has_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    for lie in [
        "UPDATE pages SET text = CAST(x'ff' AS TEXT)",
        "UPDATE pages SET text = x'ff'",
    ] {
        store.connection.execute_batch(lie).unwrap();
        let error = store.page("a.pdf", 1).unwrap_err();
        assert!(matches!(error, StoreError::Altered { .. }), "{error}");
    }
}

/// The line that the first chunk of a document begins on.
fn chunks_begin(store: &Store, document: i64) -> u32 {
    store.chunks_on(document, 1).unwrap()[0].line_first
}

/// Gives one bundle, once.
struct Once(std::sync::Mutex<Option<serde_json::Value>>);

impl mirror::Supply for Once {
    fn bundle(&self, _: &str) -> Result<serde_json::Value, String> {
        let mut left = self.0.lock().unwrap();
        left.take().ok_or_else(|| "the network is gone".to_owned())
    }

    fn embeddings(&self, _: &str, _: &str) -> Result<mirror::Embeddings, String> {
        Ok(vec![(0, vec![0.6, 0.8])])
    }
}

#[test]
fn a_mirror_takes_in_what_a_document_says_when_it_is_asked() {
    let (home, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one", "two"]);
    put(&mut store, "b.pdf", 2, &["three"]);
    let shared = store.shareable().unwrap();
    let come: Vec<mirror::Mirrored> = shared
        .iter()
        .map(|document| mirror::Mirrored {
            placement: document.path.clone(),
            owner: "0123456789".to_owned(),
            content: document.content.clone(),
            mark: String::new(),
            chunks: document.chunks,
            row: document.row.clone(),
        })
        .collect();
    let bundle = store.bundle(shared[0].id).unwrap();
    let mut own = Store::mirror_at(cache.path()).unwrap();
    own.mirror(&[], &come).unwrap();
    // Another publisher's file of the same path.
    let other = mirror::Mirrored {
        placement: "another".to_owned(),
        owner: "anotherpublisher".to_owned(),
        ..come[0].clone()
    };
    own.mirror(&[], std::slice::from_ref(&other)).unwrap();
    drop(own);
    let supply = Once(std::sync::Mutex::new(Some(bundle)));
    mirror::supply(cache.path(), std::sync::Arc::new(supply));
    let read = Store::open(home.path(), cache.path()).unwrap();
    let names: Vec<String> = read
        .documents()
        .unwrap()
        .into_iter()
        .map(|row| row.path)
        .collect();
    assert_eq!(names, ["a.pdf", "anotherp/a.pdf", "b.pdf"]);
    assert_eq!(read.chunk_count().unwrap(), 5, "none of them is here yet");
    assert_eq!(
        read.page("a.pdf", 1).unwrap(),
        store.page("a.pdf", 1).unwrap()
    );
    let id = read.document("a.pdf").unwrap().unwrap().id;
    let chunks = |of: &Store, id: i64| {
        let chunks = of.chunks_on(id, 1).unwrap().into_iter();
        chunks.map(|c| (c.chunk_id, c.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        chunks(&read, id),
        chunks(&store, shared[0].id),
        "asked once"
    );
    let model = Store::mirror_at(cache.path())
        .and_then(|mut own| own.register_model("print", "m", 2))
        .unwrap();
    let start = (1, chunks_begin(&read, id));
    let vectors = read.embeddings_of(model, id).unwrap();
    assert_eq!(
        vectors,
        [(start, vec![0.6, 0.8])],
        "of those that are embedded"
    );
    let error = read.page("b.pdf", 1).unwrap_err();
    assert!(error.to_string().contains("the network is gone"), "{error}");
    for refused in [
        Store::create(cache.path()).map(drop),
        WriterLock::acquire(cache.path()).map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::Shared)), "{refused:?}");
    }
}

#[test]
fn a_document_comes_back_as_it_was_put() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one", "two"]);
    let row = store.document("a.pdf").unwrap().unwrap();
    assert_eq!(
        (row.pages, row.chunks, row.state),
        (1, 2, DocumentState::Indexed)
    );
    assert_eq!(store.page("a.pdf", 1).unwrap().unwrap().page, page());
    assert!(store.page("a.pdf", 2).unwrap().is_none());
}

#[test]
fn a_replaced_document_leaves_no_chunk_and_no_key_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one", "two"]);
    let before = store.chunk_keys().unwrap();
    let generation = store.generation().unwrap();
    put(&mut store, "a.pdf", 2, &["three"]);
    let after = store.chunk_keys().unwrap();
    assert_eq!(after.len(), 1);
    assert!(after.iter().all(|key| !before.contains(key)));
    assert!(store.generation().unwrap() > generation);
}

#[test]
fn copies_of_one_text_have_chunk_ids_of_their_own_and_share_embeddings() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    put(&mut store, "copy.pdf", 1, &["one"]);
    let keys = store.chunk_keys().unwrap();
    let ids: Vec<String> = keys
        .iter()
        .map(|k| store.chunk(*k).unwrap().unwrap().chunk_id)
        .collect();
    assert_ne!(ids[0], ids[1]);
    let model = store.register_model("f", "base", 2).unwrap();
    let pending = store.passages(&store.pending(model).unwrap()).unwrap();
    assert_eq!(pending.len(), 1, "one passage for two chunks");
    let vector = [0.6f32, 0.8];
    assert_eq!(store.unembedded(model, &keys).unwrap(), keys);
    let before = store.last_embedding().unwrap();
    let mut put_once = || {
        let row = (&pending[0].content_hash, &vector[..]);
        store.put_embeddings(model, [row].into_iter()).unwrap()
    };
    assert_eq!((put_once(), put_once()), (1, 0), "it is there by then");
    let new = store.embeddings_after(model, before).unwrap();
    let new: Vec<_> = new.iter().map(|(key, v)| (*key, v.as_slice())).collect();
    assert_eq!(new, [(keys[0], &vector[..]), (keys[1], &vector[..])]);
    let last = store.last_embedding().unwrap();
    assert!(store.embeddings_after(model, last).unwrap().is_empty());
    assert!(store.unembedded(model, &keys).unwrap().is_empty());
    assert_eq!(
        store.coverage(model).unwrap(),
        Coverage {
            encoded: 2,
            chunks: 2
        }
    );
    assert_eq!(store.embedding(model, keys[1]).unwrap().unwrap(), vector);
    assert!(store.pending(model).unwrap().is_empty());
}

#[test]
fn an_embedding_survives_its_document() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    let model = store.register_model("f", "base", 1).unwrap();
    let hash = store.passages(&store.pending(model).unwrap()[..1]).unwrap()[0].content_hash;
    store
        .put_embeddings(model, [(&hash, &[1.0f32][..])].into_iter())
        .unwrap();
    let id = store.document("a.pdf").unwrap().unwrap().id;
    store.remove_documents(&[id]).unwrap();
    assert_eq!(store.prune_embeddings().unwrap(), 0);
    put(&mut store, "back.pdf", 1, &["one"]);
    assert!(store.pending(model).unwrap().is_empty());
}

#[test]
fn a_failure_replaces_and_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    let failure = Failure::new(Reason::Truncated, "its end is missing");
    store.put_failure("a.pdf", &seen(2), &failure).unwrap();
    let row = store.document("a.pdf").unwrap().unwrap();
    assert_eq!(row.reason.as_deref(), Some("truncated"));
    assert_eq!(store.chunk_count().unwrap(), 0);
    put(&mut store, "a.pdf", 3, &["one"]);
    assert_eq!(
        store.document("a.pdf").unwrap().unwrap().state,
        DocumentState::Indexed
    );
}

#[test]
fn a_newer_database_is_refused_with_a_remedy() {
    let home = tempfile::tempdir().unwrap();
    drop(Store::create(home.path()).unwrap());
    let raw = Connection::open(Home::from(home.path()).store()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let error = Store::create(home.path()).err().unwrap();
    assert!(error.to_string().contains("newer tenk"), "{error}");
    assert_eq!(error.remedy(), Some(Remedy::Update));
}

#[test]
fn an_earlier_version_is_brought_up_and_keeps_what_it_holds() {
    let home = tempfile::tempdir().unwrap();
    drop(Store::create(home.path()).unwrap());
    let raw = Connection::open(Home::from(home.path()).store()).unwrap();
    // What version 1 had not.
    raw.execute_batch(
        "DROP TRIGGER seal_new; DROP TRIGGER seal; ALTER TABLE documents DROP COLUMN holds;
         ALTER TABLE documents DROP COLUMN quarter; ALTER TABLE documents DROP COLUMN ticker;
         ALTER TABLE documents DROP COLUMN context; ALTER TABLE chunks DROP COLUMN statement;
         ALTER TABLE documents DROP COLUMN registrants; ALTER TABLE documents DROP COLUMN aliases;
         ALTER TABLE documents DROP COLUMN period_end; ALTER TABLE documents DROP COLUMN months;
         ALTER TABLE documents DROP COLUMN confidence; ALTER TABLE documents DROP COLUMN title; ALTER TABLE documents DROP COLUMN employer; DROP TABLE paths;
         DROP TABLE facts; DROP TABLE fact_rows; ALTER TABLE documents DROP COLUMN facts; ALTER TABLE documents DROP COLUMN hidden;
         ALTER TABLE documents DROP COLUMN unread; ALTER TABLE documents DROP COLUMN recognised; ALTER TABLE pages DROP COLUMN sure; ALTER TABLE pages DROP COLUMN doubts;
         ALTER TABLE pages DROP COLUMN places; DROP TABLE corrections;
         ALTER TABLE documents DROP COLUMN digest; ALTER TABLE pages DROP COLUMN digest; ALTER TABLE chunks DROP COLUMN digest; DROP TABLE revisions; DELETE FROM meta;
         INSERT INTO meta VALUES ('generation', 7); PRAGMA user_version = 1;
         INSERT INTO documents (path, size, mtime_ns, file_hash, seen_ns, state, company)
         VALUES ('a.pdf', 1, 2, zeroblob(32), 3, 'indexed', 'Northgate');",
    )
    .unwrap();
    drop(raw);
    let store = Store::open(home.path(), home.path()).unwrap();
    let row = store.document("a.pdf").unwrap().unwrap();
    assert_eq!(row.metadata.company, "Northgate");
    assert_eq!(
        (row.metadata.quarter, row.metadata.ticker.as_str()),
        (None, "")
    );
    assert!(!row.is_current(), "its pages are read again");
    let revision = store.revision().unwrap();
    assert_eq!((revision.generation, store.generation().unwrap()), (7, 7));
    assert_eq!(revision.identity.len(), 32);
}

#[test]
fn a_library_without_the_table_of_paths_gets_it() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    let dropped = store.connection.execute_batch("DROP TABLE paths");
    dropped.unwrap();
    let store = Store::open(home.path(), home.path()).unwrap();
    assert_eq!(store.documents().unwrap()[0].paths, ["a.pdf"]);
    assert!(store.other_paths().unwrap().is_empty());
}

#[test]
fn what_takes_a_path_leaves_the_document_its_other_paths() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    let id = store.document("a.pdf").unwrap().unwrap().id;
    let paths = ["a.pdf", "deep/c.pdf", "b.pdf"];
    let placement = Placement {
        document: id,
        paths: paths.map(|path| (path.to_owned(), seen(1))).to_vec(),
        joined: Vec::new(),
        replaced: false,
    };
    store.place_documents(&[placement]).unwrap();
    assert_eq!(
        store.document("deep/c.pdf").unwrap().unwrap().paths,
        ["a.pdf", "b.pdf", "deep/c.pdf"]
    );
    assert_eq!(store.page("b.pdf", 1).unwrap().unwrap().document, "a.pdf");
    put(&mut store, "a.pdf", 2, &["two"]);
    let row = store.document("b.pdf").unwrap().unwrap();
    assert_eq!(
        (row.id, &row.paths[..]),
        (id, &["b.pdf".to_owned(), "deep/c.pdf".to_owned()][..])
    );
    let failure = Failure::new(Reason::Truncated, "");
    store.put_failure("deep/c.pdf", &seen(3), &failure).unwrap();
    assert_eq!(store.document("b.pdf").unwrap().unwrap().paths, ["b.pdf"]);
    assert_eq!(store.documents().unwrap().len(), 3);
    put(&mut store, "b.pdf", 4, &["three"]);
    assert_eq!(store.documents().unwrap().len(), 3, "nothing is left of it");
}

#[test]
fn a_store_knows_the_states_that_it_has_been_in() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    let mut states = vec![store.revision().unwrap()];
    for (hash, text) in [(1, "one"), (2, "two"), (3, "three")] {
        put(&mut store, "a.pdf", hash, &[text]);
        states.push(store.revision().unwrap());
    }
    let generations: Vec<i64> = states.iter().map(|r| r.generation).collect();
    assert_eq!(generations, [0, 1, 2, 3]);
    assert!(states.iter().all(|r| store.has_been_at(r).unwrap()));
    let of_another = Revision {
        identity: "another".into(),
        ..states[2].clone()
    };
    assert!(!store.has_been_at(&of_another).unwrap());
}

#[test]
fn a_restored_copy_that_went_on_is_told_apart() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", 1, &["one"]);
    let copied = crate::home::Home::from(other.path()).store();
    let copied = copied.to_str().unwrap();
    let backup = store.connection.execute("VACUUM INTO ?1", [copied]);
    backup.unwrap();
    let common = store.revision().unwrap();
    put(&mut store, "b.pdf", 2, &["two"]);
    let mut restored = Store::create(other.path()).unwrap();
    assert_eq!(restored.revision().unwrap(), common);
    assert!(!restored.has_been_at(&store.revision().unwrap()).unwrap());
    put(&mut restored, "c.pdf", 3, &["three"]);
    let (ours, theirs) = (store.revision().unwrap(), restored.revision().unwrap());
    assert_eq!(ours.generation, theirs.generation);
    assert_eq!(ours.identity, theirs.identity);
    assert!(!restored.has_been_at(&ours).unwrap());
    assert!(!store.has_been_at(&theirs).unwrap());
    assert!(restored.has_been_at(&common).unwrap());
}

#[test]
fn two_stores_have_two_identities() {
    let identity = || {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(home.path()).unwrap();
        store.revision().unwrap().identity
    };
    assert_ne!(identity(), identity());
}

#[test]
fn garbage_is_refused_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = Home::from(home.path()).store();
    std::fs::write(
        &path,
        "this is not a database, and long enough to be read as one".repeat(40),
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(home.path(), home.path())
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("damaged"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_second_writer_is_told_who_has_the_lock() {
    let home = tempfile::tempdir().unwrap();
    let held = WriterLock::acquire(home.path()).unwrap();
    let error = WriterLock::acquire(home.path()).unwrap_err().to_string();
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    drop(held);
    WriterLock::acquire(home.path()).unwrap();
}
