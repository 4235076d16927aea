//! The indexes of a library on this machine: both caches and where each chunk stands, taken from the store when it
//! moves, so that whoever asks need not know of files, revisions and writers.

use super::dense::{DenseIndex, Exact, Load};
use super::lexical::{LexicalIndex, LexicalQuery, Only};
use super::{Found, Result};
use crate::home::Home;
use crate::store::{ChunkKey, ChunkPlace, ModelId, Store, WriterLock};

/// A snapshot of the indexes, brought up to the store piece by piece.
pub struct LocalIndex {
    home: Home,
    load: Load,
    words: Option<LexicalIndex>,
    /// With the fingerprint of their model.
    vectors: Option<(String, DenseIndex)>,
    /// By key.
    places: Vec<ChunkPlace>,
}

/// What dense search looks for.
#[derive(Debug, Clone, Copy)]
pub struct Nearest<'a> {
    /// Of length 1; of fewer dimensions than the model has, where embeddings are to be cut to as many.
    pub embedding: &'a [f32],
    pub is_cut: bool,
    pub top_k: usize,
    pub ef_search: usize,
}

impl LocalIndex {
    /// Of the library with this home; nothing is loaded yet.
    pub fn new(home: &Home) -> Self {
        Self {
            home: home.clone(),
            load: Load::WithGraph,
            words: None,
            vectors: None,
            places: Vec::new(),
        }
    }

    /// Loads no graph from now on: for a process that asks once.
    pub fn ask_once(&mut self) {
        self.load = Load::VectorsOnly;
    }

    /// Lets go of words and vectors, which are of a library that is gone; places follow the store that is there now.
    pub fn clear(&mut self) {
        (self.words, self.vectors) = (None, None);
    }

    /// Takes where the store's chunks stand.
    pub fn load_places(&mut self, store: &Store) -> Result<()> {
        self.places = store.chunk_places()?;
        Ok(())
    }

    /// Opens the word index where it is another one than what is open.
    pub fn load_words(&mut self, store: &Store) -> Result<()> {
        let folder = self.home.lexical_cache();
        let revision = store.revision()?;
        let had = self.words.as_ref().map(LexicalIndex::reflects);
        let is_current = had == Some(&revision)
            || had.is_some() && had == LexicalIndex::stamped(&folder).as_ref();
        if is_current && self.words.as_ref().is_some_and(LexicalIndex::is_whole) {
            return Ok(());
        }
        let opened = LexicalIndex::open(&folder, store)?;
        // One that was left behind by a writer that was killed is as good as none.
        let is_whole = |index: &LexicalIndex| index.len() == self.places.len();
        if !opened.as_ref().is_some_and(is_whole) && self.makes_its_own() {
            self.words = Some(LexicalIndex::in_memory(store)?);
        } else if opened.is_some() {
            self.words = opened;
        }
        Ok(())
    }

    /// Loads the vectors of a model where they are others than what is open.
    pub fn load_vectors(&mut self, store: &Store, fingerprint: &str, dim: usize) -> Result<()> {
        if self
            .vectors
            .as_ref()
            .is_some_and(|(of, _)| of != fingerprint)
        {
            self.vectors = None;
        }
        let folder = self.home.dense_cache(fingerprint);
        let revision = store.revision()?;
        let had = self.vectors.as_ref().map(|(_, dense)| dense.reflects());
        // A newer store does not mean a newer dump: while embeddings arrive, that follows slowly.
        if had == Some(&revision) || had.is_some() && had == DenseIndex::stamped(&folder).as_ref() {
            return Ok(());
        }
        let mut loaded = DenseIndex::open(&folder, store, dim, self.load)?;
        if let Some(model) = store.model(fingerprint, dim)? {
            let is_lacking = match self.makes_its_own() {
                true => {
                    let encoded = store.coverage(model)?.encoded;
                    loaded
                        .as_ref()
                        .is_none_or(|index| index.len() as u64 != encoded)
                }
                // Its writer has made none yet: what it embeds is followed from here.
                false => loaded.is_none() && self.vectors.is_none(),
            };
            if is_lacking {
                loaded = Some(DenseIndex::in_memory(store, model, dim)?);
            }
        }
        if let Some(loaded) = loaded {
            self.vectors = Some((fingerprint.to_owned(), loaded));
        }
        Ok(())
    }

    /// Takes in what was embedded since the vectors were loaded.
    pub fn follow(&mut self, store: &Store, model: ModelId) -> Result<()> {
        match &mut self.vectors {
            Some((_, dense)) => dense.follow(store, model),
            None => Ok(()),
        }
    }

    /// Whether this reader is to make in memory what it finds no usable cache of: it is when there is
    /// something to find, and no writer is at work, who makes one that everybody finds.
    fn makes_its_own(&self) -> bool {
        !self.places.is_empty() && !WriterLock::is_held(&self.home)
    }

    /// Whether BM25 can answer.
    pub fn has_words(&self) -> bool {
        self.words.is_some()
    }

    /// Whether dense search can, by the model that was asked for last.
    pub fn has_vectors(&self) -> bool {
        self.vectors.is_some()
    }

    /// The place of a chunk; none when a cache holds what the store has no more.
    pub fn place(&self, key: ChunkKey) -> Option<&ChunkPlace> {
        let at = self.places.binary_search_by_key(&key, |place| place.key);
        at.ok().map(|at| &self.places[at])
    }

    /// The places of all chunks, by key.
    pub fn places(&self) -> &[ChunkPlace] {
        &self.places
    }

    /// The chunks of some documents, ascending.
    pub fn keys_of(&self, documents: &[i64]) -> Vec<ChunkKey> {
        let mut among = documents.to_vec();
        among.sort_unstable();
        let is_among = |place: &&ChunkPlace| among.binary_search(&place.document).is_ok();
        let own = self.places.iter().filter(is_among);
        own.map(|place| place.key).collect()
    }

    /// The best chunks by BM25; none where there are no words to search.
    pub fn by_words(
        &self,
        wanted: &LexicalQuery,
        top_k: usize,
        only: Only<'_>,
    ) -> Result<Vec<Found>> {
        match &self.words {
            Some(index) => index.search(wanted, top_k, only),
            None => Ok(Vec::new()),
        }
    }

    /// The nearest chunks, of all or of those under `only` (ascending); none where nothing is embedded. `exact` is asked
    /// for whole embeddings, where it holds codes of them.
    pub fn by_vector(
        &self,
        wanted: Nearest<'_>,
        only: Option<&[ChunkKey]>,
        exact: Exact,
    ) -> Result<Vec<Found>> {
        let Some((_, dense)) = &self.vectors else {
            return Ok(Vec::new());
        };
        let (embedding, top_k) = (wanted.embedding, wanted.top_k);
        match wanted.is_cut {
            true => dense.search_truncated(embedding, top_k, only, exact),
            false => dense.search(embedding, top_k, wanted.ef_search, only, exact),
        }
    }

    /// How rare stemmed words are, summed; 0 where there are no words to search.
    pub fn rarity(&self, stems: &[String]) -> f32 {
        self.words.as_ref().map_or(0.0, |index| index.idf(stems))
    }

    /// How many chunks, of those meant, have all of some stemmed words; 0 where there are no words to search.
    pub fn count_together(&self, stems: &[String], only: Only<'_>) -> Result<usize> {
        match &self.words {
            Some(index) => index.count_together(stems, only),
            None => Ok(0),
        }
    }
}
