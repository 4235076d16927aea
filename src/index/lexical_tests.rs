use super::*;
use crate::chunk::Chunk;
use crate::metadata::Metadata;
use crate::store::{NewDocument, Seen};

fn put(store: &mut Store, path: &str, section: &str, texts: &[&str]) {
    let chunks: Vec<Chunk> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| Chunk {
            ordinal: i as u32,
            page: 1,
            page_last: 1,
            line_first: 0,
            line_last: 0,
            section: section.into(),
            text: (*text).into(),
            tokens: 3,
            statement: None,
        })
        .collect();
    let hash = *blake3::hash(path.as_bytes()).as_bytes();
    let seen = Seen {
        size: 1,
        mtime_ns: 1,
        file_hash: hash,
        seen_ns: 1,
    };
    let new = NewDocument {
        path,
        copies: &[],
        seen: &seen,
        chunker: "1",
        metadata: &Metadata::default(),
        context: "",
        pages: &[],
        text_hash: hash,
        chunks: &chunks,
        hidden: 0,
    };
    store.put_document(&new).unwrap();
}

/// A library in a folder of its own.
struct Fixture {
    home: tempfile::TempDir,
    store: Store,
}

fn fixture() -> Fixture {
    let home = tempfile::tempdir().unwrap();
    let store = Store::create(home.path()).unwrap();
    Fixture { home, store }
}

impl Fixture {
    fn folder(&self) -> PathBuf {
        self.home.path().join("lexical")
    }

    /// Brings the cache up to the store and opens it.
    fn index(&self) -> LexicalIndex {
        LexicalWriter::open(&self.folder())
            .update(&self.store)
            .unwrap();
        self.open().unwrap()
    }

    fn open(&self) -> Option<LexicalIndex> {
        LexicalIndex::open(&self.folder(), &self.store).unwrap()
    }

    fn remove(&mut self, path: &str) {
        let id = self.store.document(path).unwrap().unwrap().id;
        self.store.remove_documents(&[id]).unwrap();
    }
}

fn texts(index: &LexicalIndex, store: &Store, query: &str) -> Vec<String> {
    let found = index
        .search(&LexicalQuery::words(query), 10, Only::All)
        .unwrap();
    found
        .iter()
        .map(|f| store.chunk(f.key).unwrap().unwrap().text)
        .collect()
}

#[test]
fn words_are_stemmed_and_figures_meet_either_way() {
    let mut f = fixture();
    put(
        &mut f.store,
        "a.pdf",
        "",
        &["Capital expenditures were 1,577 million", "Dividends paid"],
    );
    let index = f.index();
    for query in [
        "expenditure",
        "1577",
        "1,577",
        "what were the capital expenditures?",
    ] {
        assert_eq!(
            texts(&index, &f.store, query)[0],
            "Capital expenditures were 1,577 million"
        );
    }
    assert!(texts(&index, &f.store, "goodwill").is_empty());
    for query in ["", "   ", "\"unbalanced AND (", "body:*", "\u{0}"] {
        index
            .search(&LexicalQuery::words(query), 10, Only::All)
            .unwrap();
    }
}

#[test]
fn section_and_name_count() {
    let mut f = fixture();
    put(
        &mut f.store,
        "NORTHGATE_2023_10K.pdf",
        "Liquidity",
        &["Cash is sufficient"],
    );
    put(
        &mut f.store,
        "HARBOR_2022_10K.pdf",
        "Risk factors",
        &["Cash is sufficient"],
    );
    let index = f.index();
    let first = |query: &str| {
        let key = index
            .search(&LexicalQuery::words(query), 1, Only::All)
            .unwrap()[0]
            .key;
        f.store.chunk(key).unwrap().unwrap().document
    };
    assert_eq!(first("northgate cash"), "NORTHGATE_2023_10K.pdf");
    assert_eq!(first("cash in FY2022"), "HARBOR_2022_10K.pdf");
    assert_eq!(first("liquidity"), "NORTHGATE_2023_10K.pdf");
}

#[test]
fn removed_chunks_go_and_a_filter_holds() {
    let mut f = fixture();
    put(&mut f.store, "a.pdf", "", &["goodwill one"]);
    put(&mut f.store, "b.pdf", "", &["goodwill two"]);
    let index = f.index();
    assert_eq!(index.len(), 2);
    let b = f.store.document("b.pdf").unwrap().unwrap().id;
    let only = index
        .search(&LexicalQuery::words("goodwill"), 10, Only::Documents(&[b]))
        .unwrap();
    assert_eq!(only.len(), 1);
    f.remove("b.pdf");
    let index = f.index();
    assert_eq!(texts(&index, &f.store, "goodwill"), ["goodwill one"]);
    assert_eq!(*index.reflects(), f.store.revision().unwrap());
}

/// The files of the cache's state.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            out.extend(files(&entry.path()));
        } else if !entry.file_name().to_string_lossy().contains("tantivy") {
            out.push(entry.path());
        }
    }
    out
}

#[test]
fn whatever_becomes_of_its_files_it_is_made_again() {
    let damage: [fn(&Path); 4] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, "").unwrap(),
        |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            std::fs::write(path, bytes).unwrap();
        },
        |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        },
    ];
    let mut f = fixture();
    put(&mut f.store, "a.pdf", "", &["goodwill", "net sales"]);
    for damage in damage {
        for at in 0.. {
            f.index();
            let Some(path) = files(&f.folder()).get(at).cloned() else {
                break;
            };
            // Clocks of file systems tick some milliseconds apart.
            std::thread::sleep(std::time::Duration::from_millis(20));
            damage(&path);
            assert!(f.open().is_none(), "a reader sees it: {}", path.display());
            let index = f.index();
            assert_eq!(texts(&index, &f.store, "goodwill"), ["goodwill"]);
        }
    }
}

