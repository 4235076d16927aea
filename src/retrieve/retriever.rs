//! The open library: its store, its indexes and its encoder, kept at hand and refreshed.

use std::sync::{Arc, OnceLock};

use super::{Part, Result};
use crate::config::{Library, SearchConfig};
use crate::encoder::Encoder;
use crate::index::dense::{DenseIndex, Load};
use crate::index::lexical::LexicalIndex;
use crate::query::company::Directory;
use crate::query::lexicon::Lexicon;
use crate::query::{ParsedQuestion, Vocabulary, capped};
use crate::store::{
    self, ChunkKey, ChunkPlace, Coverage, DocumentRow, ModelId, Revision, Store, WriterLock,
};

/// Where everything stands in the store, as of one revision of it.
pub(super) struct Places {
    revision: Revision,
    /// By key.
    chunks: Vec<ChunkPlace>,
    pub directory: Directory,
}

impl Places {
    /// The place of a chunk; none when a cache holds what the store has no more.
    pub fn place(&self, key: ChunkKey) -> Option<&ChunkPlace> {
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
    pub(super) model: Option<ModelId>,
    pub(super) settings: SearchConfig,
    load: Load,
    places: Places,
    vocabulary: OnceLock<Vocabulary>,
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
            vocabulary: OnceLock::new(),
        };
        retriever.refresh()?;
        Ok(retriever)
    }

    /// Takes the current state of the indexes; cheap when nothing moved.
    pub fn refresh(&mut self) -> Result<()> {
        if self.store.is_replaced() {
            // What is open is of a library that is gone.
            (self.lexical, self.dense) = (None, None);
            self.store = Store::open(&self.library.folder, &self.library.home)?;
        }
        if self.places.revision != self.store.revision()? {
            self.places = places(&self.store)?;
        }
        self.load_words()?;
        if let Some(encoder) = self.encoder.clone() {
            let fingerprint = encoder.fingerprint().as_str();
            self.model = self.store.model(fingerprint, encoder.dim())?;
            self.load_dense(fingerprint, encoder.dim())?;
            self.follow()?;
        }
        Ok(())
    }

    /// Takes in what was embedded since the vectors were loaded; of everything else the state stays as it is.
    pub fn follow(&mut self) -> Result<()> {
        if let (Some((_, dense)), Some(model)) = (&mut self.dense, self.model) {
            dense.follow(&self.store, model)?;
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

    /// Opens the word index where it is another one than what is open.
    fn load_words(&mut self) -> Result<()> {
        let folder = self.library.home.lexical_cache();
        let revision = self.store.revision()?;
        let had = self.lexical.as_ref().map(LexicalIndex::reflects);
        let is_current = had == Some(&revision)
            || had.is_some() && had == LexicalIndex::stamped(&folder).as_ref();
        if is_current && self.lexical.as_ref().is_some_and(LexicalIndex::is_whole) {
            return Ok(());
        }
        let opened = LexicalIndex::open(&folder, &self.store)?;
        // One that was left behind by a writer that was killed is as good as none.
        let is_whole = |index: &LexicalIndex| index.len() == self.places.chunks.len();
        if !opened.as_ref().is_some_and(is_whole) && self.makes_its_own() {
            self.lexical = Some(LexicalIndex::in_memory(&self.store)?);
        } else if opened.is_some() {
            self.lexical = opened;
        }
        Ok(())
    }

    /// Loads the vectors where they are others than what is open.
    fn load_dense(&mut self, fingerprint: &str, dim: usize) -> Result<()> {
        if self.dense.as_ref().is_some_and(|(of, _)| of != fingerprint) {
            self.dense = None;
        }
        let folder = self.library.home.dense_cache(fingerprint);
        let revision = self.store.revision()?;
        let had = self.dense.as_ref().map(|(_, dense)| dense.reflects());
        // A newer store does not mean a newer dump: while embeddings arrive, that follows slowly.
        if had == Some(&revision) || had.is_some() && had == DenseIndex::stamped(&folder).as_ref() {
            return Ok(());
        }
        let mut loaded = DenseIndex::open(&folder, &self.store, dim, self.load)?;
        if let Some(model) = self.store.model(fingerprint, dim)? {
            let is_lacking = match self.makes_its_own() {
                true => {
                    let encoded = self.store.coverage(model)?.encoded;
                    loaded
                        .as_ref()
                        .is_none_or(|index| index.len() as u64 != encoded)
                }
                // Its writer has made none yet: what it embeds is followed from here.
                false => loaded.is_none() && self.dense.is_none(),
            };
            if is_lacking {
                loaded = Some(DenseIndex::in_memory(&self.store, model, dim)?);
            }
        }
        if let Some(loaded) = loaded {
            self.dense = Some((fingerprint.to_owned(), loaded));
        }
        Ok(())
    }

    /// Whether this reader is to make in memory what it finds no usable cache of: it is when there is
    /// something to find, and no writer is at work, who makes one that everybody finds.
    fn makes_its_own(&self) -> bool {
        !self.places.chunks.is_empty() && !WriterLock::is_held(&self.library.home)
    }

    /// Gives the retriever an encoder that was loaded after it was opened.
    pub fn set_encoder(&mut self, encoder: Arc<Encoder>) -> Result<()> {
        self.encoder = Some(encoder);
        self.refresh()
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// What questions are read with; loaded on first use.
    pub(super) fn vocabulary(&self) -> Result<&Vocabulary> {
        if let Some(known) = self.vocabulary.get() {
            return Ok(known);
        }
        let loaded = Vocabulary::load(&self.settings)?;
        Ok(self.vocabulary.get_or_init(|| loaded))
    }

    /// The measures and line items that are known.
    pub fn lexicon(&self) -> Result<&Lexicon> {
        Ok(&self.vocabulary()?.lexicon)
    }

    /// Reads a question, by the companies of the library.
    pub fn parse(&self, text: &str) -> Result<ParsedQuestion> {
        let vocabulary = self.vocabulary()?;
        let directory = &self.places.directory;
        let text = capped(text);
        let question = ParsedQuestion::parse(text, vocabulary, directory);
        let Some(owner) = self.owner(&question)? else {
            return Ok(question);
        };
        let asked = text.trim().trim_end_matches(['?', ' ', '.']);
        let text = format!("{asked} ({owner})?");
        Ok(ParsedQuestion::parse(&text, vocabulary, directory))
    }

    /// The library's companies.
    pub fn directory(&self) -> &Directory {
        &self.places.directory
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

    /// The embedding of a chunk by the open model, as the store has it.
    pub(super) fn embedding_of(&self, key: ChunkKey) -> store::Result<Option<Vec<f32>>> {
        match self.model {
            Some(model) => self.store.embedding(model, key),
            None => Ok(None),
        }
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
            .map(|l| l.terms(capped(text)))
            .unwrap_or_default()
    }
}

fn places(store: &Store) -> Result<Places> {
    store.snapshot(|store| {
        Ok(Places {
            revision: store.revision()?,
            chunks: store.chunk_places()?,
            directory: Directory::new(store.documents()?),
        })
    })
}
