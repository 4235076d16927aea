//! The open library: its store, its indexes and its encoder, kept at hand and refreshed.

use std::sync::{Arc, OnceLock};

use super::company::Directory;
use super::lexicon::Lexicon;
use super::synonym::Synonyms;
use super::{Part, Result};
use crate::config::{Library, SearchConfig};
use crate::encoder::Encoder;
use crate::index::dense::{DenseIndex, Load};
use crate::index::lexical::LexicalIndex;
use crate::store::{ChunkKey, ChunkPlace, Coverage, DocumentRow, ModelId, Store};

/// What is known of the language of filings.
pub(super) struct Knowledge {
    pub lexicon: Lexicon,
    pub synonyms: Synonyms,
}

/// Where everything stands in the store, as of one generation of it.
pub(super) struct Places {
    generation: i64,
    /// By key.
    chunks: Vec<ChunkPlace>,
    pub directory: Directory,
}

impl Places {
    /// The place of a chunk; none when a cache holds what the store has no more.
    pub fn of(&self, key: ChunkKey) -> Option<&ChunkPlace> {
        let at = self.chunks.binary_search_by_key(&key, |place| place.key);
        at.ok().map(|at| &self.chunks[at])
    }

    pub fn chunks(&self) -> &[ChunkPlace] {
        &self.chunks
    }
}

/// An open library, ready to be asked. Holds a snapshot of the indexes; `refresh` takes the
/// current one.
pub struct Retriever {
    pub(super) library: Library,
    pub(super) store: Store,
    pub(super) lexical: Option<LexicalIndex>,
    /// With the fingerprint of its model.
    pub(super) dense: Option<(String, DenseIndex)>,
    pub(super) encoder: Option<Arc<Encoder>>,
    model: Option<ModelId>,
    pub(super) settings: SearchConfig,
    load: Load,
    places: Places,
    knowledge: OnceLock<Knowledge>,
}

impl Retriever {
    /// Opens the library; without an encoder only BM25 answers.
    pub fn open(
        library: &Library,
        encoder: Option<Arc<Encoder>>,
        settings: SearchConfig,
    ) -> Result<Self> {
        let store = Store::open(&library.folder, &library.home)?;
        let places = places(&store)?;
        let mut retriever = Self {
            library: library.clone(),
            store,
            lexical: None,
            dense: None,
            encoder,
            model: None,
            settings,
            load: Load::WithGraph,
            places,
            knowledge: OnceLock::new(),
        };
        retriever.refresh()?;
        Ok(retriever)
    }

    /// Takes the current state of the indexes; cheap when nothing moved.
    pub fn refresh(&mut self) -> Result<()> {
        if self.places.generation != self.store.generation()? {
            self.places = places(&self.store)?;
        }
        match &self.lexical {
            Some(lexical) => lexical.reload()?,
            None => self.lexical = LexicalIndex::open(&self.library.home.lexical_cache())?,
        }
        if let Some(encoder) = self.encoder.clone() {
            let fingerprint = encoder.fingerprint().as_str();
            self.model = self.store.model(fingerprint, encoder.dim())?;
            self.load_dense(fingerprint, encoder.dim())?;
        }
        Ok(())
    }

    /// For a process that asks once: loads the vectors of the model named `name`, and no graph,
    /// while its encoder is still being loaded; `set_encoder` checks that they belong together.
    pub fn preload(&mut self, name: &str) -> Result<()> {
        self.load = Load::VectorsOnly;
        match self.store.fingerprint(name)? {
            Some((fingerprint, dim)) => self.load_dense(&fingerprint, dim),
            None => Ok(()),
        }
    }

    fn load_dense(&mut self, fingerprint: &str, dim: usize) -> Result<()> {
        let generation = self.store.generation()?;
        let current = self
            .dense
            .as_ref()
            .is_some_and(|(of, dense)| of == fingerprint && dense.generation() == generation);
        let folder = self.library.home.dense_cache(fingerprint);
        // A newer store does not mean a newer dump: while embeddings arrive, that follows slowly.
        let newer = || {
            let had = self.dense.as_ref().map(|(_, dense)| dense.generation());
            had.is_none() || DenseIndex::dumped(&folder) != had
        };
        if !current
            && newer()
            && let Some(loaded) = DenseIndex::load(&folder, dim, self.load)
        {
            self.dense = Some((fingerprint.to_owned(), loaded));
        }
        if self.dense.as_ref().is_some_and(|(of, _)| of != fingerprint) {
            self.dense = None;
        }
        Ok(())
    }

    /// Gives the retriever an encoder that was loaded after it was opened.
    pub fn set_encoder(&mut self, encoder: Arc<Encoder>) -> Result<()> {
        self.encoder = Some(encoder);
        self.refresh()
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// Read on first use: a search without aids needs none of it.
    pub(super) fn knowledge(&self) -> Result<&Knowledge> {
        if let Some(known) = self.knowledge.get() {
            return Ok(known);
        }
        let lexicon = Lexicon::load(self.settings.lexicon.as_deref())?;
        let synonyms = Synonyms::load(self.settings.synonyms.as_deref(), &lexicon)?;
        Ok(self
            .knowledge
            .get_or_init(|| Knowledge { lexicon, synonyms }))
    }

    /// The measures and line items that are known.
    pub fn lexicon(&self) -> Result<&Lexicon> {
        Ok(&self.knowledge()?.lexicon)
    }

    /// The library's documents.
    pub fn documents(&self) -> &[DocumentRow] {
        self.places.directory.documents()
    }

    /// The chunks of a document that are a part of a statement, in their order.
    pub fn statement_chunks(&self, document: i64) -> impl Iterator<Item = &ChunkPlace> {
        let all = self.places.chunks.iter();
        all.filter(move |place| place.document == document && place.statement.is_some())
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn encoder(&self) -> Option<&Arc<Encoder>> {
        self.encoder.as_ref()
    }

    /// How much of the library the dense arm can see.
    pub fn coverage(&self) -> Result<Coverage> {
        Ok(match self.model {
            Some(model) => self.store.coverage(model)?,
            None => Coverage {
                encoded: 0,
                chunks: self.store.chunk_count()?,
            },
        })
    }

    /// The terms to mark in the snippets of a question's hits: its own, and its parts'.
    pub fn marks(&self, text: &str, parts: &[Part]) -> Vec<String> {
        let of_parts = parts.iter().flat_map(|part| self.terms(&part.text));
        let mut out = self.terms(text);
        out.extend(of_parts);
        out
    }

    /// The terms BM25 looks for.
    pub fn terms(&self, text: &str) -> Vec<String> {
        self.lexical
            .as_ref()
            .map(|l| l.terms(text))
            .unwrap_or_default()
    }
}

fn places(store: &Store) -> Result<Places> {
    Ok(Places {
        generation: store.generation()?,
        chunks: store.chunk_places()?,
        directory: Directory::new(store.documents()?),
    })
}