#[test]
fn what_a_killed_run_left_is_in_nobodys_way() {
    let mut f = fixture();
    put(&mut f.store, "a.pdf", "", &["goodwill one"]);
    put(&mut f.store, "b.pdf", "", &["goodwill two", "another"]);
    f.index();
    f.remove("b.pdf");
    // A state that was begun, and in the current one a file that the next commit would write.
    std::fs::create_dir(f.folder().join("state-2")).unwrap();
    std::fs::write(f.folder().join("state-2/meta.json"), "{").unwrap();
    for segment in files(&f.folder()) {
        if segment.extension().is_some_and(|x| x == "idx") {
            for opstamp in 0..20 {
                std::fs::write(segment.with_extension(format!("{opstamp}.del")), "").unwrap();
            }
        }
    }
    let index = f.index();
    assert_eq!(texts(&index, &f.store, "goodwill"), ["goodwill one"]);
    let left = std::fs::read_dir(f.folder()).unwrap().count();
    assert_eq!(left, 2, "the stamp and one state");
}

#[test]
fn the_cache_of_another_database_answers_nothing_and_is_made_again() {
    let mut f = fixture();
    put(&mut f.store, "a.pdf", "", &["goodwill"]);
    f.index();
    let other = tempfile::tempdir().unwrap();
    f.store = Store::create(other.path()).unwrap();
    put(&mut f.store, "b.pdf", "", &["dividends"]);
    assert!(f.open().is_none());
    let index = f.index();
    assert!(texts(&index, &f.store, "goodwill").is_empty());
    assert_eq!(texts(&index, &f.store, "dividends"), ["dividends"]);
}

#[test]
fn an_open_index_stays_as_it_is_while_others_take_its_place() {
    let mut f = fixture();
    put(&mut f.store, "a.pdf", "", &["goodwill"]);
    let open = f.index();
    for text in ["goodwill again", "goodwill and more", "goodwill at last"] {
        put(&mut f.store, "a.pdf", "", &[text]);
        f.index();
    }
    let found = open.search(&LexicalQuery::words("goodwill"), 9, Only::All);
    assert_eq!(found.unwrap().len(), 1);
    assert_ne!(*open.reflects(), f.store.revision().unwrap());
}

#[test]
fn a_renamed_document_is_found_by_its_new_name() {
    let mut f = fixture();
    put(&mut f.store, "HARBOR_2022.pdf", "", &["cash", "sales"]);
    put(&mut f.store, "other.pdf", "", &["cash"]);
    f.index();
    let keys = f.store.chunk_keys().unwrap();
    let row = f.store.document("HARBOR_2022.pdf").unwrap().unwrap();
    let renamed = crate::store::Placement {
        document: row.id,
        paths: vec![("CALDER_2022.pdf".to_owned(), row.seen)],
        joined: Vec::new(),
        replaced: false,
    };
    f.store.place_documents(&[renamed]).unwrap();
    let index = f.index();
    assert_eq!(texts(&index, &f.store, "calder").len(), 2);
    assert!(texts(&index, &f.store, "harbor").is_empty());
    assert_eq!(f.store.chunk_keys().unwrap(), keys, "the vectors stay");
}

/// A text of words that come often, seldom or once, by a number.
fn text(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % below
    };
    let words = 5 + next(90);
    let mut out = format!("only{seed}");
    for _ in 0..words {
        let rank = next(40) * next(40) / 40;
        out.push_str(&format!(" word{rank}"));
    }
    out
}

#[test]
fn scores_after_any_history_are_those_of_an_index_made_at_once() {
    let mut f = fixture();
    let (mut with_removed, mut most_segments, mut found) = (0, 0, 0);
    for step in 0..60u64 {
        let document = format!("d{}.pdf", step * 7 % 13);
        if step % 4 == 3 && f.store.document(&document).unwrap().is_some() {
            f.remove(&document);
        } else {
            let seeds = step * 10..step * 10 + 1 + step * 5 % 9;
            let texts: Vec<String> = seeds.map(text).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            put(&mut f.store, &document, "Liquidity", &texts);
        }
        let (grown, made) = (f.index(), LexicalIndex::in_memory(&f.store).unwrap());
        let segments = grown.searcher.segment_readers();
        with_removed += usize::from(segments.iter().any(|s| s.has_deletes()));
        most_segments = most_segments.max(segments.len());
        found += assert_same(&grown, &made, step % 40);
    }
    assert!(with_removed > 10, "removed chunks stay for a while");
    assert!(most_segments < 10, "{most_segments}");
    assert!(found > 1000, "{found}");
}

/// Both indexes find as much, with the same scores but for rounding; how much they find.
fn assert_same(ours: &LexicalIndex, theirs: &LexicalIndex, word: u64) -> usize {
    let mut count = 0;
    assert_eq!(ours.len(), theirs.len());
    let words = LexicalQuery::words(&format!("word{word} word{} d3 liquidity", word / 2));
    let phrases = LexicalQuery {
        text: format!("word{word} word1"),
        names: vec![vec!["word2".into(), "word3 word1".into()]],
        adjacent: true,
    };
    for wanted in [words, phrases] {
        let found = |index: &LexicalIndex| index.search(&wanted, 30, Only::All).unwrap();
        let (ours, theirs) = (found(ours), found(theirs));
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(&theirs) {
            let is_near = (a.score - b.score).abs() <= 1e-5 * b.score.abs();
            assert!(is_near, "{wanted:?}: {a:?} {b:?}");
        }
        count += ours.len();
    }
    count
}
