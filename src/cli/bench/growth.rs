//! Growth: what a library costs as it grows, and how fast and how right it is searched.
//!
//! A library is copied again and again, each copy with other figures, other company names and embeddings turned
//! aside a little, into one in a folder of its own, as if so many more filings had been indexed.

use std::path::Path;
use std::time::Instant;

use super::quantiles;
use crate::chunk::Chunk;
use crate::cli::args::BenchGrowthArgs;
use crate::cli::{Ended, Session, output, work_folder};
use crate::config::{Library, SearchConfig};
use crate::eval::question::QuestionSet;
use crate::index::dense::{DenseIndex, Load, dot};
use crate::index::lexical::LexicalWriter;
use crate::job::models::Embedder;
use crate::metadata::Metadata;
use crate::pdf::Page;
use crate::retrieve::{Arm, Query, Retriever};
use crate::store::{ChunkKey, ModelId, NewDocument, Seen, Store};
use crate::train::trainer::peak_memory;
use crate::units::thousands;

/// How far an embedding of a copy is turned aside: numbers of this spread are added to it.
const TURN: f32 = 0.02;
const TOP_K: usize = 10;
/// Rounds of removing and adding documents.
const ROUNDS: usize = 50;

pub fn run(session: &Session, args: &BenchGrowthArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let embedder = session.embedder(&session.model("serving", Some(&library))?)?;
    let source = Source::read(&library, &embedder)?;
    let work = work_folder(Some(&library), "growth")?;
    let home = work.path().join("home");
    std::fs::create_dir_all(&home)?;
    let grown = Library::at(work.path(), Some(&home))?;
    let set = QuestionSet::read(&args.queries, &[] as &[&Path])?;
    let questions: Vec<String> = set.questions.into_iter().map(|q| q.text).collect();
    let mut growth = Growth {
        source,
        store: Store::create(&grown.home)?,
        library: grown,
        embedder,
        questions,
        settings: session.config.search.clone(),
        copies: 0,
    };
    for wanted in &args.chunks {
        growth.reach(*wanted)?;
    }
    if args.rounds {
        growth.change_round_by_round()?;
    }
    Ok(Ended::Done)
}

/// The documents that are copied.
struct Source {
    documents: Vec<Original>,
}

struct Original {
    metadata: Metadata,
    pages: Vec<Page>,
    chunks: Vec<Chunk>,
    /// The embedding of each chunk.
    vectors: Vec<Vec<f32>>,
}

impl Source {
    fn read(library: &Library, embedder: &Embedder) -> anyhow::Result<Self> {
        let store = Store::open(&library.folder, &library.home)?;
        let fingerprint = embedder.encoder.fingerprint();
        let model = store.model(fingerprint.as_str(), embedder.encoder.dim())?;
        let places = store.chunk_places()?;
        let mut documents = Vec::new();
        for row in store.documents()? {
            let (mut chunks, mut vectors) = (Vec::new(), Vec::new());
            for place in places.iter().filter(|place| place.document == row.id) {
                let vector = match model {
                    Some(model) => store.embedding(model, place.key)?,
                    None => None,
                };
                if let (Some(stored), Some(vector)) = (store.chunk(place.key)?, vector) {
                    chunks.push(Chunk {
                        ordinal: chunks.len() as u32,
                        page: stored.page,
                        page_last: stored.page_last,
                        line_first: stored.line_first,
                        line_last: stored.line_last,
                        section: stored.section,
                        text: stored.text,
                        tokens: 0,
                        statement: stored.statement,
                    });
                    vectors.push(vector);
                }
            }
            documents.push(Original {
                metadata: row.metadata,
                pages: store.pages(row.id)?,
                chunks,
                vectors,
            });
        }
        Ok(Self { documents })
    }
}

struct Growth {
    source: Source,
    store: Store,
    library: Library,
    embedder: Embedder,
    questions: Vec<String>,
    settings: SearchConfig,
    copies: usize,
}

/// A text with each of its digits moved on.
fn moved(text: &str, by: usize) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(digit) => char::from(b'0' + ((digit as usize + by) % 10) as u8),
        None => c,
    };
    text.chars().map(digit).collect()
}

