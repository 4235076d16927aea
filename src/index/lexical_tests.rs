use super::*;
use crate::chunk::Chunk;
use crate::chunk::metadata::Metadata;
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
        seen: &seen,
        chunker: "1",
        metadata: &Metadata::default(),
        context: "",
        pages: &[],
        text_hash: hash,
        chunks: &chunks,
    };
    store.put_document(&new).unwrap();
}

fn texts(index: &LexicalIndex, store: &Store, query: &str) -> Vec<String> {
    let found = index.search(&Wanted::words(query), 10, Only::All).unwrap();
    found
        .iter()
        .map(|f| store.chunk(f.key).unwrap().unwrap().text)
        .collect()
}

#[test]
fn words_are_stemmed_and_figures_meet_either_way() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(
        &mut store,
        "a.pdf",
        "",
        &["Capital expenditures were 1,577 million", "Dividends paid"],
    );
    let mut index = LexicalIndex::create(&home.path().join("lexical")).unwrap();
    index.update(&store).unwrap();
    for query in [
        "expenditure",
        "1577",
        "1,577",
        "what were the capital expenditures?",
    ] {
        assert_eq!(
            texts(&index, &store, query)[0],
            "Capital expenditures were 1,577 million"
        );
    }
    assert!(texts(&index, &store, "goodwill").is_empty());
    for query in ["", "   ", "\"unbalanced AND (", "body:*", "\u{0}"] {
        index.search(&Wanted::words(query), 10, Only::All).unwrap();
    }
}

#[test]
fn section_and_name_count() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(
        &mut store,
        "NORTHGATE_2023_10K.pdf",
        "Liquidity",
        &["Cash is sufficient"],
    );
    put(
        &mut store,
        "HARBOR_2022_10K.pdf",
        "Risk factors",
        &["Cash is sufficient"],
    );
    let mut index = LexicalIndex::create(&home.path().join("lexical")).unwrap();
    index.update(&store).unwrap();
    let first = |query: &str| {
        let key = index.search(&Wanted::words(query), 1, Only::All).unwrap()[0].key;
        store.chunk(key).unwrap().unwrap().document
    };
    assert_eq!(first("northgate cash"), "NORTHGATE_2023_10K.pdf");
    assert_eq!(first("cash in FY2022"), "HARBOR_2022_10K.pdf");
    assert_eq!(first("liquidity"), "NORTHGATE_2023_10K.pdf");
}

#[test]
fn removed_chunks_go_and_a_filter_holds() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", "", &["goodwill one"]);
    put(&mut store, "b.pdf", "", &["goodwill two"]);
    let mut index = LexicalIndex::create(&home.path().join("lexical")).unwrap();
    index.update(&store).unwrap();
    assert_eq!(index.len(), 2);
    let b = store.document("b.pdf").unwrap().unwrap().id;
    let only = index
        .search(&Wanted::words("goodwill"), 10, Only::Documents(&[b]))
        .unwrap();
    assert_eq!(only.len(), 1);
    store.remove_documents(&[b]).unwrap();
    index.update(&store).unwrap();
    assert_eq!(texts(&index, &store, "goodwill"), ["goodwill one"]);
    assert_eq!(index.generation(), store.generation().unwrap());
}

#[test]
fn a_damaged_index_is_made_again() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    put(&mut store, "a.pdf", "", &["goodwill"]);
    let folder = home.path().join("lexical");
    LexicalIndex::create(&folder)
        .unwrap()
        .update(&store)
        .unwrap();
    std::fs::write(folder.join("meta.json"), "{").unwrap();
    let mut index = LexicalIndex::create(&folder).unwrap();
    index.update(&store).unwrap();
    assert_eq!(index.len(), 1);
}
