use std::path::PathBuf;

use super::*;
use crate::chunk::Chunk;
use crate::metadata::Metadata;
use crate::store::{NewDocument, Seen};

const DIM: usize = 24;

fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut v: Vec<f32> = (0..DIM)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 24) as f32 - 0.5
        })
        .collect();
    crate::encoder::pooling::normalize(&mut v);
    v
}

fn put(store: &mut Store, model: ModelId, path: &str, seeds: std::ops::Range<u64>) {
    let chunks: Vec<Chunk> = seeds
        .clone()
        .enumerate()
        .map(|(i, seed)| Chunk {
            ordinal: i as u32,
            page: 1,
            page_last: 1,
            line_first: 0,
            line_last: 0,
            section: String::new(),
            text: format!("text {seed}"),
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
    let metadata = Metadata::default();
    let (pages, chunker) = (&[], "1");
    let new = NewDocument {
        path,
        copies: &[],
        seen: &seen,
        chunker,
        metadata: &metadata,
        context: "",
        pages,
        text_hash: hash,
        chunks: &chunks,
        hidden: 0,
    };
    store.put_document(&new).unwrap();
    let rows: Vec<([u8; 32], Vec<f32>)> = chunks
        .iter()
        .zip(seeds)
        .map(|(c, seed)| (crate::chunk::passage::content_hash(&c.text), vector(seed)))
        .collect();
    store
        .put_embeddings(model, rows.iter().map(|(h, v)| (h, v.as_slice())))
        .unwrap();
}

struct Fixture {
    _home: tempfile::TempDir,
    folder: PathBuf,
    store: Store,
    model: ModelId,
}

fn fixture() -> Fixture {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::create(home.path()).unwrap();
    let model = store.register_model("f", "base", DIM).unwrap();
    Fixture {
        folder: home.path().join("dense"),
        _home: home,
        store,
        model,
    }
}

impl Fixture {
    fn update(&self) -> DenseIndex {
        DenseIndex::update(&self.folder, &self.store, self.model, DIM).unwrap();
        self.open(Load::WithGraph).unwrap()
    }

    fn open(&self, load: Load) -> Option<DenseIndex> {
        DenseIndex::open(&self.folder, &self.store, DIM, load).unwrap()
    }

    /// The files of the cache.
    fn files(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(&self.folder).unwrap().flatten();
        let mut out = Vec::new();
        for entry in folders {
            if entry.path().is_dir() {
                let within = std::fs::read_dir(entry.path()).unwrap().flatten();
                out.extend(within.map(|e| e.path()));
            } else {
                out.push(entry.path());
            }
        }
        out
    }
}

#[test]
fn a_vector_finds_itself_and_survives_a_reload() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..300);
    let built = f.update();
    let loaded = f.open(Load::WithGraph).unwrap();
    let flat = f.open(Load::VectorsOnly).unwrap();
    let own = DenseIndex::in_memory(&f.store, f.model, DIM).unwrap();
    for index in [&built, &loaded, &flat, &own] {
        assert_eq!(index.len(), 300);
        for seed in [0, 17, 299] {
            let hits = index.search(&vector(seed), 5, 64, None).unwrap();
            let text = f.store.chunk(hits[0].key).unwrap().unwrap().text;
            assert_eq!(text, format!("text {seed}"));
            assert!((hits[0].score - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn removed_chunks_are_not_found_and_many_of_them_rebuild() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..200);
    put(&mut f.store, f.model, "b.pdf", 200..210);
    f.update();
    let b = f.store.document("b.pdf").unwrap().unwrap().id;
    f.store.remove_documents(&[b]).unwrap();
    let index = f.update();
    assert_eq!((index.len(), index.keys.len()), (200, 210), "tombstones");
    for seed in 200..210 {
        let hits = index.search(&vector(seed), 20, 64, None).unwrap();
        assert_eq!(hits.len(), 20);
        assert!(hits.iter().all(|h| f.store.chunk(h.key).unwrap().is_some()));
    }
    put(&mut f.store, f.model, "a.pdf", 300..320);
    let index = f.update();
    assert_eq!((index.len(), index.keys.len()), (20, 20), "rebuilt");
}

#[test]
fn a_filter_to_few_chunks_is_exact() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..500);
    let index = f.update();
    let mut keys = f.store.chunk_keys().unwrap();
    keys.retain(|k| k % 50 == 0);
    let hits = index.search(&vector(3), 100, 10, Some(&keys)).unwrap();
    assert_eq!(hits.len(), keys.len(), "it never starves");
    assert!(hits.windows(2).all(|w| w[0].score >= w[1].score));
}

#[test]
fn damaged_dumps_are_made_again() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..50);
    let damage: [fn(&Path); 4] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(path, bytes).unwrap();
        },
        |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        },
    ];
    for damage in damage {
        for at in 0.. {
            f.update();
            let Some(path) = f.files().get(at).cloned() else {
                assert_eq!(at, 4, "the stamp, the graph's two, the vectors");
                break;
            };
            damage(&path);
            assert!(f.open(Load::WithGraph).is_none(), "{}", path.display());
            assert_eq!(f.update().len(), 50);
            assert_eq!(f.open(Load::WithGraph).unwrap().len(), 50);
        }
    }
}

