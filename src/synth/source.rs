//! The source: a passage that questions are written about, with what is known of its document.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Result, SynthError};
use crate::index::lexical;
use crate::metadata::{is_shouted, title_case};
use crate::query::filter::is_named;
use crate::statement::Statement;
use crate::store::{ChunkKey, DocumentRow, DocumentState, Store, StoredChunk};

/// Chunks read from the store at a time.
const BATCH: usize = 2000;
/// A passage of fewer words has nothing to ask for.
const LEAST_WORDS: usize = 12;

/// A passage of a document.
#[derive(Debug, Clone)]
pub struct Source {
    pub chunk: StoredChunk,
    /// The text as the encoder gets it.
    pub passage: String,
    pub content_hash: [u8; 32],
    /// How the company is called; empty where it is not known.
    pub company: String,
    /// The line that all passages of the document begin with.
    pub context: String,
    /// Index of the document among the library's.
    pub document: usize,
}

impl Source {
    pub fn key(&self) -> ChunkKey {
        self.chunk.key
    }

    /// The innermost heading.
    pub fn heading(&self) -> &str {
        let section = &self.chunk.section;
        section.rsplit(" › ").next().unwrap_or(section)
    }
}

/// All that questions may be written from, in the order of the store.
#[derive(Debug, Default)]
pub struct Corpus {
    pub documents: Vec<DocumentRow>,
    pub sources: Vec<Source>,
    /// Where each key stands among the sources.
    by_key: HashMap<ChunkKey, usize>,
    /// In how many sources a stem stands.
    pub frequencies: HashMap<String, u32>,
    /// Words that the library writes in lower case.
    lower: HashSet<String>,
}

/// Which documents are written about: all, or those named, without those left out.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub only: Vec<String>,
    pub exclude: Vec<String>,
}

impl Selection {
    /// Refuses names that no document has.
    pub fn check(&self, documents: &[DocumentRow]) -> Result<()> {
        for name in self.only.iter().chain(&self.exclude) {
            if !documents.iter().any(|row| is_named(row, name)) {
                return Err(SynthError::NoDocument {
                    name: name.clone(),
                    known: documents.iter().map(|row| row.path.clone()).collect(),
                });
            }
        }
        Ok(())
    }

    fn has(&self, row: &DocumentRow) -> bool {
        let named = |names: &[String]| names.iter().any(|name| is_named(row, name));
        (self.only.is_empty() || named(&self.only)) && !named(&self.exclude)
    }
}

impl Corpus {
    /// Reads the passages of the selected documents; of equal passages the first, and no table of
    /// contents. Refuses a selection that names no document of the library.
    pub fn read(store: &Store, selection: &Selection) -> Result<Self> {
        let mut out = Self::default();
        let rows = store.documents()?;
        let indexed = rows
            .into_iter()
            .filter(|d| d.state == DocumentState::Indexed);
        let rows: Vec<DocumentRow> = indexed.collect();
        selection.check(&rows)?;
        out.documents = rows.into_iter().filter(|d| selection.has(d)).collect();
        let places: HashMap<i64, usize> = out
            .documents
            .iter()
            .enumerate()
            .map(|(i, d)| (d.id, i))
            .collect();
        let mut seen = HashSet::new();
        let mut after = 0;
        loop {
            let mut batch: Vec<StoredChunk> = Vec::with_capacity(BATCH);
            store.for_chunks_after(after, BATCH, |chunk| batch.push(chunk))?;
            let Some(last) = batch.last() else { break };
            after = last.key;
            batch.retain(|chunk| places.contains_key(&chunk.document_id) && is_worth(chunk));
            let keys: Vec<ChunkKey> = batch.iter().map(|chunk| chunk.key).collect();
            let passages = store.passages(&keys)?;
            for (chunk, own) in batch.into_iter().zip(passages) {
                if seen.insert(own.content_hash) {
                    let document = places[&chunk.document_id];
                    let row = &out.documents[document];
                    out.sources.push(Source {
                        company: row.metadata.spoken(),
                        context: row.context.clone(),
                        passage: own.passage,
                        content_hash: own.content_hash,
                        document,
                        chunk,
                    });
                }
            }
        }
        out.count();
        Ok(out)
    }

    /// A library of these sources alone.
    pub fn from_sources(documents: Vec<DocumentRow>, sources: Vec<Source>) -> Self {
        let mut out = Self {
            documents,
            sources,
            ..Self::default()
        };
        out.count();
        out
    }