impl Growth {
    fn model(&mut self) -> anyhow::Result<ModelId> {
        let encoder = &self.embedder.encoder;
        let fingerprint = encoder.fingerprint().as_str();
        Ok(self
            .store
            .register_model(fingerprint, &self.embedder.name, encoder.dim())?)
    }

    /// Copies one document of the source, under a number of its own.
    fn copy(&mut self, at: usize, copy: usize) -> anyhow::Result<()> {
        let model = self.model()?;
        let Original {
            metadata,
            pages,
            chunks,
            vectors,
        } = &self.source.documents[at];
        let mut metadata = metadata.clone();
        metadata.company = format!("{} {copy}", metadata.company);
        metadata.ticker = String::new();
        let chunks: Vec<Chunk> = chunks
            .iter()
            .map(|chunk| Chunk {
                text: format!("{} [{copy}]", moved(&chunk.text, copy)),
                ..chunk.clone()
            })
            .collect();
        let path = format!("{copy}/{at}.pdf");
        let seen = Seen {
            size: 0,
            mtime_ns: 0,
            file_hash: *blake3::hash(path.as_bytes()).as_bytes(),
            seen_ns: 0,
        };
        self.store.put_document(&NewDocument {
            path: &path,
            seen: &seen,
            copies: &[],
            chunker: "",
            metadata: &metadata,
            context: &metadata.company,
            pages,
            text_hash: seen.file_hash,
            chunks: &chunks,
            hidden: 0,
        })?;
        let mut random = fastrand::Rng::with_seed((at + 1000 * copy) as u64);
        let pending = self.store.pending(model)?;
        let passages = self.store.passages(&pending)?;
        let turned: Vec<Vec<f32>> = vectors.iter().map(|v| turned(v, &mut random)).collect();
        let rows = passages.iter().zip(&turned);
        let rows = rows.map(|(passage, vector)| (&passage.content_hash, vector.as_slice()));
        self.store.put_embeddings(model, rows)?;
        Ok(())
    }

    /// Grows to about `wanted` chunks, and measures.
    fn reach(&mut self, wanted: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        while (self.store.chunk_count()? as usize) < wanted {
            let (at, copy) = (
                self.copies % self.source.documents.len(),
                self.copies / self.source.documents.len(),
            );
            self.copy(at, copy)?;
            self.copies += 1;
        }
        let stored = began.elapsed().as_secs_f64();
        let (words, vectors) = self.publish()?;
        let (again, _) = self.publish()?;
        let chunks = self.store.chunk_count()? as usize;
        let size = |path: &Path| size_of(path) as f64 / chunks as f64;
        let home = &self.library.home;
        let fingerprint = self.embedder.encoder.fingerprint();
        let dense = home.dense_cache(fingerprint.as_str());
        output::line(&format!(
            "{} chunks of {} documents: stored in {stored:.1} s, words in {words:.1} s, vectors in {vectors:.1} s, \
             nothing to do in {again:.2} s; peak {} MB",
            thousands(chunks as u64),
            thousands(self.copies as u64),
            peak_memory().unwrap_or(0)
        ))?;
        output::line(&format!(
            "  a chunk takes {:.0} bytes in the database, {:.0} of words, {:.0} of vectors",
            size(&home.store()),
            size(&home.lexical_cache()),
            size(&dense)
        ))?;
        self.search()
    }

    /// Brings both caches up to the store; the seconds of each.
    fn publish(&mut self) -> anyhow::Result<(f64, f64)> {
        let model = self.model()?;
        let began = Instant::now();
        LexicalWriter::open(&self.library.home.lexical_cache()).update(&self.store)?;
        let words = began.elapsed().as_secs_f64();
        let encoder = &self.embedder.encoder;
        let folder = self
            .library
            .home
            .dense_cache(encoder.fingerprint().as_str());
        DenseIndex::update(&folder, &self.store, model, encoder.dim())?;
        Ok((words, began.elapsed().as_secs_f64() - words))
    }

