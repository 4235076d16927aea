//! The lexical index: BM25 over body, section and document name, in tantivy.
//!
//! Words are stemmed; numbers, tickers and terms like `10-K`, `S&P` or `1,577` stay whole.
//! Queries are built from terms, never parsed, so no input can fail.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use tantivy::collector::{DocSetCollector, TopDocs};
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur,
    PhraseQuery, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{Language, LowerCaser, RawTokenizer, Stemmer, TextAnalyzer, Token};
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, SegmentReader, Term};

use super::cache::{Cache, Check, Stamp};
use super::{Found, IndexError, Result};
use crate::store::{ChunkKey, Revision, Store};

mod given;
mod statistics;
mod still;
mod word;
mod write;
pub use given::Candidate;
use statistics::Statistics;
pub use statistics::{Counts, Part};
use word::FilingTokenizer;
pub use word::{is_stop_word, words};
pub use write::{LexicalWriter, document_name};

/// Weight of a match in the section's heading and in the document's name, against the body's 1.
const SECTION: f32 = 0.5;
const NAME: f32 = 0.5;
/// Weight of two neighbouring words as a phrase, against a single word's 1.
const PAIR: f32 = 0.2;
const ANALYZER: &str = "filing-1";
/// Version of the cache: of what the fields hold and of how words are cut.
const FORMAT: u32 = 1;

struct Fields {
    key: Field,
    document: Field,
    /// Changes with the document's name.
    label: Field,
    /// Body, section and name.
    texts: [TextField; 3],
}

#[derive(Clone, Copy)]
struct TextField {
    text: Field,
    /// Its words, counted.
    length: Field,
    weight: f32,
}

/// An open lexical index: one state of the cache, whatever becomes of it on disk.
pub struct LexicalIndex {
    searcher: Searcher,
    statistics: Statistics,
    fields: Fields,
    path: PathBuf,
    reflects: Revision,
    /// The cache's state that it was opened from; none where it lies in memory.
    files: Option<(Cache, Stamp<()>)>,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let (key, document) = (
        builder.add_u64_field("key", FAST | INDEXED),
        builder.add_u64_field("document", INDEXED),
    );
    let label = builder.add_u64_field("label", FAST);
    let mut text = |name: &str, option, weight| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ANALYZER)
            .set_index_option(option);
        let options = TextOptions::default().set_indexing_options(indexing);
        TextField {
            text: builder.add_text_field(name, options),
            length: builder.add_u64_field(&format!("{name}_length"), FAST),
            weight,
        }
    };
    let texts = [
        // Phrases are looked for in the body alone.
        text("body", IndexRecordOption::WithFreqsAndPositions, 1.0),
        text("section", IndexRecordOption::WithFreqs, SECTION),
        text("name", IndexRecordOption::WithFreqs, NAME),
    ];
    let fields = Fields {
        key,
        document,
        label,
        texts,
    };
    (builder.build(), fields)
}

/// What a tantivy index holds now.
fn searcher(index: &Index) -> tantivy::Result<Searcher> {
    let builder = index.reader_builder().reload_policy(ReloadPolicy::Manual);
    let reader: IndexReader = builder.try_into()?;
    Ok(reader.searcher())
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
    token_list(text).into_iter().map(|t| t.text).collect()
}

fn token_list(text: &str) -> Vec<Token> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut out = Vec::new();
    while let Some(token) = stream.next() {
        out.push(token.clone());
    }
    out
}