    fn count(&mut self) {
        let keys = self.sources.iter().enumerate();
        self.by_key = keys.map(|(at, source)| (source.key(), at)).collect();
        for source in &self.sources {
            let mut stems = lexical::tokens(&source.chunk.text);
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                *self.frequencies.entry(stem).or_default() += 1;
            }
            for word in source.chunk.text.split(|c: char| !c.is_alphabetic()) {
                if word.len() > 1 && word.chars().all(char::is_lowercase) {
                    self.lower.insert(word.to_owned());
                }
            }
        }
    }

    /// The source of a chunk.
    pub fn at(&self, key: ChunkKey) -> Option<usize> {
        self.by_key.get(&key).copied()
    }

    /// How much a stem tells: its inverse document frequency.
    pub fn weight(&self, stem: &str) -> f32 {
        let count = self.frequencies.get(stem).copied().unwrap_or(0) as f32;
        ((self.sources.len() as f32 + 1.0) / (count + 1.0)).ln()
    }

    /// `Total Current Assets` as it stands in a sentence: words that the library writes in lower
    /// case as well lose their capital. A name of several words, of which it writes one never so,
    /// keeps all of them.
    pub fn in_a_sentence(&self, text: &str) -> String {
        let shouted = is_shouted(text);
        let letters = |word: &str| {
            word.chars()
                .filter(|c| c.is_alphabetic())
                .collect::<String>()
        };
        let is_known = |word: &str| {
            let plain = letters(word).to_lowercase();
            plain.len() < 3 || self.lower.contains(&plain)
        };
        // `EBITDA`, `U.S.`: letters that stand for words. Where all is in capitals, those that could
        // be no word.
        let is_short = |word: &str| {
            let letters = letters(word);
            let no_word = letters.len() < 4 || !letters.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
            letters.len() > 1 && is_shouted(&letters) && (!shouted || !is_known(word) && no_word)
        };
        let words: Vec<&str> = text.split(' ').collect();
        let is_capital = |word: &str| word.starts_with(char::is_uppercase);
        let is_name = words.len() > 1
            && words
                .iter()
                .any(|w| is_capital(w) && !is_known(w) && !is_short(w))
            && words.iter().filter(|w| w.len() > 3).all(|w| is_capital(w));
        let put = |word: &&str| {
            if is_short(word) {
                (*word).to_owned()
            } else if is_name && shouted {
                title_case(word)
            } else if is_name || !is_known(word) {
                (*word).to_owned()
            } else {
                word.to_lowercase()
            }
        };
        words.iter().map(put).collect::<Vec<_>>().join(" ")
    }

    /// Sources by document.
    pub fn by_document(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, source) in self.sources.iter().enumerate() {
            out.entry(source.document).or_default().push(at);
        }
        out
    }
}

fn is_worth(chunk: &StoredChunk) -> bool {
    chunk.statement != Some(Statement::Contents)
        && chunk.text.split_whitespace().count() >= LEAST_WORDS
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::metadata::Metadata;

    /// A document of the tests.
    pub fn document(id: i64, path: &str, company: &str, year: i32) -> DocumentRow {
        DocumentRow {
            context: format!("{company} 10-K FY{year}"),
            ..DocumentRow::sample(
                id,
                path,
                Metadata {
                    company: company.to_owned(),
                    form: "10-K".to_owned(),
                    year: Some(year),
                    ..Metadata::default()
                },
            )
        }
    }

    /// A passage of a document.
    pub fn source(row: &DocumentRow, at: usize, key: i64, section: &str, text: &str) -> Source {
        let chunk = StoredChunk {
            key,
            chunk_id: format!("{key:016x}"),
            document_id: row.id,
            document: row.path.clone(),
            page: key as u32,
            page_last: key as u32,
            line_first: 0,
            line_last: 0,
            section: section.to_owned(),
            text: text.to_owned(),
            company: row.metadata.company.clone(),
            form: row.metadata.form.clone(),
            year: row.metadata.year,
            quarter: row.metadata.quarter,
            statement: None,
        };
        let passage = crate::chunk::passage::passage(&row.context, section, None, text);
        Source {
            content_hash: crate::chunk::passage::content_hash(&passage),
            company: row.metadata.spoken(),
            context: row.context.clone(),
            document: at,
            passage,
            chunk,
        }
    }

    #[test]
    fn names_keep_their_capitals_and_headings_lose_them() {
        let row = document(1, "a.pdf", "Northgate", 2023);
        let text = "the total current assets rest with EBITDA in Toledo, net of filtration and items of \
                    a bank of the lake";
        let corpus = Corpus::from_sources(vec![row.clone()], vec![source(&row, 0, 1, "", text)]);
        assert_eq!(
            corpus.in_a_sentence("Total Current Assets"),
            "total current assets"
        );
        assert_eq!(corpus.in_a_sentence("TOTAL ASSETS"), "total assets");
        assert_eq!(
            corpus.in_a_sentence("Net EBITDA of items"),
            "net EBITDA of items"
        );
        assert_eq!(
            corpus.in_a_sentence("Filtration Systems"),
            "Filtration Systems"
        );
        assert_eq!(corpus.in_a_sentence("LAKE ERIE BANK"), "Lake Erie Bank");
    }
}
