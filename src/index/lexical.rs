//! The lexical index: BM25 over body, section and document name, in tantivy.
//!
//! Words are stemmed; numbers, tickers and terms like `10-K`, `S&P` or `1,577` stay whole.
//! Queries are built from terms, never parsed, so no input can fail.

use std::path::{Path, PathBuf};

use tantivy::collector::TopDocs;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery, Query,
    TermQuery, TermSetQuery,
};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{Language, LowerCaser, RawTokenizer, Stemmer, TextAnalyzer};
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyDocument, Term};

use super::{Found, IndexError, Result};
use crate::store::{ChunkKey, Store, StoredChunk};

mod word;
use word::FilingTokenizer;
pub use word::{is_stop_word, words};

/// Weight of a match in the section's heading and in the document's name, against the body's 1.
const SECTION: f32 = 0.5;
const NAME: f32 = 0.5;
/// Weight of two neighbouring words as a phrase, against a single word's 1.
const PAIR: f32 = 0.2;
/// Memory of the writer.
const WRITER_BYTES: usize = 50 << 20;
/// Chunks read from the store at a time.
const BATCH: usize = 2000;
const ANALYZER: &str = "filing-1";

#[derive(Clone, Copy)]
struct Fields {
    key: Field,
    document: Field,
    body: Field,
    section: Field,
    name: Field,
}

/// An open lexical index.
pub struct LexicalIndex {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    path: PathBuf,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |option| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ANALYZER)
            .set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let freqs = text(IndexRecordOption::WithFreqs);
    let fields = Fields {
        key: builder.add_u64_field("key", FAST | INDEXED | STORED),
        document: builder.add_u64_field("document", INDEXED),
        // Phrases are looked for in the body alone.
        body: builder.add_text_field("body", text(IndexRecordOption::WithFreqsAndPositions)),
        section: builder.add_text_field("section", freqs.clone()),
        name: builder.add_text_field("name", freqs),
    };
    (builder.build(), fields)
}

/// A word as the index holds it: lower case, stemmed.
pub fn stem(word: &str) -> String {
    let mut analyzer = TextAnalyzer::builder(RawTokenizer::default())
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::English))
        .build();
    let mut stream = analyzer.token_stream(word);
    if stream.advance() {
        stream.token().text.clone()
    } else {
        String::new()
    }
}

fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(FilingTokenizer)
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The words of `text` as the index holds them, in order.
pub fn tokens(text: &str) -> Vec<String> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut out = Vec::new();
    while let Some(token) = stream.next() {
        out.push(token.text.clone());
    }
    out
}

type Clause = (Occur, Box<dyn Query>);

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Words, each for itself.
    pub text: String,
    /// Things of several names: the best match of each counts. The first name is the question's.
    pub names: Vec<Vec<String>>,
    /// Whether neighbouring words of the text count as phrases too.
    pub adjacent: bool,
}

impl Wanted {
    /// The words of a text and nothing else.
    pub fn words(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }
}