/// The distinct terms a query asks for, stop words left out unless there is nothing else.
pub fn terms(text: &str) -> Vec<String> {
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

type Clause = (Occur, Box<dyn Query>);

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LexicalQuery {
    /// Words, each for itself.
    pub text: String,
    /// Things of several names: the best match of each counts. The first name is the question's.
    pub names: Vec<Vec<String>>,
    /// Whether neighbouring words of the text count as phrases too.
    pub adjacent: bool,
}

impl LexicalQuery {
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
    /// Opens the cache in `folder` for reading; none where there is none, or one that is damaged or
    /// not of this store.
    pub fn open(folder: &Path, store: &Store) -> Result<Option<Self>> {
        let cache = Cache::new(folder, FORMAT);
        let mut stamp: Option<Stamp<()>> = cache.stamp();
        while let Some(current) = stamp {
            if !store.has_been_at(&current.reflects)? {
                return Ok(None);
            }
            let opened = cache.check(&current, Check::Times).map_err(Into::into);
            let opened = opened.and_then(|()| still::open(&cache.path(&current)));
            let reflects = current.reflects.clone();
            match opened.and_then(|index| Self::over(&index, folder, reflects)) {
                Ok(index) => {
                    let files = Some((cache, current));
                    return Ok(Some(Self { files, ..index }));
                }
                // A writer may have put another state in its place meanwhile.
                Err(error) => {
                    stamp = cache.stamp();
                    if stamp
                        .as_ref()
                        .is_none_or(|s| s.reflects == current.reflects)
                    {
                        tracing::warn!("word index in {}: {error}", folder.display());
                        return Ok(None);
                    }
                }
            }
        }
        Ok(None)
    }

    /// An index of the store in memory, for a reader that finds no cache to open.
    pub fn in_memory(store: &Store) -> Result<Self> {
        let path = Path::new("memory");
        let index = Index::create_in_ram(schema().0);
        let reflects = store.snapshot(|store| {
            write::write(&index, store, path)?;
            Ok::<_, IndexError>(store.revision()?)
        })?;
        Self::over(&index, path, reflects).map_err(|e| IndexError::lexical(path, e))
    }

    fn over(index: &Index, path: &Path, reflects: Revision) -> tantivy::Result<Self> {
        let (_, fields) = schema();
        index.tokenizers().register(ANALYZER, analyzer());
        let searcher = searcher(index)?;
        Ok(Self {
            statistics: Statistics::count(searcher.clone(), &fields)?,
            searcher,
            fields,
            path: path.to_owned(),
            reflects,
            files: None,
        })
    }

    /// Whether the files that it was opened from are still as they were: one may have been cut short, or
    /// written over, by who knows whom.
    pub fn is_whole(&self) -> bool {
        let is_as_stamped =
            |(cache, stamp): &(Cache, Stamp<()>)| cache.check(stamp, Check::Times).is_ok();
        self.files.as_ref().is_none_or(is_as_stamped)
    }

    fn failed(&self, source: tantivy::TantivyError) -> IndexError {
        IndexError::lexical(&self.path, source)
    }

    /// The state of the store that this index reflects.
    pub fn reflects(&self) -> &Revision {
        &self.reflects
    }

    /// The state of the store that the cache in `folder` reflects.
    pub fn stamped(folder: &Path) -> Option<Revision> {
        let stamp: Option<Stamp<()>> = Cache::new(folder, FORMAT).stamp();
        stamp.map(|stamp| stamp.reflects)
    }

    /// Number of chunks that can be found.
    pub fn len(&self) -> usize {
        self.statistics.chunks() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best chunks by BM25, of those that `only` names.
    pub fn search(
        &self,
        wanted: &LexicalQuery,
        top_k: usize,
        only: Only<'_>,
    ) -> Result<Vec<Found>> {
        let mut clauses = self.clauses(&terms(&wanted.text));
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
        // Chunks of one score are ordered by key, and so are those at the end of the list.
        let by_score = |segment: &SegmentReader| {
            let keys = segment.fast_fields().u64("key");
            let keys = keys.expect("every segment has the column");
            move |doc, score: f32| (score, Reverse(keys.first(doc)))
        };
        let collector = TopDocs::with_limit(top_k).tweak_score(by_score);
        let top = self
            .searcher
            .search_with_statistics_provider(&query, &collector, &self.statistics)
            .map_err(|e| self.failed(e))?;
        let found = top.into_iter().filter_map(|((score, Reverse(key)), _)| {
            let key = key? as ChunkKey;
            Some(Found { key, score })
        });
        Ok(found.collect())
    }

    /// A clause for each of `terms` in each field.
    fn clauses(&self, terms: &[String]) -> Vec<Clause> {
        let mut clauses: Vec<Clause> = Vec::new();
        for word in terms {
            for TextField { text, weight, .. } in self.fields.texts {
                let term = Term::from_field_text(text, word);
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
        let own = terms(own);
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
        let term = |word: &String| Term::from_field_text(self.body(), word);
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
    pub fn idf(&self, words: &[String]) -> f32 {
        let all = self.len() as f32;
        let rarity = |word: &String| {
            let term = Term::from_field_text(self.body(), word);
            // A word that cannot be counted counts as one that stands nowhere.
            let count = self.statistics.doc_freq(&term).unwrap_or_default() as f32;
            (1.0 + (all - count + 0.5).max(0.0) / (count + 0.5)).ln()
        };
        words.iter().map(rarity).sum()
    }

    /// The chunks that have all of some stemmed words in their text, wherever.
    pub fn having(&self, stems: &[String]) -> Result<Vec<ChunkKey>> {
        let body = self.body();
        let term = |stem: &String| -> Box<dyn Query> {
            let term = Term::from_field_text(body, stem);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        let terms = stems.iter().map(|stem| (Occur::Must, term(stem)));
        let query = BooleanQuery::new(terms.collect());
        let find = || {
            let mut keys = Vec::new();
            for address in self.searcher.search(&query, &DocSetCollector)? {
                let segment = self.searcher.segment_reader(address.segment_ord);
                let key = segment.fast_fields().u64("key")?.first(address.doc_id);
                keys.extend(key.map(|key| key as ChunkKey));
            }
            Ok(keys)
        };
        find().map_err(|e| self.failed(e))
    }

    fn body(&self) -> Field {
        self.fields.texts[0].text
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
}

#[cfg(test)]
#[path = "lexical_tests.rs"]
mod tests;
