use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::rows::{Form, Rows};
use super::{DenseIndex, Load};
use crate::chunk::Chunk;
use crate::index::Found;
use crate::metadata::Metadata;
use crate::store::{ChunkKey, ModelId, NewDocument, Seen, Store};

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
    /// Most chunks in a graph.
    most: usize,
}

/// A library whose index is a graph, and one whose is coded.
fn either() -> [Fixture; 2] {
    let most = [1000, 0];
    most.map(|most| Fixture { most, ..fixture() })
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
        most: 1000,
    }
}

impl Fixture {
    fn update(&self) -> DenseIndex {
        let (store, model) = (&self.store, self.model);
        DenseIndex::update_within(&self.folder, store, model, DIM, self.most).unwrap();
        self.open(Load::WithGraph).unwrap()
    }

    fn search(
        &self,
        index: &DenseIndex,
        seed: u64,
        top_k: usize,
        only: Option<&[ChunkKey]>,
    ) -> Vec<Found> {
        let exact = |key| self.store.embedding(self.model, key);
        let found = index.search(&vector(seed), top_k, 64, only, &exact);
        found.unwrap()
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
    for mut f in either() {
        put(&mut f.store, f.model, "a.pdf", 0..300);
        let built = f.update();
        let loaded = f.open(Load::WithGraph).unwrap();
        let flat = f.open(Load::VectorsOnly).unwrap();
        let own = DenseIndex::in_memory(&f.store, f.model, DIM).unwrap();
        for index in [&built, &loaded, &flat, &own] {
            assert_eq!(index.len(), 300);
            for seed in [0, 17, 299] {
                let hits = f.search(index, seed, 5, None);
                let text = f.store.chunk(hits[0].key).unwrap().unwrap().text;
                assert_eq!(text, format!("text {seed}"));
                assert!((hits[0].score - 1.0).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn removed_chunks_are_not_found_and_many_of_them_rebuild() {
    for mut f in either() {
        put(&mut f.store, f.model, "a.pdf", 0..200);
        put(&mut f.store, f.model, "b.pdf", 200..210);
        f.update();
        let b = f.store.document("b.pdf").unwrap().unwrap().id;
        f.store.remove_documents(&[b]).unwrap();
        let index = f.update();
        let rows = |index: &DenseIndex| index.rows.keys().len();
        assert_eq!((index.len(), rows(&index)), (200, 210), "tombstones");
        for seed in 200..210 {
            let hits = f.search(&index, seed, 20, None);
            assert_eq!(hits.len(), 20);
            assert!(hits.iter().all(|h| f.store.chunk(h.key).unwrap().is_some()));
        }
        put(&mut f.store, f.model, "a.pdf", 300..320);
        let index = f.update();
        assert_eq!((index.len(), rows(&index)), (20, 20), "rebuilt");
    }
}

#[test]
fn a_filter_to_few_chunks_is_exact() {
    let mut f = fixture();
    put(&mut f.store, f.model, "a.pdf", 0..500);
    let index = f.update();
    let mut keys = f.store.chunk_keys().unwrap();
    keys.retain(|k| k % 50 == 0);
    let hits = f.search(&index, 3, 100, Some(&keys));
    assert_eq!(hits.len(), keys.len(), "it never starves");
    assert!(hits.windows(2).all(|w| w[0].score >= w[1].score));
}

#[test]
fn damaged_dumps_are_made_again() {
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
    for mut f in either() {
        put(&mut f.store, f.model, "a.pdf", 0..50);
        let files = match f.most {
            0 => 2,
            _ => 4,
        };
        for damage in damage {
            for at in 0.. {
                f.update();
                let Some(path) = f.files().get(at).cloned() else {
                    assert_eq!(at, files, "the stamp, the rows, the graph's two");
                    break;
                };
                damage(&path);
                assert!(f.open(Load::WithGraph).is_none(), "{}", path.display());
                assert_eq!(f.update().len(), 50);
                assert_eq!(f.open(Load::WithGraph).unwrap().len(), 50);
            }
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
    let hits = f.search(&f.update(), 7, 1, None);
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
    assert_eq!(
        (index.len(), index.rows.keys().len()),
        (400, 480),
        "tombstones"
    );
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
    for form in [Form::Whole, Form::Coded] {
        let mut rows = Rows::new(DIM, form);
        (0..40).for_each(|key| rows.push(2 * key, &vector(2 * key as u64)));
        let late = [5, 7, 41, 99].map(|key| (key, vector(key as u64)));
        rows.merge(&late);
        assert!(rows.keys().is_sorted());
        for key in [0, 4, 5, 6, 7, 8, 40, 41, 78, 99] {
            let asked = vector(key as u64);
            let near = rows.nearest(&asked, 3, None, &HashSet::new());
            let mut among = [3, key, 200];
            among.sort_unstable();
            let found = rows.nearest(&asked, 3, Some(&among), &HashSet::new());
            assert_eq!((near[0].key, found[0].key), (key, key), "{form:?}");
            assert_eq!(found.len(), 1);
        }
    }
}

/// So many that several threads scan them.
#[test]
fn codes_find_what_whole_embeddings_do() {
    const ROWS: i64 = 50_000;
    let [mut whole, mut coded] = [Form::Whole, Form::Coded].map(|form| Rows::new(DIM, form));
    for key in 0..ROWS {
        whole.push(key, &vector(key as u64));
        coded.push(key, &vector(key as u64));
    }
    let dead = HashSet::from([17, 41_000]);
    let few: Vec<ChunkKey> = (0..ROWS).step_by(7).collect();
    for seed in [17, 41_000, 777_777] {
        for (only, dim) in [(None, DIM), (Some(&few[..]), DIM), (None, DIM / 2)] {
            let mut asked = vector(seed)[..dim].to_vec();
            crate::encoder::pooling::normalize(&mut asked);
            let [want, got] = [&whole, &coded].map(|rows| rows.nearest(&asked, 30, only, &dead));
            assert_eq!((want.len(), got.len()), (30, 30));
            assert!(want.iter().all(|found| !dead.contains(&found.key)));
            for (want, got) in want.iter().zip(&got) {
                assert!((want.score - got.score).abs() < 0.005, "{want:?} {got:?}");
            }
            let first = want[..10].iter();
            let has = |key| got.iter().any(|found| found.key == key);
            assert!(first.clone().all(|found| has(found.key)));
        }
    }
}

#[test]
fn a_library_that_grows_is_coded_and_one_that_shrinks_much_is_not() {
    let mut f = Fixture {
        most: 100,
        ..fixture()
    };
    let form = |f: &Fixture| f.update().rows.form();
    put(&mut f.store, f.model, "a.pdf", 0..90);
    assert_eq!(form(&f), Form::Whole);
    put(&mut f.store, f.model, "b.pdf", 90..120);
    assert_eq!(form(&f), Form::Coded);
    put(&mut f.store, f.model, "b.pdf", 120..125);
    assert_eq!(form(&f), Form::Coded, "a little less");
    assert_eq!(
        f.search(&f.update(), 122, 1, None)[0].key,
        *f.store.chunk_keys().unwrap().iter().rev().nth(2).unwrap()
    );
    put(&mut f.store, f.model, "a.pdf", 0..40);
    assert_eq!(form(&f), Form::Whole);
    assert_eq!(f.update().len(), 45);
}

#[test]
fn an_empty_library_has_an_empty_index() {
    let f = fixture();
    assert!(f.update().is_empty());
    let index = f.open(Load::WithGraph).unwrap();
    assert!(f.search(&index, 1, 5, None).is_empty());
    assert!(
        index.search(&[0.0; 3], 5, 64, None, &|_| Ok(None)).is_err(),
        "dimension is checked"
    );
}

#[test]
fn what_is_embedded_later_is_found_before_the_cache_has_it_and_once() {
    for mut fixture in either() {
        put(&mut fixture.store, fixture.model, "a.pdf", 0..40);
        let mut index = fixture.update();
        put(&mut fixture.store, fixture.model, "b.pdf", 40..60);
        let first = |index: &DenseIndex, seed| fixture.search(index, seed, 1, None)[0].score;
        assert!(first(&index, 47) < 0.99, "it is not there yet");
        for _ in 0..2 {
            index.follow(&fixture.store, fixture.model).unwrap();
            assert_eq!(index.len(), 60);
            assert!(first(&index, 47) > 0.99 && first(&index, 7) > 0.99);
        }
        let keys = fixture.store.embedded_keys(fixture.model).unwrap();
        let all: Vec<ChunkKey> = fixture
            .search(&index, 47, 100, None)
            .iter()
            .map(|found| found.key)
            .collect();
        let each: std::collections::HashSet<ChunkKey> = all.iter().copied().collect();
        assert_eq!((all.len(), each.len()), (60, 60), "each once");
        let found = fixture.search(&index, 47, 5, Some(&keys[45..50]));
        assert!(found[0].score > 0.99 && found.len() == 5, "{found:?}");
        // One that is made anew has it with the rest.
        let mut again = fixture.update();
        again.follow(&fixture.store, fixture.model).unwrap();
        assert_eq!(again.len(), 60);
        assert!(first(&again, 47) > 0.99);
    }
}