/// Which chunks a search is over.
#[derive(Debug, Clone, Copy)]
pub enum Only<'a> {
    All,
    /// Those of these documents.
    Documents(&'a [i64]),
    Chunks(&'a [ChunkKey]),
}

impl LexicalIndex {
    /// Opens the index in `folder` for reading, or none when there is none yet.
    pub fn open(folder: &Path) -> Result<Option<Self>> {
        if !folder.join("meta.json").is_file() {
            return Ok(None);
        }
        let failed = |source| IndexError::Lexical {
            path: folder.to_owned(),
            source,
        };
        let index = Index::open_in_dir(folder).map_err(failed)?;
        Self::over(index, folder).map(Some)
    }

    /// Opens or creates the index in `folder`; one of another schema or a damaged one is replaced.
    pub fn create(folder: &Path) -> Result<Self> {
        let failed = |source| IndexError::Lexical {
            path: folder.to_owned(),
            source,
        };
        let io = |source| IndexError::Io {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(io)?;
        let (schema, _) = schema();
        if folder.join("meta.json").is_file() {
            match Index::open_in_dir(folder) {
                Ok(index) if index.schema() == schema => return Self::over(index, folder),
                _ => {
                    tracing::warn!("word index in {} is made again", folder.display());
                    std::fs::remove_dir_all(folder).map_err(io)?;
                    std::fs::create_dir_all(folder).map_err(io)?;
                }
            }
        }
        let index = Index::create_in_dir(folder, schema).map_err(failed)?;
        Self::over(index, folder)
    }

    fn over(index: Index, folder: &Path) -> Result<Self> {
        let failed = |source| IndexError::Lexical {
            path: folder.to_owned(),
            source,
        };
        index.tokenizers().register(ANALYZER, analyzer());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(failed)?;
        let (_, fields) = schema();
        Ok(Self {
            index,
            reader,
            fields,
            path: folder.to_owned(),
        })
    }

    fn failed(&self, source: tantivy::TantivyError) -> IndexError {
        IndexError::Lexical {
            path: self.path.clone(),
            source,
        }
    }

    /// The store's generation that the last commit reflects.
    pub fn generation(&self) -> i64 {
        let payload = self.index.load_metas().ok().and_then(|metas| metas.payload);
        payload.and_then(|p| p.parse().ok()).unwrap_or(-1)
    }

    /// Brings the index up to the store: adds chunks it lacks, removes those the store lacks.
    /// Visible to this reader when it returns, to others when they reload.
    pub fn update(&mut self, store: &Store) -> Result<()> {
        let generation = store.generation()?;
        if self.generation() == generation {
            return self.reload();
        }
        let wanted = store.chunk_keys()?;
        let had = self.keys()?;
        let mut writer = self
            .index
            .writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)
            .map_err(|e| self.failed(e))?;
        for key in had.iter().filter(|key| wanted.binary_search(key).is_err()) {
            writer.delete_term(Term::from_field_u64(self.fields.key, *key as u64));
        }
        let mut after = wanted
            .iter()
            .find(|k| had.binary_search(k).is_err())
            .map(|k| k - 1);
        while let Some(from) = after {
            let mut batch: Vec<StoredChunk> = Vec::with_capacity(BATCH);
            store.for_chunks_after(from, BATCH, |chunk| batch.push(chunk))?;
            after = batch.last().map(|c| c.key);
            for chunk in batch.iter().filter(|c| had.binary_search(&c.key).is_err()) {
                writer
                    .add_document(self.document(chunk))
                    .map_err(|e| self.failed(e))?;
            }
        }
        let mut prepared = writer.prepare_commit().map_err(|e| self.failed(e))?;
        prepared.set_payload(&generation.to_string());
        prepared.commit().map_err(|e| self.failed(e))?;
        writer.wait_merging_threads().map_err(|e| self.failed(e))?;
        self.reload()
    }

    fn document(&self, chunk: &StoredChunk) -> TantivyDocument {
        let year = chunk.year.map(|y| y.to_string()).unwrap_or_default();
        let name = [&chunk.document, &chunk.company, &chunk.form, &year]
            .map(|s| s.replace(['_', '/'], " "))
            .join(" ");
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.key, chunk.key as u64);
        document.add_u64(self.fields.document, chunk.document_id as u64);
        document.add_text(self.fields.body, &chunk.text);
        document.add_text(self.fields.section, &chunk.section);
        document.add_text(self.fields.name, name);
        document
    }

    /// Keys of all chunks in the index, ascending.
    fn keys(&self) -> Result<Vec<ChunkKey>> {
        self.reload()?;
        let searcher = self.reader.searcher();
        let mut out = Vec::new();
        for segment in searcher.segment_readers() {
            let keys = segment
                .fast_fields()
                .u64("key")
                .map_err(|e| self.failed(e))?;
            out.extend(
                segment
                    .doc_ids_alive()
                    .filter_map(|d| keys.first(d))
                    .map(|k| k as i64),
            );
        }
        out.sort_unstable();
        Ok(out)
    }

    /// Makes the last commit visible.
    pub fn reload(&self) -> Result<()> {
        self.reader.reload().map_err(|e| self.failed(e))
    }

    /// Number of chunks that can be found.
    pub fn len(&self) -> usize {
        self.reader.searcher().num_docs() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best chunks by BM25, of those that `only` names.
    pub fn search(&self, wanted: &Wanted, top_k: usize, only: Only<'_>) -> Result<Vec<Found>> {
        let mut clauses = self.clauses(&self.terms(&wanted.text));
        clauses.extend(wanted.names.iter().filter_map(|names| self.any_of(names)));
        if wanted.adjacent {
            clauses.extend(self.pairs(&wanted.text));
        }
        if clauses.is_empty() || top_k == 0 {
            return Ok(Vec::new());
        }
        let query: Box<dyn Query> = match self.scope(only) {
            None => Box::new(BooleanQuery::new(clauses)),
            Some(scope) => Box::new(BooleanQuery::new(vec![
                (Occur::Must, Box::new(BooleanQuery::new(clauses))),
                (Occur::Must, scope),
            ])),
        };
        let searcher = self.reader.searcher();
        let top = searcher
            .search(&query, &TopDocs::with_limit(top_k).order_by_score())
            .map_err(|e| self.failed(e))?;
        let mut out = Vec::with_capacity(top.len());
        for (score, address) in top {
            let document: TantivyDocument = searcher.doc(address).map_err(|e| self.failed(e))?;
            if let Some(key) = document.get_first(self.fields.key).and_then(|v| v.as_u64()) {
                out.push(Found {
                    key: key as ChunkKey,
                    score,
                });
            }
        }
        Ok(out)
    }

    /// A clause for each of `terms` in each field.
    fn clauses(&self, terms: &[String]) -> Vec<Clause> {
        let mut clauses: Vec<Clause> = Vec::new();
        let fields = [
            (self.fields.body, 1.0),
            (self.fields.section, SECTION),
            (self.fields.name, NAME),
        ];
        for word in terms {
            for (field, weight) in fields {
                let term = Term::from_field_text(field, word);
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                clauses.push((
                    Occur::Should,
                    Box::new(BoostQuery::new(Box::new(query), weight)),
                ));
            }
        }
        clauses
    }

    /// The best match of several names for one thing: the first as its single words, as the
    /// question has it, the others as phrases, none of them worth more than the first could be.
    fn any_of(&self, names: &[String]) -> Option<Clause> {
        let (own, others) = names.split_first()?;
        let own = self.terms(own);
        let worth = self.idf(&own);
        let mut clauses = self.clauses(&own);
        clauses.extend(self.pairs(&names[0]));
        let mut queries: Vec<Box<dyn Query>> = vec![Box::new(BooleanQuery::new(clauses))];
        for name in others {
            let words = tokens(name);
            let Some(query) = self.phrase(&words) else {
                continue;
            };
            let share = (worth / self.idf(&words).max(f32::EPSILON)).min(1.0);
            queries.push(Box::new(BoostQuery::new(query, share)));
        }
        Some((Occur::Should, Box::new(DisjunctionMaxQuery::new(queries))))
    }

    /// Neighbouring words of the question as phrases: the sequential dependence model's ordered
    /// windows (Metzler and Croft 2005).
    fn pairs(&self, text: &str) -> Vec<Clause> {
        let words = tokens(text);
        let telling =
            |pair: &&[String]| !pair.iter().all(|w| word::is_stop_word(w)) && pair[0] != pair[1];
        let query = |pair: &[String]| -> Option<Clause> {
            Some((
                Occur::Should,
                Box::new(BoostQuery::new(self.phrase(pair)?, PAIR)),
            ))
        };
        words.windows(2).filter(telling).filter_map(query).collect()
    }

    fn phrase(&self, words: &[String]) -> Option<Box<dyn Query>> {
        let term = |word: &String| Term::from_field_text(self.fields.body, word);
        let terms: Vec<Term> = words.iter().map(term).collect();
        match terms.as_slice() {
            [] => None,
            [one] => Some(Box::new(TermQuery::new(
                one.clone(),
                IndexRecordOption::WithFreqs,
            ))),
            _ => Some(Box::new(PhraseQuery::new(terms))),
        }
    }

    /// How rare the words are in the body, summed: BM25's inverse document frequencies.
    fn idf(&self, words: &[String]) -> f32 {
        let searcher = self.reader.searcher();
        let all = searcher.num_docs() as f32;
        let of = |word: &String| {
            let term = Term::from_field_text(self.fields.body, word);
            // A word that cannot be counted counts as one that stands nowhere.
            let count = searcher.doc_freq(&term).unwrap_or_default() as f32;
            (1.0 + (all - count + 0.5).max(0.0) / (count + 0.5)).ln()
        };
        words.iter().map(of).sum()
    }

    fn scope(&self, only: Only<'_>) -> Option<Box<dyn Query>> {
        let (field, ids) = match only {
            Only::All => return None,
            Only::Documents(ids) => (self.fields.document, ids),
            Only::Chunks(keys) => (self.fields.key, keys),
        };
        let terms = ids.iter().map(|id| Term::from_field_u64(field, *id as u64));
        Some(Box::new(ConstScoreQuery::new(
            Box::new(TermSetQuery::new(terms)),
            0.0,
        )))
    }

    /// The distinct terms a query asks for, stop words left out unless there is nothing else.
    pub fn terms(&self, text: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for token in tokens(text) {
            if !all.contains(&token) {
                all.push(token);
            }
        }
        let telling: Vec<String> = all
            .iter()
            .filter(|t| !word::is_stop_word(t))
            .cloned()
            .collect();
        if telling.is_empty() { all } else { telling }
    }
}

#[cfg(test)]
#[path = "lexical_tests.rs"]
mod tests;