#[test]
fn the_dump_of_another_database_answers_nothing_and_is_made_again() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..5);
    f.update();
    let other = tempfile::tempdir().unwrap();
    f.store = Store::create(other.path()).unwrap();
    f.model = f.store.register_model("f", "base", DIM).unwrap();
    put(&mut f.store, f.model, "b.pdf", 5..9);
    assert!(f.open(Load::VectorsOnly).is_none());
    let hits = f.update().search(&vector(7), 1, 64, None).unwrap();
    let text = f.store.chunk(hits[0].key).unwrap().unwrap().text;
    assert_eq!(text, "text 7");
}

#[test]
fn a_filter_over_the_graph_holds_whatever_comes_back() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..400);
    put(&mut f.store, f.model, "b.pdf", 400..480);
    f.update();
    let b = f.store.document("b.pdf").unwrap().unwrap().id;
    f.store.remove_documents(&[b]).unwrap();
    let index = f.update();
    assert_eq!((index.len(), index.keys.len()), (400, 480), "tombstones");
    let all = f.store.chunk_keys().unwrap();
    for step in [1, 2, 7, 50] {
        let only: Vec<ChunkKey> = all.iter().copied().step_by(step).collect();
        for (seed, top_k) in [(3, 1), (401, 5), (440, 40)] {
            let found = index.search_graph(&vector(seed), top_k, 16, Some(&only));
            assert!(found.len() <= top_k);
            assert!(found.iter().all(|f| only.binary_search(&f.key).is_ok()));
        }
    }
}

#[test]
fn an_old_chunk_embedded_late_finds_its_place() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..20);
    put(&mut f.store, f.model, "b.pdf", 20..40);
    let keys = f.store.chunk_keys().unwrap();
    let mut index = f.update();
    let late = index.keys.remove(5);
    index.vectors.drain(5 * DIM..6 * DIM);
    assert_eq!(late, keys[5]);
    index.append(vec![(vector(5), late as usize)]);
    assert_eq!(index.keys, keys);
    let hits = index.search(&vector(5), 1, 64, Some(&keys)).unwrap();
    assert_eq!(hits[0].key, late);
}

#[test]
fn an_empty_library_has_an_empty_index() {
    let f = fixture();
    assert!(f.update().is_empty());
    let index = f.open(Load::WithGraph).unwrap();
    assert!(index.search(&vector(1), 5, 64, None).unwrap().is_empty());
    assert!(
        index.search(&[0.0; 3], 5, 64, None).is_err(),
        "dimension is checked"
    );
}
