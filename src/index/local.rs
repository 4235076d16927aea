//! The indexes of a library on this machine: both caches and where each chunk stands, taken from the store when it
//! moves, so that whoever asks need not know of files, revisions and writers.

use std::borrow::Cow;
use std::collections::HashMap;

use super::dense::{DenseIndex, Exact, Load};
use super::door::{Index, Nearest};
use super::lexical::{LexicalIndex, LexicalQuery, Only};
use super::{Found, Result};
use crate::home::Home;
use crate::statement::Statement;
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

    /// Whether this reader is to make in memory what it finds no usable cache of: it is when there is
    /// something to find, and no writer is at work, who makes one that everybody finds.
    fn makes_its_own(&self) -> bool {
        !self.places.is_empty() && !WriterLock::is_held(&self.home)
    }

    /// The chunks that are meant, ascending; none for all.
    fn keys<'a>(&self, only: Only<'a>) -> Option<Cow<'a, [ChunkKey]>> {
        match only {
            Only::All => None,
            Only::Chunks(keys) => Some(keys.into()),
            Only::Documents(documents) => {
                let mut among = documents.to_vec();
                among.sort_unstable();
                let is_among = |place: &&ChunkPlace| among.binary_search(&place.document).is_ok();
                let own = self.places.iter().filter(is_among);
                Some(own.map(|place| place.key).collect())
            }
        }
    }
}

impl Index for LocalIndex {
    fn ask_once(&mut self) {
        self.load = Load::VectorsOnly;
    }

    fn clear(&mut self) {
        (self.words, self.vectors) = (None, None);
    }

    fn load_places(&mut self, store: &Store) -> Result<()> {
        self.places = store.chunk_places()?;
        Ok(())
    }

    fn load_words(&mut self, store: &Store) -> Result<()> {
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

    fn load_vectors(&mut self, store: &Store, fingerprint: &str, dim: usize) -> Result<()> {
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

    fn follow(&mut self, store: &Store, model: ModelId) -> Result<()> {
        match &mut self.vectors {
            Some((_, dense)) => dense.follow(store, model),
            None => Ok(()),
        }
    }

    fn has_words(&self) -> bool {
        self.words.is_some()
    }

    fn has_vectors(&self) -> bool {
        self.vectors.is_some()
    }

    fn place(&self, key: ChunkKey) -> Option<ChunkPlace> {
        let at = self.places.binary_search_by_key(&key, |place| place.key);
        at.ok().map(|at| self.places[at])
    }

    fn places(&self) -> &[ChunkPlace] {
        &self.places
    }

    fn of_statement(&self, statement: Statement, only: Only<'_>) -> Result<Vec<ChunkPlace>> {
        let keys = self.keys(only);
        let is_meant = |place: &&ChunkPlace| {
            let is_among = |keys: &[ChunkKey]| keys.binary_search(&place.key).is_ok();
            place.statement == Some(statement) && keys.as_deref().is_none_or(is_among)
        };
        Ok(self.places.iter().filter(is_meant).copied().collect())
    }

    fn in_section(&self, store: &Store, documents: &[i64], section: &str) -> Result<Vec<ChunkKey>> {
        Ok(store.chunks_in_section(documents, section)?)
    }

    fn by_words(&self, wanted: &LexicalQuery, top_k: usize, only: Only<'_>) -> Result<Vec<Found>> {
        match &self.words {
            Some(index) => index.search(wanted, top_k, only),
            None => Ok(Vec::new()),
        }
    }

    fn by_vector(
        &self,
        wanted: Nearest<'_>,
        only: Only<'_>,
        exact: Exact<'_>,
    ) -> Result<Vec<Found>> {
        let Some((_, dense)) = &self.vectors else {
            return Ok(Vec::new());
        };
        let (embedding, top_k) = (wanted.embedding, wanted.top_k);
        let keys = self.keys(only);
        let only = keys.as_deref();
        match wanted.is_cut {
            true => dense.search_truncated(embedding, top_k, only, exact),
            false => dense.search(embedding, top_k, wanted.ef_search, only, exact),
        }
    }

    fn rarity(&self, stems: &[String]) -> Result<f32> {
        Ok(self.words.as_ref().map_or(0.0, |index| index.idf(stems)))
    }

    fn together(&self, stems: &[String]) -> Result<HashMap<i64, usize>> {
        let mut documents = HashMap::new();
        if let Some(index) = &self.words {
            for key in index.having(stems)? {
                if let Some(place) = self.place(key) {
                    *documents.entry(place.document).or_default() += 1;
                }
            }
        }
        Ok(documents)
    }
}