    fn search(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let encoder = Some(self.embedder.encoder.clone());
        let retriever = Retriever::open(&self.library, encoder, self.settings.clone())?;
        let opened = began.elapsed().as_secs_f64();
        let mut told = Vec::new();
        for arm in [Arm::Bm25, Arm::Dense, Arm::Hybrid] {
            let mut times = Vec::new();
            for text in &self.questions {
                let query = Query {
                    text: text.clone(),
                    arm,
                    top_k: TOP_K,
                    ..Query::default()
                };
                let began = Instant::now();
                retriever.search(&query)?;
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            let at = quantiles(times);
            told.push(format!(
                "{} {:.1} and {:.1} ms",
                arm.as_str(),
                at(0.5),
                at(0.95)
            ));
        }
        drop(retriever);
        output::line(&format!(
            "  opened in {opened:.2} s, median and p95: {}; recall@10 {:.4}; peak {} MB",
            told.join(", "),
            self.recall()?,
            peak_memory().unwrap_or(0)
        ))
    }

    /// The share of the true nearest chunks that the index finds.
    fn recall(&mut self) -> anyhow::Result<f64> {
        let model = self.model()?;
        let encoder = &self.embedder.encoder;
        let folder = self
            .library
            .home
            .dense_cache(encoder.fingerprint().as_str());
        let index = DenseIndex::open(&folder, &self.store, encoder.dim(), Load::WithGraph)?;
        let index = index.ok_or_else(|| anyhow::anyhow!("the vector index is not there"))?;
        let texts: Vec<&str> = self.questions.iter().map(String::as_str).collect();
        let queries = encoder.encode_queries(&texts)?;
        let mut true_ones: Vec<Vec<(f32, ChunkKey)>> = vec![Vec::new(); queries.len()];
        self.store.for_embeddings(model, |key, vector| {
            for (query, best) in queries.iter().zip(&mut true_ones) {
                let near = (dot(query, &vector), key);
                let at = best.partition_point(|other| other.0 >= near.0);
                if at < TOP_K {
                    best.insert(at, near);
                    best.truncate(TOP_K);
                }
            }
        })?;
        let (mut found, mut wanted) = (0, 0);
        let exact = |key| self.store.embedding(model, key);
        for (query, true_ones) in queries.iter().zip(&true_ones) {
            let by_index = index.search(query, TOP_K, self.settings.ef_search, None, &exact)?;
            wanted += true_ones.len();
            found += true_ones
                .iter()
                .filter(|(_, key)| by_index.iter().any(|found| found.key == *key))
                .count();
        }
        Ok(found as f64 / wanted.max(1) as f64)
    }

    /// Removes a document and adds another, again and again, and looks at the recall.
    fn change_round_by_round(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let count = self.source.documents.len();
        for round in 0..ROUNDS {
            let rows = self.store.documents()?;
            let gone: Vec<i64> = rows.iter().take(2).map(|row| row.id).collect();
            self.store.remove_documents(&gone)?;
            for at in 0..2 {
                let at = (2 * round + at) % count;
                self.copy(at, 10_000 + round)?;
            }
            self.publish()?;
        }
        output::line(&format!(
            "after {ROUNDS} rounds of removing and adding two documents, {:.2} s each: recall@10 {:.4}",
            began.elapsed().as_secs_f64() / ROUNDS as f64,
            self.recall()?
        ))
    }
}

/// A vector that is turned aside a little, of length one.
fn turned(vector: &[f32], random: &mut fastrand::Rng) -> Vec<f32> {
    // The sum of three even draws is nearly normal.
    let mut draw = || (random.f32() + random.f32() + random.f32() - 1.5) * 2.0 * TURN;
    let mut out: Vec<f32> = vector.iter().map(|x| x + draw()).collect();
    let length = dot(&out, &out).sqrt();
    out.iter_mut().for_each(|x| *x /= length);
    out
}

/// Bytes of a file, or of all in a folder.
fn size_of(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|e| size_of(&e.path())).sum(),
        Err(_) => path.metadata().map_or(0, |meta| meta.len()),
    }
}
